//! Key data of one's own making, octet by octet as IEEE 802.11-2020, 12.7.2 draws it.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::mac::MacAddress;
use crate::oci::Oci;
use crate::testing::{accepted_truncations, hex};

/// RSNE, GTK, IGTK, padding: the key data of a message 3.
const MESSAGE_3: &str = "3014 0100 000fac04 0100 000fac04 0100 000fac02 0000
    dd16 000fac01 0100 101112131415161718191a1b1c1d1e1f
    dd1c 000fac09 0400 010000000000 202122232425262728292a2b2c2d2e2f
    dd 000000";

fn items(bytes: &[u8]) -> Result<Vec<KeyDataItem<'_>>, ParseError> {
    key_data(bytes).collect()
}

fn kde(bytes: &[u8]) -> Result<Kde<'_>, ParseError> {
    match key_data(bytes).next().unwrap()? {
        KeyDataItem::Kde(kde) => Ok(kde),
        KeyDataItem::Element(element) => panic!("{element:?} is no KDE"),
    }
}

#[test]
fn the_key_data_of_message_3_is_taken_apart() {
    let bytes = hex(MESSAGE_3);
    let items = items(&bytes).unwrap();
    let [rsne, gtk, igtk] = items.as_slice() else {
        panic!("{items:?}")
    };
    assert_eq!(rsne.element(id::RSN).unwrap().bytes(), &bytes[..22]);
    assert_eq!(rsne.element(id::SSID), None);
    assert_eq!(
        *gtk,
        KeyDataItem::Kde(Kde::Gtk {
            key_id: 1,
            tx: false,
            key: &bytes[30..46]
        })
    );
    let expected = Kde::Igtk {
        key_id: 4,
        ipn: &[1, 0, 0, 0, 0, 0],
        key: &bytes[60..76],
    };
    assert_eq!(*igtk, KeyDataItem::Kde(expected));
}

#[test]
fn key_data_is_emitted_and_padded_as_it_was() {
    let bytes = hex(MESSAGE_3);
    let mut buffer = [0xee; 100];
    let mut out = Writer::new(&mut buffer);
    out.bytes(&[1, 2, 3]);
    for item in items(&bytes).unwrap() {
        out.put(&item);
    }
    write_padding(&mut out, 3);
    let len = out.finish().unwrap();
    assert_eq!(buffer[3..len], bytes);
}

#[test]
fn padding_is_measured_for_the_key_wrap() {
    let lengths = [0, 1, 15, 16, 17, 24, 25].map(pad_for_wrap);
    assert_eq!(lengths, [16, 16, 16, 16, 24, 24, 32]);
}

#[test]
fn key_data_cut_between_items_only_is_key_data() {
    let bytes = hex(MESSAGE_3);
    let mut expected = alloc::vec![0, 22, 46, 76];
    expected.extend(77..80);
    // One octet 0xdd at the end is padding, so that a KDE cut behind its type cannot be told.
    expected.extend([23, 47]);
    expected.sort_unstable();
    assert_eq!(accepted_truncations(&bytes, items), expected);
}

#[test]
fn padding_must_be_zeros() {
    assert_eq!(items(&[0xdd]), Ok(Vec::new()));
    assert_eq!(items(&[0xdd, 0, 0, 0]), Ok(Vec::new()));
    assert_eq!(
        items(&[0xdd, 0, 0, 7, 0]),
        Err(ParseError::value("key data padding", 3, "0", 7))
    );
    let mut rest = key_data(&[0xdd, 0, 0, 7, 0x30, 0]);
    assert!(rest.next().unwrap().is_err());
    assert_eq!(rest.next(), None);
}

#[test]
fn every_kind_of_kde_survives_the_way_out_and_back() {
    let kdes = [
        Kde::Gtk {
            key_id: 3,
            tx: true,
            key: &[1; 32],
        },
        Kde::MacAddr(MacAddress([2, 0, 0, 0, 0, 1])),
        Kde::Pmkid(&[3; 16]),
        Kde::Smk(&[4; 40]),
        Kde::Nonce(&[5; 32]),
        Kde::Lifetime(3600),
        Kde::Error { mui: 1, error_type: 2 },
        Kde::Igtk {
            key_id: 5,
            ipn: &[6; 6],
            key: &[7; 32],
        },
        Kde::KeyId(1),
        Kde::Oci(Oci {
            operating_class: 81,
            primary_channel: 11,
            frequency_segment_1: 0,
        }),
        Kde::Bigtk {
            key_id: 6,
            bipn: &[8; 6],
            key: &[9; 16],
        },
        Kde::TransitionDisable(&[0x0d]),
        Kde::Unknown {
            oui: [0x00, 0x0f, 0xac],
            data_type: 16,
            data: &[10; 30],
        },
        Kde::Unknown {
            oui: [0x00, 0x50, 0xf2],
            data_type: 2,
            data: &[],
        },
    ];
    let bytes: Vec<u8> = kdes.iter().flat_map(|kde| kde.to_vec().unwrap()).collect();
    let expected = kdes.map(KeyDataItem::Kde);
    assert_eq!(items(&bytes).unwrap(), expected);
}

