//! An agent that owns the working directory, the package, the environment, the way to the server, a login that may read,
//! and any key it likes to make: each attempt ends in the right refusal, and the target stays as it was.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use pgwarrant::apply::{self, Request};
use pgwarrant::base::{Coded as _, Interrupt};
use pgwarrant::package::Package;
use pgwarrant::pg::{Environment, Purpose};
use pgwarrant::warrant::{Operation, Reach, Warrant, authorise};

use crate::support::proxy::{After, Fate, Proxy};
use crate::support::world::{AGENT, World};
use crate::support::{Server, discovery, servers};

const BASELINE: &str = "
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'deploy') THEN CREATE ROLE deploy LOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'agent') THEN CREATE ROLE agent LOGIN; END IF;
END $$;
CREATE SCHEMA app AUTHORIZATION deploy;
SET ROLE deploy;
CREATE TABLE app.t (id int PRIMARY KEY);
GRANT USAGE ON SCHEMA app TO agent;
GRANT SELECT ON app.t TO agent;
";

fn files() -> BTreeMap<String, Vec<u8>> {
    let contract = "change here\ntarget database here\nrole deploy\n\nallow\n    ALTER TABLE\n    within schema app\n";
    let scaffold = "CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY);";
    [("change.sql", "ALTER TABLE app.t ADD COLUMN a int;\n"), ("change.contract", contract), ("scaffold.sql", scaffold)]
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .into()
}

/// One attempt, on a package of its own that a person has approved.
struct Attempt<'w> {
    world: &'w World<'w>,
    folder: tempfile::TempDir,
    package: PathBuf,
    trust: PathBuf,
    reach: Reach,
    warrant: Option<String>,
    target: String,
    environment: Environment,
}

impl Attempt<'_> {
    fn sign(&self, key: &str, warrant: &Warrant) -> PathBuf {
        let bytes = warrant.bytes().unwrap();
        let path = self.package.join("warrants").join(authorise::file_name(&bytes));
        std::fs::write(&path, &bytes).unwrap();
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-Y", "sign", "-n", "pgwarrant", "-f"]).arg(self.world.folder.path().join(key)).arg(&path);
        assert!(command.stderr(std::process::Stdio::null()).status().unwrap().success());
        path
    }

    fn approved(&self) -> PathBuf {
        self.sign("ada", &self.world.warrant(Operation::Apply, "deploy"))
    }

    fn code(&self) -> String {
        let (discovery, interrupt) = (discovery(), Interrupt::default());
        let request = Request {
            package: &self.package,
            operation: Operation::Apply,
            target: &self.target,
            trust: &self.trust,
            reach: self.reach,
            warrant: self.warrant.as_deref(),
            backup: None,
            prove_backup: false,
            backup_target: None,
            environment: &self.environment,
            discovery: &discovery,
            state: Some(&self.folder.path().join("state")),
            patience: Duration::from_secs(20),
            interrupt: &interrupt,
        };
        match apply::execute(&request) {
            Ok(execution) => format!("{:?}", execution.outcome),
            Err(failure) => failure.code().to_owned(),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap().success());
}

fn attempt<'w>(world: &'w World<'w>) -> Attempt<'w> {
    let folder = tempfile::tempdir().unwrap();
    copy(&world.package, folder.path());
    Attempt {
        world,
        package: folder.path().join("package"),
        folder,
        trust: world.folder.path().join("allowed_signers"),
        reach: Reach::Reported,
        warrant: None,
        target: world.conninfo("deploy"),
        environment: Environment::default(),
    }
}

/// The sealed set again, with one file rewritten: a good package, and another one.
fn reseal(attempt: &mut Attempt<'_>, name: &str, requested_by: &str, rewrite: impl Fn(Vec<u8>) -> Vec<u8>) {
    let package = Package::open(&attempt.package).unwrap();
    let sealed = package.manifest.files.iter().map(|file| file.name.clone());
    let mut files: BTreeMap<String, Vec<u8>> =
        sealed.map(|name| (name.clone(), package.file(&name).unwrap().to_vec())).collect();
    let old = files.remove(name).unwrap();
    files.insert(name.to_owned(), rewrite(old));
    let folder = attempt.folder.path().join("resealed");
    Package::seal(&folder, &files, &package.manifest.change, requested_by, jiff::Timestamp::now()).unwrap();
    std::fs::remove_dir_all(folder.join("warrants")).unwrap();
    copy(&attempt.package.join("warrants"), &folder);
    attempt.package = folder;
}

type Doing<'a> = Box<dyn Fn(&mut Attempt<'_>) + 'a>;

