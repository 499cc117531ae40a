//! R23 to R27: security packets, in and out.

use crate::support::{
    Bench, Call, GROUP, GROUP_MESSAGE_1, MESSAGE_1, MESSAGE_2, OTHER_PEER, On, PEER, eapol, packet_to,
};
use frame::MacAddress;
use frame::ethertype::EtherType;
use ihv::{
    AuthAlgorithm, EtherTypeHandling, ExemptionAction, HostAdapter, PacketType, PrivacyExemption, Rule, SecurityPacket,
    SendCompletion, Win32Error,
};
use portcullis_host::adapter::{AdapterEvent, Command, PacketId};
use portcullis_host::event::{DropReason, Kind};

fn received(bench: &Bench) -> Vec<Vec<u8>> {
    let calls = bench.calls().into_iter();
    calls
        .filter_map(|call| match call {
            Call::Receive(_, _, data) => Some(data),
            _ => None,
        })
        .collect()
}

fn dropped(bench: &Bench, adapter: HostAdapter) -> Vec<DropReason> {
    let events = bench.events(adapter);
    events
        .filter_map(|kind| match kind {
            Kind::PacketDropped { why, .. } => Some(*why),
            _ => None,
        })
        .collect()
}

#[test]
fn r23_only_packets_of_registered_ethertypes_reach_the_extension() {
    let mut bench = Bench::new();
    let adapter = bench.opened();
    bench.calls();
    for ethertype in [EtherType::IPV4, EtherType::PREAUTH, EtherType(0), EtherType(0x8e88)] {
        bench.receive_from(adapter, PEER, ethertype, b"data");
    }
    assert_eq!(bench.calls(), []);
    bench.receive(adapter, b"registered");
    assert_eq!(received(&bench), [b"registered"]);
}

#[test]
fn r23_packets_from_strangers_are_dropped_and_counted() {
    let mut bench = Bench::new();
    let adapter = bench.opened();
    bench.forget_events();
    bench.calls();
    for peer in [OTHER_PEER, GROUP, MacAddress([0; 6])] {
        bench.receive_from(adapter, peer, EtherType::EAPOL, &eapol(MESSAGE_1));
    }
    assert_eq!(bench.calls(), []);
    assert_eq!(dropped(&bench, adapter), [DropReason::NoPort; 3]);
    assert_eq!(bench.host.dropped(adapter), 3);
}

#[test]
fn r23_packets_arrive_one_at_a_time_in_the_order_of_reception() {
    let mut bench = Bench::new();
    let adapter = bench.associated();
    bench.extension.set_busy(adapter, true);
    for data in [b"1", b"2", b"3"] {
        bench.receive(adapter, data);
    }
    assert_eq!(received(&bench), [] as [&[u8]; 0]);
    bench.extension.set_busy(adapter, false);
    // What has waited comes before what comes now.
    bench.receive(adapter, b"4");
    assert_eq!(received(&bench), [b"2", b"3", b"4"]);
}

#[test]
fn r23_an_extension_that_becomes_busy_in_the_middle_gets_the_rest_later() {
    let mut bench = Bench::new();
    let adapter = bench.associated();
    bench.extension.set_busy(adapter, true);
    for data in [b"1", b"2", b"3"] {
        bench.receive(adapter, data);
    }
    bench.extension.set_busy(adapter, false);
    let extension = bench.extension.clone();
    bench.extension.on(On::Receive, adapter, move |_, seat| {
        extension.set_busy(seat.adapter, true);
        Ok(())
    });
    bench.resume(adapter);
    assert_eq!(received(&bench), [b"1"]);
    bench.extension.set_busy(adapter, false);
    bench.resume(adapter);
    assert_eq!(received(&bench), [b"2", b"3"]);
    bench.resume(adapter);
    assert_eq!(received(&bench), [] as [&[u8]; 0]);
}

