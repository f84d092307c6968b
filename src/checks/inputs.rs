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
    let mut found = Found { has_stdin: stdin.is_some(), stdin, ..Found::default() };
    for path in named {
        found.named(path);
    }
    found.inputs
}

#[derive(Default)]
struct Found {
    inputs: Vec<Result<Input, Refused>>,
    seen: BTreeSet<Input>,
    has_stdin: bool,
    stdin: Option<Vec<u8>>,
}

impl Found {
    fn named(&mut self, path: &Path) {
        // Who gave no standard input means a file of that name.
        if self.has_stdin && path == Path::new(STDIN) {
            let text = self.stdin.take().map(|bytes| Input::Text(STDIN_SHOWN.to_owned(), bytes));
            self.inputs.extend(text.map(Ok));
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
        for path in self.entries(folder) {
            match fs::symlink_metadata(&path) {
                Ok(known) if known.is_dir() => self.directory(&path),
                Ok(_) if is_sql(&path) && !path.is_dir() => self.push(Input::Script(path)),
                Ok(_) => {}
                Err(source) => self.unreadable(&path, source),
            }
        }
    }

    fn pattern(&mut self, text: &str) {
        let pattern = match glob::Pattern::new(text) {
            Ok(pattern) => pattern,
            Err(fault) => {
                let error = ChecksError::Pattern { pattern: text.to_owned(), reason: fault.to_string() };
                return self.refuse(Path::new(text), error);
            }
        };
        let special = |part: &&std::ffi::OsStr| part.to_string_lossy().contains(['*', '?', '[']);
        let base: PathBuf = Path::new(text).iter().take_while(|part| !special(part)).collect();
        let below = Path::new(text).iter().skip(base.iter().count());
        let depth = if text.contains("**") { usize::MAX } else { below.count() };
        let before = self.inputs.len();
        let mut fitting = Vec::new();
        self.fitting(&base, &pattern, depth, &mut fitting);
        for path in &fitting {
            self.there(path);
        }
        if fitting.is_empty() && self.inputs.len() == before {
            self.refuse(Path::new(text), ChecksError::NoMatch { pattern: text.to_owned() });
        }
    }

    /// What fits a pattern below a folder. The crate's own search follows links, in circles too.
    fn fitting(&mut self, folder: &Path, pattern: &glob::Pattern, depth: usize, found: &mut Vec<PathBuf>) {
        let options = glob::MatchOptions {
            require_literal_separator: true,
            require_literal_leading_dot: true,
            ..glob::MatchOptions::new()
        };
        for path in self.entries(folder) {
            if pattern.matches_path_with(&path, options) {
                found.push(path);
            } else if depth > 1 && fs::symlink_metadata(&path).is_ok_and(|known| known.is_dir()) {
                self.fitting(&path, pattern, depth - 1, found);
            }
        }
    }

    /// What lies in a folder, by name, without what is hidden.
    fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
        let there = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        match fs::read_dir(there).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => {
                let mut names: Vec<OsString> = entries.into_iter().map(|entry| entry.file_name()).collect();
                names.retain(|name| !name.as_encoded_bytes().starts_with(b"."));
                names.sort();
                names.into_iter().map(|name| folder.join(name)).collect()
            }
            Err(source) => {
                // A pattern below a folder that is not there fits nothing, which is said of the pattern.
                if source.kind() != io::ErrorKind::NotFound && source.kind() != io::ErrorKind::NotADirectory {
                    self.unreadable(there, source);
                }
                Vec::new()
            }
        }
    }

    fn push(&mut self, input: Input) {
        let input = match input {
            Input::Change(path) => Input::Change(plain(path)),
            Input::Script(path) => Input::Script(plain(path)),
            text @ Input::Text(..) => text,
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{Input, expand};
    use crate::base::Coded as _;

    #[test]
    fn what_is_named_comes_in_order_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in
            ["b/2.sql", "b/1.SQL", "b/.hidden/x.sql", "b/notes.txt", "c/change.sql", "c/change.contract", "a.sql"]
        {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), "SELECT 1;").unwrap();
        }
        fs::create_dir(at("empty")).unwrap();
        std::os::unix::fs::symlink(folder.path(), at("b/loop")).unwrap();
        let seen = |named: &[PathBuf]| -> Vec<String> {
            let inputs = expand(named, Some(b"SELECT 2;".to_vec()));
            let short = |name: String| name.replace(&format!("{}/", folder.path().display()), "");
            let one = |input| match input {
                Ok(Input::Change(path)) => format!("change {}", short(path.display().to_string())),
                Ok(input) => short(Input::name(&input)),
                Err(super::Refused { error, .. }) => error.code().to_owned(),
            };
            inputs.into_iter().map(one).collect()
        };
        assert_eq!(seen(&[folder.path().to_owned()]), ["a.sql", "b/1.SQL", "b/2.sql", "change c"]);
        assert_eq!(seen(&[at("b/2.sql"), at("b"), at("a.sql"), at("b/2.sql")]), ["b/2.sql", "b/1.SQL", "a.sql"]);
        assert_eq!(seen(&[at("c/change.sql"), at("c/change.contract"), at("c")]), ["change c"]);
        assert_eq!(seen(&[at("**/*.sql")]), ["a.sql", "b/2.sql", "change c"]);
        assert_eq!(seen(&["-".into(), at("a.sql"), "-".into()]), ["<stdin>", "a.sql"]);
        assert_eq!(
            seen(&[at("empty"), at("x"), at("x*"), at("[")]).join(" "),
            "checks.no-sql checks.missing checks.no-match checks.pattern"
        );
        assert_eq!(seen(&[at("b"), at("b")]), ["b/1.SQL", "b/2.sql"]);
    }
}
