//! The 802.1X module that the host lends (R32 to R37): an access point with an EAP server behind it on one side, a
//! scripted extension that forwards its packets on the other.

mod operation;
mod user;

use crate::support::air::{AP, TK};
use crate::support::extension::{eapol_handling, prepare};
use crate::support::{Call, Lab, NOW, OneXCall, air};
use core::time::Duration;
use frame::Emit;
use frame::eapol::{Eapol, PacketType};
use frame::eapol_key::MessageName;
use ihv::{Direction, EtherTypeHandling, Guid, HostAdapter, OneXFailure, Rule, SessionChange, Win32Error};
use onex::eap::{Offer, Profile};
use onex::method::{Answer, Context, ExportedKeys, Secret};
use onex::methods::md5::Md5Challenge;
use onex::methods::mschapv2::Mschapv2;
use onex::pae::Settings;
use onex::server::{self, Server};
use onex::start::START_PERIOD;
use portcullis_host::OneXProfile;
use portcullis_host::adapter::{AdapterEvent, Command, DisassociationCause};
use portcullis_host::event::{Kind, Question, Text};
use portcullis_host::outcome::Outcome;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;

const PASSWORD: &str = "open sesame";
const START: [u8; 4] = [2, 1, 0, 0];
const IDENTITY: [u8; 9] = [2, 0, 0, 5, 1, 77, 0, 5, 1];

fn mschapv2(identity: Option<&'static str>, password: Option<&'static str>) -> OneXProfile {
    OneXProfile::new(move |_| Profile {
        identity: identity.map(|identity| identity.as_bytes().to_vec()),
        offers: vec![Box::new(Mschapv2 {
            user: None,
            password: password.map(Secret::from),
        })],
        needs_keys: true,
    })
}

/// A lab that lends the module, with an operation in progress whose extension forwards all of EAPOL but EAPOL-Key.
fn lab(onex: OneXProfile) -> Lab {
    let mut lab = Lab::new();
    lab.host
        .lend_onex(NOW, Duration::from_secs(1_800_000_000), ChaCha12Rng::seed_from_u64(1));
    lab.onex = Some(onex);
    lab.extension.script(|host, call| match call {
        Call::Packet(adapter, _, _, data) if data.get(1) != Some(&PacketType::KEY.0) => Some(
            host.process_onex_packet(*adapter, data)
                .map_err(crate::support::refused),
        ),
        _ => None,
    });
    lab.associated();
    lab.forget();
    lab
}

fn start(lab: &mut Lab) -> Result<(), Win32Error> {
    let adapter = lab.adapter;
    lab.inside(move |host| host.start_onex(adapter, &[]))
}

fn stop(lab: &mut Lab) -> Result<(), Win32Error> {
    let adapter = lab.adapter;
    lab.inside(move |host| host.stop_onex(adapter))
}

fn forward(lab: &mut Lab, packet: &'static [u8]) -> Result<(), Win32Error> {
    let adapter = lab.adapter;
    lab.inside(move |host| host.process_onex_packet(adapter, packet))
}

/// The EAPOL packets that went out since this was last asked.
fn sent(lab: &mut Lab) -> Vec<Vec<u8>> {
    let packet = |command| match command {
        Command::SendPacket(packet) => Some(packet.data),
        _ => None,
    };
    lab.commands().into_iter().filter_map(packet).collect()
}

/// The results that the extension was told since this was last asked.
fn results(lab: &mut Lab) -> Vec<OneXCall> {
    let result = |call| match call {
        Call::OneX(_, result) => Some(result),
        _ => None,
    };
    lab.extension.calls().into_iter().filter_map(result).collect()
}

fn failures(lab: &mut Lab) -> Vec<Option<OneXFailure>> {
    results(lab).into_iter().map(|result| result.failure).collect()
}

fn wait(lab: &mut Lab, since: Duration) {
    lab.host.handle_timeout(NOW + since);
}

