//! The most hostile catalogs there are: what pg_dump's own tests create, and what PostgreSQL's regression suite leaves
//! behind when it may not clean up after itself. A snapshot reads them without an error, comes back from a file as it
//! was, and is the same again after a dump and a restore on another server, but for what `EXPLAINED` names.
//!
//! The scripts are strangers': without `PGWARRANT_CORPUS` nothing runs. `PGWARRANT_ALL_MAJORS` runs every major.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use pgwarrant::catalog::Snapshot;
use pgwarrant::delta::{Change, Delta, Form};

use crate::support;
use crate::support::{Database, Server};

/// The differences between a database and its restored dump that are not ours: why, the field (none where the whole
/// object is missing), and the objects.
const EXPLAINED: &[(&str, Option<&str>, &[&str])] = &[
    (
        "it belongs to the superuser that initdb made, who has another name on each server",
        Some("owner"),
        &["extension plpgsql"],
    ),
    (
        "pg_dump writes neither the new owner of a function of the server's nor what that owner took from itself",
        None,
        &["system object function.\"pg_catalog.pg_stat_reset()\""],
    ),
    (
        "pg_dump writes nothing of what was made of the server's own operator families and functions",
        Some("system_definitions"),
        &["database current"],
    ),
    (
        "PostgreSQL refuses pg_dump's OPTIONS of a wrapper that got its validator after them, and so all that is in it",
        None,
        &[
            "foreign data wrapper foo",
            "server s1",
            "server s2",
            "server s3",
            "server s4",
            "server s5",
            "server s6",
            "server s7",
            "server s10",
            "server t1",
            "server t2",
            "user mapping s1.regress_foreign_data_user",
            "user mapping s10.\"PUBLIC\"",
            "user mapping s10.regress_unprivileged_role",
            "user mapping s3.regress_foreign_data_user",
            "user mapping s4.\"PUBLIC\"",
            "user mapping s4.regress_foreign_data_user",
            "user mapping s5.regress_test_role",
            "user mapping s6.regress_test_role",
            "user mapping t1.\"PUBLIC\"",
            "user mapping t1.regress_test_role",
        ],
    ),
    (
        "pg_dump leaves the columns that a child inherits to the parent, and PostgreSQL puts them first",
        Some("column_order"),
        &["table kept_inherit.cc1", "table kept_inherit.cc2", "table kept_inherit.inhcld"],
    ),
    (
        "pg_dump takes the name for the one PostgreSQL gives by itself, which an object of another kind has already",
        Some("not_null_constraint.name"),
        &["column kept_create_table_like.inhx.xx"],
    ),
    (
        "pg_dump makes an index of a partitioned table with ONLY, and none of a foreign partition completes it",
        Some("invalid"),
        &[
            "index kept_foreign_data.lt1_a_idx",
            "index kept_foreign_data.lt1_a_idx1",
            "index kept_foreign_data.lt1_a_idx2",
        ],
    ),
    (
        "pg_dump makes an index of a partitioned table before it has partitions: nothing is missing then",
        Some("invalid"),
        &["index kept_indexing.idxpart_a_idx4", "index kept_indexing.idxpart_a_idx5", "index kept_indexing.idxpart_c"],
    ),
    ("pg_dump leaves out an index that is not valid", None, &["index kept_indexing.parted_isvalid_idx_11"]),
    (
        "PostgreSQL refuses pg_dump's ALTER INDEX ... ATTACH PARTITION for an exclusion constraint",
        Some("inherited"),
        &["constraint kept_indexing.idxpart0.idxpart0_a_excl", "constraint kept_indexing.idxpart1.idxpart1_a_excl"],
    ),
    (
        "PostgreSQL refuses pg_dump's ALTER INDEX ... ATTACH PARTITION for an exclusion constraint",
        Some("partition_of"),
        &["constraint kept_indexing.idxpart0.idxpart0_a_excl", "constraint kept_indexing.idxpart1.idxpart1_a_excl"],
    ),
    (
        "its function finds another by search_path, which a restore has not set",
        None,
        &["index kept_vacuum.vaccluster_wrap_do_analyze_idx"],
    ),
];

/// The same on PostgreSQL 14 alone, which is dumped by the pg_dump of 15 where it came without one.
const EXPLAINED_ON_14: &[(&str, Option<&str>, &[&str])] = &[
    (
        "a newer pg_dump writes LOGGED for the sequence of an unlogged table, which 14 does not know",
        None,
        &[
            "sequence kept_identity.itest17_a_seq",
            "sequence kept_identity.itest17_c_seq",
            "sequence kept_identity.itest18_a_seq",
        ],
    ),
    (
        "a newer pg_dump writes LOGGED for the sequence of an unlogged table, which 14 does not know",
        Some("identity"),
        &["column kept_identity.itest17.a", "column kept_identity.itest17.c", "column kept_identity.itest18.a"],
    ),
    (
        "before 15 a partition of a partition keeps a trigger of its own name beside the one it is given",
        None,
        &["trigger kept_triggers.middle.c"],
    ),
    (
        "before 15 a column that a view names could be dropped from the result of a function",
        None,
        &[
            "view testviewschm2.tt14v",
            "column testviewschm2.tt14v.f1",
            "column testviewschm2.tt14v.f3",
            "column testviewschm2.tt14v.f4",
        ],
    ),
    (
        "pg_dump leaves the columns that a child inherits to the parent, and PostgreSQL puts them first",
        Some("column_order"),
        &["table public.measurement_y2007m01"],
    ),
];

