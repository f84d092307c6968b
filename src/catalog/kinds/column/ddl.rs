//! Statements for columns.

use std::collections::BTreeSet;

pub use super::Column;
use super::conversion::{cast, refuses, widens};
use super::{Columns, NotNull};
use crate::base::{ServerVersion, quote_ident, quote_literal};
use crate::catalog::ddl::{Alter, Ddl, Guard, Privileges, Separable, Statements, Subject, option_statements};
use crate::catalog::kinds::constraint::ddl::STAYS_LOCAL;
use crate::catalog::kinds::sequence::ddl::{next_value, settings as sequence_settings};
use crate::catalog::{Catalog, Key, Object, foreign};

/// A column as CREATE TABLE and ADD COLUMN write it.
pub fn definition(subject: Subject<'_>) -> String {
    let column: Column = subject.object.read();
    let mut text = format!("{} {}", quote_ident(subject.key.name()), column.data_type);
    text += &foreign::clause(&column.foreign_options);
    if let Some(method) = &column.compression {
        text += &format!(" COMPRESSION {method}");
    }
    if let Some(collation) = &column.collation {
        text += &format!(" COLLATE {collation}");
    }
    text + &constraints(subject, &column)
}

/// A column of a typed table, where it has anything of its own.
pub fn options(subject: Subject<'_>) -> Option<String> {
    let text = constraints(subject, &subject.object.read());
    (!text.is_empty()).then(|| format!("{} WITH OPTIONS{text}", quote_ident(subject.key.name())))
}

fn constraints(subject: Subject<'_>, column: &Column) -> String {
    let mut text = String::new();
    match &column.not_null_constraint {
        // One that a parent table brings is not its own.
        Some(named) if named.inherited && !named.local && !subject.in_partition() => {}
        Some(named) if !named.not_valid => {
            text += &format!(" CONSTRAINT {} NOT NULL", quote_ident(&named.name));
            if named.no_inherit {
                text += " NO INHERIT";
            }
        }
        None if column.not_null => text += " NOT NULL",
        _ => {}
    }
    if let Some(default) = &column.default {
        text += &format!(" DEFAULT {default}");
    }
    if let Some(generated) = &column.generated {
        text += &format!(" GENERATED ALWAYS AS ({}) {}", generated.expression, generated.kept.to_uppercase());
    }
    // Since PostgreSQL 17 a partition shares the identity of its partitioned table.
    let shared = subject.in_partition() && identity_sequence(subject).is_none();
    if let Some(identity) = column.identity.as_ref().filter(|_| !shared) {
        text += &identity_clause(subject, identity);
    }
    text
}

/// ` GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME ...)`.
pub fn identity_clause(subject: Subject<'_>, identity: &str) -> String {
    let options = identity_sequence(subject).map_or_else(String::new, |(key, object)| {
        format!(" (SEQUENCE NAME {} {})", key.sql(), sequence_settings(&object.read()))
    });
    format!(" GENERATED {} AS IDENTITY{options}", identity.to_uppercase())
}

/// The sequence of an identity column goes on where it stood.
fn continuing(subject: Subject<'_>, column: &Column) -> Option<String> {
    column.identity.as_ref()?;
    let (key, object) = identity_sequence(subject)?;
    let next = next_value(Subject { key, object, snapshot: subject.snapshot })?;
    Some(format!("ALTER SEQUENCE {} RESTART WITH {next}", key.sql()))
}

fn identity_sequence(subject: Subject<'_>) -> Option<(&Key, &Object)> {
    let column = subject.key.sql();
    let its = |(_, object): &(&Key, &Object)| object.text("identity_of") == Some(&column);
    // It bears the name that PostgreSQL gave it, nearly always.
    let usual = subject.key.path.get(1).map(|table| format!("{table}_{}_seq", subject.key.name()));
    let usual = Key::new("sequence", &[subject.key.schema(), &usual.unwrap_or_default()]);
    let found = subject.snapshot.objects.get_key_value(&usual).filter(its);
    found.or_else(|| subject.snapshot.of_kind("sequence").find(its))
}

