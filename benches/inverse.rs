//! How long it takes to find the way back from changes to a whole catalog, beside the snapshot of the tables that the change is
//! about (where each is renamed and another made in its place, these are twice as many): ratios of one run count, not the milliseconds of a machine. `PGWARRANT_TABLES` are the sizes, `PGWARRANT_MAJORS` the servers.

#[path = "../tests/rust/support/mod.rs"]
mod support;
mod environment;
mod timing;

use environment::numbers;
use pgwarrant::catalog::Snapshot;
use pgwarrant::delta::Delta;
use pgwarrant::inverse::Inverse;
use support::{Database, Server};
use timing::{median, timed};

const ROUNDS: usize = 5;

/// Every table is changed: its columns, what stands on them, or its name.
const CHANGES: [(&str, &str); 2] = [
    (
        "each altered",
        "ALTER TABLE app.account_{i} ALTER note TYPE text, ALTER balance SET DEFAULT 1, ADD extra int DEFAULT 5, \
         DROP CONSTRAINT account_{i}_balance, DROP COLUMN changed_at CASCADE; CREATE INDEX ON app.account_{i} (extra);",
    ),
    (
        "each renamed",
        "ALTER TABLE app.account_{i} RENAME TO holder_{i}; ALTER TABLE app.holder_{i} RENAME note TO remark; \
         CREATE TABLE app.account_{i} (id int PRIMARY KEY);",
    ),
];

fn measure(server: &Server, tables: usize) {
    let database = server.database();
    let empty = database.snapshot();
    let script = include_str!("catalog.sql").replace(":TABLES:", &tables.to_string());
    database.run_plainly(&script).expect("the catalog");
    let full = database.snapshot();
    let taking =
        |database: &Database<'_>| median((0..ROUNDS).map(|_| timed(|| database.snapshot().fingerprint()).0).collect());
    let snapshot = taking(&database);
    let mut changed =
        vec![("all made", empty.clone(), full.clone(), snapshot), ("all dropped", full.clone(), empty, snapshot)];
    for (name, change) in CHANGES {
        let copy = server.copy(&database);
        for first in (1..=tables).step_by(100) {
            let numbers = first..(first + 100).min(tables + 1);
            let script: String = numbers.map(|i| change.replace("{i}", &i.to_string())).collect();
            copy.run(&script).expect("the change");
        }
        // A copy keeps oids, and is another database.
        let mut after = copy.snapshot();
        after.volatile.database_oid = full.volatile.database_oid;
        changed.push((name, full.clone(), after, taking(&copy)));
    }
    for (name, before, after, snapshot) in &changed {
        let delta = Delta::between(before, after);
        let times = (0..ROUNDS).map(|_| timed(|| inverse(&delta, before, after)).0).collect();
        let time = median(times);
        let statements = inverse(&delta, before, after).statements.len();
        println!(
            "{:>3} {tables:>6} {name:<14} {:>7} {statements:>10} {time:>8.0} {snapshot:>8.0} {:>6.2}",
            server.major(),
            delta.changes.len(),
            time / snapshot
        );
    }
}

fn inverse(delta: &Delta, before: &Snapshot, after: &Snapshot) -> Inverse {
    Inverse::of(delta, before, after).expect("an inverse")
}

fn main() {
    let majors = numbers("PGWARRANT_MAJORS", "16");
    println!(
        "{:>3} {:>6} {:<14} {:>7} {:>10} {:>8} {:>8} {:>6}",
        "PG", "tables", "change", "changes", "statements", "inverse", "snapshot", "ratio"
    );
    for installed in support::servers().into_iter().filter(|server| majors.contains(&(server.major as usize))) {
        for tables in numbers("PGWARRANT_TABLES", "100 1000") {
            measure(&Server::start(&installed), tables);
        }
    }
}
