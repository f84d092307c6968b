//! Statements for the settings of a database.

use super::{Setting, Settings};
use crate::base::quote_ident;
use crate::catalog::PUBLIC;
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};
use crate::catalog::kinds::function::ddl::set_clause;

impl Statements for Settings {
    fn word(&self) -> &'static str {
        "SETTING"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        changes(subject, &Setting::default(), &subject.object.read())
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        Ddl::run(format!("{} RESET ALL", whose(subject)))
    }

    fn kept_as_written(&self) -> &'static [&'static str] {
        &["values"]
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        changes(alter.to, &alter.from.object.read(), &alter.to.object.read())
    }

    fn rename(&self, _: Subject<'_>, _: &str) -> Option<String> {
        None
    }
}

fn whose(subject: Subject<'_>) -> String {
    let database = quote_ident(&subject.snapshot.database);
    match subject.key.name() {
        PUBLIC => format!("ALTER DATABASE {database}"),
        role => format!("ALTER ROLE {} IN DATABASE {database}", quote_ident(role)),
    }
}

fn changes(subject: Subject<'_>, from: &Setting, to: &Setting) -> Ddl {
    let this = whose(subject);
    let mut ddl = Ddl::default();
    let gone = from.values.keys().filter(|name| !to.values.contains_key(*name));
    for name in gone.chain(from.secrets.iter().filter(|name| !to.secrets.contains(name))) {
        ddl.add(format!("{this} RESET {}", name.split('.').map(quote_ident).collect::<Vec<_>>().join(".")));
    }
    for (name, value) in to.values.iter().filter(|(name, value)| from.values.get(*name) != Some(value)) {
        ddl.add(format!("{this} {}", set_clause(&format!("{name}={value}"))));
    }
    for name in to.secrets.iter().filter(|name| !from.secrets.contains(name)) {
        ddl.impossible.push(format!("the value of {name} is not kept: set it again"));
    }
    ddl
}
