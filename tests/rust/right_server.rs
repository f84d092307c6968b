//! The right server: copies, standbys and poolers that say of themselves what the target says, each of them live.

use std::collections::BTreeMap;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use pgwarrant::apply::{ApplyError, Dossier};
use pgwarrant::base::{Coded as _, Interrupt};
use pgwarrant::cluster::account::Account;
use pgwarrant::pg::{Environment, Identity, Purpose};
use pgwarrant::warrant::Operation;

use crate::support;
use crate::support::Server;
use crate::support::copies::{Copy, pg_basebackup_of};
use crate::support::pooler::{Choice, Pooler};
use crate::support::world::World;
use tempfile::TempDir;

const BASELINE: &str = "
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'deploy') THEN CREATE ROLE deploy LOGIN; END IF;
END $$;
CREATE SCHEMA app AUTHORIZATION deploy;
SET ROLE deploy;
CREATE TABLE app.t (id int PRIMARY KEY);
";

fn files() -> BTreeMap<String, Vec<u8>> {
    let contract = "change here\ntarget database here\nrole deploy\n\nallow\n    ALTER TABLE\n    within schema app\n";
    let scaffold = "CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY);";
    [("change.sql", "ALTER TABLE app.t ADD COLUMN a int;\n"), ("change.contract", contract), ("scaffold.sql", scaffold)]
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .into()
}

fn world(server: &Server) -> World<'_> {
    World::of(server, &files(), BASELINE)
}

/// What an apply at another address comes to: its code, and the field that differs.
fn at(world: &World<'_>, conninfo: &str) -> String {
    match world.execute_with(Operation::Apply, conninfo, None) {
        Ok(execution) => format!("{:?}", execution.outcome),
        Err(ApplyError::OtherTarget { field, .. }) => format!("apply.other-target: {field}"),
        Err(failure) => {
            println!("{failure}");
            failure.code().to_owned()
        }
    }
}

#[test]
fn copies_of_the_target_are_not_the_target() {
    support::on_an_outer_server(|server| {
        let world = world(server);
        let before = world.dump();
        world.sign(&world.warrant(Operation::Apply, "deploy"));
        // A copy of all its files: the same system identifier, timeline, oids, and no standby.
        let clone = Copy::start(server, pg_basebackup_of(server), &[]);
        let mut session = clone.session("here");
        let (theirs, ours) = (Identity::read(&mut session).unwrap(), {
            let mut session = server.cluster.session_as("postgres", "here", Purpose::Look).unwrap();
            Identity::read(&mut session).unwrap()
        });
        assert_eq!(ours.differs(&theirs), None);
        assert_eq!((theirs.timeline, theirs.in_recovery), (ours.timeline, false));
        drop(session);
        assert_eq!(at(&world, &clone.conninfo("deploy", "here")), "apply.other-target: server start");
        assert_eq!(clone.columns(), 1);
        drop(clone);
        // A standby of it, and the same when it was promoted: at once, when its control file does not know it yet.
        let standby = Copy::standby(server);
        assert_eq!(at(&world, &standby.conninfo("deploy", "here")), "apply.standby");
        standby.promote();
        assert_eq!(at(&world, &standby.conninfo("deploy", "here")), "apply.other-target: timeline");
        assert_eq!(standby.columns(), 1);
        drop(standby);
        // A dump of it, restored elsewhere under the same name.
        let elsewhere = Server::start(server.cluster.server());
        let restored = World::of(&elsewhere, &files(), BASELINE);
        assert_eq!(at(&world, &restored.conninfo("deploy")), "apply.other-target: system identifier");
        // Another database of the same server with the same content.
        world.sql("CREATE DATABASE there TEMPLATE template0");
        assert_eq!(at(&world, &server.cluster.conninfo_as("deploy", "there").unwrap()), "apply.other-target: database");
        // None of it touched the target, and the decision is still good for that.
        assert_eq!(world.dump(), before);
        assert_eq!(at(&world, &world.conninfo("deploy")), "Pass", "PostgreSQL {}", server.major());
        // What may not be read is unproven, and never taken from somewhere else.
        world.sql("REVOKE EXECUTE ON FUNCTION pg_catalog.pg_walfile_name(pg_lsn) FROM PUBLIC");
        let mut session = server.cluster.session_as("deploy", "here", Purpose::Look).unwrap();
        let unproven = Identity::read(&mut session).unwrap();
        assert_eq!((unproven.system_identifier, unproven.timeline), (None, None));
    });
}