/// The entries of the tables that were needed.
type Used = BTreeSet<(&'static str, Option<&'static str>)>;

/// Nothing may hang: neither a statement nor the wait for a lock.
const PATIENCE: &str = "-c statement_timeout=5s -c lock_timeout=2s -c client_min_messages=error";

/// Refuses to clean up. Objects then pile up, and what is said in the same transaction is undone.
const KEEP: &str = "
CREATE SCHEMA keeping;
CREATE FUNCTION keeping.refuse() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''%: kept'', tg_tag; END';
CREATE EVENT TRIGGER keeping_all ON ddl_command_start WHEN TAG IN (
    'DROP AGGREGATE', 'DROP CAST', 'DROP COLLATION', 'DROP CONVERSION', 'DROP DOMAIN', 'DROP EXTENSION',
    'DROP FOREIGN DATA WRAPPER', 'DROP FOREIGN TABLE', 'DROP FUNCTION', 'DROP INDEX', 'DROP LANGUAGE',
    'DROP MATERIALIZED VIEW', 'DROP OPERATOR', 'DROP OPERATOR CLASS', 'DROP OPERATOR FAMILY', 'DROP OWNED',
    'DROP POLICY', 'DROP PROCEDURE', 'DROP PUBLICATION', 'DROP ROUTINE', 'DROP RULE', 'DROP SCHEMA', 'DROP SEQUENCE',
    'DROP SERVER', 'DROP STATISTICS', 'DROP TABLE', 'DROP TEXT SEARCH CONFIGURATION', 'DROP TEXT SEARCH DICTIONARY',
    'DROP TEXT SEARCH PARSER', 'DROP TEXT SEARCH TEMPLATE', 'DROP TRANSFORM', 'DROP TRIGGER', 'DROP TYPE',
    'DROP USER MAPPING', 'DROP VIEW')
    EXECUTE FUNCTION keeping.refuse();
";

#[test]
fn a_hostile_catalog_is_read_whole_and_restored_the_same() {
    let Some(corpus) = std::env::var_os("PGWARRANT_CORPUS").map(PathBuf::from) else {
        println!("not run: PGWARRANT_CORPUS names no folder");
        return;
    };
    let used = Mutex::new(BTreeSet::new());
    let all = support::all_majors();
    let mut servers = support::servers();
    if !all {
        // The ordinary run: the newest.
        servers.drain(..servers.len() - 1);
    }
    support::two_at_a_time(servers, |server| one_major(&corpus, server, &used));
    if all {
        let used = used.into_inner().unwrap();
        let named = EXPLAINED
            .iter()
            .chain(EXPLAINED_ON_14)
            .flat_map(|(_, field, names)| names.iter().map(move |name| (*name, *field)));
        let idle: Vec<_> = named.filter(|entry| !used.contains(entry)).collect();
        assert!(idle.is_empty(), "explained, but not so any more: {idle:?}");
    }
}

/// Where PostgreSQL names the columns of a function that it knew when the policy was made; the type has got one since.
const LATER_COLUMN: &str = "policy cif.cif_user.";

