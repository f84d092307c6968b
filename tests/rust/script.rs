//! The reading of scripts, against what real psql sent (`PGWARRANT_CORPUS`) and against the laws of splitting.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pgwarrant::base::Coded as _;
use pgwarrant::script::{Parts, Script, split};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::laws;

#[test]
fn statements_are_what_psql_sends() {
    let Some(corpus) = std::env::var_os("PGWARRANT_CORPUS") else {
        println!("not run: PGWARRANT_CORPUS names no folder");
        return;
    };
    let root = Path::new(&corpus).join("psql_truth");
    let mut truths = Vec::new();
    collect(&root, &mut truths);
    truths.sort();
    assert!(!truths.is_empty(), "{} holds no truth", root.display());
    let (mut wanted, mut found, mut extra) = (0, 0, 0);
    let (mut faults, mut explained) = (Vec::new(), Vec::new());
    let mut whole = 0;
    for path in &truths {
        let truth: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let bytes = std::fs::read(path.with_extension("sql")).unwrap();
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let Ok(text) = std::str::from_utf8(&bytes) else {
            faults.push(format!("{name}: not UTF-8"));
            continue;
        };
        let records = truth["statements"].as_array().unwrap();
        let parts = match split(text) {
            Ok(parts) => parts,
            Err(error) => {
                faults.push(format!("{name}: {error}"));
                continue;
            }
        };
        let mut spans: BTreeSet<(usize, usize)> =
            parts.statements.iter().map(|found| (found.span.start, found.span.end)).collect();
        let all_located = records.iter().all(|record| !record["located"].is_null());
        let before = faults.len();
        for record in records {
            let (Some(start), Some(end)) = (record["start"].as_u64(), record["end"].as_u64()) else { continue };
            if record["located"].is_null() {
                continue;
            }
            let span = (usize::try_from(start).unwrap(), usize::try_from(end).unwrap());
            wanted += 1;
            if spans.remove(&span) {
                found += 1;
                continue;
            }
            let at = format!("{name}:{} {:?}", record["line"], clip(&text[span.0..span.1]));
            match why_psql_sent_something_else(text, &parts, records, span) {
                Some((why, meant)) => {
                    explained.push(format!("{at}: {why}"));
                    spans.retain(|other| meant != Some(*other));
                }
                None => faults.push(format!("{at} is missing")),
            }
        }
        if all_located {
            for span in spans {
                extra += 1;
                faults.push(format!("{name}:@{} {:?} is no statement", span.0, clip(&text[span.0..span.1])));
            }
        }
        whole += usize::from(faults.len() == before);
    }
    println!(
        "psql truth: {found} of {wanted} statements, {} explained, {extra} extra, {whole} of {} files whole",
        explained.len(),
        truths.len()
    );
    for line in explained.iter().chain(&faults) {
        println!("  {line}");
    }
    assert!(faults.is_empty(), "{} faults", faults.len());
}

/// What psql sends can depend on more than the text. These differences are known, and no reader of text can avoid
/// them. With the span that was meant, where the truth itself points at the wrong place.
fn why_psql_sent_something_else(
    text: &str,
    parts: &Parts,
    records: &[Value],
    (start, end): (usize, usize),
) -> Option<(&'static str, Option<(usize, usize)>)> {
    // The same words stand in a comment before the statement.
    let meant = parts.statements.iter().map(|found| found.span).find(|span| {
        span.start >= end && text[span.start..span.end] == text[start..end] && text[end..span.start].trim().is_empty()
    });
    if let Some(meant) = meant
        && text[..start].rsplit('\n').next().is_some_and(|line| line.trim_start().starts_with("--"))
    {
        return Some(("the truth points into a comment", Some((meant.start, meant.end))));
    }
    if &text[start..end] == "BEGIN" && text.contains("AUTOCOMMIT off") {
        return Some(("psql begins transactions by itself where AUTOCOMMIT is off", None));
    }
    let copy = parts
        .statements
        .iter()
        .find(|found| found.copy_data.is_some_and(|data| data.start <= start && end <= data.end))?;
    let failed = records
        .iter()
        .any(|record| record["start"].as_u64() == Some(copy.span.start as u64) && !record["error"].is_null());
    failed.then_some(("the server refused the COPY, so that psql read its data as SQL", None))
}

