//! pgwarrant takes one hand-written PostgreSQL schema change through governed phases.
//!
//! The rooms, in the order of flow. A room uses only rooms above it (`tests/rust/architecture.rs` holds that).

#![warn(clippy::unwrap_used)]

/// Words everyone uses: identifiers, spans, server versions, lock modes, digests, evidence.
pub mod base;
/// Text to statements, by psql's own lexical rules; SQL out of a fenced Markdown block.
pub mod script;
/// One statement to facts, through libpg_query.
pub mod sql;
/// The database door: connection settings, TLS, sessions, identity, SQLSTATE.
pub mod pg;
/// A live database to a snapshot of its whole catalog.
pub mod catalog;
/// Two snapshots to the ordered changes between them.
pub mod delta;
/// What a change may do, what must hold before it and what after it.
pub mod contract;
/// A change's files, read once.
pub mod change;
/// Statements and a contract to findings.
pub mod checks;
/// A delta to the statements that undo it, with an honest verdict.
pub mod inverse;
/// Ephemeral PostgreSQL servers.
pub mod cluster;
/// What a contract asks about rows, and what a rollback would throw away, answered on a session.
pub mod rows;
/// The change applied, undone and applied again on an ephemeral cluster, with everything it did measured.
pub mod rehearsal;
/// The read-only look at the target.
pub mod preflight;
/// The sealed directory and its digest.
pub mod package;
/// A person's decision, the signatures, the trust root: to `Authorised`.
pub mod warrant;
/// The append-only hash chain of everything that was done.
pub mod journal;
/// Authorised and the target, to an outcome, in one transaction; recovery of an interrupted run.
pub mod apply;

/// The sum of the rooms' errors: stable codes.
pub mod error;
/// The Python door.
#[cfg(feature = "python")]
mod py;
