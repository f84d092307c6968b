//! Findings as text: severity, rule, place, an excerpt of the script with the place marked, the lock, and what to do.
//! An excerpt is short whatever the script is: few lines, and of a long line only what is near.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use super::case::visible;
use super::{CheckReport, ChecksError};
use crate::base::{Check, Coded as _, Finding, Outcome, Place, Severity, Span};
use crate::change::CONTRACT;

/// Most lines of an excerpt.
const LINES: usize = 4;
/// Most characters of a line, and how many of them may stand before the marked place.
const LINE: usize = 160;
const BEFORE: usize = 60;

/// Where in the text a finding is, in every unit a reader may want: lines and columns from 1, offsets from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Region {
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    /// After the last character.
    pub end_column: usize,
    pub byte_offset: usize,
    pub byte_length: usize,
    pub char_offset: usize,
    pub char_length: usize,
}

impl Region {
    /// The regions of findings, which mostly come in the order of the text.
    pub(super) fn of_all(text: &str, findings: &[Finding]) -> Vec<Option<Self>> {
        let mut passed = (0, 0);
        let mut regions = Vec::with_capacity(findings.len());
        for finding in findings {
            let at = finding.span.zip(finding.place).map(|(span, place)| beginning(text, span, place));
            regions.push(at.map(|(span, place)| {
                if passed.0 > span.start {
                    passed = (0, 0);
                }
                passed = (span.start, passed.1 + text[passed.0..span.start].chars().count());
                let end = place.after(span.of(text));
                Self {
                    line: place.line,
                    column: place.column,
                    end_line: end.line,
                    end_column: end.column,
                    byte_offset: span.start,
                    byte_length: span.end - span.start,
                    char_offset: passed.1,
                    char_length: span.of(text).chars().count(),
                }
            }));
        }
        regions
    }
}

/// A statement's span begins with the block comments before it, as psql sends them; a reader looks for its first word.
fn beginning(text: &str, span: Span, place: Place) -> (Span, Place) {
    let whole = span.of(text);
    let mut rest = whole;
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("/*") {
            let Some(length) = closing(comment) else { return (span, place) };
            rest = &comment[length..];
        } else if rest.starts_with("--") {
            let Some(length) = rest.find('\n') else { return (span, place) };
            rest = &rest[length..];
        } else {
            break;
        }
    }
    if rest.is_empty() {
        return (span, place);
    }
    let skipped = &whole[..whole.len() - rest.len()];
    (Span::new(span.start + skipped.len(), span.end), place.after(skipped))
}

/// Where a comment ends whose opening was read; comments nest.
fn closing(comment: &str) -> Option<usize> {
    let mut depth = 1_usize;
    let mut pairs = comment.as_bytes().windows(2).enumerate();
    while let Some((at, pair)) = pairs.next() {
        match pair {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return Some(at + 2);
        }
        pairs.next();
    }
    None
}

/// What is said about an input: which of its report's findings or checks, or of which rule there are more.
#[derive(Clone, Debug)]
pub enum Remark {
    Finding(usize),
    /// A check of the contract that failed.
    Check(usize),
    More(String, usize),
}

/// What a report holds against a script, in order. Suppressed findings are counted elsewhere and not repeated here.
pub(super) fn remarks(report: &CheckReport) -> impl Iterator<Item = Remark> {
    let findings = report.findings.iter().enumerate().filter(|(_, finding)| finding.suppressed.is_none());
    let more = report.omitted.iter().map(|(rule, count)| Remark::More(rule.clone(), *count));
    // Without a contract, what its checks would say is a finding already.
    let failed = report.checks.iter().enumerate().filter(|(_, check)| report.contract.is_some() && !check.passed());
    findings
        .map(|(number, _)| Remark::Finding(number))
        .chain(more)
        .chain(failed.map(|(number, _)| Remark::Check(number)))
}

/// Writes findings.
pub struct Writer {
    renderer: Renderer,
}

impl Writer {
    /// For a terminal of this width (0 where nobody knows), in colour or not.
    pub fn new(color: bool, width: usize) -> Self {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let width = if width == 0 { annotate_snippets::renderer::DEFAULT_TERM_WIDTH } else { width.max(40) };
        Self { renderer: renderer.term_width(width) }
    }

