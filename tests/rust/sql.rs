//! The facts of statements, against tables and against the tags that a real server returned (`PGWARRANT_CORPUS`).

use std::collections::BTreeMap;
use std::path::Path;

use pgwarrant::base::Coded;
use pgwarrant::sql::{Action, Facts, SqlError, TransactionControl, classify, classify_all, identifiers};
use serde_json::Value;

fn facts(statement: &str) -> Facts {
    classify(statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
}

#[test]
fn tags_are_the_servers() {
    for (statement, tag) in [
        ("CREATE TABLE a.t (id int)", "CREATE TABLE"),
        ("COMMENT ON TABLE a.t IS 'x'", "COMMENT"),
        ("CREATE UNIQUE INDEX i ON a.t (id)", "CREATE INDEX"),
        ("ALTER TABLE a.t ADD COLUMN c int", "ALTER TABLE"),
        ("ALTER TABLE a.t RENAME COLUMN c TO d", "ALTER TABLE"),
        ("ALTER INDEX a.i RENAME TO j", "ALTER INDEX"),
        ("ALTER SCHEMA a RENAME TO b", "ALTER SCHEMA"),
        ("UPDATE a.t SET c = CASE WHEN true THEN 1 END", "UPDATE"),
        ("INSERT INTO a.t VALUES (1)", "INSERT"),
        ("BEGIN", "BEGIN"),
        ("START TRANSACTION", "START TRANSACTION"),
        ("END", "COMMIT"),
        ("ABORT", "ROLLBACK"),
        ("DO $$ begin end $$", "DO"),
        ("DROP MATERIALIZED VIEW a.v", "DROP MATERIALIZED VIEW"),
        ("DROP TEXT SEARCH DICTIONARY a.v", "DROP TEXT SEARCH DICTIONARY"),
        ("TRUNCATE a.t", "TRUNCATE TABLE"),
        ("RESET ALL", "RESET"),
        ("DISCARD ALL", "DISCARD ALL"),
        ("CREATE PROCEDURE a.p() LANGUAGE sql AS ''", "CREATE PROCEDURE"),
        ("GRANT SELECT ON a.t TO r", "GRANT"),
        ("REVOKE r FROM s", "REVOKE ROLE"),
        ("CREATE TYPE a.e AS ENUM ('x')", "CREATE TYPE"),
        ("CREATE TRUSTED LANGUAGE l HANDLER a.h", "CREATE LANGUAGE"),
        ("ALTER TEXT SEARCH DICTIONARY a.d (stopwords = 'x')", "ALTER TEXT SEARCH DICTIONARY"),
        ("ALTER TEXT SEARCH CONFIGURATION a.c ADD MAPPING FOR word WITH simple", "ALTER TEXT SEARCH CONFIGURATION"),
    ] {
        assert_eq!(facts(statement).tag, tag, "{statement}");
    }
}

#[test]
fn objects_are_named_with_what_is_done_to_them() {
    for (statement, expected) in [
        ("CREATE TABLE a.t (id int REFERENCES b.u (id))", "create table a.t; reference relation b.u"),
        ("ALTER TABLE a.t ADD COLUMN c int", "alter table a.t; create column a.t.c"),
        (
            "ALTER TABLE a.t ALTER c SET DEFAULT 1, DROP COLUMN d",
            "alter table a.t; alter column a.t.c; drop column a.t.d",
        ),
        ("COMMENT ON COLUMN a.t.c IS 'x'", "alter column a.t.c"),
        ("COMMENT ON TABLE a.t IS 'x'", "alter table a.t"),
        ("COMMENT ON SCHEMA a IS 'x'", "alter schema a"),
        ("COMMENT ON CONSTRAINT k ON a.t IS 'x'", "alter constraint a.t.k"),
        ("COMMENT ON FUNCTION a.f(int) IS 'x'", "alter function a.f"),
        ("CREATE INDEX i ON a.t (c)", "create index a.i; alter table a.t"),
        ("DROP TABLE a.t, u", "drop table a.t; drop table u"),
        ("DROP SCHEMA a", "drop schema a"),
        ("DROP TRIGGER g ON a.t", "drop trigger a.t.g"),
        ("ALTER TABLE a.t RENAME TO u", "drop table a.t; create table a.u"),
        ("ALTER TABLE a.t RENAME COLUMN c TO d", "alter table a.t; drop column a.t.c; create column a.t.d"),
        ("UPDATE a.t SET c = 1 FROM b.u", "write relation a.t; reference relation b.u"),
        ("WITH x AS (DELETE FROM a.t RETURNING 1) SELECT * FROM x", "write relation a.t"),
        ("CREATE SCHEMA s CREATE TABLE t (id int)", "create schema s; create table s.t"),
        ("CREATE VIEW a.v AS WITH w AS (SELECT 1) SELECT * FROM w, b.u", "create view a.v; reference relation b.u"),
        ("GRANT SELECT ON a.t TO r", "alter table a.t"),
        ("GRANT USAGE ON SCHEMA a TO r", "alter schema a"),
        ("GRANT CREATE ON DATABASE d TO r", "alter database d"),
        ("COMMENT ON DATABASE d IS 'x'", "alter database d"),
        ("GRANT SELECT ON LARGE OBJECT 4711 TO r", "alter large object \"4711\""),
        ("ALTER LARGE OBJECT 4294967295 OWNER TO r", "alter large object \"4294967295\""),
        ("CREATE USER MAPPING FOR r SERVER s", "create user mapping s.r"),
        ("ALTER USER MAPPING FOR PUBLIC SERVER s OPTIONS (ADD a 'b')", "alter user mapping s.\"PUBLIC\""),
        ("DROP USER MAPPING FOR CURRENT_USER SERVER s", "drop user mapping s"),
        ("ALTER ROLE r IN DATABASE d SET work_mem = '1MB'", "alter setting d.r"),
        ("ALTER ROLE ALL IN DATABASE d RESET ALL", "alter setting d.\"PUBLIC\""),
        ("ALTER ROLE r SET work_mem = '1MB'", "alter role r"),
        ("DROP CAST (int AS a.\"B\")", "drop cast \"(integer AS a.\"\"B\"\")\"; reference type a.\"B\""),
        ("DROP TRANSFORM FOR varchar LANGUAGE sql", "drop transform \"FOR character varying LANGUAGE sql\""),
        ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO r", "alter default privilege tables"),
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE p, q IN SCHEMA a GRANT USAGE ON TYPES TO r",
            "alter default privilege a.types.p; alter default privilege a.types.q",
        ),
        ("CREATE TABLE a.t (c b.e, d text, e my_type)", "create table a.t; reference type my_type; reference type b.e"),
        (
            "CREATE TRIGGER g BEFORE UPDATE ON a.t FOR EACH ROW EXECUTE FUNCTION a.f()",
            "create trigger a.t.g; reference function a.f",
        ),
        ("ALTER TABLE a.t SET SCHEMA b", "alter table a.t; alter schema b"),
    ] {
        let found: Vec<String> = facts(statement)
            .objects
            .iter()
            .map(|object| {
                let action = serde_json::to_value(object.action).unwrap();
                format!("{} {} {object}", action.as_str().unwrap(), object.kind)
            })
            .filter(|text| !(text.starts_with("reference") && text.ends_with("a.t")))
            .collect();
        assert_eq!(found.join("; "), expected, "{statement}");
    }
}

