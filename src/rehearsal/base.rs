//! What a dry run stands on: roles, a database, and either the scaffold or a restored copy of the target.

use std::collections::BTreeSet;
use std::process::Command;

use super::statements::{self, Ran, Watch};
use super::{Base, Options, RehearsalError};
use crate::base::{Check, QualifiedName, quote_ident};
use crate::catalog::Snapshot;
use crate::change::{self, Change};
use crate::cluster::{ClusterError, EphemeralCluster, Server, tool};
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

/// Which cluster the base needs.
pub struct Wanted {
    pub major: Option<u32>,
    /// The name of the superuser that `initdb` makes; any, if none is given.
    pub superuser: Option<String>,
}

/// A copy of the target stands on the target's own major, unless another is asked for, and on its bootstrap superuser,
/// who owns what every database is born with: so that nothing differs that need not.
pub fn wanted(options: &Options<'_>) -> Result<Wanted, RehearsalError> {
    if options.base == Base::Structural {
        return Ok(Wanted { major: options.major, superuser: None });
    }
    let mut session = look(options.target.ok_or(RehearsalError::NoTarget)?, options)?;
    let bootstrap = session.query_one("SELECT pg_catalog.pg_get_userbyid(10)::text", &[])?;
    Ok(Wanted {
        major: options.major.or(Some(session.version().major())),
        superuser: Some(bootstrap.try_get(0).map_err(crate::pg::PgError::from)?),
    })
}

/// A session on the target that can only read.
fn look(target: &str, options: &Options<'_>) -> Result<Session, RehearsalError> {
    let settings = Settings::resolve(target, options.environment)?;
    Ok(Session::connect(&settings, options.environment, Purpose::Look, Patience::LOOKING, options.interrupt)?)
}

/// A change, or a scaffold, that creates an extension needs a server that has it: said before anything starts.
pub fn require_extensions(change: &Change, base: Base, server: &Server) -> Result<(), RehearsalError> {
    let mut all = change.facts()?;
    if let (Base::Structural, Some(scaffold)) = (base, &change.scaffold) {
        all.extend(change::facts(change::SCAFFOLD, scaffold)?);
    }
    for facts in &all {
        for object in facts.of(Action::Create).filter(|object| object.kind == "extension") {
            require_extension(&object.name, server)?;
        }
    }
    Ok(())
}

pub(crate) fn require_extension(name: &str, server: &Server) -> Result<(), RehearsalError> {
    if server.extensions.iter().any(|known| known == name) {
        return Ok(());
    }
    Err(RehearsalError::NoExtension {
        extension: name.to_owned(),
        server: format!("PostgreSQL {} in {}", server.version, server.bin.display()),
        available: server.extensions.clone(),
    })
}

/// Prepares roles, database and base.
pub fn prepare(cluster: &EphemeralCluster, change: &Change, options: &Options<'_>) -> Result<Prepared, RehearsalError> {
    let contract = &change.contract;
    let role =
        options.role.map(str::to_owned).or_else(|| contract.roles.first().cloned()).unwrap_or_else(|| ROLE.to_owned());
    let database = contract.target.as_ref().map_or_else(|| DATABASE.to_owned(), |target| target.database.clone());
    let mut admin = cluster.session("postgres", Purpose::Change)?;
    let roles: BTreeSet<&str> = contract.roles.iter().map(String::as_str).chain([role.as_str()]).collect();
    for name in roles.into_iter().filter(|name| *name != cluster.superuser()) {
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
    let Ran { records, failed } = statements::run(session, &steps, Watch::FromOutside, |_| ())?;
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
    Ok(Identity::read(&mut look(target, options)?)?)
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
    let snapshot = Snapshot::begin(&mut session)?;
    for key in snapshot.objects.keys().filter(|key| key.kind == "extension") {
        key.path.iter().try_for_each(|name| require_extension(name, cluster.server()))?;
    }
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
    let tables = with_rows_and_positions(&mut session, &tables_of_interest(change, &snapshot)?)?;
    let mut parts: Vec<Vec<String>> = vec![vec!["--schema-only".into()]];
    if !tables.is_empty() {
        let mut data = vec!["--data-only".to_owned()];
        data.extend(tables.iter().map(|table| format!("--table={table}")));
        parts.push(data);
    }
    for (number, arguments) in parts.iter().enumerate() {
        let file = folder.path().join(format!("{number}.dump"));
        let mut dump = Command::new(&pg_dump);
        tool::without_pg_variables(&mut dump);
        dump.envs(settings.client_environment(host))
            .arg("--format=custom")
            .arg("--no-password")
            // A copy that waits behind a lock makes everyone wait who comes after it.
            .arg(format!("--lock-wait-timeout={}", Patience::LOOKING.lock_ms))
            .arg("--snapshot")
            .arg(&exported);
        copy("pg_dump", dump.args(arguments).arg("--file").arg(&file), options)?;
        let mut restore = Command::new(&pg_restore);
        tool::without_pg_variables(&mut restore);
        restore.args(["--exit-on-error", "--single-transaction", "--dbname", &cluster.conninfo(&prepared.database)?]);
        if number > 0 {
            restore.arg("--disable-triggers");
        }
        copy("pg_restore", restore.arg(&file), options)?;
    }
    session.execute("ROLLBACK")?;
    let mut fresh = cluster.session(&prepared.database, Purpose::Look)?;
    fresh.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    let restored = Snapshot::read(&mut fresh)?;
    fresh.execute("ROLLBACK")?;
    let (snapshot, restored) = (snapshot.as_dumped(&restored), restored.as_dumped(&snapshot));
    let (expected, observed) = (snapshot.fingerprint(), restored.fingerprint());
    let mut check =
        Check::equal("C-6", "the restored base is the target's catalog (fingerprint)", &expected, &observed);
    if !check.passed() {
        check = check.because(crate::delta::Delta::between(&snapshot, &restored).to_text());
    }
    prepared.checks.push(check);
    Ok(())
}

/// Runs one of the two programs of a copy. What it says is why the target could not be copied.
fn copy(name: &str, command: &mut Command, options: &Options<'_>) -> Result<(), RehearsalError> {
    match tool::run(name, command, options.interrupt) {
        Ok(_) => Ok(()),
        Err(ClusterError::Tool { output, .. }) => Err(RehearsalError::Restore { problem: output }),
        Err(failure) => Err(failure.into()),
    }
}

/// The roles that own or hold anything in the database, and those they are members of, with their attributes and
/// memberships; no passwords. The bootstrap superuser is there already.
pub(crate) fn copy_roles(
    from: &mut Session,
    admin: &mut Session,
    snapshot: &Snapshot,
    role: &str,
) -> Result<(), RehearsalError> {
    let mut names: BTreeSet<String> = BTreeSet::from([role.to_owned()]);
    for object in snapshot.objects.values() {
        names.extend(object.owner.clone());
        for grant in object.acl.iter().flatten() {
            names.extend([grant.grantee.clone(), grant.grantor.clone()]);
        }
    }
    names.remove(crate::catalog::PUBLIC);
    let involved: Vec<String> = names.into_iter().collect();
    // The server's own record of who has to do with this database knows of kinds that a snapshot does not hold.
    let rows = from.query(
        "WITH RECURSIVE wanted AS ( \
             SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname::text = ANY ($1) \
             UNION SELECT s.refobjid FROM pg_catalog.pg_shdepend s \
              WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass \
                AND s.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
             UNION SELECT a.roleid FROM pg_catalog.pg_auth_members a JOIN wanted ON wanted.oid = a.member) \
         SELECT r.rolname::text, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolbypassrls \
         FROM pg_catalog.pg_roles r JOIN wanted ON wanted.oid = r.oid \
         WHERE r.oid <> 10 AND r.rolname !~ '^pg_' ORDER BY r.rolname",
        &[&involved],
    )?;
    let mut copied = Vec::new();
    for row in &rows {
        let get = |at: usize| row.try_get::<_, bool>(at).map_err(crate::pg::PgError::from);
        let name: String = row.try_get(0).map_err(crate::pg::PgError::from)?;
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
        copied.push(name);
    }
    copy_memberships(from, admin, &copied)
}

