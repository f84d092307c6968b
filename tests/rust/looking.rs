//! How a snapshot is read: of one instant, whatever others do meanwhile; in a number of round trips that neither the
//! size of the database nor its distance changes; without a lock that bothers anybody.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pgwarrant::base::Coded as _;
use pgwarrant::catalog::{Basis, CatalogError, Snapshot};
use pgwarrant::pg::{Purpose, Session};

use crate::support;
use crate::support::copies::Copy;
use crate::support::listening::{Listening, connect, nothing};
use crate::support::on_servers;

/// Everything here has a name or a text that ends in the generation, `{}`.
const GENERATION: &str = "
CREATE TABLE s.t (id int PRIMARY KEY, c_g{} int DEFAULT length('g{}'), CONSTRAINT positive_g{} CHECK (c_g{} > 0));
CREATE TABLE s.other_g{} (id int CONSTRAINT up REFERENCES s.t, x text DEFAULT 'g{}');
CREATE INDEX ON s.t ((c_g{} + 1)) WHERE c_g{} > 1;
CREATE VIEW s.v_g{} AS SELECT id, c_g{} FROM s.t WHERE c_g{} > 2;
CREATE MATERIALIZED VIEW s.kept AS SELECT c_g{} FROM s.t;
CREATE POLICY own ON s.t USING (c_g{} > 3);
CREATE RULE quiet AS ON UPDATE TO s.t WHERE new.c_g{} > 4 DO INSTEAD NOTHING;
CREATE FUNCTION s.f_g{}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; /* g{} */ END';
CREATE TRIGGER after AFTER UPDATE ON s.t FOR EACH ROW WHEN (new.c_g{} > 5) EXECUTE FUNCTION s.f_g{}();
CREATE FUNCTION s.sum() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT sum(c_g{}) FROM s.t; END;
CREATE TYPE s.e_g{} AS ENUM ('g{}');
CREATE DOMAIN s.d AS int CHECK (VALUE > length('g{}'));
CREATE TABLE s.typed (e s.e_g{});
COMMENT ON TABLE s.t IS 'g{}';
";

/// What renames the whole generation: nothing is made or dropped.
const RENAME: &str = "
ALTER TABLE s.t RENAME c_g{old} TO c_g{};
ALTER TABLE s.t ALTER c_g{} SET DEFAULT length('g{}');
ALTER TABLE s.t RENAME CONSTRAINT positive_g{old} TO positive_g{};
ALTER TABLE s.other_g{old} RENAME TO other_g{};
ALTER TABLE s.other_g{} ALTER x SET DEFAULT 'g{}';
ALTER VIEW s.v_g{old} RENAME c_g{old} TO c_g{};
ALTER VIEW s.v_g{old} RENAME TO v_g{};
ALTER MATERIALIZED VIEW s.kept RENAME c_g{old} TO c_g{};
ALTER FUNCTION s.f_g{old}() RENAME TO f_g{};
CREATE OR REPLACE FUNCTION s.f_g{}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; /* g{} */ END';
ALTER TYPE s.e_g{old} RENAME TO e_g{};
ALTER TYPE s.e_g{} RENAME VALUE 'g{old}' TO 'g{}';
ALTER DOMAIN s.d DROP CONSTRAINT d_check;
ALTER DOMAIN s.d ADD CHECK (VALUE > length('g{}'));
COMMENT ON TABLE s.t IS 'g{}';
";

fn generation(script: &str, schema: &str, number: usize) -> Vec<String> {
    let old = number.wrapping_sub(1).to_string();
    let text = script.replace("s.", &format!("{schema}.")).replace("{old}", &old).replace("{}", &number.to_string());
    text.replace("BEGIN RETURN", "BEGIN_RETURN")
        .split(";\n")
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(|s| s.replace("BEGIN_RETURN", "BEGIN RETURN"))
        .collect()
}

/// The generations that the facts of one schema name.
fn generations(taken: &Snapshot, schema: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (key, object) in taken.objects.iter().filter(|(key, _)| key.schema() == schema) {
        let text = format!("{key} {}", serde_json::to_string(object).unwrap());
        for (at, _) in text.match_indices('g') {
            let number: String = text[at + 1..].chars().take_while(char::is_ascii_digit).collect();
            if !number.is_empty() {
                found.insert(number);
            }
        }
    }
    found
}

