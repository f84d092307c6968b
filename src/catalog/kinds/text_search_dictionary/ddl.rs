//! Statements for text search dictionaries.

use super::{TextSearchDictionaries, TextSearchDictionary};
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for TextSearchDictionaries {
    fn word(&self) -> &'static str {
        "TEXT SEARCH DICTIONARY"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: TextSearchDictionary = subject.object.read();
        let options = facts.options.map_or_else(String::new, |options| format!(", {options}"));
        let name = subject.key.sql();
        Ddl::run(format!("CREATE TEXT SEARCH DICTIONARY {name} (TEMPLATE = {}{options})", facts.template))
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        if alter.any(&["template"]) {
            return Ddl::again();
        }
        let (from, to) = (names(alter.from.object.text("options")), names(alter.to.object.text("options")));
        let gone = from.iter().filter(|name| !to.contains(name)).cloned();
        let parts: Vec<String> = alter.to.object.text("options").map(str::to_owned).into_iter().chain(gone).collect();
        Ddl::run(format!("ALTER TEXT SEARCH DICTIONARY {} ({})", alter.to.key.sql(), parts.join(", ")))
    }
}

/// The names of options: what stands before ` = ` outside of quotes.
fn names(options: Option<&str>) -> Vec<String> {
    let (mut names, mut name, mut quoted) = (Vec::new(), String::new(), false);
    let mut value = false;
    for c in options.unwrap_or_default().chars() {
        match c {
            '\'' => quoted = !quoted,
            '=' if !quoted && !value => {
                names.push(std::mem::take(&mut name).trim().to_owned());
                value = true;
            }
            ',' if !quoted => value = false,
            c if !value => name.push(c),
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn options_are_named() {
        assert_eq!(names(Some("language = 'en''=, x = glish', stopwords = 'a'")), ["language", "stopwords"]);
    }
}
