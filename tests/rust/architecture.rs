//! The architecture, held by a test: which room may name which, where the outside crates stay, lists that equal
//! folders, and the catalogue of error codes that equals what the rooms return.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pgwarrant::{catalog, checks, error};

const LINES_OF_A_FILE: usize = 700;

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every Rust file below a folder, with its text.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for path in entries(folder) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The folders in a folder, by name.
fn folders(folder: &Path) -> BTreeSet<String> {
    entries(folder).iter().filter(|path| path.is_dir()).map(|path| name(path)).collect()
}

/// The text without comments and string literals: what is left are names and signs.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if let Some((opening, hashes)) = raw_string(rest) {
            let closing = format!("\"{}", "#".repeat(hashes));
            rest = &rest[opening..];
            rest = rest.find(&closing).map_or("", |end| &rest[end + closing.len()..]);
        } else if c == '"' {
            rest = after_string(rest);
        } else if let Some(length) = ["'\"'", "'\\\"'", "'\\''", "'\\\\'"].iter().find(|it| rest.starts_with(**it)) {
            rest = &rest[length.len()..];
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    code
}

/// Where the content of a raw string begins, and its number of hashes.
fn raw_string(rest: &str) -> Option<(usize, usize)> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some((hashes + 2, hashes))
}

fn after_string(rest: &str) -> &str {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &rest[at + 1..],
            _ => {}
        }
    }
    ""
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The names that follow `root::` in code, those inside `root::{...}` among them.
fn named_after(code: &str, root: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let path = format!("{root}::");
    for (at, _) in code.match_indices(&path) {
        if code[..at].ends_with(|c: char| is_name(c) || c == ':') {
            continue;
        }
        let rest = &code[at + path.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut begins) = (0, true);
            for (at, c) in group.char_indices() {
                match c {
                    '}' if depth == 0 => break,
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => begins = true,
                    c if begins && is_name(c) => {
                        names.insert(group[at..].chars().take_while(|c| is_name(*c)).collect());
                        begins = false;
                    }
                    _ => {}
                }
            }
        } else {
            names.insert(rest.chars().take_while(|c| is_name(*c)).collect());
        }
    }
    names
}

/// True where a crate is named: as a path, or imported.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = &code[..at];
        let after = &code[at + name.len()..];
        let whole = !before.ends_with(is_name) && !after.starts_with(is_name);
        let ours = before.ends_with("::") || before.ends_with('.');
        whole && !ours && (after.starts_with("::") || before.trim_end().ends_with("use"))
    })
}

/// The rooms in the order of the map in lib.rs.
fn rooms() -> Vec<String> {
    let map = std::fs::read_to_string(sources().join("lib.rs")).unwrap();
    map.lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
        .map(|rest| rest.trim_end_matches(';').to_owned())
        .collect()
}

fn room_of(path: &Path) -> String {
    let inside = path.strip_prefix(sources()).unwrap();
    name(Path::new(inside.components().next().unwrap().as_os_str()))
}

#[test]
fn the_readers_of_this_test_read_rust() {
    let code =
        code_of("use crate::{a::{b, c}, d}; // crate::no\nlet x = \"crate::no\"; r#\"crate::no\"#; crate::e::f()");
    assert_eq!(named_after(&code, "crate"), ["a", "d", "e"].map(str::to_owned).into());
    assert!(names_crate("use rustls::x;", "rustls") && names_crate("a(postgres::Row)", "postgres"));
    assert!(!names_crate("tokio_postgres_rustls::x", "rustls") && !names_crate("crate::pg::postgres::x", "postgres"));
}

#[test]
fn the_map_equals_the_folders() {
    let mapped: BTreeSet<String> = rooms().into_iter().collect();
    let found: BTreeSet<String> =
        entries(&sources()).iter().map(|path| name(path)).filter(|name| name != "lib").collect();
    assert_eq!(mapped, found);
}

