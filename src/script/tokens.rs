//! Tokens that hide what stands in them: strings, quoted identifiers, dollar quotes, comments. What begins one depends on
//! what stands before it; where it ends, the grammar says (psql.pest).

use pest::Parser as _;

use super::lexis::{self, Psql, Rule, is_identifier_byte};
use super::split::Walk;
use super::{COMMENT_DEPTH_LIMIT, Opened, ScriptError};
use crate::base::LineMap;

impl Walk<'_> {
    /// A token that the grammar knows, from here on.
    pub(super) fn quoted(&mut self, rule: Rule, opened: Opened) -> Result<(), ScriptError> {
        match Psql::parse(rule, &self.text[self.at..]) {
            Ok(found) => {
                self.token(found.as_str().len());
                Ok(())
            }
            Err(_) => Err(self.unterminated(opened, self.at)),
        }
    }

    /// What a quote begins depends on what stands before it: `e'...'` takes backslashes, and so does a string without
    /// a prefix while `standard_conforming_strings` is off.
    pub(super) fn string(&mut self) -> Result<(), ScriptError> {
        let bytes = self.text.as_bytes();
        let is_tail = |at: usize| (at > self.floor && is_identifier_byte(bytes[at - 1])) || self.ends_with_fraction(at);
        let heard = self.strings_from.filter(|(from, _)| self.at >= *from);
        let standard_strings = heard.map_or(self.standard_strings, |(_, on)| on);
        // A letter before the floor belongs to the token that ended there.
        let backslashes = match &bytes[self.floor..self.at] {
            [.., b'e' | b'E'] if !is_tail(self.at - 1) => true,
            [.., b'b' | b'B' | b'x' | b'X'] if !is_tail(self.at - 1) => false,
            _ => !standard_strings && !self.ends_with_unicode_prefix(self.at),
        };
        if backslashes {
            return self.quoted(Rule::backslash_literal, Opened::String);
        }
        // The commonest of all tokens. A doubled quote is an end and a new beginning, which comes to the same.
        match self.text[self.at + 1..].find('\'') {
            Some(length) => {
                self.token(length + 2);
                Ok(())
            }
            None => Err(self.unterminated(Opened::String, self.at)),
        }
    }

    /// `U&`, unless the letter is the tail of an identifier or of a number.
    fn ends_with_unicode_prefix(&self, at: usize) -> bool {
        let before = &self.text.as_bytes()[..at];
        let Some(rest) = before.strip_suffix(b"u&").or_else(|| before.strip_suffix(b"U&")) else { return false };
        !rest.last().is_some_and(|byte| is_identifier_byte(*byte) || *byte == b'$')
            && !self.ends_with_fraction(rest.len())
    }

    /// Whether a number with a point ends there (`1.`): letters behind it are a part of it, and no prefix of a string.
    pub(super) fn ends_with_fraction(&self, at: usize) -> bool {
        lexis::ends_with_fraction(&self.text.as_bytes()[..at], self.floor)
    }

    /// Whether a number that waits for its exponent ends there: `1e`, `.5E`, `1.e`.
    pub(super) fn ends_with_exponent(&self, at: usize) -> bool {
        lexis::ends_with_exponent(&self.text.as_bytes()[..at], self.floor)
    }

    /// A `$` may belong to an identifier, begin a dollar quote or a parameter, or stand alone.
    pub(super) fn dollar(&mut self) -> Result<(), ScriptError> {
        self.begin(self.at);
        let bytes = self.text.as_bytes();
        let mut run = self.at;
        while run > self.floor && is_identifier_byte(bytes[run - 1]) {
            run -= 1;
        }
        let is_number = bytes[run..self.at].iter().all(u8::is_ascii_digit);
        if run < self.at && !is_number {
            self.skip_identifier(self.at);
            return Ok(());
        }
        self.words.pass();
        let rest = &self.text[self.at..];
        let delimiter = Psql::parse(Rule::dollar, rest).map_or("", |found| found.as_str());
        if !delimiter.is_empty() {
            let body = self.at + delimiter.len();
            let Some(length) = self.text[body..].find(delimiter) else {
                return Err(self.unterminated(Opened::DollarQuote, self.at));
            };
            self.at = body;
            self.advance(length + delimiter.len());
            return Ok(());
        }
        // A parameter takes the letters that follow its number; a lone `$` takes nothing.
        if bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit) {
            let mut end = self.at + 1;
            while bytes.get(end).is_some_and(u8::is_ascii_digit) {
                end += 1;
            }
            if bytes.get(end).is_some_and(|byte| is_identifier_byte(*byte) && *byte != b'$') {
                self.skip_identifier(end);
            } else {
                self.advance(end - self.at);
            }
        } else {
            self.advance(1);
        }
        Ok(())
    }

    fn skip_identifier(&mut self, from: usize) {
        let bytes = self.text.as_bytes();
        let mut end = from;
        while end < bytes.len() && (is_identifier_byte(bytes[end]) || bytes[end] == b'$') {
            end += 1;
        }
        self.at = end;
        self.floor = end;
    }

    pub(super) fn comment(&mut self) -> Result<(), ScriptError> {
        self.begin(self.at);
        let opening = self.at;
        let mut depth = 1;
        self.advance(2);
        while depth > 0 {
            let Ok(found) = Psql::parse(Rule::comment_part, &self.text[self.at..]) else {
                return Err(self.unterminated(Opened::Comment, opening));
            };
            let part = found.as_str();
            self.advance(part.len());
            if part.ends_with("/*") {
                depth += 1;
            } else {
                depth -= 1;
            }
            if depth > COMMENT_DEPTH_LIMIT {
                let offset = self.at - 2;
                let place = LineMap::new(self.text).place(offset);
                return Err(ScriptError::CommentTooDeep { offset, place, limit: COMMENT_DEPTH_LIMIT });
            }
        }
        Ok(())
    }
}
