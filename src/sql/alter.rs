//! The sub-commands of ALTER TABLE, and what CREATE TABLE and CREATE DOMAIN say in the same words.

use compact_str::{CompactString, format_compact};
use pg_query::protobuf::{AlterTableType, BoolExprType, ConstrType, NullTestType};

use thin_vec::ThinVec;

use super::facts::{Action, Alteration, ConstraintFacts, DefaultFacts, IndexFacts};
use super::functions;
use super::tree::View;
use super::types::type_name;

pub fn command(node: View) -> AlterTableType {
    AlterTableType::try_from(node.number("subtype")).unwrap_or(AlterTableType::Undefined)
}

/// The sub-command in SQL's words.
pub fn words(node: View) -> String {
    use AlterTableType as Type;
    match command(node) {
        Type::AtColumnDefault if node.is_set("def") => "SET DEFAULT".to_owned(),
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
pub fn part(node: View<'_>) -> Option<(Action, &'static str, Option<&str>)> {
    use AlterTableType as Type;
    let name = node.text("name");
    let def = node.get("def");
    Some(match command(node) {
        Type::AtAddColumn => (Action::Create, "column", def.text("colname")),
        Type::AtDropColumn => (Action::Drop, "column", name),
        Type::AtAddConstraint | Type::AtAddIndexConstraint => {
            let name = def.text("conname").or_else(|| def.text("idxname"));
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

/// One sub-command of ALTER TABLE.
pub fn alteration(node: View) -> Alteration {
    let def = node.get("def");
    let mut found = match def.kind() {
        "ColumnDef" => column(def),
        "Constraint" => constraint(def),
        _ => Alteration::default(),
    };
    found.command = words(node).into();
    found.guarded = node.flag("missing_ok");
    // The name of a new part stands in its definition.
    if !matches!(command(node), AlterTableType::AtAddColumn | AlterTableType::AtAddConstraint) {
        found.name = node.owned("name");
    }
    if command(node) == AlterTableType::AtColumnDefault && def.exists() {
        found.default = Some(default_facts(def));
    }
    found
}

/// The one thing an ALTER DOMAIN does.
pub fn domain(node: View) -> Alteration {
    let def = node.get("def");
    let mut found = if def.is("Constraint") { constraint(def) } else { Alteration::default() };
    let command = match node.text("subtype") {
        Some("T") if def.exists() => "SET DEFAULT",
        Some("T") => "DROP DEFAULT",
        Some("N") => "DROP NOT NULL",
        Some("O") => "SET NOT NULL",
        Some("C") => "ADD CONSTRAINT",
        Some("X") => "DROP CONSTRAINT",
        Some("V") => "VALIDATE CONSTRAINT",
        _ => "ALTER DOMAIN",
    };
    found.command = command.into();
    found.guarded = node.flag("missing_ok");
    found.name = found.name.or_else(|| node.owned("name"));
    found
}

/// What CREATE TABLE, CREATE DOMAIN and CREATE TYPE ... AS ENUM define, in the words ALTER has for it.
pub fn definitions(node: View) -> ThinVec<Alteration> {
    let named = |command: &str| Alteration { command: command.into(), ..Alteration::default() };
    let elements = match node.kind() {
        "CreateStmt" => node.list("table_elts"),
        "CreateForeignTableStmt" => node.get("base_stmt").list("table_elts"),
        "CreateDomainStmt" => node.list("constraints"),
        "CreateEnumStmt" => node.list("vals"),
        _ => return ThinVec::new(),
    };
    elements
        .filter_map(|element| match element.kind() {
            "ColumnDef" => Some(Alteration { command: "ADD COLUMN".into(), ..column(element) }),
            "Constraint" if constraint_facts(element).is_some() => {
                Some(Alteration { command: "ADD CONSTRAINT".into(), ..constraint(element) })
            }
            "TableLikeClause" => Some(named("LIKE")),
            "String" => Some(Alteration { name: element.string().map(Into::into), ..named("ADD VALUE") }),
            _ => None,
        })
        .collect()
}

/// The index a CREATE INDEX builds.
pub fn index(node: View) -> Option<Box<IndexFacts>> {
    node.is("IndexStmt").then(|| {
        Box::new(IndexFacts {
            unique: node.flag("unique"),
            partial: node.is_set("where_clause"),
            columns: node.list_of("index_params", "IndexElem").map(|key| key.owned("name")).collect(),
        })
    })
}

fn column(def: View) -> Alteration {
    let mut found = Alteration {
        name: def.owned("colname"),
        type_name: type_name(def.get("type_name")).map(Into::into),
        not_null: def.flag("is_not_null"),
        offset: usize::try_from(def.number("location")).ok().filter(|offset| *offset > 0),
        ..Alteration::default()
    };
    for constraint in def.list_of("constraints", "Constraint") {
        match constraint_type(constraint) {
            ConstrType::ConstrNotnull => found.not_null = true,
            ConstrType::ConstrDefault => found.default = Some(default_facts(constraint.get("raw_expr"))),
            ConstrType::ConstrGenerated => {
                if constraint.text("generated_kind") == Some("v") {
                    // Computed when it is read: nothing is stored, and nothing is missing.
                    found.default = Some(DefaultFacts { constant: false, volatile: false });
                } else {
                    found.generated_stored = true;
                }
            }
            ConstrType::ConstrIdentity => found.identity = true,
            _ => found.constraints.extend(constraint_facts(constraint)),
        }
    }
    // A primary key makes its columns NOT NULL.
    found.not_null |= found.constraints.iter().any(|constraint| constraint.kind == "primary key");
    found
}

fn constraint(def: View) -> Alteration {
    Alteration {
        name: def.owned("conname"),
        constraints: constraint_facts(def).into_iter().collect(),
        offset: usize::try_from(def.number("location")).ok().filter(|offset| *offset > 0),
        ..Alteration::default()
    }
}

pub fn constraint_type(node: View) -> ConstrType {
    ConstrType::try_from(node.number("contype")).unwrap_or(ConstrType::Undefined)
}

/// The constraint a table has after it, if it is one.
pub fn constraint_facts(node: View) -> Option<ConstraintFacts> {
    let kind = match constraint_type(node) {
        ConstrType::ConstrPrimary => "primary key",
        ConstrType::ConstrUnique => "unique",
        ConstrType::ConstrForeign => "foreign key",
        ConstrType::ConstrCheck => "check",
        ConstrType::ConstrExclusion => "exclusion",
        ConstrType::ConstrNotnull => "not null",
        _ => return None,
    };
    let columns = if kind == "foreign key" { node.list("fk_attrs") } else { node.list("keys") };
    let table = node.get("pktable");
    let references = table.text("relname").map(|name| match table.text("schemaname") {
        Some(schema) => format_compact!("{schema}.{name}"),
        None => name.into(),
    });
    Some(ConstraintFacts {
        kind: kind.into(),
        name: node.owned("conname"),
        not_valid: node.flag("skip_validation"),
        using_index: node.text("indexname").is_some(),
        index: node.text("indexname").map(Into::into),
        columns: columns.filter_map(View::string).map(Into::into).collect(),
        references,
        never_null: if kind == "check" { never_null(node.get("raw_expr")) } else { ThinVec::new() },
    })
}

/// The columns that a condition keeps from being NULL: `c IS NOT NULL`, alone or among others that hold all.
fn never_null(condition: View) -> ThinVec<CompactString> {
    let mut found = ThinVec::new();
    let mut open = vec![condition];
    while let Some(node) = open.pop() {
        match node.kind() {
            "BoolExpr" if BoolExprType::try_from(node.number("boolop")) == Ok(BoolExprType::AndExpr) => {
                open.extend(node.list("args"));
            }
            "NullTest" if NullTestType::try_from(node.number("nulltesttype")) == Ok(NullTestType::IsNotNull) => {
                let fields = node.get("arg").get("fields").strings();
                found.extend(fields.last().filter(|_| fields.len() == 1).map(|name| (*name).into()));
            }
            _ => {}
        }
    }
    found
}

fn default_facts(expression: View) -> DefaultFacts {
    let mut inner = expression;
    while inner.is("TypeCast") {
        inner = inner.get("arg");
    }
    let volatile = expression
        .nodes()
        .filter(|node| node.is("FuncCall"))
        .any(|call| functions::may_be_volatile(&call.get("funcname").strings(), call.is_set("args")));
    DefaultFacts { constant: inner.is("AConst"), volatile }
}
