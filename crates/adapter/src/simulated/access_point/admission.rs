//! How a station gets to its handshake: what it is answered to its probe, its authentication and its association.

use super::client::Client;
use super::eap::Conversation;
use super::users::is_of_users;
use super::{AccessPoint, Frames, transition};
use core::time::Duration;
use frame::dot11::{AssociationId, AssociationResponse, Authentication, Beacon, MacHeader, Management};
use frame::element::{self, id};
use frame::rsne::Rsne;
use frame::{Emit, MacAddress, StatusCode};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::Rng;
use rsn::{Association, Authenticator, Elements};

/// How an association begins.
enum Entry {
    /// Without a handshake.
    Open,
    /// With a key that both sides have.
    Known(Box<Authenticator>),
    /// With the authentication of the user.
    Unproved(Box<Conversation>),
}

impl AccessPoint {
    pub(super) fn answer_probe(&mut self, now: Duration, station: MacAddress, elements: &[u8], out: &mut Frames) {
        let wanted = element::find(elements, id::SSID)
            .ok()
            .flatten()
            .map(|ssid| ssid.body)
            .unwrap_or_default();
        if !wanted.is_empty() && wanted != self.config.ssid {
            return;
        }
        self.send_management(station, &Management::ProbeResponse(self.announcement(now)), out);
    }

    /// Sends one beacon.
    pub(in crate::simulated) fn send_beacon(&mut self, now: Duration, out: &mut Frames) {
        if !self.on {
            return;
        }
        let bssid = self.config.bssid;
        let body = Management::Beacon(self.announcement(now));
        let header = MacHeader::management(body.subtype(), MacAddress::BROADCAST, bssid, bssid);
        let octets = body.to_vec().unwrap_or_default();
        out.extend(self.group.seal_beacon(header, &octets));
    }

