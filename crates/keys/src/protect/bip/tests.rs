use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::testing::hex;

/// A broadcast Deauthentication frame (IEEE 802.11-2020, J.9.1).
const HEADER: &str = "c0000000ffffffffffff0200000000000200000000000900";
const KEY: &str = "4ea9543e09cf2b1eca66ffc58bdecbcf000102030405060708090a0b0c0d0e0f";
const CIPHERS: [(Cipher, usize); 4] = [
    (Cipher::BIP_CMAC_128, 16),
    (Cipher::BIP_CMAC_256, 32),
    (Cipher::BIP_GMAC_128, 16),
    (Cipher::BIP_GMAC_256, 32),
];

fn pn(number: u64) -> Pn {
    Pn::new(number).unwrap()
}

/// BIP-CMAC-128 is IEEE 802.11-2020, J.9.1. The other ciphers have no published result: the same frame under the keys
/// of hostap's generator of test vectors, computed with OpenSSL's CMAC and GCM from the formulas of 12.5.4.
#[test]
fn a_broadcast_deauthentication_has_the_mic_of_the_standard() {
    for ((cipher, key_len), element) in CIPHERS.into_iter().zip([
        "4c100400040000000000 48dfbfa7b8278872",
        "4c180400040000000000 4b6fe836c8a3ad6a8abd7f61a63a11d2",
        "4c180400040000000000 3ed862fb0f3338dd3386c897e2ed053d",
        "4c180400040000000000 23be59dcc7022ee383627ebb1017ddfc",
    ]) {
        let key = BipKey::new(cipher, &hex(KEY)[..key_len]).ok().unwrap();
        let (header, body) = (hex(HEADER), [2, 0]);
        let mut out = [0; 32];
        let protected = key.protect(&header, 4, pn(4), &body, &mut out).unwrap();
        assert_eq!(protected, [&body[..], &hex(element)].concat(), "{cipher}");
        assert_eq!(protected.len(), body.len() + key.overhead());
        let verified = Verified {
            body: &body,
            key_id: 4,
            pn: pn(4),
        };
        assert_eq!(key.verify(&header, protected), Ok(verified));
    }
}

#[test]
fn the_timestamp_of_a_beacon_is_not_authenticated_and_all_else_is() {
    let header = hex("80000000ffffffffffff0200000000000200000000001000");
    for (cipher, key_len) in CIPHERS {
        let key = BipKey::new(cipher, &hex(KEY)[..key_len]).ok().unwrap();
        let mut out = [0; 64];
        let protected = key.protect(&header, 6, pn(9), &[0x11; 20], &mut out).unwrap();
        for octet in 0..protected.len() {
            let mut changed = protected.to_vec();
            changed[octet] ^= 1;
            assert_eq!(
                key.verify(&header, &changed).is_ok(),
                octet < 8,
                "{cipher}, octet {octet}"
            );
        }
    }
}

#[test]
fn what_changes_on_the_way_is_not_authenticated_in_the_header() {
    let header = hex(HEADER);
    for (cipher, key_len) in CIPHERS {
        let key = BipKey::new(cipher, &hex(KEY)[..key_len]).ok().unwrap();
        let mut out = [0; 32];
        let protected = key.protect(&header, 5, pn(1), &[2, 0], &mut out).unwrap();
        for bit in 0..header.len() * 8 {
            let mut changed = header.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // Retry, power management, more data; duration; sequence control.
            let masked = matches!(bit, 11..=13 | 16..=31 | 176..=191);
            assert_eq!(key.verify(&changed, protected).is_ok(), masked, "{cipher}, bit {bit}");
        }
    }
}

#[test]
fn what_is_no_protected_management_frame_is_refused() {
    let key = BipKey::new(Cipher::BIP_CMAC_128, &[5; 16]).ok().unwrap();
    let header = hex(HEADER);
    let mut out = [0; 20];
    let protected = key.protect(&header, 4, pn(1), &[2, 0], &mut out).unwrap().to_vec();
    assert!(matches!(
        key.verify(&header, &protected[..19]),
        Err(ProtectError::NoManagementMic(_))
    ));
    let data = hex("08420000ffffffffffff0200000000000200000000000900");
    assert_eq!(key.verify(&data, &protected), Err(ProtectError::Header { found: 24 }));
    assert_eq!(
        key.protect(&header, 4, pn(1), &[2, 0, 0], &mut out),
        Err(ProtectError::OutputTooSmall { needed: 21, found: 20 })
    );
    let longer = BipKey::new(Cipher::BIP_CMAC_256, &[5; 32]).ok().unwrap();
    assert!(matches!(
        longer.verify(&header, &protected),
        Err(ProtectError::NoManagementMic(_))
    ));
}

#[test]
fn a_key_must_fit_a_group_management_cipher() {
    let length = KeyError::Length {
        min: 16,
        max: 16,
        found: 32,
    };
    assert_eq!(BipKey::new(Cipher::BIP_GMAC_128, &[0; 32]).err(), Some(length));
    let cipher = KeyError::Cipher(Cipher::CCMP_128);
    assert_eq!(BipKey::new(Cipher::CCMP_128, &[0; 16]).err(), Some(cipher));
}

proptest! {
    #[test]
    fn what_was_protected_verifies_under_its_key_only(
        cipher in 0_usize..CIPHERS.len(),
        key: [u8; 32],
        bit in 0_usize..128,
        number in 1..=Pn::MAX.get(),
        body in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let (cipher, key_len) = CIPHERS[cipher];
        let header = hex(HEADER);
        let mut other = key;
        other[bit / 8] ^= 1 << (bit % 8);
        let [right, wrong] = [key, other].map(|key| BipKey::new(cipher, &key[..key_len]).ok().unwrap());
        let mut out: Vec<u8> = std::vec![0; body.len() + right.overhead()];
        let protected = right.protect(&header, 4, pn(number), &body, &mut out).unwrap();
        let verified = Verified { body: &body, key_id: 4, pn: pn(number) };
        prop_assert_eq!(right.verify(&header, protected), Ok(verified));
        prop_assert_eq!(wrong.verify(&header, protected), Err(ProtectError::Integrity));
    }

    #[test]
    fn random_octets_never_verify(
        header in proptest::collection::vec(any::<u8>(), 0..40),
        body in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let key = BipKey::new(Cipher::BIP_GMAC_128, &[3; 16]).ok().unwrap();
        prop_assert!(key.verify(&header, &body).is_err());
    }
}
