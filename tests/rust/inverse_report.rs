//! How inverses do on what strangers wrote (`PGWARRANT_CORPUS`): each migration of `pairs/<project>/<step>/up.sql` in
//! order, and its project's own `down.sql` beside; each pair of schemas of `from-to/<tool>/<case>/{a,b}.sql`. Real
//! servers are the judge: what an inverse says is run, and the catalog has to be as it was. Printed by
//! `make inverse-report`; fails where a verdict is wrong. `PGWARRANT_MAJOR` chooses the server, `PGWARRANT_ONLY` folders
//! whose path holds a word, `PGWARRANT_TELL` prints what a failure leaves.

#![allow(clippy::unwrap_used, reason = "a report that cannot go on panics")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use pgwarrant::catalog::Snapshot;
use pgwarrant::delta::Delta;
use pgwarrant::inverse::{Inverse, Loss, Verdict};
use support::{Database, Server};

const MAJOR: u32 = 16;
/// What a lossy verdict may leave different: what no statement brings back.
const LEFT: [&str; 2] = ["acl", "column_order"];

/// What came of one inverse.
enum Outcome {
    Right(Verdict),
    Wrong(String),
}

/// The migrations of one project, or the cases of one tool.
#[derive(Default)]
struct Tally {
    right: BTreeMap<String, usize>,
    wrong: Vec<String>,
    /// They do not apply to this server.
    not_applied: usize,
    own_downs: usize,
    own_exact: usize,
}

impl Tally {
    fn count(&mut self, path: &Path, outcome: Outcome) {
        match outcome {
            Outcome::Right(verdict) => *self.right.entry(format!("{verdict:?}").to_lowercase()).or_default() += 1,
            Outcome::Wrong(because) => self.wrong.push(format!("{}: {because}", shown(path))),
        }
    }

    fn right(&self) -> usize {
        self.right.values().sum()
    }

    fn print(&self, name: &str) {
        let of = self.right() + self.wrong.len();
        print!("{name}: {} right of {of}", self.right());
        let verdicts: Vec<String> = self.right.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
        if !verdicts.is_empty() {
            print!(" ({})", verdicts.join(", "));
        }
        if self.own_downs > 0 {
            print!("; own downs: {} exact of {}", self.own_exact, self.own_downs);
        }
        println!(
            "{}",
            if self.not_applied > 0 { format!("; {} not applied", self.not_applied) } else { String::new() }
        );
        for wrong in &self.wrong {
            println!("  {}", wrong.replace('\n', "\n    "));
        }
    }

    fn add(&mut self, other: Self) {
        for (verdict, count) in other.right {
            *self.right.entry(verdict).or_default() += count;
        }
        self.wrong.extend(other.wrong);
        self.not_applied += other.not_applied;
        self.own_downs += other.own_downs;
        self.own_exact += other.own_exact;
    }
}