/// Who is a member of whom. Since 16 a membership has options of its own.
fn copy_memberships(from: &mut Session, admin: &mut Session, members: &[String]) -> Result<(), RehearsalError> {
    let detailed = from.version().at_least(16) && admin.version().at_least(16);
    let options = if detailed {
        "' WITH ADMIN ' || a.admin_option || ', INHERIT ' || a.inherit_option || ', SET ' || a.set_option"
    } else {
        "CASE WHEN a.admin_option THEN ' WITH ADMIN OPTION' ELSE '' END"
    };
    let rows = from.query(
        &format!(
            "SELECT g.rolname::text, m.rolname::text, {options} FROM pg_catalog.pg_auth_members a \
             JOIN pg_catalog.pg_roles g ON g.oid = a.roleid JOIN pg_catalog.pg_roles m ON m.oid = a.member \
             WHERE m.rolname::text = ANY ($1) ORDER BY 1, 2, 3"
        ),
        &[&members],
    )?;
    for row in &rows {
        let get = |at: usize| row.try_get::<_, String>(at).map_err(crate::pg::PgError::from);
        admin.execute(&format!("GRANT {} TO {}{}", quote_ident(&get(0)?), quote_ident(&get(1)?), get(2)?))?;
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
                names.insert(QualifiedName::new(schema.as_str(), object.name.as_str()));
            }
        }
    }
    Ok(names
        .into_iter()
        .filter(|name| snapshot.find_relation(&name.schema, &name.name).is_some_and(|(key, _)| key.kind == "table"))
        .collect())
}

/// With the partitions and children that hold a table's rows, and the sequences its defaults count on.
fn with_rows_and_positions(
    session: &mut Session,
    tables: &BTreeSet<QualifiedName>,
) -> Result<BTreeSet<QualifiedName>, RehearsalError> {
    let (schemas, names): (Vec<&str>, Vec<&str>) =
        tables.iter().map(|table| (table.schema.as_str(), table.name.as_str())).unzip();
    let rows = session.query(
        "WITH RECURSIVE wanted AS ( \
             SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS w (schema, name) \
               ON w.schema = n.nspname AND w.name = c.relname \
             UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN wanted ON wanted.oid = i.inhparent), \
         counting AS ( \
             SELECT d.objid AS oid FROM pg_catalog.pg_depend d JOIN wanted ON wanted.oid = d.refobjid \
              WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i') \
                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
             UNION SELECT d.refobjid FROM pg_catalog.pg_depend d \
               JOIN pg_catalog.pg_attrdef a ON a.oid = d.objid JOIN wanted ON wanted.oid = a.adrelid \
              WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass \
                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass) \
         SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE (c.relkind IN ('r', 'p') AND c.oid IN (SELECT oid FROM wanted)) \
            OR (c.relkind = 'S' AND c.oid IN (SELECT oid FROM counting))",
        &[&schemas, &names],
    )?;
    rows.iter()
        .map(|row| {
            let get = |at: usize| row.try_get::<_, String>(at).map_err(crate::pg::PgError::from);
            Ok(QualifiedName::new(&get(0)?, &get(1)?))
        })
        .collect()
}