fn clip(text: &str) -> String {
    text.chars().take(100).collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "json") && path.with_extension("sql").exists() {
            into.push(path);
        }
    }
}

fn texts(script: &str) -> Vec<String> {
    Script::read(script.as_bytes())
        .unwrap_or_else(|error| panic!("{script:?}: {error}"))
        .statements
        .into_iter()
        .map(|statement| statement.text().to_owned())
        .collect()
}

#[test]
fn quotes_hide_semicolons() {
    for (script, statements) in [
        ("select ';'; select 2", &["select ';';", "select 2"][..]),
        ("select 'a''; ' ; select 2;", &["select 'a''; ' ;", "select 2;"]),
        (r"select E'\';' ; select 2;", &[r"select E'\';' ;", "select 2;"]),
        (r"select date'\'; select 2;", &[r"select date'\';", "select 2;"]),
        (r"select U&'\'; select 2;", &[r"select U&'\';", "select 2;"]),
        (r"select a.e'\'; select 2;", &[r"select a.e'\'; select 2;"]),
        (r"select '\'; select 2;", &[r"select '\';", "select 2;"]),
        (r#"select ";""; " ; select 2;"#, &[r#"select ";""; " ;"#, "select 2;"]),
        ("select $$;$$; select $a$ $$;$b$ $a$;", &["select $$;$$;", "select $a$ $$;$b$ $a$;"]),
        ("select $ä$;$ä$; select 2;", &["select $ä$;$ä$;", "select 2;"]),
        // The `e` before the quote is the tail of what stands there: no escape string begins.
        (r"select a$e'\'; select 2;", &[r"select a$e'\';", "select 2;"]),
        (r"select :e'\'; select 2;", &[r"select :e'\';", "select 2;"]),
        (r"select $1e'\'; select 2;", &[r"select $1e'\';", "select 2;"]),
        (r"select $$x$$e'\';' ; select 2;", &[r"select $$x$$e'\';' ;", "select 2;"]),
        (r"select 1.e'\'; select 2;", &[r"select 1.e'\';", "select 2;"]),
        (r"select 1..2.e'\'; select 2;", &[r"select 1..2.e'\';", "select 2;"]),
        (r"select 1.2.e'\';' ; select 2;", &[r"select 1.2.e'\';' ;", "select 2;"]),
        (r"select 1e-5.e'\';' ; select 2;", &[r"select 1e-5.e'\';' ;", "select 2;"]),
        (r"select a-5.e'\'; select 2;", &[r"select a-5.e'\';", "select 2;"]),
        (r"select a1.e'\';' ; select 2;", &[r"select a1.e'\';' ;", "select 2;"]),
        (r"select a$1.e'\';' ; select 2;", &[r"select a$1.e'\';' ;", "select 2;"]),
        ("select a$b$c; select $1; select 1;", &["select a$b$c;", "select $1;", "select 1;"]),
        ("select 1 as a$b$;$b$; select 2", &["select 1 as a$b$;", "$b$; select 2"][..1]),
    ] {
        if script.contains("as a$b$;") {
            // The second `$b$` is a quote that never ends.
            assert_eq!(Script::read(script.as_bytes()).unwrap_err().code(), "script.unterminated-dollar-quote");
        } else if script.contains("select a.e'") {
            assert_eq!(Script::read(script.as_bytes()).unwrap_err().code(), "script.unterminated-string");
        } else {
            assert_eq!(texts(script), statements, "{script}");
        }
    }
}

#[test]
fn comments_nest_and_operators_end_before_them() {
    assert_eq!(texts("/* /* */ CREATE SCHEMA x; */ SELECT 1;"), ["/* /* */ CREATE SCHEMA x; */ SELECT 1;"]);
    assert_eq!(texts("-- /*\nCREATE SCHEMA x;\n-- */"), ["CREATE SCHEMA x;"]);
    assert_eq!(texts("select 1 +-- ;\n 2; select 3;"), ["select 1 +-- ;\n 2;", "select 3;"]);
    assert_eq!(texts("select 1 */* ; */ 2; select 3;"), ["select 1 */* ; */ 2;", "select 3;"]);
    assert_eq!(texts("select 1;\n/* the end */"), ["select 1;"]);
    // The first `-` is the sign of an exponent.
    assert_eq!(texts("select 1e-- ; select 2;"), ["select 1e-- ;", "select 2;"]);
    assert_eq!(texts("select .5E-- ; select 2;"), ["select .5E-- ;", "select 2;"]);
    assert_eq!(texts("select 1.e-- ; select 2;"), ["select 1.e-- ;", "select 2;"]);
    assert_eq!(texts("select a1e-- ; select 2;\n;"), ["select a1e-- ; select 2;\n;"]);
    assert_eq!(texts("select 1e+-- ; select 2;\n;"), ["select 1e+-- ; select 2;\n;"]);
}

#[test]
fn parentheses_and_function_bodies_hold_semicolons() {
    assert_eq!(texts("create rule r as do (a; b); select 1;"), ["create rule r as do (a; b);", "select 1;"]);
    let body =
        "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;";
    assert_eq!(texts(&format!("{body} select 1;")), [body, "select 1;"]);
    assert_eq!(texts("BEGIN; CREATE TABLE t (); END; select 1;").len(), 4);
    // The letters of prefixes are no words.
    for prefixed in ["U&''", "u&\"\"", "n''", "N''", "E''", "b''", "1.e''"] {
        let routine = format!("{prefixed} create procedure begin; end;");
        assert_eq!(texts(&format!("{routine} select 1;")), [&routine, "select 1;"]);
    }
}

#[test]
fn strings_are_read_as_the_setting_before_them_says() {
    let off = |setting: &str| format!("{setting};\nselect 'a\\'; select 2;'; select 3;");
    for setting in [
        "set standard_conforming_strings = off",
        "SET SESSION standard_conforming_strings TO 'false'",
        "-- words\nset\n standard_conforming_strings=0",
    ] {
        assert_eq!(texts(&off(setting))[1..], ["select 'a\\'; select 2;';", "select 3;"], "{setting}");
    }
    for setting in [
        "set standard_conforming_strings = on",
        "reset all",
        "select 1",
        "set standard_conforming_strings_too = off",
        // What begins with something else is no such command.
        "\"\"set standard_conforming_strings = off",
        "> set standard_conforming_strings = off",
        "(set standard_conforming_strings = off)",
        "$1set standard_conforming_strings = off",
        "1 set standard_conforming_strings = off",
        ":set set standard_conforming_strings = off",
    ] {
        assert_eq!(
            Script::read(off(setting).as_bytes()).unwrap_err().code(),
            "script.unterminated-string",
            "{setting}"
        );
    }
    // psql looks at the setting before each line, and a server refuses what is neither on nor off.
    let line = "set standard_conforming_strings = off; select '\\'; select 2;\nselect '\\'; select 3;';";
    assert_eq!(texts(line)[1..], ["select '\\';", "select 2;", "select '\\'; select 3;';"]);
    let unsent = "set standard_conforming_strings = off\\; select '\\'; select 2;";
    assert_eq!(texts(unsent).len(), 2);
    let refused =
        "set standard_conforming_strings = f;\nset standard_conforming_strings = o;\nselect '\\'; select 2;';";
    assert_eq!(texts(refused).len(), 3);
    // The tail of an identifier is no prefix; B, X and U& are.
    let prefixes = "set standard_conforming_strings = off;\nselect date'a\\';b', b'1\\', x'f\\', U&'\\';";
    assert_eq!(texts(prefixes)[1..], ["select date'a\\';b', b'1\\', x'f\\', U&'\\';"]);
    let back = "set standard_conforming_strings = off;\nselect 'a\\';b';\nreset standard_conforming_strings;\nselect '\\'; select 2;";
    assert_eq!(texts(back).len(), 5);
}

#[test]
fn data_that_follows_is_no_sql() {
    let data = "copy t from stdin;\na;b\n'\n\\.\nselect 1;";
    assert_eq!(texts(data), ["copy t from stdin;", "select 1;"]);
    let two = "copy t from stdin\\; copy u from stdin\\; select 1;\na;\n\\.\nb;\n\\.\nselect 2;";
    assert_eq!(texts(two), ["copy t from stdin\\; copy u from stdin\\; select 1;", "select 2;"]);
    let meta = "\\copy t (a, \"from stdin\") from stdin with (format csv)\na;\n\\.\nselect 2;";
    assert_eq!(texts(meta), ["select 2;"]);
    assert_eq!(texts("\\copy (select 1) to 'from stdin'\nselect 2;\nselect 3;").len(), 2);
    assert_eq!(texts("copy t from stdin \\g\na;\n\\.\nselect 2;"), ["copy t from stdin ", "select 2;"]);
    // The data begin behind the line, whatever stands in it behind the COPY.
    let behind = "copy t from stdin; select 1; copy u from stdin; -- and\na;\n\\.\nb;\n\\.\nselect 2;";
    assert_eq!(texts(behind), ["copy t from stdin;", "select 1;", "copy u from stdin;", "select 2;"]);
    let data: Vec<&str> =
        split(behind).unwrap().statements.iter().filter_map(|found| Some(found.copy_data?.of(behind))).collect();
    assert_eq!(data, ["a;\n\\.\n", "b;\n\\.\n"]);
    assert_eq!(texts("copy t from stdin; select 1"), ["copy t from stdin;", "select 1"]);
    assert_eq!(texts("copy t from stdin; /* a */\na;\n\\.\nselect 2;"), ["copy t from stdin;", "select 2;"]);
    assert_eq!(texts("/* a */\n\\copy t from stdin\na;\n\\.\nselect 2;"), ["select 2;"]);
    let twice = "copy t from stdin;\na;\n\\.\n\\g\nb;\n\\.\nselect 2;";
    assert_eq!(texts(twice), ["copy t from stdin;", "select 2;"]);
}

#[test]
fn a_statement_ends_where_the_last_meta_commands_begin() {
    assert_eq!(texts("SELECT $1 \\bind 'a;b' \\g\nselect 2;"), ["SELECT $1 ", "select 2;"]);
    assert_eq!(texts("SELECT 1\n\\echo x\n, 2 \\g"), ["SELECT 1\n\\echo x\n, 2 "]);
    // What cannot be a command hides the rest of its line.
    assert_eq!(texts("\\\\; select 1;\nselect 2;"), ["select 2;"]);
    assert_eq!(texts("\\'x \\\\ select 1;\nselect 2;"), ["select 2;"]);
    assert_eq!(texts("\\echo x \\\\ select 1;\nselect 2;"), ["select 1;", "select 2;"]);
}

#[test]
fn what_is_left_open_is_refused_with_its_place() {
    for (script, code) in [
        ("select 'a;", "script.unterminated-string"),
        ("select E'a\\';", "script.unterminated-string"),
        ("select \"a;", "script.unterminated-identifier"),
        ("select $$a;", "script.unterminated-dollar-quote"),
        ("select /* a;", "script.unterminated-comment"),
        ("select /* /* a; */", "script.unterminated-comment"),
        ("select (1;", "script.unterminated-parenthesis"),
        ("create function f() returns int begin atomic select 1;", "script.unterminated-body"),
        ("select 1\n\\copy t from stdin\na;\n\\.\n, 2;", "script.around-data"),
        ("copy t from stdin; select 1\na;\n\\.\n, 2;", "script.around-data"),
        ("copy t from stdin; select 'a\na;\n\\.\nb';", "script.unterminated-string"),
        ("", "script.empty"),
        (" \n-- only words\n/* and more */", "script.empty"),
    ] {
        assert_eq!(Script::read(script.as_bytes()).unwrap_err().code(), code, "{script}");
    }
    let error = Script::read(b"select 1;\n  select 'a;").unwrap_err();
    assert_eq!(error.place().map(|place| (place.line, place.column)), Some((2, 10)));
}

#[test]
fn comments_are_capped_before_any_lexer() {
    let deep = |depth: usize| format!("{}{} select 1;", "/*".repeat(depth), "*/".repeat(depth));
    assert!(Script::read(deep(16).as_bytes()).is_ok());
    assert_eq!(Script::read(deep(17).as_bytes()).unwrap_err().code(), "script.comment-too-deep");
    assert_eq!(Script::read(deep(100_000).as_bytes()).unwrap_err().code(), "script.comment-too-deep");
}

#[test]
fn meta_commands_and_variables_are_located() {
    let script =
        Script::read(b"\\set x 1\nselect :x, :'x', :\"x\", :{?x}, a::text, b[1:y] \\gexec\nselect 1\\; select 2;")
            .unwrap();
    let names: Vec<&str> = script.metas.iter().map(|meta| meta.name.as_str()).collect();
    assert_eq!(names, ["\\set", "\\gexec", "\\;"]);
    let variables: Vec<&str> = script.variables.iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(variables, ["x", "x", "x", "x", "y"]);
    assert_eq!(script.statements.len(), 2);
}

#[test]
fn ten_megabytes_are_read_in_bounded_time() {
    let mut script = String::new();
    while script.len() < 10_000_000 {
        script.push_str("INSERT INTO app.t (a, b) VALUES ('it''s', $$x;y$$); -- one more\n");
    }
    let read = Script::read(script.as_bytes()).unwrap();
    assert_eq!(read.statements.len(), script.lines().count());
    for hostile in ["a$a", "e'", "$1", "(", "date'\\'", "$$a$$", ":x ", "\\x ", "copy t from stdin;", "1.e'' ", "1e--"]
    {
        let text = hostile.repeat(100_000);
        let began = std::time::Instant::now();
        let _ = Script::read(text.as_bytes());
        let took = began.elapsed();
        println!("{hostile:?}: {} ms", took.as_millis());
        assert!(took.as_secs() < 20, "{hostile:?} takes {took:?}");
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("select 1"),
        Just(";"),
        Just("'"),
        Just("''"),
        Just("\""),
        Just("$$"),
        Just("$a$"),
        Just("$"),
        Just("E'"),
        Just("e"),
        Just("\\"),
        Just("\\'"),
        Just("/*"),
        Just("*/"),
        Just("--"),
        Just("\n"),
        Just("("),
        Just(")"),
        Just("create function f()"),
        Just(" begin atomic "),
        Just(" end "),
        Just(" case "),
        Just(":x"),
        Just("::"),
        Just("\\;"),
        Just("\\g"),
        Just("copy t from stdin;\n"),
        Just("\\.\n"),
        Just("é"),
        Just("1"),
        Just(" "),
        Just("U&'"),
        Just("\\\\"),
        Just("\\echo "),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_hold_of_pieces(text in pieces()) {
        laws::hold(&text);
    }

    #[test]
    fn the_laws_hold_of_any_text(text in any::<String>()) {
        laws::hold(&text);
    }

    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Script::read(&bytes);
        let _ = split(&String::from_utf8_lossy(&bytes));
    }
}
