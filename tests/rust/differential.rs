//! What the gate reads is what the servers read: mutants of real statements go through the gate and through the raw
//! parser of every major. Inside an aborted transaction a Parse message ends in 25P02 where the text parses and in 42601
//! where it does not, so nothing is ever executed. `PGWARRANT_MUTANTS` says how many (4,000 unless said).

use std::collections::BTreeMap;
use std::sync::Mutex;

use pgwarrant::script::{Script, Statement};
use pgwarrant::sql::{Facts, SqlError, TransactionControl, classify_all};
use postgres::NoTls;
use postgres::error::SqlState;

use crate::support;
use crate::support::Server;
use crate::support::mutants::{mutant, seeds};

/// What a server's raw parser makes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// One statement that an aborted transaction does not let through.
    One,
    /// One that ends the transaction.
    End,
    Several,
    Refused,
}

struct Parser {
    client: postgres::Client,
}

impl Parser {
    fn new(server: &Server) -> Self {
        let mut client = postgres::Config::new()
            .host_path(server.cluster.folder().unwrap())
            .port(server.cluster.port())
            .user("postgres")
            .dbname("postgres")
            .connect(NoTls)
            .unwrap();
        client.batch_execute("SET client_min_messages = error; SET lc_messages = 'C'; BEGIN").unwrap();
        client.batch_execute("SELECT 1 / 0").unwrap_err();
        Self { client }
    }

    fn read(&mut self, text: &str) -> Reading {
        match self.client.prepare(text) {
            Ok(_) => Reading::End,
            Err(error) => match error.as_db_error() {
                Some(fault) if fault.code() == &SqlState::IN_FAILED_SQL_TRANSACTION => Reading::One,
                Some(fault) if fault.message().starts_with("cannot insert multiple commands") => Reading::Several,
                Some(_) => Reading::Refused,
                None => panic!("{text:?}: {error}"),
            },
        }
    }
}

/// Statements that an aborted transaction lets through (`IsTransactionExitStmt` of the server).
fn ends_transaction(facts: &Facts) -> bool {
    matches!(
        facts.transaction,
        Some(
            TransactionControl::Commit { .. }
                | TransactionControl::Rollback { .. }
                | TransactionControl::RollbackTo
                | TransactionControl::Prepare
        )
    )
}

const WORKERS: usize = 2;

#[derive(Debug, Default)]
struct Tally {
    mutants: usize,
    scripts: usize,
    statements: usize,
    /// By major: the gate understands what the server refuses (a newer grammar), and the other way round.
    server_refuses: BTreeMap<u32, usize>,
    gate_refuses: BTreeMap<u32, usize>,
    misread: Vec<String>,
    refused: Vec<String>,
}

#[test]
fn the_gate_reads_what_the_servers_read() {
    let wanted: usize = std::env::var("PGWARRANT_MUTANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(4_000);
    let seeds = seeds();
    let servers: Vec<Server> = support::servers().iter().map(Server::start).collect();
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (seeds, servers, tally) = (&seeds, &servers, &tally);
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(0x5EED + worker as u64);
                let mut parsers: Vec<(u32, Parser)> =
                    servers.iter().map(|server| (server.major(), Parser::new(server))).collect();
                let share = wanted / WORKERS;
                for batch in 0..share.div_ceil(500) {
                    let size = 500.min(share - batch * 500);
                    let mutants: Vec<String> = (0..size).map(|_| mutant(seeds, &mut random)).collect();
                    let found = judge(&mutants, &mut parsers);
                    let mut tally = tally.lock().unwrap();
                    tally.add(found);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!(
        "{} mutants of {} statements: {} scripts read, {} statements compared on each major",
        tally.mutants,
        seeds.len(),
        tally.scripts,
        tally.statements
    );
    println!("understood here, refused by the server: {:?}", tally.server_refuses);
    println!("refused here, understood by the server: {:?}", tally.gate_refuses);
    for text in tally.refused.iter().take(20) {
        println!("  refused here: {text}");
    }
    assert!(tally.misread.is_empty(), "{} misread:\n{}", tally.misread.len(), tally.misread.join("\n"));
    assert!(tally.statements * 10 > wanted, "only {} statements were compared", tally.statements);
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.mutants += other.mutants;
        self.scripts += other.scripts;
        self.statements += other.statements;
        for (major, count) in other.server_refuses {
            *self.server_refuses.entry(major).or_default() += count;
        }
        for (major, count) in other.gate_refuses {
            *self.gate_refuses.entry(major).or_default() += count;
        }
        self.misread.extend(other.misread);
        self.refused.extend(other.refused);
    }
}

fn judge(mutants: &[String], parsers: &mut [(u32, Parser)]) -> Tally {
    let mut tally = Tally { mutants: mutants.len(), ..Tally::default() };
    let scripts: Vec<Script> = mutants.iter().filter_map(|text| Script::read(text.as_bytes()).ok()).collect();
    tally.scripts = scripts.len();
    let texts: Vec<&str> = scripts.iter().flat_map(|script| &script.statements).map(Statement::text).collect();
    tally.statements = texts.len();
    for (text, facts) in texts.iter().zip(classify_all(&texts).unwrap()) {
        for (major, parser) in parsers.iter_mut() {
            match (&facts, parser.read(text)) {
                (Ok(facts), Reading::One) if !ends_transaction(facts) => {}
                (Ok(facts), Reading::End) if ends_transaction(facts) => {}
                (Ok(_), Reading::Refused) => *tally.server_refuses.entry(*major).or_default() += 1,
                // Text that means something else under another setting is refused on purpose.
                (Err(_), Reading::Refused | Reading::Several)
                | (Err(SqlError::StringSyntax | SqlError::NoStatement), _) => {}
                (Err(error), Reading::One | Reading::End) => {
                    *tally.gate_refuses.entry(*major).or_default() += 1;
                    tally.refused.push(format!("PostgreSQL {major}: {text:?}: {error}"));
                }
                (Ok(facts), reading) => {
                    tally
                        .misread
                        .push(format!("PostgreSQL {major} reads {reading:?}, the gate {}: {text:?}", facts.tag));
                }
            }
        }
    }
    tally
}
