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
    // Data begin behind the line of their COPY, in which more statements may stand.
    let mut spans: Vec<_> =
        parts.statements.iter().flat_map(|found| [Some(found.span), found.copy_data]).flatten().collect();
    spans.sort_by_key(|span| (span.start, span.end));
    for span in spans {
        assert!(at <= span.start && span.start <= span.end, "{text:?}: {parts:?}");
        at = span.end;
    }
    assert!(at <= text.len());
    assert!(parts.statements.iter().all(|found| found.span.start < found.span.end), "{text:?}: {parts:?}");
    assert!(parts.statements.is_sorted_by_key(|found| found.span.start), "{text:?}: {parts:?}");
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
