//! psql as the judge of what a connection string, with its environment, service and password files, means.

use std::path::Path;

use pgwarrant::base::Coded as _;
use pgwarrant::pg::PgError;

use crate::support;
use crate::support::listening::{
    ACCESS, Authority, Listening, PASSWORD, closed_port, connect, environment, has_tls, set_mode,
};

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
        case(format!("{tcp} dbname=orders ssl_min_protocol_version=TLSv1.3"), &[]),
        case(format!("{tcp} dbname=orders ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2"), &[]),
        meant("compression is never used", format!("{tcp} dbname=orders sslcompression=1")),
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
