//! The users of stations: their authentication, and the keys that it leaves.

use super::authentication::LIFETIME;
use super::client::Client;
use super::config::AccessPointConfig;
use super::eap::{self, Conversation, Progress, Retry};
use super::{AccessPoint, Frames};
use core::time::Duration;
use frame::eapol::{Eapol, PacketType};
use frame::{Akm, MacAddress, ReasonCode};
use keys::AkmSuite;
use keys::suites::Credential;
use onex::method::ExportedKeys;
use rand_chacha::ChaCha20Rng;
use rsn::{Authenticator, Pmksa};

/// The authentication by 802.1X has failed (IEEE 802.11-2020, Table 9-49).
const FAILED: ReasonCode = ReasonCode(23);

/// Whether users are authenticated under this AKM.
pub(super) fn is_of_users(akm: Akm) -> bool {
    AkmSuite::of(akm).is_some_and(|suite| suite.credential == Credential::Eap)
}

/// The key that the last handshake has proved, and since when it is there, if it is new.
pub(super) fn proved(
    client: &mut Client,
    station: MacAddress,
    config: &AccessPointConfig,
) -> Option<(Duration, Pmksa)> {
    let authenticator = client.authenticator.as_ref().filter(|_| client.authorized)?;
    // With Suite B the handshake makes the name.
    let pmkid = authenticator.pmkid()?;
    let akm = authenticator.association().akm();
    let (pmk, now) = client.fresh.take()?;
    let entry = Pmksa {
        pmkid,
        pmk,
        akm,
        scope: config.ssid.as_slice().into(),
        authenticator: config.bssid,
        supplicant: station,
        expires: now + LIFETIME,
    };
    Some((now, entry))
}

impl AccessPoint {
    /// Authenticates the user of an associated station again.
    pub(in crate::simulated) fn reauthenticate(&mut self, now: Duration, station: MacAddress, out: &mut Frames) {
        let (Some(server), Some(client)) = (&self.config.secrets.eap, self.clients.get_mut(&station)) else {
            return;
        };
        // The association of a first authentication that is given up for this one stays without a key.
        let association = client.eap.take().and_then(|given_up| given_up.association);
        if association.is_some() || client.authenticator.is_some() {
            client.eap = Some(Box::new(Conversation::begin(now, server, association)));
        }
        self.ask(station, out);
    }

    /// Sends the request that waits for its answer, if there is one.
    pub(super) fn ask(&mut self, station: MacAddress, out: &mut Frames) {
        let bssid = self.config.bssid;
        if let Some(client) = self.clients.get_mut(&station)
            && let Some(request) = client.eap.as_ref().map(|conversation| conversation.request())
        {
            client.send_eapol(station, bssid, &request, out);
        }
        self.with_client(station, out, |_, _| {});
    }

    /// The time for an answer may be over.
    pub(super) fn ask_again(&mut self, now: Duration, station: MacAddress, out: &mut Frames) {
        let conversation = self.clients.get_mut(&station).and_then(|client| client.eap.as_mut());
        match conversation.map(|conversation| conversation.handle_timeout(now)) {
            Some(Retry::Again) => self.ask(station, out),
            Some(Retry::GiveUp) => self.deauthenticate(station, FAILED, out),
            Some(Retry::Wait) | None => {}
        }
    }

    /// Takes an EAPOL PDU that is no EAPOL-Key.
    pub(super) fn handle_user(
        &mut self,
        now: Duration,
        station: MacAddress,
        pdu: &[u8],
        rng: &mut ChaCha20Rng,
        out: &mut Frames,
    ) {
        let Ok(eapol) = Eapol::parse(pdu) else { return };
        if eapol.packet_type == PacketType::START {
            return self.reauthenticate(now, station, out);
        }
        let bssid = self.config.bssid;
        let Some(client) = self.clients.get_mut(&station) else {
            return;
        };
        let conversation = client
            .eap
            .as_mut()
            .filter(|_| eapol.packet_type == PacketType::EAP_PACKET);
        let Some(progress) = conversation.and_then(|eap| eap.handle_packet(now, eapol.body, rng)) else {
            return;
        };
        match progress {
            Progress::Asked => self.ask(station, out),
            Progress::Succeeded(packet, keys) => {
                client.send_eapol(station, bssid, &packet, out);
                self.let_in(now, station, keys, rng, out);
            }
            Progress::Failed(packet) => {
                client.send_eapol(station, bssid, &packet, out);
                self.deauthenticate(station, FAILED, out);
            }
        }
    }

    /// The user is who they say: the handshake follows.
    fn let_in(
        &mut self,
        now: Duration,
        station: MacAddress,
        keys: Option<ExportedKeys>,
        rng: &mut ChaCha20Rng,
        out: &mut Frames,
    ) {
        let group = self.group.deliverable();
        let config = &self.config;
        let prepare = |client: &mut Client| {
            let association = client.eap.take()?.association;
            let akm = match (&association, &client.authenticator) {
                (Some(association), _) => association.akm(),
                (None, Some(authenticator)) => authenticator.association().akm(),
                (None, None) => return None,
            };
            let pmk = eap::pmk(akm, &keys?)?;
            client.fresh = Some((pmk.duplicate(), now));
            match (association, &mut client.authenticator) {
                (Some(association), place) => {
                    let authenticator = Authenticator::new(*association, pmk, &group, config.retry).ok()?;
                    *place = Some(config.instruct(authenticator));
                }
                (None, Some(authenticator)) => authenticator.set_pmk(pmk).ok()?,
                (None, None) => return None,
            }
            Some(())
        };
        let Some(client) = self.clients.get_mut(&station) else {
            return;
        };
        if prepare(client).is_none() {
            // A method without keys lets nobody into a network without wires.
            return self.deauthenticate(station, FAILED, out);
        }
        self.with_client(station, out, |client, effects| {
            if let Some(authenticator) = &mut client.authenticator {
                authenticator.start(now, rng, effects);
            }
        });
    }
}
