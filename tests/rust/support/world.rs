//! A production database, a sealed package for it, a key and a trust root: what every run needs.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use pgwarrant::apply::record::RunOutcome;
use pgwarrant::apply::{self, ApplyError, Dossier, Execution, Request};
use pgwarrant::base::{Check, Coded as _, Digest, Interrupt, Outcome};
use pgwarrant::change::Change;
use pgwarrant::package::Package;
use pgwarrant::pg::{Environment, Identity, Purpose};
use pgwarrant::preflight;
use pgwarrant::rehearsal::{self, Base, Options};
use pgwarrant::warrant::payload::FORMAT;
use pgwarrant::warrant::{Decision, Instance, Operation, Reach, Warrant, authorise};

use super::{Server, discovery};

pub const AGENT: &str = "agent@example.org";
const ADA: &str = "ada@example.org";

/// A production database, a package for it, a key and a trust root.
pub struct World<'s> {
    pub server: &'s Server,
    pub database: String,
    pub folder: tempfile::TempDir,
    pub package: PathBuf,
    pub environment: Environment,
}

pub fn example(name: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    ["change.sql", "change.contract", "scaffold.sql", "rollback.sql"]
        .into_iter()
        .filter_map(|file| Some((file.to_owned(), std::fs::read(folder.join(file)).ok()?)))
        .collect()
}

pub fn baseline(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).join("baseline.sql");
    std::fs::read_to_string(path).unwrap()
}