/// What a column has beside its definition.
pub fn settings(subject: Subject<'_>) -> Vec<String> {
    let column: Column = subject.object.read();
    let mut statements = set_alone(subject, &column);
    statements.extend(continuing(subject, &column));
    if let Some(named) = &column.not_null_constraint {
        if named.not_valid {
            statements.push(add_not_null(subject, named));
        }
        statements.extend(not_null_comment(subject, named));
    }
    statements
}

/// What no column takes over from that of a parent table.
fn set_alone(subject: Subject<'_>, column: &Column) -> Vec<String> {
    let this = this_only(subject);
    let mut statements = Vec::new();
    if let Some(storage) = &column.storage {
        statements.push(format!("{this} SET STORAGE {}", storage.to_uppercase()));
    }
    if let Some(target) = column.statistics_target {
        statements.push(format!("{this} SET STATISTICS {target}"));
    }
    statements.extend(option_statements(&this, &[], &column.options));
    statements
}

fn this(subject: Subject<'_>) -> String {
    altering(subject, "")
}

/// Columns of child tables and partitions have these settings of their own: they are set for each by itself.
fn this_only(subject: Subject<'_>) -> String {
    altering(subject, if of_table(subject) { "ONLY " } else { "" })
}

fn altering(subject: Subject<'_>, only: &str) -> String {
    let word = match subject.parent_kind() {
        "view" => "VIEW",
        "materialized_view" => "MATERIALIZED VIEW",
        _ => "TABLE",
    };
    format!("ALTER {word} {only}{} ALTER COLUMN {}", subject.key.relation(), quote_ident(subject.key.name()))
}

fn add_not_null(subject: Subject<'_>, named: &NotNull) -> String {
    let (table, column) = (subject.key.relation(), quote_ident(subject.key.name()));
    let inherit = if named.no_inherit { " NO INHERIT" } else { "" };
    let valid = if named.not_valid { " NOT VALID" } else { "" };
    format!("ALTER TABLE {table} ADD CONSTRAINT {} NOT NULL {column}{inherit}{valid}", quote_ident(&named.name))
}

fn not_null_comment(subject: Subject<'_>, named: &NotNull) -> Option<String> {
    let text = quote_literal(named.comment.as_deref()?);
    Some(format!("COMMENT ON CONSTRAINT {} ON {} IS {text}", quote_ident(&named.name), subject.key.relation()))
}