#[test]
fn flags_say_what_the_words_say_and_no_more() {
    for statement in [
        "DROP TABLE a.t CASCADE",
        "ALTER TABLE a.t DROP COLUMN c CASCADE",
        "ALTER TABLE a.t DROP CONSTRAINT c CASCADE",
        "ALTER TYPE a.t DROP ATTRIBUTE c CASCADE",
        "TRUNCATE a.t CASCADE",
        "DROP OWNED BY r CASCADE",
        "REVOKE SELECT ON a.t FROM r CASCADE",
        "REVOKE r FROM s CASCADE",
        "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM r CASCADE",
        "ALTER DOMAIN a.d DROP CONSTRAINT c CASCADE",
        "CREATE EXTENSION e CASCADE",
        "DROP FUNCTION a.f CASCADE",
    ] {
        assert!(facts(statement).flags.cascade, "{statement}");
    }
    for statement in [
        "CREATE TABLE a.t (id int REFERENCES a.u ON DELETE CASCADE ON UPDATE CASCADE)",
        "CREATE VIEW a.v AS SELECT 1 AS x WITH CASCADED CHECK OPTION",
        "COMMENT ON TABLE a.t IS 'DROP TABLE x CASCADE'",
        "CREATE TABLE a.\"CASCADE\" (\"cascade\" int) -- CASCADE",
        "DROP TABLE a.t RESTRICT",
        "CREATE TABLE a.\"grant\" (id int)",
    ] {
        assert!(!facts(statement).flags.cascade, "{statement}");
    }
    assert!(facts("CREATE TABLE a.t (id int REFERENCES a.u ON DELETE CASCADE)").flags.on_delete_cascade);
    assert!(facts("CREATE TEMP TABLE t (id int)").flags.temporary);
    assert!(facts("CREATE TABLE pg_temp.t (id int)").flags.temporary);
    assert!(facts("CREATE UNLOGGED TABLE a.t (id int)").flags.unlogged);
    assert!(facts("CREATE INDEX CONCURRENTLY i ON a.t (c)").flags.concurrently);
    assert!(facts("REINDEX (CONCURRENTLY) TABLE a.t").flags.concurrently);
    assert!(facts("ALTER TABLE a.t ADD CONSTRAINT c CHECK (true) NOT VALID").flags.not_valid);
    assert!(facts("CREATE OR REPLACE VIEW a.v AS SELECT 1").flags.or_replace);
    assert!(facts("DROP TABLE IF EXISTS a.t").flags.if_exists);
    assert!(facts("CREATE TABLE IF NOT EXISTS a.t ()").flags.if_not_exists);
}

