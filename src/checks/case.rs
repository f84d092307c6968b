//! What a rule looks at, and where it puts what it finds.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value};
use thin_vec::ThinVec;

use super::history::{History, Relations};
use super::known::{Known, table_and_parts};
use super::rules::{Family, Rule};
use super::suppression::Suppression;
use crate::base::evidence::FindingLock;
use crate::base::{Finding, LockMode, Place, Severity, Span};
use crate::contract::Contract;
use crate::script::{Script, Statement};
use crate::sql::{Action, Alteration, Facts, ObjectUse, SqlError};

/// What is known beside the script and the contract.
#[derive(Clone, Debug)]
pub struct Context {
    /// The name findings give the file.
    pub file: Arc<str>,
    /// The server major the change is for; without, that of the snapshot counts.
    pub major: Option<u32>,
    /// What is known of the target's tables.
    pub known: Known,
    /// Keep only what a text for people shows: nothing about statements, and of each rule's notes the first hundred.
    pub brief: bool,
}

/// Notes of one rule that a brief report keeps. Warnings and errors it keeps however many they are.
pub(super) const NOTES: usize = 100;

/// The majors that are supported: what holds on any of them counts where none is named.
const MAJORS: std::ops::RangeInclusive<u32> = 14..=18;

impl Context {
    /// Whether the server may be older than this major.
    pub fn may_be_before(&self, major: u32) -> bool {
        self.major.or(self.known.major).unwrap_or(*MAJORS.start()) < major
    }

    /// The same for a file of another name.
    #[must_use]
    pub fn named(self, file: impl Into<Arc<str>>) -> Self {
        Self { file: file.into(), ..self }
    }
}

impl Default for Context {
    fn default() -> Self {
        Self { file: "change.sql".into(), major: None, known: Known::default(), brief: false }
    }
}

/// A statement and its facts, or why it has none.
#[derive(Debug)]
pub struct Classified<'a> {
    pub index: usize,
    pub statement: &'a Statement,
    pub facts: Result<Facts, SqlError>,
    pub(super) suppressions: ThinVec<Suppression>,
}

/// Everything a rule may look at.
#[derive(Debug)]
pub struct Case<'a> {
    pub script: &'a Script,
    pub contract: Option<&'a Contract>,
    pub context: &'a Context,
    pub statements: Vec<Classified<'a>>,
    history: History,
    /// Which objects are fresh, statement by statement, and where those of each begin: every rule asks.
    fresh: (Vec<bool>, Vec<usize>),
}

/// What `table_and_parts` knows of.
const TABLE_TAGS: [&str; 3] = ["CREATE TABLE", "CREATE INDEX", "ALTER TABLE"];

impl<'a> Case<'a> {
    pub fn new(
        script: &'a Script,
        contract: Option<&'a Contract>,
        context: &'a Context,
        statements: Vec<Classified<'a>>,
    ) -> Self {
        let history = History::of(&statements, contract, context);
        let mut fresh = (Vec::new(), Vec::with_capacity(statements.len()));
        for classified in &statements {
            fresh.1.push(fresh.0.len());
            let objects = classified.facts.iter().flat_map(|facts| &facts.objects);
            fresh.0.extend(objects.map(|object| history.is_fresh(classified.index, object)));
        }
        Self { script, contract, context, statements, history, fresh }
    }

    /// The statements that were understood, with their facts.
    pub fn facts(&self) -> impl Iterator<Item = (&Classified<'a>, &Facts)> {
        self.statements.iter().filter_map(|classified| Some((classified, classified.facts.as_ref().ok()?)))
    }

    /// Like `facts`, and after a DO block what its body does: it runs at once.
    pub fn acts(&self) -> impl Iterator<Item = (&Classified<'a>, &Facts)> {
        self.facts().flat_map(|(classified, facts)| {
            std::iter::once(facts).chain(&facts.steps).map(move |facts| (classified, facts))
        })
    }

    /// The acts with one of these tags, without a look at the others.
    pub fn acts_of(&self, tags: &[&str]) -> impl Iterator<Item = (&Classified<'a>, &Facts)> {
        self.history.tagged(tags).into_iter().filter_map(|(index, step)| {
            let classified = self.statements.get(index)?;
            let facts = classified.facts.as_ref().ok()?;
            Some((classified, if step == 0 { facts } else { facts.steps.get(step - 1)? }))
        })
    }

