//! The inverse, proved by running it: change, undo, compare; then change again, compare again.

use pgwarrant::catalog::{Guard, Snapshot};
use pgwarrant::change;
use pgwarrant::delta::{Change, Delta};
use pgwarrant::inverse::{Inverse, InverseError, Loss, Verdict};
use pgwarrant::pg::Session;

use crate::support;
use crate::support::{Server, all_majors, apply, on_servers, snapshot};

fn difference(a: &Snapshot, b: &Snapshot) -> String {
    Delta::between(a, b).to_text()
}

/// One case: what went wrong, or nothing.
fn prove(server: &Server, case: &std::path::Path) -> Result<(), String> {
    let database = server.database();
    let mut session = database.session();
    let read = |name: &str| std::fs::read_to_string(case.join(name)).unwrap();
    let expected = std::fs::read_to_string(case.join("verdict")).unwrap_or_else(|_| "exact".to_owned());
    database.run(&read("before.sql")).map_err(|error| format!("before.sql: {error}"))?;
    let before = snapshot(&mut session);
    database.run(&read("change.sql")).map_err(|error| format!("change.sql: {error}"))?;
    let after = snapshot(&mut session);
    let delta = Delta::between(&before, &after);
    if before.fingerprint() == after.fingerprint() || delta.is_empty() {
        return Err(format!("the change is not seen: {}", delta.to_text()));
    }
    assert!(Delta::between(&after, &after).is_empty() && delta.changes.iter().all(|change| delta.touches(&change.key)));
    let inverse = Inverse::of(&delta, &before, &after).map_err(|error| error.to_string())?;
    let told = format!("{}\n{}", delta.to_text(), inverse.script());
    let verdict = format!("{:?}", inverse.verdict).to_lowercase();
    if verdict != expected.trim() {
        return Err(format!("the verdict is {verdict}, not {}\n{told}", expected.trim()));
    }
    let cascades = |statement: &String| statement.starts_with("DROP") && statement.ends_with("CASCADE");
    assert!(!inverse.statements.iter().any(cascades), "{told}");
    let beyond =
        inverse.statements.iter().any(|statement| BEYOND_A_ROLLBACK.iter().any(|word| statement.contains(word)));
    if !beyond {
        runs_as_rollback(&inverse).map_err(|error| format!("rollback.sql: {error}\n{told}"))?;
    }
    apply(&mut session, &inverse.statements).map_err(|error| format!("{error}\n{told}"))?;
    let undone = snapshot(&mut session);
    if inverse.verdict == Verdict::Exact && undone.fingerprint() != before.fingerprint() {
        return Err(format!("not as before:\n{}\n{told}", difference(&before, &undone)));
    }
    if inverse.verdict == Verdict::Lossy {
        // The structure is back but for what the verdict says.
        let left = Delta::between(&before, &undone);
        if !left.changes.iter().all(lost_in_part) {
            return Err(format!("more is lost than said:\n{}\n{told}", left.to_text()));
        }
    }
    // And the change again, on what was left. An ordinary run takes the inverse of the inverse for it.
    if inverse.verdict == Verdict::Lossy || (inverse.verdict == Verdict::Exact && all_majors()) {
        database.run(&read("change.sql")).map_err(|error| format!("change.sql again: {error}\n{told}"))?;
    }
    if inverse.verdict == Verdict::Exact && all_majors() {
        let again = snapshot(&mut session);
        if again.fingerprint() != after.fingerprint() {
            return Err(format!("another result the second time:\n{}\n{told}", difference(&after, &again)));
        }
        apply(&mut session, &inverse.statements).map_err(|error| format!("undone again: {error}\n{told}"))?;
        let undone = snapshot(&mut session);
        if undone.fingerprint() != before.fingerprint() {
            return Err(format!("not as before the second time:\n{}\n{told}", difference(&before, &undone)));
        }
        return invert_back(&mut session, &again, &undone, &told);
    }
    if inverse.verdict == Verdict::Exact { invert_back(&mut session, &after, &undone, &told) } else { Ok(()) }
}

