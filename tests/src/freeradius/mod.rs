//! Debian's FreeRADIUS on loopback, with a configuration and certificates made here.

mod certificates;

use std::fs::{self, File, Permissions};
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

pub use certificates::{Authority, Certified};
use rcgen::{PKCS_ECDSA_P256_SHA256, SignatureAlgorithm};

/// Where Debian has the program.
pub const PROGRAM: &str = "/usr/sbin/freeradius";

/// The name in the server's certificate.
pub const SERVER_NAME: &str = "radius.example.org";
/// The secret that the server shares with its clients, in the file `secret`.
pub const SECRET: &str = "testing123";
/// The one user whom the server knows.
pub const USER: &str = "alice";
/// The user's password, in the file `password`.
pub const PASSWORD: &str = "wonderland";

/// The subscriber whom the server knows by the answers of their card, which are in the file `card`.
const IMSI: &str = "232010000000000";
/// RAND, SRES and Kc.
const TRIPLETS: [[&str; 3]; 3] = [
    ["a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0", "d1d2d3d4", "a0a1a2a3a4a5a6a7"],
    ["a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "e1e2e3e4", "b0b1b2b3b4b5b6b7"],
    ["a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2", "f1f2f3f4", "c0c1c2c3c4c5c6c7"],
];

/// The head of OpenSSL's configuration; what follows holds for all TLS.
const OPENSSL_CONF: &str = "openssl_conf = begin\n[begin]\nssl_conf = ssl\n[ssl]\nsystem_default = tls\n[tls]\n";

/// Parts of the configuration of a server at which a password changes: how it runs programs, which one changes the password,
/// and which ones tell it and the flags of the account.
const EXEC: &str = "exec {\n wait = yes\n }";
const PASSCHANGE: &str = r#"passchange {
    local_cpw = "%{exec:/bin/sh ${confdir}/change ${confdir} %{MS-CHAP-New-Cleartext-Password}}"
}"#;
const ACCOUNT: &str = r#"if (&User-Name == "alice") {
    update control {
        &Cleartext-Password := "%{exec:/bin/cat ${confdir}/account-password}"
        &SMB-Account-CTRL-TEXT := "%{exec:/bin/cat ${confdir}/account-flags}"
    }
}"#;
/// The flags of an account of a user whose password has expired, as Samba writes them.
const EXPIRED: &str = "[Ue         ]";
/// What takes a new password down. What it prints tells the server that it has.
const CHANGE: &str = r#"set -e
cd "$1"
printf %s "$2" >account-password
printf %s '[U          ]' >account-flags
echo changed
"#;

/// How a server differs from the usual one.
pub struct Setup {
    /// The oldest and the newest version of TLS.
    pub versions: (&'static str, &'static str),
    /// The cipher suites, as OpenSSL names them.
    pub ciphers: &'static str,
    /// Lines of OpenSSL's own configuration (`SSL_CONF_cmd`) that hold for all of the server's TLS.
    pub openssl: &'static str,
    /// The curve of the key agreement, as OpenSSL names it.
    pub curve: &'static str,
    /// The group of EAP-pwd, by its number in the registry of IKE.
    pub pwd_group: &'static str,
    /// What all keys of certificates are for.
    pub algorithm: &'static SignatureAlgorithm,
    /// The server's certificate.
    pub certificate: fn(&Authority) -> Certified,
    /// Whether the user's password has expired. The server takes a new one then, and has it from then on.
    pub expired: bool,
    /// Whether it writes down everything that it does, for the one who looks for a fault. It is slower then.
    pub talkative: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            versions: ("1.2", "1.3"),
            ciphers: "DEFAULT",
            openssl: "",
            curve: "prime256v1",
            pwd_group: "19",
            algorithm: &PKCS_ECDSA_P256_SHA256,
            certificate: |authority| authority.issue(SERVER_NAME, |_| {}),
            expired: false,
            talkative: true,
        }
    }
}

/// A running server; ends when dropped.
///
/// Its directory has what a client needs: `secret`; `password`, and `wrong` with another one; `ca.pem` and `other-ca.pem`;
/// certificate and key of a user whom the server believes (`alice.pem`, `alice.key`) and of one whom it does not
/// (`mallory.pem`, `mallory.key`); `card`, that of a subscriber.
pub struct FreeRadius {
    child: Child,
    directory: PathBuf,
    port: u16,
}

impl FreeRadius {
    /// Starts a server with its files in a new `directory`; `None`, which it prints, where FreeRADIUS is not installed.
    ///
    /// # Errors
    /// What the system refuses, or the server's log where it does not start.
    pub fn start(directory: &Path, setup: &Setup) -> io::Result<Option<Self>> {
        if !Path::new(PROGRAM).exists() {
            println!("left out: {PROGRAM} is not installed");
            return Ok(None);
        }
        let port = UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port();
        prepare(directory, setup, port)?;
        let mut command = Command::new(PROGRAM);
        if setup.expired {
            let Some(library) = with_rc4(directory)? else {
                return Ok(None);
            };
            command.env("LD_PRELOAD", library);
        }
        let child = command
            .args(if setup.talkative {
                &["-X"][..]
            } else {
                &["-f", "-l", "stdout"]
            })
            .arg("-d")
            .arg(directory)
            .args(["-n", "radiusd"])
            .env("OPENSSL_CONF", directory.join("openssl.cnf"))
            .stdout(File::create(directory.join("log"))?)
            .stderr(Stdio::null())
            .spawn()?;
        let mut server = Self {
            child,
            directory: directory.to_owned(),
            port,
        };
        server.wait_until_ready()?;
        Ok(Some(server))
    }

