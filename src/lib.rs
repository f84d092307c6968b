//! pgwarrant takes one hand-written PostgreSQL schema change through governed phases.
//!
//! The rooms, in the order of flow. A room uses only rooms above it (`tests/rust/architecture.rs` holds that).

/// Authorised and the target, to an outcome, in one transaction; recovery of an interrupted run.
pub mod apply;
/// Words everyone uses: identifiers, spans, server versions, lock modes, digests, evidence.
pub mod base;
/// A live database to a snapshot of its whole catalog.
pub mod catalog;
/// A change's files, read once.
pub mod change;
/// Statements and a contract to findings.
pub mod checks;
/// Ephemeral PostgreSQL servers.
pub mod cluster;
/// What a change may do, what must hold before it and what after it.
pub mod contract;
/// Two snapshots to the ordered changes between them.
pub mod delta;
/// A delta to the statements that undo it, with an honest verdict.
pub mod inverse;
/// The append-only hash chain of everything that was done.
pub mod journal;
/// The sealed directory and its digest.
pub mod package;
/// The database door: connection settings, TLS, sessions, identity, SQLSTATE.
pub mod pg;
/// The read-only look at the target.
pub mod preflight;
/// The change applied, undone and applied again on an ephemeral cluster, with everything it did measured.
pub mod rehearsal;
/// What a contract asks about rows, and what a rollback would throw away, answered on a session.
pub mod rows;
/// Text to statements, by psql's own lexical rules; SQL out of a fenced Markdown block.
pub mod script;
/// One statement to facts, through libpg_query.
pub mod sql;
/// A person's decision, the signatures, the trust root: to `Authorised`.
pub mod warrant;

/// The sum of the rooms' errors: stable codes.
pub mod error;
/// The Python door.
#[cfg(feature = "python")]
mod py;
