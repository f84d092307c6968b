//! What the keeper of a trust root demands beyond one signature: how many people, in which roles, for how long.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::WarrantError;

/// The policy's file name, beside the `allowed_signers` file.
pub const POLICY: &str = "policy.json";

/// The policy. A field that is not known is an error: a misspelt demand must not be one that is not made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub format: u32,
    /// How many different people have to sign.
    pub threshold: usize,
    /// Roles that have to be filled by different people, by name.
    pub roles: BTreeMap<String, Role>,
    /// Only hardware keys, touched for each signature.
    pub require_touch: bool,
    /// The longest validity of a warrant.
    pub max_minutes: i64,
    /// The oldest backup, in seconds, counted from the dump's start.
    pub max_backup_age_seconds: i64,
    /// How long a statement, and from PostgreSQL 17 on the transaction, may take.
    pub max_transaction_seconds: u32,
    /// Whether `apply` may use a connection that does not prove the server.
    pub allow_unproven_transport: bool,
    /// Where used nonces are kept; by default in the applying account's state folder.
    pub ledger: Option<PathBuf>,
    /// Refuse a target that keeps no ledger of used nonces itself.
    pub require_target_ledger: bool,
}

/// One role: who may fill it, and how many of them have to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub people: BTreeSet<String>,
    #[serde(default = "one")]
    pub needed: usize,
}

fn one() -> usize {
    1
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            format: 1,
            threshold: 1,
            roles: BTreeMap::new(),
            require_touch: false,
            max_minutes: 24 * 60,
            max_backup_age_seconds: 3_600,
            max_transaction_seconds: 3_600,
            allow_unproven_transport: false,
            ledger: None,
            require_target_ledger: false,
        }
    }
}

impl Policy {
    /// Reads a policy; `known` says whether the trust root knows a person.
    pub(super) fn read(bytes: &[u8], known: impl Fn(&str) -> bool) -> Result<Self, String> {
        let policy: Self = serde_json::from_slice(bytes).map_err(|failure| format!("{POLICY}: {failure}"))?;
        if policy.format != 1 || policy.threshold == 0 {
            return Err(format!("{POLICY}: format 1 and a threshold of at least 1 are needed"));
        }
        for (name, role) in &policy.roles {
            if role.needed == 0 || role.needed > role.people.len() {
                return Err(format!("{POLICY}: the role \"{name}\" needs between 1 and all of its people"));
            }
            if let Some(stranger) = role.people.iter().find(|person| !known(person)) {
                return Err(format!("{POLICY}: the role \"{name}\" names {stranger}, whom the trust root does not"));
            }
        }
        Ok(policy)
    }

    /// Enough different people, and each role filled by people who fill no other.
    pub(super) fn satisfied(&self, people: &[&str]) -> Result<(), WarrantError> {
        let signers = || people.iter().map(|person| (*person).to_owned()).collect();
        if people.len() < self.threshold {
            return Err(WarrantError::Quorum { found: people.len(), needed: self.threshold, signers: signers() });
        }
        let places: Vec<(&String, &Role)> =
            self.roles.iter().flat_map(|role| std::iter::repeat_n(role, role.1.needed)).collect();
        // Who holds which place: a place is taken from somebody who can sit elsewhere.
        let mut held: Vec<Option<usize>> = vec![None; people.len()];
        for (place, (name, role)) in places.iter().enumerate() {
            let mut asked = vec![false; people.len()];
            if !seat(place, &places, people, &mut held, &mut asked) {
                return Err(WarrantError::RoleNotFilled {
                    role: (*name).clone(),
                    needed: role.needed,
                    people: role.people.iter().cloned().collect(),
                    signers: signers(),
                });
            }
        }
        Ok(())
    }
}

/// Finds somebody for a place, moving others where they fit too.
fn seat(
    place: usize,
    places: &[(&String, &Role)],
    people: &[&str],
    held: &mut [Option<usize>],
    asked: &mut [bool],
) -> bool {
    for (at, person) in people.iter().enumerate() {
        if asked[at] || !places[place].1.people.contains(*person) {
            continue;
        }
        asked[at] = true;
        let free = match held[at] {
            None => true,
            Some(other) => seat(other, places, people, held, asked),
        };
        if free {
            held[at] = Some(place);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::Policy;
    use crate::base::Coded as _;

    fn policy(text: &str) -> Result<Policy, String> {
        Policy::read(text.as_bytes(), |person| ["ada", "grace", "edsger"].contains(&person))
    }

    const TWO_ROLES: &str =
        r#"{"roles": {"author": {"people": ["ada", "grace"]}, "approver": {"people": ["grace", "edsger"]}}}"#;

    #[test]
    fn each_role_has_people_of_its_own() {
        let policy = policy(TWO_ROLES).unwrap();
        let code = |people: &[&str]| policy.satisfied(people).map_err(|failure| failure.code());
        assert_eq!(code(&["ada"]), Err("warrant.role-not-filled"));
        assert_eq!(code(&["grace"]), Err("warrant.role-not-filled"));
        assert_eq!(code(&["ada", "edsger"]), Ok(()));
        // Whatever the order, the one who fits both sits where nobody else can.
        assert_eq!(code(&["grace", "ada"]), Ok(()));
        assert_eq!(code(&["grace", "edsger"]), Ok(()));
        assert_eq!(code(&["edsger", "stranger"]), Err("warrant.role-not-filled"));
        assert_eq!(code(&[]), Err("warrant.quorum"));
    }

    #[test]
    fn what_asks_for_nothing_or_the_impossible_is_refused() {
        for bad in [
            r#"{"threshold": 0}"#,
            r#"{"format": 2}"#,
            r#"{"treshold": 2}"#,
            r#"{"roles": {"author": {"people": []}}}"#,
            r#"{"roles": {"author": {"people": ["ada"], "needed": 0}}}"#,
            r#"{"roles": {"author": {"people": ["ada"], "needed": 2}}}"#,
            r#"{"roles": {"author": {"people": ["adda"]}}}"#,
            r#"{"roles": {"author": {"people": ["ada"], "neded": 1}}}"#,
            r#"{"roles": {"author": ["ada"]}}"#,
        ] {
            assert!(policy(bad).is_err(), "{bad}");
        }
        assert!(policy(TWO_ROLES).is_ok() && policy("{}").is_ok());
    }
}
