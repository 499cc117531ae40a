//! What else is worth knowing about an operation, whatever its verdict.

use super::super::operation::{Event, Freshness, Message, MicState, Step};
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
    if evidence.unlisted > 0 {
        remarks.push(Remark::Unlisted(evidence.unlisted));
    }
    remarks
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
