//! Which objects a statement creates, alters, drops or writes, as far as its own syntax says.

use serde_json::Value;

use super::facts::{Action, ObjectUse};
use super::functions;
use super::tag::{kind_word, object_type};
use super::tree::{flag, is_set, list, of_kind, owned, qualified, string, strings, text};

/// The objects that are the statement's own business. What it merely refers to is found by walking the tree.
pub fn objects(kind: &str, fields: &Value) -> Vec<ObjectUse> {
    let mut found = Found(Vec::new());
    match kind {
        "CreateStmt" => {
            found.relation(Action::Create, "table", &fields["relation"]);
            // A partition or a child changes its parent too.
            for parent in list(fields, "inh_relations") {
                found.node(Action::Alter, "table", parent);
            }
        }
        "CreateForeignTableStmt" => found.relation(Action::Create, "foreign table", &fields["base_stmt"]["relation"]),
        "CreateTableAsStmt" => {
            let word = if object_type(fields, "objtype") == "OBJECT_MATVIEW" { "materialized view" } else { "table" };
            found.relation(Action::Create, word, &fields["into"]["rel"]);
        }
        "SelectStmt" if is_set(fields, "into_clause") => {
            found.relation(Action::Create, "table", &fields["into_clause"]["rel"]);
        }
        "ViewStmt" => found.relation(Action::Create, "view", &fields["view"]),
        "CreateSeqStmt" => found.relation(Action::Create, "sequence", &fields["sequence"]),
        "AlterSeqStmt" => found.relation(Action::Alter, "sequence", &fields["sequence"]),
        "CompositeTypeStmt" => found.relation(Action::Create, "type", &fields["typevar"]),
        "CreateEnumStmt" | "CreateRangeStmt" => found.names(Action::Create, "type", &fields["type_name"]),
        "AlterEnumStmt" | "AlterTypeStmt" => found.names(Action::Alter, "type", &fields["type_name"]),
        "CreateDomainStmt" => found.names(Action::Create, "domain", &fields["domainname"]),
        "AlterDomainStmt" => found.names(Action::Alter, "domain", &fields["type_name"]),
        "CreateFunctionStmt" => {
            let word = if flag(fields, "is_procedure") { "procedure" } else { "function" };
            found.names(Action::Create, word, &fields["funcname"]);
        }
        "AlterFunctionStmt" => {
            let word = kind_word(object_type(fields, "objtype"));
            found.names(Action::Alter, &word, &fields["func"]["objname"]);
        }
        "DefineStmt" => found.names(Action::Create, &kind_word(object_type(fields, "kind")), &fields["defnames"]),
        "CreateSchemaStmt" => found.schema(fields),
        "IndexStmt" => found.index(fields),
        "CreateTrigStmt" => {
            found.part(Action::Create, "trigger", &fields["relation"], owned(fields, "trigname"));
            if !functions::is_system_trigger(&strings(&fields["funcname"])) {
                found.names(Action::Reference, "function", &fields["funcname"]);
            }
        }
        "CreatePolicyStmt" => found.part(Action::Create, "policy", &fields["table"], owned(fields, "policy_name")),
        "AlterPolicyStmt" => found.part(Action::Alter, "policy", &fields["table"], owned(fields, "policy_name")),
        "RuleStmt" => found.part(Action::Create, "rule", &fields["relation"], owned(fields, "rulename")),
        "CreateStatsStmt" => found.names(Action::Create, "statistics", &fields["defnames"]),
        "AlterStatsStmt" => found.names(Action::Alter, "statistics", &fields["defnames"]),
        "AlterTableStmt" => found.alter_table(fields),
        "RenameStmt" => found.rename(fields),
        "AlterObjectSchemaStmt" => {
            found.object(Action::Alter, object_type(fields, "object_type"), fields, "object");
            if let Some(schema) = text(fields, "newschema") {
                found.global(Action::Alter, "schema", schema);
            }
        }
        "AlterOwnerStmt" | "AlterObjectDependsStmt" => {
            found.object(Action::Alter, object_type(fields, "object_type"), fields, "object");
        }
        "CommentStmt" | "SecLabelStmt" => {
            found.object(Action::Alter, object_type(fields, "objtype"), fields, "object");
        }
        "DropStmt" => found.drop(fields),
        "TruncateStmt" => list(fields, "relations").iter().for_each(|item| found.node(Action::Write, "table", item)),
        "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt" => {
            found.relation(Action::Write, "relation", &fields["relation"]);
        }
        "CopyStmt" if flag(fields, "is_from") => found.relation(Action::Write, "relation", &fields["relation"]),
        "RefreshMatViewStmt" => found.relation(Action::Write, "materialized view", &fields["relation"]),
        "LockStmt" => list(fields, "relations").iter().for_each(|item| found.node(Action::Reference, "table", item)),
        "ReindexStmt" | "ClusterStmt" => found.relation(Action::Alter, "relation", &fields["relation"]),
        "GrantStmt" => found.grant(fields),
        "CreateExtensionStmt" => found.named(Action::Create, "extension", fields, "extname"),
        "AlterExtensionStmt" | "AlterExtensionContentsStmt" => {
            found.named(Action::Alter, "extension", fields, "extname");
        }
        "CreatedbStmt" => found.named(Action::Create, "database", fields, "dbname"),
        "DropdbStmt" => found.named(Action::Drop, "database", fields, "dbname"),
        "AlterDatabaseStmt" | "AlterDatabaseSetStmt" | "AlterDatabaseRefreshCollStmt" => {
            found.named(Action::Alter, "database", fields, "dbname");
        }
        "CreateRoleStmt" => found.named(Action::Create, "role", fields, "role"),
        "CreateEventTrigStmt" => found.named(Action::Create, "event trigger", fields, "trigname"),
        "AlterEventTrigStmt" => found.named(Action::Alter, "event trigger", fields, "trigname"),
        "CreatePublicationStmt" => found.named(Action::Create, "publication", fields, "pubname"),
        "AlterPublicationStmt" => found.named(Action::Alter, "publication", fields, "pubname"),
        "CreateSubscriptionStmt" => found.named(Action::Create, "subscription", fields, "subname"),
        "AlterSubscriptionStmt" => found.named(Action::Alter, "subscription", fields, "subname"),
        "DropSubscriptionStmt" => found.named(Action::Drop, "subscription", fields, "subname"),
        "CreateFdwStmt" => found.named(Action::Create, "foreign data wrapper", fields, "fdwname"),
        "AlterFdwStmt" => found.named(Action::Alter, "foreign data wrapper", fields, "fdwname"),
        "CreateForeignServerStmt" => found.named(Action::Create, "server", fields, "servername"),
        "AlterForeignServerStmt" => found.named(Action::Alter, "server", fields, "servername"),
        "CreatePlangStmt" => found.named(Action::Create, "language", fields, "plname"),
        "CreateAmStmt" => found.named(Action::Create, "access method", fields, "amname"),
        "CreateTableSpaceStmt" => found.named(Action::Create, "tablespace", fields, "tablespacename"),
        "DropTableSpaceStmt" => found.named(Action::Drop, "tablespace", fields, "tablespacename"),
        "CreateConversionStmt" => found.names(Action::Create, "conversion", &fields["conversion_name"]),
        "CreateOpClassStmt" => found.names(Action::Create, "operator class", &fields["opclassname"]),
        "CreateOpFamilyStmt" => found.names(Action::Create, "operator family", &fields["opfamilyname"]),
        "AlterOpFamilyStmt" => found.names(Action::Alter, "operator family", &fields["opfamilyname"]),
        "AlterOperatorStmt" => found.names(Action::Alter, "operator", &fields["opername"]["objname"]),
        "AlterCollationStmt" => found.names(Action::Alter, "collation", &fields["collname"]),
        "AlterTsdictionaryStmt" => found.names(Action::Alter, "text search dictionary", &fields["dictname"]),
        "AlterTsconfigurationStmt" => found.names(Action::Alter, "text search configuration", &fields["cfgname"]),
        _ => {}
    }
    found.0
}

