//! One association while it is being observed: from the first authentication frame to whatever ends it.

mod moving;

use frame::MacAddress;
use frame::codes::{ReasonCode, StatusCode};
use frame::dot11::{AssociationRequest, AssociationResponse, Authentication, CapabilityInfo, SaQueryAction};
use frame::eap::{Code, EapPacket};
use frame::eapol::{Eapol, PacketType};
use frame::eapol_key::MessageName;
use frame::element::id;
use keys::suites::Credential;
use keys::{AkmSuite, CipherSuite};

use super::direct_link::Setup;
use super::eap::EapExchange;
use super::elements::{Found, protects_management, same_rsne, told_ssid};
use super::exchange::{KeyExchange, Moment};
use super::judge::{self, Beacons, Bearing, Data, Disconnection, Evidence, judge, refusal};
use super::key_message::KeyMessage;
use super::ladder::Ladder;
use super::networks::{Announced, Network};
use super::operation::{Event, MicState, Negotiated, Operation, Request, SaeStep, Sender, Step, Twin};
use super::outcome::{Compared, Finding};
use super::parties::Parties;
use super::plain::{PlainAssociation, Protection};
use super::secrets::Secrets;
use super::transition::{Hints, Protected};

/// The state between two stations.
pub(super) struct Association {
    bssid: MacAddress,
    sta: MacAddress,
    ssid: Option<Vec<u8>>,
    open_twin: Option<Twin>,
    negotiated: Option<Negotiated>,
    /// The RSNE or WPA element of the association request, whole.
    requested: Option<Vec<u8>>,
    /// What the access point announces.
    announced: Option<Announced>,
    hints: Hints,
    transition: Option<judge::Transition>,
    ladder: Ladder,
    eap: EapExchange,
    exchange: KeyExchange,
    phase: Phase,
    /// A message 2 was seen: encrypted data from here on shows that the access point accepted it.
    answered: bool,
    data: Option<Data>,
    sealed_data: Option<u64>,
    disconnection: Option<Disconnection>,
    forged_disconnection: Option<u64>,
    beacons: Beacons,
    /// The frame that granted an association without RSN and WPA, and what protects its data.
    plain: Option<(u64, Protection)>,
    pub(super) first_frame: u64,
    pub(super) last_frame: u64,
}

/// What an association turns out to have been.
pub(super) enum Closed {
    Operation(Box<Operation>),
    Plain(PlainAssociation),
    /// Too little was captured of it, or it came to nothing.
    Nothing,
}

/// How far an association has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Authenticating,
    /// The station has asked for the association.
    Requested,
    /// The access point has refused it, or an EAPOL frame has followed it.
    Answered,
}

impl Association {
    pub(super) fn new(bssid: MacAddress, sta: MacAddress, frame: u64) -> Self {
        Self {
            bssid,
            sta,
            ssid: None,
            open_twin: None,
            negotiated: None,
            requested: None,
            announced: None,
            hints: Hints::default(),
            transition: None,
            ladder: Ladder::default(),
            eap: EapExchange::default(),
            exchange: KeyExchange::default(),
            phase: Phase::Authenticating,
            answered: false,
            data: None,
            sealed_data: None,
            disconnection: None,
            forged_disconnection: None,
            beacons: Beacons::default(),
            plain: None,
            first_frame: frame,
            last_frame: frame,
        }
    }

    /// True if another authentication belongs to the next association.
    pub(super) fn is_requested(&self) -> bool {
        self.phase >= Phase::Requested
    }

    /// True if another request belongs to the next association. Until then, a station repeats it.
    pub(super) fn is_answered(&self) -> bool {
        self.phase >= Phase::Answered
    }

    /// Takes what the access point announces, unless it is known: what was announced before the handshake counts.
    pub(super) fn inform(&mut self, network: &Network) {
        if self.ssid.is_none() {
            self.ssid.clone_from(&network.ssid);
        }
        if self.open_twin.is_none() {
            self.open_twin.clone_from(&network.twin);
        }
        if self.announced.is_none() {
            self.announced = network.announced.clone();
        }
    }

    pub(super) fn authentication(&mut self, moment: Moment, sender: Sender, frame: &Authentication<'_>) {
        let Authentication {
            algorithm,
            sequence,
            status,
            body,
        } = *frame;
        self.ladder.push(moment.step(
            sender,
            Event::Authentication {
                algorithm,
                sequence,
                status,
                sae: SaeStep::read(frame),
            },
        ));
        if algorithm == Authentication::FAST_TRANSITION {
            self.prepare_transition(sender, body);
        }
    }

