//! Text to statements, by psql's own lexical rules. This room knows where a statement begins and ends, not what
//! it means: that is `sql`. It executes nothing: meta-commands and variables are located, never obeyed.
//!
//! A statement's span is exactly what psql (16 and later) sends: without the white space and `--` comments before
//! it, with a block comment before it, with its final `;`.

mod bytes;
pub mod error;
mod lexis;
mod markdown;
mod split;
mod tokens;
mod words;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use bytes::is_invisible;
pub use error::{Opened, ScriptError};
pub use markdown::freeze;
pub use split::{NamedSpan, Parts, StatementSpan, split};

use crate::base::{Digest, Place, Span};

/// Scripts longer than this are refused unread.
pub const SIZE_LIMIT: usize = 64 * 1024 * 1024;

/// Comments nested deeper are refused: lexers of the server take quadratic time on them.
pub const COMMENT_DEPTH_LIMIT: usize = 16;

/// One statement of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub span: Span,
    pub place: Place,
    /// The lines of data that follow a `COPY ... FROM STDIN`.
    pub copy_data: Option<Span>,
    script: Arc<String>,
}

impl Statement {
    /// The text as it stands in the script, which is what is sent.
    pub fn text(&self) -> &str {
        self.span.of(&self.script)
    }
}

/// A psql meta-command (`\i`, `\gexec`, `\;`): located, never executed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaCommand {
    pub span: Span,
    pub place: Place,
    /// With its backslash: `\i`.
    pub name: String,
    pub arguments: String,
}

/// A place where psql would put the value of a variable, were it set: `:name`, `:'name'`, `:"name"`, `:{?name}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    pub span: Span,
    pub place: Place,
    pub name: String,
}

/// A script: its bytes, their digest, and what was found in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub text: Arc<String>,
    pub digest: Digest,
    pub statements: Vec<Statement>,
    pub metas: Vec<MetaCommand>,
    pub variables: Vec<Variable>,
}

impl Script {
    /// Reads a script, or says why it must not be read.
    ///
    /// ```
    /// use pgwarrant::script::Script;
    /// let script = Script::read(b"-- the first\nSELECT ';'; SELECT $$;$$;").unwrap();
    /// let texts: Vec<&str> = script.statements.iter().map(|statement| statement.text()).collect();
    /// assert_eq!(texts, ["SELECT ';';", "SELECT $$;$$;"]);
    /// assert_eq!(script.statements[0].place.line, 2);
    /// ```
    pub fn read(bytes: &[u8]) -> Result<Self, ScriptError> {
        let script = Self::of(bytes.to_vec())?;
        if script.is_empty() { Err(ScriptError::Empty) } else { Ok(script) }
    }

    /// The same without a copy, and of a text too that does nothing.
    pub fn of(bytes: Vec<u8>) -> Result<Self, ScriptError> {
        bytes::accept(&bytes)?;
        let digest = Digest::of(&bytes);
        let text = String::from_utf8(bytes)
            .map_err(|fault| ScriptError::NotUtf8 { offset: fault.utf8_error().valid_up_to() })?;
        let whole = Arc::new(text);
        let text = whole.as_str();
        let parts = split(text)?;
        let mut places = Places::new(text);
        let statements = parts
            .statements
            .iter()
            .map(|found| Statement {
                span: found.span,
                place: places.next(found.span.start),
                copy_data: found.copy_data,
                script: Arc::clone(&whole),
            })
            .collect();
        let mut places = Places::new(text);
        let metas = parts
            .metas
            .iter()
            .map(|found| MetaCommand {
                span: found.span,
                place: places.next(found.span.start),
                name: found.name.of(text).to_owned(),
                arguments: Span::new(found.name.end, found.span.end).of(text).trim().to_owned(),
            })
            .collect();
        let mut places = Places::new(text);
        let variables = parts
            .variables
            .iter()
            .map(|found| Variable {
                span: found.span,
                place: places.next(found.span.start),
                name: found.name.of(text).to_owned(),
            })
            .collect();
        Ok(Self { text: whole, digest, statements, metas, variables })
    }

    /// Whether there is nothing in it that a server or psql would act on.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty() && self.metas.is_empty()
    }
}

/// Places of ascending offsets, in one pass: a script of one endless line stays cheap.
struct Places<'a> {
    text: &'a str,
    offset: usize,
    place: Place,
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, offset: 0, place: Place { line: 1, column: 1 } }
    }

    fn next(&mut self, offset: usize) -> Place {
        self.place = self.place.after(&self.text[self.offset..offset]);
        self.offset = offset;
        self.place
    }
}
