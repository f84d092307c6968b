//! The parse tree as JSON, and small questions to it. Only this file and `parse.rs` know what a node looks like.

use serde_json::Value;

/// A node's kind and fields: `{"node": {"CreateStmt": {...}}}`.
pub fn node(value: &Value) -> Option<(&str, &Value)> {
    let (kind, fields) = value.get("node")?.as_object()?.iter().next()?;
    Some((kind, fields))
}

/// The fields of a node of this kind.
pub fn of_kind<'a>(value: &'a Value, kind: &str) -> Option<&'a Value> {
    node(value).filter(|(found, _)| *found == kind).map(|(_, fields)| fields)
}

pub fn text<'a>(fields: &'a Value, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str().filter(|text| !text.is_empty())
}

pub fn owned(fields: &Value, name: &str) -> Option<String> {
    text(fields, name).map(str::to_owned)
}

pub fn flag(fields: &Value, name: &str) -> bool {
    fields.get(name).and_then(Value::as_bool).unwrap_or(false)
}

pub fn number(fields: &Value, name: &str) -> i32 {
    fields.get(name).and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok()).unwrap_or(0)
}

pub fn list<'a>(fields: &'a Value, name: &str) -> &'a [Value] {
    fields.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub fn is_set(fields: &Value, name: &str) -> bool {
    fields.get(name).is_some_and(|value| !value.is_null())
}

/// The text of a String node.
pub fn string(value: &Value) -> Option<&str> {
    of_kind(value, "String")?.get("sval")?.as_str()
}

/// A list of String nodes, whether bare, in a List, in a TypeName or in an ObjectWithArgs.
pub fn strings(value: &Value) -> Vec<String> {
    if let Some(items) = value.as_array() {
        return items.iter().flat_map(strings).collect();
    }
    match node(value) {
        Some(("String", fields)) => text(fields, "sval").map(str::to_owned).into_iter().collect(),
        Some(("List", fields)) => list(fields, "items").iter().flat_map(strings).collect(),
        Some(("TypeName", fields)) => strings(&fields["names"]),
        Some(("ObjectWithArgs", fields)) => strings(&fields["objname"]),
        _ => Vec::new(),
    }
}

/// The last part of a name and the one before it.
pub fn qualified(mut parts: Vec<String>) -> Option<(Option<String>, String)> {
    let name = parts.pop()?;
    Some((parts.pop(), name))
}

/// The written form of a type, without modifiers: `pg_catalog.int4` reads `int4`.
pub fn type_name(fields: &Value) -> Option<String> {
    let mut names: Vec<String> = list(fields, "names").iter().filter_map(string).map(str::to_owned).collect();
    if names.first().is_some_and(|first| first == "pg_catalog") {
        names.remove(0);
    }
    let mut name = names.join(".");
    if name.is_empty() {
        return None;
    }
    let modifiers: Vec<String> = list(fields, "typmods")
        .iter()
        .filter_map(|value| of_kind(value, "AConst"))
        .filter_map(|constant| constant["val"]["Ival"]["ival"].as_i64())
        .map(|number| number.to_string())
        .collect();
    if !modifiers.is_empty() {
        name = format!("{name}({})", modifiers.join(","));
    }
    if !list(fields, "array_bounds").is_empty() {
        name.push_str("[]");
    }
    Some(name)
}

/// Visits every object of the tree with the name it stands under: deny by default means that nothing is skipped.
pub fn walk<'a>(value: &'a Value, under: &'a str, visit: &mut impl FnMut(&'a str, &'a Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, under, visit)),
        Value::Object(fields) => {
            visit(under, value);
            for (name, field) in fields {
                walk(field, name, visit);
            }
        }
        _ => {}
    }
}
