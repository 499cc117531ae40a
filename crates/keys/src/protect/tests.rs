//! Published frames, captured frames, and what must never open.

use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::testing::hex;

struct Vector {
    cipher: Cipher,
    tk: &'static str,
    header: &'static str,
    key_id: u8,
    pn: u64,
    plaintext: &'static str,
    body: &'static str,
}

impl Vector {
    fn check(&self) {
        let key = MpduKey::new(self.cipher, &hex(self.tk)).ok().unwrap();
        let (header, plaintext, body) = (hex(self.header), hex(self.plaintext), hex(self.body));
        let pn = Pn::new(self.pn).unwrap();
        let mut out = [0; 100];
        let opened = key.open(&header, &body, &mut out).unwrap();
        assert_eq!((&*opened.plaintext, opened.pn), (plaintext.as_slice(), pn));
        let protection = ProtectionHeader {
            key_id: self.key_id,
            pn,
        };
        assert_eq!(key.seal(&header, protection, &plaintext, &mut out).unwrap(), body);
    }
}

/// P802.11i/D7.0, I.7.4, test MPDUs 1, 2, 6 and 7 (the first is IEEE 802.11-2020, J.6.4).
#[test]
fn ccmp_128_is_that_of_the_standard() {
    let vector = |tk, header, key_id, pn, plaintext, body| {
        Vector {
            cipher: Cipher::CCMP_128,
            tk,
            header,
            key_id,
            pn,
            plaintext,
            body,
        }
        .check();
    };
    vector(
        "c97c1f67ce371185514a8a19f2bdd52f",
        "0848c32c0fd2e128a57c5030f1844408abaea5b8fcba8033",
        0,
        0xb503_9776_e70c,
        "f8ba1a55d02f85ae967bb62fb6cda8eb7e78a050",
        "0ce70020769703b5 f3d0a2fe9a3dbf2342a643e43246e80c3c04d019 7845ce0b16f97623",
    );
    vector(
        "8f7a053fa577a5597529272097a603d5",
        "38c06a51ea100c846850eec1762c88deaf2ee9f46a07e0cc",
        2,
        0x31f3_cbba_97ea,
        "83a0634b5ed7627eb9df225e05740342de194117",
        "ea9700a0bacbf331 814b6965d05bf2b2ed38d4beb069fe82714a610b 542fbf8da06aa4ae",
    );
    vector(
        "f71eea4e1f58804b9717230ad0614641",
        "8852e11f5af28430fdabbff943b9f9a6ab1d98c7fe7350713d6a",
        1,
        0x6b81_eca4_8989,
        "abfda22d3a0bfc9cc1fc079363c2fca143e6eb1d",
        "89890060a4ec816b 9a709b60a39d40b1dfb612e18b5f114badb6cc86 309a8d5c466bbb71",
    );
    vector(
        "1bdb34980e038124a1db1a892bec366a",
        "187981469b50f4fd56f6efec9520169183570c4ccdee20a0",
        3,
        0x5eec_4073_e723,
        "98beca86f4b38da20cfdf24724c58eb835665339",
        "23e700e07340ec5e 12c537ebf3ab584ef1fef9a1f3547a8c13b3225a 2d0957ecfabe95b9",
    );
}

/// The frame of J.6.4 under a longer key, as hostap's generator of test vectors has it; the result as in the
/// self-test of NXP's Wi-Fi driver.
#[test]
fn ccmp_256_agrees_with_other_implementations() {
    Vector {
        cipher: Cipher::CCMP_256,
        tk: "c97c1f67ce371185514a8a19f2bdd52f000102030405060708090a0b0c0d0e0f",
        header: "0848c32c0fd2e128a57c5030f1844408abaea5b8fcba8033",
        key_id: 0,
        pn: 0xb503_9776_e70c,
        plaintext: "f8ba1a55d02f85ae967bb62fb6cda8eb7e78a050",
        body: "0ce70020769703b5 6d155d8832668256d6a92b78e11d8e54495dd174 80aa56c9492e882b97642f80d50fe97b",
    }
    .check();
}

