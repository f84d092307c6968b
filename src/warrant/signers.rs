//! The `allowed_signers` file (ssh-keygen(1), ALLOWED SIGNERS): who signs with which key, for what and when.

use ssh_key::PublicKey;
use ssh_key::certificate::{CertType, Certificate};

use super::NAMESPACE;

/// One line of the file.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub line: usize,
    /// A person; of a certificate authority, the pattern of the people it may name.
    pub principal: String,
    /// The key signs certificates, and nothing else.
    pub authority: bool,
    namespaces: Option<Vec<String>>,
    valid_after: Option<jiff::Timestamp>,
    valid_before: Option<jiff::Timestamp>,
    pub key: PublicKey,
}

impl Entry {
    /// Whether the line holds now, and here.
    pub fn holds(&self, now: jiff::Timestamp) -> Result<(), String> {
        if let Some(namespaces) = &self.namespaces
            && !namespaces.iter().any(|namespace| namespace == NAMESPACE)
        {
            return Err(format!("its namespaces do not include {NAMESPACE}"));
        }
        match (self.valid_after, self.valid_before) {
            (Some(after), _) if now < after => Err(format!("valid after {after}")),
            (_, Some(before)) if now >= before => Err(format!("valid before {before}")),
            _ => Ok(()),
        }
    }

    /// Whether the line speaks of a person.
    pub fn names(&self, person: &str) -> bool {
        if self.authority { fits(self.principal.as_bytes(), person.as_bytes()) } else { self.principal == person }
    }

    /// The one person for whom this authority's certificate speaks, now. What OpenSSH takes more freely (no principal at
    /// all, several, options that nobody here reads) is refused.
    pub fn vouches(&self, certificate: &Certificate, now: jiff::Timestamp) -> Result<String, String> {
        self.holds(now)?;
        let seconds = u64::try_from(now.as_second()).map_err(|failure| failure.to_string())?;
        let authority = self.key.fingerprint(ssh_key::HashAlg::Sha256);
        if certificate.cert_type() != CertType::User {
            return Err("the certificate is not a person's".into());
        }
        certificate
            .validate_at(seconds, [&authority])
            .map_err(|_| "the certificate is not its authority's, or not valid now".to_owned())?;
        if let Some((option, _)) = certificate.critical_options().iter().next() {
            return Err(format!("the certificate asks for \"{option}\""));
        }
        match certificate.valid_principals() {
            [person] if self.names(person) => Ok(person.clone()),
            [person] => Err(format!("the authority may not name {person}")),
            people => Err(format!("the certificate names {} people, not one", people.len())),
        }
    }
}

/// `*` stands for any text, `?` for one character.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|at| fits(rest, &text[at..])),
        Some((sign, rest)) => {
            text.split_first().is_some_and(|(first, text)| (*sign == b'?' || sign == first) && fits(rest, text))
        }
    }
}

/// Reads the file, or says which line cannot be relied on and why.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, (usize, String)> {
    let mut entries = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            entries.push(entry(line, at + 1).map_err(|problem| (at + 1, problem))?);
        }
    }
    if entries.is_empty() { Err((1, "it lists nobody".into())) } else { Ok(entries) }
}

/// `principals [options] keytype base64 [comment]`
fn entry(text: &str, line: usize) -> Result<Entry, String> {
    let (principal, rest) = text.split_once([' ', '\t']).ok_or("a principal and a key are needed")?;
    let (options, key) = split_options(rest.trim_start())?;
    let mut found = Entry {
        line,
        principal: principal.to_owned(),
        authority: false,
        namespaces: None,
        valid_after: None,
        valid_before: None,
        key,
    };
    for option in options {
        let (name, value) = option
            .split_once('=')
            .map_or((option.as_str(), None), |(name, value)| (name, Some(value.trim_matches('"'))));
        match (name.to_ascii_lowercase().as_str(), value) {
            ("namespaces", Some(value)) if !value.contains(['*', '?', '!']) => {
                found.namespaces = Some(value.split(',').map(|part| part.trim().to_owned()).collect());
            }
            ("namespaces", Some(_)) => return Err("patterns in namespaces are not accepted".into()),
            ("valid-after", Some(value)) => found.valid_after = Some(timestamp(value)?),
            ("valid-before", Some(value)) => found.valid_before = Some(timestamp(value)?),
            ("cert-authority", None) => found.authority = true,
            (other, _) => return Err(format!("unknown option \"{other}\"")),
        }
    }
    if principal.contains(['!', ',', '"']) {
        return Err(format!("\"{principal}\" is a list; a trust root names one person a line"));
    }
    // An authority's certificates name the people, so that its own line may say which of them.
    if !found.authority && principal.contains(['*', '?']) {
        return Err(format!("\"{principal}\" is a pattern; a trust root names one person a line"));
    }
    if found.authority && principal.bytes().all(|byte| byte == b'*') {
        return Err("a certificate authority that may name anybody is not accepted; say whom: *@example.org".into());
    }
    Ok(found)
}

