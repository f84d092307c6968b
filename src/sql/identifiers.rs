//! The identifiers as they are written. The parser cuts them off at 63 bytes and decodes them; a reader sees them
//! before that.

use pg_query::protobuf::Token;

use super::SqlError;
use crate::base::Span;

/// One identifier in the text of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    pub span: Span,
    /// Without its quotes.
    pub name: String,
    /// `U&"..."`.
    pub escaped: bool,
}

/// Every identifier that is no key word, in order.
pub fn identifiers(statement: &str) -> Result<Vec<Identifier>, SqlError> {
    let scanned = pg_query::scan(statement)
        .map_err(|error| SqlError::Unparsable { message: error.to_string().chars().take(200).collect() })?;
    let mut found = Vec::new();
    for token in &scanned.tokens {
        let escaped = token.token == Token::Uident as i32;
        if !escaped && token.token != Token::Ident as i32 {
            continue;
        }
        let (Ok(start), Ok(end)) = (usize::try_from(token.start), usize::try_from(token.end)) else { continue };
        let Some(written) = statement.get(start..end) else { continue };
        let name = match written.find('"') {
            Some(quote) => written[quote + 1..].trim_end_matches('"').replace("\"\"", "\""),
            None => written.to_owned(),
        };
        found.push(Identifier { span: Span::new(start, end), name, escaped });
    }
    Ok(found)
}
