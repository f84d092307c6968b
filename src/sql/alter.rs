//! The sub-commands of ALTER TABLE, and what CREATE TABLE and CREATE DOMAIN say in the same words.

use pg_query::protobuf::{AlterTableType, ConstrType};
use serde_json::Value;

use super::facts::{Action, Alteration, ConstraintFacts, DefaultFacts};
use super::functions;
use super::tree::{flag, is_set, list, node, number, of_kind, owned, string, strings, text, type_name};

pub fn command(fields: &Value) -> AlterTableType {
    AlterTableType::try_from(number(fields, "subtype")).unwrap_or(AlterTableType::Undefined)
}

/// The sub-command in SQL's words.
pub fn words(fields: &Value) -> String {
    use AlterTableType as Type;
    match command(fields) {
        Type::AtColumnDefault if is_set(fields, "def") => "SET DEFAULT".to_owned(),
        Type::AtColumnDefault => "DROP DEFAULT".to_owned(),
        Type::AtAlterColumnType => "ALTER COLUMN TYPE".to_owned(),
        Type::AtChangeOwner => "OWNER TO".to_owned(),
        Type::AtAddInherit => "INHERIT".to_owned(),
        Type::AtDropInherit => "NO INHERIT".to_owned(),
        Type::AtAddOf => "OF".to_owned(),
        Type::AtDropOf => "NOT OF".to_owned(),
        Type::AtSetRelOptions => "SET STORAGE PARAMETERS".to_owned(),
        Type::AtResetRelOptions => "RESET STORAGE PARAMETERS".to_owned(),
        Type::AtSetUnLogged => "SET UNLOGGED".to_owned(),
        Type::AtSetLogged => "SET LOGGED".to_owned(),
        Type::AtAddIndexConstraint => "ADD CONSTRAINT".to_owned(),
        Type::AtEnableRowSecurity => "ENABLE ROW LEVEL SECURITY".to_owned(),
        Type::AtDisableRowSecurity => "DISABLE ROW LEVEL SECURITY".to_owned(),
        Type::AtForceRowSecurity => "FORCE ROW LEVEL SECURITY".to_owned(),
        Type::AtNoForceRowSecurity => "NO FORCE ROW LEVEL SECURITY".to_owned(),
        Type::AtEnableTrig
        | Type::AtEnableAlwaysTrig
        | Type::AtEnableReplicaTrig
        | Type::AtEnableTrigAll
        | Type::AtEnableTrigUser => "ENABLE TRIGGER".to_owned(),
        Type::AtDisableTrig | Type::AtDisableTrigAll | Type::AtDisableTrigUser => "DISABLE TRIGGER".to_owned(),
        other => camel_to_words(other.as_str_name()),
    }
}

/// `AT_AddColumn` reads `ADD COLUMN`.
fn camel_to_words(name: &str) -> String {
    let mut words = String::new();
    for character in name.trim_start_matches("AT_").chars() {
        if character.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(character.to_ascii_uppercase());
    }
    words
}

/// The part of the table a sub-command is about: what is done, to which kind of part, of what name.
pub fn part(fields: &Value) -> Option<(Action, &'static str, Option<String>)> {
    use AlterTableType as Type;
    let name = owned(fields, "name");
    let def = &fields["def"];
    Some(match command(fields) {
        Type::AtAddColumn => {
            (Action::Create, "column", of_kind(def, "ColumnDef").and_then(|def| owned(def, "colname")))
        }
        Type::AtDropColumn => (Action::Drop, "column", name),
        Type::AtAddConstraint | Type::AtAddIndexConstraint => {
            let named = of_kind(def, "Constraint").or_else(|| of_kind(def, "IndexStmt"));
            let name = named.and_then(|found| owned(found, "conname").or_else(|| owned(found, "idxname")));
            (Action::Create, "constraint", name)
        }
        Type::AtDropConstraint => (Action::Drop, "constraint", name),
        Type::AtValidateConstraint | Type::AtAlterConstraint => (Action::Alter, "constraint", name),
        Type::AtColumnDefault
        | Type::AtDropNotNull
        | Type::AtSetNotNull
        | Type::AtSetExpression
        | Type::AtDropExpression
        | Type::AtSetStatistics
        | Type::AtSetOptions
        | Type::AtResetOptions
        | Type::AtSetStorage
        | Type::AtSetCompression
        | Type::AtAlterColumnType
        | Type::AtAddIdentity
        | Type::AtSetIdentity
        | Type::AtDropIdentity => (Action::Alter, "column", name),
        _ => return None,
    })
}

