//! Mutants of real statements, the same for every test that compares readers of them.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::path::{Path, PathBuf};

use pgwarrant::script::Script;

/// What lexers and grammars stumble over.
pub const PIECES: &[&str] = &[
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
pub fn seeds() -> Vec<String> {
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
        .map(|statement| statement.text().to_owned())
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

/// A statement that a few changes were made to.
pub fn mutant(seeds: &[String], random: &mut fastrand::Rng) -> String {
    let text = seeds[random.usize(..seeds.len())].clone();
    let changes = random.usize(1..4);
    mutated(text, changes, seeds, random)
}

/// A text with this many changes made to it.
pub fn mutated(mut text: String, changes: usize, seeds: &[String], random: &mut fastrand::Rng) -> String {
    for _ in 0..changes {
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
