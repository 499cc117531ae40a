//! IEEE 802.11 frames as the radio carries them, without the frame check sequence.
//!
//! Management and data frames only: control frames take no part in a post-association operation.

mod action;
mod control;
mod fields;
mod header;
mod management;
mod transition;

pub use action::{FtAction, FtStep, SaQueryAction, SaQueryKind};
pub use control::{FrameControl, FrameType, data as data_subtype, management as management_subtype};
pub use fields::{AssociationId, CapabilityInfo};
pub use header::{MacHeader, SequenceControl};
pub use management::{Action, AssociationRequest, AssociationResponse, Authentication, Beacon, Management, Reason};
pub use transition::{Candidate, TransitionRequest, TransitionResponse};

use crate::error::ParseError;
use crate::llc::Snap;

/// A management or data frame: its header, and the body behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The header's fields.
    pub header: MacHeader,
    /// The header's octets: encryption takes them as additional data.
    pub header_bytes: &'a [u8],
    /// The frame body. If the frame is protected, it is a cipher header, ciphertext and MIC.
    pub body: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Parses a whole frame, without its frame check sequence.
    ///
    /// # Errors
    /// The frame ends inside of its header; it is no management or data frame of protocol version 0.
    pub fn parse(frame: &'a [u8]) -> Result<Self, ParseError> {
        let header = MacHeader::parse(frame)?;
        let (header_bytes, body) = frame.split_at_checked(header.len()).unwrap_or((frame, &[]));
        Ok(Self {
            header,
            header_bytes,
            body,
        })
    }

    /// The body of an unencrypted data frame as LLC/SNAP.
    ///
    /// # Errors
    /// The frame is no data frame that carries data, or its body no LLC/SNAP.
    pub fn snap(&self) -> Result<Snap<'a>, ParseError> {
        let control = self.header.frame_control;
        if !control.carries_data() {
            return Err(ParseError::value(
                "frame control subtype",
                0,
                "a data frame with a body",
                control.0.into(),
            ));
        }
        Snap::parse(self.body)
    }

    /// The body of an unencrypted management frame. Offsets in errors count from the start of the body.
    ///
    /// # Errors
    /// The frame is no management frame, or its body ends inside of a fixed field.
    pub fn management(&self) -> Result<Management<'a>, ParseError> {
        let control = self.header.frame_control;
        if control.frame_type() != FrameType::Management {
            return Err(ParseError::value(
                "frame control type",
                0,
                "0 (management)",
                control.0.into(),
            ));
        }
        Management::parse(control.subtype(), self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ethertype::EtherType;
    use crate::testing::hex;

    #[test]
    fn the_way_of_a_handshake_message_leads_to_its_payload() {
        let octets = hex("8802 0000 020000000200 020000000000 020000000000 0000 0000 aaaa03000000 888e 02030000");
        let frame = Frame::parse(&octets).unwrap();
        assert_eq!(frame.header_bytes, &octets[..26]);
        let snap = frame.snap().unwrap();
        assert_eq!((snap.ethertype, snap.payload), (EtherType::EAPOL, &[2, 3, 0, 0][..]));
        assert_eq!(frame.management().unwrap_err().field, "frame control type");
    }

    #[test]
    fn a_management_frame_leads_to_its_body_and_carries_no_data() {
        let octets = hex("c000 3a01 020000000200 020000000000 020000000000 1000 0700");
        let frame = Frame::parse(&octets).unwrap();
        let Management::Deauthentication(farewell) = frame.management().unwrap() else {
            panic!("{frame:?}")
        };
        assert_eq!(farewell.reason, crate::ReasonCode::INVALID_CLASS_3_FRAME);
        assert!(frame.snap().is_err());
    }

    #[test]
    fn a_frame_without_data_is_not_searched_for_it() {
        let octets = hex("4801 0000 020000000000 020000000200 020000000000 0000 aaaa03000000888e");
        assert_eq!(
            Frame::parse(&octets).unwrap().snap().unwrap_err().field,
            "frame control subtype"
        );
    }
}
