//! The way from a change to a verified apply and back, on real servers, and every refusal on that way.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use pgwarrant::apply::record::RunOutcome;
use pgwarrant::apply::{self, Dossier, recovery, verify};
use pgwarrant::base::{Check, Coded as _, Interrupt, Outcome};
use pgwarrant::catalog::Snapshot;
use pgwarrant::journal;
use pgwarrant::package::Package;
use pgwarrant::pg::Purpose;
use pgwarrant::rehearsal::Base;
use pgwarrant::warrant::Operation;

use crate::support;
use crate::support::world::{World, baseline, example, failed};
use crate::support::{Server, discovery};

/// The story: blocked for want of a privilege, reauthorised with another role, applied, refused a rollback, rolled back.
#[test]
fn ws_q5_from_blocked_to_rolled_back() {
    support::on_servers(|server| {
        let world = World::new(server, "ws-q5");
        let before = world.dump();
        assert_eq!(world.code("directus"), "warrant.none");

        let first = world.sign(&world.warrant(Operation::Apply, "directus"));
        let blocked = world.execute(Operation::Apply, "directus").unwrap();
        assert_eq!(blocked.outcome, RunOutcome::Blocked);
        let error = blocked.error.as_ref().unwrap();
        assert_eq!((error.sqlstate.as_str(), blocked.statements.len()), ("42501", 1));
        assert!(blocked.verification.iter().all(Check::passed), "{:#?}", blocked.verification);
        assert_eq!(Some(&blocked.fingerprints.before), blocked.fingerprints.afterwards.as_ref());
        assert_eq!(world.dump(), before);
        // No retry on the same decision.
        assert_eq!(world.code("directus"), "warrant.used");

        let mut second = world.warrant(Operation::Apply, "workflow_admin");
        second.supersedes = Some(first);
        second.because = Some("directus lacks CREATE on the schema; only the role changed".into());
        world.sign(&second);
        assert_eq!(world.code("directus"), "apply.other-role");
        let applied = world.execute(Operation::Apply, "workflow_admin").unwrap();
        assert_eq!(applied.outcome, RunOutcome::Pass, "{:#?}", failed(&applied.checks));
        assert!(applied.checks.iter().all(Check::passed), "{:#?}", applied.checks);
        let counts = &applied.delta.as_ref().unwrap().counts;
        let by = |noun: &str| counts[&noun.parse().unwrap()].by;
        assert_eq!(
            (by("tables"), by("primary keys"), by("foreign keys"), by("unique constraints"), by("check constraints")),
            (12, 12, 8, 4, 0)
        );
        assert_eq!(applied.created.len(), 12);
        journal::read(&world.package.join(&applied.run).join("journal.jsonl")).unwrap();

        let dossier = Dossier::open(&world.package).unwrap();
        let looked =
            verify::verify(&dossier, &world.conninfo("postgres"), &world.environment, &Interrupt::default()).unwrap();
        assert_eq!(looked.outcome, Outcome::Pass);
        let status =
            |(): ()| recovery::status(&dossier.package, None, &world.environment, &Interrupt::default()).unwrap().state;
        assert_eq!(status(()), "applied");

        // A rollback needs a decision of its own.
        let refused = world.execute(Operation::Rollback, "workflow_admin").unwrap_err();
        assert_eq!(refused.code(), "warrant.none");
        world.sign(&world.warrant(Operation::Rollback, "workflow_admin"));
        let undone = world.execute(Operation::Rollback, "workflow_admin").unwrap();
        assert_eq!(undone.outcome, RunOutcome::Pass, "{:#?}", failed(&undone.checks));
        assert_eq!(undone.fingerprints.afterwards, Some(applied.fingerprints.before));
        assert_eq!(world.dump(), before);
        assert_eq!(status(()), "rolled-back");
    });
}

#[test]
fn p0_2_and_phase_alpha_apply_and_come_back() {
    support::on_servers(|server| {
        for name in ["p0-2", "phase-alpha"] {
            let world = World::new(server, name);
            let before = world.dump();
            world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
            let applied = world.execute(Operation::Apply, "workflow_admin").unwrap();
            assert_eq!(applied.outcome, RunOutcome::Pass, "{name}: {:#?}", failed(&applied.checks));
            assert!(applied.checks.iter().all(Check::passed), "{name}: {:#?}", applied.checks);
            if name == "phase-alpha" {
                let bump = &applied.values[0];
                assert_eq!((bump.rows, bump.changed, bump.before.distinct, bump.after.distinct), (86, 86, 3, 1));
                assert_eq!(applied.rows.len(), 1);
                assert_eq!(applied.rows[0].updated, 86);
            }
            world.sign(&world.warrant(Operation::Rollback, "workflow_admin"));
            let undone = world.execute(Operation::Rollback, "workflow_admin").unwrap();
            assert_eq!(undone.outcome, RunOutcome::Pass, "{name}: {:#?}", failed(&undone.checks));
            assert_eq!(world.dump(), before, "{name}");
        }
    });
}

