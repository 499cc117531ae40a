//! What a radio does in its host's place, as some drivers do: 4-way handshakes from a pre-shared key, and group key
//! handshakes with the keys that the host has agreed on.

use super::{Events, Frames, Station};
use crate::simulated::keyring::KeyRing;
use crate::{OwnedAssociation, OwnedEvent};
use frame::eapol_key::{KeyFrame, KeyInfo, MessageName};
use frame::ethertype::EtherType;
use frame::kde::{self, Kde, KeyDataItem};
use frame::{Cipher, Emit, MacAddress};
use host::adapter::AssociateRequest;
use ihv::{Offload, RekeyOffload};
use keys::mic::{self, Mic};
use keys::protect::Pn;
use keys::suites::AkmSuite;
use keys::{Pmk, wrap};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use rsn::{Association, Effect, Effects, Elements, Supplicant};
use zeroize::Zeroizing;

/// A handshake that this radio does.
pub(super) enum Handshakes {
    /// All of them.
    All(Box<WithSecret>),
    /// Those of the group key.
    Group(Box<WithKeys>),
}

/// The whole supplicant, in the radio.
pub(super) struct WithSecret {
    supplicant: Supplicant,
    rng: ChaCha20Rng,
    /// What the host learns of once the first handshake is complete.
    unproved: Option<OwnedAssociation>,
}

/// What group key handshakes need.
pub(super) struct WithKeys {
    keys: RekeyOffload,
    suite: &'static AkmSuite,
    ciphers: GroupCiphers,
}

/// The ciphers under which the group's frames are protected.
#[derive(Clone, Copy, Default)]
pub(super) struct GroupCiphers {
    pub(super) data: Option<Cipher>,
    pub(super) management: Option<Cipher>,
}

impl Handshakes {
    /// The handshakes of an association whose request says that the radio does them. `None` if it doesn't say so, or if
    /// the two sides do not agree on anything.
    pub(super) fn of(own: MacAddress, request: &AssociateRequest, association: &OwnedAssociation) -> Option<Self> {
        let Offload(key) = request.offload.as_ref()?;
        let station = Elements::find(&request.elements).ok()??;
        let access_point = Elements::find(request.bss.elements()).ok()??;
        let negotiated = Association::negotiate(request.bss.bssid, own, station, access_point).ok()?;
        let supplicant = Supplicant::new(negotiated, Pmk::new(key.octets()).ok()?).ok()?;
        let mut seed = [0; 32];
        seed.first_chunk_mut().map(|first| *first = own.0)?;
        Some(Self::All(Box::new(WithSecret {
            supplicant,
            rng: ChaCha20Rng::from_seed(seed),
            unproved: Some(OwnedAssociation {
                authorized: true,
                ..association.clone()
            }),
        })))
    }

    /// The group key handshakes from here on.
    pub(super) fn of_group(keys: RekeyOffload, ciphers: GroupCiphers) -> Option<Self> {
        let suite = AkmSuite::of(keys.akm)?;
        Some(Self::Group(Box::new(WithKeys { keys, suite, ciphers })))
    }
}

impl Station {
    /// Takes an EAPOL packet of the access point's, if it is of a handshake that this radio does, and answers it encrypted
    /// or not as it came. False if it is for the host.
    pub(super) fn handle_in_hosts_place(
        &mut self,
        packet: &[u8],
        protected: bool,
        out: &mut Frames,
        events: &mut Events,
    ) -> bool {
        let (Some(handshakes), Some(peer)) = (self.handshakes.take(), self.bssid) else {
            return false;
        };
        match handshakes {
            Handshakes::All(mut handshakes) => {
                let mut effects = Effects::new();
                // What is refused changes nothing.
                let _ = handshakes
                    .supplicant
                    .handle_eapol(packet, &mut handshakes.rng, &mut effects);
                while let Some(effect) = effects.pop() {
                    if let Effect::Completed = effect
                        && let Some(association) = handshakes.unproved.take()
                    {
                        self.authorized = true;
                        self.exclude_unencrypted = true;
                        events.push(OwnedEvent::Associated(association));
                    }
                    self.apply(peer, &effect, !protected, out);
                }
                self.handshakes = Some(Handshakes::All(handshakes));
                true
            }
            Handshakes::Group(mut handshakes) => {
                let answer = handshakes.answer(packet, &mut self.keys);
                let replay_counter = handshakes.keys.replay_counter;
                self.handshakes = Some(Handshakes::Group(handshakes));
                if let Some(answer) = &answer {
                    out.extend(self.seal_packet(peer, EtherType::EAPOL, answer, !protected));
                    events.push(OwnedEvent::GroupRekeyed { peer, replay_counter });
                }
                answer.is_some()
            }
        }
    }

