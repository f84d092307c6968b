//! Statements sent without waiting for each answer: what comes of each is still its own, and nothing is done behind the
//! first refusal. A sequence counts what was done, because no rollback takes that back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pgwarrant::apply::record::RunOutcome;
use pgwarrant::base::{Coded as _, Interrupt};
use pgwarrant::catalog::Snapshot;
use pgwarrant::pg::{Answered, Environment, Patience, PgError, Purpose, Session, Settings};
use pgwarrant::warrant::Operation;

use crate::support::proxy::{After, Direction, Fate, Proxy};
use crate::support::world::World;
use crate::support::{Database, Server, on_an_outer_server, on_servers};

const COUNT: &str = "SELECT pg_catalog.nextval('public.done')";

/// Sends statements in a transaction of their own, which is rolled back.
fn each(session: &mut Session, statements: &[impl AsRef<str>]) -> Result<Vec<Answered>, PgError> {
    let statements: Vec<&str> = statements.iter().map(AsRef::as_ref).collect();
    session.execute("BEGIN").unwrap();
    let answers = session.execute_each(&statements, |_| ());
    // Whatever failed, the session answers to what is asked next, or is lost.
    if let Err(failure) = session.execute("ROLLBACK") {
        assert!(failure.is_lost(), "{failure}");
    }
    answers
}

/// How often `done` was counted.
fn done(database: &Database<'_>) -> i64 {
    let sql = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.done";
    database.session().query_one(sql, &[]).unwrap().get(0)
}

fn counted(server: &Server) -> Database<'_> {
    let database = server.database();
    database.session().execute("CREATE SEQUENCE public.done").unwrap();
    database
}

fn sqlstate(answers: &[Answered]) -> Option<&str> {
    answers.last().and_then(|answer| answer.rows.as_ref().err()).and_then(PgError::sqlstate)
}

#[test]
fn nothing_is_done_behind_the_first_refusal() {
    on_servers(|server| {
        for (wrong, because) in [
            ("SELECT 1 / 0", "22012"),
            ("CREATE TABLE public.a (); CREATE TABLE public.b ()", "42601"),
            ("SELEC 1", "42601"),
            // An open transaction lets no body end it.
            ("DO $$ BEGIN COMMIT; END $$", "2D000"),
            ("DO $$ BEGIN ROLLBACK; END $$", "2D000"),
            ("CALL public.ends()", "2D000"),
            ("VACUUM", "25001"),
            ("DROP TABLE public.none", "42P01"),
        ] {
            let database = counted(server);
            let mut session = database.session();
            session.execute("CREATE PROCEDURE public.ends() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$").unwrap();
            let mut statements = vec![COUNT; 1_500];
            statements[700] = wrong;
            let answers = each(&mut session, &statements).unwrap();
            assert_eq!((answers.len(), sqlstate(&answers)), (701, Some(because)), "{wrong}");
            assert!(answers[..700].iter().all(|answer| matches!(answer.rows, Ok(1))), "{wrong}");
            assert_eq!(done(&database), 700, "{wrong}");
            // The answers of what was under way are not taken for others.
            assert_eq!(session.query_one("SELECT 7", &[]).unwrap().get::<_, i32>(0), 7, "{wrong}");
            assert!(!database.dump().contains("TABLE public."), "{wrong}");
        }
    });
}

#[test]
fn what_runs_behind_a_refusal_is_no_outcome() {
    on_an_outer_server(|server| {
        let database = counted(server);
        let mut session = database.session();
        // Nobody began a transaction, or somebody ends it.
        let answers = session.execute_each(&["SELECT 1 / 0", COUNT], |_| ());
        assert_eq!(answers.unwrap_err().code(), "pg.ran-behind");
        session.execute("BEGIN").unwrap();
        let answers = session.execute_each(&["SELECT 1 / 0", "ROLLBACK", COUNT], |_| ());
        assert_eq!(answers.unwrap_err().code(), "pg.ran-behind");
    });
}

