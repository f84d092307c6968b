//! The database door. Nothing outside this room opens a connection, and nothing outside it names the driver.

pub mod conninfo;
pub mod environment;
pub mod error;
pub mod identity;
pub mod keywords;
pub mod passfile;
pub mod pins;
mod pipeline;
pub mod service;
pub mod session;
pub mod settings;
pub mod tls;
mod wire;

pub use environment::Environment;
pub use error::PgError;
pub use identity::Identity;
pub use pins::Purpose;
pub use pipeline::Answered;
pub use postgres::Row;
pub use postgres::types::ToSql;
pub use session::{Asked, Notice, Patience, Session, Transport};
pub use settings::Settings;