fn quietly(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

impl<'s> World<'s> {
    /// Loads a baseline with psql, and takes a change as far as a sealed package.
    pub fn new(server: &'s Server, name: &str) -> Self {
        Self::of(server, &example(name), &baseline(name))
    }

    pub fn of(server: &'s Server, files: &BTreeMap<String, Vec<u8>>, baseline: &str) -> Self {
        Self::on(Base::Structural, server, files, baseline)
    }

    /// The same, rehearsed on a base of its own choice.
    pub fn on(base: Base, server: &'s Server, files: &BTreeMap<String, Vec<u8>>, baseline: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let change = Change::read(files).unwrap();
        let database = change.contract.target.as_ref().map_or("orders".to_owned(), |target| target.database.clone());
        let mut admin = server.cluster.session_as("postgres", "postgres", Purpose::Change).unwrap();
        admin.execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).unwrap();
        admin.execute(&format!("CREATE DATABASE {database} TEMPLATE template0")).unwrap();
        let script = folder.path().join("baseline.sql");
        std::fs::write(&script, baseline).unwrap();
        quietly(
            server
                .client("psql", "postgres")
                .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &database, "-f"])
                .arg(&script),
        );
        Self::beside(base, server, files, database)
    }

    /// The same for a database that is there already.
    pub fn beside(base: Base, server: &'s Server, files: &BTreeMap<String, Vec<u8>>, database: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let change = Change::read(files).unwrap();
        let mut admin = server.cluster.session_as("postgres", "postgres", Purpose::Change).unwrap();
        for role in &change.contract.roles {
            admin.execute(&format!("ALTER ROLE {role} LOGIN")).unwrap();
        }
        let environment = Environment::default();
        let interrupt = Interrupt::default();
        let target = server.cluster.conninfo_as("postgres", &database).unwrap();
        let dry_run = rehearsal::dry_run(
            &change,
            &Options {
                major: Some(server.major()),
                base,
                target: (base == Base::Restored).then_some(target.as_str()),
                role: None,
                discovery: &discovery(),
                environment: &environment,
                interrupt: &interrupt,
            },
        )
        .unwrap();
        assert_eq!(dry_run.outcome, Outcome::Pass, "{:#?}", failed(&dry_run.checks));
        let context =
            preflight::Context { rehearsal_system_identifier: Some(dry_run.cluster.system_identifier.clone()) };
        let (seen, snapshot) = preflight::look(&change, &target, &context, &environment, &interrupt).unwrap();
        assert_eq!(seen.outcome, Outcome::Pass, "{:#?}", failed(&seen.checks));
        let json = |value: &dyn erased::Json| value.bytes();
        let sealed = BTreeMap::from([
            ("change.sql".to_owned(), files["change.sql"].clone()),
            ("change.contract".to_owned(), files["change.contract"].clone()),
            ("rollback.sql".to_owned(), dry_run.rollback.clone().into_bytes()),
            ("dry_run.json".to_owned(), json(&dry_run)),
            ("delta.json".to_owned(), dry_run.delta.to_json().unwrap()),
            ("preflight.json".to_owned(), json(&seen)),
            ("snapshot.json".to_owned(), snapshot.to_json().unwrap()),
            ("REVIEW.md".to_owned(), b"# Review\n".to_vec()),
        ]);
        let package = folder.path().join("package");
        Package::seal(&package, &sealed, &change.contract.change, AGENT, jiff::Timestamp::now()).unwrap();
        let world = Self { server, database, folder, package, environment };
        world.make_key("ada");
        world.trust(ADA, "ada");
        world
    }

    pub fn make_key(&self, name: &str) {
        quietly(
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(self.folder.path().join(name)),
        );
    }

    pub fn trust(&self, who: &str, key: &str) {
        let public = std::fs::read_to_string(self.folder.path().join(format!("{key}.pub"))).unwrap();
        let path = self.folder.path().join("allowed_signers");
        std::fs::write(&path, format!("{who} {public}")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }

    pub fn warrant(&self, operation: Operation, role: &str) -> Warrant {
        let dossier = Dossier::open(&self.package).unwrap();
        let subject = dossier.subject(operation).unwrap();
        let now = jiff::Timestamp::now();
        let later = now.checked_add(jiff::SignedDuration::from_mins(30)).unwrap();
        Warrant {
            format: FORMAT,
            operation,
            decision: Decision::Approve,
            change: dossier.package.manifest.change.clone(),
            package: dossier.package.digest.clone(),
            script: subject.script,
            statements: subject.statements,
            delta: subject.delta,
            review: subject.review,
            fingerprint: subject.fingerprint,
            target: subject.target,
            instance: self.instance(),
            role: role.to_owned(),
            trust: None,
            not_before: now.to_string(),
            not_after: later.to_string(),
            nonce: Warrant::nonce().unwrap(),
            requested_by: AGENT.to_owned(),
            supersedes: None,
            because: None,
        }
    }

    /// The server as it is now: some tests start it again.
    pub fn instance(&self) -> Instance {
        let mut session = self.server.cluster.session_as("postgres", &self.database, Purpose::Look).unwrap();
        Instance::of(&Identity::read(&mut session).unwrap()).unwrap()
    }

    pub fn sign(&self, warrant: &Warrant) -> Digest {
        let bytes = warrant.bytes().unwrap();
        let path = self.package.join("warrants").join(authorise::file_name(&bytes));
        std::fs::write(&path, &bytes).unwrap();
        quietly(
            Command::new("ssh-keygen")
                .args(["-q", "-Y", "sign", "-n", "pgwarrant", "-f"])
                .arg(self.folder.path().join("ada"))
                .arg(&path),
        );
        Digest::of(&bytes)
    }

    pub fn execute(&self, operation: Operation, role: &str) -> Result<Execution, ApplyError> {
        self.execute_with(operation, &self.conninfo(role), None)
    }

    pub fn execute_with(
        &self,
        operation: Operation,
        target: &str,
        backup: Option<&Path>,
    ) -> Result<Execution, ApplyError> {
        self.run(operation, target, backup, Duration::from_secs(20))
    }

    /// With another patience for what the server may take to answer.
    pub fn execute_patiently(
        &self,
        operation: Operation,
        role: &str,
        patience: Duration,
    ) -> Result<Execution, ApplyError> {
        self.run(operation, &self.conninfo(role), None, patience)
    }

    fn run(
        &self,
        operation: Operation,
        target: &str,
        backup: Option<&Path>,
        patience: Duration,
    ) -> Result<Execution, ApplyError> {
        let (discovery, interrupt) = (discovery(), Interrupt::default());
        let trust = self.folder.path().join("allowed_signers");
        let state = self.folder.path().join("state");
        let request = Request {
            package: &self.package,
            operation,
            target,
            trust: &trust,
            reach: Reach::Reported,
            warrant: None,
            backup,
            prove_backup: false,
            backup_target: None,
            environment: &self.environment,
            discovery: &discovery,
            state: Some(&state),
            patience,
            interrupt: &interrupt,
        };
        apply::execute(&request)
    }

    pub fn conninfo(&self, role: &str) -> String {
        self.server.cluster.conninfo_as(role, &self.database).unwrap()
    }

    pub fn code(&self, role: &str) -> &'static str {
        match self.execute(Operation::Apply, role) {
            Ok(execution) => match execution.outcome {
                RunOutcome::Pass => "PASS",
                RunOutcome::Fail => "FAIL",
                RunOutcome::Blocked => "BLOCKED",
                RunOutcome::RolledBack => "ROLLED_BACK",
            },
            Err(failure) => failure.code(),
        }
    }

    pub fn sql(&self, statement: &str) {
        let mut session = self.server.cluster.session_as("postgres", &self.database, Purpose::Change).unwrap();
        session.execute(statement).unwrap();
    }

    pub fn dump(&self) -> String {
        dump(self.server, &self.database)
    }
}

/// The structure as `pg_dump` writes it.
pub fn dump(server: &Server, database: &str) -> String {
    let output = server.client("pg_dump", "postgres").args(["-s", database]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // pg_dump writes a random key around its output.
    text.lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Serialising through one door, whatever the type.
mod erased {
    pub trait Json {
        fn bytes(&self) -> Vec<u8>;
    }

    impl<T: serde::Serialize> Json for T {
        fn bytes(&self) -> Vec<u8> {
            serde_json::to_vec(self).unwrap()
        }
    }
}

pub fn failed(checks: &[Check]) -> Vec<&Check> {
    checks.iter().filter(|check| check.result == Outcome::Fail).collect()
}