    /// One remark about a report, and the empty line after it.
    pub(super) fn remark(&self, prefix: &str, text: &str, report: &CheckReport, remark: &Remark) -> String {
        let mut written = match remark {
            Remark::Finding(number) => self.finding(prefix, text, &report.findings[*number]),
            Remark::Check(number) => self.check(prefix, &report.checks[*number]),
            Remark::More(rule, count) => {
                let said = format!("{count} more like it are not shown; --format json has them all");
                self.renderer.render(&[Group::with_title(Level::NOTE.primary_title(said).id(rule.as_str()))])
            }
        };
        written.push_str("\n\n");
        written
    }

    fn finding(&self, prefix: &str, text: &str, finding: &Finding) -> String {
        // What a finding says is visible already.
        let path = visible(format!("{prefix}{}", finding.file));
        let title = level(finding.severity).primary_title(&finding.message).id(&*finding.rule);
        let mut group = Group::with_title(title);
        group = match finding.span.zip(finding.place) {
            Some((span, place)) => {
                let (span, place) = beginning(text, span, place);
                located(group, path, text, span, place)
            }
            None => group.element(Origin::path(path)),
        };
        if let Some(lock) = &finding.lock {
            let rows = finding.facts.get("rows").map(|rows| format!(", a table of about {rows} rows,"));
            let rows = rows.unwrap_or_default();
            let said = format!("{} on {}{rows} blocks {}", lock.mode, lock.on, lock.blocks);
            group = group.element(Level::NOTE.message(said));
        }
        if !finding.instruction.is_empty() {
            group = group.element(Level::HELP.message(&*finding.instruction));
        }
        self.renderer.render(&[group])
    }

    fn check(&self, prefix: &str, check: &Check) -> String {
        let because = check.because.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let said = format!("{}: expected {}, observed {}{because}", check.check, check.expected, check.observed);
        let slug = format!("contract.{}", check.id);
        let title = if check.result == Outcome::NotRun { format!("not run: {said}") } else { said };
        let group = Level::ERROR
            .primary_title(visible(title))
            .id(visible(slug))
            .element(Origin::path(visible(format!("{prefix}{CONTRACT}"))));
        self.renderer.render(&[group])
    }

    /// An input that was not read, and why.
    pub(super) fn refusal(&self, name: &str, error: &ChecksError) -> String {
        let mut origin = Origin::path(visible(name));
        if let Some(place) = error.place() {
            origin = origin.line(place.line).char_column(place.column);
        }
        let mut group = Level::ERROR.primary_title(visible(error.to_string())).id(error.code()).element(origin);
        if let Some(hint) = error.hint() {
            group = group.element(Level::HELP.message(visible(hint)));
        }
        format!("{}\n", self.renderer.render(&[group]))
    }
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

/// The excerpt around a span, with the span marked.
fn located<'a>(group: Group<'a>, path: String, text: &'a str, span: Span, place: Place) -> Group<'a> {
    let near = start_near(text, span.start);
    let cut_left = near > 0 && text.as_bytes()[near - 1] != b'\n';
    let mut source = String::new();
    let mut marked = 0..0;
    let mut rest = &text[near..];
    for number in 0..LINES {
        let from = text.len() - rest.len();
        let line = rest.split('\n').next().unwrap_or_default();
        rest = rest.get(line.len() + 1..).unwrap_or_default();
        if number > 0 {
            if from >= span.end || line.trim().is_empty() {
                break;
            }
            source.push('\n');
        }
        let shown = clip(line);
        if number == 0 {
            let start = span.start - from;
            let end = line.len().min(span.end - from);
            marked = start..end.min(shown.len()).max(start);
            if marked.is_empty() {
                marked.end = shown.len().min(start + 1).max(start);
            }
        }
        source.push_str(shown);
        if shown.len() < line.len() {
            source.push_str(" ...");
        }
    }
    let annotation = AnnotationKind::Primary.span(marked);
    let snippet = Snippet::source(source).line_start(place.line).annotation(annotation).fold(false);
    if cut_left {
        // The column of the excerpt is not the column of the file, so the place is said by itself.
        return group.element(Origin::path(path).line(place.line).char_column(place.column)).element(snippet);
    }
    group.element(snippet.path(path))
}

/// The start of the line, or a place not far before the offset where the line is long.
fn start_near(text: &str, offset: usize) -> usize {
    let mut near = offset;
    for (at, character) in text[..offset].char_indices().rev().take(BEFORE) {
        if character == '\n' {
            return near;
        }
        near = at;
    }
    if near == 0 || text.as_bytes()[near - 1] == b'\n' { near } else { offset }
}

fn clip(line: &str) -> &str {
    line.char_indices().nth(LINE).map_or(line, |(at, _)| &line[..at])
}

#[cfg(test)]
mod tests {
    use super::{Region, Writer, remarks};
    use crate::checks::case::NOTES;
    use crate::checks::{CheckReport, Context, check};
    use crate::script::Script;

