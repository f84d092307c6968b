//! Statements for composite types.

use std::collections::{BTreeMap, BTreeSet};

use super::{Attribute, CompositeType, CompositeTypes};
use crate::base::{quote_ident, quote_literal};
use crate::catalog::ddl::{Alter, Ddl, Guard, Privileges, Statements, Subject};
use crate::catalog::kinds::{self, r#enum::ddl::PRIVILEGES};
use crate::catalog::{Address, Catalog, Key};

impl Statements for CompositeTypes {
    fn word(&self) -> &'static str {
        "TYPE"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: CompositeType = subject.object.read();
        let name = subject.key.sql();
        let attributes: Vec<String> = facts.attributes.iter().map(definition).collect();
        let mut ddl = Ddl::run(format!("CREATE TYPE {name} AS ({})", attributes.join(", ")));
        for attribute in facts.attributes.iter().filter(|attribute| attribute.comment.is_some()) {
            ddl.add(comment(&name, attribute));
        }
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (mut from, to): (CompositeType, CompositeType) = (alter.from.object.read(), alter.to.object.read());
        let name = alter.to.key.sql();
        let this = format!("ALTER TYPE {name}");
        let tables = typed_tables(alter);
        let mut ddl = Ddl::default();
        // The type, and each table of it in the same way: PostgreSQL would do both at once, as CASCADE.
        let both = |ddl: &mut Ddl, deed: &str, rest: &str| {
            if ddl.statements.is_empty() {
                ddl.statements.extend(tables.iter().map(|table| format!("ALTER TABLE {table} NOT OF")));
            }
            ddl.add(format!("{this} {deed} ATTRIBUTE {rest}"));
            ddl.statements.extend(tables.iter().map(|table| format!("ALTER TABLE {table} {deed} COLUMN {rest}")));
        };
        for (old, new) in renames(alter, &mut from, &to) {
            both(&mut ddl, "RENAME", &format!("{} TO {}", quote_ident(&old), quote_ident(&new)));
        }
        let find = |list: &[Attribute], name: &str| list.iter().find(|attribute| attribute.name == name).cloned();
        // Attributes are added at the end: those that stay must be the first that are wanted, in their order.
        let kept: Vec<&String> =
            from.attributes.iter().map(|a| &a.name).filter(|name| find(&to.attributes, name).is_some()).collect();
        if !kept.iter().copied().eq(to.attributes.iter().map(|a| &a.name).take(kept.len())) {
            return Ddl::again();
        }
        let held = !holders(alter.from).is_empty();
        for old in from.attributes.iter().filter(|old| find(&to.attributes, &old.name).is_none()) {
            both(&mut ddl, "DROP", &quote_ident(&old.name));
            if held {
                ddl.loses = Some(format!("what stored values have in {} would be lost", old.name));
                ddl.loses_silently = true;
            }
        }
        let mut comments = Vec::new();
        for new in &to.attributes {
            let old = find(&from.attributes, &new.name);
            match &old {
                None => {
                    both(&mut ddl, "ADD", &definition(new));
                    if held {
                        ddl.lossy.push(format!("{} returns, what stored values had in it does not", new.name));
                    }
                }
                // While values are stored, or a table is of the type, its attributes keep their types.
                Some(old) if held && old.data_type != new.data_type => return Ddl::again(),
                Some(old) if old.data_type != new.data_type || old.collation != new.collation => {
                    let collate = new.collation.as_ref().map_or_else(String::new, |c| format!(" COLLATE {c}"));
                    let attribute = quote_ident(&new.name);
                    ddl.add(format!("{this} ALTER ATTRIBUTE {attribute} TYPE {}{collate}", new.data_type));
                }
                Some(_) => {}
            }
            if old.and_then(|old| old.comment) != new.comment {
                comments.push(comment(&name, new));
            }
        }
        if !ddl.statements.is_empty() {
            ddl.statements.extend(tables.iter().map(|table| format!("ALTER TABLE {table} OF {name}")));
        }
        ddl.statements.extend(comments);
        ddl
    }

    fn guards_of_values(&self, subject: Subject<'_>) -> Vec<Guard> {
        let columns = holders(subject).into_iter().filter_map(|key| Subject::find(subject.snapshot, key));
        let stored = columns.filter(|column| column.parent_kind() == "table");
        let guard = |column: Subject<'_>| Guard::ColumnUntouched {
            table: column.key.relation(),
            column: quote_ident(column.key.name()),
            default: column.object.text("default").map(str::to_owned),
        };
        stored.map(guard).collect()
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(PRIVILEGES)
    }
}

