//! What protection takes from the MAC header: additional authenticated data, nonce, direction; and the header that
//! CCMP, GCMP and TKIP put before the ciphertext.

use super::ProtectError;

/// Octets of the CCMP, the GCMP and the TKIP header.
pub const PROTECTION_HEADER_LEN: usize = 8;

/// Frame Control, addresses 1 to 3, Sequence Control, Address 4, QoS Control.
const AAD_MAX: usize = 2 + 18 + 2 + 6 + 2;
/// Frame Control, Duration, addresses 1 to 3, Sequence Control.
const BASIC_LEN: usize = 24;

/// A packet number: 48 bits, never repeated under one key, starting from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pn(u64);

impl Pn {
    /// Nothing was sent yet.
    pub const ZERO: Self = Self(0);
    /// The last one: then the key must be changed.
    pub const MAX: Self = Self((1 << 48) - 1);

    /// `None` above 48 bits.
    #[must_use]
    pub const fn new(number: u64) -> Option<Self> {
        if number <= Self::MAX.0 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The 6 octets, least significant first, as in Key RSC, IPN and BIPN.
    #[must_use]
    pub const fn from_le_bytes([a, b, c, d, e, f]: [u8; 6]) -> Self {
        Self(u64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
    }

    /// The 6 octets, least significant first.
    #[must_use]
    pub const fn to_le_bytes(self) -> [u8; 6] {
        let [a, b, c, d, e, f, _, _] = self.0.to_le_bytes();
        [a, b, c, d, e, f]
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The next one, or `None` when the key is used up.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }
}

/// The header before the ciphertext (12.5.2.2, 12.5.3.2 and 12.5.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtectionHeader {
    /// Which of the keys of this kind of traffic: 0 to 3.
    pub key_id: u8,
    /// The packet number.
    pub pn: Pn,
}

impl ProtectionHeader {
    /// Reads the 8 octets of CCMP and GCMP.
    ///
    /// # Errors
    /// [`ProtectError::NoExtendedIv`].
    pub const fn parse(octets: &[u8; PROTECTION_HEADER_LEN]) -> Result<Self, ProtectError> {
        let [pn0, pn1, _, key, pn2, pn3, pn4, pn5] = *octets;
        if key & EXT_IV == 0 {
            return Err(ProtectError::NoExtendedIv);
        }
        Ok(Self {
            key_id: key >> 6,
            pn: Pn::from_le_bytes([pn0, pn1, pn2, pn3, pn4, pn5]),
        })
    }

    /// The 8 octets of CCMP and GCMP; of `key_id` the lower two bits count.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; PROTECTION_HEADER_LEN] {
        let [pn0, pn1, pn2, pn3, pn4, pn5] = self.pn.to_le_bytes();
        [pn0, pn1, 0, EXT_IV | self.key_id << 6, pn2, pn3, pn4, pn5]
    }

    /// Reads the 8 octets of TKIP, whose first and third octet are the other way round.
    pub(super) const fn parse_tkip(octets: &[u8; PROTECTION_HEADER_LEN]) -> Result<Self, ProtectError> {
        let [tsc1, seed, tsc0, key, tsc2, tsc3, tsc4, tsc5] = *octets;
        Self::parse(&[tsc0, tsc1, seed, key, tsc2, tsc3, tsc4, tsc5])
    }

    /// The 8 octets of TKIP; `seed` is the second octet of the RC4 key.
    pub(super) const fn to_tkip_bytes(self, seed: u8) -> [u8; PROTECTION_HEADER_LEN] {
        let [tsc0, tsc1, _, key, tsc2, tsc3, tsc4, tsc5] = self.to_bytes();
        [tsc1, seed, tsc0, key, tsc2, tsc3, tsc4, tsc5]
    }
}

const EXT_IV: u8 = 0x20;

/// A MAC header as far as protection looks at it.
pub(super) struct MacHeader<'a> {
    frame_control: [u8; 2],
    /// Addresses 1 to 3.
    addresses: &'a [u8; 18],
    transmitter: &'a [u8; 6],
    fragment: u8,
    address_4: Option<&'a [u8; 6]>,
    tid: Option<u8>,
    /// Octets of the whole header.
    len: usize,
}

