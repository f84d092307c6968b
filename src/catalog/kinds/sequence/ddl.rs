//! Statements for sequences.

use super::{Sequence, Sequences};
use crate::catalog::Key;
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};

/// All settings, each written out.
pub fn settings(sequence: &Sequence) -> String {
    format!(
        "START WITH {} INCREMENT BY {} MINVALUE {} MAXVALUE {} CACHE {} {}",
        sequence.start,
        sequence.increment,
        sequence.minimum,
        sequence.maximum,
        sequence.cache,
        if sequence.cycle { "CYCLE" } else { "NO CYCLE" }
    )
}

impl Statements for Sequences {
    fn word(&self) -> &'static str {
        "SEQUENCE"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Sequence = subject.object.read();
        let name = subject.key.sql();
        let mut ddl = Ddl::default();
        if facts.identity_of.is_none() {
            let unlogged = if facts.unlogged { "UNLOGGED " } else { "" };
            ddl.add(format!("CREATE {unlogged}SEQUENCE {name} AS {} {}", facts.data_type, settings(&facts)));
        }
        if let Some(last) = subject.snapshot.volatile.last_values.get(subject.key) {
            let next = facts.increment.parse::<i64>().ok().and_then(|step| last.checked_add(step));
            if let Some(next) = next {
                ddl.add(format!("ALTER SEQUENCE {name} RESTART WITH {next}"));
            }
            ddl.lossy.push(format!("it continues after {last}, where it stood when the snapshot was taken"));
        } else {
            ddl.lossy.push("it starts anew: where it stood is not known".to_owned());
        }
        if let Some(column) = &facts.owned_by {
            ddl.later.push(format!("ALTER SEQUENCE {name} OWNED BY {column}"));
        }
        ddl
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        if subject.object.facts.contains_key("identity_of") {
            return Ddl::default();
        }
        Ddl::run(format!("DROP SEQUENCE {}", subject.key.sql()))
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (Sequence, Sequence) = (alter.from.object.read(), alter.to.object.read());
        let this = format!("ALTER SEQUENCE {}", alter.to.key.sql());
        let mut ddl = Ddl::default();
        if alter.any(&["type", "start", "minimum", "maximum", "increment", "cache", "cycle"]) {
            let number = |text: &str| text.parse::<i64>().unwrap_or_default();
            let start = number(&from.start);
            let outside = start < number(&to.minimum) || start > number(&to.maximum);
            let restart = if outside { format!(" RESTART WITH {}", to.start) } else { String::new() };
            if outside {
                ddl.lossy.push("it starts anew: where it would stand is outside its old bounds".to_owned());
            }
            ddl.add(format!("{this} AS {} {}{restart}", to.data_type, settings(&to)));
        }
        if alter.any(&["unlogged"]) {
            ddl.add(format!("{this} SET {}", if to.unlogged { "UNLOGGED" } else { "LOGGED" }));
        }
        if alter.any(&["owned_by"]) {
            // Freed before its column goes; tied once its column is there.
            if from.owned_by.is_some() {
                ddl.add(format!("{this} OWNED BY NONE"));
            }
            if let Some(column) = &to.owned_by {
                ddl.later.push(format!("{this} OWNED BY {column}"));
            }
        }
        if alter.any(&["identity_of"]) {
            ddl.impossible.push("a sequence cannot be tied to an identity column, or freed from one, alone".to_owned());
        }
        ddl
    }

    fn made_by(&self, subject: Subject<'_>) -> Option<Key> {
        let column = subject.object.text("identity_of")?;
        subject.snapshot.of_kind("column").map(|(key, _)| key).find(|key| key.sql() == column).cloned()
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(Privileges { word: "SEQUENCE", all: &["SELECT", "UPDATE", "USAGE"], public: &[] })
    }
}
