//! Many inputs checked at once, in parallel over all cores and reported in the order they were named. An input that
//! cannot be read is reported with its code and stops nothing else.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};

use super::case::NOTES;
use super::excerpt::{Region, Remark, Writer, remarks};
use super::inputs::{Input, Refused};
use super::rules::Family;
use super::{CheckReport, ChecksError, Context, Known, check, rules};
use crate::base::{Coded as _, Finding, Interrupt, Outcome, Severity, over_all_cores};
use crate::change::{CONTRACT, Change, ChangeError, ROLLBACK, SCAFFOLD, SCRIPT};
use crate::script::{SIZE_LIMIT, Script, ScriptError};
use crate::sql::{self, SqlError};

/// Remarks in a piece of the text, and in the part of a piece that one thread writes.
const PIECE: usize = 4_096;
const PART: usize = 256;

/// What is wanted of each input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Text for people: findings with excerpts of the source.
    Text { color: bool, width: usize },
    /// The findings and checks as data, each finding with its region.
    Findings,
    /// The whole reports.
    Everything,
}

/// Hazard rules that are left out: everywhere, or for the files that fit a pattern.
#[derive(Clone, Debug, Default)]
pub struct Exclusions {
    everywhere: Vec<&'static str>,
    by_pattern: Vec<(glob::Pattern, Vec<&'static str>)>,
    /// The folder the patterns are relative to; the current one without.
    root: Option<PathBuf>,
}

impl Exclusions {
    /// Only hazard rules can be excluded: a gate opens by contract.
    pub fn new(
        everywhere: &[String],
        by_pattern: &BTreeMap<String, Vec<String>>,
        root: Option<PathBuf>,
    ) -> Result<Self, ChecksError> {
        let by_pattern = by_pattern
            .iter()
            .map(|(text, slugs)| {
                let pattern = glob::Pattern::new(text)
                    .map_err(|fault| ChecksError::Pattern { pattern: text.clone(), reason: fault.to_string() })?;
                Ok((pattern, hazards(slugs)?))
            })
            .collect::<Result<_, ChecksError>>()?;
        Ok(Self { everywhere: hazards(everywhere)?, by_pattern, root })
    }

    fn of(&self, name: &str) -> Vec<&'static str> {
        let mut excluded = self.everywhere.clone();
        if !self.by_pattern.is_empty() {
            let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
            let below = self.below_the_root(Path::new(name));
            for (pattern, slugs) in &self.by_pattern {
                if pattern.matches_path_with(&below, options) {
                    excluded.extend(slugs);
                }
            }
        }
        excluded
    }

    fn below_the_root(&self, path: &Path) -> PathBuf {
        let below = self.root.as_ref().and_then(|root| {
            let absolute = std::path::absolute(path).ok()?;
            absolute.strip_prefix(root).ok().map(Path::to_owned)
        });
        below.unwrap_or_else(|| path.to_owned())
    }
}

fn hazards(slugs: &[String]) -> Result<Vec<&'static str>, ChecksError> {
    slugs
        .iter()
        .map(|slug| match rules().iter().find(|rule| rule.slug == slug) {
            Some(rule) if rule.family == Family::Hazard => Ok(rule.slug),
            Some(rule) => Err(ChecksError::GateRule { slug: rule.slug }),
            None => {
                let near = rules().iter().map(|rule| (strsim::damerau_levenshtein(rule.slug, slug), rule.slug)).min();
                let nearest = near.filter(|(distance, _)| *distance <= 4).map(|(_, slug)| slug);
                Err(ChecksError::UnknownRule { slug: slug.clone(), nearest })
            }
        })
        .collect()
}

/// How a batch is checked.
#[derive(Clone, Debug)]
pub struct Options {
    /// The server major the scripts are for.
    pub major: Option<u32>,
    /// What is known of the target's tables.
    pub known: Known,
    /// The mildest finding that fails the batch.
    pub fail_on: Severity,
    pub exclusions: Exclusions,
    pub show: Show,
    /// Keep the facts of every statement, whatever is shown.
    pub whole: bool,
}

/// What an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Change,
    Script,
}

