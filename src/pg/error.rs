//! What can go wrong between us and a server.

/// A failure to reach a server or to be answered by it.
#[derive(Debug, thiserror::Error)]
pub enum PgError {
    #[error("the server refused a query: {source}")]
    Query { source: postgres::Error },
    #[error("could not connect: {source}")]
    Connect { source: postgres::Error },
}

impl crate::base::Coded for PgError {
    fn code(&self) -> &'static str {
        match self {
            Self::Query { .. } => "pg.query",
            Self::Connect { .. } => "pg.connect",
        }
    }
}
