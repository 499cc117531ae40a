//! The port access entity of a supplicant (IEEE 802.1X-2020, clause 8): when an authentication begins, how long it may
//! take, and what follows.
//!
//! It knows nothing of methods ([`crate::eap`] does) nor of EAPOL-Key (`rsn` does).

mod effect;

use core::time::Duration;

use frame::Emit;
use frame::eapol::{Eapol, PacketType};

use crate::eap::{self, Peer, Profile, Reaction};
use crate::method::{Answer, Context, Discarded, MethodFailure};
use crate::start::{Start, Step as StartStep};

pub use effect::{Effect, Effects, Failure, Pdu};

/// The times and the version of a [`Supplicant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long the authenticator may be silent in mid-exchange (*authPeriod*; default 30 s).
    pub auth_period: Duration,
    /// How long nothing is begun after a failure (*heldPeriod*; default 60 s).
    pub held_period: Duration,
    /// How long a question may be open (default 120 s).
    pub question_period: Duration,
    /// The EAPOL version of the packets sent, 1 to 3 (default 2). Packets of every version are taken.
    pub version: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            auth_period: Duration::from_secs(30),
            held_period: Duration::from_secs(60),
            question_period: Duration::from_secs(120),
            version: 2,
        }
    }
}

/// The supplicant of one port. The time is a `Duration` since an epoch of the caller's.
///
/// Secrets are wiped when it is dropped.
pub struct Supplicant {
    settings: Settings,
    peer: Peer,
    state: State,
}

enum State {
    /// Nothing was begun, or the user has logged off.
    LoggedOff,
    /// EAPOL-Start was sent.
    Connecting(Start),
    /// The authenticator asks; the next packet is due.
    Authenticating { deadline: Duration },
    /// A question is with the user; the answer is due.
    Asking { deadline: Duration },
    /// The authentication was successful.
    Authenticated,
    /// It failed.
    Held {
        until: Duration,
        /// The user wants another attempt when the time is over.
        again: bool,
        /// It was the server, or the method, that said no.
        refused: bool,
        /// The secret was wrong: another attempt with the same one could lock the account.
        guarded: bool,
    },
}

impl Supplicant {
    /// A supplicant that waits for [`Self::begin`].
    #[must_use]
    pub const fn new(profile: Profile, settings: Settings) -> Self {
        Self {
            settings,
            peer: Peer::new(profile),
            state: State::LoggedOff,
        }
    }

    /// Begins an authentication: sends EAPOL-Start. After a failure it waits until the held period is over. One that
    /// goes on is given up.
    pub fn begin(&mut self, now: Duration, effects: &mut Effects) {
        if let State::Held { until, again, .. } = &mut self.state
            && now < *until
        {
            *again = true;
            return;
        }
        self.connect(now, effects);
    }

    /// Begins an authentication that the authenticator has begun: its request is there, and EAPOL-Start would only make
    /// it ask anew. After a failure this changes nothing before the held period is over.
    pub fn begin_asked(&mut self, now: Duration) {
        match self.state {
            State::Held { until, .. } if now < until => {}
            _ => {
                self.peer.restart();
                self.state = State::Authenticating {
                    deadline: now + self.settings.auth_period,
                };
            }
        }
    }

    /// The user is gone: sends EAPOL-Logoff, and takes no packet until [`Self::begin`].
    pub fn logoff(&mut self, effects: &mut Effects) {
        self.peer.restart();
        self.state = State::LoggedOff;
        self.send(PacketType::LOGOFF, &[], effects);
    }

    /// The port is gone, and another one may come: gives up what goes on. What was learnt of the user stays, and so does
    /// the held period after a refusal: a wrong password is not sent again because the association is another one.
    pub fn leave(&mut self) {
        self.peer.restart();
        match &mut self.state {
            State::Held {
                again, refused: true, ..
            } => *again = false,
            state => *state = State::LoggedOff,
        }
    }

    /// Takes a received EAPOL PDU, with or without Ethernet padding behind it.
    ///
    /// # Errors
    /// The packet is not acted upon, and no effect was pushed.
    pub fn handle_eapol(
        &mut self,
        now: Duration,
        pdu: &[u8],
        context: &mut Context<'_>,
        effects: &mut Effects,
    ) -> Result<(), Discarded> {
        let eapol = Eapol::parse(pdu)?;
        if eapol.packet_type != PacketType::EAP_PACKET {
            return Err(Discarded::NotForUs {
                what: "an EAPOL packet of this type",
            });
        }
        match self.state {
            State::LoggedOff => {
                return Err(Discarded::Unexpected {
                    message: "an EAP packet",
                });
            }
            State::Held {
                until, guarded: true, ..
            } if now < until => {
                return Err(Discarded::Unexpected {
                    message: "a request so soon after a wrong password",
                });
            }
            _ => {}
        }
        let reaction = self.peer.handle_packet(context, eapol.body)?;
        self.react(now, reaction, effects);
        Ok(())
    }