/// Somebody puts another server behind the address between preflight and apply.
#[test]
fn a_server_exchanged_behind_the_same_address_is_noticed() {
    let server = Server::start(support::servers().last().unwrap());
    let world = world(&server);
    let original = Copy::start(&server, pg_basebackup_of(&server), &[]);
    let address = original.conninfo("deploy", "here");
    // The decision is about the server that stands there now.
    let mut warrant = world.warrant(Operation::Apply, "deploy");
    let dossier = Dossier::open(&world.package).unwrap();
    let look = |target: &str| dossier.instance_now(target, &Environment::default(), &Interrupt::default()).unwrap();
    warrant.instance = look(&address);
    world.sign(&warrant);
    let impostor = original.exchanged_for(pg_basebackup_of(&server));
    assert_eq!(impostor.conninfo("deploy", "here"), address);
    assert_eq!(at(&world, &address), "apply.other-target: server start");
    assert_eq!(impostor.columns(), 1);
    // A person who looks again may decide about what stands there now.
    warrant.instance = look(&address);
    warrant.nonce = pgwarrant::warrant::Warrant::nonce().unwrap();
    let first = pgwarrant::warrant::authorise::filed(&dossier.package).unwrap()[0].digest.clone();
    warrant.supersedes = Some(first);
    world.sign(&warrant);
    assert_eq!(at(&world, &address), "Pass");
    assert_eq!(impostor.columns(), 2);
}

/// A site that names its servers may start them again; a copy that does not bear the name is refused.
#[test]
fn a_marker_tells_the_server_from_its_copies() {
    let server = Server::start(support::servers().last().unwrap());
    let world = world(&server);
    let marked = [("cluster_name", "orders, production")];
    let original = Copy::start(&server, pg_basebackup_of(&server), &marked);
    let address = original.conninfo("deploy", "here");
    let dossier = Dossier::open(&world.package).unwrap();
    let mut warrant = world.warrant(Operation::Apply, "deploy");
    warrant.instance = dossier.instance_now(&address, &Environment::default(), &Interrupt::default()).unwrap();
    assert_eq!(warrant.instance.marker.as_deref(), Some("orders, production"));
    world.sign(&warrant);
    for marker in [&[][..], &[("cluster_name", "orders, staging")][..]] {
        let clone = Copy::start(&server, pg_basebackup_of(&server), marker);
        assert_eq!(at(&world, &clone.conninfo("deploy", "here")), "apply.other-target: server marker");
    }
    // Nobody who connects can claim the name.
    let clone = Copy::start(&server, pg_basebackup_of(&server), &[]);
    let claimed = format!("{} options='-c cluster_name=orders,\\ production'", clone.conninfo("deploy", "here"));
    assert_eq!(at(&world, &claimed), "pg.connect");
    // Started again, it is the one that was signed.
    let original = original.restarted();
    assert_eq!(at(&world, &address), "Pass");
    assert_eq!(original.columns(), 2);
}

/// The target as it was at an instant, from a base backup and the archived log: another line of history, also where it
/// stands in the place of the target and bears its name.
#[test]
fn a_target_restored_to_a_point_in_time_is_not_the_target() {
    support::on_an_outer_server(|server| {
        let world = world(server);
        let archive = tempfile::Builder::new().prefix("archive-").tempdir_in("/dev/shm").unwrap();
        Account::choose().unwrap().own(archive.path()).unwrap();
        let logs = archive.path().display();
        let (keep, fetch) = (format!("cp %p {logs}/%f"), format!("cp {logs}/%f %p"));
        let named = ("cluster_name", "orders");
        let archiving = [named, ("archive_mode", "on"), ("archive_command", keep.as_str())];
        let original = Copy::start(server, pg_basebackup_of(server), &archiving);
        let address = original.conninfo("deploy", "here");
        let dossier = Dossier::open(&world.package).unwrap();
        let look = |target: &str| dossier.instance_now(target, &Environment::default(), &Interrupt::default()).unwrap();
        let mut warrant = world.warrant(Operation::Apply, "deploy");
        warrant.instance = look(&address);
        world.sign(&warrant);
        // The backup, then the point, then more that the restored one will not have.
        let backups = [original.backup(), original.backup(), original.backup()];
        original.sql("SELECT pg_create_restore_point('here')::text");
        original.sql("SELECT pg_logical_emit_message(true, 'pgwarrant', 'after the point')::text");
        let last = original.sql("SELECT pg_walfile_name(pg_switch_wal())");
        let deadline = Instant::now() + Duration::from_secs(60);
        while original
            .sql(&format!("SELECT coalesce((SELECT last_archived_wal >= '{last}' FROM pg_stat_archiver)::text, '')"))
            != "true"
        {
            assert!(Instant::now() < deadline, "the log is not archived");
            std::thread::yield_now();
        }
        let restored = |files: tempfile::TempDir, target: (&str, &str), action: &str| {
            std::fs::write(files.path().join("data/recovery.signal"), "").unwrap();
            Account::choose().unwrap().own(&files.path().join("data/recovery.signal")).unwrap();
            let settings = [named, ("restore_command", fetch.as_str()), target, ("recovery_target_action", action)];
            Copy::start(server, files, &settings)
        };
        let over = |copy: &Copy| {
            let deadline = Instant::now() + Duration::from_secs(60);
            while copy.sql("SELECT pg_is_in_recovery()::text") == "true" {
                assert!(Instant::now() < deadline, "the recovery does not end");
                std::thread::yield_now();
            }
        };
        let [first, second, third] = backups;
        // While it waits at the point for somebody to decide, it is a standby.
        let paused = restored(first, ("recovery_target_name", "here"), "pause");
        assert_eq!(at(&world, &paused.conninfo("deploy", "here")), "apply.standby");
        assert_eq!(paused.columns(), 1);
        drop(paused);
        for (files, target) in [(second, ("recovery_target_name", "here")), (third, ("recovery_target", "immediate"))] {
            let copy = restored(files, target, "promote");
            over(&copy);
            let mut session = copy.session("here");
            let identity = Identity::read(&mut session).unwrap();
            assert_eq!((identity.timeline, identity.in_recovery), (Some(2), false), "{target:?}");
            drop(session);
            assert_eq!(at(&world, &copy.conninfo("deploy", "here")), "apply.other-target: timeline", "{target:?}");
            assert_eq!(copy.columns(), 1);
            if target.0 == "recovery_target" {
                continue;
            }
            // A person who looks again may decide about it; what was decided about the target is not for it.
            let mut again = world.warrant(Operation::Apply, "deploy");
            again.instance = look(&copy.conninfo("deploy", "here"));
            assert_eq!((again.instance.timeline, again.instance.marker.as_deref()), (2, Some("orders")));
            assert_ne!(again.instance, warrant.instance);
        }
        assert_eq!(original.columns(), 1);
        assert_eq!(at(&world, &address), "Pass");
        assert_eq!(original.columns(), 2);
    });
}

