//! What a body that is kept as a text names without a schema. Such a body means what its caller's search path makes of it,
//! and a session of ours has `pg_catalog` alone.

use std::collections::{BTreeMap, BTreeSet};

use super::Routine;
use super::ddl::bare;
use crate::base::quote_ident;
use crate::catalog::ddl::Subject;
use crate::catalog::{Key, Object};

/// All that it may name so, and what the routines among these name.
pub fn named_without_schema(subject: Subject<'_>) -> Vec<Key> {
    let mut by_name: BTreeMap<String, Vec<(&Key, &Object)>> = BTreeMap::new();
    for (key, object) in subject.snapshot.objects.iter().filter(|(key, _)| key.path.len() == 2) {
        let routine = object.facts.contains_key("arguments");
        let name = if routine { bare(key.name()).to_owned() } else { quote_ident(key.name()) };
        by_name.entry(name).or_default().push((key, object));
    }
    let (mut named, mut left) = (BTreeSet::new(), vec![(subject.key, subject.object)]);
    while let Some((key, object)) = left.pop() {
        if object.text("language").is_none_or(|language| matches!(language, "c" | "internal")) {
            continue;
        }
        let routine: Routine = object.read();
        for name in bare_names(routine.body.as_deref().unwrap_or_default()) {
            let others = by_name.get(&name).into_iter().flatten().filter(|(other, _)| *other != key);
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

/// Every identifier that no schema or table stands before, as SQL writes names.
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
            let folded = if first == '"' { token.trim_matches('"').to_owned() } else { token.to_lowercase() };
            names.insert(quote_ident(&folded));
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
        assert!(
            ["\"select\"", "lower", "x", "public", "\"Odd\""].iter().all(|name| names.contains(*name)),
            "{names:?}"
        );
        assert!(!names.contains("y") && !names.contains("f"));
    }
}
