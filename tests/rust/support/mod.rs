//! What the live tests share: the servers of this machine.

use pgwarrant::cluster::{Discovery, Server};

/// One server for each major found, as `pgwarrant servers` would list them. No server at all fails the test.
pub fn servers() -> Vec<Server> {
    let discovery = Discovery { variable: std::env::var("PGWARRANT_PG_BIN").ok(), ..Discovery::default() };
    let mut servers = discovery.servers().expect("servers");
    servers.sort_by_key(|server| server.major);
    servers.dedup_by_key(|server| server.major);
    assert!(!servers.is_empty(), "no PostgreSQL server: set PGWARRANT_PG_BIN");
    servers
}