/// One input, checked.
struct Checked {
    path: String,
    kind: Kind,
    report: CheckReport,
    regions: Vec<Option<Region>>,
    /// The text that findings are shown in.
    source: Option<Arc<String>>,
}

/// What was found in all of them.
pub struct Batch {
    checked: Vec<Result<Checked, Refused>>,
    /// What the text says, each with the number of its input.
    remarks: Vec<(usize, Remark)>,
    show: Show,
    fail_on: Severity,
}

/// The numbers of the last line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub files: usize,
    pub not_read: usize,
    pub statements: usize,
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
    pub suppressed: usize,
    pub checks: usize,
    pub checks_failed: usize,
}

/// Checks every input.
pub fn check_all(inputs: Vec<Result<Input, Refused>>, options: &Options, interrupt: &Interrupt) -> Batch {
    let slots: Vec<Mutex<Slot>> =
        inputs.into_iter().map(|input| Mutex::new(input.map_or_else(Slot::Refused, Slot::Waiting))).collect();
    // Without room nothing is classified, and every slot says so below.
    let with_room = |share: &mut (dyn FnMut() + Send)| drop(sql::with_room(share));
    over_all_cores(slots.len(), with_room, |number| {
        if !interrupt.is_set() {
            slots[number].lock().unwrap_or_else(PoisonError::into_inner).check(options);
        }
    });
    let checked =
        slots.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner).done()).collect();
    let mut batch = Batch { checked, remarks: Vec::new(), show: options.show, fail_on: options.fail_on };
    if matches!(options.show, Show::Text { .. }) {
        batch.remarks = told(&batch.checked);
    }
    batch
}

/// What the text says of all inputs: of each rule's notes the first hundred, and at the end how many more there are.
fn told(checked: &[Result<Checked, Refused>]) -> Vec<(usize, Remark)> {
    let (mut told, mut shown) = (Vec::new(), BTreeMap::<&str, usize>::new());
    let mut more = BTreeMap::<String, (usize, usize)>::new();
    for (number, checked) in checked.iter().enumerate() {
        let Ok(Checked { report, .. }) = checked else { continue };
        for remark in remarks(report) {
            let (rule, count) = match &remark {
                Remark::Finding(at) if report.findings[*at].severity == Severity::Note => {
                    let rule = &*report.findings[*at].rule;
                    let before = shown.entry(rule).or_default();
                    *before += 1;
                    (rule, usize::from(*before > NOTES))
                }
                Remark::More(rule, count) => (rule.as_str(), *count),
                _ => ("", 0),
            };
            if count == 0 {
                told.push((number, remark));
            } else {
                more.entry(rule.to_owned()).or_insert((number, 0)).1 += count;
            }
        }
    }
    told.extend(more.into_iter().map(|(rule, (number, count))| (number, Remark::More(rule, count))));
    told
}

enum Slot {
    Waiting(Input),
    Refused(Refused),
    Done(Box<Checked>),
}

impl Slot {
    /// One input that makes the parser panic is one input that was not read.
    fn check(&mut self, options: &Options) {
        let Self::Waiting(input) = self else { return };
        let checked = catch_unwind(AssertUnwindSafe(|| one(input, options)))
            .unwrap_or_else(|_| Err(SqlError::Thread { reason: "it panicked".to_owned() }.into()));
        *self = match checked {
            Ok(checked) => Self::Done(Box::new(checked)),
            Err(error) => Self::Refused(Refused { name: input.name(), error }),
        };
    }

    fn done(self) -> Result<Checked, Refused> {
        match self {
            Self::Done(checked) => Ok(*checked),
            Self::Refused(refused) => Err(refused),
            Self::Waiting(input) => {
                let error = SqlError::Thread { reason: "it could not be started".to_owned() }.into();
                Err(Refused { name: input.name(), error })
            }
        }
    }
}

fn one(input: &Input, options: &Options) -> Result<Checked, ChecksError> {
    let path = input.name();
    match input {
        Input::Change(folder) => {
            let change = Change::read(&files_of(folder)?)?;
            let report = check(&change.script, Some(&change.contract), &context(options))?;
            Ok(judged(path, Kind::Change, change.script, report, options))
        }
        Input::Script(file) => plain(path, read(file)?, options),
        Input::Text(_, bytes) => plain(path, bytes.clone(), options),
    }
}

