//! The key information field (IEEE 802.11-2020, Figure 12-35).

use crate::bits::{flags, shown_in_hex};

/// The key information of an EAPOL-Key frame: 16 bits, bit 0 the least significant.
///
/// A frame to be sent is described from `KeyInfo::default()` on:
/// ```
/// use portcullis_frame::eapol_key::{KeyDescriptorVersion, KeyInfo};
/// let message_1 = KeyInfo::default()
///     .with_version(KeyDescriptorVersion::HmacSha1Aes)
///     .with_pairwise(true)
///     .with_ack(true);
/// assert_eq!(message_1, KeyInfo(0x008a));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct KeyInfo(pub u16);

flags! {
    KeyInfo {
        /// Key type: a message of the 4-way handshake (set) or of the group key handshake.
        3 is_pairwise with_pairwise;
        /// Install the pairwise key (message 3). In a WPA group message: the group key may transmit.
        6 install with_install;
        /// The authenticator wants an answer.
        7 ack with_ack;
        /// The frame has a MIC.
        8 mic with_mic;
        /// The first key exchange is complete.
        9 secure with_secure;
        /// A MIC failure is being reported (TKIP).
        10 error with_error;
        /// The supplicant asks for a handshake.
        11 request with_request;
        /// The key data is encrypted.
        12 encrypted_key_data with_encrypted_key_data;
        /// A message of the SMK handshake (PeerKey), which the standard no longer has.
        13 smk with_smk;
    }
}

impl KeyInfo {
    const VERSION: u16 = 0b111;
    const WPA_KEY_INDEX_SHIFT: u16 = 4;
    const WPA_KEY_INDEX: u16 = 0b11 << Self::WPA_KEY_INDEX_SHIFT;

    /// The key descriptor version (bits 0 to 2): how the frame is protected.
    #[must_use]
    pub const fn version(self) -> KeyDescriptorVersion {
        KeyDescriptorVersion::from_bits((self.0 & Self::VERSION) as u8)
    }

    /// The same with another key descriptor version.
    #[must_use]
    pub const fn with_version(self, version: KeyDescriptorVersion) -> Self {
        Self(self.0 & !Self::VERSION | version.bits() as u16)
    }

    /// The index of the group key (bits 4 and 5) in a WPA group message; reserved in RSN.
    #[must_use]
    pub const fn wpa_key_index(self) -> u8 {
        ((self.0 & Self::WPA_KEY_INDEX) >> Self::WPA_KEY_INDEX_SHIFT) as u8
    }

    /// The same with another index of the group key, of which two bits count.
    #[must_use]
    pub const fn with_wpa_key_index(self, index: u8) -> Self {
        Self(self.0 & !Self::WPA_KEY_INDEX | ((index as u16) << Self::WPA_KEY_INDEX_SHIFT) & Self::WPA_KEY_INDEX)
    }
}

shown_in_hex!(KeyInfo);

/// How an EAPOL-Key frame is protected (IEEE 802.11-2020, 12.7.2 b 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyDescriptorVersion {
    /// 0: as the negotiated AKM says.
    AkmDefined,
    /// 1: MIC by HMAC-MD5, key data by RC4 (TKIP).
    HmacMd5Rc4,
    /// 2: MIC by HMAC-SHA-1-128, key data by AES key wrap.
    HmacSha1Aes,
    /// 3: MIC by AES-128-CMAC, key data by AES key wrap.
    AesCmacAes,
    /// 4 to 7, which the standard reserves. Of the number, three bits count.
    Reserved(u8),
}

impl KeyDescriptorVersion {
    const fn from_bits(bits: u8) -> Self {
        match bits {
            0 => Self::AkmDefined,
            1 => Self::HmacMd5Rc4,
            2 => Self::HmacSha1Aes,
            3 => Self::AesCmacAes,
            reserved => Self::Reserved(reserved),
        }
    }

    /// The number in the frame, 0 to 7.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::AkmDefined => 0,
            Self::HmacMd5Rc4 => 1,
            Self::HmacSha1Aes => 2,
            Self::AesCmacAes => 3,
            Self::Reserved(bits) => bits & 0b111,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key information of a WPA2 handshake in order, as it stands in public captures.
    #[test]
    fn the_bits_of_a_handshake_read_as_the_standard_names_them() {
        let message_3 = KeyInfo(0x13ca);
        assert_eq!(message_3.version(), KeyDescriptorVersion::HmacSha1Aes);
        assert!(message_3.is_pairwise() && message_3.install() && message_3.ack() && message_3.mic());
        assert!(message_3.secure() && message_3.encrypted_key_data());
        assert!(!message_3.error() && !message_3.request() && !message_3.smk());
    }

    #[test]
    fn every_value_is_rebuilt_from_its_accessors() {
        for bits in 0..=u16::MAX {
            let info = KeyInfo(bits);
            let rebuilt = KeyInfo(bits & 0xc000)
                .with_version(info.version())
                .with_wpa_key_index(info.wpa_key_index())
                .with_pairwise(info.is_pairwise())
                .with_install(info.install())
                .with_ack(info.ack())
                .with_mic(info.mic())
                .with_secure(info.secure())
                .with_error(info.error())
                .with_request(info.request())
                .with_encrypted_key_data(info.encrypted_key_data())
                .with_smk(info.smk());
            assert_eq!(rebuilt, info);
        }
    }

    #[test]
    fn a_key_index_of_more_than_two_bits_touches_no_other_field() {
        assert_eq!(KeyInfo::default().with_wpa_key_index(0xff), KeyInfo(0x0030));
        assert_eq!(KeyInfo(0xffff).with_wpa_key_index(0), KeyInfo(0xffcf));
    }
}
