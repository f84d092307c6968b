//! What a script did before each of its statements, gathered in one pass: which relations are its own, and which
//! transaction each statement is in.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::case::{Classified, Context};
use crate::contract::{Contract, Permission};
use crate::sql::{Action, Facts, ObjectUse, TransactionControl as Control};

/// Relations by name and schema: what is known of each.
#[derive(Debug)]
pub struct Relations<T>(BTreeMap<(CompactString, Option<CompactString>), T>);

impl<T> Default for Relations<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Relations<T> {
    pub fn get(&self, object: &ObjectUse) -> Option<&T> {
        self.0.get(&key(object))
    }

    /// Keeps the first of what is told about a relation.
    pub fn keep_first(&mut self, object: &ObjectUse, told: T) {
        self.0.entry(key(object)).or_insert(told);
    }

    /// Keeps the last of what is told about a relation.
    pub fn keep_last(&mut self, object: &ObjectUse, told: T) {
        self.0.insert(key(object), told);
    }
}

/// Short names are copied, not allocated.
fn key(object: &ObjectUse) -> (CompactString, Option<CompactString>) {
    (object.name.clone(), object.schema.clone())
}

/// What happened before.
#[derive(Debug, Default)]
pub struct History {
    /// Which statement created it.
    created: Relations<usize>,
    schemas: BTreeMap<CompactString, usize>,
    temporary: Relations<usize>,
    /// The statements and steps of DO blocks with a tag, in order: 0 is the statement itself, 1 its first step.
    tagged: BTreeMap<CompactString, Vec<(usize, usize)>>,
    /// The transaction each statement is in, where it does not commit by itself.
    blocks: Vec<Option<usize>>,
}

const RELATIONS: [&str; 7] = ["table", "view", "materialized view", "foreign table", "sequence", "type", "domain"];

impl History {
    pub fn of(statements: &[Classified], contract: Option<&Contract>, context: &Context) -> Self {
        let mut history = Self { blocks: blocks(statements, contract), ..Self::default() };
        for classified in statements {
            let Ok(facts) = &classified.facts else { continue };
            for (step, facts) in std::iter::once(facts).chain(&facts.steps).enumerate() {
                match history.tagged.get_mut(&facts.tag) {
                    Some(places) => places.push((classified.index, step)),
                    None => drop(history.tagged.insert(facts.tag.clone(), vec![(classified.index, step)])),
                }
                history.add(classified.index, facts, contract, context);
            }
        }
        history
    }

    fn add(&mut self, index: usize, facts: &Facts, contract: Option<&Contract>, context: &Context) {
        // Where a contract speaks, it says what exists before; where none does, IF NOT EXISTS is mere caution.
        if facts.flags.if_not_exists && contract.is_some() {
            return;
        }
        let renamed = facts.commands().any(|command| command == "RENAME")
            && facts.of(Action::Drop).next().is_some_and(|old| self.is_fresh(index, old));
        let creates = facts.tag.starts_with("CREATE") || facts.tag == "SELECT INTO";
        if !creates && !renamed {
            return;
        }
        for created in facts.of(Action::Create).filter(|created| created.column.is_none()) {
            // A schema that may have been there may hold anything.
            if created.kind == "schema" && !facts.flags.if_not_exists {
                self.schemas.entry(created.name.clone()).or_insert(index);
            }
            let known = facts.flags.if_not_exists && context.known.table(created).is_some();
            if RELATIONS.contains(&created.kind.as_str()) && !known {
                self.created.keep_first(created, index);
                if facts.flags.temporary {
                    self.temporary.keep_first(created, index);
                }
            }
        }
    }

    /// Whether the statement or an earlier one created the relation, so that nobody uses it yet.
    pub fn is_fresh(&self, at: usize, object: &ObjectUse) -> bool {
        let before = |index: &usize| *index <= at;
        self.created.get(object).is_some_and(before)
            || object.schema.as_ref().and_then(|schema| self.schemas.get(schema)).is_some_and(before)
            || (object.kind == "schema" && self.schemas.get(&object.name).is_some_and(before))
    }

    /// Whether it is a temporary table of the script's own.
    pub fn is_temporary(&self, at: usize, object: &ObjectUse) -> bool {
        self.temporary.get(object).is_some_and(|index| *index <= at)
    }

    /// Where these tags stand, in the order of the script.
    pub fn tagged(&self, tags: &[&str]) -> Vec<(usize, usize)> {
        let mut places: Vec<_> = tags.iter().filter_map(|tag| self.tagged.get(*tag)).flatten().copied().collect();
        if tags.len() > 1 {
            places.sort_unstable();
        }
        places
    }

    pub fn block(&self, index: usize) -> Option<usize> {
        self.blocks.get(index).copied().flatten()
    }
}

/// A change with a contract is applied in one transaction. A plain script commits statement by statement, but for what
/// stands between BEGIN and COMMIT; one that says SET LOCAL and never BEGIN is run in a transaction by somebody else.
fn blocks(statements: &[Classified], contract: Option<&Contract>) -> Vec<Option<usize>> {
    if contract.is_some_and(|contract| !contract.permits(Permission::NotInTransaction)) {
        return vec![Some(0); statements.len()];
    }
    let facts = || statements.iter().filter_map(|classified| classified.facts.as_ref().ok());
    let begins = |facts: &Facts| matches!(facts.transaction, Some(Control::Begin { .. }));
    if !facts().any(begins) && facts().any(|facts| facts.sets.iter().any(|set| set.local)) {
        return vec![Some(0); statements.len()];
    }
    let mut found = Vec::with_capacity(statements.len());
    let (mut next, mut open) = (0, None);
    for classified in statements {
        let transaction = classified.facts.as_ref().ok().and_then(|facts| facts.transaction.as_ref());
        if matches!(transaction, Some(Control::Begin { .. })) && open.is_none() {
            open = Some(next);
            next += 1;
        }
        found.push(open);
        match transaction {
            Some(Control::Commit { chain: false } | Control::Rollback { chain: false } | Control::Prepare) => {
                open = None;
            }
            Some(Control::Commit { chain: true } | Control::Rollback { chain: true }) if open.is_some() => {
                open = Some(next);
                next += 1;
            }
            _ => {}
        }
    }
    found
}
