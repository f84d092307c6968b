//! What statements can do about one object: make it, drop it, change it, or say why they cannot.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::kinds::function::ddl::bare;
use super::{Catalog, Key, Object, Snapshot};
use crate::base::{quote_ident, quote_literal, split_names};

/// What must be empty before statements that destroy run; whoever runs them checks it in the same transaction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "guard")]
pub enum Guard {
    /// The table, as SQL writes it, holds no row.
    TableEmpty { table: String },
    /// In every row the column holds NULL or its default (an SQL expression).
    ColumnUntouched { table: String, column: String, default: Option<String> },
}

impl Guard {
    /// The table, as SQL.
    pub fn table(&self) -> &str {
        let (Self::TableEmpty { table } | Self::ColumnUntouched { table, .. }) = self;
        table
    }
}

/// Statements, and honest words about what they do not do.
#[derive(Clone, Debug, Default)]
pub struct Ddl {
    pub statements: Vec<String>,
    /// To be run after everything else is made.
    pub later: Vec<String>,
    /// To be run at once where this other object is made too, else after everything else.
    pub with: Vec<(Key, String)>,
    /// What is not as it was, although the statements run.
    pub lossy: Vec<String>,
    /// What no statement can do.
    pub impossible: Vec<String>,
    /// What no statement changes, and nothing else waits for: a name.
    pub kept: Vec<String>,
    pub guards: Vec<Guard>,
    /// What of the values that are there the statements may lose.
    pub loses: Option<String>,
    /// They would be made to fit, and nothing would say so.
    pub loses_silently: bool,
    /// There is no ALTER: the object has to be dropped and made again.
    pub recreate: bool,
    /// What depends on the object has to be dropped before and made again after, as views on a column that gets
    /// another type.
    pub disturbs: bool,
    /// What it becomes a part of takes over parts of its own that fit, so these have to be there before.
    pub attaches: bool,
    /// It is a part of a partitioned whole no more.
    pub detaches: bool,
    /// What has to be dropped before and made again after, lest it be taken over in place of another.
    pub again: Vec<Key>,
    /// A body is given as a text: it was accepted once, and need not be proved again against what is there now.
    pub unchecked_body: bool,
}

impl Ddl {
    /// One statement that does all.
    pub fn run(statement: impl Into<String>) -> Self {
        Self { statements: vec![statement.into()], ..Self::default() }
    }

    /// No statement can do it.
    pub fn cannot(because: impl Into<String>) -> Self {
        Self { impossible: vec![because.into()], ..Self::default() }
    }

    /// Drop it and make it again.
    pub fn again() -> Self {
        Self { recreate: true, ..Self::default() }
    }

    pub fn add(&mut self, statement: impl Into<String>) {
        self.statements.push(statement.into());
    }
}

/// A search path that a routine gets for as long as it is called with another.
#[derive(Clone, Debug)]
pub struct Lending {
    pub set: String,
    pub reset: String,
    /// What its body may name, and what is named by that.
    pub named: Vec<Key>,
}

/// What lies in a schema, by the name that a text may call it by without one.
pub struct Bearers<'s>(FxHashMap<Cow<'s, str>, Vec<(&'s Key, &'s Object)>>);

impl<'s> Bearers<'s> {
    pub fn of_all(snapshot: &'s Snapshot) -> Self {
        let mut bearers: FxHashMap<Cow<'_, str>, Vec<_>> = FxHashMap::default();
        for (key, object) in snapshot.objects.iter().filter(|(key, _)| key.path.len() == 2) {
            let name = if object.facts.contains_key("arguments") {
                split_names(bare(key.name())).pop().map_or(Cow::Borrowed(""), Cow::Owned)
            } else {
                Cow::Borrowed(key.name())
            };
            bearers.entry(name).or_default().push((key, object));
        }
        Self(bearers)
    }

    pub fn of(&self, name: &str) -> impl Iterator<Item = (&'s Key, &'s Object)> {
        self.0.get(name).into_iter().flatten().copied()
    }
}

/// An object in its snapshot.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub key: &'a Key,
    pub object: &'a Object,
    pub snapshot: &'a Snapshot,
}

impl<'a> Subject<'a> {
    /// The object of this name, if the snapshot holds it.
    pub fn find(snapshot: &'a Snapshot, key: &Key) -> Option<Self> {
        let (key, object) = snapshot.objects.get_key_value(key)?;
        Some(Self { key, object, snapshot })
    }

