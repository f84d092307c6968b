//! Functions that are called while something is made: PostgreSQL runs them, or puts their bodies into expressions, and a
//! body that was written for another search path does not find what it names without a schema.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::order::Deed;
use super::plan::Plan;
use crate::catalog::ddl::{Bearers, Lending, Statements, Subject};
use crate::catalog::{Key, kinds};

/// What lets a routine find what its body names without a schema, as far as it was asked.
#[derive(Default)]
pub(super) struct Paths<'s> {
    bearers: Option<Bearers<'s>>,
    known: FxHashMap<&'s Key, Option<Lending>>,
}

impl<'s> Plan<'s> {
    /// The search paths that routines need while a step runs.
    pub(super) fn lent(&mut self, key: &'s Key, deed: Deed) -> Vec<Lending> {
        let reached = self.reached(key, deed);
        reached.into_iter().filter_map(|key| self.lending(key).cloned()).collect()
    }

    /// What a step calls, with what the bodies of that name.
    pub(super) fn called_to_make(&mut self, key: &'s Key, deed: Deed) -> Vec<&'s Key> {
        let reached = self.reached(key, deed);
        let mut named = Vec::new();
        for key in reached {
            let before = self.before;
            let keys = self.lending(key).into_iter().flat_map(|lending| &lending.named);
            named.extend(keys.filter_map(|key| before.objects.get_key_value(key)).map(|(key, _)| key));
        }
        named
    }

    fn lending(&mut self, key: &'s Key) -> Option<&Lending> {
        let before = self.before;
        let Paths { bearers, known } = &mut self.paths;
        let known = known.entry(key).or_insert_with(|| {
            let bearers = bearers.get_or_insert_with(|| Bearers::of_all(before));
            Subject::find(before, key).and_then(|subject| kinds::find(&key.kind)?.lends_path(subject, bearers))
        });
        known.as_ref()
    }

    /// All that something depends on, if functions are called when it is made, or when it is altered so: a check is looked
    /// at, or indexes and checks on a column are made anew.
    fn reached(&self, key: &'s Key, deed: Deed) -> BTreeSet<&'s Key> {
        let mut from = vec![key];
        if let Some(ddl) = self.alters.get(key).filter(|_| deed == Deed::Alter) {
            let checks =
                |statement: &String| statement.contains("CHECK (") || statement.contains("VALIDATE CONSTRAINT");
            if ddl.disturbs {
                from.extend(self.ties_before.of(key).map(|(dependent, _)| dependent));
            } else if !ddl.statements.iter().any(checks) {
                return BTreeSet::new();
            }
        }
        if !kinds::find(&key.kind).is_some_and(Statements::calls_functions) {
            return BTreeSet::new();
        }
        let (mut seen, mut left) = (BTreeSet::new(), from.clone());
        while let Some(key) = left.pop() {
            // What the default of another column calls is not called for this one.
            let goes_on = from.contains(&key) || !kinds::find(&key.kind).is_some_and(Statements::holds_rows);
            if seen.insert(key) && goes_on {
                left.extend(self.ties_before.on(key).map(|(on, _)| on));
            }
        }
        seen
    }
}
