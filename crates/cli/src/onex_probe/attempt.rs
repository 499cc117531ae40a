//! One authentication: the EAP peer on one side, a RADIUS client on the other, a socket and the clock.

use core::time::Duration;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use host::outcome::authentication::of_eap;
use ihv::OneXFailure;
use onex::eap::{Failure as EapFailure, Peer, Reaction};
use onex::method::{Answer, Context, Discarded, ExportedKeys, Question, Secret, ServerCertificate};
use onex::radius::{self, Client as Radius, MppeKeys, Nas, Refusal, Retry};
use onex::tls::{Agreed, Client};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use zeroize::Zeroizing;

use super::{Failure, Probe};

/// The request that an access point begins with: identifier 0, type identity.
const IDENTITY_REQUEST: [u8; 5] = [1, 0, 0, 5, IDENTITY];
/// The types of what is said before a method (RFC 3748, 5).
const IDENTITY: u8 = 1;
const NAK: u8 = 3;

/// How an authentication went.
pub(super) struct Attempt {
    pub(super) outcome: Outcome,
    /// Questions of the server, each with the time until it came.
    pub(super) rounds: Vec<Duration>,
    /// How long each part took.
    pub(super) phases: Phases,
    /// From the first packet to the last.
    pub(super) total: Duration,
    /// Whether the keys of both sides are the same; `None` where the method makes none or nobody was let in.
    pub(super) keys_match: Option<bool>,
    /// Requests that were sent again.
    pub(super) repetitions: u32,
    /// The certificates that the server showed, its own first.
    pub(super) certificates: Vec<ServerCertificate>,
    /// What the handshake of a method over TLS came to.
    pub(super) tls: Option<Agreed>,
}

/// How long the parts of an authentication took, from each packet of the station to the next one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Phases {
    /// Until the two have agreed on a method.
    pub(super) negotiation: Duration,
    /// Until the tunnel stands, for a method over TLS.
    pub(super) handshake: Duration,
    /// What the method does otherwise, inside the tunnel if it has one.
    pub(super) method: Duration,
}

/// What an authentication came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Both sides are content.
    LetIn,
    /// One side has refused.
    Refused {
        /// The kind of reason, which `connect` has as well.
        why: OneXFailure,
        /// The reason in words.
        sentence: String,
    },
    /// The server let the user in, and gave other keys to the access point than the station has.
    WrongKeys,
    /// The server let the user in, and gave no keys to the access point.
    NoKeys,
    /// The server does not answer, or not with packets that can be believed: then the last reason.
    Silent(Option<Refusal>),
}

impl Outcome {
    fn refused(failure: &EapFailure) -> Self {
        Self::Refused {
            why: of_eap(failure),
            sentence: failure.to_string(),
        }
    }

    fn broken(sentence: impl Into<String>) -> Self {
        Self::Refused {
            why: OneXFailure::Protocol,
            sentence: sentence.into(),
        }
    }
}

/// A station that authenticates again and again. With `--resume` it remembers what the server has left it.
pub(super) struct Station {
    peer: Peer,
    /// What it has seen of the server, by a method over TLS.
    client: Option<Arc<Client>>,
}

impl Station {
    /// A station that the server has not seen yet.
    pub(super) fn new(probe: &Probe) -> Self {
        let (profile, client) = match probe.resume {
            true => probe.user.profile(),
            false => probe.user.profile_anew(),
        };
        Self {
            peer: Peer::new(profile),
            client,
        }
    }
}

