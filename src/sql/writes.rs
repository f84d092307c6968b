//! How much of a table an UPDATE or DELETE may reach at once, as far as its conditions tell.

use std::collections::BTreeSet;

use pg_query::protobuf::AExprKind;

use super::tree::View;

/// Whether nothing keeps the statement from reaching most of the table: no LIMIT, no range with two ends, no list of
/// values, no equality with a value. Equality with what the statement itself changes is no bound: the condition says
/// which rows are still to be done.
pub fn are_unbounded(root: View) -> bool {
    if !matches!(root.kind(), "UpdateStmt" | "DeleteStmt") {
        return false;
    }
    let changed: BTreeSet<&str> =
        root.list_of("target_list", "ResTarget").filter_map(|item| item.text("name")).collect();
    let (mut lower, mut upper) = (false, false);
    if root.nodes().any(|node| node.is("SelectStmt") && node.is_set("limit_count")) {
        return false;
    }
    for node in root.get("where_clause").nodes() {
        match node.kind() {
            "CurrentOfExpr" => return false,
            "AExpr" => {}
            _ => continue,
        }
        let (left, right) = (node.get("lexpr"), node.get("rexpr"));
        let Some(column) = [left, right].into_iter().find_map(column) else { continue };
        let with_a_value = [left, right].into_iter().filter_map(self::column).count() == 1;
        match (AExprKind::try_from(node.number("kind")), node.get("name").strings().last().copied()) {
            (Ok(AExprKind::AexprBetween | AExprKind::AexprBetweenSym), _) => return false,
            (Ok(AExprKind::AexprIn | AExprKind::AexprOpAny), Some("=")) if with_a_value => return false,
            (Ok(AExprKind::AexprOp), Some("=")) if with_a_value && !changed.contains(column) => return false,
            (Ok(AExprKind::AexprOp), Some("<" | "<=")) => upper = true,
            (Ok(AExprKind::AexprOp), Some(">" | ">=")) => lower = true,
            _ => {}
        }
    }
    !(lower && upper)
}

fn column(node: View<'_>) -> Option<&str> {
    if !node.is("ColumnRef") {
        return None;
    }
    node.get("fields").strings().last().copied()
}
