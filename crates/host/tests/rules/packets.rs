//! Security packets both ways: R23 to R27.

use crate::support::air::{self, AP, GROUP, STRANGER};
use crate::support::extension::{eapol_handling, prepare};
use crate::support::{Call, Lab, NOW, packets, refused};
use frame::eapol_key::MessageName;
use frame::ethertype::EtherType;
use ihv::{Rule, SecurityPacket, SendCompletion, Win32Error};
use portcullis_host::adapter::{AdapterEvent, AssociationFailure, Command, DisassociationCause, PacketId};
use portcullis_host::event::{DropReason, Kind};

/// What the extension received since its calls were last asked for.
fn received(lab: &Lab) -> Vec<Vec<u8>> {
    let data = |call| match call {
        Call::Packet(_, _, _, data) => Some(data),
        _ => None,
    };
    lab.extension.calls().into_iter().filter_map(data).collect()
}

fn completed(lab: &Lab) -> Vec<SendCompletion> {
    let completion = |call| match call {
        Call::Sent(completion) => Some(completion),
        _ => None,
    };
    lab.extension.calls().into_iter().filter_map(completion).collect()
}

fn send(lab: &mut Lab, completion: u64) -> PacketId {
    let adapter = lab.adapter;
    lab.inside(move |host| host.send_packet(adapter, air::eapol(&[2, 1, 0, 0]), SendCompletion(completion)))
        .unwrap();
    packets(&lab.commands())[0]
}

fn dropped(lab: &mut Lab) -> Vec<DropReason> {
    let why = |kind| match kind {
        Kind::PacketDropped { why, .. } => Some(why),
        _ => None,
    };
    lab.kinds().into_iter().filter_map(why).collect()
}

#[test]
fn r23_packets_arrive_in_their_order() {
    let mut lab = Lab::new();
    lab.associated();
    let sent: Vec<Vec<u8>> = (0..20).map(|number| vec![2, 0, 0, 1, number]).collect();
    for data in &sent {
        lab.receive(data);
    }
    assert_eq!(received(&lab), sent);
}

#[test]
fn r23_what_is_not_registered_or_comes_from_nobody_never_reaches_the_extension() {
    let mut lab = Lab::new();
    let packet = |peer, ethertype| AdapterEvent::PacketReceived {
        peer,
        ethertype,
        data: &[2, 0, 0, 0],
        encrypted: Some(true),
    };
    lab.event(packet(AP, EtherType::EAPOL));
    lab.associated();
    lab.forget();
    lab.event(packet(AP, EtherType::PREAUTH));
    lab.event(packet(AP, EtherType::IPV4));
    lab.event(packet(STRANGER, EtherType::EAPOL));
    lab.event(packet(GROUP, EtherType::EAPOL));
    assert_eq!(lab.extension.calls(), []);
    assert_eq!(
        dropped(&mut lab),
        [
            DropReason::PortClosed,
            DropReason::PortClosed,
            DropReason::NoPort,
            DropReason::NoPort
        ]
    );
    assert_eq!(lab.host.dropped(lab.adapter), 5);
}

#[test]
fn r23_data_on_an_open_port_is_neither_dropped_nor_given_to_the_extension() {
    let mut lab = Lab::new();
    lab.authorized();
    lab.forget();
    lab.event(AdapterEvent::PacketReceived {
        peer: AP,
        ethertype: EtherType::IPV4,
        data: &[0x45; 1500],
        encrypted: Some(true),
    });
    assert_eq!(lab.extension.calls(), []);
    assert_eq!(lab.host.dropped(lab.adapter), 0);
}

#[test]
fn r23_eap_that_comes_in_the_clear_from_a_peer_with_keys_is_dropped_and_eapol_key_is_not() {
    /// The octets of EAPOL: EAP, EAPOL-Start, EAPOL-Key.
    const EAPOL: [[u8; 4]; 3] = [[2, 0, 0, 0], [2, 1, 0, 0], [2, 3, 0, 0]];
    let mut lab = Lab::new();
    let hear = |lab: &mut Lab, encrypted| {
        for data in &EAPOL {
            lab.event(AdapterEvent::PacketReceived {
                peer: AP,
                ethertype: EtherType::EAPOL,
                data,
                encrypted,
            });
        }
        received(lab).len()
    };
    lab.associated();
    lab.forget();
    assert_eq!(hear(&mut lab, Some(false)), 3);
    let mut lab = Lab::new();
    lab.authorized();
    lab.forget();
    assert_eq!(hear(&mut lab, Some(false)), 1);
    assert_eq!(dropped(&mut lab), [DropReason::Unencrypted; 2]);
    assert_eq!([None, Some(true)].map(|encrypted| hear(&mut lab, encrypted)), [3, 3]);
}

