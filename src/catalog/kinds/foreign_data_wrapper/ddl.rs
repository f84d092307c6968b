//! Statements for foreign-data wrappers.

use super::{ForeignDataWrapper, ForeignDataWrappers};
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};
use crate::catalog::foreign;

impl Statements for ForeignDataWrappers {
    fn word(&self) -> &'static str {
        "FOREIGN DATA WRAPPER"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: ForeignDataWrapper = subject.object.read();
        let (functions, options) = (functions(&facts, false, false), foreign::clause(&facts.options));
        let statement = format!("CREATE FOREIGN DATA WRAPPER {}{functions}{options}", subject.key.sql());
        Ddl { impossible: foreign::lost(&[], &facts.secrets), ..Ddl::run(statement) }
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (ForeignDataWrapper, ForeignDataWrapper) = (alter.from.object.read(), alter.to.object.read());
        let functions = functions(&to, from.handler.is_some(), from.validator.is_some());
        let options = foreign::changes((&from.options, &from.secrets), (&to.options, &to.secrets));
        let mut ddl = Ddl { impossible: foreign::lost(&from.secrets, &to.secrets), ..Ddl::default() };
        if alter.any(&["handler", "validator"]) || !options.is_empty() {
            ddl.add(format!("ALTER FOREIGN DATA WRAPPER {}{functions}{options}", alter.to.key.sql()));
        }
        ddl
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(Privileges { word: "FOREIGN DATA WRAPPER", all: &["USAGE"], public: &[] })
    }
}

fn functions(facts: &ForeignDataWrapper, had_handler: bool, had_validator: bool) -> String {
    let clause = |word: &str, function: &Option<String>, had: bool| match function {
        Some(function) => format!(" {word} {function}"),
        None if had => format!(" NO {word}"),
        None => String::new(),
    };
    clause("HANDLER", &facts.handler, had_handler) + &clause("VALIDATOR", &facts.validator, had_validator)
}