/// IEEE 802.11-2020, J.11 (GCMP-128), and the same frame under the longer key of the test above.
#[test]
fn gcmp_agrees_with_the_standard_and_other_implementations() {
    for (cipher, tk, body) in [
        (
            Cipher::GCMP_128,
            "c97c1f67ce371185514a8a19f2bdd52f",
            "082b00205f5f8900
             60e9700cc4d40ac6d288b201c38f5bf08b807442640a1596e5dbdad41d1f3623f45d7a12db7afb23
             def619c2a374b6df66ffa53b6c69d79e",
        ),
        (
            Cipher::GCMP_256,
            "c97c1f67ce371185514a8a19f2bdd52f000102030405060708090a0b0c0d0e0f",
            "082b00205f5f8900
             658343c8b14447d9211defd46ad89c710c6fc33333236e3997b9176a5a8be779b21266555e70ad79
             114316859095473d5b1bd596b3dea3bf",
        ),
    ] {
        Vector {
            cipher,
            tk,
            header: "88480b000fd2e128a57c5030f18444085030f184440880330300",
            key_id: 0,
            pn: 0x0089_5f5f_2b08,
            plaintext: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627",
            body,
        }
        .check();
    }
}

/// Wireshark's captures wpa2-psk-mfp (frames 14 and 15) and wpa-gcmp; keys as tshark 4.0 shows them.
#[test]
fn captured_frames_open_to_llc_and_snap() {
    for (cipher, tk, header, key_id, body) in [
        (
            Cipher::CCMP_128,
            "70cdbf2e5bc0ca22e53930818a5d80e4",
            "08420000ffffffffffff020000000000020000000000b009",
            1,
            "1000006000000000 12c522bed5c785d6aa5e5f593fc92c9c9425f21a5628d728180666a70a3c4b1c0f5a5749064f719f49882161",
        ),
        (
            Cipher::CCMP_128,
            "4e30e8c019bea43ea5262b10853b818d",
            "8841000002000000000002000000020002000000000090000000",
            0,
            "0c00002000000000
             8383ce46d33d9e2fe98f196c0aecbc208f014c9509e9b7b5db39f242a66a9d515d46b6063f0940d8822759fa",
        ),
        (
            Cipher::GCMP_128,
            "7ff30f7a8dd67950eaaf2f20a869a62d",
            "08420000ffffffffffff0200000000000200000000002012",
            1,
            "0b00006000000000
             dfe2611cb6c0cd75499069796eacf46753c05226741759d94293337aafe97e37a7947849f985b2900e878abf91a7e26cc67d3669",
        ),
    ] {
        let key = MpduKey::new(cipher, &hex(tk)).ok().unwrap();
        let body = hex(body);
        let protection = ProtectionHeader::parse(body.first_chunk().unwrap()).unwrap();
        assert_eq!(protection.key_id, key_id);
        let mut out = [0; 100];
        let opened = key.open(&hex(header), &body, &mut out).unwrap();
        assert!(opened.plaintext.starts_with(&hex("aaaa03000000")), "{cipher}");
        assert_eq!(opened.pn, protection.pn);
    }
}

#[test]
fn what_changes_on_the_way_is_not_authenticated_and_all_else_is() {
    let header = hex("88480b000fd2e128a57c5030f18444085030f184440880330300");
    let key = MpduKey::new(Cipher::CCMP_128, &[5; 16]).ok().unwrap();
    let protection = ProtectionHeader {
        key_id: 0,
        pn: Pn::new(7).unwrap(),
    };
    let mut body = [0; 40];
    let body = key
        .seal(&header, protection, b"24 octets of a frame....", &mut body)
        .unwrap();
    // Subtype without QoS, retry, power management, more data, protected; duration; sequence number; QoS above TID.
    let masked: [u8; 26] = core::array::from_fn(|octet| match octet {
        0 => 0x70,
        1 => 0x78,
        2 | 3 | 23 | 25 => 0xff,
        22 | 24 => 0xf0,
        _ => 0,
    });
    for bit in 0..header.len() * 8 {
        let mut changed = header.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let opened = key.open(&changed, body, &mut [0; 24]).is_ok();
        assert_eq!(
            opened,
            masked[bit / 8] & 1 << (bit % 8) != 0,
            "octet {}, bit {}",
            bit / 8,
            bit % 8
        );
    }
}