#[test]
fn functions_are_found_in_every_context() {
    for statement in [
        "ALTER TABLE a.t ADD COLUMN c int DEFAULT evil(1)",
        "ALTER TABLE a.t ADD CONSTRAINT c CHECK (evil(2) = 1)",
        "ALTER TABLE a.t ALTER COLUMN c TYPE bigint USING evil(8)",
        "CREATE TABLE a.p PARTITION OF a.q FOR VALUES FROM (evil(13)) TO (100)",
        "CREATE TABLE a.t AS SELECT evil()",
        "SELECT evil() INTO a.t",
        "CREATE MATERIALIZED VIEW a.v AS SELECT evil()",
        "CREATE DOMAIN a.d AS int CHECK (evil(value) = 1)",
        "CREATE INDEX i ON a.t (public.evil(c))",
        "CREATE INDEX i ON a.t (c) WHERE evil(c)",
        "EXPLAIN SELECT evil()",
        "CREATE VIEW a.v AS SELECT evil()",
        "CREATE RULE r AS ON INSERT TO a.t DO SELECT evil()",
        "CREATE POLICY p ON a.t USING (evil())",
        "CREATE POLICY p ON a.t WITH CHECK (evil())",
        "CREATE TRIGGER g BEFORE UPDATE ON a.t FOR EACH ROW WHEN (evil()) EXECUTE FUNCTION a.f()",
        "CREATE FUNCTION a.f() RETURNS int BEGIN ATOMIC SELECT evil(); END",
        "CREATE FUNCTION a.f(x int DEFAULT evil()) RETURNS int RETURN 1",
        "CREATE STATISTICS a.s ON (evil(c)), d FROM a.t",
        "CREATE TABLE a.t (c int GENERATED ALWAYS AS (evil(d)) STORED)",
        "CREATE TABLE a.t (c int, EXCLUDE USING gist (evil(c) WITH =))",
        "CREATE TABLE a.t (c int) PARTITION BY RANGE (evil(c))",
        "INSERT INTO a.t VALUES (evil())",
        "INSERT INTO a.t VALUES (1) RETURNING evil()",
        "UPDATE a.t SET c = 1 WHERE evil()",
        "DELETE FROM a.t USING evil()",
        "MERGE INTO a.t USING a.u ON evil() WHEN MATCHED THEN DELETE",
        "PREPARE p AS SELECT evil()",
        "DECLARE c CURSOR FOR SELECT evil()",
        "CALL evil()",
        "COPY a.t FROM '/f' WHERE evil()",
        "COPY (SELECT evil()) TO STDOUT",
        "CREATE SCHEMA s CREATE TABLE t (c int DEFAULT evil())",
        "CREATE PUBLICATION p FOR TABLE a.t WHERE (evil())",
        "SELECT * FROM ROWS FROM (evil())",
        "SELECT 1 ORDER BY evil()",
        "SELECT 1 LIMIT evil()",
        "SELECT * FROM a.t TABLESAMPLE system (evil())",
        "SELECT count(*) OVER (PARTITION BY evil())",
        "SELECT count(*) FILTER (WHERE evil())",
    ] {
        let found = facts(statement);
        assert!(found.functions.iter().any(|name| name.ends_with("evil")), "{statement}: {:?}", found.functions);
        assert!(found.opaque.iter().any(|opaque| opaque.what.ends_with("evil")), "{statement}: {:?}", found.opaque);
    }
    let plain = facts("ALTER TABLE a.t ADD COLUMN c timestamptz DEFAULT now(), ADD d uuid DEFAULT gen_random_uuid()");
    assert!(plain.opaque.is_empty(), "{:?}", plain.opaque);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    for (statement, code) in [
        ("SELEC 1", "sql.unparsable"),
        ("\\! id", "sql.unparsable"),
        (";", "sql.no-statement"),
        ("-- only words", "sql.no-statement"),
        ("SELECT 1; SELECT 2", "sql.several-statements"),
        (r"COMMENT ON TABLE marker IS 'x\''; CREATE SCHEMA evil; --'", "sql.string-syntax"),
        ("nul \0", "sql.unparsable"),
    ] {
        assert_eq!(classify(statement).unwrap_err().code(), code, "{statement:?}");
    }
    assert!(facts(r"SELECT '^\d+$'").backslash_strings);
    assert!(!facts(r"SELECT E'^\\d+$', $$\d$$").backslash_strings);
    for depth in [60, 10_000, 200_000] {
        let deep = format!("SELECT {}1{}", "(".repeat(depth), ")".repeat(depth));
        let chain = format!("SELECT 1{}", " || 'x'".repeat(depth));
        for statement in [deep, chain] {
            if let Err(error) = classify(&statement) {
                assert_eq!(error.code(), "sql.too-deep", "{depth}: {error}");
            }
        }
    }
    let long = format!("COMMENT ON TABLE a.t IS '{}'", "x".repeat(1_000_000));
    assert_eq!(facts(&long).tag, "COMMENT");
}

