//! What objects of every kind may have: an owner, privileges, a comment, security labels, extensions they go with; and
//! the statements that set them.

use std::collections::{BTreeMap, BTreeSet};

use super::ddl::{Ddl, Subject, role_sql};
use super::{Grant, Key, Kind, Object, PUBLIC};
use crate::base::{ServerVersion, quote_ident, quote_literal};

/// The facts that objects of every kind may have, as lists of texts: `provider=label`, and names of extensions.
pub const LABELS: &str = "security_labels";
pub const EXTENSIONS: &str = "depends_on_extensions";
/// What the server or an extension granted from the start, where that is not what the kind of object has anyway.
pub const INITIAL: &str = "initial_privileges";
/// What differs of an object and no kind has to see to.
pub const COMMON: [&str; 5] = ["owner", "acl", "comment", LABELS, EXTENSIONS];

/// Sets the security labels and the extensions of `to`, where `from` has others or is none.
pub fn marks(kind: &dyn Kind, from: Option<Subject<'_>>, to: Subject<'_>) -> Ddl {
    let (word, named) = match to.key.kind.as_str() {
        // What is marked is the index behind it.
        "constraint" => ("INDEX", Key::new("index", &[to.key.schema(), to.key.name()]).sql()),
        _ => (kind.word(), kind.named(to)),
    };
    let had = |fact: &str| from.map(|from| from.object.texts(fact)).unwrap_or_default();
    let mut ddl = Ddl::default();
    let (old, new) = (had(LABELS), to.object.texts(LABELS));
    let provider = |label: &str| label.split_once('=').map_or(label, |(provider, _)| provider).to_owned();
    for label in old.iter().filter(|label| !new.iter().any(|other| provider(other) == provider(label))) {
        ddl.add(format!("SECURITY LABEL FOR {} ON {word} {named} IS NULL", quote_ident(&provider(label))));
    }
    for label in new.iter().filter(|label| !old.contains(label)) {
        let (provider, text) = label.split_once('=').unwrap_or((label, ""));
        let label = quote_literal(text);
        ddl.add(format!("SECURITY LABEL FOR {} ON {word} {named} IS {label}", quote_ident(provider)));
    }
    let (old, new) = (had(EXTENSIONS), to.object.texts(EXTENSIONS));
    for extension in old.iter().filter(|extension| !new.contains(extension)) {
        ddl.add(format!("ALTER {word} {named} NO DEPENDS ON EXTENSION {}", quote_ident(extension)));
    }
    for extension in new.iter().filter(|extension| !old.contains(extension)) {
        ddl.add(format!("ALTER {word} {named} DEPENDS ON EXTENSION {}", quote_ident(extension)));
    }
    ddl
}

/// Privileges that are the built-in ones count as none written down: they mean the same, and no dump writes them.
pub fn plain_privileges(kind: &dyn Kind, object: &mut Object, version: ServerVersion) {
    let (Some(known), Some(acl), Some(owner)) = (kind.privileges(), &object.acl, &object.owner) else { return };
    if of_grants(acl) == built_in(known.all, known.public, owner, version, false) {
        object.acl = None;
    }
}

/// `ALTER ... OWNER TO`.
pub fn owner(kind: &dyn Kind, subject: Subject<'_>, owner: &str) -> String {
    format!("ALTER {} {} OWNER TO {}", kind.word(), kind.named(subject), role_sql(owner))
}

/// `COMMENT ON ... IS`.
pub fn comment(kind: &dyn Kind, subject: Subject<'_>, comment: Option<&str>) -> String {
    let text = comment.map_or_else(|| "NULL".to_owned(), quote_literal);
    format!("COMMENT ON {} {} IS {text}", kind.word(), kind.named(subject))
}

/// Who holds what: grantee and privilege, to whether it may be passed on and who gave it.
type Held = BTreeMap<(String, String), (bool, String)>;

