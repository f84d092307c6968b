//! Expressions as the server writes them once it has read its own text. It writes what a statement became, and that can
//! be read as something slightly different, so that a database and its restored dump would differ although nobody changed
//! anything. Such texts are brought to where it ends, and stay texts that the server reads.
//!
//! Spaces, parentheses and qualification need no care: the server writes every text from a tree, under pinned settings.
//! What it reads otherwise than it wrote is known, and proved by dumps that are restored twice:
//!
//! - a cast of a list is read as casts of its elements: `(ARRAY['a'::character varying])::text[]`;
//! - a join without a condition (a NATURAL one that found no columns) is read as one with the condition `(true)`;
//! - a chain of AND, or of OR, that begins with such a chain is read as one: `((a AND b) AND c)`, as BETWEEN leaves it.

/// The text that the server writes after it has read this one.
///
/// ```
/// use pgwarrant::catalog::expression::settled;
/// assert_eq!(settled("(v = ANY ((ARRAY['a'::character varying])::text[]))".to_owned()),
///     "(v = ANY (ARRAY[('a'::character varying)::text]))");
/// assert_eq!(settled("(((a >= 1) AND (a <= 5)) AND b)".to_owned()), "((a >= 1) AND (a <= 5) AND b)");
/// ```
pub fn settled(text: String) -> String {
    // Most expressions hold nothing of that kind.
    let chained = text.contains("((") && (text.contains(" AND ") || text.contains(" OR "));
    if chained || text.contains("ARRAY[") || text.contains(" ON TRUE") { read(&text).unwrap_or(text) } else { text }
}

/// Reads from bracket to bracket; what is inside is settled when it closes. None where brackets do not match: what is not
/// understood stays as it is. Nothing here calls itself as deep as brackets are nested.
fn read(text: &str) -> Option<String> {
    let mut outer: Vec<Group> = Vec::new();
    let mut group = Group::default();
    let mut at = 0;
    while let Some(token) = Token::first(&text[at..]) {
        let end = at + token.length;
        let written = &text[at..end];
        match token.sort {
            Sort::Open | Sort::List => {
                let inside = Group { begins: written.to_owned(), ..Group::default() };
                outer.push(std::mem::replace(&mut group, inside));
            }
            Sort::Close => {
                let closed = std::mem::replace(&mut group, outer.pop()?);
                if (closed.begins == "(") != (written == ")") {
                    return None;
                }
                group.pieces.push(closed.close(written));
                // The cast stands behind the parenthesis that the list is in.
                if let Some(length) = group.cast(&text[end..]) {
                    at = end + length;
                    continue;
                }
            }
            Sort::Comma if group.begins == "ARRAY[" => group.end_element(),
            Sort::Other if written == "TRUE" && group.follows("ON") => group.pieces.push(Piece::plain("(true)")),
            Sort::Comma | Sort::Other => group.pieces.push(Piece::plain(written)),
        }
        at = end;
    }
    outer.is_empty().then(|| group.text())
}

/// What stands between two brackets.
#[derive(Default)]
struct Group {
    /// `(`, `[` or `ARRAY[`; empty for the whole.
    begins: String,
    pieces: Vec<Piece>,
    /// Of a list, those that are complete.
    elements: Vec<Element>,
}

/// A token, or brackets with all that is in them.
struct Piece {
    text: String,
    holds: Holds,
}

enum Holds {
    Token,
    /// A parenthesis around a chain of AND or of OR: the word, and what is inside.
    Chain(&'static str, String),
    List(Vec<Element>),
    /// A parenthesis around a list and nothing else.
    ListInside(Vec<Element>),
}

/// An element of a list; its own elements where it is a list itself.
#[derive(Clone)]
struct Element {
    text: String,
    elements: Option<Vec<Element>>,
}

impl Piece {
    fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), holds: Holds::Token }
    }
}

impl Group {
    fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// Whether what comes next follows this word.
    fn follows(&self, word: &str) -> bool {
        matches!(self.pieces.as_slice(), [.., last, space] if last.text == word && space.text == " ")
    }

