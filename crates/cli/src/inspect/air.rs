//! What two stations put on the air, for tests: every frame that a capture can hold, with right MICs and wrong ones.

mod sealing;

use adapter::replay::{Frame, Link};
use frame::codes::{ReasonCode, StatusCode};
use frame::dot11::{
    Action, AssociationId, AssociationRequest, AssociationResponse, Authentication, Beacon, CapabilityInfo, MacHeader,
    Management, Reason,
};
use frame::eap::{Code, EapPacket, Method};
use frame::eapol::{Eapol, PacketType};
use frame::llc::Snap;
use frame::rsne::{RsnCapabilities, Rsne};
use frame::wpa::WpaElement;
use frame::{Akm, Cipher, Emit, EtherType, MacAddress, SuiteList};
use keys::wrap::{WrapAlgorithm, wrap_key_data};

use super::{Inspector, Operation, Secrets, Sender};

pub(super) const AP: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
pub(super) const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);
const ANONCE: [u8; 32] = [0xa1; 32];
const SNONCE: [u8; 32] = [0x51; 32];
const PMK: [u8; 32] = [7; 32];
const GTK: [u8; 16] = [0x67; 16];

/// Frames in the order in which they were sent; the first has the number 1.
pub(super) struct Air {
    frames: Vec<Vec<u8>>,
    ethernet: bool,
    /// WPA with TKIP instead of RSN with CCMP.
    wpa: bool,
    capabilities: RsnCapabilities,
    /// Keys that stations really hold.
    pmk: [u8; 32],
    anonce: [u8; 32],
    snonce: [u8; 32],
    pn: u64,
}

impl Air {
    pub(super) fn new() -> Self {
        Self {
            frames: Vec::new(),
            ethernet: false,
            wpa: false,
            capabilities: RsnCapabilities::default(),
            pmk: PMK,
            anonce: ANONCE,
            snonce: SNONCE,
            pn: 0,
        }
    }

    /// Whoever captures is on a wire instead, behind a VLAN tag.
    pub(super) fn on_ethernet(mut self) -> Self {
        self.ethernet = true;
        self
    }

    pub(super) fn with_wpa(mut self) -> Self {
        self.wpa = true;
        self
    }

    pub(super) fn with_protected_management(mut self) -> Self {
        self.capabilities = RsnCapabilities::default().with_mfpc(true).with_mfpr(true);
        self
    }

    /// The stations use another secret from here on.
    pub(super) fn with_pmk(mut self, pmk: [u8; 32]) -> Self {
        self.pmk = pmk;
        self
    }

    pub(super) fn with_nonces(mut self, anonce: u8, snonce: u8) -> Self {
        (self.anonce, self.snonce) = ([anonce; 32], [snonce; 32]);
        self
    }

    pub(super) fn rsne(&self) -> Vec<u8> {
        if self.wpa {
            let wpa = WpaElement {
                group_cipher: Some(Cipher::WPA_TKIP),
                pairwise: Some(SuiteList::new(&[Cipher::WPA_TKIP])),
                akms: Some(SuiteList::new(&[Akm::WPA_PSK])),
                ..WpaElement::default()
            };
            return wpa.to_vec().unwrap();
        }
        let rsne = Rsne {
            group_cipher: Some(Cipher::CCMP_128),
            pairwise: Some(SuiteList::new(&[Cipher::CCMP_128])),
            akms: Some(SuiteList::new(&[Akm::PSK])),
            capabilities: Some(self.capabilities),
            ..Rsne::default()
        };
        rsne.to_vec().unwrap()
    }

    pub(super) fn beacon(self) -> Self {
        let rsne = self.rsne();
        self.beacon_with(&rsne)
    }

    pub(super) fn beacon_with(self, rsne: &[u8]) -> Self {
        let elements = [b"\x00\x04test", rsne].concat();
        let beacon = Beacon {
            timestamp: 1,
            interval: 100,
            capability: CapabilityInfo::ESS,
            elements: &elements,
        };
        self.management(MacAddress::BROADCAST, AP, &Management::Beacon(beacon))
    }

    /// Authentication, request and response, all granted.
    pub(super) fn associate(self) -> Self {
        self.authenticate(StatusCode::SUCCESS)
            .request()
            .respond(StatusCode::SUCCESS)
    }

    pub(super) fn authenticate(self, status: StatusCode) -> Self {
        let step = |sequence, status| {
            Management::Authentication(Authentication {
                algorithm: Authentication::OPEN,
                sequence,
                status,
                body: &[],
            })
        };
        self.management(AP, STATION, &step(1, StatusCode::SUCCESS))
            .management(STATION, AP, &step(2, status))
    }

    pub(super) fn sae(self, sender: Sender, sequence: u16, status: u16, body: &[u8]) -> Self {
        let authentication = Management::Authentication(Authentication {
            algorithm: Authentication::SAE,
            sequence,
            status: StatusCode(status),
            body,
        });
        let (receiver, transmitter) = direction(sender);
        self.management(receiver, transmitter, &authentication)
    }

