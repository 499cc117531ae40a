//! Data frames, of the air or of a wire: what of them is EAPOL, in the clear or encrypted.

use frame::eap::{Code, EapPacket};
use frame::eapol::{Eapol, PacketType};
use frame::llc::Snap;
use frame::{EtherType, MacAddress, dot11};

use super::super::exchange::Moment;
use super::super::key_message::KeyMessage;
use super::super::operation::Sender;
use super::{Ends, Inspector};

/// An EtherType in front of a VLAN tag (IEEE 802.1Q) of 4 octets.
const VLAN_TAGS: [EtherType; 2] = [EtherType(0x8100), EtherType(0x88a8)];

/// Who sends an EAPOL packet to whom, and where it was found.
#[derive(Clone, Copy)]
struct Passage {
    ends: Ends,
    sender: Sender,
    /// The link encrypts its data once it has keys: 802.11, not Ethernet.
    sealed_link: bool,
}

impl Inspector<'_> {
    pub(super) fn data(&mut self, moment: Moment, frame: &dot11::Frame<'_>) {
        let header = &frame.header;
        let control = header.frame_control;
        // EAPOL goes to one station, and fits one fragment.
        if header.addr1.is_group() || control.more_fragments() || header.sequence_control.fragment() != 0 {
            return;
        }
        let (ends, sender) = match (control.to_ds(), control.from_ds()) {
            (true, false) => (
                Ends {
                    bssid: header.addr1,
                    sta: header.addr2,
                },
                Sender::Station,
            ),
            (false, true) => (
                Ends {
                    bssid: header.addr2,
                    sta: header.addr1,
                },
                Sender::AccessPoint,
            ),
            (true, true) if !control.protected() => {
                if let Some(packet) = frame.snap().ok().and_then(security_packet) {
                    self.between(moment, header.addr2, header.addr1, packet, true);
                }
                return;
            }
            // Within no BSS, or encrypted between access points.
            _ => return,
        };
        let passage = Passage {
            ends,
            sender,
            sealed_link: true,
        };
        if control.protected() {
            self.protected_data(moment, passage, frame);
        } else if let Some(packet) = frame.snap().ok().and_then(security_packet) {
            self.eapol(moment, passage, packet);
        }
    }

    fn protected_data(&mut self, moment: Moment, passage: Passage, frame: &dot11::Frame<'_>) {
        let Some(association) = self.associations.get_mut(&passage.ends) else {
            return;
        };
        association.last_frame = moment.frame;
        association.note_sealed_data(moment.frame);
        if !association.can_open() {
            return;
        }
        let mut plaintext = std::mem::take(&mut self.plaintext);
        if plaintext.len() < frame.body.len() {
            plaintext.resize(frame.body.len(), 0);
        }
        if let Some(octets) = association.open(frame.header_bytes, frame.body, &mut plaintext) {
            let moment = Moment {
                encrypted: true,
                ..moment
            };
            let snap = plaintext.get(..octets).and_then(|body| Snap::parse(body).ok());
            match snap.filter(|_| !frame.header.is_amsdu()) {
                Some(Snap {
                    ethertype: EtherType::TDLS,
                    payload,
                }) => association.direct_link(moment, passage.sender, payload),
                // What opens the port shows nothing of whether it is open.
                snap => match snap.and_then(security_packet) {
                    Some(packet) => self.eapol(moment, passage, packet),
                    None => association.note_data(moment.frame),
                },
            }
        }
        self.plaintext = plaintext;
    }

    pub(super) fn ethernet(&mut self, moment: Moment, octets: &[u8]) {
        let Some((addresses, mut rest)) = octets.split_first_chunk::<12>() else {
            return;
        };
        let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5] = *addresses;
        let destination = MacAddress([d0, d1, d2, d3, d4, d5]);
        let source = MacAddress([s0, s1, s2, s3, s4, s5]);
        while let Some((ethertype, payload)) = rest.split_first_chunk() {
            let ethertype = EtherType(u16::from_be_bytes(*ethertype));
            if let Some(packet) = security_packet(Snap { ethertype, payload }) {
                return self.between(moment, source, destination, packet, false);
            }
            match payload.get(2..) {
                Some(behind_tag) if VLAN_TAGS.contains(&ethertype) => rest = behind_tag,
                _ => return,
            }
        }
    }

    /// Takes an EAPOL packet between two stations of which only the packet tells who is the authenticator.
    fn between(
        &mut self,
        moment: Moment,
        source: MacAddress,
        destination: MacAddress,
        packet: &[u8],
        sealed_link: bool,
    ) {
        if destination.is_group() {
            return;
        }
        let Some(sender) = sender_of(packet) else { return };
        let ends = match sender {
            Sender::AccessPoint => Ends {
                bssid: source,
                sta: destination,
            },
            Sender::Station => Ends {
                bssid: destination,
                sta: source,
            },
        };
        self.eapol(
            moment,
            Passage {
                ends,
                sender,
                sealed_link,
            },
            packet,
        );
    }

    fn eapol(&mut self, moment: Moment, passage: Passage, packet: &[u8]) {
        let Passage {
            ends,
            sender,
            sealed_link,
        } = passage;
        self.observe(moment, ends);
        for _attempt in 0..2 {
            let secrets = &mut *self.secrets;
            let association = self.associations.get_mut(&ends);
            let Some(association) = association else { return };
            if association.eapol(moment, sender, packet, sealed_link, secrets) {
                if association.protects_beacons() {
                    self.networks.protect_beacons(ends.bssid);
                }
                return;
            }
            // The message 1 of another association, whose beginning was not captured.
            self.close(ends);
            self.observe(moment, ends);
        }
    }
}

/// The payload of an EAPOL frame, pre-authentication included.
fn security_packet(snap: Snap<'_>) -> Option<&[u8]> {
    matches!(snap.ethertype, EtherType::EAPOL | EtherType::PREAUTH).then_some(snap.payload)
}

/// Who sends such an EAPOL packet; `None` if either end may.
fn sender_of(packet: &[u8]) -> Option<Sender> {
    let eapol = Eapol::parse(packet).ok()?;
    let from_authenticator = match eapol.packet_type {
        PacketType::KEY => KeyMessage::parse(packet, None)?.name.is_from_authenticator(),
        PacketType::EAP_PACKET => EapPacket::parse(eapol.body).ok()?.code != Code::RESPONSE,
        _ => return None,
    };
    Some(if from_authenticator {
        Sender::AccessPoint
    } else {
        Sender::Station
    })
}