impl Attempt {
    /// Runs one authentication to its end.
    ///
    /// # Errors
    /// The system refused a socket or random numbers. What the server does is an outcome, not an error.
    pub(super) fn run(probe: &Probe, station: &mut Station) -> Result<Self, Failure> {
        match probe.resume {
            true => station.peer.restart(),
            false => *station = Station::new(probe),
        }
        let mut seed = <ChaCha20Rng as SeedableRng>::Seed::default();
        getrandom::fill(&mut seed)?;
        let socket = match probe.server {
            SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?,
            SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?,
        };
        socket.connect(probe.server)?;
        let nas = Nas {
            identifier: "portcullis".to_owned(),
            calling_station: "02-00-00-00-00-01".to_owned(),
        };
        let secret = Secret::new(probe.secret.to_vec());
        let mut run = Run {
            begun: Instant::now(),
            socket,
            tls: station.client.clone(),
            client: Radius::new(secret, nas, probe.timing),
            peer: &mut station.peer,
            new_password: probe.new_password.as_ref(),
            rng: ChaCha20Rng::from_seed(seed),
            rounds: Vec::new(),
            phases: Phases::default(),
            keys: (None, None),
            repetitions: 0,
        };
        let outcome = run.converse()?;
        let (of_peer, of_server) = &run.keys;
        let keys_match = match (of_peer, of_server) {
            (Some(peer), Some(server)) => Some(server.are_of(peer)),
            _ => None,
        };
        let outcome = match (outcome, of_peer, keys_match) {
            (Outcome::LetIn, Some(_), None) => Outcome::NoKeys,
            (Outcome::LetIn, _, Some(false)) => Outcome::WrongKeys,
            (outcome, ..) => outcome,
        };
        Ok(Self {
            outcome,
            total: run.begun.elapsed(),
            rounds: run.rounds,
            phases: run.phases,
            keys_match,
            repetitions: run.repetitions,
            certificates: station.client.as_ref().map(|client| client.seen()).unwrap_or_default(),
            tls: station.client.as_ref().and_then(|client| client.agreed()),
        })
    }
}

struct Run<'a> {
    begun: Instant,
    socket: UdpSocket,
    client: Radius,
    tls: Option<Arc<Client>>,
    peer: &'a mut Peer,
    /// What an expired password is changed to.
    new_password: Option<&'a Zeroizing<Vec<u8>>>,
    rng: ChaCha20Rng,
    rounds: Vec<Duration>,
    phases: Phases,
    /// Those of the station, and those that the server gives to the access point.
    keys: (Option<ExportedKeys>, Option<MppeKeys>),
    repetitions: u32,
}

/// What came of a packet of the server's.
enum Turn {
    /// Send this EAP packet.
    Send(Vec<u8>),
    /// It is over.
    End(Outcome),
}

