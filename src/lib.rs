//! pgwarrant takes one hand-written PostgreSQL schema change through governed phases.
//!
//! The rooms, in the order of flow. A room uses only rooms above it (`tests/rust/architecture.rs` holds that).

/// Words everyone uses: identifiers, spans, server versions, lock modes, digests, evidence.
pub mod base;
/// A live database to a snapshot of its whole catalog.
pub mod catalog;
/// Statements and a contract to findings.
pub mod checks;
/// What a change may do, what must hold before it and what after it.
pub mod contract;
/// Two snapshots to the ordered changes between them.
pub mod delta;
/// A delta to the statements that undo it, with an honest verdict.
pub mod inverse;
/// The database door: connection settings, TLS, sessions, identity, SQLSTATE.
pub mod pg;
/// Text to statements, by psql's own lexical rules; SQL out of a fenced Markdown block.
pub mod script;
/// One statement to facts, through libpg_query.
pub mod sql;

/// Ephemeral PostgreSQL servers.
pub mod cluster;
/// The append-only hash chain of everything that was done.
pub mod journal;
/// The sealed directory and its digest.
pub mod package;
/// A person's decision, the signatures, the trust root: to `Authorised`.
pub mod warrant;

pub mod error;