/// Options are separated by commas outside double quotes and end at a space outside them; the key follows.
fn split_options(rest: &str) -> Result<(Vec<String>, PublicKey), String> {
    if let Ok(key) = public_key(rest) {
        return Ok((Vec::new(), key));
    }
    let mut options = vec![String::new()];
    let mut quoted = false;
    for (at, c) in rest.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                options.push(String::new());
                continue;
            }
            ' ' | '\t' if !quoted => return Ok((options, public_key(rest[at..].trim_start())?)),
            _ => {}
        }
        if let Some(option) = options.last_mut() {
            option.push(c);
        }
    }
    Err("there is no key".into())
}

fn public_key(text: &str) -> Result<PublicKey, String> {
    PublicKey::from_openssh(text).map_err(|failure| format!("the key cannot be read: {failure}"))
}

/// `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]`. Without `Z` OpenSSH reads local time, which differs between machines: refused.
fn timestamp(text: &str) -> Result<jiff::Timestamp, String> {
    let digits = text.strip_suffix('Z').ok_or_else(|| format!("\"{text}\" has no Z: write UTC"))?;
    let padded = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return Err(format!("\"{text}\" is not YYYYMMDD[HHMM[SS]]Z")),
    };
    if !padded.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("\"{text}\" is not YYYYMMDD[HHMM[SS]]Z"));
    }
    let (date, time) = padded.split_at(8);
    format!("{}-{}-{}T{}:{}:{}Z", &date[..4], &date[4..6], &date[6..], &time[..2], &time[2..4], &time[4..])
        .parse()
        .map_err(|failure: jiff::Error| failure.to_string())
}

#[cfg(test)]
mod tests {
    use super::{fits, parse, timestamp};

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2FaJbJtW1NdOT7gqBoVR2FI0kRZJJU1Nn6v3Fm1V8M";

    #[test]
    fn lines_are_read_as_ssh_keygen_reads_them() {
        let text = format!(
            "# people\nada@example.org {KEY} comment\n\
             grace@example.org namespaces=\"pgwarrant,file\",valid-before=\"20300101Z\" {KEY}\n\
             *@example.org cert-authority,namespaces=\"pgwarrant\" {KEY}\n"
        );
        let entries = parse(&text).unwrap();
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[1].principal, "grace@example.org");
        assert_eq!(entries[1].namespaces.as_deref(), Some(&["pgwarrant".to_owned(), "file".to_owned()][..]));
        let now = jiff::Timestamp::UNIX_EPOCH;
        assert!(entries[1].holds(now).is_ok());
        assert!(entries[1].holds("2031-01-01T00:00:00Z".parse().unwrap()).is_err());
        assert!(
            entries[2].authority && entries[2].names("edsger@example.org") && !entries[2].names("edsger@example.com")
        );
    }

    #[test]
    fn what_is_too_wide_is_refused() {
        for bad in [
            format!("* {KEY}"),
            format!("*@example.org {KEY}"),
            format!("a@example.org,b@example.org {KEY}"),
            format!("* cert-authority {KEY}"),
            format!("*@example.org,!eve@example.org cert-authority {KEY}"),
            format!("a@example.org cert-authority=yes {KEY}"),
            format!("a@example.org namespaces {KEY}"),
            format!("a@example.org namespaces=\"*\" {KEY}"),
            format!("a@example.org valid-before=20300101 {KEY}"),
            format!("a@example.org someday {KEY}"),
            "a@example.org ssh-ed25519 nonsense".to_owned(),
            "a@example.org".to_owned(),
            String::new(),
        ] {
            assert!(parse(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn patterns_are_those_of_openssh() {
        for (pattern, text, wanted) in [
            ("*@example.org", "ada@example.org", true),
            ("*@example.org", "ada@example.org.evil", false),
            ("a?a@*", "ada@example.org", true),
            ("a?a@*", "aa@example.org", false),
            ("ada", "ada", true),
            ("", "", true),
        ] {
            assert_eq!(fits(pattern.as_bytes(), text.as_bytes()), wanted, "{pattern} {text}");
        }
    }

    #[test]
    fn times_are_utc() {
        assert_eq!(timestamp("20261120Z").unwrap().to_string(), "2026-11-20T00:00:00Z");
        assert_eq!(timestamp("202611201530Z").unwrap().to_string(), "2026-11-20T15:30:00Z");
        for bad in ["2026", "20261120", "2026112015304Z", "20261340Z", "2026 120Z"] {
            assert!(timestamp(bad).is_err(), "{bad}");
        }
    }
}
