//! Text to a contract, line by line.

use std::collections::BTreeMap;

use pest::Parser as _;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::Pair;

use super::error::ContractError;
use super::grammar::{Language, Rule, describe, nearest};
use super::model::{
    Allow, AllowedTag, Bound, Comparator, Condition, Contract, Expectation, Line, Permission, State, Target,
    ValuesExpectation, Within,
};
use super::predicate::{Literal, Operator, Predicate};
use super::tags;
use crate::base::{Digest, Place, QualifiedName, Span};
use crate::catalog::{Key, Noun, Scope};

const SIZE_LIMIT: usize = 1024 * 1024;
const LINE_LIMIT: usize = 8 * 1024;
const DEPTH_LIMIT: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Header,
    Allow,
    Before,
    After,
}

impl Contract {
    /// Reads a contract.
    ///
    /// ```
    /// use pgwarrant::contract::Contract;
    /// let contract = Contract::read(b"change demo\nallow\n  CREATE TABLE = 1\nafter\n  V-1 tables + 1\n").unwrap();
    /// assert_eq!(contract.after[0].id, "V-1");
    /// let error = Contract::read(b"change demo\nafter\n  table a.b exsits\n").unwrap_err();
    /// assert_eq!(error.to_string(), "line 3, column 13: `exsits` is not understood here");
    /// ```
    pub fn read(bytes: &[u8]) -> Result<Self, ContractError> {
        let text = accept(bytes)?;
        let mut reader = Reader::default();
        let mut offset = 0;
        for (number, line) in text.split('\n').enumerate() {
            reader.at = At { line: number + 1, offset, text: without_comment(line) };
            offset += line.len() + 1;
            if !reader.at.text.is_empty() {
                reader.line()?;
            }
        }
        reader.finish(Digest::of(bytes))
    }
}

fn accept(bytes: &[u8]) -> Result<&str, ContractError> {
    if bytes.len() > SIZE_LIMIT {
        return Err(ContractError::TooLarge { size: bytes.len(), limit: SIZE_LIMIT });
    }
    let text = std::str::from_utf8(bytes).map_err(|fault| ContractError::NotUtf8 { offset: fault.valid_up_to() })?;
    for (number, line) in text.split('\n').enumerate() {
        let hidden = |character: &char| {
            (character.is_control() && *character != '\t') || crate::script::is_invisible(*character)
        };
        if let Some(column) = line.chars().position(|character| hidden(&character)) {
            let place = Place { line: number + 1, column: column + 1 };
            let what = match line.chars().nth(column) {
                Some('\r') => "a carriage return".to_owned(),
                Some(character) => format!("the character U+{:04X}", u32::from(character)),
                None => "this".to_owned(),
            };
            return Err(ContractError::Character { place, what });
        }
        if line.len() > LINE_LIMIT {
            let place = Place { line: number + 1, column: 1 };
            return Err(ContractError::LineTooLong { place, limit: LINE_LIMIT });
        }
    }
    Ok(text)
}

#[derive(Clone, Copy, Default)]
struct At<'a> {
    line: usize,
    offset: usize,
    text: &'a str,
}

impl At<'_> {
    fn place(&self, byte: usize) -> Place {
        Place { line: self.line, column: self.text[..byte].chars().count() + 1 }
    }

    /// From here to the end of what the pair covers, as one line of text.
    fn of(&self, pair: &Pair<Rule>) -> Place {
        self.place(pair.as_span().start())
    }
}

#[derive(Default)]
struct Reader<'a> {
    at: At<'a>,
    section: Option<Section>,
    change: Option<String>,
    target: Option<Target>,
    roles: Vec<String>,
    allow: Allow,
    allow_lines: usize,
    before: Vec<Line>,
    after: Vec<Line>,
    /// What stood where, to refuse repetitions.
    seen: BTreeMap<String, usize>,
}

