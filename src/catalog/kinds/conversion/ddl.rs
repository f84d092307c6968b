//! Statements for conversions.

use super::{Conversion, Conversions};
use crate::base::quote_literal;
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for Conversions {
    fn word(&self) -> &'static str {
        "CONVERSION"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Conversion = subject.object.read();
        let default = if facts.default { "DEFAULT " } else { "" };
        let (from, to) = (quote_literal(&facts.from), quote_literal(&facts.to));
        let name = subject.key.sql();
        Ddl::run(format!("CREATE {default}CONVERSION {name} FOR {from} TO {to} FROM {}", facts.function))
    }

    fn alter(&self, _: Alter<'_>) -> Ddl {
        Ddl::again()
    }
}
