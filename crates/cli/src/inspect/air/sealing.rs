//! What needs keys: MICs, key data and encrypted frames.

use frame::eapol_key::{Descriptor, KeyDescriptorVersion, KeyFrame, KeyInfo};
use frame::kde::{self, Kde};
use frame::{Akm, Cipher, Emit, Writer};
use keys::protect::ProtectionHeader;
use keys::wrap::{WrapAlgorithm, wrap_key_data};
use keys::{AkmSuite, CipherSuite, MpduKey, Pmk, Pn, Ptk};

use super::{AP, Air, GTK, STATION};

impl Air {
    pub(super) fn version(&self) -> KeyInfo {
        KeyInfo::default().with_version(match self.wpa {
            true => KeyDescriptorVersion::HmacMd5Rc4,
            false => KeyDescriptorVersion::HmacSha1Aes,
        })
    }

    pub(super) fn cipher(&self) -> Cipher {
        match self.wpa {
            true => Cipher::WPA_TKIP,
            false => Cipher::CCMP_128,
        }
    }

    pub(super) fn wpa_group_info(&self) -> KeyInfo {
        self.version().with_mic(true).with_secure(true).with_wpa_key_index(1)
    }

    pub(super) fn ptk(&self) -> Ptk {
        let pmk = Pmk::new(&self.pmk).unwrap();
        let akm = if self.wpa { Akm::WPA_PSK } else { Akm::PSK };
        let cipher = self.cipher();
        Ptk::derive(
            AkmSuite::of(akm).unwrap().with_cipher(cipher),
            CipherSuite::of(cipher).unwrap(),
            &pmk,
            AP,
            STATION,
            &self.anonce,
            &self.snonce,
        )
    }

    /// The group key behind `elements`, padded and wrapped.
    pub(super) fn wrapped(&self, elements: &[u8]) -> Vec<u8> {
        let mut plain = [0; 128];
        let mut out = Writer::new(&mut plain);
        out.bytes(elements);
        out.put(&Kde::Gtk {
            key_id: 1,
            tx: false,
            key: &GTK,
        });
        kde::write_padding(&mut out, 0);
        let octets = out.finish().unwrap();
        let mut wrapped = [0; 136];
        let wrap = WrapAlgorithm::AesKeyWrap;
        wrap_key_data(wrap, self.ptk().kek(), &[0; 16], &plain[..octets], &mut wrapped)
            .unwrap()
            .to_vec()
    }

    pub(super) fn key_frame(&self, info: KeyInfo, replay_counter: u64, nonce: &[u8; 32], key_data: &[u8]) -> Vec<u8> {
        let frame = KeyFrame {
            protocol_version: 2,
            descriptor: if self.wpa { Descriptor::WPA } else { Descriptor::RSN },
            info,
            key_length: if self.wpa { 32 } else { 16 },
            replay_counter,
            nonce,
            iv: &[0; 16],
            rsc: &[0; 8],
            reserved: &[0; 8],
            mic: &[0; 16],
            key_data,
        };
        let mut pdu = frame.to_vec().unwrap();
        if info.mic() {
            let mic = self.ptk().mic(&pdu, KeyFrame::mic_range(16)).unwrap();
            pdu[KeyFrame::mic_range(16)].copy_from_slice(mic.as_bytes());
        }
        pdu
    }

    pub(super) fn seal(&mut self, header: &[u8], plaintext: &[u8]) -> Vec<u8> {
        self.pn += 1;
        let protection = ProtectionHeader {
            key_id: 0,
            pn: Pn::new(self.pn).unwrap(),
        };
        let mut sealed = [0; 512];
        let key = MpduKey::new(self.cipher(), self.ptk().tk()).unwrap();
        [header, key.seal(header, protection, plaintext, &mut sealed).unwrap()].concat()
    }
}
