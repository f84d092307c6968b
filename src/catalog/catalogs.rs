//! The server's own catalogs whose rows are objects, or parts of objects: one byte for each of the many addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! catalogs {
    ($($catalog:ident = $name:literal,)*) => {
        /// A system catalog (<https://www.postgresql.org/docs/current/catalogs.html>), in the order of the names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Catalog {
            $(#[serde(rename = $name)] $catalog,)*
        }

        impl Catalog {
            pub const ALL: &[Self] = &[$(Self::$catalog),*];

            /// `pg_class`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$catalog => $name,)*
                }
            }
        }
    };
}

catalogs! {
    Aggregate = "pg_aggregate",
    Am = "pg_am",
    Amop = "pg_amop",
    Amproc = "pg_amproc",
    Attrdef = "pg_attrdef",
    Cast = "pg_cast",
    Class = "pg_class",
    Collation = "pg_collation",
    Constraint = "pg_constraint",
    Conversion = "pg_conversion",
    Database = "pg_database",
    DbRoleSetting = "pg_db_role_setting",
    DefaultAcl = "pg_default_acl",
    Enum = "pg_enum",
    EventTrigger = "pg_event_trigger",
    Extension = "pg_extension",
    ForeignDataWrapper = "pg_foreign_data_wrapper",
    ForeignServer = "pg_foreign_server",
    InitPrivs = "pg_init_privs",
    Language = "pg_language",
    Largeobject = "pg_largeobject",
    LargeobjectMetadata = "pg_largeobject_metadata",
    Namespace = "pg_namespace",
    Opclass = "pg_opclass",
    Operator = "pg_operator",
    Opfamily = "pg_opfamily",
    Policy = "pg_policy",
    Proc = "pg_proc",
    Publication = "pg_publication",
    PublicationNamespace = "pg_publication_namespace",
    PublicationRel = "pg_publication_rel",
    Range = "pg_range",
    Rewrite = "pg_rewrite",
    Sequence = "pg_sequence",
    StatisticExt = "pg_statistic_ext",
    Subscription = "pg_subscription",
    Transform = "pg_transform",
    Trigger = "pg_trigger",
    TsConfig = "pg_ts_config",
    TsConfigMap = "pg_ts_config_map",
    TsDict = "pg_ts_dict",
    TsParser = "pg_ts_parser",
    TsTemplate = "pg_ts_template",
    Type = "pg_type",
    UserMapping = "pg_user_mapping",
}

impl Catalog {
    /// The catalog of this name, if addresses name its rows.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.binary_search_by(|catalog| catalog.name().cmp(name)).ok().map(|at| Self::ALL[at])
    }
}

impl fmt::Display for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Catalog;

    #[test]
    fn each_is_found_by_its_name() {
        for catalog in Catalog::ALL {
            assert_eq!(Catalog::find(catalog.name()), Some(*catalog));
        }
        assert_eq!(Catalog::find("pg_nothing"), None);
    }
}
