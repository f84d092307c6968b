//! What the benches are told from outside.

/// Numbers out of the environment.
pub fn numbers(name: &str, unless_said: &str) -> Vec<usize> {
    let text = std::env::var(name).unwrap_or_else(|_| unless_said.to_owned());
    text.split_whitespace().map(|word| word.parse().unwrap_or_else(|_| panic!("{name}: {word} is no number"))).collect()
}
