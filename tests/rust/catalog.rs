//! Snapshots and deltas of real servers: every case changes the fingerprint, a restored dump has the same one, a role
//! without privileges is told what it does not see.

use std::collections::BTreeSet;

use pgwarrant::base::QualifiedName;
use pgwarrant::catalog::{CatalogError, Key, NotCounted, Noun, Scope, Snapshot};
use pgwarrant::delta::{Delta, Form};
use pgwarrant::pg::Session;

use crate::support::{on_servers, snapshot};

fn rich() -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/catalog");
    std::fs::read_to_string(root.join("rich.sql")).unwrap()
}

#[test]
fn a_restored_dump_has_the_same_fingerprint() {
    on_servers(|server| {
        let (first, second) = (server.database(), server.database());
        first.run(&rich()).unwrap();
        let dump = first.dump();
        // Roles belong to the server: they are there already.
        second.run(&dump).unwrap();
        let (a, b) = (first.snapshot(), second.snapshot());
        let delta = Delta::between(&a, &b);
        assert!(delta.is_empty(), "{}", delta.to_text());
        assert_eq!(a.fingerprint(), b.fingerprint());
    });
}

#[test]
fn a_saved_snapshot_is_read_back_whole() {
    on_servers(|server| {
        let database = server.database();
        database.run(&rich()).unwrap();
        let taken = database.snapshot();
        let json = taken.to_json().unwrap();
        let read = Snapshot::from_json(&json).unwrap();
        assert_eq!(taken, read);
        let text = String::from_utf8(json).unwrap();
        let other = text.replacen("\"format\":1", "\"format\":2", 1);
        assert!(matches!(Snapshot::from_json(other.as_bytes()), Err(CatalogError::Format { .. })));
        let forged = text.replacen("\"owner\":\"postgres\"", "\"owner\":\"mallory\"", 1);
        assert!(matches!(Snapshot::from_json(forged.as_bytes()), Err(CatalogError::Altered { .. })));
    });
}

#[test]
fn the_session_must_be_pinned_and_in_a_transaction() {
    on_servers(|server| {
        let database = server.database();
        let mut session = database.session();
        assert!(matches!(Snapshot::read(&mut session), Err(CatalogError::NoTransaction)));
        session.execute("BEGIN").unwrap();
        session.execute("SET LOCAL search_path = public").unwrap();
        assert!(matches!(Snapshot::read(&mut session), Err(CatalogError::SearchPath { .. })));
        session.execute("ROLLBACK").unwrap();
    });
}

#[test]
fn settings_do_not_change_the_fingerprint_and_come_back() {
    on_servers(|server| {
        let database = server.database();
        database.run(&rich()).unwrap();
        let plain = database.snapshot().fingerprint();
        let mut session = database.session();
        for setting in [
            "TimeZone = 'Asia/Tokyo'",
            "DateStyle = 'German, DMY'",
            "quote_all_identifiers = on",
            "extra_float_digits = -5",
        ] {
            session.execute(&format!("SET {setting}")).unwrap();
        }
        assert_eq!(snapshot(&mut session).fingerprint(), plain);
        let rows = session.query("SELECT pg_catalog.current_setting('TimeZone')", &[]).unwrap();
        assert_eq!(rows[0].get::<_, String>(0), "Asia/Tokyo");
    });
}

#[test]
fn uncommitted_changes_of_the_own_transaction_are_seen() {
    on_servers(|server| {
        let database = server.database();
        let mut session = database.session();
        session.execute("BEGIN").unwrap();
        let before = Snapshot::read(&mut session).unwrap();
        session.execute("CREATE TABLE public.fresh (id int PRIMARY KEY)").unwrap();
        let after = Snapshot::read(&mut session).unwrap();
        session.execute("ROLLBACK").unwrap();
        let delta = Delta::between(&before, &after);
        let created: Vec<String> = delta.objects(Form::Created).map(Key::to_string).collect();
        assert_eq!(created, ["table public.fresh", "column public.fresh.id", "constraint public.fresh.fresh_pkey"]);
        assert_eq!(database.snapshot(), before_without_volatile(&before, &database.snapshot()));
    });
}