impl Statements for Columns {
    fn word(&self) -> &'static str {
        "COLUMN"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        if of_table(subject) && from_parent(subject) {
            return Ddl { statements: own_settings(subject), ..Ddl::default() };
        }
        if !of_table(subject) {
            return Ddl::default();
        }
        let facts: Column = subject.object.read();
        let mut ddl = if of_type(subject) {
            beyond_its_type(subject)
        } else {
            let statement = format!("ALTER TABLE {} ADD COLUMN {}", subject.key.relation(), definition(subject));
            Ddl { statements: vec![statement], ..Ddl::default() }
        };
        ddl.statements.extend(settings(subject));
        ddl.impossible = foreign::lost(&[], &facts.foreign_secrets);
        if facts.generated.is_none() && subject.parent_kind() == "table" {
            ddl.lossy.push("the column returns, the values it held do not".to_owned());
        }
        ddl
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        if !of_table(subject) || from_parent(subject) {
            return Ddl::default();
        }
        let (table, column) = (subject.key.relation(), quote_ident(subject.key.name()));
        // What a typed table has goes with the attribute of its type.
        let statement = (!of_type(subject)).then(|| format!("ALTER TABLE {table} DROP COLUMN {column}"));
        let mut ddl = Ddl { statements: statement.into_iter().collect(), ..Ddl::default() };
        let facts: Column = subject.object.read();
        // A computed value is not a loss, and what a foreign table shows lies elsewhere.
        if facts.generated.is_none() && subject.parent_kind() == "table" {
            ddl.guards.push(Guard::ColumnUntouched { table, column, default: facts.default });
        }
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let facts = own_facts(alter);
        let alter = Alter { facts: &facts, ..alter };
        let (from, to): (Column, Column) = (alter.from.object.read(), alter.to.object.read());
        let subject = alter.to;
        let (this, only) = (this(subject), this_only(subject));
        let version = subject.snapshot.server;
        let mut ddl = Ddl::default();
        if goes_with_parent(alter) {
            return Ddl::cannot("PostgreSQL drops it with the column of the table that it is inherited from");
        }
        if !of_table(subject) {
            // Types of a view's columns follow from its query.
            if alter.any(&["default"]) {
                ddl.add(default_statement(&this, to.default.as_deref()));
            }
            return ddl;
        }
        if alter.any(&["generated"]) && !alter_generated(&mut ddl, &this, &from, &to, version) {
            ddl.impossible
                .push("a column cannot be made generated, or generated otherwise, without dropping it".to_owned());
            return ddl;
        }
        if from_parent(subject) && !from_parent(alter.from) && !subject.in_partition() {
            ddl.impossible.push(STAYS_LOCAL.to_owned());
        }
        if alter.any(&["type"]) && of_type(subject) && of_type(alter.from) {
            return Ddl::cannot("a column of a typed table has the type of its attribute");
        }
        if alter.any(&["type", "collation"]) {
            ddl.disturbs = true;
            if from.default.is_some() {
                ddl.add(format!("{only} DROP DEFAULT"));
            }
            let collate = to.collation.as_ref().map_or_else(String::new, |collation| format!(" COLLATE {collation}"));
            let name = quote_ident(subject.key.name());
            ddl.add(format!(
                "{this} TYPE {}{collate} USING {name}{}",
                to.data_type,
                cast(&from.data_type, &to.data_type)
            ));
            if to.default.is_some() {
                ddl.add(default_statement(&only, to.default.as_deref()));
            }
            if from.data_type != to.data_type && !widens(&from.data_type, &to.data_type) {
                ddl.loses = Some(format!(
                    "values of {} that do not fit {} would be cut or refused",
                    from.data_type, to.data_type
                ));
                ddl.loses_silently = !refuses(&from.data_type, &to.data_type);
            }
            // The forward way is from `to`, the state before, to `from`.
            if from.data_type != to.data_type && !widens(&to.data_type, &from.data_type) {
                ddl.lossy.push(format!(
                    "values are converted from {} back to {}: what the change lost of them does not return",
                    from.data_type, to.data_type
                ));
            }
        } else if alter.any(&["default"]) {
            ddl.add(default_statement(&only, to.default.as_deref()));
        }
        if alter.any(&["not_null", "not_null_constraint"]) {
            alter_not_null(&mut ddl, subject, &this, &from, &to);
        }
        // One that comes or goes does so with its sequence.
        if let (Some(from), Some(to)) = (&from.identity, &to.identity)
            && from != to
        {
            ddl.add(format!("{this} SET GENERATED {}", to.to_uppercase()));
        }
        if alter.any(&["storage"]) {
            let storage =
                to.storage.as_ref().map_or_else(|| usual_storage(&to.data_type, version), |s| s.to_uppercase());
            ddl.add(format!("{only} SET STORAGE {storage}"));
        }
        if alter.any(&["compression"]) {
            ddl.add(format!("{this} SET COMPRESSION {}", to.compression.as_deref().unwrap_or("default")));
        }
        if alter.any(&["statistics_target"]) {
            ddl.add(format!("{only} SET STATISTICS {}", to.statistics_target.unwrap_or(-1)));
        }
        if alter.any(&["options"]) {
            ddl.statements.extend(option_statements(&this, &from.options, &to.options));
        }
        if alter.any(&["foreign_options", "foreign_secrets"]) {
            let options = foreign::changes(
                (&from.foreign_options, &from.foreign_secrets),
                (&to.foreign_options, &to.foreign_secrets),
            );
            ddl.statements.extend((!options.is_empty()).then(|| format!("{this}{options}")));
            ddl.impossible.extend(foreign::lost(&from.foreign_secrets, &to.foreign_secrets));
        }
        ddl
    }

    fn rename(&self, subject: Subject<'_>, name: &str) -> Option<String> {
        let kind = match subject.parent_kind() {
            "view" => "VIEW",
            "materialized_view" => "MATERIALIZED VIEW",
            _ => "TABLE",
        };
        let (table, column) = (subject.key.relation(), quote_ident(subject.key.name()));
        Some(format!("ALTER {kind} {table} RENAME COLUMN {column} TO {}", quote_ident(name)))
    }

    fn renamed_with_parent(&self, subject: Subject<'_>) -> bool {
        subject.object.is("inherited") || of_type(subject)
    }

    fn inherited_from(&self, subject: Subject<'_>) -> Vec<Key> {
        if subject.object.is("inherited") { subject.likes() } else { Vec::new() }
    }

    fn made_by(&self, subject: Subject<'_>) -> Option<Key> {
        subject.object.parent.clone()
    }

    fn follows(&self, subject: Subject<'_>) -> Option<Key> {
        let parent = subject.object.parent.as_ref()?;
        let order = subject.snapshot.objects.get(parent)?.texts("column_order");
        let at = order.iter().position(|name| *name == subject.key.name())?;
        order.get(at.checked_sub(1)?).map(|before| parent.child("column", before))
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(Privileges { word: "TABLE", all: &[], public: &[] })
    }

    fn holds_rows(&self) -> bool {
        true
    }

    fn calls_functions(&self) -> bool {
        true
    }

    fn separable(&self, subject: Subject<'_>) -> Option<Separable> {
        let for_rows = &["not_null", "not_null_constraint"];
        let default = Separable { catalog: Catalog::Attrdef, facts: &["default"], for_rows };
        (of_table(subject) && subject.object.facts.contains_key("default")).then_some(default)
    }
}

