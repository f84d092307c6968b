//! SQL out of a fenced block of a Markdown document: the bytes between the fences, nothing added, nothing lost.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::ScriptError;
use crate::base::{Digest, LineMap};

struct Block {
    /// The headings above it, outermost first.
    headings: Vec<String>,
    line: usize,
    text: String,
    closed: bool,
}

/// The one block fenced as ```` ```sql ```` that is meant: under a heading, or the `index`-th (from 1) in the
/// document (or under the heading, where both are given), or the only one. With `expected`, only those very bytes.
///
/// ```
/// let document = "# Plan\n\n## DDL\n\n```sql\nSELECT 1;\n```\n";
/// let sql = pgwarrant::script::freeze(document, Some("DDL"), None, None).unwrap();
/// assert_eq!(sql, b"SELECT 1;\n");
/// ```
pub fn freeze(
    markdown: &str,
    heading: Option<&str>,
    index: Option<usize>,
    expected: Option<&str>,
) -> Result<Vec<u8>, ScriptError> {
    let expected = match expected {
        Some(text) => Some(
            text.parse::<Digest>().map_err(|_| ScriptError::NotADigest { text: text.chars().take(80).collect() })?,
        ),
        None => None,
    };
    let blocks = blocks(markdown);
    let under: Vec<(usize, &Block)> = blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| {
            heading.is_none_or(|wanted| block.headings.iter().any(|title| title.trim() == wanted.trim()))
        })
        .collect();
    let wanted = match (heading, index) {
        (Some(heading), Some(index)) => format!("number {index} under the heading `{heading}`"),
        (Some(heading), None) => format!("under the heading `{heading}`"),
        (None, Some(index)) => format!("number {index}"),
        (None, None) => "in the document".to_owned(),
    };
    let chosen = match index {
        Some(index) => index.checked_sub(1).and_then(|index| under.get(index)),
        None if under.len() > 1 => {
            let candidates = under.iter().enumerate().map(|(at, (_, block))| describe(at + 1, block)).collect();
            return Err(ScriptError::BlockAmbiguous { wanted, candidates });
        }
        None => under.first(),
    };
    let Some((_, block)) = chosen else {
        let blocks = blocks.iter().enumerate().map(|(at, block)| describe(at + 1, block)).collect();
        return Err(ScriptError::BlockAbsent { wanted, blocks });
    };
    if !block.closed {
        return Err(ScriptError::BlockUnclosed { line: block.line });
    }
    let found = Digest::of(block.text.as_bytes());
    match expected {
        Some(expected) if expected != found => Err(ScriptError::DigestDiffers { expected, found }),
        _ => Ok(block.text.clone().into_bytes()),
    }
}

fn describe(number: usize, block: &Block) -> String {
    let heading = block.headings.last().map_or("no heading", String::as_str);
    format!(
        "{number}: line {}, under `{heading}`, {} bytes, sha256 {}",
        block.line,
        block.text.len(),
        Digest::of(block.text.as_bytes())
    )
}

/// Every block whose info string begins with `sql`, `postgresql`, `postgres` or `pgsql`.
fn blocks(markdown: &str) -> Vec<Block> {
    let lines = LineMap::new(markdown);
    let mut blocks = Vec::new();
    let mut headings: Vec<(HeadingLevel, String)> = Vec::new();
    let mut title: Option<String> = None;
    let mut open: Option<Block> = None;
    for (event, range) in Parser::new_ext(markdown, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                headings.retain(|(above, _)| *above < level);
                headings.push((level, String::new()));
                title = Some(String::new());
            }
            Event::End(TagEnd::Heading(_)) => {
                if let (Some(text), Some(last)) = (title.take(), headings.last_mut()) {
                    last.1 = text;
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if is_sql(&info) => {
                open = Some(Block {
                    headings: headings.iter().map(|(_, title)| title.clone()).collect(),
                    line: lines.place(range.start).line,
                    text: String::new(),
                    closed: is_closed(&markdown[range]),
                });
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(block) = &mut open {
                    block.text.push_str(&text);
                } else if let Some(title) = &mut title {
                    title.push_str(&text);
                }
            }
            _ => {}
        }
    }
    blocks
}

fn is_sql(info: &str) -> bool {
    let word = info.split([' ', ',', '{', '\t']).next().unwrap_or_default();
    ["sql", "postgresql", "postgres", "pgsql"].into_iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// The parser ends an unclosed block with the document: only the last line tells.
fn is_closed(block: &str) -> bool {
    let first = block.trim_start();
    let Some(fence) = first.chars().next() else { return false };
    let length = first.chars().take_while(|character| *character == fence).count();
    let last = block.trim_end().lines().skip(1).last().unwrap_or_default();
    let last = last.trim_start_matches(['>', ' ', '\t']).trim_end();
    last.len() >= length && last.chars().all(|character| character == fence)
}

#[cfg(test)]
mod tests {
    use super::{ScriptError, freeze};
    use crate::base::{Coded as _, Digest};

    const DOCUMENT: &str = "# Plan\n\n```sh\nls\n```\n\n## DDL\n\n```sql\nSELECT 1;\n\nSELECT '```';\n```\n\n## Undo\n\n\
                            ~~~~sql title=x\nSELECT 2;\n~~~~\n";

    #[test]
    fn a_block_is_found_by_heading_or_by_index_and_its_bytes_are_kept() {
        assert_eq!(freeze(DOCUMENT, Some("DDL"), None, None).unwrap(), b"SELECT 1;\n\nSELECT '```';\n");
        assert_eq!(freeze(DOCUMENT, None, Some(2), None).unwrap(), b"SELECT 2;\n");
        assert_eq!(freeze(DOCUMENT, Some("Undo"), Some(1), None).unwrap(), b"SELECT 2;\n");
    }

    #[test]
    fn an_ambiguous_or_absent_block_is_an_error_that_lists_what_there_is() {
        let ambiguous = freeze(DOCUMENT, Some("Plan"), None, None).unwrap_err();
        assert_eq!(ambiguous.code(), "script.block-ambiguous");
        assert!(ambiguous.hint().unwrap().contains("2: line 17, under `Undo`"), "{:?}", ambiguous.hint());
        let absent = freeze(DOCUMENT, Some("Nowhere"), None, None).unwrap_err();
        assert!(absent.hint().unwrap().contains("under `DDL`"));
        assert_eq!(freeze(DOCUMENT, None, Some(0), None).unwrap_err().code(), "script.block-absent");
        assert_eq!(freeze("no code", None, None, None).unwrap_err().code(), "script.block-absent");
    }

    #[test]
    fn the_digest_decides() {
        let right = Digest::of(b"SELECT 2;\n");
        assert!(freeze(DOCUMENT, None, Some(2), Some(right.as_str())).is_ok());
        let wrong = freeze(DOCUMENT, Some("DDL"), None, Some(right.as_str())).unwrap_err();
        assert!(matches!(wrong, ScriptError::DigestDiffers { ref expected, .. } if *expected == right));
        assert_eq!(freeze(DOCUMENT, None, Some(2), Some("abc")).unwrap_err().code(), "script.not-a-digest");
    }

    #[test]
    fn an_unclosed_block_is_refused() {
        assert_eq!(freeze("```sql\nSELECT 1;\n", None, None, None).unwrap_err().code(), "script.block-unclosed");
    }
}