    fn wait_until_ready(&mut self) -> io::Result<()> {
        let begun = Instant::now();
        loop {
            let log = self.log()?;
            if log.contains("Ready to process requests") {
                return Ok(());
            }
            if self.child.try_wait()?.is_some() || begun.elapsed() > Duration::from_secs(20) {
                return Err(io::Error::other(format!("the server does not start:\n{log}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the server has said so far.
    ///
    /// # Errors
    /// The log can't be read.
    pub fn log(&self) -> io::Result<String> {
        fs::read_to_string(self.directory.join("log"))
    }

    /// The UDP port on loopback.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The number of the server's process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The directory of its files.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for FreeRadius {
    fn drop(&mut self) {
        // Whatever goes wrong here, the server has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Compiles what lets the server change a password; `None`, which it prints, where there is no compiler of C.
fn with_rc4(directory: &Path) -> io::Result<Option<PathBuf>> {
    write(directory, "rc4.c", include_str!("rc4.c"))?;
    let mut compiler = Command::new("cc");
    compiler
        .args(["-shared", "-fPIC", "-o", "rc4.so", "rc4.c", "-ldl"])
        .current_dir(directory);
    match compiler.output() {
        Ok(output) if output.status.success() => Ok(Some(directory.join("rc4.so"))),
        Ok(output) => Err(io::Error::other(format!("rc4.c: {output:?}"))),
        Err(_) => {
            println!("left out: no compiler of C is installed");
            Ok(None)
        }
    }
}

/// Makes a new `directory` with everything that a server on this UDP port of loopback and its client need; see
/// [`FreeRadius`].
///
/// # Errors
/// What the system refuses.
pub fn prepare(directory: &Path, setup: &Setup, port: u16) -> io::Result<()> {
    // Sessions of an earlier run would be resumed.
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => fs::create_dir_all(directory.join("sessions"))?,
    }
    // It refuses a configuration that others may write, and sessions that others may read.
    fs::set_permissions(directory.join("sessions"), Permissions::from_mode(0o700))?;
    let configuration = include_str!("freeradius.conf")
        .replace("@PORT@", &port.to_string())
        .replace("@TLS_MIN@", setup.versions.0)
        .replace("@TLS_MAX@", setup.versions.1)
        .replace("@CURVE@", setup.curve)
        .replace("@PWD_GROUP@", setup.pwd_group)
        .replace("@CIPHERS@", setup.ciphers)
        .replace("@EXEC@", if setup.expired { EXEC } else { "" })
        .replace("@PASSCHANGE@", if setup.expired { PASSCHANGE } else { "" })
        .replace("@ACCOUNT@", if setup.expired { ACCOUNT } else { "" });
    write(directory, "radiusd.conf", &configuration)?;
    write(directory, "openssl.cnf", &format!("{OPENSSL_CONF}{}\n", setup.openssl))?;
    let user = format!("{USER} Cleartext-Password := \"{PASSWORD}\"\n");
    let (subscriber, card) = subscriber();
    write(directory, "users", &(user + &subscriber))?;
    if setup.expired {
        write(directory, "account-password", PASSWORD)?;
        write(directory, "account-flags", EXPIRED)?;
        write(directory, "change", CHANGE)?;
    }
    write(directory, "card", &card)?;
    write_credentials(directory, setup)
}

/// What the server knows of the subscriber, and the card as the program reads it.
fn subscriber() -> (String, String) {
    let name = format!("1{IMSI}@wlan.mnc001.mcc232.3gppnetwork.org");
    let attributes: Vec<String> = (1..)
        .zip(TRIPLETS)
        .map(|(n, [rand, sres, kc])| {
            format!("\tEAP-Sim-Rand{n} = 0x{rand}, EAP-Sim-SRES{n} = 0x{sres}, EAP-Sim-KC{n} = 0x{kc}")
        })
        .collect();
    let lines = TRIPLETS.map(|triplet| format!("triplet = {}\n", triplet.join(" ")));
    (
        format!("{name} EAP-Type := SIM\n{}\n", attributes.join(",\n")),
        format!("imsi = {IMSI}\n{}", lines.concat()),
    )
}

/// Writes a file for its owner alone.
pub(crate) fn write(directory: &Path, name: &str, content: &str) -> io::Result<()> {
    let path = directory.join(name);
    fs::write(&path, content)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))
}

/// Writes the secrets and the certificates of a server and of its users; see [`FreeRadius`].
pub(crate) fn write_credentials(directory: &Path, setup: &Setup) -> io::Result<()> {
    let write = |name: &str, content: &str| write(directory, name, content);
    write("secret", SECRET)?;
    write("password", PASSWORD)?;
    write("wrong", "looking-glass")?;
    let [authority, other] = ["Authority", "Another Authority"].map(|name| Authority::with_keys(name, setup.algorithm));
    write("ca.pem", &authority.pem)?;
    write("other-ca.pem", &other.pem)?;
    for (name, certified) in [
        ("server", (setup.certificate)(&authority)),
        ("alice", authority.issue(USER, |_| {})),
        ("mallory", other.issue("mallory", |_| {})),
    ] {
        write(&format!("{name}.pem"), &certified.certificate)?;
        write(&format!("{name}.key"), &certified.key)?;
    }
    Ok(())
}