/// An address behind which two servers stand: the first connections reach one, all others the other.
struct Turning {
    folder: TempDir,
    port: u16,
}

impl Turning {
    fn before(server: &Server, first: usize, other: PathBuf) -> Self {
        let port = server.cluster.port();
        let name = format!(".s.PGSQL.{port}");
        let (one, other) = (server.cluster.folder().unwrap().join(&name), other.join(&name));
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(&name)).unwrap();
        std::thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let Ok(client) = client else { return };
                let Ok(server) = UnixStream::connect(if number < first { &one } else { &other }) else { return };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Write);
                    });
                }
            }
        });
        Self { folder, port }
    }

    fn conninfo(&self, role: &str) -> String {
        format!("host={} port={} user={role} dbname=here", self.folder.path().display(), self.port)
    }
}

/// Whichever of a run's connections is the first to reach another server: nothing is changed, or it is known what was.
#[test]
fn no_connection_of_a_run_may_reach_another_server() {
    support::on_an_outer_server(|server| {
        let world = world(server);
        world.sql("ALTER TABLE app.t OWNER TO deploy");
        let clone = Copy::start(server, pg_basebackup_of(server), &[]);
        let before = world.dump();
        world.sign(&world.warrant(Operation::Apply, "deploy"));
        let mut came_to = Vec::new();
        for first in 1..20 {
            let turning = Turning::before(server, first, clone.folder().to_owned());
            let outcome = at(&world, &turning.conninfo("deploy"));
            assert_eq!(clone.columns(), 1, "{first}: {outcome}");
            let over = ["Pass", "Fail"].contains(&outcome.as_str());
            if !over {
                assert_eq!(world.dump(), before, "{first}: {outcome}");
            }
            came_to.push(outcome);
            if over {
                break;
            }
        }
        // The last connection is the fresh look, which sees the other server; the one before it is refused.
        let (last, refused) = came_to.split_last().unwrap();
        assert_eq!(last, "Fail", "{came_to:?}");
        assert!(refused.iter().all(|code| code == "apply.other-target: server start"), "{came_to:?}");
        assert!(refused.len() > 2, "{came_to:?}");
    });
}

/// A pooler in transaction mode: whichever process it picks, a session is no session.
#[test]
fn a_pooler_in_transaction_mode_is_refused() {
    support::on_an_outer_server(|server| {
        let world = world(server);
        let before = world.dump();
        world.sign(&world.warrant(Operation::Apply, "deploy"));
        let (folder, port) = (server.cluster.folder().unwrap(), server.cluster.port());
        for (processes, choice) in [(1, Choice::Latest), (2, Choice::Latest), (2, Choice::Oldest), (5, Choice::Latest)]
        {
            let pooler = Pooler::before(folder, port, processes, choice);
            let conninfo = format!("host={} port={port} user=deploy dbname=here", pooler.folder().display());
            assert_eq!(at(&world, &conninfo), "apply.pooled", "{processes} {choice:?}");
        }
        // One that gives each client a server of its own is no different from the server.
        let pooler = Pooler::before(folder, port, 0, Choice::OneEach);
        let conninfo = format!("host={} port={port} user=deploy dbname=here", pooler.folder().display());
        assert_eq!(world.dump(), before);
        assert_eq!(at(&world, &conninfo), "Pass");
    });
}