impl<'a> MacHeader<'a> {
    /// Reads a whole header, and nothing more, of a data or management frame.
    pub(super) fn parse(octets: &'a [u8]) -> Result<Self, ProtectError> {
        Self::read(octets).ok_or(ProtectError::Header { found: octets.len() })
    }

    fn read(octets: &'a [u8]) -> Option<Self> {
        let (basic, rest) = octets.split_first_chunk::<BASIC_LEN>()?;
        let (&frame_control, after) = basic.split_first_chunk::<2>()?;
        let (_duration, after) = after.split_first_chunk::<2>()?;
        let (addresses, after) = after.split_first_chunk::<18>()?;
        let [fragment, _] = after.first_chunk::<2>()?;
        let (_, transmitter) = addresses.first_chunk::<12>()?.split_last_chunk::<6>()?;

        let kind = frame_control[0] & (TYPE | PROTOCOL_VERSION);
        let four_addresses = kind == DATA && frame_control[1] & TO_AND_FROM_DS == TO_AND_FROM_DS;
        let qos = kind == DATA && frame_control[0] & QOS != 0;
        let (address_4, rest) = if four_addresses {
            let (address, rest) = rest.split_first_chunk::<6>()?;
            (Some(address), rest)
        } else {
            (None, rest)
        };
        let (tid, rest) = if qos {
            let (control, rest) = rest.split_first_chunk::<2>()?;
            (Some(control[0] & TID), rest)
        } else {
            (None, rest)
        };
        let ht_control = (qos || kind == MANAGEMENT) && frame_control[1] & HTC != 0;
        let whole = rest.len() == if ht_control { 4 } else { 0 };
        (whole && matches!(kind, DATA | MANAGEMENT)).then_some(Self {
            frame_control,
            addresses,
            transmitter,
            fragment: fragment & FRAGMENT,
            address_4,
            tid,
            len: octets.len(),
        })
    }

    /// The additional authenticated data (12.5.3.3.3 and 12.5.5.3.3): what may change on the way is masked.
    ///
    /// Of the QoS Control field only the TID counts: the A-MSDU Present bit would be authenticated only between two
    /// stations with SPP A-MSDU.
    pub(super) fn aad(&self) -> Aad {
        let mut aad = Aad::default();
        aad.push(&self.masked_frame_control());
        aad.push(self.addresses);
        aad.push(&[self.fragment, 0]);
        if let Some(address) = self.address_4 {
            aad.push(address);
        }
        if let Some(tid) = self.tid {
            aad.push(&[tid, 0]);
        }
        aad
    }

    /// Nonce flags, transmitter, packet number from its most significant octet (12.5.3.3.4).
    pub(super) fn ccm_nonce(&self, pn: Pn) -> [u8; 13] {
        let management = if self.is_data() { 0 } else { NONCE_MANAGEMENT };
        let [a, b, c, d, e, f] = *self.transmitter;
        let [pn0, pn1, pn2, pn3, pn4, pn5] = pn.to_le_bytes();
        [
            self.tid.unwrap_or(0) | management,
            a,
            b,
            c,
            d,
            e,
            f,
            pn5,
            pn4,
            pn3,
            pn2,
            pn1,
            pn0,
        ]
    }

    /// Transmitter, packet number from its most significant octet (12.5.5.3.4).
    pub(super) fn gcm_nonce(&self, pn: Pn) -> [u8; 12] {
        let [a, b, c, d, e, f] = *self.transmitter;
        let [pn0, pn1, pn2, pn3, pn4, pn5] = pn.to_le_bytes();
        [a, b, c, d, e, f, pn5, pn4, pn3, pn2, pn1, pn0]
    }

    /// The additional authenticated data of BIP (12.5.4.5): Frame Control without what may change on the way, and the
    /// addresses.
    ///
    /// # Errors
    /// [`ProtectError::Header`] if this is no management frame.
    pub(super) fn bip_aad(&self) -> Result<Aad, ProtectError> {
        if self.is_data() {
            return Err(ProtectError::Header { found: self.len });
        }
        let [first, second] = self.frame_control;
        let mut aad = Aad::default();
        aad.push(&[first, second & !(RETRY | POWER_MANAGEMENT | MORE_DATA)]);
        aad.push(self.addresses);
        Ok(aad)
    }

    /// Whether the frame is a beacon, whose timestamp is not authenticated.
    pub(super) fn is_beacon(&self) -> bool {
        self.frame_control[0] == BEACON
    }

