//! Backups, as evidence: restored for proof, made elsewhere, or refused because they are cut, old, another database's or an
//! older program's, whatever the record beside them says.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pgwarrant::apply::backup::{self, Backup, Evidence};
use pgwarrant::apply::{self, ApplyError, Execution, Request, RunOutcome};
use pgwarrant::base::{Check, Coded as _, Digest, Interrupt};
use pgwarrant::package::Package;
use pgwarrant::warrant::{Operation, Reach};
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{Server, discovery, on_an_outer_server, outer_servers};

const ROLE: &str = "workflow_admin";

/// A world with an approved package, and a backup of it.
struct Scene<'s> {
    world: World<'s>,
    backup: Backup,
    record: PathBuf,
}

impl<'s> Scene<'s> {
    fn of(server: &'s Server) -> Self {
        let world = World::new(server, "p0-2");
        world.sign(&world.warrant(Operation::Apply, ROLE));
        let (backup, record) = taken(&world, &world.database);
        Self { world, backup, record }
    }

    fn apply(&self, record: &Path, prove_backup: bool) -> Result<Execution, ApplyError> {
        let (discovery, interrupt) = (discovery(), Interrupt::default());
        apply::execute(&Request {
            package: &self.world.package,
            operation: Operation::Apply,
            target: &self.world.conninfo(ROLE),
            trust: &self.world.folder.path().join("allowed_signers"),
            reach: Reach::Reported,
            warrant: None,
            backup: Some(record),
            prove_backup,
            backup_target: None,
            environment: &self.world.environment,
            discovery: &discovery,
            state: Some(&self.world.folder.path().join("state")),
            patience: Duration::from_secs(20),
            interrupt: &interrupt,
        })
    }

    fn refused(&self, record: &Path) -> (&'static str, String) {
        let refusal = self.apply(record, false).unwrap_err();
        (refusal.code(), refusal.to_string())
    }

    /// A record of the same kind in a folder of its own, with other bytes beside it, and other words in it.
    fn forged(&self, dump: &[u8], change: impl FnOnce(&mut Backup)) -> PathBuf {
        let folder = tempfile::tempdir_in(self.world.folder.path()).unwrap().keep();
        std::fs::write(folder.join("backup.dump"), dump).unwrap();
        let size = dump.len() as u64;
        let mut backup = Backup { sha256: Digest::of(dump), size, file: "backup.dump".into(), ..self.backup.clone() };
        change(&mut backup);
        let record = folder.join("backup.json");
        std::fs::write(&record, serde_json::to_vec(&backup).unwrap()).unwrap();
        record
    }

    fn dump(&self) -> Vec<u8> {
        std::fs::read(self.record.with_file_name(&self.backup.file)).unwrap()
    }
}

fn taken(world: &World<'_>, database: &str) -> (Backup, PathBuf) {
    let package = Package::open(&world.package).unwrap();
    let target = world.server.cluster.conninfo_as("postgres", database).unwrap();
    backup::take_for(&package, &target, &world.environment, &discovery(), &Interrupt::default()).unwrap()
}

/// A custom-format dump begins with its magic, five single bytes, the compression, and the time as numbers that bear their
/// sign: the sixth is the year.
fn a_year_older(mut dump: Vec<u8>) -> Vec<u8> {
    assert_eq!(&dump[..5], b"PGDMP");
    let compression = if (dump[5], dump[6]) >= (1, 15) { 1 } else { 5 };
    let year = 11 + compression + 5 * 5 + 1;
    dump[year] -= 1;
    dump
}

#[test]
fn a_dump_is_restored_for_proof() {
    on_an_outer_server(|server| {
        let scene = Scene::of(server);
        // Of another moment: only whoever restores it sees that.
        scene.world.sql("COMMENT ON SCHEMA cutter_governance IS 'of another moment'");
        let others: Vec<PathBuf> = (0..3).map(|_| taken(&scene.world, &scene.world.database).1).collect();
        // However many are taken in one second.
        let folders: BTreeSet<&PathBuf> = others.iter().chain([&scene.record]).collect();
        assert_eq!(folders.len(), 4, "{folders:?}");
        let other = &others[0];
        scene.world.sql("COMMENT ON SCHEMA cutter_governance IS NULL");
        let refusal = scene.apply(other, true).unwrap_err();
        assert_eq!(refusal.code(), "apply.backup");
        assert!(refusal.to_string().contains("of another moment"), "{refusal}");
        let run = scene.apply(&scene.record, true).unwrap();
        assert_eq!(run.outcome, RunOutcome::Pass);
        let proof = run.checks.iter().find(|check| check.id == "B-9");
        assert!(proof.is_some_and(Check::passed), "{:#?}", run.checks);
    });
}

