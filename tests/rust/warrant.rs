//! Decisions attacked: real keys, real `ssh-keygen`, a real trust root on disk.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use pgwarrant::base::{Coded as _, Digest};
use pgwarrant::warrant::authorise::{self, Filed};
use pgwarrant::warrant::nonce::Ledger;
use pgwarrant::warrant::{Decision, Operation, Warrant, signature};

use crate::support::signed::{ADA, AGENT, World};

/// A change to a warrant before it is signed.
type Forge = Box<dyn Fn(&mut Warrant)>;

#[test]
fn a_trusted_signature_over_exactly_this_authorises() {
    for kind in ["ed25519", "ecdsa"] {
        let world = World::new();
        let key = world.key("ada", kind);
        let trust = world.trust(&[(ADA, &key, "namespaces=\"pgwarrant\" ")]);
        let filed = world.sign(&world.warrant(), &[&key], "pgwarrant");
        let authorised = world.authorise(&filed, &trust).unwrap();
        assert_eq!(authorised.signers()[0].principal, ADA);
        // ssh-keygen agrees.
        let verified = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-n", "pgwarrant", "-I", ADA, "-f"])
            .arg(&trust)
            .arg("-s")
            .arg(filed.path.with_extension("json.sig"))
            .stdin(std::fs::File::open(&filed.path).unwrap())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(verified.success());
    }
}

#[test]
fn each_refusal_has_its_own_code() {
    let world = World::new();
    let (ada, eve) = (world.key("ada", "ed25519"), world.key("eve", "ed25519"));
    let trust = world.trust(&[(ADA, &ada, "")]);
    let signed = |change: &dyn Fn(&mut Warrant)| {
        let mut warrant = world.warrant();
        change(&mut warrant);
        world.code(&world.sign(&warrant, &[&ada], "pgwarrant"), &trust)
    };
    assert_eq!(signed(&|_| {}), "authorised");
    assert_eq!(signed(&|w| w.not_after = "2026-11-20T12:00:00Z".into()), "warrant.expired");
    assert_eq!(signed(&|w| w.not_before = "2026-11-20T12:00:01Z".into()), "warrant.not-yet-valid");
    assert_eq!(signed(&|w| w.not_after = "2026-12-20T12:00:00Z".into()), "warrant.too-long");
    assert_eq!(signed(&|w| w.operation = Operation::Rollback), "warrant.other-operation");
    assert_eq!(signed(&|w| w.decision = Decision::Reject), "warrant.not-approved");
    assert_eq!(signed(&|w| w.decision = Decision::ApproveAfterRestoredDryRun), "warrant.not-approved");
    // Every bound field by itself.
    let other = Digest::of(b"other");
    let fields: Vec<(&str, Forge)> = vec![
        (
            "package",
            Box::new({
                let o = other.clone();
                move |w| w.package = o.clone()
            }),
        ),
        (
            "script",
            Box::new({
                let o = other.clone();
                move |w| w.script = o.clone()
            }),
        ),
        (
            "delta",
            Box::new({
                let o = other.clone();
                move |w| w.delta = o.clone()
            }),
        ),
        (
            "review",
            Box::new({
                let o = other.clone();
                move |w| w.review = o.clone()
            }),
        ),
        (
            "fingerprint",
            Box::new({
                let o = other.clone();
                move |w| w.fingerprint = o.clone()
            }),
        ),
        ("statements", Box::new(|w| w.statements += 1)),
        ("change", Box::new(|w| w.change = "orders-2".into())),
        ("requested_by", Box::new(|w| w.requested_by = "someone@example.org".into())),
        ("role", Box::new(|w| w.role = "postgres".into())),
        ("target", Box::new(|w| w.target.database = "orders2".into())),
        ("target", Box::new(|w| w.target.database_oid += 1)),
        ("target", Box::new(|w| w.target.system_identifier = "7000000000000000002".into())),
        ("target", Box::new(|w| w.target.server_major = 18)),
    ];
    for (field, change) in fields {
        let mut warrant = world.warrant();
        change(&mut warrant);
        let failure = world.authorise(&world.sign(&warrant, &[&ada], "pgwarrant"), &trust).unwrap_err();
        assert_eq!(failure.code(), "warrant.other-package", "{field}");
        assert_eq!(failure.facts()["field"], field);
    }
    let warrant = world.warrant();
    assert_eq!(world.code(&world.sign(&warrant, &[&eve], "pgwarrant"), &trust), "warrant.unknown-key");
    assert_eq!(world.code(&world.sign(&warrant, &[&ada], "file"), &trust), "warrant.wrong-namespace");
    assert_eq!(
        world.code(&Filed { signatures: Vec::new(), ..world.sign(&warrant, &[&ada], "pgwarrant") }, &trust),
        "warrant.unsigned"
    );
    // A good signature, over other bytes.
    let mut moved = world.sign(&warrant, &[&ada], "pgwarrant");
    moved.bytes = {
        let mut other = warrant.clone();
        other.role = "owner".into();
        other.bytes().unwrap()
    };
    assert_eq!(world.code(&moved, &trust), "warrant.wrong-signature");
    // The requester cannot decide, whatever the key.
    let own = world.trust(&[(AGENT, &ada, "")]);
    assert_eq!(world.code(&world.sign(&warrant, &[&ada], "pgwarrant"), &own), "warrant.self-approval");
    let expired = world.trust(&[(ADA, &ada, "valid-before=\"20260101Z\" ")]);
    assert_eq!(world.code(&world.sign(&warrant, &[&ada], "pgwarrant"), &expired), "warrant.key-not-valid");
    let elsewhere = world.trust(&[(ADA, &ada, "namespaces=\"file\" ")]);
    assert_eq!(world.code(&world.sign(&warrant, &[&ada], "pgwarrant"), &elsewhere), "warrant.key-not-valid");
}

