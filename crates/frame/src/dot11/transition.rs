//! BSS transition management: the network asks a station to move to another access point (IEEE 802.11-2020, 9.6.13.9
//! and 9.6.13.10).

use crate::codes::StatusCode;
use crate::element;
use crate::error::ParseError;
use crate::mac::MacAddress;
use crate::oci::Oci;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

use super::management::Action;

/// The category of wireless network management.
const WNM: u8 = 10;
/// Its actions.
const REQUEST: u8 = 7;
const RESPONSE: u8 = 8;

/// A request: dialog token (1 octet), request mode (1), disassociation timer (2), validity interval (1), in some modes a
/// termination duration (12) and a session information URL, then the access points that are preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransitionRequest<'a> {
    /// To be repeated in the response.
    pub token: u8,
    mode: u8,
    candidates: &'a [u8],
}

impl<'a> TransitionRequest<'a> {
    const TERMINATION: u8 = 1 << 3;
    const URL: u8 = 1 << 4;
    const DISASSOCIATION_IMMINENT: u8 = 1 << 2;

    /// Parses an action frame, or `None` if it is another one.
    ///
    /// # Errors
    /// The body ends inside of a field. The candidates are not looked at.
    pub fn parse(action: &Action<'a>) -> Result<Option<Self>, ParseError> {
        if (action.category, action.action) != (WNM, REQUEST) {
            return Ok(None);
        }
        let mut reader = Reader::new(action.body);
        let token = reader.u8("transition request dialog token")?;
        let mode = reader.u8("transition request mode")?;
        reader.take("transition request timers", 3)?;
        if mode & Self::TERMINATION != 0 {
            reader.take("transition request termination duration", 12)?;
        }
        if mode & Self::URL != 0 {
            let length = reader.u8("transition request URL length")?;
            reader.take("transition request URL", length.into())?;
        }
        Ok(Some(Self {
            token,
            mode,
            candidates: reader.rest(),
        }))
    }

    /// The access point is about to disassociate the station.
    #[must_use]
    pub const fn is_disassociation_imminent(&self) -> bool {
        self.mode & Self::DISASSOCIATION_IMMINENT != 0
    }

    /// The access points that are preferred, the most preferred first: the start of each neighbour report.
    pub fn candidates(&self) -> impl Iterator<Item = Candidate> + 'a {
        /// Element ID of a neighbour report (9.4.2.36).
        const NEIGHBOUR_REPORT: u8 = 52;
        element::elements(self.candidates)
            .map_while(Result::ok)
            .filter(|element| element.id == NEIGHBOUR_REPORT)
            .filter_map(|element| Candidate::read(&mut Reader::new(element.body)).ok())
    }
}

/// An access point that is preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its address.
    pub bssid: MacAddress,
    /// The centre of its primary channel in MHz, if the request tells it in a way that holds everywhere.
    pub frequency: Option<u16>,
}

impl Candidate {
    /// The start of a neighbour report (9.4.2.36): address (6 octets), information (4), operating class (1), channel (1).
    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let bssid = MacAddress(*reader.array("neighbour report BSSID")?);
        reader.take("neighbour report information", 4)?;
        let channel = Oci {
            operating_class: reader.u8("neighbour report operating class")?,
            primary_channel: reader.u8("neighbour report channel")?,
            frequency_segment_1: 0,
        };
        Ok(Self {
            bssid,
            frequency: channel.primary_frequency(),
        })
    }
}

/// The response. Emits a whole action frame body: category, action, dialog token, status, termination delay, and the
/// access point that the station moves to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransitionResponse {
    /// That of the request.
    pub token: u8,
    /// Where the station moves, if it does.
    pub target: Option<MacAddress>,
}

impl TransitionResponse {
    /// The status of a refusal without a reason (Table 9-428).
    const REFUSED: u8 = 1;
}

impl Emit for TransitionResponse {
    fn write_to(&self, out: &mut Writer<'_>) {
        let status = match self.target {
            Some(_) => StatusCode::SUCCESS.0 as u8,
            None => Self::REFUSED,
        };
        out.bytes(&[WNM, RESPONSE, self.token, status, 0]);
        if let Some(target) = self.target {
            out.bytes(&target.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    const CANDIDATE: &str = "340d 020000000100 00000000 51 06 07";

    fn action(body: &[u8]) -> Action<'_> {
        Action {
            category: WNM,
            action: REQUEST,
            body,
        }
    }

    #[test]
    fn the_candidates_of_a_request_come_behind_all_optional_fields() {
        let plain = hex(&["05 01 0000 ff", CANDIDATE].concat());
        let full = hex(&["05 1d 0100 ff 010203040506070809101112 03 616263", CANDIDATE].concat());
        for (body, imminent) in [(&plain, false), (&full, true)] {
            let request = TransitionRequest::parse(&action(body)).unwrap().unwrap();
            assert_eq!(request.token, 5);
            assert_eq!(request.is_disassociation_imminent(), imminent);
            let candidate = Candidate {
                bssid: MacAddress([2, 0, 0, 0, 1, 0]),
                frequency: Some(2437),
            };
            assert!(request.candidates().eq([candidate]));
        }
    }

    #[test]
    fn a_request_that_is_cut_off_is_refused_and_another_action_is_none() {
        let full = hex("05 18 0100 ff 010203040506070809101112 03 616263");
        for length in 0..full.len() {
            assert!(TransitionRequest::parse(&action(&full[..length])).is_err());
        }
        let other = Action {
            category: 8,
            ..action(&full)
        };
        assert_eq!(TransitionRequest::parse(&other), Ok(None));
    }

    #[test]
    fn a_response_names_the_target_or_refuses() {
        let response = |target| TransitionResponse { token: 5, target }.to_vec().unwrap();
        assert_eq!(
            response(Some(MacAddress([2, 0, 0, 0, 1, 0]))),
            hex("0a 08 05 00 00 020000000100")
        );
        assert_eq!(response(None), hex("0a 08 05 01 00"));
    }
}
