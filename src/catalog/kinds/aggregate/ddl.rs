//! Statements for aggregates.

use super::{Aggregate, Aggregates};
use crate::base::{quote_ident, quote_literal};
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};
use crate::catalog::kinds::function::ddl::{PRIVILEGES, bare, rename};

impl Statements for Aggregates {
    fn word(&self) -> &'static str {
        "AGGREGATE"
    }

    fn named(&self, subject: Subject<'_>) -> String {
        let facts: Aggregate = subject.object.read();
        let arguments = if facts.arguments.is_empty() { "*" } else { &facts.arguments };
        format!("{}.{}({arguments})", quote_ident(subject.key.schema()), bare(subject.key.name()))
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Aggregate = subject.object.read();
        let mut parts = vec![format!("SFUNC = {}", facts.transition), format!("STYPE = {}", facts.state_type)];
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                parts.push(format!("{name} = {value}"));
            }
        };
        let literal = |value: &Option<String>| value.as_deref().map(quote_literal);
        add("SSPACE", facts.state_space.map(|space| space.to_string()));
        add("FINALFUNC", facts.finish.clone());
        add("COMBINEFUNC", facts.combine.clone());
        add("SERIALFUNC", facts.serialize.clone());
        add("DESERIALFUNC", facts.deserialize.clone());
        add("INITCOND", literal(&facts.initial));
        add("MSFUNC", facts.moving_transition.clone());
        add("MINVFUNC", facts.moving_inverse.clone());
        add("MSTYPE", facts.moving_type.clone());
        add("MSSPACE", facts.moving_space.map(|space| space.to_string()));
        add("MFINALFUNC", facts.moving_finish.clone());
        add("MINITCOND", literal(&facts.moving_initial));
        add("SORTOP", facts.sort_operator.as_ref().map(|operator| format!("OPERATOR({operator})")));
        add("PARALLEL", Some(facts.parallel.to_uppercase()));
        add("FINALFUNC_MODIFY", Some(facts.finish_modifies.clone()));
        add("MFINALFUNC_MODIFY", facts.moving_transition.as_ref().map(|_| facts.moving_finish_modifies.clone()));
        for (set, word) in [
            (facts.finish_extra, "FINALFUNC_EXTRA"),
            (facts.moving_finish_extra, "MFINALFUNC_EXTRA"),
            (facts.hypothetical, "HYPOTHETICAL"),
        ] {
            if set {
                parts.push(word.to_owned());
            }
        }
        Ddl::run(format!("CREATE AGGREGATE {} (\n    {}\n)", self.named(subject), parts.join(",\n    ")))
    }

    fn alter(&self, _: Alter<'_>) -> Ddl {
        Ddl::again()
    }

    fn rename(&self, subject: Subject<'_>, name: &str) -> Option<String> {
        rename("AGGREGATE", &self.named(subject), name)
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(PRIVILEGES)
    }
}