#[test]
fn an_agent_changes_nothing() {
    let server = Server::start(servers().last().unwrap());
    let world = World::of(&server, &files(), BASELINE);
    world.make_key("agent");
    let agents_line = || {
        let public = std::fs::read_to_string(world.folder.path().join("agent.pub")).unwrap();
        format!("ada@example.org {public}")
    };
    let before = world.dump();
    let variables = |pairs: &[(&str, &str)]| Environment {
        variables: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Environment::default()
    };
    let write = |path: &Path, bytes: &[u8]| std::fs::write(path, bytes).unwrap();
    let attempts: Vec<(&str, &str, Doing<'_>)> = vec![
        ("no decision", "warrant.none", Box::new(|_| {})),
        (
            "a decision that nobody signed",
            "warrant.unsigned",
            Box::new(|a| {
                let signed = a.approved();
                std::fs::remove_file(format!("{}.sig", signed.display())).unwrap();
            }),
        ),
        (
            "its own key",
            "warrant.unknown-key",
            Box::new(|a| {
                a.sign("agent", &a.world.warrant(Operation::Apply, "deploy"));
            }),
        ),
        (
            "its own key beside a good one",
            "warrant.unknown-key",
            Box::new(|a| {
                let signed = a.approved();
                let name = format!("{}.sig", signed.display());
                let good = std::fs::read(&name).unwrap();
                std::fs::remove_file(&name).unwrap();
                a.sign("agent", &Warrant::read(&std::fs::read(&signed).unwrap()).unwrap());
                std::fs::rename(&name, format!("{}.2.sig", signed.display())).unwrap();
                write(Path::new(&name), &good);
            }),
        ),
        (
            "a trust root in the package",
            "warrant.trust-root",
            Box::new(|a| {
                a.sign("agent", &a.world.warrant(Operation::Apply, "deploy"));
                a.trust = a.package.join("warrants/allowed_signers");
                write(&a.trust, agents_line().as_bytes());
            }),
        ),
        (
            "a trust root of its own",
            "warrant.own-trust-root",
            Box::new(|a| {
                a.sign("agent", &a.world.warrant(Operation::Apply, "deploy"));
                a.trust = a.folder.path().join("allowed_signers");
                a.reach = Reach::Refused;
                write(&a.trust, agents_line().as_bytes());
            }),
        ),
        (
            "another role under a good signature",
            "warrant.wrong-signature",
            Box::new(|a| {
                let signed = a.approved();
                let mut warrant = Warrant::read(&std::fs::read(&signed).unwrap()).unwrap();
                warrant.role = "deploy".to_owned();
                warrant.nonce = Warrant::nonce().unwrap();
                let bytes = warrant.bytes().unwrap();
                let path = a.package.join("warrants").join(authorise::file_name(&bytes));
                write(&path, &bytes);
                std::fs::rename(format!("{}.sig", signed.display()), format!("{}.sig", path.display())).unwrap();
                std::fs::remove_file(&signed).unwrap();
            }),
        ),
        (
            "a decision given more time",
            "warrant.wrong-signature",
            Box::new(|a| {
                let signed = a.approved();
                let mut warrant = Warrant::read(&std::fs::read(&signed).unwrap()).unwrap();
                warrant.not_after = "2099-01-01T00:00:00Z".to_owned();
                write(&signed, &warrant.bytes().unwrap());
            }),
        ),
        (
            "a rollback's decision",
            "warrant.none",
            Box::new(|a| {
                let mut warrant = a.world.warrant(Operation::Apply, "deploy");
                warrant.operation = Operation::Rollback;
                a.sign("ada", &warrant);
            }),
        ),
        (
            "a rejection, named",
            "warrant.not-approved",
            Box::new(|a| {
                let mut warrant = a.world.warrant(Operation::Apply, "deploy");
                warrant.decision = pgwarrant::warrant::Decision::Reject;
                a.sign("ada", &warrant);
            }),
        ),
        (
            "another script after the decision",
            "package.changed-file",
            Box::new(|a| {
                a.approved();
                write(&a.package.join("change.sql"), b"DROP TABLE app.t;\n");
            }),
        ),
        (
            "another script, sealed again",
            "warrant.other-package",
            Box::new(|a| {
                a.approved();
                reseal(a, "REVIEW.md", AGENT, |_| b"# All is well\n".to_vec());
            }),
        ),
        (
            "somebody else asked",
            "warrant.other-package",
            Box::new(|a| {
                a.approved();
                reseal(a, "REVIEW.md", "someone@example.org", |bytes| bytes);
            }),
        ),
        (
            "the one who decides asked for it",
            "warrant.self-approval",
            Box::new(|a| {
                a.approved();
                reseal(a, "REVIEW.md", "ada@example.org", |bytes| bytes);
            }),
        ),
        (
            "a script that was never rehearsed",
            "apply.check-failed",
            Box::new(|a| {
                a.approved();
                reseal(a, "change.sql", AGENT, |_| b"DROP TABLE app.t;\n".to_vec());
            }),
        ),
        (
            "a file more",
            "package.extra-file",
            Box::new(|a| {
                a.approved();
                write(&a.package.join("policy.json"), b"{\"threshold\": 1}");
            }),
        ),
        (
            "the package's memory of the nonce is gone",
            "warrant.used",
            Box::new(|a| {
                let signed = a.approved();
                let warrant = Warrant::read(&std::fs::read(signed).unwrap()).unwrap();
                let ledger = pgwarrant::warrant::nonce::Ledger::new(&a.folder.path().join("state"), &a.package);
                ledger.spend(&warrant, "an earlier run").unwrap();
                std::fs::remove_dir_all(a.package.join("runs")).unwrap();
                std::fs::create_dir(a.package.join("runs")).unwrap();
            }),
        ),
        (
            "its own login",
            "apply.other-role",
            Box::new(|a| {
                a.approved();
                a.target = a.world.conninfo("agent");
            }),
        ),
        (
            "a superuser's login",
            "apply.other-role",
            Box::new(|a| {
                a.approved();
                a.target = a.world.conninfo("postgres");
            }),
        ),
        (
            "another database",
            "apply.other-target",
            Box::new(|a| {
                a.approved();
                a.target = a.world.server.cluster.conninfo_as("deploy", "postgres").unwrap();
            }),
        ),
        (
            "settings from the environment",
            "pg.connect",
            Box::new(|a| {
                a.approved();
                a.environment = variables(&[("PGOPTIONS", "-c session_replication_role=replica")]);
            }),
        ),
        (
            "a service from the environment",
            "pg.no-such-service",
            Box::new(|a| {
                a.approved();
                a.environment = variables(&[("PGSERVICE", "elsewhere")]);
            }),
        ),
        (
            "another kind of server",
            "pg.wrong-kind-of-server",
            Box::new(|a| {
                a.approved();
                a.environment = variables(&[("PGTARGETSESSIONATTRS", "standby")]);
            }),
        ),
        (
            "another encoding",
            "pg.unsupported-value",
            Box::new(|a| {
                a.approved();
                a.environment = variables(&[("PGCLIENTENCODING", "SQL_ASCII")]);
            }),
        ),
        (
            "a warrant that is none among the others",
            "warrant.malformed",
            Box::new(|a| {
                a.approved();
                write(&a.package.join("warrants/000000000000.json"), b"{}");
            }),
        ),
        (
            "a nonce that is a path",
            "warrant.malformed",
            Box::new(|a| {
                let mut warrant = a.world.warrant(Operation::Apply, "deploy");
                warrant.nonce = "../../../../../../tmp/escaped00".to_owned();
                a.sign("ada", &warrant);
            }),
        ),
    ];
    let mut wrong = Vec::new();
    let count = attempts.len();
    for (what, wanted, act) in attempts {
        let mut attempt = attempt(&world);
        act(&mut attempt);
        let code = attempt.code();
        if code != wanted {
            wrong.push(format!("{what}: {code}, not {wanted}"));
        }
        if world.dump() != before {
            wrong.push(format!("{what}: the target was changed"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{count} attempts refused");
    // What a login that may read can do on the server: stand in the way, and take the lock of runs. Both are said.
    let key = format!("pgwarrant:{}", server.cluster.system_identifier());
    let lock = format!("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('{key}', 0))");
    for (statement, wanted) in [("SELECT 1 FROM app.t", "apply.in-the-way"), (lock.as_str(), "apply.locked")] {
        let mut agent = server.cluster.session_as("agent", "here", Purpose::Change).unwrap();
        agent.execute("BEGIN").unwrap();
        agent.execute(statement).unwrap();
        let attempt = attempt(&world);
        attempt.approved();
        assert_eq!(attempt.code(), wanted);
        assert_eq!(world.dump(), before);
        drop(agent);
        // And once it is gone, the decision is still good; but not for a second run.
        if wanted == "apply.locked" {
            assert_eq!(attempt.code(), "Pass");
            assert_eq!(attempt.code(), "warrant.used");
        }
    }
}

/// Whoever sits between client and server changes what is said: the server's word on who it is, or the statement.
#[test]
fn a_network_that_lies_changes_nothing() {
    let server = Server::start(servers().last().unwrap());
    let world = World::of(&server, &files(), BASELINE);
    let before = world.dump();
    let (folder, port) = (server.cluster.folder().unwrap(), server.cluster.port());
    for sign in ["ALTER TABLE app.t", "COMMIT", "pg_try_advisory_xact_lock"] {
        let proxy = Proxy::before(folder, port);
        proxy.decide(move |message| {
            let hit = message.bytes.windows(sign.len()).any(|window| window == sign.as_bytes());
            if hit { Fate::LoseAnd(After::Cut) } else { Fate::Forward }
        });
        let mut attempt = attempt(&world);
        attempt.target = format!("host={} port={port} user=deploy dbname=here", proxy.folder().display());
        attempt.approved();
        let code = attempt.code();
        assert!(["pg.lost", "apply.unresolved", "Blocked", "RolledBack"].contains(&code.as_str()), "{sign}: {code}");
        assert_eq!(world.dump(), before, "{sign}");
    }
}
