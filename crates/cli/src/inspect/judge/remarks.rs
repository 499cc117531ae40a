//! What else is worth knowing about an operation, whatever its verdict.

use frame::codes::StatusCode;
use keys::AkmSuite;
use keys::suites::Credential;

use super::super::operation::{Event, Freshness, Message, MicState, Request, SaeStep, Step};
use super::super::outcome::{Finding, Remark};
use super::{Beacons, Data, Disconnection, Evidence, FourWay};

pub(super) fn remarks(
    evidence: &Evidence<'_>,
    finding: Finding,
    decisive: Option<&FourWay>,
    handshakes: &[FourWay],
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    remarks.extend(decisive.into_iter().flat_map(FourWay::gaps).map(Remark::NotCaptured));
    match (finding, evidence.data, evidence.sealed_data) {
        (
            Finding::Stopped { .. } | Finding::Disconnected { .. } | Finding::NoGroupKey { .. },
            Some(Data { first, frames }),
            _,
        ) => {
            remarks.push(Remark::DataFollows { frame: first, frames });
        }
        (Finding::Stopped { .. } | Finding::Disconnected { .. }, None, Some(frame)) => {
            remarks.push(Remark::SealedDataFollows { frame });
        }
        (Finding::Authorized { .. }, ..) => remarks.extend(unfinished_rekey(handshakes)),
        _ => {}
    }
    remarks.extend(replays(evidence.steps));
    if !matches!(finding, Finding::WrongSecret { .. }) {
        remarks.extend(invalid_mics(evidence.steps));
    }
    if !matches!(finding, Finding::Disconnected { .. }) {
        let left = evidence.disconnection;
        remarks.extend(left.map(|Disconnection { frame, sender, reason }| Remark::Left { frame, sender, reason }));
    }
    remarks.extend(
        evidence
            .forged_disconnection
            .map(|frame| Remark::ForgedDisconnection { frame }),
    );
    let Beacons {
        proved,
        first_forged,
        forged: frames,
    } = evidence.beacons;
    remarks.extend((proved > 0).then_some(Remark::BeaconsProved { frames: proved }));
    remarks.extend(first_forged.map(|first| Remark::ForgedBeacons { first, frames }));
    remarks.extend(evidence.akm.and_then(|akm| kept_key(akm, evidence.steps)));
    if evidence.unlisted > 0 {
        remarks.push(Remark::Unlisted(evidence.unlisted));
    }
    remarks
}

/// What came of the PMK that the station named in its request, where an earlier authentication can have left one.
fn kept_key(akm: &AkmSuite, steps: &[Step]) -> Option<Remark> {
    // With fast transition, the name is that of a key of the domain.
    if akm.fast_transition || akm.credential == Credential::Psk {
        return None;
    }
    let mut named = None;
    for step in steps {
        match &step.event {
            // It is the key of this authentication.
            Event::Authentication {
                sae: Some(SaeStep::Confirm),
                ..
            } => return None,
            Event::AssociationRequest(Request { pmkid, .. }) => named = pmkid.map(|pmkid| (step.frame, pmkid)),
            // Opportunistic wireless encryption agrees on another one in the same two frames.
            Event::AssociationResponse {
                status: StatusCode::SUCCESS,
                response: Request { owe_group: Some(_), .. },
            }
            | Event::Eap(_)
            | Event::EapFailure => return named.map(|(frame, _)| Remark::KeyNotKept { frame }),
            Event::Key(message) => {
                let (frame, pmkid) = named?;
                return Some(match message.contents.pmkid {
                    Some(other) if other != pmkid => Remark::KeyNotKept { frame },
                    _ => Remark::KeptKey { frame },
                });
            }
            _ => {}
        }
    }
    None
}

/// The last handshake, if it is another one than the first and not complete.
fn unfinished_rekey(handshakes: &[FourWay]) -> Option<Remark> {
    let (last, earlier) = handshakes.split_last()?;
    let (frame, after) = last.last.filter(|_| !earlier.is_empty() && !last.is_complete())?;
    Some(Remark::RekeyUnfinished { frame, after })
}

/// The first replay: one is enough to tell.
fn replays(steps: &[Step]) -> Option<Remark> {
    steps.iter().find_map(|step| match step.event {
        Event::Key(Message {
            name,
            freshness: Freshness::Replayed,
            ..
        }) => Some(Remark::Replayed {
            frame: step.frame,
            name,
        }),
        _ => None,
    })
}

fn invalid_mics(steps: &[Step]) -> Option<Remark> {
    let mut invalid = steps.iter().filter(|step| {
        matches!(
            step.event,
            Event::Key(Message {
                mic: MicState::Invalid,
                ..
            })
        )
    });
    let first = invalid.next()?.frame;
    Some(Remark::InvalidMics {
        first,
        frames: 1 + invalid.count() as u64,
    })
}
