//! Expressions that are alike, written out once. A server writes an expression from the tree it keeps, and most of the time
//! that takes goes into looking up the relation whose columns the tree names. Thousands of tables with the same check
//! (tenants, partitions) have trees that differ in nothing but where their statement's text had them, over columns of the
//! same names: what the server writes for one of them is what it would write for each.
//!
//! Only trees of one relation are told to be alike, in which a column is written by its bare name: no whole rows, no system
//! columns, no queries inside. Types, operators and functions stand in a tree by their oids, and are written by them.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::CatalogError;
use super::reader::{Fields, Reader, oids};
use super::rows::Rows;

/// Expressions by the oid of the row that holds them.
#[derive(Default)]
pub(super) struct Written {
    texts: FxHashMap<u32, Rc<[Option<String>]>>,
    /// The rows that say something of a column, by its relation and its number.
    of_columns: FxHashMap<(u32, i16), u32>,
}

impl Written {
    pub fn of_column(&self, relation: u32, number: i16) -> Option<u32> {
        self.of_columns.get(&(relation, number)).copied()
    }

    /// The only one of a row, or the first of several.
    pub fn first(&self, oid: u32) -> Option<String> {
        self.at(oid, 0)
    }

    /// One of several, in the order of the query.
    pub fn at(&self, oid: u32, at: usize) -> Option<String> {
        self.texts.get(&oid)?.get(at)?.clone()
    }
}

impl Reader<'_> {
    /// Asks for trees (`SELECT oid, relation, tree, number of the column`), and then for the texts of those that are not alike
    /// (`SELECT oid, texts`, with `{oids}` where the list of their oids belongs).
    pub(super) fn written(&mut self, trees: &str, texts: &str) -> Result<Written, CatalogError> {
        Ok(self.written_and(trees, texts, |reader, texts| Ok((reader.query_once(texts)?, reader.ask_ahead()?)))?.0)
    }

    /// The same where the kind has a query more: it is asked with them, so that the server works on it while the texts are
    /// taken.
    pub(super) fn written_before(
        &mut self,
        trees: &str,
        texts: &str,
        last: &str,
    ) -> Result<(Written, Rows), CatalogError> {
        self.written_and(trees, texts, |reader, texts| Ok((reader.query_once(texts)?, reader.last_query(last)?)))
    }

    fn written_and<Last>(
        &mut self,
        trees: &str,
        texts: &str,
        ask: impl FnOnce(&mut Self, &str) -> Result<(Rows, Last), CatalogError>,
    ) -> Result<(Written, Last), CatalogError> {
        let mut first_of: FxHashMap<String, u32> = FxHashMap::default();
        let mut like: Vec<(u32, u32)> = Vec::new();
        let mut written = Written::default();
        for row in &self.query(trees)? {
            let mut fields = Fields::of(row, "expression");
            let (oid, relation, tree) = (fields.oid()?, fields.oid()?, fields.text()?);
            if let Some(number) = fields.maybe_position()? {
                written.of_columns.insert((relation, number), oid);
            }
            let first = match self.named(relation, &tree) {
                Some(named) => *first_of.entry(named).or_insert(oid),
                None => oid,
            };
            like.push((oid, first));
        }
        self.asking.end()?;
        let wanted = oids(like.iter().filter(|(oid, first)| oid == first).map(|(oid, _)| *oid));
        let (rows, last) = ask(self, &texts.replace("{oids}", &wanted))?;
        for row in &rows {
            let mut fields = Fields::of(row, "expression");
            let oid = fields.oid()?;
            written.texts.insert(oid, fields.each_maybe_expression()?.into());
        }
        self.asking.end()?;
        for (oid, first) in like {
            if let Some(texts) = written.texts.get(&first).cloned() {
                written.texts.insert(oid, texts);
            }
        }
        Ok((written, last))
    }

    /// The tree without places, and with the names of columns for their numbers; None where that does not say all.
    fn named(&self, relation: u32, tree: &str) -> Option<String> {
        named(tree, |number| self.column(relation, number).ok())
    }
}

