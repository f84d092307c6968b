//! Subscriptions of this database (<https://www.postgresql.org/docs/current/sql-createsubscription.html>). Only a
//! superuser reads how they connect; passwords and other secrets in that are said to be set, and no more. How far the
//! copying of a table got is data and is not read.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, NotCovered, Object};
use crate::pg::{conninfo, keywords};

/// The facts of a subscription.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Subscription {
    /// `host=...`, by keyword.
    pub connection: Vec<String>,
    /// Keywords of the connection whose value is a secret.
    pub secrets: Vec<String>,
    pub publications: Vec<String>,
    pub enabled: bool,
    pub slot: Option<String>,
    /// Parameters as CREATE SUBSCRIPTION writes them: `binary=false`.
    pub options: Vec<String>,
}

pub struct Subscriptions;

/// The parameters that this major has, with the SQL of their values.
const OPTIONS: [(u32, &str, &str); 9] = [
    (14, "binary", "s.subbinary::text"),
    (
        14,
        "streaming",
        "CASE s.substream::text WHEN 'p' THEN 'parallel' WHEN 't' THEN 'true' WHEN 'true' THEN 'true' ELSE 'false' END",
    ),
    (14, "synchronous_commit", "s.subsynccommit"),
    (15, "disable_on_error", "s.subdisableonerr::text"),
    (15, "two_phase", "(s.subtwophasestate <> 'd')::text"),
    (16, "origin", "s.suborigin"),
    (16, "password_required", "s.subpasswordrequired::text"),
    (16, "run_as_owner", "s.subrunasowner::text"),
    (17, "failover", "s.subfailover::text"),
];

impl Kind for Subscriptions {
    fn name(&self) -> &'static str {
        "subscription"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Subscription
    }

    fn is_dumped(&self) -> bool {
        false
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let version = reader.version();
        let connects = reader.reads_whole(Catalog::Subscription);
        let connection = if connects { "s.subconninfo" } else { "NULL::text" };
        let options: Vec<String> = OPTIONS
            .iter()
            .filter(|(since, ..)| version.at_least(*since))
            .map(|(_, name, value)| format!("'{name}=' || {value}"))
            .collect();
        let rows = reader.query(&format!(
            "SELECT s.oid, s.subname::text, s.subowner, {connection}, s.subpublications, s.subenabled, s.subslotname::text, \
             ARRAY[{}] FROM pg_catalog.pg_subscription s WHERE s.subdbid = \
             (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())",
            options.join(", ")
        ))?;
        let mut held = 0u64;
        for row in &rows {
            held += 1;
            let mut fields = Fields::of(row, "subscription");
            let (oid, name) = (fields.oid()?, fields.text()?);
            let owner = Some(reader.role(fields.oid()?));
            let (connection, secrets) = open(fields.maybe_text()?.as_deref().unwrap_or_default());
            let mut facts =
                Subscription { connection, secrets, publications: fields.texts()?, ..Subscription::default() };
            facts.publications.sort();
            facts.enabled = fields.yes()?;
            facts.slot = fields.maybe_text()?;
            facts.options = fields.texts()?;
            let object = Object { owner, facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::Subscription, oid, 0), Key::new("subscription", &[&name]), object);
        }
        if !connects && held > 0 {
            let because = format!("the role may not read how {held} subscriptions connect");
            reader.say(NotCovered { kind: "connection of a subscription".to_owned(), because, held: Some(held) });
        }
        Ok(())
    }
}

/// What of a connection string may be kept, and the keywords of what may not.
fn open(text: &str) -> (Vec<String>, Vec<String>) {
    let Ok(parameters) = conninfo::parse(text) else { return (Vec::new(), vec!["connection".to_owned()]) };
    let secret = |name: &str| {
        ["password", "secret", "passphrase", "scram_"].iter().any(|word| name.contains(word))
            || keywords::find(name).is_none()
    };
    let (secrets, plain): (Vec<_>, Vec<_>) = parameters.into_iter().partition(|(name, _)| secret(name));
    let plain = plain.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    (plain, secrets.into_iter().map(|(name, _)| name).collect())
}

#[cfg(test)]
mod tests {
    use super::open;

    #[test]
    fn secrets_are_said_to_be_set() {
        let (plain, secrets) = open("host=a password='it\\'s' sslpassword=b user=c");
        assert_eq!(plain, ["host=a", "user=c"]);
        assert_eq!(secrets, ["password", "sslpassword"]);
        // What is not understood may be a secret.
        assert_eq!(open("host=a unheard_of=d").1, ["unheard_of"]);
        assert_eq!(open("postgresql://u:p@h/d").1, ["password"]);
        assert_eq!(open("host='a").1, ["connection"]);
    }
}
