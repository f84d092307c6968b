//! The table of connection parameters in the documentation is the one in the code.

use std::path::Path;

use pgwarrant::pg::keywords::{Handling, KEYWORDS};

#[test]
fn the_table_says_what_the_code_does() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/connections.md")).unwrap();
    let told: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(str::trim).skip(1).take(3).collect())
        .collect();
    let code = |text: &str| format!("`{text}`");
    let done: Vec<Vec<String>> = KEYWORDS
        .iter()
        .map(|keyword| {
            let how = match keyword.handling {
                Handling::Used => "used".to_owned(),
                Handling::Only(values) => {
                    let values: Vec<String> =
                        values.iter().filter(|value| !value.is_empty()).map(|value| code(value)).collect();
                    if values.is_empty() { "refused".to_owned() } else { format!("only {}", values.join(", ")) }
                }
            };
            vec![code(keyword.name), keyword.variable.map(code).unwrap_or_default(), how]
        })
        .collect();
    assert_eq!(told, done);
    assert!(KEYWORDS.len() > 50);
}
