//! Statements for subscriptions. None of them connects to the publisher: a slot there is neither made nor dropped.

use super::{Subscription, Subscriptions};
use crate::base::{quote_ident, quote_literal};
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject, name_list};

impl Statements for Subscriptions {
    fn word(&self) -> &'static str {
        "SUBSCRIPTION"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Subscription = subject.object.read();
        let name = subject.key.sql();
        let slot = facts.slot.as_deref().map_or_else(|| "NONE".to_owned(), quote_literal);
        let mut ddl = Ddl::run(format!(
            "CREATE SUBSCRIPTION {name} CONNECTION {} PUBLICATION {} WITH (connect = false, slot_name = {slot}{})",
            quote_literal(&connection(&facts)),
            name_list(&facts.publications),
            facts.options.iter().map(|option| [", ", &set(option)].concat()).collect::<String>()
        ));
        ddl.impossible = lost(&[], &facts);
        if facts.enabled {
            ddl.add(format!("ALTER SUBSCRIPTION {name} ENABLE"));
        }
        ddl.lossy.push("it knows no tables until it is refreshed, and copies them again".to_owned());
        ddl
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        let facts: Subscription = subject.object.read();
        let name = subject.key.sql();
        let mut ddl = Ddl::default();
        if let Some(slot) = &facts.slot {
            // With a slot it could not be dropped in a transaction.
            ddl.add(format!("ALTER SUBSCRIPTION {name} DISABLE"));
            ddl.add(format!("ALTER SUBSCRIPTION {name} SET (slot_name = NONE)"));
            ddl.lossy.push(format!("the slot {slot} of the publisher, if it is there, has to be dropped there"));
        }
        ddl.add(format!("DROP SUBSCRIPTION {name}"));
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (Subscription, Subscription) = (alter.from.object.read(), alter.to.object.read());
        let this = format!("ALTER SUBSCRIPTION {}", alter.to.key.sql());
        let mut ddl = Ddl { impossible: lost(&from.secrets, &to), ..Ddl::default() };
        if from.enabled && !to.enabled {
            ddl.add(format!("{this} DISABLE"));
        }
        if alter.any(&["connection", "secrets"]) && ddl.impossible.is_empty() {
            if to.secrets.is_empty() {
                ddl.add(format!("{this} CONNECTION {}", quote_literal(&connection(&to))));
            } else {
                ddl.impossible.push("how it connects holds a secret that is not kept: set it again".to_owned());
            }
        }
        if alter.any(&["publications"]) {
            ddl.add(format!("{this} SET PUBLICATION {} WITH (refresh = false)", name_list(&to.publications)));
        }
        let mut options: Vec<String> =
            to.options.iter().filter(|o| !from.options.contains(o)).map(|o| set(o)).collect();
        if alter.any(&["slot"]) {
            options
                .push(format!("slot_name = {}", to.slot.as_deref().map_or_else(|| "NONE".to_owned(), quote_literal)));
        }
        if !options.is_empty() {
            ddl.add(format!("{this} SET ({})", options.join(", ")));
        }
        if to.enabled && !from.enabled {
            ddl.add(format!("{this} ENABLE"));
        }
        ddl
    }
}

fn set(option: &str) -> String {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    format!("{} = {}", quote_ident(name), quote_literal(value))
}

fn connection(facts: &Subscription) -> String {
    let quoted = |value: &str| format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"));
    let pairs = facts.connection.iter().filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| format!("{name}={}", quoted(value))).collect::<Vec<_>>().join(" ")
}

fn lost(had: &[String], to: &Subscription) -> Vec<String> {
    let lost = to.secrets.iter().filter(|name| !had.contains(name));
    lost.map(|name| format!("{name} of its connection is a secret and is not kept: set it again")).collect()
}
