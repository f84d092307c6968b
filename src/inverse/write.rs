//! The statements of a plan, and what must be empty before they run.

use std::collections::BTreeSet;

use super::order::Deed;
use super::plan::{Notes, Plan, kind_of, owner};
use super::{InverseError, Verdict};
use crate::catalog::ddl::{Ddl, Guard, Subject};
use crate::catalog::{Key, attributes};

impl<'s> Plan<'s> {
    /// What must be empty, each thing under the name that is found for it.
    pub(super) fn guards<'k>(&self, find: impl Fn(&'s Key) -> Option<Subject<'k>>) -> Result<Vec<Guard>, InverseError> {
        let mut guards = BTreeSet::new();
        for key in &self.drops {
            if let Some(subject) = find(key).filter(|_| !self.is_guarded_by_its_table(key)) {
                guards.extend(kind_of(key)?.guards(subject));
            }
        }
        for (key, _) in self.alters.iter().filter(|(_, ddl)| ddl.loses_silently) {
            if let Some(subject) = find(key) {
                guards.extend(kind_of(key)?.guards_of_values(subject));
            }
        }
        Ok(guards.into_iter().collect())
    }

    /// The statements that make these, where they are to be made: before all others.
    pub(super) fn write_places(
        &mut self,
        places: &BTreeSet<&Key>,
        notes: &mut Notes,
    ) -> Result<Vec<String>, InverseError> {
        let mut statements = Vec::new();
        let places = places.iter().filter_map(|key| self.before.objects.get_key_value(key));
        for (key, _) in places {
            // In a place that is altered later nothing can be made yet.
            if self.creates.contains(key) && !self.drops.contains(key) {
                self.write_create(key, notes, &mut statements, &mut Vec::new())?;
                self.creates.remove(key);
            }
        }
        Ok(statements)
    }

    /// The statements.
    pub(super) fn write(&mut self, notes: &mut Notes) -> Result<Vec<String>, InverseError> {
        let mut unchecked = false;
        let (mut statements, mut later) = (Vec::new(), Vec::new());
        self.late.extend(self.alters.iter().filter(|(_, ddl)| ddl.attaches).map(|(key, _)| *key));
        for (deed, key) in self.order()? {
            match deed {
                Deed::Drop if self.goes_with_its_whole(key) => {}
                Deed::Drop => {
                    let Some(subject) = Subject::find(self.after, key) else { continue };
                    let ddl = kind_of(key)?.drop(subject);
                    notes.take(key, &ddl);
                    statements.extend(ddl.statements);
                }
                Deed::Alter => {
                    let Some(ddl) = self.alters.get(key).cloned() else { continue };
                    let lent = self.lent(key, deed);
                    notes.take(key, &ddl);
                    unchecked |= ddl.unchecked_body;
                    statements.extend(lent.iter().map(|lending| lending.set.clone()));
                    statements.extend(ddl.statements);
                    statements.extend(lent.into_iter().map(|lending| lending.reset));
                    later.extend(ddl.later);
                }
                Deed::Create => {
                    let lent = self.lent(key, deed);
                    statements.extend(lent.iter().map(|lending| lending.set.clone()));
                    unchecked |= self.write_create(key, notes, &mut statements, &mut later)?;
                    statements.extend(lent.into_iter().map(|lending| lending.reset));
                }
            }
        }
        let mut unsaid: Vec<_> = self.alters.iter().filter(|(_, ddl)| ddl.statements.is_empty()).collect();
        unsaid.sort_unstable_by_key(|(key, _)| **key);
        for (key, ddl) in unsaid {
            notes.take(key, ddl);
            later.extend(ddl.later.iter().cloned());
        }
        statements.extend(later);
        if unchecked {
            statements.insert(0, "SET LOCAL check_function_bodies = off".to_owned());
        }
        Ok(statements)
    }

    fn write_create(
        &mut self,
        key: &'s Key,
        notes: &mut Notes,
        statements: &mut Vec<String>,
        later: &mut Vec<String>,
    ) -> Result<bool, InverseError> {
        let Some(subject) = Subject::find(self.before, key) else { return Ok(false) };
        let kind = kind_of(key)?;
        for (dependent, _) in self.ties_before.of(key).filter(|(key, _)| self.creates.contains(*key)) {
            if self.before.parent(dependent) != Some(key)
                && let Some(announced) = Subject::find(self.before, dependent)
                && let Some(statement) = kind_of(dependent)?.announce(announced)
                && !statements.contains(&statement)
            {
                statements.push(statement);
            }
        }
        let ddl = kind.create(subject);
        let (unchecked, comes_later) = (ddl.unchecked_body, ddl.statements.is_empty());
        notes.take(key, &ddl);
        self.note_place(subject, notes);
        statements.extend(ddl.statements);
        for (other, statement) in ddl.with {
            let waits = subject.object.parent.as_ref().is_some_and(|parent| self.late.contains(parent));
            if self.creates.contains(&other) && !waits {
                statements.push(statement);
            } else {
                self.late.insert(key);
                later.push(statement);
            }
        }
        later.extend(ddl.later);
        if let Some(owner) = subject.object.owner.as_ref().filter(|_| kind.owner_can_be_set())
            && kind.made_by(subject).is_none()
        {
            statements.push(attributes::owner(kind, subject, owner));
        }
        let mut whole = vec![key];
        let mut at = 0;
        while at < whole.len() {
            whole.extend(self.makes.get(whole[at]).into_iter().flatten().copied());
            at += 1;
        }
        for key in whole {
            let Some(subject) = Subject::find(self.before, key) else { continue };
            let kind = kind_of(key)?;
            let owner = owner(subject);
            let mut set = Ddl::default();
            // Default privileges that stand on both sides may be given to whoever makes it.
            let mut defaults = attributes::defaults_for(kind, subject);
            defaults.retain(|(key, _)| self.after.objects.contains_key(key));
            match &subject.object.acl {
                Some(acl) if defaults.is_empty() => {
                    set = attributes::privileges(kind, subject, &owner, None, Some(acl));
                }
                Some(acl) => set = attributes::privileges_anew(kind, subject, &owner, &defaults, acl),
                None if defaults.is_empty() => {}
                None => set.lossy.push("default privileges of the database may add to what it is granted".to_owned()),
            }
            if let Some(comment) = &subject.object.comment {
                set.add(attributes::comment(kind, subject, Some(comment)));
            }
            set.statements.extend(attributes::marks(kind, None, subject).statements);
            notes.take(key, &set);
            // What a later statement brings has to be there first.
            if comes_later && !self.made_with.contains_key(key) {
                later.extend(set.statements);
            } else {
                statements.extend(set.statements);
            }
        }
        Ok(unchecked)
    }

    /// What has a place in an order comes back as the last.
    fn note_place(&self, subject: Subject<'_>, notes: &mut Notes) {
        let Some(parent) = subject.object.parent.as_ref() else { return };
        let (Some(was), Some(is)) = (self.before.objects.get(parent), self.after.objects.get(parent)) else { return };
        for fact in was.facts.keys().filter(|fact| fact.ends_with("_order")) {
            let (was, is) = (was.texts(fact), is.texts(fact));
            let Some(at) = was.iter().position(|name| *name == subject.key.name()) else { continue };
            if was.iter().skip(at + 1).any(|after| is.contains(after)) {
                notes.add(subject.key, Verdict::Lossy, "it comes back as the last, not in its old place");
            }
        }
    }
}