    pub(super) fn request(
        &mut self,
        moment: Moment,
        request: &AssociationRequest<'_>,
        reassociation: bool,
        secrets: &mut Secrets,
    ) {
        self.phase = Phase::Requested;
        let found = Found::among(request.elements);
        self.ssid = told_ssid(found.ssid).map(<[u8]>::to_vec).or(self.ssid.take());
        self.requested = found.security();
        self.negotiated = found.choice().or(self.negotiated);
        self.hints.learn(&found, self.akm());
        let protected = self
            .akm()
            .and_then(|akm| Protected::among(request.elements, &found, akm));
        self.transition = protected.map(|protected| judge::Transition {
            request: (moment.frame, self.prove_transition(&protected, secrets)),
            response: None,
        });
        let said = Request {
            reassociation,
            owe_group: found.owe_group(),
            transition: self.transition.map(|transition| transition.request.1),
            pmkid: found.pmkid(),
            channel: found.channel(),
        };
        self.ladder
            .push(moment.step(Sender::Station, Event::AssociationRequest(said)));
    }

    pub(super) fn response(&mut self, moment: Moment, response: &AssociationResponse<'_>, reassociation: bool) {
        let status = response.status;
        let found = Found::among(response.elements);
        if status == StatusCode::SUCCESS {
            self.hints.learn(&found, self.akm());
            self.plain = self.protection(response.capability).map(|plain| (moment.frame, plain));
        } else {
            self.phase = Phase::Answered;
        }
        let transition = (status == StatusCode::SUCCESS)
            .then(|| self.complete_transition(moment, response.elements, &found))
            .flatten();
        let response = Request {
            reassociation,
            owe_group: found.owe_group(),
            transition,
            pmkid: None,
            channel: found.channel(),
        };
        self.ladder
            .push(moment.step(Sender::AccessPoint, Event::AssociationResponse { status, response }));
    }

    /// What protects the data of an association for which no suites were agreed on, in a network that announces none.
    fn protection(&self, capability: CapabilityInfo) -> Option<Protection> {
        let announces = |announced: &Announced| announced.rsne.is_some() || announced.wpa.is_some();
        if self.negotiated.is_some() || self.announced.as_ref().is_some_and(announces) {
            return None;
        }
        Some(match capability.contains(CapabilityInfo::PRIVACY) {
            true => Protection::Wep,
            false => Protection::Open,
        })
    }

    /// Takes a decrypted frame of TDLS.
    pub(super) fn direct_link(&mut self, moment: Moment, sender: Sender, payload: &[u8]) {
        let Some(setup) = Setup::parse(payload) else { return };
        let mic = match setup.prove() {
            Some((tpk, MicState::Valid)) => {
                self.exchange.list(tpk.temporal_key());
                MicState::Valid
            }
            Some((_, mic)) => mic,
            None => MicState::Absent,
        };
        let Setup { step, status, .. } = setup;
        self.ladder
            .push(moment.step(sender, Event::DirectLink { step, status, mic }));
    }

    /// Takes an EAPOL packet. False if it is the message 1 of another association, which the caller begins.
    pub(super) fn eapol(
        &mut self,
        moment: Moment,
        sender: Sender,
        packet: &[u8],
        sealed_link: bool,
        secrets: &mut Secrets,
    ) -> bool {
        let Ok(eapol) = Eapol::parse(packet) else { return true };
        match eapol.packet_type {
            PacketType::KEY => return self.key(moment, packet, sealed_link, secrets),
            PacketType::EAP_PACKET => self.eap(moment, sender, eapol.body),
            _ => {}
        }
        true
    }

    fn eap(&mut self, moment: Moment, sender: Sender, body: &[u8]) {
        let Ok(packet) = EapPacket::parse(body) else { return };
        let event = match (packet.code, sender) {
            (Code::SUCCESS, Sender::AccessPoint) => Event::EapSuccess,
            (Code::FAILURE, Sender::AccessPoint) => Event::EapFailure,
            (Code::REQUEST, Sender::AccessPoint) | (Code::RESPONSE, Sender::Station) => {
                let Some(step) = self.eap.hear(sender, &packet, body) else {
                    return;
                };
                Event::Eap(step)
            }
            _ => return,
        };
        self.phase = Phase::Answered;
        self.ladder.push(moment.step(sender, event));
    }

