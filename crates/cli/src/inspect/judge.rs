//! From the steps of an operation to its verdict. `docs/inspect.md` states the rules for a reader.

mod remarks;

use frame::codes::StatusCode;
use frame::dot11::FtStep;
use frame::eapol_key::MessageName;
use keys::AkmSuite;

use super::operation::{Event, Message, MicState, SaeStep, Sender, Step};
use super::outcome::{Finding, Missing, Verdict};
use remarks::remarks;

/// Everything that a verdict rests on.
pub(super) struct Evidence<'a> {
    pub(super) steps: &'a [Step],
    /// Steps that are not among `steps`.
    pub(super) unlisted: u64,
    /// An element that is not the one announced before.
    pub(super) mismatch: Option<Finding>,
    pub(super) transition: Option<Transition>,
    /// Data frames that opened under a key of the operation.
    pub(super) data: Option<Data>,
    /// The first encrypted data frame after a message 2.
    pub(super) sealed_data: Option<u64>,
    pub(super) disconnection: Option<Disconnection>,
    pub(super) forged_disconnection: Option<u64>,
    pub(super) beacons: Beacons,
    pub(super) secrets: Bearing,
    pub(super) akm: Option<&'static AkmSuite>,
    /// The handshakes are those of WPA.
    pub(super) is_wpa: bool,
}

/// What was found of the beacons of a network that protects them.
#[derive(Clone, Copy, Default)]
pub(super) struct Beacons {
    /// Those whose MIC is right and new.
    pub(super) proved: u64,
    /// The first one without, or with another MIC, or with one that had been used.
    pub(super) first_forged: Option<u64>,
    pub(super) forged: u64,
}

impl Beacons {
    pub(super) fn note(&mut self, frame: u64, mic: MicState, replayed: bool) {
        match (mic, replayed) {
            (MicState::Valid, false) => self.proved += 1,
            // Of a key that was not delivered in the capture.
            (MicState::Unverified, _) => {}
            _ => {
                self.first_forged.get_or_insert(frame);
                self.forged += 1;
            }
        }
    }
}

/// The two frames of a fast transition that have a MIC.
#[derive(Clone, Copy)]
pub(super) struct Transition {
    pub(super) request: (u64, MicState),
    pub(super) response: Option<(u64, MicState)>,
}

/// A run of data frames.
#[derive(Clone, Copy)]
pub(super) struct Data {
    pub(super) first: u64,
    pub(super) frames: u64,
}

/// How the association ended, where a frame says so.
#[derive(Clone, Copy)]
pub(super) struct Disconnection {
    pub(super) frame: u64,
    pub(super) sender: Sender,
    pub(super) reason: frame::codes::ReasonCode,
}

/// Whether a secret could be tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearing {
    NoneGiven,
    NoneForThis,
    Given,
}

/// One 4-way handshake: for each message whether it was seen, and with the best state of its MIC.
#[derive(Clone, Copy, Default)]
struct FourWay {
    seen: [Option<(u64, MicState)>; 4],
    /// The message that came last.
    last: Option<(u64, MessageName)>,
}

const MESSAGES: [MessageName; 4] = [
    MessageName::FourWay1,
    MessageName::FourWay2,
    MessageName::FourWay3,
    MessageName::FourWay4,
];

pub(super) fn judge(evidence: &Evidence<'_>) -> Verdict {
    let handshakes = four_way_handshakes(evidence.steps);
    let (finding, decisive) = find(evidence, &handshakes);
    Verdict {
        finding,
        remarks: remarks(evidence, finding, decisive, &handshakes),
    }
}

/// The finding, and the handshake that it rests on. The first rule that applies decides.
fn find<'h>(evidence: &Evidence<'_>, handshakes: &'h [FourWay]) -> (Finding, Option<&'h FourWay>) {
    if let Some(refusal) = refusal(evidence.steps) {
        return (refusal, None);
    }
    if let Some(mismatch) = evidence.mismatch {
        return (mismatch, None);
    }
    if let Some((handshake, frame)) = handshakes
        .iter()
        .find_map(|handshake| Some((handshake, handshake.proof()?)))
    {
        let missing = if evidence.is_wpa {
            missing_group_key(evidence.steps, frame)
        } else {
            None
        };
        return (missing.unwrap_or(Finding::Authorized { frame }), Some(handshake));
    }
    if let Some(finding) = evidence
        .transition
        .and_then(|transition| judge_transition(transition, evidence))
    {
        return (finding, None);
    }
    let with_message_2 = |state| {
        handshakes
            .iter()
            .find(move |handshake| handshake.mic(MessageName::FourWay2) == Some(state))
    };
    let secret_proved = with_message_2(MicState::Valid).is_some();
    if !secret_proved {
        if let Some(handshake) = with_message_2(MicState::Invalid) {
            return (handshake.wrong_secret(evidence), Some(handshake));
        }
        if let Some(handshake) = handshakes.iter().find(|handshake| handshake.is_complete()) {
            return (
                Finding::Unverified {
                    missing: missing(evidence.secrets),
                },
                Some(handshake),
            );
        }
    }
    let last = handshakes.last();
    (unfinished(evidence, last, secret_proved), last)
}

