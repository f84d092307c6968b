//! Connections to real servers: what TLS proves, passwords that nothing ever shows, hosts that are down, standbys, and
//! psql as the judge of what a connection string means.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/listening.rs"]
mod listening;
mod support;

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use listening::{Authority, Listening, closed_port, connect, environment, has_tls, nothing};
use pgwarrant::base::{Coded as _, Interrupt, Outcome};
use pgwarrant::pg::{Environment, PgError, Purpose, Settings, Transport};
use pgwarrant::warrant::Operation::Apply;
use pgwarrant::{change, preflight};
use support::Server;
use support::world::{World, example};

const ACCESS: &str = "\
local   all all        trust
hostssl all certuser   127.0.0.1/32 trust clientcert=verify-full
hostnossl all tlsonly  127.0.0.1/32 reject
hostssl all plainonly  127.0.0.1/32 reject
host    all secret     127.0.0.1/32 scram-sha-256
host    all all        127.0.0.1/32 trust
";

const PASSWORD: &str = "hunter2-and-a-half";

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

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Every log record of this process.
struct Heard(Mutex<String>);

static HEARD: Heard = Heard(Mutex::new(String::new()));

impl log::Log for Heard {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut text = self.0.lock().unwrap();
        text.push_str(record.target());
        text.push_str(&record.args().to_string());
        text.push('\n');
    }

    fn flush(&self) {}
}

/// Everything an error says, in every form.
fn everything(failure: &PgError) -> String {
    format!("{failure} {failure:?} {:?} {:?}", failure.hint(), failure.facts())
}

#[test]
fn passwords_open_and_are_never_shown() {
    log::set_logger(&HEARD).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
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
    assert!(HEARD.0.lock().unwrap().contains("readable by others"));

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
    texts.push(HEARD.0.lock().unwrap().clone());
    for text in texts {
        assert!(!text.contains(PASSWORD), "{text}");
    }
}