/// The attributes that bear other names now, each with the next name it gets; `from` has them from here on. Only within
/// one database does a place mean the same attribute.
fn renames(alter: Alter<'_>, from: &mut CompositeType, to: &CompositeType) -> Vec<(String, String)> {
    let (is, was) = (alter.from.snapshot, alter.to.snapshot);
    let (here, there) = (places(alter.from), places(alter.to));
    if !is.volatile.is_of_the_same_database(&was.volatile)
        || (here.len(), there.len()) != (from.attributes.len(), to.attributes.len())
    {
        return Vec::new();
    }
    let wanted: BTreeMap<_, &String> = there.into_iter().zip(to.attributes.iter().map(|a| &a.name)).collect();
    let mut left: Vec<(usize, String)> = here
        .iter()
        .enumerate()
        .filter_map(|(at, place)| Some((at, (*wanted.get(place)?).clone())))
        .filter(|(at, name)| from.attributes[*at].name != *name)
        .collect();
    let mut renames = Vec::new();
    while !left.is_empty() {
        let stands = |name: &String| from.attributes.iter().any(|attribute| attribute.name == *name);
        let (at, name) = if let Some(free) = left.iter().position(|(_, name)| !stands(name)) {
            left.remove(free)
        } else {
            // They go round, or a new one bears the name: it gets out of the way.
            let mut names = (1..).map(|number| format!("pgwarrant_{number}"));
            let aside = names.find(|name| !stands(name) && left.iter().all(|(_, wanted)| wanted != name));
            let bearer = from.attributes.iter().position(|attribute| attribute.name == left[0].1);
            (bearer.unwrap_or(left[0].0), aside.unwrap_or_default())
        };
        let old = std::mem::replace(&mut from.attributes[at].name, name.clone());
        renames.push((old, name));
    }
    renames
}

/// The relation of a type, and the number of each of its attributes, in their order.
fn places(subject: Subject<'_>) -> Vec<Address> {
    let addresses = subject.snapshot.volatile.addresses.iter();
    let own =
        addresses.filter(|(address, key)| address.class == Catalog::Class && address.subid > 0 && *key == subject.key);
    own.map(|(address, _)| *address).collect()
}

/// The tables whose columns follow from a type.
fn typed_tables(alter: Alter<'_>) -> Vec<String> {
    let name = alter.to.key.sql();
    let tables = alter.from.snapshot.of_kind("table");
    tables.filter(|(_, table)| table.text("of_type") == Some(&name)).map(|(key, _)| key.sql()).collect()
}

/// Tables of a type, and columns whose values are of it, or of a type made of it.
pub fn holders(subject: Subject<'_>) -> BTreeSet<&Key> {
    let (addresses, ties) = (&subject.snapshot.volatile.addresses, &subject.snapshot.volatile.dependencies);
    let (mut types, mut holders) = (vec![subject.key], BTreeSet::new());
    let mut at = 0;
    while let Some(key) = types.get(at).copied() {
        at += 1;
        for tie in ties.iter().filter(|tie| tie.of.class != Catalog::Attrdef && addresses.get(&tie.on) == Some(key)) {
            let Some((of, kind)) = addresses.get(&tie.of).and_then(|of| Some((of, kinds::find(&of.kind)?))) else {
                continue;
            };
            if kind.holds_rows() {
                holders.insert(of);
            } else if kind.catalog() == Catalog::Type && !types.contains(&of) {
                types.push(of);
            }
        }
    }
    holders
}

fn definition(attribute: &Attribute) -> String {
    let collate = attribute.collation.as_ref().map_or_else(String::new, |collation| format!(" COLLATE {collation}"));
    format!("{} {}{collate}", quote_ident(&attribute.name), attribute.data_type)
}

fn comment(name: &str, attribute: &Attribute) -> String {
    let text = attribute.comment.as_deref().map_or_else(|| "NULL".to_owned(), quote_literal);
    format!("COMMENT ON COLUMN {name}.{} IS {text}", quote_ident(&attribute.name))
}
