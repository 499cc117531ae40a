//! EAP as an observer hears it (RFC 3748): who the station says it is, which methods are proposed and refused, and what
//! TLS shows before it encrypts.

mod tls;

use std::fmt;

use frame::eap::{Code, EapPacket, Method};
use onex::tls::Fragment;

use super::operation::Sender;
use tls::{Side, Sign, alert_name};

/// Characters that are kept of a text from the air.
const TEXT_MAX: usize = 128;
/// Methods that are kept of a NAK. There are not so many.
const METHODS_MAX: usize = 16;

/// What a request or a response of EAP says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EapStep {
    kind: Kind,
    /// The other side has had this packet before.
    again: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    IdentityRequest,
    /// The name that the station goes by outside of any tunnel.
    Identity(String),
    /// The server says something to the user.
    Notification(String),
    NotificationHeard,
    /// The station wants one of these methods instead, or none at all.
    Nak(Vec<Method>),
    Method {
        method: Method,
        part: Part,
    },
}

/// What a method's packet has.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// What only the method understands.
    Opaque,
    /// The server begins with TLS.
    Start,
    /// More of the message is to come.
    Fragment,
    Acknowledgement,
    /// The last, or only, part of a message of TLS.
    Message(Vec<Sign>),
}

/// An alert of TLS in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Who gives up.
    pub sender: Sender,
    /// Why (RFC 8446, 6).
    pub description: u8,
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "alert {}", self.description)?;
        match alert_name(self.description) {
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}

impl EapStep {
    /// The fatal alert that a packet from `sender` has.
    pub(super) fn alert(&self, sender: Sender) -> Option<Alert> {
        let Kind::Method {
            part: Part::Message(signs),
            ..
        } = &self.kind
        else {
            return None;
        };
        signs.iter().find_map(|sign| match *sign {
            Sign::Alert {
                fatal: true,
                description,
            } => Some(Alert { sender, description }),
            _ => None,
        })
    }
}

impl fmt::Display for EapStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::IdentityRequest => f.write_str("EAP identity request"),
            Kind::Identity(name) if name.is_empty() => f.write_str("EAP identity, without a name"),
            Kind::Identity(name) => write!(f, "EAP identity \"{name}\""),
            Kind::Notification(text) => write!(f, "EAP notification \"{text}\""),
            Kind::NotificationHeard => f.write_str("EAP notification heard"),
            Kind::Nak(wanted) if wanted.is_empty() => f.write_str("EAP NAK, wants no other method"),
            Kind::Nak(wanted) => {
                f.write_str("EAP NAK, wants ")?;
                for (place, method) in wanted.iter().enumerate() {
                    write!(f, "{}{method}", if place == 0 { "" } else { " or " })?;
                }
                Ok(())
            }
            Kind::Method { method, part } => write!(f, "EAP {method}{part}"),
        }?;
        f.write_str(if self.again { ", sent again" } else { "" })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opaque => Ok(()),
            Self::Start => f.write_str(", start"),
            Self::Fragment => f.write_str(", fragment"),
            Self::Acknowledgement => f.write_str(", acknowledgement"),
            Self::Message(signs) => signs.iter().try_for_each(|sign| write!(f, ", {sign}")),
        }
    }
}

/// Both sides of the exchange so far.
#[derive(Default)]
pub(super) struct EapExchange {
    server: Half,
    station: Half,
}

/// One side of it.
#[derive(Default)]
struct Half {
    /// The last packet, to tell a copy.
    last: Vec<u8>,
    tls: Side,
}

impl EapExchange {
    /// Takes a packet; `None` if it is no request and no response.
    pub(super) fn hear(&mut self, sender: Sender, packet: &EapPacket<'_>, octets: &[u8]) -> Option<EapStep> {
        let method = packet.method?;
        let is_start = |data| Fragment::parse(data).is_ok_and(|fragment| fragment.start);
        if packet.code == Code::REQUEST && has_tls(method) && is_start(packet.data) {
            (self.server.tls, self.station.tls) = Default::default();
        }
        let half = match sender {
            Sender::AccessPoint => &mut self.server,
            Sender::Station => &mut self.station,
        };
        let again = half.last == octets;
        half.last.clear();
        half.last.extend_from_slice(octets);
        let kind = match (packet.code, method) {
            (Code::REQUEST, Method::IDENTITY) => Kind::IdentityRequest,
            (_, Method::IDENTITY) => Kind::Identity(text(packet.data)),
            (Code::REQUEST, Method::NOTIFICATION) => Kind::Notification(text(packet.data)),
            (_, Method::NOTIFICATION) => Kind::NotificationHeard,
            // Type 0 says that there is none.
            (Code::RESPONSE, Method::NAK) => Kind::Nak(
                packet
                    .data
                    .iter()
                    .filter(|kind| **kind != 0)
                    .take(METHODS_MAX)
                    .map(|kind| Method::Iana(*kind))
                    .collect(),
            ),
            _ => Kind::Method {
                method,
                part: match has_tls(method) {
                    true => half.tls_part(packet.data, again),
                    false => Part::Opaque,
                },
            },
        };
        Some(EapStep { kind, again })
    }
}

impl Half {
    fn tls_part(&mut self, data: &[u8], again: bool) -> Part {
        match Fragment::parse(data) {
            Err(_) => Part::Opaque,
            Ok(fragment) if fragment.start => Part::Start,
            Ok(fragment) if fragment.octets.is_empty() => Part::Acknowledgement,
            Ok(_) if again => Part::Opaque,
            Ok(fragment) => match self.tls.take(fragment.octets, fragment.more) {
                Some(signs) => Part::Message(signs),
                None => Part::Fragment,
            },
        }
    }
}

/// Whether the method carries TLS behind an octet of flags, and nothing else.
const fn has_tls(method: Method) -> bool {
    matches!(method, Method::TLS | Method::TTLS | Method::PEAP)
}

/// A text from the air, as much as is kept of it, that cannot move the cursor.
fn text(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    text.chars().take(TEXT_MAX).flat_map(char::escape_debug).collect()
}
