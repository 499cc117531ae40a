//! Debian's hostapd as a RADIUS server with the EAP server that it has inside, in a network of its own: its RADIUS server
//! listens on all interfaces, and is to be heard by nobody else.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

use crate::freeradius::{PASSWORD, SECRET, Setup, USER, write, write_credentials};

/// Where Debian has the program.
const PROGRAM: &str = "/usr/sbin/hostapd";
/// The variable of the environment that names another one, which was built with more methods.
const OTHER: &str = "PORTCULLIS_HOSTAPD";

/// The UDP port, on loopback of the server's network.
pub const PORT: u16 = 1812;
/// The socket in the server's directory at which it asks for what belongs to a subscriber's card.
pub const REGISTER: &str = "register";

/// Who may authenticate, and how: the first digit of a subscriber's name says the method and whether the name was lent.
const USERS: &str = "\
\"0\"* AKA
\"1\"* SIM
\"2\"* AKA
\"3\"* SIM
\"4\"* AKA
\"5\"* SIM
\"6\"* AKA'
\"7\"* AKA'
\"8\"* AKA'
\"anonymous@\"* AKA',AKA,SIM
";

/// A running server; ends when dropped.
///
/// Its directory has what that of [`FreeRadius`](crate::freeradius::FreeRadius) has. It knows the same user.
pub struct Hostapd {
    child: Child,
    directory: PathBuf,
}

impl Hostapd {
    /// Starts a server with its files in a `directory`, which may be there already. `settings` are more lines of its
    /// configuration, `methods` those of the user. `None`, which it prints, where there is no hostapd, no way to give it
    /// a network of its own, or where it was built without one of the methods.
    ///
    /// # Errors
    /// What the system refuses, or the server's log where it does not start.
    pub fn start(directory: &Path, settings: &str, methods: &str) -> io::Result<Option<Self>> {
        let program = std::env::var(OTHER).unwrap_or_else(|_| PROGRAM.to_owned());
        if !Path::new(&program).exists() {
            println!("left out: {program} is not installed");
            return Ok(None);
        }
        write_files(directory, settings, methods)?;
        let child = alone()
            .args([
                "sh",
                "-c",
                &format!("ip link set lo up && exec {program} -d hostapd.conf"),
            ])
            .current_dir(directory)
            .stdout(File::create(directory.join("log"))?)
            .stderr(File::create(directory.join("complaints"))?)
            .spawn()?;
        let mut server = Self {
            child,
            directory: directory.to_owned(),
        };
        match server.wait_until_ready()? {
            None => Ok(Some(server)),
            Some(reason) => {
                println!("left out: {reason}");
                Ok(None)
            }
        }
    }

    /// Waits; the reason if the server can't be had on this machine.
    fn wait_until_ready(&mut self) -> io::Result<Option<String>> {
        let begun = Instant::now();
        loop {
            let log = self.log()?;
            if log.contains("AP-ENABLED") {
                return Ok(None);
            }
            if let Some(line) = log.lines().find(|line| line.contains("Unsupported EAP type")) {
                return Ok(Some(format!("hostapd says: {line}")));
            }
            if self.child.try_wait()?.is_some() || begun.elapsed() > Duration::from_secs(20) {
                let complaints = fs::read_to_string(self.directory.join("complaints"))?;
                return match complaints.contains("unshare") {
                    true => Ok(Some(format!(
                        "no network of its own for hostapd: {}",
                        complaints.trim()
                    ))),
                    false => Err(io::Error::other(format!(
                        "the server does not start:\n{log}{complaints}"
                    ))),
                };
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the server has said so far.
    ///
    /// # Errors
    /// The log can't be read.
    pub fn log(&self) -> io::Result<String> {
        // It writes names as they come, which may be no text.
        let log = fs::read(self.directory.join("log"))?;
        Ok(String::from_utf8_lossy(&log).into_owned())
    }

    /// The directory of its files.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A command that runs `program` in the server's network.
    #[must_use]
    pub fn beside(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--user", "--net", "--preserve-credentials", "--target"])
            .args([&self.child.id().to_string(), program])
            .current_dir(&self.directory);
        command
    }
}

impl Drop for Hostapd {
    fn drop(&mut self) {
        // It takes its socket in the temporary directory away, if it is asked. Whatever goes wrong here, it has ended already.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let begun = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && begun.elapsed() < Duration::from_secs(2) {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that runs another in a network that has nothing but loopback. Root is not needed for it.
fn alone() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net"]).stdin(Stdio::null());
    command
}

fn write_files(directory: &Path, settings: &str, methods: &str) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let configuration = format!(
        "interface=lo\ndriver=none\nlogger_stdout=-1\neap_server=1\neap_user_file=users\n\
         eap_sim_db=unix:{REGISTER}\nradius_server_clients=clients\nradius_server_auth_port={PORT}\n\
         ca_cert=ca.pem\nserver_cert=server.pem\nprivate_key=server.key\n{settings}\n"
    );
    write(directory, "hostapd.conf", &configuration)?;
    write(directory, "clients", &format!("127.0.0.1/32 {SECRET}\n"))?;
    let inside = "MSCHAPV2,GTC,MD5,TLS,TTLS-PAP,TTLS-CHAP,TTLS-MSCHAP,TTLS-MSCHAPV2";
    let users = format!("{USERS}\"{USER}\" {methods} \"{PASSWORD}\"\n\"{USER}\" {inside} \"{PASSWORD}\" [2]\n");
    write(directory, "users", &users)?;
    write_credentials(directory, &Setup::default())
}
