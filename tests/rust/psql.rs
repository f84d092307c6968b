//! A script is what psql sends of it: mutants of real scripts go through the splitter and through every psql of this
//! machine from 16 on, connected to a server that writes down what it is sent. `PGWARRANT_MUTANTS` says how many (2,000
//! unless said).

use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use pgwarrant::base::Span;
use pgwarrant::script::{Script, ScriptError};

use crate::support;
use crate::support::mutants::{PIECES, mutated, seeds};
use crate::support::recorder::{MARK, Recorder, Sent};

/// A psql of this machine.
struct Psql {
    program: PathBuf,
    major: u32,
}

/// The majors whose lexer the splitter follows.
const FIRST: u32 = 16;

fn programs() -> Vec<Psql> {
    let mut servers = support::discovery().servers().expect("servers");
    servers.retain(|server| server.major >= FIRST && server.tools.iter().any(|tool| tool == "psql"));
    servers.sort_by_key(|server| server.major);
    servers.dedup_by_key(|server| server.major);
    servers.into_iter().map(|server| Psql { program: server.bin.join("psql"), major: server.major }).collect()
}

impl Psql {
    /// What it sends of each script.
    fn send(&self, scripts: &[String]) -> Vec<Vec<Sent>> {
        let folder = tempfile::tempdir().unwrap();
        let listener = Recorder::listen(folder.path());
        let mut command = Command::new(&self.program);
        command.env_clear().current_dir(folder.path()).args(["-X", "-q", "-d", "postgres", "-U", "postgres", "-h"]);
        // Should a command of psql ever get through, there is nothing for it to run.
        command.arg(folder.path()).env("PATH", "/nowhere").env("SHELL", "/bin/false").env("PGCLIENTENCODING", "UTF8");
        for (number, script) in scripts.iter().enumerate() {
            let name = format!("{number}.sql");
            std::fs::write(folder.path().join(&name), script).unwrap();
            command.args(["-f", &name, "-c", MARK]);
        }
        let recorded = std::thread::scope(|scope| {
            // The parser wants room.
            let thread = std::thread::Builder::new().stack_size(64 << 20);
            let recorder = thread.spawn_scoped(scope, || listener.record()).unwrap();
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
            // Where it never came, the recorder does not wait for ever.
            let _ = UnixStream::connect(folder.path().join(".s.PGSQL.5432"));
            recorder.join().unwrap()
        });
        let mut found = vec![Vec::new()];
        for sent in recorded {
            if sent.text == MARK.as_bytes() {
                found.push(Vec::new());
            } else {
                found.last_mut().unwrap().push(sent);
            }
        }
        assert!(found.pop().is_some_and(|rest| rest.is_empty()) && found.len() == scripts.len());
        found
    }
}

/// Names that psql itself gives a value to, as far as a mutant is likely to hold them behind a colon.
const SET_BY_PSQL: &str = "AUTOCOMMIT COMP_ DBNAME ECHO ENCODING ERROR FETCH_COUNT HIDE_ HIST HOST IGNOREEOF LAST_ ON_ERROR \
    PIPELINE PORT PROMPT QUIET ROW_COUNT SERVER_ SERVICE SHELL_ SHOW_ SINGLE SQLSTATE USER VERBOSITY \
    VERSION WATCH_";

/// Whether psql runs nothing and asks for nothing by itself, however it reads the text: a command of psql begins with a
/// letter, `!` or `?`, and what begins with anything else is unknown to it.
fn is_harmless(text: &str) -> bool {
    let command = |(at, _): (usize, &str)| {
        let rest = &text[at + 1..];
        let name = rest.split(['\n', '\\']).next().unwrap_or_default();
        let known =
            matches!(name, "g" | "gx" | "gexec" | "gset" | "r" | "reset") && !rest[name.len()..].starts_with('\\');
        known || !rest.starts_with(|first: char| first.is_ascii_alphabetic() || first == '!' || first == '?')
    };
    let variable = |(at, _): (usize, &str)| {
        let name = text[at + 1..].trim_start_matches(['\'', '"', '{', '?']);
        SET_BY_PSQL.split(' ').any(|set| name.starts_with(set))
    };
    text.match_indices('\\').all(command) && !text.match_indices(':').any(variable)
}

