//! Statements for languages.

use super::{Language, Languages};
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};

impl Statements for Languages {
    fn word(&self) -> &'static str {
        "LANGUAGE"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Language = subject.object.read();
        let trusted = if facts.trusted { "TRUSTED " } else { "" };
        let mut text = format!("CREATE OR REPLACE {trusted}LANGUAGE {}", subject.key.sql());
        for (word, function) in
            [("HANDLER", &facts.handler), ("INLINE", &facts.inline), ("VALIDATOR", &facts.validator)]
        {
            if let Some(function) = function {
                text += &format!(" {word} {function}");
            }
        }
        Ddl::run(text)
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        self.create(alter.to)
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(Privileges { word: "LANGUAGE", all: &["USAGE"], public: &["USAGE"] })
    }
}
