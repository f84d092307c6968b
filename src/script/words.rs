//! What psql makes of the words of a statement: whether it copies, sets, or makes a routine whose body may hold `;`.

pub enum Block {
    Opens,
    Closes,
}

/// psql's heuristic for function bodies: does the statement begin with CREATE [OR REPLACE] FUNCTION or PROCEDURE,
/// and how deep in BEGIN/CASE ... END are we (psqlscan.l, rule `identifier`).
#[derive(Default)]
pub struct Words {
    /// Where the first one stands.
    pub at: usize,
    pub count: usize,
    /// Something else stands before it: then it is no command's.
    preceded: bool,
    initials: [u8; 4],
    copies: bool,
    pub sets: bool,
    after_from: bool,
    pub copies_from_stdin: bool,
}

impl Words {
    /// Nothing that follows can matter any more.
    pub fn done(&self) -> bool {
        self.count >= 4 && !self.copies && !self.is_routine()
    }

    pub fn is_routine(&self) -> bool {
        matches!(self.initials, [b'c', b'f' | b'p', ..] | [b'c', b'o', b'r', b'f' | b'p'])
    }

    /// Something that is no word.
    pub fn pass(&mut self) {
        self.preceded |= self.count == 0;
    }

    pub fn see(&mut self, word: &str, outside_parentheses: bool, inside_block: bool) -> Option<Block> {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        if self.count < 4 && ["create", "function", "procedure", "or", "replace"].into_iter().any(is) {
            self.initials[self.count] = word.as_bytes()[0].to_ascii_lowercase();
        }
        if self.count == 0 && !self.preceded {
            self.copies = is("copy");
            self.sets = is("set") || is("reset");
        }
        if self.copies && outside_parentheses {
            self.copies_from_stdin |= self.after_from && is("stdin");
            self.after_from = is("from");
        }
        self.count += 1;
        if !self.is_routine() || !outside_parentheses {
            None
        } else if is("begin") || (inside_block && is("case")) {
            Some(Block::Opens)
        } else if is("end") {
            Some(Block::Closes)
        } else {
            None
        }
    }
}
