//! The bytes of a script before any lexer sees them: what may not stand anywhere, comments and strings included.

use super::{SIZE_LIMIT, ScriptError};
use crate::base::{LineMap, Place};

/// The text, if every byte of it may be there.
pub fn accept(bytes: &[u8]) -> Result<&str, ScriptError> {
    if bytes.len() > SIZE_LIMIT {
        return Err(ScriptError::TooLarge { size: bytes.len(), limit: SIZE_LIMIT });
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(ScriptError::ByteOrderMark);
    }
    let text = std::str::from_utf8(bytes).map_err(|fault| ScriptError::NotUtf8 { offset: fault.valid_up_to() })?;
    // Most scripts are plain ASCII: one cheap pass over the bytes says so.
    let suspicious = bytes.iter().any(|byte| (*byte < b' ' && !matches!(byte, b'\n' | b'\t')) || *byte >= 0x7F);
    if suspicious {
        text.char_indices().try_for_each(|(offset, character)| judge(text, offset, character))?;
    }
    Ok(text)
}

fn judge(text: &str, offset: usize, character: char) -> Result<(), ScriptError> {
    match character {
        '\n' | '\t' | ' '..='~' => Ok(()),
        '\0' => Err(ScriptError::Nul { offset, place: place(text, offset) }),
        '\r' => Err(ScriptError::CarriageReturn { offset, place: place(text, offset) }),
        '\u{85}' => Err(ScriptError::InvisibleCharacter { character, offset, place: place(text, offset) }),
        _ if character.is_control() => {
            Err(ScriptError::ControlCharacter { character, offset, place: place(text, offset) })
        }
        _ if is_invisible(character) => {
            Err(ScriptError::InvisibleCharacter { character, offset, place: place(text, offset) })
        }
        _ => Ok(()),
    }
}

fn place(text: &str, offset: usize) -> Place {
    LineMap::new(text).place(offset)
}

/// Characters that turn the direction of text, end a line for some programs only, or cannot be seen at all.
pub fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::{ScriptError, accept};
    use crate::base::Coded as _;

    #[test]
    fn every_forbidden_character_is_refused_wherever_it_stands() {
        let cases: [(&[u8], &str); 14] = [
            (b"select 1;\0 select 2;", "script.nul"),
            (b"\xEF\xBB\xBFselect 1;", "script.byte-order-mark"),
            (b"select 1;\r\n", "script.carriage-return"),
            (b"select 1 -- hidden\r, 2", "script.carriage-return"),
            (b"select\x0b1", "script.control-character"),
            (b"select\x0c1", "script.control-character"),
            (b"select '\x1b[2K'", "script.control-character"),
            (b"select '\x7f'", "script.control-character"),
            (b"select '\xff'", "script.not-utf8"),
            ("-- \u{202E} x".as_bytes(), "script.invisible-character"),
            ("users\u{200B}".as_bytes(), "script.invisible-character"),
            ("-- a\u{2028}b".as_bytes(), "script.invisible-character"),
            ("-- a\u{85}b".as_bytes(), "script.invisible-character"),
            ("a\u{FEFF}b".as_bytes(), "script.invisible-character"),
        ];
        for (bytes, code) in cases {
            assert_eq!(accept(bytes).unwrap_err().code(), code, "{bytes:?}");
        }
        assert!(accept("-- größer als 50 % 日本語 😀\nselect 'é';\t".as_bytes()).is_ok());
        assert_eq!(accept(b"ab\xff").unwrap_err(), ScriptError::NotUtf8 { offset: 2 });
    }
}