/// What strangers use in earnest: every schema of the corpus, and each project's after all of its migrations, is the
/// same after a dump and a restore. It takes minutes: it runs where `PGWARRANT_REPORT` asks.
#[test]
fn a_strangers_schema_is_restored_the_same() {
    let corpus = match (std::env::var_os("PGWARRANT_CORPUS"), std::env::var_os("PGWARRANT_REPORT")) {
        (Some(corpus), Some(_)) => PathBuf::from(corpus),
        _ => return println!("not run: set PGWARRANT_CORPUS and PGWARRANT_REPORT=1"),
    };
    let sorted = |folder: &Path| {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let scripts_in = |folder: &Path, name: &str| {
        let files = sorted(folder).into_iter().map(|path| path.join(name));
        files.filter(|path| path.exists()).collect::<Vec<_>>()
    };
    let mut schemas: Vec<Vec<PathBuf>> = sorted(&corpus.join("schemas")).iter().map(|it| scripts(it)).collect();
    schemas.retain(|scripts| !scripts.is_empty());
    schemas.extend(sorted(&corpus.join("pairs")).iter().map(|project| scripts_in(project, "up.sql")));
    for tool in sorted(&corpus.join("from-to")).iter().filter(|path| path.is_dir()) {
        schemas.extend(scripts_in(tool, "b.sql").into_iter().map(|path| vec![path]));
    }
    support::two_at_a_time(support::outer_servers(), |server| {
        let server = Server::start(server);
        let mut wrong = Vec::new();
        let mut objects = 0;
        for scripts in &schemas {
            let (database, copy) = (server.database(), server.database());
            for script in scripts {
                run(&database, script, PATIENCE);
            }
            let taken = database.snapshot();
            objects += taken.objects.len();
            let errors = restore(&server, &copy.name, &database.dump());
            let restored = copy.snapshot();
            let mut left = Delta::between(&taken.as_dumped(&restored), &restored.as_dumped(&taken));
            left.counts.clear();
            left.changes.retain(|change| !change.name.starts_with(LATER_COLUMN));
            if !left.is_empty() {
                wrong.push(format!("== {}\n{}\n{errors}", scripts.first().unwrap().display(), left.to_text()));
            }
        }
        println!("PostgreSQL {}: {} schemas, {objects} objects", server.major(), schemas.len());
        assert!(wrong.is_empty(), "PostgreSQL {}: {} differ\n{}", server.major(), wrong.len(), wrong.join("\n"));
    });
}

fn one_major(corpus: &Path, server: &pgwarrant::cluster::Server, used: &Mutex<Used>) {
    let began = Instant::now();
    let (first, second) = (Server::start(server), Server::start(server));
    let mut loaded = Vec::new();
    for script in ["15", "16"] {
        let database = first.database();
        let path = corpus.join(format!("every_kind/{script}.sql"));
        run(&database, &path, PATIENCE);
        loaded.push((format!("every_kind/{script}"), database));
    }
    let database = first.database();
    database.run(KEEP).unwrap();
    for path in scripts(&corpus.join("psql_truth/16")) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let schema = format!("kept_{}", name.replace('.', "_"));
        database.run(&format!("CREATE SCHEMA {schema}")).unwrap();
        run(&database, &path, &format!("{PATIENCE} -c search_path={schema},public"));
    }
    loaded.push(("psql_truth/16".to_owned(), database));
    let loading = began.elapsed();
    let mut globals = first.client("pg_dumpall", "postgres");
    globals.args(["--globals-only", "--no-role-passwords"]);
    let _ = restore(&second, "postgres", &text_of(&mut globals));
    for (what, database) in &loaded {
        let what = format!("{what} on PostgreSQL {}", server.major);
        let taking = Instant::now();
        let mut taken = database.snapshot();
        println!("{what}: {} objects in {:?}", taken.objects.len(), taking.elapsed());
        let read = Snapshot::from_json(&taken.to_json().unwrap()).unwrap();
        assert_eq!(read.fingerprint(), taken.fingerprint(), "{what}");
        assert!(read == taken, "{what}: a saved snapshot is another");
        // They are data, and stay behind.
        taken.objects.retain(|key, _| key.kind != "large_object");
        let dump = text_of(first.client("pg_dump", "postgres").args(["--schema-only", "--create", &database.name]));
        // A pg_dump that is newer than the server may create a database in words the server does not know.
        let copy = second.database();
        assert_eq!(copy.name, database.name);
        let errors = restore(&second, "postgres", &dump);
        let left = unexplained(Delta::between(&taken, &copy.snapshot()), server.major, used);
        assert!(left.is_empty(), "{what}:\n{}\n{errors}", left.to_text());
    }
    println!("PostgreSQL {}: {loading:?} to load, {:?} in all", server.major, began.elapsed());
}

/// What nobody explains of a difference.
fn unexplained(mut delta: Delta, major: u32, used: &Mutex<Used>) -> Delta {
    let tables = [EXPLAINED, if major == 14 { EXPLAINED_ON_14 } else { &[] }];
    let explained = |change: &Change, field: Option<&str>| {
        let of_field = tables.iter().flat_map(|table| table.iter()).filter(|(_, named, _)| *named == field);
        let found = of_field.flat_map(|(_, field, names)| names.iter().map(move |name| (*name, *field)));
        let mut found = found.filter(|(name, _)| *name == change.name);
        found.next().is_some_and(|entry| {
            used.lock().unwrap().insert(entry);
            true
        })
    };
    delta.changes.retain_mut(|change| match change.change {
        Form::Altered => {
            let mut fields = std::mem::take(&mut change.fields);
            fields.retain(|field| !explained(change, Some(&field.field)));
            change.fields = fields;
            !change.fields.is_empty()
        }
        Form::Created | Form::Dropped => !explained(change, None),
    });
    delta.counts.clear();
    delta
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    scripts.sort();
    scripts
}

/// Runs a stranger's script as far as it goes, in an empty folder of its own.
fn run(database: &Database<'_>, script: &Path, options: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut psql = database.server.client("psql", "postgres");
    psql.args(["-X", "-q", "-d", &database.name, "-f"]).arg(script);
    psql.current_dir(folder.path()).env("PGOPTIONS", options).env("PATH", "/nowhere").env("SHELL", "/bin/false");
    psql.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
}

/// Runs a dump, and gives the errors it met.
fn restore(server: &Server, database: &str, dump: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), dump).unwrap();
    let output = server
        .client("psql", "postgres")
        .args(["-X", "-q", "-d", database, "-f"])
        .arg(file.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text_of(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