fn newest() -> Server {
    Server::start(support::servers().last().unwrap())
}

/// Rows that arrived after the change are not dropped: the rollback stops, with the counts.
#[test]
fn a_rollback_never_drops_what_was_written_since() {
    let server = newest();
    let world = World::new(&server, "phase-alpha");
    world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
    assert_eq!(world.code("workflow_admin"), "PASS");
    world.sql("UPDATE sandbox_tac.logical_unit SET authority = 'enacted' WHERE ctid = (SELECT min(ctid) FROM sandbox_tac.logical_unit)");
    world.sign(&world.warrant(Operation::Rollback, "workflow_admin"));
    let stopped = world.execute(Operation::Rollback, "workflow_admin").unwrap();
    assert_eq!(stopped.outcome, RunOutcome::Blocked);
    let guard = failed(&stopped.checks);
    assert!(guard[0].observed.contains("1 of them holding values"), "{guard:#?}");
    assert!(stopped.statements.is_empty());
    assert!(stopped.verification.iter().all(Check::passed));
}

/// What stands before the first statement, each with a code of its own, and the target untouched.
#[test]
fn every_gate_refuses_with_its_own_code() {
    let server = newest();
    let world = World::new(&server, "p0-2");
    let before = world.dump();
    let warrant = world.warrant(Operation::Apply, "workflow_admin");
    world.sign(&warrant);

    // Another database of the same server, and another server.
    let mut admin = server.cluster.session_as("postgres", "postgres", Purpose::Change).unwrap();
    admin.execute("DROP DATABASE IF EXISTS other").unwrap();
    admin.execute(&format!("CREATE DATABASE other TEMPLATE {}", world.database)).unwrap();
    let other = server.cluster.conninfo_as("workflow_admin", "other").unwrap();
    let refused = |target: &str| world.execute_with(Operation::Apply, target, None).unwrap_err().code();
    assert_eq!(refused(&other), "apply.other-target");
    let stranger = newest();
    stranger.cluster.session("postgres", Purpose::Change).unwrap().execute("CREATE ROLE workflow_admin LOGIN").unwrap();
    assert_eq!(refused(&stranger.cluster.conninfo_as("workflow_admin", "postgres").unwrap()), "apply.other-target");
    assert_eq!(refused("host=/nonexistent user=workflow_admin dbname=directus"), "pg.connect");

    // A role that is not the one that was signed; SET ROLE by start-up option does not help.
    assert_eq!(refused(&world.conninfo("postgres")), "apply.other-role");
    assert_eq!(
        refused(&format!("{} options='-c role=workflow_admin'", world.conninfo("postgres"))),
        "apply.other-role"
    );

    // Backups: none where one is named, an old one, a changed one.
    let nowhere = world.folder.path().join("backup.json");
    let with_backup = |path: &Path| {
        world.execute_with(Operation::Apply, &world.conninfo("workflow_admin"), Some(path)).unwrap_err().code()
    };
    assert_eq!(with_backup(&nowhere), "apply.no-backup");
    let package = Package::open(&world.package).unwrap();
    let (backup, record) = apply::backup::take_for(
        &package,
        &world.conninfo("postgres"),
        &world.environment,
        &discovery(),
        &Interrupt::default(),
    )
    .unwrap();
    assert!(backup.size > 0 && backup.entries > 0);
    let dumped = std::fs::metadata(record.with_file_name(&backup.file)).unwrap();
    assert_eq!(dumped.permissions().mode() & 0o777, 0o600, "a dump holds rows");
    let good = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, good.replace(&backup.started_at, "2026-01-01T00:00:00Z")).unwrap();
    assert_eq!(with_backup(&record), "apply.old-backup");
    std::fs::write(&record, &good).unwrap();
    let dump = record.with_file_name(&backup.file);
    let mut bytes = std::fs::read(&dump).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&dump, &bytes).unwrap();
    assert_eq!(with_backup(&record), "apply.backup");

    // Drift since the preflight, however small.
    world.sql("COMMENT ON SCHEMA cutter_governance IS 'someone was here'");
    let drift = world.execute(Operation::Apply, "workflow_admin").unwrap_err();
    assert_eq!(drift.code(), "apply.drift");
    assert!(serde_json::to_string(&drift.facts()).unwrap().contains("someone was here"));
    world.sql("COMMENT ON SCHEMA cutter_governance IS NULL");
    // Even where the backup could not be taken any more: a table that the role may not read.
    world.sql("CREATE TABLE cutter_governance.private (a int)");
    assert_eq!(world.execute(Operation::Apply, "workflow_admin").unwrap_err().code(), "apply.drift");
    world.sql("DROP TABLE cutter_governance.private");

    // Somebody else is at it.
    let key = format!("pgwarrant:{}", server.cluster.system_identifier());
    let mut holder = server.cluster.session_as("postgres", &world.database, Purpose::Change).unwrap();
    holder.execute("BEGIN").unwrap();
    holder.query("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", &[&key]).unwrap();
    assert_eq!(world.code("workflow_admin"), "apply.locked");
    holder.execute("ROLLBACK").unwrap();

    // A database that only allows reading now, and did not at the preflight; and a server that does.
    admin.execute(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", world.database)).unwrap();
    assert_eq!(world.code("workflow_admin"), "apply.drift");
    admin.execute(&format!("ALTER DATABASE {} RESET default_transaction_read_only", world.database)).unwrap();
    let loaded = || {
        let mut session = server.cluster.session("postgres", Purpose::Look).unwrap();
        session.query_one("SELECT pg_conf_load_time()::text", &[]).unwrap().get::<_, String>(0)
    };
    let before_the_setting = loaded();
    admin.execute("ALTER SYSTEM SET default_transaction_read_only = on").unwrap();
    admin.execute("SELECT pg_reload_conf()").unwrap();
    while loaded() == before_the_setting {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(world.code("workflow_admin"), "PASS", "the pin beats the server's setting");
    assert_eq!(world.code("workflow_admin"), "warrant.used");
    world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
    assert_eq!(world.code("workflow_admin"), "apply.applied-already");
    admin.execute("ALTER SYSTEM RESET default_transaction_read_only").unwrap();
    admin.execute("SELECT pg_reload_conf()").unwrap();
    assert_ne!(world.dump(), before);
}

/// One changed byte in any sealed file stops everything.
#[test]
fn one_changed_byte_in_any_sealed_file_is_refused() {
    let server = newest();
    let world = World::new(&server, "p0-2");
    world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
    for entry in std::fs::read_dir(&world.package).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        let code = world.code("workflow_admin");
        assert!(code.starts_with("package."), "{}: {code}", path.display());
        std::fs::write(&path, &good).unwrap();
    }
    assert_eq!(world.code("workflow_admin"), "PASS");
}

