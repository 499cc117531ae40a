//! Whatever adapter and extension do, in whatever order: no panic, no port open without a success, every
//! packet completed once, every port deleted, and nobody else harmed.

use super::support::{Call, Lab, air, extension};
use frame::codes::{ReasonCode, StatusCode};
use frame::eapol_key::MessageName;
use frame::ethertype::EtherType;
use ihv::{ConnectSession, Direction, Host, HostAdapter, Reason, SecuritySession, SendCompletion, Win32Error};
use portcullis_host::adapter::{AdapterEvent, AssociationFailure, Command, DisassociationCause, PacketId};
use portcullis_host::event::Kind;
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What is known of the handles that the host gave out, and of the packets that it took.
#[derive(Default)]
struct Knowledge {
    connect: u64,
    session: u64,
    sent: BTreeMap<u64, u32>,
    next_packet: u64,
}

/// One thing that an extension does, right or wrong.
fn deed(host: &mut dyn Host, adapter: HostAdapter, number: u8, known: &RefCell<Knowledge>) {
    let mut known = known.borrow_mut();
    let (connect, session) = (ConnectSession(known.connect), SecuritySession(known.session));
    let (success, failure) = (
        (Reason::SUCCESS, Win32Error::SUCCESS),
        (Reason::UNKNOWN, Win32Error::TIMEOUT),
    );
    let post = |host: &mut dyn Host, session, (reason, error)| {
        let _ = host.post_associate_completion(adapter, session, air::AP, reason, error);
    };
    match number % 16 {
        0 => drop(host.pre_associate_completion(adapter, connect, success.0, success.1)),
        1 => drop(host.pre_associate_completion(adapter, connect, failure.0, failure.1)),
        2 => post(host, session, success),
        3 => post(host, session, failure),
        4 => post(host, SecuritySession(session.0.wrapping_add(1)), success),
        5 => post(host, session, (Reason::UNKNOWN, Win32Error::SUCCESS)),
        6 | 7 => {
            known.next_packet += 1;
            let handle = known.next_packet;
            let message = if number % 16 == 6 {
                MessageName::FourWay2
            } else {
                MessageName::FourWay4
            };
            let data = air::message(message);
            if host
                .send_packet(adapter, air::eapol(&data), SendCompletion(handle))
                .is_ok()
            {
                known.sent.insert(handle, 0);
            }
        }
        8 => drop(host.set_key_mapping_key(adapter, air::pairwise(Some(&air::TK)))),
        9 => drop(host.set_key_mapping_key(adapter, air::pairwise(None))),
        10 => drop(host.set_default_key(adapter, air::group(1, Some(&air::GTK)), Direction::Inbound)),
        11 => drop(host.set_default_key(adapter, air::group(1, None), Direction::Inbound)),
        12 => drop(host.set_exclude_unencrypted(adapter, true)),
        13 => drop(host.set_exclude_unencrypted(adapter, false)),
        14 => drop(extension::prepare(host, adapter)),
        _ => drop(host.set_ethertype_handling(adapter, extension::eapol_handling(2))),
    }
}

