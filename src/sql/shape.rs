//! What the parser's messages look like on the wire: the name of every field, and what it holds. It is learnt from the
//! parser's own structs, kind by kind as they are met: a message with a single field set is decoded, and serde tells
//! which field that is. So nothing here repeats the grammar, and a new version of the parser is read like the old one.

use std::sync::OnceLock;

use pg_query::protobuf::Node;
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};
use serde::Serialize;
use serde::ser::{self, SerializeSeq, SerializeStruct};

use super::tree::{Holds, TooLarge, Tree, View, is_place};

/// A field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub sort: Sort,
    pub repeated: bool,
    /// A place in the text that nobody asks for.
    pub unasked: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Flag,
    Number,
    Text,
    /// A node of any kind.
    Node,
    /// A node of this one kind, by its number.
    Kind(u32),
}

/// A kind of node.
#[derive(Debug)]
pub struct Shape {
    pub kind: &'static str,
    number: u32,
    /// By their numbers.
    fields: OnceLock<Vec<Option<Field>>>,
}

/// So many numbers in a row that are not given mean that no greater one is.
const GAP: u32 = 16;

impl Shape {
    /// The kind of this number.
    pub fn of(number: u32) -> Option<&'static Self> {
        static KINDS: OnceLock<Vec<Option<Shape>>> = OnceLock::new();
        let kinds = KINDS.get_or_init(|| {
            numbered(|number| {
                let tree = decoded(number, &[])?;
                let kind = tree.root().get("node").kind();
                (!kind.is_empty()).then(|| Self { kind, number, fields: OnceLock::new() })
            })
        });
        kinds.get(usize::try_from(number).ok()?)?.as_ref()
    }

    fn named(kind: &str) -> Option<&'static Self> {
        (1..).map_while(|number| (number < 1_000).then(|| Self::of(number))).flatten().find(|shape| shape.kind == kind)
    }

    /// The field of this number.
    pub fn field(&self, number: u32) -> Option<Field> {
        let fields = self.fields.get_or_init(|| {
            let empty = decoded(self.number, &[]);
            numbered(|number| self.learn(number, empty.as_ref()?.root().get("node")))
        });
        *fields.get(usize::try_from(number).ok()?)?
    }

    /// Sets the field in each way that there is, until one can be decoded and makes a difference.
    fn learn(&self, number: u32, empty: View) -> Option<Field> {
        let mut one = Vec::new();
        encode_key(number, WireType::Varint, &mut one);
        encode_varint(1, &mut one);
        let within = |content: &[u8]| {
            let mut message = Vec::new();
            encode_key(number, WireType::LengthDelimited, &mut message);
            encode_varint(content.len() as u64, &mut message);
            message.extend(content);
            message
        };
        [one, within(b"a"), within(b"")].into_iter().find_map(|message| {
            let tree = decoded(self.number, &message)?;
            let changed = tree.root().get("node");
            let (_, field) = empty.inside().zip(changed.inside()).find(|(one, two)| one.differs(*two))?;
            let item = field.inside().next().filter(|_| matches!(field.holds(), Some(Holds::List)));
            let sort = match item.unwrap_or(field).holds()? {
                Holds::Flag(_) => Sort::Flag,
                Holds::Number(_) => Sort::Number,
                Holds::Text(..) => Sort::Text,
                Holds::Node("Node") => Sort::Node,
                Holds::Node(kind) => Sort::Kind(Self::named(kind)?.number),
                Holds::List => return None,
            };
            let name = field.name();
            let unasked = is_place(name) && !matches!(self.kind, "ColumnDef" | "Constraint");
            Some(Field { name, sort, repeated: item.is_some(), unasked })
        })
    }
}

/// What the numbers from 1 on stand for, until none does any more. Nothing stands at 0.
fn numbered<T>(of: impl Fn(u32) -> Option<T>) -> Vec<Option<T>> {
    let (mut found, mut missing) = (vec![None], 0);
    for number in 1.. {
        found.push(of(number));
        missing = if found.last().is_some_and(Option::is_some) { 0 } else { missing + 1 };
        if missing == GAP {
            break;
        }
    }
    found.truncate(found.len() - GAP as usize);
    found
}

/// A node of this kind with this content, as the parser's structs see it.
fn decoded(kind: u32, content: &[u8]) -> Option<Tree> {
    let mut bytes = Vec::new();
    encode_key(kind, WireType::LengthDelimited, &mut bytes);
    encode_varint(content.len() as u64, &mut bytes);
    bytes.extend(content);
    let node = Node::decode(bytes.as_slice()).ok()?;
    let mut recorder = Recorder { tree: Tree::default(), name: "" };
    node.serialize(&mut recorder).ok()?;
    Some(recorder.tree)
}

