//! The parser's message (protobuf) written straight onto a tape. Whatever is not known of it is refused: a field that
//! would be skipped is a part of a statement that nobody looks at.

use super::shape::{Field, Shape, Sort};
use super::tree::{Holds, TooLarge, Tree};

/// A message that is not as this version knows it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parse tree cannot be read: {what}")]
pub struct Unreadable {
    what: String,
}

fn unreadable(what: impl Into<String>) -> Unreadable {
    Unreadable { what: what.into() }
}

impl From<TooLarge> for Unreadable {
    fn from(error: TooLarge) -> Self {
        unreadable(error.to_string())
    }
}

/// Where a statement ends in the text, from what the parser says of it; none where it ends with the text.
pub type End = Option<usize>;

/// The statements of a message, each with its end. Places in a statement count from where it begins: `starts`, for as
/// many statements as are expected.
pub fn statements(bytes: &[u8], starts: &[usize]) -> Result<(Tree, Vec<End>), Unreadable> {
    let mut reader = Reader { rest: bytes };
    let mut tree = Tree::default();
    tree.reserve(bytes.len() / 4);
    let mut ends = Vec::new();
    // `ParseResult`: the version, and the statements.
    while let Some((number, wire)) = reader.key()? {
        match (number, wire) {
            (1, Wire::Number) => drop(reader.varint()?),
            (2, Wire::Content) => {
                let base = starts.get(ends.len()).copied().unwrap_or(0);
                ends.push(raw_statement(reader.content()?, base, &mut tree)?);
            }
            _ => return Err(unreadable(format!("field {number} around the statements"))),
        }
    }
    Ok((tree, ends))
}

/// `RawStmt`: the node, its place, and its length where another statement may follow.
fn raw_statement(bytes: &[u8], base: usize, tree: &mut Tree) -> Result<End, Unreadable> {
    let mut reader = Reader { rest: bytes };
    let (mut start, mut length, mut found) = (0, 0, false);
    while let Some((number, wire)) = reader.key()? {
        match (number, wire) {
            (1, Wire::Content) => found = Writer { tree, base }.node("", false, reader.content()?)?,
            (2, Wire::Number) => start = reader.number()?,
            (3, Wire::Number) => length = reader.number()?,
            _ => return Err(unreadable(format!("field {number} of a statement"))),
        }
    }
    if !found {
        return Err(unreadable("a statement without a node"));
    }
    Ok(usize::try_from(start + length).ok().filter(|_| length > 0))
}

/// Writes what is inside one statement.
struct Writer<'t> {
    tree: &'t mut Tree,
    base: usize,
}