/// Two sessions change a whole schema each, in one transaction at a time: one renames everything, the other drops
/// everything and makes it again.
#[test]
fn a_snapshot_is_of_one_instant() {
    let rounds: usize = std::env::var("PGWARRANT_ROUNDS").map_or(15, |rounds| rounds.parse().unwrap());
    on_servers(|server| {
        let database = server.database();
        for schema in ["renamed", "remade"] {
            let mut session = database.session();
            session.execute(&format!("CREATE SCHEMA {schema}")).unwrap();
            for statement in generation(GENERATION, schema, 0) {
                session.execute(&statement).unwrap();
            }
        }
        let over = AtomicBool::new(false);
        // A transaction either commits whole, or meets a deadlock with the reader and is tried again.
        let changing = |statements: &dyn Fn(usize) -> Vec<String>| {
            let mut session = database.session();
            let (mut number, mut deadlocks) = (0, 0);
            while !over.load(Ordering::Relaxed) {
                session.execute("BEGIN").unwrap();
                let done = statements(number + 1).iter().try_for_each(|statement| session.execute(statement).map(drop));
                match done {
                    Ok(()) => {
                        session.execute("COMMIT").unwrap();
                        // Now and then there is room for a reader.
                        session.execute("SELECT pg_catalog.pg_sleep(0.3 * pg_catalog.random())").unwrap();
                        number += 1;
                    }
                    Err(failure) => {
                        assert_eq!(failure.sqlstate(), Some("40P01"), "{failure}");
                        session.execute("ROLLBACK").unwrap();
                        deadlocks += 1;
                    }
                }
            }
            (number, deadlocks)
        };
        let mut seen = BTreeSet::new();
        std::thread::scope(|scope| {
            let renaming = scope.spawn(|| changing(&|number| generation(RENAME, "renamed", number)));
            let remaking = scope.spawn(|| {
                changing(&|number| {
                    let again = ["DROP SCHEMA remade CASCADE", "CREATE SCHEMA remade"].map(str::to_owned);
                    again.into_iter().chain(generation(GENERATION, "remade", number)).collect()
                })
            });
            let mut session = database.session();
            let mut torn = Vec::new();
            for _ in 0..rounds {
                match Snapshot::begin(&mut session) {
                    // A slow machine finds no gap, and says so.
                    Err(failure) if failure.code() == "catalog.moving" => {}
                    Err(failure) => torn.push(failure.to_string()),
                    Ok(taken) => {
                        let found = ["renamed", "remade"].map(|schema| generations(&taken, schema));
                        if found.iter().any(|found| found.len() != 1) {
                            torn.push(format!("{found:?}"));
                        }
                        seen.extend(found);
                        session.execute("ROLLBACK").unwrap();
                    }
                }
            }
            over.store(true, Ordering::Relaxed);
            let changes = (renaming.join().unwrap(), remaking.join().unwrap());
            println!(
                "PostgreSQL {}: {rounds} snapshots beside {changes:?} changes, torn {}",
                server.major(),
                torn.len()
            );
            assert!(torn.is_empty(), "PostgreSQL {}: {torn:#?}", server.major());
        });
        assert!(seen.len() > 2, "nothing changed beside the reading");
    });
}

/// A door to a server that is far away, for one client.
struct Far {
    port: u16,
    /// What the client asked.
    questions: Arc<AtomicUsize>,
    /// How often it spoke after something had come: what is on its way together is one.
    turns: Arc<AtomicUsize>,
}