/// Why a message is not learnt from.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unrecorded(String);

impl ser::Error for Unrecorded {
    fn custom<T: std::fmt::Display>(what: T) -> Self {
        Self(what.to_string())
    }
}

impl From<TooLarge> for Unrecorded {
    fn from(error: TooLarge) -> Self {
        Self(error.to_string())
    }
}

/// Writes everything that serde tells of a struct on a tape.
struct Recorder {
    tree: Tree,
    /// The field that comes next.
    name: &'static str,
}

impl Recorder {
    fn push(&mut self, holds: Holds) -> Result<usize, Unrecorded> {
        Ok(self.tree.open(self.name, holds)?)
    }
}

impl<'r> ser::Serializer for &'r mut Recorder {
    type Ok = ();
    type Error = Unrecorded;
    type SerializeSeq = Open<'r>;
    type SerializeStruct = Open<'r>;
    type SerializeTuple = ser::Impossible<(), Unrecorded>;
    type SerializeTupleStruct = ser::Impossible<(), Unrecorded>;
    type SerializeTupleVariant = ser::Impossible<(), Unrecorded>;
    type SerializeMap = ser::Impossible<(), Unrecorded>;
    type SerializeStructVariant = ser::Impossible<(), Unrecorded>;

    fn serialize_bool(self, value: bool) -> Result<(), Unrecorded> {
        self.push(Holds::Flag(value)).map(drop)
    }

    fn serialize_i32(self, value: i32) -> Result<(), Unrecorded> {
        self.serialize_i64(i64::from(value))
    }

    fn serialize_i64(self, value: i64) -> Result<(), Unrecorded> {
        self.push(Holds::Number(value)).map(drop)
    }

    fn serialize_u32(self, value: u32) -> Result<(), Unrecorded> {
        self.serialize_i64(i64::from(value))
    }

    fn serialize_u64(self, value: u64) -> Result<(), Unrecorded> {
        self.serialize_i64(i64::try_from(value).map_err(|_| unknown("so large a number"))?)
    }

    fn serialize_str(self, value: &str) -> Result<(), Unrecorded> {
        let holds = self.tree.keep(value)?;
        self.push(holds).map(drop)
    }

    fn serialize_none(self) -> Result<(), Unrecorded> {
        self.push(Holds::Node("")).map(drop)
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

    fn serialize_seq(self, _length: Option<usize>) -> Result<Open<'r>, Unrecorded> {
        let at = self.push(Holds::List)?;
        Ok(Open { recorder: self, at })
    }