    /// The kind of what it lies in.
    pub fn parent_kind(&self) -> &'a str {
        self.object.parent.as_ref().map_or("", |parent| parent.kind.as_str())
    }

    /// What it lies in, as SQL writes it.
    pub fn parent_sql(&self) -> String {
        self.object.parent.as_ref().map_or_else(String::new, Key::sql)
    }

    /// Whether it lies in a partition.
    pub fn in_partition(&self) -> bool {
        let parent = self.object.parent.as_ref().and_then(|parent| self.snapshot.objects.get(parent));
        parent.is_some_and(|parent| parent.facts.contains_key("partition_of"))
    }

    /// Whether it lies in a partitioned table.
    pub fn in_partitioned(&self) -> bool {
        let parent = self.object.parent.as_ref().and_then(|parent| self.snapshot.objects.get(parent));
        parent.is_some_and(|parent| parent.facts.contains_key("partition_by"))
    }

    /// The tables that its own is a part of, or inherits from.
    pub fn parent_tables(&self) -> Vec<Key> {
        let Some(table) = self.object.parent.as_ref().and_then(|parent| self.snapshot.objects.get(parent)) else {
            return Vec::new();
        };
        let names = table.texts("inherits").into_iter().chain(table.text("partition_of"));
        let keys = names.map(|name| Key::of_sql("table", name));
        keys.filter(|key| self.snapshot.objects.contains_key(key)).collect()
    }

    /// What is called the same in those.
    pub fn likes(&self) -> Vec<Key> {
        let likes = self.parent_tables().into_iter().map(|table| table.child(&self.key.kind, self.key.name()));
        likes.filter(|like| self.snapshot.objects.contains_key(like)).collect()
    }
}

/// An object that is to become another.
#[derive(Clone, Copy)]
pub struct Alter<'a> {
    pub from: Subject<'a>,
    pub to: Subject<'a>,
    /// The names of the facts that differ.
    pub facts: &'a BTreeSet<String>,
}

impl Alter<'_> {
    /// Whether one of these facts differs.
    pub fn any(&self, facts: &[&str]) -> bool {
        facts.iter().any(|fact| self.facts.contains(*fact))
    }

    /// Whether no other facts than these differ.
    pub fn only(&self, facts: &[&str]) -> bool {
        self.facts.iter().all(|fact| facts.contains(&fact.as_str()))
    }
}

/// Facts that a catalog of its own keeps.
#[derive(Clone, Copy, Debug)]
pub struct Separable {
    pub catalog: Catalog,
    pub facts: &'static [&'static str],
    /// What rows would have to meet that do not get what these facts give.
    pub for_rows: &'static [&'static str],
}

/// The privileges a kind has (<https://www.postgresql.org/docs/current/ddl-priv.html>, table 5.2).
#[derive(Clone, Copy, Debug)]
pub struct Privileges {
    /// `TABLE`, `SCHEMA`, ...
    pub word: &'static str,
    /// What an owner has.
    pub all: &'static [&'static str],
    /// What everyone has from the start.
    pub public: &'static [&'static str],
}

/// The statements of a kind.
pub trait Statements {
    /// How SQL calls the kind: `MATERIALIZED VIEW`.
    fn word(&self) -> &'static str;

    /// How SQL names the object after the word: `s.t`, `name ON s.t`.
    fn named(&self, subject: Subject<'_>) -> String {
        subject.key.sql()
    }