#[test]
fn r23_only_the_answer_to_an_eapol_key_message_that_came_in_the_clear_goes_out_in_the_clear() {
    use MessageName::{FourWay1, FourWay2, FourWay3, FourWay4, Group1, Group2, Request};
    let mut lab = Lab::new();
    lab.authorized();
    for (came, encrypted, said, in_the_clear) in [
        (FourWay1, Some(false), FourWay2, true),
        (FourWay3, Some(false), FourWay4, true),
        (Group1, Some(false), Group2, true),
        (FourWay3, Some(true), FourWay4, false),
        (FourWay3, None, FourWay4, false),
        // What answers another message, and what answers none.
        (FourWay1, Some(false), FourWay4, false),
        (FourWay3, Some(false), Group2, false),
        (FourWay3, Some(false), Request, false),
    ] {
        lab.event(AdapterEvent::PacketReceived {
            peer: AP,
            ethertype: EtherType::EAPOL,
            data: &air::message(came),
            encrypted,
        });
        lab.forget();
        let adapter = lab.adapter;
        lab.inside(move |host| {
            let packet = SecurityPacket {
                peer: AP,
                ethertype: EtherType::EAPOL,
                data: &air::message(said),
            };
            host.send_packet(adapter, packet, SendCompletion(1))
        })
        .unwrap();
        let commands = lab.commands();
        let [Command::SendPacket(packet)] = &commands[..] else {
            panic!("{commands:?}");
        };
        assert_eq!(packet.in_the_clear, in_the_clear, "{came:?} {encrypted:?}: {said:?}");
    }
}

#[test]
fn r23_a_packet_that_comes_before_the_word_of_its_association_waits_for_the_operation() {
    let mut lab = Lab::new();
    lab.associating();
    lab.receive(b"early");
    assert_eq!(received(&lab), [] as [Vec<u8>; 0]);
    lab.event(air::associated(AP));
    lab.receive(b"late");
    assert_eq!(received(&lab), [b"early".to_vec(), b"late".to_vec()]);
}

#[test]
fn r23_a_packet_of_a_failed_association_neither_reaches_the_next_one_nor_holds_up_its_packets() {
    for next in [AP, STRANGER] {
        let mut lab = Lab::new();
        lab.associating();
        lab.receive(b"of the first");
        let failure = AssociationFailure::NoAnswer;
        lab.event(AdapterEvent::AssociationFailed {
            peer: AP,
            failure,
            elements: &[],
        });
        lab.extension.calls();

        lab.host.connect(NOW, lab.adapter, air::profile()).unwrap();
        lab.event(AdapterEvent::ScanCompleted(&[air::bss(next)]));
        let [Call::PreAssociate(adapter, session)] = lab.extension.calls()[..] else {
            panic!("no pre-association")
        };
        lab.inside(move |host| {
            host.pre_associate_completion(adapter, session, ihv::Reason::SUCCESS, Win32Error::SUCCESS)
        })
        .unwrap();
        lab.event(air::associated(next));
        lab.event(AdapterEvent::PacketReceived {
            peer: next,
            ethertype: EtherType::EAPOL,
            data: b"of the second",
            encrypted: None,
        });
        assert_eq!(received(&lab), [b"of the second".to_vec()]);
    }
}

#[test]
fn r24_a_busy_extension_has_its_packets_wait_and_the_oldest_give_way() {
    let mut lab = Lab::new();
    lab.extension.script(|host, call| match *call {
        Call::PreAssociate(adapter, _) => {
            prepare(host, adapter).unwrap();
            Some(host.set_ethertype_handling(adapter, eapol_handling(3)).map_err(refused))
        }
        _ => None,
    });
    lab.associated();
    lab.forget();
    lab.extension.set_busy(true);
    for number in 0..5 {
        lab.receive(&[number]);
    }
    assert_eq!(received(&lab), [] as [Vec<u8>; 0]);
    assert_eq!(dropped(&mut lab), [DropReason::Backlog; 2]);
    assert_eq!(lab.host.dropped(lab.adapter), 2);
    // Free again: what waited comes first, even if nobody said so.
    lab.extension.set_busy(false);
    lab.receive(&[5]);
    assert_eq!(received(&lab), [[3], [4], [5]]);
    assert_eq!(lab.host.dropped(lab.adapter), 3);
}