/// Turns one set of privileges into another; `owner` is the owner on both sides.
pub fn privileges(
    kind: &dyn Kind,
    subject: Subject<'_>,
    owner: &str,
    from: Option<&[Grant]>,
    to: Option<&[Grant]>,
) -> Ddl {
    let Some(known) = kind.privileges_of(subject) else { return Ddl::default() };
    if from == to {
        return Ddl::default();
    }
    let version = subject.snapshot.server;
    let default = || {
        let given = subject.object.facts.get(INITIAL).map(|given| serde_json::from_value::<Vec<Grant>>(given.clone()));
        match given {
            Some(given) => of_grants(&given.unwrap_or_default()),
            None => built_in(known.all, known.public, owner, version, subject.key.kind == "column"),
        }
    };
    let held = |grants: Option<&[Grant]>| grants.map_or_else(default, of_grants);
    let (before, after) = (held(from), held(to));
    let mut ddl = Ddl::default();
    let mut revoke: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut lessen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut grant: BTreeMap<(String, bool), BTreeSet<String>> = BTreeMap::new();
    for (id @ (grantee, privilege), (grantable, grantor)) in &before {
        let kept = after.get(id);
        if kept.is_some_and(|(_, by)| by == grantor) && kept.is_some_and(|(may, _)| may >= grantable) {
            continue;
        }
        if grantor != owner {
            ddl.impossible.push(format!("{grantor} granted {privilege} to {grantee}: only {grantor} can take it back"));
        } else if kept.is_some_and(|(_, by)| by == grantor) {
            lessen.entry(grantee.clone()).or_default().insert(privilege.clone());
        } else {
            revoke.entry(grantee.clone()).or_default().insert(privilege.clone());
        }
    }
    for (id @ (grantee, privilege), (grantable, grantor)) in &after {
        let had = before.get(id);
        if had.is_some_and(|(_, by)| by == grantor) && had.is_some_and(|(may, _)| may >= grantable) {
            continue;
        }
        if grantor == owner {
            grant.entry((grantee.clone(), *grantable)).or_default().insert(privilege.clone());
        } else {
            ddl.impossible
                .push(format!("{grantor} granted {privilege} to {grantee}: only {grantor} can grant it again"));
        }
    }
    let on = target(kind, subject, known.word);
    let prefix = kind.grant_prefix(subject);
    for (grantee, privileges) in &revoke {
        ddl.add(format!("{prefix}REVOKE {} FROM {}", on(privileges), role_sql(grantee)));
    }
    for (grantee, privileges) in &lessen {
        ddl.add(format!("{prefix}REVOKE GRANT OPTION FOR {} FROM {}", on(privileges), role_sql(grantee)));
    }
    for ((grantee, grantable), privileges) in &grant {
        let option = if *grantable { " WITH GRANT OPTION" } else { "" };
        ddl.add(format!("{prefix}GRANT {} TO {}{option}", on(privileges), role_sql(grantee)));
    }
    ddl
}

/// `SELECT, INSERT ON TABLE s.t`; for a column `SELECT (c) ON TABLE s.t`.
fn target<'a>(kind: &'a dyn Kind, subject: Subject<'a>, word: &'a str) -> impl Fn(&BTreeSet<String>) -> String + 'a {
    move |privileges| {
        let column = if subject.key.kind == "column" { Some(quote_ident(subject.key.name())) } else { None };
        let list: Vec<String> = privileges
            .iter()
            .map(|privilege| match &column {
                Some(column) => format!("{privilege} ({column})"),
                None => privilege.clone(),
            })
            .collect();
        let named = if column.is_some() { subject.key.relation() } else { kind.named(subject) };
        format!("{} ON {word} {named}", list.join(", ")).trim_end().to_owned()
    }
}

/// What the default privileges of these roles say of new objects of a kind that is made in this place.
pub fn defaults_for<'s>(kind: &dyn Kind, subject: Subject<'s>) -> Vec<(&'s Key, &'s Object)> {
    let objects = match kind.privileges_of(subject).filter(|known| !known.all.is_empty()).map(|known| known.word) {
        Some("TABLE") => "tables",
        Some("SEQUENCE") => "sequences",
        Some("FUNCTION" | "PROCEDURE") => "functions",
        Some("TYPE") => "types",
        Some("SCHEMA") => "schemas",
        _ => return Vec::new(),
    };
    let applies = |key: &Key, object: &Object| {
        key.name() == objects && object.parent.as_ref().is_none_or(|schema| schema.name() == subject.key.schema())
    };
    subject.snapshot.of_kind("default_privilege").filter(|(key, object)| applies(key, object)).collect()
}

/// The privileges of a new object, whatever default privileges have made of them: all is taken away first.
pub fn privileges_anew(
    kind: &dyn Kind,
    subject: Subject<'_>,
    owner: &str,
    defaults: &[(&Key, &Object)],
    to: &[Grant],
) -> Ddl {
    let Some(known) = kind.privileges_of(subject) else { return Ddl::default() };
    let of_defaults = defaults.iter().flat_map(|(_, object)| object.acl.iter().flatten());
    let mut grantees: BTreeSet<&str> = of_defaults.map(|grant| grant.grantee.as_str()).collect();
    grantees.extend([owner, PUBLIC]);
    let grantees: Vec<String> = grantees.into_iter().map(role_sql).collect();
    let all = target(kind, subject, known.word)(&BTreeSet::from(["ALL".to_owned()]));
    let mut ddl = Ddl::run(format!("REVOKE {all} FROM {}", grantees.join(", ")));
    let granted = privileges(kind, subject, owner, Some(&[]), Some(to));
    ddl.statements.extend(granted.statements);
    ddl.impossible.extend(granted.impossible);
    ddl
}

fn of_grants(grants: &[Grant]) -> Held {
    grants
        .iter()
        .map(|grant| ((grant.grantee.clone(), grant.privilege.clone()), (grant.grantable, grant.grantor.clone())))
        .collect()
}

/// What holds where nothing is written down.
fn built_in(all: &[&str], public: &[&str], owner: &str, version: ServerVersion, column: bool) -> Held {
    if column {
        return Held::new();
    }
    let owners = all.iter().filter(|privilege| **privilege != "MAINTAIN" || version.at_least(17));
    let mut held: Held =
        owners.map(|privilege| ((owner.to_owned(), (*privilege).to_owned()), (false, owner.to_owned()))).collect();
    for privilege in public {
        held.insert((PUBLIC.to_owned(), (*privilege).to_owned()), (false, owner.to_owned()));
    }
    held
}
