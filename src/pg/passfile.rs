//! The password file (<https://www.postgresql.org/docs/current/libpq-pgpass.html>).

use std::path::{Path, PathBuf};

use super::Environment;

/// What an entry must match.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub host: &'a str,
    pub port: &'a str,
    pub database: &'a str,
    pub user: &'a str,
}

/// The first matching password. A file that others can read is not used, as in libpq.
pub fn look_up(file: Option<&str>, environment: &Environment, wanted: Wanted<'_>) -> Option<String> {
    let path = match file {
        Some(path) => PathBuf::from(path),
        None => environment.home.as_ref()?.join(".pgpass"),
    };
    if !is_private(&path) {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| matching(line, wanted))
}

#[cfg(unix)]
fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode().trailing_zeros() >= 6 => metadata.is_file(),
        Ok(_) => {
            log::warn!(target: "pgwarrant.pg", "password file {} is readable by others and is not used; chmod 0600 it", path.display());
            false
        }
        Err(_) => false,
    }
}

#[cfg(not(unix))]
fn is_private(path: &Path) -> bool {
    path.is_file()
}

fn matching(line: &str, wanted: Wanted<'_>) -> Option<String> {
    let fields = split(line);
    let [host, port, database, user, password] = fields.as_slice() else { return None };
    let fits = |field: &Field, value: &str| (field.bare_star) || field.text == value;
    (fits(host, wanted.host) && fits(port, wanted.port) && fits(database, wanted.database) && fits(user, wanted.user))
        .then(|| password.text.clone())
}

struct Field {
    text: String,
    bare_star: bool,
}

/// Splits at colons; `\:` and `\\` stand for themselves; the fifth field keeps its colons escaped the same way.
fn split(line: &str) -> Vec<Field> {
    let mut fields = vec![String::new()];
    let mut escaped_any = vec![false];
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                escaped_any.push(false);
            }
            '\\' => {
                if let (Some(field), Some(flag)) = (fields.last_mut(), escaped_any.last_mut()) {
                    field.extend(characters.next());
                    *flag = true;
                }
            }
            c => {
                if let Some(field) = fields.last_mut() {
                    field.push(c);
                }
            }
        }
    }
    fields
        .into_iter()
        .zip(escaped_any)
        .map(|(text, escaped)| Field { bare_star: text == "*" && !escaped, text })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Wanted, matching};

    const WANTED: Wanted<'_> = Wanted { host: "db.example.org", port: "5432", database: "orders", user: "deploy" };

    #[test]
    fn fields_match_by_value_or_star() {
        assert_eq!(matching("db.example.org:5432:orders:deploy:s3cret", WANTED).as_deref(), Some("s3cret"));
        assert_eq!(matching("*:*:*:deploy:a\\:b\\\\c", WANTED).as_deref(), Some("a:b\\c"));
        assert_eq!(matching("*:*:*:*:a:b", WANTED).as_deref(), Some("a:b"));
        assert_eq!(matching("\\*:*:*:*:x", WANTED), None);
        assert_eq!(matching("other:5432:orders:deploy:x", WANTED), None);
        assert_eq!(matching("too:few", WANTED), None);
    }
}
