//! Expressions that PostgreSQL writes differently after it has read its own text: a database of them has the same
//! fingerprint as its dump restored once, and restored twice.

use std::fmt::Write as _;

use pgwarrant::catalog::expression::settled;
use pgwarrant::catalog::{Key, Snapshot};
use pgwarrant::delta::Delta;

use crate::support::on_servers;

#[test]
fn what_the_server_writes_otherwise_after_reading_it_is_the_same() {
    let checks = [
        "v IN ('a', 'b')",
        "w NOT IN ('a', 'it''s', '),(]', E'a\\b')",
        "c IN ('a', 'b')",
        "d IN ('a', 'b') AND e IN ('a', 'b')",
        "v = ANY (ARRAY['a', NULL]::varchar[])",
        "v = ANY (ARRAY['a', 'b']::varchar(3)[])",
        "w IN ('a'::varchar(5), x)",
        "(NOT v COLLATE \"C\" IN ('a', 'b')) OR v LIKE ANY (ARRAY['a%', 'b%'])",
        "l[1] IN ('a', 'b') AND l <@ ARRAY['a', 'b']::varchar[]",
        "k @> ARRAY[ARRAY['a', 'b'], ARRAY['c', x]]::varchar[]::text[]",
        "CASE v WHEN 'a' THEN w IN ('x', 'y') ELSE x IN ('x', 'y') END",
        "COALESCE(v, w, 'a') IN ('x', 'y') AND (v, w) IN (('a', 'b'), ('c', 'd'))",
        "s BETWEEN 1 AND 5 AND s IN (1, 2) AND b IN (1, 2) AND n BETWEEN -1 AND 2.5",
        "z > now() - interval '1 day' AND z < '2030-01-01' AND o > interval '1-2' year to month",
        "substring(v from 1 for 2) IN ('ab', 'cd') AND v::varchar(2)::text IN ('ab', 'cd')",
        "(j ->> 'a')::varchar(3) IN ('x', 'y')",
    ];
    let mut script = "CREATE SCHEMA s; SET search_path = s; \
         CREATE DOMAIN s.d AS varchar(10) DEFAULT 'a' CHECK (VALUE IN ('a', 'b')); CREATE DOMAIN s.e AS text CHECK (VALUE IN ('a', 'b')); \
         CREATE TABLE t (v varchar, w varchar(10), c char(3), x text, d d, e e, l varchar[] DEFAULT ARRAY['a', 'b'], k text[], \
         m varchar(3)[] DEFAULT ARRAY['a', 'b'], s smallint, b bigint, n numeric(10, 2), z timestamptz, o interval, j jsonb); \
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE FUNCTION takes(a varchar, b varchar[] DEFAULT ARRAY['x', 'y']) RETURNS boolean RETURN a IN ('x', 'y'); \
         CREATE INDEX i ON t ((v IN ('a', 'b'))) WHERE w IN ('a', 'b'); \
         CREATE STATISTICS st ON (v IN ('a', 'b')), (lower(w)) FROM t; \
         CREATE POLICY p ON t USING (v IN ('a', 'b')) WITH CHECK (w NOT IN ('a', 'b')); \
         CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW WHEN (OLD.v IN ('a', 'b')) EXECUTE FUNCTION f(); \
         CREATE RULE r AS ON DELETE TO t WHERE OLD.v IN ('a', 'b') DO ALSO INSERT INTO t (v) VALUES ('x'); \
         CREATE MATERIALIZED VIEW mv AS SELECT v IN ('a', 'b') AS yes FROM t; \
         ALTER TABLE t ADD CONSTRAINT ex EXCLUDE USING btree (lower(v) WITH =) WHERE (w IN ('a', 'b')); \
         CREATE VIEW nat AS SELECT t.v, o.oo FROM t NATURAL LEFT JOIN (SELECT 1 AS oo) o; \
         CREATE TABLE part (v varchar) PARTITION BY LIST ((v IN ('a', 'b')));"
        .to_owned();
    for (at, check) in checks.iter().enumerate() {
        write!(
            script,
            "ALTER TABLE t ADD CONSTRAINT c{at} CHECK ({check}); \
             CREATE VIEW v{at} AS SELECT v AS first, ({check}) AS yes FROM t JOIN (SELECT w FROM t) u USING (w) WHERE {check};"
        )
        .unwrap();
    }
    on_servers(|server| {
        let (first, second, third) = (server.database(), server.database(), server.database());
        first.run(&script).unwrap();
        second.run(&first.dump()).unwrap();
        third.run(&second.dump()).unwrap();
        for copy in [&second, &third] {
            let (a, b) = (first.snapshot(), copy.snapshot());
            let delta = Delta::between(&a, &b);
            assert!(delta.is_empty(), "PostgreSQL {}: {}", server.major(), delta.to_text());
            assert_eq!(a.fingerprint(), b.fingerprint());
        }
    });
}