    /// Takes the answer to [`Effect::Ask`].
    ///
    /// # Errors
    /// [`Discarded::Unexpected`] if no question is open.
    pub fn handle_answer(
        &mut self,
        now: Duration,
        answer: Answer,
        context: &mut Context<'_>,
        effects: &mut Effects,
    ) -> Result<(), Discarded> {
        let reaction = self.peer.handle_answer(context, answer)?;
        self.react(now, reaction, effects);
        Ok(())
    }

    /// When [`Self::handle_timeout`] is to be called.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        match &self.state {
            State::Connecting(start) => Some(start.next_timeout()),
            State::Authenticating { deadline } | State::Asking { deadline } => Some(*deadline),
            State::Held { until, again: true, .. } => Some(*until),
            State::LoggedOff | State::Authenticated | State::Held { again: false, .. } => None,
        }
    }

    /// Sends EAPOL-Start again, gives up, or begins anew. Does nothing before the time.
    pub fn handle_timeout(&mut self, now: Duration, effects: &mut Effects) {
        match &mut self.state {
            State::Connecting(start) => match start.handle_timeout(now) {
                StartStep::Wait => {}
                StartStep::Send => self.send(PacketType::START, &[], effects),
                StartStep::GiveUp => self.fail(now, Failure::NoAuthenticator, effects),
            },
            State::Authenticating { deadline } if now >= *deadline => {
                // A server that has had our alert may have nothing to say any more, and an evil twin does well to say nothing.
                let failure = self.peer.give_up().map_or(Failure::Silence, Failure::Eap);
                self.fail(now, failure, effects);
            }
            State::Asking { deadline } if now >= *deadline => {
                let unanswered = MethodFailure::Unanswered {
                    about: "credentials of the user, in time,",
                };
                self.fail(now, Failure::Eap(eap::Failure::Method(unanswered)), effects);
            }
            State::Held { until, again: true, .. } if now >= *until => self.connect(now, effects),
            _ => {}
        }
    }

    /// Whether the last authentication was successful and no other one goes on.
    #[must_use]
    pub const fn is_authenticated(&self) -> bool {
        matches!(self.state, State::Authenticated)
    }

    fn connect(&mut self, now: Duration, effects: &mut Effects) {
        self.peer.restart();
        self.state = State::Connecting(Start::begin(now));
        self.send(PacketType::START, &[], effects);
    }

    fn react(&mut self, now: Duration, reaction: Reaction, effects: &mut Effects) {
        match reaction {
            Reaction::Respond(response) => {
                self.state = State::Authenticating {
                    deadline: now + self.settings.auth_period,
                };
                self.send(PacketType::EAP_PACKET, &response, effects);
            }
            Reaction::Notify { message, response } => {
                effects.push(Effect::Notify(message));
                self.react(now, Reaction::Respond(response), effects);
            }
            Reaction::Ask(question) => {
                self.state = State::Asking {
                    deadline: now + self.settings.question_period,
                };
                effects.push(Effect::Ask(question));
            }
            Reaction::Succeeded(keys) => {
                self.state = State::Authenticated;
                effects.push(Effect::Succeeded(keys));
            }
            Reaction::Failed(failure) => self.fail(now, Failure::Eap(failure), effects),
        }
    }

    fn fail(&mut self, now: Duration, failure: Failure, effects: &mut Effects) {
        self.peer.restart();
        let may_be_of_password =
            matches!(&failure, Failure::Eap(eap::Failure::Method(method)) if method.may_be_of_password());
        self.state = State::Held {
            until: now + self.settings.held_period,
            again: false,
            refused: matches!(failure, Failure::Eap(_)),
            // A password that is asked for will be another one.
            guarded: may_be_of_password && self.peer.knows_password(),
        };
        effects.push(Effect::Failed(failure));
    }

    fn send(&self, packet_type: PacketType, body: &[u8], effects: &mut Effects) {
        let pdu = Eapol {
            version: self.settings.version,
            packet_type,
            body,
        };
        // An EAP packet fits: its own length field has two octets as well.
        if let Ok(octets) = pdu.to_vec() {
            effects.push(Effect::Send(octets.into()));
        }
    }
}

#[cfg(test)]
mod tests;