    fn end_element(&mut self) {
        let text = self.text().trim().to_owned();
        let mut pieces = std::mem::take(&mut self.pieces).into_iter().filter(|piece| piece.text != " ");
        let elements = match (pieces.next().map(|piece| piece.holds), pieces.next()) {
            (Some(Holds::List(elements)), None) => Some(elements),
            _ => None,
        };
        self.elements.push(Element { text, elements });
    }

    /// The brackets with all that is in them, settled.
    fn close(mut self, ends: &str) -> Piece {
        if self.begins == "ARRAY[" {
            if !self.pieces.is_empty() || !self.elements.is_empty() {
                self.end_element();
            }
            return Piece { text: list(&self.elements), holds: Holds::List(self.elements) };
        }
        let chain = if self.begins == "(" { self.chain() } else { None };
        let inside = self.text();
        let text = format!("{}{inside}{ends}", self.begins);
        let holds = match (chain, self.pieces.pop()) {
            (Some(word), _) => Holds::Chain(word, inside),
            (None, Some(Piece { holds: Holds::List(elements), .. }))
                if self.pieces.is_empty() && self.begins == "(" =>
            {
                Holds::ListInside(elements)
            }
            _ => Holds::Token,
        };
        Piece { text, holds }
    }

    /// The word of the chain that this is, if it is one; a chain of the same word at its beginning becomes a part of it.
    fn chain(&mut self) -> Option<&'static str> {
        let mut words = self.pieces.iter().filter_map(|piece| match piece.text.as_str() {
            "AND" => Some(Some("AND")),
            "OR" => Some(Some("OR")),
            // Here AND is another word.
            "BETWEEN" | "SELECT" | "WITH" | "VALUES" | "BY" => Some(None),
            _ => None,
        });
        let word = words.next()??;
        if !words.all(|other| other == Some(word)) {
            return None;
        }
        if let [first, space, next, ..] = self.pieces.as_mut_slice()
            && space.text == " "
            && next.text == word
            && let Holds::Chain(inner, inside) = &first.holds
            && *inner == word
        {
            *first = Piece::plain(inside);
        }
        Some(word)
    }

    /// Puts the cast that stands behind a list in parentheses into its elements, and gives the cast's length.
    fn cast(&mut self, behind: &str) -> Option<usize> {
        let (sort, length) = array_type(behind.strip_prefix("::")?)?;
        let after_name = |piece: &Piece| piece.text.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"'));
        let at = self.pieces.len().checked_sub(1)?;
        // `f(ARRAY[...])` is a call.
        if at.checked_sub(1).and_then(|before| self.pieces.get(before)).is_some_and(after_name) {
            return None;
        }
        let Holds::ListInside(elements) = &self.pieces[at].holds else { return None };
        let elements: Vec<Element> = elements.iter().map(|element| cast(element, sort)).collect();
        self.pieces[at] = Piece { text: list(&elements), holds: Holds::List(elements) };
        Some("::".len() + length)
    }
}

fn list(elements: &[Element]) -> String {
    let texts: Vec<&str> = elements.iter().map(|element| element.text.as_str()).collect();
    format!("ARRAY[{}]", texts.join(", "))
}

/// An element of a list, cast as the server writes it. Lists in lists are as deep as an array has dimensions.
fn cast(element: &Element, sort: &str) -> Element {
    if let Some(elements) = &element.elements {
        let elements: Vec<Element> = elements.iter().map(|element| cast(element, sort)).collect();
        return Element { text: list(&elements), elements: Some(elements) };
    }
    let text = match (constant(&element.text), without_length(sort)) {
        // A constant of the same type that gets a length shows the type once.
        (Some((constant, of)), Some(plain)) if of == plain => format!("{constant}::{sort}"),
        _ => format!("({})::{sort}", element.text),
    };
    Element { text, elements: None }
}