#[test]
fn r24_resuming_hands_over_until_the_extension_is_busy_again() {
    let mut lab = Lab::new();
    lab.associated();
    lab.extension.set_busy(true);
    for number in 0..4 {
        lab.receive(&[number]);
    }
    lab.extension.calls();
    lab.host.resume(NOW, lab.adapter);
    assert_eq!(received(&lab), [] as [Vec<u8>; 0]);
    let extension = lab.extension.clone();
    lab.extension.script(move |_, call| {
        matches!(call, Call::Packet(..)).then(|| {
            extension.set_busy(true);
            Ok(())
        })
    });
    for number in 0..4 {
        lab.extension.set_busy(false);
        lab.host.resume(NOW, lab.adapter);
        assert_eq!(received(&lab), [[number]]);
    }
    assert_eq!(lab.host.dropped(lab.adapter), 0);
    // The script and the extension hold each other.
    lab.extension.script(|_, _| None);
}

#[test]
fn r24_what_waits_goes_with_its_port() {
    let mut lab = Lab::new();
    lab.associated();
    lab.extension.set_busy(true);
    lab.receive(b"stale");
    let cause = DisassociationCause::Lost;
    lab.event(AdapterEvent::Disassociated { peer: AP, cause });
    lab.extension.set_busy(false);
    lab.extension.calls();
    lab.associated();
    lab.host.resume(NOW, lab.adapter);
    assert_eq!(received(&lab), [] as [Vec<u8>; 0]);
}

#[test]
fn r25_a_reply_may_be_sent_from_inside_the_receive_handler() {
    let mut lab = Lab::new();
    lab.associated();
    lab.forget();
    lab.extension.script(|host, call| match *call {
        Call::Packet(adapter, peer, ethertype, ref data) => {
            let reply = SecurityPacket { peer, ethertype, data };
            Some(host.send_packet(adapter, reply, SendCompletion(1)).map_err(refused))
        }
        _ => None,
    });
    lab.receive(b"first");
    lab.receive(b"second");
    let commands = lab.commands();
    let [Command::SendPacket(first), Command::SendPacket(second)] = &commands[..] else {
        panic!("{commands:?}");
    };
    assert_eq!((&first.data[..], &second.data[..]), (&b"first"[..], &b"second"[..]));
    assert_eq!(lab.broken(), []);
}

#[test]
fn r25_a_packet_that_the_extension_refuses_is_recorded_and_the_next_one_comes() {
    let mut lab = Lab::new();
    lab.associated();
    lab.forget();
    lab.extension
        .script(|_, call| matches!(call, Call::Packet(..)).then_some(Err(refused(Win32Error::INVALID_DATA))));
    lab.receive(b"first");
    lab.receive(b"second");
    let refusals = lab.kinds();
    assert_eq!(
        refusals
            .iter()
            .filter(|kind| matches!(kind, Kind::PacketRefused { .. }))
            .count(),
        2
    );
    assert_eq!(received(&lab).len(), 2);
}

#[test]
fn r26_each_packet_is_completed_once_with_its_own_handle() {
    let mut lab = Lab::new();
    lab.associated();
    let ids: Vec<PacketId> = (1..=3).map(|completion| send(&mut lab, completion)).collect();
    lab.forget();
    for (id, sent) in [(ids[2], true), (ids[0], false), (ids[1], true)] {
        lab.event(AdapterEvent::PacketSent { id, sent });
    }
    assert_eq!(completed(&lab), [3, 1, 2].map(SendCompletion));
    let not_sent = lab.kinds();
    assert_eq!(not_sent, [Kind::PacketNotSent {}]);
    // Twice, or for what was never sent, there is nothing to complete.
    for id in [ids[0], PacketId(0), PacketId(u64::MAX)] {
        lab.event(AdapterEvent::PacketSent { id, sent: true });
    }
    assert_eq!(completed(&lab), []);
}

#[test]
fn r26_another_adapter_does_not_complete_a_packet() {
    let mut lab = Lab::new();
    lab.associated();
    let id = send(&mut lab, 1);
    lab.forget();
    lab.host
        .handle_event(NOW, lab.bystander, AdapterEvent::PacketSent { id, sent: true });
    assert_eq!(completed(&lab), []);
    lab.event(AdapterEvent::PacketSent { id, sent: true });
    assert_eq!(completed(&lab), [SendCompletion(1)]);
}