    fn apply(&mut self, peer: MacAddress, effect: &Effect, in_the_clear: bool, out: &mut Frames) {
        match effect {
            Effect::Send(pdu) => out.extend(self.seal_packet(peer, EtherType::EAPOL, pdu.as_bytes(), in_the_clear)),
            // Nothing is announced that would need another Key ID.
            Effect::InstallPairwise { cipher, key, .. } => {
                self.keys.set_pairwise(0, Some((*cipher, key.as_bytes())));
                self.keys.send_under(0);
            }
            Effect::InstallGroup { cipher, key } => {
                self.keys
                    .set_group(key.key_id(), Some((*cipher, key.as_bytes(), key.pn())));
            }
            Effect::InstallGroupManagement { cipher, key } => {
                self.keys
                    .set_group(key.key_id(), Some((*cipher, key.as_bytes(), key.pn())));
            }
            _ => {}
        }
    }
}

impl WithKeys {
    /// Answers group message 1 (IEEE 802.11-2020, 12.7.7): installs its keys, and returns message 2. `None` for anything
    /// else, which is the host's.
    fn answer(&mut self, packet: &[u8], ring: &mut KeyRing) -> Option<Vec<u8>> {
        let frame = KeyFrame::parse(packet, self.suite.mic_len).ok()?;
        let is_new = frame.replay_counter > self.keys.replay_counter;
        let mic = self.mic(packet.get(..frame.pdu_len())?)?;
        if frame.name() != Some(MessageName::Group1) || !mic.verify(frame.mic) || !is_new {
            return None;
        }
        let mut plain = Zeroizing::new(vec![0; frame.key_data.len()]);
        let kek = self.keys.kek.octets();
        let key_data = wrap::unwrap_key_data(self.suite.wrap, kek, frame.iv, frame.key_data, &mut plain).ok()?;
        for item in kde::key_data(key_data).map_while(Result::ok) {
            self.install(item, frame.rsc, ring);
        }
        self.keys.replay_counter = frame.replay_counter;
        self.message_2(&frame)
    }

    fn install(&self, item: KeyDataItem<'_>, rsc: &[u8; 8], ring: &mut KeyRing) {
        let (index, cipher, key, received) = match item {
            KeyDataItem::Kde(Kde::Gtk { key_id, key, .. }) => {
                let &[a, b, c, d, e, f, ..] = rsc;
                (key_id, self.ciphers.data, key, [a, b, c, d, e, f])
            }
            KeyDataItem::Kde(Kde::Igtk { key_id, ipn, key }) => match u8::try_from(key_id) {
                Ok(index) => (index, self.ciphers.management, key, *ipn),
                Err(_) => return,
            },
            _ => return,
        };
        if let Some(cipher) = cipher {
            ring.set_group(index, Some((cipher, key, Pn::from_le_bytes(received))));
        }
    }

    fn message_2(&self, message_1: &KeyFrame<'_>) -> Option<Vec<u8>> {
        let version = message_1.info.version();
        let frame = KeyFrame {
            info: KeyInfo(0).with_version(version).with_mic(true).with_secure(true),
            key_length: 0,
            nonce: &[0; 32],
            iv: &[0; 16],
            rsc: &[0; 8],
            reserved: &[0; 8],
            mic: [0; mic::MIC_MAX].get(..self.suite.mic_len)?,
            key_data: &[],
            ..*message_1
        };
        let mut pdu = frame.to_vec().ok()?;
        let mic = self.mic(&pdu)?;
        pdu.get_mut(KeyFrame::mic_range(self.suite.mic_len))?
            .copy_from_slice(mic.as_bytes());
        Some(pdu)
    }

    fn mic(&self, pdu: &[u8]) -> Option<Mic> {
        let range = KeyFrame::mic_range(self.suite.mic_len);
        mic::of_frame(self.suite.mic, self.keys.kck.octets(), pdu, range).ok()
    }
}
