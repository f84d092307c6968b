//! Options of foreign-data wrappers, servers, user mappings, foreign tables and their columns.
//!
//! Some options are secrets. Their values never leave the server: a snapshot says that the option is set, not what it
//! is set to, and so another value of a secret is no difference.

use crate::base::{quote_ident, quote_literal};

/// An option that holds a secret, by its name or by what stands in its value (a connection string).
const SECRET: &str = "(o ~* '^[^=]*(pass|pwd|secret|token|credential|api_?key|access_?key|private_?key)' \
     OR o ~* '(pass(word|wd)?|pwd|secret|token)\\s*=' OR o ~ '://[^/@]*:[^/@]*@')";

/// Options of a user mapping that are no secrets; whatever else a wrapper knows may be one.
const PLAIN: &str = "o !~ '^(user|username|password_required)='";

/// SQL for a sorted list of options, secrets by their names alone.
pub fn query(column: &str) -> String {
    listed(column, SECRET)
}

/// The same for a user mapping, of which nearly everything is a secret.
pub fn query_of_mapping(column: &str) -> String {
    listed(column, PLAIN)
}

fn listed(column: &str, secret: &str) -> String {
    format!(
        "ARRAY(SELECT CASE WHEN {secret} THEN pg_catalog.split_part(o, '=', 1) ELSE o END \
         FROM pg_catalog.unnest({column}) o ORDER BY o COLLATE \"C\")"
    )
}

/// Options with values, and the names of those that are secrets.
pub fn parted(options: Vec<String>) -> (Vec<String>, Vec<String>) {
    options.into_iter().partition(|option| option.contains('='))
}

/// ` OPTIONS (host 'a', port '1')`, or nothing.
pub fn clause(options: &[String]) -> String {
    let options: Vec<String> = options.iter().map(|option| sql(option)).collect();
    if options.is_empty() { String::new() } else { format!(" OPTIONS ({})", options.join(", ")) }
}

/// ` OPTIONS (ADD ..., SET ..., DROP ...)`, or nothing where nothing differs.
pub fn changes(from: (&[String], &[String]), to: (&[String], &[String])) -> String {
    let name = |option: &String| option.split('=').next().unwrap_or_default().to_owned();
    let had: Vec<String> = from.0.iter().chain(from.1).map(name).collect();
    let wanted: Vec<String> = to.0.iter().chain(to.1).map(name).collect();
    let gone = had.iter().filter(|name| !wanted.contains(name)).map(|name| format!("DROP {}", quote_ident(name)));
    let set = to.0.iter().filter(|option| !from.0.contains(option)).map(|option| {
        let verb = if had.contains(&name(option)) { "SET" } else { "ADD" };
        format!("{verb} {}", sql(option))
    });
    let changes: Vec<String> = gone.chain(set).collect();
    if changes.is_empty() { String::new() } else { format!(" OPTIONS ({})", changes.join(", ")) }
}

/// What is said of secrets that stand in `to` and not in `from`.
pub fn lost(from: &[String], to: &[String]) -> Vec<String> {
    let lost = to.iter().filter(|name| !from.contains(name));
    lost.map(|name| format!("the value of its option {name} is a secret and is not kept: set it again")).collect()
}

fn sql(option: &str) -> String {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    format!("{} {}", quote_ident(name), quote_literal(value))
}

#[cfg(test)]
mod tests {
    use super::{changes, parted};

    #[test]
    fn only_what_differs_is_changed() {
        let list = |options: &[&str]| options.iter().map(|&option| option.to_owned()).collect::<Vec<_>>();
        let (from, secrets) = parted(list(&["a=1", "b=2", "password"]));
        let to = list(&["a=1", "b=3", "c=it's"]);
        assert_eq!(changes((&from, &secrets), (&to, &[])), " OPTIONS (DROP password, SET b '3', ADD c 'it''s')");
        assert_eq!(changes((&to, &[]), (&to, &[])), "");
    }
}