    fn serialize_struct(self, kind: &'static str, _length: usize) -> Result<Open<'r>, Unrecorded> {
        let at = self.push(Holds::Node(kind))?;
        Ok(Open { recorder: self, at })
    }

    fn serialize_unit(self) -> Result<(), Unrecorded> {
        self.serialize_none()
    }

    fn serialize_f64(self, value: f64) -> Result<(), Unrecorded> {
        // Costs and row estimates, which only a planner fills in.
        self.push(Holds::Flag(value != 0.0)).map(drop)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Unrecorded> {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_i8(self, value: i8) -> Result<(), Unrecorded> {
        self.serialize_i64(i64::from(value))
    }

    fn serialize_i16(self, value: i16) -> Result<(), Unrecorded> {
        self.serialize_i64(i64::from(value))
    }

    fn serialize_u8(self, value: u8) -> Result<(), Unrecorded> {
        self.serialize_i64(i64::from(value))
    }

    fn serialize_u16(self, value: u16) -> Result<(), Unrecorded> {
        self.serialize_i64(i64::from(value))
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

fn unknown(what: &str) -> Unrecorded {
    Unrecorded(format!("{what} is not a thing a tree holds"))
}

/// A list or a node that is being written.
struct Open<'r> {
    recorder: &'r mut Recorder,
    at: usize,
}

impl SerializeSeq for Open<'_> {
    type Ok = ();
    type Error = Unrecorded;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unrecorded> {
        self.recorder.name = "";
        value.serialize(&mut *self.recorder)
    }

    fn end(self) -> Result<(), Unrecorded> {
        self.recorder.tree.close(self.at);
        Ok(())
    }
}

impl SerializeStruct for Open<'_> {
    type Ok = ();
    type Error = Unrecorded;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unrecorded> {
        self.recorder.name = name;
        value.serialize(&mut *self.recorder)
    }

    fn end(self) -> Result<(), Unrecorded> {
        self.recorder.tree.close(self.at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Field, Shape, Sort, View, decoded};

    /// A name that is misspelt is one that is never seen.
    #[test]
    fn every_kind_and_field_that_is_looked_for_is_one() {
        let known: BTreeSet<&str> = (1..1_000).filter_map(Shape::of).map(|shape| shape.kind).collect();
        let shapes = || (1..1_000).filter_map(Shape::of);
        let mut fields: BTreeSet<&str> =
            shapes().flat_map(|shape| (1..200).filter_map(|n| shape.field(n))).map(|field| field.name).collect();
        // What holds the node itself; a name of the compiler of PL/pgSQL.
        fields.extend(["node", "lineno"]);
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sql");
        let (mut looked_for, mut unknown) = (0, BTreeSet::new());
        for entry in std::fs::read_dir(root).unwrap() {
            let path = entry.unwrap().path();
            let source = std::fs::read_to_string(&path).unwrap();
            // Doors of a `View` take a field's name first.
            let before_field = |text: &str| {
                ["get", "text", "flag", "number", "owned", "is_set", "list", "list_of"]
                    .iter()
                    .any(|door| text.ends_with(&format!(".{door}(")))
            };
            let parts: Vec<&str> = source.split('"').collect();
            for pair in parts.windows(2).step_by(2) {
                let (is_kind, is_field) = (is_kind(pair[1]), before_field(pair[0]));
                looked_for += usize::from(is_kind || is_field);
                if is_kind && !known.contains(pair[1]) || is_field && !fields.contains(pair[1]) {
                    unknown.insert(pair[1].to_owned());
                }
            }
        }
        assert!(looked_for > 150 && unknown.is_empty(), "{looked_for} {unknown:?}");
        // Every statement has a tag, but for those whose tag lies in what they are about, and what is no statement.
        let told_by_their_object = [
            "AlterFunctionStmt",
            "AlterObjectDependsStmt",
            "AlterObjectSchemaStmt",
            "AlterOwnerStmt",
            "AlterTableMoveAllStmt",
            "AlterTableStmt",
            "DefineStmt",
            "DropStmt",
            "RenameStmt",
            "TransactionStmt",
        ];
        let parts = ["RawStmt", "ReplicaIdentityStmt", "ReturnStmt", "PlAssignStmt", "SetOperationStmt"];
        for kind in known.iter().filter(|kind| kind.ends_with("Stmt") && !parts.contains(kind)) {
            let shape = Shape::named(kind).unwrap();
            let tree = decoded(shape.number, &[]).unwrap();
            let tag = super::super::tag::tag(tree.root().get("node"));
            assert_eq!(tag.is_none(), told_by_their_object.contains(kind), "{kind}: {tag:?}");
        }
    }

    fn is_kind(word: &str) -> bool {
        word.len() > 3
            && word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.chars().all(|letter| letter.is_ascii_alphabetic())
            && word.chars().any(|letter| letter.is_ascii_lowercase())
            && word.chars().filter(char::is_ascii_uppercase).count() > 1
    }

    #[test]
    fn the_kinds_and_their_fields_are_learnt() {
        let field = |kind: &str, name: &str| {
            let shape = Shape::named(kind).unwrap();
            let found = (1..100).filter_map(|number| shape.field(number)).find(|field| field.name == name);
            found.unwrap_or_else(|| panic!("{kind} has no field {name}"))
        };
        let simple = |name, sort| Field { name, sort, repeated: false, unasked: false };
        assert_eq!(field("DropStmt", "concurrent"), simple("concurrent", Sort::Flag));
        assert_eq!(field("DropStmt", "behavior"), simple("behavior", Sort::Number));
        assert_eq!(field("RangeVar", "relname"), simple("relname", Sort::Text));
        assert_eq!(field("DefElem", "arg"), simple("arg", Sort::Node));
        assert_eq!(field("DropStmt", "objects"), Field { repeated: true, ..simple("objects", Sort::Node) });
        assert!(matches!(field("InsertStmt", "relation").sort, Sort::Kind(_)));
        assert!(field("FuncCall", "location").unasked && !field("ColumnDef", "location").unasked);
        assert_eq!(Shape::of(0).map(|shape| shape.kind), None);
    }

    #[test]
    fn no_field_of_a_raw_tree_is_missed() {
        for shape in (1..1_000).filter_map(Shape::of) {
            let empty = decoded(shape.number, &[]).unwrap();
            let known: BTreeSet<&str> =
                (1..200).filter_map(|number| shape.field(number)).map(|field| field.name).collect();
            for name in empty.root().get("node").inside().map(View::name) {
                // Floats: estimates, which come from a planner.
                let planned = matches!(name, "startup_cost" | "per_call_cost" | "enrtuples");
                assert!(known.contains(name) || planned, "{}.{name}", shape.kind);
            }
        }
    }
}