#[test]
fn numbers_have_the_octet_order_of_the_standard() {
    assert_eq!(
        Kde::Lifetime(0x0102_0304).to_vec().unwrap(),
        hex("dd08 000fac07 01020304")
    );
    let igtk = Kde::Igtk {
        key_id: 4,
        ipn: &[1, 2, 3, 4, 5, 6],
        key: &[0xaa],
    };
    assert_eq!(igtk.to_vec().unwrap(), hex("dd0d 000fac09 0400 010203040506 aa"));
    let gtk = Kde::Gtk {
        key_id: 2,
        tx: true,
        key: &[0xbb],
    };
    assert_eq!(gtk.to_vec().unwrap(), hex("dd07 000fac01 0600 bb"));
    assert_eq!(Kde::TransitionDisable(&[1]).to_vec().unwrap(), hex("dd05 506f9a20 01"));
}

#[test]
fn the_wpa_element_is_an_element() {
    let bytes = hex("dd16 0050f201 0100 0050f202 0100 0050f202 0100 0050f202");
    let items = items(&bytes).unwrap();
    assert_eq!(items[0].element(id::VENDOR_SPECIFIC).unwrap().bytes(), bytes);
}

#[test]
fn reserved_bits_do_not_change_a_key_id() {
    assert_eq!(
        kde(&hex("dd07 000fac01 f9ff bb")),
        Ok(Kde::Gtk {
            key_id: 1,
            tx: false,
            key: &[0xbb]
        })
    );
    assert_eq!(kde(&hex("dd06 000fac0a fdff")), Ok(Kde::KeyId(1)));
}

#[test]
fn a_kde_too_short_or_too_long_is_refused_at_its_octet() {
    let refused = |text| {
        kde(&hex(text))
            .map_err(|error| (error.field, error.offset))
            .unwrap_err()
    };
    assert_eq!(refused("dd03 000fac"), ("KDE data type", 5));
    assert_eq!(refused("dd05 000fac01 01"), ("GTK KDE key ID", 6));
    assert_eq!(
        refused("dd13 000fac04 000102030405060708090a0b0c0d0e"),
        ("PMKID KDE", 6)
    );
    assert_eq!(
        refused("dd15 000fac04 000102030405060708090a0b0c0d0e0f 10"),
        ("KDE", 22)
    );
    assert_eq!(refused("dd07 000fac07 000000"), ("lifetime KDE", 6));
    assert_eq!(refused("dd0b 000fac09 0400 0102030405"), ("IGTK KDE IPN", 8));
    assert_eq!(refused("dd04 506f9a20"), ("transition disable KDE", 6));
    assert_eq!(refused("dd08 000fac01 0100"), ("element body", 2));
}

#[test]
fn debug_output_shows_no_key() {
    let keys = [
        Kde::Gtk {
            key_id: 1,
            tx: false,
            key: &[0xab; 16],
        },
        Kde::Igtk {
            key_id: 4,
            ipn: &[0; 6],
            key: &[0xab; 16],
        },
        Kde::Bigtk {
            key_id: 6,
            bipn: &[0; 6],
            key: &[0xab; 16],
        },
        Kde::Smk(&[0xab; 32]),
        Kde::Unknown {
            oui: [0x00, 0x0f, 0xac],
            data_type: 16,
            data: &[0xab; 16],
        },
    ];
    for kde in keys {
        // Every octet of the keys is 0xab, 171.
        assert!(!alloc::format!("{kde:?}").contains("171"), "{kde:?}");
    }
}

proptest! {
    #[test]
    fn what_parses_is_emitted_as_it_was_but_for_reserved_bits(
        kinds in proptest::collection::vec((0u8..20, proptest::collection::vec(any::<u8>(), 0..40)), 0..6),
    ) {
        let mut bytes = Vec::new();
        for (data_type, data) in &kinds {
            bytes.extend([0xdd, 4 + data.len() as u8, 0x00, 0x0f, 0xac, *data_type]);
            bytes.extend(data);
        }
        if let Ok(parsed) = items(&bytes) {
            prop_assert_eq!(parsed.len(), kinds.len());
            let emitted: Vec<u8> = parsed.iter().flat_map(|item| item.to_vec().unwrap()).collect();
            prop_assert_eq!(items(&emitted).unwrap(), parsed);
        }
    }

    #[test]
    fn arbitrary_octets_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(key_data(&bytes).count() <= bytes.len());
    }
}