/// What the target does behind the statements' back is seen before COMMIT, and nothing stays.
#[test]
fn an_event_trigger_that_smuggles_is_rolled_back() {
    support::on_servers(|server| {
        let smuggler = "CREATE FUNCTION public.smuggle() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN \
             IF tg_tag = 'CREATE TABLE' AND NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'smug') THEN \
             EXECUTE 'CREATE SCHEMA smug'; END IF; END $$; \
             CREATE EVENT TRIGGER smuggler ON ddl_command_end EXECUTE FUNCTION public.smuggle();";
        let operators = "CREATE FUNCTION public.smuggle() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN \
             IF tg_tag = 'CREATE TABLE' AND NOT EXISTS (SELECT FROM pg_catalog.pg_operator WHERE oprname = '|+|') THEN \
             EXECUTE 'CREATE OPERATOR public.|+| (LEFTARG = int4, RIGHTARG = int4, FUNCTION = pg_catalog.int4pl)'; END IF; END $$; \
             CREATE EVENT TRIGGER smuggler ON ddl_command_end EXECUTE FUNCTION public.smuggle();";
        // It leaves no row that bears our id.
        let hush = "CREATE FUNCTION public.smuggle() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN \
             COMMENT ON FUNCTION pg_catalog.now() IS NULL; END $$; \
             CREATE EVENT TRIGGER smuggler ON ddl_command_end WHEN tag IN ('CREATE TABLE') EXECUTE FUNCTION public.smuggle();";
        for (what, planted, found) in
            [("schema", smuggler, "W-1"), ("operator", operators, "W-1"), ("a comment of the server's", hush, "D-2")]
        {
            let world = World::of(server, &example("p0-2"), &format!("{}\n{planted}", baseline("p0-2")));
            let before = world.dump();
            world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
            let stopped = world.execute(Operation::Apply, "workflow_admin").unwrap();
            assert_eq!(stopped.outcome, RunOutcome::RolledBack, "{what}");
            let check = stopped.checks.iter().find(|check| check.id == found).unwrap();
            assert!(!check.passed(), "{what}: {check:#?}");
            assert_eq!(world.dump(), before, "{what}");
            // What it would have made is kept as evidence.
            let after = std::fs::read(world.package.join(&stopped.run).join("after.json")).unwrap();
            let after = Snapshot::from_json(&after).unwrap().fingerprint();
            assert_eq!(Some(&after), stopped.fingerprints.after.as_ref(), "{what}");
            assert_ne!(after, stopped.fingerprints.before, "{what}");
            assert!(stopped.verification.iter().all(Check::passed));
        }
    });
}