#[test]
fn rows_and_notices_are_those_of_their_statement() {
    on_servers(|server| {
        let database = server.database();
        let mut session = database.session();
        session.execute("CREATE TABLE public.t (id int)").unwrap();
        let long = "n".repeat(70);
        // What each says: before it runs (a name is cut while it is read), while it runs, at its end, and nothing.
        let (mut statements, mut wanted) = (Vec::new(), Vec::new());
        for number in 0..400_u64 {
            let (statement, rows, said) = match number % 5 {
                0 => (format!("INSERT INTO public.t SELECT pg_catalog.generate_series(1, {number})"), number, vec![]),
                1 => (
                    format!("DO $$ BEGIN FOR i IN 1..3 LOOP RAISE NOTICE 'of {number}, %', i; END LOOP; END $$"),
                    0,
                    (1..=3).map(|i| format!("of {number}, {i}")).collect(),
                ),
                2 => (
                    format!("SELECT pg_catalog.generate_series(1, {number}) AS {long}"),
                    number,
                    vec![format!("identifier \"{long}\" will be truncated to \"{}\"", &long[..63])],
                ),
                3 => (
                    "DROP TABLE IF EXISTS public.none".to_owned(),
                    0,
                    vec!["table \"none\" does not exist, skipping".to_owned()],
                ),
                _ => (format!("COMMENT ON TABLE public.t IS '{number}'"), 0, vec![]),
            };
            statements.push(statement);
            wanted.push((rows, said));
        }
        let answers = each(&mut session, &statements).unwrap();
        let seen: Vec<(u64, Vec<String>)> = answers
            .into_iter()
            .map(|answer| (answer.rows.unwrap(), answer.notices.into_iter().map(|notice| notice.message).collect()))
            .collect();
        for (at, (seen, wanted)) in seen.iter().zip(&wanted).enumerate() {
            assert_eq!(seen, wanted, "{}", statements[at]);
        }
        assert_eq!(seen.len(), wanted.len());
    });
}

/// What is longer than sockets hold, in both directions at once.
#[test]
fn many_and_long_statements_fill_no_socket() {
    on_an_outer_server(|server| {
        let database = counted(server);
        let mut session = database.session();
        let answers = each(&mut session, &vec![COUNT; 10_000]).unwrap();
        assert_eq!((answers.len(), done(&database)), (10_000, 10_000));
        let long: Vec<String> = (0..12)
            .map(|number| {
                let text = number.to_string().repeat(if number % 3 == 0 { 10 } else { 3_000_000 });
                format!("SELECT '{text}', pg_catalog.repeat('x', {number}000000), pg_catalog.nextval('public.done')")
            })
            .collect();
        let answers = each(&mut session, &long).unwrap();
        assert!(answers.iter().all(|answer| matches!(answer.rows, Ok(1))));
        assert_eq!((answers.len(), done(&database)), (12, 10_012));
        // Many answers whose rows are more than what asks for them.
        let wide = vec!["SELECT pg_catalog.repeat('x', 1000), i FROM pg_catalog.generate_series(1, 1000) i"; 40];
        let answers = each(&mut session, &wide).unwrap();
        assert!(answers.iter().all(|answer| matches!(answer.rows, Ok(1_000))) && answers.len() == 40);
    });
}

/// What a statement sets holds for those behind it, as if each had been waited for.
#[test]
fn settings_hold_from_their_statement_on() {
    on_an_outer_server(|server| {
        let database = server.database();
        let mut session = database.session();
        session.execute("CREATE SCHEMA app CREATE TABLE one ()").unwrap();
        let statements = [
            r"SELECT 1 WHERE 'a\\' OPERATOR(pg_catalog.=) 'a\'",
            "SET LOCAL standard_conforming_strings = off",
            r"SELECT 1 WHERE 'a\\b' OPERATOR(pg_catalog.=) E'a\\b'",
            "SET LOCAL search_path = app",
            "TABLE one",
            "SET LOCAL search_path = pg_catalog",
            "TABLE one",
            "SELECT 1",
        ];
        let answers = each(&mut session, &statements).unwrap();
        let rows: Vec<Option<u64>> = answers.iter().map(|answer| answer.rows.as_ref().ok().copied()).collect();
        assert_eq!(rows, [Some(0), Some(0), Some(1), Some(0), Some(0), Some(0), None]);
        assert_eq!(sqlstate(&answers), Some("42P01"));
    });
}

#[test]
fn timeouts_count_for_each_statement_alone() {
    on_servers(|server| {
        let database = counted(server);
        let mut session = database.session();
        session.execute("CREATE TABLE public.held ()").unwrap();
        session.execute("SET statement_timeout = '2s'").unwrap();
        // Together they take longer than one may.
        let short = ["SELECT pg_catalog.pg_sleep(0.9)"; 3];
        let answers = each(&mut session, &short).unwrap();
        assert!(answers.len() == short.len() && answers.iter().all(|answer| answer.rows.is_ok()), "{answers:?}");
        let answers = each(&mut session, &[short[0], "SELECT pg_catalog.pg_sleep(60)", COUNT]).unwrap();
        assert_eq!((answers.len(), sqlstate(&answers)), (2, Some("57014")));
        // A lock that somebody else holds, behind statements that took longer than it may be waited for.
        let mut other = database.session();
        other.execute("BEGIN").unwrap();
        other.execute("LOCK TABLE public.held IN ACCESS EXCLUSIVE MODE").unwrap();
        session.execute("SET statement_timeout = 0").unwrap();
        session.execute("SET lock_timeout = '1s'").unwrap();
        let answers = each(&mut session, &[short[0], short[0], "SELECT FROM public.held", COUNT]).unwrap();
        assert_eq!((answers.len(), sqlstate(&answers)), (3, Some("55P03")));
        assert_eq!(done(&database), 0);
    });
}

