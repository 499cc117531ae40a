//! TLS before it encrypts: its versions, certificates and alerts (RFC 5246 and RFC 8446).
//!
//! TLS 1.2 shows the certificates of both sides; TLS 1.3 shows neither them nor the alerts that they cause.

use std::fmt;

use onex::method::ServerCertificate;

use super::text;

/// Octets of a message that are put together. What is longer is no handshake.
const MESSAGE_MAX: usize = 65_536;
/// Signs that are kept of one message.
const SIGNS_MAX: usize = 16;

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;

/// The extension that names versions from TLS 1.3 on, and that version.
const SUPPORTED_VERSIONS: u16 = 43;
const TLS_1_3: u16 = 0x0304;
const RANDOM_LEN: usize = 32;

/// Something that a message shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// The station begins; the newest version that it offers.
    ClientHello(Version),
    /// The server takes this version.
    ServerHello(Version),
    /// The first certificate of a chain: whose it is and who vouches for it.
    Certificate {
        subject: String,
        issuer: String,
    },
    /// A chain without a certificate.
    NoCertificate,
    Alert {
        fatal: bool,
        description: u8,
    },
    /// What only the two ends can read.
    Encrypted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version(u16);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0x0301 => f.write_str("TLS 1.0"),
            0x0302 => f.write_str("TLS 1.1"),
            0x0303 => f.write_str("TLS 1.2"),
            TLS_1_3 => f.write_str("TLS 1.3"),
            other => write!(f, "version {other:#06x}"),
        }
    }
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClientHello(version) => write!(f, "offers {version}"),
            Self::ServerHello(version) => write!(f, "takes {version}"),
            Self::Certificate { subject, issuer } => write!(f, "certificate of \"{subject}\" by \"{issuer}\""),
            Self::NoCertificate => f.write_str("no certificate"),
            Self::Alert { fatal, description } => {
                let kind = if *fatal { "fatal alert" } else { "alert" };
                match alert_name(*description) {
                    Some(name) => write!(f, "{kind} {description} ({name})"),
                    None => write!(f, "{kind} {description}"),
                }
            }
            Self::Encrypted => f.write_str("encrypted"),
        }
    }
}

/// What one side sends.
#[derive(Default)]
pub(super) struct Side {
    message: Vec<u8>,
    /// It encrypts from here on.
    sealed: bool,
}

impl Side {
    /// Takes octets of a message; if no `more` are to come, what the message shows.
    pub(super) fn take(&mut self, octets: &[u8], more: bool) -> Option<Vec<Sign>> {
        let room = MESSAGE_MAX.saturating_sub(self.message.len());
        self.message.extend(octets.iter().take(room));
        if more {
            return None;
        }
        let message = std::mem::take(&mut self.message);
        Some(self.read(&message))
    }

    fn read(&mut self, message: &[u8]) -> Vec<Sign> {
        let mut signs = Vec::new();
        // A handshake message may go over the end of a record, and a record may have several.
        let mut handshakes = Vec::new();
        let mut rest = message;
        while let Some((kind, content)) = record(&mut rest) {
            match kind {
                CHANGE_CIPHER_SPEC => self.sealed = true,
                HANDSHAKE if !self.sealed => handshakes.extend_from_slice(content),
                _ => {
                    read_handshakes(&std::mem::take(&mut handshakes), &mut signs);
                    signs.push(match (kind, content) {
                        (ALERT, [level, description]) if !self.sealed => Sign::Alert {
                            fatal: *level == 2,
                            description: *description,
                        },
                        _ => Sign::Encrypted,
                    });
                }
            }
        }
        read_handshakes(&handshakes, &mut signs);
        signs.dedup();
        signs.truncate(SIGNS_MAX);
        signs
    }
}

/// Takes the next record from the front: its type and content.
fn record<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let ([kind, _, _, high, low], behind) = rest.split_first_chunk()?;
    let (content, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
    *rest = behind;
    Some((*kind, content))
}

fn read_handshakes(mut rest: &[u8], signs: &mut Vec<Sign>) {
    while let Some(([kind, a, b, c], behind)) = rest.split_first_chunk() {
        let Some((body, behind)) = behind.split_at_checked(length([*a, *b, *c])) else {
            return;
        };
        rest = behind;
        signs.extend(match *kind {
            CLIENT_HELLO => hello(body, true).map(Sign::ClientHello),
            SERVER_HELLO => hello(body, false).map(Sign::ServerHello),
            CERTIFICATE => certificate(body),
            _ => None,
        });
    }
}

fn length([a, b, c]: [u8; 3]) -> usize {
    usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c)
}

/// The newest version that a client offers, or the one that a server takes.
fn hello(body: &[u8], client: bool) -> Option<Version> {
    let (version, behind) = body.split_first_chunk()?;
    let (_session, behind) = counted(behind.get(RANDOM_LEN..)?)?;
    let behind = match client {
        true => {
            let (_suites, behind) = counted_long(behind)?;
            counted(behind)?.1
        }
        // One suite and one compression method.
        false => behind.get(3..)?,
    };
    let mut named = Vec::new();
    let mut extensions = counted_long(behind).map_or(&[][..], |(extensions, _)| extensions);
    while let Some(([a, b], behind)) = extensions.split_first_chunk() {
        let (content, behind) = counted_long(behind)?;
        extensions = behind;
        if u16::from_be_bytes([*a, *b]) == SUPPORTED_VERSIONS {
            let versions = match client {
                true => counted(content)?.0,
                false => content,
            };
            named.extend(
                versions
                    .as_chunks()
                    .0
                    .iter()
                    .map(|version| u16::from_be_bytes(*version)),
            );
        }
    }
    // What a client makes up to keep servers tolerant (RFC 8701) is above any version.
    let named = named.into_iter().filter(|version| *version <= TLS_1_3).max();
    Some(Version(named.unwrap_or(u16::from_be_bytes(*version))))
}

/// Splits what an octet of length counts from what is behind it.
fn counted(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, behind) = octets.split_first()?;
    behind.split_at_checked(usize::from(*length))
}

/// The same with two octets of length.
fn counted_long(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, behind) = octets.split_first_chunk()?;
    behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// The first certificate of the chain, which is the sender's own.
fn certificate(body: &[u8]) -> Option<Sign> {
    let chain = body.get(3..)?;
    let Some((first, behind)) = chain.split_first_chunk() else {
        return Some(Sign::NoCertificate);
    };
    let described = ServerCertificate::of(behind.get(..length(*first))?)?;
    Some(Sign::Certificate {
        subject: text(described.subject.as_bytes()),
        issuer: text(described.issuer.as_bytes()),
    })
}

/// RFC 8446, 6, and what older versions had besides.
pub(super) const fn alert_name(description: u8) -> Option<&'static str> {
    Some(match description {
        0 => "close notify",
        10 => "unexpected message",
        20 => "bad record MAC",
        40 => "handshake failure",
        42 => "bad certificate",
        43 => "unsupported certificate",
        44 => "certificate revoked",
        45 => "certificate expired",
        46 => "certificate unknown",
        47 => "illegal parameter",
        48 => "unknown authority",
        49 => "access denied",
        50 => "decode error",
        51 => "decrypt error",
        70 => "protocol version",
        71 => "insufficient security",
        80 => "internal error",
        86 => "inappropriate fallback",
        90 => "user cancelled",
        109 => "missing extension",
        110 => "unsupported extension",
        112 => "unrecognised name",
        113 => "bad certificate status response",
        116 => "certificate required",
        120 => "no application protocol",
        _ => return None,
    })
}