    /// The address of whoever puts the frame on the air.
    pub(super) const fn transmitter(&self) -> &[u8; 6] {
        self.transmitter
    }

    /// Who sent an MSDU that TKIP protects.
    ///
    /// # Errors
    /// [`ProtectError::Direction`] or [`ProtectError::Fragment`].
    pub(super) fn sender(&self) -> Result<Sender, ProtectError> {
        let sender = match self.frame_control[1] & TO_AND_FROM_DS {
            TO_DS if self.is_data() => Sender::Supplicant,
            FROM_DS if self.is_data() => Sender::Authenticator,
            _ => return Err(ProtectError::Direction),
        };
        match self.fragment == 0 && self.frame_control[1] & MORE_FRAGMENTS == 0 {
            true => Ok(sender),
            false => Err(ProtectError::Fragment),
        }
    }

    /// What Michael covers before the data (12.5.2.3.3, Figure 12-9), as words: destination, source, priority (that of
    /// a QoS frame, otherwise 0), zeros.
    pub(super) const fn michael_header(&self, sender: Sender) -> [[u8; 4]; 4] {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r] = *self.addresses;
        let ([d0, d1, d2, d3, d4, d5], [s0, s1, s2, s3, s4, s5]) = match sender {
            Sender::Supplicant => ([m, n, o, p, q, r], [g, h, i, j, k, l]),
            Sender::Authenticator => ([a, b, c, d, e, f], [m, n, o, p, q, r]),
        };
        let priority = match self.tid {
            Some(tid) => tid,
            None => 0,
        };
        [
            [d0, d1, d2, d3],
            [d4, d5, s0, s1],
            [s2, s3, s4, s5],
            [priority, 0, 0, 0],
        ]
    }

    fn is_data(&self) -> bool {
        self.frame_control[0] & TYPE == DATA
    }

    fn masked_frame_control(&self) -> [u8; 2] {
        let [first, second] = self.frame_control;
        let first = if self.is_data() {
            first & !SUBTYPE_WITHOUT_QOS
        } else {
            first
        };
        let changing = RETRY | POWER_MANAGEMENT | MORE_DATA | if self.tid.is_some() { HTC } else { 0 };
        [first, second & !changing | PROTECTED]
    }
}

/// Which of the two sides of an association sent a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Authenticator,
    Supplicant,
}

/// Additional authenticated data: 20 to 30 octets.
#[derive(Default)]
pub(super) struct Aad {
    octets: [u8; AAD_MAX],
    len: usize,
}

