//! One object of a snapshot: what is common to all kinds, and the facts of its kind.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CatalogError, Facts, Key};

/// One object: what is common to all kinds, and the facts of its kind.
///
/// Facts leave out what is absent: no null, no `false`, no empty list. A fact that is not there is not so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Object {
    /// What it lies in: a column in its table, a table in its schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Key>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The privileges written down for it, sorted. None where PostgreSQL keeps none and the built-in default holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<Vec<Grant>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
}

impl Object {
    /// The text of a fact.
    pub fn text(&self, fact: &str) -> Option<&str> {
        self.facts.get(fact).and_then(Value::as_str)
    }

    /// Whether a yes-or-no fact holds.
    pub fn is(&self, fact: &str) -> bool {
        self.facts.get(fact).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The texts of a list fact.
    pub fn texts(&self, fact: &str) -> Vec<&str> {
        self.facts.get(fact).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The facts as the struct of its kind. Facts we wrote ourselves always fit.
    pub fn read<T: DeserializeOwned + Default>(&self) -> T {
        self.facts.read().unwrap_or_default()
    }
}

/// The facts of a kind's struct, without what is absent.
pub(super) fn facts_of(facts: &impl Serialize) -> Result<Facts, CatalogError> {
    Facts::of(facts)
}

/// One privilege held by one role (<https://www.postgresql.org/docs/current/ddl-priv.html>).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// A role, or `PUBLIC`.
    pub grantee: String,
    /// `SELECT`, `USAGE`, ...
    pub privilege: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grantable: bool,
    pub grantor: String,
}

/// The grantee that means everyone.
pub const PUBLIC: &str = "PUBLIC";

/// Reads `aclitem`s as text (`alice=r*w/postgres`) into sorted grants.
pub(super) fn parse_acl(items: Option<Vec<String>>) -> Result<Option<Vec<Grant>>, CatalogError> {
    let Some(items) = items else { return Ok(None) };
    let mut grants = Vec::new();
    for item in &items {
        parse_item(item, &mut grants)
            .ok_or_else(|| CatalogError::Shape { what: "privilege", because: format!("cannot read {item:?}") })?;
    }
    grants.sort();
    Ok(Some(grants))
}

fn parse_item(item: &str, grants: &mut Vec<Grant>) -> Option<()> {
    let (grantee, rest) = role_name(item)?;
    let rest = rest.strip_prefix('=')?;
    let (letters, grantor) = rest.split_once('/')?;
    let (grantor, end) = role_name(grantor)?;
    if !end.is_empty() {
        return None;
    }
    let grantee = if grantee.is_empty() { PUBLIC.to_owned() } else { grantee };
    let mut letters = letters.chars().peekable();
    while let Some(letter) = letters.next() {
        let grantable = letters.next_if_eq(&'*').is_some();
        let privilege = privilege(letter)?.to_owned();
        grants.push(Grant { grantee: grantee.clone(), privilege, grantable, grantor: grantor.clone() });
    }
    Some(())
}

/// A role name at the start of a text: bare, or in double quotes with quotes doubled.
fn role_name(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['=', '/']).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        let Some(more) = rest.strip_prefix('"') else { return Some((name, rest)) };
        name.push('"');
        rest = more;
    }
}

fn privilege(letter: char) -> Option<&'static str> {
    Some(match letter {
        'r' => "SELECT",
        'a' => "INSERT",
        'w' => "UPDATE",
        'd' => "DELETE",
        'D' => "TRUNCATE",
        'x' => "REFERENCES",
        't' => "TRIGGER",
        'X' => "EXECUTE",
        'U' => "USAGE",
        'C' => "CREATE",
        'T' => "TEMPORARY",
        'c' => "CONNECT",
        's' => "SET",
        'A' => "ALTER SYSTEM",
        'm' => "MAINTAIN",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Grant, parse_acl};

    fn grant(grantee: &str, privilege: &str, grantable: bool, grantor: &str) -> Grant {
        Grant { grantee: grantee.into(), privilege: privilege.into(), grantable, grantor: grantor.into() }
    }

    #[test]
    fn privileges_are_read_and_sorted() {
        let items = ["\"odd \"\"role\"=r*w/\"a/b\"".to_owned(), "=r/postgres".to_owned()];
        let grants = parse_acl(Some(items.into())).unwrap().unwrap();
        assert_eq!(
            grants,
            [
                grant("PUBLIC", "SELECT", false, "postgres"),
                grant("odd \"role", "SELECT", true, "a/b"),
                grant("odd \"role", "UPDATE", false, "a/b"),
            ]
        );
    }

    #[test]
    fn no_privileges_are_not_an_empty_list_of_them() {
        assert_eq!(parse_acl(None).unwrap(), None);
        assert_eq!(parse_acl(Some(vec![])).unwrap(), Some(vec![]));
    }

    #[test]
    fn an_unknown_privilege_is_an_error() {
        assert!(parse_acl(Some(vec!["a=?/b".into()])).is_err());
        assert!(parse_acl(Some(vec!["\"a=r/b".into()])).is_err());
    }
}
