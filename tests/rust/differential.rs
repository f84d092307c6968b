//! What the gate reads is what the servers read: mutants of real statements go through the gate and through the raw
//! parser of every major. Inside an aborted transaction a Parse message ends in 25P02 where the text parses and in 42601
//! where it does not, so nothing is ever executed. `PGWARRANT_MUTANTS` says how many (4,000 unless said).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use pgwarrant::script::{Script, Statement};
use pgwarrant::sql::{Facts, SqlError, TransactionControl, classify_all};
use postgres::NoTls;
use postgres::error::SqlState;
use support::Server;

/// What lexers and grammars stumble over.
const PIECES: &[&str] = &[
    ";",
    "'",
    "''",
    "\"",
    "\\",
    "\\'",
    "E'",
    "U&'",
    "U&\"",
    "N'",
    "B'1",
    "X'f",
    "$$",
    "$a$",
    "$ä$",
    "$1",
    "a$b$c",
    "$",
    "--",
    "-- x\n",
    "/*",
    "*/",
    "/* /* */",
    "(",
    ")",
    "[",
    "]",
    ":",
    "::",
    ":=",
    ":x",
    ":'x'",
    ".",
    "..",
    ",",
    "+--",
    "*/*",
    "<>",
    "@-",
    "->>",
    "~!@#%^&|`?",
    "0x1F",
    "1_000",
    "1e",
    "1e5x",
    "1.",
    ".5",
    "0b1",
    "0o7",
    "\n",
    "\t",
    " ",
    "é",
    "日本",
    "\u{a0}",
    "BEGIN",
    "END",
    "COMMIT",
    "ROLLBACK",
    "ABORT",
    "BEGIN ATOMIC",
    "CASE",
    "RETURN",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql",
    "CREATE OR REPLACE PROCEDURE p()",
    "DO",
    "CASCADE",
    "RESTRICT",
    "CONCURRENTLY",
    "IF EXISTS",
    "IF NOT EXISTS",
    "ONLY",
    "AS",
    "SELECT",
    "FROM",
    "WHERE",
    "TABLE",
    "UESCAPE '!'",
    "COPY t FROM STDIN;\n",
    "\\.\n",
    "\\;",
    "\\g",
    "VALUES",
    "NULL",
    "DEFAULT",
    "WITH",
    "AND CHAIN",
    "PREPARE TRANSACTION 'x'",
    "SAVEPOINT s",
    "RELEASE s",
    "TO",
    "SET",
    "AUTHORIZATION",
    "NOT VALID",
    "PARTITION",
    "system_user",
    "user",
    "int[]",
];

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            into.push(path);
        }
    }
}

/// Statements of the project's own cases, and of strangers where they are at hand.
fn seeds() -> Vec<String> {
    let mut paths = Vec::new();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for folder in ["tests/cases", "examples", "src/checks/rules"] {
        collect(&root.join(folder), &mut paths);
    }
    if let Some(corpus) = std::env::var_os("PGWARRANT_CORPUS") {
        collect(&Path::new(&corpus).join("psql_truth"), &mut paths);
    }
    let mut seeds: Vec<String> = paths
        .iter()
        .filter_map(|path| Script::read(&std::fs::read(path).ok()?).ok())
        .flat_map(|script| script.statements)
        .map(|statement| statement.text)
        .filter(|text| text.len() < 600)
        .collect();
    seeds.sort();
    seeds.dedup();
    seeds
}

/// Places where a token of a statement roughly begins.
fn cut(text: &str, random: &mut fastrand::Rng) -> usize {
    let mut at = random.usize(0..=text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    if random.bool() { text[..at].rfind([' ', '(', ',', '\'']).unwrap_or(at) } else { at }
}

fn mutant(seeds: &[String], random: &mut fastrand::Rng) -> String {
    let mut text = seeds[random.usize(..seeds.len())].clone();
    for _ in 0..random.usize(1..4) {
        let at = cut(&text, random);
        match random.u8(..8) {
            0..3 => text.insert_str(at, PIECES[random.usize(..PIECES.len())]),
            3 => text.insert_str(at, &format!(" {} ", PIECES[random.usize(..PIECES.len())])),
            4 => {
                let other = cut(&text, random);
                text.replace_range(at.min(other)..at.max(other), "");
            }
            5 => {
                let other = cut(&text, random);
                let part = text[at.min(other)..at.max(other)].to_owned();
                text.insert_str(cut(&text, random), &part);
            }
            6 => {
                let other = &seeds[random.usize(..seeds.len())];
                text.truncate(at);
                text.push_str(&other[cut(other, random)..]);
            }
            _ => {
                if let Some(character) = text[at..].chars().next() {
                    let piece = PIECES[random.usize(..PIECES.len())];
                    text.replace_range(at..at + character.len_utf8(), piece);
                }
            }
        }
    }
    text
}

/// What a server's raw parser makes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// One statement that an aborted transaction does not let through.
    One,
    /// One that ends the transaction.
    End,
    Several,
    Refused,
}

struct Parser {
    client: postgres::Client,
}