#[test]
fn r23_a_packet_that_overtakes_the_association_waits_for_the_operation() {
    let mut bench = Bench::new();
    let adapter = bench.associating();
    bench.calls();
    bench.receive(adapter, &eapol(MESSAGE_1));
    bench.receive_from(adapter, OTHER_PEER, EtherType::EAPOL, b"stranger");
    assert_eq!(bench.calls(), []);
    bench.associate(adapter);
    assert!(matches!(
        &*bench.calls(),
        [Call::PostAssociate(..), Call::Receive(_, PEER, _)]
    ));
}

#[test]
fn r24_beyond_the_backlog_the_oldest_is_dropped_and_counted() {
    let mut bench = Bench::new();
    let adapter = bench.associated();
    bench.extension.set_busy(adapter, true);
    for data in [b"1", b"2", b"3", b"4", b"5"] {
        bench.receive(adapter, data);
    }
    assert_eq!(dropped(&bench, adapter), [DropReason::Backlog; 2]);
    assert_eq!(bench.host.dropped(adapter), 2);
    bench.extension.set_busy(adapter, false);
    bench.resume(adapter);
    assert_eq!(received(&bench), [b"3", b"4", b"5"]);
}

#[test]
fn r24_one_busy_adapter_does_not_hold_up_another() {
    let mut bench = Bench::new();
    let (busy, free) = (bench.associated(), bench.associated());
    bench.extension.set_busy(busy, true);
    bench.receive(busy, b"waits");
    bench.receive(free, b"passes");
    assert_eq!(received(&bench), [b"passes"]);
    bench.extension.set_busy(busy, false);
    bench.resume(busy);
}

#[test]
fn r25_a_reply_may_be_sent_from_inside_the_receive_handler() {
    let mut bench = Bench::new();
    let adapter = bench.associated();
    bench.take_commands();
    bench.receive(adapter, &eapol(MESSAGE_1));
    let commands = bench.take_commands();
    let [(to, Command::SendPacket(reply))] = &*commands else {
        panic!("one reply: {commands:?}");
    };
    assert_eq!((*to, reply.peer, reply.ethertype), (adapter, PEER, EtherType::EAPOL));
    assert_eq!(reply.data, eapol(MESSAGE_2));
}

#[test]
fn r26_each_packet_is_completed_exactly_once_with_its_handle() {
    let mut bench = Bench::new();
    let adapter = bench.associated();
    bench.act(adapter, |host, seat| {
        for handle in [7, 8, 8] {
            host.send_packet(seat.adapter, packet_to(PEER, b"data"), SendCompletion(handle))?;
        }
        Ok(())
    });
    let ids = bench.packets(adapter);
    bench.calls();
    // In any order; unknown ones and repetitions are nothing.
    for (id, expected) in [
        (ids[1], Some(8)),
        (ids[0], Some(7)),
        (ids[1], None),
        (PacketId(999), None),
        (ids[2], Some(8)),
    ] {
        bench.tell(adapter, AdapterEvent::PacketSent { id, sent: id != ids[2] });
        assert_eq!(
            bench.calls(),
            expected
                .map(|handle| Call::Sent(SendCompletion(handle)))
                .into_iter()
                .collect::<Vec<_>>()
        );
    }
    assert_eq!(
        bench
            .events(adapter)
            .filter(|kind| **kind == Kind::PacketNotSent {})
            .count(),
        1
    );
}

#[test]
fn r26_another_adapter_can_not_complete_a_packet() {
    let mut bench = Bench::new();
    let (adapter, other) = (bench.associated(), bench.associated());
    bench.act(adapter, |host, seat| seat.send(host, MESSAGE_2));
    let id = bench.packets(adapter)[0];
    bench.calls();
    bench.tell(other, AdapterEvent::PacketSent { id, sent: true });
    assert_eq!(bench.calls(), []);
}

