//! An operation as it is reported.

use super::super::air::Air;
use super::super::*;
use super::one;
use frame::owe_transition::OweTransition;
use frame::{Emit, MacAddress};

#[test]
fn the_json_of_an_operation_has_the_documented_fields() {
    let air = Air::new().beacon().associate().handshake(1);
    let json = |show_keys| {
        let mut line = Vec::new();
        json::write("a.pcap".as_ref(), &one(air.operations()), show_keys, &mut line).unwrap();
        assert_eq!(line.iter().filter(|octet| **octet == b'\n').count(), 1);
        serde_json::from_slice::<serde_json::Value>(&line).unwrap()
    };
    let line = json(true);
    for (field, value) in [
        ("file", "a.pcap"),
        ("bssid", "02:00:00:00:00:01"),
        ("sta", "02:00:00:00:00:02"),
        ("ssid", "test"),
        ("akm", "00-0f-ac:2"),
        ("pairwise_cipher", "00-0f-ac:4"),
        ("group_cipher", "00-0f-ac:4"),
        ("outcome", "authorized"),
        ("cause", "authorized"),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
    let message = serde_json::json!({
        "frame": 7, "name": "4way-2", "mic": "valid", "time": 7000, "replay_counter": 1, "encrypted": false
    });
    assert_eq!(line["messages"][1], message);
    assert_eq!(line["messages"][2]["gtk_id"], 1);
    let step = serde_json::json!({
        "frame": 8, "time": 8000, "sender": "access_point", "says": "4way-3, GTK 1", "encrypted": false, "mic": "valid"
    });
    assert_eq!(line["steps"].as_array().unwrap().len(), 8, "all but the beacon");
    assert_eq!(line["steps"][6], step);
    assert_eq!(line["gtk"][0], "67".repeat(16));
    assert_eq!(line["tk"][0].as_str().map(str::len), Some(32));
    let line = json(false);
    assert!(
        ["tk", "gtk", "igtk", "bigtk"].iter().all(|key| line.get(key).is_none()),
        "secrets are shown only to who asks"
    );
}

#[test]
fn the_open_network_that_an_encrypted_one_stands_beside_is_named() {
    let open = MacAddress([2, 0, 0, 0, 0, 9]);
    let air = Air::new();
    let twin = OweTransition {
        bssid: open,
        ssid: b"free",
        channel: None,
    };
    let elements = [air.rsne(), twin.to_vec().unwrap()].concat();
    let operation = one(air.beacon_with(&elements).associate().handshake(1).operations());
    let mut text = Vec::new();
    text::write("a.pcap".as_ref(), &operation, false, text::Style::plain(), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("  in the place of the open network \"free\" of access point 02:00:00:00:00:09\n"));
    let mut line = Vec::new();
    json::write("a.pcap".as_ref(), &operation, false, &mut line).unwrap();
    let line: serde_json::Value = serde_json::from_slice(&line).unwrap();
    let expected = serde_json::json!({ "bssid": "02:00:00:00:00:09", "ssid": "free" });
    assert_eq!(line["open_twin"], expected);
}

#[test]
fn the_text_of_an_operation_shows_no_key_unless_asked() {
    let air = Air::new().beacon().associate().handshake(1);
    let text = |show_keys| {
        let mut text = Vec::new();
        text::write(
            "a.pcap".as_ref(),
            &one(air.operations()),
            show_keys,
            text::Style::plain(),
            &mut text,
        )
        .unwrap();
        String::from_utf8(text).unwrap()
    };
    let shown = text(false);
    assert!(shown.contains("\"test\"  access point 02:00:00:00:00:01, station 02:00:00:00:00:02"));
    assert!(
        shown.contains("7      0.005000  station --> AP  4way-2   MIC valid"),
        "{shown}"
    );
    assert!(shown.contains("4way-3   MIC valid, GTK 1\n"), "{shown}");
    assert!(shown.contains("authorized: The 4-way handshake is complete with message 4 in frame 9"));
    assert!(!shown.contains(&"67".repeat(16)));
    assert!(text(true).contains(&"67".repeat(16)));
}