fn context(options: &Options) -> Context {
    // Facts of every statement are many times the script: whoever did not ask for them does not pay for them.
    let brief = matches!(options.show, Show::Text { .. }) && !options.whole;
    Context { major: options.major, known: options.known.clone(), brief, ..Context::default() }
}

fn plain(path: String, bytes: Vec<u8>, options: &Options) -> Result<Checked, ChecksError> {
    // A file that does nothing is no fault where no contract promises anything; nothing at all on standard input is a
    // pipe that broke.
    if bytes.is_empty() && path.starts_with('<') {
        return Err(ScriptError::Empty.into());
    }
    let script = Script::of(bytes)?;
    let report = check(&script, None, &context(options).named(path.as_str()))?;
    Ok(judged(path, Kind::Script, script, report, options))
}

/// Leaves out what is excluded, and keeps what is wanted.
fn judged(path: String, kind: Kind, script: Script, mut report: CheckReport, options: &Options) -> Checked {
    let excluded = options.exclusions.of(&path);
    if !excluded.is_empty() {
        report.findings.retain(|finding| !excluded.contains(&&*finding.rule));
        report.omitted.retain(|rule, _| !excluded.contains(&rule.as_str()));
        report.outcome = if fails(&report, Severity::Error) { Outcome::Fail } else { Outcome::Pass };
    }
    let mut checked = Checked { path, kind, report, regions: Vec::new(), source: None };
    match options.show {
        Show::Text { .. } => checked.source = Some(script.text),
        Show::Findings => checked.regions = Region::of_all(&script.text, &checked.report.findings),
        Show::Everything => {}
    }
    if !options.whole && options.show != Show::Everything {
        checked.report.statements = Vec::new();
    }
    checked
}

fn fails(report: &CheckReport, fail_on: Severity) -> bool {
    let counts = |finding: &Finding| finding.severity >= fail_on && finding.suppressed.is_none();
    report.findings.iter().any(counts) || report.checks.iter().any(|check| !check.passed())
}

