//! Forged decisions: every byte flipped, every field dropped, and signatures of every kind put before ssh-keygen, which
//! is the judge of what we accept.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgwarrant::base::{Coded as _, Digest};
use pgwarrant::warrant::authorise::{self, Filed};
use pgwarrant::warrant::{Operation, Reach, TrustRoot, Warrant, signature};
use serde_json::Value;

use crate::support::signatures;
use crate::support::signatures::{Hardware, Made, SoftKey};
use crate::support::signed::{ADA, AGENT, World, subject};

const GRACE: &str = "grace@example.org";

/// A warrant that names the trust root it was signed under, and that trust root with a policy.
fn bound() -> (World, Filed, PathBuf, PathBuf) {
    let world = World::new();
    let key = world.key("ada", "ed25519");
    let trust = world.trust(&[(ADA, &key, "namespaces=\"pgwarrant\",valid-before=\"20300101Z\" ")]);
    let policy = world.folder.path().join("policy.json");
    std::fs::write(&policy, r#"{"format": 1, "threshold": 1, "max_minutes": 600, "require_touch": false}"#).unwrap();
    let read = TrustRoot::read(&trust, &world.package.folder, Reach::Reported).unwrap();
    let mut warrant = world.warrant();
    warrant.trust = Some(read.digest());
    let filed = world.sign(&warrant, &[&key], "pgwarrant");
    assert_eq!(world.code(&filed, &trust), "authorised");
    (world, filed, trust, policy)
}

/// Each with one bit of one byte turned.
fn flipped(good: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    [0_u8, 2, 5].into_iter().flat_map(move |bit| {
        (0..good.len()).map(move |at| {
            let mut bad = good.to_vec();
            bad[at] ^= 1 << bit;
            bad
        })
    })
}

#[test]
fn no_mutant_is_accepted() {
    let (world, good, trust, policy) = bound();
    let mut count = 0;
    for bytes in flipped(&good.bytes) {
        count += 1;
        // Whatever reads it first, the signature alone already refuses it.
        let refused = signature::verify(&good.signatures[0].1, &bytes).map_err(|failure| failure.code());
        assert_eq!(refused.map(drop), Err("warrant.wrong-signature"));
        assert!(world.authorise(&Filed { bytes, ..good.clone() }, &trust).is_err());
    }
    let (path, armoured) = good.signatures[0].clone();
    let cut = (0..armoured.len()).map(|end| armoured[..end].to_vec());
    for bytes in flipped(&armoured).chain(cut) {
        count += 1;
        let bad = Filed { signatures: vec![(path.clone(), bytes)], ..good.clone() };
        assert!(world.authorise(&bad, &trust).is_err());
    }
    // Somebody whom nobody trusts, with a good signature of their own and with one that names this very trust root.
    let eve = world.key("eve", "ed25519");
    let stranger = world.sign(&world.warrant(), &[&eve], "pgwarrant");
    for file in [&trust, &policy] {
        let kept = std::fs::read(file).unwrap();
        for bytes in flipped(&kept) {
            count += 1;
            std::fs::write(file, &bytes).unwrap();
            assert!(world.authorise(&good, &trust).is_err(), "{}", String::from_utf8_lossy(&bytes));
            assert!(world.authorise(&stranger, &trust).is_err(), "{}", String::from_utf8_lossy(&bytes));
        }
        std::fs::write(file, &kept).unwrap();
    }
    assert_eq!(world.code(&good, &trust), "authorised");
    println!("{count} mutants, none accepted");
    assert!(count > 4_000, "{count}");
}

/// The places of a JSON document, each as the keys that lead there.
fn places(value: &Value, at: &[String], found: &mut Vec<Vec<String>>) {
    let Value::Object(fields) = value else { return };
    for (name, inner) in fields {
        let path: Vec<String> = at.iter().chain([name]).cloned().collect();
        places(inner, &path, found);
        found.push(path);
    }
}

fn holder<'v>(value: &'v mut Value, path: &[String]) -> &'v mut serde_json::Map<String, Value> {
    let mut place = value;
    for name in &path[..path.len() - 1] {
        place = &mut place[name];
    }
    place.as_object_mut().unwrap()
}

