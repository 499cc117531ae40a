//! The bodies of management frames (IEEE 802.11-2020, 9.3.3). Numbers are little-endian on the air.

use crate::codes::{ReasonCode, StatusCode};
use crate::error::ParseError;
use crate::mac::MacAddress;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

use super::control::management as subtype;
use super::fields::{AssociationId, CapabilityInfo};

/// The body of a management frame.
///
/// Fixed fields are parsed; the elements behind them are kept as octets, for [`crate::element::elements`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Management<'a> {
    /// What a network is and offers.
    Beacon(Beacon<'a>),
    /// The same in answer to a probe request.
    ProbeResponse(Beacon<'a>),
    /// A search for networks: elements only.
    ProbeRequest(&'a [u8]),
    /// A station wants to join.
    AssociationRequest(AssociationRequest<'a>),
    /// A station wants to join, coming from another AP of the network.
    ReassociationRequest {
        /// The AP that the station is associated with.
        current_ap: MacAddress,
        /// The fields of every request.
        request: AssociationRequest<'a>,
    },
    /// The AP's answer.
    AssociationResponse(AssociationResponse<'a>),
    /// The AP's answer to a reassociation request.
    ReassociationResponse(AssociationResponse<'a>),
    /// A step of an authentication before the association.
    Authentication(Authentication<'a>),
    /// The end of an association and of its authentication.
    Deauthentication(Reason<'a>),
    /// The end of an association.
    Disassociation(Reason<'a>),
    /// A message of some protocol between stations.
    Action(Action<'a>),
    /// The same without an acknowledgement.
    ActionNoAck(Action<'a>),
    /// Any other management frame.
    Other {
        /// The subtype in the frame control field.
        subtype: u8,
        /// The body.
        body: &'a [u8],
    },
}

/// Beacon and probe response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beacon<'a> {
    /// The network's clock in microseconds (8 octets).
    pub timestamp: u64,
    /// Time between beacons, in time units of 1024 µs (2 octets).
    pub interval: u16,
    /// What the network is (2 octets).
    pub capability: CapabilityInfo,
    /// The elements.
    pub elements: &'a [u8],
}

/// Association request, and most of a reassociation request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssociationRequest<'a> {
    /// What the station can do (2 octets).
    pub capability: CapabilityInfo,
    /// How often the station listens, in beacon intervals (2 octets).
    pub listen_interval: u16,
    /// The elements.
    pub elements: &'a [u8],
}

/// Association and reassociation response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssociationResponse<'a> {
    /// What the network is (2 octets).
    pub capability: CapabilityInfo,
    /// Whether the station is associated (2 octets).
    pub status: StatusCode,
    /// The station's number (2 octets).
    pub aid: AssociationId,
    /// The elements.
    pub elements: &'a [u8],
}

/// Authentication (IEEE 802.11-2020, 9.3.3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authentication<'a> {
    /// The algorithm number (2 octets): see the constants.
    pub algorithm: u16,
    /// The step, from 1 on (2 octets).
    pub sequence: u16,
    /// The result (2 octets).
    pub status: StatusCode,
    /// What follows: elements, behind the algorithm's own fields for SAE.
    pub body: &'a [u8],
}

impl Authentication<'_> {
    /// Open system.
    pub const OPEN: u16 = 0;
    /// Shared key (WEP).
    pub const SHARED_KEY: u16 = 1;
    /// Fast BSS transition.
    pub const FAST_TRANSITION: u16 = 2;
    /// Simultaneous authentication of equals.
    pub const SAE: u16 = 3;
    /// Fast initial link setup without perfect forward secrecy.
    pub const FILS_SHARED_KEY: u16 = 4;
    /// Fast initial link setup with perfect forward secrecy.
    pub const FILS_SHARED_KEY_PFS: u16 = 5;
    /// Fast initial link setup with public keys.
    pub const FILS_PUBLIC_KEY: u16 = 6;
    /// Pre-association security negotiation (IEEE 802.11az).
    pub const PASN: u16 = 7;
}

/// Deauthentication and disassociation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// Why (2 octets).
    pub reason: ReasonCode,
    /// The elements; a protected group addressed frame ends with the management MIC element.
    pub elements: &'a [u8],
}

/// Action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action<'a> {
    /// The protocol (1 octet): see the constants.
    pub category: u8,
    /// The message in the protocol (1 octet); of a vendor's category, the first octet of its identifier.
    pub action: u8,
    /// What follows.
    pub body: &'a [u8],
}

impl Action<'_> {
    /// Block ack.
    pub const BLOCK_ACK: u8 = 3;
    /// Public: between stations that need not be associated.
    pub const PUBLIC: u8 = 4;
    /// Fast BSS transition.
    pub const FAST_BSS_TRANSITION: u8 = 6;
    /// SA query (IEEE 802.11-2020, 11.13): is the security association still alive?
    pub const SA_QUERY: u8 = 8;
    /// Wireless network management.
    pub const WNM: u8 = 10;
    /// A vendor's, in a protected frame.
    pub const VENDOR_SPECIFIC_PROTECTED: u8 = 126;
    /// A vendor's.
    pub const VENDOR_SPECIFIC: u8 = 127;
}

impl<'a> Management<'a> {
    /// Parses the body of a management frame of this subtype. The body must not be encrypted.
    ///
    /// # Errors
    /// The body ends inside of a fixed field. The elements are not looked at.
    pub fn parse(subtype: u8, body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let reader = &mut reader;
        Ok(match subtype {
            subtype::BEACON => Self::Beacon(Beacon::read(reader)?),
            subtype::PROBE_RESPONSE => Self::ProbeResponse(Beacon::read(reader)?),
            subtype::PROBE_REQUEST => Self::ProbeRequest(body),
            subtype::ASSOCIATION_REQUEST => Self::AssociationRequest(AssociationRequest {
                capability: CapabilityInfo(reader.u16_le("capability information")?),
                listen_interval: reader.u16_le("listen interval")?,
                elements: reader.rest(),
            }),
            subtype::REASSOCIATION_REQUEST => {
                let capability = CapabilityInfo(reader.u16_le("capability information")?);
                let listen_interval = reader.u16_le("listen interval")?;
                let current_ap = MacAddress(*reader.array("current AP address")?);
                let request = AssociationRequest {
                    capability,
                    listen_interval,
                    elements: reader.rest(),
                };
                Self::ReassociationRequest { current_ap, request }
            }
            subtype::ASSOCIATION_RESPONSE => Self::AssociationResponse(AssociationResponse::read(reader)?),
            subtype::REASSOCIATION_RESPONSE => Self::ReassociationResponse(AssociationResponse::read(reader)?),
            subtype::AUTHENTICATION => Self::Authentication(Authentication {
                algorithm: reader.u16_le("authentication algorithm")?,
                sequence: reader.u16_le("authentication transaction sequence number")?,
                status: StatusCode(reader.u16_le("status code")?),
                body: reader.rest(),
            }),
            subtype::DEAUTHENTICATION => Self::Deauthentication(Reason::read(reader)?),
            subtype::DISASSOCIATION => Self::Disassociation(Reason::read(reader)?),
            subtype::ACTION => Self::Action(Action::read(reader)?),
            subtype::ACTION_NO_ACK => Self::ActionNoAck(Action::read(reader)?),
            subtype => Self::Other { subtype, body },
        })
    }

    /// The subtype in the frame control field.
    #[must_use]
    pub const fn subtype(&self) -> u8 {
        match self {
            Self::Beacon(_) => subtype::BEACON,
            Self::ProbeResponse(_) => subtype::PROBE_RESPONSE,
            Self::ProbeRequest(_) => subtype::PROBE_REQUEST,
            Self::AssociationRequest(_) => subtype::ASSOCIATION_REQUEST,
            Self::ReassociationRequest { .. } => subtype::REASSOCIATION_REQUEST,
            Self::AssociationResponse(_) => subtype::ASSOCIATION_RESPONSE,
            Self::ReassociationResponse(_) => subtype::REASSOCIATION_RESPONSE,
            Self::Authentication(_) => subtype::AUTHENTICATION,
            Self::Deauthentication(_) => subtype::DEAUTHENTICATION,
            Self::Disassociation(_) => subtype::DISASSOCIATION,
            Self::Action(_) => subtype::ACTION,
            Self::ActionNoAck(_) => subtype::ACTION_NO_ACK,
            Self::Other { subtype, .. } => *subtype,
        }
    }
}

/// The body, without the header.
impl Emit for Management<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        match self {
            Self::Beacon(beacon) | Self::ProbeResponse(beacon) => out.put(beacon),
            Self::ProbeRequest(elements) => out.bytes(elements),
            Self::AssociationRequest(request) => {
                request.write_fixed(out);
                out.bytes(request.elements);
            }
            Self::ReassociationRequest { current_ap, request } => {
                request.write_fixed(out);
                out.bytes(&current_ap.0);
                out.bytes(request.elements);
            }
            Self::AssociationResponse(response) | Self::ReassociationResponse(response) => out.put(response),
            Self::Authentication(authentication) => out.put(authentication),
            Self::Deauthentication(reason) | Self::Disassociation(reason) => out.put(reason),
            Self::Action(action) | Self::ActionNoAck(action) => out.put(action),
            Self::Other { body, .. } => out.bytes(body),
        }
    }
}