impl Run<'_> {
    fn converse(&mut self) -> Result<Outcome, Failure> {
        let mut turn = self.hear(&IDENTITY_REQUEST);
        loop {
            let eap = match turn {
                Turn::Send(eap) => eap,
                Turn::End(outcome) => return Ok(outcome),
            };
            let asked = self.begun.elapsed();
            let is_handshake = self.tls.as_ref().is_some_and(|tls| tls.agreed().is_none());
            let identity = self.peer.identity().unwrap_or_default();
            let packet = self.client.request(asked, identity, &eap, &mut self.rng);
            send(&self.socket, packet)?;
            let answer = match self.receive()? {
                Ok(answer) => answer,
                Err(refusal) => {
                    let known = self.peer.give_up();
                    return Ok(known.map_or(Outcome::Silent(refusal), |failure| Outcome::refused(&failure)));
                }
            };
            self.rounds.push(self.begun.elapsed() - asked);
            turn = self.take(answer);
            let taken = self.begun.elapsed() - asked;
            *match (eap.get(4), is_handshake) {
                (Some(&(IDENTITY | NAK)), _) => &mut self.phases.negotiation,
                (_, true) => &mut self.phases.handshake,
                (_, false) => &mut self.phases.method,
            } += taken;
        }
    }

    fn take(&mut self, answer: radius::Answer) -> Turn {
        match answer {
            radius::Answer::Challenge { eap } => self.hear(&eap),
            radius::Answer::Accept { eap, keys } => {
                self.keys.1 = keys;
                Turn::End(self.accepted(eap.as_deref()))
            }
            radius::Answer::Reject { eap, message } => Turn::End(self.rejected(eap.as_deref(), message)),
        }
    }

    /// Waits for an answer that can be believed. The inner error: nothing came in time but what was not.
    fn receive(&mut self) -> Result<Result<radius::Answer, Option<Refusal>>, Failure> {
        let mut refusal = None;
        let mut buffer = [0; 4096];
        while let Some(deadline) = self.client.next_timeout() {
            let now = self.begun.elapsed();
            match deadline.checked_sub(now).filter(|left| !left.is_zero()) {
                Some(left) => {
                    self.socket.set_read_timeout(Some(left))?;
                    match self.socket.recv(&mut buffer) {
                        Ok(len) => match self.client.handle_packet(buffer.get(..len).unwrap_or_default()) {
                            Ok(answer) => return Ok(Ok(answer)),
                            Err(error) => refusal = Some(error),
                        },
                        Err(error) if is_silence(&error) => {}
                        // Nobody listens there now; perhaps soon. The system says it at once: wait as for an answer.
                        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::thread::sleep(left),
                        Err(error) => return Err(error.into()),
                    }
                }
                None => match self.client.handle_timeout(now) {
                    Retry::Wait => {}
                    Retry::Send(packet) => {
                        self.repetitions += 1;
                        send(&self.socket, packet)?;
                    }
                    Retry::GiveUp => break,
                },
            }
        }
        Ok(Err(refusal))
    }

    /// Gives an EAP packet to the station. A probe has nobody to ask: what the options do not say is refused.
    fn hear(&mut self, eap: &[u8]) -> Turn {
        let mut context = Context {
            rng: &mut self.rng,
            unix_time: SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
        };
        let mut reaction = self.peer.handle_packet(&mut context, eap);
        while let Ok(Reaction::Ask(question)) = &reaction {
            let answer = match (question, self.new_password) {
                (Question::NewPassword { .. }, Some(new)) => Answer::Secret(Secret::new(new.to_vec())),
                _ => Answer::Refused,
            };
            reaction = self.peer.handle_answer(&mut context, answer);
        }
        match reaction {
            Ok(Reaction::Respond(response) | Reaction::Notify { response, .. }) => Turn::Send(response.to_vec()),
            Ok(Reaction::Succeeded(keys)) => {
                self.keys.0 = keys;
                Turn::End(Outcome::LetIn)
            }
            Ok(Reaction::Failed(failure)) => Turn::End(Outcome::refused(&failure)),
            Ok(Reaction::Ask(_)) => Turn::End(Outcome::broken("a question was left open")),
            // RADIUS proves whose it is, which on the air nobody could.
            Err(Discarded::LateFailure) => Turn::End(Outcome::Refused {
                why: OneXFailure::Refused,
                sentence: "the server refuses the user after both sides have proved themselves: not the password is \
                           wrong, but a rule of the server is against this user or this network; its log says which"
                    .to_owned(),
            }),
            // The server's packet is genuine and will not come in another form.
            Err(discarded) => Turn::End(Outcome::broken(discarded.to_string())),
        }
    }

    /// The server lets the user in: does the station agree?
    fn accepted(&mut self, eap: Option<&[u8]>) -> Outcome {
        let Some(eap) = eap else {
            return Outcome::broken("the server let the user in without an EAP success");
        };
        match (self.hear(eap), self.peer.early_success()) {
            (Turn::End(_), Some(early)) => Outcome::refused(early),
            (Turn::End(outcome), None) => outcome,
            (Turn::Send(_), _) => Outcome::broken("the server let the user in and asks on"),
        }
    }

    /// The server refuses the user: does the station know why?
    fn rejected(&mut self, eap: Option<&[u8]>, message: Option<String>) -> Outcome {
        let mut outcome = match eap.map(|eap| self.hear(eap)) {
            Some(Turn::End(outcome @ Outcome::Refused { .. })) => outcome,
            _ => Outcome::refused(&EapFailure::Refused),
        };
        if let (Outcome::Refused { sentence, .. }, Some(message)) = (&mut outcome, message) {
            sentence.push_str(&format!(" (the server adds: {message})"));
        }
        outcome
    }
}

/// Sends a packet. That nobody listened to an earlier one is not this one's failure.
fn send(socket: &UdpSocket, packet: &[u8]) -> io::Result<()> {
    match socket.send(packet) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        result => result.map(|_| ()),
    }
}

fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}
