//! What a contract asks about rows: fixed questions, each with the one SQL text we would run. This room asks nobody; the
//! answers come in from outside, and a question without an answer leaves its line *not run*.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::predicate::{Predicate, quoted};
use super::{Condition, Contract, Line};
use crate::base::QualifiedName;

/// One question about rows.
#[derive(Clone, Debug, PartialEq)]
pub enum RowQuestion {
    /// How many rows there are.
    Count { relation: QualifiedName, predicate: Option<Predicate> },
    /// Which value each row has, told by its key: to be asked before and after.
    Values { relation: QualifiedName, column: String },
}

impl RowQuestion {
    /// Its name among the answers: the question in the contract's own words.
    pub fn id(&self) -> String {
        match self {
            Self::Count { relation, predicate: None } => format!("rows in {relation}"),
            Self::Count { relation, predicate: Some(predicate) } => format!("rows in {relation} where {predicate}"),
            Self::Values { relation, column } => format!("values of {relation}.{}", crate::base::quote_ident(column)),
        }
    }

    pub fn relation(&self) -> &QualifiedName {
        match self {
            Self::Count { relation, .. } | Self::Values { relation, .. } => relation,
        }
    }

    /// The columns that have to exist for the question to make sense.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::Count { predicate, .. } => predicate.as_ref().map(Predicate::columns).unwrap_or_default(),
            Self::Values { column, .. } => vec![column],
        }
    }

    /// The query of a count: names quoted, literals escaped, operators pinned.
    pub fn count_sql(&self) -> Option<String> {
        let Self::Count { relation, predicate } = self else { return None };
        let from = format!("{}.{}", quoted(&relation.schema), quoted(&relation.name));
        let condition = predicate.as_ref().map(|predicate| format!(" WHERE {}", predicate.sql())).unwrap_or_default();
        Some(format!("SELECT pg_catalog.count(*) FROM {from}{condition}"))
    }
}

/// An answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Count(i64),
    Unanswered(String),
}

/// Question to answer.
pub type RowAnswers = BTreeMap<String, Answer>;

/// The spread of a column's values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    pub min: Option<String>,
    pub max: Option<String>,
    pub distinct: i64,
    pub nulls: i64,
}

/// How the values of a column changed, row by row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueChange {
    /// `schema.table.column`.
    pub column: String,
    /// Rows that were there before and after.
    pub rows: i64,
    /// Those of them with another value.
    pub changed: i64,
    pub before: Spread,
    pub after: Spread,
    /// Why it could not be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<String>,
}

impl Contract {
    /// Every question of the contract, each once.
    pub fn row_questions(&self) -> Vec<RowQuestion> {
        questions(self.before.iter().chain(&self.after))
    }
}

/// The questions of some lines, each once.
fn questions<'a>(lines: impl Iterator<Item = &'a Line>) -> Vec<RowQuestion> {
    let mut found: Vec<RowQuestion> = Vec::new();
    for question in lines.filter_map(|line| question(&line.condition)) {
        if !found.contains(&question) {
            found.push(question);
        }
    }
    found
}

/// The question behind a condition.
pub fn question(condition: &Condition) -> Option<RowQuestion> {
    Some(match condition {
        Condition::Rows { relation, predicate, .. } => {
            RowQuestion::Count { relation: relation.clone(), predicate: predicate.clone() }
        }
        Condition::Values { relation, column, .. } => {
            RowQuestion::Values { relation: relation.clone(), column: column.clone() }
        }
        _ => return None,
    })
}
