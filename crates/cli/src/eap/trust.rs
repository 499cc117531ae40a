//! By what the server is believed, as options.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use onex::tls::{self, Anchors, Authorities, Fingerprint, Names, Trust, TrustError};

use super::Error;

/// One of the ways to believe a server. There is no way to leave it open.
#[derive(Args, Debug, Default)]
#[command(group(ArgGroup::new("server-trust").multiple(false).args([
    "ca_file", "system_cas", "server_fingerprint", "ask_about_server", "insecure_no_server_check",
])))]
pub(super) struct TrustArgs {
    /// The certificates of the authorities that vouch for the server: a PEM file, or a directory of them. If they are
    /// several, or of those that the system has, a name is needed as well.
    #[arg(long, value_name = "PATH")]
    ca_file: Option<PathBuf>,
    /// The authorities are those of the system; they vouch for everyone, so a name is needed as well.
    #[arg(long)]
    system_cas: bool,
    /// The DNS name in the server's certificate.
    #[arg(long, value_name = "NAME", conflicts_with = "server_domain")]
    server_name: Option<String>,
    /// The DNS domain that the name in the server's certificate is in.
    #[arg(long, value_name = "NAME")]
    server_domain: Option<String>,
    /// The SHA-256 of the server's certificate, 64 hex digits; may be given several times.
    #[arg(long, value_name = "SHA256", value_parser = fingerprint)]
    server_fingerprint: Vec<Fingerprint>,
    /// The server must staple the word of its authority that its certificate has not been revoked (OCSP). Without this
    /// option, one that does not staple is believed unless its certificate itself demands it.
    #[arg(long, conflicts_with = "insecure_no_server_check")]
    require_staple: bool,
    /// Show the server's certificate and ask whether to trust it.
    #[arg(long)]
    ask_about_server: bool,
    /// Believe any server, also by a method without a tunnel: whoever is in reach of the radio can take the password.
    #[arg(long)]
    insecure_no_server_check: bool,
}

/// The versions of TLS.
#[derive(Args, Debug, Default)]
pub(super) struct VersionArgs {
    /// Only this version of TLS.
    #[arg(long, value_enum, value_name = "VERSION")]
    tls_version: Option<Version>,
    /// Only what WPA3-Enterprise with 192 bits allows: AES-256-GCM with SHA-384; P-384, and RSA of at least 3072 bits.
    /// A network of that mode demands it by itself.
    #[arg(long)]
    tls_192_bits: bool,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    #[value(name = "1.2")]
    Tls12,
    #[value(name = "1.3")]
    Tls13,
}

fn fingerprint(text: &str) -> Result<Fingerprint, TrustError> {
    text.parse()
}

impl TrustArgs {
    /// Reads the authorities.
    ///
    /// # Errors
    /// [`Error::NoTrust`] if nothing was said, [`Error::Trust`] if what was said is not enough.
    pub(super) fn read(&self) -> Result<Trust, Error> {
        let anchors = match &self.ca_file {
            Some(path) => Anchors::from_path(path)?,
            None if self.system_cas => Anchors::system()?,
            None if !self.server_fingerprint.is_empty() => return Ok(Trust::Pinned(self.server_fingerprint.clone())),
            None if self.ask_about_server => return Ok(Trust::AskUser),
            None if self.insecure_no_server_check => return Ok(Trust::Unverified),
            None => return Err(Error::NoTrust),
        };
        Ok(Trust::Authorities(Authorities::new(anchors, self.names())?))
    }

    /// Whether the server must say that it was not revoked.
    pub(super) const fn requires_staple(&self) -> bool {
        self.require_staple
    }

    /// Whether any server will do.
    pub(super) const fn believes_anybody(&self) -> bool {
        self.insecure_no_server_check
    }

    fn names(&self) -> Names {
        match (&self.server_name, &self.server_domain) {
            (Some(name), _) => Names::Exact(name.clone()),
            (None, Some(domain)) => Names::Suffix(domain.clone()),
            (None, None) => Names::Any,
        }
    }
}

impl VersionArgs {
    pub(super) const fn versions(&self) -> tls::Versions {
        match self.tls_version {
            Some(Version::Tls12) => tls::Versions::Tls12,
            Some(Version::Tls13) => tls::Versions::Tls13,
            None => tls::Versions::Both,
        }
    }

    pub(super) const fn strength(&self) -> tls::Strength {
        match self.tls_192_bits {
            true => tls::Strength::Bits192,
            false => tls::Strength::Usual,
        }
    }
}
