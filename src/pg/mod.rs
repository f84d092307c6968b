//! The database door. Nothing outside this room opens a connection.

pub mod error;
pub mod session;

pub use error::PgError;
pub use postgres::Row;
pub use postgres::types::ToSql;
pub use session::Session;
