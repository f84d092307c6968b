//! Statements for text search configurations.

use super::{TextSearchConfiguration, TextSearchConfigurations};
use crate::base::quote_ident;
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for TextSearchConfigurations {
    fn word(&self) -> &'static str {
        "TEXT SEARCH CONFIGURATION"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: TextSearchConfiguration = subject.object.read();
        let name = subject.key.sql();
        let mut ddl = Ddl::run(format!("CREATE TEXT SEARCH CONFIGURATION {name} (PARSER = {})", facts.parser));
        for (token, dictionaries) in &facts.mappings {
            ddl.add(mapping(&name, "ADD", token, dictionaries));
        }
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        if alter.any(&["parser"]) {
            return Ddl::again();
        }
        let (from, to): (TextSearchConfiguration, TextSearchConfiguration) =
            (alter.from.object.read(), alter.to.object.read());
        let name = alter.to.key.sql();
        let mut ddl = Ddl::default();
        for token in from.mappings.keys().filter(|token| !to.mappings.contains_key(*token)) {
            ddl.add(format!("ALTER TEXT SEARCH CONFIGURATION {name} DROP MAPPING FOR {}", quote_ident(token)));
        }
        for (token, dictionaries) in &to.mappings {
            match from.mappings.get(token) {
                Some(same) if same == dictionaries => {}
                had => {
                    let verb = if had.is_some() { "ALTER" } else { "ADD" };
                    ddl.add(mapping(&name, verb, token, dictionaries));
                }
            }
        }
        ddl
    }
}

fn mapping(name: &str, verb: &str, token: &str, dictionaries: &[String]) -> String {
    let token = quote_ident(token);
    format!("ALTER TEXT SEARCH CONFIGURATION {name} {verb} MAPPING FOR {token} WITH {}", dictionaries.join(", "))
}
