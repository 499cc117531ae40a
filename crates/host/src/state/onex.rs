//! The 802.1X module on a data port: when its operations begin and end, and what they want done (R32 to R37).

use super::{Handler, State, Work};
use crate::adapter::{Command, OutgoingPacket, PacketId};
use crate::event::{Kind, Question, Text};
use crate::outcome::{Outcome, authentication};
use crate::profile::Agent;
use core::time::Duration;
use frame::MacAddress;
use frame::eapol::PacketType;
use frame::ethertype::EtherType;
use ihv::{Guid, HostAdapter, OneXFailure, OneXResult, Rule, SecuritySession, Win32Error};
use onex::method::{Answer, Context, Question as Asked};
use onex::pae::{Effect, Effects, Failure};
use rand_core::CryptoRng;

/// What the 802.1X module needs of the world.
pub(crate) struct World {
    pub rng: Box<dyn CryptoRng>,
    /// What the time since 1970 was at the host's time zero.
    pub epoch: Duration,
}

/// The 802.1X module on one data port.
pub(crate) struct OneX {
    pub session: SecuritySession,
    session_id: u32,
    peer: MacAddress,
    agent: Box<Agent>,
    stage: Stage,
    /// The question that is before the user.
    question: Option<Guid>,
    timer: Option<Duration>,
    /// The user has left, and their credentials go with them.
    user_left: bool,
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There is none.
    Idle,
    /// It was started from inside a handler, and nothing was sent yet.
    Started,
    /// It goes on.
    Running,
    /// It is over, and its result is to be indicated as soon as the handler has returned.
    Concluded,
}

impl OneX {
    fn is_pending(&self) -> bool {
        matches!(self.stage, Stage::Started | Stage::Running)
    }

    /// What it means that nothing more has come, while an operation is pending.
    pub(crate) fn silence(&self) -> Option<OneXFailure> {
        self.is_pending().then_some(match self.question {
            Some(_) => OneXFailure::Unanswered,
            None => OneXFailure::Silent,
        })
    }
}

impl State {
    /// Starts an operation on the port whose operation the extension has begun last (R32).
    pub(super) fn start(&mut self, handle: HostAdapter, call: &'static str) -> Result<(), Win32Error> {
        let beginning = self.is_inside(Handler::PerformPostAssociate, handle);
        let lends = self.world.is_some();
        let called = self.post_associating(handle, call)?;
        if !called.handling.registrations.contains(&EtherType::EAPOL) {
            return self.refuse(handle, Rule::R32, call, Win32Error::INVALID_STATE);
        }
        let port = called
            .ports
            .iter()
            .filter(|port| !port.doomed && (port.begun || beginning))
            .max_by_key(|port| port.session);
        let Some((session, state, akm)) = port.map(|port| (port.session, port.state, port.akm)) else {
            return self.refuse(handle, Rule::R32, call, Win32Error::INVALID_STATE);
        };
        match called.onex.as_deref_mut().filter(|onex| onex.session == session) {
            Some(OneX {
                stage: stage @ Stage::Idle,
                ..
            }) => *stage = Stage::Started,
            Some(_) => return self.refuse(handle, Rule::R36, call, Win32Error::INVALID_STATE),
            None if !lends => return Err(Win32Error::NOT_SUPPORTED),
            None => {
                let profile = called.profile.as_ref().and_then(|profile| profile.onex.as_ref());
                let profile = profile.ok_or(Win32Error::NOT_FOUND)?;
                let agent = match called.agent.take().filter(|agent| agent.is_of(profile, akm)) {
                    Some(agent) => agent,
                    None => Box::new(profile.supplicant(akm)),
                };
                called.onex = Some(Box::new(OneX {
                    session,
                    session_id: state.session_id,
                    peer: state.peer,
                    agent,
                    stage: Stage::Started,
                    question: None,
                    timer: None,
                    user_left: false,
                }));
            }
        }
        self.work.push_back(Work::BeginOneX { adapter: handle });
        self.event(
            handle,
            Some(state.peer),
            Some(state.session_id),
            || Kind::OnexStarted {},
        );
        Ok(())
    }

