//! A delta as a plain text tree.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Change, Delta, Form};
use crate::catalog::Key;

impl Delta {
    /// A tree for people: `+` created, `-` dropped, `~` altered, each under what it lies in.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let mut shown: Vec<&Key> = Vec::new();
        for change in &self.changes {
            let path: Vec<&Key> = change.within.iter().rev().collect();
            let common = shown.iter().zip(&path).take_while(|(a, b)| a == b).count();
            shown.truncate(common);
            for key in path.iter().skip(common) {
                let _ = writeln!(text, "{}  {}", "  ".repeat(shown.len()), clean(&key.to_string()));
                shown.push(key);
            }
            write_change(&mut text, shown.len(), change);
            shown.push(&change.key);
        }
        for same in &self.renamed {
            let _ = writeln!(text, "{} is now {}", clean(&same.name), clean(&same.now));
        }
        for (noun, tally) in self.counts.iter().filter(|(_, tally)| tally.by != 0) {
            let _ = writeln!(text, "{noun}: {} -> {} ({:+})", tally.before, tally.after, tally.by);
        }
        text
    }
}

fn write_change(text: &mut String, depth: usize, change: &Change) {
    let mark = match change.change {
        Form::Created => '+',
        Form::Dropped => '-',
        Form::Altered => '~',
    };
    let indent = "  ".repeat(depth);
    let _ = writeln!(text, "{indent}{mark} {}", clean(&change.name));
    for field in &change.fields {
        let _ = writeln!(text, "{indent}    {}: {} -> {}", field.field, short(&field.from), short(&field.to));
    }
}

/// JSON, which escapes what a terminal would act on.
fn short(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        other => clean(&other.to_string()),
    }
}

/// Names come from the database: nothing in them may steer a terminal.
fn clean(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let hidden = c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
            if hidden { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] }
        })
        .collect()
}
