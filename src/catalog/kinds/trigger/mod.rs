//! Triggers that people made (<https://www.postgresql.org/docs/current/sql-createtrigger.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object};

/// The facts of a trigger.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Trigger {
    /// `BEFORE`, `AFTER` or `INSTEAD OF`.
    pub timing: String,
    pub events: Vec<String>,
    /// `UPDATE OF` these.
    pub columns: Vec<String>,
    pub for_each_row: bool,
    /// The WHEN condition.
    pub condition: Option<String>,
    pub function: String,
    pub arguments: Vec<String>,
    pub old_table: Option<String>,
    pub new_table: Option<String>,
    pub constraint: bool,
    pub from: Option<String>,
    pub deferrable: bool,
    pub initially_deferred: bool,
    /// `disabled`, `replica` or `always` where it is not the default.
    pub enabled: Option<String>,
    /// A partition has it from its partitioned table.
    pub inherited: bool,
}

pub struct Triggers;

impl Kind for Triggers {
    fn name(&self) -> &'static str {
        "trigger"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Trigger
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        // There is no function for the condition alone: it is cut out of the whole definition.
        let users = reader.users("t.tgrelid");
        let rows = reader.query(&format!(
            "SELECT t.oid, t.tgrelid, t.tgname::text, t.tgtype, t.tgattr::int2[], \
             CASE WHEN t.tgqual IS NOT NULL THEN pg_catalog.pg_get_triggerdef(t.oid) END, \
             pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(p.proname), \
             pg_catalog.encode(t.tgargs, 'escape'), t.tgnargs, t.tgoldtable::text, t.tgnewtable::text, \
             t.tgconstraint, \
             t.tgconstrrelid, CASE WHEN t.tgconstrrelid <> 0 THEN t.tgconstrrelid::pg_catalog.regclass::text ELSE '' END, t.tgdeferrable, t.tginitdeferred, t.tgenabled::text, t.tgparentid <> 0 \
             FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid \
             JOIN pg_catalog.pg_namespace m ON m.oid = p.pronamespace \
             WHERE NOT t.tgisinternal AND {users}"
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "trigger");
            let (oid, relation) = (fields.oid()?, fields.oid()?);
            let Some(table) = reader.relation(relation).cloned() else { continue };
            let key = table.child("trigger", &fields.text()?);
            let bits = fields.position()?;
            let mut facts = Trigger { for_each_row: bits & 1 != 0, ..Trigger::default() };
            let timing = match bits & (2 | 64) {
                2 => "BEFORE",
                64 => "INSTEAD OF",
                _ => "AFTER",
            };
            timing.clone_into(&mut facts.timing);
            for (bit, event) in [(4, "INSERT"), (8, "DELETE"), (16, "UPDATE"), (32, "TRUNCATE")] {
                if bits & bit != 0 {
                    facts.events.push(event.to_owned());
                }
            }
            facts.columns = reader.column_names(relation, &fields.positions()?)?;
            let definition = fields.expression()?;
            facts.function = fields.text()?;
            facts.condition = match definition {
                Some(text) => Some(condition(&text, &facts.function)?),
                None => None,
            };
            let (arguments, count) = (fields.text()?, fields.position()?);
            facts.arguments = split_arguments(&arguments, usize::from(count.unsigned_abs()));
            facts.old_table = fields.maybe_text()?;
            facts.new_table = fields.maybe_text()?;
            let constraint = fields.oid()?;
            facts.constraint = constraint != 0;
            let (from, written) = (fields.oid()?, fields.text()?);
            facts.from = (from != 0).then(|| reader.relation_name(from, written));
            facts.deferrable = fields.yes()?;
            facts.initially_deferred = fields.yes()?;
            facts.enabled = enabled(&fields.text()?);
            facts.inherited = fields.yes()?;
            let object = Object { parent: Some(table), facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::Trigger, oid, 0), key.clone(), object);
            if constraint != 0 {
                reader.also(Address::of(Catalog::Constraint, constraint, 0), &key);
            }
        }
        Ok(())
    }
}

/// `disabled`, `replica` or `always`; nothing for the usual state.
pub(super) fn enabled(letter: &str) -> Option<String> {
    let word = match letter {
        "D" => "disabled",
        "R" => "replica",
        "A" => "always",
        _ => return None,
    };
    Some(word.to_owned())
}

/// The text between `WHEN (` and `) EXECUTE FUNCTION`.
fn condition(definition: &str, function: &str) -> Result<String, CatalogError> {
    let plain = function.strip_prefix("pg_catalog.").unwrap_or(function);
    let ends = [format!(") EXECUTE FUNCTION {function}("), format!(") EXECUTE FUNCTION {plain}(")];
    let end = ends.iter().find_map(|end| definition.find(end.as_str()));
    let start = definition.find(" WHEN (").map(|at| at + " WHEN (".len());
    match (start, end) {
        (Some(start), Some(end)) if start <= end => Ok(definition[start..end].to_owned()),
        _ => Err(CatalogError::Shape { what: "trigger", because: format!("no condition in {definition}") }),
    }
}

/// Arguments end with a zero byte each, which `encode(..., 'escape')` writes as `\000`.
fn split_arguments(escaped: &str, count: usize) -> Vec<String> {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        match (first, more) {
            (b'\\', [b'\\', more @ ..]) => {
                bytes.push(b'\\');
                rest = more;
            }
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', more @ ..]) => {
                bytes.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                rest = more;
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    bytes.split(|byte| *byte == 0).take(count).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{condition, split_arguments};

    #[test]
    fn arguments_are_split_at_zero_bytes() {
        assert_eq!(split_arguments("a\\000b\\\\c\\000\\000", 3), ["a", "b\\c", ""]);
        assert_eq!(split_arguments("\\303\\244\\000", 1), ["ä"]);
        assert!(split_arguments("", 0).is_empty());
    }

    #[test]
    fn the_condition_is_cut_out() {
        let text =
            "CREATE TRIGGER t BEFORE UPDATE ON s.t FOR EACH ROW WHEN ((old.a <> new.a)) EXECUTE FUNCTION s.f('x')";
        assert_eq!(condition(text, "s.f").unwrap(), "(old.a <> new.a)");
        assert!(condition("CREATE TRIGGER t", "s.f").is_err());
    }
}
