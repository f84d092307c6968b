//! The one door to libpg_query.

use pg_query::ParserOptions;
use serde_json::Value;

use super::SqlError;

/// A tree as deep as the parser delivers it needs this much, with room to spare.
const STACK: usize = 64 * 1024 * 1024;

thread_local! {
    /// Whether this thread has such a stack.
    static ROOM: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Runs something on a thread whose stack is deep enough for every tree. Whoever classifies many statements wraps
/// them once; `classify` does it for itself otherwise.
pub fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, SqlError> {
    if ROOM.get() {
        return Ok(work());
    }
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .name("pgwarrant-parse".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                ROOM.set(true);
                work()
            })
            .map_err(|error| SqlError::Thread { reason: error.to_string() })?;
        worker.join().map_err(|_| SqlError::Thread { reason: "it panicked".to_owned() })
    })
}

/// A parsed statement: the kind of its node, and its fields.
pub struct Parsed {
    pub kind: String,
    pub fields: Value,
    /// A string payload differs where `standard_conforming_strings` is off.
    pub backslash_strings: bool,
}

/// Parses exactly one statement, under both readings of strings.
pub fn parse(statement: &str) -> Result<Parsed, SqlError> {
    let tree = tree(statement, ParserOptions::DEFAULT)?;
    // Without a backslash both readings are the same.
    let mut backslash_strings = false;
    if statement.contains('\\') {
        let other = ParserOptions::DISABLE_STANDARD_CONFORMING_STRINGS | ParserOptions::DISABLE_ESCAPE_STRING_WARNING;
        backslash_strings = match self::tree(statement, other) {
            Ok(other) => match difference(&tree, &other) {
                Difference::None => false,
                Difference::Payload => true,
                Difference::Structure => return Err(SqlError::StringSyntax),
            },
            // Such a server would refuse the text, which is not what the attack is after.
            Err(SqlError::Unparsable { .. }) => true,
            Err(_) => return Err(SqlError::StringSyntax),
        };
    }
    let Value::Object(mut node) = tree else { return Err(SqlError::NoStatement) };
    let Some(Value::Object(node)) = node.remove("node") else { return Err(SqlError::NoStatement) };
    let Some((kind, fields)) = node.into_iter().next() else { return Err(SqlError::NoStatement) };
    Ok(Parsed { kind, fields, backslash_strings })
}

fn tree(statement: &str, options: ParserOptions) -> Result<Value, SqlError> {
    let result = pg_query::parse(statement, options).map_err(|error| match error {
        pg_query::Error::Decode(_) => SqlError::TooDeep,
        pg_query::Error::Parse(message) if is_depth(&message) => SqlError::TooDeep,
        pg_query::Error::Parse(message) => SqlError::Unparsable { message: clip(&message) },
        other => SqlError::Unparsable { message: clip(&other.to_string()) },
    })?;
    match result.protobuf.stmts.as_slice() {
        [] => Err(SqlError::NoStatement),
        [raw] => match &raw.stmt {
            Some(node) => {
                serde_json::to_value(node).map_err(|error| SqlError::Unparsable { message: clip(&error.to_string()) })
            }
            None => Err(SqlError::NoStatement),
        },
        several => Err(SqlError::SeveralStatements { count: several.len() }),
    }
}

fn is_depth(message: &str) -> bool {
    ["stack depth", "memory exhausted", "nested too deeply"].into_iter().any(|words| message.contains(words))
}

/// Parser messages repeat the input; a reader needs its beginning.
fn clip(message: &str) -> String {
    message.chars().take(200).collect()
}

enum Difference {
    None,
    Payload,
    Structure,
}

/// Compares two readings of one text: places do not count, payloads of strings count for themselves.
fn difference(one: &Value, other: &Value) -> Difference {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            if one.len() != other.len() {
                return Difference::Structure;
            }
            let mut found = Difference::None;
            for (name, value) in one {
                let Some(counterpart) = other.get(name) else { return Difference::Structure };
                if name == "location" || name.ends_with("_location") || name == "list_start" || name == "list_end" {
                    continue;
                }
                // The payload of a constant, a comment, or a function body.
                if matches!(name.as_str(), "sval" | "comment" | "label" | "filename") && value.is_string() {
                    if value != counterpart {
                        found = Difference::Payload;
                    }
                    continue;
                }
                match difference(value, counterpart) {
                    Difference::None => {}
                    Difference::Payload => found = Difference::Payload,
                    Difference::Structure => return Difference::Structure,
                }
            }
            found
        }
        (Value::Array(one), Value::Array(other)) => {
            if one.len() != other.len() {
                return Difference::Structure;
            }
            let mut found = Difference::None;
            for (value, counterpart) in one.iter().zip(other) {
                match difference(value, counterpart) {
                    Difference::None => {}
                    Difference::Payload => found = Difference::Payload,
                    Difference::Structure => return Difference::Structure,
                }
            }
            found
        }
        (one, other) if one == other => Difference::None,
        _ => Difference::Structure,
    }
}