/// One thing that an adapter reports, likely or not.
fn report(lab: &mut Lab, number: u8) {
    let peer = air::AP;
    let message = air::message(match number % 3 {
        0 => MessageName::FourWay1,
        1 => MessageName::FourWay3,
        _ => MessageName::Group1,
    });
    let bss = [air::bss(peer)];
    let event = match number % 12 {
        0 | 1 => AdapterEvent::ScanCompleted(&bss),
        2 | 3 => air::associated(peer),
        4 | 5 => AdapterEvent::PacketReceived {
            peer,
            ethertype: EtherType::EAPOL,
            data: &message,
            encrypted: None,
        },
        6 => AdapterEvent::Disassociated {
            peer,
            cause: DisassociationCause::Deauthenticated(ReasonCode(15)),
        },
        7 => AdapterEvent::AssociationFailed {
            peer,
            failure: AssociationFailure::Association(StatusCode(17)),
            elements: &[],
        },
        8 => AdapterEvent::PacketSent {
            id: PacketId(u64::from(number)),
            sent: true,
        },
        9 => AdapterEvent::Reset,
        10 => AdapterEvent::Removed,
        _ => AdapterEvent::ScanCompleted(&[]),
    };
    lab.event(event);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// The user wants to connect, or to leave.
    Connect,
    Disconnect,
    Report(u8),
    /// The extension does this at once.
    Deed(u8),
    /// The extension does this from inside the next handler.
    DeedInside(u8),
    /// Another adapter arrives, and is the one that things happen to from here on.
    Arrive,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Connect),
        1 => Just(Step::Disconnect),
        6 => any::<u8>().prop_map(Step::Report),
        6 => any::<u8>().prop_map(Step::Deed),
        2 => any::<u8>().prop_map(Step::DeedInside),
        1 => Just(Step::Arrive),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_that_anybody_does_opens_a_port_without_success_or_harms_another(
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let mut lab = Lab::new();
        let known = Rc::new(RefCell::new(Knowledge::default()));
        let inside = Rc::new(RefCell::new(None));
        let (remembers, waiting) = (Rc::clone(&known), Rc::clone(&inside));
        lab.extension.script(move |host, call| {
            match call {
                Call::PreAssociate(_, session) => remembers.borrow_mut().connect = session.0,
                Call::PostAssociate(_, session, ..) => remembers.borrow_mut().session = session.0,
                Call::Sent(completion) => {
                    if let Some(count) = remembers.borrow_mut().sent.get_mut(&completion.0) {
                        *count += 1;
                    }
                }
                _ => {}
            }
            if let Some((adapter, number)) = waiting.borrow_mut().take() {
                deed(host, adapter, number, &remembers);
            }
            None
        });
        let mut adapters = vec![lab.adapter];
        for step in steps {
            let adapter = lab.adapter;
            match step {
                Step::Connect => drop(lab.host.connect(super::support::NOW, adapter, air::profile())),
                Step::Disconnect => lab.host.disconnect(super::support::NOW, adapter),
                Step::Report(number) => report(&mut lab, number),
                Step::Deed(number) => {
                    let known = Rc::clone(&known);
                    lab.inside(move |host| deed(host, adapter, number, &known));
                }
                Step::DeedInside(number) => *inside.borrow_mut() = Some((adapter, number)),
                Step::Arrive => {
                    lab.adapter = lab.arrive();
                    adapters.push(lab.adapter);
                }
            }
            let bystander = lab.host.port(lab.bystander, air::AP);
            prop_assert!(bystander.is_some_and(|port| port.authorized));
        }
        inside.borrow_mut().take();
        for adapter in adapters {
            lab.host.remove_adapter(super::support::NOW, adapter);
        }
        let mut successes = 0_u32;
        let mut ports = 0_i32;
        for event in lab.events() {
            match event.kind {
                Kind::PostAssociationCompleted { error, .. } => successes = u32::from(error.0 == Win32Error::SUCCESS),
                Kind::PortAuthorized {} => prop_assert_eq!(successes, 1),
                Kind::PortCreated { .. } => ports += 1,
                Kind::PortDeleted {} => ports -= 1,
                _ => {}
            }
        }
        prop_assert_eq!(ports, 0);
        for (handle, count) in &known.borrow().sent {
            prop_assert_eq!(*count, 1, "packet {}", handle);
        }
        // As an adapter sees it: a port opens only over its own key, with the exclusion in force.
        let (mut open, mut keyed, mut exclude) = (false, false, false);
        for command in lab.commands() {
            match command {
                Command::SetKeyMappingKey(key) => keyed = key.key.is_some(),
                Command::SetExcludeUnencrypted(excluded) => exclude = excluded,
                Command::Disassociate { peer, .. } if peer == air::AP => keyed = false,
                Command::AuthorizePort { authorized, .. } => {
                    prop_assert!(!authorized || (keyed && exclude));
                    open = authorized;
                }
                _ => {}
            }
        }
        prop_assert!(!open);
    }
}