/// What psql should send of a script.
#[derive(Debug, Default)]
struct Expected {
    /// Each statement, and whether data follow it.
    statements: Vec<(String, bool)>,
    /// How many commands there are that send the statement before once more, where nothing stands between.
    repeats: usize,
    /// What is left open, so that psql sends it last and whole, if it sends it at all.
    open: Option<String>,
}

/// None where the script is refused, or where psql would act on the text before it sends it.
fn expected(text: &str) -> Option<Expected> {
    let script = match Script::read(text.as_bytes()) {
        Ok(script) => script,
        Err(ScriptError::Empty) => return Some(Expected::default()),
        Err(ScriptError::Unterminated { offset, .. })
            if !text[offset..].contains(['\\', ':']) && !text.to_lowercase().contains("stdin") =>
        {
            let open = without_empty_lines(&text[offset..]).trim_end_matches('\n').to_owned();
            return Some(Expected { open: Some(open), ..Expected::default() });
        }
        Err(_) => return None,
    };
    // What stands between such a command and the end of a statement is sent too, and stands in no span.
    let unknown =
        |name: &str| !name[1..].starts_with(|first: char| first.is_ascii_alphabetic() || ";:".contains(first));
    let open = |at: usize| {
        let before = script.statements.iter().rfind(|statement| statement.span.end <= at);
        // A statement that has ended does not go on with the next word.
        let has_ended =
            |text: &str| Script::read(format!("{text}\nx").as_bytes()).is_ok_and(|script| script.statements.len() > 1);
        before.is_some_and(|statement| !has_ended(statement.text()))
    };
    if script.metas.iter().any(|meta| unknown(&meta.name) && open(meta.span.start)) {
        return None;
    }
    let mut expected = Expected::default();
    for statement in &script.statements {
        let within = |span: &Span| statement.span.start <= span.start && span.end <= statement.span.end;
        // What psql does not send as it stands: `\;` loses its backslash, an unset variable is replaced where it is asked
        // whether it is set.
        let mut changed: Vec<(Span, &str)> = Vec::new();
        for meta in script.metas.iter().filter(|meta| within(&meta.span)) {
            match meta.name.as_str() {
                "\\;" => changed.push((meta.span, ";")),
                "\\:" => changed.push((meta.span, ":")),
                _ => return None,
            }
        }
        let asked = |span: &Span| within(span) && span.of(text).starts_with(":{");
        changed.extend(script.variables.iter().map(|variable| variable.span).filter(asked).map(|span| (span, "FALSE")));
        changed.sort_by_key(|(span, _)| span.start);
        let mut sent = String::new();
        let mut at = statement.span.start;
        for (span, becomes) in changed {
            sent.push_str(Span::new(at, span.start).of(text));
            sent.push_str(becomes);
            at = span.end;
        }
        sent.push_str(Span::new(at, statement.span.end).of(text));
        expected.statements.push((without_empty_lines(&sent), statement.copy_data.is_some()));
    }
    expected.repeats = script.metas.iter().filter(|meta| meta.name.starts_with("\\g")).count();
    Some(expected)
}

/// psql drops empty lines outside quotes; here they are dropped everywhere, on both sides.
fn without_empty_lines(text: &str) -> String {
    let mut kept = text.to_owned();
    while kept.contains("\n\n") {
        kept = kept.replace("\n\n", "\n");
    }
    kept
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Same,
    /// The server refused a COPY, so that psql read its data as SQL, or a setting of how strings are read.
    ServerRefused,
    /// The script is refused, and psql does hold back what is left open.
    LeftOpen,
    Differs,
}