/// A field begins behind a space; inside of names and texts a space is written with a backslash.
fn named(tree: &str, column: impl Fn(i16) -> Option<String>) -> Option<String> {
    let mut braces = memchr::memchr_iter(b'{', tree.as_bytes());
    if braces.any(|at| tree[at..].starts_with("{QUERY") || tree[at..].starts_with("{SUB")) {
        return None;
    }
    let mut named = String::with_capacity(tree.len());
    let mut rest = tree;
    let mut from = 0;
    while let Some(at) = memchr::memchr(b':', &rest.as_bytes()[from..]).map(|at| from + at) {
        let (before, field) = (&rest[..at], &rest[at + 1..]);
        // A field, unless its blank is one of a name's.
        let (name, plain) = match field.as_bytes().first() {
            Some(b'l' | b'v') if before.ends_with(' ') && !before.ends_with("\\ ") => {
                field.split_once(' ').unwrap_or((field, ""))
            }
            _ => {
                from = at + 1;
                continue;
            }
        };
        let end = plain.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(plain.len());
        let (number, behind) = plain.split_at(end);
        match name {
            "location" => {
                named.push_str(before);
                (rest, from) = (behind, 0);
            }
            "varattno" | "varattnosyn" => {
                let number: i16 = number.parse().ok().filter(|number| *number > 0)?;
                named.push_str(before);
                named.push(':');
                named.push_str(&column(number)?);
                // No name holds this.
                named.push('\0');
                (rest, from) = (behind, 0);
            }
            _ => from = at + 1,
        }
    }
    named.push_str(rest);
    Some(named)
}

#[cfg(test)]
mod tests {
    use super::named;

    fn with(names: &'static [&str]) -> impl Fn(i16) -> Option<String> {
        |number| names.get(usize::try_from(number).ok()? - 1).map(|name| (*name).to_owned())
    }

    const TREE: &str = "{OPEXPR :opno 1756 :args ({VAR :varno 1 :varattno 2 :varnosyn 1 :varattnosyn 2 :location 17} \
                        {CONST :consttype 25 :location -1 :constvalue 4 [ 1 0 0 0 ]}) :location 25}";

    #[test]
    fn places_make_no_difference_and_names_do() {
        let moved = TREE.replace("location 17", "location 170").replace("location 25", "location 7");
        assert_eq!(named(TREE, with(&["a", "b"])), named(&moved, with(&["c", "b"])));
        assert_ne!(named(TREE, with(&["a", "b"])), named(TREE, with(&["a", "c"])));
        let other = TREE.replace("attno 2", "attno 1").replace("attnosyn 2", "attnosyn 1");
        assert_eq!(named(TREE, with(&["a", "b"])), named(&other, with(&["b", "a"])));
        for (from, to) in [("1756", "1757"), ("[ 1", "[ 2"), ("consttype 25", "consttype 26")] {
            assert_ne!(named(TREE, with(&["a", "b"])), named(&TREE.replace(from, to), with(&["a", "b"])), "{to}");
        }
    }

    #[test]
    fn what_is_not_understood_is_like_nothing() {
        for number in ["0", "-1", "3", "99999", "x"] {
            assert_eq!(named(&TREE.replace("varattno 2", &format!("varattno {number}")), with(&["a", "b"])), None);
        }
        assert_eq!(named(&format!("{TREE} {{SUBLINK}}"), with(&["a", "b"])), None);
        assert_eq!(named("{QUERY}", with(&[])), None);
        for text in
            ["a :", ":location 5", "\\ :location 5", "a\\ :varattno 1", ":resname x\\ :location\\ 5", "  ::location 5"]
        {
            assert_eq!(named(text, with(&[])).as_deref(), Some(text));
        }
    }
}
