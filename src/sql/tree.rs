//! The parse tree on one flat tape. Every field of every node is recorded by its name, whatever it is, so that what
//! looks for something looks everywhere: deny by default means that nothing is skipped. Fields that say nothing
//! (false, 0, "", absent) take no room. Walking is a scan of the tape: no depth of nesting reaches the stack.

use serde::Serialize;
use serde::ser::{self, SerializeSeq, SerializeStruct};

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
enum Holds {
    /// A node of this kind.
    Node(&'static str),
    List,
    /// From, to: in `Tree::text`.
    Text(u32, u32),
    Number(i64),
    Flag(bool),
}

/// A parsed statement.
#[derive(Debug, Default)]
pub struct Tree {
    cells: Vec<Cell>,
    text: String,
}

/// How two readings of one text differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    None,
    /// In the content of strings only.
    Payload,
    Structure,
}

impl Tree {
    /// Records a node of the parser's own structs.
    pub fn of(node: &impl Serialize) -> Result<Self, Unrecorded> {
        let mut recorder = Recorder { tree: Self::default(), kind: "", name: "", in_list: true };
        recorder.tree.cells.reserve(128);
        node.serialize(&mut recorder)?;
        Ok(recorder.tree)
    }

    /// The node that was recorded.
    pub fn root(&self) -> View<'_> {
        View { tree: self, at: if self.cells.is_empty() { NOWHERE } else { 0 } }
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

fn is_place(name: &str) -> bool {
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

    pub fn owned(self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
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

/// A tree that cannot be recorded: the parser's structs hold something of a new shape, or there is too much of it.
#[derive(Debug, thiserror::Error)]
#[error("the parse tree cannot be read: {what}")]
pub struct Unrecorded {
    what: String,
}

impl ser::Error for Unrecorded {
    fn custom<T: std::fmt::Display>(what: T) -> Self {
        Self { what: what.to_string() }
    }
}

fn unknown(what: &str) -> Unrecorded {
    Unrecorded { what: format!("{what} is not a thing it holds") }
}

/// Writes the tape while serde walks the parser's structs.
struct Recorder {
    tree: Tree,
    /// The node it stands in.
    kind: &'static str,
    /// The field that comes next.
    name: &'static str,
    /// Items are recorded even where they say nothing.
    in_list: bool,
}

impl Recorder {
    fn push(&mut self, holds: Holds) -> Result<usize, Unrecorded> {
        let at = self.tree.cells.len();
        let end = u32::try_from(at + 1).map_err(|_| unknown("so large a tree"))?;
        self.tree.cells.push(Cell { name: self.name, end, holds });
        Ok(at)
    }

    fn close(&mut self, at: usize) {
        // `push` has seen that every place fits.
        self.tree.cells[at].end = u32::try_from(self.tree.cells.len()).unwrap_or(NOWHERE);
    }

    fn number(&mut self, number: i64) -> Result<(), Unrecorded> {
        // Places are many, and asked for in definitions only.
        let says_something =
            (number != 0 || self.in_list) && (matches!(self.kind, "ColumnDef" | "Constraint") || !is_place(self.name));
        if says_something {
            self.push(Holds::Number(number))?;
        }
        Ok(())
    }
}

impl<'r> ser::Serializer for &'r mut Recorder {
    type Ok = ();
    type Error = Unrecorded;
    type SerializeSeq = ListRecorder<'r>;
    type SerializeStruct = NodeRecorder<'r>;
    type SerializeTuple = ser::Impossible<(), Unrecorded>;
    type SerializeTupleStruct = ser::Impossible<(), Unrecorded>;
    type SerializeTupleVariant = ser::Impossible<(), Unrecorded>;
    type SerializeMap = ser::Impossible<(), Unrecorded>;
    type SerializeStructVariant = ser::Impossible<(), Unrecorded>;

    fn serialize_bool(self, value: bool) -> Result<(), Unrecorded> {
        if value || self.in_list {
            self.push(Holds::Flag(value))?;
        }
        Ok(())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Unrecorded> {
        self.number(i64::from(value))
    }

    fn serialize_i64(self, value: i64) -> Result<(), Unrecorded> {
        self.number(value)
    }

    fn serialize_u32(self, value: u32) -> Result<(), Unrecorded> {
        self.number(i64::from(value))
    }

    fn serialize_u64(self, value: u64) -> Result<(), Unrecorded> {
        self.number(i64::try_from(value).map_err(|_| unknown("so large a number"))?)
    }

    fn serialize_str(self, value: &str) -> Result<(), Unrecorded> {
        if value.is_empty() && !self.in_list {
            return Ok(());
        }
        let place = |at: usize| u32::try_from(at).map_err(|_| unknown("so long a text"));
        let from = place(self.tree.text.len())?;
        self.tree.text.push_str(value);
        let to = place(self.tree.text.len())?;
        self.push(Holds::Text(from, to))?;
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Unrecorded> {
        // A list can hold nothing in a place: its neighbours keep theirs.
        if self.in_list {
            self.push(Holds::Node(""))?;
        }
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unrecorded> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        value: &T,
    ) -> Result<(), Unrecorded> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<(), Unrecorded> {
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<ListRecorder<'r>, Unrecorded> {
        if length == Some(0) && !self.in_list {
            return Ok(ListRecorder { recorder: self, at: None, outer: false });
        }
        let at = self.push(Holds::List)?;
        let outer = self.in_list;
        (self.name, self.in_list) = ("", true);
        Ok(ListRecorder { recorder: self, at: Some(at), outer })
    }

    fn serialize_struct(self, kind: &'static str, _length: usize) -> Result<NodeRecorder<'r>, Unrecorded> {
        // A Node is only the wrapper of the one it holds.
        let at = if kind == "Node" { None } else { Some(self.push(Holds::Node(kind))?) };
        let outer = (self.kind, self.in_list);
        if at.is_some() {
            (self.kind, self.in_list) = (kind, false);
        }
        Ok(NodeRecorder { recorder: self, at, kind, outer })
    }

    fn serialize_unit(self) -> Result<(), Unrecorded> {
        self.serialize_none()
    }

    fn serialize_f64(self, value: f64) -> Result<(), Unrecorded> {
        // Costs and row estimates: no raw parse tree holds one.
        if value == 0.0 { Ok(()) } else { Err(unknown("a float")) }
    }

    fn serialize_i8(self, _: i8) -> Result<(), Unrecorded> {
        Err(unknown("an i8"))
    }

    fn serialize_i16(self, _: i16) -> Result<(), Unrecorded> {
        Err(unknown("an i16"))
    }

    fn serialize_u8(self, _: u8) -> Result<(), Unrecorded> {
        Err(unknown("a u8"))
    }

    fn serialize_u16(self, _: u16) -> Result<(), Unrecorded> {
        Err(unknown("a u16"))
    }

    fn serialize_f32(self, _: f32) -> Result<(), Unrecorded> {
        Err(unknown("a float"))
    }

    fn serialize_char(self, _: char) -> Result<(), Unrecorded> {
        Err(unknown("a character"))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Unrecorded> {
        Err(unknown("a byte string"))
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Unrecorded> {
        Err(unknown(name))
    }

    fn serialize_unit_variant(self, name: &'static str, _: u32, _: &'static str) -> Result<(), Unrecorded> {
        Err(unknown(name))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Unrecorded> {
        Err(unknown("a tuple"))
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Unrecorded> {
        Err(unknown(name))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unrecorded> {
        Err(unknown(name))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Unrecorded> {
        Err(unknown("a map"))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unrecorded> {
        Err(unknown(name))
    }
}

struct ListRecorder<'r> {
    recorder: &'r mut Recorder,
    at: Option<usize>,
    outer: bool,
}

impl SerializeSeq for ListRecorder<'_> {
    type Ok = ();
    type Error = Unrecorded;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unrecorded> {
        (self.recorder.name, self.recorder.in_list) = ("", true);
        value.serialize(&mut *self.recorder)
    }

    fn end(self) -> Result<(), Unrecorded> {
        if let Some(at) = self.at {
            self.recorder.close(at);
            self.recorder.in_list = self.outer;
        }
        Ok(())
    }
}

struct NodeRecorder<'r> {
    recorder: &'r mut Recorder,
    at: Option<usize>,
    kind: &'static str,
    outer: (&'static str, bool),
}

impl SerializeStruct for NodeRecorder<'_> {
    type Ok = ();
    type Error = Unrecorded;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unrecorded> {
        if self.at.is_some() {
            (self.recorder.kind, self.recorder.name, self.recorder.in_list) = (self.kind, name, false);
        }
        value.serialize(&mut *self.recorder)
    }

    fn end(self) -> Result<(), Unrecorded> {
        if let Some(at) = self.at {
            self.recorder.close(at);
        }
        (self.recorder.kind, self.recorder.in_list) = self.outer;
        Ok(())
    }
}
