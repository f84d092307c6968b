//! Connections to real servers: what TLS proves, passwords that nothing ever shows, hosts that are down, and
//! standbys.

use std::time::{Duration, Instant};

use pgwarrant::base::{Coded as _, Interrupt, Outcome};
use pgwarrant::pg::{Environment, PgError, Purpose, Settings, Transport};
use pgwarrant::warrant::Operation::Apply;
use pgwarrant::{change, preflight};

use crate::support;
use crate::support::Server;
use crate::support::heard::{heard, listen};
use crate::support::listening::{
    ACCESS, Authority, Listening, PASSWORD, closed_port, connect, environment, has_tls, nothing, set_mode,
};
use crate::support::world::{World, example};

/// What a connection came to: its transport, or the code of its error and the SQLSTATE.
fn came_to(conninfo: &str, environment: &Environment) -> Result<Transport, (String, String)> {
    connect(conninfo, environment).map(|session| session.transport()).map_err(|failure| {
        let sqlstate = failure.sqlstate().unwrap_or_default().to_owned();
        (failure.code().to_owned(), sqlstate)
    })
}

fn refused(code: &str, sqlstate: &str) -> Result<Transport, (String, String)> {
    Err((code.to_owned(), sqlstate.to_owned()))
}

/// The matrix of `sslmode`, certificate and root, on every server that speaks TLS.
#[test]
fn what_tls_proves() {
    let servers: Vec<_> = support::servers().into_iter().filter(has_tls).collect();
    if servers.is_empty() {
        println!("not run: no server here was built with OpenSSL");
    }
    for server in servers {
        println!("TLS on PostgreSQL {}", server.major);
        let ours = Authority::new("the right authority");
        let theirs = Authority::new("another authority");
        let listening = Listening::start(&server, ACCESS, &[]);
        let certificates = [
            ("named", ours.issue("server", &["localhost"], false)),
            ("numbered", ours.issue("server", &["127.0.0.1"], false)),
            ("elsewhere", ours.issue("server", &["db.example.org"], false)),
            ("expired", ours.issue("server", &["localhost"], true)),
        ];
        for (name, (certificate, key)) in &certificates {
            listening.write(&format!("{name}.crt"), certificate);
            listening.write(&format!("{name}.key"), key);
        }
        let root = listening.write("root.crt", &ours.certificate);
        let other = listening.write("other.crt", &theirs.certificate);
        let (root, other) = (root.to_str().unwrap(), other.to_str().unwrap());
        let mut admin = listening.admin();
        for role in ["certuser", "tlsonly", "plainonly", "deploy"] {
            admin.execute(&format!("CREATE ROLE {role} LOGIN")).unwrap();
        }
        let port = listening.port;
        let at = |host: &str, rest: &str| {
            came_to(&format!("host={host} port={port} dbname=postgres user=deploy {rest}"), &nothing())
        };
        let serve = |name: &str| {
            let file = |ending: &str| listening.folder.path().join(format!("{name}.{ending}"));
            listening.set("ssl_key_file", file("key").to_str().unwrap());
            listening.set("ssl_cert_file", file("crt").to_str().unwrap());
        };
        let unproven = || refused("pg.connect", "");

        // Before TLS is switched on.
        assert_eq!(at("127.0.0.1", "sslmode=prefer"), Ok(Transport::Plain));
        assert_eq!(at("127.0.0.1", "sslmode=require"), unproven());
        listening.set("ssl_ca_file", root);
        serve("named");
        listening.set("ssl", "on");

        assert_eq!(at("localhost", &format!("sslmode=verify-full sslrootcert={root}")), Ok(Transport::VerifyFull));
        let by_address = format!("hostaddr=127.0.0.1 sslmode=verify-full sslrootcert={root}");
        assert_eq!(at("localhost", &by_address), Ok(Transport::VerifyFull));
        assert_eq!(at("db.example.org", &by_address), unproven());
        assert_eq!(at("127.0.0.1", &format!("sslmode=verify-full sslrootcert={root}")), unproven());
        assert_eq!(at("localhost", &format!("sslmode=verify-full sslrootcert={other}")), unproven());
        assert_eq!(at("localhost", "sslmode=verify-full"), refused("pg.tls", ""));
        assert_eq!(at("localhost", "sslmode=verify-full sslrootcert=/nonexistent"), refused("pg.tls", ""));
        assert_eq!(at("127.0.0.1", &format!("sslmode=verify-ca sslrootcert={root}")), Ok(Transport::VerifyCa));
        assert_eq!(at("127.0.0.1", &format!("sslmode=verify-ca sslrootcert={other}")), unproven());
        assert_eq!(at("127.0.0.1", "sslmode=require"), Ok(Transport::Encrypted));
        assert_eq!(at("127.0.0.1", &format!("sslmode=require sslrootcert={root}")), Ok(Transport::VerifyCa));
        assert_eq!(at("127.0.0.1", &format!("sslmode=require sslrootcert={other}")), unproven());
        assert_eq!(at("127.0.0.1", "sslmode=prefer"), Ok(Transport::Encrypted));
        assert_eq!(at("127.0.0.1", "sslmode=allow"), Ok(Transport::Plain));
        assert_eq!(at("127.0.0.1", "sslmode=allow user=tlsonly"), Ok(Transport::Encrypted));
        assert_eq!(at("127.0.0.1", "sslmode=disable"), Ok(Transport::Plain));
        assert_eq!(at("127.0.0.1", "sslmode=disable user=tlsonly"), refused("pg.connect", "28000"));
        assert_eq!(at("127.0.0.1", "sslmode=prefer user=plainonly"), Ok(Transport::Plain));
        assert_eq!(at("127.0.0.1", "sslmode=require user=plainonly"), refused("pg.connect", "28000"));
        // A private authority is not in the system's store; and the store proves nothing without the name.
        assert_eq!(at("localhost", "sslrootcert=system"), unproven());
        assert_eq!(at("localhost", "sslrootcert=system sslmode=verify-ca"), refused("pg.conninfo", ""));
        assert_eq!(at("localhost", "sslrootcert=system sslmode=require"), refused("pg.conninfo", ""));
        // A handshake without the question before it came with 17, and is never a way round encryption.
        let direct = if server.major >= 17 { Ok(Transport::Encrypted) } else { unproven() };
        assert_eq!(at("127.0.0.1", "sslmode=require sslnegotiation=direct"), direct);
        assert_eq!(at("127.0.0.1", "sslmode=prefer sslnegotiation=direct"), refused("pg.conninfo", ""));

        // The root in the home folder is found, as libpq finds it.
        let home = listening.folder.path().join("home");
        let own = home.join(".postgresql");
        std::fs::create_dir_all(&own).unwrap();
        std::fs::write(own.join("root.crt"), &ours.certificate).unwrap();
        let at_home = |rest: &str| {
            let conninfo = format!("host=localhost port={port} dbname=postgres {rest}");
            came_to(&conninfo, &environment(&[], Some(&home)))
        };
        assert_eq!(at_home("user=deploy sslmode=verify-full"), Ok(Transport::VerifyFull));

        // Certificates of clients.
        let client = |name: &str, (certificate, key): (String, String)| {
            let certificate = listening.write(&format!("{name}.crt"), &certificate);
            let key = listening.write(&format!("{name}.key"), &key);
            format!("sslcert={} sslkey={}", certificate.display(), key.display())
        };
        let right = client("right", ours.issue("certuser", &[], false));
        let misnamed = client("misnamed", ours.issue("deploy", &[], false));
        let foreign = client("foreign", theirs.issue("certuser", &[], false));
        let full = format!("user=certuser sslmode=verify-full sslrootcert={root}");
        assert_eq!(at("localhost", &format!("{full} {right}")), Ok(Transport::VerifyFull));
        assert_eq!(at("localhost", &full), refused("pg.connect", "28000"));
        assert_eq!(at("localhost", &format!("{full} {right} sslcertmode=disable")), refused("pg.connect", "28000"));
        assert_eq!(at("localhost", &format!("{full} {misnamed}")), refused("pg.connect", "28000"));
        assert_eq!(at("localhost", &format!("{full} {foreign}")), unproven());
        assert_eq!(at("localhost", &format!("{full} sslcert=/nonexistent sslkey=/nonexistent")), refused("pg.tls", ""));
        std::fs::copy(listening.folder.path().join("right.crt"), own.join("postgresql.crt")).unwrap();
        std::fs::copy(listening.folder.path().join("right.key"), own.join("postgresql.key")).unwrap();
        assert_eq!(at_home("user=certuser sslmode=verify-full"), Ok(Transport::VerifyFull));
        set_mode(&own.join("postgresql.key"), 0o644);
        assert_eq!(at_home("user=certuser sslmode=verify-full"), refused("pg.tls", ""), "others can read the key");

        serve("numbered");
        assert_eq!(at("127.0.0.1", &format!("sslmode=verify-full sslrootcert={root}")), Ok(Transport::VerifyFull));
        assert_eq!(at("localhost", &format!("sslmode=verify-full sslrootcert={root}")), unproven());
        serve("elsewhere");
        assert_eq!(at("localhost", &format!("sslmode=verify-full sslrootcert={root}")), unproven());
        assert_eq!(at("db.example.org", &by_address), Ok(Transport::VerifyFull));
        assert_eq!(at("localhost", &format!("sslmode=verify-ca sslrootcert={root}")), Ok(Transport::VerifyCa));
        serve("expired");
        for mode in ["verify-full", "verify-ca", "require"] {
            assert_eq!(at("localhost", &format!("sslmode={mode} sslrootcert={root}")), unproven(), "{mode}");
        }
        assert_eq!(at("localhost", "sslmode=require"), Ok(Transport::Encrypted));
    }
}

