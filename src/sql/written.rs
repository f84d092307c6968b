//! Identifiers and numbers as they are written. The parser cuts names off at 63 bytes, decodes them, and computes
//! numbers; a reader sees them before that.

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
    let names = |token| matches!(token, Token::Ident | Token::Uident);
    let found = tokens(statement, names)?.into_iter().map(|(token, span)| {
        let written = span.of(statement);
        let name = match written.find('"') {
            Some(quote) => written[quote + 1..].trim_end_matches('"').replace("\"\"", "\""),
            None => written.to_owned(),
        };
        Identifier { span, name, escaped: token == Token::Uident }
    });
    Ok(found.collect())
}

/// Where numbers stand.
pub fn numbers(statement: &str) -> Result<Vec<Span>, SqlError> {
    let numbers = |token| matches!(token, Token::Iconst | Token::Fconst);
    Ok(tokens(statement, numbers)?.into_iter().map(|(_, span)| span).collect())
}

fn tokens(statement: &str, wanted: impl Fn(Token) -> bool) -> Result<Vec<(Token, Span)>, SqlError> {
    let scanned = pg_query::scan(statement)
        .map_err(|error| SqlError::Unparsable { message: error.to_string().chars().take(200).collect() })?;
    let found = scanned.tokens.iter().filter_map(|scanned| {
        let token = Token::try_from(scanned.token).ok().filter(|token| wanted(*token))?;
        let span = Span::new(usize::try_from(scanned.start).ok()?, usize::try_from(scanned.end).ok()?);
        statement.get(span.start..span.end).map(|_| (token, span))
    });
    Ok(found.collect())
}
