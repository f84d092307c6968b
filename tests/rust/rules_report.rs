//! How the rules do on the labelled sets of other linters (`PGWARRANT_CORPUS`, folder `rules`): a folder for each linter,
//! in it one for each of its rules, in it files that must be flagged for that reason (`bad.sql`, `NAME.bad.sql`) and
//! files that must not (`good.sql`, `NAME.good.sql`). Which of our rules have the same reason is said in
//! `tests/cases/rules_of_other_linters.json`. Printed as `make rules-report`; fails below the floor.

#![allow(clippy::unwrap_used, reason = "a report that cannot go on panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pgwarrant::base::Severity;
use pgwarrant::checks::{Context, Family, check, rules};
use pgwarrant::script::Script;
use serde::Deserialize;

/// At least so many in a hundred flagged, at most so many in a hundred false alarms.
const FLOOR: (usize, usize) = (97, 3);

/// What we have for one rule of another linter.
#[derive(Debug, Deserialize)]
struct Ours {
    /// Any of them is the right reason. None where the reason does not exist on the supported majors.
    rules: BTreeSet<String>,
    /// Where not the rule's name with underscores.
    #[serde(default)]
    folders: BTreeSet<String>,
    /// The reason is seen at the end of all scripts of a file, not at the end of each.
    #[serde(default)]
    whole: bool,
    #[serde(default)]
    note: Option<String>,
}

type Mapping = BTreeMap<String, BTreeMap<String, Ours>>;

fn main() -> ExitCode {
    let Some(corpus) = std::env::var_os("PGWARRANT_CORPUS") else {
        println!("rules: not run, PGWARRANT_CORPUS names no folder");
        return ExitCode::SUCCESS;
    };
    let mapping =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/rules_of_other_linters.json")).unwrap();
    let mapping: Mapping = serde_json::from_slice(&mapping).unwrap();
    let mut all = Tally::default();
    for linter in folders(&Path::new(&corpus).join("rules")) {
        let name = name_of(&linter);
        let known = mapping.get(&name);
        let mut tally = Tally::default();
        for folder in folders(&linter) {
            let rule = name_of(&folder);
            let ours = known.and_then(|known| {
                known.iter().find(|(theirs, ours)| {
                    **theirs == rule || theirs.replace('-', "_") == rule || ours.folders.contains(&rule)
                })
            });
            tally.folder(&format!("{name}/{rule}"), &folder, ours.map(|(_, ours)| ours));
        }
        tally.print(&name);
        all.add(tally);
    }
    println!("rules: {} of {} flagged, {} false alarms of {}", all.flagged, all.bad, all.false_alarms, all.good);
    let enough = all.flagged * 100 >= FLOOR.0 * all.bad && all.false_alarms * 100 <= FLOOR.1 * all.good;
    if enough { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[derive(Debug, Default)]
struct Tally {
    bad: usize,
    flagged: usize,
    good: usize,
    false_alarms: usize,
    /// Safe files that get an error, whatever the reason.
    errors: usize,
    lines: Vec<String>,
}

impl Tally {
    fn folder(&mut self, name: &str, folder: &Path, ours: Option<&Ours>) {
        let none = Ours { rules: BTreeSet::new(), folders: BTreeSet::new(), whole: false, note: None };
        let labelled: Vec<(PathBuf, bool)> =
            entries(folder).into_iter().filter_map(|path| label(&path).map(|dangerous| (path, dangerous))).collect();
        if let Some(note) = ours.and_then(|ours| ours.note.as_ref()) {
            self.lines.push(format!("  not counted: {} files of {name}: {note}", labelled.len()));
            return;
        }
        if ours.is_none() && !labelled.is_empty() {
            self.lines.push(format!("  no rule of ours is known for {name}"));
        }
        let ours = ours.unwrap_or(&none);
        for (path, dangerous) in labelled {
            let seen = look(&std::fs::read(&path).unwrap(), ours.whole);
            if seen.refused && !ours.rules.contains("unparsable") {
                self.lines.push(format!("  not counted: {name}/{} is no SQL of PostgreSQL", name_of(&path)));
                continue;
            }
            let hit = seen.slugs.iter().any(|slug| ours.rules.contains(slug));
            if dangerous {
                self.bad += 1;
                self.flagged += usize::from(hit);
            } else {
                self.good += 1;
                self.false_alarms += usize::from(hit);
                self.errors += usize::from(seen.error);
            }
            if hit != dangerous {
                let what = if dangerous { "missed" } else { "false alarm" };
                let slugs: Vec<&str> = seen.slugs.iter().map(String::as_str).collect();
                self.lines.push(format!("  {what}: {name}/{} gets {}", name_of(&path), slugs.join(", ")));
            }
        }
    }

    fn print(&self, name: &str) {
        let percent = |part: usize, of: usize| {
            let mille = part * 1000 / of.max(1);
            format!("{part} of {of}, {}.{} %", mille / 10, mille % 10)
        };
        println!("{name}");
        println!("  dangerous files flagged for the right reason: {}", percent(self.flagged, self.bad));
        println!("  false alarms on safe files: {}", percent(self.false_alarms, self.good));
        println!("  safe files with an error of any hazard rule: {} of {}", self.errors, self.good);
        self.lines.iter().for_each(|line| println!("{line}"));
    }

    fn add(&mut self, other: Self) {
        self.bad += other.bad;
        self.flagged += other.flagged;
        self.good += other.good;
        self.false_alarms += other.false_alarms;
    }
}

#[derive(Debug, Default)]
struct Seen {
    slugs: BTreeSet<String>,
    error: bool,
    /// PostgreSQL's own grammar does not read it: it can never run.
    refused: bool,
}

/// Checks a file. A line `-- NAME.sql` begins another script: what the ones before it made is known, and in use.
fn look(bytes: &[u8], whole: bool) -> Seen {
    let text = String::from_utf8_lossy(bytes);
    let mut scripts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let begins = line
            .trim_end()
            .strip_prefix("-- ")
            .is_some_and(|name| !name.contains(' ') && Path::new(name).extension().is_some_and(|kind| kind == "sql"));
        if begins && !whole {
            scripts.push(String::new());
        }
        scripts.last_mut().unwrap().push_str(line);
    }
    let mut context = Context::default();
    let mut seen = Seen::default();
    for script in &scripts {
        let Ok(script) = Script::read(script.as_bytes()) else {
            // Something is hidden in it: all of it is refused, for another reason.
            seen.slugs.insert("unreadable".to_owned());
            continue;
        };
        let report = check(&script, None, &context).unwrap();
        for finding in report.findings.iter().filter(|finding| finding.suppressed.is_none()) {
            let hazard = rules().iter().any(|rule| rule.slug == finding.rule && rule.family == Family::Hazard);
            seen.error |= hazard && finding.severity == Severity::Error;
            seen.refused |= finding.rule == "unparsable";
            seen.slugs.insert(finding.rule.to_string());
        }
        report
            .statements
            .iter()
            .filter_map(|statement| statement.facts.as_ref())
            .for_each(|facts| context.known.learn(facts));
    }
    seen
}

/// Whether a file is dangerous; none where its name does not say.
fn label(path: &Path) -> Option<bool> {
    let name = name_of(path);
    let is = |label: &str| name == format!("{label}.sql") || name.ends_with(&format!(".{label}.sql"));
    if is("bad") { Some(true) } else { is("good").then_some(false) }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}