    /// What a beacon and the answer to a probe say.
    fn announcement(&self, now: Duration) -> Beacon<'_> {
        Beacon {
            timestamp: u64::try_from(now.as_micros()).unwrap_or(u64::MAX),
            interval: 100,
            capability: self.capability(),
            elements: &self.elements,
        }
    }

    pub(super) fn answer_authentication(
        &mut self,
        station: MacAddress,
        request: &Authentication<'_>,
        out: &mut Frames,
    ) {
        let status = match self.config.refuse_authentication {
            Some(status) => status,
            None if request.algorithm != Authentication::OPEN => StatusCode::UNSUPPORTED_AUTH_ALGORITHM,
            None => StatusCode(0),
        };
        let client = self.clients.get(&station);
        if status.0 == 0 && !client.is_some_and(|client| client.demands_protection()) {
            // What an earlier authentication led to is over by this one, unless it could be anybody's.
            self.clients.insert(station, Box::default());
        }
        let answer = Authentication {
            algorithm: request.algorithm,
            sequence: 2,
            status,
            body: &[],
        };
        self.send_management(station, &Management::Authentication(answer), out);
    }

    /// A station comes from another access point: by fast transition, or as any other one.
    pub(super) fn reassociate(
        &mut self,
        now: Duration,
        station: MacAddress,
        elements: &[u8],
        rng: &mut ChaCha20Rng,
        out: &mut Frames,
    ) {
        let mut effects = rsn::Effects::new();
        let keys = self.group.deliverable();
        let Some(moved) = self
            .transitions
            .reassociate(now, &self.config, station, elements, &keys, &mut effects)
        else {
            return self.associate(now, station, elements, rng, out);
        };
        let answer = moved.as_ref().map(|(_, answer)| &answer[..]).unwrap_or_default();
        let response = AssociationResponse {
            capability: self.capability(),
            status: moved.as_ref().err().copied().unwrap_or(StatusCode::SUCCESS),
            aid: AssociationId::new(self.next_aid),
            elements: answer,
        };
        self.send_management(station, &Management::ReassociationResponse(response), out);
        let Ok((authenticator, _)) = moved else { return };
        self.next_aid = self.next_aid % 2007 + 1;
        let mut client = Box::new(Client::associated(Some(authenticator)));
        client.apply(station, self.config.bssid, &mut effects, out);
        self.clients.insert(station, client);
    }

    pub(super) fn associate(
        &mut self,
        now: Duration,
        station: MacAddress,
        elements: &[u8],
        rng: &mut ChaCha20Rng,
        out: &mut Frames,
    ) {
        let mut answer = Vec::new();
        let comeback = self.doubt(now, station, rng, out);
        let entry = match self.config.refuse_association {
            Some(status) => Err(status),
            None if comeback.is_some() => Err(StatusCode::REFUSED_TEMPORARILY),
            None if self.config.akms.is_empty() => Ok(Entry::Open),
            None => self.entry(now, station, elements, rng, &mut answer),
        };
        answer.extend(
            comeback
                .into_iter()
                .flat_map(|comeback| comeback.to_vec().unwrap_or_default()),
        );
        let status = entry.as_ref().err().copied().unwrap_or(StatusCode(0));
        let response = AssociationResponse {
            capability: self.capability(),
            status,
            aid: AssociationId::new(self.next_aid),
            elements: &answer,
        };
        self.send_management(station, &Management::AssociationResponse(response), out);
        let Ok(entry) = entry else { return };
        self.next_aid = self.next_aid % 2007 + 1;
        let mut client = Box::new(match entry {
            Entry::Open => Client::associated(None),
            Entry::Known(authenticator) => Client::associated(Some(*authenticator)),
            Entry::Unproved(conversation) => Client::unproved(conversation),
        });
        if let Some(key) = &self.config.secrets.wep {
            client.keys.set_wep(key);
        }
        if let Some(foreign) = &self.config.foreign {
            let mut randomness = [0; 32];
            rng.fill_bytes(&mut randomness);
            client.converse((foreign.begin)(station, randomness));
        }
        self.clients.insert(station, client);
        self.with_client(station, out, |client, effects| {
            if let Some(authenticator) = &mut client.authenticator {
                authenticator.start(now, rng, effects);
            }
        });
        self.ask(station, out);
    }

    /// How a new association begins; what the response has to say goes to `answer`.
    fn entry(
        &mut self,
        now: Duration,
        station: MacAddress,
        elements: &[u8],
        rng: &mut ChaCha20Rng,
        answer: &mut Vec<u8>,
    ) -> Result<Entry, StatusCode> {
        const INVALID: StatusCode = StatusCode::INVALID_ELEMENT;
        let find = match self.config.is_wpa() {
            true => Elements::find_wpa,
            false => Elements::find,
        };
        let requested = find(elements).ok().flatten().ok_or(INVALID)?;
        let own = find(&self.elements).ok().flatten().ok_or(INVALID)?;
        // How long the key is shows once it is there; it decides how long MICs of fast transitions are.
        let negotiate = |answer: &mut Vec<u8>, pmk_len| {
            let facts = transition::facts(&self.config, elements, pmk_len);
            answer.clear();
            answer.extend(
                facts
                    .mobility
                    .iter()
                    .flat_map(|mobility| mobility.elements().into_vec()),
            );
            Association::negotiate_with(self.config.bssid, station, requested.clone(), own.clone(), facts)
                .map_err(|_| INVALID)
        };
        let association = negotiate(answer, None)?;
        let pmkids = requested_pmkids(elements);
        let wanted = (association.akm(), &pmkids[..]);
        let known = match self
            .authenticating
            .key(now, &self.config, station, wanted, elements, rng)
        {
            Ok(known) => known,
            // Also where a key was named that is not known any more.
            Err(status) => {
                let server = self
                    .config
                    .secrets
                    .eap
                    .as_ref()
                    .filter(|_| is_of_users(association.akm()));
                let conversation = Conversation::begin(now, server.ok_or(status)?, Some(Box::new(association)));
                return Ok(Entry::Unproved(Box::new(conversation)));
            }
        };
        let association = match association.mobility() {
            Some(_) => negotiate(answer, Some(known.pmk.as_bytes().len()))?,
            None => association,
        };
        answer.extend(known.elements);
        let keys = self.group.deliverable();
        let authenticator =
            Authenticator::new(association, known.pmk, &keys, self.config.retry).map_err(|_| INVALID)?;
        let authenticator = self.config.instruct(authenticator);
        Ok(Entry::Known(Box::new(match known.pmkid {
            Some(pmkid) => authenticator.with_pmkid(pmkid),
            None => authenticator,
        })))
    }
}

/// The names of keys in the RSNE of a request.
fn requested_pmkids(elements: &[u8]) -> Vec<[u8; 16]> {
    element::find(elements, id::RSN)
        .ok()
        .flatten()
        .and_then(|rsne| Rsne::parse(rsne.body).ok())
        .map(|rsne| rsne.pmkids_or_default().to_vec())
        .unwrap_or_default()
}