/// Columns of views follow from a query.
fn of_table(subject: Subject<'_>) -> bool {
    matches!(subject.parent_kind(), "table" | "foreign_table")
}

/// Columns of a typed table follow from its type.
fn of_type(subject: Subject<'_>) -> bool {
    let parent = subject.object.parent.as_ref().and_then(|parent| subject.snapshot.objects.get(parent));
    parent.is_some_and(|table| table.facts.contains_key("of_type"))
}

/// What it has beside what the attribute of its type brings.
fn beyond_its_type(subject: Subject<'_>) -> Ddl {
    let own = ["default", "not_null", "not_null_constraint"];
    let (facts, brought): (Vec<_>, Vec<_>) =
        subject.object.facts.iter().partition(|(name, _)| own.contains(&name.as_str()));
    let brought = brought.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let object = Object { facts: brought, ..subject.object.clone() };
    let facts = facts.into_iter().map(|(name, _)| name.to_string()).collect();
    let from = Subject { object: &object, ..subject };
    Columns.alter(Alter { from, to: subject, facts: &facts })
}

/// It comes and goes with the column of the parent table.
fn from_parent(subject: Subject<'_>) -> bool {
    subject.object.is("inherited") && !subject.object.is("local")
}

/// What it says otherwise than the column of the parent table that it comes with.
fn own_settings(subject: Subject<'_>) -> Vec<String> {
    let likes = subject.likes();
    let likes = likes.iter().filter_map(|key| subject.snapshot.objects.get(key));
    let mut likes = likes.filter(|like| !like.facts.contains_key("identity"));
    let Some(object) = likes.next() else { return Vec::new() };
    let other = |fact: &&str| object.facts.get(fact) != subject.object.facts.get(fact);
    let facts = ["default", "not_null"].into_iter().filter(other).map(str::to_owned).collect();
    let from = Subject { object, ..subject };
    let mut statements = Columns.alter(Alter { from, to: subject, facts: &facts }).statements;
    statements.extend(set_alone(subject, &subject.object.read()));
    statements
}