impl<'a> Beacon<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        Ok(Self {
            timestamp: reader.u64_le("timestamp")?,
            interval: reader.u16_le("beacon interval")?,
            capability: CapabilityInfo(reader.u16_le("capability information")?),
            elements: reader.rest(),
        })
    }
}

impl Emit for Beacon<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u64_le(self.timestamp);
        out.u16_le(self.interval);
        out.u16_le(self.capability.0);
        out.bytes(self.elements);
    }
}

impl AssociationRequest<'_> {
    fn write_fixed(&self, out: &mut Writer<'_>) {
        out.u16_le(self.capability.0);
        out.u16_le(self.listen_interval);
    }
}

impl<'a> AssociationResponse<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        Ok(Self {
            capability: CapabilityInfo(reader.u16_le("capability information")?),
            status: StatusCode(reader.u16_le("status code")?),
            aid: AssociationId(reader.u16_le("AID")?),
            elements: reader.rest(),
        })
    }
}

impl Emit for AssociationResponse<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u16_le(self.capability.0);
        out.u16_le(self.status.0);
        out.u16_le(self.aid.0);
        out.bytes(self.elements);
    }
}

impl Emit for Authentication<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u16_le(self.algorithm);
        out.u16_le(self.sequence);
        out.u16_le(self.status.0);
        out.bytes(self.body);
    }
}