#[test]
fn no_flipped_byte_of_warrant_or_signature_is_accepted() {
    let world = World::new();
    let key = world.key("ada", "ed25519");
    let trust = world.trust(&[(ADA, &key, "")]);
    let good = world.sign(&world.warrant(), &[&key], "pgwarrant");
    for at in 0..good.bytes.len() {
        let mut bad = good.clone();
        bad.bytes[at] ^= 1;
        assert!(world.authorise(&bad, &trust).is_err(), "warrant byte {at}");
    }
    for at in 0..good.signatures[0].1.len() {
        let mut bad = good.clone();
        bad.signatures[0].1[at] ^= 1;
        assert!(world.authorise(&bad, &trust).is_err(), "signature byte {at}");
    }
}

/// Where the library alone is laxer than OpenSSH, and the other way round.
#[test]
fn only_what_ssh_keygen_writes_is_a_signature() {
    let world = World::new();
    let key = world.key("ada", "ed25519");
    let filed = world.sign(&world.warrant(), &[&key], "pgwarrant");
    let good = String::from_utf8(filed.signatures[0].1.clone()).unwrap();
    let verify =
        |text: &str| signature::verify(text.as_bytes(), &filed.bytes).map(drop).map_err(|failure| failure.code());
    assert_eq!(verify(&good), Ok(()));
    let form = Err("warrant.signature-form");
    assert_eq!(verify(&good.replace('\n', "\r\n")), form);
    assert_eq!(verify(&format!("hello\n{good}")), form);
    assert_eq!(verify(&format!("{good}hello\n")), form);
    assert_eq!(verify(&format!("{good}\n")), form);
    assert_eq!(verify(good.trim_end()), form);
    assert_eq!(verify(""), form);
    assert_eq!(verify(&good.replacen("SSH SIGNATURE", "PGP SIGNATURE", 2)), form);
    assert_eq!(signature::verify(&[0xff, 0xfe], &filed.bytes).map(drop).map_err(|failure| failure.code()), form);
    // RSA is not accepted.
    let rsa = world.key("rsa", "rsa");
    let signed = world.sign(&world.warrant(), &[&rsa], "pgwarrant");
    assert!(signature::verify(&signed.signatures[0].1, &signed.bytes).is_err());
}