fn files_of(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, ChecksError> {
    let mut files = BTreeMap::new();
    for name in [SCRIPT, CONTRACT, ROLLBACK, SCAFFOLD] {
        match read(&folder.join(name)) {
            Ok(bytes) => {
                files.insert(name.to_owned(), bytes);
            }
            Err(ChecksError::Missing { .. }) if name == ROLLBACK || name == SCAFFOLD => {}
            Err(ChecksError::Missing { .. }) => {
                let file = if name == SCRIPT { SCRIPT } else { CONTRACT };
                return Err(ChangeError::Missing { file }.into());
            }
            Err(other) => return Err(other),
        }
    }
    Ok(files)
}

/// The bytes of a file; one that never ends is read up to the limit of a script, which then refuses it.
fn read(path: &Path) -> Result<Vec<u8>, ChecksError> {
    let shown = || path.to_string_lossy().into_owned();
    let limit = SIZE_LIMIT as u64 + 1;
    let bytes = File::open(path).and_then(|file| {
        let size = file.metadata().map_or(0, |known| known.len());
        let mut bytes = Vec::with_capacity(usize::try_from(size.min(limit)).unwrap_or(0) + 1);
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    bytes.map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ChecksError::Missing { path: shown() },
        _ => ChecksError::Unreadable { path: shown(), source },
    })
}

impl Checked {
    /// What stands before the names of the files of a change.
    fn prefix(&self) -> String {
        match self.kind {
            Kind::Change => format!("{}/", self.path.trim_end_matches('/')),
            Kind::Script => String::new(),
        }
    }

    fn document(&self, show: Show) -> Result<Value, serde_json::Error> {
        let mut document = serde_json::to_value(&self.report)?;
        document["path"] = json!(self.path);
        document["kind"] = json!(self.kind);
        if let (Show::Findings, Some(Value::Array(findings))) = (show, document.get_mut("findings")) {
            for (finding, region) in findings.iter_mut().zip(&self.regions) {
                finding["region"] = json!(region);
            }
        }
        Ok(document)
    }
}

impl Batch {
    /// 0 pass, 1 findings or failed checks; where something could not be read, the highest status of these errors.
    pub fn exit_status(&self) -> u8 {
        let found = |checked: &Checked| u8::from(fails(&checked.report, self.fail_on));
        let status = |one: &Result<Checked, Refused>| match one {
            Ok(checked) => found(checked),
            Err(refused) => refused.error.exit_status(),
        };
        self.checked.iter().map(status).max().unwrap_or(0)
    }

    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for checked in &self.checked {
            let Ok(Checked { report, .. }) = checked else {
                summary.not_read += 1;
                continue;
            };
            summary.files += 1;
            summary.statements += report.script.statements;
            for finding in &report.findings {
                *match (&finding.suppressed, finding.severity) {
                    (Some(_), _) => &mut summary.suppressed,
                    (None, Severity::Error) => &mut summary.errors,
                    (None, Severity::Warning) => &mut summary.warnings,
                    (None, Severity::Note) => &mut summary.notes,
                } += 1;
            }
            summary.notes += report.omitted.values().sum::<usize>();
            summary.checks += report.checks.len();
            summary.checks_failed += report.checks.iter().filter(|check| !check.passed()).count();
        }
        summary
    }

    /// The findings as text, each input's in its place, and one last line that sums them up: in pieces, each written
    /// over all cores, so that no more of it than one piece is ever in memory. None behind the last.
    pub fn piece(&self, number: usize) -> Option<String> {
        let Show::Text { color, width } = self.show else { return None };
        let pieces = self.remarks.len().div_ceil(PIECE);
        if number >= pieces {
            let summary = self.summary();
            return (number == pieces && summary.files > 0).then(|| summary.sentence());
        }
        let piece = &self.remarks[number * PIECE..self.remarks.len().min((number + 1) * PIECE)];
        let parts: Vec<&[(usize, Remark)]> = piece.chunks(PART).collect();
        let written = over_all_cores(
            parts.len(),
            |share| share(),
            |part| {
                let writer = Writer::new(color, width);
                let known = parts[part]
                    .iter()
                    .filter_map(|(input, remark)| self.checked[*input].as_ref().ok().map(|checked| (checked, remark)));
                let write = |(checked, remark): (&Checked, &Remark)| {
                    writer.remark(
                        &checked.prefix(),
                        checked.source.as_deref().map_or("", String::as_str),
                        &checked.report,
                        remark,
                    )
                };
                known.map(write).collect::<String>()
            },
        );
        Some(written.concat())
    }

    /// All the pieces.
    pub fn text(&self) -> String {
        (0..).map_while(|number| self.piece(number)).collect()
    }

    /// What could not be read, as text.
    pub fn complaints(&self, color: bool, width: usize) -> String {
        let writer = Writer::new(color, width);
        let refused = self.checked.iter().filter_map(|checked| checked.as_ref().err());
        refused.map(|refused| writer.refusal(&refused.name, &refused.error)).collect()
    }

    /// The same document as JSON, as every artefact is written: sorted keys, two spaces, a last line feed.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        let mut json = serde_json::to_string_pretty(&self.document(Show::Everything)?)?;
        json.push('\n');
        Ok(json)
    }

    /// One document about all of them.
    pub fn document(&self, show: Show) -> Result<Value, serde_json::Error> {
        let reports: Vec<Value> = self
            .checked
            .iter()
            .map(|checked| match checked {
                Ok(checked) => checked.document(show),
                Err(Refused { name, error }) => Ok(json!({
                    "format": 1, "path": name, "outcome": Outcome::NotRun, "checks": [], "findings": [],
                    "error": {
                        "error": error.code(), "message": error.to_string(), "hint": error.hint(),
                        "facts": error.facts(), "exit_status": error.exit_status(),
                    },
                })),
            })
            .collect::<Result<_, _>>()?;
        let summary = self.summary();
        let outcome = match self.exit_status() {
            0 => Outcome::Pass,
            _ if summary.not_read > 0 => Outcome::NotRun,
            _ => Outcome::Fail,
        };
        Ok(json!({"format": 1, "outcome": outcome, "summary": summary, "reports": reports}))
    }
}