impl Far {
    fn away(server: &Listening, distance: Duration) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (port, to) = (listener.local_addr().unwrap().port(), server.port);
        let far = Self { port, questions: Arc::default(), turns: Arc::default() };
        let (questions, turns) = (Arc::clone(&far.questions), Arc::clone(&far.turns));
        std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut server = TcpStream::connect(("127.0.0.1", to)).unwrap();
            // Or the network waits for more to send, and every trip takes longer than it has to.
            client.set_nodelay(true).unwrap();
            server.set_nodelay(true).unwrap();
            let heard = Arc::new(AtomicBool::new(true));
            bring_later(server.try_clone().unwrap(), client.try_clone().unwrap(), distance, Arc::clone(&heard));
            let (mut asked, mut first) = (false, true);
            while let Some((kind, message)) = message(&mut client, first) {
                turns.fetch_add(usize::from(heard.swap(false, Ordering::SeqCst)), Ordering::SeqCst);
                asked |= matches!(kind, b'Q' | b'P' | b'B');
                if matches!(kind, b'S' | b'Q') {
                    questions.fetch_add(usize::from(std::mem::take(&mut asked)), Ordering::SeqCst);
                }
                first = false;
                if server.write_all(&message).is_err() {
                    break;
                }
            }
            let _ = server.shutdown(Shutdown::Both);
        });
        far
    }

    fn session(&self, database: &str) -> Session {
        let conninfo = format!("host=127.0.0.1 port={} user=postgres dbname={database} sslmode=disable", self.port);
        connect(&conninfo, &nothing()).unwrap()
    }
}

/// Brings the server's answers to the client, each as late as the way is long, and notes that one has come.
fn bring_later(mut answers: TcpStream, mut back: TcpStream, distance: Duration, heard: Arc<AtomicBool>) {
    let (sent, coming) = std::sync::mpsc::channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let mut bytes = vec![0; 65_536];
        while let Ok(length) = answers.read(&mut bytes)
            && length > 0
        {
            sent.send((Instant::now() + distance, bytes[..length].to_vec())).unwrap();
        }
    });
    std::thread::spawn(move || {
        for (due, bytes) in coming {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            heard.store(true, Ordering::SeqCst);
            if back.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = back.shutdown(Shutdown::Both);
    });
}

/// A client's message with its kind; the first has none.
fn message(client: &mut TcpStream, first: bool) -> Option<(u8, Vec<u8>)> {
    let mut message = vec![0; if first { 4 } else { 5 }];
    client.read_exact(&mut message).ok()?;
    let kind = if first { 0 } else { message[0] };
    let head = message.len();
    let length = u32::from_be_bytes(message[head - 4..].try_into().unwrap());
    message.resize(head + usize::try_from(length).unwrap() - 4, 0);
    client.read_exact(&mut message[head..]).ok()?;
    Some((kind, message))
}

/// The round trips of one reading, and how long it took.
fn trips(server: &Listening, database: &str, distance: u64) -> (usize, Duration) {
    let far = Far::away(server, Duration::from_millis(distance));
    let mut session = far.session(database);
    let asked = || far.questions.load(Ordering::SeqCst);
    let (before, began) = (asked(), Instant::now());
    Snapshot::begin(&mut session).unwrap();
    (asked() - before, began.elapsed())
}

#[test]
fn the_number_of_round_trips_is_fixed() {
    let access = "local all all trust\nhost all all 127.0.0.1/32 trust\n";
    let servers = support::servers();
    for (at, installed) in servers.iter().enumerate() {
        let server = Listening::start(installed, access, &[("max_locks_per_transaction", "512")]);
        let mut admin = server.admin();
        for database in ["empty", "filled"] {
            admin.execute(&format!("CREATE DATABASE {database} TEMPLATE template0")).unwrap();
        }
        let mut filled = connect(&server.socket_conninfo("postgres", "filled"), &nothing()).unwrap();
        filled
            .execute(
                "DO $$ BEGIN FOR i IN 1..500 LOOP EXECUTE format('CREATE TABLE public.t%s (id int PRIMARY KEY, \
             a text DEFAULT $q$x$q$, b int CHECK (b > 0))', i); EXECUTE format('CREATE VIEW public.v%s AS \
             SELECT a FROM public.t%s', i, i); END LOOP; END $$",
            )
            .unwrap();
        // Far away on one major only: the queries are the same.
        let distances: &[u64] = if at + 1 == servers.len() { &[0, 20, 100] } else { &[0] };
        let mut counts = BTreeSet::new();
        for distance in distances {
            for database in ["empty", "filled"] {
                let (count, time) = trips(&server, database, *distance);
                println!("PostgreSQL {} {database} {distance} ms away: {count} round trips, {time:?}", installed.major);
                counts.insert(count);
            }
        }
        assert_eq!(counts.len(), 1, "PostgreSQL {}: {counts:?}", installed.major);
    }
}