#[test]
fn a_quorum_counts_different_people() {
    let world = World::new();
    let (ada, grace) = (world.key("ada", "ed25519"), world.key("grace", "ed25519"));
    let trust = world.trust(&[(ADA, &ada, ""), ("grace@example.org", &grace, "")]);
    std::fs::write(world.folder.path().join("policy.json"), r#"{"format": 1, "threshold": 2}"#).unwrap();
    let warrant = world.warrant();
    assert_eq!(world.code(&world.sign(&warrant, &[&ada], "pgwarrant"), &trust), "warrant.quorum");
    assert_eq!(world.code(&world.sign(&warrant, &[&ada, &ada], "pgwarrant"), &trust), "warrant.quorum");
    assert_eq!(world.code(&world.sign(&warrant, &[&ada, &grace], "pgwarrant"), &trust), "authorised");
    std::fs::write(world.folder.path().join("policy.json"), r#"{"format": 1, "require_touch": true}"#).unwrap();
    assert_eq!(world.code(&world.sign(&warrant, &[&ada], "pgwarrant"), &trust), "warrant.not-touched");
    std::fs::write(world.folder.path().join("policy.json"), r#"{"format": 1, "treshold": 2}"#).unwrap();
    assert_eq!(world.code(&world.sign(&warrant, &[&ada], "pgwarrant"), &trust), "warrant.trust-root");
}

#[test]
fn a_trust_root_that_others_can_write_is_none() {
    let world = World::new();
    let key = world.key("ada", "ed25519");
    let trust = world.trust(&[(ADA, &key, "")]);
    let filed = world.sign(&world.warrant(), &[&key], "pgwarrant");
    std::fs::set_permissions(&trust, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(world.code(&filed, &trust), "warrant.trust-root");
    std::fs::set_permissions(&trust, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::set_permissions(world.folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(world.code(&filed, &trust), "warrant.trust-root");
    std::fs::set_permissions(world.folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(world.code(&filed, &trust), "authorised");
    // A trust root inside what it judges, under its own name or another.
    let inside = world.package.folder.join("allowed_signers");
    std::fs::copy(&trust, &inside).unwrap();
    assert_eq!(world.code(&filed, &inside), "warrant.trust-root");
    let link = world.folder.path().join("link");
    std::os::unix::fs::symlink(&inside, &link).unwrap();
    assert_eq!(world.code(&filed, &link), "warrant.trust-root");
    assert_eq!(world.code(&filed, &world.folder.path().join("nowhere")), "warrant.trust-root");
}

#[test]
fn a_nonce_is_used_once_even_by_two_at_the_same_time() {
    let world = World::new();
    let warrant = world.warrant();
    let ledger = Ledger::new(&world.folder.path().join("state"), &world.package.folder);
    let spent: usize = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|n| {
                let (l, w) = (&ledger, &warrant);
                scope.spawn(move || l.spend(w, &n.to_string()).is_ok())
            })
            .collect();
        runs.into_iter().map(|run| usize::from(run.join().unwrap())).sum()
    });
    assert_eq!(spent, 1);
    assert_eq!(ledger.look(&warrant).unwrap_err().code(), "warrant.used");
    // Either place alone is enough.
    std::fs::remove_dir_all(world.folder.path().join("state")).unwrap();
    assert_eq!(ledger.look(&warrant).unwrap_err().code(), "warrant.used");
}

#[test]
fn the_warrant_to_use_is_the_open_one() {
    let world = World::new();
    let key = world.key("ada", "ed25519");
    let choose = |named: Option<&str>| {
        authorise::choose(&world.package, Operation::Apply, named, |_| false)
            .map(|filed| filed.digest)
            .map_err(|failure| failure.code())
    };
    assert_eq!(choose(None), Err("warrant.none"));
    let first = world.sign(&world.warrant(), &[&key], "pgwarrant");
    assert_eq!(choose(None), Ok(first.digest.clone()));
    let mut warrant = world.warrant();
    warrant.role = "owner".into();
    warrant.supersedes = Some(first.digest.clone());
    let second = world.sign(&warrant, &[&key], "pgwarrant");
    assert_eq!(choose(None), Ok(second.digest.clone()));
    let third = world.sign(&world.warrant(), &[&key], "pgwarrant");
    assert_eq!(choose(None), Err("warrant.ambiguous"));
    assert_eq!(choose(Some(third.digest.short())), Ok(third.digest));
}
