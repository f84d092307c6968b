//! What objects of every kind have: an owner, privileges, a comment; and the statements that set them.

use std::collections::{BTreeMap, BTreeSet};

use super::ddl::{Ddl, Subject, role_sql};
use super::{Grant, Kind, PUBLIC};
use crate::base::{ServerVersion, quote_ident, quote_literal};

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
    let Some(known) = kind.privileges() else { return Ddl::default() };
    if from == to {
        return Ddl::default();
    }
    let version = subject.snapshot.server;
    let default = || built_in(known.all, known.public, owner, version, subject.key.kind == "column");
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
    for (grantee, privileges) in &revoke {
        ddl.add(format!("REVOKE {} FROM {}", on(privileges), role_sql(grantee)));
    }
    for (grantee, privileges) in &lessen {
        ddl.add(format!("REVOKE GRANT OPTION FOR {} FROM {}", on(privileges), role_sql(grantee)));
    }
    for ((grantee, grantable), privileges) in &grant {
        let option = if *grantable { " WITH GRANT OPTION" } else { "" };
        ddl.add(format!("GRANT {} TO {}{option}", on(privileges), role_sql(grantee)));
    }
    if from.is_none() && ddl.statements.is_empty() && subject.key.kind != "column" {
        // What is granted equals what holds anyway, but PostgreSQL had it written down.
        if let Some(((grantee, privilege), _)) = after.iter().find(|((grantee, _), _)| grantee == owner) {
            ddl.add(format!("GRANT {} TO {}", on(&BTreeSet::from([privilege.clone()])), role_sql(grantee)));
        }
    }
    if to.is_none() && subject.key.kind != "column" {
        ddl.lossy.push(
            "the same privileges hold again, but PostgreSQL now keeps them in writing where it kept none".to_owned(),
        );
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
        format!("{} ON {word} {named}", list.join(", "))
    }
}

fn of_grants(grants: &[Grant]) -> Held {
    grants
        .iter()
        .map(|grant| ((grant.grantee.clone(), grant.privilege.clone()), (grant.grantable, grant.grantor.clone())))
        .collect()
}

/// What holds where nothing is written down.
fn built_in(all: &[&str], public: Option<&str>, owner: &str, version: ServerVersion, column: bool) -> Held {
    if column {
        return Held::new();
    }
    let owners = all.iter().filter(|privilege| **privilege != "MAINTAIN" || version.at_least(17));
    let mut held: Held =
        owners.map(|privilege| ((owner.to_owned(), (*privilege).to_owned()), (false, owner.to_owned()))).collect();
    if let Some(privilege) = public {
        held.insert((PUBLIC.to_owned(), privilege.to_owned()), (false, owner.to_owned()));
    }
    held
}
