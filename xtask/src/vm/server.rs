//! The authentication servers of scenarios: what the host side prepares for them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use portcullis_tests::freeradius::{self, PASSWORD, SECRET, Setup, USER};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384};

use super::scenario::{Curve, Server, ServerProgram, TlsVersion};

pub(super) use freeradius::PROGRAM;

/// The directory in the shared folder that has a directory for each scenario with a server.
pub(super) const DIRECTORY: &str = "servers";
/// Where a scenario finds the files of its server.
pub(super) const PLACE: &str = "/run/server";

/// Debian's directory of FreeRADIUS's modules, and of its dictionaries.
pub(super) const LIBRARIES: &str = "/usr/lib/freeradius";
pub(super) const DICTIONARIES: &str = "/usr/share/freeradius";
/// The modules that the configuration names.
pub(super) const MODULES: &[&str] = &[
    "chap",
    "eap",
    "eap_gtc",
    "eap_md5",
    "eap_mschapv2",
    "eap_peap",
    "eap_pwd",
    "eap_sim",
    "eap_tls",
    "eap_ttls",
    "files",
    "mschap",
    "pap",
];

/// The port of a RADIUS server.
const PORT: u16 = 1812;
/// The users of the server inside hostapd.
const USERS: &str = "eap-users";

/// Whether this machine has a FreeRADIUS to put into the image.
pub(super) fn freeradius_is_there() -> bool {
    Path::new(PROGRAM).exists()
}

/// Writes into `directory` what the server and its users need.
///
/// # Errors
/// What the system refuses.
pub(super) fn prepare(directory: &Path, server: Server) -> Result<()> {
    let (curve, algorithm) = match server.curve {
        Curve::P256 => ("prime256v1", &PKCS_ECDSA_P256_SHA256),
        Curve::P384 => ("secp384r1", &PKCS_ECDSA_P384_SHA384),
    };
    let setup = Setup {
        curve,
        algorithm,
        versions: match server.tls {
            None => ("1.2", "1.3"),
            Some(TlsVersion::Tls12) => ("1.2", "1.2"),
            Some(TlsVersion::Tls13) => ("1.3", "1.3"),
        },
        ..Setup::default()
    };
    freeradius::prepare(directory, &setup, PORT).context("cannot write the files of the authentication server")?;
    fs::write(directory.join(USERS), users())?;
    Ok(())
}

/// The one user, outside of a tunnel and inside; and whoever comes anonymously.
fn users() -> String {
    format!(
        "\"{USER}\" PEAP,TTLS,TLS,PWD \"{PASSWORD}\"\n\
         \"anonymous\" PEAP,TTLS,TLS\n\
         \"{USER}\" MSCHAPV2,GTC,TTLS-PAP,TTLS-MSCHAPV2 \"{PASSWORD}\" [2]\n"
    )
}

/// What every access point's hostapd is told of the server.
pub(super) fn hostapd_lines(server: Server) -> String {
    match server.program {
        ServerProgram::Freeradius => format!(
            "ieee8021x=1\nown_ip_addr=127.0.0.1\nauth_server_addr=127.0.0.1\nauth_server_port={PORT}\n\
             auth_server_shared_secret={SECRET}\n"
        ),
        ServerProgram::Hostapd => format!(
            "ieee8021x=1\neap_server=1\neap_user_file={PLACE}/{USERS}\nca_cert={PLACE}/ca.pem\n\
             server_cert={PLACE}/server.pem\nprivate_key={PLACE}/server.key\npwd_group=19\n"
        ),
    }
}