/// Without a field, with one more, or with one of another type, it is no warrant, even where its own author signs that.
#[test]
fn a_warrant_has_all_its_fields_and_no_other() {
    let (world, good, trust, _) = bound();
    let whole: Value = serde_json::from_slice(&good.bytes).unwrap();
    let mut found = Vec::new();
    places(&whole, &[], &mut found);
    assert!(found.len() >= 25, "{found:?}");
    let mut mutants = Vec::new();
    for path in &found {
        let mut dropped = whole.clone();
        let (name, fields) = (path.last().unwrap(), holder(&mut dropped, path));
        let old = fields.remove(name).unwrap();
        mutants.push(dropped.clone());
        holder(&mut dropped, path).insert(format!("{name}x"), old);
        mutants.push(dropped);
        for other in [Value::Null, Value::Bool(true), Value::from(-1), Value::from("x"), Value::Array(Vec::new())] {
            let mut changed = whole.clone();
            if holder(&mut changed, path).insert(name.clone(), other.clone()) != Some(other) {
                mutants.push(changed);
            }
        }
    }
    let key = world.folder.path().join("ada");
    let soft = SoftKey::read(&key);
    let (mut refused, mut allowed) = (0, Vec::new());
    for mutant in mutants {
        // In the canonical form, signed by the very person who is trusted.
        let bytes = serde_json_canonicalizer::to_vec(&mutant).unwrap();
        let armoured = soft.sign(&Made::default(), &bytes);
        let bad = Filed { signatures: vec![(PathBuf::new(), armoured.into())], bytes, ..good.clone() };
        match world.authorise(&bad, &trust) {
            Err(_) => refused += 1,
            Ok(_) => allowed.push(mutant),
        }
    }
    // What may be absent, or is any text, and is signed as it stands; the clock and the role are compared elsewhere.
    for mutant in &allowed {
        let value =
            |of: &Value, path: &[String]| path.iter().try_fold(of.clone(), |value, name| value.get(name).cloned());
        let changed: Vec<&Vec<String>> =
            found.iter().filter(|path| value(mutant, path) != value(&whole, path)).collect();
        let free = ["because", "supersedes", "trust", "instance", "nonce"];
        assert!(changed.iter().all(|path| free.contains(&path[0].as_str())), "{changed:?} {mutant}");
    }
    println!("{refused} documents refused, {} of a reviewer's own free choice", allowed.len());
    assert!(refused > 150, "{refused}");
}