struct Found(Vec<ObjectUse>);

impl Found {
    fn push(&mut self, action: Action, kind: &str, schema: Option<String>, name: String, column: Option<String>) {
        self.0.push(ObjectUse { action, kind: kind.to_owned(), schema, name, column });
    }

    fn global(&mut self, action: Action, kind: &str, name: &str) {
        self.push(action, kind, None, name.to_owned(), None);
    }

    fn named(&mut self, action: Action, kind: &str, fields: &Value, field: &str) {
        if let Some(name) = text(fields, field) {
            self.global(action, kind, name);
        }
    }

    fn relation(&mut self, action: Action, kind: &str, range_var: &Value) {
        self.part(action, kind, range_var, None);
    }

    fn part(&mut self, action: Action, kind: &str, range_var: &Value, column: Option<String>) {
        if let Some(name) = owned(range_var, "relname") {
            self.push(action, kind, owned(range_var, "schemaname"), name, column);
        }
    }

    fn node(&mut self, action: Action, kind: &str, value: &Value) {
        if let Some(range_var) = of_kind(value, "RangeVar") {
            self.relation(action, kind, range_var);
        }
    }

    fn names(&mut self, action: Action, kind: &str, value: &Value) {
        if let Some((schema, name)) = qualified(strings(value)) {
            self.push(action, kind, schema, name, None);
        }
    }

    /// The elements of a CREATE SCHEMA are statements themselves.
    fn schema(&mut self, fields: &Value) {
        let name = owned(fields, "schemaname").or_else(|| owned(&fields["authrole"], "rolename"));
        let Some(name) = name else { return };
        self.global(Action::Create, "schema", &name);
        for element in list(fields, "schema_elts") {
            if let Some((kind, inner)) = super::tree::node(element) {
                for mut object in objects(kind, inner) {
                    object.schema = object.schema.or_else(|| Some(name.clone()));
                    self.0.push(object);
                }
            }
        }
    }

