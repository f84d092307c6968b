//! The outside world a connection string is resolved in, passed in so that it can be chosen.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Environment variables, the home folder and the name of the operating system's user.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    pub variables: BTreeMap<String, String>,
    pub home: Option<PathBuf>,
    pub user: Option<String>,
}

impl Environment {
    /// What this process sees.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { variables, home: std::env::home_dir(), user: whoami::username().ok() }
    }

    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
