//! One post-association operation: a supplicant on a data port where there is an AKM, and how its effects
//! reach the host.

use crate::approach::{self, Known, Stage};
use crate::connection::{Connection, Proof};
use crate::suites;
use core::time::Duration;
use frame::codes::StatusCode;
use frame::dot11::{Management, management_subtype};
use frame::eapol_key::MessageName;
use frame::ethertype::EtherType;
use frame::{Cipher, MacAddress};
use ihv::{
    AssociationParameters, CipherAlgorithm, DefaultKey, Direction, Failure, Host, HostAdapter, KeyMappingKey,
    KeyMaterial, Reason, SecurityElement, SecurityPacket, SecuritySession, SendCompletion, Win32Error,
};
use rand_core::CryptoRng;
use rsn::ft::{Hierarchy, Mobility, Transition};
use rsn::refusal::NegotiatedElement;
use rsn::sa_query::{self, SaQuery, Verdict};
use rsn::{Association, Effect, Effects, Elements, Facts, Refusal, Request, Supplicant};

/// How long the access point may stay silent. It repeats a message after 0.1 s and then every second,
/// three times in all, so that it has given up by then.
const PATIENCE: Duration = Duration::from_secs(5);

/// The fixed fields of an association request and of a reassociation request, octets
/// (IEEE 802.11-2020, Tables 9-34 and 9-36).
const REQUEST_FIXED: usize = 4;
const REASSOCIATION_FIXED: usize = 10;

/// The fixed fields of a (re)association response, octets (IEEE 802.11-2020, Table 9-35).
const RESPONSE_FIXED: usize = 6;

/// The fixed fields of a Beacon, octets (IEEE 802.11-2020, Table 9-32).
const BEACON_FIXED: usize = 12;

/// See the module.
pub(crate) struct Operation {
    adapter: HostAdapter,
    session: SecuritySession,
    peer: MacAddress,
    task: Task,
    state: State,
    /// Whether the access point still has its keys, while that is in doubt.
    query: Option<Box<SaQuery>>,
    /// The handshake is the first proof of the secret.
    rests_on_pmk: bool,
    /// The name of the key, if it is of an earlier authentication.
    named: Option<[u8; 16]>,
    news: News,
}

/// What an operation has learnt about its network since it was last asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// The operation has completed successfully.
    pub authorized: bool,
    /// Modes of transition that the network does not need any more, as bits.
    pub disabled: u8,
    /// The key of this name, which both sides were to have, is good for nothing.
    pub useless: Option<[u8; 16]>,
}

impl News {
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            authorized: self.authorized || other.authorized,
            disabled: self.disabled | other.disabled,
            useless: match self.useless {
                Some(pmkid) => Some(pmkid),
                None => other.useless,
            },
        }
    }
}

/// What there is to do before data may pass.
enum Task {
    /// Nothing: the network is open, or the adapter has done it.
    Nothing,
    /// A static key is to be installed.
    Wep { cipher: Cipher, key: KeyMaterial },
    /// A 4-way handshake, and whatever handshakes follow it.
    Handshake(Box<Supplicant>),
    /// The end of a fast transition: these elements of the reassociation response are to be checked.
    Transition {
        transition: Box<Transition>,
        response: Vec<u8>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is no handshake: the operation completes as soon as the host calls back (R16).
    Due,
    /// The handshake goes on; the access point has until then.
    Pending { deadline: Duration },
    /// Completed successfully; the handshakes that follow are the access point's affair.
    Authorized,
    /// Completed as a failure, or about to be.
    Failed,
}

/// What all operations share while one of them runs.
pub(crate) struct Context<'a> {
    pub host: &'a mut dyn Host,
    pub rng: &'a mut dyn CryptoRng,
    pub effects: &'a mut Effects,
    pub completions: &'a mut Completions,
}

/// The packets whose completion the host owes (R26).
#[derive(Default)]
pub(crate) struct Completions {
    last: u64,
    outstanding: Vec<u64>,
}

impl Completions {
    fn next(&mut self) -> SendCompletion {
        self.last += 1;
        self.outstanding.push(self.last);
        SendCompletion(self.last)
    }