#[test]
fn transactions_settings_and_parameters_are_seen() {
    assert_eq!(facts("BEGIN READ ONLY").transaction, Some(TransactionControl::Begin { options: 1 }));
    assert_eq!(facts("COMMIT AND CHAIN").transaction, Some(TransactionControl::Commit { chain: true }));
    assert_eq!(facts("ROLLBACK TO s").transaction, Some(TransactionControl::RollbackTo));
    assert_eq!(facts("PREPARE TRANSACTION 'x'").transaction, Some(TransactionControl::Prepare));
    for statement in [
        "CREATE INDEX CONCURRENTLY i ON a.t (c)",
        "VACUUM",
        "ALTER SYSTEM SET a.b = 1",
        "CREATE DATABASE d",
        "REINDEX SCHEMA s",
        "DISCARD ALL",
        "CLUSTER",
        "COMMIT PREPARED 'x'",
        "DROP INDEX CONCURRENTLY a.i",
        "ALTER TABLE a.p DETACH PARTITION a.q CONCURRENTLY",
    ] {
        assert!(!facts(statement).in_transaction, "{statement}");
    }
    for statement in ["CREATE INDEX i ON a.t (c)", "ANALYZE", "REINDEX TABLE a.t", "ALTER TYPE a.e ADD VALUE 'x'"] {
        assert!(facts(statement).in_transaction, "{statement}");
    }
    for (statement, name) in [
        ("SET search_path = a", "search_path"),
        ("RESET ROLE", "role"),
        ("SET ROLE NONE", "role"),
        ("RESET ALL", "*"),
        ("SET SESSION AUTHORIZATION DEFAULT", "session_authorization"),
        ("SELECT set_config('role', 'none', false)", "role"),
        ("ALTER ROLE r SET search_path = a", "search_path"),
        ("ALTER DATABASE d SET role = x", "role"),
        ("SET LOCAL lock_timeout = '5s'", "lock_timeout"),
        ("ALTER SYSTEM SET work_mem = 1", "work_mem"),
    ] {
        assert_eq!(
            facts(statement).sets.iter().map(|set| set.name.as_str()).collect::<Vec<_>>(),
            [name],
            "{statement}"
        );
    }
    assert_eq!(facts("SET LOCAL lock_timeout = '5s'").sets[0].value.as_deref(), Some("5s"));
    assert_eq!(facts("SELECT $1").parameters, 1);
    assert_eq!(facts("CREATE FUNCTION a.f(int) RETURNS int RETURN $1").parameters, 0);
    assert_eq!(facts("CREATE FUNCTION a.f() RETURNS int LANGUAGE c AS 'x'").languages, ["c"]);
    let definer = facts("CREATE FUNCTION a.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET role TO postgres AS ''");
    assert_eq!(definer.routine_options, ["SECURITY DEFINER", "SET role"]);
}