impl Summary {
    fn sentence(&self) -> String {
        let mut parts =
            vec![counted(self.errors, "error"), counted(self.warnings, "warning"), counted(self.notes, "note")];
        if self.suppressed > 0 {
            parts.push(format!("{} suppressed with a reason", self.suppressed));
        }
        if self.checks_failed > 0 {
            parts.push(format!("{} of {} checks failed", self.checks_failed, self.checks));
        }
        if self.not_read > 0 {
            parts.push(format!("{} not read", counted(self.not_read, "input")));
        }
        let (files, statements) = (counted(self.files, "input"), counted(self.statements, "statement"));
        format!("{files}, {statements}: {}\n", parts.join(", "))
    }
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::{Exclusions, Options, Show, check_all};
    use crate::base::{Coded as _, Interrupt, Severity};
    use crate::checks::{Known, expand};

    #[test]
    fn an_input_that_cannot_be_read_stops_no_other() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..40 {
            let sql: &[u8] = match number % 4 {
                0 => b"ALTER TABLE app.t DROP COLUMN a;",
                1 => b"SELECT '\xff';",
                2 => b"SELECT 1;",
                _ => b"-- nothing",
            };
            fs::write(folder.path().join(format!("{number:02}.sql")), sql).unwrap();
        }
        let batch = |fail_on, rules: &[String]| {
            let exclusions = Exclusions::new(rules, &BTreeMap::new(), None).unwrap();
            let show = Show::Text { color: false, width: 0 };
            let options = Options { major: None, known: Known::default(), fail_on, exclusions, show, whole: false };
            check_all(expand(&[folder.path().to_owned()], None), &options, &Interrupt::default())
        };
        let checked = batch(Severity::Error, &[]);
        assert_eq!((checked.exit_status(), checked.summary().files, checked.summary().not_read), (4, 30, 10));
        let text = checked.text();
        let places: Vec<usize> =
            (0..40).step_by(4).map(|number| text.find(&format!("/{number:02}.sql:1:1")).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
        assert_eq!(checked.complaints(false, 0).matches("error[script.not-utf8]").count(), 10);
        for number in (1..40).step_by(4) {
            fs::remove_file(folder.path().join(format!("{number:02}.sql"))).unwrap();
        }
        assert_eq!(batch(Severity::Error, &[]).exit_status(), 0);
        assert_eq!(batch(Severity::Warning, &[]).exit_status(), 1);
        assert_eq!(batch(Severity::Warning, &["drop-column".to_owned()]).summary().warnings, 0);
    }

    #[test]
    fn of_the_notes_of_many_inputs_the_rest_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..120 {
            fs::write(folder.path().join(format!("{number:03}.sql")), "DROP TABLE app.a;\nDROP TABLE app.b;").unwrap();
        }
        let show = Show::Text { color: false, width: 0 };
        let exclusions = Exclusions::new(&[], &BTreeMap::new(), None).unwrap();
        let fail_on = Severity::Error;
        let options = Options { major: None, known: Known::default(), fail_on, exclusions, show, whole: false };
        let batch = check_all(expand(&[folder.path().to_owned()], None), &options, &Interrupt::default());
        let text = batch.text();
        assert_eq!(text.matches("warning[drop-table]").count(), 240);
        assert_eq!(text.matches("note[not-repeatable]: DROP TABLE").count(), 100);
        assert_eq!(text.matches("note[not-repeatable]: 140 more like it are not shown; ").count(), 1, "{text}");
        assert!(batch.summary().notes >= 240);
    }

    #[test]
    fn only_hazards_can_be_excluded() {
        let refusal = |slug: &str| Exclusions::new(&[slug.to_owned()], &BTreeMap::new(), None).unwrap_err();
        assert_eq!(refusal("cascade").code(), "checks.gate-rule");
        assert_eq!(refusal("drop-colum").hint().unwrap(), "did you mean drop-column?");
        assert_eq!(refusal("something else entirely").exit_status(), 2);
    }
}
