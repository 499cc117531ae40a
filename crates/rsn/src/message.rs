//! Messages to be sent: the fields that differ between them, and the MIC.

use alloc::boxed::Box;
use alloc::vec;

use frame::Emit;
use frame::eapol_key::{Descriptor, KeyFrame, KeyInfo};
use keys::Ptk;
use keys::mic::MIC_MAX;

use crate::effect::Pdu;

/// An EAPOL-Key frame before it has a MIC. Fields that are not set are zero.
pub(crate) struct Message<'a> {
    pub(crate) protocol_version: u8,
    pub(crate) descriptor: Descriptor,
    pub(crate) info: KeyInfo,
    pub(crate) key_length: u16,
    pub(crate) replay_counter: u64,
    pub(crate) nonce: &'a [u8; 32],
    pub(crate) iv: &'a [u8; 16],
    pub(crate) rsc: &'a [u8; 8],
    pub(crate) key_data: &'a [u8],
}

impl Message<'_> {
    /// A message with nothing in it.
    pub(crate) const EMPTY: Self = Self {
        // IEEE 802.1X-2004, the version that the handshakes of IEEE 802.11 were written for.
        protocol_version: 2,
        descriptor: Descriptor::RSN,
        info: KeyInfo(0),
        key_length: 0,
        replay_counter: 0,
        nonce: &[0; 32],
        iv: &[0; 16],
        rsc: &[0; 8],
        key_data: &[],
    };

    /// The PDU with a MIC under `ptk`.
    #[expect(
        clippy::expect_used,
        reason = "the PDU was emitted with room for the MIC of the same suite"
    )]
    pub(crate) fn sealed(&self, ptk: &Ptk) -> Pdu {
        let mic_len = ptk.suite().mic_len;
        let range = KeyFrame::mic_range(mic_len);
        let mut pdu = self.emit(mic_len);
        let mic = ptk
            .mic(&pdu, range.clone())
            .expect("the suites of an association have a MIC");
        pdu.get_mut(range)
            .expect("a frame is longer than its MIC")
            .copy_from_slice(mic.as_bytes());
        pdu.into()
    }

    /// The PDU without a MIC; the field is `mic_len` octets long and zero.
    pub(crate) fn open(&self, mic_len: usize) -> Pdu {
        self.emit(mic_len).into()
    }

    #[expect(
        clippy::expect_used,
        reason = "key data is a few elements and keys, far below 65535 octets"
    )]
    fn emit(&self, mic_len: usize) -> Box<[u8]> {
        let frame = KeyFrame {
            protocol_version: self.protocol_version,
            descriptor: self.descriptor,
            info: self.info,
            key_length: self.key_length,
            replay_counter: self.replay_counter,
            nonce: self.nonce,
            iv: self.iv,
            rsc: self.rsc,
            reserved: &[0; 8],
            mic: [0; MIC_MAX].get(..mic_len).expect("no MIC is longer"),
            key_data: self.key_data,
        };
        let mut pdu = vec![0; frame.pdu_len()].into_boxed_slice();
        frame.emit(&mut pdu).expect("the buffer is as long as the frame");
        pdu
    }
}