#[test]
fn identifiers_are_seen_as_written() {
    let long = "x".repeat(70);
    let found = identifiers(&format!("CREATE TABLE a.{long} (\"é\"\"b\" int, U&\"\\0075sers\" int)")).unwrap();
    let names: Vec<&str> = found.iter().map(|identifier| identifier.name.as_str()).collect();
    assert_eq!(names[..3], ["a", &long, "é\"b"]);
    assert!(found[3].escaped);
}

#[test]
fn alterations_tell_what_the_server_has_to_do() {
    let found = facts(
        "ALTER TABLE a.t ADD COLUMN c int NOT NULL DEFAULT random(), ADD d numeric(10,2) DEFAULT 1::numeric, \
                       ADD CONSTRAINT k FOREIGN KEY (c) REFERENCES a.u NOT VALID, ALTER e TYPE bigint",
    );
    let [add, plain, key, retype] = found.alterations.as_slice() else { panic!("{found:?}") };
    assert!(add.not_null && add.default.as_ref().unwrap().volatile);
    assert!(plain.default.as_ref().unwrap().constant && plain.type_name.as_deref() == Some("numeric(10,2)"));
    assert!(key.constraints[0].not_valid && key.constraints[0].references.as_deref() == Some("a.u"));
    assert_eq!((retype.command.as_str(), retype.type_name.as_deref()), ("ALTER COLUMN TYPE", Some("int8")));
    assert_eq!(
        found.commands().collect::<Vec<_>>(),
        ["ADD COLUMN", "ADD COLUMN", "ADD CONSTRAINT", "ALTER COLUMN TYPE"]
    );
    assert_eq!(found.of(Action::Create).count(), 3);
}

#[test]
fn parts_tell_whether_they_can_be_repeated_and_where_they_go() {
    let altered = facts("ALTER TABLE a.t ADD COLUMN IF NOT EXISTS c int, DROP COLUMN d, DROP CONSTRAINT IF EXISTS e");
    assert_eq!(altered.alterations.iter().map(|part| part.guarded).collect::<Vec<_>>(), [true, false, true]);
    let value = facts("ALTER TYPE a.e ADD VALUE IF NOT EXISTS 'x' BEFORE 'y'");
    let part = &value.alterations[0];
    assert_eq!((part.name.as_deref(), part.guarded, part.beside.as_deref()), (Some("x"), true, Some("y")));
    assert_eq!(facts("ALTER TYPE a.e RENAME VALUE 'x' TO 'y'").commands().collect::<Vec<_>>(), ["RENAME VALUE"]);
    for (sql, command) in [
        ("SET NOT NULL", "SET NOT NULL"),
        ("DROP NOT NULL", "DROP NOT NULL"),
        ("SET DEFAULT 1", "SET DEFAULT"),
        ("DROP DEFAULT", "DROP DEFAULT"),
        ("ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID", "ADD CONSTRAINT"),
        ("DROP CONSTRAINT IF EXISTS c", "DROP CONSTRAINT"),
        ("VALIDATE CONSTRAINT c", "VALIDATE CONSTRAINT"),
    ] {
        assert_eq!(facts(&format!("ALTER DOMAIN a.d {sql}")).commands().collect::<Vec<_>>(), [command]);
    }
    let domain = facts("CREATE DOMAIN a.d AS text DEFAULT 'x' NOT NULL CHECK (VALUE <> '')");
    assert_eq!(domain.definitions.len(), 2, "a default is no constraint: {:?}", domain.definitions);
    let names: Vec<_> =
        facts("CREATE TYPE a.e AS ENUM ('x', 'y')").definitions.into_iter().map(|part| part.name).collect();
    assert_eq!(names, [Some("x".into()), Some("y".into())]);
}

