//! An EAPOL-Key frame as it was received, and what a pairwise key says about it.

use frame::eapol_key::{Descriptor, KeyDescriptorVersion, KeyFrame, MessageName};
use frame::kde::{self, KeyDataItem};
use keys::Ptk;
use keys::mic::{self, MicAlgorithm};
use keys::wrap::{WrapAlgorithm, unwrap_key_data};
use zeroize::Zeroizing;

use super::contents::Contents;

/// The lengths of a MIC in octets, the commonest first; 0 where the frame is protected by AEAD.
const MIC_LENGTHS: [usize; 4] = [16, 24, 32, 0];

/// The longest MSDU in octets (IEEE 802.11-2020, Table 9-25). Messages are kept until they are proved, so that
/// their length has to have a bound.
const MAX_OCTETS: usize = 2304;

/// A message of a handshake. Nothing of it is believed before [`KeyMessage::verifies`].
pub(super) struct KeyMessage<'a> {
    pub(super) name: MessageName,
    pub(super) frame: KeyFrame<'a>,
    /// The octets that the MIC covers.
    pub(super) pdu: &'a [u8],
}

impl<'a> KeyMessage<'a> {
    /// Parses an EAPOL packet whose suite need not be known: the lengths in it fit one length of MIC only. `expected`
    /// is tried first. `None` if it is no message of a handshake, or longer than a radio can send.
    pub(super) fn parse(packet: &'a [u8], expected: Option<usize>) -> Option<Self> {
        let lengths = expected.into_iter().chain(MIC_LENGTHS);
        let frame = lengths
            .into_iter()
            .find_map(|octets| KeyFrame::parse(packet, octets).ok())?;
        Some(Self {
            name: frame.name()?,
            frame,
            pdu: packet.get(..frame.pdu_len()).filter(|pdu| pdu.len() <= MAX_OCTETS)?,
        })
    }

    pub(super) fn has_mic(&self) -> bool {
        self.frame.info.mic() && !self.frame.mic.is_empty()
    }

    /// Whether the MIC is the one under `ptk`.
    ///
    /// The key descriptor version decides where it names an algorithm: that is what both ends computed, whatever the
    /// table of suites says.
    pub(super) fn verifies(&self, ptk: &Ptk) -> bool {
        let algorithm = match self.frame.info.version() {
            KeyDescriptorVersion::HmacMd5Rc4 => MicAlgorithm::HmacMd5,
            KeyDescriptorVersion::HmacSha1Aes => MicAlgorithm::HmacSha1,
            KeyDescriptorVersion::AesCmacAes => MicAlgorithm::AesCmac,
            KeyDescriptorVersion::AkmDefined | KeyDescriptorVersion::Reserved(_) => ptk.suite().mic,
        };
        let range = KeyFrame::mic_range(self.frame.mic.len());
        mic::of_frame(algorithm, ptk.kck(), self.pdu, range).is_ok_and(|mic| mic.verify(self.frame.mic))
    }

    /// The key data, decrypted where it is encrypted: WPA does not say so of its group message 1.
    pub(super) fn plain_key_data(&self, ptk: &Ptk) -> Option<Zeroizing<Vec<u8>>> {
        let KeyFrame { info, key_data, iv, .. } = self.frame;
        let mut plain = Zeroizing::new(key_data.to_vec());
        if info.encrypted_key_data() || self.is_wpa() && self.name == MessageName::Group1 {
            let unwrapped = unwrap_key_data(self.wrap(ptk), ptk.kek(), iv, key_data, &mut plain);
            let octets = unwrapped.ok()?.len();
            plain.truncate(octets);
        }
        Some(plain)
    }

    /// What the key data says as far as it is not encrypted. In WPA it is the bare key, or an element.
    pub(super) fn plain_contents(&self) -> Contents {
        match self.frame.info.encrypted_key_data() || self.is_wpa() {
            true => Contents::default(),
            false => Contents::among(items(self.frame.key_data)),
        }
    }

    pub(super) fn is_wpa(&self) -> bool {
        self.frame.descriptor == Descriptor::WPA
    }

    fn wrap(&self, ptk: &Ptk) -> WrapAlgorithm {
        match self.frame.info.version() {
            KeyDescriptorVersion::HmacMd5Rc4 => WrapAlgorithm::Rc4,
            KeyDescriptorVersion::HmacSha1Aes | KeyDescriptorVersion::AesCmacAes => WrapAlgorithm::AesKeyWrap,
            KeyDescriptorVersion::AkmDefined | KeyDescriptorVersion::Reserved(_) => ptk.suite().wrap,
        }
    }
}

/// The items of key data up to the first malformed one.
pub(super) fn items(key_data: &[u8]) -> impl Iterator<Item = KeyDataItem<'_>> {
    kde::key_data(key_data).map_while(Result::ok)
}