    /// A fast transition to the access point, through another one; `fields` stand between the addresses and the elements.
    pub(super) fn transition_over_ds(self, action: u8, fields: &[u8]) -> Self {
        const LEFT: MacAddress = MacAddress([2, 0, 0, 0, 0, 9]);
        let body = [&STATION.0[..], &AP.0, fields, &self.rsne()].concat();
        let frame = Management::Action(Action {
            category: Action::FAST_BSS_TRANSITION,
            action,
            body: &body,
        });
        let (receiver, transmitter) = if action % 2 == 1 {
            (LEFT, STATION)
        } else {
            (STATION, LEFT)
        };
        let header = MacHeader::management(frame.subtype(), receiver, transmitter, LEFT);
        self.framed(&header, &frame)
    }

    pub(super) fn request(self) -> Self {
        let rsne = self.rsne();
        self.request_with(&rsne)
    }

    pub(super) fn request_with(self, rsne: &[u8]) -> Self {
        let elements = [b"\x00\x04test", rsne].concat();
        let request = AssociationRequest {
            capability: CapabilityInfo::ESS,
            listen_interval: 1,
            elements: &elements,
        };
        self.management(AP, STATION, &Management::AssociationRequest(request))
    }

    pub(super) fn respond(self, status: StatusCode) -> Self {
        let aid = AssociationId::new(1);
        let response = AssociationResponse {
            capability: CapabilityInfo::ESS,
            status,
            aid,
            elements: &[],
        };
        self.management(STATION, AP, &Management::AssociationResponse(response))
    }

    pub(super) fn deauthenticate(self, sender: Sender, reason: u16) -> Self {
        let (receiver, transmitter) = direction(sender);
        self.management(receiver, transmitter, &deauthentication(reason))
    }

    /// As [`Air::deauthenticate`], encrypted under the temporal key.
    pub(super) fn deauthenticate_protected(mut self, sender: Sender, reason: u16) -> Self {
        let (receiver, transmitter) = direction(sender);
        let body = deauthentication(reason);
        let header = MacHeader::management(body.subtype(), receiver, transmitter, AP).with_protected(true);
        let frame = self.seal(&header.to_vec().unwrap(), &body.to_vec().unwrap());
        self.frames.push(frame);
        self
    }

    pub(super) fn eap_failure(self) -> Self {
        self.eap(Sender::AccessPoint, Code::FAILURE, None, &[])
    }

    /// A request of EAP, and the station's response.
    pub(super) fn eap_round(self, asked: (Method, &[u8]), answered: (Method, &[u8])) -> Self {
        self.eap(Sender::AccessPoint, Code::REQUEST, Some(asked.0), asked.1)
            .eap(Sender::Station, Code::RESPONSE, Some(answered.0), answered.1)
    }

    fn eap(self, sender: Sender, code: Code, method: Option<Method>, data: &[u8]) -> Self {
        let packet = EapPacket {
            code,
            identifier: 1,
            method,
            data,
        };
        let eapol = Eapol {
            version: 2,
            packet_type: PacketType::EAP_PACKET,
            body: &packet.to_vec().unwrap(),
        };
        self.eapol(sender, &eapol.to_vec().unwrap())
    }

    pub(super) fn message_1(self, counter: u64) -> Self {
        let anonce = self.anonce;
        let info = self.version().with_pairwise(true).with_ack(true);
        let pdu = self.key_frame(info, counter, &anonce, &[]);
        self.eapol(Sender::AccessPoint, &pdu)
    }

    pub(super) fn message_2(self, counter: u64) -> Self {
        let rsne = self.rsne();
        let snonce = self.snonce;
        let pdu = self.key_frame(
            self.version().with_pairwise(true).with_mic(true),
            counter,
            &snonce,
            &rsne,
        );
        self.eapol(Sender::Station, &pdu)
    }

    pub(super) fn message_3(self, counter: u64) -> Self {
        let rsne = self.rsne();
        let anonce = self.anonce;
        let info = self
            .version()
            .with_pairwise(true)
            .with_install(true)
            .with_ack(true)
            .with_mic(true)
            .with_secure(true);
        // WPA delivers the group key afterwards.
        let (info, key_data) = if self.wpa {
            (info, rsne)
        } else {
            (info.with_encrypted_key_data(true), self.wrapped(&rsne))
        };
        let pdu = self.key_frame(info, counter, &anonce, &key_data);
        self.eapol(Sender::AccessPoint, &pdu)
    }

    /// WPA's group key handshake, inside encrypted data.
    pub(super) fn wpa_group_handshake(self, counter: u64) -> Self {
        let info = self.wpa_group_info();
        let message_2 = self.key_frame(info, counter, &[0; 32], &[]);
        self.wpa_group_message_1(counter)
            .sealed_eapol(Sender::Station, &message_2)
    }

    /// WPA's group message 1, whose key data is the bare key, inside encrypted data.
    pub(super) fn wpa_group_message_1(self, counter: u64) -> Self {
        let info = self.wpa_group_info();
        let (plain, mut key_data) = ([0x67; 32], [0; 32]);
        wrap_key_data(WrapAlgorithm::Rc4, self.ptk().kek(), &[0; 16], &plain, &mut key_data).unwrap();
        let message_1 = self.key_frame(info.with_ack(true), counter, &[0; 32], &key_data);
        self.sealed_eapol(Sender::AccessPoint, &message_1)
    }

