//! What somebody says in the access point's name, or takes away from what the station says.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its exchange is not as it should be"
)]

use super::*;
use frame::Emit;
use frame::sae::{Commit, GroupList, HashToElement, TokenRequest};

const H2E: Method = Method::HashToElement;
const P256: &[Curve] = &[Curve::P256];

fn demand(group: u16) -> Frame {
    let request = TokenRequest {
        group,
        token: b"say it again",
        method: H2E,
    };
    Frame {
        transaction: 1,
        status: StatusCode::ANTI_CLOGGING_TOKEN_REQUIRED,
        body: request.to_vec().unwrap(),
    }
}

fn refuses(group: u16) -> Frame {
    Frame {
        transaction: 1,
        status: StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP,
        body: group.to_le_bytes().to_vec(),
    }
}

/// The same commit with another list of groups that were refused before.
fn with_rejected(frame: &Frame, rejected: Option<&[[u8; 2]]>) -> Frame {
    let commit = Commit::parse(&frame.body, H2E).unwrap();
    let changed = Commit {
        h2e: Some(HashToElement {
            rejected_groups: rejected.map(GroupList::from_octets),
            ..commit.h2e.unwrap_or_default()
        }),
        ..commit
    };
    Frame {
        body: changed.to_vec().unwrap(),
        ..frame.clone()
    }
}

#[test]
fn the_refused_groups_are_under_the_confirm_of_both_sides() {
    let terms = Terms { groups: P256, ..ALL };
    for stripped in [false, true] {
        let mut bench = Bench::new(Akm::SAE, H2E, &[Curve::P384, Curve::P256]);
        bench.to_ap.clear();
        bench.tell_station(&refuses(20)).unwrap();
        let second = bench.to_ap.remove(0);
        let told = Commit::parse(&second.body, H2E).unwrap().h2e.unwrap().rejected_groups;
        assert!(told.is_some_and(|list| list.iter().eq([20])));
        let heard = if stripped { with_rejected(&second, None) } else { second };
        bench.tell_ap(&heard, &terms).unwrap();
        bench.run_out(&terms);
        match stripped {
            false => drop(bench.pmk()),
            true => assert_eq!(bench.access_point, [Event::Failed(Failure::WrongPassword)]),
        }
    }
}

#[test]
fn what_is_said_of_another_group_or_by_the_other_method_does_not_count() {
    let mut bench = Bench::new(Akm::SAE, H2E, &[Curve::P256, Curve::P384]);
    let commit = bench.to_ap.remove(0);
    assert_eq!(bench.tell_station(&demand(20)), Err(Discarded::Mismatch));
    assert_eq!(bench.tell_station(&refuses(20)), Err(Discarded::Mismatch));
    let mut pecked = Bench::new(Akm::SAE, Method::HuntingAndPecking, P256);
    assert_eq!(bench.tell_station(&pecked.to_ap.remove(0)), Err(Discarded::Mismatch));
    assert!(bench.to_ap.is_empty());
    bench.to_ap.push(commit);
    bench.run(&ALL);
    bench.pmk();
}

#[test]
fn a_token_is_repeated_a_few_times_and_not_for_ever() {
    let mut bench = Bench::new(Akm::SAE, H2E, P256);
    bench.to_ap.clear();
    for _ in 0..4 {
        bench.tell_station(&demand(19)).unwrap();
    }
    assert_eq!(bench.tell_station(&demand(19)), Err(Discarded::Repeated));
    assert_eq!(bench.to_ap.len(), 4);
    bench.run(&ALL);
    bench.pmk();
}

#[test]
fn an_access_point_that_was_told_of_a_refusal_that_there_was_not_is_not_agreed_with() {
    let mut bench = Bench::new(Akm::SAE, H2E, &[Curve::P256, Curve::P384]);
    let commit = bench.to_ap.remove(0);
    bench.tell_ap(&commit, &ALL).unwrap();
    let theirs = bench.to_station.remove(0);
    let forged = with_rejected(&theirs, Some(&[20_u16.to_le_bytes()]));
    assert_eq!(bench.tell_station(&forged), Err(Discarded::GroupDowngrade));
    bench.tell_station(&theirs).unwrap();
    bench.run(&ALL);
    bench.pmk();
}

#[test]
fn a_commit_that_is_repeated_to_the_station_is_answered_a_few_times() {
    let mut bench = Bench::new(Akm::SAE, H2E, P256);
    let commit = bench.to_ap.remove(0);
    bench.tell_ap(&commit, &ALL).unwrap();
    let theirs = bench.to_station.remove(0);
    for _ in 0..6 {
        bench.tell_station(&theirs).unwrap();
    }
    assert_eq!(bench.tell_station(&theirs), Err(Discarded::Repeated));
    bench.run(&ALL);
    bench.pmk();
}
