//! By what a server is believed: authorities and a name, a fingerprint, a person, or nothing at all.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use rustls::pki_types::DnsName;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

use super::anchors::Anchors;

/// How a server proves that it is the one that the profile means. There is no way to leave it open: an access point
/// with the right name and any certificate would get the password.
pub enum Trust {
    /// A chain of certificates to an authority, valid now, for a TLS server, with a name that is expected.
    Authorities(Authorities),
    /// The server's certificate is one of these, whoever issued it and whatever for. It must be valid now, and a staple
    /// must not say that it was revoked.
    Pinned(Vec<Fingerprint>),
    /// A person decides when they see the certificate ([`Question::ServerTrust`](crate::method::Question::ServerTrust)),
    /// before anything secret is said. It must be valid now and for servers, and a staple must not say that it was revoked.
    /// The caller pins the fingerprint for the next time.
    AskUser,
    /// Whoever answers is believed. Anyone in radio range can take the password; a profile that wants this must say so
    /// in plain words.
    Unverified,
}

/// How a server proves itself, and what it must show besides.
pub(super) struct Policy {
    pub(super) trust: Trust,
    /// It must staple its authority's word on its certificate.
    pub(super) requires_staple: bool,
}

/// Authorities, and the names that a certificate of theirs must have.
pub struct Authorities {
    pub(crate) anchors: Anchors,
    pub(crate) names: Names,
}

impl Authorities {
    /// Servers with one of `names` that `anchors` vouch for.
    ///
    /// # Errors
    /// [`TrustError::NameNeeded`] for any name where the anchors are several, or the system's: those vouch for whoever has
    /// a web site.
    /// [`TrustError::NoAuthority`] if there is no anchor. [`TrustError::Name`] for a name that is no DNS name.
    pub fn new(anchors: Anchors, names: Names) -> Result<Self, TrustError> {
        if anchors.roots.is_empty() {
            return Err(TrustError::NoAuthority);
        }
        match &names {
            Names::Any if anchors.need_name => return Err(TrustError::NameNeeded),
            Names::Any => {}
            Names::Exact(name) | Names::Suffix(name) => {
                DnsName::try_from(name.as_str()).map_err(|_| TrustError::Name { name: name.clone() })?;
            }
        }
        Ok(Self { anchors, names })
    }
}

/// Which names a server may have. They are looked for among the DNS names of the certificate, never in the subject
/// (RFC 6125, 6.4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// Any: only for an authority that issues nothing but certificates for authentication servers.
    Any,
    /// This DNS name.
    Exact(String),
    /// This DNS name, or one below it.
    Suffix(String),
}

impl Names {
    /// The name for a message that says what was expected.
    pub(crate) fn expected(&self) -> &str {
        match self {
            Self::Any => "",
            Self::Exact(name) | Self::Suffix(name) => name,
        }
    }

    /// Whether a name in a certificate is one of these. A wildcard counts as what it stands for, one label.
    pub(crate) fn covers(&self, presented: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(name) => presented.eq_ignore_ascii_case(name) || wildcard_covers(presented, name),
            Self::Suffix(suffix) => {
                let presented = presented.strip_prefix("*.").unwrap_or(presented);
                presented.eq_ignore_ascii_case(suffix) || is_below(presented, suffix)
            }
        }
    }
}

fn wildcard_covers(presented: &str, name: &str) -> bool {
    match (presented.strip_prefix("*."), name.split_once('.')) {
        (Some(parent), Some((_, rest))) => rest.eq_ignore_ascii_case(parent),
        _ => false,
    }
}

/// `a.example.org` is below `example.org`; `badexample.org` is not.
fn is_below(name: &str, parent: &str) -> bool {
    name.len()
        .checked_sub(parent.len())
        .and_then(|cut| name.split_at_checked(cut))
        .is_some_and(|(labels, rest)| labels.ends_with('.') && rest.eq_ignore_ascii_case(parent))
}

/// The SHA-256 of a certificate, written as 64 hexadecimal digits, with or without colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Of a certificate in DER.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl FromStr for Fingerprint {
    type Err = TrustError;

    fn from_str(text: &str) -> Result<Self, TrustError> {
        let digits: Vec<u8> = text
            .chars()
            .filter(|&character| character != ':')
            .map(|character| character.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()
            .ok_or(TrustError::Fingerprint)?;
        if digits.len() != 64 {
            return Err(TrustError::Fingerprint);
        }
        let mut fingerprint = [0; 32];
        for (octet, pair) in fingerprint.iter_mut().zip(digits.chunks_exact(2)) {
            *octet = pair.iter().fold(0, |octet, digit| octet << 4 | digit);
        }
        Ok(Self(fingerprint))
    }
}

/// What is wrong with the part of a profile that says whom to trust.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Not PEM, or not of certificates.
    #[error("there is no readable PEM certificate of an authority")]
    Pem,
    /// A file cannot be read, or has no certificate.
    #[error("cannot read authorities from {}: {reason}", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// An empty store.
    #[error("no authority's certificate was found")]
    NoAuthority,
    /// More than one authority, or one of the system's, needs a name.
    #[error(
        "the authorities are several, or of those that the system has and that vouch for everyone: name the server, \
         exactly or by its domain"
    )]
    NameNeeded,
    /// Not a DNS name.
    #[error("{name} is not a DNS name")]
    Name {
        /// What was given.
        name: String,
    },
    /// Not a SHA-256.
    #[error("a fingerprint is a SHA-256, 64 hexadecimal digits")]
    Fingerprint,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_suffix_ends_at_a_label() {
        let names = Names::Suffix("example.org".into());
        assert!(names.covers("example.org"));
        assert!(names.covers("radius.EXAMPLE.org"));
        assert!(names.covers("*.example.org"));
        assert!(!names.covers("badexample.org"));
        assert!(!names.covers("example.org.attacker.net"));
        assert!(!names.covers("rg"));
    }

    #[test]
    fn an_exact_name_is_that_name_or_the_wildcard_above_it() {
        let names = Names::Exact("radius.example.org".into());
        assert!(names.covers("Radius.example.org"));
        assert!(names.covers("*.example.org"));
        assert!(!names.covers("*.org"));
        assert!(!names.covers("other.example.org"));
        assert!(!names.covers("example.org"));
    }

    #[test]
    fn a_fingerprint_is_read_back_as_it_is_written() {
        let fingerprint = Fingerprint::of(b"certificate");
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        let colons: Vec<String> = fingerprint
            .0
            .iter()
            .map(|octet| alloc::format!("{octet:02X}"))
            .collect();
        assert_eq!(colons.join(":").parse(), Ok(fingerprint));
        assert_eq!("00ff".parse::<Fingerprint>(), Err(TrustError::Fingerprint));
        assert_eq!("é".parse::<Fingerprint>(), Err(TrustError::Fingerprint));
    }
}
