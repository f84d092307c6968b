//! `before` and `after` on snapshots made by hand: every form of line holds once and fails once.

use std::collections::BTreeMap;

use pgwarrant::base::{Check, Outcome, ServerVersion};
use pgwarrant::catalog::{Key, Object, Snapshot};
use pgwarrant::contract::{After, Answer, Contract, Judged, RowAnswers, Spread, ValueChange};
use pgwarrant::delta::Delta;
use pgwarrant::sql::{Facts, classify};
use serde_json::{Value, json};

/// A snapshot of these objects: kind, path, facts. What an object lies in follows from its path.
fn snapshot(objects: &[(&str, &[&str], Value)]) -> Snapshot {
    let mut all = BTreeMap::new();
    for (kind, path, facts) in objects {
        let parent = match path {
            [schema, _] => Some(Key::new("schema", &[schema])),
            [schema, table, ..] => Some(Key::new("table", &[schema, table])),
            _ => None,
        };
        let mut facts = facts.as_object().cloned().unwrap_or_default();
        let comment = facts.remove("comment").and_then(|text| text.as_str().map(str::to_owned));
        let parent = match facts.remove("table").and_then(|name| name.as_str().map(str::to_owned)) {
            Some(table) => Some(Key::new("table", &[path[0], &table])),
            None => parent,
        };
        all.insert(
            Key::new(kind, path),
            Object {
                parent,
                comment,
                facts: facts.into_iter().map(|(name, fact)| (name.into(), fact)).collect(),
                ..Object::default()
            },
        );
    }
    Snapshot {
        server: ServerVersion(160_014),
        database: "demo".to_owned(),
        objects: all.into_iter().collect(),
        not_covered: Vec::new(),
        volatile: pgwarrant::catalog::Volatile::default(),
    }
}

