use super::super::captured::{self, ACCESS_POINT, CLOSED, message};
use super::*;
use host::adapter::AdapterEvent;
use wl_nl80211::Nl80211Attr;

/// A station after these messages, and what it has reported.
fn after(mut station: Station, datagrams: &[&str]) -> (Station, VecDeque<OwnedEvent>) {
    let mut events = VecDeque::new();
    for datagram in datagrams {
        station.handle(&message(datagram), &mut events);
    }
    (station, events)
}

fn associating(peer: MacAddress) -> Station {
    let mut station = Station::default();
    station.begin(Stage::Associating(peer));
    station
}

fn associated() -> Station {
    after(associating(ACCESS_POINT), &[captured::CONNECTED]).0
}

#[test]
fn an_association_is_reported_with_its_elements_behind_empty_fields() {
    let (station, events) = after(associating(ACCESS_POINT), &[captured::CONNECTED]);
    assert_eq!(station.stage(), Stage::Associated(ACCESS_POINT));
    let AdapterEvent::Associated(association) = events[0].borrow() else {
        panic!("expected an association");
    };
    assert_eq!((association.peer, association.reassociation), (ACCESS_POINT, false));
    assert_eq!(association.request[..12], *b"\0\0\0\0\0\x06castle");
    assert_eq!(association.response[..8], [0, 0, 0, 0, 0, 0, 1, 8]);
    assert!(association.beacon.is_empty() && !association.authorized);
}

#[test]
fn an_access_point_that_does_not_answer_is_told_from_one_that_refuses() {
    let failure = |peer, datagrams: &[&str]| match after(associating(peer), datagrams).1.pop_front() {
        Some(OwnedEvent::AssociationFailed {
            peer: failed, failure, ..
        }) if failed == peer => failure,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        failure(ACCESS_POINT, &[captured::NOT_ANSWERED]),
        AssociationFailure::NoAnswer
    );
    assert_eq!(
        failure(CLOSED, &[captured::AUTHENTICATION_REFUSED, captured::NOT_CONNECTED]),
        AssociationFailure::Authentication(StatusCode(1))
    );
    assert_eq!(
        failure(CLOSED, &[captured::NOT_CONNECTED]),
        AssociationFailure::Association(StatusCode(1))
    );
}

#[test]
fn a_refusal_of_one_attempt_does_not_colour_the_next() {
    let (mut station, _) = after(associating(CLOSED), &[captured::AUTHENTICATION_REFUSED]);
    station.begin(Stage::Associating(CLOSED));
    let (_, events) = after(station, &[captured::NOT_CONNECTED]);
    assert!(matches!(
        events[0],
        OwnedEvent::AssociationFailed {
            failure: AssociationFailure::Association(_),
            ..
        }
    ));
}

#[test]
fn eapol_ahead_of_its_association_waits_for_it() {
    let (station, events) = after(associating(ACCESS_POINT), &[captured::MESSAGE_1]);
    assert!(events.is_empty());
    let (_, events) = after(station, &[captured::CONNECTED]);
    assert!(matches!(
        events.iter().map(OwnedEvent::borrow).collect::<Vec<_>>().as_slice(),
        [AdapterEvent::Associated(_), AdapterEvent::PacketReceived { peer: ACCESS_POINT, data, .. }]
            if data.starts_with(&[2, 3, 0, 95])
    ));
}

#[test]
fn eapol_of_nobody_that_is_being_joined_is_dropped() {
    for station in [Station::default(), associating(CLOSED)] {
        let (mut station, mut events) = after(station, &[captured::MESSAGE_1]);
        station.stage = Stage::Associating(CLOSED);
        station.handle(&message(captured::CONNECTED), &mut events);
        assert_eq!(events.len(), 1, "the association, and nothing else");
    }
}

#[test]
fn whether_a_packet_came_encrypted_is_told() {
    let told = |event: Option<OwnedEvent>| match event {
        Some(OwnedEvent::PacketReceived { encrypted, .. }) => encrypted,
        other => panic!("{other:?}"),
    };
    let (mut station, mut events) = after(associated(), &[captured::MESSAGE_1]);
    assert_eq!(told(events.pop_front()), Some(false));
    let mut encrypted = message(captured::MESSAGE_1);
    encrypted
        .attributes
        .retain(|attribute| *attribute != Nl80211Attr::ControlPortNoEncrypt);
    station.handle(&encrypted, &mut events);
    assert_eq!(told(events.pop_front()), Some(true));
}

#[test]
fn who_ended_an_association_and_how_is_told() {
    let cause = |datagrams: &[&str]| {
        let (station, mut events) = after(associated(), datagrams);
        assert_eq!(station.stage(), Stage::Idle);
        match events.pop_front() {
            Some(OwnedEvent::Disassociated {
                peer: ACCESS_POINT,
                cause,
            }) => cause,
            other => panic!("{other:?}"),
        }
    };
    let reason = ReasonCode(2);
    assert_eq!(
        cause(&[captured::DEAUTHENTICATED, captured::DISCONNECTED]),
        DisassociationCause::Deauthenticated(reason)
    );
    assert_eq!(
        cause(&[captured::DISASSOCIATED, captured::DISCONNECTED]),
        DisassociationCause::Disassociated(reason)
    );
    assert_eq!(
        cause(&[captured::DISCONNECTED]),
        DisassociationCause::Deauthenticated(reason)
    );
}