/// A string and its type, where the element is nothing else: `'a'::character varying`.
fn constant(element: &str) -> Option<(&str, &str)> {
    let token = Token::first(element).filter(|_| element.starts_with(['\'', 'E']))?;
    let of = element[token.length..].strip_prefix("::")?;
    let plain = of.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | '"'));
    plain.then_some((&element[..token.length], of))
}

/// `character varying` of `character varying(3)`; none where there is no length.
fn without_length(sort: &str) -> Option<String> {
    let (before, rest) = sort.split_once('(')?;
    let (_, after) = rest.split_once(')')?;
    Some(format!("{before}{after}"))
}

/// The type of the elements and the length of the whole at the start of `text[], ...`: names, a length, and `[]`.
fn array_type(text: &str) -> Option<(&str, usize)> {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        if rest.starts_with("[]") {
            return (at > 0).then_some((&text[..at], at + 2));
        }
        let first = rest.chars().next()?;
        at += match first {
            '"' => Token::first(rest)?.length,
            '(' => {
                let end = rest.find(')')?;
                let numbers = rest[1..end].chars().all(|c| c.is_ascii_digit() || c == ',' || c == '-');
                if !numbers {
                    return None;
                }
                end + 1
            }
            c if c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | ' ') => first.len_utf8(),
            _ => return None,
        };
    }
}

/// A piece of an expression, as far as brackets and lists matter.
struct Token {
    sort: Sort,
    length: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Open,
    Close,
    Comma,
    /// `ARRAY[`.
    List,
    Other,
}

impl Token {
    /// The first of a text that is not empty.
    fn first(text: &str) -> Option<Self> {
        let first = text.chars().next()?;
        let (sort, length) = match first {
            '(' | '[' => (Sort::Open, 1),
            ')' | ']' => (Sort::Close, 1),
            ',' => (Sort::Comma, 1),
            '\'' => (Sort::Other, quoted(text, '\'', false)),
            '"' => (Sort::Other, quoted(text, '"', false)),
            'E' if text[1..].starts_with('\'') => (Sort::Other, 1 + quoted(&text[1..], '\'', true)),
            _ if text.starts_with("ARRAY[") => (Sort::List, "ARRAY[".len()),
            c if c.is_alphanumeric() || c == '_' => {
                let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$')));
                (Sort::Other, end.unwrap_or(text.len()))
            }
            c => (Sort::Other, c.len_utf8()),
        };
        Some(Self { sort, length })
    }
}