fn verdict(expected: &Expected, sent: &[Sent]) -> Verdict {
    let mut waiting = expected.statements.iter().peekable();
    let mut repeats = expected.repeats;
    let mut before = "";
    let mut behind_data = false;
    let texts: Vec<String> =
        sent.iter().map(|sent| without_empty_lines(&String::from_utf8_lossy(&sent.text))).collect();
    if let Some(open) = &expected.open {
        let last = texts.last().is_some_and(|last| last.trim_end_matches('\n').ends_with(open));
        return if last { Verdict::LeftOpen } else { Verdict::Differs };
    }
    let refused = sent
        .iter()
        .zip(&texts)
        .any(|(sent, text)| sent.refused && text.to_ascii_lowercase().contains("standard_conforming_strings"));
    let differs = if refused { Verdict::ServerRefused } else { Verdict::Differs };
    for (sent, text) in sent.iter().zip(&texts) {
        let same = |(statement, data): &&(String, bool)| statement == text && *data == (sent.copies > 0);
        // A comment in the line of a COPY is sent with the statement behind the data, in whose span it cannot stand.
        let with_comment = |(statement, _): &&(String, bool)| {
            let comment = text.strip_suffix(statement.as_str()).map(|rest| Script::read(rest.as_bytes()));
            behind_data && statement != text && matches!(comment, Some(Err(ScriptError::Empty)))
        };
        if waiting.next_if(same).is_some() || waiting.next_if(with_comment).is_some() {
        } else if waiting.peek().is_some_and(|(statement, data)| statement == text && *data && sent.refused) {
            return Verdict::ServerRefused;
        } else if repeats > 0 && text == before {
            repeats -= 1;
        } else if !(sent.empty && waiting.peek().is_none()) {
            return differs;
        }
        before = text;
        behind_data |= sent.copies > 0;
    }
    if waiting.next().is_none() { Verdict::Same } else { differs }
}

/// What else a splitter stumbles over, beside the pieces of every mutant.
const MORE_PIECES: &[&str] = &[
    "set standard_conforming_strings = off;\n",
    "SET standard_conforming_strings TO on;",
    "reset all;",
    "\\g\n",
    "\\gx\n",
    "\\r\n",
    "\\:",
    "\\\\",
    "\\.",
    ":{?x}",
    ":\"x\"",
    "copy t from stdin;",
    "copy (select 1) to stdout;\n",
    "copy t from stdin \\; ",
    "create or replace function f() begin atomic ",
    "create procedure p() begin atomic ",
    " end; ",
    " begin; ",
    " case when 1 then 2 end ",
    "e'\\'",
    "\"'\"",
    "'\"'",
    "u&\"",
    "b'",
    "$_$",
    "$1$",
    "x$$",
    "/*/",
    "*/;",
    "--;\n",
    "-",
    "/",
    "*",
    "\n\n",
    "1e'",
    "e",
];

/// A script of a few statements with a few changes made to it, or of pieces; what psql could act on is left out.
fn script(seeds: &[String], random: &mut fastrand::Rng) -> String {
    const BETWEEN: &[&str] = &["\n", "\n", " ", "", "\n\n", ";\n", "\\;", "\n-- x\n", " -- ;\n", "/* ; */", "\\g\n"];
    loop {
        let mut text = String::new();
        if random.u8(..3) == 0 {
            for _ in 0..random.usize(1..24) {
                let piece = random.usize(..PIECES.len() + 2 * MORE_PIECES.len());
                text.push_str(PIECES.get(piece).unwrap_or_else(|| &MORE_PIECES[piece % MORE_PIECES.len()]));
                text.push_str(["", "", " ", "\n"][random.usize(..4)]);
            }
            if is_harmless(&text) {
                return text;
            }
            continue;
        }
        for _ in 0..random.usize(1..4) {
            text.push_str(&seeds[random.usize(..seeds.len())]);
            text.push_str(BETWEEN[random.usize(..BETWEEN.len())]);
        }
        let changes = random.usize(1..6);
        let text = mutated(text, changes, seeds, random);
        if is_harmless(&text) {
            return text;
        }
    }
}