fn main() -> ExitCode {
    let (Some(corpus), Some(_)) = (std::env::var_os("PGWARRANT_CORPUS"), std::env::var_os("PGWARRANT_REPORT")) else {
        println!("inverse: not run, it takes minutes: `make inverse-report` with PGWARRANT_CORPUS");
        return ExitCode::SUCCESS;
    };
    let corpus = PathBuf::from(corpus);
    let major = std::env::var("PGWARRANT_MAJOR").ok().and_then(|text| text.parse().ok()).unwrap_or(MAJOR);
    let Some(installed) = support::servers().into_iter().find(|server| server.major == major) else {
        println!("inverse: not run, no PostgreSQL {major} is here");
        return ExitCode::SUCCESS;
    };
    let projects = each(&installed, wanted(folders(&corpus.join("pairs"))), project);
    let cases = folders(&corpus.join("from-to")).iter().flat_map(|tool| folders(tool)).collect();
    let cases = each(&installed, wanted(cases), pair);
    let (mut pairs, mut schemas) = (Tally::default(), Tally::default());
    for (path, tally) in projects {
        tally.print(&shown(&path));
        pairs.add(tally);
    }
    let mut by_tool: BTreeMap<PathBuf, Tally> = BTreeMap::new();
    for (path, tally) in cases {
        by_tool.entry(path.parent().unwrap().to_owned()).or_default().add(tally);
    }
    for (path, tally) in by_tool {
        tally.print(&shown(&path));
        schemas.add(tally);
    }
    println!(
        "from-to: {} right, {} wrong of {}",
        schemas.right(),
        schemas.wrong.len(),
        schemas.right() + schemas.wrong.len()
    );
    println!(
        "inverse: {} right, {} wrong of {}; own downs: {} exact of {}",
        pairs.right(),
        pairs.wrong.len(),
        pairs.right() + pairs.wrong.len(),
        pairs.own_exact,
        pairs.own_downs
    );
    if pairs.wrong.is_empty() && schemas.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Each folder, two at a time, on a server of its own: what one leaves on it (roles) is nothing to the other.
fn each(
    installed: &pgwarrant::cluster::Server,
    paths: Vec<PathBuf>,
    one: impl Fn(&Server, &Path) -> Tally + Sync,
) -> Vec<(PathBuf, Tally)> {
    let (waiting, done) = (Mutex::new(paths), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let server = Server::start(installed);
                loop {
                    let Some(path) = waiting.lock().unwrap().pop() else { break };
                    let tally = one(&server, &path);
                    done.lock().unwrap().push((path, tally));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by(|(one, _), (other, _)| one.cmp(other));
    done
}

/// The migrations of a project, one after the other. A copy of a database has not what is said of the database itself,
/// so a step is made and undone in one, and the next begins with a copy.
fn project(server: &Server, path: &Path) -> Tally {
    let mut tally = Tally::default();
    let mut database = server.database();
    for step in folders(path) {
        let Ok(up) = std::fs::read_to_string(step.join("up.sql")) else { continue };
        let before = database.snapshot();
        let spare = server.copy(&database);
        if let Err(error) = database.run_plainly(&up) {
            if std::env::var_os("PGWARRANT_TELL").is_some() {
                println!("{} does not apply: {}", shown(&step), error.lines().next().unwrap_or_default());
            }
            tally.not_applied += 1;
            database = spare;
            continue;
        }
        let after = database.snapshot();
        if let Ok(down) = std::fs::read_to_string(step.join("down.sql")) {
            let copy = server.copy(&database);
            tally.own_downs += 1;
            let ran = copy.run_plainly(&down).is_ok();
            tally.own_exact += usize::from(ran && copy.snapshot().fingerprint() == before.fingerprint());
        }
        let next = server.copy(&database);
        tally.count(&step, undo(&before, &after, &database));
        database = next;
    }
    tally
}

/// From one schema to another.
fn pair(server: &Server, path: &Path) -> Tally {
    let mut tally = Tally::default();
    let (from, to) = (server.database(), server.database());
    for role in roles(path) {
        let _ = from.run(&format!("CREATE ROLE \"{}\"", role.replace('"', "\"\"")));
    }
    let load = |database: &Database<'_>, file: &str| {
        database.run(&std::fs::read_to_string(path.join(file)).unwrap_or_default()).is_ok()
    };
    if !load(&from, "a.sql") || !load(&to, "b.sql") {
        tally.not_applied += 1;
        return tally;
    }
    let (start, end) = (from.snapshot(), to.snapshot());
    if let Err(because) = keeps_rows(&start, &end, &server.copy(&from)) {
        tally.count(path, Outcome::Wrong(because));
        return tally;
    }
    // The way there is the way back from there.
    tally.count(path, undo(&end, &start, &from));
    tally
}

/// The way that leaves out what would lose rows can be run, and drops no table and no column.
fn keeps_rows(start: &Snapshot, end: &Snapshot, database: &Database<'_>) -> Result<(), String> {
    let way = Inverse::way(start, end, Loss::LeftOut).map_err(|error| format!("no way: {error}"))?;
    if !way.guards.is_empty() {
        return Err(format!("would lose rows: {:?}", way.guards));
    }
    support::apply(&mut database.session(), &way.statements).map_err(|error| format!("leaving out, and fails: {error}"))
}

/// Runs an inverse, and says whether it was as its verdict says.
fn undo(before: &Snapshot, after: &Snapshot, database: &Database<'_>) -> Outcome {
    let delta = Delta::between(before, after);
    let inverse = match Inverse::of(&delta, before, after) {
        Ok(inverse) => inverse,
        Err(error) => return Outcome::Wrong(format!("no inverse: {error}{}", told(&delta))),
    };
    let verdict = format!("{:?}", inverse.verdict).to_lowercase();
    if let Err(error) = support::apply(&mut database.session(), &inverse.statements) {
        return Outcome::Wrong(format!("{verdict}, and fails: {error}{}", told(&delta)));
    }
    let left = Delta::between(before, &database.snapshot());
    let said = |delta: &Delta| match inverse.verdict {
        Verdict::Exact => delta.is_empty(),
        Verdict::Lossy => delta.changes.iter().all(|change| {
            !change.fields.is_empty() && change.fields.iter().all(|field| LEFT.contains(&field.field.as_str()))
        }),
        // What cannot be undone is named.
        Verdict::Impossible => delta
            .changes
            .iter()
            .all(|change| inverse.parts.iter().any(|part| part.verdict != Verdict::Exact && part.key == change.key)),
    };
    if said(&left) {
        Outcome::Right(inverse.verdict)
    } else {
        let script = if std::env::var_os("PGWARRANT_TELL").is_some() { inverse.script() } else { String::new() };
        Outcome::Wrong(format!("{verdict}, and leaves{}{script}", told(&left)))
    }
}

/// What differs, where it is asked for; the first of it otherwise.
fn told(delta: &Delta) -> String {
    let text = delta.to_text();
    if std::env::var_os("PGWARRANT_TELL").is_some() {
        return format!("\n{text}");
    }
    let more = delta.changes.len().saturating_sub(1);
    let first = delta.changes.first().map_or("nothing", |change| change.name.as_str());
    format!(" ({first}{})", if more > 0 { format!(" and {more} more") } else { String::new() })
}

/// The roles that a case asks for.
fn roles(path: &Path) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Case {
        #[serde(default)]
        roles: Vec<String>,
    }
    let text = std::fs::read(path.join("case.json")).unwrap_or_default();
    serde_json::from_slice(&text).map_or_else(|_| Vec::new(), |case: Case| case.roles)
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let inside = std::fs::read_dir(path).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = inside.filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn wanted(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let only = std::env::var("PGWARRANT_ONLY").unwrap_or_default();
    paths.retain(|path| path.to_string_lossy().contains(&only));
    paths
}

/// The last two parts of a path.
fn shown(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts[parts.len().saturating_sub(2)..].join("/")
}
