//! R28 to R30: keys on their way to the adapter.

use crate::support::{
    Bench, GROUP, MESSAGE_1, MESSAGE_3, MESSAGE_4, On, PEER, Seat, eapol, group, group_of, no_group, no_pairwise,
    pairwise, pairwise_of,
};
use frame::Cipher;
use ihv::{
    AuthAlgorithm, CipherAlgorithm, DefaultKey, Direction, HostAdapter, KeyMappingKey, KeyMaterial, Rule, Win32Error,
};

/// An adapter that has just received message 3, in the hands of a script.
fn at_message_3(
    bench: &mut Bench,
    script: impl FnOnce(&mut dyn ihv::Host, &Seat) -> Result<(), Win32Error> + 'static,
) -> HostAdapter {
    let adapter = bench.associated();
    bench.receive(adapter, &eapol(MESSAGE_1));
    bench.forget_events();
    bench.take_commands();
    bench.extension.on(On::Receive, adapter, script);
    bench.receive(adapter, &eapol(MESSAGE_3));
    adapter
}

#[test]
fn r28_keys_reach_the_adapter_in_the_order_of_the_calls() {
    let mut bench = Bench::new();
    let adapter = at_message_3(&mut bench, |host, seat| {
        host.set_default_key_id(seat.adapter, 3)?;
        seat.install_group(host, 2, 2)?;
        seat.send(host, MESSAGE_4)?;
        seat.install(host, 1)?;
        seat.install_group(host, 1, 3)?;
        host.set_default_key(seat.adapter, no_group(2), Direction::Both)?;
        host.set_exclude_unencrypted(seat.adapter, true)?;
        seat.complete(host, Win32Error::SUCCESS)
    });
    let commands = bench.commands(adapter);
    let names: Vec<_> = commands
        .iter()
        .map(|command| command.split([' ', '(']).next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "SetDefaultKeyId",
            "SetDefaultKey",
            "SendPacket",
            "SetKeyMappingKey",
            "SetDefaultKey",
            "SetDefaultKey",
            "SetExcludeUnencrypted",
            "AuthorizePort"
        ]
    );
    assert_eq!(bench.broken(), []);
}

#[test]
fn r28_a_default_key_that_does_not_fit_is_refused() {
    let of = |cipher, index, octets: usize| group_of(cipher, index, &[5; 32][..octets]);
    let refused: [(DefaultKey, Direction); 11] = [
        (group(1, 5), Direction::Outbound),
        (no_group(1), Direction::Outbound),
        (of(Cipher::CCMP_128, 1, 15), Direction::Inbound),
        (of(Cipher::CCMP_128, 1, 17), Direction::Inbound),
        (of(Cipher::CCMP_128, 1, 0), Direction::Inbound),
        (of(Cipher::GCMP_256, 1, 16), Direction::Inbound),
        (of(Cipher::CCMP_128, 4, 16), Direction::Inbound),
        (of(Cipher::BIP_CMAC_128, 1, 16), Direction::Inbound),
        (of(Cipher::BIP_CMAC_128, 8, 16), Direction::Inbound),
        (
            DefaultKey {
                index: 255,
                ..no_group(0)
            },
            Direction::Inbound,
        ),
        (
            DefaultKey {
                cipher: CipherAlgorithm::NONE,
                ..group(1, 5)
            },
            Direction::Inbound,
        ),
    ];
    for (key, direction) in refused {
        let mut bench = Bench::new();
        let adapter = bench.opened();
        bench.take_commands();
        bench.act(adapter, move |host, seat| {
            let result = host.set_default_key(seat.adapter, key, direction);
            assert_eq!(result, Err(Win32Error::INVALID_PARAMETER));
            Ok(())
        });
        assert_eq!(bench.broken(), [(Rule::R28, "set_default_key")]);
        assert_eq!(bench.commands(adapter), [] as [String; 0]);
    }
}

