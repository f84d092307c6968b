//! Connection strings: `key=value` lists and URIs, as libpq reads them
//! (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>).

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use percent_encoding::percent_decode_str;

use super::{PgError, keywords};

/// Keyword to value, as given; nothing resolved yet.
pub type Parameters = BTreeMap<String, String>;

/// Reads a connection string. A bare word is a database name, as for psql.
pub fn parse(conninfo: &str) -> Result<Parameters, PgError> {
    if let Some(rest) = conninfo.strip_prefix("postgresql://").or_else(|| conninfo.strip_prefix("postgres://")) {
        parse_uri(rest)
    } else if conninfo.contains('=') {
        parse_pairs(conninfo)
    } else {
        let name = conninfo.trim();
        Ok(if name.is_empty() { Parameters::new() } else { Parameters::from([("dbname".into(), name.into())]) })
    }
}

fn malformed(problem: impl Into<String>) -> PgError {
    PgError::Conninfo { problem: problem.into() }
}

fn parse_pairs(text: &str) -> Result<Parameters, PgError> {
    let mut parameters = Parameters::new();
    let mut rest = text.chars().peekable();
    loop {
        skip_space(&mut rest);
        if rest.peek().is_none() {
            return Ok(parameters);
        }
        let key = take_key(&mut rest);
        skip_space(&mut rest);
        if rest.next() != Some('=') {
            // What stands here may be the rest of a password: only a keyword is repeated.
            let shown = keywords::find(&key).map_or("a word that is no keyword", |keyword| keyword.name);
            return Err(malformed(format!("missing \"=\" after {shown}; a value with spaces is quoted like 'this'")));
        }
        skip_space(&mut rest);
        let value = take_value(&mut rest, &key)?;
        parameters.insert(key, value);
    }
}

fn skip_space(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(char::is_ascii_whitespace).is_some() {}
}

fn take_key(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut key = String::new();
    while let Some(c) = rest.next_if(|c| *c != '=' && !c.is_ascii_whitespace()) {
        key.push(c);
    }
    key
}

fn take_value(rest: &mut Peekable<Chars<'_>>, key: &str) -> Result<String, PgError> {
    let mut value = String::new();
    let quoted = rest.next_if_eq(&'\'').is_some();
    loop {
        match rest.peek().copied() {
            None if quoted => return Err(malformed(format!("unterminated quoted value of \"{key}\""))),
            None => return Ok(value),
            Some('\'') if quoted => {
                rest.next();
                return Ok(value);
            }
            Some(c) if !quoted && c.is_ascii_whitespace() => return Ok(value),
            Some('\\') => {
                rest.next();
                value.extend(rest.next());
            }
            Some(c) => {
                rest.next();
                value.push(c);
            }
        }
    }
}

/// `[user[:password]@][host[:port],...][/dbname][?key=value&...]`
fn parse_uri(rest: &str) -> Result<Parameters, PgError> {
    let mut parameters = Parameters::new();
    // As libpq reads it: an "@" counts before the first "/" only, and so does a "?" in what stands before that "@".
    let path_at = rest.find('/').unwrap_or(rest.len());
    let (credentials, rest) = match rest[..path_at].find('@') {
        Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
        None => (None, rest),
    };
    let hosts_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (hosts, rest) = rest.split_at(hosts_end);
    let (path, query) = rest.split_once('?').map_or((rest, None), |(a, b)| (a, Some(b)));
    let database = path.strip_prefix('/');
    if hosts.contains('@') {
        return Err(malformed("there are two \"@\" before the host: inside a user or password it is written %40"));
    }
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').map_or((credentials, None), |(a, b)| (a, Some(b)));
        insert(&mut parameters, "user", user)?;
        insert(&mut parameters, "password", password.unwrap_or(""))?;
    }
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = split_host(host)?;
        names.push(decode(name)?);
        ports.push(port);
    }
    if names.iter().any(|name| !name.is_empty()) {
        parameters.insert("host".into(), names.join(","));
    }
    if ports.iter().any(|port| !port.is_empty()) {
        parameters.insert("port".into(), ports.join(","));
    }
    insert(&mut parameters, "dbname", database.unwrap_or(""))?;
    let query = query.map(|query| query.strip_suffix('&').unwrap_or(query)).filter(|query| !query.is_empty());
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        let (key, value) = pair
            .split_once('=')
            .filter(|(_, value)| !value.contains('='))
            .ok_or_else(|| malformed("a parameter of the URI is not key=value; inside a value \"=\" is written %3D"))?;
        match (decode(key)?.as_str(), decode(value)?) {
            // The one alias libpq keeps for JDBC's sake.
            ("ssl", value) if value == "true" => parameters.insert("sslmode".into(), "require".into()),
            (key, value) => parameters.insert(key.to_owned(), value),
        };
    }
    Ok(parameters)
}