#[test]
fn a_room_uses_only_rooms_above_it() {
    let order = rooms();
    let rank = |room: &str| order.iter().position(|known| known == room);
    let mut wrong = Vec::new();
    for (path, text) in files(&sources()) {
        let room = room_of(&path);
        if room == "lib" {
            continue;
        }
        for used in named_after(&code_of(&text), "crate").into_iter().filter(|used| *used != room) {
            if rank(&used).is_none_or(|used| used > rank(&room).unwrap()) {
                wrong.push(format!("{} uses crate::{used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_outside_thing_has_one_door() {
    let doors: BTreeMap<&str, &str> = BTreeMap::from([
        ("pyo3", "py"),
        ("pyo3_log", "py"),
        ("pythonize", "py"),
        ("pg_query", "sql"),
        ("postgres", "pg"),
        ("tokio_postgres_rustls", "pg"),
        ("tokio_postgres", "pg"),
        ("tokio", "pg"),
        ("futures_util", "pg"),
        ("rustls", "pg"),
        ("rustls_native_certs", "pg"),
        ("ssh_key", "warrant"),
        ("pulldown_cmark", "script"),
        ("whoami", "pg"),
        ("annotate_snippets", "checks"),
        ("glob", "checks"),
    ]);
    let mut wrong = Vec::new();
    for (path, text) in files(&sources()) {
        let code = code_of(&text);
        let room = room_of(&path);
        for (name, door) in &doors {
            if room != *door && names_crate(&code, name) {
                wrong.push(format!("{} names {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_folder_is_in_the_list_and_whole() {
    let folder = sources().join("checks/rules");
    let listed: BTreeSet<String> = checks::rules().iter().map(|rule| rule.slug.replace('-', "_")).collect();
    assert_eq!(listed.len(), checks::rules().len(), "a rule is listed twice");
    assert_eq!(listed, folders(&folder));
    for rule in &listed {
        let found: BTreeSet<String> =
            entries(&folder.join(rule)).iter().map(|path| path.file_name().unwrap().to_string_lossy().into()).collect();
        assert_eq!(found, ["README.md", "bad.sql", "good.sql", "mod.rs"].map(str::to_owned).into(), "{rule}");
    }
}

#[test]
fn every_kind_folder_is_in_the_list_and_whole() {
    let folder = sources().join("catalog/kinds");
    let listed: BTreeSet<String> = catalog::kinds::ALL.iter().map(|kind| kind.name().replace(' ', "_")).collect();
    assert_eq!(listed.len(), catalog::kinds::ALL.len(), "a kind is listed twice");
    assert_eq!(listed, folders(&folder));
    for kind in &listed {
        for file in ["mod.rs", "ddl.rs"] {
            assert!(folder.join(kind).join(file).is_file(), "{kind} has no {file}");
        }
    }
}

#[test]
fn files_stay_short_and_nothing_is_left_to_do() {
    let mut wrong = Vec::new();
    for (path, text) in files(&sources()) {
        let lines = text.lines().count();
        if lines > LINES_OF_A_FILE {
            wrong.push(format!("{} has {lines} lines", path.display()));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{} does not open with what it is for", path.display()));
        }
        let code = code_of(&text);
        for banned in ["todo!", "unimplemented!", "dbg!", "println!", "print!"] {
            // eprintln! is found through println!.
            if code.contains(banned) {
                wrong.push(format!("{} says {banned}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The string literals `room.slug` of every `fn code` in an `impl Coded for`.
fn returned_codes() -> BTreeMap<String, PathBuf> {
    let mut codes = BTreeMap::new();
    for (path, text) in files(&sources()) {
        for (at, _) in text.match_indices("Coded for ") {
            let Some(begins) = text[at..].find("fn code(") else { continue };
            let body = &text[at + begins..];
            let body = &body[..body.find("\n    }\n").unwrap_or(body.len())];
            for literal in body.split('"').skip(1).step_by(2) {
                codes.insert(literal.to_owned(), path.clone());
            }
        }
    }
    codes
}

#[test]
fn the_catalogue_holds_every_code_that_can_be_returned_and_no_other() {
    let returned = returned_codes();
    let listed: BTreeSet<&str> = error::CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(listed.len(), error::CODES.len(), "a code is listed twice");
    assert_eq!(returned.keys().map(String::as_str).collect::<BTreeSet<_>>(), listed);
    for (code, path) in &returned {
        let (room, slug) = code.split_once('.').unwrap();
        assert_eq!(room, room_of(path), "{code} is returned by {}", path.display());
        assert!(!slug.is_empty() && slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
    }
}

#[test]
fn every_meaning_is_one_sentence_and_the_codes_stand_in_the_order_of_the_rooms() {
    let order = rooms();
    let mut last = 0;
    for (code, meaning) in error::CODES {
        assert!(meaning.starts_with(|c: char| c.is_uppercase()) || meaning.starts_with("pgwarrant"), "{code}");
        assert!(meaning.ends_with('.') && !meaning.trim_end_matches('.').contains(". "), "{code}: {meaning}");
        let at = order.iter().position(|room| Some(room.as_str()) == code.split('.').next()).unwrap();
        assert!(at >= last, "{code} stands after a later room");
        last = at;
        assert!(checks::explain(code).is_none(), "{code} is a rule too");
    }
}
