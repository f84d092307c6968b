//! Questions about rows, asked on real servers: what the role may not see whole is said, never counted.

use pgwarrant::catalog::Guard;
use pgwarrant::contract::{Answer, Contract};
use pgwarrant::rows;

use crate::support::on_servers;

#[test]
fn what_a_role_may_not_see_is_not_counted() {
    on_servers(|server| {
        let database = server.database();
        database
            .run(
                "DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
                 CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO reader; CREATE SCHEMA hidden;
                 CREATE TABLE app.open AS SELECT 1 AS a FROM generate_series(1, 3);
                 CREATE TABLE app.closed AS SELECT 1 AS a;
                 CREATE TABLE app.filtered AS SELECT 1 AS a; ALTER TABLE app.filtered ENABLE ROW LEVEL SECURITY;
                 CREATE TABLE hidden.open AS SELECT 1 AS a;
                 CREATE TABLE app.\"Odd name\" AS SELECT 1 AS a;
                 GRANT SELECT ON app.open, app.filtered, app.\"Odd name\", hidden.open TO reader;",
            )
            .unwrap();
        let contract = Contract::read(
            b"change demo\nbefore\n    rows in app.open = 3\n    rows in app.closed = 1\n    rows in app.filtered = 1\n    \
              rows in hidden.open = 1\n    rows in app.\"Odd name\" = 1\n    rows in app.missing = 0\n    \
              rows in app.open where b = 1 = 0\n",
        )
        .unwrap();
        let mut session = database.session_as("reader");
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
        let asked = rows::ask(&mut session, &contract, &database.snapshot()).unwrap();
        let expected = [
            ("app.open", Ok(3)),
            ("app.closed", Err("this role may not read app.closed")),
            ("app.filtered", Err("row security hides rows of app.filtered from this role")),
            ("hidden.open", Err("this role may not read hidden.open")),
            ("app.\"Odd name\"", Ok(1)),
            ("app.missing", Err("there is no app.missing")),
            ("app.open where b = 1", Err("app.open has no column b")),
        ];
        assert_eq!(asked.answers.len(), expected.len());
        for (question, answer) in expected {
            let expected = match answer {
                Ok(count) => Answer::Count(count),
                Err(because) => Answer::Unanswered(because.to_owned()),
            };
            assert_eq!(asked.answers.get(&format!("rows in {question}")), Some(&expected), "{question}");
        }
        // The transaction goes on, and the session may write as before.
        assert!(session.execute("CREATE TEMP TABLE t ()").is_ok());
    });
}

#[test]
fn a_question_that_fails_is_named() {
    on_servers(|server| {
        let database = server.database();
        database
            .run(
                "CREATE SCHEMA app; CREATE TABLE app.a (n int); CREATE TABLE app.b (n int); CREATE TABLE app.c (n int)",
            )
            .unwrap();
        let contract = Contract::read(
            b"change demo\nbefore\n    rows in app.a = 0\n    rows in app.b where n = 'x' = 0\n    rows in app.c = 0\n",
        )
        .unwrap();
        let mut session = database.session();
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
        let failure = rows::ask(&mut session, &contract, &database.snapshot()).unwrap_err();
        assert!(failure.to_string().contains("rows in app.b where n = 'x'"), "{failure}");
    });
}

/// Guards look at the same tables: each is counted once, and every answer belongs to its question.
#[test]
fn a_guarded_table_is_counted_by_its_guard() {
    on_servers(|server| {
        let database = server.database();
        database
            .run(
                "CREATE SCHEMA app; CREATE TABLE app.one (a int, b int); INSERT INTO app.one VALUES (1, NULL);
                 CREATE TABLE app.two (a int); INSERT INTO app.two VALUES (1), (2);
                 CREATE TABLE app.\"Three\" (a int); INSERT INTO app.\"Three\" VALUES (1), (2), (3);
                 CREATE TABLE app.four (a int); INSERT INTO app.four VALUES (1), (2), (3), (4);",
            )
            .unwrap();
        let contract = Contract::read(
            b"change demo\nbefore\n    rows in app.one = 1\n    rows in app.four = 4\n    rows in app.\"Three\" = 3\n    \
              rows in app.two where a = 1 = 1\n    rows in app.two = 2\n",
        )
        .unwrap();
        let empty = |table: &str| Guard::TableEmpty { table: table.to_owned() };
        let untouched = Guard::ColumnUntouched { table: "app.one".into(), column: "b".into(), default: None };
        let guards = [empty("app.\"Three\""), untouched, empty("app.two")];
        let mut session = database.session();
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
        let snapshot = database.snapshot();
        let (asked, guarded) = rows::ask_and_measure(&mut session, &contract, &guards, &snapshot).unwrap();
        let alone = rows::ask(&mut session, &contract, &snapshot).unwrap();
        assert_eq!(asked.answers, alone.answers);
        let counts: Vec<Option<&Answer>> = ["one", "two", "\"Three\"", "four", "two where a = 1"]
            .map(|question| asked.answers.get(&format!("rows in app.{question}")))
            .into();
        let expected = [1, 2, 3, 4, 1].map(Answer::Count);
        assert_eq!(counts, expected.iter().map(Some).collect::<Vec<_>>());
        let guarded = guarded.unwrap();
        assert_eq!(guarded, rows::guards::measure(&mut session, &guards, &snapshot).unwrap());
        let seen: Vec<(&str, i64, i64)> =
            guarded.iter().map(|guarded| (guarded.what.as_str(), guarded.rows, guarded.holding)).collect();
        assert_eq!(seen, [("app.\"Three\"", 3, 3), ("app.one.b", 1, 0), ("app.two", 2, 2)]);
        // What names nothing is said of the guards alone.
        let unknown = [empty("app.nothing")];
        let (asked, guarded) = rows::ask_and_measure(&mut session, &contract, &unknown, &snapshot).unwrap();
        assert_eq!(asked.answers, alone.answers);
        assert!(guarded.unwrap_err().to_string().contains("app.nothing"));
    });
}
