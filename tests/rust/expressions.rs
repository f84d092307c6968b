//! Expressions that PostgreSQL writes differently after it has read its own text: a database of them has the same
//! fingerprint as its dump restored once, and restored twice.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::fmt::Write as _;

use pgwarrant::catalog::Snapshot;
use pgwarrant::delta::Delta;
use support::on_every_server;

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
    on_every_server(|server| {
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
    on_every_server(|server| {
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