    fn key(&mut self, moment: Moment, packet: &[u8], sealed_link: bool, secrets: &mut Secrets) -> bool {
        let Some(message) = KeyMessage::parse(packet, self.akm().map(|akm| akm.mic_len)) else {
            return true;
        };
        let KeyMessage { name, frame, .. } = &message;
        let in_the_clear = *name == MessageName::FourWay1 && !moment.encrypted;
        if in_the_clear && self.exchange.begins_anew(frame, sealed_link) {
            return false;
        }
        self.phase = Phase::Answered;
        self.answered |= *name == MessageName::FourWay2;
        if matches!(name, MessageName::FourWay2 | MessageName::FourWay3) && !frame.info.encrypted_key_data() {
            let found = Found::among(frame.key_data);
            if *name == MessageName::FourWay2 && self.requested.is_none() {
                self.negotiated = found.choice().or(self.negotiated);
            }
            self.hints.learn(&found, self.akm());
        }
        let parties = parties(self.bssid, self.sta, self.negotiated, self.ssid.as_deref(), &self.hints);
        self.exchange
            .receive(&mut self.ladder, moment, &message, parties.as_ref(), secrets);
        self.believe_choice();
        true
    }

    /// What a proved message 2 names is what the station chose.
    fn believe_choice(&mut self) {
        let chosen = self.exchange.chosen.as_ref();
        let proved = chosen.and_then(|(_, element)| Found::among(element).choice());
        self.negotiated = proved.or(self.negotiated);
    }

    /// True if encrypted frames can be opened.
    pub(super) fn can_open(&self) -> bool {
        self.exchange.can_open()
    }

    /// Opens an encrypted frame; the number of octets in `out`.
    pub(super) fn open(&mut self, header: &[u8], body: &[u8], out: &mut [u8]) -> Option<usize> {
        self.exchange.open(header, body, out)
    }

    /// What is known of the management MIC of a frame to all stations, where management frames are protected. One whose
    /// packet number had been used counts as invalid.
    pub(super) fn integrity(&mut self, header: &[u8], body: &[u8]) -> Option<MicState> {
        let protects = self.exchange.is_in_use() && self.negotiated?.group_management.is_some();
        let judged = protects.then(|| self.exchange.integrity.judge(header, body, false))?;
        Some(match judged.replayed {
            true => MicState::Invalid,
            false => judged.mic,
        })
    }

    /// True if beacons have to have a MIC.
    pub(super) fn protects_beacons(&self) -> bool {
        self.exchange.integrity.covers_beacons()
    }

    /// Takes a beacon of the network, once [`Self::protects_beacons`] says so.
    pub(super) fn beacon(&mut self, frame: u64, header: &[u8], body: &[u8]) {
        let judged = self.exchange.integrity.judge(header, body, true);
        self.beacons.note(frame, judged.mic, judged.replayed);
    }

    /// Takes a question whether the association stands, or its answer.
    pub(super) fn sa_query(&mut self, moment: Moment, sender: Sender, query: &SaQueryAction) {
        let SaQueryAction {
            kind,
            transaction,
            channel,
        } = *query;
        let event = Event::SaQuery {
            kind,
            transaction,
            channel,
        };
        self.ladder.push(moment.step(sender, event));
    }

    /// Notes an encrypted data frame.
    pub(super) fn note_sealed_data(&mut self, frame: u64) {
        if self.answered {
            self.sealed_data.get_or_insert(frame);
        }
    }

    /// Notes a data frame that opened under a key of this association.
    pub(super) fn note_data(&mut self, frame: u64) {
        self.data
            .get_or_insert(Data {
                first: frame,
                frames: 0,
            })
            .frames += 1;
    }

    /// Takes a deauthentication or disassociation. True if it ends the association: an unprotected one does not
    /// where management frames are protected (IEEE 802.11-2020, 11.13).
    pub(super) fn disconnect(&mut self, moment: Moment, sender: Sender, reason: ReasonCode, event: Event) -> bool {
        self.ladder.push(moment.step(sender, event));
        let protects = self
            .negotiated
            .is_some_and(|negotiated| negotiated.management_protected)
            && self.announced_rsne().is_some_and(protects_management);
        // With a key that is not known, the MIC may be right.
        let may_be_genuine =
            moment.encrypted || matches!(moment.integrity, Some(MicState::Valid | MicState::Unverified));
        if protects && self.exchange.is_in_use() && !may_be_genuine {
            self.forged_disconnection.get_or_insert(moment.frame);
            return false;
        }
        self.disconnection = Some(Disconnection {
            frame: moment.frame,
            sender,
            reason,
        });
        true
    }