impl Aad {
    fn push(&mut self, part: &[u8]) {
        if let Some(place) = self.octets.get_mut(self.len..self.len + part.len()) {
            place.copy_from_slice(part);
            self.len += part.len();
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}

// Frame Control, first octet (9.2.4.1).
const PROTOCOL_VERSION: u8 = 0x03;
const TYPE: u8 = 0x0c;
const MANAGEMENT: u8 = 0x00;
const DATA: u8 = 0x08;
const SUBTYPE_WITHOUT_QOS: u8 = 0x70;
const QOS: u8 = 0x80;
const BEACON: u8 = 0x80;

// Frame Control, second octet.
const TO_DS: u8 = 0x01;
const FROM_DS: u8 = 0x02;
const TO_AND_FROM_DS: u8 = TO_DS | FROM_DS;
const MORE_FRAGMENTS: u8 = 0x04;
const RETRY: u8 = 0x08;
const POWER_MANAGEMENT: u8 = 0x10;
const MORE_DATA: u8 = 0x20;
const PROTECTED: u8 = 0x40;
const HTC: u8 = 0x80;

/// Sequence Control, first octet.
const FRAGMENT: u8 = 0x0f;
/// QoS Control, first octet.
const TID: u8 = 0x0f;
/// Nonce flags.
const NONCE_MANAGEMENT: u8 = 0x10;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{array, hex};

    fn aad(header: &str) -> std::vec::Vec<u8> {
        MacHeader::parse(&hex(header)).unwrap().aad().as_bytes().to_vec()
    }

    /// P802.11i/D7.0, I.7.4, test MPDUs 1, 2, 6 and 7 (the first is IEEE 802.11-2020, J.6.4). MPDUs 3, 4, 5 and 8
    /// are QoS frames with the Order bit, which today means that an HT Control field follows.
    #[test]
    fn additional_data_is_that_of_the_standard() {
        for (header, expected) in [
            (
                "0848c32c0fd2e128a57c5030f1844408abaea5b8fcba8033",
                "08400fd2e128a57c5030f1844408abaea5b8fcba0000",
            ),
            (
                "38c06a51ea100c846850eec1762c88deaf2ee9f46a07e0cc",
                "08c0ea100c846850eec1762c88deaf2ee9f46a070000",
            ),
            (
                "8852e11f5af28430fdabbff943b9f9a6ab1d98c7fe7350713d6a",
                "88425af28430fdabbff943b9f9a6ab1d98c7fe7300000d00",
            ),
            (
                "187981469b50f4fd56f6efec9520169183570c4ccdee20a0",
                "08419b50f4fd56f6efec9520169183570c4ccdee0000",
            ),
        ] {
            assert_eq!(aad(header), hex(expected), "{header}");
        }
    }

    /// By 12.5.3.3.3: four addresses, fragment 5, TID 6, and an HT Control field that is left out with its Order bit.
    #[test]
    fn four_addresses_and_ht_control_are_found() {
        assert_eq!(
            aad("88c30000 a1a1a1a1a1a1 a2a2a2a2a2a2 a3a3a3a3a3a3 1592 a4a4a4a4a4a4 f6ff 01020304"),
            hex("8843 a1a1a1a1a1a1 a2a2a2a2a2a2 a3a3a3a3a3a3 0500 a4a4a4a4a4a4 0600")
        );
    }

    /// By 12.5.3.3.3 and 12.5.3.3.4: the subtype is not masked, and the nonce says that it is a management frame.
    #[test]
    fn a_management_frame_keeps_its_subtype_and_marks_its_nonce() {
        let header = hex("c0080000020000000100020000000000020000000000 6000");
        let header = MacHeader::parse(&header).unwrap();
        assert_eq!(
            header.aad().as_bytes(),
            hex("c0400200000001000200000000000200000000000000")
        );
        let pn = Pn::new(1).unwrap();
        assert_eq!(header.ccm_nonce(pn), array("10020000000000000000000001"));
        assert_eq!(header.gcm_nonce(pn), array("020000000000000000000001"));
    }

    #[test]
    fn a_header_that_is_not_whole_or_not_protectable_is_refused() {
        let refused = |header: &str| MacHeader::parse(&hex(header)).err();
        let beacon_like = "000102030405060708090a0b0c0d0e0f10111213141516";
        for (header, found) in [
            (std::string::String::new(), 0),
            (std::format!("08{}", &beacon_like[2..]), 23),
            (std::format!("08{}0000", &beacon_like[2..]), 25),
            (std::format!("b4{}00", &beacon_like[2..]), 24),
            (std::format!("09{}00", &beacon_like[2..]), 24),
            (std::format!("8800{}00", &beacon_like[4..]), 24),
            (std::format!("0803{}00", &beacon_like[4..]), 24),
            (std::format!("8880{}000000", &beacon_like[4..]), 26),
        ] {
            assert_eq!(refused(&header), Some(ProtectError::Header { found }), "{header}");
        }
    }

    #[test]
    fn packet_numbers_have_48_bits() {
        let pn = Pn::new(0xb503_9776_e70c).unwrap();
        assert_eq!(pn.to_le_bytes(), array("0ce7769703b5"));
        assert_eq!(Pn::from_le_bytes(array("0ce7769703b5")), pn);
        assert_eq!(Pn::ZERO.next(), Pn::new(1));
        assert_eq!(Pn::MAX.next(), None);
        assert_eq!(Pn::new(1 << 48), None);
    }

    proptest! {
        #[test]
        fn a_protection_header_reads_as_written(key_id in 0_u8..4, number in 0..=Pn::MAX.get()) {
            let header = ProtectionHeader { key_id, pn: Pn::new(number).unwrap() };
            prop_assert_eq!(ProtectionHeader::parse(&header.to_bytes()), Ok(header));
        }

        #[test]
        fn any_octets_are_a_header_or_an_error(octets in proptest::collection::vec(any::<u8>(), 0..48)) {
            if let Ok(header) = MacHeader::parse(&octets) {
                prop_assert!((22..=AAD_MAX).contains(&header.aad().as_bytes().len()));
            }
        }
    }
}