#[test]
fn an_association_that_ended_on_this_side_is_lost_or_was_ended_here() {
    for (reason, expected) in [
        (INACTIVITY, DisassociationCause::Lost),
        (ReasonCode(3), DisassociationCause::Local(ReasonCode(3))),
    ] {
        let ended = super::super::connect::disconnect(captured::IFINDEX, reason);
        let mut events = VecDeque::new();
        associated().handle(&ended, &mut events);
        assert!(matches!(events[0], OwnedEvent::Disassociated { cause, .. } if cause == expected));
    }
}

#[test]
fn the_end_of_an_earlier_association_does_not_end_an_attempt() {
    let (station, events) = after(associating(ACCESS_POINT), &[captured::DISCONNECTED]);
    assert_eq!(station.stage(), Stage::Associating(ACCESS_POINT));
    assert!(events.is_empty());
}

#[test]
fn a_packet_has_left_when_the_kernel_says_so_and_once() {
    let mut station = associated();
    station.sending(2, PacketId(40));
    station.sending(3, PacketId(41));
    let (mut station, mut events) = after(station, &[captured::LEFT, captured::LEFT]);
    assert!(matches!(
        events.pop_front(),
        Some(OwnedEvent::PacketSent {
            id: PacketId(40),
            sent: true
        })
    ));
    assert!(events.is_empty() && station.is_sending());
    station.leave(&mut events);
    assert!(matches!(
        events.pop_front(),
        Some(OwnedEvent::PacketSent {
            id: PacketId(41),
            sent: false
        })
    ));
    assert!(!station.is_sending());
}

#[test]
fn a_driver_that_moves_by_itself_ends_one_association_and_begins_the_next() {
    let mut roamed = message(captured::CONNECTED);
    roamed.cmd = Nl80211Command::Roam;
    let mut station = associated();
    station.stage = Stage::Associated(CLOSED);
    let mut events = VecDeque::new();
    station.handle(&roamed, &mut events);
    assert!(matches!(
        events.make_contiguous(),
        [OwnedEvent::Disassociated { peer: CLOSED, .. }, OwnedEvent::Associated(association)]
            if association.reassociation && association.request[4..10] == CLOSED.0
    ));
}

#[test]
fn an_association_whose_handshake_is_the_drivers_stands_when_that_is_done() {
    let offloaded = || {
        let mut station = associating(ACCESS_POINT);
        station.leave_handshake_to_driver();
        let (station, events) = after(station, &[captured::CONNECTED]);
        assert!(events.is_empty());
        station
    };
    let proved = Nl80211Message {
        cmd: Nl80211Command::PortAuthorized,
        attributes: vec![Nl80211Attr::Mac(ACCESS_POINT.0)],
    };
    let (mut station, mut events) = (offloaded(), VecDeque::new());
    station.handle(&proved, &mut events);
    assert!(matches!(
        events.make_contiguous(),
        [OwnedEvent::Associated(association)] if association.authorized
    ));
    let (station, events) = after(offloaded(), &[captured::DISCONNECTED]);
    assert!(matches!(
        events.as_slices().0,
        [OwnedEvent::Disassociated { peer: ACCESS_POINT, .. }]
    ));
    assert_eq!(station.stage(), Stage::Idle);
}

#[test]
fn a_driver_asks_for_an_authentication_of_the_access_point_it_was_given() {
    let awaiting = || {
        let mut station = Station::default();
        station.begin(Stage::Exchanging(ACCESS_POINT));
        station.await_driver();
        station
    };
    let ask = |bssid: MacAddress| Nl80211Message {
        cmd: Nl80211Command::ExternalAuth,
        attributes: vec![
            Nl80211Attr::ExternalAuthAction(wl_nl80211::Nl80211ExternalAuthAction::Start),
            Nl80211Attr::Bssid(bssid.0),
        ],
    };
    let (mut station, mut events) = (awaiting(), VecDeque::new());
    station.handle(&ask(ACCESS_POINT), &mut events);
    assert!(station.take_asked() && !station.take_asked() && events.is_empty());
    let mut commit = message(captured::AUTHENTICATION_REFUSED);
    commit.cmd = Nl80211Command::Frame;
    station.stage = Stage::Exchanging(CLOSED);
    station.handle(&commit, &mut events);
    assert!(matches!(
        events.pop_front(),
        Some(OwnedEvent::AuthenticationReceived {
            peer: CLOSED,
            status: StatusCode(1),
            ..
        })
    ));
    let mut station = awaiting();
    station.handle(&ask(CLOSED), &mut events);
    assert!(matches!(
        events.pop_front(),
        Some(OwnedEvent::AssociationFailed {
            peer: ACCESS_POINT,
            failure: AssociationFailure::Driver(ECANCELED),
            ..
        })
    ));
}