    fn of(sql: &str) -> (Script, CheckReport) {
        let script = Script::read(sql.as_bytes()).unwrap();
        let context = Context { brief: true, ..Context::default() };
        let report = check(&script, None, &context.named("a.sql")).unwrap();
        (script, report)
    }

    fn text(sql: &str) -> String {
        let (script, report) = of(sql);
        let writer = Writer::new(false, 0);
        remarks(&report).map(|remark| writer.remark("", &script.text, &report, &remark)).collect()
    }

    #[test]
    fn an_excerpt_marks_the_statement_and_not_the_comment_before_it() {
        let said = text("/* one /* two */\n */ -- three\nALTER TABLE app.t\n  DROP COLUMN \"größe\";\n");
        let excerpt =
            " --> a.sql:3:1\n  |\n3 | ALTER TABLE app.t\n  | ^^^^^^^^^^^^^^^^^\n4 |   DROP COLUMN \"größe\";\n";
        assert!(said.contains("warning[drop-column]: ") && said.contains(excerpt), "{said}");
        assert!(said.contains("= note: ACCESS EXCLUSIVE on app.t blocks ") && said.contains("= help: "), "{said}");
    }

    #[test]
    fn an_excerpt_is_short_whatever_the_script_is() {
        let values = vec!["'ä'"; 100_000].join(",");
        let long = format!("SELECT 1; {} ALTER TABLE app.t ADD CHECK (c IN ({values}));", "SELECT 2; ".repeat(1_000));
        let tall = format!("ALTER TABLE app.t DROP COLUMN a,\n{} DROP COLUMN b;", "DROP COLUMN c,\n".repeat(500));
        for sql in [long, tall] {
            let (_, report) = of(&sql);
            let said = text(&sql);
            assert!(!said.is_empty() && said.len() < 2_500 * report.findings.len(), "{}", said.len());
        }
        let said = text(&format!("SELECT {};ALTER TABLE app.t DROP COLUMN a;", "1".repeat(500)));
        assert!(said.contains("--> a.sql:1:509\n"), "{said}");
    }

    #[test]
    fn of_many_notes_the_rest_is_counted_and_no_warning_is_left_out() {
        let said = text(&"DROP TABLE app.a;\n".repeat(NOTES + 7));
        let lines = |title: &str| {
            let found = said.split("\n\n").filter(|remark| remark.starts_with(title));
            let line = |remark: &str| remark.split("a.sql:").nth(1)?.split(':').next()?.parse().ok();
            found.map(|remark| line(remark).unwrap_or(0)).collect::<Vec<usize>>()
        };
        assert_eq!(lines("warning[drop-table]"), (1..=NOTES + 7).collect::<Vec<_>>());
        let mut notes: Vec<usize> = (1..=NOTES).collect();
        notes.push(0);
        assert_eq!(lines("note[not-repeatable]"), notes);
        assert!(said.contains("note[not-repeatable]: 7 more like it are not shown; "), "{said}");
    }

    #[test]
    fn a_region_says_the_same_place_in_every_unit() {
        let sql = "SELECT 'ä';\n/* ö */ DROP TABLE app.a,\n  app.\"ß\";\nDROP TABLE app.b;";
        let (_, report) = of(sql);
        let regions = Region::of_all(sql, &report.findings);
        assert!(regions.len() >= 2);
        for region in regions.into_iter().flatten() {
            let whole = &sql[region.byte_offset..region.byte_offset + region.byte_length];
            assert!(whole.starts_with("DROP TABLE"), "{whole}");
            assert_eq!(whole.chars().count(), region.char_length);
            let chars: String = sql.chars().skip(region.char_offset).take(region.char_length).collect();
            assert_eq!(chars, whole);
            let line = sql.lines().nth(region.line - 1).unwrap();
            assert!(whole.starts_with(&line.chars().skip(region.column - 1).collect::<String>()));
            let last = sql.lines().nth(region.end_line - 1).unwrap();
            assert!(last.chars().take(region.end_column - 1).collect::<String>().ends_with(';'));
        }
    }
}
