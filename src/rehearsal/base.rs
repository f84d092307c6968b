//! What a dry run stands on: roles, a database, and either the scaffold or a restored copy of the target.

use std::collections::BTreeSet;
use std::process::Command;

use super::statements::{self, Ran, Watch};
use super::{Base, Options, RehearsalError};
use crate::base::{Check, QualifiedName, quote_ident};
use crate::catalog::Snapshot;
use crate::change::{self, Change};
use crate::cluster::{EphemeralCluster, Server, tool};
use crate::pg::{Identity, Patience, Purpose, Session, Settings};
use crate::sql::Action;

/// A database ready for the change.
pub struct Prepared {
    pub role: String,
    pub database: String,
    pub checks: Vec<Check>,
}

/// The role and database names used where the contract names none.
const ROLE: &str = "pgwarrant_change";
const DATABASE: &str = "rehearsal";

/// A change, or a scaffold, that creates an extension needs a server that has it: said before anything starts.
pub fn require_extensions(change: &Change, base: Base, server: &Server) -> Result<(), RehearsalError> {
    let mut all = change.facts()?;
    if let (Base::Structural, Some(scaffold)) = (base, &change.scaffold) {
        all.extend(change::facts(change::SCAFFOLD, scaffold)?);
    }
    for facts in &all {
        for object in facts.of(Action::Create).filter(|object| object.kind == "extension") {
            if !server.extensions.contains(&object.name) {
                return Err(RehearsalError::NoExtension {
                    extension: object.name.clone(),
                    server: format!("PostgreSQL {} in {}", server.version, server.bin.display()),
                    available: server.extensions.clone(),
                });
            }
        }
    }
    Ok(())
}

/// Prepares roles, database and base.
pub fn prepare(cluster: &EphemeralCluster, change: &Change, options: &Options<'_>) -> Result<Prepared, RehearsalError> {
    let contract = &change.contract;
    let role =
        options.role.map(str::to_owned).or_else(|| contract.roles.first().cloned()).unwrap_or_else(|| ROLE.to_owned());
    let database = contract.target.as_ref().map_or_else(|| DATABASE.to_owned(), |target| target.database.clone());
    let mut admin = cluster.session("postgres", Purpose::Change)?;
    let roles: BTreeSet<&str> = contract.roles.iter().map(String::as_str).chain([role.as_str()]).collect();
    for name in roles {
        admin.execute(&format!("CREATE ROLE {} LOGIN", quote_ident(name)))?;
    }
    if !["postgres", "template0", "template1"].contains(&database.as_str()) {
        admin.execute(&format!(
            "CREATE DATABASE {} OWNER {} TEMPLATE template0",
            quote_ident(&database),
            quote_ident(&role)
        ))?;
    }
    let mut prepared = Prepared { role, database, checks: Vec::new() };
    match options.base {
        Base::Structural => {
            if let Some(scaffold) = &change.scaffold {
                let mut session = cluster.session_as(&prepared.role, &prepared.database, Purpose::Change)?;
                run_scaffold(&mut session, scaffold)?;
            }
        }
        Base::Restored => restore(cluster, change, options, &mut admin, &mut prepared)?,
    }
    Ok(prepared)
}

fn run_scaffold(session: &mut Session, scaffold: &crate::script::Script) -> Result<(), RehearsalError> {
    let steps = change::steps(change::SCAFFOLD, scaffold)?;
    session.execute("BEGIN")?;
    let Ran { records, failed } = statements::run(session, &steps, Watch::FromOutside, |_| Ok(()))?;
    match records.last().and_then(|record| Some((record.line, record.error.clone()?))) {
        Some((line, error)) if failed => {
            Err(RehearsalError::Scaffold { line, sqlstate: error.sqlstate, message: error.message })
        }
        _ => {
            session.execute("COMMIT")?;
            Ok(())
        }
    }
}

/// The identity of the target, by a look of its own.
pub fn identity_of(target: &str, options: &Options<'_>) -> Result<Identity, RehearsalError> {
    let settings = Settings::resolve(target, options.environment)?;
    let mut session =
        Session::connect(&settings, options.environment, Purpose::Look, Patience::LOOKING, options.interrupt)?;
    Ok(Identity::read(&mut session)?)
}

