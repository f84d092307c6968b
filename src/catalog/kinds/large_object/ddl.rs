//! Statements for large objects. They are data: none is made or dropped here.

use super::{LargeObjects, PLAIN};
use crate::catalog::attributes;
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};

impl Statements for LargeObjects {
    fn word(&self) -> &'static str {
        "LARGE OBJECT"
    }

    fn named(&self, subject: Subject<'_>) -> String {
        subject.key.name().to_owned()
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        Ddl::cannot(match subject.key.path.first() {
            Some(first) if first == PLAIN => "a large object is data, which no statement brings back",
            _ => "whether the large object is still there is not known: it may have lost its data",
        })
    }

    /// What was granted and said is taken back; it is then one of many.
    fn drop(&self, subject: Subject<'_>) -> Ddl {
        if subject.key.path.len() > 1 {
            return Ddl::cannot("large objects are data, which is not thrown away");
        }
        let owner = subject.object.owner.clone().unwrap_or_default();
        let mut ddl = attributes::privileges(self, subject, &owner, subject.object.acl.as_deref(), None);
        if subject.object.comment.is_some() {
            ddl.add(attributes::comment(self, subject, None));
        }
        ddl.lossy.push("a large object that the change made itself stays: it is data".to_owned());
        ddl
    }

    fn alter(&self, _: Alter<'_>) -> Ddl {
        Ddl::default()
    }

    fn rename(&self, _: Subject<'_>, _: &str) -> Option<String> {
        None
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(Privileges { word: "LARGE OBJECT", all: &["SELECT", "UPDATE"], public: &[] })
    }
}
