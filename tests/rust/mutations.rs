//! Whatever PostgreSQL has words for changes the fingerprint: each form of statement that writes a catalog of the
//! database is run on a real server, and the snapshot before it is another than the one after it. The forms are those of
//! the parser and of the server's own list of command tags, so that none is forgotten: what has no case must stand in
//! `exempt.txt` with a reason.
//!
//! A case is `--- title [since N]`, what comes first, `-->`, and the mutation. `PGWARRANT_CASES` limits them to titles
//! that bear a word, `PGWARRANT_ALL_MAJORS` runs each on every major.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableType, ObjectType};
use pgwarrant::catalog::Snapshot;
use pgwarrant::delta::Delta;
use pgwarrant::pg::Session;

use crate::support;
use crate::support::Server;

/// One mutation, and what has to be there before it.
struct Case {
    title: String,
    since: u32,
    before: String,
    mutation: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/mutations")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

fn cases() -> Vec<Case> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "sql") && !path.ends_with("world.sql"));
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for case in text.split("--- ").skip(1) {
            let (title, rest) = case.split_once('\n').unwrap();
            let (before, mutation) = rest.split_once("-->").unwrap_or_else(|| panic!("{title} changes nothing"));
            let (title, since) = title.split_once(" [since ").unwrap_or((title, "0]"));
            cases.push(Case {
                title: title.trim().to_owned(),
                since: since.trim_end_matches(']').parse().unwrap(),
                before: before.trim().to_owned(),
                mutation: mutation.trim().to_owned(),
            });
        }
    }
    cases
}

fn run(session: &mut Session, script: &str) -> Result<(), String> {
    for statement in pg_query::split_with_parser(script).unwrap() {
        session.execute(statement.trim()).map_err(|error| format!("{error:?}\nin: {statement}"))?;
    }
    Ok(())
}

/// What a case changed, or what is wrong with it. Nothing stays.
fn mutate(session: &mut Session, case: &Case, database: &str, world: &Snapshot) -> Result<Delta, String> {
    session.execute("BEGIN").unwrap();
    let result = (|| {
        let read = |session: &mut Session| Snapshot::read(session).map_err(|error| format!("{error:?}"));
        let mut first = None;
        if !case.before.is_empty() {
            run(session, &case.before.replace("{database}", database))?;
            first = Some(read(session)?);
        }
        run(session, &case.mutation.replace("{database}", database))?;
        let (before, after) = (first.as_ref().unwrap_or(world), read(session)?);
        let delta = Delta::between(before, &after);
        if before.fingerprint() == after.fingerprint() {
            return Err("the fingerprint is the same".to_owned());
        }
        if delta.is_empty() {
            return Err("the fingerprint changed and the delta is empty".to_owned());
        }
        Ok(delta)
    })();
    session.execute("ROLLBACK").unwrap();
    result
}

#[test]
fn every_mutation_changes_the_fingerprint() {
    let mut cases = cases();
    if let Ok(words) = std::env::var("PGWARRANT_CASES") {
        cases.retain(|case| words.split_whitespace().any(|word| case.title.contains(word)));
    }
    let shares = support::shared_out(&cases, |case| case.title.clone(), |case, server| case.since <= server.major);
    support::two_at_a_time(shares, |(server, cases)| {
        let server = Server::start(server);
        let database = server.database();
        database.run_plainly(&read("world.sql")).unwrap();
        let mut session = database.session();
        let world = support::snapshot(&mut session);
        // What has no case because no snapshot covers it is named in every report.
        for reason in exempt().into_values().filter(|reason| reason.starts_with("not covered")) {
            let kind = reason.split('`').nth(1).unwrap();
            assert!(world.not_covered.iter().any(|missing| missing.kind == kind), "{reason}");
        }
        let mut wrong = Vec::new();
        for case in cases {
            if let Err(because) = mutate(&mut session, case, &database.name, &world) {
                wrong.push(format!("== {}: {because}", case.title));
            }
        }
        assert!(support::snapshot(&mut session).fingerprint() == world.fingerprint(), "a case left something behind");
        let (major, of) = (server.major(), cases.len());
        assert!(wrong.is_empty(), "PostgreSQL {major}: {} of {of} cases\n{}", wrong.len(), wrong.join("\n"));
    });
}

