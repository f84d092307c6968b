//! Statements for user mappings.

use super::{UserMapping, UserMappings};
use crate::base::quote_ident;
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject, role_sql};
use crate::catalog::foreign;

impl Statements for UserMappings {
    fn word(&self) -> &'static str {
        "USER MAPPING"
    }

    fn named(&self, subject: Subject<'_>) -> String {
        format!("FOR {} SERVER {}", role_sql(subject.key.name()), quote_ident(subject.key.schema()))
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: UserMapping = subject.object.read();
        let statement = format!("CREATE USER MAPPING {}{}", self.named(subject), foreign::clause(&facts.options));
        Ddl { impossible: foreign::lost(&[], &facts.secrets), ..Ddl::run(statement) }
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (UserMapping, UserMapping) = (alter.from.object.read(), alter.to.object.read());
        let options = foreign::changes((&from.options, &from.secrets), (&to.options, &to.secrets));
        let mut ddl = Ddl { impossible: foreign::lost(&from.secrets, &to.secrets), ..Ddl::default() };
        if !options.is_empty() {
            ddl.add(format!("ALTER USER MAPPING {}{options}", self.named(alter.to)));
        }
        ddl
    }

    fn rename(&self, _: Subject<'_>, _: &str) -> Option<String> {
        None
    }
}