/// Whether it goes although it should stay: it is inherited, the table still inherits, and the parent loses its column.
fn goes_with_parent(alter: Alter<'_>) -> bool {
    let still = || alter.to.parent_tables();
    alter.any(&["inherited"])
        && from_parent(alter.from)
        && !alter.to.object.is("inherited")
        && alter.from.parent_tables().iter().any(|parent| still().contains(parent))
}

/// The facts that differ and do not follow from the same difference in the parent table's column.
fn own_facts(alter: Alter<'_>) -> BTreeSet<String> {
    if !alter.from.object.is("inherited") {
        return alter.facts.clone();
    }
    let likes = alter.from.likes();
    let set_alone = ["default", "storage", "statistics_target", "options", "compression"];
    let follows = |fact: &str| {
        !set_alone.contains(&fact)
            && likes.iter().any(|like| {
                let (from, to) = (alter.from.snapshot.objects.get(like), alter.to.snapshot.objects.get(like));
                let (Some(from), Some(to)) = (from, to) else { return false };
                let (a, b) = (from.facts.get(fact), to.facts.get(fact));
                // A named NOT NULL has another name in each table.
                a != b && (b == alter.to.object.facts.get(fact) || fact == "not_null_constraint")
            })
    };
    alter.facts.iter().filter(|fact| !follows(fact)).cloned().collect()
}

fn default_statement(this: &str, default: Option<&str>) -> String {
    default.map_or_else(|| format!("{this} DROP DEFAULT"), |default| format!("{this} SET DEFAULT {default}"))
}

fn alter_generated(ddl: &mut Ddl, this: &str, from: &Column, to: &Column, version: ServerVersion) -> bool {
    match (&from.generated, &to.generated) {
        (Some(_), None) if from.generated.as_ref().is_some_and(|generated| generated.kept == "stored") => {
            ddl.add(format!("{this} DROP EXPRESSION"));
            true
        }
        (Some(a), Some(b)) if a.kept == b.kept && version.at_least(17) => {
            ddl.add(format!("{this} SET EXPRESSION AS ({})", b.expression));
            true
        }
        _ => false,
    }
}

fn alter_not_null(ddl: &mut Ddl, subject: Subject<'_>, this: &str, from: &Column, to: &Column) {
    let table = subject.key.relation();
    match (&from.not_null_constraint, &to.not_null_constraint) {
        (None, None) if from.not_null != to.not_null => {
            ddl.add(format!("{this} {} NOT NULL", if to.not_null { "SET" } else { "DROP" }));
        }
        (None, None) => {}
        (Some(_), None) => ddl.add(format!("{this} DROP NOT NULL")),
        (None, Some(named)) => {
            ddl.add(add_not_null(subject, named));
            ddl.statements.extend(not_null_comment(subject, named));
        }
        (Some(a), Some(b)) => {
            let other = (b.not_valid && !a.not_valid) || a.no_inherit != b.no_inherit;
            if other {
                ddl.add(format!("{this} DROP NOT NULL"));
                ddl.add(add_not_null(subject, b));
            } else {
                if a.name != b.name && a.inherited {
                    ddl.kept.push(format!("its NOT NULL is inherited, and keeps the name {}", quote_ident(&a.name)));
                } else if a.name != b.name {
                    let (old, new) = (quote_ident(&a.name), quote_ident(&b.name));
                    ddl.add(format!("ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}"));
                }
                if a.not_valid && !b.not_valid {
                    ddl.add(format!("ALTER TABLE {table} VALIDATE CONSTRAINT {}", quote_ident(&b.name)));
                }
            }
            if other || a.comment != b.comment {
                let text = b.comment.as_deref().map_or_else(|| "NULL".to_owned(), quote_literal);
                ddl.add(format!("COMMENT ON CONSTRAINT {} ON {table} IS {text}", quote_ident(&b.name)));
            }
        }
    }
}

fn usual_storage(data_type: &str, version: ServerVersion) -> String {
    if version.at_least(16) {
        return "DEFAULT".to_owned();
    }
    let main = ["numeric", "inet", "cidr"].iter().any(|name| data_type.starts_with(name) && !data_type.ends_with("[]"));
    if main { "MAIN" } else { "EXTENDED" }.to_owned()
}