/// Undoing a dropped function makes it again with what it calls still missing: the one setting a rollback may change.
#[test]
fn a_function_comes_back_as_it_was() {
    let files = BTreeMap::from([
        ("change.sql".to_owned(), b"BEGIN;\nDROP FUNCTION app.total(integer);\nCOMMIT;\n".to_vec()),
        (
            "change.contract".to_owned(),
            b"change functions\ntarget database shop\nrole owner_of_shop\nallow\n  DROP FUNCTION = 1\n  within schema app\n  \
              transaction one\nafter\n  functions - 1\n  nothing else changes\n"
                .to_vec(),
        ),
        ("scaffold.sql".to_owned(), SHOP.as_bytes().to_vec()),
    ]);
    let baseline = format!(
        "CREATE ROLE owner_of_shop; GRANT CREATE ON DATABASE shop TO owner_of_shop; SET ROLE owner_of_shop;\n{SHOP}"
    );
    support::on_servers(|server| {
        let world = World::of(server, &files, &baseline);
        let before = world.dump();
        world.sign(&world.warrant(Operation::Apply, "owner_of_shop"));
        assert_eq!(world.code("owner_of_shop"), "PASS");
        let rollback = std::fs::read_to_string(world.package.join("rollback.sql")).unwrap();
        assert!(rollback.contains("SET LOCAL check_function_bodies = off"), "{rollback}");
        world.sign(&world.warrant(Operation::Rollback, "owner_of_shop"));
        let undone = world.execute(Operation::Rollback, "owner_of_shop").unwrap();
        assert_eq!(undone.outcome, RunOutcome::Pass, "{:#?}", failed(&undone.checks));
        assert_eq!(world.dump(), before);
    });
}

const SHOP: &str = "CREATE SCHEMA app;\n\
    CREATE FUNCTION app.total(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';\n\
    COMMENT ON FUNCTION app.total(integer) IS 'one more';\n";

