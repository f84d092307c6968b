//! Every connection keyword libpq knows, and what becomes of it here
//! (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>).

/// What we do with a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// It has its effect.
    Used,
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
    only("gsslib", Some("PGGSSLIB"), &[""]),
    used("host", Some("PGHOST")),
    used("hostaddr", Some("PGHOSTADDR")),
    used("keepalives", None),
    used("keepalives_count", None),
    used("keepalives_idle", None),
    used("keepalives_interval", None),
    only("krbsrvname", Some("PGKRBSRVNAME"), &["", "postgres"]),
    used("load_balance_hosts", Some("PGLOADBALANCEHOSTS")),
    // We speak 3.0, which no higher maximum forbids.
    only("max_protocol_version", Some("PGMAXPROTOCOLVERSION"), &["", "3.0", "3.2", "latest"]),
    only("min_protocol_version", Some("PGMINPROTOCOLVERSION"), &["", "3.0"]),
    only("oauth_client_id", None, &[""]),
    only("oauth_client_secret", None, &[""]),
    only("oauth_issuer", None, &[""]),
    only("oauth_scope", None, &[""]),
    used("options", Some("PGOPTIONS")),
    used("passfile", Some("PGPASSFILE")),
    used("password", Some("PGPASSWORD")),
    used("port", Some("PGPORT")),
    only("replication", None, &["", "false", "off", "no", "0"]),
    // The driver answers whatever the server asks for; channel_binding=require holds it to SCRAM.
    only("require_auth", Some("PGREQUIREAUTH"), &[""]),
    only("requirepeer", Some("PGREQUIREPEER"), &[""]),
    only("scram_client_key", None, &[""]),
    only("scram_server_key", None, &[""]),
    used("service", Some("PGSERVICE")),
    used("servicefile", Some("PGSERVICEFILE")),
    used("sslcert", Some("PGSSLCERT")),
    only("sslcertmode", Some("PGSSLCERTMODE"), &["", "allow", "disable"]),
    only("sslcompression", Some("PGSSLCOMPRESSION"), &["", "0"]),
    used("sslcrl", Some("PGSSLCRL")),
    only("sslcrldir", Some("PGSSLCRLDIR"), &[""]),
    used("sslkey", Some("PGSSLKEY")),
    only("sslkeylogfile", None, &[""]),
    only("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION"), &["", "TLSv1.2", "TLSv1.3"]),
    only("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION"), &["", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]),
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
