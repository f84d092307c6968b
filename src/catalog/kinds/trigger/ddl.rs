//! Statements for triggers.

use super::{Trigger, Triggers};
use crate::base::{quote_ident, quote_literal};
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject, name_list};

impl Statements for Triggers {
    fn word(&self) -> &'static str {
        "TRIGGER"
    }

    fn named(&self, subject: Subject<'_>) -> String {
        format!("{} ON {}", quote_ident(subject.key.name()), subject.parent_sql())
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Trigger = subject.object.read();
        let (table, name) = (subject.parent_sql(), quote_ident(subject.key.name()));
        if facts.inherited {
            // It comes with that of the partitioned table, in its state.
            let state = facts.enabled.as_deref();
            let own = (state.is_some() || whole_is_switched(subject)).then(|| enable_only(&table, &name, state));
            return Ddl { later: own.into_iter().collect(), ..Ddl::default() };
        }
        let events: Vec<String> = facts
            .events
            .iter()
            .map(|event| match event.as_str() {
                "UPDATE" if !facts.columns.is_empty() => format!("UPDATE OF {}", name_list(&facts.columns)),
                event => event.to_owned(),
            })
            .collect();
        let constraint = if facts.constraint { "CONSTRAINT " } else { "" };
        let mut text = format!("CREATE {constraint}TRIGGER {name} {} {} ON {table}", facts.timing, events.join(" OR "));
        if let Some(from) = &facts.from {
            text += &format!(" FROM {from}");
        }
        if facts.deferrable {
            text += " DEFERRABLE";
        }
        if facts.initially_deferred {
            text += " INITIALLY DEFERRED";
        }
        if facts.old_table.is_some() || facts.new_table.is_some() {
            text += " REFERENCING";
            for (word, table) in [("OLD", &facts.old_table), ("NEW", &facts.new_table)] {
                if let Some(table) = table {
                    text += &format!(" {word} TABLE AS {}", quote_ident(table));
                }
            }
        }
        text += if facts.for_each_row { " FOR EACH ROW" } else { " FOR EACH STATEMENT" };
        if let Some(condition) = &facts.condition {
            text += &format!(" WHEN ({condition})");
        }
        let arguments: Vec<String> = facts.arguments.iter().map(|argument| quote_literal(argument)).collect();
        text += &format!(" EXECUTE FUNCTION {}({})", facts.function, arguments.join(", "));
        let mut ddl = Ddl::run(text);
        if facts.enabled.is_some() {
            ddl.add(enable_only(&table, &name, facts.enabled.as_deref()));
        }
        ddl
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        if subject.object.is("inherited") {
            return Ddl::default();
        }
        Ddl::run(format!("DROP TRIGGER {}", self.named(subject)))
    }

    fn kept_as_written(&self) -> &'static [&'static str] {
        &["arguments", "new_table", "old_table"]
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        if alter.to.object.is("inherited") && !alter.only(&["enabled"]) {
            return Ddl::default();
        }
        if !alter.only(&["enabled"]) {
            return Ddl::again();
        }
        let (table, name) = (alter.to.parent_sql(), quote_ident(alter.to.key.name()));
        Ddl::run(enable_only(&table, &name, alter.to.object.text("enabled")))
    }

    fn rename(&self, subject: Subject<'_>, name: &str) -> Option<String> {
        Some(format!("ALTER TRIGGER {} RENAME TO {}", self.named(subject), quote_ident(name)))
    }
}

/// Whether the trigger of the partitioned table is not in its usual state.
fn whole_is_switched(subject: Subject<'_>) -> bool {
    let table = subject.object.parent.as_ref().and_then(|table| subject.snapshot.objects.get(table));
    let Some(whole) = table.and_then(|table| table.text("partition_of")) else { return false };
    let triggers = subject.snapshot.of_kind("trigger").filter(|(key, _)| key.name() == subject.key.name());
    triggers.into_iter().any(|(key, object)| key.relation() == whole && object.facts.contains_key("enabled"))
}

/// Each partition has a state of its own: ONLY leaves them as they are.
fn enable_only(table: &str, name: &str, state: Option<&str>) -> String {
    enable(&format!("ONLY {table}"), "TRIGGER", name, state)
}

/// `ALTER TABLE t ENABLE ALWAYS TRIGGER x`.
pub fn enable(table: &str, word: &str, name: &str, state: Option<&str>) -> String {
    let verb = match state {
        Some("disabled") => "DISABLE",
        Some("replica") => "ENABLE REPLICA",
        Some("always") => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    format!("ALTER TABLE {table} {verb} {word} {name}")
}
