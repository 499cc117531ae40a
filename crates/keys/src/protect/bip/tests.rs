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

/// Broadcast deauthentications of Linux 6.1 (mac80211_hwsim) with hostapd 2.10, one for each cipher, and a beacon; the
/// keys from message 3 of the handshakes before.
#[test]
fn frames_of_a_kernel_verify() {
    let deauthentication = "c0000000ffffffffffff02000000000002000000000000";
    for (cipher, key_id, key, header, body) in [
        (
            Cipher::BIP_CMAC_128,
            4,
            "9219039e0b7db16f3754c34a005a7c3b",
            std::format!("{deauthentication}90"),
            "03004c10040001000000000083874eeb09af470d",
        ),
        (
            Cipher::BIP_CMAC_256,
            4,
            "e18e939898488ecb23f2f5cc582f9bfdfda8b772db09b0ab18bcf926f6f71eac",
            std::format!("{deauthentication}a0"),
            "03004c18040001000000000010b4d932d9650e8029a0614580fcf17d",
        ),
        (
            Cipher::BIP_GMAC_128,
            4,
            "bb61f48a1ea452df7ccd8d36c1bcf177",
            std::format!("{deauthentication}80"),
            "03004c1804000100000000000be19f46d098ffbe733a00b5df907f93",
        ),
        (
            Cipher::BIP_GMAC_256,
            4,
            "51f2170d9aeee27ab2d756e8f928123dce09a0ccd76259f9b394c682debab4db",
            std::format!("{deauthentication}80"),
            "03004c1804000100000000002bbfc2fe8b99074dc36ad29094428b90",
        ),
        (
            Cipher::BIP_GMAC_128,
            6,
            "04d77e432c712168e97f3ce2df13b528",
            std::string::String::from("80000000ffffffffffff0200000000000200000000000000"),
            "7d605cef06610600640011040006636173746c65010882848b960c1218240301010504010200002a01043204
             3048606c301a0100000fac040100000fac040100000fac06cc000000000fac0b3b0251002d1a0c001bffff00
             00000000000000000001000000000000000000003d16010000000000000000000000000000000000000000007f
             0b0400400200000040000010dd180050f2020101010003a4000027a4000042435e0062322f004c1806000200
             000000006e9206b70698e2aad486bc7c424cf977",
        ),
    ] {
        let key = BipKey::new(cipher, &hex(key)).ok().unwrap();
        let body = hex(body);
        let verified = key.verify(&hex(&header), &body).unwrap();
        assert_eq!(verified.key_id, key_id, "{cipher}");
        assert_eq!(verified.body.len() + key.overhead(), body.len());
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
