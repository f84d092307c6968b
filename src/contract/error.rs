//! A contract that cannot be read. Every error names the place, what could have stood there, and the nearest word.

use serde_json::{Map, Value, json};

use crate::base::{Coded, Place};

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    #[error("line {}, column {}: {} is not understood here", place.line, place.column, shown(found))]
    Syntax { place: Place, found: String, expected: Vec<String>, nearest: Option<String> },
    #[error("line {}, column {}: `{tag}` is no command tag", place.line, place.column)]
    UnknownTag { place: Place, tag: String, nearest: Option<String> },
    #[error("line {}, column {}: the id {id} stands at line {first} already", place.line, place.column)]
    RepeatedId { place: Place, id: String, first: usize },
    #[error("line {}, column {}: `{what}` stands at line {first} already", place.line, place.column)]
    Repeated { place: Place, what: String, first: usize },
    #[error("line {}, column {}: {what} compares with what was before, so it belongs under `after`", place.line, place.column)]
    OnlyAfter { place: Place, what: String },
    #[error("line {}, column {}: a {kind} is named by {expected} names, not {found}", place.line, place.column)]
    NameParts { place: Place, kind: String, expected: &'static str, found: usize },
    #[error("line {}, column {}: {noun} are counted in the database, a schema or a relation", place.line, place.column)]
    ScopeParts { place: Place, noun: String },
    #[error("line {}, column {}: the number {number} is too large", place.line, place.column)]
    NumberTooLarge { place: Place, number: String },
    #[error("line {}, column {}: the condition is nested deeper than {limit}", place.line, place.column)]
    TooDeep { place: Place, limit: usize },
    #[error("line {}: longer than {limit} bytes", place.line)]
    LineTooLong { place: Place, limit: usize },
    #[error("line {}, column {}: {what} may not stand in a contract", place.line, place.column)]
    Character { place: Place, what: String },
    #[error("the contract is not UTF-8: byte {offset} begins no character")]
    NotUtf8 { offset: usize },
    #[error("the contract is {size} bytes long, more than the {limit} that are read")]
    TooLarge { size: usize, limit: usize },
    #[error("the contract has no `{line}` line")]
    Missing { line: &'static str },
}

fn shown(found: &str) -> String {
    if found.is_empty() { "the end of the line".to_owned() } else { format!("`{found}`") }
}

impl ContractError {
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Syntax { place, .. }
            | Self::UnknownTag { place, .. }
            | Self::RepeatedId { place, .. }
            | Self::Repeated { place, .. }
            | Self::OnlyAfter { place, .. }
            | Self::NameParts { place, .. }
            | Self::ScopeParts { place, .. }
            | Self::NumberTooLarge { place, .. }
            | Self::TooDeep { place, .. }
            | Self::LineTooLong { place, .. }
            | Self::Character { place, .. } => Some(*place),
            Self::NotUtf8 { .. } | Self::TooLarge { .. } | Self::Missing { .. } => None,
        }
    }
}

impl Coded for ContractError {
    fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "contract.syntax",
            Self::UnknownTag { .. } => "contract.unknown-tag",
            Self::RepeatedId { .. } => "contract.repeated-id",
            Self::Repeated { .. } => "contract.repeated",
            Self::OnlyAfter { .. } => "contract.only-after",
            Self::NameParts { .. } => "contract.name-parts",
            Self::ScopeParts { .. } => "contract.scope-parts",
            Self::NumberTooLarge { .. } => "contract.number-too-large",
            Self::TooDeep { .. } => "contract.too-deep",
            Self::LineTooLong { .. } => "contract.line-too-long",
            Self::Character { .. } => "contract.character",
            Self::NotUtf8 { .. } => "contract.not-utf8",
            Self::TooLarge { .. } => "contract.too-large",
            Self::Missing { .. } => "contract.missing",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Syntax { nearest: Some(word), .. } | Self::UnknownTag { nearest: Some(word), .. } => {
                format!("did you mean `{word}`?")
            }
            Self::Syntax { expected, .. } if !expected.is_empty() => format!("expected {}", expected.join(" or ")),
            Self::Syntax { .. } => "see docs/contract.md for the forms a line can have".to_owned(),
            Self::UnknownTag { .. } => "a tag is what psql prints after a statement: CREATE TABLE, COMMENT".to_owned(),
            Self::RepeatedId { .. } => "give every line an id of its own".to_owned(),
            Self::Repeated { .. } => "keep one of the two lines".to_owned(),
            Self::OnlyAfter { .. } => "under `before`, say an absolute number or a state".to_owned(),
            Self::NameParts { .. } => "name the schema too: schema.table, schema.table.column".to_owned(),
            Self::ScopeParts { .. } => "write `in schema` or `in schema.table`".to_owned(),
            Self::NumberTooLarge { .. } => "numbers go up to 9223372036854775807".to_owned(),
            Self::TooDeep { .. } => "write the condition with fewer parentheses".to_owned(),
            Self::LineTooLong { .. } => "a line a reviewer cannot read aloud has no place in a contract".to_owned(),
            Self::Character { .. } => "save the contract as plain UTF-8 text with LF line ends".to_owned(),
            Self::NotUtf8 { offset } => format!("save the file as UTF-8; look at byte {offset}"),
            Self::TooLarge { limit, .. } => format!("a contract is read up to {limit} bytes"),
            Self::Missing { line } => format!("begin with `{line} NAME`"),
        })
    }

    fn facts(&self) -> Map<String, Value> {
        let mut facts = Map::new();
        if let Some(place) = self.place() {
            facts.insert("place".to_owned(), json!(place));
        }
        match self {
            Self::Syntax { found, expected, nearest, .. } => {
                facts.insert("found".to_owned(), json!(found));
                facts.insert("expected".to_owned(), json!(expected));
                facts.insert("nearest".to_owned(), json!(nearest));
            }
            Self::UnknownTag { tag, nearest, .. } => {
                facts.insert("found".to_owned(), json!(tag));
                facts.insert("nearest".to_owned(), json!(nearest));
            }
            _ => {}
        }
        facts
    }
}
