//! The frame control field (IEEE 802.11-2020, 9.2.4.1).

use crate::bits::{flags, shown_in_hex};

/// Subtypes of management frames (IEEE 802.11-2020, Table 9-1).
pub mod management {
    /// Association request.
    pub const ASSOCIATION_REQUEST: u8 = 0;
    /// Association response.
    pub const ASSOCIATION_RESPONSE: u8 = 1;
    /// Reassociation request.
    pub const REASSOCIATION_REQUEST: u8 = 2;
    /// Reassociation response.
    pub const REASSOCIATION_RESPONSE: u8 = 3;
    /// Probe request.
    pub const PROBE_REQUEST: u8 = 4;
    /// Probe response.
    pub const PROBE_RESPONSE: u8 = 5;
    /// Beacon.
    pub const BEACON: u8 = 8;
    /// Disassociation.
    pub const DISASSOCIATION: u8 = 10;
    /// Authentication.
    pub const AUTHENTICATION: u8 = 11;
    /// Deauthentication.
    pub const DEAUTHENTICATION: u8 = 12;
    /// Action.
    pub const ACTION: u8 = 13;
    /// Action that nobody answers.
    pub const ACTION_NO_ACK: u8 = 14;
}

/// Subtypes of data frames (IEEE 802.11-2020, Table 9-1) that stations send.
pub mod data {
    /// Data.
    pub const DATA: u8 = 0;
    /// No data, only the frame control field.
    pub const NULL: u8 = 4;
    /// Data with a QoS control field.
    pub const QOS_DATA: u8 = 8;
    /// No data, with a QoS control field.
    pub const QOS_NULL: u8 = 12;
}

/// The type of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameType {
    /// 0: management.
    Management,
    /// 1: control.
    Control,
    /// 2: data.
    Data,
    /// 3: extension.
    Extension,
}

impl FrameType {
    pub(super) const fn bits(self) -> u16 {
        match self {
            Self::Management => 0,
            Self::Control => 1,
            Self::Data => 2,
            Self::Extension => 3,
        }
    }
}

/// The frame control field: 16 bits, little-endian on the air, bit 0 the least significant.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameControl(pub u16);

flags! {
    FrameControl {
        /// A data frame goes to the distribution system.
        8 to_ds with_to_ds;
        /// A data frame comes from the distribution system.
        9 from_ds with_from_ds;
        /// Another fragment follows.
        10 more_fragments with_more_fragments;
        /// The frame is sent again.
        11 retry with_retry;
        /// The sender will save power.
        12 power_management with_power_management;
        /// The AP has more frames for a station that saves power.
        13 more_data with_more_data;
        /// The body is encrypted.
        14 protected with_protected;
        /// In a management or QoS frame: an HT control field follows.
        15 order with_order;
    }
}

impl FrameControl {
    const QOS: u8 = 0b1000;
    const NO_DATA: u8 = 0b0100;

    /// A frame of protocol version 0 with all flags clear. Of the subtype, four bits count.
    #[must_use]
    pub const fn new(frame_type: FrameType, subtype: u8) -> Self {
        Self(frame_type.bits() << 2 | ((subtype & 0x0f) as u16) << 4)
    }

    /// The protocol version (bits 0 and 1), which is 0.
    #[must_use]
    pub const fn protocol_version(self) -> u8 {
        (self.0 & 0b11) as u8
    }

    /// The type (bits 2 and 3).
    #[must_use]
    pub const fn frame_type(self) -> FrameType {
        match self.0 >> 2 & 0b11 {
            0 => FrameType::Management,
            1 => FrameType::Control,
            2 => FrameType::Data,
            _ => FrameType::Extension,
        }
    }

    /// The subtype (bits 4 to 7): see [`management`] and [`data`].
    #[must_use]
    pub const fn subtype(self) -> u8 {
        (self.0 >> 4 & 0x0f) as u8
    }

    /// True for a data frame with a QoS control field.
    #[must_use]
    pub const fn is_qos(self) -> bool {
        matches!(self.frame_type(), FrameType::Data) && self.subtype() & Self::QOS != 0
    }

    /// True for a data frame with a body.
    #[must_use]
    pub const fn carries_data(self) -> bool {
        matches!(self.frame_type(), FrameType::Data) && self.subtype() & Self::NO_DATA == 0
    }

    /// True for a data frame with four addresses.
    #[must_use]
    pub const fn has_addr4(self) -> bool {
        matches!(self.frame_type(), FrameType::Data) && self.to_ds() && self.from_ds()
    }

    /// True for a frame with an HT control field.
    #[must_use]
    pub const fn has_ht_control(self) -> bool {
        self.order() && (self.is_qos() || matches!(self.frame_type(), FrameType::Management))
    }
}

shown_in_hex!(FrameControl);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protected_qos_frame_to_the_ap_is_0x4188() {
        let control = FrameControl::new(FrameType::Data, data::QOS_DATA)
            .with_to_ds(true)
            .with_protected(true);
        assert_eq!(control, FrameControl(0x4188));
        assert!(control.is_qos() && control.carries_data() && !control.has_addr4() && !control.has_ht_control());
        assert_eq!(
            (control.frame_type(), control.subtype()),
            (FrameType::Data, data::QOS_DATA)
        );
    }

    #[test]
    fn what_follows_the_header_is_told_by_type_and_subtype() {
        assert!(!FrameControl::new(FrameType::Data, data::NULL).carries_data());
        assert!(!FrameControl::new(FrameType::Data, data::QOS_NULL).carries_data());
        let beacon = FrameControl::new(FrameType::Management, management::BEACON);
        assert!(!beacon.is_qos() && !beacon.carries_data() && !beacon.has_ht_control());
        assert!(beacon.with_order(true).has_ht_control());
        assert!(
            !FrameControl::new(FrameType::Data, data::DATA)
                .with_order(true)
                .has_ht_control()
        );
    }

    #[test]
    fn every_value_is_rebuilt_from_its_accessors() {
        for bits in 0..=u16::MAX {
            let control = FrameControl(bits);
            let rebuilt = FrameControl::new(control.frame_type(), control.subtype())
                .with_to_ds(control.to_ds())
                .with_from_ds(control.from_ds())
                .with_more_fragments(control.more_fragments())
                .with_retry(control.retry())
                .with_power_management(control.power_management())
                .with_more_data(control.more_data())
                .with_protected(control.protected())
                .with_order(control.order());
            assert_eq!(rebuilt.0 | u16::from(control.protocol_version()), bits);
        }
    }
}