#[test]
fn the_second_look_of_a_small_database_takes_few_round_trips() {
    let access = "local all all trust\nhost all all 127.0.0.1/32 trust\n";
    let installed = support::servers().pop().expect("a server");
    let server = Listening::start(&installed, access, &[]);
    server.admin().execute("CREATE DATABASE small TEMPLATE template0").unwrap();
    let far = Far::away(&server, Duration::from_millis(20));
    let mut session = far.session("small");
    let mut second = connect(&server.socket_conninfo("postgres", "small"), &nothing()).unwrap();
    let turns = || far.turns.load(Ordering::SeqCst);
    session.keep_plans();
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    let began = turns();
    let mut basis = Basis::read(&mut session).unwrap();
    let first = turns() - began;
    session.execute("CREATE TABLE public.t (id int PRIMARY KEY, a text DEFAULT 'x' CHECK (a <> ''))").unwrap();
    let began = turns();
    let looked = basis.again(&mut session, &mut second).unwrap();
    let again = turns() - began;
    assert_eq!(looked, Snapshot::read(&mut session).unwrap());
    println!("{first} round trips, and again {again}");
    assert!(first > 50 && again < 10, "{first} round trips, and again {again}");
    // A plan that somebody took away ends the transaction; nothing is told that was not looked at.
    session.execute("DEALLOCATE ALL").unwrap();
    let failure = basis.again(&mut session, &mut second).unwrap_err();
    assert!(failure.to_string().contains("prepared statement"), "{failure}");
}

#[test]
fn no_lock_is_held_that_bothers_anybody() {
    on_servers(|server| {
        let database = server.database();
        database.run_plainly(&generation(GENERATION, "public", 0).join(";")).unwrap();
        let mut session = database.session();
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").unwrap();
        let mut watch = database.session();
        let held = |watch: &mut Session, pid: i32| -> BTreeSet<String> {
            let locks = "SELECT l.mode FROM pg_catalog.pg_locks l WHERE l.pid = $1 AND l.locktype <> 'virtualxid'";
            watch.query(locks, &[&pid]).unwrap().iter().map(|row| row.get(0)).collect()
        };
        Snapshot::read(&mut session).unwrap();
        // They are kept until the transaction ends, so that these are all that were taken of users' tables.
        assert_eq!(held(&mut watch, session.backend_pid()), BTreeSet::from(["AccessShareLock".to_owned()]));
        session.execute("ROLLBACK").unwrap();
        // What goes on with its work afterwards holds none at all.
        Snapshot::begin(&mut session).unwrap();
        let users = "SELECT count(*) FROM pg_catalog.pg_locks l WHERE l.pid = $1 AND l.relation >= 16384";
        assert_eq!(watch.query_one(users, &[&session.backend_pid()]).unwrap().get::<_, i64>(0), 0);
    });
}

/// On a standby a transaction can end and what is said of the transactions that are seen stays the same.
#[test]
fn a_snapshot_of_a_standby_is_of_one_instant() {
    support::on_an_outer_server(|server| {
        let mut base = server.cluster.session("postgres", Purpose::Change).unwrap();
        base.execute("CREATE TABLE public.t (a int)").unwrap();
        base.execute("CREATE VIEW public.v AS SELECT a AS x FROM public.t").unwrap();
        let standby = Copy::standby(server);
        // One that began before all others, one that changes something, and one that came later and is over.
        let mut eldest = server.cluster.session("postgres", Purpose::Change).unwrap();
        eldest.execute("BEGIN").unwrap();
        eldest.execute("SELECT pg_catalog.pg_current_xact_id()").unwrap();
        let mut changing = server.cluster.session("postgres", Purpose::Change).unwrap();
        // So that the standby hears at once that it is over.
        changing.execute("SET synchronous_commit = on").unwrap();
        changing.execute("BEGIN").unwrap();
        changing.execute("ALTER TABLE public.t RENAME a TO b").unwrap();
        base.execute("CREATE TABLE public.later ()").unwrap();
        let (mut session, mut watch) = (standby.session("postgres"), standby.session("postgres"));
        let until = |watch: &mut Session, what: &str| {
            let deadline = Instant::now() + Duration::from_secs(60);
            while !watch.query_one(what, &[]).unwrap().get::<_, bool>(0) {
                assert!(Instant::now() < deadline, "{what}");
                std::thread::yield_now();
            }
        };
        until(&mut watch, "SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'later')");
        let taken = std::thread::scope(|scope| {
            // It ends while the reading waits for it: to write the view out, the table has to be opened.
            scope.spawn(|| {
                until(&mut watch, "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE NOT granted)");
                changing.execute("COMMIT").unwrap();
            });
            Snapshot::begin(&mut session).unwrap()
        });
        let (_, view) = taken.find_relation("public", "v").unwrap();
        let column = taken.children(taken.find_relation("public", "t").unwrap().0).next().unwrap().0.name();
        assert!(view.text("definition").unwrap().contains(&format!("{column} AS x")), "{column}: {view:?}");
    });
}