    pub(crate) fn complete(&mut self, completion: SendCompletion) -> Result<(), Win32Error> {
        let index = self
            .outstanding
            .iter()
            .position(|outstanding| *outstanding == completion.0)
            .ok_or(Win32Error::INVALID_HANDLE)?;
        self.outstanding.swap_remove(index);
        Ok(())
    }
}

impl Operation {
    /// Begins the operation on a new port: waits for message 1, if there is to be a handshake.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_DATA`] if the frames of the association do not agree on anything that this
    /// extension could do.
    pub(crate) fn begin(
        now: Duration,
        adapter: HostAdapter,
        own_address: MacAddress,
        session: SecuritySession,
        parameters: &AssociationParameters<'_>,
        connection: &Connection,
        stage: Stage,
    ) -> Result<Self, Win32Error> {
        if parameters.auth != connection.selection.auth() || parameters.unicast_cipher != connection.selection.unicast()
        {
            return Err(Win32Error::INVALID_DATA);
        }
        let named = match &stage {
            Stage::Named(known) => Some(known.pmkid),
            _ => None,
        };
        let response = parameters.response.get(RESPONSE_FIXED..).unwrap_or_default();
        if let Stage::Moving(transition) = stage {
            return Ok(Self {
                adapter,
                session,
                peer: parameters.peer,
                task: Task::Transition {
                    transition,
                    response: response.to_vec(),
                },
                state: State::Due,
                query: None,
                rests_on_pmk: false,
                named: None,
                news: News::default(),
            });
        }
        let known = match stage {
            Stage::Known(known) | Stage::Named(known) => Some(known),
            Stage::Agreeing(agreement) => {
                let agreed = agreement.agree(response).map_err(|_| Win32Error::INVALID_DATA)?;
                Some(Known {
                    pmk: agreed.pmk,
                    pmkid: agreed.pmkid,
                })
            }
            Stage::Silent | Stage::Exchanging(_) | Stage::Moving(_) => None,
        };
        let task = match &connection.proof {
            _ if parameters.port_authorized => Task::Nothing,
            Proof::Open => Task::Nothing,
            Proof::Wep(key) => Task::Wep {
                cipher: parameters.multicast_cipher.cipher().ok_or(Win32Error::INVALID_DATA)?,
                key: material(key.as_bytes())?,
            },
            Proof::Pmk(pmk) => {
                let association = negotiated(own_address, parameters, &connection.ssid)?;
                let supplicant = Supplicant::new(association, pmk.duplicate()).map_err(|_| Win32Error::INVALID_DATA)?;
                Task::Handshake(Box::new(supplicant))
            }
            Proof::Password(_) | Proof::Owe => {
                let Known { pmk, pmkid } = known.ok_or(Win32Error::INVALID_STATE)?;
                let association = negotiated(own_address, parameters, &connection.ssid)?;
                let supplicant = Supplicant::new(association, pmk).map_err(|_| Win32Error::INVALID_DATA)?;
                Task::Handshake(Box::new(supplicant.with_pmkid(pmkid)))
            }
        };
        let state = match task {
            Task::Handshake(_) => State::Pending {
                deadline: now + PATIENCE,
            },
            Task::Nothing | Task::Wep { .. } | Task::Transition { .. } => State::Due,
        };
        Ok(Self {
            adapter,
            session,
            peer: parameters.peer,
            task,
            state,
            query: None,
            rests_on_pmk: matches!(connection.proof, Proof::Pmk(_)),
            named,
            news: News::default(),
        })
    }

    pub(crate) fn peer(&self) -> MacAddress {
        self.peer
    }

    /// The keys of the mobility domain, after the first association in one.
    pub(crate) fn hierarchy(&self) -> Option<&Hierarchy> {
        match &self.task {
            Task::Handshake(supplicant) => supplicant.hierarchy(),
            _ => None,
        }
    }

