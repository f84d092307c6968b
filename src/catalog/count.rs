//! Counting nouns in a snapshot.

use std::collections::BTreeMap;

use crate::base::QualifiedName;

use super::attributes::INITIAL;
use super::object::{Grant, PUBLIC};
use super::{Key, Noun, Object, Scope, Snapshot, kinds};

/// Why a noun has no number. Never a zero in its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCounted {
    #[error("{noun} are not counted: {because}")]
    NotRead { noun: Noun, because: String },
    #[error("{noun} do not lie in {scope}")]
    OutOfScope { noun: Noun, scope: Scope },
    #[error("there is no relation {relation}")]
    NoRelation { relation: QualifiedName },
    #[error("there is no schema {schema}")]
    NoSchema { schema: String },
}

impl Snapshot {
    /// How many of a noun there are; `Noun` says what each counts.
    pub fn count(&self, noun: Noun, scope: &Scope) -> Result<u64, NotCounted> {
        self.may_count(noun, scope)?;
        let mut number = 0;
        for kind in kinds_of(noun) {
            for (key, object) in self.of_kind(kind) {
                if self.within(key, object, scope) {
                    number += worth(noun, scope, key, object);
                }
            }
        }
        Ok(number)
    }

    /// Whether all that the noun counts was read, and lies in such a scope.
    pub fn may_count(&self, noun: Noun, scope: &Scope) -> Result<(), NotCounted> {
        for kind in kinds_of(noun) {
            if let Some(missing) = self.not_covered.iter().find(|missing| missing.kind == *kind) {
                return Err(NotCounted::NotRead { noun, because: missing.because.clone() });
            }
        }
        match scope {
            Scope::Database => Ok(()),
            Scope::Schema(schema) => {
                if is_global(noun) {
                    return Err(NotCounted::OutOfScope { noun, scope: scope.clone() });
                }
                if self.objects.contains_key(&Key::new("schema", &[schema])) {
                    Ok(())
                } else {
                    Err(NotCounted::NoSchema { schema: schema.clone() })
                }
            }
            Scope::Relation(relation) => {
                if !in_relations(noun) {
                    return Err(NotCounted::OutOfScope { noun, scope: scope.clone() });
                }
                match self.find_relation(&relation.schema, &relation.name) {
                    Some(_) => Ok(()),
                    None => Err(NotCounted::NoRelation { relation: relation.clone() }),
                }
            }
        }
    }

    fn within(&self, key: &Key, object: &Object, scope: &Scope) -> bool {
        match scope {
            Scope::Database => true,
            Scope::Schema(schema) if key.kind == "extension" => object.text("schema") == Some(schema),
            Scope::Schema(schema) => {
                let outermost = self.ancestors(key).pop().unwrap_or(key);
                outermost.kind == "schema" && outermost.name() == schema
            }
            Scope::Relation(relation) => {
                let itself = |key: &Key| {
                    key.schema() == relation.schema
                        && key.path.get(1).is_some_and(|name| *name == relation.name)
                        && (key.path.len() > 2
                            || self
                                .find_relation(&relation.schema, &relation.name)
                                .is_some_and(|(found, _)| found == key))
                };
                let parent = object.parent.as_ref().is_some_and(|parent| parent.path.len() == 2 && itself(parent));
                let partition = object.text("partition_of") == Some(relation.to_string().as_str());
                let owned = ["owned_by", "identity_of"]
                    .iter()
                    .any(|fact| object.text(fact).is_some_and(|column| column.starts_with(&format!("{relation}."))));
                itself(key) || parent || (key.kind == "table" && partition) || owned
            }
        }
    }
}

/// How many of each noun there are among these objects, in the whole database.
pub fn tally<'o>(objects: impl IntoIterator<Item = (&'o Key, &'o Object)>) -> BTreeMap<Noun, u64> {
    let mut nouns_of: BTreeMap<&str, Vec<Noun>> = BTreeMap::new();
    for &noun in Noun::ALL {
        for kind in kinds_of(noun) {
            nouns_of.entry(kind).or_default().push(noun);
        }
    }
    let mut tally = BTreeMap::new();
    // Objects come kind by kind.
    let (mut last, mut nouns): (&str, &[Noun]) = ("", &[]);
    for (key, object) in objects {
        if key.kind != last {
            last = &key.kind;
            nouns = nouns_of.get(last).map_or(&[], Vec::as_slice);
        }
        for noun in nouns {
            let number = worth(*noun, &Scope::Database, key, object);
            if number > 0 {
                *tally.entry(*noun).or_default() += number;
            }
        }
    }
    tally
}

/// How many of the noun one object is.
fn worth(noun: Noun, scope: &Scope, key: &Key, object: &Object) -> u64 {
    let of_table = || object.parent.as_ref().is_some_and(|parent| parent.kind == "table");
    let counted = match noun {
        Noun::Tables => !object.facts.contains_key("partition_of"),
        Noun::Partitions => match scope {
            Scope::Relation(relation) => object.text("partition_of") == Some(relation.to_string().as_str()),
            _ => object.facts.contains_key("partition_of"),
        },
        Noun::Columns => of_table() || matches!(scope, Scope::Relation(_)),
        Noun::Defaults => of_table() && object.facts.contains_key("default"),
        Noun::NotNulls => of_table() && object.is("not_null"),
        Noun::PrimaryKeys => object.text("type") == Some("primary key"),
        Noun::ForeignKeys => object.text("type") == Some("foreign key"),
        Noun::UniqueConstraints => object.text("type") == Some("unique"),
        Noun::CheckConstraints => object.text("type") == Some("check"),
        Noun::ExclusionConstraints => object.text("type") == Some("exclusion"),
        Noun::Indexes => {
            key.kind == "index" || matches!(object.text("type"), Some("primary key" | "unique" | "exclusion"))
        }
        Noun::Comments => object.comment.is_some(),
        Noun::Grants => return grants(key, object),
        _ => true,
    };
    u64::from(counted)
}