#[test]
fn copies_are_no_answers() {
    on_an_outer_server(|server| {
        for copy in ["COPY public.t FROM STDIN", "COPY public.t TO STDOUT"] {
            let database = counted(server);
            let mut session = database.session();
            session.execute("CREATE TABLE public.t (id int)").unwrap();
            session.execute("BEGIN").unwrap();
            let failure = session.execute_each(&[COUNT, copy, COUNT], |_| ()).unwrap_err();
            assert_eq!(failure.code(), "pg.decode", "{copy}");
            drop(session);
            assert!(!database.dump().contains("COPY"));
        }
    });
}

/// A session that somebody may ask to stop.
fn connect(database: &Database<'_>, interrupt: &Interrupt) -> Session {
    let (nowhere, cluster) = (Environment::default(), &database.server.cluster);
    let settings = Settings::resolve(&cluster.conninfo_as("postgres", &database.name).unwrap(), &nowhere).unwrap();
    Session::connect(&settings, &nowhere, Purpose::Change, Patience::CHANGING, interrupt).unwrap()
}

/// Waits until somebody sleeps on the server.
fn wait_for_sleep(server: &Server) {
    let mut session = server.cluster.session("postgres", Purpose::Look).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    while session.query_one(sql, &[]).unwrap().get::<_, i64>(0) == 0 {
        assert!(Instant::now() < deadline, "nobody sleeps");
        std::thread::yield_now();
    }
}

#[test]
fn whoever_asks_to_stop_is_heard_in_the_middle() {
    on_servers(|server| {
        let database = counted(server);
        let interrupt = Interrupt::default();
        let mut session = connect(&database, &interrupt);
        let mut statements = vec![COUNT; 1_000];
        statements[300] = "SELECT pg_catalog.pg_sleep(600)";
        std::thread::scope(|scope| {
            scope.spawn(|| {
                wait_for_sleep(server);
                interrupt.trigger();
            });
            session.execute("BEGIN").unwrap();
            let failure = session.execute_each(&statements, |_| ()).unwrap_err();
            assert!(matches!(failure, PgError::Interrupted), "{failure}");
        });
        session.allow_interrupts(false);
        session.execute("ROLLBACK").unwrap();
        assert_eq!(done(&database), 300);
    });
}

/// Asked while statements are being sent, and not while one runs.
#[test]
fn nothing_is_sent_once_somebody_asked_to_stop() {
    on_an_outer_server(|server| {
        let database = counted(server);
        let interrupt = Interrupt::default();
        let mut session = connect(&database, &interrupt);
        session.execute("BEGIN").unwrap();
        let mut sent = 0;
        let failure = session
            .execute_each(&vec![COUNT; 1_000], |at| {
                sent = at + 1;
                if at == 500 {
                    std::thread::scope(|scope| drop(scope.spawn(|| interrupt.trigger())));
                }
            })
            .unwrap_err();
        assert!(matches!(failure, PgError::Interrupted), "{failure}");
        assert_eq!(sent, 501);
        assert!(done(&database) <= 501);
    });
}

#[test]
fn a_backend_that_dies_in_the_middle_is_a_lost_connection() {
    on_servers(|server| {
        let database = counted(server);
        let mut session = database.session();
        let mut statements = vec![COUNT; 1_000];
        statements[300] = "SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())";
        // Its last word may be heard, or not.
        let failure = match each(&mut session, &statements) {
            Ok(mut answers) => answers.pop().unwrap().rows.unwrap_err(),
            Err(failure) => failure,
        };
        assert!(failure.is_lost(), "{failure}");
        assert_eq!(done(&database), 300);
    });
}