pub fn alteration(fields: &Value) -> Alteration {
    let mut found = Alteration { command: words(fields), name: owned(fields, "name"), ..Alteration::default() };
    let def = &fields["def"];
    match node(def) {
        Some(("ColumnDef", column)) => {
            if command(fields) == AlterTableType::AtAddColumn {
                found.name = owned(column, "colname");
            }
            found.type_name = type_name(&column["type_name"]);
            found.not_null = flag(column, "is_not_null");
            for constraint in list(column, "constraints").iter().filter_map(|item| of_kind(item, "Constraint")) {
                match constraint_type(constraint) {
                    ConstrType::ConstrNotnull => found.not_null = true,
                    ConstrType::ConstrDefault => found.default = Some(default_facts(&constraint["raw_expr"])),
                    ConstrType::ConstrGenerated => {
                        found.generated_stored = text(constraint, "generated_kind") != Some("v");
                    }
                    ConstrType::ConstrIdentity => found.identity = true,
                    _ => found.constraints.extend(constraint_facts(constraint)),
                }
            }
            // A primary key makes its columns NOT NULL.
            found.not_null |= found.constraints.iter().any(|constraint| constraint.kind == "primary key");
        }
        Some(("Constraint", constraint)) => {
            found.name = owned(constraint, "conname");
            found.constraints.extend(constraint_facts(constraint));
        }
        Some(_) if command(fields) == AlterTableType::AtColumnDefault => found.default = Some(default_facts(def)),
        _ => {}
    }
    found
}

pub fn constraint_type(fields: &Value) -> ConstrType {
    ConstrType::try_from(number(fields, "contype")).unwrap_or(ConstrType::Undefined)
}

/// The constraint a table has after it, if it is one.
pub fn constraint_facts(fields: &Value) -> Option<ConstraintFacts> {
    let kind = match constraint_type(fields) {
        ConstrType::ConstrPrimary => "primary key",
        ConstrType::ConstrUnique => "unique",
        ConstrType::ConstrForeign => "foreign key",
        ConstrType::ConstrCheck => "check",
        ConstrType::ConstrExclusion => "exclusion",
        ConstrType::ConstrNotnull => "not null",
        _ => return None,
    };
    let columns = if kind == "foreign key" { list(fields, "fk_attrs") } else { list(fields, "keys") };
    let table = &fields["pktable"];
    let references = text(table, "relname").map(|name| match text(table, "schemaname") {
        Some(schema) => format!("{schema}.{name}"),
        None => name.to_owned(),
    });
    Some(ConstraintFacts {
        kind: kind.to_owned(),
        name: owned(fields, "conname"),
        not_valid: flag(fields, "skip_validation"),
        using_index: text(fields, "indexname").is_some(),
        columns: columns.iter().filter_map(string).map(str::to_owned).collect(),
        references,
    })
}

fn default_facts(expression: &Value) -> DefaultFacts {
    let mut inner = expression;
    while let Some(cast) = of_kind(inner, "TypeCast") {
        inner = &cast["arg"];
    }
    let constant = of_kind(inner, "AConst").is_some();
    let mut volatile = false;
    super::tree::walk(expression, "", &mut |_, value| {
        if let Some(call) = value.get("funcname").filter(|name| name.is_array()) {
            volatile |= functions::may_be_volatile(&strings(call));
        }
    });
    DefaultFacts { constant, volatile }
}