    /// An index lies in its table's schema.
    fn index(&mut self, fields: &Value) {
        let table = &fields["relation"];
        let name = owned(fields, "idxname").unwrap_or_default();
        self.push(Action::Create, "index", owned(table, "schemaname"), name, None);
        self.relation(Action::Alter, "table", table);
    }

    fn alter_table(&mut self, fields: &Value) {
        let kind = kind_word(object_type(fields, "objtype"));
        self.relation(Action::Alter, &kind, &fields["relation"]);
        for command in list(fields, "cmds").iter().filter_map(|item| of_kind(item, "AlterTableCmd")) {
            if let Some(partition) = of_kind(&command["def"], "PartitionCmd") {
                self.relation(Action::Alter, "table", &partition["name"]);
            }
            self.node(Action::Alter, "table", &command["def"]);
            let Some((action, part, name)) = super::alter::part(command) else { continue };
            self.part(action, part, &fields["relation"], name);
        }
    }

    fn rename(&mut self, fields: &Value) {
        let object = object_type(fields, "rename_type");
        let new = owned(fields, "newname");
        match object {
            "OBJECT_COLUMN"
            | "OBJECT_ATTRIBUTE"
            | "OBJECT_TABCONSTRAINT"
            | "OBJECT_TRIGGER"
            | "OBJECT_RULE"
            | "OBJECT_POLICY" => {
                self.relation(Action::Alter, "table", &fields["relation"]);
                let kind = if object == "OBJECT_ATTRIBUTE" { "column".to_owned() } else { kind_word(object) };
                self.part(Action::Drop, &kind, &fields["relation"], owned(fields, "subname"));
                self.part(Action::Create, &kind, &fields["relation"], new);
            }
            _ => {
                let before = self.0.len();
                self.object(Action::Drop, object, fields, "object");
                if let (Some(old), Some(new)) = (self.0.get(before).cloned(), new) {
                    self.push(Action::Create, &old.kind, old.schema, new, None);
                }
            }
        }
    }

    /// What COMMENT ON, ALTER ... OWNER, SET SCHEMA and RENAME name.
    fn object(&mut self, action: Action, object: &str, fields: &Value, field: &str) {
        if is_set(fields, "relation") {
            self.relation(action, &kind_word(object), &fields["relation"]);
            return;
        }
        let mut parts = strings(&fields[field]);
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
                let name = parts.pop().or_else(|| owned(fields, "subname"));
                if let Some(name) = name {
                    self.global(action, &kind_word(object), &name);
                }
            }
            "OBJECT_COLUMN" | "OBJECT_TABCONSTRAINT" | "OBJECT_TRIGGER" | "OBJECT_RULE" | "OBJECT_POLICY" => {
                let column = parts.pop();
                if let Some((schema, name)) = qualified(parts) {
                    self.push(action, &kind_word(object), schema, name, column);
                }
            }
            "OBJECT_DOMCONSTRAINT" => {
                let items = of_kind(&fields[field], "List").map(|found| list(found, "items")).unwrap_or_default();
                let column = items.last().and_then(string).map(str::to_owned);
                if let Some((schema, name)) = items.first().and_then(|item| qualified(strings(item))) {
                    self.push(action, "constraint", schema, name, column);
                }
            }
            "OBJECT_OPCLASS" | "OBJECT_OPFAMILY" => {
                parts.remove(0);
                if let Some((schema, name)) = qualified(parts) {
                    self.push(action, &kind_word(object), schema, name, None);
                }
            }
            "OBJECT_CAST" | "OBJECT_TRANSFORM" | "OBJECT_LARGEOBJECT" => {
                self.global(action, &kind_word(object), &parts.join("."));
            }
            _ => {
                if let Some((schema, name)) = qualified(parts) {
                    self.push(action, &kind_word(object), schema, name, None);
                }
            }
        }
    }

    fn drop(&mut self, fields: &Value) {
        let object = object_type(fields, "remove_type");
        for item in list(fields, "objects") {
            let wrapped = serde_json::json!({ "object": item });
            self.object(Action::Drop, object, &wrapped, "object");
        }
    }

    fn grant(&mut self, fields: &Value) {
        let object = object_type(fields, "objtype");
        let all_in_schema = super::tree::number(fields, "targtype") == 2;
        for item in list(fields, "objects") {
            if all_in_schema {
                if let Some(name) = string(item) {
                    self.global(Action::Alter, "schema", name);
                }
            } else if let Some(range_var) = of_kind(item, "RangeVar") {
                self.relation(Action::Alter, &kind_word(object), range_var);
            } else {
                let wrapped = serde_json::json!({ "object": item });
                self.object(Action::Alter, object, &wrapped, "object");
            }
        }
    }
}
