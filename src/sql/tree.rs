//! The parse tree on one flat tape. Every field of every node is recorded by its name, whatever it is, so that what
//! looks for something looks everywhere: deny by default means that nothing is skipped. Fields that say nothing
//! (false, 0, "", absent) take no room. Walking is a scan of the tape: no depth of nesting reaches the stack.

use compact_str::CompactString;

/// One field of a node, or one item of a list; what is inside follows it on the tape.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// The field's name; empty for an item of a list.
    name: &'static str,
    /// The place behind everything that is inside.
    end: u32,
    holds: Holds,
}

#[derive(Clone, Copy, Debug)]
pub enum Holds {
    /// A node of this kind.
    Node(&'static str),
    List,
    /// From, to: in `Tree::text`.
    Text(u32, u32),
    Number(i64),
    Flag(bool),
}

/// Parsed statements, one behind the other on one tape.
#[derive(Debug, Default)]
pub struct Tree {
    cells: Vec<Cell>,
    text: String,
}

/// A text or a tree that is too large for a tape.
#[derive(Debug, thiserror::Error)]
#[error("it is too large")]
pub struct TooLarge;

/// How two readings of one text differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    None,
    /// In the content of strings only.
    Payload,
    Structure,
}

impl Tree {
    /// Makes room for about so many cells.
    pub fn reserve(&mut self, cells: usize) {
        self.cells.reserve(cells);
    }

    /// Writes a field, or an item where it has no name. What is written until `close` is inside.
    pub fn open(&mut self, name: &'static str, holds: Holds) -> Result<usize, TooLarge> {
        let at = self.cells.len();
        let end = u32::try_from(at + 1).map_err(|_| TooLarge)?;
        self.cells.push(Cell { name, end, holds });
        Ok(at)
    }

    pub fn close(&mut self, at: usize) {
        // `open` has seen that every place fits.
        self.cells[at].end = u32::try_from(self.cells.len()).unwrap_or(NOWHERE);
    }

    /// Keeps a text, for `Holds::Text`.
    pub fn keep(&mut self, text: &str) -> Result<Holds, TooLarge> {
        let from = u32::try_from(self.text.len()).map_err(|_| TooLarge)?;
        self.text.push_str(text);
        Ok(Holds::Text(from, u32::try_from(self.text.len()).map_err(|_| TooLarge)?))
    }

    /// The first statement.
    pub fn root(&self) -> View<'_> {
        View { tree: self, at: if self.cells.is_empty() { NOWHERE } else { 0 } }
    }

    /// Every statement, in order.
    pub fn statements(&self) -> Inside<'_> {
        Inside { tree: self, next: 0, end: u32::try_from(self.cells.len()).unwrap_or(0) }
    }

    /// Compares two readings of one text: places do not count, the content of strings counts for itself.
    pub fn difference(&self, other: &Self) -> Difference {
        if self.cells.len() != other.cells.len() {
            return Difference::Structure;
        }
        let mut found = Difference::None;
        for (one, two) in self.cells.iter().zip(&other.cells) {
            if one.name != two.name || one.end != two.end {
                return Difference::Structure;
            }
            let same = match (one.holds, two.holds) {
                (Holds::Node(one), Holds::Node(two)) => one == two,
                (Holds::List, Holds::List) => true,
                (Holds::Flag(one), Holds::Flag(two)) => one == two,
                (Holds::Number(number), Holds::Number(other)) => number == other || is_place(one.name),
                (Holds::Text(from, to), Holds::Text(other_from, other_to)) => {
                    let same =
                        self.text[from as usize..to as usize] == other.text[other_from as usize..other_to as usize];
                    // The content of a constant, a comment, or a function body.
                    if !same && matches!(one.name, "sval" | "comment" | "label" | "filename") {
                        found = Difference::Payload;
                        continue;
                    }
                    same
                }
                _ => false,
            };
            if !same {
                return Difference::Structure;
            }
        }
        found
    }
}

/// Whether a field is an offset in the text.
pub fn is_place(name: &str) -> bool {
    name == "location" || name.ends_with("_location") || matches!(name, "list_start" | "list_end")
}

const NOWHERE: u32 = u32::MAX;

/// A place on the tape, or nowhere: a question to nowhere is answered with nothing.
#[derive(Clone, Copy)]
pub struct View<'a> {
    tree: &'a Tree,
    at: u32,
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "View({}, {:?})", self.at, self.cell())
    }
}

impl PartialEq for View<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && std::ptr::eq(self.tree, other.tree)
    }
}

