//! Statements for operators.

use super::{Operator, Operators};
use crate::base::quote_ident;
use crate::catalog::Object;
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for Operators {
    fn word(&self) -> &'static str {
        "OPERATOR"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Operator = subject.object.read();
        let name = subject.key.name().split('(').next().unwrap_or_default();
        let mut parts = vec![format!("FUNCTION = {}", facts.function)];
        parts.extend(facts.left.iter().map(|left| format!("LEFTARG = {left}")));
        parts.push(format!("RIGHTARG = {}", facts.right));
        for (word, other) in [("COMMUTATOR", &facts.commutator), ("NEGATOR", &facts.negator)] {
            parts.extend(other.iter().map(|other| format!("{word} = OPERATOR({other})")));
        }
        for (word, function) in [("RESTRICT", &facts.restrict), ("JOIN", &facts.join)] {
            parts.extend(function.iter().map(|function| format!("{word} = {function}")));
        }
        for (word, set) in [("MERGES", facts.merges), ("HASHES", facts.hashes)] {
            parts.extend(set.then(|| word.to_owned()));
        }
        let schema = quote_ident(subject.key.schema());
        let mut ddl = Ddl::run(format!("CREATE OPERATOR {schema}.{name} ({})", parts.join(", ")));
        for (fact, other) in [("commutator", &facts.commutator), ("negator", &facts.negator)] {
            let silent = |other: &String| named(subject, other).is_some_and(|object| !object.facts.contains_key(fact));
            if other.as_ref().is_some_and(silent) {
                ddl.lossy.push(format!("its {fact} did not name it in return, and does so when it is made again"));
            }
        }
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let settable = ["restrict", "join", "commutator", "negator", "merges", "hashes"];
        if !alter.only(&settable) {
            return Ddl::again();
        }
        let (from, to): (Operator, Operator) = (alter.from.object.read(), alter.to.object.read());
        let mut parts = Vec::new();
        let mut ddl = Ddl::default();
        for (fact, function) in [("restrict", &to.restrict), ("join", &to.join)] {
            if alter.any(&[fact]) {
                parts.push(format!("{} = {}", fact.to_uppercase(), function.as_deref().unwrap_or("NONE")));
            }
        }
        let at_least_17 = alter.to.snapshot.server.at_least(17);
        for (fact, old, new) in
            [("commutator", &from.commutator, &to.commutator), ("negator", &from.negator, &to.negator)]
        {
            // One operator's commutator comes and goes with the other.
            match (old, new) {
                (old, new) if old == new => {}
                (None, Some(new)) if !stands(alter.from, new) => {}
                (Some(old), None) if !stands(alter.to, old) => {}
                (None, Some(new)) if at_least_17 => {
                    parts.push(format!("{} = OPERATOR({new})", fact.to_uppercase()));
                }
                _ => ddl.impossible.push(format!("its {fact} cannot be altered")),
            }
        }
        for (fact, old, new) in [("merges", from.merges, to.merges), ("hashes", from.hashes, to.hashes)] {
            match (old, new) {
                (false, true) if at_least_17 => parts.push(fact.to_uppercase()),
                (old, new) if old != new => ddl.impossible.push(format!("that it {fact} cannot be altered")),
                _ => {}
            }
        }
        if !parts.is_empty() {
            ddl.add(format!("ALTER OPERATOR {} SET ({})", alter.to.key.sql(), parts.join(", ")));
        }
        ddl
    }

    fn rename(&self, _: Subject<'_>, _: &str) -> Option<String> {
        None
    }
}

/// Whether an operator of this name is in the snapshot.
fn stands(subject: Subject<'_>, operator: &str) -> bool {
    named(subject, operator).is_some()
}

fn named<'s>(subject: Subject<'s>, operator: &str) -> Option<&'s Object> {
    let mut operators = subject.snapshot.of_kind("operator");
    operators.find(|(key, _)| key.sql().split('(').next() == Some(operator)).map(|(_, object)| object)
}
