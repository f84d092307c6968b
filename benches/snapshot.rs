//! A snapshot beside `pg_dump -s` of the same database: the ratio is what counts, not the milliseconds of a machine.
//! `cargo bench --bench snapshot` (`PGWARRANT_TABLES` tables of ten columns, 1,000 unless said; servers as in the tests).

#[path = "../tests/rust/support/mod.rs"]
mod support;
mod timing;

use pgwarrant::delta::Delta;
use support::{Server, snapshot};
use timing::{median, timed};

const ROUNDS: usize = 5;

const TABLES: &str = "DO $$ BEGIN FOR i IN 1..TABLES LOOP \
    EXECUTE format('CREATE TABLE public.t%s (id bigint PRIMARY KEY, a text NOT NULL DEFAULT $q$x$q$, b int UNIQUE, \
    c int CHECK (c > 0), d date DEFAULT CURRENT_DATE, e text, f numeric(10,2), g timestamptz DEFAULT now(), h text, \
    p bigint REFERENCES public.t%s)', i, greatest(i - 1, 1)); \
    EXECUTE format('CREATE INDEX ON public.t%s (c, d)', i); \
    EXECUTE format('COMMENT ON TABLE public.t%s IS $q$table$q$', i); \
    IF i % 500 = 0 THEN COMMIT; END IF; END LOOP; END $$";

fn main() {
    let tables = std::env::var("PGWARRANT_TABLES").unwrap_or_else(|_| "1000".to_owned());
    println!("{tables} tables, medians of {ROUNDS} rounds in turn, milliseconds");
    println!("{:>8} {:>10} {:>10} {:>7} {:>8} {:>8}", "server", "pg_dump", "snapshot", "ratio", "hashed", "delta");
    for installed in support::servers() {
        let server = Server::start(&installed);
        let database = server.database();
        database.run_plainly(&TABLES.replace("TABLES", &tables)).expect("the tables");
        let mut session = database.session();
        let (mut dumped, mut read, mut hashed, mut compared) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            dumped.push(timed(|| database.dump()).0);
            let (time, taken) = timed(|| snapshot(&mut session));
            read.push(time);
            hashed.push(timed(|| taken.fingerprint()).0);
            compared.push(timed(|| Delta::between(&taken, &taken)).0);
        }
        let (dumped, read) = (median(dumped), median(read));
        println!(
            "{:>8} {dumped:>10.0} {read:>10.0} {:>7.2} {:>8.0} {:>8.0}",
            installed.version,
            read / dumped,
            median(hashed),
            median(compared)
        );
    }
}
