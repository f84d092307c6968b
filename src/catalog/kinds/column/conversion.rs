//! What becomes of values when a column gets another type.

/// A cast that PostgreSQL has between these types, or the way over text that it has between any two.
pub(super) fn cast(from: &str, to: &str) -> String {
    const NUMBERS: [&str; 6] = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];
    const TEXTS: [&str; 4] = ["text", "character", "character varying", "bpchar"];
    const TIMES: [&str; 4] = ["date", "timestamp", "time", "interval"];
    let base = |name: &str| name.split('(').next().unwrap_or_default().trim().to_owned();
    let one_of = |list: &[&str], name: &str| list.contains(&base(name).as_str());
    let timed = |name: &str| TIMES.iter().any(|time| name.starts_with(time)) && !name.ends_with("[]");
    if one_of(&TEXTS, from) && one_of(&TEXTS, to) {
        // Assigned, a text that is too long is refused; a cast would cut it.
        return String::new();
    }
    let direct = from == to
        || base(from) == base(to)
        || one_of(&TEXTS, from)
        || one_of(&TEXTS, to)
        || (one_of(&NUMBERS, from) && one_of(&NUMBERS, to))
        || (timed(from) && timed(to))
        || matches!((from, to), ("boolean", "integer") | ("integer", "boolean"));
    if direct { format!("::{to}") } else { format!("::text::{to}") }
}

/// Whether a value that does not fit is an error, and not made to fit.
pub(super) fn refuses(from: &str, to: &str) -> bool {
    let whole = |name: &str| matches!(name, "smallint" | "integer" | "bigint");
    let text = |name: &str| name == "text" || name.starts_with("character varying");
    (whole(from) && whole(to)) || (text(from) && text(to))
}

/// Whether every value of the first type has its like in the second, and comes back from it unchanged.
pub(super) fn widens(from: &str, to: &str) -> bool {
    let whole = ["smallint", "integer", "bigint", "numeric"];
    let rank = |name: &str| whole.iter().position(|known| *known == name);
    if let (Some(a), Some(b)) = (rank(from), rank(to)) {
        return a <= b;
    }
    let text = |name: &str| -> Option<u64> {
        if name == "text" || name == "character varying" {
            return Some(u64::MAX);
        }
        name.strip_prefix("character varying(")?.strip_suffix(')')?.parse().ok()
    };
    match (text(from), text(to)) {
        (Some(a), Some(b)) => a <= b,
        _ => (from, to) == ("real", "double precision"),
    }
}

#[cfg(test)]
mod tests {
    use super::widens;

    #[test]
    fn widening_loses_nothing() {
        for (from, to) in [("integer", "bigint"), ("character varying(5)", "text"), ("real", "double precision")] {
            assert!(widens(from, to), "{from} to {to}");
            assert!(!widens(to, from), "{to} to {from}");
        }
        assert!(!widens("text", "integer"));
        assert!(widens("character varying(5)", "character varying(9)"));
    }
}
