//! An inverse as a script.

use std::fmt::Write as _;

use super::{Inverse, Verdict};
use crate::catalog::Guard;

impl Inverse {
    /// The text of `rollback.sql`.
    pub fn script(&self) -> String {
        let mut text = String::from("-- Undoes the change, object by object, without CASCADE.\n");
        let verdict = match self.verdict {
            Verdict::Exact => "exact: the structure is as it was before",
            Verdict::Lossy => "lossy: the structure returns, with the losses named here",
            Verdict::Impossible => "impossible in part: what is named here stays as the change made it",
        };
        let _ = writeln!(text, "-- Verdict: {verdict}.");
        for part in &self.parts {
            if let Some(because) = &part.because {
                let _ = writeln!(text, "--   {}: {}", one_line(&part.name), one_line(because));
            }
        }
        for guard in &self.guards {
            let needs = match guard {
                Guard::TableEmpty { table } => format!("{table} holds no row"),
                Guard::ColumnUntouched { table, column, default } => match default {
                    Some(default) => format!("{table}.{column} holds only NULL or {default}"),
                    None => format!("{table}.{column} holds only NULL"),
                },
            };
            let _ = writeln!(
                text,
                "-- Run it only if {}, or nothing was written there since the change.",
                one_line(&needs)
            );
        }
        text.push_str("\nBEGIN;\n\n");
        for statement in &self.statements {
            text.push_str(statement);
            text.push_str(";\n\n");
        }
        text.push_str("COMMIT;\n");
        text
    }
}

/// A name may hold a line break: it must not end the comment.
fn one_line(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_name_cannot_leave_its_comment() {
        assert_eq!(one_line("a\nDROP TABLE b"), "a\\nDROP TABLE b");
    }
}
