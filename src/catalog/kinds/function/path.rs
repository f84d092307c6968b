//! What a body that is kept as a text names without a schema. Such a body means what its caller's search path makes of it,
//! and a session of ours has `pg_catalog` alone.

use std::collections::BTreeSet;

use crate::catalog::Key;
use crate::catalog::ddl::{Bearers, Subject};

/// All that it may name so, and what the routines among these name.
pub fn named_without_schema(subject: Subject<'_>, bearers: &Bearers<'_>) -> Vec<Key> {
    let (mut named, mut left) = (BTreeSet::new(), vec![(subject.key, subject.object)]);
    while let Some((key, object)) = left.pop() {
        if object.text("language").is_none_or(|language| matches!(language, "c" | "internal")) {
            continue;
        }
        for name in bare_names(object.text("body").unwrap_or_default()) {
            let others = bearers.of(&name).filter(|(other, _)| *other != key);
            left.extend(others.filter(|(other, _)| named.insert(*other)));
        }
    }
    named.into_iter().cloned().collect()
}

/// The schemas of these, its own first.
pub fn schemas(own: &Key, named: &[Key]) -> Vec<String> {
    let mut schemas: Vec<String> = named.iter().map(|key| key.schema().to_owned()).collect();
    schemas.sort_by_key(|schema| (schema != own.schema(), schema.clone()));
    schemas.dedup();
    schemas
}

/// Every identifier that no schema or table stands before.
fn bare_names(body: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let (mut rest, mut qualified) = (body, false);
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let end = match first {
            '"' => rest[1..].find('"').map_or(rest.len(), |at| at + 2),
            _ if is_word(first) => rest.find(|c: char| !is_word(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, more) = rest.split_at(end);
        if !qualified && (first == '"' || first.is_alphabetic() || first == '_') {
            names.insert(if first == '"' { token.trim_matches('"').to_owned() } else { token.to_lowercase() });
        }
        qualified = token == ".";
        rest = more;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::bare_names;

    #[test]
    fn names_behind_a_point_are_not_bare() {
        let names = bare_names("SELECT Lower(x.y), public.f($1)::\"Odd\"");
        assert!(["select", "lower", "x", "public", "Odd"].iter().all(|name| names.contains(*name)), "{names:?}");
        assert!(!names.contains("y") && !names.contains("f"));
    }
}
