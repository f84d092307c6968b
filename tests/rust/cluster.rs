//! Ephemeral clusters on real servers: isolated, and gone afterwards whatever happens.

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pgwarrant::base::Interrupt;
use pgwarrant::cluster::{Discovery, EphemeralCluster};
use pgwarrant::pg::Purpose;

#[test]
fn every_server_found_starts_and_leaves_nothing_behind() {
    for server in support::servers() {
        let mut cluster = EphemeralCluster::start(&server, &Interrupt::default()).unwrap();
        let folder = cluster.folder().unwrap().to_owned();
        let mut session = cluster.session("postgres", Purpose::Change).unwrap();
        let row = session
            .query_one(
                "SELECT current_setting('listen_addresses'), current_setting('data_directory'), \
                 current_setting('dynamic_shared_memory_type')",
                &[],
            )
            .unwrap();
        assert_eq!(row.get::<_, &str>(0), "");
        assert_eq!(row.get::<_, &str>(1), folder.join("data").to_str().unwrap());
        assert_eq!(row.get::<_, &str>(2), "mmap");
        assert_eq!(cluster.version().major(), server.major);
        cluster.probe_tcp().unwrap();
        drop(session);
        cluster.stop().unwrap();
        assert!(!folder.exists());
    }
}

/// The body of the process that the next test kills. Run by itself it only starts and stops a cluster.
#[test]
fn holds_a_cluster() {
    let server = support::servers().remove(0);
    let cluster = EphemeralCluster::start(&server, &Interrupt::default()).unwrap();
    println!("cluster {} {}", cluster.process_id().unwrap(), cluster.folder().unwrap().display());
    if std::env::var_os("PGWARRANT_TEST_HOLD").is_some() {
        std::thread::sleep(Duration::from_secs(120));
    }
}

#[test]
fn a_killed_owner_leaves_no_server_and_no_folder() {
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "holds_a_cluster", "--nocapture"])
        .env("PGWARRANT_TEST_HOLD", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    let line = lines.find_map(|line| line.unwrap().strip_prefix("cluster ").map(str::to_owned)).unwrap();
    let (pid, folder) = line.split_once(' ').unwrap();
    owner.kill().unwrap();
    owner.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::path::Path::new(folder).exists() || std::path::Path::new("/proc").join(pid).exists() {
        assert!(Instant::now() < deadline, "{line} is still there");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_major_that_is_not_there_is_said() {
    let discovery = Discovery { variable: std::env::var("PGWARRANT_PG_BIN").ok(), ..Discovery::default() };
    let failure = discovery.choose(Some(7)).unwrap_err();
    assert!(
        failure.to_string().contains("PostgreSQL 7") || failure.to_string().contains("no PostgreSQL server"),
        "{failure}"
    );
}
