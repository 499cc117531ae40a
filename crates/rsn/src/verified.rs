//! The way of a received frame from octets to something that may be believed.
//!
//! Each step is a type, and the only way to a type is the check before it: [`Unverified`] (it parses) →
//! [`Authentic`] (its MIC proves that the peer sent it) → [`Verified`] (it is not an old one) → [`KeyData`]
//! (decrypted). So no check can be forgotten, and none can be done in the wrong order.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use frame::ParseError;
use frame::eapol_key::{Descriptor, KeyFrame, MessageName};
use frame::kde::{self, KeyDataItem};
use keys::Ptk;
use keys::suites::AkmSuite;
use keys::wrap;
use zeroize::Zeroizing;

use crate::refusal::Refusal;

/// An EAPOL-Key frame that anybody may have sent.
#[derive(Clone, Copy)]
pub(crate) struct Unverified<'a> {
    /// Without the padding of the medium.
    pdu: &'a [u8],
    frame: KeyFrame<'a>,
    message: MessageName,
}

impl<'a> Unverified<'a> {
    /// Parses `packet`, an EAPOL PDU with or without Ethernet padding behind it. It must be of the format `descriptor`.
    pub(crate) fn parse(packet: &'a [u8], suite: &AkmSuite, descriptor: Descriptor) -> Result<Self, Refusal> {
        let frame = KeyFrame::parse(packet, suite.mic_len)?;
        if frame.descriptor != descriptor {
            return Err(Refusal::Descriptor(frame.descriptor));
        }
        let message = frame.name().ok_or(Refusal::Nameless(frame.info))?;
        Ok(Self {
            pdu: packet.get(..frame.pdu_len()).unwrap_or(packet),
            frame,
            message,
        })
    }

    /// What the frame says it is.
    pub(crate) const fn message(&self) -> MessageName {
        self.message
    }

    /// What the frame says. Nothing of it is proved.
    pub(crate) const fn claims(&self) -> &KeyFrame<'a> {
        &self.frame
    }

    /// Proves that whoever sent the frame holds the KCK of `ptk`.
    pub(crate) fn authenticate(self, ptk: &Ptk) -> Result<Authentic<'a>, Refusal> {
        let range = KeyFrame::mic_range(self.frame.mic.len());
        match ptk.mic(self.pdu, range) {
            Ok(mic) if mic.verify(self.frame.mic) => Ok(Authentic {
                frame: self.frame,
                message: self.message,
            }),
            _ => Err(Refusal::Mic { message: self.message }),
        }
    }
}

/// An EAPOL-Key frame that the peer has sent, perhaps long ago.
pub(crate) struct Authentic<'a> {
    frame: KeyFrame<'a>,
    message: MessageName,
}

impl<'a> Authentic<'a> {
    /// Proves that the frame was sent after the last one that was acted upon, if there was one.
    pub(crate) fn after(self, last: Option<u64>) -> Result<Verified<'a>, Refusal> {
        let (counter, message) = (self.frame.replay_counter, self.message);
        match last {
            Some(last) if counter <= last => Err(Refusal::Replay { message, counter, last }),
            _ => Ok(Verified {
                frame: self.frame,
                message,
            }),
        }
    }

    /// Proves that the frame answers one of the `requests` that wait for an answer.
    pub(crate) fn answering(self, requests: &RangeInclusive<u64>) -> Result<Verified<'a>, Refusal> {
        let (counter, message) = (self.frame.replay_counter, self.message);
        match requests.contains(&counter) {
            true => Ok(Verified {
                frame: self.frame,
                message,
            }),
            false => Err(Refusal::Counter { message, counter }),
        }
    }
}

/// An EAPOL-Key frame that the peer has sent in this handshake.
pub(crate) struct Verified<'a> {
    frame: KeyFrame<'a>,
    message: MessageName,
}

impl<'a> Verified<'a> {
    /// What the peer says.
    pub(crate) const fn frame(&self) -> &KeyFrame<'a> {
        &self.frame
    }

    /// The key data, which must be encrypted.
    pub(crate) fn decrypt(&self, ptk: &Ptk) -> Result<KeyData, Refusal> {
        match self.frame.info.encrypted_key_data() {
            true => self.unwrap(ptk).map(KeyData),
            false => Err(Refusal::NotEncrypted { message: self.message }),
        }
    }

    /// The key data of WPA's message 3, which is not encrypted.
    pub(crate) fn in_the_clear(&self) -> KeyData {
        KeyData(Zeroizing::new(self.frame.key_data.to_vec()))
    }

    /// The key data of WPA's group message 1, which is always encrypted and no list.
    pub(crate) fn unwrap(&self, ptk: &Ptk) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let (frame, message) = (&self.frame, self.message);
        let mut plain = Zeroizing::new(vec![0; frame.key_data.len()]);
        let len = wrap::unwrap_key_data(ptk.suite().wrap, ptk.kek(), frame.iv, frame.key_data, &mut plain)
            .map_err(|_| Refusal::Unwrap { message })?
            .len();
        plain.truncate(len);
        Ok(plain)
    }
}

/// Decrypted key data, wiped when dropped.
pub(crate) struct KeyData(Zeroizing<Vec<u8>>);

impl KeyData {
    /// Its KDEs and elements.
    pub(crate) fn items(&self) -> impl Iterator<Item = Result<KeyDataItem<'_>, ParseError>> {
        kde::key_data(&self.0)
    }
}
