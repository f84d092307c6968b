//! The rules: each on its own pair of examples, on the cases of the threat model, and on the changes that must pass.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pgwarrant::base::{Coded as _, Outcome, ServerVersion, Severity};
use pgwarrant::catalog::{Key, Object, Snapshot, volatile::Volatile};
use pgwarrant::checks::{CheckReport, Context, Family, Known, check, explain, rules};
use pgwarrant::contract::Contract;
use pgwarrant::script::Script;
use proptest::prelude::*;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The default contract, with the lines a case adds.
fn contract_for(sql: &str) -> Contract {
    let mut text = std::fs::read_to_string(root().join("tests/cases/checks/default.contract")).unwrap();
    for line in sql.lines().filter_map(|line| line.strip_prefix("-- contract: ")) {
        text.extend(["    ", line, "\n"]);
    }
    Contract::read(text.as_bytes()).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn run(sql: &str) -> CheckReport {
    let script = Script::read(sql.as_bytes()).unwrap_or_else(|error| panic!("{sql}: {error}"));
    check(&script, Some(&contract_for(sql)), &Context::default()).unwrap()
}

/// The same without a contract, as a linter sees it.
fn plain(sql: &str) -> CheckReport {
    check(&Script::read(sql.as_bytes()).unwrap(), None, &Context::default()).unwrap()
}

fn slugs(report: &CheckReport) -> BTreeSet<&str> {
    report.findings.iter().map(|finding| &*finding.rule).collect()
}

fn errors(report: &CheckReport) -> Vec<String> {
    let refused = |severity: Severity| severity == Severity::Error;
    report
        .findings
        .iter()
        .filter(|finding| refused(finding.severity))
        .map(|finding| format!("{}: {}", finding.rule, finding.message))
        .collect()
}

#[test]
fn every_rule_flags_its_bad_example_and_not_its_good_one() {
    for rule in rules() {
        // Some hazards are those of plain scripts: with a contract a gate takes their place.
        let mut bad = run(rule.bad);
        if !slugs(&bad).contains(rule.slug) {
            bad = plain(rule.bad);
        }
        assert!(slugs(&bad).contains(rule.slug), "{}: bad.sql gives {:?}", rule.slug, slugs(&bad));
        let finding = bad.findings.iter().find(|finding| finding.rule == rule.slug).unwrap();
        assert!(finding.span.is_some() && finding.place.is_some(), "{}: {finding:?}", rule.slug);
        let good = run(rule.good);
        let mut reports = vec![&good];
        let without = plain(rule.good);
        if rule.family == Family::Hazard {
            reports.push(&without);
        }
        for good in reports {
            let flagged = good.findings.iter().any(|finding| finding.rule == rule.slug && finding.suppressed.is_none());
            assert!(!flagged, "{}: good.sql gives {:?}", rule.slug, good.findings);
        }
        assert!(errors(&good).is_empty(), "{}: good.sql gives {:?}", rule.slug, errors(&good));
    }
}

#[test]
fn every_folder_is_a_rule_and_every_rule_has_a_page() {
    let folder = root().join("src/checks/rules");
    let folders: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().replace('_', "-"))
        .collect();
    let listed: BTreeSet<String> = rules().iter().map(|rule| rule.slug.to_owned()).collect();
    assert_eq!(folders, listed);
    for rule in rules() {
        let page = explain(rule.slug).unwrap();
        assert!(page.starts_with(&format!("# {}\n", rule.slug)), "{}", rule.slug);
        let severity = serde_json::to_value(rule.severity).unwrap();
        assert!(page.contains(severity.as_str().unwrap()), "{}: the page says another severity", rule.slug);
    }
    assert_eq!(explain("no-such-rule"), None);
}

fn cases(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            cases(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            into.push(path);
        }
    }
}