/// Transaction ids are a circle: on a server that has used more than half of it, rows frozen long ago seem to lie ahead
/// of ours. What an id means there has to be asked with care.
#[test]
fn a_server_far_along_the_circle_of_transaction_ids_is_no_different() {
    let Some(installed) = support::servers().into_iter().rfind(|server| server.bin.join("pg_resetwal").is_file())
    else {
        return println!("not run: no server here has pg_resetwal");
    };
    let mut server = Server::start(&installed);
    let mut admin = server.cluster.session("postgres", Purpose::Change).unwrap();
    for database in ["postgres", "template1"] {
        server.cluster.session(database, Purpose::Change).unwrap().execute("VACUUM FREEZE").unwrap();
    }
    admin.execute("CHECKPOINT").unwrap();
    drop(admin);
    server.cluster.shut_down().unwrap();
    let data = server.cluster.folder().unwrap().join("data");
    let far: u32 = 3_000_000_000;
    let reset = server
        .cluster
        .account()
        .command(&installed.bin.join("pg_resetwal"), &data)
        .args(["-f", "-x", &far.to_string(), "-D"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(reset.status.success(), "{}", String::from_utf8_lossy(&reset.stderr));
    // The commit log of that place does not exist yet: one segment holds 2^20 ids, two bits each.
    std::fs::write(data.join("pg_xact").join(format!("{:04X}", far >> 20)), vec![0_u8; 256 * 1024]).unwrap();
    server.cluster.restart().unwrap();
    let world = World::new(&server, "phase-alpha");
    world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
    let applied = world.execute(Operation::Apply, "workflow_admin").unwrap();
    assert!(applied.transaction.xid.number().unwrap() > u64::from(far));
    assert_eq!(applied.outcome, RunOutcome::Pass, "{:#?}", failed(&applied.checks));
    let written: u64 = applied.witness.unwrap().catalogs.iter().map(|catalog| catalog.written).sum();
    assert!(written > 20, "the witness saw {written} rows");
}

/// What a change says of the server's own objects, grants on them or makes of them is its own like everything else.
#[test]
fn what_is_done_to_the_servers_own_objects_is_explained() {
    let all = [
        ("COMMENT", "COMMENT ON FUNCTION pg_catalog.now() IS 'read at the start'", false),
        ("COMMENT", "COMMENT ON COLUMN pg_catalog.pg_class.relname IS 'the name'", false),
        ("GRANT", "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir() TO reader", true),
        ("REVOKE", "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC", true),
        ("REVOKE", "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_ls_logdir() FROM reader", true),
        ("COMMENT", "COMMENT ON LANGUAGE sql IS 'plain'", false),
        ("ALTER LANGUAGE", "ALTER LANGUAGE sql OWNER TO reader", false),
        ("GRANT", "GRANT CREATE ON SCHEMA information_schema TO reader", true),
        ("REVOKE", "REVOKE SELECT (relname) ON pg_catalog.pg_class FROM reader", false),
    ];
    let shares = support::shared_out(all, |(_, statement, _)| (*statement).to_owned(), |_, _| true);
    support::two_at_a_time(shares, |(server, statements)| {
        let server = &Server::start(server);
        for (tag, statement, plain) in statements {
            let contract = format!(
                "change system\ntarget database own\nrole chief\nallow\n  {tag} = 1\n  permit owner\n  transaction one\nafter\n  nothing else changes\n"
            );
            let files = BTreeMap::from([
                ("change.sql".to_owned(), format!("BEGIN;\n{statement};\nCOMMIT;\n").into_bytes()),
                ("change.contract".to_owned(), contract.into_bytes()),
            ]);
            let roles = "DO $$ BEGIN CREATE ROLE chief SUPERUSER; CREATE ROLE reader; \
                         EXCEPTION WHEN duplicate_object THEN NULL; END $$;\n\
                         GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_logdir() TO reader; \
                         GRANT SELECT (relname) ON pg_catalog.pg_class TO reader;";
            let world = World::on(Base::Restored, server, &files, roles);
            world.sign(&world.warrant(Operation::Apply, "chief"));
            let applied = world.execute(Operation::Apply, "chief").unwrap();
            assert_eq!(applied.outcome, RunOutcome::Pass, "{statement}: {:#?}", failed(&applied.checks));
            if *plain {
                world.sign(&world.warrant(Operation::Rollback, "chief"));
                let undone = world.execute(Operation::Rollback, "chief").unwrap();
                assert_eq!(undone.outcome, RunOutcome::Pass, "{statement}: {:#?}", failed(&undone.checks));
            }
        }
    });
}

/// What bears the name of the role that applies is the role's own whatever it is called.
#[test]
fn what_bears_the_name_of_the_role_is_explained() {
    let server = newest();
    let statement = "ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC";
    let contract = "change defaults\ntarget database own\nrole rehearses, applies\nallow\n  ALTER DEFAULT PRIVILEGES = 1\n  \
                    within schema app\n  transaction one\nafter\n  nothing else changes\n";
    let files = BTreeMap::from([
        ("change.sql".to_owned(), format!("BEGIN;\n{statement};\nCOMMIT;\n").into_bytes()),
        ("change.contract".to_owned(), contract.as_bytes().to_vec()),
        ("scaffold.sql".to_owned(), b"CREATE SCHEMA app;".to_vec()),
    ]);
    let baseline = "CREATE ROLE rehearses; CREATE ROLE applies; CREATE SCHEMA app AUTHORIZATION applies;";
    let world = World::of(&server, &files, baseline);
    world.sign(&world.warrant(Operation::Apply, "applies"));
    let applied = world.execute(Operation::Apply, "applies").unwrap();
    assert_eq!(applied.outcome, RunOutcome::Pass, "{:#?}", failed(&applied.checks));
}

/// Settings that would change how the bytes are read are beaten by the pins.
#[test]
fn a_role_setting_does_not_change_how_the_bytes_are_read() {
    let server = newest();
    let planted = "ALTER ROLE workflow_admin SET standard_conforming_strings = off; \
                   ALTER ROLE workflow_admin SET search_path = public; ALTER ROLE workflow_admin SET check_function_bodies = off;";
    let world = World::of(&server, &example("p0-2"), &format!("{}\n{planted}", baseline("p0-2")));
    world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
    assert_eq!(world.code("workflow_admin"), "PASS");
    server
        .cluster
        .session("postgres", Purpose::Change)
        .unwrap()
        .execute("ALTER ROLE workflow_admin RESET ALL")
        .unwrap();
}