/// The length of what is in quotes, the doubled ones included; the whole text where it is not closed.
fn quoted(text: &str, quote: char, backslashes: bool) -> usize {
    let mut rest = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = rest.next() {
        if backslashes && c == '\\' {
            rest.next();
        } else if c == quote && rest.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::settled;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// Whatever text it is: nothing fails, and what is settled stays.
        #[test]
        fn what_is_settled_stays(tokens in proptest::collection::vec(prop::sample::select(vec![
            "ARRAY[", "(", "((", ")", "]", "[", ", ", " AND ", " OR ", "a", "é", "'x'", "'", "E'\\''", "::text[]", "::t(3)[]", "::t",
            "\"q\"", " ON TRUE", "BETWEEN ", "'a'::t",
        ]), 0..24)) {
            let once = settled(tokens.concat());
            prop_assert_eq!(settled(once.clone()), once);
        }
    }

    #[test]
    fn a_cast_of_a_list_is_a_cast_of_its_elements() {
        for (first, then) in [
            (
                "(ARRAY['a'::character varying, 'b'::character varying])::text[]",
                "ARRAY[('a'::character varying)::text, ('b'::character varying)::text]",
            ),
            (
                "((x)::text = ANY ((ARRAY['it''s'::character varying, '),(]'::character varying])::text[]))",
                "((x)::text = ANY (ARRAY[('it''s'::character varying)::text, ('),(]'::character varying)::text]))",
            ),
            (
                "(ARRAY[ARRAY['a'::text], ARRAY[x, f(y, 1)]])::s.\"T x\"[]",
                "ARRAY[ARRAY[('a'::text)::s.\"T x\"], ARRAY[(x)::s.\"T x\", (f(y, 1))::s.\"T x\"]]",
            ),
            (
                "((ARRAY['a'::text])::character varying[])::character varying(3)[]",
                "ARRAY[(('a'::text)::character varying)::character varying(3)]",
            ),
            ("(ARRAY['a'::character varying])::character varying(3)[]", "ARRAY['a'::character varying(3)]"),
            ("(ARRAY[E'a\\'),(b'::text])::bytea[]", "ARRAY[(E'a\\'),(b'::text)::bytea]"),
            (
                "(ARRAY[1, 2])::timestamp(3) without time zone[]",
                "ARRAY[(1)::timestamp(3) without time zone, (2)::timestamp(3) without time zone]",
            ),
            ("f((ARRAY[(ARRAY[1])::bigint[]])::numeric[])", "f(ARRAY[ARRAY[((1)::bigint)::numeric]])"),
        ] {
            assert_eq!(settled(first.to_owned()), then);
            assert_eq!(settled(then.to_owned()), then);
        }
    }

    #[test]
    fn a_chain_at_the_beginning_of_a_chain_is_a_part_of_it() {
        for (first, then) in [
            ("((a AND b) AND c)", "(a AND b AND c)"),
            ("((a OR b) OR (c OR d))", "(a OR b OR (c OR d))"),
            (
                "((((a >= 1) AND (a <= 5)) AND b) AND (NOT ((c OR d) OR e)))",
                "((a >= 1) AND (a <= 5) AND b AND (NOT (c OR d OR e)))",
            ),
            (
                "f(((a AND b) AND (v = ANY ((ARRAY['x'::character varying])::text[]))))",
                "f((a AND b AND (v = ANY (ARRAY[('x'::character varying)::text]))))",
            ),
        ] {
            assert_eq!(settled(first.to_owned()), then);
            assert_eq!(settled(then.to_owned()), then);
        }
    }

    #[test]
    fn a_join_without_a_condition_has_a_true_one() {
        assert_eq!(settled("(a JOIN b ON TRUE)".to_owned()), "(a JOIN b ON (true))");
        for text in ["ON true", "'ON TRUE'", "x.\"ON TRUE\"", "(a JOIN b ON (true))", "CON TRUE"] {
            assert_eq!(settled(text.to_owned()), text);
        }
    }

    #[test]
    fn brackets_may_be_nested_as_deep_as_anybody_likes() {
        let deep = |inside: &str| format!("{}{inside}{}", "(".repeat(20_000), ")".repeat(20_000));
        assert_eq!(settled(deep("((a AND b) AND c)")), deep("(a AND b AND c)"));
    }

    #[test]
    fn nothing_else_is_touched() {
        for text in [
            "",
            "x",
            "'(ARRAY[1])::text[]'::text",
            "\"(ARRAY[1])::text[]\"",
            "ARRAY[1, 2]",
            "(ARRAY[1])::t AND (b)::text[]",
            "(ARRAY[1])[1]",
            "(x || ARRAY[1])::text[]",
            "(ARRAY[1] || x)::text[]",
            "MYARRAY[1]",
            "ARRAY[",
            "ARRAY[1",
            "(ARRAY[1)",
            "(ARRAY[1])::",
            "(ARRAY[1])::[]",
            "(ARRAY[$1])",
            "'ARRAY[",
            "ARRAY(SELECT 1)",
            "(ARRAY[1])::text",
            "é ARRAY[1]",
            "ARRAY[x[1], (y)[2:3]]",
            "f(ARRAY[1])::text[]",
            "((a AND b) OR c)",
            "(a AND (b AND c))",
            "((a AND b)) AND c",
            "((a AND b) = c AND d)",
            "'((a AND b) AND c)'",
            "((a AND b) AND c",
            "sum(x) OVER (ROWS BETWEEN ((a AND b)) PRECEDING AND CURRENT ROW)",
        ] {
            assert_eq!(settled(text.to_owned()), text);
        }
    }
}
