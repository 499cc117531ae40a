//! The header of management and data frames (IEEE 802.11-2020, 9.3.2.1 and 9.3.3.1).

use crate::error::ParseError;
use crate::mac::MacAddress;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

use super::control::{FrameControl, FrameType, data};

/// A header: 24 octets, and up to 12 more as the frame control field says. Numbers are little-endian on the
/// air.
///
/// The optional fields have to agree with the frame control field; the constructors see to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacHeader {
    /// Type, direction and flags (2 octets).
    pub frame_control: FrameControl,
    /// Duration in microseconds, or an association identifier (2 octets).
    pub duration: u16,
    /// The receiver (6 octets).
    pub addr1: MacAddress,
    /// The transmitter (6 octets).
    pub addr2: MacAddress,
    /// What the direction says (6 octets).
    pub addr3: MacAddress,
    /// Number of the frame and of its fragment (2 octets).
    pub sequence_control: SequenceControl,
    /// The source of a frame with four addresses (6 octets).
    pub addr4: Option<MacAddress>,
    /// QoS control (2 octets): bits 0 to 3 the traffic identifier, bit 7 A-MSDU.
    pub qos_control: Option<u16>,
    /// HT control (4 octets).
    pub ht_control: Option<u32>,
}

impl MacHeader {
    /// The octets of a header without optional fields.
    pub const MIN_LEN: usize = 24;

    const QOS_TID: u16 = 0x000f;
    const QOS_AMSDU: u16 = 0x0080;

    /// The header of a management frame.
    #[must_use]
    pub const fn management(subtype: u8, destination: MacAddress, source: MacAddress, bssid: MacAddress) -> Self {
        Self::new(
            FrameControl::new(FrameType::Management, subtype),
            [destination, source, bssid],
        )
    }

    /// The header of a data frame from a station to its AP, for `destination`.
    #[must_use]
    pub const fn data_to_ap(bssid: MacAddress, source: MacAddress, destination: MacAddress) -> Self {
        Self::new(
            FrameControl::new(FrameType::Data, data::DATA).with_to_ds(true),
            [bssid, source, destination],
        )
    }

    /// The header of a data frame from an AP to `destination`, sent by `source`.
    #[must_use]
    pub const fn data_from_ap(destination: MacAddress, bssid: MacAddress, source: MacAddress) -> Self {
        Self::new(
            FrameControl::new(FrameType::Data, data::DATA).with_from_ds(true),
            [destination, bssid, source],
        )
    }

    /// The same data frame with a QoS control field of this traffic identifier, of which four bits count.
    #[must_use]
    pub const fn with_qos(mut self, tid: u8) -> Self {
        self.frame_control.0 |= (data::QOS_DATA as u16) << 4;
        self.qos_control = Some(tid as u16 & Self::QOS_TID);
        self
    }

    /// The same with another number.
    #[must_use]
    pub const fn with_sequence(mut self, sequence_control: SequenceControl) -> Self {
        self.sequence_control = sequence_control;
        self
    }

    /// The same with the body said to be encrypted, or not.
    #[must_use]
    pub const fn with_protected(mut self, protected: bool) -> Self {
        self.frame_control = self.frame_control.with_protected(protected);
        self
    }

    const fn new(frame_control: FrameControl, [addr1, addr2, addr3]: [MacAddress; 3]) -> Self {
        Self {
            frame_control,
            duration: 0,
            addr1,
            addr2,
            addr3,
            sequence_control: SequenceControl(0),
            addr4: None,
            qos_control: None,
            ht_control: None,
        }
    }

