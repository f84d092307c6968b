//! `allow` against the facts of the statements: what was allowed, how often, where, and in which transaction.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Contract, Permission};
use crate::base::Check;
use crate::sql::{Facts, ObjectUse, TransactionControl};

/// Kinds of objects that lie in no schema.
const OUTSIDE_SCHEMAS: [&str; 18] = [
    "access method",
    "cast",
    "database",
    "default privilege",
    "event trigger",
    "extension",
    "foreign data wrapper",
    "language",
    "large object",
    "publication",
    "role",
    "schema",
    "server",
    "setting",
    "subscription",
    "tablespace",
    "transform",
    "user mapping",
];

/// Whether objects of this kind lie in a schema at all.
pub fn lies_in_schema(kind: &str) -> bool {
    !OUTSIDE_SCHEMAS.contains(&kind)
}

impl Contract {
    /// Whether a statement with this tag may stand in the script.
    pub fn admits(&self, tag: &str) -> bool {
        let of_transaction = matches!(tag, "BEGIN" | "START TRANSACTION" | "COMMIT");
        self.allow.tags.iter().any(|allowed| allowed.tag == tag)
            || (of_transaction && self.allow.one_transaction.is_some())
    }

    /// Whether an object that is created, altered, dropped or written lies where the contract says. Without a
    /// `within` line every place will do.
    pub fn holds_within(&self, object: &ObjectUse) -> bool {
        let Some(within) = &self.allow.within else { return true };
        match (&object.schema, object.kind.as_str()) {
            (_, "schema") => within.schemas.contains(object.name.as_str()),
            (Some(schema), _) => within.schemas.contains(schema.as_str()),
            (None, _) => false,
        }
    }

    /// One check for each line of `allow` that says how much, where, or in which transaction, and one for the rest.
    pub fn allow_checks(&self, statements: &[&Facts]) -> Vec<Check> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for facts in statements {
            *counts.entry(facts.tag.as_str()).or_default() += 1;
        }
        let mut checks = Vec::new();
        for allowed in &self.allow.tags {
            let found = counts.get(allowed.tag.as_str()).copied().unwrap_or(0);
            let (expected, holds) = match allowed.count {
                Some(bound) => (bound.to_string(), bound.holds(found)),
                None => ("any number".to_owned(), true),
            };
            checks.push(Check::decided(&allowed.id, &allowed.text, expected, found, holds));
        }
        let others: Vec<&str> = counts.keys().copied().filter(|tag| !self.admits(tag)).collect();
        let observed = if others.is_empty() { "nothing else".to_owned() } else { others.join(", ") };
        let holds = others.is_empty();
        checks.push(Check::decided("allow", "what is not allowed is absent", "nothing else", observed, holds));
        if let Some(within) = &self.allow.within {
            let expected = within.schemas.iter().cloned().collect::<Vec<_>>().join(", ");
            let (places, holds) = self.places(statements);
            checks.push(Check::decided(&within.id, &within.text, expected, places, holds));
        }
        if let Some(id) = &self.allow.one_transaction {
            let fault = transaction_fault(statements);
            let observed = fault.unwrap_or("BEGIN first, COMMIT last, none between");
            let expected = "BEGIN first, COMMIT last, none between";
            checks.push(Check::decided(id, "transaction one", expected, observed, fault.is_none()));
        }
        for permission in &self.allow.permits {
            let used = statements.iter().filter(|facts| needs(facts, *permission)).count();
            let id = format!("permit-{}", permission.words().replace(' ', "-"));
            let check = format!("permit {}", permission.words());
            checks.push(Check::decided(id, check, "any number", used, true));
        }
        checks
    }

    /// The schemas in which something is done, and whether all of them are allowed.
    fn places(&self, statements: &[&Facts]) -> (String, bool) {
        let mut places = BTreeSet::new();
        let mut holds = true;
        for object in statements.iter().flat_map(|facts| facts.touched()) {
            holds &= self.holds_within(object);
            places.insert(match (&object.schema, object.kind.as_str()) {
                (_, "schema") => object.name.to_string(),
                (Some(schema), _) => schema.to_string(),
                (None, kind) if lies_in_schema(kind) => "(search path)".to_owned(),
                (None, kind) => format!("({kind})"),
            });
        }
        let observed = places.into_iter().collect::<Vec<_>>().join(", ");
        (if observed.is_empty() { "nothing".to_owned() } else { observed }, holds)
    }
}

/// Whether a statement needs the permission.
pub fn needs(facts: &Facts, permission: Permission) -> bool {
    match permission {
        Permission::Cascade => facts.flags.cascade,
        Permission::Opaque => !facts.opaque.is_empty(),
        Permission::DynamicSql => !facts.dynamic.is_empty(),
        Permission::Temporary => facts.flags.temporary,
        Permission::NotInTransaction => !facts.in_transaction,
        Permission::Settings => facts.sets.iter().any(|set| !is_plain_timeout(set)),
        Permission::NonAsciiNames => facts.objects.iter().any(|object| !object.to_string().is_ascii()),
        Permission::Owner
        | Permission::Rename
        | Permission::ProtectionOff
        | Permission::Storage
        | Permission::Inheritance => {
            facts.commands().any(|command| Permission::of_alteration(command) == Some(permission))
        }
    }
}

/// `SET LOCAL lock_timeout` and `SET LOCAL statement_timeout` with a positive value need no permission.
pub fn is_plain_timeout(set: &crate::sql::Setting) -> bool {
    let positive = set.value.as_deref().is_some_and(|value| {
        let digits: String = value.trim().chars().take_while(char::is_ascii_digit).collect();
        digits.bytes().any(|digit| digit != b'0')
    });
    set.local && positive && matches!(set.name.as_str(), "lock_timeout" | "statement_timeout")
}

/// What is wrong with the transaction statements of a script that has to be one transaction.
pub fn transaction_fault(statements: &[&Facts]) -> Option<&'static str> {
    let last = statements.len().checked_sub(1)?;
    for (at, facts) in statements.iter().enumerate() {
        let fault = match (&facts.transaction, at) {
            (Some(TransactionControl::Begin { options: 0 }), 0) => None,
            (Some(TransactionControl::Begin { .. }), 0) => Some("BEGIN carries options"),
            (Some(TransactionControl::Commit { chain: false }), at) if at == last => None,
            (Some(TransactionControl::Commit { chain: true }), _) => Some("COMMIT AND CHAIN"),
            (Some(TransactionControl::Begin { .. }), _) => Some("a second BEGIN"),
            (Some(TransactionControl::Commit { .. }), _) => Some("COMMIT before the end"),
            (Some(_), _) => Some("another transaction statement"),
            (None, 0) => Some("no BEGIN at the start"),
            (None, at) if at == last => Some("no COMMIT at the end"),
            (None, _) => None,
        };
        if fault.is_some() {
            return fault;
        }
    }
    if last == 0 { Some("no COMMIT at the end") } else { None }
}