/// Everything an error says, in every form.
fn everything(failure: &PgError) -> String {
    format!("{failure} {failure:?} {:?} {:?}", failure.hint(), failure.facts())
}

#[test]
fn passwords_open_and_are_never_shown() {
    listen();
    let server = support::servers().pop().unwrap();
    let listening = Listening::start(&server, ACCESS, &[]);
    let mut admin = listening.admin();
    admin.execute(&format!("CREATE ROLE secret LOGIN PASSWORD '{PASSWORD}'")).unwrap();
    let port = listening.port;
    let plain = format!("host=127.0.0.1 port={port} dbname=postgres user=secret");
    let passfile = listening.write("passfile", &format!("127.0.0.1:{port}:*:secret:{PASSWORD}\n"));
    let by_file = format!("{plain} passfile={}", passfile.display());

    let given = environment(&[("PGPASSWORD", PASSWORD)], None);
    assert_eq!(came_to(&plain, &given), Ok(Transport::Plain));
    assert_eq!(came_to(&format!("{plain} password={PASSWORD}"), &nothing()), Ok(Transport::Plain));
    let uri = format!("postgresql://secret:{PASSWORD}@127.0.0.1:{port}/postgres");
    assert_eq!(came_to(&uri, &nothing()), Ok(Transport::Plain));
    assert_eq!(came_to(&by_file, &nothing()), Ok(Transport::Plain));
    let variable = environment(&[("PGPASSFILE", passfile.to_str().unwrap())], None);
    assert_eq!(came_to(&plain, &variable), Ok(Transport::Plain));
    set_mode(&passfile, 0o644);
    let ignored = connect(&by_file, &nothing()).err().unwrap();
    assert_eq!(ignored.code(), "pg.connect");
    assert!(ignored.hint().unwrap().contains("password file"), "{:?}", ignored.hint());
    assert!(heard().contains("readable by others"));

    let mut texts = vec![everything(&ignored)];
    let wrong = format!("{PASSWORD}-wrong");
    for (conninfo, environment) in [
        (plain.clone(), environment(&[("PGPASSWORD", &wrong)], None)),
        (format!("{plain} password={wrong}"), nothing()),
        (format!("postgresql://secret:{wrong}@127.0.0.1:{port}/postgres"), nothing()),
        (format!("{plain} password={wrong} channel_binding=require"), nothing()),
    ] {
        let failure = connect(&conninfo, &environment).err().unwrap();
        assert_eq!(failure.code(), "pg.connect");
        if !conninfo.contains("channel_binding") {
            assert_eq!(failure.sqlstate(), Some("28P01"));
            assert_eq!(failure.facts()["sqlstate"], "28P01");
            assert!(failure.hint().unwrap().contains("password file"));
        }
        texts.push(everything(&failure));
        let settings = Settings::resolve(&conninfo, &environment).unwrap();
        texts.push(format!("{settings} {settings:?}"));
    }
    // Strings that cannot be read must not be repeated either.
    for broken in [
        format!("host=x password=one {PASSWORD} user=secret"),
        format!("host=x password='{PASSWORD}"),
        format!("host=x sslpassword={PASSWORD}"),
        format!("postgresql://secret:{PASSWORD}%zz@x/y"),
        format!("postgresql://secret:{PASSWORD}/more@x/y"),
        format!("postgresql://secret@x/y?password={PASSWORD}&nonsense=1"),
        format!("postgresql://secret@x/y?password=a&{PASSWORD}"),
        format!("postgresql://secret:one@{PASSWORD}:x/y"),
        format!("host=x user=secret password={PASSWORD} port=x"),
        format!("host=x passwrod={PASSWORD}"),
    ] {
        let failure = connect(&broken, &nothing()).err().unwrap();
        texts.push(everything(&failure));
    }
    texts.push(heard());
    for text in texts {
        assert!(!text.contains(PASSWORD), "{text}");
    }
}

