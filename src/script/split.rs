//! Where statements begin and end. This walk passes over most of a script at the speed of memory, and keeps what a
//! grammar cannot: the depth of parentheses and `BEGIN ATOMIC` bodies, and what was sent so far. Tokens that hide others are
//! `tokens`.

use pest::Parser as _;

use super::lexis::{Psql, Rule, copies_from_stdin, is_identifier_byte, is_prefixed_quote, is_space, only_comments};
use super::words::{Block, Words};
use super::{Opened, ScriptError};
use crate::base::{LineMap, Span};

/// Where things stand in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub statements: Vec<StatementSpan>,
    pub metas: Vec<NamedSpan>,
    pub variables: Vec<NamedSpan>,
}

/// A statement, and the data lines that follow a `COPY ... FROM STDIN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementSpan {
    pub span: Span,
    pub copy_data: Option<Span>,
}

/// A span, and the span of the name in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedSpan {
    pub span: Span,
    pub name: Span,
}

/// Splits a text as psql does with `standard_conforming_strings` on.
pub fn split(text: &str) -> Result<Parts, ScriptError> {
    let mut walk = Walk::new(text);
    while walk.at < walk.text.len() || walk.passes_over_data()? {
        walk.step()?;
    }
    walk.finish()
}

/// Bytes at which a token can begin that hides others, or that ends something.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let bytes = b"'\"$-/;()\\:";
    let mut at = 0;
    while at < bytes.len() {
        stops[bytes[at] as usize] = true;
        at += 1;
    }
    stops
};

