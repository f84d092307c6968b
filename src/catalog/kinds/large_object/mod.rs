//! Large objects (<https://www.postgresql.org/docs/current/largeobjects.html>): who owns them, who may read them, never
//! what they hold. Those that were granted to nobody and bear no comment or label are data, like rows: of them is known
//! which roles own any, and the server counts them together, however many they are.

pub mod ddl;

use crate::catalog::object::parse_acl;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, NotCovered, Object};

pub struct LargeObjects;

/// The first part of the path of a role's plain ones; a single one has its oid alone.
pub const PLAIN: &str = "of";

impl Kind for LargeObjects {
    fn name(&self) -> &'static str {
        "large_object"
    }

    fn catalog(&self) -> Catalog {
        Catalog::LargeobjectMetadata
    }

    fn catalogs(&self) -> &'static [Catalog] {
        &[Catalog::LargeobjectMetadata]
    }

    fn role_at(&self) -> Option<usize> {
        Some(1)
    }

    /// They go with the data.
    fn is_dumped(&self) -> bool {
        false
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(
            "WITH m AS MATERIALIZED (SELECT m.oid, m.lomowner, m.lomacl, m.lomacl IS NULL AND m.oid NOT IN \
             (SELECT d.objoid FROM pg_catalog.pg_description d WHERE d.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass \
             UNION ALL SELECT l.objoid FROM pg_catalog.pg_seclabel l \
             WHERE l.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass) AS plain \
             FROM pg_catalog.pg_largeobject_metadata m) \
             SELECT m.oid, m.lomowner, m.lomacl::text[], 1::int8 FROM m WHERE NOT m.plain \
             UNION ALL SELECT NULL, m.lomowner, NULL, pg_catalog.count(*) FROM m WHERE m.plain GROUP BY m.lomowner",
        )?;
        let mut held = 0;
        for row in &rows {
            let mut fields = Fields::of(row, "large object");
            let (oid, owner, acl) = (fields.maybe_oid()?, reader.role(fields.oid()?), fields.maybe_texts()?);
            let object = Object { owner: Some(owner.clone()), acl: parse_acl(acl)?, ..Object::default() };
            if let Some(oid) = oid {
                let key = Key::new("large_object", &[&oid.to_string()]);
                reader.add(Address::of(Catalog::LargeobjectMetadata, oid, 0), key, object);
            } else {
                held += fields.long()?.unsigned_abs();
                reader.add_unaddressed(Key::new("large_object", &[PLAIN, &owner]), object);
            }
        }
        let because = "a large object that nothing was granted on and that bears no comment is data, like a row: of these \
                       only the owners are read";
        reader.say(NotCovered { kind: "plain large object".to_owned(), because: because.to_owned(), held: Some(held) });
        Ok(())
    }
}