/// The question that is before the user.
fn question(lab: &mut Lab) -> Option<(Guid, Question)> {
    lab.kinds().into_iter().find_map(|kind| match kind {
        Kind::CredentialsRequested {
            request: Text(request),
            question,
        } => Some((request, question)),
        _ => None,
    })
}

/// An access point whose EAP server is in the next room.
struct AccessPoint {
    server: Server,
    rng: ChaCha12Rng,
    keys: Option<ExportedKeys>,
    last: Vec<u8>,
}

impl AccessPoint {
    /// Asks for the identity.
    fn begin(lab: &mut Lab, identifier: u8) -> Self {
        let offers: Vec<Box<dyn server::Offer>> = vec![
            Box::new(server::Md5Challenge {
                password: PASSWORD.into(),
            }),
            Box::new(server::Mschapv2 {
                password: PASSWORD.into(),
            }),
        ];
        let (server, request) = Server::begin(offers, identifier);
        let mut access_point = Self {
            server,
            rng: ChaCha12Rng::seed_from_u64(2),
            keys: None,
            last: Vec::new(),
        };
        access_point.send(lab, &request);
        access_point
    }

    fn send(&mut self, lab: &mut Lab, packet: &[u8]) {
        let pdu = Eapol {
            version: 2,
            packet_type: PacketType::EAP_PACKET,
            body: packet,
        };
        self.last = pdu.to_vec().unwrap();
        lab.receive(&self.last);
    }

    /// Answers what the station sends, until it sends nothing more. Returns the keys of the server.
    fn serve(&mut self, lab: &mut Lab) {
        loop {
            let packets = sent(lab);
            if packets.is_empty() {
                return;
            }
            for packet in packets {
                let eapol = Eapol::parse(&packet).unwrap();
                if eapol.packet_type != PacketType::EAP_PACKET {
                    continue;
                }
                let mut context = Context {
                    rng: &mut self.rng,
                    unix_time: Duration::ZERO,
                };
                let answer = match self.server.handle_packet(&mut context, eapol.body).unwrap() {
                    server::Reaction::Request(packet) | server::Reaction::Failed(packet) => packet,
                    server::Reaction::Succeeded(packet, keys) => {
                        self.keys = keys;
                        packet
                    }
                };
                self.send(lab, &answer);
            }
        }
    }
}

/// A whole authentication that succeeds.
fn authenticate(lab: &mut Lab, identifier: u8) -> ExportedKeys {
    let mut access_point = AccessPoint::begin(lab, identifier);
    access_point.serve(lab);
    access_point.keys.unwrap()
}

/// The association ends, and another one begins with the same profile.
fn associate_again(lab: &mut Lab) {
    lab.event(AdapterEvent::Disassociated {
        peer: AP,
        cause: DisassociationCause::Lost,
    });
    lab.associated();
    lab.forget();
    start(lab).unwrap();
}

/// An operation that waits for an answer to this question.
fn asking(lab: &mut Lab) -> (HostAdapter, Guid) {
    start(lab).unwrap();
    AccessPoint::begin(lab, 1).serve(lab);
    let (request, _) = question(lab).unwrap();
    (lab.adapter, request)
}

/// The handshake that follows an authentication, up to an open port.
fn open(lab: &mut Lab) {
    lab.receive(&air::message(MessageName::FourWay1));
    lab.send(MessageName::FourWay2).unwrap();
    lab.receive(&air::message(MessageName::FourWay3));
    lab.send(MessageName::FourWay4).unwrap();
    let adapter = lab.adapter;
    lab.inside(move |host| {
        host.set_key_mapping_key(adapter, air::pairwise(Some(&TK)))?;
        host.set_default_key(adapter, air::group(1, Some(&air::GTK)), Direction::Inbound)?;
        host.set_exclude_unencrypted(adapter, true)
    })
    .unwrap();
    let session = ihv::SecuritySession(lab.port().unwrap().session_id.into());
    lab.succeed(session).unwrap();
    lab.forget();
}