/// Whoever waits this long waits for ever.
const HANGING: Duration = Duration::from_secs(60);

#[test]
fn what_is_down_is_said_and_not_waited_for() {
    let began = Instant::now();
    let dead = closed_port();
    for conninfo in [
        "host=/nonexistent dbname=x user=x".to_owned(),
        format!("host=127.0.0.1 port={dead} dbname=x user=x"),
        format!("host=127.0.0.1,127.0.0.1 port={dead},{dead} dbname=x user=x"),
    ] {
        let failure = connect(&conninfo, &nothing()).err().unwrap();
        assert_eq!((failure.code(), failure.exit_status()), ("pg.connect", 4));
        assert!(failure.hint().unwrap().contains("host, port"));
        assert!(failure.to_string().contains(&dead.to_string()) || conninfo.contains("/nonexistent"), "{failure}");
    }
    assert!(began.elapsed() < HANGING);

    // A server that accepts and then says nothing.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let conninfo = format!("host=127.0.0.1 port={port} dbname=x user=x");
    let began = Instant::now();
    let failure = connect(&format!("{conninfo} connect_timeout=2"), &nothing()).err().unwrap();
    assert_eq!(failure.code(), "pg.connect");
    assert!(began.elapsed() < HANGING, "{:?}", began.elapsed());
    let interrupt = Interrupt::default();
    let stopper = interrupt.clone();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        stopper.trigger();
    });
    let began = Instant::now();
    let settings = Settings::resolve(&conninfo, &nothing()).unwrap();
    let patience = pgwarrant::pg::Patience::LOOKING;
    let asked = pgwarrant::pg::Session::connect(&settings, &nothing(), Purpose::Look, patience, &interrupt);
    assert_eq!(asked.err().unwrap().code(), "pg.interrupted");
    assert!(began.elapsed() < HANGING, "{:?}", began.elapsed());
    thread.join().unwrap();
}