#[test]
fn r28_default_keys_that_fit_are_accepted() {
    let keys = [
        group_of(Cipher::CCMP_128, 0, &[5; 16]),
        group_of(Cipher::GCMP_256, 3, &[5; 32]),
        group_of(Cipher::TKIP, 2, &[6; 32]),
        group_of(Cipher::BIP_CMAC_128, 4, &[5; 16]),
        group_of(Cipher::BIP_GMAC_256, 7, &[5; 32]),
    ];
    let mut bench = Bench::new();
    let adapter = bench.opened();
    bench.act(adapter, move |host, seat| {
        keys.into_iter()
            .try_for_each(|key| host.set_default_key(seat.adapter, key, Direction::Inbound))
    });
    let installed = bench
        .commands(adapter)
        .iter()
        .filter(|command| command.starts_with("SetDefaultKey {"))
        .count();
    assert_eq!(installed, 1 + 5);
}

#[test]
fn r28_a_pairwise_key_that_does_not_fit_is_refused() {
    let of = |cipher, key_id, octets: usize| pairwise_of(PEER, cipher, key_id, &[5; 32][..octets]);
    let refused: [KeyMappingKey; 7] = [
        pairwise(GROUP, 5),
        no_pairwise(GROUP),
        of(Cipher::CCMP_128, 0, 32),
        of(Cipher::CCMP_128, 0, 0),
        of(Cipher::CCMP_128, 2, 16),
        of(Cipher::BIP_CMAC_128, 0, 16),
        of(Cipher::TKIP, 0, 16),
    ];
    for key in refused {
        let mut bench = Bench::new();
        let adapter = at_message_3(&mut bench, move |host, seat| {
            seat.send(host, MESSAGE_4)?;
            let result = host.set_key_mapping_key(seat.adapter, key);
            assert_eq!(result, Err(Win32Error::INVALID_PARAMETER));
            Ok(())
        });
        assert_eq!(bench.broken(), [(Rule::R28, "set_key_mapping_key")]);
        assert_eq!(bench.commands(adapter).len(), 1, "message 4 only");
    }
}

#[test]
fn r28_only_default_keys_0_to_3_protect_what_is_sent() {
    let mut bench = Bench::new();
    let adapter = bench.opened();
    bench.take_commands();
    bench.act(adapter, |host, seat| {
        for index in [4, 255, 256, u32::MAX] {
            let result = host.set_default_key_id(seat.adapter, index);
            assert_eq!(result, Err(Win32Error::INVALID_PARAMETER));
        }
        host.set_default_key_id(seat.adapter, 3)
    });
    assert_eq!(bench.broken(), [(Rule::R28, "set_default_key_id"); 4]);
    assert_eq!(bench.commands(adapter), ["SetDefaultKeyId(3)"]);
}

#[test]
fn r28_a_key_without_octets_removes_the_one_in_its_place() {
    let mut bench = Bench::new();
    let adapter = at_message_3(&mut bench, |host, seat| {
        seat.send(host, MESSAGE_4)?;
        seat.install(host, 1)?;
        host.set_key_mapping_key(seat.adapter, no_pairwise(PEER))?;
        seat.install_group(host, 1, 2)?;
        host.set_default_key(seat.adapter, no_group(1), Direction::Inbound)
    });
    assert_eq!(bench.commands(adapter).len(), 5);
    let removed = bench
        .events(adapter)
        .filter(|kind| matches!(kind, portcullis_host::event::Kind::KeyRemoved { .. }));
    assert_eq!(removed.count(), 2);
}