#[test]
fn what_means_the_same_is_the_same_and_nothing_else() {
    let same = [
        ("v IN ('a', 'b')", "v = ANY (ARRAY['a', 'b']::varchar[])"),
        ("v IN ('a', 'b')", "v::text=ANY(ARRAY[('a'::varchar)::text,'b'::varchar::text])"),
        (
            "v = ANY (ARRAY['a', 'b']::varchar(3)[])",
            "v::text = ANY (ARRAY['a'::varchar(3)::text, 'b'::varchar(3)::text])",
        ),
        ("s BETWEEN 1 AND 5 AND b > 0", "s >= 1 AND s <= 5 AND b > 0"),
        ("s NOT BETWEEN 1 AND 5 OR b > 0", "(((s < 1) OR (s > 5)) OR (b > 0))"),
        ("s>0", "  ( (\"s\") OPERATOR(pg_catalog.>) /* none */ 0::int4 )"),
    ];
    let other = [
        ("v IN ('a', 'b')", "v IN ('a', 'c')"),
        ("v IN ('a', 'b')", "v IN ('b', 'a')"),
        ("v IN ('a', 'b')", "v NOT IN ('a', 'b')"),
        ("v IN ('a', 'b')", "v IN ('a'::text, 'b')"),
        ("v IN ('a', 'b')", "v IN ('a'::varchar(1), 'b')"),
        ("v IN ('a', 'b')", "v COLLATE \"C\" IN ('a', 'b')"),
        ("v = '(ARRAY[1])::text[]'", "v = 'ARRAY[(1)::text]'"),
        ("(s > 0 AND b > 0) OR s < 9", "s > 0 AND (b > 0 OR s < 9)"),
        ("(s > 0 OR b > 0) OR s < 9", "(s > 0 AND b > 0) AND s < 9"),
    ];
    on_servers(|server| {
        let database = server.database();
        let mut session = database.session();
        let mut taken = |check: &str| {
            session.execute("BEGIN").unwrap();
            let table = "CREATE TABLE public.t (v varchar, s int, b int";
            session.execute(&format!("{table}, CONSTRAINT c CHECK ({check}))")).unwrap();
            let snapshot = Snapshot::read(&mut session).unwrap();
            session.execute("ROLLBACK").unwrap();
            snapshot.fingerprint()
        };
        for (one, two) in &same {
            assert_eq!(taken(one), taken(two), "PostgreSQL {}: {one} and {two}", server.major());
        }
        for (one, two) in &other {
            assert_ne!(taken(one), taken(two), "PostgreSQL {}: {one} and {two}", server.major());
        }
    });
}

