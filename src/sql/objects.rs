//! Which objects a statement creates, alters, drops or writes, as far as its own syntax says.

use compact_str::CompactString;
use pg_query::protobuf::ReindexObjectType;
use thin_vec::ThinVec;

use super::facts::{Action, ObjectUse};
use super::functions;
use super::tag::{kind_word, object_type};
use super::tree::{View, qualified};
use super::types::catalog_name;
use crate::base::quote_ident;

/// The objects that are the statement's own business. What it merely refers to is found by walking the tree.
pub fn objects(node: View) -> ThinVec<ObjectUse> {
    let mut found = Found(ThinVec::new());
    match node.kind() {
        "CreateStmt" => {
            found.relation(Action::Create, "table", node.get("relation"));
            // A partition or a child changes its parent too.
            for parent in node.list("inh_relations") {
                found.relation(Action::Alter, "table", parent);
            }
        }
        "CreateForeignTableStmt" => {
            found.relation(Action::Create, "foreign table", node.get("base_stmt").get("relation"));
        }
        "CreateTableAsStmt" => {
            let word = if object_type(node, "objtype") == "OBJECT_MATVIEW" { "materialized view" } else { "table" };
            found.relation(Action::Create, word, node.get("into").get("rel"));
        }
        "SelectStmt" if node.is_set("into_clause") => {
            found.relation(Action::Create, "table", node.get("into_clause").get("rel"));
        }
        "ViewStmt" => found.relation(Action::Create, "view", node.get("view")),
        "CreateSeqStmt" => found.relation(Action::Create, "sequence", node.get("sequence")),
        "AlterSeqStmt" => found.relation(Action::Alter, "sequence", node.get("sequence")),
        "CompositeTypeStmt" => found.relation(Action::Create, "type", node.get("typevar")),
        "CreateEnumStmt" | "CreateRangeStmt" => found.names(Action::Create, "type", node.get("type_name")),
        "AlterEnumStmt" | "AlterTypeStmt" => found.names(Action::Alter, "type", node.get("type_name")),
        "CreateDomainStmt" => found.names(Action::Create, "domain", node.get("domainname")),
        "AlterDomainStmt" => found.names(Action::Alter, "domain", node.get("type_name")),
        "CreateFunctionStmt" => {
            let word = if node.flag("is_procedure") { "procedure" } else { "function" };
            found.names(Action::Create, word, node.get("funcname"));
        }
        "AlterFunctionStmt" => {
            let word = kind_word(object_type(node, "objtype"));
            found.names(Action::Alter, &word, node.get("func").get("objname"));
        }
        "DefineStmt" => found.names(Action::Create, &kind_word(object_type(node, "kind")), node.get("defnames")),
        "CreateSchemaStmt" => found.schema(node),
        "IndexStmt" => found.index(node),
        "CreateTrigStmt" => {
            found.part(Action::Create, "trigger", node.get("relation"), node.text("trigname"));
            if !functions::is_system_trigger(&node.get("funcname").strings()) {
                found.names(Action::Reference, "function", node.get("funcname"));
            }
        }
        "CreatePolicyStmt" => found.part(Action::Create, "policy", node.get("table"), node.text("policy_name")),
        "AlterPolicyStmt" => found.part(Action::Alter, "policy", node.get("table"), node.text("policy_name")),
        "RuleStmt" => found.part(Action::Create, "rule", node.get("relation"), node.text("rulename")),
        "CreateStatsStmt" => found.names(Action::Create, "statistics", node.get("defnames")),
        "AlterStatsStmt" => found.names(Action::Alter, "statistics", node.get("defnames")),
        "AlterTableStmt" => found.alter_table(node),
        "RenameStmt" => found.rename(node),
        "AlterObjectSchemaStmt" => {
            found.stated(Action::Alter, object_type(node, "object_type"), node);
            if let Some(schema) = node.text("newschema") {
                found.global(Action::Alter, "schema", schema);
            }
        }
        "AlterOwnerStmt" | "AlterObjectDependsStmt" => {
            found.stated(Action::Alter, object_type(node, "object_type"), node);
        }
        "CommentStmt" | "SecLabelStmt" => {
            found.stated(Action::Alter, object_type(node, "objtype"), node);
        }
        "DropStmt" => found.drop(node),
        "TruncateStmt" => node.list("relations").for_each(|item| found.relation(Action::Write, "table", item)),
        "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt" => {
            found.relation(Action::Write, "relation", node.get("relation"));
        }
        "CopyStmt" if node.flag("is_from") => found.relation(Action::Write, "relation", node.get("relation")),
        "RefreshMatViewStmt" => found.relation(Action::Write, "materialized view", node.get("relation")),
        "LockStmt" => node.list("relations").for_each(|item| found.relation(Action::Reference, "table", item)),
        "ReindexStmt" if !node.is_set("relation") => found.reindex(node),
        "ReindexStmt" | "ClusterStmt" => found.relation(Action::Alter, "relation", node.get("relation")),
        "GrantStmt" => found.grant(node),
        "CreateExtensionStmt" => found.named(Action::Create, "extension", node, "extname"),
        "AlterExtensionStmt" | "AlterExtensionContentsStmt" => {
            found.named(Action::Alter, "extension", node, "extname");
        }
        "CreatedbStmt" => found.named(Action::Create, "database", node, "dbname"),
        "DropdbStmt" => found.named(Action::Drop, "database", node, "dbname"),
        "AlterDatabaseStmt" | "AlterDatabaseSetStmt" | "AlterDatabaseRefreshCollStmt" => {
            found.named(Action::Alter, "database", node, "dbname");
        }
        "AlterRoleSetStmt" => match (node.text("database"), role(node.get("role"))) {
            (Some(database), of) => found.push(Action::Alter, "setting", (None, database), Some(of.unwrap_or(PUBLIC))),
            (None, Some(name)) => found.global(Action::Alter, "role", name),
            (None, None) => {}
        },
        "CreateUserMappingStmt" => found.mapping(Action::Create, node),
        "AlterUserMappingStmt" => found.mapping(Action::Alter, node),
        "DropUserMappingStmt" => found.mapping(Action::Drop, node),
        "CreateCastStmt" => found.cast(Action::Create, node.get("sourcetype"), node.get("targettype")),
        "CreateTransformStmt" => found.transform(Action::Create, node.get("type_name"), node.text("lang")),
        "AlterDefaultPrivilegesStmt" => found.default_privileges(node),
        "CreateRoleStmt" => found.named(Action::Create, "role", node, "role"),
        "CreateEventTrigStmt" => found.named(Action::Create, "event trigger", node, "trigname"),
        "AlterEventTrigStmt" => found.named(Action::Alter, "event trigger", node, "trigname"),
        "CreatePublicationStmt" => found.named(Action::Create, "publication", node, "pubname"),
        "AlterPublicationStmt" => found.named(Action::Alter, "publication", node, "pubname"),
        "CreateSubscriptionStmt" => found.named(Action::Create, "subscription", node, "subname"),
        "AlterSubscriptionStmt" => found.named(Action::Alter, "subscription", node, "subname"),
        "DropSubscriptionStmt" => found.named(Action::Drop, "subscription", node, "subname"),
        "CreateFdwStmt" => found.named(Action::Create, "foreign data wrapper", node, "fdwname"),
        "AlterFdwStmt" => found.named(Action::Alter, "foreign data wrapper", node, "fdwname"),
        "CreateForeignServerStmt" => found.named(Action::Create, "server", node, "servername"),
        "AlterForeignServerStmt" => found.named(Action::Alter, "server", node, "servername"),
        "CreatePLangStmt" => found.named(Action::Create, "language", node, "plname"),
        "CreateAmStmt" => found.named(Action::Create, "access method", node, "amname"),
        "CreateTableSpaceStmt" => found.named(Action::Create, "tablespace", node, "tablespacename"),
        "DropTableSpaceStmt" => found.named(Action::Drop, "tablespace", node, "tablespacename"),
        "CreateConversionStmt" => found.names(Action::Create, "conversion", node.get("conversion_name")),
        "CreateOpClassStmt" => found.names(Action::Create, "operator class", node.get("opclassname")),
        "CreateOpFamilyStmt" => found.names(Action::Create, "operator family", node.get("opfamilyname")),
        "AlterOpFamilyStmt" => found.names(Action::Alter, "operator family", node.get("opfamilyname")),
        "AlterOperatorStmt" => found.names(Action::Alter, "operator", node.get("opername").get("objname")),
        "AlterCollationStmt" => found.names(Action::Alter, "collation", node.get("collname")),
        "AlterTsDictionaryStmt" => found.names(Action::Alter, "text search dictionary", node.get("dictname")),
        "AlterTsConfigurationStmt" => found.names(Action::Alter, "text search configuration", node.get("cfgname")),
        _ => {}
    }
    found.0
}