impl<'a> View<'a> {
    fn cell(self) -> Option<&'a Cell> {
        self.tree.cells.get(self.at as usize)
    }

    pub fn holds(self) -> Option<Holds> {
        self.cell().map(|cell| cell.holds)
    }

    /// Whether two fields differ in what they hold, as far as can be seen without going deeper.
    pub fn differs(self, other: Self) -> bool {
        match (self.holds(), other.holds()) {
            (Some(Holds::Flag(one)), Some(Holds::Flag(two))) => one != two,
            (Some(Holds::Number(one)), Some(Holds::Number(two))) => one != two,
            (Some(Holds::Node(one)), Some(Holds::Node(two))) => one != two,
            (Some(Holds::Text(..)), Some(Holds::Text(..))) => self.content() != other.content(),
            (Some(Holds::List), Some(Holds::List)) => self.inside().count() != other.inside().count(),
            _ => true,
        }
    }

    fn nowhere(self) -> Self {
        Self { tree: self.tree, at: NOWHERE }
    }

    /// What is directly inside, in order.
    pub fn inside(self) -> Inside<'a> {
        match self.cell() {
            Some(cell) => Inside { tree: self.tree, next: self.at + 1, end: cell.end },
            None => Inside { tree: self.tree, next: 0, end: 0 },
        }
    }

    /// This node and every node inside it, however deep, in the order of the text's syntax.
    pub fn nodes(self) -> impl Iterator<Item = View<'a>> {
        let (first, end) = self.cell().map_or((0, 0), |cell| (self.at, cell.end));
        let tree = self.tree;
        (first..end)
            .filter_map(move |at| matches!(tree.cells[at as usize].holds, Holds::Node(_)).then_some(View { tree, at }))
    }

    /// The kind of the node: `CreateStmt`. Empty for what is no node.
    pub fn kind(self) -> &'static str {
        match self.cell().map(|cell| cell.holds) {
            Some(Holds::Node(kind)) => kind,
            _ => "",
        }
    }

    pub fn is(self, kind: &str) -> bool {
        self.kind() == kind
    }

    /// A field, or nowhere.
    pub fn get(self, name: &str) -> Self {
        self.inside().find(|field| field.name() == name).unwrap_or_else(|| self.nowhere())
    }

    /// The name of the field this stands in.
    pub fn name(self) -> &'static str {
        self.cell().map_or("", |cell| cell.name)
    }

    pub fn exists(self) -> bool {
        self.at != NOWHERE
    }

    pub fn is_set(self, name: &str) -> bool {
        self.get(name).exists()
    }

    /// The text that stands here, if a text stands here.
    pub fn content(self) -> Option<&'a str> {
        match self.cell()?.holds {
            Holds::Text(from, to) => Some(&self.tree.text[from as usize..to as usize]),
            _ => None,
        }
    }

    /// A field's text; none where it is empty.
    pub fn text(self, name: &str) -> Option<&'a str> {
        self.get(name).content().filter(|text| !text.is_empty())
    }

    pub fn owned(self, name: &str) -> Option<CompactString> {
        self.text(name).map(CompactString::new)
    }

    pub fn flag(self, name: &str) -> bool {
        matches!(self.get(name).cell().map(|cell| cell.holds), Some(Holds::Flag(true)))
    }

    pub fn number(self, name: &str) -> i32 {
        match self.get(name).cell().map(|cell| cell.holds) {
            Some(Holds::Number(number)) => i32::try_from(number).unwrap_or(0),
            _ => 0,
        }
    }

    /// The items of a list, or of a field that is one.
    pub fn list(self, name: &str) -> Inside<'a> {
        let field = self.get(name);
        match field.cell().map(|cell| cell.holds) {
            Some(Holds::List) => field.inside(),
            _ => field.nowhere().inside(),
        }
    }

    /// The items of a field that is a list, as far as they are nodes of this kind.
    pub fn list_of(self, name: &str, kind: &'static str) -> impl Iterator<Item = View<'a>> {
        self.list(name).filter(move |item| item.is(kind))
    }

    /// The text of a String node; an empty one has the empty text.
    pub fn string(self) -> Option<&'a str> {
        self.is("String").then(|| self.get("sval").content().unwrap_or(""))
    }

    /// The names in a list of String nodes, whether bare, in a List, in a TypeName or in an ObjectWithArgs.
    pub fn strings(self) -> Vec<&'a str> {
        let mut found = Vec::new();
        self.collect_strings(&mut found);
        found
    }

    fn collect_strings(self, into: &mut Vec<&'a str>) {
        match self.cell().map(|cell| cell.holds) {
            Some(Holds::List) => self.inside().for_each(|item| item.collect_strings(into)),
            Some(Holds::Node("String")) => into.extend(self.string().filter(|text| !text.is_empty())),
            Some(Holds::Node("List")) => self.get("items").collect_strings(into),
            Some(Holds::Node("TypeName")) => self.get("names").collect_strings(into),
            Some(Holds::Node("ObjectWithArgs")) => self.get("objname").collect_strings(into),
            _ => {}
        }
    }
}

/// What is directly inside a node or a list.
#[derive(Clone, Debug)]
pub struct Inside<'a> {
    tree: &'a Tree,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Inside<'a> {
    type Item = View<'a>;

    fn next(&mut self) -> Option<View<'a>> {
        if self.next >= self.end {
            return None;
        }
        let at = self.next;
        self.next = self.tree.cells[at as usize].end;
        Some(View { tree: self.tree, at })
    }
}

/// The last part of a name and the one before it.
pub fn qualified<'a>(parts: &[&'a str]) -> Option<(Option<&'a str>, &'a str)> {
    match parts {
        [] => None,
        [name] => Some((None, name)),
        [.., schema, name] => Some((Some(schema), name)),
    }
}