#[test]
fn r26_packets_are_completed_when_the_adapter_is_reset_or_leaves() {
    for ending in [AdapterEvent::Reset, AdapterEvent::Removed] {
        let mut bench = Bench::new();
        let adapter = bench.opened();
        bench.take_commands();
        bench.act(adapter, |host, seat| {
            for handle in [7, 8, 9] {
                host.send_packet(seat.adapter, packet_to(PEER, b"data"), SendCompletion(handle))?;
            }
            Ok(())
        });
        let ids = bench.packets(adapter);
        bench.calls();
        bench.tell(adapter, ending);
        let sent: Vec<_> = bench
            .calls()
            .into_iter()
            .filter(|call| matches!(call, Call::Sent(_)))
            .collect();
        assert_eq!(sent, [7, 8, 9].map(|handle| Call::Sent(SendCompletion(handle))));
        for id in ids {
            bench.tell(adapter, AdapterEvent::PacketSent { id, sent: true });
        }
        assert_eq!(bench.calls(), []);
    }
}

#[test]
fn r26_only_unicast_destinations_are_accepted() {
    let mut bench = Bench::new();
    let adapter = bench.opened();
    bench.take_commands();
    bench.act(adapter, |host, seat| {
        for peer in [GROUP, MacAddress([1, 0, 0, 0, 0, 0])] {
            let refused = host.send_packet(seat.adapter, packet_to(peer, b"data"), SendCompletion(1));
            assert_eq!(refused, Err(Win32Error::INVALID_PARAMETER));
        }
        Ok(())
    });
    assert_eq!(bench.broken(), [(Rule::R26, "send_packet"); 2]);
    assert_eq!(bench.packets(adapter), []);
}

#[test]
fn r27_a_packet_is_peer_ethertype_and_data_whatever_it_holds() {
    let mut bench = Bench::new();
    let adapter = bench.associated();
    let huge = vec![0xff; 100_000];
    for data in [&[][..], &[2, 3], &eapol(GROUP_MESSAGE_1), &huge] {
        bench.calls();
        bench.receive(adapter, data);
        let own = bench.extension.seat(adapter).own;
        assert_eq!(bench.calls(), [Call::Receive(own, PEER, data.to_vec())]);
    }
}

#[test]
fn r27_ethertypes_are_those_that_were_registered() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    bench.extension.on(On::PreAssociate, adapter, |host, seat| {
        let handling = EtherTypeHandling {
            max_backlog: 0,
            exemptions: vec![PrivacyExemption {
                ethertype: EtherType(0x1234),
                action: ExemptionAction::WithoutPairwiseKey,
                packets: PacketType::Both,
            }],
            registrations: vec![EtherType(0x1234), EtherType(0x1234), EtherType::IPV4],
        };
        host.set_ethertype_handling(seat.adapter, handling)?;
        host.set_auth_algorithm(seat.adapter, AuthAlgorithm::OPEN)
    });
    bench.connect(adapter);
    bench.associate(adapter);
    let exemptions = bench
        .commands(adapter)
        .into_iter()
        .find(|command| command.starts_with("SetPrivacy"))
        .unwrap();
    assert!(exemptions.contains("WithoutPairwiseKey"), "{exemptions}");
    bench.calls();
    for ethertype in [EtherType(0x1234), EtherType(0x3412), EtherType::IPV4, EtherType::EAPOL] {
        bench.receive_from(adapter, PEER, ethertype, b"data");
    }
    assert_eq!(received(&bench).len(), 2);
    bench.act(adapter, |host, seat| {
        let packet = SecurityPacket {
            peer: PEER,
            ethertype: EtherType(0x1234),
            data: b"reply",
        };
        host.send_packet(seat.adapter, packet, SendCompletion(1))
    });
    assert_eq!(bench.packets(adapter).len(), 1);
}

#[test]
fn a_packet_that_the_extension_refuses_is_recorded_and_the_next_is_delivered() {
    let mut bench = Bench::new();
    let adapter = bench.associated();
    bench.extension.refuses(On::Receive, adapter, Win32Error::INVALID_DATA);
    bench.receive(adapter, b"bad");
    assert!(matches!(bench.events(adapter).last(), Some(Kind::PacketRefused { .. })));
    bench.calls();
    bench.receive(adapter, b"good");
    assert_eq!(received(&bench), [b"good"]);
}
