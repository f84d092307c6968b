//! The contract language: every form of line, every refusal, and attacks on `where`.

use pgwarrant::base::Coded as _;
use pgwarrant::contract::{Condition, Contract, ContractError, Expectation, Permission, State};
use proptest::prelude::*;

fn read(text: &str) -> Result<Contract, ContractError> {
    Contract::read(text.as_bytes())
}

fn after(line: &str) -> Result<Contract, ContractError> {
    read(&format!("change demo\nafter\n{line}\n"))
}

const WHOLE: &str = r#"
# a comment
change ws-q5-registry-substrate
target database directus system 7611578671664259111
role workflow_admin, "Other Role"

allow                                   # everything not allowed is refused
    CREATE TABLE = 12
    comment
    UPDATE <= 2
    within schema cutter_governance, "Odd # Schema"
    transaction one
    permit cascade
    permit dynamic sql
    permit not in transaction

before
    P-1 schema cutter_governance exists
    P-2 tables in cutter_governance = 12
    P-3 table cutter_governance.axis_registry absent
    P-4 column public.tac_logical_unit.authority absent
    P-5 rows in public.tac_logical_unit = 86
    foreign key a.b (x, y) references c.d (z, w)

after
    V-1 tables in cutter_governance + 12           # relative to before
    V-2 primary keys in cutter_governance + 12
    V-3 foreign keys + 8
    V-4 unique constraints - 4
    V-5 check constraints + 0
    V-6 columns of cutter_governance.axis_registry = axis_id, label, created_at
    V-7 primary key of cutter_governance.axis_registry = axis_id
    V-8 foreign key cutter_governance.edge (axis_id) references cutter_governance.axis_registry (axis_id)
    V-9 no foreign key crosses schemas
    V-10 rows in cutter_governance.axis_registry = 0
    V-11 rows in public.tac_logical_unit where authority = 'draft' = 86
    V-12 values of public.tac_logical_unit.updated_at change in 86 rows
    V-13 table public.tac_logical_unit unchanged
    V-14e unique of public.t (a, b)
    V-15 indexes in public.t >= 3
    V-16 event triggers unchanged
    function public.touch(integer, text) exists
    V-17 nothing else changes
"#;

#[test]
fn the_contract_of_the_design_is_read() {
    let contract = read(WHOLE).unwrap();
    assert_eq!(contract.change, "ws-q5-registry-substrate");
    assert_eq!(contract.target.as_ref().unwrap().system.as_deref(), Some("7611578671664259111"));
    assert_eq!(contract.roles, ["workflow_admin", "Other Role"]);
    assert_eq!(contract.allow.tags.len(), 3);
    assert_eq!(contract.allow.tags[1].tag, "COMMENT");
    assert!(contract.allow.within.as_ref().unwrap().schemas.contains("Odd # Schema"));
    assert!(contract.permits(Permission::Cascade) && !contract.permits(Permission::Opaque));
    assert_eq!((contract.before.len(), contract.after.len()), (6, 18));
    assert_eq!(contract.after[0].text, "tables in cutter_governance + 12");
    assert_eq!(contract.after[3].id, "V-4");
    assert!(matches!(contract.after[3].condition, Condition::Count { expect: Expectation::Relative(-4), .. }));
    assert!(matches!(&contract.after[16].condition,
        Condition::Object { keys, state: State::Exists } if keys[0].path[..] == ["public", "touch(integer, text)"]));
    assert_eq!(contract.after[16].id, "after-17");
    assert!(contract.is_closed());
    let json = serde_json::to_value(&contract).unwrap();
    assert_eq!(serde_json::from_value::<Contract>(json).unwrap(), contract);
    for line in contract.before.iter().chain(&contract.after) {
        assert_eq!(line.span.of(WHOLE), line.text);
    }
}

#[test]
fn every_noun_can_be_counted() {
    for noun in pgwarrant::catalog::Noun::ALL {
        let contract = after(&format!("{} + 1", noun.words())).unwrap_or_else(|error| panic!("{noun}: {error}"));
        assert!(matches!(contract.after[0].condition, Condition::Count { noun: found, .. } if found == *noun));
    }
}