    /// Gives the pending operation up (R34).
    pub(super) fn stop(&mut self, handle: HostAdapter, call: &'static str) -> Result<(), Win32Error> {
        self.post_associating(handle, call)?;
        match self.pending(handle) {
            Some(_) => self.end_onex(handle),
            None => return self.refuse(handle, Rule::R34, call, Win32Error::INVALID_STATE),
        }
        Ok(())
    }

    /// Takes a packet that the extension forwards (R33).
    pub(super) fn forward(&mut self, handle: HostAdapter, packet: &[u8], call: &'static str) -> Result<(), Win32Error> {
        self.post_associating(handle, call)?;
        // Also one that is damaged: the type stands in the second octet (IEEE 802.1X-2020, 11.3.2).
        if packet.get(1) == Some(&PacketType::KEY.0) {
            return self.refuse(handle, Rule::R33, call, Win32Error::INVALID_PARAMETER);
        }
        if self.pending(handle).is_none() {
            return self.refuse(handle, Rule::R34, call, Win32Error::INVALID_STATE);
        }
        let mut taken = Ok(());
        self.act(handle, |now, onex, context, effects| {
            let started = onex.stage == Stage::Started;
            if started {
                onex.agent.supplicant.begin_asked(now);
            }
            taken = onex.agent.supplicant.handle_eapol(now, packet, context, effects);
            if taken.is_ok() {
                onex.stage = Stage::Running;
            }
        });
        taken.map_err(|_| Win32Error::INVALID_DATA)
    }

    /// Sends EAPOL-Start, if the authenticator has not asked meanwhile.
    pub(crate) fn begin_onex(&mut self, handle: HostAdapter) {
        self.act(handle, |now, onex, _, effects| {
            if onex.stage == Stage::Started {
                onex.stage = Stage::Running;
                onex.agent.supplicant.begin(now, effects);
            }
        });
    }

    /// The operations whose time has come.
    pub(crate) fn time_out_onex(&mut self) {
        while let Some((at, handle)) = self.onex_timers.first().copied().filter(|(at, _)| *at <= self.now) {
            self.onex_timers.remove(&(at, handle));
            if let Some(onex) = self.adapter_mut(handle).and_then(|adapter| adapter.onex.as_deref_mut()) {
                onex.timer = None;
            }
            self.act(handle, |now, onex, _, effects| {
                onex.agent.supplicant.handle_timeout(now, effects)
            });
        }
    }

    /// The answer to a question of the module's has come (R37).
    pub(crate) fn answer_onex(&mut self, handle: HostAdapter, request: Guid, answer: Answer) -> Result<(), Win32Error> {
        self.pending(handle)
            .filter(|onex| onex.question == Some(request))
            .ok_or(Win32Error::NOT_FOUND)?;
        self.settle_question(handle);
        let mut taken = Ok(());
        self.act(handle, |now, onex, context, effects| {
            taken = onex.agent.supplicant.handle_answer(now, answer, context, effects);
        });
        taken.map_err(|_| Win32Error::INVALID_DATA)
    }

    /// A user has left: nobody will answer the questions that are open (R37), and what was opened in their name is closed.
    /// The authenticator is told by EAPOL-Logoff (IEEE 802.1X-2020, 8.4), since the end of the association alone would
    /// leave it a key to return with. Their credentials are forgotten.
    pub(crate) fn log_off(&mut self) {
        let handles: Vec<HostAdapter> = self.adapters().collect();
        for handle in handles {
            self.act(handle, |_, onex, _, effects| {
                onex.user_left = true;
                if onex.agent.supplicant.is_authenticated() {
                    onex.agent.supplicant.logoff(effects);
                }
            });
            let pending = self.pending(handle).map(|onex| onex.session);
            for session in self.ports_of_user(handle) {
                if Some(session) == pending {
                    self.settle_question(handle);
                    self.fail_onex(handle, OneXFailure::UserLeft, "the user has left".to_owned());
                    self.schedule_onex(handle);
                } else {
                    self.work.push_back(Work::TakeDown {
                        adapter: handle,
                        session,
                        outcome: Outcome::OneX(OneXFailure::UserLeft),
                    });
                }
            }
            if let Some(adapter) = self.adapter_mut(handle) {
                adapter.agent = None;
            }
        }
    }