/// The operation is not complete: somebody left, or the capture shows no more.
fn unfinished(evidence: &Evidence<'_>, last: Option<&FourWay>, secret_proved: bool) -> Finding {
    let after = last.and_then(|handshake| handshake.last).map(|(_, name)| name);
    let eap_result = evidence
        .steps
        .iter()
        .rfind(|step| matches!(step.event, Event::EapSuccess | Event::EapFailure));
    if let (
        Some(Step {
            frame,
            event: Event::EapFailure,
            ..
        }),
        None,
    ) = (eap_result, after)
    {
        let alert = |step: &Step| match &step.event {
            Event::Eap(eap) => eap.alert(step.sender),
            _ => None,
        };
        return Finding::EapRefused {
            frame: *frame,
            alert: evidence.steps.iter().rev().find_map(alert),
        };
    }
    match evidence.disconnection {
        Some(Disconnection { frame, sender, reason }) => Finding::Disconnected {
            frame,
            sender,
            reason,
            after,
            secret_proved,
        },
        None => unfinished_sae(evidence.steps).unwrap_or(Finding::Stopped { after, secret_proved }),
    }
}

/// A refusal by the access point that nothing followed.
pub(super) fn refusal(steps: &[Step]) -> Option<Finding> {
    let mut refusal = None;
    for step in steps {
        let frame = step.frame;
        match (&step.event, step.sender) {
            (
                Event::Authentication {
                    algorithm,
                    sequence,
                    status,
                    ..
                },
                sender,
            ) if SaeStep::refutes_password(*algorithm, *sequence, *status) => {
                let status = *status;
                refusal = Some(Finding::ConfirmRefused { frame, sender, status });
            }
            // The station goes on with another group.
            (
                Event::Authentication {
                    sae: Some(SaeStep::Commit { .. }),
                    ..
                },
                Sender::Station,
            ) if wants_another_group(refusal) => refusal = None,
            (&Event::Authentication { status, sae, .. }, Sender::AccessPoint) => {
                let goes_on = matches!(
                    sae,
                    Some(SaeStep::Commit { .. } | SaeStep::Confirm | SaeStep::TokenRequest)
                );
                let refused = status != StatusCode::SUCCESS && !goes_on;
                refusal = refused.then_some(Finding::AuthenticationRefused { frame, status });
            }
            (&Event::TransitionAction(FtStep::Response(status) | FtStep::Ack(status)), Sender::AccessPoint) => {
                let refused = status != StatusCode::SUCCESS;
                refusal = refused.then_some(Finding::AuthenticationRefused { frame, status });
            }
            (&Event::AssociationResponse { status, .. }, _) => {
                refusal = (status != StatusCode::SUCCESS).then_some(Finding::AssociationRefused { frame, status });
            }
            (Event::Key(_), _) => refusal = None,
            _ => {}
        }
    }
    refusal
}

/// The refusal of one group, which another one may follow.
fn wants_another_group(refusal: Option<Finding>) -> bool {
    matches!(
        refusal,
        Some(Finding::AuthenticationRefused {
            status: StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP,
            ..
        })
    )
}

/// SAE without an end: not both ends have confirmed, and no association followed.
fn unfinished_sae(steps: &[Step]) -> Option<Finding> {
    let mut last = None;
    let (mut by_station, mut by_access_point) = (false, false);
    for step in steps {
        match step.event {
            Event::Authentication { sae: Some(sae), .. } => {
                let confirmed = sae == SaeStep::Confirm;
                match step.sender {
                    Sender::Station => by_station = confirmed,
                    Sender::AccessPoint => by_access_point = confirmed,
                }
                last = Some(Finding::SaeUnfinished {
                    frame: step.frame,
                    sender: step.sender,
                    step: sae,
                });
            }
            Event::AssociationRequest(_) | Event::Key(_) => return None,
            _ => {}
        }
    }
    last.filter(|_| !(by_station && by_access_point))
}