/// The shortest text that is left when parts are taken away and it still differs.
fn reduced(psql: &Psql, text: &str) -> String {
    let mut text = text.to_owned();
    let mut size = text.len() / 2;
    while size > 0 {
        let cuts: Vec<usize> = (0..text.len()).step_by(size).chain([text.len()]).collect();
        let shorter: Vec<String> = cuts
            .windows(2)
            .filter_map(|cut| Some(format!("{}{}", text.get(..cut[0])?, text.get(cut[1]..)?)))
            .filter(|shorter| is_harmless(shorter))
            .collect();
        let sent = psql.send(&shorter);
        let differs = |(shorter, sent): (&String, &Vec<Sent>)| {
            expected(shorter).is_some_and(|found| verdict(&found, sent) == Verdict::Differs)
        };
        match shorter.iter().zip(&sent).find(|pair| differs(*pair)) {
            Some((shorter, _)) => text.clone_from(shorter),
            None => size /= 2,
        }
        size = size.min(text.len());
    }
    text
}

const WORKERS: usize = 2;
const BATCH: usize = 250;
/// Differences are reduced, which takes a moment, and listed up to this many.
const LISTED: usize = 20;

#[derive(Debug, Default)]
struct Tally {
    compared: usize,
    /// Refused here for what psql would send or run.
    refused: usize,
    verdicts: BTreeMap<(u32, Verdict), usize>,
    differ: Vec<String>,
}

#[test]
fn psql_sends_what_the_splitter_finds() {
    let wanted: usize = std::env::var("PGWARRANT_MUTANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let programs = programs();
    if programs.is_empty() {
        println!("not run: no psql of {FIRST} or later");
        return;
    }
    let seeds = seeds();
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (seeds, programs, tally) = (&seeds, &programs, &tally);
            scope.spawn(move || {
                // Another number of mutants is other mutants.
                let mut random = fastrand::Rng::with_seed((wanted * WORKERS + worker) as u64);
                for _ in 0..wanted.div_ceil(WORKERS * BATCH) {
                    judge(programs, seeds, &mut random, tally);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{} mutants compared, {} more refused here: {:?}", tally.compared, tally.refused, tally.verdicts);
    assert!(tally.differ.is_empty(), "psql sends something else:\n{}", tally.differ.join("\n"));
}

/// Compares one batch.
fn judge(programs: &[Psql], seeds: &[String], random: &mut fastrand::Rng, tally: &Mutex<Tally>) {
    let (mut texts, mut wanted, mut refused) = (Vec::new(), Vec::new(), 0);
    while texts.len() < BATCH {
        let text = script(seeds, random);
        match expected(&text) {
            Some(expected) => {
                texts.push(text);
                wanted.push(expected);
            }
            None => refused += 1,
        }
    }
    for psql in programs {
        let sent = psql.send(&texts);
        for ((text, expected), sent) in texts.iter().zip(&wanted).zip(&sent) {
            let verdict = verdict(expected, sent);
            let listed = {
                let mut tally = tally.lock().unwrap();
                *tally.verdicts.entry((psql.major, verdict)).or_default() += 1;
                tally.differ.len()
            };
            if verdict == Verdict::Differs && listed < LISTED {
                let difference = difference(psql, &reduced(psql, text));
                tally.lock().unwrap().differ.push(difference);
            }
        }
    }
    let mut tally = tally.lock().unwrap();
    tally.compared += texts.len();
    tally.refused += refused;
}

fn difference(psql: &Psql, text: &str) -> String {
    let sent: Vec<String> = psql.send(&[text.to_owned()])[0]
        .iter()
        .map(|sent| format!("{:?} ({} copies)", String::from_utf8_lossy(&sent.text), sent.copies))
        .collect();
    format!("{text:?}\n  psql {}: {}\n  here: {:?}", psql.major, sent.join(", "), expected(text))
}