/// Cut, shortened or swallowed in the middle, on the way there or back.
#[test]
fn a_connection_that_fails_in_the_middle_is_lost_and_leaves_nothing() {
    on_an_outer_server(|server| {
        let proxy = Proxy::before(server.cluster.folder().unwrap(), server.cluster.port());
        for (to_server, fate) in [
            (true, Fate::LoseAnd(After::Cut)),
            (true, Fate::ForwardAnd(After::Cut)),
            (true, Fate::Truncate),
            (true, Fate::LoseAnd(After::Silence)),
            (false, Fate::LoseAnd(After::Cut)),
            (false, Fate::Truncate),
            (false, Fate::ForwardAnd(After::Silence)),
        ] {
            let database = counted(server);
            let at = AtomicUsize::new(0);
            proxy.decide(move |message| {
                let (direction, letter) =
                    if to_server { (Direction::ToServer, b'P') } else { (Direction::ToClient, b'C') };
                let counted = message.direction == direction
                    && message.bytes.first() == Some(&letter)
                    && (!to_server || message.bytes.windows(12).any(|part| part == b"public.done'"));
                if counted && at.fetch_add(1, Ordering::SeqCst) == 300 { fate } else { Fate::Forward }
            });
            let folder = proxy.folder().display();
            let target = format!("host={folder} port={} user=postgres dbname={}", server.cluster.port(), database.name);
            let environment = Environment::default();
            let settings = Settings::resolve(&target, &environment).unwrap();
            let mut session =
                Session::connect(&settings, &environment, Purpose::Change, Patience::CHANGING, &Interrupt::default())
                    .unwrap();
            session.execute("BEGIN").unwrap();
            session.execute("CREATE TABLE public.t (id bigint)").unwrap();
            let statements = vec!["INSERT INTO public.t SELECT pg_catalog.nextval('public.done')"; 1_000];
            let answers = session.execute_each(&statements, |_| ());
            let failure = match answers {
                Ok(mut answers) => answers.pop().unwrap().rows.unwrap_err(),
                Err(failure) => failure,
            };
            assert!(failure.is_lost(), "{to_server} {fate:?}: {failure}");
            drop(session);
            let mut look = database.session();
            let name = &database.name;
            let left =
                format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()");
            let deadline = Instant::now() + Duration::from_secs(60);
            while look.query_one(&left, &[]).unwrap().get::<_, i64>(0) > 0 {
                assert!(Instant::now() < deadline, "{to_server} {fate:?}: its session stays");
            }
            assert!(!database.dump().contains("TABLE public.t"), "{to_server} {fate:?}");
        }
    });
}

const CONTRACT: &str =
    "change many\ntarget database many\nrole deploy\n\nallow\n    CREATE TABLE = 300\n    within schema app\n";

/// Made for one of three hundred tables, by an event trigger of the target that no rehearsal knows.
#[test]
fn a_run_says_which_of_many_statements_was_refused() {
    on_servers(|server| {
        let script = (1..=300).map(|number| format!("CREATE TABLE app.t{number} (\n    id int);\n"));
        let script = script.collect::<Vec<_>>().concat();
        let files =
            [("change.sql", script.as_str()), ("change.contract", CONTRACT), ("scaffold.sql", "CREATE SCHEMA app;")]
                .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
                .into();
        let baseline = "CREATE ROLE deploy LOGIN; CREATE SCHEMA app AUTHORIZATION deploy; CREATE SEQUENCE public.done;
            GRANT USAGE, SELECT ON SEQUENCE public.done TO deploy;
            CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
                IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'app.t201') THEN RAISE 'not this one'; END IF;
                PERFORM nextval('public.done');
                RAISE NOTICE '%', (SELECT object_identity FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table');
            END $$;
            CREATE EVENT TRIGGER refuse ON ddl_command_end EXECUTE FUNCTION public.refuse();";
        let world = World::of(server, &files, baseline);
        let before = world.dump();
        world.sign(&world.warrant(Operation::Apply, "deploy"));
        let run = world.execute(Operation::Apply, "deploy").unwrap();
        assert_eq!(run.outcome, RunOutcome::Blocked);
        let error = run.error.unwrap();
        assert_eq!((error.statement, error.line, error.message.as_str()), (201, 401, "not this one"));
        assert_eq!(error.text, "CREATE TABLE app.t201 (\n    id int);");
        assert_eq!(run.statements.len(), 201);
        for (record, number) in run.statements[..200].iter().zip(1..) {
            let said: Vec<&str> = record.notices.iter().map(|notice| notice.message.as_str()).collect();
            assert_eq!((record.index, said), (number, vec![format!("app.t{number}").as_str()]));
        }
        let mut session = server.cluster.session_as("postgres", &world.database, Purpose::Look).unwrap();
        let done = session.query_one("SELECT last_value FROM public.done", &[]).unwrap();
        assert_eq!(done.get::<_, i64>(0), 200);
        assert_eq!(world.dump(), before);
        // What stood before lay on the disk by then; what would have come after never did.
        let folder = world.package.join(&run.run);
        let saved = Snapshot::from_json(&std::fs::read(folder.join("before.json")).unwrap()).unwrap();
        assert_eq!(saved.fingerprint(), run.fingerprints.before);
        assert!(!folder.join("after.json").exists());
    });
}
