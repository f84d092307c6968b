//! The facts of one object: a short sorted list, because an object has few and a snapshot has many objects.

use std::fmt;

use compact_str::CompactString;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor, value::MapDeserializer};
use serde::ser::{Impossible, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use thin_vec::ThinVec;

use super::CatalogError;

/// Facts by name, in the order of the names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts(ThinVec<(CompactString, Value)>);

impl Facts {
    /// The facts of a kind's struct, without what is absent.
    pub(super) fn of(facts: &impl Serialize) -> Result<Self, CatalogError> {
        let mut list = facts.serialize(Said(ThinVec::new()))?;
        list.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Self(list))
    }

    /// The facts as the struct of a kind.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(MapDeserializer::new(self.iter().map(|(name, value)| (name.as_str(), value))))
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(self.place(name).ok()?).map(|(_, value)| value)
    }

    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    pub fn insert(&mut self, name: impl Into<CompactString>, value: Value) {
        let name = name.into();
        match self.place(&name) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (name, value)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn keys(&self) -> impl Iterator<Item = &CompactString> {
        self.0.iter().map(|(name, _)| name)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&CompactString, &Value)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&CompactString, &mut Value)> {
        self.0.iter_mut().map(|(name, value)| (&*name, value))
    }
}

impl FromIterator<(CompactString, Value)> for Facts {
    fn from_iter<Pairs: IntoIterator<Item = (CompactString, Value)>>(pairs: Pairs) -> Self {
        let mut facts = Self::default();
        for (name, value) in pairs {
            facts.insert(name, value);
        }
        facts
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Facts;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map of facts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Facts, A::Error> {
                let mut list = ThinVec::new();
                while let Some(pair) = map.next_entry::<CompactString, Value>()? {
                    list.push(pair);
                }
                list.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
                match list.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                    Some(pair) => Err(A::Error::custom(format!("the fact {} stands twice", pair[0].0))),
                    None => Ok(Facts(list)),
                }
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// Takes the fields of a struct that say something.
struct Said(ThinVec<(CompactString, Value)>);

impl SerializeStruct for Said {
    type Ok = ThinVec<(CompactString, Value)>;
    type Error = serde_json::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Self::Error> {
        let value = prune(serde_json::to_value(value)?);
        if said(&value) {
            self.0.push((CompactString::const_new(name), value));
        }
        Ok(())
    }

    fn end(self) -> Result<Self::Ok, Self::Error> {
        Ok(self.0)
    }
}

fn prune(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(name, value)| (name, prune(value))).filter(|(_, v)| said(v)).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(prune).collect()),
        other => other,
    }
}

fn said(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    }
}

/// Facts are a struct; anything else is a mistake of ours.
macro_rules! no_facts {
    ($($method:ident($($type:ty),*);)*) => {
        $(fn $method(self, $(_: $type),*) -> Result<Self::Ok, Self::Error> {
            Err(serde::ser::Error::custom("facts are the fields of a struct"))
        })*
    };
}

type None<T> = Impossible<T, serde_json::Error>;

impl Serializer for Said {
    type Ok = ThinVec<(CompactString, Value)>;
    type Error = serde_json::Error;
    type SerializeSeq = None<Self::Ok>;
    type SerializeTuple = None<Self::Ok>;
    type SerializeTupleStruct = None<Self::Ok>;
    type SerializeTupleVariant = None<Self::Ok>;
    type SerializeMap = None<Self::Ok>;
    type SerializeStruct = Self;
    type SerializeStructVariant = None<Self::Ok>;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Self::Error> {
        Ok(self)
    }

    no_facts! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Self::Ok, Self::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Self::Ok, Self::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<Self::Ok, Self::Error> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Self::Error> {
        Err(serde::ser::Error::custom("facts are the fields of a struct"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Self::Error> {
        Err(serde::ser::Error::custom("facts are the fields of a struct"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Self::Error> {
        Err(serde::ser::Error::custom("facts are the fields of a struct"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Self::Error> {
        Err(serde::ser::Error::custom("facts are the fields of a struct"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Self::Error> {
        Err(serde::ser::Error::custom("facts are the fields of a struct"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Self::Error> {
        Err(serde::ser::Error::custom("facts are the fields of a struct"))
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::Facts;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Written {
        yes: bool,
        no: bool,
        none: Option<String>,
        empty: Vec<String>,
        text: String,
        inner: Vec<Inner>,
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Inner {
        name: String,
        none: Option<u32>,
    }

    fn written() -> Written {
        Written { yes: true, inner: vec![Inner { name: "a".into(), none: None }], ..Written::default() }
    }

    #[test]
    fn absent_facts_are_left_out() {
        let facts = Facts::of(&written()).unwrap();
        assert_eq!(serde_json::to_value(&facts).unwrap(), json!({"inner": [{"name": "a"}], "text": "", "yes": true}));
    }

    #[test]
    fn the_struct_comes_back() {
        let facts = Facts::of(&written()).unwrap();
        assert_eq!(facts.read::<Written>().unwrap(), written());
        let json = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<Facts>(&json).unwrap(), facts);
    }

    #[test]
    fn a_fact_stands_once() {
        assert!(serde_json::from_str::<Facts>(r#"{"a": 1, "a": 2}"#).is_err());
        assert!(Facts::of(&1).is_err());
    }

    #[test]
    fn they_are_found_by_name_whatever_the_order_they_came_in() {
        let mut facts = Facts::default();
        for name in ["m", "a", "z", "a"] {
            facts.insert(name, json!(name));
        }
        assert_eq!(facts.keys().collect::<Vec<_>>(), ["a", "m", "z"]);
        assert!(facts.get("z").is_some() && facts.get("b").is_none());
    }
}