/// Everybody, where a role could stand.
const PUBLIC: &str = "PUBLIC";

/// A role by its name; none for CURRENT_USER and its like.
fn role(spec: View<'_>) -> Option<&str> {
    // RoleSpecType of the server's parsenodes.h, counted from 1: 5 is PUBLIC.
    if spec.number("roletype") == 5 { Some(PUBLIC) } else { spec.text("rolename") }
}

struct Found(ThinVec<ObjectUse>);

impl Found {
    fn push(&mut self, action: Action, kind: &str, name: (Option<&str>, &str), column: Option<&str>) {
        self.0.push(ObjectUse {
            action,
            kind: kind.into(),
            schema: name.0.map(CompactString::new),
            name: name.1.into(),
            column: column.map(CompactString::new),
        });
    }

    fn global(&mut self, action: Action, kind: &str, name: &str) {
        self.push(action, kind, (None, name), None);
    }

    fn named(&mut self, action: Action, kind: &str, node: View, field: &str) {
        if let Some(name) = node.text(field) {
            self.global(action, kind, name);
        }
    }

    fn relation(&mut self, action: Action, kind: &str, range_var: View) {
        self.part(action, kind, range_var, None);
    }

    fn part(&mut self, action: Action, kind: &str, range_var: View, column: Option<&str>) {
        if let Some(name) = range_var.text("relname") {
            self.push(action, kind, (range_var.text("schemaname"), name), column);
        }
    }