/// Questions are asked ahead: what fails behind a lock that was not had fails because of it, and is not what is told.
#[test]
fn the_first_failure_is_told() {
    support::on_an_outer_server(|server| {
        let database = server.database();
        database
            .run("CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; CREATE SEQUENCE s; SELECT nextval('s')")
            .unwrap();
        for holding in [
            &["LOCK TABLE public.t"][..],
            &["DROP SEQUENCE public.s"],
            &["LOCK TABLE public.t", "DROP SEQUENCE public.s"],
        ] {
            let mut holder = database.session();
            holder.execute("BEGIN").unwrap();
            for statement in holding {
                holder.execute(statement).unwrap();
            }
            let mut session = database.session();
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").unwrap();
            session.execute("SET LOCAL lock_timeout = '50ms'").unwrap();
            let failure = Snapshot::read(&mut session).unwrap_err();
            let sqlstate = match &failure {
                CatalogError::Read { source } => source.sqlstate(),
                _ => None,
            };
            assert_eq!(sqlstate, Some("55P03"), "{holding:?}: {failure}");
        }
    });
}

/// Members of extensions belong to the extension: what somebody did to one is seen, or said to be not covered by its word.
#[test]
fn what_was_done_to_a_member_of_an_extension_is_seen_or_named() {
    support::on_an_outer_server(|server| {
        let database = server.database();
        database
            .run(
                "CREATE TABLE public.m (a int); CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
                 ALTER EXTENSION plpgsql ADD TABLE public.m; ALTER EXTENSION plpgsql ADD FUNCTION public.f()",
            )
            .unwrap();
        for (statement, word) in [
            ("CREATE SEQUENCE public.q; ALTER EXTENSION plpgsql ADD SEQUENCE public.q", None),
            ("ALTER EXTENSION plpgsql DROP SEQUENCE public.q; DROP SEQUENCE public.q", None),
            ("GRANT SELECT ON public.m TO pg_monitor", None),
            ("GRANT SELECT (a) ON public.m TO pg_monitor", None),
            ("REVOKE EXECUTE ON FUNCTION public.f() FROM PUBLIC", None),
            ("CREATE INDEX ON public.m (a)", Some("parts")),
            ("ALTER TABLE public.m ADD COLUMN b int", Some("parts")),
            ("ALTER TABLE public.m OWNER TO pg_monitor", Some("owner")),
            ("ALTER FUNCTION public.f() OWNER TO pg_monitor", Some("owner")),
            ("COMMENT ON FUNCTION public.f() IS 'x'", Some("comment")),
            ("COMMENT ON TABLE public.m IS 'x'", Some("comment")),
            ("CREATE OR REPLACE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 2'", Some("definition")),
            ("ALTER FUNCTION public.f() COST 7", Some("definition")),
        ] {
            let before = database.snapshot();
            database.run(statement).unwrap();
            let after = database.snapshot();
            let seen = after.fingerprint() != before.fingerprint();
            println!("PostgreSQL {}: {statement}: seen {seen}", server.major());
            let said = after.not_covered.iter().find(|said| said.kind == "member of an extension").unwrap();
            assert!(said.held.is_some_and(|held| held >= 2), "{said:?}");
            match word {
                None => assert!(seen, "{statement}"),
                Some(word) => assert!(seen || said.because.contains(word), "{statement}: {said:?}"),
            }
        }
    });
}
