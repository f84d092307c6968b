//! Statements for range types.

use super::{RangeType, RangeTypes};
use crate::base::quote_ident;
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};
use crate::catalog::kinds::r#enum::ddl::PRIVILEGES;

impl Statements for RangeTypes {
    fn word(&self) -> &'static str {
        "TYPE"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: RangeType = subject.object.read();
        let multirange = format!("{}.{}", quote_ident(subject.key.schema()), quote_ident(&facts.multirange));
        let mut text = format!("SUBTYPE = {}, SUBTYPE_OPCLASS = {}", facts.subtype, facts.operator_class);
        for (word, value) in
            [("COLLATION", &facts.collation), ("CANONICAL", &facts.canonical), ("SUBTYPE_DIFF", &facts.difference)]
        {
            if let Some(value) = value {
                text += &format!(", {word} = {value}");
            }
        }
        let name = subject.key.sql();
        Ddl::run(format!("CREATE TYPE {name} AS RANGE ({text}, MULTIRANGE_TYPE_NAME = {multirange})"))
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        if subject.object.facts.contains_key("canonical") {
            return Ddl::cannot("it and its canonical function need each other: only CASCADE would drop them");
        }
        Ddl::run(format!("DROP TYPE {}", subject.key.sql()))
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        if alter.only(&["multirange"]) {
            let old: RangeType = alter.from.object.read();
            let new: RangeType = alter.to.object.read();
            let schema = quote_ident(alter.to.key.schema());
            let (old, new) = (quote_ident(&old.multirange), quote_ident(&new.multirange));
            return Ddl::run(format!("ALTER TYPE {schema}.{old} RENAME TO {new}"));
        }
        Ddl::again()
    }

    fn announce(&self, subject: Subject<'_>) -> Option<String> {
        subject.object.facts.contains_key("canonical").then(|| format!("CREATE TYPE {}", subject.key.sql()))
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(PRIVILEGES)
    }
}