#[test]
fn the_right_server_of_several_is_found() {
    let tools = |server: &pgwarrant::cluster::Server| server.bin.join("pg_basebackup").is_file();
    let server = support::servers().into_iter().rfind(tools).unwrap();
    let primary = Server::start(&server);
    let world = World::new(&primary, "p0-2");
    let standby = Listening::standby_of(&primary.cluster);
    let dead = closed_port();
    let folder = primary.cluster.folder().unwrap().display().to_string();
    let both = |attrs: &str| {
        format!(
            "host=127.0.0.1,{folder},{} port={dead},{},{} dbname=postgres user=postgres {attrs}",
            standby.folder.path().display(),
            primary.cluster.port(),
            standby.port,
        )
    };
    let port_of = |conninfo: &str| connect(conninfo, &nothing()).map(|session| session.host().port);
    assert_eq!(port_of(&both("")).unwrap(), primary.cluster.port());
    for (attrs, port) in [
        ("any", primary.cluster.port()),
        ("primary", primary.cluster.port()),
        ("read-write", primary.cluster.port()),
        ("standby", standby.port),
        ("read-only", standby.port),
        ("prefer-standby", standby.port),
    ] {
        assert_eq!(port_of(&both(&format!("target_session_attrs={attrs}"))).unwrap(), port, "{attrs}");
    }
    let only = |conninfo: &str, attrs: &str| port_of(&format!("{conninfo} target_session_attrs={attrs}"));
    let (first, second) =
        (primary.cluster.conninfo_as("postgres", "postgres").unwrap(), standby.socket_conninfo("postgres", "postgres"));
    assert_eq!(only(&first, "prefer-standby").unwrap(), primary.cluster.port());
    assert_eq!(only(&first, "standby").unwrap_err().code(), "pg.wrong-kind-of-server");
    assert_eq!(only(&second, "primary").unwrap_err().code(), "pg.wrong-kind-of-server");
    assert_eq!(only(&second, "read-write").unwrap_err().code(), "pg.wrong-kind-of-server");

    // The change's own phases refuse a standby.
    let target = standby.socket_conninfo("workflow_admin", &world.database);
    wait_for_replay(&primary, &standby);
    let change = change::Change::read(&example("p0-2")).unwrap();
    let looker = standby.socket_conninfo("postgres", &world.database);
    let (seen, _) =
        preflight::look(&change, &looker, &preflight::Context::default(), &nothing(), &Interrupt::default()).unwrap();
    let check = seen.checks.iter().find(|check| check.id == "I-4").unwrap();
    assert_eq!((check.result, check.observed.as_str(), seen.outcome), (Outcome::Fail, "standby", Outcome::Fail));
    world.sign(&world.warrant(Apply, "workflow_admin"));
    let refusal = world.execute_with(Apply, &target, None).unwrap_err();
    assert_eq!((refusal.code(), refusal.exit_status()), ("apply.standby", 3));
    // The refused decision is still good for the primary.
    assert_eq!(world.code("workflow_admin"), "PASS");
}

