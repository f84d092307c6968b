//! What holds of every script, whatever stands in it. Property tests and the fuzzer ask the same.

use pgwarrant::script::{Parts, split};

fn texts<'a>(text: &'a str, parts: &Parts) -> Vec<&'a str> {
    parts.statements.iter().map(|found| found.span.of(text)).collect()
}

/// Fails with what does not hold.
pub fn hold(text: &str) {
    let Ok(parts) = split(text) else {
        // A comment before it makes nothing readable.
        assert!(split(&format!("-- words\n{text}")).is_err(), "a comment makes {text:?} readable");
        return;
    };
    let statements = texts(text, &parts);
    // Split, then join: nothing is lost and nothing is read twice.
    let mut at = 0;
    for found in &parts.statements {
        assert!(at <= found.span.start && found.span.start < found.span.end, "{text:?}: {found:?}");
        at = found.span.end;
        if let Some(data) = found.copy_data {
            assert!(at <= data.start && data.start <= data.end, "{text:?}: {found:?}");
            at = data.end;
        }
    }
    assert!(at <= text.len());
    // What stands around a statement changes nothing.
    for before in ["-- ' \" $$ /* (\n", "SELECT ';', \"--\", $x$ /* ( $x$;\n", "/* -- ' ; $$ */ SELECT 1;\n"] {
        let around = format!("{before}{text}");
        let read = split(&around).unwrap_or_else(|error| panic!("{around:?}: {error}"));
        let read = texts(&around, &read);
        assert!(read.ends_with(&statements), "{around:?}: {read:?}");
        assert!(read.len() <= statements.len() + 1, "{around:?}: {read:?}");
    }
    // A statement by itself is the same statement, unless a setting before it or a command of psql made it one.
    if parts.metas.is_empty() && !text.to_lowercase().contains("standard_conforming_strings") {
        for statement in &statements {
            let alone = split(statement).unwrap_or_else(|error| panic!("{statement:?}: {error}"));
            assert_eq!(texts(statement, &alone), [*statement], "of {text:?}");
        }
    }
}