    /// What it was: without RSN or WPA there is nothing to do after an association, and no operation.
    pub(super) fn close(mut self, secrets: &mut Secrets) -> Closed {
        let chosen = self.negotiated.is_some();
        if !chosen {
            self.negotiated = self.announced.as_ref().and_then(Announced::only_choice);
        }
        let parties = parties(self.bssid, self.sta, self.negotiated, self.ssid.as_deref(), &self.hints);
        if let Some(parties) = &parties {
            self.exchange.retry(&mut self.ladder, parties, secrets);
        }
        let bearing = match &parties {
            // Where the PMK is new each time, not every secret would do.
            Some(parties) if secrets.is_empty() && parties.akm.credential != Credential::Psk => Bearing::NoneForThis,
            _ if secrets.is_empty() => Bearing::NoneGiven,
            Some(parties) if secrets.concern(parties.akm, parties.ssid) => Bearing::Given,
            _ => Bearing::NoneForThis,
        };
        self.believe_choice();
        let mismatch = self.mismatch();
        let is_rsn = self.announced_rsne().is_some();
        let akm = self.akm();
        let (steps, unlisted) = self.ladder.into_parts();
        let is_operation = steps
            .iter()
            .any(|step| matches!(step.event, Event::Key(_) | Event::EapFailure))
            || chosen && self.phase >= Phase::Requested
            || (is_rsn || chosen) && refusal(&steps).is_some()
            || steps.iter().any(is_sae);
        if !is_operation {
            return self.plain.map_or(Closed::Nothing, |(frame, protection)| {
                Closed::Plain(PlainAssociation {
                    bssid: self.bssid,
                    sta: self.sta,
                    ssid: self.ssid,
                    protection,
                    frame,
                })
            });
        }
        let verdict = judge(&Evidence {
            steps: &steps,
            unlisted,
            mismatch,
            transition: self.transition,
            data: self.data,
            sealed_data: self.sealed_data,
            disconnection: self.disconnection,
            forged_disconnection: self.forged_disconnection,
            beacons: self.beacons,
            secrets: bearing,
            akm,
            is_wpa: self.negotiated.is_some_and(Negotiated::is_wpa),
        });
        Closed::Operation(Box::new(Operation {
            bssid: self.bssid,
            sta: self.sta,
            ssid: self.ssid,
            open_twin: self.open_twin,
            negotiated: self.negotiated,
            steps,
            unlisted,
            temporal_keys: self.exchange.temporal_keys,
            group_keys: self.exchange.group_keys,
            management_keys: self.exchange.management_keys,
            beacon_keys: self.exchange.beacon_keys,
            verdict,
        }))
    }

    /// Compares what proved messages repeat with what was said before the handshake (12.7.6.3, 12.7.6.4).
    fn mismatch(&self) -> Option<Finding> {
        let confirmed = self.exchange.confirmed.as_ref().zip(self.announced.as_ref());
        let by_access_point = confirmed.and_then(|(confirmed, announced)| {
            Some(Finding::ElementMismatch {
                frame: confirmed.frame,
                sender: Sender::AccessPoint,
                element: confirmed.contradicts(announced)?,
            })
        });
        by_access_point.or_else(|| {
            let (frame, chosen) = self.exchange.chosen.as_ref()?;
            let element = match chosen.first() {
                Some(&id::VENDOR_SPECIFIC) => Compared::Wpa,
                _ => Compared::Rsne,
            };
            let same = same_rsne(chosen, self.requested.as_deref()?);
            (!same).then_some(Finding::ElementMismatch {
                frame: *frame,
                sender: Sender::Station,
                element,
            })
        })
    }

    fn announced_rsne(&self) -> Option<&[u8]> {
        self.announced.as_ref()?.rsne.as_deref()
    }

    fn akm(&self) -> Option<&'static AkmSuite> {
        AkmSuite::of(self.negotiated?.akm)
    }
}

/// Borrows single fields of an association, so that its others stay free.
fn parties<'a>(
    bssid: MacAddress,
    sta: MacAddress,
    negotiated: Option<Negotiated>,
    ssid: Option<&'a [u8]>,
    hints: &'a Hints,
) -> Option<Parties<'a>> {
    let Negotiated {
        akm,
        pairwise,
        group_management,
        ..
    } = negotiated?;
    Some(Parties {
        aa: bssid,
        spa: sta,
        akm: AkmSuite::of(akm)?.with_cipher(pairwise),
        cipher: CipherSuite::of(pairwise)?,
        group_management,
        ssid,
        mobility: hints.mobility.as_ref(),
    })
}

/// SAE is for robust security networks only: whatever comes of it, it is the beginning of an operation.
fn is_sae(step: &Step) -> bool {
    matches!(step.event, Event::Authentication { sae: Some(_), .. })
}