/// What no rollback runs: it could name another database, or needs to stand outside a transaction.
const BEYOND_A_ROLLBACK: [&str; 3] = ["ALTER DATABASE", " IN DATABASE ", " SUBSCRIPTION "];

/// What is written is what a rollback may run, statement by statement.
fn runs_as_rollback(inverse: &Inverse) -> Result<(), String> {
    if inverse.statements.is_empty() {
        return Ok(());
    }
    let script =
        change::read_script(change::ROLLBACK, inverse.script().as_bytes()).map_err(|error| error.to_string())?;
    let steps = change::rollback_steps(&script).map_err(|error| error.to_string())?;
    let texts: Vec<&str> = steps.iter().map(|step| step.text.trim_end_matches(';')).collect();
    if texts == inverse.statements { Ok(()) } else { Err(format!("other statements: {texts:?}")) }
}

/// The inverse of an exact inverse is the change, but for what it says itself: a secret does not come back.
fn invert_back(session: &mut Session, after: &Snapshot, undone: &Snapshot, told: &str) -> Result<(), String> {
    let undoing = Delta::between(after, undone);
    let back = Inverse::of(&undoing, after, undone).map_err(|error| format!("and back: {error}\n{told}"))?;
    let told = format!("{told}\n-- and back\n{}", back.script());
    apply(session, &back.statements).map_err(|error| format!("and back: {error}\n{told}"))?;
    let left = Delta::between(after, &snapshot(session));
    let named =
        |change: &Change| back.parts.iter().any(|part| part.verdict != Verdict::Exact && part.key == change.key);
    let right = match back.verdict {
        Verdict::Exact => left.is_empty(),
        Verdict::Lossy => left.changes.iter().all(lost_in_part),
        Verdict::Impossible => left.changes.iter().all(named),
    };
    if right { Ok(()) } else { Err(format!("the inverse of the inverse leaves:\n{}\n{told}", left.to_text())) }
}

/// What a lossy verdict may leave: privileges in writing, the order of columns.
fn lost_in_part(change: &Change) -> bool {
    !change.fields.is_empty()
        && change.fields.iter().all(|field| ["acl", "column_order"].contains(&field.field.as_str()))
}

#[test]
fn every_case_is_undone_as_its_verdict_says() {
    support::on_every_case(|server, _, case| prove(server, case));
}

#[test]
fn everything_made_is_unmade() {
    on_servers(|server| {
        let database = server.database();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/catalog");
        let before = database.snapshot();
        database.run(&std::fs::read_to_string(root.join("rich.sql")).unwrap()).unwrap();
        let after = database.snapshot();
        let delta = Delta::between(&before, &after);
        let inverse = Inverse::of(&delta, &before, &after).unwrap();
        assert_eq!(inverse.verdict, Verdict::Exact, "{}", inverse.script());
        assert!(inverse.guards.contains(&Guard::TableEmpty { table: "shop.orders".into() }));
        apply(&mut database.session(), &inverse.statements).unwrap();
        let undone = database.snapshot();
        assert_eq!(undone.fingerprint(), before.fingerprint(), "{}", difference(&before, &undone));
    });
}

#[test]
fn everything_dropped_is_made_again() {
    on_servers(|server| {
        let database = server.database();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/catalog");
        database.run(&std::fs::read_to_string(root.join("rich.sql")).unwrap()).unwrap();
        let before = database.snapshot();
        database.run("DROP EVENT TRIGGER watch; DROP SCHEMA shop CASCADE; DROP SCHEMA \"Odd Schema\" CASCADE").unwrap();
        let after = database.snapshot();
        let delta = Delta::between(&before, &after);
        let inverse = Inverse::of(&delta, &before, &after).unwrap();
        assert_eq!(inverse.verdict, Verdict::Lossy);
        apply(&mut database.session(), &inverse.statements).unwrap();
        let undone = database.snapshot();
        assert_eq!(undone.fingerprint(), before.fingerprint(), "{}", difference(&before, &undone));
    });
}