/// `X.bad.sql` says in its first line which rules must refuse it; `X.good.sql` must be refused by none. Cases of hazards
/// are plain scripts, without a contract: `-- flagged: RULE, ...` and `-- not flagged: RULE, ...`.
#[test]
fn the_cases_of_the_threat_model_are_refused_and_their_twins_are_not() {
    let mut paths = Vec::new();
    cases(&root().join("tests/cases/checks"), &mut paths);
    paths.sort();
    let mut faults = Vec::new();
    let (mut bad, mut good, mut hazards) = (0, 0, 0);
    for path in &paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(path).unwrap();
        let sql = String::from_utf8_lossy(&bytes).into_owned();
        let first = sql.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
        let expected = first.strip_prefix("-- expect: ");
        if let (Err(error), Some(expected)) = (Script::read(&bytes), expected) {
            bad += 1;
            if error.code() != expected {
                faults.push(format!("{name}: {} instead of {expected}", error.code()));
            }
            continue;
        }
        if let Some((flagged, listed)) = [("-- flagged: ", true), ("-- not flagged: ", false)]
            .iter()
            .find_map(|(mark, flagged)| Some((*flagged, first.strip_prefix(mark)?)))
        {
            hazards += 1;
            let report = plain(&sql);
            for slug in listed.split(", ") {
                assert!(rules().iter().any(|rule| rule.slug == slug), "{name}: there is no rule {slug}");
                if slugs(&report).contains(slug) != flagged {
                    faults.push(format!("{name}: {slug} {flagged}? {:?}", slugs(&report)));
                }
            }
            continue;
        }
        let report = run(&sql);
        if let Some(expected) = expected {
            bad += 1;
            let refused: BTreeSet<&str> = report
                .findings
                .iter()
                .filter(|finding| finding.severity == Severity::Error && finding.suppressed.is_none())
                .map(|finding| &*finding.rule)
                .collect();
            for slug in expected.split(", ") {
                if !refused.contains(slug) {
                    faults.push(format!("{name}: {slug} is not among {refused:?}"));
                }
            }
            if report.outcome != Outcome::Fail {
                faults.push(format!("{name} passes"));
            }
        } else {
            good += 1;
            if report.outcome != Outcome::Pass {
                faults.push(format!("{name} is refused: {:?} {:?}", errors(&report), report.checks));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    println!("{bad} attacks refused, {good} twins accepted, {hazards} cases of hazards");
    assert!(bad >= 40 && good >= 15 && hazards >= 40, "{bad}, {good} and {hazards}");
}

fn change(contract: &str, sql: &str) -> CheckReport {
    let contract = Contract::read(contract.as_bytes()).unwrap();
    check(&Script::read(sql.as_bytes()).unwrap(), Some(&contract), &Context::default()).unwrap()
}

#[test]
fn a_change_of_new_tables_and_comments_passes() {
    let mut sql = "BEGIN;\n".to_owned();
    for number in 1..=12 {
        let table = format!(
            "CREATE TABLE cutter_governance.t{number} (\n  id text NOT NULL,\n  parent text,\n  created_at timestamptz \
             NOT NULL,\n  CONSTRAINT t{number}_pk PRIMARY KEY (id),\n  CONSTRAINT t{number}_fk FOREIGN KEY (parent) \
             REFERENCES cutter_governance.t1 (id)\n);\nCOMMENT ON TABLE cutter_governance.t{number} IS 'it''s';\n"
        );
        sql.push_str(&table);
    }
    sql.push_str("COMMIT;\n");
    let contract =
        "change q5\nallow\n CREATE TABLE = 12\n COMMENT\n within schema cutter_governance\n transaction one\n";
    let report = change(contract, &sql);
    assert_eq!(slugs(&report), BTreeSet::from(["foreign-key-without-index"]), "{:?}", report.findings);
    assert_eq!(report.outcome, Outcome::Pass, "{:?}", report.checks);
    assert_eq!((report.tags["CREATE TABLE"], report.script.statements), (12, 26));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(serde_json::from_value::<CheckReport>(json).unwrap(), report);
}

#[test]
fn a_change_of_columns_a_backfill_and_indexes_passes_with_warnings() {
    let sql = "BEGIN;\nALTER TABLE public.unit ADD COLUMN authority text;\nALTER TABLE public.unit ADD COLUMN profile text \
               DEFAULT 'v1';\nUPDATE public.unit SET authority = CASE WHEN status = 'enacted' THEN 'enacted' ELSE 'draft' \
               END WHERE authority IS NULL;\nCREATE TABLE gov.alias (id text PRIMARY KEY);\nCREATE INDEX alias_i ON \
               gov.alias (id);\nCREATE INDEX unit_i ON public.unit (authority);\nCOMMIT;\n";
    let contract = "change alpha\nallow\n ALTER TABLE = 2\n UPDATE = 1\n CREATE TABLE = 1\n CREATE INDEX = 2\n within \
                    schema public, gov\n transaction one\n";
    let report = change(contract, sql);
    assert_eq!(report.outcome, Outcome::Pass, "{:?} {:?}", errors(&report), report.checks);
    assert_eq!(
        slugs(&report),
        BTreeSet::from([
            "backfill-in-same-transaction",
            "index-not-concurrent",
            "missing-timeouts",
            "repeated-alter-table",
            "statement-under-lock",
            "unbatched-write",
        ])
    );
    let short = change(&contract.replace("ALTER TABLE = 2", "ALTER TABLE = 3"), sql);
    assert_eq!(short.outcome, Outcome::Fail);
    let check = short.checks.iter().find(|check| !check.passed()).unwrap();
    assert_eq!((check.id.as_str(), check.expected.as_str(), check.observed.as_str()), ("allow-1", "3", "2"));
}

#[test]
fn the_examples_pass_their_own_contracts() {
    for entry in std::fs::read_dir(root().join("examples")).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(sql) = std::fs::read(folder.join("change.sql")) else { continue };
        let contract = Contract::read(&std::fs::read(folder.join("change.contract")).unwrap()).unwrap();
        let report = check(&Script::read(&sql).unwrap(), Some(&contract), &Context::default()).unwrap();
        assert_eq!(report.outcome, Outcome::Pass, "{}: {:?}", folder.display(), errors(&report));
    }
}

#[test]
fn a_reason_suppresses_a_hazard_and_never_a_gate() {
    let report = run("-- pgwarrant: allow drop-column because nobody reads it\nALTER TABLE app.t DROP COLUMN c;\n");
    let finding = report.findings.iter().find(|finding| finding.rule == "drop-column").unwrap();
    assert_eq!(finding.suppressed.as_deref(), Some("nobody reads it"));
    let gate = run("-- pgwarrant: allow cascade because it is late\nDROP TABLE app.t CASCADE;\n");
    assert!(slugs(&gate).is_superset(&BTreeSet::from(["cascade", "suppression"])));
    assert_eq!(gate.outcome, Outcome::Fail);
}

#[test]
fn every_permission_lifts_its_rule_and_only_that() {
    for (permission, slug, sql) in [
        ("cascade", "cascade", "DROP TABLE app.t CASCADE;"),
        ("opaque", "opaque", "ALTER TABLE app.t ADD COLUMN c int DEFAULT app.f();"),
        ("dynamic sql", "dynamic-sql", "DO $$ BEGIN EXECUTE 'select 1'; END $$;"),
        ("temporary", "temporary-object", "CREATE TEMP TABLE t (id int);"),
        ("not in transaction", "not-in-transaction", "CREATE INDEX CONCURRENTLY i ON app.t (c);"),
        ("settings", "session-setting", "SET LOCAL work_mem = '1GB';"),
        ("non-ascii names", "non-ascii-identifier", "CREATE TABLE app.größe (id int);"),
        ("owner", "risky-alteration", "ALTER TABLE app.t OWNER TO x;"),
        ("rename", "risky-alteration", "ALTER INDEX app.i RENAME TO j;"),
        ("protection off", "risky-alteration", "ALTER TABLE app.t DISABLE TRIGGER x;"),
        ("storage", "risky-alteration", "ALTER TABLE app.t SET UNLOGGED;"),
        ("inheritance", "risky-alteration", "ALTER TABLE app.t NO INHERIT app.u;"),
    ] {
        let without = run(&format!("-- contract: SET\n{sql}"));
        assert!(slugs(&without).contains(slug), "{permission}: {:?}", slugs(&without));
        let with = run(&format!("-- contract: SET\n-- contract: permit {permission}\n{sql}"));
        assert!(!slugs(&with).contains(slug), "{permission}: {:?}", slugs(&with));
        assert_eq!(slugs(&without).len(), slugs(&with).len() + 1, "{permission}");
    }
    let role = run("-- contract: SET\n-- contract: permit settings\nSET ROLE postgres;");
    assert!(slugs(&role).contains("session-setting"));
    let both = run(
        "-- contract: transaction one\n-- contract: permit not in transaction\nBEGIN;\nCREATE INDEX CONCURRENTLY i ON app.t (c);\nCOMMIT;",
    );
    assert!(slugs(&both).contains("not-in-transaction"));
}

/// `docs/rules.md` is made of the rules' pages and of what is said of other linters: `UPDATE_DOCS=1` writes it anew.
#[test]
fn the_page_of_all_rules_is_up_to_date() {
    use std::fmt::Write as _;
    let mut page = "# The rules\n\nA *gate* rule says what is forbidden unless the contract allows it; it runs where there is a \
                    contract. A *hazard*\nrule says what a script does to those who use the database meanwhile; it runs always, \
                    and one comment above the statement\nlets it pass: `-- pgwarrant: allow RULE because REASON`. Errors refuse; \
                    warnings and notes are for the reviewer to weigh.\n`pgwarrant explain RULE` prints a rule's page.\n\n\
                    A rule knows what the same script created before it, which transaction a statement is in, the server's \
                    major (14 to 18\nwhere none is named), and a snapshot of the target where there is one. The body of a DO \
                    block is looked into like the script.\n\n| rule | family | severity | what it flags |\n|---|---|---|---|\n"
        .to_owned();
    for rule in rules() {
        let what = rule.page.split("\n\n").nth(2).unwrap().replace('\n', " ").replace('|', "\\|");
        let ends =
            what.match_indices(". ").find(|(at, _)| !what[..*at].ends_with('.')).map_or(what.len(), |(at, _)| at + 1);
        let first = &what[..ends];
        let (family, severity) =
            (serde_json::to_value(rule.family).unwrap(), serde_json::to_value(rule.severity).unwrap());
        let words = (family.as_str().unwrap(), severity.as_str().unwrap());
        writeln!(
            page,
            "| [{0}](../src/checks/rules/{1}/README.md) | {2} | {3} | {first} |",
            rule.slug,
            rule.slug.replace('-', "_"),
            words.0,
            words.1
        )
        .unwrap();
    }
    page.push_str(
        "\n## Where you come from another linter\n\nWhich of our rules have the same reason. `make rules-report` measures it on \
         the linters' own labelled files.\n",
    );
    let text = std::fs::read(root().join("tests/cases/rules_of_other_linters.json")).unwrap();
    let mapping: BTreeMap<String, BTreeMap<String, serde_json::Value>> = serde_json::from_slice(&text).unwrap();
    for (linter, theirs) in &mapping {
        write!(page, "\n| {linter} | pgwarrant |\n|---|---|\n").unwrap();
        for (rule, ours) in theirs {
            let slugs: Vec<&str> =
                ours["rules"].as_array().unwrap().iter().map(|slug| slug.as_str().unwrap()).collect();
            for slug in &slugs {
                assert!(rules().iter().any(|rule| rule.slug == *slug), "{linter} {rule}: there is no rule {slug}");
            }
            let about = ours["about"].as_str().map(|about| format!(": {about}")).unwrap_or_default();
            let what = if slugs.is_empty() { ours["note"].as_str().unwrap().to_owned() } else { slugs.join(", ") };
            writeln!(page, "| {rule}{about} | {what} |").unwrap();
        }
    }
    let path = root().join("docs/rules.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap_or_default() == page, "docs/rules.md is not what the rules say now");
}

#[test]
fn a_suppression_is_read_among_other_comments_and_kept_in_the_report() {
    let sql = "ALTER TABLE app.u ADD COLUMN c text;\n\n-- why it is done\n-- pgwarrant: allow drop-column because nobody reads it\n\
               --\n-- pgwarrant: allow missing-timeouts because the night is quiet\n/* and\n more */\n-- the last word\n\n\
               ALTER TABLE app.t DROP COLUMN c, DROP COLUMN d;\nALTER TABLE app.v DROP COLUMN c;\n";
    let report = plain(sql);
    let reasons: Vec<Option<&str>> = report
        .findings
        .iter()
        .filter(|finding| finding.rule == "drop-column")
        .map(|finding| finding.suppressed.as_deref())
        .collect();
    assert_eq!(reasons, [Some("nobody reads it"), Some("nobody reads it"), None]);
    let json = serde_json::to_string(&report).unwrap();
    assert!(json.contains(r#""suppressed":"nobody reads it""#) && !slugs(&report).contains("suppression"));
    // Behind a statement it may mean either.
    let behind = plain("DROP TABLE app.t; -- pgwarrant: allow drop-table because x\nDROP TABLE app.u;");
    assert!(slugs(&behind).contains("suppression"));
    assert!(behind.findings.iter().all(|finding| finding.suppressed.is_none()));
}

#[test]
fn a_finding_about_a_part_says_where_the_part_is() {
    let sql = "-- first\nCREATE TABLE app.t (\n  id bigint PRIMARY KEY,\n  \u{e9}t\u{e9} text, kind char(3) NOT NULL, b text\n);";
    let report = plain(sql);
    let finding = report.findings.iter().find(|finding| finding.rule == "char-column").unwrap();
    assert_eq!(finding.span.unwrap().of(sql), "kind char(3) NOT NULL, b text");
    assert_eq!((finding.place.unwrap().line, finding.place.unwrap().column), (4, 13));
}

#[test]
fn a_snapshot_says_what_the_text_cannot() {
    let object = |parent: Option<Key>, facts: serde_json::Value| Object {
        parent,
        facts: serde_json::from_value(facts).unwrap(),
        ..Object::default()
    };
    let table = Key::new("table", &["app", "item"]);
    let objects = BTreeMap::from([
        (table.clone(), object(None, serde_json::json!({}))),
        (
            table.child("constraint", "item_n"),
            object(Some(table.clone()), serde_json::json!({"type": "check", "expression": "(name IS NOT NULL)"})),
        ),
        (
            table.child("constraint", "item_m"),
            object(
                Some(table.clone()),
                serde_json::json!({"type": "check", "expression": "(maker IS NOT NULL)", "not_valid": true}),
            ),
        ),
        (
            Key::new("index", &["app", "item_maker"]),
            object(Some(table.clone()), serde_json::json!({"method": "btree", "keys": [{"column": "maker"}]})),
        ),
    ]);
    let snapshot = Snapshot {
        server: ServerVersion(170_000),
        database: "shop".to_owned(),
        objects: objects.into_iter().collect(),
        not_covered: Vec::new(),
        volatile: Volatile { row_estimates: BTreeMap::from([(table, 4_000_000)]), ..Volatile::default() },
    };
    let context = Context { known: Known::of(&snapshot), major: Some(17), ..Context::default() };
    let seen = |sql: &str| check(&Script::read(sql.as_bytes()).unwrap(), None, &context).unwrap();
    let proven = seen("ALTER TABLE app.item ALTER COLUMN name SET NOT NULL;");
    assert!(!slugs(&proven).contains("set-not-null"), "{:?}", proven.findings);
    let open = seen("ALTER TABLE app.item ALTER COLUMN maker SET NOT NULL;");
    let finding = open.findings.iter().find(|finding| finding.rule == "set-not-null").unwrap();
    assert_eq!(finding.facts["rows"], 4_000_000);
    assert!(finding.instruction.contains("CHECK"), "NOT NULL can be NOT VALID from 18 on: {}", finding.instruction);
    let foreign = |column: &str| {
        seen(&format!("ALTER TABLE app.item ADD FOREIGN KEY ({column}) REFERENCES app.maker (id) NOT VALID;"))
    };
    assert!(!slugs(&foreign("maker")).contains("foreign-key-without-index"));
    assert!(slugs(&foreign("owner")).contains("foreign-key-without-index"));
    let again = seen("CREATE TABLE IF NOT EXISTS app.item (id bigint PRIMARY KEY);\nCREATE INDEX i ON app.item (id);");
    assert!(slugs(&again).contains("index-not-concurrent"), "the table is there already");
    let newer = Context { major: Some(18), ..Context::default() };
    let script = Script::read(b"ALTER TABLE app.item ALTER COLUMN maker SET NOT NULL;").unwrap();
    let newer = check(&script, None, &newer).unwrap();
    let finding = newer.findings.iter().find(|finding| finding.rule == "set-not-null").unwrap();
    assert!(!finding.instruction.contains("CHECK"), "{}", finding.instruction);
}

/// Eight times the statements take about eight times as long: a rule that looked back at all of them would need 64.
#[test]
fn the_time_grows_with_the_statements() {
    use std::fmt::Write as _;
    let took = |count: u32| {
        let mut sql = String::new();
        for number in 0..count {
            let _ = write!(
                sql,
                "CREATE TABLE app.t{number} (id bigint PRIMARY KEY, a text);\nALTER TABLE app.u ADD COLUMN c{number} text;\n\
                 UPDATE app.t{number} SET a = 'x';\nALTER TABLE app.u ALTER COLUMN c{number} SET NOT NULL;\n"
            );
        }
        let script = Script::read(sql.as_bytes()).unwrap();
        let started = std::time::Instant::now();
        let report = check(&script, None, &Context::default()).unwrap();
        assert!(!slugs(&report).contains("every-row-written") && slugs(&report).contains("repeated-alter-table"));
        started.elapsed()
    };
    let (few, many) = (took(250), took(2000));
    assert!(many < few * 32, "{few:?} and {many:?}");
}

#[test]
fn without_a_contract_only_hazards_and_reading_count() {
    let script = Script::read(b"GRANT SELECT ON t TO r;\nDROP TABLE t;\nSELEC 1;").unwrap();
    let report = check(&script, None, &Context::default()).unwrap();
    assert_eq!(
        slugs(&report),
        BTreeSet::from([
            "drop-table",
            "missing-statement-timeout",
            "missing-timeouts",
            "not-repeatable",
            "table-without-schema",
            "unparsable"
        ])
    );
    assert_eq!(report.outcome, Outcome::Fail);
}

#[test]
fn messages_carry_no_control_characters() {
    let report = run("CREATE TABLE other.\"evil\u{a0}x\" (id int);");
    assert!(report.findings.iter().all(|finding| !finding.message.chars().any(char::is_control)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Pieces of statements in any order: a verdict, never a panic, and never a pass for what is not understood.
    #[test]
    fn any_text_gets_a_verdict(pieces in proptest::collection::vec(prop_oneof![
        Just("CREATE TABLE app.t"), Just(" (id int"), Just(")"), Just(" REFERENCES app.u"), Just(";"), Just(" CASCADE"),
        Just("DROP TABLE app.t"), Just("ALTER TABLE app.t"), Just(" ADD COLUMN c int"), Just(" DEFAULT f()"), Just(", "),
        Just(" ALTER c TYPE x.y"), Just("COMMENT ON "), Just("TABLE app.t IS "), Just("'x'"), Just("E'\\\''"), Just("$$"),
        Just(" -- x\n"), Just("/*"), Just("*/"), Just("\\g"), Just(":v"), Just("BEGIN"), Just("COMMIT"), Just(" AS SELECT 1"),
        Just("GRANT ALL ON app.t TO x"), Just("DO "), Just("SET ROLE x"), Just("\u{e9}"), Just("\""), Just("U&\"\\0061\""),
    ], 0..14)) {
        let sql = pieces.concat();
        if let Ok(script) = Script::read(sql.as_bytes()) {
            let report = check(&script, Some(&contract_for("")), &Context::default()).unwrap();
            let understood = report.statements.iter().all(|statement| statement.tag.is_some());
            prop_assert!(understood || report.outcome == Outcome::Fail);
            prop_assert!(report.tags.keys().all(|tag| contract_for("").admits(tag)) || report.outcome == Outcome::Fail);
        }
    }

    /// What stands in strings and comments never changes the verdict.
    #[test]
    fn strings_and_comments_are_only_text(words in "[a-zA-Z ;()]{0,40}") {
        let report = run(&format!("-- {words}\nCOMMENT ON TABLE app.t IS '{words}'; /* {words} */"));
        prop_assert_eq!(report.outcome, Outcome::Pass);
        prop_assert!(report.findings.is_empty());
    }
}