    /// Whether the script itself created the relation by then, so that nobody uses it yet and it is empty.
    pub fn is_fresh(&self, at: usize, object: &ObjectUse) -> bool {
        let objects = self.statements.get(at).and_then(|classified| classified.facts.as_ref().ok());
        match objects.and_then(|facts| facts.objects.iter().position(|own| std::ptr::eq(own, object))) {
            Some(place) => self.fresh.0[self.fresh.1[at] + place],
            None => self.history.is_fresh(at, object),
        }
    }

    /// Whether it is a temporary table of the script's own.
    pub fn is_temporary(&self, at: usize, object: &ObjectUse) -> bool {
        self.history.is_temporary(at, object)
    }

    /// The transaction a statement is in; none where it commits by itself.
    pub fn block(&self, index: usize) -> Option<usize> {
        self.history.block(index)
    }

    /// The tables of which the script somewhere says something of the kind, in its order, each with all that is done to
    /// it: what a script says of one table is learnt and forgotten before the next.
    pub fn tables_with(&self, says: impl Fn(&Alteration) -> bool) -> Vec<Vec<(&Classified<'a>, &Facts)>> {
        let (mut numbers, mut count) = (Relations::default(), 0);
        for (_, facts) in self.acts_of(&TABLE_TAGS) {
            if let Some((table, _)) = table_and_parts(facts).filter(|(_, parts)| parts.iter().any(&says))
                && numbers.get(table).is_none()
            {
                numbers.keep_first(table, count);
                count += 1;
            }
        }
        let mut tables = vec![Vec::new(); count];
        for act in self.acts_of(&TABLE_TAGS) {
            let number = table_and_parts(act.1).and_then(|(table, _)| numbers.get(table));
            if let Some(acts) = number.and_then(|number| tables.get_mut(*number)) {
                acts.push(act);
            }
        }
        tables
    }

    /// The table an ALTER TABLE is about, unless the script itself created it before.
    pub fn existing_table(&self, classified: &Classified, facts: &Facts) -> Option<String> {
        self.existing(classified, facts).map(ToString::to_string)
    }

    /// The same, as it is written.
    pub fn existing<'f>(&self, classified: &Classified, facts: &'f Facts) -> Option<&'f ObjectUse> {
        if facts.tag != "ALTER TABLE" {
            return None;
        }
        let table = facts.of(Action::Alter).find(|object| object.kind == "table" && object.column.is_none())?;
        (!self.is_fresh(classified.index, table)).then_some(table)
    }
}

/// Where one rule puts its findings.
pub struct Found<'a> {
    rule: &'static Rule,
    case: &'a Case<'a>,
    findings: Vec<Finding>,
    /// Notes that are kept, and that are only counted.
    notes: usize,
    omitted: usize,
    /// The last answers: a statement of many parts asks the same again.
    reason: Option<(usize, Option<String>)>,
    reached: Option<(usize, usize, Place)>,
}

impl<'a> Found<'a> {
    pub(super) fn new(rule: &'static Rule, case: &'a Case<'a>) -> Self {
        Self { rule, case, findings: Vec::new(), notes: 0, omitted: 0, reason: None, reached: None }
    }

    /// The findings, with the size of the table that is locked where it is known, and how many notes are left out.
    pub(super) fn into_findings(mut self) -> (Vec<Finding>, usize) {
        self.settle();
        let known = &self.case.context.known;
        if !known.is_empty() {
            for finding in &mut self.findings {
                let statement = finding.statement.and_then(|index| self.case.statements.get(index));
                let (Some(lock), Some(Ok(facts))) = (&finding.lock, statement.map(|statement| &statement.facts)) else {
                    continue;
                };
                let table =
                    facts.objects.iter().find(|object| object.column.is_none() && object.to_string() == lock.on);
                if let Some(rows) = table.and_then(|table| known.table(table)?.rows) {
                    finding.facts.insert("rows".to_owned(), Value::from(rows));
                }
            }
        }
        (self.findings, self.omitted)
    }

    /// Leaves out the last finding where it turned out to be one note too many.
    fn settle(&mut self) {
        let is_note = |last: &Finding| last.severity == Severity::Note && last.suppressed.is_none();
        if !self.case.context.brief || !self.findings.last().is_some_and(is_note) {
            return;
        }
        if self.notes < NOTES {
            self.notes += 1;
        } else {
            self.findings.pop();
            self.omitted += 1;
        }
    }