fn old() -> Vec<(&'static str, &'static [&'static str], Value)> {
    vec![
        ("schema", &["app"], json!({})),
        ("schema", &["other"], json!({})),
        ("table", &["app", "t"], json!({"column_order": ["id", "c"]})),
        ("column", &["app", "t", "id"], json!({"type": "integer", "not_null": true})),
        ("column", &["app", "t", "c"], json!({"type": "text"})),
        ("constraint", &["app", "t", "t_pk"], json!({"type": "primary key", "columns": ["id"]})),
        ("table", &["app", "u"], json!({"column_order": ["id", "t"]})),
        ("column", &["app", "u", "id"], json!({"type": "integer"})),
        ("column", &["app", "u", "t"], json!({"type": "integer"})),
        ("constraint", &["app", "u", "u_key"], json!({"type": "unique", "columns": ["id", "t"]})),
        (
            "constraint",
            &["app", "u", "u_t"],
            json!({"type": "foreign key", "columns": ["t"], "references": "app.t", "referenced_columns": ["id"]}),
        ),
        ("enum", &["app", "mood"], json!({"labels": ["calm"]})),
        ("database", &["current"], json!({"encoding": "UTF8"})),
        ("function", &["app", "f(integer)"], json!({"body": "1"})),
        ("extension", &["plpgsql"], json!({})),
    ]
}

fn contract(section: &str, line: &str) -> Contract {
    Contract::read(format!("change demo\n{section}\n{line}\n").as_bytes())
        .unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn rows(counts: &[(&str, i64)]) -> RowAnswers {
    counts.iter().map(|(id, count)| ((*id).to_owned(), Answer::Count(*count))).collect()
}

fn before(line: &str) -> Check {
    let answers = rows(&[("rows in app.t", 86), ("rows in app.t where c = 'x'", 2)]);
    Judged::checks(contract("before", line).evaluate_before(&snapshot(&old()), &answers)).remove(0)
}

#[test]
fn every_form_of_before_holds_once_and_fails_once() {
    for (holds, fails) in [
        ("tables = 2", "tables = 3"),
        ("tables in app >= 2", "tables in app <= 1"),
        ("columns in app.t = 2", "columns in app.t = 3"),
        ("foreign keys in app = 1", "foreign keys in app = 0"),
        ("rows in app.t = 86", "rows in app.t = 85"),
        ("rows in app.t where c = 'x' <= 2", "rows in app.t where c = 'x' >= 3"),
        ("schema app exists", "schema missing exists"),
        ("table app.missing absent", "table app.t absent"),
        ("column app.t.c exists", "column app.t.c absent"),
        ("constraint app.t.t_pk exists", "constraint app.t.u_key exists"),
        ("type app.mood exists", "type app.f exists"),
        ("enum app.mood exists", "domain app.mood exists"),
        ("function app.f(integer) exists", "function app.f(text) exists"),
        ("extension plpgsql exists", "extension plpgsql absent"),
        ("columns of app.t = id, c", "columns of app.t = c, id"),
        ("primary key of app.t = id", "primary key of app.u = id"),
        ("unique of app.u (id, t)", "unique of app.u (t, id)"),
        ("unique of app.u (id) absent", "unique of app.u (id, t) absent"),
        ("foreign key app.u (t) references app.t (id)", "foreign key app.u (t) references app.t (c)"),
        ("foreign key app.u (id) references app.t (id) absent", "foreign key app.u (t) references app.t (id) absent"),
    ] {
        assert_eq!(before(holds).result, Outcome::Pass, "{:?}", before(holds));
        assert_eq!(before(fails).result, Outcome::Fail, "{:?}", before(fails));
    }
    let unanswered = before("rows in app.u = 1");
    assert_eq!(unanswered.result, Outcome::NotRun);
    assert!(unanswered.because.is_some());
    assert_eq!(before("no foreign key crosses schemas").result, Outcome::Pass);
}

/// The old objects with some added, replaced or (`null`) taken away.
fn changed(changes: &[(&'static str, &'static [&'static str], Value)]) -> Snapshot {
    let mut objects = old();
    for (kind, path, facts) in changes {
        objects.retain(|(old_kind, old_path, _)| (old_kind, old_path) != (kind, path));
        if !facts.is_null() {
            objects.push((kind, path, facts.clone()));
        }
    }
    snapshot(&objects)
}

fn after(line: &str, changes: &[(&'static str, &'static [&'static str], Value)], statements: &[&str]) -> Check {
    let (old, new) = (snapshot(&old()), changed(changes));
    let delta = Delta::between(&old, &new);
    let statements: Vec<Facts> = statements.iter().map(|text| classify(text).unwrap()).collect();
    let values = [ValueChange {
        column: "app.t.c".to_owned(),
        rows: 86,
        changed: 10,
        before: Spread::default(),
        after: Spread::default(),
        unanswered: None,
    }];
    let evidence = After {
        before: &old,
        after: &new,
        delta: &delta,
        rows_before: &rows(&[("rows in app.t", 86)]),
        rows_after: &rows(&[("rows in app.t", 88)]),
        values: &values,
        statements: &statements,
    };
    Judged::checks(contract("after", line).evaluate_after(&evidence)).remove(0)
}

fn new_table() -> Vec<(&'static str, &'static [&'static str], Value)> {
    vec![
        ("table", &["app", "n"], json!({"column_order": ["id"]})),
        ("column", &["app", "n", "id"], json!({"type": "integer"})),
        ("constraint", &["app", "n", "n_pk"], json!({"type": "primary key", "columns": ["id"]})),
    ]
}

#[test]
fn every_form_of_after_holds_once_and_fails_once() {
    for (holds, fails) in [
        ("tables in app + 1", "tables in app + 2"),
        ("primary keys + 1", "primary keys unchanged"),
        ("foreign keys unchanged", "foreign keys + 1"),
        ("unique constraints - 0", "unique constraints - 1"),
        ("tables = 3", "tables = 2"),
        ("rows in app.t + 2", "rows in app.t unchanged"),
        ("rows in app.t >= 88", "rows in app.t = 86"),
        ("values of app.t.c change in 10 rows", "values of app.t.c change in 86 rows"),
        ("values of app.t.c change in <= 10 rows", "values of app.t.c unchanged"),
        ("table app.n exists", "table app.n absent"),
        ("table app.t unchanged", "table app.n unchanged"),
        ("columns of app.n = id", "columns of app.n = id, x"),
        ("primary key of app.n = id", "primary key of app.n = x"),
        ("no foreign key crosses schemas", "constraint app.u.u_t absent"),
    ] {
        let statement = ["CREATE TABLE app.n (id int PRIMARY KEY)"];
        let (good, bad) = (after(holds, &new_table(), &statement), after(fails, &new_table(), &statement));
        assert_eq!(good.result, Outcome::Pass, "{good:?}");
        assert_eq!(bad.result, Outcome::Fail, "{bad:?}");
    }
    let crossing = [(
        "constraint",
        &["app", "u", "u_x"][..],
        json!({"type": "foreign key", "columns": ["t"], "references": "other.t", "referenced_columns": ["id"]}),
    )];
    assert_eq!(after("no foreign key crosses schemas", &crossing, &[]).result, Outcome::Fail);
    assert_eq!(after("values of app.u.t change in 1 rows", &[], &[]).result, Outcome::NotRun);
}

/// The closed world: what each statement answers for, and what it does not.
#[test]
fn nothing_else_changes_means_it() {
    type Changes = Vec<(&'static str, &'static [&'static str], Value)>;
    let column: Changes = vec![
        ("table", &["app", "t"], json!({"column_order": ["id", "c", "n"]})),
        ("column", &["app", "t", "n"], json!({"type": "integer"})),
    ];
    let index: Changes = vec![("index", &["app", "t_c"], json!({"table": "t", "columns": ["c"]}))];
    let comment: Changes = vec![("table", &["app", "t"], json!({"column_order": ["id", "c"], "comment": "x"}))];
    let dropped: Changes = vec![("enum", &["app", "mood"], Value::Null)];
    let trigger: Changes = vec![("trigger", &["app", "t", "g"], json!({"definition": "x"}))];
    let function: Changes = vec![("function", &["app", "n()"], json!({"body": "x"}))];
    let altered: Changes = vec![("enum", &["app", "mood"], json!({"labels": ["calm", "wild"]}))];
    let mapping: Changes = vec![("user_mapping", &["s", "r"], json!({"options": ["username=x"]}))];
    let cast: Changes = vec![("cast", &["(integer AS app.mood)"], json!({"context": "implicit"}))];
    let transform: Changes = vec![("transform", &["FOR integer LANGUAGE sql"], json!({"to_sql": "f(internal)"}))];
    let defaults: Changes = vec![("default_privilege", &["r", "app", "tables"], json!({"x": true}))];
    let database: Changes = vec![("database", &["current"], json!({"encoding": "UTF8", "comment": "x"}))];
    let setting: Changes = vec![("setting", &["current", "r"], json!({"values": {"work_mem": "1MB"}}))];
    let system: Changes = vec![("system_object", &["function", "pg_catalog.now()"], json!({"x": true}))];
    let large: Changes = vec![("large_object", &["4711"], json!({"x": true}))];
    for (changes, statement, holds) in [
        (vec![], "UPDATE app.t SET c = 'x'", true),
        (new_table(), "CREATE TABLE app.n (id int PRIMARY KEY)", true),
        (new_table(), "CREATE TABLE app.m (id int PRIMARY KEY)", false),
        (new_table(), "CREATE TABLE other.n (id int PRIMARY KEY)", false),
        (new_table(), "ALTER TABLE app.n ADD COLUMN x int", false),
        (new_table(), "COMMENT ON TABLE app.n IS 'x'", false),
        (new_table(), "INSERT INTO app.n VALUES (1)", false),
        (new_table(), "CREATE TABLE app.m (id int REFERENCES app.n (id))", false),
        (column.clone(), "ALTER TABLE app.t ADD COLUMN n int", true),
        (column.clone(), "UPDATE app.t SET c = 'x'", false),
        (column.clone(), "COMMENT ON TABLE app.t IS 'x'", false),
        (column.clone(), "CREATE INDEX t_c ON app.t (c)", false),
        (column.clone(), "CREATE TRIGGER g BEFORE UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.f()", false),
        (column, "GRANT SELECT ON app.t TO r", false),
        (index.clone(), "CREATE INDEX t_c ON app.t (c)", true),
        (index.clone(), "CREATE INDEX ON app.t (c)", true),
        (index, "CREATE INDEX u_c ON app.u (t)", false),
        (comment.clone(), "COMMENT ON TABLE app.t IS 'x'", true),
        (comment, "COMMENT ON TABLE app.u IS 'x'", false),
        (dropped.clone(), "DROP TYPE app.mood", true),
        (dropped.clone(), "ALTER TYPE app.mood ADD VALUE 'wild'", false),
        (dropped, "COMMENT ON TYPE app.mood IS 'x'", false),
        (altered, "ALTER TYPE app.mood ADD VALUE 'wild'", true),
        (trigger.clone(), "CREATE TRIGGER g BEFORE UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.f()", true),
        (trigger, "CREATE TRIGGER h BEFORE UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.f()", false),
        (function.clone(), "CREATE FUNCTION app.n() RETURNS int RETURN 1", true),
        (function, "CREATE TABLE app.n (id int)", false),
        (mapping.clone(), "CREATE USER MAPPING FOR r SERVER s", true),
        (mapping.clone(), "CREATE USER MAPPING FOR q SERVER s", false),
        (mapping.clone(), "CREATE USER MAPPING FOR CURRENT_USER SERVER s", false),
        (mapping, "DROP USER MAPPING FOR r SERVER s", false),
        (cast.clone(), "CREATE CAST (int AS app.mood) WITHOUT FUNCTION", true),
        (cast, "CREATE CAST (app.mood AS int) WITHOUT FUNCTION", false),
        (transform.clone(), "CREATE TRANSFORM FOR int LANGUAGE sql (TO SQL WITH FUNCTION f(internal))", true),
        (transform, "CREATE TRANSFORM FOR int LANGUAGE c (TO SQL WITH FUNCTION f(internal))", false),
        (defaults.clone(), "ALTER DEFAULT PRIVILEGES FOR ROLE r IN SCHEMA app GRANT SELECT ON TABLES TO q", true),
        (defaults.clone(), "ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO q", true),
        (defaults.clone(), "ALTER DEFAULT PRIVILEGES FOR ROLE q IN SCHEMA app GRANT SELECT ON TABLES TO q", false),
        (defaults.clone(), "ALTER DEFAULT PRIVILEGES FOR ROLE r IN SCHEMA app GRANT USAGE ON TYPES TO q", false),
        (defaults, "ALTER DEFAULT PRIVILEGES FOR ROLE r GRANT SELECT ON TABLES TO q", false),
        (database.clone(), "COMMENT ON DATABASE demo IS 'x'", true),
        (database.clone(), "COMMENT ON DATABASE other IS 'x'", false),
        (database, "ALTER DATABASE demo CONNECTION LIMIT 5", true),
        (setting.clone(), "ALTER ROLE r IN DATABASE demo SET work_mem = '1MB'", true),
        (setting.clone(), "ALTER ROLE q IN DATABASE demo SET work_mem = '1MB'", false),
        (setting.clone(), "ALTER ROLE r IN DATABASE other SET work_mem = '1MB'", false),
        (setting, "ALTER ROLE r SET work_mem = '1MB'", false),
        (system.clone(), "GRANT EXECUTE ON FUNCTION pg_catalog.now() TO r", true),
        (system.clone(), "GRANT EXECUTE ON FUNCTION pg_catalog.no() TO r", false),
        (system, "ALTER FUNCTION pg_catalog.now() COST 5", false),
        (large.clone(), "GRANT SELECT ON LARGE OBJECT 4711 TO r", true),
        (large.clone(), "COMMENT ON LARGE OBJECT 4711 IS 'x'", true),
        (large, "GRANT SELECT ON LARGE OBJECT 4712 TO r", false),
    ] {
        let check = after("nothing else changes", &changes, &[statement]);
        assert_eq!(check.passed(), holds, "{statement}: {check:?}");
    }
    let named = contract("after", "enum app.mood absent\nnothing else changes");
    assert!(named.is_closed());
}