    /// Parses the front of a frame; the body begins [`MacHeader::len`] octets on.
    ///
    /// # Errors
    /// The frame ends inside of its header; it is no management or data frame of protocol version 0.
    pub fn parse(frame: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(frame);
        let frame_control = FrameControl(reader.u16_le("frame control")?);
        if frame_control.protocol_version() != 0 {
            let found = frame_control.protocol_version().into();
            return Err(ParseError::value("frame control protocol version", 0, "0", found));
        }
        if !matches!(frame_control.frame_type(), FrameType::Management | FrameType::Data) {
            let found = frame_control.frame_type().bits().into();
            return Err(ParseError::value(
                "frame control type",
                0,
                "0 (management) or 2 (data)",
                found,
            ));
        }
        let duration = reader.u16_le("duration")?;
        let addr1 = address(&mut reader, "address 1")?;
        let addr2 = address(&mut reader, "address 2")?;
        let addr3 = address(&mut reader, "address 3")?;
        let sequence_control = SequenceControl(reader.u16_le("sequence control")?);
        let addr4 = frame_control
            .has_addr4()
            .then(|| address(&mut reader, "address 4"))
            .transpose()?;
        let qos_control = frame_control
            .is_qos()
            .then(|| reader.u16_le("QoS control"))
            .transpose()?;
        let ht_control = frame_control
            .has_ht_control()
            .then(|| reader.u32_le("HT control"))
            .transpose()?;
        Ok(Self {
            frame_control,
            duration,
            addr1,
            addr2,
            addr3,
            sequence_control,
            addr4,
            qos_control,
            ht_control,
        })
    }

    /// The octets of the header, from 24 to 36.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a header is never empty")]
    pub const fn len(&self) -> usize {
        Self::MIN_LEN
            + if self.addr4.is_some() { 6 } else { 0 }
            + if self.qos_control.is_some() { 2 } else { 0 }
            + if self.ht_control.is_some() { 4 } else { 0 }
    }

    /// The station that receives the frame from the air, or a group.
    #[must_use]
    pub const fn receiver(&self) -> MacAddress {
        self.addr1
    }

    /// The station that puts the frame on the air.
    #[must_use]
    pub const fn transmitter(&self) -> MacAddress {
        self.addr2
    }

    /// The address of the network; a frame with four addresses names none.
    #[must_use]
    pub const fn bssid(&self) -> Option<MacAddress> {
        match self.direction() {
            (false, false) => Some(self.addr3),
            (false, true) => Some(self.addr2),
            (true, false) => Some(self.addr1),
            (true, true) => None,
        }
    }

    /// Who the frame is for in the end.
    #[must_use]
    pub const fn destination(&self) -> MacAddress {
        match self.direction() {
            (false, _) => self.addr1,
            (true, _) => self.addr3,
        }
    }

    /// Who the frame is from in the beginning.
    #[must_use]
    pub const fn source(&self) -> MacAddress {
        match (self.direction(), self.addr4) {
            ((true, true), Some(addr4)) => addr4,
            ((false, true), _) => self.addr3,
            _ => self.addr2,
        }
    }

    /// The traffic identifier of a QoS frame.
    #[must_use]
    pub fn tid(&self) -> Option<u8> {
        self.qos_control.map(|control| (control & Self::QOS_TID) as u8)
    }

    /// True if the body is an aggregate of several frames (A-MSDU).
    #[must_use]
    pub fn is_amsdu(&self) -> bool {
        self.qos_control.is_some_and(|control| control & Self::QOS_AMSDU != 0)
    }

    /// To and from the distribution system. In a management frame the bits do not speak of addresses.
    const fn direction(&self) -> (bool, bool) {
        match self.frame_control.frame_type() {
            FrameType::Data => (self.frame_control.to_ds(), self.frame_control.from_ds()),
            _ => (false, false),
        }
    }
}

fn address(reader: &mut Reader<'_>, field: &'static str) -> Result<MacAddress, ParseError> {
    reader.array(field).copied().map(MacAddress)
}

impl Emit for MacHeader {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u16_le(self.frame_control.0);
        out.u16_le(self.duration);
        out.bytes(&self.addr1.0);
        out.bytes(&self.addr2.0);
        out.bytes(&self.addr3.0);
        out.u16_le(self.sequence_control.0);
        if let Some(addr4) = self.addr4 {
            out.bytes(&addr4.0);
        }
        if let Some(qos_control) = self.qos_control {
            out.u16_le(qos_control);
        }
        if let Some(ht_control) = self.ht_control {
            out.u32_le(ht_control);
        }
    }
}

/// The sequence control field: bits 0 to 3 the fragment, bits 4 to 15 the sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct SequenceControl(pub u16);

impl SequenceControl {
    /// Of the sequence number twelve bits count, of the fragment four.
    #[must_use]
    pub const fn new(sequence: u16, fragment: u8) -> Self {
        Self(sequence << 4 | (fragment & 0x0f) as u16)
    }