#[test]
fn r29_a_key_that_is_installed_is_not_installed_again() {
    let mut bench = Bench::new();
    let adapter = bench.opened();
    bench.take_commands();
    let again = |host: &mut dyn ihv::Host, seat: &Seat| {
        seat.send(host, MESSAGE_4)?;
        assert_eq!(seat.install(host, 0xaa), Err(Win32Error::INVALID_OPERATION));
        assert_eq!(seat.install_group(host, 1, 0xbb), Err(Win32Error::INVALID_OPERATION));
        Ok(())
    };
    for _ in 0..2 {
        bench.extension.on(On::Receive, adapter, again);
        bench.receive(adapter, &eapol(MESSAGE_3));
        assert_eq!(
            bench.broken(),
            [(Rule::R29, "set_key_mapping_key"), (Rule::R29, "set_default_key")]
        );
        assert!(
            bench
                .commands(adapter)
                .iter()
                .all(|command| command.starts_with("SendPacket"))
        );
    }
    assert!(bench.is_authorized(adapter));
}

#[test]
fn r29_a_new_key_replaces_the_old_one() {
    let mut bench = Bench::new();
    let adapter = bench.opened();
    bench.extension.on(On::Receive, adapter, |host, seat| {
        seat.send(host, MESSAGE_4)?;
        seat.install(host, 0xcc)?;
        seat.install_group(host, 2, 0xdd)?;
        seat.install_group(host, 1, 0xee)
    });
    bench.receive(adapter, &eapol(MESSAGE_3));
    assert!(bench.is_authorized(adapter));
}

#[test]
fn r29_the_same_keys_are_new_to_a_new_association() {
    let mut bench = Bench::new();
    let adapter = bench.opened();
    bench.deauthenticate(adapter);
    bench.open(adapter);
}

#[test]
fn r30_each_missing_step_keeps_the_port_closed() {
    const STEPS: usize = 3;
    for missing in 0..STEPS {
        let mut bench = Bench::new();
        let adapter = at_message_3(&mut bench, move |host, seat| {
            seat.send(host, MESSAGE_4)?;
            if missing != 0 {
                seat.install(host, 1)?;
            }
            if missing != 1 {
                seat.install_group(host, 1, 2)?;
            }
            if missing != 2 {
                host.set_exclude_unencrypted(seat.adapter, true)?;
            }
            assert_eq!(seat.complete(host, Win32Error::SUCCESS), Err(Win32Error::INVALID_STATE));
            Ok(())
        });
        assert_eq!(bench.broken(), [(Rule::R30, "post_associate_completion")]);
        assert!(!bench.is_authorized(adapter));
        // Nothing but success was refused: the missing step can still be taken.
        bench.act(adapter, move |host, seat| {
            match missing {
                0 => seat.install(host, 1)?,
                1 => seat.install_group(host, 1, 2)?,
                _ => host.set_exclude_unencrypted(seat.adapter, true)?,
            }
            seat.complete(host, Win32Error::SUCCESS)
        });
        assert!(bench.is_authorized(adapter));
    }
}

#[test]
fn r30_a_key_for_management_frames_is_no_group_key_for_data() {
    let mut bench = Bench::new();
    let adapter = at_message_3(&mut bench, |host, seat| {
        seat.send(host, MESSAGE_4)?;
        seat.install(host, 1)?;
        host.set_default_key(
            seat.adapter,
            group_of(Cipher::BIP_CMAC_128, 4, &[2; 16]),
            Direction::Inbound,
        )?;
        host.set_exclude_unencrypted(seat.adapter, true)?;
        assert_eq!(seat.complete(host, Win32Error::SUCCESS), Err(Win32Error::INVALID_STATE));
        Ok(())
    });
    assert_eq!(bench.broken(), [(Rule::R30, "post_associate_completion")]);
    assert!(!bench.is_authorized(adapter));
}

#[test]
fn r30_an_association_without_security_needs_no_keys() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    bench.extension.on(On::PreAssociate, adapter, |host, seat| {
        host.set_auth_algorithm(seat.adapter, AuthAlgorithm::OPEN)
    });
    bench.connect(adapter);
    bench.associate(adapter);
    bench.act(adapter, |host, seat| seat.complete(host, Win32Error::SUCCESS));
    assert!(bench.is_authorized(adapter));
}

#[test]
fn a_key_longer_than_any_cipher_needs_does_not_exist() {
    assert!(KeyMaterial::new(&[0; 33]).is_none());
}