/// Privileges for others than the owner that PostgreSQL does not give by itself.
fn grants(key: &Key, object: &Object) -> u64 {
    let to_all = match key.kind.as_str() {
        "function" | "procedure" | "aggregate" => Some("EXECUTE"),
        "enum" | "domain" | "composite_type" | "range_type" | "base_type" | "language" => Some("USAGE"),
        _ => None,
    };
    let initial: Vec<Grant> =
        object.facts.get(INITIAL).and_then(|given| serde_json::from_value(given.clone()).ok()).unwrap_or_default();
    let mut given: Vec<(&str, &str)> = object
        .acl
        .iter()
        .flatten()
        .filter(|grant| Some(&grant.grantee) != object.owner.as_ref() && !initial.contains(grant))
        .filter(|grant| !(grant.grantee == PUBLIC && to_all == Some(grant.privilege.as_str())))
        .map(|grant| (grant.grantee.as_str(), grant.privilege.as_str()))
        .collect();
    given.dedup();
    given.len() as u64
}

/// Whether such things lie in no schema.
fn is_global(noun: Noun) -> bool {
    matches!(
        noun,
        Noun::Schemas
            | Noun::EventTriggers
            | Noun::Publications
            | Noun::Subscriptions
            | Noun::Casts
            | Noun::Transforms
            | Noun::Languages
            | Noun::AccessMethods
            | Noun::ForeignDataWrappers
            | Noun::Servers
            | Noun::UserMappings
            | Noun::Settings
    )
}

fn in_relations(noun: Noun) -> bool {
    matches!(
        noun,
        Noun::Partitions
            | Noun::Columns
            | Noun::Defaults
            | Noun::NotNulls
            | Noun::PrimaryKeys
            | Noun::ForeignKeys
            | Noun::UniqueConstraints
            | Noun::CheckConstraints
            | Noun::ExclusionConstraints
            | Noun::Indexes
            | Noun::Triggers
            | Noun::Rules
            | Noun::Policies
            | Noun::Sequences
            | Noun::Comments
            | Noun::Grants
    )
}

/// The kinds a noun counts.
fn kinds_of(noun: Noun) -> Vec<&'static str> {
    match noun {
        Noun::Schemas => vec!["schema"],
        Noun::Tables | Noun::Partitions => vec!["table"],
        Noun::Views => vec!["view"],
        Noun::MaterializedViews => vec!["materialized_view"],
        Noun::Columns | Noun::Defaults | Noun::NotNulls => vec!["column"],
        Noun::PrimaryKeys
        | Noun::ForeignKeys
        | Noun::UniqueConstraints
        | Noun::CheckConstraints
        | Noun::ExclusionConstraints => vec!["constraint"],
        Noun::Indexes => vec!["index", "constraint"],
        Noun::Triggers => vec!["trigger"],
        Noun::Rules => vec!["rule"],
        Noun::Policies => vec!["policy"],
        Noun::Sequences => vec!["sequence"],
        Noun::Functions => vec!["function"],
        Noun::Procedures => vec!["procedure"],
        Noun::Aggregates => vec!["aggregate"],
        Noun::Types => vec!["enum", "domain", "composite_type", "range_type", "base_type"],
        Noun::Enums => vec!["enum"],
        Noun::Domains => vec!["domain"],
        Noun::Extensions => vec!["extension"],
        Noun::EventTriggers => vec!["event_trigger"],
        Noun::Comments | Noun::Grants => kinds::ALL.iter().map(|kind| kind.name()).collect(),
        Noun::Statistics => vec!["statistics"],
        Noun::Publications => vec!["publication"],
        Noun::Subscriptions => vec!["subscription"],
        Noun::CompositeTypes => vec!["composite_type"],
        Noun::RangeTypes => vec!["range_type"],
        Noun::BaseTypes => vec!["base_type"],
        Noun::Collations => vec!["collation"],
        Noun::Conversions => vec!["conversion"],
        Noun::Casts => vec!["cast"],
        Noun::Transforms => vec!["transform"],
        Noun::Languages => vec!["language"],
        Noun::AccessMethods => vec!["access_method"],
        Noun::Operators => vec!["operator"],
        Noun::OperatorClasses => vec!["operator_class"],
        Noun::OperatorFamilies => vec!["operator_family"],
        Noun::TextSearchParsers => vec!["text_search_parser"],
        Noun::TextSearchTemplates => vec!["text_search_template"],
        Noun::TextSearchDictionaries => vec!["text_search_dictionary"],
        Noun::TextSearchConfigurations => vec!["text_search_configuration"],
        Noun::ForeignDataWrappers => vec!["foreign_data_wrapper"],
        Noun::Servers => vec!["server"],
        Noun::UserMappings => vec!["user_mapping"],
        Noun::ForeignTables => vec!["foreign_table"],
        Noun::DefaultPrivileges => vec!["default_privilege"],
        Noun::Settings => vec!["setting"],
    }
}