#[test]
fn what_is_down_is_said_fast() {
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
    assert!(began.elapsed() < Duration::from_secs(2));

    // A server that accepts and then says nothing.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let conninfo = format!("host=127.0.0.1 port={port} dbname=x user=x");
    let began = Instant::now();
    let failure = connect(&format!("{conninfo} connect_timeout=2"), &nothing()).err().unwrap();
    assert_eq!(failure.code(), "pg.connect");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
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
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
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
    support::on_every_server(|server| {
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

/// One case for psql and for us.
struct Case {
    conninfo: String,
    variables: Vec<(String, String)>,
    /// Where we refuse, or differ, on purpose: why. The differences are listed in `pg::keywords` and `pg::settings`.
    differs: Option<&'static str>,
}

/// What psql makes of it: who and where, or that it cannot.
fn judged_by_psql(psql: &Path, case: &Case, home: &Path) -> Option<String> {
    let mut command = std::process::Command::new(psql);
    command.env_clear().env("HOME", home).env("LC_ALL", "C").env("PGCONNECT_TIMEOUT", "5");
    command.envs(case.variables.iter().cloned());
    command.args(["-X", "-w", "-At", "-c", WHERE, "-d", &case.conninfo]);
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

const WHERE: &str = "SELECT current_user || ' ' || current_database() || ' ' || coalesce(inet_server_port(), 0) || ' ' || \
                     current_setting('work_mem') || ' ' || \
                     replace(replace(current_setting('application_name'), 'psql', '-'), 'pgwarrant', '-') || ' ' || \
                     (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())";

fn judged_by_us(case: &Case, home: &Path) -> Result<String, PgError> {
    let mut world = environment(&[("PGCONNECT_TIMEOUT", "5")], Some(home));
    world.variables.extend(case.variables.iter().cloned());
    let mut session = connect(&case.conninfo, &world)?;
    Ok(session.query_one(WHERE, &[])?.get(0))
}

/// psql is the judge: what we make of a connection string is what libpq makes of it, or a refusal that is meant.
#[test]
fn connection_strings_mean_what_libpq_says() {
    let Some(server) = support::servers().into_iter().rfind(has_tls) else {
        println!("not run: no server here was built with OpenSSL");
        return;
    };
    // Each major of libpq knows some keywords more.
    let (judge, newest) = [18, 17, 16, 15]
        .iter()
        .find_map(|major| Some((*major, support::discovery().tool("psql", *major).ok()?)))
        .unwrap();
    let unknown_to_the_judge = |case: &Case| {
        let since = [("servicefile=", 19), ("load_balance_hosts=", 16)];
        since.iter().any(|(keyword, since)| judge < *since && case.conninfo.contains(keyword))
    };
    let with_tls = support::servers()
        .iter()
        .find(|server| has_tls(server) && server.bin.join("psql").is_file())
        .map(|server| server.bin.join("psql"));
    let ours = Authority::new("the right authority");
    let listening = Listening::start(&server, ACCESS, &[]);
    let (certificate, key) = ours.issue("server", &["localhost"], false);
    listening.write("server.crt", &certificate);
    listening.write("server.key", &key);
    let folder = listening.folder.path();
    let mut admin = listening.admin();
    for statement in [
        "CREATE ROLE root LOGIN",
        "CREATE ROLE deploy LOGIN",
        "CREATE ROLE \"o'hara\" LOGIN",
        "CREATE ROLE \"a b\" LOGIN",
        &format!("CREATE ROLE secret LOGIN PASSWORD '{PASSWORD}'"),
        "CREATE DATABASE root",
        "CREATE DATABASE orders",
        "CREATE DATABASE \"back\\slash\"",
        "CREATE DATABASE deploy",
        "CREATE DATABASE secret",
    ] {
        admin.execute(statement).unwrap();
    }
    let port = listening.port;
    let dead = closed_port();
    let home = folder.join("home");
    std::fs::create_dir(&home).unwrap();
    let home_file = |name: &str, text: &str| {
        std::fs::write(home.join(name), text).unwrap();
        set_mode(&home.join(name), 0o600);
    };
    home_file(".pgpass", &format!("# a comment\nother:*:*:*:x\n127.0.0.1:{port}:orders:secret:{PASSWORD}\n"));
    home_file(
        ".pg_service.conf",
        &format!(
            "[orders]\nhost=127.0.0.1\nport={port}\nuser=deploy\ndbname=orders\n\n[broken]\nnonsense\n\n[nested]\nservice=orders\n"
        ),
    );
    let other_service = listening
        .write("services", &format!("# c\n[orders]\nhost=127.0.0.1\nport={port}\ndbname=deploy\nuser=deploy\n"));
    let passfile = listening.write("passfile", &format!("*:*:*:secret:{PASSWORD}\n"));
    let open_passfile = listening.write("open", &format!("*:*:*:secret:{PASSWORD}\n"));
    set_mode(&open_passfile, 0o644);
    let colon_passfile =
        listening.write("colon", &format!("127.0.0.1:{port}:secret:secret:wrong\\:one\n*:*:*:*:{PASSWORD}\n"));
    let escaped_folder = folder.display().to_string().replace('/', "%2F");
    let folder = folder.display().to_string();
    let tcp = format!("host=127.0.0.1 port={port}");
    let case = |conninfo: String, variables: &[(&str, &str)]| Case {
        conninfo,
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        differs: None,
    };
    let text_port = port.to_string();
    let here: [(&str, &str); 2] = [("PGHOST", "127.0.0.1"), ("PGPORT", &text_port)];
    let also = |more: &[(&'static str, &str)]| -> Vec<(String, String)> {
        here.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let with = |conninfo: &str, more: &[(&'static str, &str)]| Case {
        conninfo: conninfo.to_owned(),
        variables: also(more),
        differs: None,
    };
    let meant = |why: &'static str, conninfo: String| Case { conninfo, variables: Vec::new(), differs: Some(why) };
    let cases = vec![
        // key=value
        case(tcp.clone(), &[]),
        case(format!("{tcp} user=deploy"), &[]),
        case(format!("{tcp} dbname=orders user=deploy"), &[]),
        case(format!("  host = 127.0.0.1   port = {port}  dbname= orders "), &[]),
        case(format!("host='127.0.0.1'port='{port}'dbname='orders'"), &[]),
        case(format!("{tcp} user='o\\'hara' dbname=orders"), &[]),
        case(format!("{tcp} user=o\\'hara dbname=orders"), &[]),
        case(format!("{tcp} user='a b' dbname=orders"), &[]),
        case(format!("{tcp} user=a\\ b dbname=orders"), &[]),
        case(format!("{tcp} dbname='back\\\\slash'"), &[]),
        case(format!("{tcp} dbname=orders dbname=root"), &[]),
        case(format!("{tcp} dbname='' user=''"), &[]),
        case(format!("{tcp} dbname=nowhere"), &[]),
        case(format!("{tcp} user=nobody_here"), &[]),
        case(format!("{tcp} dbname=orders nonsense=1"), &[]),
        case(format!("{tcp} dbname=orders stray"), &[]),
        case(format!("{tcp} dbname='orders"), &[]),
        case(format!("{tcp} dbname=orders sslmode=nonsense"), &[]),
        case(format!("{tcp} dbname=orders sslmode=require"), &[]),
        case(format!("{tcp} dbname=orders application_name=nightly"), &[]),
        case(format!("{tcp} dbname=orders fallback_application_name=nightly"), &[("PGAPPNAME", "daily")]),
        case(format!("{tcp} dbname=orders options='-c work_mem=5MB'"), &[]),
        case(format!("{tcp} dbname=orders options='-c work_mem=5MB'"), &[("PGOPTIONS", "-c work_mem=6MB")]),
        case(format!("{tcp} dbname=orders connect_timeout=x"), &[]),
        case(format!("{tcp} dbname=orders connect_timeout=' 9 '"), &[]),
        case(format!("{tcp} dbname=orders keepalives=0 keepalives_idle=5 tcp_user_timeout=9000"), &[]),
        case(format!("{tcp} dbname=orders client_encoding=utf-8"), &[]),
        case(format!("{tcp} dbname=orders target_session_attrs=nonsense"), &[]),
        case(format!("{tcp} dbname=orders load_balance_hosts=random"), &[]),
        case(format!("{tcp} dbname=orders load_balance_hosts=nonsense"), &[]),
        case(format!("{tcp} dbname=orders channel_binding=nonsense"), &[]),
        // hosts
        case(format!("host=127.0.0.1,127.0.0.1 port={dead},{port} dbname=orders"), &[]),
        case(format!("host=127.0.0.1,127.0.0.1 port={port} dbname=orders"), &[]),
        case(format!("host=a,b port={port},1,2 dbname=orders"), &[]),
        case(format!("host=db.example.org hostaddr=127.0.0.1 port={port} dbname=orders"), &[]),
        case(format!("hostaddr=127.0.0.1 port={port} dbname=orders"), &[]),
        case(format!("hostaddr=127.0.0.1,127.0.0.1 host=a port={port} dbname=orders"), &[]),
        case(format!("hostaddr=nonsense port={port} dbname=orders"), &[]),
        case(format!("host={folder} port={port} dbname=orders user=deploy"), &[]),
        case(format!("host=localhost port={port} dbname=orders"), &[]),
        case("host=127.0.0.1 port=0".to_owned(), &[]),
        case("host=127.0.0.1 port=65536".to_owned(), &[]),
        case("host=127.0.0.1 port=x".to_owned(), &[]),
        // URIs
        case(format!("postgresql://127.0.0.1:{port}/orders"), &[]),
        case(format!("postgres://deploy@127.0.0.1:{port}/orders"), &[]),
        case(format!("postgresql://deploy:@127.0.0.1:{port}"), &[]),
        case(format!("postgresql://o%27hara@127.0.0.1:{port}/orders"), &[]),
        case(format!("postgresql://a%20b@127.0.0.1:{port}/orders?application_name=night%20ly"), &[]),
        case(format!("postgresql://secret:{PASSWORD}@127.0.0.1:{port}/orders"), &[]),
        case(format!("postgresql:///orders?host=127.0.0.1&port={port}"), &[]),
        case(format!("postgresql://{escaped_folder}:{port}/orders?user=deploy"), &[]),
        case(format!("postgresql:///orders?host={folder}&port={port}&user=deploy"), &[]),
        case(format!("postgresql://127.0.0.1:{dead},127.0.0.1:{port}/orders"), &[]),
        case(format!("postgresql://deploy@127.0.0.1:{port}?dbname=orders&"), &[]),
        case(format!("postgresql://127.0.0.1:{port}/orders?user"), &[]),
        case(format!("postgresql://127.0.0.1:{port}/orders?options=-c%20work_mem%3D5MB"), &[]),
        case(format!("postgresql://127.0.0.1:{port}/orders?options=-c work_mem=5MB"), &[]),
        case(format!("postgresql://127.0.0.1:{port}/orders?nonsense=1"), &[]),
        case(format!("postgresql://127.0.0.1:{port}/%zz"), &[]),
        case(format!("postgresql://[127.0.0.1]:{port}/orders"), &[]),
        case(format!("postgresql://[127.0.0.1:{port}/orders"), &[]),
        case(format!("postgresql://127.0.0.1:{port}/orders?user=deploy&&user=root"), &[]),
        // the environment
        with("", &[]),
        with("orders", &[]),
        with("", &[("PGDATABASE", "orders"), ("PGUSER", "deploy")]),
        with("user=deploy", &[("PGDATABASE", "orders"), ("PGUSER", "root")]),
        with("", &[("PGDATABASE", "orders"), ("PGAPPNAME", "nightly"), ("PGOPTIONS", "-c work_mem=7MB")]),
        with("user=secret dbname=orders", &[("PGPASSWORD", PASSWORD)]),
        with("user=secret dbname=orders", &[("PGPASSWORD", "wrong")]),
        with("", &[("PGUSER", "")]),
        with("", &[("PGDATABASE", "orders"), ("PGSSLMODE", "require")]),
        with("", &[("PGDATABASE", "orders"), ("PGSSLMODE", "nonsense")]),
        // password files
        case(format!("{tcp} user=secret dbname=orders"), &[]),
        case(format!("{tcp} user=secret dbname=secret"), &[]),
        case(format!("{tcp} user=secret dbname=secret"), &[("PGPASSFILE", passfile.to_str().unwrap())]),
        case(format!("{tcp} user=secret dbname=secret passfile={}", passfile.display()), &[]),
        case(format!("{tcp} user=secret dbname=secret passfile={}", open_passfile.display()), &[]),
        case(format!("{tcp} user=secret dbname=secret passfile={}", colon_passfile.display()), &[]),
        case(format!("{tcp} user=secret dbname=orders passfile={}", colon_passfile.display()), &[]),
        case(format!("{tcp} user=secret dbname=orders password=wrong passfile={}", passfile.display()), &[]),
        // services
        case("service=orders".to_owned(), &[]),
        case("service=orders user=root".to_owned(), &[]),
        case("service=orders".to_owned(), &[("PGUSER", "root")]),
        case("service=orders".to_owned(), &[("PGSERVICEFILE", other_service.to_str().unwrap())]),
        case(format!("service=orders servicefile={}", other_service.display()), &[]),
        case(String::new(), &[("PGSERVICE", "orders")]),
        case("postgresql://?service=orders".to_owned(), &[]),
        case("service=nowhere".to_owned(), &[]),
        case("service=nested".to_owned(), &[]),
        case("service=broken".to_owned(), &[]),
        // refusals that are meant
        meant(
            "two @ are more likely a password than a host",
            format!("postgresql://secret:p@ss@127.0.0.1:{port}/orders"),
        ),
        meant("GSSAPI is not spoken", format!("{tcp} dbname=orders gssencmode=prefer krbsrvname=x gssdelegation=1")),
        meant(
            "the peer of a socket is not looked up",
            format!("host={folder} port={port} dbname=orders user=deploy requirepeer=root"),
        ),
        meant("only scram is promised", format!("{tcp} dbname=orders require_auth=none")),
        meant("texts are UTF-8", format!("{tcp} dbname=orders client_encoding=LATIN1")),
        meant("TLS is 1.2 at least", format!("{tcp} dbname=orders ssl_min_protocol_version=TLSv1.3")),
    ];
    let mut wrong = Vec::new();
    let mut count = 0;
    let mut compare = |psql: &Path, case: &Case| {
        count += 1;
        let (theirs, we) = (judged_by_psql(psql, case, &home), judged_by_us(case, &home));
        match (&theirs, &we, case.differs) {
            (Some(theirs), Ok(we), None) if theirs == we => {}
            (None, Err(_), _) => {}
            (Some(_), Err(failure), Some(_)) if failure.exit_status() == 2 => {}
            _ => {
                let we = we.map_err(|failure| failure.to_string());
                wrong.push(format!("{:?} {:?}: psql {theirs:?}, we {we:?}", case.conninfo, case.variables));
            }
        }
    };
    for case in cases.iter().filter(|case| !unknown_to_the_judge(case)) {
        compare(&newest, case);
    }
    // And over TLS.
    listening.set("ssl_key_file", &format!("{folder}/server.key"));
    listening.set("ssl_cert_file", &format!("{folder}/server.crt"));
    listening.set("ssl", "on");
    let root = listening.write("root.crt", &ours.certificate);
    let other = listening.write("other.crt", &Authority::new("another authority").certificate);
    match with_tls {
        None => println!("not run: no psql here was built with OpenSSL"),
        Some(psql) => {
            for mode in ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] {
                for host in ["localhost", "127.0.0.1"] {
                    for root in [None, Some(&root), Some(&other)] {
                        let root = root.map(|root| format!("sslrootcert={}", root.display())).unwrap_or_default();
                        let conninfo = format!("host={host} port={port} dbname=orders sslmode={mode} {root}");
                        // libpq takes a certificate it cannot verify for a reason to go on in plain text.
                        let unproven = mode == "prefer" && root.contains("other.crt");
                        if !unproven {
                            compare(&psql, &case(conninfo, &[]));
                        }
                    }
                }
            }
            compare(
                &psql,
                &case(format!("{tcp} dbname=orders user=secret password={PASSWORD} channel_binding=require"), &[]),
            );
            compare(
                &psql,
                &case(
                    format!(
                        "{tcp} dbname=orders user=secret password={PASSWORD} channel_binding=require sslmode=disable"
                    ),
                    &[],
                ),
            );
            compare(&psql, &case(format!("{tcp} dbname=orders channel_binding=require"), &[]));
        }
    }
    println!("{count} connection strings compared with psql on PostgreSQL {}", server.major);
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 60);
}
