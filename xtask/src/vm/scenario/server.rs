//! Who authenticates the users of a scenario's 802.1X networks.

use serde::Deserialize;

/// The authentication server. Its one user, its secrets and its files are those of `portcullis_tests::freeradius`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Server {
    #[serde(default)]
    pub program: ServerProgram,
    /// The curve of all keys in certificates.
    #[serde(default)]
    pub curve: Curve,
    /// The only version of TLS; both, if not given.
    pub tls: Option<TlsVersion>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ServerProgram {
    /// Debian's FreeRADIUS, beside the first access point.
    #[default]
    Freeradius,
    /// The server that each hostapd has inside.
    Hostapd,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Curve {
    #[default]
    #[serde(rename = "P-256")]
    P256,
    #[serde(rename = "P-384")]
    P384,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum TlsVersion {
    #[serde(rename = "1.2")]
    Tls12,
    #[serde(rename = "1.3")]
    Tls13,
}
