//! The connection service file (<https://www.postgresql.org/docs/current/libpq-pgservice.html>).

use std::path::{Path, PathBuf};

use super::conninfo::Parameters;
use super::{Environment, PgError};

/// The parameters of a service: from the user's file, else from the system's.
pub fn look_up(service: &str, file: Option<&str>, environment: &Environment) -> Result<Parameters, PgError> {
    let own = file
        .map(PathBuf::from)
        .or_else(|| environment.variable("PGSERVICEFILE").map(PathBuf::from))
        .or_else(|| environment.home.as_ref().map(|home| home.join(".pg_service.conf")));
    let system = environment.variable("PGSYSCONFDIR").map(|folder| Path::new(folder).join("pg_service.conf"));
    for path in own.into_iter().chain(system) {
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                if let Some(parameters) = section(&text, service, &path)? {
                    return Ok(parameters);
                }
            }
            Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(PgError::SettingsFile { path, source }),
        }
    }
    Err(PgError::NoSuchService { service: service.to_owned() })
}

/// INI without quoting: `[name]`, `key=value`, `#` comments.
fn section(text: &str, service: &str, path: &Path) -> Result<Option<Parameters>, PgError> {
    let mut found: Option<Parameters> = None;
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            // The first section of a name wins, as in libpq.
            inside = name == service && found.is_none();
            if inside {
                found = Some(Parameters::new());
            }
        } else if inside {
            let (key, value) = line.split_once('=').ok_or_else(|| PgError::Conninfo {
                problem: format!("line {} of {} is not key=value", number + 1, path.display()),
            })?;
            let (key, value) = (key.trim(), value.trim());
            if key == "service" || key == "servicefile" {
                return Err(PgError::Conninfo { problem: format!("nested service in {}", path.display()) });
            }
            found.get_or_insert_default().entry(key.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::section;

    #[test]
    fn the_first_section_of_a_name_wins() {
        let text = "# c\n[a]\nhost=one\n\n[b]\nhost = two\nport=3\n[b]\nhost=four\n";
        let found = section(text, "b", Path::new("f")).unwrap().unwrap();
        assert_eq!(found.get("host").map(String::as_str), Some("two"));
        assert_eq!(found.get("port").map(String::as_str), Some("3"));
        assert!(section(text, "c", Path::new("f")).unwrap().is_none());
        assert!(section("[b]\nnonsense\n", "b", Path::new("f")).is_err());
    }
}