/// The forms a statement has: its tag, and what it does of what the parser's lists name.
fn forms(script: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    let object = |number: i32| ObjectType::try_from(number).unwrap().as_str_name().trim_start_matches("OBJECT_");
    for statement in pg_query::split_with_parser(script).unwrap() {
        forms.insert(pgwarrant::sql::classify(statement.trim()).unwrap().tag.to_string());
        let parsed = pg_query::parse(statement, pg_query::ParserOptions::DEFAULT).unwrap();
        match parsed.protobuf.stmts[0].stmt.as_ref().unwrap().node.as_ref().unwrap() {
            NodeEnum::AlterTableStmt(it) => {
                for command in &it.cmds {
                    let Some(NodeEnum::AlterTableCmd(command)) = &command.node else { unreachable!() };
                    forms.insert(AlterTableType::try_from(command.subtype).unwrap().as_str_name().to_owned());
                }
            }
            NodeEnum::RenameStmt(it) => _ = forms.insert(format!("rename {}", object(it.rename_type))),
            NodeEnum::AlterOwnerStmt(it) => _ = forms.insert(format!("owner {}", object(it.object_type))),
            NodeEnum::AlterObjectSchemaStmt(it) => _ = forms.insert(format!("schema {}", object(it.object_type))),
            NodeEnum::CommentStmt(it) => _ = forms.insert(format!("comment {}", object(it.objtype))),
            NodeEnum::GrantStmt(it) => _ = forms.insert(format!("grant {}", object(it.objtype))),
            NodeEnum::AlterObjectDependsStmt(it) => _ = forms.insert(format!("depends {}", object(it.object_type))),
            NodeEnum::AlterDomainStmt(it) => _ = forms.insert(format!("domain {}", it.subtype)),
            _ => {}
        }
    }
    forms
}

/// The kinds of statements that take one object of many types.
const VERBS: [&str; 6] = ["rename", "owner", "schema", "comment", "grant", "depends"];

/// Every form there is: the server's tags, the sub-commands of ALTER TABLE, each verb with each type of object.
fn known() -> BTreeSet<String> {
    let mut known: BTreeSet<String> = read("tags.txt").lines().map(str::to_owned).collect();
    for number in 1.. {
        match AlterTableType::try_from(number) {
            Ok(kind) => _ = known.insert(kind.as_str_name().to_owned()),
            Err(_) => break,
        }
    }
    for number in 1.. {
        let Ok(object) = ObjectType::try_from(number) else { break };
        let name = object.as_str_name().trim_start_matches("OBJECT_");
        known.extend(VERBS.map(|verb| format!("{verb} {name}")));
    }
    // `ALTER DOMAIN`: default, not null, checks.
    known.extend(["T", "N", "O", "C", "X", "V"].map(|subtype| format!("domain {subtype}")));
    known
}

/// The forms that have no case, each with its reason: lines that are not indented are reasons. `comment *` is every
/// object type that no case shows.
fn exempt() -> BTreeMap<String, String> {
    let mut exempt = BTreeMap::new();
    let mut reason = String::new();
    for line in read("exempt.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with(' ') {
            exempt.extend(line.split(',').map(|form| (form.trim().to_owned(), reason.clone())));
        } else {
            line.clone_into(&mut reason);
        }
    }
    exempt.remove("");
    exempt
}

#[test]
fn every_form_of_statement_has_a_case_or_a_reason() {
    let known = known();
    let shown: BTreeSet<String> =
        cases().iter().flat_map(|case| forms(&case.mutation.replace("{database}", "d"))).collect();
    let exempt: BTreeSet<String> = exempt().into_keys().collect();
    let missing: Vec<_> = known.iter().filter(|form| !shown.contains(*form) && !exempt.contains(*form)).collect();
    let idle: Vec<_> = exempt.iter().filter(|form| shown.contains(*form) || !known.contains(*form)).collect();
    let unknown: Vec<_> = shown.difference(&known).collect();
    assert!(
        missing.is_empty() && idle.is_empty() && unknown.is_empty(),
        "without a case or a reason: {missing:#?}\nexempt for nothing: {idle:#?}\nof no list: {unknown:#?}"
    );
}

#[test]
fn the_tags_are_the_servers() {
    support::on_an_outer_server(|server| {
        let database = server.database();
        let mut session = database.session();
        session.execute("CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'").unwrap();
        let tags = read("tags.txt");
        for tag in tags.lines().chain(["NO TAG"]) {
            session.execute("BEGIN").unwrap();
            let made = session.execute(&format!(
                "CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('{tag}') EXECUTE FUNCTION public.f()"
            ));
            session.execute("ROLLBACK").unwrap();
            let unknown = made.is_err_and(|error| error.sqlstate() == Some("42601"));
            // What a later major has.
            let since = if tag == "LOGIN" {
                17
            } else if tag == "MERGE" {
                15
            } else {
                14
            };
            let later = server.major() < since;
            assert_eq!(unknown, tag == "NO TAG" || later, "{tag}");
        }
    });
}