    /// Ends whatever the module does on a port, and lets go of its keys. Who the user is stays for the next association:
    /// whoever has answered a question is not asked again, and a wrong password is not sent again at once.
    pub(crate) fn end_onex(&mut self, handle: HostAdapter) {
        self.settle_question(handle);
        let Some(mut onex) = self.adapter_mut(handle).and_then(|adapter| adapter.onex.take()) else {
            return;
        };
        onex.agent.supplicant.leave();
        if let Some(timer) = onex.timer {
            self.onex_timers.remove(&(timer, handle));
        }
        if onex.is_pending() {
            self.event(handle, Some(onex.peer), Some(onex.session_id), || Kind::OnexStopped {});
        }
        if let Some(adapter) = self.adapter_mut(handle).filter(|_| !onex.user_left) {
            adapter.agent = Some(onex.agent);
        }
    }

    /// Whether the result of an operation of this port is still to be indicated; from now on it is not (R35).
    pub(crate) fn take_conclusion(&mut self, handle: HostAdapter, session: SecuritySession) -> bool {
        let onex = self.adapter_mut(handle).and_then(|adapter| adapter.onex.as_deref_mut());
        match onex.filter(|onex| onex.session == session && onex.stage == Stage::Concluded) {
            Some(onex) => {
                onex.stage = Stage::Idle;
                true
            }
            None => false,
        }
    }

    /// The ports of an adapter whose network is to know its user.
    fn ports_of_user(&self, handle: HostAdapter) -> Vec<SecuritySession> {
        let adapter = self.adapter(handle);
        let of_user = adapter.filter(|adapter| adapter.profile.as_ref().is_some_and(|profile| profile.onex.is_some()));
        let ports = of_user.map_or(&[][..], |adapter| &adapter.ports);
        ports.iter().map(|port| port.session).collect()
    }

    fn pending(&self, handle: HostAdapter) -> Option<&OneX> {
        let onex = self.adapter(handle)?.onex.as_deref()?;
        onex.is_pending().then_some(onex)
    }