#[test]
fn the_script_runs_in_psql() {
    on_servers(|server| {
        let database = server.database();
        let before = database.snapshot();
        database.run("CREATE TABLE public.\"a\nb\" (id int); COMMENT ON TABLE public.\"a\nb\" IS 'x'").unwrap();
        let after = database.snapshot();
        let delta = Delta::between(&before, &after);
        let inverse = Inverse::of(&delta, &before, &after).unwrap();
        let script = inverse.script().replace("BEGIN;", "").replace("COMMIT;", "");
        database.run(&script).unwrap();
        assert_eq!(database.snapshot().fingerprint(), before.fingerprint());
    });
}

#[test]
fn a_created_table_is_dropped_by_one_statement() {
    on_servers(|server| {
        let database = server.database();
        let before = database.snapshot();
        database
            .run("CREATE TABLE public.t (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, c text UNIQUE CHECK (c > '')); CREATE INDEX ON public.t (n)")
            .unwrap();
        let after = database.snapshot();
        let delta = Delta::between(&before, &after);
        let inverse = Inverse::of(&delta, &before, &after).unwrap();
        assert_eq!(inverse.statements, ["DROP TABLE public.t"]);
        assert_eq!(inverse.guards, [Guard::TableEmpty { table: "public.t".into() }]);
        assert!(matches!(Inverse::of(&delta, &after, &after), Err(InverseError::OtherDelta)));
    });
}

/// From one schema to another: what would lose rows is left out with what cannot be done without it, and the rest runs.
#[test]
fn a_way_that_may_lose_nothing_can_be_run() {
    let pairs: [(&str, &str, &[&str]); 5] = [
        (
            "CREATE TABLE public.a (n int); CREATE TABLE public.b (n int)",
            "CREATE TABLE public.b (n int, m int)",
            &["table public.a"],
        ),
        // A name that is not free, and what needs what is not made.
        (
            "CREATE TABLE public.a (n int)",
            "CREATE TABLE public.b (n int); CREATE VIEW public.a AS SELECT n FROM public.b; CREATE VIEW public.c AS SELECT n FROM public.a",
            &["table public.a", "view public.a", "view public.c"],
        ),
        // A type that would cut values, and a check that is of the new type.
        (
            "CREATE TABLE public.a (n int)",
            "CREATE TABLE public.a (n text CHECK (length(n) > 0))",
            &["column public.a.n", "constraint public.a.a_n_check"],
        ),
        // A key that a table needs which stays: its columns stay NOT NULL.
        (
            "CREATE TABLE public.a (n int PRIMARY KEY); CREATE TABLE public.b (n int REFERENCES public.a)",
            "CREATE TABLE public.a (n int)",
            &["table public.b", "constraint public.a.a_pkey", "column public.a.n"],
        ),
        // What lies in a schema that is to go.
        ("CREATE SCHEMA s; CREATE TABLE s.a (n int)", "SELECT 1", &["schema s", "table s.a"]),
    ];
    on_servers(|server| {
        for (start, end, left_out) in &pairs {
            let (here, there) = (server.database(), server.database());
            here.run(start).unwrap();
            there.run(end).unwrap();
            let (from, to) = (here.snapshot(), there.snapshot());
            let way = Inverse::way(&from, &to, Loss::LeftOut).unwrap();
            let named =
                |name: &&&str| way.parts.iter().any(|part| part.name == ***name && part.verdict != Verdict::Exact);
            assert!(left_out.iter().all(|name| named(&name)), "{start}: {:?}", way.parts);
            assert!(way.guards.is_empty(), "{start}: {:?}", way.guards);
            apply(&mut here.session(), &way.statements).unwrap();
            let kept = here.snapshot();
            let rows = |snapshot: &Snapshot| {
                ["table", "column"].map(|kind| snapshot.of_kind(kind).map(|(key, _)| key.clone()).collect::<Vec<_>>())
            };
            assert!(rows(&from).into_iter().flatten().all(|key| kept.objects.contains_key(&key)), "{start}");
            // What is asked for is done.
            let all = Inverse::way(&kept, &to, Loss::Allowed).unwrap();
            apply(&mut here.session(), &all.statements).unwrap();
            assert_eq!(here.snapshot().fingerprint(), to.fingerprint(), "{start}");
        }
    });
}