    pub(super) fn message_4(self, counter: u64) -> Self {
        let info = self.version().with_pairwise(true).with_mic(true).with_secure(true);
        let pdu = self.key_frame(info, counter, &[0; 32], &[]);
        self.eapol(Sender::Station, &pdu)
    }

    /// Messages 1 to 4 from this counter on.
    pub(super) fn handshake(self, counter: u64) -> Self {
        self.message_1(counter)
            .message_2(counter)
            .message_3(counter + 1)
            .message_4(counter + 1)
    }

    /// A group key handshake inside encrypted data.
    pub(super) fn group_handshake(self, counter: u64) -> Self {
        let info = self.version().with_mic(true).with_secure(true);
        let key_data = self.wrapped(&[]);
        let message_1 = self.key_frame(
            info.with_ack(true).with_encrypted_key_data(true),
            counter,
            &[0; 32],
            &key_data,
        );
        let message_2 = self.key_frame(info, counter, &[0; 32], &[]);
        self.sealed_eapol(Sender::AccessPoint, &message_1)
            .sealed_eapol(Sender::Station, &message_2)
    }

    /// Encrypted data to the station.
    pub(super) fn data(mut self) -> Self {
        let snap = Snap {
            ethertype: EtherType::IPV4,
            payload: &[0; 40],
        };
        let header = data_header(Sender::AccessPoint).with_protected(true).to_vec().unwrap();
        let frame = self.seal(&header, &snap.to_vec().unwrap());
        self.frames.push(frame);
        self
    }

    /// The frame sent last is heard once more.
    pub(super) fn again(mut self) -> Self {
        self.frames.extend(self.frames.last().cloned());
        self
    }

    /// The frames as somebody changed them on the way.
    pub(super) fn changed(mut self, change: impl FnOnce(&mut [Vec<u8>])) -> Self {
        change(&mut self.frames);
        self
    }

    pub(super) fn frames(&self) -> &[Vec<u8>] {
        &self.frames
    }

    /// What an inspector that knows the secret [`PMK`] reports.
    pub(super) fn operations(&self) -> Vec<Operation> {
        let mut secrets = Secrets::default();
        secrets.add_pmk(&PMK).unwrap();
        self.operations_with(&mut secrets)
    }

    pub(super) fn operations_with(&self, secrets: &mut Secrets) -> Vec<Operation> {
        let mut inspector = Inspector::new(secrets);
        for (number, octets) in (1..).zip(&self.frames) {
            let link = if self.ethernet {
                Link::Ethernet(octets)
            } else {
                Link::Dot11(octets)
            };
            inspector.feed(&Frame {
                number,
                time_us: number * 1000,
                link,
            });
        }
        inspector.finish().collect()
    }

    fn eapol(mut self, sender: Sender, pdu: &[u8]) -> Self {
        let snap = Snap {
            ethertype: EtherType::EAPOL,
            payload: pdu,
        };
        let frame = if self.ethernet {
            let (destination, source) = direction(sender);
            [
                &destination.0[..],
                &source.0,
                &[0x81, 0x00, 0x00, 0x05, 0x88, 0x8e],
                pdu,
            ]
            .concat()
        } else {
            [data_header(sender).to_vec().unwrap(), snap.to_vec().unwrap()].concat()
        };
        self.frames.push(frame);
        self
    }

    /// An EAPOL packet inside encrypted data.
    fn sealed_eapol(mut self, sender: Sender, pdu: &[u8]) -> Self {
        let snap = Snap {
            ethertype: EtherType::EAPOL,
            payload: pdu,
        };
        let header = data_header(sender).with_protected(true).to_vec().unwrap();
        let frame = self.seal(&header, &snap.to_vec().unwrap());
        self.frames.push(frame);
        self
    }

    fn management(self, receiver: MacAddress, transmitter: MacAddress, body: &Management<'_>) -> Self {
        let header = MacHeader::management(body.subtype(), receiver, transmitter, AP);
        self.framed(&header, body)
    }

    fn framed(mut self, header: &MacHeader, body: &Management<'_>) -> Self {
        self.frames
            .push([header.to_vec().unwrap(), body.to_vec().unwrap()].concat());
        self
    }
}

/// Receiver and transmitter.
fn direction(sender: Sender) -> (MacAddress, MacAddress) {
    match sender {
        Sender::AccessPoint => (STATION, AP),
        Sender::Station => (AP, STATION),
    }
}

fn data_header(sender: Sender) -> MacHeader {
    match sender {
        Sender::AccessPoint => MacHeader::data_from_ap(STATION, AP, AP),
        Sender::Station => MacHeader::data_to_ap(AP, STATION, AP),
    }
}

fn deauthentication(reason: u16) -> Management<'static> {
    Management::Deauthentication(Reason {
        reason: ReasonCode(reason),
        elements: &[],
    })
}