    pub(crate) fn take_news(&mut self) -> News {
        core::mem::take(&mut self.news)
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Due => Some(Duration::ZERO),
            State::Pending { deadline } => Some(deadline),
            State::Authorized => self.query.as_ref()?.next_timeout(),
            State::Failed => None,
        }
    }

    /// An EAPOL packet has come.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_DATA`] for one that was refused.
    pub(crate) fn receive(&mut self, context: &mut Context<'_>, pdu: &[u8]) -> Result<(), Win32Error> {
        if self.state == State::Failed {
            return Err(Win32Error::INVALID_STATE);
        }
        let Task::Handshake(supplicant) = &mut self.task else {
            return Err(Win32Error::INVALID_STATE);
        };
        match supplicant.handle_eapol(pdu, context.rng, context.effects) {
            Ok(_) => {
                if let State::Pending { deadline } = &mut self.state {
                    *deadline = context.host.now() + PATIENCE;
                }
                self.execute(context)
            }
            Err(Refusal::ElementMismatch(element)) => {
                let element = match element {
                    NegotiatedElement::Rsnxe => SecurityElement::Rsnxe,
                    _ => SecurityElement::Rsne,
                };
                self.fail(
                    context.host,
                    Failure::ElementMismatch(element),
                    Win32Error::INVALID_DATA,
                );
                Err(Win32Error::INVALID_DATA)
            }
            Err(_) => Err(Win32Error::INVALID_DATA),
        }
    }

    /// A TKIP frame failed its MIC: the access point has to know.
    pub(crate) fn report_mic_failure(&mut self, context: &mut Context<'_>, group: bool) -> Result<(), Win32Error> {
        let request = if group {
            Request::GroupMicFailure
        } else {
            Request::PairwiseMicFailure
        };
        let Task::Handshake(supplicant) = &mut self.task else {
            return Err(Win32Error::INVALID_STATE);
        };
        supplicant
            .request_rekey(request, context.effects)
            .map_err(|_| Win32Error::INVALID_STATE)?;
        self.execute(context)
    }

    /// Somebody without the keys says that the association is over: is the access point still there, and does it have
    /// them (IEEE 802.11-2020, 11.13)?
    ///
    /// # Errors
    /// What the host says.
    pub(crate) fn doubt(&mut self, context: &mut Context<'_>) -> Result<(), Win32Error> {
        if self.state != State::Authorized {
            return Ok(());
        }
        let query = self.query.get_or_insert_with(|| Box::new(SaQuery::new(None)));
        match query.start(context.host.now(), context.rng) {
            Some(question) => context.host.send_action(self.adapter, self.peer, &question),
            None => Ok(()),
        }
    }

    /// An action frame of the access point's has come, with its protection proved.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_DATA`] for one that was refused.
    pub(crate) fn receive_action(&mut self, context: &mut Context<'_>, body: &[u8]) -> Result<(), Win32Error> {
        let Ok(Management::Action(action)) = Management::parse(management_subtype::ACTION, body) else {
            return Err(Win32Error::INVALID_DATA);
        };
        let query = self.query.get_or_insert_with(|| Box::new(SaQuery::new(None)));
        match query.handle(&action) {
            Ok(sa_query::Received::Answer(answer)) => context.host.send_action(self.adapter, self.peer, &answer),
            Ok(sa_query::Received::Verdict(_)) => Ok(()),
            Err(_) => Err(Win32Error::INVALID_DATA),
        }
    }

    /// The time for an answer is over: asks again, or gives the association up.
    fn wonder(&mut self, context: &mut Context<'_>) {
        let now = context.host.now();
        let Some(query) = &mut self.query else { return };
        match query.handle_timeout(now, context.rng) {
            Some(sa_query::Timeout::Ask(question)) => {
                // A host that refuses has ended the association already.
                let _ = context.host.send_action(self.adapter, self.peer, &question);
            }
            Some(sa_query::Timeout::Verdict(Verdict::Lost)) => {
                self.fail(context.host, Failure::Unanswered, Win32Error::TIMEOUT);
            }
            Some(sa_query::Timeout::Verdict(Verdict::Alive)) | None => {}
        }
    }

    /// The deadline has passed.
    pub(crate) fn handle_timeout(&mut self, context: &mut Context<'_>) {
        if self.state == State::Authorized {
            return self.wonder(context);
        }
        let Task::Handshake(supplicant) = &self.task else {
            return self.finish(context);
        };
        let failure = match supplicant.waiting_for() {
            // Any other secret than this was proved before the association.
            Some(MessageName::FourWay3) if self.rests_on_pmk && supplicant.repeats_of_message_1() > 0 => {
                Failure::WrongSecret(ihv::Proof::Suspected)
            }
            Some(message) => Failure::Silent(message),
            None => return,
        };
        self.fail(context.host, failure, Win32Error::TIMEOUT);
    }

    /// Completes an operation that has no handshake.
    fn finish(&mut self, context: &mut Context<'_>) {
        if self.state != State::Due {
            return;
        }
        if let Task::Transition { transition, response } = &mut self.task {
            match transition.handle_reassociation(StatusCode::SUCCESS, response, context.effects) {
                Ok(supplicant) => {
                    self.task = Task::Handshake(Box::new(supplicant));
                    // A host that refuses has been told why by the completion.
                    let _ = self.execute(context);
                }
                Err(refusal) => {
                    let refused = approach::transition_failure(&refusal);
                    self.state = State::Failed;
                    self.complete(context.host, refused.reason, refused.error);
                }
            }
            return;
        }
        match self.install_wep(context.host) {
            Ok(()) => self.succeed(context.host),
            Err(error) => self.fail(context.host, Failure::Internal, error),
        }
    }

    /// One key for everything that is sent and received (IEEE 802.11-2020, 12.3.2).
    fn install_wep(&self, host: &mut dyn Host) -> Result<(), Win32Error> {
        let Task::Wep { cipher, key } = &self.task else {
            return Ok(());
        };
        let key = DefaultKey {
            index: 0,
            cipher: CipherAlgorithm::of_cipher(*cipher),
            peer: None,
            receive_counter: [0; 6],
            key: Some(key.duplicate()),
        };
        host.set_default_key(self.adapter, key, Direction::Both)?;
        host.set_default_key_id(self.adapter, 0)?;
        host.set_exclude_unencrypted(self.adapter, true)
    }

    /// Completes a pending operation as cancelled (R07).
    pub(crate) fn cancel(&mut self, host: &mut dyn Host) {
        if matches!(self.state, State::Due | State::Pending { .. }) {
            self.state = State::Failed;
            self.complete(host, Reason::UNKNOWN, Win32Error::CANCELLED);
        }
    }

    /// Does what the supplicant wants, in its order: message 4 before the pairwise key, the group keys
    /// after it, the exclusion of unencrypted data before success (R30).
    fn execute(&mut self, context: &mut Context<'_>) -> Result<(), Win32Error> {
        while let Some(effect) = context.effects.pop() {
            if let Err(error) = self.apply(context, effect) {
                // What would follow relies on what has failed.
                context.effects.drain().for_each(drop);
                self.fail(context.host, Failure::Internal, error);
                return Err(error);
            }
        }
        Ok(())
    }

    fn apply(&mut self, context: &mut Context<'_>, effect: Effect) -> Result<(), Win32Error> {
        let host = &mut *context.host;
        match effect {
            Effect::Send(pdu) => {
                let packet = SecurityPacket {
                    peer: self.peer,
                    ethertype: EtherType::EAPOL,
                    data: pdu.as_bytes(),
                };
                let completion = context.completions.next();
                host.send_packet(self.adapter, packet, completion).inspect_err(|_| {
                    // A packet that the host refused is not completed by it.
                    let _ = context.completions.complete(completion);
                })
            }
            Effect::InstallPairwise { cipher, key } => host.set_key_mapping_key(
                self.adapter,
                KeyMappingKey {
                    peer: self.peer,
                    cipher: CipherAlgorithm::of_cipher(cipher),
                    direction: Direction::Both,
                    key_id: 0,
                    receive_counter: [0; 6],
                    key: Some(material(key.as_bytes())?),
                },
            ),
            Effect::InstallGroup { cipher, key } => {
                self.install_default(host, cipher, key.key_id(), key.pn().to_le_bytes(), key.as_bytes())
            }
            Effect::InstallGroupManagement { cipher, key } => {
                self.install_default(host, cipher, key.key_id(), key.pn().to_le_bytes(), key.as_bytes())
            }
            Effect::InstallBeacon { cipher, key } => {
                self.install_default(host, cipher, key.key_id(), key.pn().to_le_bytes(), key.as_bytes())
            }
            Effect::TransitionDisabled(modes) => {
                self.news.disabled |= modes;
                Ok(())
            }
            Effect::Completed if matches!(self.state, State::Due | State::Pending { .. }) => {
                host.set_exclude_unencrypted(self.adapter, true)?;
                self.succeed(host);
                Ok(())
            }
            // A rekey does not change the state of the port; the rest is for authenticators.
            Effect::Completed
            | Effect::GroupCompleted
            | Effect::GroupRekeyRequested
            | Effect::MicFailureReported { .. }
            | Effect::Failed(_) => Ok(()),
        }
    }

    fn install_default(
        &self,
        host: &mut dyn Host,
        cipher: Cipher,
        index: u8,
        receive_counter: [u8; 6],
        key: &[u8],
    ) -> Result<(), Win32Error> {
        let key = DefaultKey {
            index,
            cipher: CipherAlgorithm::of_cipher(cipher),
            peer: None,
            receive_counter,
            key: Some(material(key)?),
        };
        // A station only receives under a group key.
        host.set_default_key(self.adapter, key, Direction::Inbound)
    }

    fn succeed(&mut self, host: &mut dyn Host) {
        self.state = State::Authorized;
        self.news.authorized = true;
        self.complete(host, Reason::SUCCESS, Win32Error::SUCCESS);
    }

    fn fail(&mut self, host: &mut dyn Host, failure: Failure, error: Win32Error) {
        self.state = State::Failed;
        self.news.useless = self.named;
        self.complete(host, failure.into(), error);
    }

    fn complete(&self, host: &mut dyn Host, reason: Reason, error: Win32Error) {
        // A host that refuses the completion has ended the port already.
        let _ = host.post_associate_completion(self.adapter, self.session, self.peer, reason, error);
    }
}