    /// The number of the frame, 0 to 4095.
    #[must_use]
    pub const fn sequence(self) -> u16 {
        self.0 >> 4
    }

    /// The number of the fragment, 0 to 15.
    #[must_use]
    pub const fn fragment(self) -> u8 {
        (self.0 & 0x0f) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{accepted_truncations, hex};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const A: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa]);
    const B: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xb]);
    const C: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xc]);
    const D: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xd]);

    #[test]
    fn addresses_mean_what_the_direction_says() {
        let management = MacHeader::management(8, A, B, C);
        assert_eq!(
            (management.destination(), management.source(), management.bssid()),
            (A, B, Some(C))
        );
        let up = MacHeader::data_to_ap(A, B, C);
        assert_eq!((up.bssid(), up.source(), up.destination()), (Some(A), B, C));
        assert_eq!((up.receiver(), up.transmitter()), (A, B));
        let down = MacHeader::data_from_ap(A, B, C);
        assert_eq!((down.destination(), down.bssid(), down.source()), (A, Some(B), C));
        assert_eq!((down.receiver(), down.transmitter()), (A, B));
        let bridged = MacHeader {
            frame_control: up.frame_control.with_from_ds(true),
            addr4: Some(D),
            ..up
        };
        assert_eq!((bridged.bssid(), bridged.source(), bridged.destination()), (None, D, C));
    }

    #[test]
    fn a_management_frame_has_its_addresses_whatever_the_ds_bits_say() {
        let header = MacHeader::management(13, A, B, C);
        let odd = MacHeader {
            frame_control: header.frame_control.with_to_ds(true).with_from_ds(true),
            ..header
        };
        assert_eq!((odd.destination(), odd.source(), odd.bssid()), (A, B, Some(C)));
        assert_eq!(MacHeader::parse(&odd.to_vec().unwrap()), Ok(odd));
    }

    #[test]
    fn optional_fields_follow_in_the_order_of_the_standard() {
        let octets = hex("88c3 2c00 02000000000a 02000000000b 02000000000c 3412 02000000000d 8500 44332211");
        let header = MacHeader::parse(&octets).unwrap();
        assert_eq!(header.duration, 44);
        assert_eq!(
            (header.sequence_control.sequence(), header.sequence_control.fragment()),
            (0x123, 4)
        );
        assert_eq!(header.sequence_control, SequenceControl::new(0x123, 4));
        assert_eq!(header.addr4, Some(D));
        assert_eq!((header.tid(), header.is_amsdu()), (Some(5), true));
        assert_eq!(header.ht_control, Some(0x1122_3344));
        assert_eq!(header.len(), 36);
        assert_eq!(header.to_vec().unwrap(), octets);
        assert_eq!(accepted_truncations(&octets, MacHeader::parse), []);
    }

    #[test]
    fn a_qos_header_is_two_octets_longer() {
        let header = MacHeader::data_to_ap(A, B, C)
            .with_qos(0xf6)
            .with_sequence(SequenceControl::new(7, 0))
            .with_protected(true);
        assert_eq!((header.len(), header.tid()), (26, Some(6)));
        assert!(header.frame_control.protected());
        assert_eq!(MacHeader::parse(&header.to_vec().unwrap()), Ok(header));
    }

    #[test]
    fn control_frames_and_other_protocol_versions_are_refused() {
        let mut octets = MacHeader::data_to_ap(A, B, C).to_vec().unwrap();
        octets[0] = 0xd4;
        assert_eq!(
            MacHeader::parse(&octets),
            Err(ParseError::value(
                "frame control type",
                0,
                "0 (management) or 2 (data)",
                1
            ))
        );
        octets[0] = 0x09;
        assert_eq!(
            MacHeader::parse(&octets).unwrap_err().field,
            "frame control protocol version"
        );
    }

    proptest! {
        #[test]
        fn what_parses_is_emitted_as_it_was(mut octets in proptest::collection::vec(any::<u8>(), 0..48)) {
            if let Some(first) = octets.first_mut() {
                *first &= 0xf8;
            }
            if let Ok(header) = MacHeader::parse(&octets) {
                let emitted: Vec<u8> = header.to_vec().unwrap();
                prop_assert_eq!(emitted.len(), header.len());
                prop_assert_eq!(&emitted[..], &octets[..header.len()]);
            }
        }
    }
}
