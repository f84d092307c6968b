//! One warrant, one use, also from two hosts: the ledger on the target, installed by pgwarrant itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use pgwarrant::apply::record::RunOutcome;
use pgwarrant::rehearsal::Base;
use pgwarrant::warrant::Operation;

use crate::support;
use crate::support::world::{World, failed};
use crate::support::{Server, on_an_outer_server};

fn shop() -> BTreeMap<String, Vec<u8>> {
    let contract =
        "change shop\ntarget database orders\nrole deploy\n\nallow\n    ALTER TABLE\n    within schema shop\n";
    let script = "ALTER TABLE shop.item ADD COLUMN price int;\n";
    let scaffold = "CREATE SCHEMA shop; CREATE TABLE shop.item (id int PRIMARY KEY, name text NOT NULL);";
    [("change.sql", script), ("change.contract", contract), ("scaffold.sql", scaffold)]
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .into()
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap().success());
}

/// What another host has: the package as it was signed, and no memory of any run.
fn elsewhere<'s>(world: &World<'s>) -> World<'s> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["allowed_signers", "ada", "ada.pub", "pristine"] {
        copy(&world.folder.path().join(name), folder.path());
    }
    let package = folder.path().join("pristine");
    let (server, database) = (world.server, world.database.clone());
    World { server, database, folder, package, environment: world.environment.clone() }
}

fn uses(world: &World<'_>) -> i64 {
    let mut session = world.server.cluster.session("orders", pgwarrant::pg::Purpose::Look).unwrap();
    session.query_one("SELECT pg_catalog.count(*) FROM pgwarrant.used_nonce", &[]).unwrap().get(0)
}

/// The ledger's own change, and then a warrant tried on two hosts.
fn installed(server: &Server) -> World<'_> {
    let ledger = World::new(server, "ledger");
    ledger.sign(&ledger.warrant(Operation::Apply, "ledger_keeper"));
    let run = ledger.execute(Operation::Apply, "ledger_keeper").unwrap();
    assert_eq!(run.outcome, RunOutcome::Pass, "{:#?}", failed(&run.checks));
    World::beside(Base::Structural, server, &shop(), "orders".to_owned())
}

#[test]
fn a_warrant_used_on_one_host_is_used_on_all() {
    on_an_outer_server(|server| {
        let world = installed(server);
        world.sign(&world.warrant(Operation::Apply, "deploy"));
        copy(&world.package, &world.folder.path().join("pristine"));
        let before = world.dump();
        assert_eq!(world.code("deploy"), "PASS");
        world.sign(&world.warrant(Operation::Rollback, "deploy"));
        let undone = world.execute(Operation::Rollback, "deploy").unwrap();
        assert_eq!(undone.outcome, RunOutcome::Pass, "{:#?}", failed(&undone.checks));
        assert_eq!(uses(&world), 2);
        // The target is as it was signed, and this host knows of nothing: the target does.
        let other = elsewhere(&world);
        assert_eq!(other.code("deploy"), "warrant.used");
        assert_eq!(world.dump(), before);
        assert_eq!(uses(&world), 2);
        // Without the ledger the same warrant would have been good once more on that host.
        world.sql("ALTER SCHEMA pgwarrant RENAME TO elsewhere");
        assert_eq!(elsewhere(&world).code("deploy"), "apply.drift");
        world.sql("ALTER SCHEMA elsewhere RENAME TO pgwarrant");
        world.sql("DELETE FROM pgwarrant.used_nonce");
        assert_eq!(elsewhere(&world).code("deploy"), "PASS");
    });
}

/// A run that ends in nothing has used its warrant up as well.
#[test]
fn what_came_to_nothing_was_used_too() {
    let server = Server::start(support::servers().last().unwrap());
    let first = installed(&server);
    first.sql("CREATE FUNCTION shop.stop() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$");
    first.sql("CREATE EVENT TRIGGER stop ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION shop.stop()");
    let world = World::beside(Base::Structural, &server, &shop(), "orders".to_owned());
    world.sign(&world.warrant(Operation::Apply, "deploy"));
    copy(&world.package, &world.folder.path().join("pristine"));
    assert_eq!(world.code("deploy"), "BLOCKED");
    assert_eq!(uses(&world), 1);
    assert_eq!(elsewhere(&world).code("deploy"), "warrant.used");
}

/// A ledger that would run somebody's code, or forget, is none; nothing goes on without it.
#[test]
fn a_ledger_that_cannot_be_relied_on_is_refused() {
    let server = Server::start(support::servers().last().unwrap());
    let planted = "CREATE FUNCTION pgwarrant.planted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';";
    for make in [
        "ALTER TABLE pgwarrant.used_nonce SET UNLOGGED",
        "CREATE TRIGGER t BEFORE INSERT ON pgwarrant.used_nonce FOR EACH ROW EXECUTE FUNCTION pgwarrant.planted()",
        "ALTER TABLE pgwarrant.used_nonce ADD COLUMN more text DEFAULT current_user",
        "ALTER TABLE pgwarrant.used_nonce DROP CONSTRAINT used_nonce_pkey",
    ] {
        // The catalog that is signed has the flaw: nothing but the ledger is left to object.
        let ledger = World::new(&server, "ledger");
        let script = String::from_utf8(support::world::example("ledger")["change.sql"].clone()).unwrap();
        let script = script.replace("BEGIN;", "").replace("COMMIT;", "");
        for statement in script.split_inclusive(';').filter(|statement| statement.trim().ends_with(';')) {
            ledger.sql(statement);
        }
        ledger.sql(planted);
        ledger.sql(make);
        let world = World::beside(Base::Structural, &server, &shop(), "orders".to_owned());
        world.sign(&world.warrant(Operation::Apply, "deploy"));
        let before = world.dump();
        assert_eq!(world.code("deploy"), "apply.target-ledger", "{make}");
        assert_eq!(world.dump(), before);
    }
}

/// Where the policy asks for a ledger, a target without one is refused.
#[test]
fn a_policy_can_ask_for_the_ledger() {
    let server = Server::start(support::servers().last().unwrap());
    let ledger = World::new(&server, "ledger");
    let world = World::beside(Base::Structural, &server, &shop(), "orders".to_owned());
    std::fs::write(world.folder.path().join("policy.json"), r#"{"require_target_ledger": true}"#).unwrap();
    world.sign(&world.warrant(Operation::Apply, "deploy"));
    assert_eq!(world.code("deploy"), "apply.target-ledger");
    drop(ledger);
    let world = installed(&server);
    std::fs::write(world.folder.path().join("policy.json"), r#"{"require_target_ledger": true}"#).unwrap();
    world.sql("REVOKE INSERT ON pgwarrant.used_nonce FROM deploy");
    let world = World::beside(Base::Structural, &server, &shop(), "orders".to_owned());
    world.sign(&world.warrant(Operation::Apply, "deploy"));
    assert_eq!(world.code("deploy"), "apply.target-ledger");
}