    /// Lets the supplicant act, then does what it wants.
    fn act(&mut self, handle: HostAdapter, act: impl FnOnce(Duration, &mut OneX, &mut Context<'_>, &mut Effects)) {
        let now = self.now;
        // The module leaves its place meanwhile, so that both it and the host's source of randomness can be used.
        let Some(mut world) = self.world.take() else { return };
        let mut effects = Effects::new();
        if let Some(onex) = self.adapter_mut(handle).and_then(|adapter| adapter.onex.as_deref_mut()) {
            let mut context = Context {
                rng: &mut *world.rng,
                unix_time: world.epoch + now,
            };
            act(now, onex, &mut context, &mut effects);
        }
        self.world = Some(world);
        for effect in effects.drain() {
            self.apply(handle, effect);
        }
        self.schedule_onex(handle);
    }

    fn apply(&mut self, handle: HostAdapter, effect: Effect) {
        let Some(onex) = self.adapter_mut(handle).and_then(|adapter| adapter.onex.as_deref_mut()) else {
            return;
        };
        let (peer, id, session) = (onex.peer, onex.session_id, onex.session);
        match effect {
            Effect::Send(pdu) => self.send_eapol(handle, peer, id, pdu.as_bytes()),
            Effect::Notify(message) => self.event(handle, Some(peer), Some(id), || Kind::ServerMessage { message }),
            Effect::Ask(asked) => {
                let request = Guid(self.next_question);
                self.next_question += 1;
                if let Some(onex) = self.adapter_mut(handle).and_then(|adapter| adapter.onex.as_deref_mut()) {
                    onex.question = Some(request);
                }
                self.event(handle, Some(peer), Some(id), || Kind::CredentialsRequested {
                    request: Text(request),
                    question: shown(asked),
                });
            }
            Effect::Succeeded(Some(keys)) => {
                onex.stage = Stage::Concluded;
                let result = OneXResult::success(keys.made(), keys.session_id.clone());
                self.event(handle, Some(peer), Some(id), || Kind::OnexCompleted {
                    successful: true,
                    why: None,
                    message: None,
                });
                self.work.push_back(Work::IndicateOneX {
                    adapter: handle,
                    session,
                    result: Box::new(result),
                });
            }
            Effect::Succeeded(None) => {
                let message = "the EAP method makes no keys".to_owned();
                self.fail_onex(handle, OneXFailure::NoKeys, message);
            }
            Effect::Failed(failure) => {
                self.settle_question(handle);
                self.fail_onex(handle, why(&failure), failure.to_string());
            }
        }
    }

    fn fail_onex(&mut self, handle: HostAdapter, failure: OneXFailure, message: String) {
        let Some(onex) = self.adapter_mut(handle).and_then(|adapter| adapter.onex.as_deref_mut()) else {
            return;
        };
        onex.stage = Stage::Concluded;
        let (peer, id, session) = (onex.peer, onex.session_id, onex.session);
        self.event(handle, Some(peer), Some(id), || Kind::OnexCompleted {
            successful: false,
            why: Some(authentication::words(failure).name),
            message: Some(message),
        });
        self.work.push_back(Work::IndicateOneX {
            adapter: handle,
            session,
            result: Box::new(OneXResult::failure(failure)),
        });
    }

    fn settle_question(&mut self, handle: HostAdapter) {
        let Some(onex) = self.adapter_mut(handle).and_then(|adapter| adapter.onex.as_deref_mut()) else {
            return;
        };
        let (peer, id) = (onex.peer, onex.session_id);
        if let Some(request) = onex.question.take() {
            self.event(handle, Some(peer), Some(id), || Kind::CredentialsSettled {
                request: Text(request),
            });
        }
    }

    /// Sends a packet of the module's own: no extension is told of its completion.
    fn send_eapol(&mut self, adapter: HostAdapter, peer: MacAddress, session_id: u32, data: &[u8]) {
        let id = PacketId(self.next_packet);
        self.next_packet += 1;
        self.event(adapter, Some(peer), Some(session_id), || Kind::PacketSent {
            ethertype: EtherType::EAPOL.0,
            octets: data.len(),
            message: None,
        });
        let packet = OutgoingPacket {
            id,
            peer,
            ethertype: EtherType::EAPOL,
            data: data.to_vec(),
            in_the_clear: false,
        };
        self.command(adapter, Command::SendPacket(packet));
    }

    fn schedule_onex(&mut self, handle: HostAdapter) {
        let Some(onex) = self.adapter_mut(handle).and_then(|adapter| adapter.onex.as_deref_mut()) else {
            return;
        };
        let next = onex
            .agent
            .supplicant
            .next_timeout()
            .filter(|_| onex.stage == Stage::Running);
        let before = core::mem::replace(&mut onex.timer, next);
        if before == next {
            return;
        }
        if let Some(before) = before {
            self.onex_timers.remove(&(before, handle));
        }
        if let Some(next) = next {
            self.onex_timers.insert((next, handle));
        }
    }
}

/// What both sides of the interface call this failure.
fn why(failure: &Failure) -> OneXFailure {
    match failure {
        Failure::NoAuthenticator => OneXFailure::NoAuthenticator,
        Failure::Silence => OneXFailure::Silent,
        Failure::Eap(failure) => authentication::of_eap(failure),
    }
}

/// A question as events tell it.
fn shown(asked: Asked) -> Question {
    match asked {
        Asked::Identity { prompt } => Question::Identity { prompt },
        Asked::Password { again } => Question::Password { again },
        Asked::NewPassword { message } => Question::NewPassword { message },
        Asked::Token { prompt } => Question::Token { prompt },
        Asked::ServerTrust(certificate) => Question::ServerTrust {
            subject: certificate.subject,
            issuer: certificate.issuer,
            fingerprint: certificate
                .fingerprint
                .iter()
                .map(|octet| format!("{octet:02x}"))
                .collect(),
        },
    }
}