#[test]
fn r26_packets_are_completed_when_the_adapter_fails_is_reset_or_leaves() {
    for end in [AdapterEvent::Reset, AdapterEvent::Removed] {
        let mut lab = Lab::new();
        lab.associated();
        let ids = [send(&mut lab, 1), send(&mut lab, 2)];
        // The association is over, the packets are still the adapter's.
        let cause = DisassociationCause::Lost;
        lab.event(AdapterEvent::Disassociated { peer: AP, cause });
        lab.forget();
        lab.event(AdapterEvent::PacketSent {
            id: ids[1],
            sent: false,
        });
        lab.event(end);
        assert_eq!(completed(&lab), [2, 1].map(SendCompletion));
        for id in ids {
            lab.event(AdapterEvent::PacketSent { id, sent: true });
        }
        assert_eq!(completed(&lab), []);
    }
}

#[test]
fn r26_a_packet_sent_from_inside_the_stop_is_completed_before_its_adapter_is_deinitialised() {
    let mut lab = Lab::new();
    lab.associated();
    lab.forget();
    lab.extension.script(|host, call| match *call {
        Call::Stop(adapter, ..) => Some(
            host.send_packet(adapter, air::eapol(&[2, 2, 0, 0]), SendCompletion(5))
                .map_err(refused),
        ),
        _ => None,
    });
    lab.event(AdapterEvent::Removed);
    let calls = lab.extension.calls();
    assert!(
        matches!(
            &calls[..],
            [Call::Stop(..), Call::Sent(SendCompletion(5)), Call::DeinitAdapter(_)]
        ),
        "{calls:?}"
    );
}

#[test]
fn r26_group_destinations_and_packets_beyond_the_limit_are_refused() {
    let mut lab = Lab::new();
    lab.associated();
    lab.forget();
    let adapter = lab.adapter;
    let refusals = lab.inside(move |host| {
        let mut send = |peer, octets| {
            let data = &vec![0; octets][..];
            let ethertype = EtherType::EAPOL;
            host.send_packet(adapter, SecurityPacket { peer, ethertype, data }, SendCompletion(1))
        };
        [
            send(GROUP, 4),
            send(frame::MacAddress([0xff; 6]), 4),
            send(AP, 2305),
            send(AP, 1 << 20),
        ]
    });
    assert_eq!(refusals, [Err(Win32Error::INVALID_PARAMETER); 4]);
    assert_eq!(lab.broken(), [Rule::R26; 2]);
    assert!(lab.commands().is_empty());
    let longest = lab.inside(move |host| host.send_packet(adapter, air::eapol(&[0; 2304]), SendCompletion(1)));
    assert_eq!(longest, Ok(()));
}

#[test]
fn r27_a_packet_is_peer_ethertype_and_data_both_ways() {
    let mut lab = Lab::new();
    let ethertype = EtherType(0x1234);
    lab.extension.script(move |host, call| match *call {
        Call::PreAssociate(adapter, _) => {
            prepare(host, adapter).unwrap();
            let mut handling = eapol_handling(4);
            handling.registrations.push(ethertype);
            Some(host.set_ethertype_handling(adapter, handling).map_err(refused))
        }
        _ => None,
    });
    lab.associated();
    lab.forget();
    lab.event(AdapterEvent::PacketReceived {
        peer: AP,
        ethertype,
        data: b"up",
        encrypted: None,
    });
    assert_eq!(
        lab.extension.calls(),
        [Call::Packet(lab.adapter, AP, ethertype, b"up".to_vec())]
    );
    let adapter = lab.adapter;
    lab.inside(move |host| {
        let packet = SecurityPacket {
            peer: AP,
            ethertype,
            data: b"down",
        };
        host.send_packet(adapter, packet, SendCompletion(1))
    })
    .unwrap();
    let commands = lab.commands();
    let [Command::SendPacket(packet)] = &commands[..] else {
        panic!("{commands:?}");
    };
    assert_eq!(
        (packet.peer, packet.ethertype, &packet.data[..]),
        (AP, ethertype, &b"down"[..])
    );
}

#[test]
fn r27_a_packet_of_any_length_reaches_the_extension_as_it_came() {
    let mut lab = Lab::new();
    lab.associated();
    lab.extension.calls();
    for octets in [0, 1, 2304, 1 << 20] {
        lab.receive(&vec![3; octets]);
        assert_eq!(received(&lab), [vec![3; octets]]);
    }
}