#[test]
fn a_delta_says_what_needs_what() {
    on_servers(|server| {
        let database = server.database();
        database.run("CREATE TABLE public.u (id int PRIMARY KEY)").unwrap();
        let before = database.snapshot();
        let change = "CREATE TYPE public.mood AS ENUM ('good'); CREATE TABLE public.t (m public.mood, u int REFERENCES public.u); \
                      CREATE VIEW public.v AS SELECT m FROM public.t; ALTER TABLE public.u ADD COLUMN n int";
        database.run(change).unwrap();
        let after = database.snapshot();
        let needs = |delta: &Delta| -> Vec<String> {
            delta.dependencies.iter().map(|need| format!("{} needs {}", need.name, need.needs)).collect()
        };
        let there = Delta::between(&before, &after);
        // What did not change is nobody's need here, nor is what something lies in.
        assert_eq!(
            needs(&there),
            [
                "column public.t.m needs enum public.mood",
                "column public.v.m needs enum public.mood",
                "constraint public.t.t_u_fkey needs column public.t.u",
                "view public.v needs column public.t.m",
            ]
        );
        let back = Delta::between(&after, &before);
        assert_eq!((needs(&back), back.dependencies.len()), (needs(&there), 4));
        assert_eq!(there.normalised("postgres").dependencies, there.dependencies);
        assert!(Delta::between(&after, &after).dependencies.is_empty());
    });
}

/// Volatile facts may move; the rest must not.
fn before_without_volatile(before: &Snapshot, now: &Snapshot) -> Snapshot {
    Snapshot { volatile: now.volatile.clone(), ..before.clone() }
}

#[test]
fn a_plain_role_sees_the_same_structure_and_is_told_what_it_does_not_see() {
    on_servers(|server| {
        let database = server.database();
        database.run(&rich()).unwrap();
        database.run("DO $$ BEGIN CREATE ROLE plain LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$").unwrap();
        let whole = database.snapshot();
        let mut session = database.session_as("plain");
        let seen = snapshot(&mut session);
        assert_eq!(seen.fingerprint(), whole.fingerprint());
        assert!(seen.not_covered.iter().any(|missing| missing.kind == "position of a sequence"));
        database.run("REVOKE SELECT ON pg_catalog.pg_policy FROM PUBLIC").unwrap();
        let seen = snapshot(&mut session);
        assert!(seen.not_covered.iter().any(|missing| missing.kind == "policy"));
        assert!(matches!(seen.count(Noun::Policies, &Scope::Database), Err(NotCounted::NotRead { .. })));
        assert!(whole.count(Noun::Policies, &Scope::Database).unwrap() > 0);
    });
}

