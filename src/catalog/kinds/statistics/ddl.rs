//! Statements for statistics objects.

use super::{Statistics, StatisticsObjects};
use crate::base::quote_ident;
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for StatisticsObjects {
    fn word(&self) -> &'static str {
        "STATISTICS"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Statistics = subject.object.read();
        let name = subject.key.sql();
        let columns = facts.columns.iter().map(|column| quote_ident(column));
        let of: Vec<String> = columns.chain(facts.expressions.iter().map(|text| format!("({text})"))).collect();
        let kinds = if of.len() > 1 { format!(" ({})", facts.kinds.join(", ")) } else { String::new() };
        let mut ddl =
            Ddl::run(format!("CREATE STATISTICS {name}{kinds} ON {} FROM {}", of.join(", "), subject.parent_sql()));
        if let Some(target) = facts.target {
            ddl.add(format!("ALTER STATISTICS {name} SET STATISTICS {target}"));
        }
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        if !alter.only(&["target"]) {
            return Ddl::again();
        }
        let facts: Statistics = alter.to.object.read();
        Ddl::run(format!("ALTER STATISTICS {} SET STATISTICS {}", alter.to.key.sql(), facts.target.unwrap_or(-1)))
    }

    fn has_own_schema(&self) -> bool {
        true
    }

    fn carried_along(&self, _subject: Subject<'_>, _columns: usize) -> bool {
        true
    }
}
