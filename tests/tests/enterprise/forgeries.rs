//! EAP packets that anybody may send in the clear, and a port that is open.

use super::*;

/// An EAP packet in an EAPOL PDU.
fn eapol(packet: &[u8]) -> Vec<u8> {
    let pdu = Eapol {
        version: 2,
        packet_type: PacketType::EAP_PACKET,
        body: packet,
    };
    pdu.to_vec().unwrap()
}

/// What somebody without keys can say in the name of the access point: EAP of every code, and EAPOL of other types.
fn forgeries() -> Vec<Vec<u8>> {
    vec![
        eapol(&[4, 9, 0, 4]),
        eapol(&[3, 9, 0, 4]),
        eapol(&[1, 9, 0, 8, 2, b'h', b'u', b'h']),
        eapol(&[1, 9, 0, 5, 1]),
        eapol(&[
            1, 9, 0, 22, 4, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
        ]),
        eapol(&[2, 9, 0, 5, 1]),
        vec![2, 1, 0, 0],
        vec![2, 2, 0, 0],
    ]
}

fn receive(network: &mut Network, pdu: &[u8], encrypted: Option<bool>) {
    let event = AdapterEvent::PacketReceived {
        peer: BSSID,
        ethertype: EtherType::EAPOL,
        data: pdu,
        encrypted,
    };
    let now = network.world.now();
    network.world.host.handle_event(now, network.adapter, event);
}

fn sent(events: &[Event]) -> usize {
    count(events, |kind| matches!(kind, Kind::PacketSent { .. }))
}

/// Somebody says this in the clear, in the name of the access point.
fn say_in_the_clear(network: &mut Network, forged: &[u8]) {
    let header = MacHeader::data_from_ap(network.address, BSSID, BSSID);
    let snap = Snap {
        ethertype: EtherType::EAPOL,
        payload: forged,
    };
    let frame = [header.to_vec().unwrap(), snap.to_vec().unwrap()].concat();
    network.world.simulation.set_tap(move |_, passing| {
        passing.clone_from(&frame);
        Fate::Pass
    });
    network
        .world
        .simulation
        .send_data_to(network.access_point, network.address, b"never arrives");
    network.world.simulation.set_tap(|_, _| Fate::Pass);
}

/// A message of the 4-way handshake with this key information, and with a MIC that is none.
fn key_message(information: u16) -> Vec<u8> {
    let mut pdu = vec![2, 3, 0, 95, 2];
    pdu.extend(information.to_be_bytes());
    pdu.resize(97, 0x55);
    // There are no key data.
    pdu.extend([0, 0]);
    pdu
}

#[test]
fn what_is_forged_in_the_clear_neither_closes_an_open_port_nor_is_answered() {
    for forged in forgeries() {
        let mut network = open(|| PASSWORD);
        say_in_the_clear(&mut network, &forged);
        let events = network.hear(LONG * 4);
        assert!(network.is_authorized(), "{forged:x?}: {events:?}");
        assert_eq!((authentications(&events), sent(&events)), (0, 0), "{forged:x?}");
        let dropped = count(&events, |kind| matches!(kind, Kind::PacketDropped { .. }));
        assert_eq!(dropped, 1, "{forged:x?}: {events:?}");
    }
}

#[test]
fn what_is_forged_in_the_clear_takes_the_protection_off_nothing_that_is_said() {
    const MESSAGE_3: u16 = 0x13ca;
    const MESSAGE_1_OF_THE_GROUP: u16 = 0x1382;
    let of_keys = [MESSAGE_3, MESSAGE_1_OF_THE_GROUP].map(key_message);
    for forged in forgeries().into_iter().chain(of_keys) {
        let mut network = open(|| PASSWORD);
        say_in_the_clear(&mut network, &forged);
        network.hear(Duration::from_millis(50));
        let own = network.address;
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        network.world.simulation.set_tap(move |_, frame| {
            let header = MacHeader::parse(frame).unwrap();
            if header.transmitter() == own && header.frame_control.frame_type() == FrameType::Data {
                heard.lock().unwrap().push(header.frame_control.protected());
            }
            Fate::Pass
        });
        let now = network.world.now();
        network
            .world
            .host
            .change_keys(now, network.adapter, KeyChange::Pairwise)
            .unwrap();
        let events = network.hear(LONG);
        assert_eq!(pairwise_keys(&events), 1, "{forged:x?}: {events:?}");
        let said = said.lock().unwrap();
        assert!(
            said.len() >= 3 && said.iter().all(|protected| *protected),
            "{forged:x?}: {said:?}"
        );
    }
}

#[test]
fn only_a_request_that_begins_an_authentication_is_acted_upon_on_an_open_port() {
    for encrypted in [None, Some(true)] {
        let mut network = open(|| PASSWORD);
        for said in forgeries()
            .into_iter()
            .filter(|said| said.get(4..6) != Some(&[1, 9]) || said.get(8) == Some(&2))
        {
            receive(&mut network, &said, encrypted);
            let events = network.hear(LONG * 4);
            assert!(network.is_authorized(), "{said:x?}: {events:?}");
            assert_eq!((authentications(&events), sent(&events)), (0, 0), "{said:x?}");
        }
    }
}

#[test]
fn an_access_point_that_begins_to_ask_and_falls_silent_closes_no_port() {
    let mut network = open(|| PASSWORD);
    receive(&mut network, &eapol(&[1, 9, 0, 5, 1]), None);
    let events = network.hear(LONG * 4);
    assert_eq!(authentications(&events), 1, "{events:?}");
    assert!(network.is_authorized(), "{events:?}");
    // The next one is heard.
    network
        .world
        .simulation
        .reauthenticate(network.access_point, network.address);
    let events = network.hear(Duration::from_millis(300));
    assert_eq!((authentications(&events), pairwise_keys(&events)), (1, 1), "{events:?}");
}

#[test]
fn a_renewal_that_is_not_answered_is_tried_again_until_the_key_expires() {
    const LIFETIME: Duration = Duration::from_secs(43_200);
    let mut network = open(|| PASSWORD);
    network.pass(LIFETIME / 10 * 6);
    network.world.simulation.set_tap(|_, _| Fate::Drop);
    let events = network.hear(LIFETIME / 10 * 3);
    assert!(authentications(&events) > 1 && network.is_authorized());
    network.world.simulation.set_tap(|_, _| Fate::Pass);
    let events = network.hear(LIFETIME / 10);
    assert_eq!(
        (pairwise_keys(&events), network.is_authorized()),
        (1, true),
        "{events:?}"
    );

    let mut network = open(|| PASSWORD);
    network.pass(LIFETIME / 10 * 6);
    network.world.simulation.set_tap(|_, _| Fate::Drop);
    let events = network.hear(LIFETIME / 2);
    let gone = Kind::Outcome(Outcome::OneX(OneXFailure::NoAuthenticator));
    assert_eq!(count(&events, |kind| *kind == gone), 1);
    assert!(!network.is_authorized());
}