#[test]
fn what_is_no_protected_frame_is_refused() {
    let header = hex("0848c32c0fd2e128a57c5030f1844408abaea5b8fcba8033");
    let key = MpduKey::new(Cipher::GCMP_256, &[5; 32]).ok().unwrap();
    let mut out = [0; 8];
    let short = ProtectError::BodyTooShort { needed: 24, found: 23 };
    let mut body = [0; 33];
    assert_eq!(
        key.open(&header, &body[..33], &mut out),
        Err(ProtectError::NoExtendedIv)
    );
    body[3] = 0x20;
    assert_eq!(key.open(&header, &body[..23], &mut out), Err(short));
    assert_eq!(key.open(&header, &body[..24], &mut out), Err(ProtectError::Integrity));
    let small = ProtectError::OutputTooSmall { needed: 9, found: 8 };
    assert_eq!(key.open(&header, &body[..33], &mut out), Err(small));
    assert_eq!(
        key.open(&header[..23], &body, &mut out),
        Err(ProtectError::Header { found: 23 })
    );
}

#[test]
fn a_key_must_fit_a_cipher_of_this_module() {
    let length = KeyError::Length {
        min: 16,
        max: 16,
        found: 32,
    };
    assert_eq!(MpduKey::new(Cipher::CCMP_128, &[0; 32]).err(), Some(length));
    let cipher = |cipher| Some(KeyError::Cipher(cipher));
    assert_eq!(
        MpduKey::new(Cipher::BIP_CMAC_128, &[0; 16]).err(),
        cipher(Cipher::BIP_CMAC_128)
    );
    assert_eq!(
        MpduKey::new(Cipher::USE_GROUP, &[0; 16]).err(),
        cipher(Cipher::USE_GROUP)
    );
}

fn key() -> impl Strategy<Value = MpduKeyOf> {
    prop_oneof![
        Just(Cipher::CCMP_128),
        Just(Cipher::CCMP_256),
        Just(Cipher::GCMP_128),
        Just(Cipher::GCMP_256)
    ]
    .prop_flat_map(|cipher| {
        let len = CipherSuite::of(cipher).unwrap().tk_len;
        proptest::collection::vec(any::<u8>(), len).prop_map(move |tk| MpduKeyOf { cipher, tk })
    })
}

/// A key that proptest may show when a test fails.
#[derive(Debug)]
struct MpduKeyOf {
    cipher: Cipher,
    tk: Vec<u8>,
}

impl MpduKeyOf {
    fn expand(&self) -> MpduKey {
        MpduKey::new(self.cipher, &self.tk).ok().unwrap()
    }
}

const QOS_HEADER: [u8; 26] = [
    0x88, 0x41, 0, 0, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5, 0,
];

proptest! {
    #[test]
    fn what_was_sealed_opens(
        key in key(),
        number in 1..=Pn::MAX.get(),
        key_id in 0_u8..4,
        plaintext in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let (key, pn) = (key.expand(), Pn::new(number).unwrap());
        let (mut body, mut out) = ([0; 324], [0; 300]);
        let body = key.seal(&QOS_HEADER, ProtectionHeader { key_id, pn }, &plaintext, &mut body).unwrap();
        prop_assert_eq!(body.len(), plaintext.len() + key.overhead());
        let opened = key.open(&QOS_HEADER, body, &mut out).unwrap();
        prop_assert_eq!(&*opened.plaintext, plaintext.as_slice());
        prop_assert_eq!(opened.pn, pn);
    }

    #[test]
    fn one_flipped_bit_of_the_body_never_opens(key in key(), plaintext: [u8; 32], bit in any::<prop::sample::Index>()) {
        let key = key.expand();
        let mut body = [0; 56];
        let protection = ProtectionHeader { key_id: 0, pn: Pn::new(9).unwrap() };
        let body = key.seal(&QOS_HEADER, protection, &plaintext, &mut body).unwrap();
        let bit = bit.index(body.len() * 8);
        // The reserved octet and the bits beside Ext IV are not authenticated; neither is the key identifier, which
        // selects the key.
        prop_assume!(!matches!(bit, 16..=28 | 30..=31));
        body[bit / 8] ^= 1 << (bit % 8);
        let mut out = [0; 32];
        prop_assert!(key.open(&QOS_HEADER, body, &mut out).is_err());
        prop_assert_eq!(out, [0; 32]);
    }

    #[test]
    fn random_octets_never_open(
        key in key(),
        header in proptest::collection::vec(any::<u8>(), 0..40),
        body in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let mut out = [0; 60];
        prop_assert!(key.expand().open(&header, &body, &mut out).is_err());
    }
}