    /// Makes the object with all its facts; owner, privileges and comment come after, by themselves.
    fn create(&self, subject: Subject<'_>) -> Ddl;

    /// Says the name of what is to be made, before the things it and they need each other for.
    fn announce(&self, _: Subject<'_>) -> Option<String> {
        None
    }

    /// Drops it, and only it.
    fn drop(&self, subject: Subject<'_>) -> Ddl {
        Ddl::run(format!("DROP {} {}", self.word(), self.named(subject)))
    }

    /// What must be empty before it is dropped.
    fn guards(&self, subject: Subject<'_>) -> Vec<Guard> {
        self.drop(subject).guards
    }

    /// What must be as it was when a change of its facts may lose values and say nothing.
    fn guards_of_values(&self, subject: Subject<'_>) -> Vec<Guard> {
        self.guards(subject)
    }

    /// Changes the facts that differ.
    fn alter(&self, alter: Alter<'_>) -> Ddl;

    /// Gives it another name.
    fn rename(&self, subject: Subject<'_>, name: &str) -> Option<String> {
        Some(format!("ALTER {} {} RENAME TO {}", self.word(), self.named(subject), quote_ident(name)))
    }

    /// Whether a rename of its like in the parent table renames it too.
    fn renamed_with_parent(&self, _: Subject<'_>) -> bool {
        false
    }

    /// Its likes in the tables that its own inherits from, or is a part of: it comes with them, and goes with them unless it is
    /// `local` too.
    fn inherited_from(&self, _: Subject<'_>) -> Vec<Key> {
        Vec::new()
    }

    /// The facts that PostgreSQL keeps as they were written, whatever gets another name: a body.
    fn kept_as_written(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether it stays with a partition that is detached, where it was a part of what the partitioned table has.
    fn outlives_detaching(&self, _: Subject<'_>) -> bool {
        false
    }

    /// The object whose making makes this one too: a column comes with its table.
    fn made_by(&self, _: Subject<'_>) -> Option<Key> {
        None
    }

    /// The object beside it that has to be made first: the column before this one.
    fn follows(&self, _: Subject<'_>) -> Option<Key> {
        None
    }

    /// Whether it is made after all others that nothing holds back: a foreign key needs the whole of what it points at.
    fn made_last(&self, _: Subject<'_>) -> bool {
        false
    }

    /// Its privileges, where the kind has any.
    fn privileges(&self) -> Option<Privileges> {
        None
    }

    /// The privileges of this object, where they depend on more than its kind.
    fn privileges_of(&self, _: Subject<'_>) -> Option<Privileges> {
        self.privileges()
    }

    /// What stands before GRANT and REVOKE.
    fn grant_prefix(&self, _: Subject<'_>) -> String {
        String::new()
    }

    /// Whether it is moved to another schema by itself, although it lies in something else than a schema.
    fn has_own_schema(&self) -> bool {
        false
    }

    /// Whether dropping it and making it again loses rows.
    fn holds_rows(&self) -> bool {
        false
    }

    /// The schema and the name that nothing else can have while it stands.
    fn takes(&self, subject: Subject<'_>) -> Option<(String, String)> {
        (subject.key.path.len() == 2).then(|| (subject.key.schema().to_owned(), subject.key.name().to_owned()))
    }

    /// Whether its owner can be set; the owner of the rest is whoever made it.
    fn owner_can_be_set(&self) -> bool {
        true
    }

    /// What may tie it to what needs the object itself, and ALTER sets once both stand. A default.
    fn separable(&self, _: Subject<'_>) -> Option<Separable> {
        None
    }

    /// Whether making or changing it calls functions: for the rows that are there, or to plan an expression.
    fn calls_functions(&self) -> bool {
        false
    }

    /// Of a routine whose body names things without their schemas: what lets it find them whoever calls it.
    fn lends_path(&self, _: Subject<'_>, _: &Bearers<'_>) -> Option<Lending> {
        None
    }

    /// Whether PostgreSQL carries it along when so many of the columns it depends on get another type, one by one.
    fn carried_along(&self, _subject: Subject<'_>, _columns: usize) -> bool {
        false
    }
}

/// Sets what differs of a list of options `name=value`, and resets what is gone: the inside of `SET (...)`.
pub fn option_statements(alter: &str, from: &[String], to: &[String]) -> Vec<String> {
    let name = |option: &String| option.split('=').next().unwrap_or_default().to_owned();
    let kept: Vec<String> = to.iter().map(name).collect();
    let gone: Vec<String> = from.iter().map(name).filter(|name| !kept.contains(name)).collect();
    let new: Vec<String> = to.iter().filter(|option| !from.contains(option)).map(|option| option_sql(option)).collect();
    let mut statements = Vec::new();
    if !gone.is_empty() {
        statements.push(format!("{alter} RESET ({})", gone.join(", ")));
    }
    if !new.is_empty() {
        statements.push(format!("{alter} SET ({})", new.join(", ")));
    }
    statements
}

/// ` WITH (fillfactor='70')`, or nothing.
pub fn with_options(options: &[String]) -> String {
    if options.is_empty() {
        return String::new();
    }
    let options: Vec<String> = options.iter().map(|option| option_sql(option)).collect();
    format!(" WITH ({})", options.join(", "))
}

fn option_sql(option: &str) -> String {
    match option.split_once('=') {
        Some((name, value)) => format!("{name}={}", quote_literal(value)),
        None => option.to_owned(),
    }
}

/// Names as SQL writes them, with commas between.
pub fn name_list(names: &[String]) -> String {
    names.iter().map(|name| quote_ident(name)).collect::<Vec<_>>().join(", ")
}

/// ` IN TABLESPACE x`-like clauses: the word and the name, or nothing.
pub fn clause(word: &str, name: Option<&String>) -> String {
    name.map_or_else(String::new, |name| format!(" {word} {}", quote_ident(name)))
}

/// A text as an SQL constant in dollar quotes, which keep bodies readable.
pub fn dollar_quoted(text: &str) -> String {
    let mut tag = "$body$".to_owned();
    let mut at = 0;
    while text.contains(tag.trim_end_matches('$')) {
        at += 1;
        tag = format!("$body{at}$");
    }
    format!("{tag}{text}{tag}")
}

/// A role in GRANT and OWNER TO: PUBLIC is a word, not a name.
pub fn role_sql(role: &str) -> String {
    if role == super::PUBLIC { role.to_owned() } else { quote_ident(role) }
}