fn split_host(host: &str) -> Result<(&str, &str), PgError> {
    if let Some(inside) = host.strip_prefix('[') {
        let (address, after) =
            inside.split_once(']').ok_or_else(|| malformed("missing \"]\" after an IPv6 address in the URI"))?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((address, port)),
            None if after.is_empty() => Ok((address, "")),
            None => Err(malformed("unexpected text after \"]\" in the URI")),
        };
    }
    Ok(host.split_once(':').unwrap_or((host, "")))
}

fn insert(parameters: &mut Parameters, key: &str, raw: &str) -> Result<(), PgError> {
    if !raw.is_empty() {
        parameters.insert(key.to_owned(), decode(raw)?);
    }
    Ok(())
}

fn decode(raw: &str) -> Result<String, PgError> {
    let broken = raw.match_indices('%').any(|(at, _)| {
        raw.get(at + 1..at + 3).is_none_or(|hex| !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) || hex == "00")
    });
    if broken {
        return Err(malformed("a \"%\" in the URI is not followed by two hexadecimal digits"));
    }
    percent_decode_str(raw)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| malformed("the URI decodes to bytes that are not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn pairs(conninfo: &str) -> Vec<(String, String)> {
        parse(conninfo).unwrap().into_iter().collect()
    }

    fn expect(conninfo: &str, wanted: &[(&str, &str)]) {
        let wanted: Vec<(String, String)> = wanted.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        assert_eq!(pairs(conninfo), wanted, "{conninfo}");
    }

    #[test]
    fn pairs_are_read_as_libpq_reads_them() {
        expect("host=a dbname = b", &[("dbname", "b"), ("host", "a")]);
        expect(r"password='it\'s a \\ secret' user=u", &[("password", r"it's a \ secret"), ("user", "u")]);
        expect("options='-c a=b'", &[("options", "-c a=b")]);
        expect("orders", &[("dbname", "orders")]);
        expect("", &[]);
    }

    #[test]
    fn uris_are_read_as_libpq_reads_them() {
        expect(
            "postgresql://u:p%40ss@a.example.org:1,b.example.org:2/db?sslmode=verify-full",
            &[
                ("dbname", "db"),
                ("host", "a.example.org,b.example.org"),
                ("password", "p@ss"),
                ("port", "1,2"),
                ("sslmode", "verify-full"),
                ("user", "u"),
            ],
        );
        expect("postgres://[2001:db8::1]:6432/x", &[("dbname", "x"), ("host", "2001:db8::1"), ("port", "6432")]);
        expect("postgresql:///db?host=/run/postgresql", &[("dbname", "db"), ("host", "/run/postgresql")]);
        expect("postgresql://u:p?w@h", &[("host", "h"), ("password", "p?w"), ("user", "u")]);
        expect("postgresql://h?user=u&", &[("host", "h"), ("user", "u")]);
        expect("postgresql://%2Frun%2Fpostgresql/db", &[("dbname", "db"), ("host", "/run/postgresql")]);
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [
            "host a=b c",
            "password='open a=b",
            "postgresql://[::1/db",
            "postgresql://h/d?x",
            "postgresql://%zz/",
            "postgresql://u:p@ss@h/d",
            "postgresql://h/d?options=-c a=b",
            "postgresql://h/d?user=u&&port=1",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
