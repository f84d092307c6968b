//! What letters, numbers and white space are to psql, and its grammar of single tokens (psql.pest).

use pest::Parser as _;
use pest_derive::Parser;

#[derive(Parser)]
#[grammar = "script/psql.pest"]
pub(super) struct Psql;

pub(super) fn copies_from_stdin(arguments: &str) -> bool {
    Psql::parse(Rule::copy_arguments, arguments)
        .is_ok_and(|found| found.flatten().any(|pair| pair.as_rule() == Rule::copy_from_stdin))
}

/// The text is known to hold only closed comments, white space and, perhaps, something else.
pub(super) fn only_comments(text: &str) -> bool {
    let mut rest = text.trim_start_matches(is_space);
    loop {
        if rest.is_empty() {
            return true;
        } else if rest.starts_with("--") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(mut inside) = rest.strip_prefix("/*") {
            let mut depth = 1;
            while depth > 0 {
                let Ok(found) = Psql::parse(Rule::comment_part, inside) else { return true };
                let part = found.as_str();
                if part.ends_with("/*") {
                    depth += 1;
                } else {
                    depth -= 1;
                }
                inside = &inside[part.len()..];
            }
            rest = inside;
        } else {
            return false;
        }
        rest = rest.trim_start_matches(is_space);
    }
}

pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{B}' | '\u{C}')
}

/// What may stand inside an identifier, the dollar sign aside.
pub(super) fn is_identifier_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

pub(super) fn ends_with_fraction(bytes: &[u8], floor: usize) -> bool {
    let [before @ .., b'.'] = bytes else { return false };
    let Some(digits) = integer_at_end(before, floor) else { return false };
    match before[..digits].last() {
        // `1.2.` is a number and a point, `1..2.` two numbers and two points.
        Some(b'.') => before[..digits].iter().rev().take_while(|byte| **byte == b'.').count() % 2 == 0,
        // `1e-5.` is a number and a point; a sign alone is a token.
        Some(b'+' | b'-') => {
            let floor = if digits > floor { floor } else { 0 };
            !ends_with_exponent(&before[..digits - 1], floor)
        }
        _ => true,
    }
}

pub(super) fn ends_with_exponent(bytes: &[u8], floor: usize) -> bool {
    let [before @ .., b'e' | b'E'] = bytes else { return false };
    integer_at_end(before, floor).is_some() || ends_with_fraction(before, floor)
}

/// Where an integer begins that ends a text and is not the tail of a word.
fn integer_at_end(bytes: &[u8], floor: usize) -> Option<usize> {
    let part = |byte: &&u8| byte.is_ascii_digit() || **byte == b'_';
    let first = bytes.len() - bytes.iter().rev().take_while(part).count();
    let digits = &bytes[first..];
    let whole = digits.first()?.is_ascii_digit()
        && digits.last()?.is_ascii_digit()
        && !digits.windows(2).any(|pair| pair == b"__");
    let tail = first > floor && (is_identifier_byte(bytes[first - 1]) || bytes[first - 1] == b'$');
    (whole && !tail && first >= floor).then_some(first)
}

pub(super) fn is_prefixed_quote(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [b'e' | b'E' | b'b' | b'B' | b'x' | b'X' | b'n' | b'N', b'\'', ..] | [b'u' | b'U', b'&', b'\'' | b'"', ..]
    )
}
