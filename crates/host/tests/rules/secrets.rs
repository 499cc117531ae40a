//! R31: secrets are never shown.

use crate::support::{Bench, MESSAGE_1, MESSAGE_3, MESSAGE_4, On, PEER, SSID, eapol, network, profile};
use frame::MacAddress;
use ihv::{ConnectivityProfile, Guid, Notification, SecurityProfile, UiRequest, Win32Error};
use portcullis_host::NetworkProfile;
use portcullis_host::adapter::AdapterEvent;
use std::fmt::Write as _;

const PASSPHRASE: &str = "open sesame, said Ali Baba";
const USER_DATA: &[u8] = b"kept with the profile";

/// All the ways in which octets could stand in a text.
fn forms(secret: &[u8]) -> Vec<String> {
    let join = |separator: &str| {
        let hex: Vec<_> = secret.iter().map(|octet| format!("{octet:02x}")).collect();
        hex.join(separator)
    };
    vec![
        String::from_utf8_lossy(secret).into_owned(),
        join(""),
        join(":"),
        join(" "),
        join(", "),
        format!("{secret:?}").trim_matches(['[', ']']).into(),
        serde_json::to_string(secret).unwrap().trim_matches(['[', ']']).into(),
    ]
}

#[test]
fn r31_no_secret_is_shown_by_any_event_or_command_of_a_whole_life() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    let secret = NetworkProfile {
        security: SecurityProfile {
            xml: PASSPHRASE.to_owned().into(),
            use_onex: false,
        },
        ..profile()
    };
    let mut shown = format!("{secret:?}");
    bench.host.connect(bench.now(), adapter, secret).unwrap();
    bench.tell(adapter, AdapterEvent::ScanCompleted(&[network(PEER, SSID)]));
    bench.act(adapter, |host, seat| {
        let security = SecurityProfile {
            xml: PASSPHRASE.to_owned().into(),
            use_onex: false,
        };
        host.set_current_profile(seat.adapter, seat.connect, &ConnectivityProfile::default(), &security)?;
        host.set_profile_custom_user_data(seat.adapter, seat.connect, 1, USER_DATA)?;
        let notification = Notification {
            source: 0x40,
            code: 1,
            interface: Guid(1),
            data: PASSPHRASE.into(),
        };
        host.send_notification(seat.adapter, notification)?;
        let request = UiRequest {
            session_id: 0,
            id: Guid(2),
            page: Guid(3),
            data: PASSPHRASE.into(),
        };
        host.send_ui_request(seat.adapter, &request)?;
        seat.complete_pre(host, Win32Error::SUCCESS)
    });
    bench
        .host
        .answer_ui_request(bench.now(), adapter, Guid(2), PASSPHRASE.as_bytes())
        .unwrap();
    bench.associate(adapter);
    bench.receive(adapter, &eapol(MESSAGE_1));
    bench.receive(adapter, &eapol(MESSAGE_3));
    assert!(bench.is_authorized(adapter));
    // A rekey, a refused repetition, keys that do not fit, and the end.
    bench.extension.on(On::Receive, adapter, |host, seat| {
        seat.send(host, MESSAGE_4)?;
        assert!(seat.install(host, 0xaa).is_err());
        seat.install(host, 0xcc)
    });
    bench.receive(adapter, &eapol(MESSAGE_3));
    bench.deauthenticate(adapter);
    bench.tell(adapter, AdapterEvent::Removed);

    for (_, command) in bench.take_commands() {
        write!(shown, "{command:?}{command:#?}").unwrap();
    }
    for event in bench.all_events() {
        write!(
            shown,
            "{event:?}{}",
            serde_json::to_string(&event.record("wlan0")).unwrap()
        )
        .unwrap();
    }
    bench.broken();
    assert!(
        shown.contains("PairwiseKeyInstalled") && shown.contains("SetKeyMappingKey"),
        "there is something to see"
    );
    let keys = [[0xaa; 16], [0xbb; 16], [0xcc; 16]];
    let secrets = keys
        .iter()
        .map(|key| &key[..])
        .chain([PASSPHRASE.as_bytes(), USER_DATA]);
    for form in secrets.flat_map(forms) {
        assert!(!shown.contains(&form), "{form} is shown");
    }
}

#[test]
fn the_search_for_secrets_finds_one() {
    let address = MacAddress([0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff]);
    assert!(forms(&address.0).contains(&address.to_string()));
    assert!(forms(b"secret").contains(&"secret".to_owned()));
    assert!(forms(&[1, 2]).contains(&"1, 2".to_owned()));
}