impl Writer<'_> {
    /// The wrapper of a node of any kind. Whether there was one in it.
    fn node(&mut self, name: &'static str, in_list: bool, bytes: &[u8]) -> Result<bool, Unreadable> {
        let mut reader = Reader { rest: bytes };
        match reader.key()? {
            // A list can hold nothing in a place: its neighbours keep theirs.
            None if in_list => self.tree.open(name, Holds::Node("")).map(|_| false).map_err(Into::into),
            None => Ok(false),
            Some((number, Wire::Content)) => {
                let shape = Shape::of(number).ok_or_else(|| unreadable(format!("a node of kind {number}")))?;
                self.fields(name, shape, reader.content()?)?;
                if reader.rest.is_empty() { Ok(true) } else { Err(unreadable("two nodes in one place")) }
            }
            Some(_) => Err(unreadable("a node that is none")),
        }
    }

    /// A node of a known kind, with all its fields.
    fn fields(&mut self, name: &'static str, shape: &Shape, bytes: &[u8]) -> Result<(), Unreadable> {
        let at = self.tree.open(name, Holds::Node(shape.kind))?;
        let mut reader = Reader { rest: bytes };
        let (mut last, mut items) = (0, None);
        while let Some((number, wire)) = reader.key()? {
            let unknown = || unreadable(format!("field {number} of {}", shape.kind));
            let field = shape.field(number).ok_or_else(unknown)?;
            if number < last || (number == last && !field.repeated) {
                return Err(unreadable(format!("the fields of {} are out of order", shape.kind)));
            }
            if number != last {
                if let Some(items) = items.take() {
                    self.tree.close(items);
                }
                if field.repeated {
                    items = Some(self.tree.open(field.name, Holds::List)?);
                }
            }
            last = number;
            match (field.sort, wire) {
                (Sort::Flag | Sort::Number, Wire::Number) => self.number(field, reader.number()?)?,
                (Sort::Text | Sort::Node | Sort::Kind(_), Wire::Content) => self.content(field, reader.content()?)?,
                _ => return Err(unknown()),
            }
        }
        if let Some(items) = items {
            self.tree.close(items);
        }
        self.tree.close(at);
        Ok(())
    }

    fn number(&mut self, field: Field, number: i64) -> Result<(), Unreadable> {
        let holds = match field.sort {
            Sort::Flag => Holds::Flag(number != 0),
            _ if field.unasked => return Ok(()),
            // Of the numbers of a node that is asked for its place, places alone grow with the text.
            _ if super::tree::is_place(field.name) && number > 0 => {
                Holds::Number(number - i64::try_from(self.base).map_err(|_| TooLarge)?)
            }
            _ => Holds::Number(number),
        };
        self.tree.open(if field.repeated { "" } else { field.name }, holds)?;
        Ok(())
    }

    fn content(&mut self, field: Field, bytes: &[u8]) -> Result<(), Unreadable> {
        let name = if field.repeated { "" } else { field.name };
        match field.sort {
            Sort::Node => drop(self.node(name, field.repeated, bytes)?),
            Sort::Kind(number) => {
                let shape = Shape::of(number).ok_or_else(|| unreadable(format!("a node of kind {number}")))?;
                self.fields(name, shape, bytes)?;
            }
            _ => {
                let text = std::str::from_utf8(bytes).map_err(|_| unreadable(format!("{name} is not UTF-8")))?;
                let holds = self.tree.keep(text)?;
                self.tree.open(name, holds)?;
            }
        }
        Ok(())
    }
}

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    Number,
    Content,
}

struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    /// The number of the next field, and how it is written; none at the end.
    fn key(&mut self) -> Result<Option<(u32, Wire)>, Unreadable> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let wire = match key & 7 {
            0 => Wire::Number,
            2 => Wire::Content,
            // Floats are costs, which no raw tree holds.
            other => return Err(unreadable(format!("something written as {other}"))),
        };
        Ok(Some((u32::try_from(key >> 3).map_err(|_| unreadable("a field's number"))?, wire)))
    }

    fn number(&mut self) -> Result<i64, Unreadable> {
        Ok(self.varint()?.cast_signed())
    }

    fn varint(&mut self) -> Result<u64, Unreadable> {
        if let [byte @ ..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u64::from(*byte));
        }
        prost::encoding::decode_varint(&mut self.rest).map_err(|_| unreadable("a number that does not end"))
    }

    fn content(&mut self) -> Result<&'b [u8], Unreadable> {
        let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
        let (content, rest) = self.rest.split_at_checked(length).ok_or_else(|| unreadable("it ends too early"))?;
        self.rest = rest;
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use pg_query::ParserOptions;
    use serde_json::{Map, Value, json};

    use super::{Holds, statements};
    use crate::sql::parse;
    use crate::sql::tree::View;

    /// As serde writes the parser's structs, without what says nothing.
    fn told(view: View) -> Value {
        match view.holds() {
            None | Some(Holds::Node("")) => Value::Null,
            Some(Holds::Flag(flag)) => json!(flag),
            Some(Holds::Number(number)) => json!(number),
            Some(Holds::Text(..)) => json!(view.content()),
            Some(Holds::List) => view.inside().map(told).collect(),
            Some(Holds::Node(_)) => {
                Value::Object(view.inside().map(|field| (field.name().to_owned(), told(field))).collect())
            }
        }
    }

    /// Takes out of serde's words what the tape leaves out. The names of kinds stand where any kind may.
    fn without_defaults(kind: &str, value: Value, in_list: bool) -> Option<Value> {
        match value {
            Value::Object(mut fields) if fields.len() == 1 && fields.contains_key("node") => {
                match fields.remove("node") {
                    Some(Value::Object(node)) => {
                        node.into_iter().next().and_then(|(kind, node)| without_defaults(&kind, node, true))
                    }
                    _ => in_list.then_some(Value::Null),
                }
            }
            // The value of a constant may be of several kinds.
            Value::Object(mut fields)
                if kind == "val" && fields.len() == 1 && fields.values().all(Value::is_object) =>
            {
                let (_, node) = std::mem::take(&mut fields).into_iter().next()?;
                without_defaults("", node, true)
            }
            Value::Object(fields) => {
                let asked = matches!(kind, "ColumnDef" | "Constraint");
                let fields: Map<String, Value> = fields
                    .into_iter()
                    .filter(|(name, _)| asked || !crate::sql::tree::is_place(name))
                    .filter_map(|(name, field)| Some((name.clone(), without_defaults(&name, field, false)?)))
                    .collect();
                Some(Value::Object(fields))
            }
            Value::Array(items) if !items.is_empty() => {
                Some(items.into_iter().filter_map(|item| without_defaults("", item, true)).collect())
            }
            other if in_list => Some(other),
            other => (![json!(null), json!([]), json!(""), json!(0), json!(false)].contains(&other)).then_some(other),
        }
    }

    fn scripts(folder: &Path, into: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                scripts(&entry.path(), into);
            } else if entry.path().extension().is_some_and(|ending| ending == "sql") {
                into.extend(std::fs::read_to_string(entry.path()));
            }
        }
    }

    /// Compares every statement of a script, and says how many there were.
    fn compare(text: &str) -> usize {
        let mut compared = 0;
        for found in crate::script::split(text).map(|parts| parts.statements).unwrap_or_default() {
            let statement = found.span.of(text);
            let Ok(structs) = pg_query::parse(statement, ParserOptions::DEFAULT) else { continue };
            let tree = parse::trees(statement, ParserOptions::DEFAULT).unwrap();
            let node = |raw: &pg_query::protobuf::RawStmt| serde_json::to_value(&raw.stmt).unwrap();
            let expected = structs.protobuf.stmts.iter().map(|raw| without_defaults("", node(raw), true).unwrap());
            let expected: Vec<Value> = expected.collect();
            assert_eq!(tree.statements().map(told).collect::<Vec<_>>(), expected, "{statement}");
            compared += expected.len();
        }
        compared
    }

    #[test]
    fn the_tape_holds_what_the_parsers_structs_hold() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut texts = Vec::new();
        for folder in ["src/checks/rules", "tests/cases"] {
            scripts(&root.join(folder), &mut texts);
        }
        if let Some(corpus) = std::env::var_os("PGWARRANT_CORPUS") {
            scripts(&Path::new(&corpus).join("psql_truth"), &mut texts);
        }
        let compared = parse::with_room(|| texts.iter().map(|text| compare(text)).sum::<usize>()).unwrap();
        assert!(compared > 500, "{compared}");
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (bytes, what) in [
            (&b"\x12"[..], "a number that does not end"),
            (b"\x12\x05\x0a", "it ends too early"),
            (b"\x1a\x00", "field 3 around the statements"),
            (b"\x12\x00", "a statement without a node"),
            (b"\x12\x02\x0a\x00", "a statement without a node"),
            (b"\x12\x02\x22\x00", "field 4 of a statement"),
            (b"\x12\x05\x0a\x03\xfa\x7f\x00", "a node of kind 2047"),
            (b"\x15\x00\x00\x00\x00", "something written as 5"),
            // RangeVar: a field it does not have, a number where a text belongs, a field twice, and no UTF-8.
            (b"\x12\x06\x0a\x04\x12\x02\x7a\x00", "field 15 of RangeVar"),
            (b"\x12\x06\x0a\x04\x12\x02\x08\x01", "field 1 of RangeVar"),
            (b"\x12\x0a\x0a\x08\x12\x06\x1a\x01a\x1a\x01b", "the fields of RangeVar are out of order"),
            (b"\x12\x07\x0a\x05\x12\x03\x1a\x01\xff", "relname is not UTF-8"),
            (b"\x12\x06\x0a\x04\x12\x00\x12\x00", "two nodes in one place"),
        ] {
            let error = statements(bytes, &[]).unwrap_err().to_string();
            assert!(error.ends_with(what), "{bytes:?}: {error}");
        }
    }
}