pub(super) struct Walk<'a> {
    /// What is read: everything, or up to the end of a line that data follow.
    pub(super) text: &'a str,
    whole: &'a str,
    /// Where the data of this line end, which psql has read before it goes on in the line.
    behind_data: Option<usize>,
    pub(super) at: usize,
    /// No token that is still open to the left begins before this.
    pub(super) floor: usize,
    /// Where the current statement begins, once something of it was seen.
    start: Option<usize>,
    /// Where parentheses were opened that are not closed yet.
    parentheses: Vec<usize>,
    /// Blocks of a `CREATE FUNCTION ... BEGIN ATOMIC` body: BEGIN and CASE open, END closes.
    blocks: Vec<usize>,
    pub(super) words: Words,
    /// Where a meta-command interrupted the statement, if nothing but meta-commands followed.
    cut: Option<usize>,
    /// `COPY ... FROM STDIN` commands of the message that `\;` has put together so far.
    copies: usize,
    /// The same of the message before, which `\g` sends again where nothing stands between.
    copies_before: usize,
    /// `standard_conforming_strings`, as psql has heard of it where it began to read the line.
    pub(super) standard_strings: bool,
    /// What the message that is gathered sets it to.
    sets_strings: Option<bool>,
    /// What was sent sets it to this, and from where on psql reads so: the end of the line.
    pub(super) strings_from: Option<(usize, bool)>,
    parts: Parts,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            whole: text,
            behind_data: None,
            at: 0,
            floor: 0,
            start: None,
            parentheses: Vec::new(),
            blocks: Vec::new(),
            words: Words::default(),
            cut: None,
            copies: 0,
            copies_before: 0,
            standard_strings: true,
            sets_strings: None,
            strings_from: None,
            parts: Parts::default(),
        }
    }

    /// Passes over text without meaning here, then reads the token that stopped it.
    fn step(&mut self) -> Result<(), ScriptError> {
        let bytes = self.text.as_bytes();
        let run = bytes[self.at..].iter().position(|byte| STOPS[usize::from(*byte)]).unwrap_or(bytes.len() - self.at);
        if run > 0 {
            self.plain(Span::new(self.at, self.at + run));
            self.at += run;
            if !is_identifier_byte(bytes[self.at - 1]) {
                self.floor = self.at;
            }
        }
        let Some(stop) = bytes.get(self.at) else { return Ok(()) };
        match (stop, bytes.get(self.at + 1)) {
            (b';', _) => self.semicolon(),
            (b'(', _) => {
                self.parentheses.push(self.at);
                self.token(1);
            }
            (b')', _) => {
                self.parentheses.pop();
                self.token(1);
            }
            (b'\'', _) => return self.string(),
            (b'"', _) => return self.quoted(Rule::identifier, Opened::Identifier),
            // The sign of an exponent begins no comment.
            (b'-', Some(b'-')) if !self.ends_with_exponent(self.at) => {
                let rest = &self.text[self.at..];
                self.advance(rest.find(['\n', '\r']).unwrap_or(rest.len()));
            }
            (b'/', Some(b'*')) => return self.comment(),
            (b'$', _) => return self.dollar(),
            (b':', Some(b':' | b'=')) => self.token(2),
            (b':', _) => self.variable(),
            (b'\\', Some(b';' | b':')) => {
                self.begin(self.at);
                let span = Span::new(self.at, self.at + 2);
                self.parts.metas.push(NamedSpan { span, name: span });
                if span.of(self.text) == "\\;" {
                    self.end_command(Span::new(self.start.unwrap_or(self.at), self.at));
                }
                self.advance(2);
            }
            (b'\\', _) => self.meta_command(),
            // A lone `-` or `/` is an operator.
            _ => self.token(1),
        }
        Ok(())
    }

    pub(super) fn token(&mut self, bytes: usize) {
        self.words.pass();
        self.begin(self.at);
        self.advance(bytes);
    }

    fn variable(&mut self) {
        self.words.pass();
        self.begin(self.at);
        let base = self.at;
        let found = Psql::parse(Rule::variable_or_not, &self.text[base..])
            .ok()
            .and_then(|found| found.flatten().find(|pair| pair.as_rule() == Rule::variable));
        let Some(found) = found else { return self.advance(1) };
        let place = |found: pest::Span| Span::new(base + found.start(), base + found.end());
        let span = place(found.as_span());
        if let Some(name) = found.into_inner().next() {
            self.parts.variables.push(NamedSpan { span, name: place(name.as_span()) });
        }
        self.advance(span.end - span.start);
    }

    pub(super) fn begin(&mut self, at: usize) {
        self.cut = None;
        if self.start.is_none() {
            self.start = Some(at);
        }
    }

    pub(super) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
        self.floor = self.at;
    }

    fn plain(&mut self, span: Span) {
        let text = span.of(self.text);
        let blank = text.len() - text.trim_start_matches(is_space).len();
        if blank < text.len() {
            self.begin(span.start + blank);
        }
        if self.words.done() {
            return;
        }
        let bytes = self.text.as_bytes();
        let mut at = span.start;
        while at < span.end && !self.words.done() {
            if !is_identifier_byte(bytes[at]) {
                if !is_space(char::from(bytes[at])) {
                    self.words.pass();
                }
                at += 1;
                continue;
            }
            let first = at;
            while at < span.end && is_identifier_byte(bytes[at]) {
                at += 1;
            }
            // Numbers with trailing letters are no identifiers.
            let is_prefix = first + 1 == at && is_prefixed_quote(&bytes[first..]);
            if !bytes[first].is_ascii_digit() && !is_prefix && !self.ends_with_fraction(first) {
                // `set$x` is one identifier, and none of the words that count.
                let word = if bytes.get(at) == Some(&b'$') { "" } else { &self.text[first..at] };
                if self.words.count == 0 {
                    self.words.at = first;
                }
                let block = self.words.see(word, self.parentheses.is_empty(), !self.blocks.is_empty());
                match block {
                    Some(Block::Opens) => self.blocks.push(first),
                    Some(Block::Closes) => {
                        self.blocks.pop();
                    }
                    None => {}
                }
            } else if !is_prefix {
                self.words.pass();
            }
        }
    }

    fn semicolon(&mut self) {
        self.begin(self.at);
        self.advance(1);
        if self.parentheses.is_empty() && self.blocks.is_empty() {
            self.end_statement(self.at);
        }
    }

    /// Sends what was gathered, and reads the data that it asks for.
    fn end_statement(&mut self, end: usize) {
        if let Some(start) = self.start.take() {
            let span = Span::new(start, end);
            self.end_command(span);
            self.hear();
            self.parts.statements.push(StatementSpan { span, copy_data: None });
            self.copies_before = self.copies;
            if self.copies > 0 {
                let data = self.data(self.copies);
                if let Some(statement) = self.parts.statements.last_mut() {
                    statement.copy_data = Some(data);
                }
            }
        }
        self.forget();
    }

    /// One command of what is sent together: all of it, unless `\;` stands between.
    fn end_command(&mut self, span: Span) {
        self.copies += usize::from(self.words.copies_from_stdin);
        if self.words.sets
            && let Ok(found) = Psql::parse(Rule::string_setting, &self.text[self.words.at..span.end])
        {
            let value = found.flatten().find(|pair| pair.as_rule() == Rule::setting_value);
            let written = value.map_or("on", |value| value.as_str()).trim_start_matches('\'').to_ascii_lowercase();
            // A server refuses any other value, and leaves the setting as it is.
            match written.as_str() {
                "off" | "of" | "false" | "fals" | "fal" | "fa" | "f" | "no" | "n" | "0" => {
                    self.sets_strings = Some(false);
                }
                "on" | "true" | "tru" | "tr" | "t" | "yes" | "ye" | "y" | "1" | "default" => {
                    self.sets_strings = Some(true);
                }
                _ => {}
            }
        }
        self.words = Words::default();
    }

    /// What was sent has set how strings are read; psql looks at it before each line.
    fn hear(&mut self) {
        let Some(on) = self.sets_strings.take() else { return };
        let line_end = match self.strings_from {
            Some((from, _)) if self.at <= from => from,
            before => {
                self.standard_strings = before.map_or(self.standard_strings, |(_, on)| on);
                self.text[self.at..].find('\n').map_or(self.text.len(), |offset| self.at + offset)
            }
        };
        self.strings_from = Some((line_end, on));
    }

    fn forget(&mut self) {
        self.sets_strings = None;
        self.start = None;
        self.cut = None;
        self.copies = 0;
        self.words = Words::default();
        self.parentheses.clear();
        self.blocks.clear();
    }

    /// The lines that follow, up to `\.` for each COPY, are data and not SQL.
    fn data(&mut self, mut copies: usize) -> Span {
        let (line_end, start) = if let Some(start) = self.behind_data {
            (self.text.len(), start)
        } else {
            let line_end = self.text[self.at..].find('\n').map_or(self.text.len(), |offset| self.at + offset);
            (line_end, (line_end + 1).min(self.text.len()))
        };
        let mut end = start;
        for line in self.whole[start..].split_inclusive('\n') {
            end += line.len();
            if line.trim_end_matches('\n') == "\\." {
                copies -= 1;
                if copies == 0 {
                    break;
                }
            }
        }
        self.text = &self.whole[..line_end];
        self.behind_data = Some(end);
        Span::new(start, end)
    }

    /// At the end of a line that data follow: goes on behind them, if there are any.
    fn passes_over_data(&mut self) -> Result<bool, ScriptError> {
        let Some(next) = self.behind_data.take().filter(|next| *next < self.whole.len()) else { return Ok(false) };
        // A comment is lost to the statement behind the data, which needs none.
        if let Some(offset) = self.start.take()
            && !only_comments(&self.text[offset..self.cut.unwrap_or(self.text.len())])
        {
            let place = LineMap::new(self.whole).place(offset);
            return Err(ScriptError::AroundData { offset, place });
        }
        self.cut = None;
        self.text = self.whole;
        self.at = next;
        self.floor = next;
        Ok(true)
    }

    fn meta_command(&mut self) {
        let opening = self.at;
        let length = |rule, from: usize| Psql::parse(rule, &self.text[from..]).map_or(0, |found| found.as_str().len());
        let name = Span::new(opening, opening + length(Rule::meta_name, opening).max(1));
        let word = name.of(self.text);
        let arguments = &self.text[name.end..];
        let piped = arguments.trim_start_matches([' ', '\t']).starts_with('|');
        let whole_line = match word {
            "\\!" | "\\copy" | "\\h" | "\\help" | "\\ef" | "\\ev" | "\\sf" | "\\sf+" | "\\sv" | "\\sv+" => true,
            "\\o" | "\\out" | "\\w" | "\\write" | "\\g" | "\\gx" => piped,
            // psql has no such command, and does not look at the rest of the line.
            _ => !word[1..].starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '!' | '?')),
        };
        let rule = if whole_line { Rule::rest_of_line } else { Rule::meta_arguments };
        let end = name.end + length(rule, name.end);
        let span = Span::new(opening, opening + self.text[opening..end].trim_end_matches(is_space).len());
        self.parts.metas.push(NamedSpan { span, name });
        // `\\` ends a meta-command; SQL goes on behind it.
        let separator = if self.text[end..].starts_with("\\\\") { 2 } else { 0 };
        self.at = end;
        self.advance(separator);
        match word {
            "\\g" | "\\gx" | "\\gset" | "\\gexec" | "\\gdesc" | "\\watch" | "\\crosstabview" => {
                if self.start.is_none() && self.copies_before > 0 {
                    self.data(self.copies_before);
                }
                let text = self.text[..self.cut.unwrap_or(opening)].trim_end_matches('\n');
                self.end_statement(text.len());
            }
            "\\r" | "\\reset" => self.forget(),
            "\\copy" if copies_from_stdin(span.of(self.text)) => {
                self.cut = self.cut.or(self.start.map(|_| opening));
                self.data(1);
            }
            _ if self.start.is_some() && self.cut.is_none() => self.cut = Some(opening),
            _ => {}
        }
    }

    pub(super) fn unterminated(&self, opened: Opened, offset: usize) -> ScriptError {
        ScriptError::Unterminated { opened, offset, place: LineMap::new(self.text).place(offset) }
    }

    /// What is left at the end is sent too, unless it is only comments.
    fn finish(mut self) -> Result<Parts, ScriptError> {
        if let Some(opening) = self.parentheses.first() {
            return Err(self.unterminated(Opened::Parenthesis, *opening));
        }
        if let Some(opening) = self.blocks.first() {
            return Err(self.unterminated(Opened::FunctionBody, *opening));
        }
        if let Some(start) = self.start
            && !only_comments(&self.text[start..])
        {
            let end = start + self.text[start..].trim_end_matches('\n').len();
            self.end_statement(end);
        }
        Ok(self.parts)
    }
}