    /// A finding about one statement.
    pub fn at(
        &mut self,
        classified: &Classified,
        message: impl Into<String>,
        instruction: impl Into<Cow<'static, str>>,
    ) -> &mut Finding {
        let suppressed = self.reason_at(classified);
        let statement = classified.statement;
        let finding = self.push(Some((statement.span, statement.place)), message.into(), instruction.into());
        finding.suppressed = suppressed;
        finding.statement = Some(classified.index);
        finding
    }

    /// The author's reason to let this rule pass at a statement, if one is written above it.
    fn reason_at(&mut self, classified: &Classified) -> Option<String> {
        if self.reason.as_ref().is_none_or(|(index, _)| *index != classified.index) {
            let slug = self.rule.slug;
            let found = (self.rule.family == Family::Hazard)
                .then(|| classified.suppressions.iter().find(|suppression| suppression.slug == slug))
                .flatten()
                .map(|suppression| suppression.reason.clone());
            self.reason = Some((classified.index, found));
        }
        self.reason.as_ref().and_then(|(_, reason)| reason.clone())
    }

    /// The place of an offset in a statement, from the last one that was asked for where that came before.
    fn place_in(&mut self, classified: &Classified, offset: usize) -> Option<Place> {
        let statement = classified.statement;
        let (from, place) = match self.reached {
            Some((index, from, place)) if index == classified.index && from <= offset => (from, place),
            _ => (0, statement.place),
        };
        let found = place.after(statement.text().get(from..offset)?);
        self.reached = Some((classified.index, offset, found));
        Some(found)
    }

    /// A finding about a part of a statement, from an offset in it to the end of that line.
    pub fn in_part(
        &mut self,
        classified: &Classified,
        offset: Option<usize>,
        message: impl Into<String>,
        instruction: impl Into<Cow<'static, str>>,
    ) -> &mut Finding {
        let statement = classified.statement;
        let place = offset.and_then(|offset| self.place_in(classified, offset));
        let finding = self.at(classified, message, instruction);
        if let Some((before, part)) = offset.and_then(|offset| statement.text().split_at_checked(offset)) {
            let line = part.lines().next().unwrap_or_default().trim_end_matches([',', ';', ' ', '\t', '\r']);
            let start = statement.span.start + before.len();
            finding.span = Some(Span::new(start, start + line.len()));
            finding.place = place;
        }
        finding
    }

    /// A finding about a place in the script.
    pub fn at_place(
        &mut self,
        span: Span,
        place: Place,
        message: impl Into<String>,
        instruction: impl Into<Cow<'static, str>>,
    ) -> &mut Finding {
        self.push(Some((span, place)), message.into(), instruction.into())
    }

    /// A finding about the script as a whole.
    pub fn anywhere(&mut self, message: impl Into<String>, instruction: impl Into<Cow<'static, str>>) -> &mut Finding {
        self.push(None, message.into(), instruction.into())
    }

    fn push(&mut self, at: Option<(Span, Place)>, message: String, instruction: Cow<'static, str>) -> &mut Finding {
        self.settle();
        self.findings.push(Finding {
            rule: Cow::Borrowed(self.rule.slug),
            severity: self.rule.severity,
            file: Arc::clone(&self.case.context.file),
            span: at.map(|(span, _)| span),
            place: at.map(|(_, place)| place),
            statement: None,
            message: visible(message),
            instruction: match instruction {
                Cow::Owned(text) => Cow::Owned(visible(text)),
                ours @ Cow::Borrowed(_) => ours,
            },
            lock: None,
            suppressed: None,
            facts: Map::new(),
        });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }
}

/// What a rule may add to its finding.
pub trait Details {
    /// The lock that is taken, and on which table.
    fn lock(&mut self, mode: LockMode, on: impl ToString) -> &mut Self;
    fn severity(&mut self, severity: Severity) -> &mut Self;
}

impl Details for Finding {
    fn lock(&mut self, mode: LockMode, on: impl ToString) -> &mut Self {
        self.lock = Some(FindingLock { mode, on: visible(on.to_string()), blocks: mode.blocks().into() });
        self
    }

    fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }
}

/// Names come from the script: what cannot be seen, or what a terminal obeys, is written out.
pub(super) fn visible(text: impl Into<String>) -> String {
    let hidden = |character: char| character.is_control() || crate::script::is_invisible(character);
    let text = text.into();
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.chars().any(hidden) {
        return text;
    }
    let mut written = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if hidden(character) {
            let _ = write!(written, "\\u{{{:x}}}", u32::from(character));
        } else {
            written.push(character);
        }
    }
    written
}