impl<'a> Reason<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        Ok(Self {
            reason: ReasonCode(reader.u16_le("reason code")?),
            elements: reader.rest(),
        })
    }
}

impl Emit for Reason<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u16_le(self.reason.0);
        out.bytes(self.elements);
    }
}

impl<'a> Action<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        Ok(Self {
            category: reader.u8("action category")?,
            action: reader.u8("action")?,
            body: reader.rest(),
        })
    }
}

impl Emit for Action<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u8(self.category);
        out.u8(self.action);
        out.bytes(self.body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;
    use proptest::prelude::*;

    fn round_trip(subtype: u8, text: &str, expected: Management<'_>) {
        let body = hex(text);
        assert_eq!(Management::parse(subtype, &body), Ok(expected));
        assert_eq!(expected.subtype(), subtype);
        assert_eq!(expected.to_vec().unwrap(), body);
    }

    #[test]
    fn a_beacon_tells_clock_interval_and_capability() {
        let beacon = Beacon {
            timestamp: 0x0102_0304_0506_0708,
            interval: 100,
            capability: CapabilityInfo::ESS.union(CapabilityInfo::PRIVACY),
            elements: &[0, 1, b'x'],
        };
        let text = "0807060504030201 6400 1100 000178";
        round_trip(8, text, Management::Beacon(beacon));
        round_trip(5, text, Management::ProbeResponse(beacon));
        round_trip(4, "000178", Management::ProbeRequest(&[0, 1, b'x']));
    }

    #[test]
    fn requests_and_responses_of_an_association_keep_their_fields_apart() {
        let request = AssociationRequest {
            capability: CapabilityInfo(0x0431),
            listen_interval: 5,
            elements: &[0, 0],
        };
        round_trip(0, "3104 0500 0000", Management::AssociationRequest(request));
        let current_ap = MacAddress([2, 0, 0, 0, 0, 1]);
        let reassociation = Management::ReassociationRequest { current_ap, request };
        round_trip(2, "3104 0500 020000000001 0000", reassociation);
        let response = AssociationResponse {
            capability: CapabilityInfo(0x0411),
            status: StatusCode::SUCCESS,
            aid: AssociationId::new(1),
            elements: &[],
        };
        round_trip(1, "1104 0000 01c0", Management::AssociationResponse(response));
        round_trip(3, "1104 0000 01c0", Management::ReassociationResponse(response));
    }

    #[test]
    fn an_authentication_tells_algorithm_step_and_status() {
        let sae = Authentication {
            algorithm: Authentication::SAE,
            sequence: 1,
            status: StatusCode::SAE_HASH_TO_ELEMENT,
            body: &[19, 0],
        };
        round_trip(11, "0300 0100 7e00 1300", Management::Authentication(sae));
    }

    #[test]
    fn a_farewell_tells_its_reason() {
        let reason = Reason {
            reason: ReasonCode::FOUR_WAY_HANDSHAKE_TIMEOUT,
            elements: &[],
        };
        round_trip(12, "0f00", Management::Deauthentication(reason));
        round_trip(10, "0f00", Management::Disassociation(reason));
    }

    #[test]
    fn an_action_tells_category_and_action() {
        let query = Action {
            category: Action::SA_QUERY,
            action: 0,
            body: &[1, 2],
        };
        round_trip(13, "0800 0102", Management::Action(query));
        round_trip(14, "0800 0102", Management::ActionNoAck(query));
        round_trip(
            6,
            "0102",
            Management::Other {
                subtype: 6,
                body: &[1, 2],
            },
        );
    }

    #[test]
    fn a_body_cut_in_its_fixed_fields_is_refused() {
        for (subtype, fixed) in [
            (0, 4),
            (1, 6),
            (2, 10),
            (3, 6),
            (4, 0),
            (5, 12),
            (8, 12),
            (10, 2),
            (11, 6),
            (12, 2),
            (13, 2),
        ] {
            for len in 0..16 {
                assert_eq!(
                    Management::parse(subtype, &[0; 16][..len]).is_ok(),
                    len >= fixed,
                    "{subtype}, {len}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn what_parses_is_emitted_as_it_was(
            subtype in 0u8..16,
            body in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            if let Ok(management) = Management::parse(subtype, &body) {
                prop_assert_eq!(management.subtype(), subtype);
                prop_assert_eq!(management.to_vec().unwrap(), body);
            }
        }
    }
}