    fn names(&mut self, action: Action, kind: &str, value: View) {
        self.qualified(action, kind, &value.strings());
    }

    fn qualified(&mut self, action: Action, kind: &str, parts: &[&str]) {
        if let Some(name) = qualified(parts) {
            self.push(action, kind, name, None);
        }
    }

    /// The elements of a CREATE SCHEMA are statements themselves.
    fn schema(&mut self, node: View) {
        let Some(name) = node.text("schemaname").or_else(|| node.get("authrole").text("rolename")) else { return };
        self.global(Action::Create, "schema", name);
        for element in node.list("schema_elts") {
            for mut object in objects(element) {
                object.schema = object.schema.or_else(|| Some(name.into()));
                self.0.push(object);
            }
        }
    }

    /// REINDEX SYSTEM is about no object that users made.
    fn reindex(&mut self, node: View) {
        let kind = match ReindexObjectType::try_from(node.number("kind")) {
            Ok(ReindexObjectType::ReindexObjectSchema) => "schema",
            Ok(ReindexObjectType::ReindexObjectDatabase) => "database",
            _ => return,
        };
        // REINDEX DATABASE means the current one, where it names none.
        self.global(Action::Alter, kind, node.text("name").unwrap_or_default());
    }

    /// An index lies in its table's schema.
    fn index(&mut self, node: View) {
        let table = node.get("relation");
        let name = node.text("idxname").unwrap_or_default();
        self.push(Action::Create, "index", (table.text("schemaname"), name), None);
        self.relation(Action::Alter, "table", table);
    }

    fn alter_table(&mut self, node: View) {
        let kind = kind_word(object_type(node, "objtype"));
        let table = node.get("relation");
        self.relation(Action::Alter, &kind, table);
        for command in node.list_of("cmds", "AlterTableCmd") {
            let def = command.get("def");
            match def.kind() {
                "PartitionCmd" => self.relation(Action::Alter, "table", def.get("name")),
                "RangeVar" => self.relation(Action::Alter, "table", def),
                _ => {}
            }
            let Some((action, part, name)) = super::alter::part(command) else { continue };
            self.part(action, part, table, name);
        }
    }

    fn rename(&mut self, node: View) {
        let object = object_type(node, "rename_type");
        let new = node.text("newname");
        match object {
            "OBJECT_COLUMN"
            | "OBJECT_ATTRIBUTE"
            | "OBJECT_TABCONSTRAINT"
            | "OBJECT_TRIGGER"
            | "OBJECT_RULE"
            | "OBJECT_POLICY" => {
                let table = node.get("relation");
                self.relation(Action::Alter, "table", table);
                let kind = if object == "OBJECT_ATTRIBUTE" { "column".to_owned() } else { kind_word(object) };
                self.part(Action::Drop, &kind, table, node.text("subname"));
                self.part(Action::Create, &kind, table, new);
            }
            _ => {
                let before = self.0.len();
                self.stated(Action::Drop, object, node);
                if let (Some(old), Some(new)) = (self.0.get(before).cloned(), new) {
                    self.push(Action::Create, &old.kind, (old.schema.as_deref(), new), None);
                }
            }
        }
    }

    /// What COMMENT ON, ALTER ... OWNER, SET SCHEMA and RENAME name.
    fn stated(&mut self, action: Action, object: &str, node: View) {
        let relation = node.get("relation");
        if relation.exists() {
            self.relation(action, &kind_word(object), relation);
        } else {
            self.object(action, object, node.get("object"), node.text("subname"));
        }
    }