/// A hardened server: what a kind is read from is closed, one catalog after the other.
#[test]
fn what_is_closed_to_a_role_is_named_and_the_rest_is_the_same() {
    on_servers(|server| {
        let database = server.database();
        database.run(&rich()).unwrap();
        database
            .run("DO $$ BEGIN CREATE ROLE outsider LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
            .unwrap();
        let mut session = database.session_as("outsider");
        let mut whole = database.snapshot();
        let mut closed = std::collections::BTreeSet::new();
        for kind in pgwarrant::catalog::kinds::ALL {
            for catalog in kind.catalogs() {
                database.run(&format!("REVOKE SELECT ON pg_catalog.{catalog} FROM PUBLIC")).unwrap();
                let readers = pgwarrant::catalog::kinds::ALL.iter().filter(|kind| kind.catalogs().contains(catalog));
                closed.extend(readers.map(|kind| kind.name()));
                whole.objects.retain(|key, _| !closed.contains(key.kind.as_str()));
                let mut seen = Snapshot::begin(&mut session).unwrap();
                session.execute("ROLLBACK").unwrap();
                // That a catalog was closed is itself a fact.
                assert_ne!(seen.of_kind("system_object").count(), 0, "{catalog}");
                seen.objects.retain(|key, _| key.kind != "system_object");
                let database = Key::new("database", &["current"]);
                if seen.not_covered.iter().any(|missing| missing.kind.starts_with("alteration of the server")) {
                    let facts = &mut whole.objects.get_mut(&database).unwrap().facts;
                    let kept = facts.iter().filter(|(name, _)| *name != "system_definitions");
                    *facts = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
                }
                let delta = Delta::between(&whole, &seen);
                assert!(delta.is_empty(), "without {catalog}: {}", delta.to_text());
                for kind in &closed {
                    let missing = seen.not_covered.iter().find(|missing| missing.kind == *kind).unwrap();
                    assert!(missing.because.contains("may not read"), "{}", missing.because);
                }
            }
        }
        assert!(closed.len() > 3);
    });
}

#[test]
fn nouns_are_counted_or_refused_but_never_guessed() {
    on_servers(|server| {
        let database = server.database();
        database
            .run(
                "CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY, a text NOT NULL DEFAULT 'x', b int UNIQUE, \
                 CHECK (b > 0)); CREATE INDEX t_a ON s.t (a); CREATE TABLE s.p (k int) PARTITION BY LIST (k); \
                 CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES IN (1); CREATE VIEW s.v AS SELECT a FROM s.t; \
                 CREATE TABLE s.i (id int GENERATED ALWAYS AS IDENTITY REFERENCES s.t); COMMENT ON TABLE s.t IS 'c'; \
                 CREATE TYPE s.e AS ENUM ('a'); GRANT SELECT, INSERT ON s.t TO PUBLIC; GRANT SELECT (a) ON s.t TO PUBLIC; \
                 CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION s.f() FROM PUBLIC",
            )
            .unwrap();
        let snapshot = database.snapshot();
        let schema = Scope::Schema("s".into());
        for (noun, expected) in [
            (Noun::Tables, 3),
            (Noun::Partitions, 1),
            (Noun::Views, 1),
            (Noun::Columns, 6),
            (Noun::Defaults, 1),
            (Noun::NotNulls, 3),
            (Noun::PrimaryKeys, 1),
            (Noun::ForeignKeys, 1),
            (Noun::UniqueConstraints, 1),
            (Noun::CheckConstraints, 1),
            (Noun::ExclusionConstraints, 0),
            (Noun::Indexes, 3),
            (Noun::Sequences, 1),
            (Noun::Functions, 1),
            (Noun::Types, 1),
            (Noun::Comments, 1),
            (Noun::Grants, 3),
        ] {
            assert_eq!(snapshot.count(noun, &schema), Ok(expected), "{noun}");
        }
        let relation = |name: &str| Scope::Relation(QualifiedName::new("s", name));
        assert_eq!(snapshot.count(Noun::Columns, &relation("v")), Ok(1));
        assert_eq!(snapshot.count(Noun::Indexes, &relation("t")), Ok(3));
        assert_eq!(snapshot.count(Noun::Partitions, &relation("p")), Ok(1));
        assert_eq!(snapshot.count(Noun::Sequences, &relation("i")), Ok(1));
        assert_eq!(snapshot.count(Noun::Grants, &relation("t")), Ok(3));
        assert!(matches!(snapshot.count(Noun::Columns, &relation("none")), Err(NotCounted::NoRelation { .. })));
        assert!(matches!(snapshot.count(Noun::Tables, &relation("t")), Err(NotCounted::OutOfScope { .. })));
        assert!(matches!(
            snapshot.count(Noun::Tables, &Scope::Schema("none".into())),
            Err(NotCounted::NoSchema { .. })
        ));
        assert!(matches!(snapshot.count(Noun::Publications, &schema), Err(NotCounted::OutOfScope { .. })));
        database.run("CREATE TYPE s.r AS RANGE (subtype = int)").unwrap();
        assert_eq!(database.snapshot().count(Noun::Types, &schema), Ok(2));
    });
}

#[test]
fn every_kind_is_counted_by_a_noun_of_its_own() {
    // The database is one; the others are there only where something was said about them.
    let uncounted = ["database", "large_object", "system_object"];
    // What these count depends on their facts, and the test before this one counts them.
    let counted_elsewhere = ["column", "constraint"];
    for kind in pgwarrant::catalog::kinds::ALL.iter().map(|kind| kind.name()) {
        let snapshot = Snapshot {
            server: pgwarrant::base::ServerVersion(160_000),
            database: "d".to_owned(),
            objects: [(Key::new(kind, &["a"]), pgwarrant::catalog::Object::default())].into_iter().collect(),
            not_covered: Vec::new(),
            volatile: pgwarrant::catalog::Volatile::default(),
        };
        let counts = |noun: &Noun| snapshot.count(*noun, &Scope::Database) == Ok(1);
        let counted = Noun::ALL.iter().any(counts) || counted_elsewhere.contains(&kind);
        assert_eq!(counted, !uncounted.contains(&kind), "{kind}");
    }
}

#[test]
fn the_digest_does_not_depend_on_the_role_that_runs() {
    on_servers(|server| {
        let mut digests = Vec::new();
        for role in ["deployer_a", "deployer_b"] {
            let database = server.database();
            database
                .run(&format!(
                    "DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
                     CREATE SCHEMA s; GRANT USAGE, CREATE ON SCHEMA s TO {role}; \
                     DO $$ BEGIN CREATE ROLE guest; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
                ))
                .unwrap();
            let mut session = database.session_as(role);
            let before = snapshot(&mut session);
            session.execute("CREATE TABLE s.t (id int PRIMARY KEY)").unwrap();
            session.execute("GRANT SELECT ON s.t TO guest").unwrap();
            let after = snapshot(&mut session);
            digests.push(Delta::between(&before, &after).normalised(role));
        }
        assert_eq!(digests[0].digest(), digests[1].digest());
        assert_ne!(digests[0].before, digests[1].before);
        let read = Delta::from_json(&digests[0].to_json().unwrap()).unwrap();
        assert_eq!(read, digests[0]);
    });
}

#[test]
fn a_key_is_found_by_its_address() {
    on_servers(|server| {
        let database = server.database();
        database.run("CREATE TABLE public.t (id int PRIMARY KEY DEFAULT 1)").unwrap();
        let taken = database.snapshot();
        let mut session: Session = database.session();
        let rows = session
            .query(
                "SELECT 'public.t'::regclass::oid, (SELECT oid FROM pg_attrdef), 'public.t_pkey'::regclass::oid, \
                 (SELECT reltype FROM pg_class WHERE relname = 't')",
                &[],
            )
            .unwrap();
        let oid = |at: usize| rows[0].get::<_, u32>(at);
        let key = |class: &str, oid, subid| taken.key_of(class, oid, subid).map(Key::to_string);
        assert_eq!(key("pg_class", oid(0), 0).as_deref(), Some("table public.t"));
        assert_eq!(key("pg_class", oid(0), 1).as_deref(), Some("column public.t.id"));
        assert_eq!(key("pg_attrdef", oid(1), 0).as_deref(), Some("column public.t.id"));
        assert_eq!(key("pg_class", oid(2), 0).as_deref(), Some("constraint public.t.t_pkey"));
        assert_eq!(key("pg_type", oid(3), 0).as_deref(), Some("table public.t"));
        assert_eq!(key("pg_class", 1, 0), None);
    });
}

#[test]
fn no_fact_is_an_oid_of_what_the_snapshot_does_not_hold() {
    on_servers(|server| {
        let database = server.database();
        database
            .run(
                "CREATE TABLE public.member (id int PRIMARY KEY); ALTER EXTENSION plpgsql ADD TABLE public.member; \
                 CREATE TABLE public.heir () INHERITS (public.member); \
                 CREATE TABLE public.pointer (id int REFERENCES public.member); \
                 CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
                 CREATE CONSTRAINT TRIGGER watch AFTER INSERT ON public.pointer FROM public.member \
                 FOR EACH ROW EXECUTE FUNCTION public.f(); \
                 CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; \
                 CREATE FOREIGN TABLE public.far (id int) SERVER s; \
                 CREATE TABLE public.near () INHERITS (public.far)",
            )
            .unwrap();
        let taken = database.snapshot();
        let object = |kind: &str, path: &[&str]| &taken.objects[&Key::new(kind, path)];
        assert_eq!(object("table", &["public", "heir"]).texts("inherits"), ["public.member"]);
        assert_eq!(object("table", &["public", "near"]).texts("inherits"), ["public.far"]);
        let key = object("constraint", &["public", "pointer", "pointer_id_fkey"]);
        assert_eq!((key.text("references"), key.texts("referenced_columns")), (Some("public.member"), vec!["id"]));
        assert_eq!(object("trigger", &["public", "pointer", "watch"]).text("from"), Some("public.member"));
    });
}

#[test]
fn labels_are_read_as_facts() {
    on_servers(|server| {
        let database = server.database();
        let label = |labels: &str| {
            let values = format!("INSERT INTO pg_catalog.pg_seclabel VALUES {labels}");
            database.run(&format!("SET allow_system_table_mods = on; {values}")).unwrap();
        };
        database
            .run("CREATE TABLE public.t (a int); CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
            .unwrap();
        let before = database.snapshot();
        // A provider is a library; what it has said is a row.
        label(
            "('public.t'::regclass, 'pg_class'::regclass, 0, 'z', 'secret'), \
               ('public.t'::regclass, 'pg_class'::regclass, 0, 'a', 'it''s'), \
               ('public.t'::regclass, 'pg_class'::regclass, 1, 'a', 'b'), \
               ('public.f()'::regprocedure, 'pg_proc'::regclass, 0, 'a', 'c')",
        );
        let after = database.snapshot();
        let labels = |kind: &str, path: &[&str]| {
            let object = &after.objects[&Key::new(kind, path)];
            object.texts("security_labels").into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(labels("table", &["public", "t"]), ["a=it's", "z=secret"]);
        assert_eq!(labels("column", &["public", "t", "a"]), ["a=b"]);
        assert_eq!(labels("function", &["public", "f()"]), ["a=c"]);
        let delta = Delta::between(&before, &after);
        let undone = pgwarrant::inverse::Inverse::of(&delta, &before, &after).unwrap();
        let mut expected = vec![
            "SECURITY LABEL FOR a ON COLUMN public.t.a IS NULL",
            "SECURITY LABEL FOR a ON FUNCTION public.f() IS NULL",
            "SECURITY LABEL FOR a ON TABLE public.t IS NULL",
            "SECURITY LABEL FOR z ON TABLE public.t IS NULL",
        ];
        let mut statements = undone.statements.clone();
        statements.sort();
        expected.sort_unstable();
        assert_eq!(statements, expected);
        let back = Delta::between(&after, &before);
        let again = pgwarrant::inverse::Inverse::of(&back, &after, &before).unwrap().statements;
        assert!(again.contains(&"SECURITY LABEL FOR a ON TABLE public.t IS 'it''s'".to_owned()), "{again:?}");
    });
}

#[test]
fn constructors_of_a_range_type_are_no_functions() {
    on_servers(|server| {
        let database = server.database();
        database.run("CREATE TYPE public.span AS RANGE (subtype = int)").unwrap();
        assert_eq!(database.snapshot().of_kind("function").count(), 0);
    });
}

#[test]
fn an_appended_or_dropped_column_is_one_change() {
    on_servers(|server| {
        let database = server.database();
        database.run("CREATE TABLE public.t (a int, b int, c int)").unwrap();
        let before = database.snapshot();
        database.run("ALTER TABLE public.t ADD d int; ALTER TABLE public.t DROP b").unwrap();
        let after = database.snapshot();
        let delta = Delta::between(&before, &after);
        let changes: Vec<&str> = delta.changes.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(changes, ["column public.t.b", "column public.t.d"]);
        database.run("ALTER TABLE public.t ADD b int; ALTER TABLE public.t DROP d").unwrap();
        let moved = Delta::between(&before, &database.snapshot());
        assert_eq!(moved.changes.len(), 1, "{}", moved.to_text());
        assert_eq!(moved.changes[0].fields[0].field, "column_order");
    });
}

#[test]
fn a_rename_is_told_within_one_database_and_nowhere_else() {
    on_servers(|server| {
        let database = server.database();
        database
            .run(
                "CREATE SCHEMA old; CREATE SCHEMA other; CREATE TABLE old.t (id int PRIMARY KEY, a int); \
                 CREATE INDEX by_a ON old.t (a); CREATE VIEW old.v AS SELECT a FROM old.t; \
                 CREATE FUNCTION old.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            )
            .unwrap();
        let before = database.snapshot();
        let copy = server.copy(&database);
        let rename = "ALTER TABLE old.t RENAME TO u; ALTER TABLE old.u RENAME a TO b; ALTER TABLE old.u SET SCHEMA other; \
                      ALTER VIEW old.v RENAME TO w; ALTER FUNCTION old.f() SET SCHEMA other; \
                      DROP INDEX other.by_a; CREATE INDEX by_b ON other.u (b)";
        for there in [&database, &copy] {
            there.run(rename).unwrap();
        }
        let told = |after: &Snapshot| -> Vec<String> {
            let delta = Delta::between(&before, after);
            assert_eq!(Delta::from_json(&delta.to_json().unwrap()).unwrap(), delta);
            delta.renamed.iter().map(|same| format!("{} > {}", same.name, same.now)).collect()
        };
        assert_eq!(
            told(&database.snapshot()),
            [
                "column old.t.a > column other.u.b",
                "function old.f() > function other.f()",
                "table old.t > table other.u",
                "view old.v > view old.w",
            ]
        );
        // The copy has the same oids and is another database.
        assert!(told(&copy.snapshot()).is_empty());
        // So has a database of another server, even if its own oid is the same.
        let mut elsewhere = database.snapshot();
        assert!(elsewhere.volatile.system_identifier.is_some());
        elsewhere.volatile.system_identifier = Some("1".to_owned());
        assert!(told(&elsewhere).is_empty());
        // Whoever may not ask is told nothing.
        database.run("REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC").unwrap();
        database.run("DO $$ BEGIN CREATE ROLE blind LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$").unwrap();
        let blind = snapshot(&mut database.session_as("blind"));
        assert_eq!(blind.volatile.system_identifier, None);
        assert!(told(&blind).is_empty());
    });
}

#[test]
fn every_kind_is_a_folder_and_a_line() {
    use pgwarrant::catalog::kinds;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders: std::collections::BTreeSet<String> = std::fs::read_dir(root.join("catalog/kinds"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let listed: std::collections::BTreeSet<String> = kinds::ALL.iter().map(|kind| kind.name().to_owned()).collect();
    assert_eq!(folders, listed);
    // The rooms below know no kind.
    for room in ["delta", "inverse"] {
        for entry in std::fs::read_dir(root.join(room)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for kind in &listed {
                assert!(!code.contains(&format!("\"{kind}\"")), "{} names the kind {kind}", path.display());
            }
        }
    }
}

/// The words of every query that reads a snapshot: names of columns stand nowhere else.
fn words_of_queries(folder: &std::path::Path, words: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            words_of_queries(&path, words);
        } else if path.file_name().is_some_and(|name| name != "ddl.rs" && name != "system.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let split =
                |line: &str| line.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned).collect();
            words.extend(code.flat_map(|line| -> Vec<String> { split(line) }));
        }
    }
}

#[test]
fn every_column_of_the_catalog_is_read_or_left_out_for_a_reason() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut words = BTreeSet::new();
    words_of_queries(&root.join("src/catalog"), &mut words);
    let text = std::fs::read_to_string(root.join("tests/cases/catalog_columns.txt")).unwrap();
    let left_out: BTreeSet<&str> =
        text.lines().filter(|line| line.starts_with(' ')).flat_map(str::split_whitespace).collect();
    for column in &left_out {
        let (table, name) = column.split_once('.').unwrap();
        assert!(name == "*" || !words.contains(name), "{table}.{name} is left out, and a query names it");
    }
    on_servers(|server| {
        let rows = server
            .database()
            .session()
            .query(
                "SELECT c.relname::text, a.attname::text FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
                 WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r' ORDER BY 1, a.attnum",
                &[],
            )
            .unwrap();
        let unread: Vec<String> = rows
            .iter()
            .map(|row| (row.get::<_, String>(0), row.get::<_, String>(1)))
            .filter(|(table, column)| !(words.contains(table) && words.contains(column)))
            .filter(|(table, _)| !left_out.contains(format!("{table}.*").as_str()))
            .map(|(table, column)| format!("{table}.{column}"))
            .filter(|name| !left_out.contains(name.as_str()))
            .collect();
        assert!(unread.is_empty(), "PostgreSQL {}: no query reads {}", server.major(), unread.join(", "));
    });
}
