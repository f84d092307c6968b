//! The call into libpg_query. The crate's own `parse` builds structs and looks up tables and functions in them, which
//! takes several times as long as parsing; what is wanted here is the message they are built from.

// C's functions and what they allocate.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int};

use pg_query::ParserOptions;

/// `PgQueryProtobufParseResult` of pg_query.h.
#[repr(C)]
#[derive(Clone, Copy)]
struct ParseResult {
    length: usize,
    data: *mut c_char,
    stderr: *mut c_char,
    error: *const ParseError,
}

/// The beginning of `PgQueryError`.
#[repr(C)]
struct ParseError {
    message: *const c_char,
}

unsafe extern "C" {
    fn pg_query_parse_protobuf_opts(input: *const c_char, options: c_int) -> ParseResult;
    fn pg_query_free_protobuf_parse_result(result: ParseResult);
}

/// A tree as a message, or why there is none; C's memory, given back when it goes.
pub struct Message(ParseResult);

impl Message {
    /// Parses a text.
    pub fn parse(text: &CStr, options: ParserOptions) -> Self {
        // SAFETY: the text ends with NUL and outlives the call, which keeps no pointer to it.
        Self(unsafe { pg_query_parse_protobuf_opts(text.as_ptr(), options.bits()) })
    }

    /// The message, or what the parser says against the text.
    pub fn content(&self) -> Result<&[u8], String> {
        let Self(result) = self;
        if !result.error.is_null() {
            // SAFETY: an error has a message, which lives as long as the result.
            let message = unsafe { CStr::from_ptr((*result.error).message) };
            return Err(message.to_string_lossy().into_owned());
        }
        if result.data.is_null() {
            return Ok(&[]);
        }
        // SAFETY: without an error, `data` points to `length` bytes that live as long as the result.
        Ok(unsafe { std::slice::from_raw_parts(result.data.cast_const().cast(), result.length) })
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: the result came from the parser, and nobody uses it any more.
        unsafe { pg_query_free_protobuf_parse_result(self.0) }
    }
}