#[test]
fn errors_point_and_suggest() {
    for (text, code, place, hint) in [
        ("change a\nafter\n  table a.b exsits", "contract.syntax", (3, 13), "did you mean `exists`?"),
        ("change a\nafter\n  tabels in a + 1", "contract.syntax", (3, 3), "did you mean `tables`?"),
        ("change a\nallow\n  CRATE TABLE = 1", "contract.unknown-tag", (3, 3), "did you mean `CREATE TABLE`?"),
        ("change a\nallow\n  witin schema a", "contract.unknown-tag", (3, 3), "did you mean `within schema`?"),
        ("change a\nallow\n  permit casade", "contract.syntax", (3, 10), "did you mean `cascade`?"),
        ("chnage a", "contract.syntax", (1, 1), "did you mean `change`?"),
        ("change a\nbefore\n  tables + 1", "contract.only-after", (3, 3), "absolute"),
        ("change a\nbefore\n  nothing else changes", "contract.only-after", (3, 3), "absolute"),
        ("change a\nbefore\n  values of a.b.c change in 2 rows", "contract.only-after", (3, 3), "absolute"),
        ("change a\nbefore\n  table a.b unchanged", "contract.only-after", (3, 3), "absolute"),
        ("change a\nafter\n  P-1 tables = 1\n  P-1 views = 1", "contract.repeated-id", (4, 3), "own"),
        ("change a\nchange b", "contract.repeated", (2, 1), "one"),
        ("change a\nallow\nallow", "contract.repeated", (3, 1), "one"),
        ("change a\nallow\n COMMENT\n COMMENT = 2", "contract.repeated", (4, 2), "one"),
        ("change a\nafter\n table b exists", "contract.name-parts", (3, 2), "schema"),
        ("change a\nafter\n column b.c exists", "contract.name-parts", (3, 2), "schema"),
        ("change a\nafter\n tables in a.b.c = 1", "contract.scope-parts", (3, 12), "schema"),
        ("change a\nafter\n tables = 99999999999999999999", "contract.number-too-large", (3, 11), "numbers"),
        ("change a\r\nafter", "contract.character", (1, 9), "LF"),
        ("change a\nafter # \u{202E}", "contract.character", (2, 9), "UTF-8"),
        ("change a\nafter\n rows in a.b where f(x) = 1 = 2", "contract.syntax", (3, 21), ""),
        ("change a\nafter\n rows in a = 2", "contract.syntax", (3, 10), "a name"),
        ("change a\nafter\n columns of a.b = ", "contract.syntax", (3, 18), "a name"),
        ("change a\nafter\n tables", "contract.syntax", (3, 8), ""),
        ("change a\nafter\n tables = 1 2", "contract.syntax", (3, 13), ""),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.code(), code, "{text:?}: {error}");
        let found = error.place().unwrap();
        assert_eq!((found.line, found.column), place, "{text:?}: {error}");
        assert!(error.hint().unwrap().contains(hint), "{text:?}: {:?}", error.hint());
    }
    assert_eq!(read("").unwrap_err().code(), "contract.missing");
    assert_eq!(Contract::read(b"change \xff").unwrap_err().code(), "contract.not-utf8");
    assert_eq!(Contract::read(&vec![b'#'; 2_000_000]).unwrap_err().code(), "contract.too-large");
    assert_eq!(read(&format!("change a # {}", "x".repeat(9000))).unwrap_err().code(), "contract.line-too-long");
}

fn where_sql(predicate: &str) -> Result<String, ContractError> {
    let contract = after(&format!("rows in a.b where {predicate} = 5"))?;
    match &contract.after[0].condition {
        Condition::Rows { predicate: Some(predicate), .. } => Ok(predicate.sql()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn where_becomes_our_own_sql() {
    for (predicate, sql) in [
        ("authority = 'draft'", r#"("authority" OPERATOR(pg_catalog.=) 'draft')"#),
        ("n <> -1.5", r#"("n" OPERATOR(pg_catalog.<>) (-1.5))"#),
        ("a is null or not b is not null", r#"(("a" IS NULL) OR (NOT ("b" IS NOT NULL)))"#),
        (
            "a = 1 and (b = 2 or c = true)",
            r#"(("a" OPERATOR(pg_catalog.=) (1)) AND (("b" OPERATOR(pg_catalog.=) (2)) OR ("c" OPERATOR(pg_catalog.=) true)))"#,
        ),
        ("Name = 'it''s'", r#"("name" OPERATOR(pg_catalog.=) 'it''s')"#),
        (r#""Na""me" = 'x\'"#, r#"("Na""me" OPERATOR(pg_catalog.=) E'x\\')"#),
    ] {
        assert_eq!(where_sql(predicate).unwrap(), sql, "{predicate}");
    }
}

#[test]
fn no_sql_gets_through_where() {
    for attack in [
        "1 = 1",
        "pg_sleep(10) is null",
        "a = pg_sleep(10)",
        "a = (select 1)",
        "a = 'x' || 'y'",
        "a = 'x'; drop table t",
        "a = 'x' -- y",
        "a = 'x' /* y */",
        "a = $$x$$",
        "a = E'x'",
        "a = U&'x'",
        "a = b",
        "a = 'x'::text",
        "a = array[1]",
        "a::text = 'x'",
        "a.b = 1",
        "a between 1 and 2",
        "a in (1)",
        "a like 'x'",
        "a ~ 'x'",
        "a = current_user()",
        "exists (select 1)",
        "a = 1 union select 1",
        "a = ?",
        "a = $1",
        "a = :x",
        "a = 'x",
        "a = \"x\"",
        "a is true",
        "a = 1e5",
        "a = 0x10",
        "a = 1_000",
        "(a = 1",
        "a = 1)",
        "not",
        "and",
        "a = 'x''",
        "a operator(x.=) 1",
        "a = b'1'",
    ] {
        assert!(where_sql(attack).is_err(), "{attack}: {:?}", where_sql(attack));
    }
    let deep = format!("{}a = 1{}", "(".repeat(100), ")".repeat(100));
    assert_eq!(where_sql(&deep).unwrap_err().code(), "contract.too-deep");
    assert!(where_sql(&format!("{}a = 1", "not ".repeat(1000))).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(text in "(change a\n)?(allow|before|after)?\n?[ -~é\n]{0,80}") {
        let _ = read(&text);
    }

    /// Whatever the names and texts, the SQL is one comparison of one column with one constant.
    #[test]
    fn a_comparison_stays_one(column in "[^\\p{C}#\n\"]{1,12}", literal in "[^\\p{C}]{0,20}") {
        let written = format!("\"{column}\" = '{}'", literal.replace('\'', "''"));
        if let Ok(sql) = where_sql(&written) {
            let facts = pgwarrant::sql::classify(&format!("SELECT FROM t WHERE {sql}")).unwrap();
            prop_assert_eq!(facts.tag, "SELECT");
            prop_assert!(facts.functions.is_empty() && facts.opaque.is_empty());
            prop_assert_eq!(facts.objects.len(), 1);
        }
    }
}