#[test]
fn a_dump_is_refused_whatever_its_record_says() {
    on_an_outer_server(|server| {
        let scene = Scene::of(server);
        let before = scene.world.dump();
        let dump = scene.dump();
        let cut = scene.forged(&dump[..dump.len() - 200], |_| {});
        let (code, said) = scene.refused(&cut);
        assert_eq!(
            (code, said.contains("end of file") || said.contains("could not")),
            ("apply.backup", true),
            "{said}"
        );
        let cut = scene.forged(&dump[..400], |_| {});
        assert_eq!(scene.refused(&cut).0, "apply.backup");

        let hours = jiff::SignedDuration::from_mins(61);
        let earlier = |text: &str| text.parse::<jiff::Timestamp>().unwrap().checked_sub(hours).unwrap().to_string();
        let later = |text: &str| text.parse::<jiff::Timestamp>().unwrap().checked_add(hours).unwrap().to_string();
        let old = scene.forged(&dump, |backup| {
            (backup.started_at, backup.finished_at) = (earlier(&backup.started_at), earlier(&backup.finished_at));
        });
        assert_eq!(scene.refused(&old).0, "apply.old-backup");
        let unborn = scene.forged(&dump, |backup| {
            (backup.started_at, backup.finished_at) = (later(&backup.started_at), later(&backup.finished_at));
        });
        assert_eq!(scene.refused(&unborn).0, "apply.old-backup");
        let aged = scene.forged(&a_year_older(dump.clone()), |_| {});
        let (code, said) = scene.refused(&aged);
        assert_eq!((code, said.contains("begun then")), ("apply.backup", true), "{said}");

        let mut admin = server.cluster.session_as("postgres", "postgres", pgwarrant::pg::Purpose::Change).unwrap();
        admin.execute("DROP DATABASE IF EXISTS other").unwrap();
        admin.execute(&format!("CREATE DATABASE other TEMPLATE {}", scene.world.database)).unwrap();
        let (other, record) = taken(&scene.world, "other");
        assert_eq!(scene.refused(&record).0, "apply.backup");
        let bytes = std::fs::read(record.with_file_name(&other.file)).unwrap();
        let (code, said) = scene.refused(&scene.forged(&bytes, |_| {}));
        assert_eq!((code, said.contains("of this database")), ("apply.backup", true), "{said}");

        assert_eq!(scene.world.dump(), before);
        assert_eq!(scene.apply(&scene.record, false).unwrap().outcome, RunOutcome::Pass);
    });
}

/// An older `pg_dump` refuses a newer server, so an older server's dump stands for it: of the same database name.
#[test]
fn a_dump_by_an_older_program_is_refused() {
    let [oldest, newest] = <[_; 2]>::try_from(outer_servers()).unwrap();
    let (old, new) = (Server::start(&oldest), Server::start(&newest));
    let stale = Scene::of(&old);
    let scene = Scene::of(&new);
    let (code, said) = scene.refused(&scene.forged(&stale.dump(), |backup| {
        (backup.started_at, backup.finished_at) = (stale.backup.started_at.clone(), stale.backup.finished_at.clone());
    }));
    assert_eq!((code, said.contains("not older than the server")), ("apply.backup", true), "{said}");
}

#[test]
fn a_backup_made_elsewhere_needs_a_command_that_verifies_it() {
    on_an_outer_server(|server| {
        let scene = Scene::of(server);
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8], mode: u32| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let kept = write("base.tar", &scene.dump(), 0o600);
        let program = write("verify", b"#!/bin/sh\nexec sha256sum \"$1\"\n", 0o755);
        let open = write("open", b"#!/bin/sh\nexec sha256sum \"$1\"\n", 0o777);
        let good = json!({
            "format": 1, "description": "the night's base backup", "sha256": scene.backup.sha256,
            "started_at": scene.backup.started_at, "system_identifier": scene.world.server.cluster.system_identifier(),
            "database": scene.world.database, "verify": [program, kept],
        });
        let with = |field: &str, value: Value| {
            let mut record = good.clone();
            record[field] = value;
            write("elsewhere.json", &serde_json::to_vec(&record).unwrap(), 0o644)
        };
        let before = scene.world.dump();
        for (field, value, code, said) in [
            ("sha256", json!(Digest::of(b"another")), "apply.backup", "prints its sha256"),
            ("started_at", json!("2026-01-01T00:00:00Z"), "apply.old-backup", "too old"),
            ("started_at", json!("2099-01-01T00:00:00Z"), "apply.old-backup", "too old"),
            ("started_at", json!("yesterday"), "apply.backup", "is not a time"),
            ("database", json!("other"), "apply.backup", "of this database"),
            ("system_identifier", json!("1"), "apply.backup", "of this server"),
            ("verify", json!([]), "apply.backup", "no program"),
            ("verify", json!(["sha256sum", kept]), "apply.backup", "no program"),
            ("verify", json!(["/nonexistent"]), "apply.backup", "nonexistent"),
            ("verify", json!([program, "/nonexistent"]), "apply.backup", "failed with"),
            ("verify", json!([open, kept]), "apply.backup", "writable by others"),
            ("format", json!(2), "apply.backup", "format"),
            ("more", json!(1), "apply.backup", "more"),
        ] {
            let (refusal, told) = scene.refused(&with(field, value));
            assert_eq!((refusal, told.contains(said)), (code, true), "{field}: {told}");
        }
        // A record that others could write, or that came with the package, runs nothing.
        let record = with("format", json!(1));
        let inside = scene.world.package.join("runs").join("elsewhere.json");
        std::fs::copy(&record, &inside).unwrap();
        assert!(scene.refused(&inside).1.contains("lies in the package"));
        std::fs::set_permissions(&record, std::fs::Permissions::from_mode(0o666)).unwrap();
        assert!(scene.refused(&record).1.contains("writable by others"));
        std::fs::set_permissions(&record, std::fs::Permissions::from_mode(0o644)).unwrap();
        // Nor one that lies where others could put their own in its place.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(scene.refused(&record).1.contains("writable by others"));
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(scene.apply(&record, true).unwrap_err().to_string().contains("only a dump"));
        assert_eq!(scene.world.dump(), before);
        let run = scene.apply(&record, false).unwrap();
        assert_eq!(run.outcome, RunOutcome::Pass);
        assert!(matches!(run.backup, Evidence::Elsewhere(_)));
    });
}