#[test]
fn indexes_and_checks_tell_their_columns() {
    let index = facts("CREATE UNIQUE INDEX i ON a.t (b, lower(c), d) WHERE b > 0").index.unwrap();
    assert_eq!(index.columns, [Some("b".into()), None, Some("d".into())]);
    assert!(index.unique && index.partial);
    for (check, columns) in [
        ("c IS NOT NULL", vec!["c"]),
        ("(c IS NOT NULL AND d IS NOT NULL) AND e > 0", vec!["c", "d"]),
        ("c IS NOT NULL OR d IS NOT NULL", vec![]),
        ("NOT (c IS NOT NULL)", vec![]),
        ("c IS NULL", vec![]),
        ("(c).x IS NOT NULL", vec![]),
        ("c + d IS NOT NULL", vec![]),
    ] {
        let added = facts(&format!("ALTER TABLE a.t ADD CONSTRAINT x CHECK ({check})"));
        let mut seen = added.alterations[0].constraints[0].never_null.clone();
        seen.sort();
        assert_eq!(seen, columns, "{check}");
    }
    let by_index = facts("ALTER TABLE a.t ADD CONSTRAINT x PRIMARY KEY USING INDEX i");
    assert_eq!(by_index.alterations[0].constraints[0].index.as_deref(), Some("i"));
}

#[test]
fn columns_that_are_named_twice_are_seen() {
    for (sql, name) in [
        ("CREATE TABLE a.t (x int, y int, x text)", Some("x")),
        ("CREATE FOREIGN TABLE a.t (x int, x text) SERVER s", Some("x")),
        ("INSERT INTO a.t (x, y, x) VALUES (1, 2, 3)", Some("x")),
        ("UPDATE a.t SET x = 1, x = 2", Some("x")),
        ("UPDATE a.t SET (x, y) = (1, 2), y = 3", Some("y")),
        ("UPDATE a.t SET x[1] = 1, x[2] = 2", None),
        ("UPDATE a.t SET \"X\" = 1, x = 2", None),
        ("MERGE INTO a.t USING a.s ON true WHEN NOT MATCHED THEN INSERT (x, x) VALUES (1, 2)", Some("x")),
        ("MERGE INTO a.t USING a.s ON true WHEN MATCHED THEN UPDATE SET x = 1, x = 2", Some("x")),
        ("CREATE VIEW a.v AS SELECT 1, 2", Some("?column?")),
        ("CREATE VIEW a.v AS SELECT t.x, s.x FROM a.t, a.s", Some("x")),
        ("CREATE VIEW a.v (x, y) AS SELECT 1 AS z, 2 AS z", None),
        ("CREATE VIEW a.v (x) AS SELECT 1 AS z, 2 AS x", Some("x")),
        ("CREATE TABLE a.t AS SELECT 1 AS x, 2 AS x", Some("x")),
        ("SELECT 1 AS x, 2 AS x", None),
        ("SELECT 1 AS x, 2 AS x INTO a.t", Some("x")),
    ] {
        assert_eq!(facts(sql).repeated.as_deref(), name, "{sql}");
    }
}

