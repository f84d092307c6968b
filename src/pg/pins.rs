//! Settings that change how the server reads or executes the frozen bytes. They are given at start-up, where they beat
//! role and database defaults, and read back before anything relies on them.

use super::PgError;
use crate::base::ServerVersion;

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Reads the catalog; cannot write.
    Look,
    /// Executes the change.
    Change,
}

/// A setting, its pinned value, and whether we may set it (a superuser-only one is only read back).
struct Pin {
    name: &'static str,
    value: &'static str,
    since: u32,
    set: bool,
}

const fn pin(name: &'static str, value: &'static str) -> Pin {
    Pin { name, value, since: 14, set: true }
}

const fn read_back(name: &'static str, value: &'static str, since: u32) -> Pin {
    Pin { name, value, since, set: false }
}

/// `search_path` holds `pg_catalog` alone, so that no object of the target can stand in for a built-in one and every
/// name the server deparses comes out qualified. `TimeZone` and the styles make literals mean one thing everywhere.
const PINS: &[Pin] = &[
    pin("standard_conforming_strings", "on"),
    pin("search_path", "pg_catalog"),
    pin("backslash_quote", "safe_encoding"),
    pin("array_nulls", "on"),
    pin("transform_null_equals", "off"),
    pin("quote_all_identifiers", "off"),
    pin("row_security", "on"),
    pin("check_function_bodies", "on"),
    pin("default_tablespace", ""),
    pin("default_table_access_method", "heap"),
    pin("default_transaction_deferrable", "off"),
    pin("synchronous_commit", "on"),
    pin("xmloption", "content"),
    pin("xmlbinary", "base64"),
    pin("timezone_abbreviations", "Default"),
    pin("DateStyle", "ISO, MDY"),
    pin("IntervalStyle", "postgres"),
    pin("TimeZone", "UTC"),
    pin("bytea_output", "hex"),
    pin("extra_float_digits", "1"),
    read_back("session_replication_role", "origin", 14),
    read_back("allow_system_table_mods", "off", 14),
    read_back("ignore_checksum_failure", "off", 14),
    read_back("zero_damaged_pages", "off", 14),
    // Without it the server counts no rows, and row effects would be hidden.
    read_back("track_counts", "on", 14),
    read_back("client_encoding", "UTF8", 14),
    read_back("server_encoding", "UTF8", 14),
    read_back("event_triggers", "on", 17),
];

/// The `options` start-up parameter: what the user asked for first, then the pins, which therefore win.
pub fn options(asked: Option<&str>, purpose: Purpose, statement_timeout_ms: u64, lock_timeout_ms: u64) -> String {
    let mut text = asked.map(|asked| format!("{asked} ")).unwrap_or_default();
    let mut add = |name: &str, value: &str| {
        text.push_str("-c ");
        text.push_str(name);
        text.push('=');
        text.push_str(&value.replace('\\', "\\\\").replace(' ', "\\ "));
        text.push(' ');
    };
    for pin in PINS.iter().filter(|pin| pin.set) {
        add(pin.name, pin.value);
    }
    add("default_transaction_read_only", if purpose == Purpose::Look { "on" } else { "off" });
    add("default_transaction_isolation", "repeatable read");
    add("statement_timeout", &statement_timeout_ms.to_string());
    add("lock_timeout", &lock_timeout_ms.to_string());
    add("idle_in_transaction_session_timeout", "600000");
    text.trim_end().to_owned()
}

/// Reads the pins back, as one list for `compare`. Each by itself, because the view of all settings is slow to ask.
pub fn asking() -> String {
    let each: Vec<String> =
        PINS.iter().map(|pin| format!("pg_catalog.current_setting('{}', true)", pin.name)).collect();
    format!("ARRAY[{}]", each.join(", "))
}

/// Compares what was read back with the pins. A setting that the server does not know is none that it showed.
pub fn compare(version: ServerVersion, found: &[Option<String>]) -> Result<(), PgError> {
    let known = || PINS.iter().zip(found).filter(|(pin, _)| version.at_least(pin.since));
    if let Some((pin, Some(found))) =
        known().find(|(pin, found)| found.as_ref().is_some_and(|found| found != pin.value))
    {
        return Err(PgError::Pin { name: pin.name.to_owned(), pinned: pin.value.to_owned(), found: found.clone() });
    }
    let (seen, names) = (
        known().filter(|(_, found)| found.is_some()).count(),
        PINS.iter().filter(|pin| version.at_least(pin.since)).count(),
    );
    if seen == names {
        Ok(())
    } else {
        Err(PgError::Decode { problem: format!("the server showed {seen} of {names} pinned settings") })
    }
}
