//! Every connection keyword libpq knows, and what becomes of it here
//! (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>).

/// What we do with a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// It has its effect.
    Used,
    /// It has no meaning for us; accepting it changes nothing that matters.
    Ignored,
    /// Only these values can be honoured; anything else is refused rather than silently weakened.
    Only(&'static [&'static str]),
}

/// A keyword, its environment variable and its handling.
#[derive(Clone, Copy, Debug)]
pub struct Keyword {
    pub name: &'static str,
    pub variable: Option<&'static str>,
    pub handling: Handling,
}

const fn used(name: &'static str, variable: Option<&'static str>) -> Keyword {
    Keyword { name, variable, handling: Handling::Used }
}

const fn ignored(name: &'static str, variable: Option<&'static str>) -> Keyword {
    Keyword { name, variable, handling: Handling::Ignored }
}

const fn only(name: &'static str, variable: Option<&'static str>, values: &'static [&'static str]) -> Keyword {
    Keyword { name, variable, handling: Handling::Only(values) }
}

/// All of them, by name.
pub const KEYWORDS: &[Keyword] = &[
    used("application_name", Some("PGAPPNAME")),
    used("channel_binding", Some("PGCHANNELBINDING")),
    only("client_encoding", Some("PGCLIENTENCODING"), &["", "auto", "UTF8", "utf8", "UTF-8", "utf-8"]),
    used("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    used("dbname", Some("PGDATABASE")),
    used("fallback_application_name", None),
    only("gssdelegation", Some("PGGSSDELEGATION"), &["", "0"]),
    only("gssencmode", Some("PGGSSENCMODE"), &["", "disable", "prefer"]),
    ignored("gsslib", Some("PGGSSLIB")),
    used("host", Some("PGHOST")),
    used("hostaddr", Some("PGHOSTADDR")),
    used("keepalives", None),
    used("keepalives_count", None),
    used("keepalives_idle", None),
    used("keepalives_interval", None),
    ignored("krbsrvname", Some("PGKRBSRVNAME")),
    used("load_balance_hosts", Some("PGLOADBALANCEHOSTS")),
    ignored("max_protocol_version", Some("PGMAXPROTOCOLVERSION")),
    only("min_protocol_version", Some("PGMINPROTOCOLVERSION"), &["", "3.0"]),
    used("options", Some("PGOPTIONS")),
    used("passfile", Some("PGPASSFILE")),
    used("password", Some("PGPASSWORD")),
    used("port", Some("PGPORT")),
    only("replication", None, &["", "false", "off", "no", "0"]),
    only("require_auth", Some("PGREQUIREAUTH"), &["", "scram-sha-256"]),
    only("requirepeer", Some("PGREQUIREPEER"), &[""]),
    used("service", Some("PGSERVICE")),
    used("servicefile", Some("PGSERVICEFILE")),
    used("sslcert", Some("PGSSLCERT")),
    only("sslcertmode", Some("PGSSLCERTMODE"), &["", "allow", "disable"]),
    ignored("sslcompression", Some("PGSSLCOMPRESSION")),
    used("sslcrl", Some("PGSSLCRL")),
    only("sslcrldir", Some("PGSSLCRLDIR"), &[""]),
    used("sslkey", Some("PGSSLKEY")),
    only("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION"), &["", "TLSv1.3"]),
    only("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION"), &["", "TLSv1", "TLSv1.1", "TLSv1.2"]),
    used("sslmode", Some("PGSSLMODE")),
    used("sslnegotiation", Some("PGSSLNEGOTIATION")),
    only("sslpassword", None, &[""]),
    used("sslrootcert", Some("PGSSLROOTCERT")),
    only("sslsni", Some("PGSSLSNI"), &["", "1"]),
    used("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    used("tcp_user_timeout", None),
    used("user", Some("PGUSER")),
];

/// The keyword of this name.
pub fn find(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.name == name)
}

/// The keyword nearest in spelling, for a suggestion.
pub fn nearest(name: &str) -> Option<&'static str> {
    KEYWORDS
        .iter()
        .map(|keyword| (strsim::damerau_levenshtein(keyword.name, name), keyword.name))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, name)| name)
}