impl Reader<'_> {
    fn line(&mut self) -> Result<(), ContractError> {
        let text = self.at.text;
        let section = self.section.unwrap_or(Section::Header);
        if depth(text) > DEPTH_LIMIT {
            return Err(ContractError::TooDeep { place: self.at.place(0), limit: DEPTH_LIMIT });
        }
        let rule = match section {
            Section::Header => Rule::header_line,
            Section::Allow => Rule::allow_line,
            Section::Before | Section::After => Rule::condition_line,
        };
        let pairs = Language::parse(rule, text).map_err(|error| self.syntax(&error))?;
        let mut pairs = pairs.filter(|pair| pair.as_rule() != Rule::EOI);
        let Some(first) = pairs.next() else { return Ok(()) };
        match (first.as_rule(), section) {
            (Rule::section, _) => self.enter(&first),
            (_, Section::Header) => self.header(first),
            (_, Section::Allow) => self.allow(first),
            (_, Section::Before | Section::After) => {
                let (id, condition) = match (first.as_rule(), pairs.next()) {
                    (Rule::id, Some(condition)) => (Some(first), condition),
                    _ => (None, first),
                };
                self.condition(id.as_ref(), condition, section)
            }
        }
    }

    fn once(&mut self, what: &str, place: Place) -> Result<(), ContractError> {
        match self.seen.insert(what.to_owned(), place.line) {
            Some(first) => Err(ContractError::Repeated { place, what: what.to_owned(), first }),
            None => Ok(()),
        }
    }

    fn enter(&mut self, pair: &Pair<Rule>) -> Result<(), ContractError> {
        let place = self.at.of(pair);
        let word = pair.as_str().trim().to_lowercase();
        self.once(&word, place)?;
        self.section = Some(match word.as_str() {
            "allow" => Section::Allow,
            "before" => Section::Before,
            _ => Section::After,
        });
        Ok(())
    }

    fn header(&mut self, pair: Pair<Rule>) -> Result<(), ContractError> {
        let place = self.at.of(&pair);
        let rule = pair.as_rule();
        let parts: Vec<Pair<Rule>> = pair.into_inner().filter(|part| !is_word(part)).collect();
        match rule {
            Rule::change => {
                self.once("change", place)?;
                self.change = parts.first().map(|part| part.as_str().to_owned());
            }
            Rule::target => {
                self.once("target", place)?;
                let database = parts.first().map(name).unwrap_or_default();
                let system = parts.get(1).map(|part| part.as_str().to_owned());
                self.target = Some(Target { database, system });
            }
            _ => {
                self.once("role", place)?;
                self.roles = parts.first().map(names).unwrap_or_default();
            }
        }
        Ok(())
    }

    fn allow(&mut self, pair: Pair<Rule>) -> Result<(), ContractError> {
        let place = self.at.of(&pair);
        let text = pair.as_str().trim_end().to_owned();
        self.allow_lines += 1;
        let id = format!("allow-{}", self.allow_lines);
        let rule = pair.as_rule();
        let parts: Vec<Pair<Rule>> = pair.into_inner().filter(|part| !is_word(part)).collect();
        match rule {
            Rule::within => {
                self.once("within schema", place)?;
                let schemas = parts.first().map(names).unwrap_or_default().into_iter().collect();
                self.allow.within = Some(Within { id, schemas, text });
            }
            Rule::transaction => {
                self.once("transaction one", place)?;
                self.allow.one_transaction = Some(id);
            }
            Rule::permit => {
                let word = parts.first().and_then(|part| part.clone().into_inner().next());
                if let Some(permission) = word.and_then(|word| permission(&word)) {
                    self.once(&format!("permit {}", permission.words()), place)?;
                    self.allow.permits.insert(permission);
                }
            }
            _ => {
                let written = parts.first().map(|part| part.as_str().split_whitespace().collect::<Vec<_>>().join(" "));
                let written = written.unwrap_or_default();
                let Some(tag) = tags::known(&written) else {
                    let nearest = tags::nearest_to(&written);
                    return Err(ContractError::UnknownTag { place, tag: written, nearest });
                };
                self.once(&format!("allow {tag}"), place)?;
                let count = match (parts.get(1), parts.get(2)) {
                    (Some(comparator), Some(number)) => {
                        Some(Bound { comparator: self::comparator(comparator), number: self.number(number)? })
                    }
                    _ => None,
                };
                self.allow.tags.push(AllowedTag { id, tag, count, text, place });
            }
        }
        Ok(())
    }

    fn condition(&mut self, id: Option<&Pair<Rule>>, pair: Pair<Rule>, section: Section) -> Result<(), ContractError> {
        let place = self.at.of(&pair);
        let text = pair.as_str().trim_end().to_owned();
        let span = pair.as_span();
        let span = Span::new(self.at.offset + span.start(), self.at.offset + span.end());
        let condition = self.form(pair)?;
        if section == Section::Before
            && let Some(what) = only_after(&condition)
        {
            return Err(ContractError::OnlyAfter { place, what: what.to_owned() });
        }
        let lines = if section == Section::Before { &self.before } else { &self.after };
        let id = match id {
            Some(id) => {
                let id_place = self.at.of(id);
                if let Some(first) = self.seen.insert(format!("id {}", id.as_str()), place.line) {
                    return Err(ContractError::RepeatedId { place: id_place, id: id.as_str().to_owned(), first });
                }
                id.as_str().to_owned()
            }
            None if section == Section::Before => format!("before-{}", lines.len() + 1),
            None => format!("after-{}", lines.len() + 1),
        };
        let line = Line { id, text, place, span, condition };
        if section == Section::Before {
            self.before.push(line);
        } else {
            self.after.push(line);
        }
        Ok(())
    }

    fn form(&self, pair: Pair<Rule>) -> Result<Condition, ContractError> {
        let place = self.at.of(&pair);
        let rule = pair.as_rule();
        let mut parts = pair.into_inner().filter(|part| !is_word(part));
        let mut next = || parts.next().ok_or(ContractError::Missing { line: "change" });
        Ok(match rule {
            Rule::nothing_else => Condition::NothingElseChanges,
            Rule::no_crossing => Condition::NoForeignKeyCrosses,
            Rule::rows => {
                let relation = relation(&next()?);
                let mut part = next()?;
                let mut predicate = None;
                if part.as_rule() == Rule::predicate {
                    predicate = Some(self::predicate(part));
                    part = next()?;
                }
                Condition::Rows { relation, predicate, expect: self.expectation(part)? }
            }
            Rule::values => {
                let mut path = names(&next()?).into_iter();
                let (schema, table, column) = (path.next(), path.next(), path.next());
                let relation = QualifiedName::new(schema.unwrap_or_default(), table.unwrap_or_default());
                let part = next()?;
                let expect = match part.as_rule() {
                    Rule::unchanged => ValuesExpectation::Unchanged,
                    Rule::comparator => {
                        let comparator = comparator(&part);
                        ValuesExpectation::ChangeIn(Bound { comparator, number: self.number(&next()?)? })
                    }
                    _ => ValuesExpectation::ChangeIn(Bound {
                        comparator: Comparator::Equal,
                        number: self.number(&part)?,
                    }),
                };
                Condition::Values { relation, column: column.unwrap_or_default(), expect }
            }
            Rule::column_list => Condition::Columns { relation: relation(&next()?), columns: names(&next()?) },
            Rule::primary_key => Condition::PrimaryKey { relation: relation(&next()?), columns: names(&next()?) },
            Rule::unique => {
                let (relation, columns) = (relation(&next()?), names(&next()?));
                Condition::Unique { relation, columns, state: parts.next().map_or(State::Exists, |part| state(&part)) }
            }
            Rule::foreign_key => {
                let (relation, columns) = (self::relation(&next()?), names(&next()?));
                let (references, keys) = (self::relation(&next()?), names(&next()?));
                let state = parts.next().map_or(State::Exists, |part| state(&part));
                Condition::ForeignKey { relation, columns, references, referenced: keys, state }
            }
            Rule::object => {
                let kind = next()?.as_str().to_lowercase();
                let mut path = names(&next()?);
                let mut part = next()?;
                if part.as_rule() == Rule::arguments {
                    if let Some(last) = path.last_mut() {
                        let arguments: Vec<&str> =
                            part.as_str().trim_matches(['(', ')']).split(',').map(str::trim).collect();
                        *last = format!("{}({})", crate::base::quote_ident(last), arguments.join(", "));
                    }
                    part = next()?;
                }
                Condition::Object { keys: keys(&kind, &path, place)?, state: state(&part) }
            }
            _ => {
                let noun = next()?.as_str().to_owned();
                let mut part = next()?;
                let mut scope = Scope::Database;
                if part.as_rule() == Rule::path {
                    let mut path = names(&part);
                    scope = match (path.len(), path.pop()) {
                        (1, Some(schema)) => Scope::Schema(schema),
                        (2, Some(name)) => Scope::Relation(QualifiedName::new(path.remove(0), name)),
                        _ => return Err(ContractError::ScopeParts { place: self.at.of(&part), noun }),
                    };
                    part = next()?;
                }
                let expect = self.expectation(part)?;
                let Ok(noun) = noun.parse::<Noun>() else {
                    let expected = vec!["a countable noun".to_owned()];
                    return Err(ContractError::Syntax { place, found: noun, expected, nearest: None });
                };
                Condition::Count { noun, scope, expect }
            }
        })
    }

    fn expectation(&self, pair: Pair<Rule>) -> Result<Expectation, ContractError> {
        let mut parts = pair.into_inner();
        let (Some(first), second) = (parts.next(), parts.next()) else { return Ok(Expectation::Unchanged) };
        match (first.as_rule(), second) {
            (Rule::delta, _) => {
                let mut parts = first.into_inner();
                let minus = parts.next().is_some_and(|sign| sign.as_str() == "-");
                let Some(digits) = parts.next() else { return Ok(Expectation::Unchanged) };
                let number = i64::try_from(self.number(&digits)?).unwrap_or(i64::MAX);
                Ok(Expectation::Relative(if minus { -number } else { number }))
            }
            (Rule::comparator, Some(number)) => {
                Ok(Expectation::Absolute(Bound { comparator: comparator(&first), number: self.number(&number)? }))
            }
            _ => Ok(Expectation::Unchanged),
        }
    }

    fn number(&self, pair: &Pair<Rule>) -> Result<u64, ContractError> {
        let number = pair.as_str().parse::<i64>().ok().and_then(|number| u64::try_from(number).ok());
        number.ok_or_else(|| ContractError::NumberTooLarge {
            place: self.at.of(pair),
            number: pair.as_str().chars().take(40).collect(),
        })
    }

    fn syntax(&self, error: &pest::error::Error<Rule>) -> ContractError {
        let byte = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let rest = &self.at.text[byte..];
        let rest_trimmed = rest.trim_start_matches([' ', '\t']);
        let byte = byte + rest.len() - rest_trimmed.len();
        let end = rest_trimmed.find([' ', '\t', ',', '(', ')', '=', '#']).unwrap_or(rest_trimmed.len());
        let first = rest_trimmed.chars().next().map_or(0, char::len_utf8);
        let found: String = rest_trimmed[..end.max(first)].chars().take(60).collect();
        let mut words = Vec::new();
        let mut expected = Vec::new();
        if let ErrorVariant::ParsingError { positives, .. } = &error.variant {
            for rule in positives {
                for said in describe(*rule) {
                    if said.starts_with('`') {
                        words.push(said.trim_matches('`').to_owned());
                    }
                    if !expected.contains(&said) {
                        expected.push(said);
                    }
                }
            }
        }
        expected.sort();
        let nearest = nearest(&found, words.iter().map(String::as_str));
        ContractError::Syntax { place: self.at.place(byte), found, expected, nearest }
    }

    fn finish(self, digest: Digest) -> Result<Contract, ContractError> {
        let Some(change) = self.change else { return Err(ContractError::Missing { line: "change" }) };
        Ok(Contract {
            change,
            target: self.target,
            roles: self.roles,
            allow: self.allow,
            before: self.before,
            after: self.after,
            digest,
        })
    }
}

