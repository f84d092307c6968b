//! Throw-away PostgreSQL servers: found, started on a Unix socket alone, and gone afterwards whatever happens.

pub mod account;
pub mod ephemeral;
pub mod error;
pub mod servers;
pub mod tool;
mod watchdog;

pub use account::Account;
pub use ephemeral::EphemeralCluster;
pub use error::ClusterError;
pub use servers::{Discovery, Server};