/// With WPA, the first 4-way handshake leaves no group key: the station must have confirmed one that came later.
fn missing_group_key(steps: &[Step], message_4: u64) -> Option<Finding> {
    let mut finding = Finding::NoGroupKey {
        frame: message_4,
        delivered: false,
    };
    for step in steps {
        match step.event {
            Event::Key(Message {
                name: MessageName::Group1,
                mic: MicState::Valid,
                ..
            }) => {
                finding = Finding::NoGroupKey {
                    frame: step.frame,
                    delivered: true,
                };
            }
            Event::Key(Message {
                name: MessageName::Group2,
                mic: MicState::Valid,
                ..
            }) => return None,
            _ => {}
        }
    }
    Some(finding)
}

fn judge_transition(transition: Transition, evidence: &Evidence<'_>) -> Option<Finding> {
    let Transition {
        request: (request, request_mic),
        response,
    } = transition;
    match (request_mic, response) {
        (MicState::Valid, Some((frame, MicState::Valid))) => Some(Finding::Transition { frame }),
        (MicState::Valid, Some((frame, MicState::Invalid))) => Some(Finding::WrongTransitionKey { frame }),
        (MicState::Invalid, response) => Some(Finding::WrongSecret {
            frame: request,
            accepted: response.is_some(),
        }),
        (MicState::Unverified, Some(_)) => Some(Finding::Unverified {
            missing: missing(evidence.secrets),
        }),
        (_, None) if evidence.disconnection.is_none() => Some(Finding::TransitionUnanswered { frame: request }),
        _ => None,
    }
}

const fn missing(secrets: Bearing) -> Missing {
    match secrets {
        Bearing::NoneGiven => Missing::AnySecret,
        Bearing::NoneForThis => Missing::SecretForThis,
        Bearing::Given => Missing::Inputs,
    }
}

fn four_way_handshakes(steps: &[Step]) -> Vec<FourWay> {
    let mut handshakes: Vec<(u32, FourWay)> = Vec::new();
    for step in steps {
        let Event::Key(message) = step.event else { continue };
        let Some(place) = MESSAGES.iter().position(|name| *name == message.name) else {
            continue;
        };
        if handshakes.last().is_none_or(|(index, _)| *index != message.handshake) {
            handshakes.push((message.handshake, FourWay::default()));
        }
        if let Some((_, handshake)) = handshakes.last_mut() {
            handshake.note(place, step.frame, message);
        }
    }
    handshakes.into_iter().map(|(_, handshake)| handshake).collect()
}

impl FourWay {
    /// Of repeated messages the proved one counts, otherwise the last.
    fn note(&mut self, place: usize, frame: u64, message: Message) {
        self.last = Some((frame, message.name));
        if let Some(seen) = self.seen.get_mut(place)
            && !matches!(seen, Some((_, MicState::Valid)))
        {
            *seen = Some((frame, message.mic));
        }
    }

    fn of(&self, name: MessageName) -> Option<(u64, MicState)> {
        MESSAGES
            .iter()
            .zip(self.seen)
            .find_map(|(message, seen)| seen.filter(|_| *message == name))
    }

    fn mic(&self, name: MessageName) -> Option<MicState> {
        self.of(name).map(|(_, mic)| mic)
    }

    /// The frame of message 4, if the supplicant has proved that it holds the key (message 2) and has confirmed it.
    fn proof(&self) -> Option<u64> {
        let (frame, confirmed) = self.of(MessageName::FourWay4)?;
        let held = self.mic(MessageName::FourWay2)?;
        (held == MicState::Valid && confirmed == MicState::Valid).then_some(frame)
    }

    /// Message 2 is refuted. An access point that goes on all the same has found it right.
    fn wrong_secret(&self, evidence: &Evidence<'_>) -> Finding {
        let frame = self.of(MessageName::FourWay2).map_or(0, |(frame, _)| frame);
        let accepted = self.of(MessageName::FourWay3).is_some() || evidence.sealed_data.is_some();
        Finding::WrongSecret { frame, accepted }
    }

    /// The messages with a MIC are there.
    fn is_complete(&self) -> bool {
        MESSAGES.into_iter().skip(1).all(|name| self.of(name).is_some())
    }

    /// The messages before the last one that are not in the capture.
    fn gaps(&self) -> impl Iterator<Item = MessageName> {
        let last = self.seen.iter().rposition(Option::is_some).unwrap_or_default();
        let gaps = MESSAGES
            .into_iter()
            .zip(self.seen)
            .take(last)
            .filter(|(_, seen)| seen.is_none());
        gaps.map(|(name, _)| name)
    }
}