/// Expressions that look alike in the catalog: each is what the server writes for it alone.
#[test]
fn what_is_alike_is_written_as_for_each_alone() {
    let checks = [
        "a > 0",
        "b > 0",
        "a > b",
        "b > a",
        "a > 1",
        "a >= 0",
        "a > 0 AND b > 0",
        "a IS NULL OR a > 0",
        "s.f(a)",
        "r.f(a)",
        "x = ':location 5'",
        "x = ':location 6'",
        "x = 'a'",
        "x = 'b'",
        "x::varchar(3) = 'a'",
        "x::varchar(4) = 'a'",
        "a::s.d > 0",
        "a::r.d > 0",
        "(a, b) > (0, 0)",
        "(t).a > 0",
        "(t) IS NOT NULL",
        "tableoid > 0",
        "\":location 5\" > 0",
        "\" :varattno 1\" > 0",
        "x COLLATE \"C\" < 'b'",
        "x < 'b' COLLATE \"POSIX\"",
        "e = 'one'",
        "e = 'two'",
        "s.f(b => a, a => b)",
        "s.f(a => a, b => b)",
        "a = ANY (ARRAY[1, 2])",
        "a = ANY (ARRAY[1, 3])",
        "(k).a > 0",
        "(k).b > 0",
    ];
    // The same columns at other places, under other names, and with the names the other way round.
    let tables = [
        ("s.t1 AS t", "a int, b int", ""),
        ("r.t1 AS t", "a int, b int", ""),
        ("s.t2 AS t", "gone int, b int, a int", "DROP COLUMN gone"),
        ("s.t3 AS t", "b int, a int", ""),
        ("s.t4 AS t", "a bigint, b smallint", ""),
    ];
    let mut script = "CREATE SCHEMA s; CREATE SCHEMA r; CREATE DOMAIN s.d AS int; CREATE DOMAIN r.d AS int; \
        CREATE TYPE s.e AS ENUM ('one', 'two'); CREATE TYPE s.k AS (a int, b int); \
        CREATE FUNCTION s.f(a bigint, b bigint DEFAULT 0) RETURNS boolean IMMUTABLE RETURN a > b; \
        CREATE FUNCTION r.f(a bigint, b bigint DEFAULT 1) RETURNS boolean IMMUTABLE RETURN a < b; CREATE SEQUENCE s.q;"
        .to_owned();
    for (table, columns, then) in tables {
        let name = table.split(' ').next().unwrap();
        let plain = name.replace('.', "_");
        write!(
            script,
            "CREATE TABLE {name} ({columns}, x text, \":location 5\" int, \" :varattno 1\" int, e s.e, k s.k);"
        )
        .unwrap();
        if !then.is_empty() {
            write!(script, "ALTER TABLE {name} {then};").unwrap();
        }
        for (at, check) in checks.iter().enumerate() {
            let own = check.replace("(t)", &format!("({})", name.split_once('.').unwrap().1));
            let whole_row = check.contains("(t)");
            let local = if whole_row { "NO INHERIT" } else { "" };
            write!(script, "ALTER TABLE {name} ADD CONSTRAINT c{at} CHECK ({own}) {local};").unwrap();
            let immutable = !own.contains("tableoid") && !whole_row;
            if immutable && !own.contains("::s.d") {
                write!(script, "CREATE INDEX {plain}_{at} ON {name} (a, ({own}), (a + b)) WHERE {own};").unwrap();
                write!(script, "CREATE INDEX {plain}_{at}_p ON {name} (b) WHERE {own};").unwrap();
            }
        }
        write!(
            script,
            "ALTER TABLE {name} ADD g1 bigint GENERATED ALWAYS AS (a + 1) STORED, ADD g2 bigint GENERATED ALWAYS AS (b + 1) STORED, \
             ADD d1 int DEFAULT 1, ADD d2 int DEFAULT 2, ADD d3 timestamptz DEFAULT now(), ADD d4 int DEFAULT nextval('s.q'), \
             ADD d5 text DEFAULT 'a :location 5', ADD d6 text DEFAULT 'a :location 6'; \
             CREATE TABLE {name}_child (own int) INHERITS ({name}); ALTER TABLE {name} RENAME COLUMN \":location 5\" TO later;"
        )
        .unwrap();
    }
    on_servers(|server| {
        let database = server.database();
        database.run_plainly(&script).unwrap();
        let taken = database.snapshot();
        let mut session = database.session();
        let rows = session
            .query(
                "SELECT n.nspname::text, r.relname::text, k.conname::text, pg_get_expr(k.conbin, k.conrelid) \
                 FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace \
                 WHERE k.contype = 'c' AND n.nspname IN ('s', 'r')",
                &[],
            )
            .unwrap();
        assert!(rows.len() >= tables.len() * checks.len());
        for row in &rows {
            let [schema, table, name, text]: [String; 4] = std::array::from_fn(|at| row.get(at));
            let found = taken.objects[&Key::new("constraint", &[&schema, &table, &name])].text("expression");
            assert_eq!(found, Some(settled(text).as_str()), "{schema}.{table} {name}");
        }
        let rows = session
            .query(
                "SELECT n.nspname::text, c.relname::text, pg_get_expr(i.indpred, i.indrelid), \
                 ARRAY(SELECT CASE WHEN i.indkey[g - 1] = 0 THEN pg_get_indexdef(i.indexrelid, g, false) END \
                 FROM generate_series(1, i.indnkeyatts::int4) g) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.indpred IS NOT NULL AND n.nspname IN ('s', 'r')",
                &[],
            )
            .unwrap();
        assert!(rows.len() >= tables.len() * checks.len());
        for row in &rows {
            let [schema, name, predicate]: [String; 3] = std::array::from_fn(|at| row.get(at));
            let keys: Vec<Option<String>> = row.get(3);
            let index = &taken.objects[&Key::new("index", &[&schema, &name])];
            assert_eq!(index.text("predicate"), Some(settled(predicate).as_str()), "{schema}.{name}");
            let found: Vec<Option<String>> = index
                .facts
                .get("keys")
                .unwrap()
                .as_array()
                .unwrap()
                .iter()
                .map(|key| key.get("expression").map(|text| text.as_str().unwrap().to_owned()))
                .collect();
            assert_eq!(found, keys.into_iter().map(|key| key.map(settled)).collect::<Vec<_>>(), "{schema}.{name}");
        }
        let rows = session
            .query(
                "SELECT n.nspname::text, r.relname::text, a.attname::text, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d \
                 JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN pg_class r ON r.oid = d.adrelid \
                 JOIN pg_namespace n ON n.oid = r.relnamespace WHERE n.nspname IN ('s', 'r')",
                &[],
            )
            .unwrap();
        assert!(rows.len() >= tables.len() * 8);
        for row in &rows {
            let [schema, table, name, text]: [String; 4] = std::array::from_fn(|at| row.get(at));
            let column = &taken.objects[&Key::new("column", &[&schema, &table, &name])];
            let generated = column.facts.get("generated").and_then(|generated| generated.get("expression"));
            let found = generated.and_then(|text| text.as_str()).or_else(|| column.text("default"));
            assert_eq!(found, Some(settled(text).as_str()), "{schema}.{table}.{name}");
        }
    });
}
