//! One post-association operation: a supplicant on a data port where there is an AKM, and how its effects
//! reach the host.

mod begin;
mod doubt;
mod execute;
mod offload;
mod onex;

pub(crate) use begin::Basis;

use self::onex::Onex;
use crate::approach;
use crate::strength::Strength;
use core::time::Duration;
use frame::codes::StatusCode;
use frame::eapol::{Eapol, PacketType};
use frame::eapol_key::MessageName;
use frame::{Cipher, MacAddress};
use ihv::{
    Completions, Failure, Host, HostAdapter, KeyChange, KeyMaterial, Reason, SecurityElement, SecuritySession,
    Win32Error,
};
use rand_core::CryptoRng;
use rsn::ft::{Hierarchy, Transition};
use rsn::refusal::NegotiatedElement;
use rsn::sa_query::SaQuery;
use rsn::{Association, Effects, Refusal, Request, Supplicant};

/// How long the access point may stay silent. It repeats a message after 0.1 s and then every second,
/// three times in all, so that it has given up by then.
const PATIENCE: Duration = Duration::from_secs(5);

/// See the module.
pub(crate) struct Operation {
    adapter: HostAdapter,
    session: SecuritySession,
    peer: MacAddress,
    task: Task,
    state: State,
    /// The authentication of the user, in a network that has one.
    onex: Option<Box<Onex>>,
    /// Whether the access point still has its keys, while that is in doubt.
    query: Option<Box<SaQuery>>,
    /// The handshake is the first proof of the secret.
    rests_on_pmk: bool,
    /// The name of the key, if it is of an earlier authentication.
    named: Option<[u8; 16]>,
    news: News,
    /// What the association is worth.
    strength: Strength,
    /// The adapter does group key handshakes itself.
    offloads: bool,
    /// The adapter verifies protected beacons.
    verifies_beacons: bool,
    /// The replay counter that it was given last, or has told.
    offloaded: Option<u64>,
}

/// What an operation has learnt about its network since it was last asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// The operation has completed successfully, and its association is worth this.
    pub authorized: Option<Strength>,
    /// Modes of transition that the network does not need any more, as bits.
    pub disabled: u8,
    /// The key of this name, which both sides were to have, is good for nothing.
    pub useless: Option<[u8; 16]>,
}

impl News {
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            authorized: match self.authorized {
                Some(strength) => Some(strength),
                None => other.authorized,
            },
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
    /// The user is to be authenticated; the handshake of this association follows.
    Authentication(Box<Association>),
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
    /// The host's 802.1X module authenticates the user, and will say what it came to: its time is not ours.
    Authenticating,
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

impl Operation {
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
            State::Authorized => {
                let query = self.query.as_ref().and_then(|query| query.next_timeout());
                let renewal = self.onex.as_ref().and_then(|onex| onex.renewal);
                query.into_iter().chain(renewal).min()
            }
            State::Authenticating | State::Failed => None,
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
        if self.onex.is_some() && Eapol::parse(pdu).is_ok_and(|eapol| eapol.packet_type != PacketType::KEY) {
            return self.forward(context, pdu);
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
            // It does not say that it knows the key that was named, and begins without asking for the user's name, either.
            Err(Refusal::Pmkid) if self.owes_authentication() => {
                self.authenticate(context);
                Err(Win32Error::INVALID_DATA)
            }
            // Once the port is open the frame is discarded, and no more (IEEE 802.11-2020, 12.2.9).
            Err(Refusal::Channel) if matches!(self.state, State::Pending { .. }) => {
                self.fail(context.host, Failure::ChannelMismatch, Win32Error::INVALID_DATA);
                Err(Win32Error::INVALID_DATA)
            }
            Err(_) => Err(Win32Error::INVALID_DATA),
        }
    }

    /// A TKIP frame failed its MIC: the access point has to know.
    pub(crate) fn report_mic_failure(&mut self, context: &mut Context<'_>, group: bool) -> Result<(), Win32Error> {
        self.request(
            context,
            match group {
                true => Request::GroupMicFailure,
                false => Request::PairwiseMicFailure,
            },
        )
    }

    /// The user wants other keys: the access point is asked for them.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_STATE`] if there are no keys of a handshake.
    pub(crate) fn change_keys(&mut self, context: &mut Context<'_>, which: KeyChange) -> Result<(), Win32Error> {
        self.request(
            context,
            match which {
                KeyChange::Pairwise => Request::PairwiseRekey,
                KeyChange::Group => Request::GroupRekey,
            },
        )
    }

    fn request(&mut self, context: &mut Context<'_>, request: Request) -> Result<(), Win32Error> {
        let Task::Handshake(supplicant) = &mut self.task else {
            return Err(Win32Error::INVALID_STATE);
        };
        supplicant
            .request_rekey(request, context.effects)
            .map_err(|_| Win32Error::INVALID_STATE)?;
        self.execute(context)
    }

    /// The deadline has passed.
    pub(crate) fn handle_timeout(&mut self, context: &mut Context<'_>) {
        if self.state == State::Authorized {
            self.renew(context);
            return self.wonder(context);
        }
        if self.owes_authentication() {
            return self.authenticate(context);
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
            let now = context.host.now();
            match transition.handle_reassociation(now, StatusCode::SUCCESS, response, context.effects) {
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

    /// The name of the key of an earlier authentication that a handshake, still unfinished, rests on.
    pub(crate) fn unconfirmed_name(&self) -> Option<[u8; 16]> {
        self.named.filter(|_| matches!(self.state, State::Pending { .. }))
    }

    /// Completes a pending operation as cancelled (R07).
    pub(crate) fn cancel(&mut self, host: &mut dyn Host) {
        if matches!(self.state, State::Due | State::Pending { .. } | State::Authenticating) {
            self.state = State::Failed;
            self.complete(host, Reason::UNKNOWN, Win32Error::CANCELLED);
        }
    }

    fn succeed(&mut self, host: &mut dyn Host) {
        self.state = State::Authorized;
        self.news.authorized = Some(self.strength);
        self.complete(host, Reason::SUCCESS, Win32Error::SUCCESS);
    }

    fn fail(&mut self, host: &mut dyn Host, failure: Failure, error: Win32Error) {
        self.state = State::Failed;
        self.stop_authentication(host);
        self.news.useless = self.named;
        self.complete(host, failure.into(), error);
    }

    fn complete(&self, host: &mut dyn Host, reason: Reason, error: Win32Error) {
        // A host that refuses the completion has ended the port already.
        let _ = host.post_associate_completion(self.adapter, self.session, self.peer, reason, error);
    }
}
