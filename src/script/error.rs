//! What stops the reading of a script.

use serde_json::{Map, Value, json};

use crate::base::{Coded, Digest, Place};

/// What was opened and never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    String,
    Identifier,
    DollarQuote,
    Comment,
    Parenthesis,
    FunctionBody,
}

impl Opened {
    /// In words, for messages.
    pub fn words(self) -> &'static str {
        match self {
            Self::String => "a quoted string",
            Self::Identifier => "a quoted identifier",
            Self::DollarQuote => "a dollar-quoted string",
            Self::Comment => "a comment",
            Self::Parenthesis => "a parenthesis",
            Self::FunctionBody => "a BEGIN ATOMIC body",
        }
    }

    fn closing(self) -> &'static str {
        match self {
            Self::String => "'",
            Self::Identifier => "\"",
            Self::DollarQuote => "the same $tag$",
            Self::Comment => "*/",
            Self::Parenthesis => ")",
            Self::FunctionBody => "END",
        }
    }
}

/// A script, or a document that should hold one, that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    #[error("the script holds no statement")]
    Empty,
    #[error("the script is {size} bytes long, more than the {limit} that are read")]
    TooLarge { size: usize, limit: usize },
    #[error("the script is not UTF-8: byte {offset} begins no character")]
    NotUtf8 { offset: usize },
    #[error("the script begins with a byte order mark")]
    ByteOrderMark,
    #[error("line {}, column {}: a NUL byte", place.line, place.column)]
    Nul { offset: usize, place: Place },
    #[error("line {}, column {}: a carriage return", place.line, place.column)]
    CarriageReturn { offset: usize, place: Place },
    #[error("line {}, column {}: the control character U+{:04X}", place.line, place.column, u32::from(*character))]
    ControlCharacter { character: char, offset: usize, place: Place },
    #[error("line {}, column {}: the invisible character U+{:04X}", place.line, place.column, u32::from(*character))]
    InvisibleCharacter { character: char, offset: usize, place: Place },
    #[error("line {}, column {}: comments are nested deeper than {limit}", place.line, place.column)]
    CommentTooDeep { offset: usize, place: Place, limit: usize },
    #[error("line {}, column {}: {} is never closed", place.line, place.column, opened.words())]
    Unterminated { opened: Opened, offset: usize, place: Place },
    #[error("line {}, column {}: a statement begins here and goes on behind the data of a COPY", place.line, place.column)]
    AroundData { offset: usize, place: Place },
    #[error("no fenced SQL block {wanted}")]
    BlockAbsent { wanted: String, blocks: Vec<String> },
    #[error("{} fenced SQL blocks {wanted}", candidates.len())]
    BlockAmbiguous { wanted: String, candidates: Vec<String> },
    #[error("the fenced block that begins at line {line} is never closed")]
    BlockUnclosed { line: usize },
    #[error("the block's sha256 is {found}, not {expected}")]
    DigestDiffers { expected: Digest, found: Digest },
    #[error("`{text}` is no sha256")]
    NotADigest { text: String },
}

impl ScriptError {
    /// Where in the text, if the fault has a place.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Nul { place, .. }
            | Self::CarriageReturn { place, .. }
            | Self::ControlCharacter { place, .. }
            | Self::InvisibleCharacter { place, .. }
            | Self::CommentTooDeep { place, .. }
            | Self::AroundData { place, .. }
            | Self::Unterminated { place, .. } => Some(*place),
            _ => None,
        }
    }

    /// The byte offset, if the fault has one.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::NotUtf8 { offset }
            | Self::Nul { offset, .. }
            | Self::CarriageReturn { offset, .. }
            | Self::ControlCharacter { offset, .. }
            | Self::InvisibleCharacter { offset, .. }
            | Self::CommentTooDeep { offset, .. }
            | Self::AroundData { offset, .. }
            | Self::Unterminated { offset, .. } => Some(*offset),
            _ => None,
        }
    }
}