/// Waits until the standby has what the primary has written so far.
fn wait_for_replay(primary: &Server, standby: &Listening) {
    let mut ahead = primary.cluster.session("postgres", Purpose::Change).unwrap();
    ahead.execute("CHECKPOINT").unwrap();
    let written: String = ahead.query_one("SELECT pg_current_wal_flush_lsn()::text", &[]).unwrap().get(0);
    let mut behind = standby.admin();
    let deadline = Instant::now() + Duration::from_secs(20);
    let sql = "SELECT coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)";
    while !behind.query_one(sql, &[&written]).unwrap().get::<_, bool>(0) {
        assert!(Instant::now() < deadline, "the standby does not follow");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn pins_beat_what_roles_and_databases_set() {
    support::on_servers(|server| {
        let database = server.database();
        let mut admin = database.session();
        for statement in [
            "CREATE ROLE planted LOGIN",
            "ALTER ROLE planted SET standard_conforming_strings = off",
            "ALTER ROLE planted SET search_path = public",
            "ALTER ROLE planted SET backslash_quote = on",
        ] {
            admin.execute(statement).unwrap();
        }
        admin.execute(&format!("ALTER DATABASE {} SET search_path = public, pg_temp", database.name)).unwrap();
        admin.execute(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name)).unwrap();
        let conninfo = server.cluster.conninfo_as("planted", &database.name).unwrap();
        for rest in ["", "options='-c search_path=public -c standard_conforming_strings=off'"] {
            let mut session = connect(&format!("{conninfo} {rest}"), &nothing()).unwrap();
            for (name, value) in [
                ("standard_conforming_strings", "on"),
                ("search_path", "pg_catalog"),
                ("backslash_quote", "safe_encoding"),
                ("transaction_read_only", "off"),
            ] {
                let row = session.query_one("SELECT pg_catalog.current_setting($1)", &[&name]).unwrap();
                assert_eq!(row.get::<_, &str>(0), value, "{name}");
            }
        }
        // What only a superuser may set cannot be pinned by us: it is read back and refused.
        admin.execute("ALTER ROLE planted SET session_replication_role = replica").unwrap();
        let failure = connect(&conninfo, &nothing()).err().unwrap();
        assert_eq!((failure.code(), failure.facts()["setting"].as_str()), ("pg.pin", Some("session_replication_role")));
        drop(database);
        server
            .cluster
            .session_as("postgres", "postgres", Purpose::Change)
            .unwrap()
            .execute("DROP ROLE planted")
            .unwrap();
    });
}