#[test]
fn a_do_block_tells_its_steps() {
    let block = facts(
        "DO $$ BEGIN IF true THEN ALTER TABLE a.t ADD COLUMN c int, DROP COLUMN d; END IF; \
         PERFORM 1; DELETE FROM a.t WHERE x IS NULL; END $$",
    );
    let tags: Vec<&str> = block.steps.iter().map(|step| step.tag.as_str()).collect();
    assert_eq!(tags, ["ALTER TABLE", "DELETE"]);
    assert_eq!(block.steps[0].commands().collect::<Vec<_>>(), ["ADD COLUMN", "DROP COLUMN"]);
    assert!(block.steps[0].alterations.iter().all(|part| part.offset.is_none()) && block.steps[1].unbounded);
    // What a routine does it does later.
    assert!(facts("CREATE FUNCTION a.f() RETURNS void LANGUAGE sql AS 'DELETE FROM a.t'").steps.is_empty());
}

#[test]
fn tags_equal_those_of_a_real_server() {
    let Some(corpus) = std::env::var_os("PGWARRANT_CORPUS") else {
        println!("not run: PGWARRANT_CORPUS names no folder");
        return;
    };
    let folder = Path::new(&corpus).join("psql_truth/16");
    let (mut right, mut wrong, mut refused) = (0, BTreeMap::<String, usize>::new(), BTreeMap::<String, usize>::new());
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let truth: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for record in truth["statements"].as_array().unwrap() {
            let [Value::String(tag)] = record["tags"].as_array().map_or(&[][..], Vec::as_slice) else { continue };
            if record["located"] != "verbatim" || !record["error"].is_null() {
                continue;
            }
            let text = record["text"].as_str().unwrap();
            let server = tag.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
            match classify(text) {
                Ok(facts) if same(&facts.tag, server) => right += 1,
                Ok(facts) => *wrong.entry(format!("{} is {server}: {}", facts.tag, clip(text))).or_default() += 1,
                // An empty statement; a string that only another setting can read.
                Err(SqlError::NoStatement) if text.trim() == ";" => {}
                Err(SqlError::Unparsable { .. })
                    if strings_are_off(truth["statements"].as_array().unwrap(), record) => {}
                Err(error) => *refused.entry(format!("{}: {}", error.code(), clip(text))).or_default() += 1,
            }
        }
    }
    println!("tags: {right} right, {} wrong, {} refused", wrong.len(), refused.len());
    assert!(wrong.is_empty() && refused.is_empty(), "{wrong:#?} {refused:#?}");
    assert!(right > 0);
}

/// Whether the last setting before the record turned `standard_conforming_strings` off.
fn strings_are_off(records: &[Value], record: &Value) -> bool {
    let before = records.iter().take_while(|other| *other != record).filter_map(|other| other["text"].as_str());
    let setting = before.filter(|text| text.contains("standard_conforming_strings")).last();
    setting.is_some_and(|text| text.to_lowercase().starts_with("set") && text.trim_end_matches(';').ends_with("off"))
}

/// What the server returns when the statement ran is its tag, but for three that report something else: a stored query
/// reports its rows, EXECUTE what was prepared, and the COMMIT of a failed transaction that it was rolled back.
fn same(ours: &str, server: &str) -> bool {
    ours == server
        || (server == "SELECT" && matches!(ours, "CREATE TABLE AS" | "SELECT INTO" | "CREATE MATERIALIZED VIEW"))
        || ours == "EXECUTE"
        || (ours, server) == ("COMMIT", "ROLLBACK")
}

fn clip(text: &str) -> String {
    text.chars().take(90).collect()
}

