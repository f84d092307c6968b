//! Statements for collations.

use super::{Collation, Collations};
use crate::base::quote_literal;
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for Collations {
    fn word(&self) -> &'static str {
        "COLLATION"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Collation = subject.object.read();
        let mut text = format!("PROVIDER = {}", facts.provider);
        for (word, value) in [
            ("LC_COLLATE", &facts.collate),
            ("LC_CTYPE", &facts.ctype),
            ("LOCALE", &facts.locale),
            ("RULES", &facts.rules),
        ] {
            if let Some(value) = value {
                text += &format!(", {word} = {}", quote_literal(value));
            }
        }
        if facts.nondeterministic {
            text += ", DETERMINISTIC = false";
        }
        Ddl::run(format!("CREATE COLLATION {} ({text})", subject.key.sql()))
    }

    fn alter(&self, _: Alter<'_>) -> Ddl {
        Ddl::again()
    }
}