impl Coded for ScriptError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "script.empty",
            Self::TooLarge { .. } => "script.too-large",
            Self::NotUtf8 { .. } => "script.not-utf8",
            Self::ByteOrderMark => "script.byte-order-mark",
            Self::Nul { .. } => "script.nul",
            Self::CarriageReturn { .. } => "script.carriage-return",
            Self::ControlCharacter { .. } => "script.control-character",
            Self::InvisibleCharacter { .. } => "script.invisible-character",
            Self::CommentTooDeep { .. } => "script.comment-too-deep",
            Self::Unterminated { opened, .. } => match opened {
                Opened::String => "script.unterminated-string",
                Opened::Identifier => "script.unterminated-identifier",
                Opened::DollarQuote => "script.unterminated-dollar-quote",
                Opened::Comment => "script.unterminated-comment",
                Opened::Parenthesis => "script.unterminated-parenthesis",
                Opened::FunctionBody => "script.unterminated-body",
            },
            Self::AroundData { .. } => "script.around-data",
            Self::BlockAbsent { .. } => "script.block-absent",
            Self::BlockAmbiguous { .. } => "script.block-ambiguous",
            Self::BlockUnclosed { .. } => "script.block-unclosed",
            Self::DigestDiffers { .. } => "script.digest-differs",
            Self::NotADigest { .. } => "script.not-a-digest",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Empty => "write the statements of the change; comments alone change nothing".to_owned(),
            Self::TooLarge { limit, .. } => format!("split the change: a script is read up to {limit} bytes"),
            Self::NotUtf8 { offset } => format!("save the file as UTF-8; look at byte {offset}"),
            Self::ByteOrderMark => "save the file as UTF-8 without a byte order mark: psql drops it, the server \
                                    does not"
                .to_owned(),
            Self::Nul { .. } => "remove the NUL byte: psql drops the rest of such a line silently".to_owned(),
            Self::CarriageReturn { .. } => "convert the line ends to LF, for example with `sed -i 's/\\r$//' FILE`; a \
                                            lone carriage return ends a `--` comment unseen"
                .to_owned(),
            Self::ControlCharacter { .. } => "remove it; tabs and line feeds are the only control characters a script \
                                              needs"
                .to_owned(),
            Self::InvisibleCharacter { .. } => "remove it: characters that cannot be seen, or that turn the direction \
                                                of text, let a script read differently than it runs; inside a string \
                                                write it as U&'\\XXXX'"
                .to_owned(),
            Self::CommentTooDeep { .. } => "flatten the comment: the server's lexer takes quadratic time on nested \
                                            comments and cannot be interrupted"
                .to_owned(),
            Self::Unterminated { opened, .. } => {
                format!("close it with {}, or look for an unbalanced one before this place", opened.closing())
            }
            Self::AroundData { .. } => "write it behind the data: psql reads the lines after a COPY ... FROM STDIN as \
                                        data, whatever stands behind the COPY in its line"
                .to_owned(),
            Self::BlockAbsent { blocks, .. } if blocks.is_empty() => {
                "the document holds no block fenced as ```sql".to_owned()
            }
            Self::BlockAbsent { blocks, .. } => format!("there are: {}", blocks.join("; ")),
            Self::BlockAmbiguous { candidates, .. } => {
                format!("choose one by its index: {}", candidates.join("; "))
            }
            Self::BlockUnclosed { .. } => "close the fence; what an unclosed block holds is not certain".to_owned(),
            Self::DigestDiffers { .. } => {
                "the document is not the one that was reviewed, or another block was meant".to_owned()
            }
            Self::NotADigest { .. } => "give 64 lower-case hexadecimal digits, as sha256sum prints them".to_owned(),
        })
    }

    fn facts(&self) -> Map<String, Value> {
        let mut facts = Map::new();
        if let Some(place) = self.place() {
            facts.insert("place".to_owned(), json!(place));
        }
        if let Some(offset) = self.offset() {
            facts.insert("offset".to_owned(), json!(offset));
        }
        match self {
            Self::TooLarge { size, limit } => {
                facts.insert("size".to_owned(), json!(size));
                facts.insert("limit".to_owned(), json!(limit));
            }
            Self::DigestDiffers { expected, found } => {
                facts.insert("expected".to_owned(), json!(expected));
                facts.insert("found".to_owned(), json!(found));
            }
            Self::BlockAbsent { blocks, .. } => {
                facts.insert("blocks".to_owned(), json!(blocks));
            }
            Self::BlockAmbiguous { candidates, .. } => {
                facts.insert("candidates".to_owned(), json!(candidates));
            }
            _ => {}
        }
        facts
    }
}