/// Each shape `n` deep: the server's own limits are far above what anybody writes and far below what ends a process.
fn shapes(n: usize) -> Vec<(&'static str, String)> {
    let around = |open: &str, inner: &str, close: &str| format!("SELECT {}{inner}{}", open.repeat(n), close.repeat(n));
    vec![
        ("concatenation", format!("SELECT 'a'{}", " || 'a'".repeat(n))),
        ("sum", format!("SELECT 1{}", " + 1".repeat(n))),
        ("conjunction", format!("SELECT true{}", " AND true".repeat(n))),
        ("negation", around("NOT ", "true", "")),
        ("cast", around("", "1", "::int")),
        ("parentheses", around("(", "1", ")")),
        ("array", around("ARRAY[", "1", "]")),
        ("subscript", around("a[", "1", "]")),
        ("row", around("ROW(", "1", ")")),
        ("call", around("abs(", "1", ")")),
        ("case", around("CASE WHEN true THEN ", "1", " END")),
        ("subselect", around("(SELECT ", "1", ")")),
        ("from", format!("{}SELECT 1{}", "SELECT * FROM (".repeat(n), ") AS x".repeat(n))),
        ("union", format!("SELECT 1{}", " UNION SELECT 1".repeat(n))),
        ("with", format!("{}SELECT 1{}", "WITH x AS (".repeat(n), ") SELECT * FROM x".repeat(n))),
        ("join", format!("SELECT * FROM t{}", " JOIN t ON true".repeat(n))),
        ("collate", around("", "'a'", " COLLATE \"C\"")),
        ("field", around("(", "a", ").b")),
        ("list", format!("SELECT 1 IN (1{})", ", 1".repeat(n))),
    ]
}

#[test]
fn what_people_write_is_never_too_deep() {
    for (shape, text) in shapes(200) {
        classify(&text).unwrap_or_else(|error| panic!("{shape}: {error}"));
    }
    for (shape, text) in shapes(1_000) {
        let flat = ["concatenation", "sum", "conjunction", "list", "union", "join"].contains(&shape);
        assert!(!flat || classify(&text).is_ok(), "{shape}");
    }
    let literal = format!("SELECT '{}'", "x".repeat(1_000_000));
    assert!(classify(&literal).is_ok());
    let body = format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT {} $$", "1 + ".repeat(1_000) + "1");
    assert!(classify(&body).unwrap().opaque.is_empty());
}

#[test]
fn no_depth_ends_the_process() {
    for n in [5_000, 10_000, 100_000] {
        for (shape, text) in shapes(n) {
            let begun = std::time::Instant::now();
            let outcome = classify(&text);
            let took = begun.elapsed();
            println!("{n} {shape}: {} in {took:?}", outcome.as_ref().map_or_else(Coded::code, |_| "ok"));
            assert!(took.as_secs() < 60, "{n} {shape} takes {took:?}");
            if let Err(error) = outcome {
                assert!(matches!(error, SqlError::TooDeep | SqlError::Unparsable { .. }), "{n} {shape}: {error}");
            }
        }
    }
    let bodies = [
        format!("DO $$ BEGIN {} NULL; {} END $$", "IF true THEN ".repeat(20_000), "END IF; ".repeat(20_000)),
        format!("DO $$ {} END $$", "BEGIN ".repeat(20_000)),
        format!("DO $$ BEGIN x := {}1{}; END $$", "(".repeat(20_000), ")".repeat(20_000)),
    ];
    for body in bodies {
        let facts = classify(&body);
        assert!(facts.is_err() || !facts.unwrap().opaque.is_empty());
    }
}

/// Statements are parsed many in one call. What each is must not depend on its neighbours, whatever they leave open.
#[test]
fn a_statement_is_the_same_among_others_as_alone() {
    const PIECES: [&str; 12] = [
        "SELECT 1",
        "SELECT '",
        "'",
        "SELECT \"",
        "\"",
        "SELECT $$",
        "$$",
        "/*",
        "*/",
        "--\n",
        ";",
        "ALTER TABLE b ADD c int",
    ];
    let mut random = fastrand::Rng::with_seed(20);
    for _ in 0..4_000 {
        let mut one =
            || (0..random.usize(1..4)).map(|_| PIECES[random.usize(0..PIECES.len())]).collect::<String>() + ";";
        let statements: Vec<String> = (0..2).map(|_| one()).collect();
        let texts: Vec<&str> = statements.iter().map(String::as_str).collect();
        let together: Vec<_> = classify_all(&texts).unwrap().collect();
        let alone: Vec<_> = texts.iter().map(|text| classify(text)).collect();
        assert_eq!(together, alone, "{texts:#?}");
    }
}