/// What the frames of the association agree on.
fn negotiated(
    own_address: MacAddress,
    parameters: &AssociationParameters<'_>,
    ssid: &[u8],
) -> Result<Association, Win32Error> {
    let fixed = if parameters.reassociation {
        REASSOCIATION_FIXED
    } else {
        REQUEST_FIXED
    };
    let find = match parameters.auth.akm() {
        Some(akm) if suites::is_legacy_akm(akm) => Elements::find_wpa,
        _ => Elements::find,
    };
    let elements = |frame: &[u8], fixed: usize| {
        let list = frame.get(fixed..).ok_or(Win32Error::INVALID_DATA)?;
        find(list).ok().flatten().ok_or(Win32Error::INVALID_DATA)
    };
    let station = elements(parameters.request, fixed)?;
    let access_point = elements(parameters.beacon, BEACON_FIXED)?;
    let response = parameters.response.get(RESPONSE_FIXED..).unwrap_or_default();
    let moves = parameters.auth.akm().is_some_and(suites::is_fast_transition);
    let mobility = match moves {
        true => Mobility::find(ssid, response).map_err(|_| Win32Error::INVALID_DATA)?,
        false => None,
    };
    let facts = Facts {
        mobility: mobility.map(Box::new),
        channel: None,
    };
    let association = Association::negotiate_with(parameters.peer, own_address, station, access_point, facts)
        .map_err(|_| Win32Error::INVALID_DATA)?;
    match Some(association.akm()) == parameters.auth.akm()
        && CipherAlgorithm::of_cipher(association.pairwise()) == parameters.unicast_cipher
    {
        true => Ok(association),
        false => Err(Win32Error::INVALID_DATA),
    }
}

fn material(key: &[u8]) -> Result<KeyMaterial, Win32Error> {
    KeyMaterial::new(key).ok_or(Win32Error::INVALID_DATA)
}