fn depth(line: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in line.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Key words carry no meaning of their own once a line is parsed.
fn is_word(pair: &Pair<Rule>) -> bool {
    format!("{:?}", pair.as_rule()).starts_with("w_")
}

/// A `#` begins a comment unless it stands in quotes.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    for (at, character) in line.char_indices() {
        match (quote, character) {
            (None, '#') => return line[..at].trim_end_matches([' ', '\t']),
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    line.trim_end_matches([' ', '\t'])
}

fn name(pair: &Pair<Rule>) -> String {
    let written = pair.as_str().trim();
    match written.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        // PostgreSQL folds ASCII letters, whatever the locale.
        None => written.to_ascii_lowercase(),
    }
}

/// The names of a list, a path or a relation.
fn names(pair: &Pair<Rule>) -> Vec<String> {
    pair.clone().into_inner().filter(|part| part.as_rule() == Rule::name).map(|part| name(&part)).collect()
}

fn relation(pair: &Pair<Rule>) -> QualifiedName {
    let mut parts = names(pair).into_iter();
    QualifiedName::new(parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

fn comparator(pair: &Pair<Rule>) -> Comparator {
    match pair.as_str() {
        "<=" => Comparator::AtMost,
        ">=" => Comparator::AtLeast,
        _ => Comparator::Equal,
    }
}

fn state(pair: &Pair<Rule>) -> State {
    match pair.as_str().trim().to_lowercase().as_str() {
        "exists" => State::Exists,
        "absent" => State::Absent,
        _ => State::Unchanged,
    }
}

fn permission(pair: &Pair<Rule>) -> Option<Permission> {
    Some(match pair.as_rule() {
        Rule::p_cascade => Permission::Cascade,
        Rule::p_opaque => Permission::Opaque,
        Rule::p_dynamic => Permission::DynamicSql,
        Rule::p_temporary => Permission::Temporary,
        Rule::p_outside => Permission::NotInTransaction,
        Rule::p_settings => Permission::Settings,
        Rule::p_names => Permission::NonAsciiNames,
        Rule::p_owner => Permission::Owner,
        Rule::p_rename => Permission::Rename,
        Rule::p_protection => Permission::ProtectionOff,
        Rule::p_storage => Permission::Storage,
        Rule::p_inheritance => Permission::Inheritance,
        _ => return None,
    })
}

/// The catalog keys a kind and a path can mean.
fn keys(kind: &str, path: &[String], place: Place) -> Result<Vec<Key>, ContractError> {
    let (expected, fits): (&'static str, bool) = match kind {
        "schema"
        | "extension"
        | "event trigger"
        | "publication"
        | "subscription"
        | "foreign data wrapper"
        | "foreign server"
        | "language" => ("one", path.len() == 1),
        "column" | "constraint" | "trigger" | "rule" | "policy" => ("three", path.len() == 3),
        _ => ("two", path.len() == 2),
    };
    if !fits {
        return Err(ContractError::NameParts { place, kind: kind.to_owned(), expected, found: path.len() });
    }
    let kinds: &[&str] = match kind {
        "type" => &["composite_type", "enum", "domain", "range_type", "base_type"],
        "table" => &["table"],
        "foreign server" => &["server"],
        _ => &[],
    };
    let of = |kind: &str| Key { kind: kind.into(), path: path.iter().map(String::as_str).collect() };
    if kinds.is_empty() {
        return Ok(vec![of(&kind.replace(' ', "_"))]);
    }
    Ok(kinds.iter().map(|kind| of(kind)).collect())
}

fn only_after(condition: &Condition) -> Option<&'static str> {
    match condition {
        Condition::NothingElseChanges => Some("`nothing else changes`"),
        Condition::Values { .. } => Some("`values of`"),
        Condition::Count { expect, .. } | Condition::Rows { expect, .. } => match expect {
            Expectation::Absolute(_) => None,
            Expectation::Relative(_) => Some("a number with a sign"),
            Expectation::Unchanged => Some("`unchanged`"),
        },
        Condition::Object { state: State::Unchanged, .. } => Some("`unchanged`"),
        _ => None,
    }
}

fn predicate(pair: Pair<Rule>) -> Predicate {
    match pair.as_rule() {
        Rule::predicate | Rule::conjunction => {
            let any = pair.as_rule() == Rule::predicate;
            let mut parts: Vec<Predicate> = pair.into_inner().filter(|part| !is_word(part)).map(predicate).collect();
            if parts.len() == 1 {
                return parts.remove(0);
            }
            if any { Predicate::Or(parts) } else { Predicate::And(parts) }
        }
        Rule::negation => {
            let mut negations = 0;
            let mut inner = Predicate::And(Vec::new());
            for part in pair.into_inner() {
                if part.as_rule() == Rule::w_not { negations += 1 } else { inner = predicate(part) }
            }
            if negations % 2 == 1 { Predicate::Not(Box::new(inner)) } else { inner }
        }
        Rule::group => pair.into_inner().next().map_or(Predicate::And(Vec::new()), predicate),
        _ => comparison(pair),
    }
}

fn comparison(pair: Pair<Rule>) -> Predicate {
    let mut parts = pair.into_inner();
    let column = parts.next().map(|part| name(&part)).unwrap_or_default();
    let Some(second) = parts.next() else { return Predicate::Null { column, not: false } };
    if second.as_rule() == Rule::null_test {
        let not = second.into_inner().any(|part| part.as_rule() == Rule::w_not);
        return Predicate::Null { column, not };
    }
    let operator = match second.as_str() {
        "<>" | "!=" => Operator::Different,
        "<=" => Operator::AtMost,
        ">=" => Operator::AtLeast,
        "<" => Operator::Less,
        ">" => Operator::Greater,
        _ => Operator::Equal,
    };
    let literal = parts.next().and_then(|literal| literal.into_inner().next());
    let literal = match literal {
        Some(part) if part.as_rule() == Rule::string => {
            let inner = part.as_str();
            Literal::Text(inner[1..inner.len() - 1].replace("''", "'"))
        }
        Some(part) if part.as_rule() == Rule::decimal => Literal::Number(part.as_str().to_owned()),
        Some(part) => Literal::Boolean(part.as_rule() == Rule::w_true),
        None => Literal::Boolean(false),
    };
    Predicate::Compare { column, operator, literal }
}
