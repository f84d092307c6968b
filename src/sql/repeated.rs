//! A column that is named twice where the server takes it only once (42701 `duplicate_column`).

use std::collections::BTreeSet;

use super::tree::View;

/// The first such column.
pub fn column(root: View<'_>) -> Option<&str> {
    match root.kind() {
        "CreateStmt" => first(root.list_of("table_elts", "ColumnDef").filter_map(|item| item.text("colname"))),
        "CreateForeignTableStmt" => {
            first(root.get("base_stmt").list_of("table_elts", "ColumnDef").filter_map(|item| item.text("colname")))
        }
        "InsertStmt" => first(whole(root.list("cols"))),
        "UpdateStmt" => first(whole(root.list("target_list"))),
        "MergeStmt" => root.list("merge_when_clauses").find_map(|clause| first(whole(clause.list("target_list")))),
        "ViewStmt" => {
            let names = root.get("aliases").strings();
            let unnamed = outputs(root.get("query")).skip(names.len());
            first(names.iter().copied().chain(unnamed).collect::<Vec<_>>().into_iter())
        }
        "SelectStmt" if root.is_set("into_clause") => first(outputs(root)),
        "CreateTableAsStmt" if !root.get("into").is_set("col_names") => first(outputs(root.get("query"))),
        _ => None,
    }
}

fn first<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = BTreeSet::new();
    names.filter(|name| !name.is_empty()).find(|name| !seen.insert(*name))
}

/// Targets that are the whole column, not a field or an element of it.
fn whole<'a>(targets: impl Iterator<Item = View<'a>>) -> impl Iterator<Item = &'a str> {
    targets.filter(|target| !target.is_set("indirection")).filter_map(|target| target.text("name"))
}

/// The names of a query's columns, empty where only the server knows.
fn outputs(query: View<'_>) -> impl Iterator<Item = &str> {
    query.list_of("target_list", "ResTarget").map(|target| {
        let value = target.get("val");
        target.text("name").unwrap_or_else(|| match value.kind() {
            "ColumnRef" => value.list("fields").last().and_then(View::string).unwrap_or_default(),
            "AConst" => "?column?",
            _ => "",
        })
    })
}
