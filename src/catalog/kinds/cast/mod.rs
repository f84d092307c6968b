//! Casts (<https://www.postgresql.org/docs/current/sql-createcast.html>). A cast has no name: its key says between which
//! types it is.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object, spelling};

/// The facts of a cast.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cast {
    /// `WITH FUNCTION` this one.
    pub function: Option<String>,
    pub inout: bool,
    /// `assignment` or `implicit` where it is not only explicit.
    pub context: Option<String>,
}

pub struct Casts;

impl Kind for Casts {
    fn name(&self) -> &'static str {
        "cast"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Cast
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT c.oid, pg_catalog.format_type(c.castsource, NULL), pg_catalog.format_type(c.casttarget, NULL), {}, \
             c.castmethod = 'i', c.castcontext::text FROM pg_catalog.pg_cast c WHERE c.oid >= 16384 \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i' \
             AND d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass)",
            spelling::signature("c.castfunc")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "cast");
            let (oid, source, target) = (fields.oid()?, fields.text()?, fields.text()?);
            let (function, inout) = (fields.maybe_text()?, fields.yes()?);
            let context = match fields.text()?.as_str() {
                "a" => Some("assignment".to_owned()),
                "i" => Some("implicit".to_owned()),
                _ => None,
            };
            let key = Key::new("cast", &[&format!("({source} AS {target})")]);
            let object = Object { facts: facts_of(&Cast { function, inout, context })?, ..Object::default() };
            reader.add(Address::of(Catalog::Cast, oid, 0), key, object);
        }
        Ok(())
    }
}