/// Dumps the target's schema, and the rows of the tables that the change and the contract are about, and restores both.
fn restore(
    cluster: &EphemeralCluster,
    change: &Change,
    options: &Options<'_>,
    admin: &mut Session,
    prepared: &mut Prepared,
) -> Result<(), RehearsalError> {
    let target = options.target.ok_or(RehearsalError::NoTarget)?;
    let settings = Settings::resolve(target, options.environment)?;
    let mut session =
        Session::connect(&settings, options.environment, Purpose::Look, Patience::LOOKING, options.interrupt)?;
    let identity = Identity::read(&mut session)?;
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    let snapshot = Snapshot::read(&mut session)?;
    copy_roles(&mut session, admin, &snapshot, &prepared.role)?;
    // The dump sees exactly what the snapshot saw.
    let exported: String = session
        .query_one("SELECT pg_catalog.pg_export_snapshot()", &[])?
        .try_get(0)
        .map_err(crate::pg::PgError::from)?;
    let folder = tempfile::tempdir().map_err(|failure| RehearsalError::Restore { problem: failure.to_string() })?;
    let host =
        settings.hosts().iter().find(|host| host.name == identity.host && host.port == identity.port).ok_or_else(
            || RehearsalError::Restore { problem: "the host that answered is not one of the target's".into() },
        )?;
    let pg_dump = options.discovery.tool("pg_dump", identity.server_version_num.major())?;
    let pg_restore = options.discovery.tool("pg_restore", identity.server_version_num.major())?;
    let tables = tables_of_interest(change, &snapshot)?;
    let mut parts: Vec<Vec<String>> = vec![vec!["--schema-only".into()]];
    if !tables.is_empty() {
        let mut data = vec!["--data-only".to_owned()];
        data.extend(tables.iter().map(|table| format!("--table={table}")));
        parts.push(data);
    }
    for (number, arguments) in parts.iter().enumerate() {
        let file = folder.path().join(format!("{number}.dump"));
        let mut dump = Command::new(&pg_dump);
        without_pg_variables(&mut dump);
        dump.envs(settings.client_environment(host))
            .arg("--format=custom")
            .arg("--no-password")
            .arg("--snapshot")
            .arg(&exported);
        tool::run("pg_dump", dump.args(arguments).arg("--file").arg(&file), options.interrupt)?;
        let mut restore = Command::new(&pg_restore);
        without_pg_variables(&mut restore);
        restore.args(["--exit-on-error", "--single-transaction", "--dbname", &cluster.conninfo(&prepared.database)?]);
        if number > 0 {
            restore.arg("--disable-triggers");
        }
        tool::run("pg_restore", restore.arg(&file), options.interrupt)?;
    }
    session.execute("ROLLBACK")?;
    let mut fresh = cluster.session(&prepared.database, Purpose::Look)?;
    fresh.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    let restored = Snapshot::read(&mut fresh)?;
    fresh.execute("ROLLBACK")?;
    let (expected, observed) = (snapshot.fingerprint(), restored.fingerprint());
    let mut check =
        Check::equal("C-6", "the restored base is the target's catalog (fingerprint)", &expected, &observed);
    if !check.passed() {
        check = check.because(crate::delta::Delta::between(&snapshot, &restored).to_text());
    }
    prepared.checks.push(check);
    Ok(())
}

fn without_pg_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
}

/// The roles that own or hold anything, with their attributes and memberships; no passwords.
fn copy_roles(from: &mut Session, admin: &mut Session, snapshot: &Snapshot, role: &str) -> Result<(), RehearsalError> {
    let mut names: BTreeSet<String> = BTreeSet::from([role.to_owned()]);
    for object in snapshot.objects.values() {
        names.extend(object.owner.clone());
        for grant in object.acl.iter().flatten() {
            names.extend([grant.grantee.clone(), grant.grantor.clone()]);
        }
    }
    names.remove(crate::catalog::PUBLIC);
    let wanted: Vec<String> = names.into_iter().collect();
    let rows = from.query(
        "SELECT rolname::text, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolbypassrls, rolname OPERATOR(pg_catalog.~) '^pg_' \
         FROM pg_catalog.pg_roles WHERE rolname::text = ANY ($1) ORDER BY rolname",
        &[&wanted],
    )?;
    for row in &rows {
        let get = |at: usize| row.try_get::<_, bool>(at).map_err(crate::pg::PgError::from);
        let name: String = row.try_get(0).map_err(crate::pg::PgError::from)?;
        if get(6)? {
            continue;
        }
        let exists = admin.query("SELECT FROM pg_catalog.pg_roles WHERE rolname::text = $1", &[&name])?;
        let verb = if exists.is_empty() { "CREATE" } else { "ALTER" };
        let word = |on: bool, word: &str| if on { format!(" {word}") } else { format!(" NO{word}") };
        admin.execute(&format!(
            "{verb} ROLE {} LOGIN{}{}{}{}{}",
            quote_ident(&name),
            word(get(1)?, "SUPERUSER"),
            word(get(2)?, "INHERIT"),
            word(get(3)?, "CREATEROLE"),
            word(get(4)?, "CREATEDB"),
            word(get(5)?, "BYPASSRLS"),
        ))?;
    }
    let memberships = from.query(
        "SELECT g.rolname::text, m.rolname::text FROM pg_catalog.pg_auth_members a \
         JOIN pg_catalog.pg_roles g ON g.oid = a.roleid JOIN pg_catalog.pg_roles m ON m.oid = a.member \
         WHERE m.rolname::text = ANY ($1) AND (g.rolname::text = ANY ($1) OR g.rolname OPERATOR(pg_catalog.~) '^pg_') ORDER BY 1, 2",
        &[&wanted],
    )?;
    for row in &memberships {
        let get = |at: usize| row.try_get::<_, String>(at).map_err(crate::pg::PgError::from);
        admin.execute(&format!("GRANT {} TO {}", quote_ident(&get(0)?), quote_ident(&get(1)?)))?;
    }
    Ok(())
}

/// The tables whose rows matter: those the change alters or writes, and those the contract asks about.
fn tables_of_interest(change: &Change, snapshot: &Snapshot) -> Result<BTreeSet<QualifiedName>, RehearsalError> {
    let mut names: BTreeSet<QualifiedName> =
        change.contract.row_questions().into_iter().map(|question| question.relation().clone()).collect();
    for facts in change.facts()? {
        for object in facts.touched().filter(|object| object.action != Action::Create) {
            if let Some(schema) = &object.schema {
                names.insert(QualifiedName::new(schema, &object.name));
            }
        }
    }
    Ok(names
        .into_iter()
        .filter(|name| snapshot.find_relation(&name.schema, &name.name).is_some_and(|(key, _)| key.kind == "table"))
        .collect())
}