impl Parser {
    fn new(server: &Server) -> Self {
        let mut client = postgres::Config::new()
            .host_path(server.cluster.folder().unwrap())
            .port(server.cluster.port())
            .user("postgres")
            .dbname("postgres")
            .connect(NoTls)
            .unwrap();
        client.batch_execute("SET client_min_messages = error; SET lc_messages = 'C'; BEGIN").unwrap();
        client.batch_execute("SELECT 1 / 0").unwrap_err();
        Self { client }
    }

    fn read(&mut self, text: &str) -> Reading {
        match self.client.prepare(text) {
            Ok(_) => Reading::End,
            Err(error) => match error.as_db_error() {
                Some(fault) if fault.code() == &SqlState::IN_FAILED_SQL_TRANSACTION => Reading::One,
                Some(fault) if fault.message().starts_with("cannot insert multiple commands") => Reading::Several,
                Some(_) => Reading::Refused,
                None => panic!("{text:?}: {error}"),
            },
        }
    }
}

/// Statements that an aborted transaction lets through (`IsTransactionExitStmt` of the server).
fn ends_transaction(facts: &Facts) -> bool {
    matches!(
        facts.transaction,
        Some(
            TransactionControl::Commit { .. }
                | TransactionControl::Rollback { .. }
                | TransactionControl::RollbackTo
                | TransactionControl::Prepare
        )
    )
}

const WORKERS: usize = 2;

#[derive(Debug, Default)]
struct Tally {
    mutants: usize,
    scripts: usize,
    statements: usize,
    /// By major: the gate understands what the server refuses (a newer grammar), and the other way round.
    server_refuses: BTreeMap<u32, usize>,
    gate_refuses: BTreeMap<u32, usize>,
    misread: Vec<String>,
    refused: Vec<String>,
}

#[test]
fn the_gate_reads_what_the_servers_read() {
    let wanted: usize = std::env::var("PGWARRANT_MUTANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(4_000);
    let seeds = seeds();
    let servers: Vec<Server> = support::servers().iter().map(Server::start).collect();
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (seeds, servers, tally) = (&seeds, &servers, &tally);
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(0x5EED + worker as u64);
                let mut parsers: Vec<(u32, Parser)> =
                    servers.iter().map(|server| (server.major(), Parser::new(server))).collect();
                let share = wanted / WORKERS;
                for batch in 0..share.div_ceil(500) {
                    let size = 500.min(share - batch * 500);
                    let mutants: Vec<String> = (0..size).map(|_| mutant(seeds, &mut random)).collect();
                    let found = judge(&mutants, &mut parsers);
                    let mut tally = tally.lock().unwrap();
                    tally.add(found);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!(
        "{} mutants of {} statements: {} scripts read, {} statements compared on each major",
        tally.mutants,
        seeds.len(),
        tally.scripts,
        tally.statements
    );
    println!("understood here, refused by the server: {:?}", tally.server_refuses);
    println!("refused here, understood by the server: {:?}", tally.gate_refuses);
    for text in tally.refused.iter().take(20) {
        println!("  refused here: {text}");
    }
    assert!(tally.misread.is_empty(), "{} misread:\n{}", tally.misread.len(), tally.misread.join("\n"));
    assert!(tally.statements * 10 > wanted, "only {} statements were compared", tally.statements);
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.mutants += other.mutants;
        self.scripts += other.scripts;
        self.statements += other.statements;
        for (major, count) in other.server_refuses {
            *self.server_refuses.entry(major).or_default() += count;
        }
        for (major, count) in other.gate_refuses {
            *self.gate_refuses.entry(major).or_default() += count;
        }
        self.misread.extend(other.misread);
        self.refused.extend(other.refused);
    }
}

fn judge(mutants: &[String], parsers: &mut [(u32, Parser)]) -> Tally {
    let mut tally = Tally { mutants: mutants.len(), ..Tally::default() };
    let scripts: Vec<Script> = mutants.iter().filter_map(|text| Script::read(text.as_bytes()).ok()).collect();
    tally.scripts = scripts.len();
    let texts: Vec<&str> = scripts.iter().flat_map(|script| &script.statements).map(Statement::text).collect();
    tally.statements = texts.len();
    for (text, facts) in texts.iter().zip(classify_all(&texts).unwrap()) {
        for (major, parser) in parsers.iter_mut() {
            match (&facts, parser.read(text)) {
                (Ok(facts), Reading::One) if !ends_transaction(facts) => {}
                (Ok(facts), Reading::End) if ends_transaction(facts) => {}
                (Ok(_), Reading::Refused) => *tally.server_refuses.entry(*major).or_default() += 1,
                // Text that means something else under another setting is refused on purpose.
                (Err(_), Reading::Refused | Reading::Several)
                | (Err(SqlError::StringSyntax | SqlError::NoStatement), _) => {}
                (Err(error), Reading::One | Reading::End) => {
                    *tally.gate_refuses.entry(*major).or_default() += 1;
                    tally.refused.push(format!("PostgreSQL {major}: {text:?}: {error}"));
                }
                (Ok(facts), reading) => {
                    tally
                        .misread
                        .push(format!("PostgreSQL {major} reads {reading:?}, the gate {}: {text:?}", facts.tag));
                }
            }
        }
    }
    tally
}