/// Which namespace, which person, when: the question that both are asked.
fn ssh_keygen_accepts(trust: &Path, person: &str, armoured: &[u8], message: &[u8], when: &str) -> bool {
    let folder = trust.parent().unwrap();
    let (signature, file) = (folder.join("judged.sig"), folder.join("judged"));
    std::fs::write(&signature, armoured).unwrap();
    std::fs::write(&file, message).unwrap();
    Command::new("ssh-keygen")
        .args(["-Y", "verify", "-n", "pgwarrant", "-O", &format!("verify-time={when}"), "-I", person, "-f"])
        .arg(trust)
        .arg("-s")
        .arg(&signature)
        .stdin(std::fs::File::open(&file).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .success()
}

/// What is accepted here, ssh-keygen accepts too; what only one of the two accepts is listed.
#[test]
fn what_we_accept_ssh_keygen_accepts() {
    let world = World::new();
    let (ada, other) = (world.key("ada", "ed25519"), world.key("ecdsa", "ecdsa"));
    let (soft, curve) = (SoftKey::read(&ada), SoftKey::read(&other));
    let mut lines = vec![(ADA.to_owned(), soft.line()), (ADA.to_owned(), curve.line())];
    let touch =
        |key: &SoftKey, flags| (key.hardware().line(), key.hardware().sign(flags, &Made::default(), b"decision"));
    for key in [&soft, &curve] {
        lines.push((ADA.to_owned(), touch(key, 1).0));
    }
    let trust = world.folder.path().join("allowed_signers");
    let text: Vec<String> = lines.iter().map(|(who, key)| format!("{who} namespaces=\"pgwarrant\" {key}\n")).collect();
    std::fs::write(&trust, text.concat()).unwrap();
    std::fs::set_permissions(&trust, std::fs::Permissions::from_mode(0o644)).unwrap();
    let root = TrustRoot::read(&trust, &world.package.folder, Reach::Reported).unwrap();

    let mut vectors: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: &str, armoured: String| vectors.push((name.to_owned(), armoured.into_bytes()));
    for (kind, key) in [("ed25519", &soft), ("ecdsa", &curve)] {
        let plain = Made::default();
        let good = key.sign(&plain, b"decision");
        add(kind, good.clone());
        add(&format!("{kind}, sha256"), key.sign(&Made { hash: "sha256", ..plain.clone() }, b"decision"));
        add(&format!("{kind}, sha1"), key.sign(&Made { hash: "sha1", ..plain.clone() }, b"decision"));
        add(&format!("{kind}, another message"), key.sign(&plain, b"another"));
        add(&format!("{kind}, another namespace"), key.sign(&Made { namespace: "file", ..plain.clone() }, b"decision"));
        add(&format!("{kind}, reserved"), key.sign(&Made { reserved: b"x", ..plain.clone() }, b"decision"));
        for version in [0, 2, 255] {
            add(&format!("{kind}, version {version}"), key.sign(&Made { version, ..plain.clone() }, b"decision"));
        }
        add(&format!("{kind}, bytes behind"), key.sign(&Made { behind: b"x", ..plain.clone() }, b"decision"));
        add(&format!("{kind}, a length too long"), key.sign(&Made { slack: 1, ..plain.clone() }, b"decision"));
        add(&format!("{kind}, CRLF"), good.replace('\n', "\r\n"));
        add(&format!("{kind}, text before"), format!("hello\n{good}"));
        add(&format!("{kind}, text behind"), format!("{good}hello\n"));
        add(&format!("{kind}, no line feed"), good.trim_end().to_owned());
        add(&format!("{kind}, lines of 64"), signatures::armour(&signatures::blob_of(&good), 64));
        add(&format!("{kind}, one line"), signatures::armour(&signatures::blob_of(&good), 10_000));
        for flags in [0x00, 0x01, 0x04, 0x05, 0x80] {
            add(&format!("sk {kind}, flags {flags:#04x}"), touch(key, flags).1);
        }
        // The flags are signed too: setting them afterwards is a forgery.
        let mut blob = signatures::blob_of(&touch(key, 0x00).1);
        let at = blob.len() - 5;
        blob[at] |= 1;
        add(&format!("sk {kind}, a touch added"), signatures::armour(&blob, 70));
        for (number, bad) in flipped(good.as_bytes()).step_by(9).enumerate() {
            add(&format!("{kind}, flipped {number}"), String::from_utf8_lossy(&bad).into_owned());
        }
    }
    let (mut both, mut stricter, mut laxer) = (Vec::new(), Vec::new(), Vec::new());
    for (name, armoured) in &vectors {
        let ours = signature::verify(armoured, b"decision")
            .and_then(|verified| {
                let touched = verified.presence.is_none_or(|presence| presence.touched);
                if touched { root.principal(&verified, world.now) } else { Ok(String::new()) }
            })
            .is_ok_and(|person| person == ADA);
        match (ours, ssh_keygen_accepts(&trust, ADA, armoured, b"decision", "20261120120000Z")) {
            (true, true) => both.push(name.as_str()),
            (false, true) => stricter.push(name.as_str()),
            (true, false) => laxer.push(name.as_str()),
            (false, false) => {}
        }
    }
    println!("{} signatures; both accept {both:?}; only ssh-keygen {stricter:?}", vectors.len());
    assert!(laxer.is_empty(), "{laxer:?}");
    for kind in ["ed25519", "ecdsa"] {
        for good in [kind.to_owned(), format!("{kind}, sha256")] {
            assert!(both.contains(&good.as_str()), "{good}");
        }
        // A touch, and a touch with the person verified; nothing else of a hardware key.
        for (flags, accepted) in [("0x00", false), ("0x01", true), ("0x04", false), ("0x05", true), ("0x80", false)] {
            let name = format!("sk {kind}, flags {flags}");
            assert_eq!(both.contains(&name.as_str()), accepted, "{name}");
            assert!(accepted || stricter.contains(&name.as_str()), "ssh-keygen does not look at flags: {name}");
        }
    }
    assert!(vectors.len() > 200, "{}", vectors.len());
}

/// A hardware key that nobody touched signs for nobody.
#[test]
fn a_hardware_key_has_to_be_touched() {
    let world = World::new();
    let soft = SoftKey::read(&world.key("ada", "ed25519"));
    let hardware: Hardware<'_> = soft.hardware();
    let trust = world.folder.path().join("allowed_signers");
    std::fs::write(&trust, format!("{ADA} {}\n", hardware.line())).unwrap();
    std::fs::write(world.folder.path().join("policy.json"), r#"{"require_touch": true}"#).unwrap();
    let warrant = world.warrant();
    let bytes = warrant.bytes().unwrap();
    let code = |flags: u8| {
        let armoured = hardware.sign(flags, &Made::default(), &bytes);
        let filed = Filed {
            path: PathBuf::new(),
            digest: Digest::of(&bytes),
            warrant: warrant.clone(),
            signatures: vec![(PathBuf::new(), armoured.into())],
            bytes: bytes.clone(),
        };
        world.code(&filed, &trust)
    };
    assert_eq!(code(0x01), "authorised");
    assert_eq!(code(0x05), "authorised");
    assert_eq!(code(0x00), "warrant.not-touched");
    assert_eq!(code(0x04), "warrant.not-touched");
}

fn certify(world: &World, authority: &Path, key: &Path, arguments: &[&str]) -> PathBuf {
    let certified = Command::new("ssh-keygen")
        .args(["-q", "-I", "a certificate", "-s"])
        .arg(authority)
        .args(arguments)
        .arg(key.with_extension("pub"))
        .current_dir(world.folder.path())
        .status()
        .unwrap();
    assert!(certified.success());
    let name = format!("{}-cert.pub", key.file_name().unwrap().to_str().unwrap());
    key.with_file_name(name)
}

/// `cert-authority`: a certificate names one person whom the line lets it name, for now, and asks for nothing else.
#[test]
fn certificates_speak_for_the_people_their_authority_may_name() {
    let world = World::new();
    let (authority, ada) = (world.key("authority", "ed25519"), world.key("ada", "ed25519"));
    let public = std::fs::read_to_string(authority.with_extension("pub")).unwrap();
    let trust = world.folder.path().join("allowed_signers");
    let line = |who: &str, options: &str| {
        std::fs::write(&trust, format!("{who} {options} {public}")).unwrap();
    };
    let now = ["-V", "20261101000000Z:20261201000000Z"];
    let whole = |more: &[&'static str]| [&now[..], more].concat();
    // What it is called, how it is certified, the line, our answer, and whether ssh-keygen accepts it.
    for (name, arguments, who, options, code, judge) in [
        ("good", whole(&["-n", ADA]), "*@example.org", "cert-authority,namespaces=\"pgwarrant\"", "authorised", true),
        ("exact", whole(&["-n", ADA]), ADA, "cert-authority", "authorised", true),
        ("elsewhere", whole(&["-n", ADA]), "*@example.com", "cert-authority", "warrant.key-not-valid", false),
        ("no authority", whole(&["-n", ADA]), ADA, "", "warrant.unknown-key", false),
        ("namespace", whole(&["-n", ADA]), ADA, "cert-authority,namespaces=\"file\"", "warrant.key-not-valid", false),
        ("late", whole(&["-n", ADA]), ADA, "cert-authority,valid-before=\"20261101Z\"", "warrant.key-not-valid", false),
        ("early", whole(&["-n", ADA]), ADA, "cert-authority,valid-after=\"20261121Z\"", "warrant.key-not-valid", false),
        (
            "over",
            vec!["-V", "20261001000000Z:20261101000000Z", "-n", ADA],
            ADA,
            "cert-authority",
            "warrant.key-not-valid",
            false,
        ),
        (
            "to come",
            vec!["-V", "20261121000000Z:20261201000000Z", "-n", ADA],
            ADA,
            "cert-authority",
            "warrant.key-not-valid",
            false,
        ),
        ("host", whole(&["-h", "-n", ADA]), ADA, "cert-authority", "warrant.key-not-valid", false),
        // Where we are stricter.
        (
            "two people",
            whole(&["-n", "ada@example.org,grace@example.org"]),
            "*@example.org",
            "cert-authority",
            "warrant.key-not-valid",
            true,
        ),
        ("nobody", whole(&[]), "*@example.org", "cert-authority", "warrant.key-not-valid", true),
        (
            "asks",
            whole(&["-n", ADA, "-O", "force-command=x"]),
            "*@example.org",
            "cert-authority",
            "warrant.key-not-valid",
            true,
        ),
    ] {
        let certificate = certify(&world, &authority, &ada, &arguments);
        line(who, options);
        let filed = world.sign(&world.warrant(), &[&certificate], "pgwarrant");
        assert_eq!(world.code(&filed, &trust), code, "{name}");
        let accepted = ssh_keygen_accepts(&trust, ADA, &filed.signatures[0].1, &filed.bytes, "20261120120000Z");
        assert!(!accepted || judge, "ssh-keygen accepts {name}");
        assert!(code != "authorised" || accepted, "ssh-keygen refuses {name}");
        if name == "good" {
            // Every byte of the certificate counts.
            let signer = world.authorise(&filed, &trust).unwrap().signers()[0].clone();
            assert_eq!(signer.principal, ADA);
            for bytes in flipped(&filed.signatures[0].1) {
                let bad = Filed { signatures: vec![(PathBuf::new(), bytes)], ..filed.clone() };
                assert!(world.authorise(&bad, &trust).is_err());
            }
        }
    }
    // Another authority's certificate, and the authority's own key used as a person's.
    let eve = world.key("eve", "ed25519");
    let certificate = certify(&world, &eve, &ada, &whole(&["-n", ADA]));
    line(ADA, "cert-authority");
    let forged = world.sign(&world.warrant(), &[&certificate], "pgwarrant");
    assert_eq!(world.code(&forged, &trust), "warrant.unknown-key");
    let direct = world.sign(&world.warrant(), &[&authority], "pgwarrant");
    assert_eq!(world.code(&direct, &trust), "warrant.unknown-key");
}

/// The options of a line, at every moment around their ends, as ssh-keygen sees them.
#[test]
fn a_line_holds_when_ssh_keygen_says_so() {
    let mut world = World::new();
    let key = world.key("ada", "ed25519");
    for (options, edges) in [
        ("valid-after=\"20261120120000Z\"", ["20261120115959Z", "20261120120000Z", "20261120120001Z"]),
        ("valid-before=\"20261120120000Z\"", ["20261120115959Z", "20261120120001Z", "20261121000000Z"]),
        (
            "valid-after=\"20261119Z\",valid-before=\"20261121Z\"",
            ["20261118235959Z", "20261120000000Z", "20261121000001Z"],
        ),
        ("namespaces=\"file,pgwarrant\"", ["20261120120000Z"; 3]),
        ("namespaces=\"file\"", ["20261120120000Z"; 3]),
    ] {
        let trust = world.trust(&[(ADA, &key, &format!("{options} "))]);
        let filed = world.sign(&world.warrant(), &[&key], "pgwarrant");
        for when in edges {
            let (day, time) = when.trim_end_matches('Z').split_at(8);
            let spelt =
                format!("{}-{}-{}T{}:{}:{}Z", &day[..4], &day[4..6], &day[6..], &time[..2], &time[2..4], &time[4..]);
            world.now = spelt.parse().unwrap();
            let verified = signature::verify(&filed.signatures[0].1, &filed.bytes).unwrap();
            let root = TrustRoot::read(&trust, &world.package.folder, Reach::Reported).unwrap();
            let ours = root.principal(&verified, world.now).is_ok();
            assert_eq!(
                ours,
                ssh_keygen_accepts(&trust, ADA, &filed.signatures[0].1, &filed.bytes, when),
                "{options} {when}"
            );
        }
    }
}

/// Author and approver are two people, however many keys one of them has.
#[test]
fn roles_are_filled_by_different_people() {
    let world = World::new();
    let (ada, second, grace) =
        (world.key("ada", "ed25519"), world.key("second", "ed25519"), world.key("grace", "ed25519"));
    let trust = world.trust(&[(ADA, &ada, ""), (ADA, &second, ""), (GRACE, &grace, "")]);
    let policy = |text: &str| std::fs::write(world.folder.path().join("policy.json"), text).unwrap();
    policy(
        r#"{"roles": {"author": {"people": ["ada@example.org", "grace@example.org"]}, "approver": {"people": ["ada@example.org", "grace@example.org"]}}}"#,
    );
    let code = |keys: &[&Path]| world.code(&world.sign(&world.warrant(), keys, "pgwarrant"), &trust);
    assert_eq!(code(&[&ada]), "warrant.role-not-filled");
    assert_eq!(code(&[&ada, &second]), "warrant.role-not-filled");
    assert_eq!(code(&[&ada, &grace]), "authorised");
    policy(r#"{"threshold": 3, "roles": {"author": {"people": ["ada@example.org"]}}}"#);
    assert_eq!(code(&[&ada, &second, &grace]), "warrant.quorum");
    policy(r#"{"roles": {"author": {"people": ["stranger@example.org"]}}}"#);
    assert_eq!(code(&[&ada]), "warrant.trust-root");
    // One key under two names is one person.
    let shared = world.trust(&[(ADA, &ada, ""), (GRACE, &ada, "")]);
    policy(r#"{"threshold": 2}"#);
    assert_eq!(world.code(&world.sign(&world.warrant(), &[&ada, &ada], "pgwarrant"), &shared), "warrant.quorum");
}

/// A decision made under one trust root does not hold under another.
#[test]
fn a_warrant_may_name_the_trust_root_it_was_signed_under() {
    let (world, good, trust, policy) = bound();
    std::fs::write(&policy, r#"{"format": 1, "threshold": 1, "max_minutes": 601, "require_touch": false}"#).unwrap();
    assert_eq!(world.code(&good, &trust), "warrant.other-trust-root");
    std::fs::remove_file(&policy).unwrap();
    assert_eq!(world.code(&good, &trust), "warrant.other-trust-root");
}

/// The body of a process of another account. Run by itself it does nothing.
#[test]
fn reads_a_trust_root_in_a_process_of_its_own() {
    let Some(path) = std::env::var_os("PGWARRANT_TEST_TRUST") else { return };
    let read = TrustRoot::read(Path::new(&path), Path::new("/nowhere"), Reach::Refused);
    if let Ok(trust) = &read {
        println!("state: {}", authorise::state_folder(None, trust).unwrap_or_default().display());
    }
    println!("read: {}", read.map_or_else(|failure| failure.code(), |_| "accepted"));
}

fn read_as(user: u32, program: &Path, trust: &Path) -> String {
    let mut command = Command::new(program);
    command
        .args(["--exact", "unforgeable::reads_a_trust_root_in_a_process_of_its_own", "--nocapture"])
        .uid(user)
        .gid(user);
    // The environment is an agent's: it must not choose where used nonces are remembered.
    for name in ["HOME", "XDG_STATE_HOME", "PGWARRANT_STATE"] {
        command.env(name, "/tmp/forgetful");
    }
    let output = command.env("PGWARRANT_TEST_TRUST", trust).current_dir("/").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!said.contains("forgetful"), "{said}");
    said.lines().find_map(|line| line.split_once("read: ").map(|(_, code)| code.to_owned())).unwrap_or(said)
}

/// Whoever applies must not be able to write what they are judged by, nor any folder above it.
#[test]
fn a_trust_root_within_reach_is_refused() {
    let world = World::new();
    let key = world.key("ada", "ed25519");
    let trust = world.trust(&[(ADA, &key, "")]);
    let refused = TrustRoot::read(&trust, &world.package.folder, Reach::Refused).unwrap_err();
    assert_eq!(refused.code(), "warrant.own-trust-root");
    assert!(TrustRoot::read(&trust, &world.package.folder, Reach::Reported).unwrap().same_account);
    if !rustix::process::geteuid().is_root() {
        println!("not run: only root can make files of other accounts");
        return;
    }
    // A program and folders that others may enter.
    let open = tempfile::Builder::new().prefix("trust-").tempdir().unwrap();
    let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(open.path(), 0o755);
    let program = open.path().join("program");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    mode(&program, 0o755);
    let folder = open.path().join("inner");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("allowed_signers");
    std::fs::copy(&trust, &file).unwrap();
    let policy = folder.join("policy.json");
    let [keeper, other] = [65_534, 12_345];
    let own = |path: &Path, user: u32| std::os::unix::fs::chown(path, Some(user), Some(user)).unwrap();
    assert_eq!(read_as(keeper, &program, &file), "accepted");
    assert_eq!(read_as(0, &program, &file), "warrant.own-trust-root");
    // The file, the folder, the policy, the folder above: each within reach of the one who applies.
    for place in [&file, &folder, &open.path().to_owned()] {
        own(place, keeper);
        assert_eq!(read_as(keeper, &program, &file), "warrant.own-trust-root", "{}", place.display());
        // Another account's is nobody's to rely on: an agent could bring its own.
        assert_eq!(read_as(other, &program, &file), "warrant.trust-root", "{}", place.display());
        own(place, 0);
        for bits in [0o777, 0o775] {
            let kept = std::fs::metadata(place).unwrap().permissions().mode();
            mode(place, bits);
            assert_eq!(read_as(keeper, &program, &file), "warrant.trust-root", "{}", place.display());
            mode(place, kept);
        }
        assert_eq!(read_as(keeper, &program, &file), "accepted");
    }
    std::fs::write(&policy, "{}").unwrap();
    assert_eq!(read_as(keeper, &program, &file), "accepted");
    own(&policy, keeper);
    assert_eq!(read_as(keeper, &program, &file), "warrant.own-trust-root");
    std::fs::remove_file(&policy).unwrap();
    // By way of a link of one's own to a file of root's.
    let link = open.path().join("link");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert_eq!(read_as(keeper, &program, &link), "accepted");
}

/// What an agent can make by itself: a key, a trust root of its own beside the package, and words that sound right.
#[test]
fn an_agent_with_keys_of_its_own_decides_nothing() {
    let world = World::new();
    let (ada, agent) = (world.key("ada", "ed25519"), world.key("agent", "ed25519"));
    let trust = world.trust(&[(ADA, &ada, "")]);
    let warrant = world.warrant();
    let good = world.sign(&warrant, &[&ada], "pgwarrant");
    // Its own key beside a good one spoils the good one: nothing is overlooked.
    let mut both = good.clone();
    let its_own = world.sign(&warrant, &[&agent], "pgwarrant");
    both.signatures.extend(its_own.signatures.clone());
    assert_eq!(world.code(&both, &trust), "warrant.unknown-key");
    assert_eq!(world.code(&its_own, &trust), "warrant.unknown-key");
    // A comment that says "ada" is no name.
    let public = std::fs::read_to_string(agent.with_extension("pub")).unwrap().replace("agent", ADA);
    assert!(public.contains(ADA));
    // Somebody else's signature, for another purpose, another package, another warrant.
    let mut other: Warrant = warrant.clone();
    other.role = "owner".into();
    let moved = Filed { signatures: good.signatures.clone(), ..world.sign(&other, &[&agent], "pgwarrant") };
    assert_eq!(world.code(&moved, &trust), "warrant.wrong-signature");
    assert_eq!(world.code(&world.sign(&warrant, &[&ada], "git"), &trust), "warrant.wrong-namespace");
    // Its own request under its own name, listed by mistake.
    let mistaken = world.trust(&[(AGENT, &agent, ""), (ADA, &ada, "")]);
    assert_eq!(world.code(&its_own, &mistaken), "warrant.self-approval");
    let unsigned = Filed { signatures: Vec::new(), ..good };
    assert_eq!(world.code(&unsigned, &trust), "warrant.unsigned");
    let subject = subject();
    let root = TrustRoot::read(&trust, &world.package.folder, Reach::Reported).unwrap();
    let later = world.now.checked_add(jiff::SignedDuration::from_hours(2)).unwrap();
    let fresh = world.sign(&warrant, &[&ada], "pgwarrant");
    let late = authorise::authorise(&fresh, Operation::Apply, &world.package, &subject, &root, later);
    assert_eq!(late.unwrap_err().code(), "warrant.expired");
}
