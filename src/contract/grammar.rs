//! The grammar, and what its rules are called for people.

use pest_derive::Parser;

use super::model::Permission;
use crate::catalog::Noun;

#[derive(Parser)]
#[grammar = "contract/contract.pest"]
pub(super) struct Language;

/// The word that was probably meant.
pub(super) fn nearest<'a>(found: &str, words: impl Iterator<Item = &'a str>) -> Option<String> {
    let found = found.to_lowercase();
    if found.chars().count() < 2 {
        return None;
    }
    words
        .map(|word| (strsim::damerau_levenshtein(&found, &word.to_lowercase()), word))
        .filter(|(distance, word)| *distance <= 1 + word.chars().count() / 4 && *distance < word.chars().count())
        .min()
        .map(|(_, word)| word.to_owned())
}

/// What a rule of the grammar is called for people; key words in backquotes.
pub(super) fn describe(rule: Rule) -> Vec<String> {
    let debug = format!("{rule:?}");
    if let Some(word) = debug.strip_prefix("w_") {
        return vec![format!("`{word}`")];
    }
    let one = |text: &str| vec![text.to_owned()];
    let words = |list: &[&str]| list.iter().map(|word| format!("`{word}`")).collect();
    match rule {
        Rule::section => words(&["allow", "before", "after"]),
        Rule::change => words(&["change"]),
        Rule::target => words(&["target"]),
        Rule::role => words(&["role"]),
        Rule::within => words(&["within"]),
        Rule::transaction => words(&["transaction"]),
        Rule::permit => words(&["permit"]),
        Rule::presence => words(&["exists", "absent"]),
        Rule::unchanged => words(&["unchanged"]),
        Rule::noun | Rule::noun_word | Rule::count => {
            Noun::ALL.iter().map(|noun| format!("`{}`", noun.words())).collect()
        }
        Rule::kind | Rule::kind_word | Rule::object => words(&KINDS),
        Rule::rows => words(&["rows"]),
        Rule::values => words(&["values"]),
        Rule::column_list => words(&["columns"]),
        Rule::primary_key => words(&["primary"]),
        Rule::unique => words(&["unique"]),
        Rule::foreign_key => words(&["foreign"]),
        Rule::nothing_else => words(&["nothing"]),
        Rule::no_crossing => words(&["no"]),
        Rule::expectation => vec!["a number with `=`, `<=`, `>=`, `+` or `-`".to_owned(), "`unchanged`".to_owned()],
        Rule::comparator => one("=, <= or >="),
        Rule::sign | Rule::delta => one("+ or -"),
        Rule::number | Rule::system_identifier => one("a number"),
        Rule::relation => one("schema.table"),
        Rule::relation_column => one("schema.table.column"),
        Rule::path | Rule::name | Rule::names | Rule::bare_name | Rule::quoted_name => one("a name"),
        Rule::change_name => one("a name of letters, digits, - _ ."),
        Rule::predicate | Rule::conjunction | Rule::negation | Rule::group | Rule::comparison => {
            one("a comparison of a column with a literal")
        }
        Rule::operator => one("=, <>, <, <=, > or >="),
        Rule::literal | Rule::string | Rule::decimal => one("a string, a number, true or false"),
        Rule::tag | Rule::tag_word | Rule::allowed_tag => one("a command tag"),
        Rule::EOI => one("the end of the line"),
        Rule::permission
        | Rule::p_cascade
        | Rule::p_opaque
        | Rule::p_dynamic
        | Rule::p_temporary
        | Rule::p_outside
        | Rule::p_settings
        | Rule::p_names
        | Rule::p_owner
        | Rule::p_rename
        | Rule::p_protection
        | Rule::p_storage
        | Rule::p_inheritance => Permission::ALL.iter().map(|permission| format!("`{}`", permission.words())).collect(),
        _ => Vec::new(),
    }
}

const KINDS: [&str; 15] = [
    "schema",
    "table",
    "view",
    "materialized view",
    "column",
    "constraint",
    "index",
    "trigger",
    "sequence",
    "function",
    "type",
    "enum",
    "domain",
    "extension",
    "policy",
];
