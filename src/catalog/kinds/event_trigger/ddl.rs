//! Statements for event triggers.

use super::{EventTrigger, EventTriggers};
use crate::base::{quote_ident, quote_literal};
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for EventTriggers {
    fn word(&self) -> &'static str {
        "EVENT TRIGGER"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: EventTrigger = subject.object.read();
        let name = subject.key.sql();
        let mut text = format!("CREATE EVENT TRIGGER {name} ON {}", quote_ident(&facts.event));
        if !facts.tags.is_empty() {
            let tags: Vec<String> = facts.tags.iter().map(|tag| quote_literal(tag)).collect();
            text += &format!(" WHEN TAG IN ({})", tags.join(", "));
        }
        let mut ddl = Ddl::run(format!("{text} EXECUTE FUNCTION {}()", facts.function));
        if facts.enabled.is_some() {
            ddl.add(enable(&name, facts.enabled.as_deref()));
        }
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        if !alter.only(&["enabled"]) {
            return Ddl::again();
        }
        Ddl::run(enable(&alter.to.key.sql(), alter.to.object.text("enabled")))
    }
}

fn enable(name: &str, state: Option<&str>) -> String {
    let verb = match state {
        Some("disabled") => "DISABLE",
        Some("replica") => "ENABLE REPLICA",
        Some("always") => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    format!("ALTER EVENT TRIGGER {name} {verb}")
}
