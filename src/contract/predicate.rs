//! `where`: comparisons of columns with literals. It becomes SQL here and only here: every identifier is quoted, every
//! literal escaped, every operator pinned to pg_catalog, so that nothing a contract says can call anything.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::{quote_ident, quote_literal};

/// A condition on the rows of one relation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Predicate {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Compare { column: String, operator: Operator, literal: Literal },
    Null { column: String, not: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "<>")]
    Different,
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = ">=")]
    AtLeast,
}

impl Operator {
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Different => "<>",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Literal {
    Text(String),
    /// As written: digits, a sign, a point.
    Number(String),
    Boolean(bool),
}

impl Predicate {
    /// The columns it compares, each once.
    pub fn columns(&self) -> Vec<&str> {
        let mut found: Vec<&str> = match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::columns).collect(),
            Self::Not(inner) => inner.columns(),
            Self::Compare { column, .. } | Self::Null { column, .. } => vec![column],
        };
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The condition as SQL.
    pub fn sql(&self) -> String {
        match self {
            Self::And(parts) => joined(parts, " AND "),
            Self::Or(parts) => joined(parts, " OR "),
            Self::Not(inner) => format!("(NOT {})", inner.sql()),
            Self::Compare { column, operator, literal } => {
                let value = match literal {
                    Literal::Text(text) => quote_literal(text),
                    // In parentheses, so that a sign is never glued to an operator.
                    Literal::Number(digits) => format!("({digits})"),
                    Literal::Boolean(value) => value.to_string(),
                };
                format!("({} OPERATOR(pg_catalog.{}) {value})", quoted(column), operator.sign())
            }
            Self::Null { column, not } => format!("({} IS{} NULL)", quoted(column), if *not { " NOT" } else { "" }),
        }
    }
}

/// Always quoted, so that no name can be taken for a key word by any server.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn joined(parts: &[Predicate], between: &str) -> String {
    format!("({})", parts.iter().map(Predicate::sql).collect::<Vec<_>>().join(between))
}

/// As the contract language writes it.
impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |parts: &[Self], between: &str| {
            parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(between)
        };
        match self {
            Self::And(parts) => f.write_str(&join(parts, " and ")),
            Self::Or(parts) => f.write_str(&join(parts, " or ")),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Compare { column, operator, literal } => {
                write!(f, "{} {} ", quote_ident(column), operator.sign())?;
                match literal {
                    Literal::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
                    Literal::Number(digits) => f.write_str(digits),
                    Literal::Boolean(value) => write!(f, "{value}"),
                }
            }
            Self::Null { column, not } => {
                write!(f, "{} is {}null", quote_ident(column), if *not { "not " } else { "" })
            }
        }
    }
}
