//! What was named, to the inputs that it means: files, directories, changes, patterns and standard input, in a fixed
//! order. Nothing is read here but directories.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::ChecksError;
use crate::change::{CONTRACT, ROLLBACK, SCAFFOLD, SCRIPT};

/// How standard input is named, and shown.
const STDIN: &str = "-";
const STDIN_SHOWN: &str = "<stdin>";

/// One thing to check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// A directory with a script and its contract.
    Change(PathBuf),
    /// A SQL file without a contract.
    Script(PathBuf),
    /// A SQL text that came another way, with the name it goes by.
    Text(String, Vec<u8>),
}

impl Input {
    /// The name it is reported under.
    pub fn name(&self) -> String {
        match self {
            Self::Change(path) | Self::Script(path) => shown(path),
            Self::Text(name, _) => name.clone(),
        }
    }
}

/// A name that means nothing that could be checked, and why.
#[derive(Debug)]
pub struct Refused {
    pub name: String,
    pub error: ChecksError,
}

/// The inputs in the order they were named, each once; what a directory or a pattern holds is sorted by name.
pub fn expand(named: &[PathBuf], stdin: Option<Vec<u8>>) -> Vec<Result<Input, Refused>> {
    let mut found = Found { stdin, ..Found::default() };
    for path in named {
        found.named(path);
    }
    found.inputs
}

#[derive(Default)]
struct Found {
    inputs: Vec<Result<Input, Refused>>,
    seen: BTreeSet<Input>,
    stdin: Option<Vec<u8>>,
}

impl Found {
    fn named(&mut self, path: &Path) {
        if path == Path::new(STDIN) {
            if let Some(bytes) = self.stdin.take() {
                self.inputs.push(Ok(Input::Text(STDIN_SHOWN.to_owned(), bytes)));
            }
            return;
        }
        match fs::metadata(path) {
            Ok(_) => self.there(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match path.to_str() {
                Some(pattern) if pattern.contains(['*', '?', '[']) => self.pattern(pattern),
                _ => self.refuse(path, ChecksError::Missing { path: shown(path) }),
            },
            Err(source) => self.unreadable(path, source),
        }
    }

    fn there(&mut self, path: &Path) {
        if path.is_dir() {
            let before = self.inputs.len();
            let known = self.seen.len();
            self.directory(path);
            let nothing = self.inputs.len() == before && self.seen.len() == known;
            if nothing && !self.seen.iter().any(|input| within(input, path)) {
                self.refuse(path, ChecksError::NoSql { path: shown(path) });
            }
        } else {
            self.file(path);
        }
    }

    /// A file of a change stands for the change, so that nobody checks the script without its contract by accident.
    fn file(&mut self, path: &Path) {
        let name = path.file_name().unwrap_or_default();
        let of_a_change = [SCRIPT, CONTRACT, ROLLBACK, SCAFFOLD].iter().any(|known| name == *known);
        match path.parent() {
            Some(folder) if of_a_change && folder.join(CONTRACT).exists() && folder.join(SCRIPT).exists() => {
                let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
                self.push(Input::Change(folder.to_owned()));
            }
            _ => self.push(Input::Script(path.to_owned())),
        }
    }

    /// Every script below a directory. Hidden names are passed over and links to directories are not followed.
    fn directory(&mut self, folder: &Path) {
        if folder.join(SCRIPT).exists() {
            return self.push(Input::Change(folder.to_owned()));
        }
        let entries = match fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(source) => return self.unreadable(folder, source),
        };
        let mut names: Vec<OsString> = entries.into_iter().map(|entry| entry.file_name()).collect();
        names.sort();
        for name in names.iter().filter(|name| !name.as_encoded_bytes().starts_with(b".")) {
            let path = folder.join(name);
            match fs::symlink_metadata(&path) {
                Ok(known) if known.is_dir() => self.directory(&path),
                Ok(_) if is_sql(&path) && !path.is_dir() => self.push(Input::Script(path)),
                Ok(_) => {}
                Err(source) => self.unreadable(&path, source),
            }
        }
    }

    fn pattern(&mut self, pattern: &str) {
        let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
        let paths = match glob::glob_with(pattern, options) {
            Ok(paths) => paths,
            Err(fault) => {
                let error = ChecksError::Pattern { pattern: pattern.to_owned(), reason: fault.to_string() };
                return self.refuse(Path::new(pattern), error);
            }
        };
        let mut fitted = false;
        for found in paths {
            fitted = true;
            match found {
                Ok(path) => self.there(&path),
                Err(fault) => {
                    let path = fault.path().to_owned();
                    self.unreadable(&path, fault.into());
                }
            }
        }
        if !fitted {
            self.refuse(Path::new(pattern), ChecksError::NoMatch { pattern: pattern.to_owned() });
        }
    }

    fn push(&mut self, input: Input) {
        let input = match input {
            Input::Change(path) => Input::Change(plain(path)),
            Input::Script(path) => Input::Script(plain(path)),
            Input::Text(..) => input,
        };
        if self.seen.insert(input.clone()) {
            self.inputs.push(Ok(input));
        }
    }

    fn unreadable(&mut self, path: &Path, source: io::Error) {
        self.refuse(path, ChecksError::Unreadable { path: shown(path), source });
    }

    fn refuse(&mut self, path: &Path, error: ChecksError) {
        self.inputs.push(Err(Refused { name: shown(path), error }));
    }
}

/// `./a.sql` and `a.sql` are one file.
fn plain(path: PathBuf) -> PathBuf {
    match path.strip_prefix(".") {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.to_owned(),
        _ => path,
    }
}

fn within(input: &Input, folder: &Path) -> bool {
    match input {
        Input::Change(path) | Input::Script(path) => path.starts_with(plain(folder.to_owned())),
        Input::Text(..) => false,
    }
}

fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"))
}

fn shown(path: &Path) -> String {
    plain(path.to_owned()).to_string_lossy().into_owned()
}
