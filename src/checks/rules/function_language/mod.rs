//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("function-language", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.facts() {
        for language in facts.languages.iter().filter(|language| !matches!(language.as_str(), "sql" | "plpgsql")) {
            found.at(classified, format!("a routine in {language} runs as the server"), "use SQL or PL/pgSQL");
        }
        let has = |option: &str| facts.routine_options.iter().any(|found| found == option);
        if has("SECURITY DEFINER") && !has("SET search_path") {
            found.at(
                classified,
                "a SECURITY DEFINER routine without a search_path of its own runs whatever its caller puts before it",
                "add SET search_path = pg_catalog",
            );
        }
        if has("SET role") || has("SET session_authorization") {
            found.at(classified, "the routine runs as another role", "leave the SET clause out");
        }
    }
}
