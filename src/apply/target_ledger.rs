//! The ledger of used nonces on the target itself, where the site made one: what one host used, no other can. The table is
//! a change of its own (`examples/ledger`); nothing here makes it.

use super::ApplyError;
use crate::pg::{PgError, Session};
use crate::warrant::{Warrant, WarrantError};

const TABLE: &str = "pgwarrant.used_nonce";

/// What the table has to be like: nothing of it computes, so that a row written there runs nobody's code.
const LOOK: &str = "
SELECT c.relkind = 'r' AND c.relpersistence = 'p' AND NOT c.relrowsecurity AND NOT c.relispartition,
       NOT c.relhasrules AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid),
       ARRAY(SELECT a.attname::text || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
             FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1),
       NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype NOT IN ('p', 'n')),
       ARRAY(SELECT i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
                    AND i.indkey::text = (SELECT a.attnum::text FROM pg_catalog.pg_attribute a
                                          WHERE a.attrelid = c.oid AND a.attname = 'nonce')
             FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid),
       pg_catalog.has_schema_privilege(n.oid, 'USAGE')
         AND pg_catalog.has_table_privilege(c.oid, 'INSERT') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'pgwarrant' AND c.relname = 'used_nonce'";

const COLUMNS: [&str; 4] = ["nonce text", "package text", "run text", "used_at timestamp with time zone"];

/// Whether there is a ledger; one that cannot be relied on is no reason to go on without.
pub(super) fn stands(session: &mut Session, required: bool) -> Result<bool, ApplyError> {
    let refused = |problem: &str| Err(ApplyError::TargetLedger { problem: format!("{TABLE} {problem}") });
    let rows = session.query(LOOK, &[])?;
    let Some(row) = rows.first() else {
        return if required { refused("does not exist, and the policy asks for it") } else { Ok(false) };
    };
    let read = |at: usize| row.try_get::<_, bool>(at).map_err(PgError::from);
    let columns: Vec<String> = row.try_get(2).map_err(PgError::from)?;
    let indexes: Vec<bool> = row.try_get(4).map_err(PgError::from)?;
    if !read(0)? || columns != COLUMNS {
        return refused("is not the plain, logged table of examples/ledger");
    }
    if !read(1)? || !read(3)? {
        return refused("has triggers, rules or constraints, which would run when a nonce is written down");
    }
    if indexes != [true] {
        return refused("needs one index: its primary key, the nonce");
    }
    if !read(5)? {
        return refused("may not be read and written by this role: GRANT SELECT, INSERT");
    }
    Ok(true)
}

/// Refuses a nonce that another host used.
pub(super) fn look(session: &mut Session, warrant: &Warrant) -> Result<(), ApplyError> {
    let rows = session.query(
        "SELECT u.run || ', ' || u.used_at::text FROM pgwarrant.used_nonce u WHERE u.nonce = $1",
        &[&warrant.nonce],
    )?;
    match rows.first() {
        None => Ok(()),
        Some(row) => {
            let by = row.try_get::<_, Option<String>>(0).map_err(PgError::from)?.unwrap_or_default();
            Err(WarrantError::Used { nonce: warrant.nonce.clone(), by: format!("{by} (the target's ledger)") }.into())
        }
    }
}

/// Uses a nonce up: a row of a transaction of its own, which stays whatever becomes of the run.
pub(super) fn spend(session: &mut Session, warrant: &Warrant, run: &str) -> Result<(), ApplyError> {
    look(session, warrant)?;
    let written = session.query(
        "INSERT INTO pgwarrant.used_nonce (nonce, package, run, used_at) VALUES ($1, $2, $3, pg_catalog.clock_timestamp())",
        &[&warrant.nonce, &warrant.package.as_str(), &run],
    );
    match written {
        Ok(_) => Ok(()),
        Err(failure) if failure.sqlstate() == Some("23505") => {
            Err(WarrantError::Used { nonce: warrant.nonce.clone(), by: "another run at this moment".into() }.into())
        }
        Err(failure) => Err(failure.into()),
    }
}