    fn object(&mut self, action: Action, object: &str, named: View, otherwise: Option<&str>) {
        let parts = named.strings();
        let kind = kind_word(object);
        match object {
            "OBJECT_SCHEMA"
            | "OBJECT_DATABASE"
            | "OBJECT_ROLE"
            | "OBJECT_EXTENSION"
            | "OBJECT_LANGUAGE"
            | "OBJECT_TABLESPACE"
            | "OBJECT_EVENT_TRIGGER"
            | "OBJECT_FDW"
            | "OBJECT_FOREIGN_SERVER"
            | "OBJECT_PUBLICATION"
            | "OBJECT_SUBSCRIPTION"
            | "OBJECT_ACCESS_METHOD" => {
                if let Some(name) = parts.last().copied().or(otherwise) {
                    self.global(action, &kind, name);
                }
            }
            "OBJECT_COLUMN" | "OBJECT_TABCONSTRAINT" | "OBJECT_TRIGGER" | "OBJECT_RULE" | "OBJECT_POLICY" => {
                if let Some((column, of)) = parts.split_last()
                    && let Some(name) = qualified(of)
                {
                    self.push(action, &kind, name, Some(column));
                }
            }
            "OBJECT_DOMCONSTRAINT" => {
                let column = named.list("items").last().and_then(View::string);
                let domain = named.list("items").next().map(View::strings).unwrap_or_default();
                if let Some(name) = qualified(&domain) {
                    self.push(action, "constraint", name, column);
                }
            }
            // The access method stands first.
            "OBJECT_OPCLASS" | "OBJECT_OPFAMILY" => {
                self.qualified(action, &kind, parts.get(1..).unwrap_or_default());
            }
            "OBJECT_CAST" => {
                let mut types = named.list("items");
                if let (Some(source), Some(target)) = (types.next(), types.next()) {
                    self.cast(action, source, target);
                }
            }
            "OBJECT_TRANSFORM" => {
                let mut items = named.list("items");
                if let Some(of) = items.next() {
                    self.transform(action, of, items.next().and_then(View::string));
                }
            }
            // Its oid, which may be larger than an integer.
            "OBJECT_LARGEOBJECT" => {
                let oid = named.text("fval").map_or_else(|| named.number("ival").to_string(), str::to_owned);
                self.global(action, &kind, &oid);
            }
            _ => self.qualified(action, &kind, &parts),
        }
    }

    /// What lies in a server, under the name of a role.
    fn mapping(&mut self, action: Action, node: View) {
        if let Some(server) = node.text("servername") {
            self.push(action, "user mapping", (None, server), role(node.get("user")));
        }
    }

    fn cast(&mut self, action: Action, source: View, target: View) {
        if let (Some(source), Some(target)) = (catalog_name(source), catalog_name(target)) {
            self.global(action, "cast", &format!("({source} AS {target})"));
        }
    }

    fn transform(&mut self, action: Action, of: View, language: Option<&str>) {
        if let (Some(of), Some(language)) = (catalog_name(of), language) {
            self.global(action, "transform", &format!("FOR {of} LANGUAGE {}", quote_ident(language)));
        }
    }

    /// One for each schema and role: what new objects of the role are granted there.
    fn default_privileges(&mut self, node: View) {
        let objects = match object_type(node.get("action"), "objtype") {
            "OBJECT_TABLE" => "tables",
            "OBJECT_SEQUENCE" => "sequences",
            "OBJECT_FUNCTION" => "functions",
            "OBJECT_TYPE" => "types",
            "OBJECT_SCHEMA" => "schemas",
            _ => "large objects",
        };
        let option = |name: &str| {
            let found = node.list_of("options", "DefElem").find(|option| option.text("defname") == Some(name));
            found.map(|option| option.get("arg").list("items").collect::<Vec<_>>()).unwrap_or_default()
        };
        let roles: Vec<Option<&str>> = match option("roles") {
            // Those of whoever runs it.
            roles if roles.is_empty() => vec![None],
            roles => roles.into_iter().map(role).collect(),
        };
        let schemas: Vec<Option<&str>> = match option("schemas") {
            schemas if schemas.is_empty() => vec![None],
            schemas => schemas.into_iter().map(View::string).collect(),
        };
        for schema in &schemas {
            for role in &roles {
                self.push(Action::Alter, "default privilege", (*schema, objects), *role);
            }
        }
    }

    fn drop(&mut self, node: View) {
        let object = object_type(node, "remove_type");
        for item in node.list("objects") {
            self.object(Action::Drop, object, item, None);
        }
    }

    fn grant(&mut self, node: View) {
        let object = object_type(node, "objtype");
        let all_in_schema = node.number("targtype") == 2;
        for item in node.list("objects") {
            if all_in_schema {
                if let Some(name) = item.string() {
                    self.global(Action::Alter, "schema", name);
                }
            } else if item.is("RangeVar") {
                self.relation(Action::Alter, &kind_word(object), item);
            } else {
                self.object(Action::Alter, object, item, None);
            }
        }
    }
}
