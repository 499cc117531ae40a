//! `portcullis onex-probe` against Debian's FreeRADIUS on loopback, with a configuration made here.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot set up its server has nothing to say"
)]

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const SERVER: &str = "/usr/sbin/freeradius";
const SECRET: &str = "testing123";

/// A server of its own for each test; ends with it.
struct FreeRadius {
    child: Child,
    directory: PathBuf,
    port: u16,
}

impl FreeRadius {
    /// Starts the server, or says that it is left out.
    fn start(name: &str) -> Option<Self> {
        if !Path::new(SERVER).exists() {
            println!("left out: {SERVER} is not installed");
            return None;
        }
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("freeradius-{name}"));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let configuration = directory.join("radiusd.conf");
        fs::write(
            &configuration,
            include_str!("freeradius.conf").replace("@PORT@", &port.to_string()),
        )
        .unwrap();
        fs::write(directory.join("users"), "alice Cleartext-Password := \"wonderland\"\n").unwrap();
        // The server refuses a configuration that others may write.
        fs::set_permissions(&configuration, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(directory.join("secret"), SECRET).unwrap();
        fs::write(directory.join("password"), "wonderland").unwrap();
        fs::write(directory.join("wrong"), "looking-glass").unwrap();
        let log = fs::File::create(directory.join("log")).unwrap();
        let child = Command::new(SERVER)
            .arg("-X")
            .arg("-d")
            .arg(&directory)
            .args(["-n", "radiusd"])
            .stdout(log)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self { child, directory, port };
        server.wait_until_ready();
        Some(server)
    }

    fn wait_until_ready(&mut self) {
        let begun = Instant::now();
        loop {
            let log = self.log();
            if log.contains("Ready to process requests") {
                return;
            }
            let ended = self.child.try_wait().unwrap().is_some();
            if ended || begun.elapsed() > Duration::from_secs(20) {
                panic!("the server does not start:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap()
    }

    /// Runs the probe with one of the password files.
    fn probe(&self, method: &str, identity: &str, password: &str, more: &[&str]) -> Output {
        probe(&self.directory, self.port, method, identity, password, more)
    }

    /// The record of a probe that is to end with `code`.
    fn record(&self, code: i32, method: &str, identity: &str, password: &str, more: &[&str]) -> serde_json::Value {
        let output = self.probe(method, identity, password, &[more, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(code), "{output:?}\n{}", self.log());
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for FreeRadius {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn probe(directory: &Path, port: u16, method: &str, identity: &str, password: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["onex-probe", "--server", &format!("127.0.0.1:{port}")])
        .arg("--secret-file")
        .arg(directory.join("secret"))
        .args(["--method", method, "--identity", identity])
        .arg("--password-file")
        .arg(directory.join(password))
        .args(more)
        .output()
        .unwrap()
}

#[test]
fn freeradius_lets_in_who_knows_the_password_and_both_have_the_same_keys() {
    let Some(server) = FreeRadius::start("let-in") else {
        return;
    };
    for (method, keys) in KEYS {
        let record = server.record(0, method, "alice", "password", &[]);
        assert_eq!(record["outcome"], "let_in", "{method}: {record}");
        assert_eq!(record["keys_match"], serde_json::json!(keys), "{method}: {record}");
    }
}

/// The methods, and what is said of their keys.
const KEYS: [(&str, Option<bool>); 3] = [("mschapv2", Some(true)), ("md5", None), ("gtc", None)];

#[test]
fn freeradius_refuses_a_wrong_password_and_an_unknown_user() {
    let Some(server) = FreeRadius::start("refused") else {
        return;
    };
    for (method, _) in KEYS {
        let record = server.record(3, method, "alice", "wrong", &[]);
        assert_eq!(record["outcome"], "refused", "{method}: {record}");
        server.record(3, method, "bob", "password", &[]);
    }
    let record = server.record(3, "mschapv2", "alice", "wrong", &[]);
    let sentence = record["sentence"].as_str().unwrap();
    assert!(sentence.contains("name or the password"), "{sentence}");
}

#[test]
fn many_authentications_are_counted_and_timed() {
    let Some(server) = FreeRadius::start("load") else {
        return;
    };
    let record = server.record(
        0,
        "mschapv2",
        "alice",
        "password",
        &["--count", "40", "--concurrency", "4"],
    );
    assert_eq!(record["let_in"], 40, "{record}");
    let latencies = &record["latencies_ms"];
    assert!(latencies["p50"].as_f64() <= latencies["p99"].as_f64(), "{record}");
    assert!(latencies["p50"].as_f64() > Some(0.0), "{record}");
}

#[test]
fn a_server_that_is_not_there_is_silent() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("silent");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("secret"), SECRET).unwrap();
    fs::write(directory.join("password"), "wonderland").unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let output = probe(&directory, port, "md5", "alice", "password", &[]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("no answer"));
}

#[test]
fn a_missing_secret_is_a_bad_input() {
    let output = probe(Path::new("/nonexistent"), 1812, "md5", "alice", "password", &[]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
}
