//! A 4-way handshake, both sides, against the bare cost of its cryptographic primitives.

use crate::clock;
use crate::row::{Promise, Row};
use aes::Aes128;
use aes::cipher::KeyInit;
use aes_kw::AesKw;
use core::time::Duration;
use frame::rsne::{RsnCapabilities, Rsne};
use frame::{Akm, Cipher, Emit, MacAddress, SuiteList};
use hmac::{Hmac, Mac};
use keys::protect::Pn;
use keys::{Gtk, Pmk};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rsn::{Association, Authenticator, Effect, Effects, Elements, GroupKeys, RetryPolicy, Supplicant};
use sha1::Sha1;
use std::hint::black_box;

const AA: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa0]);
const SPA: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);

/// The row of the table.
///
/// # Panics
/// If the handshake does not complete.
#[must_use]
pub fn row() -> Row {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut bare_rng = ChaCha20Rng::seed_from_u64(1);
    let association = association();
    let group_keys = group_keys();
    let (whole, bare) = clock::in_turns(
        201,
        100,
        || sides(&association, &group_keys),
        |sides| handshake(sides, &mut rng),
        || primitives(&mut bare_rng),
    );
    Row {
        what: "4-way handshake, both sides / its primitives".into(),
        detail: format!(
            "{:.2} µs / {:.2} µs",
            whole.as_secs_f64() * 1e6,
            bare.as_secs_f64() * 1e6
        ),
        found: whole.as_secs_f64() / bare.as_secs_f64(),
        promise: Promise::AtMost(1.5),
    }
}

type Sides = (Authenticator, Supplicant);

#[expect(clippy::expect_used, reason = "a benchmark ends where its subject fails")]
fn sides(association: &Association, group_keys: &GroupKeys) -> Sides {
    let pmk = || Pmk::new(&[0x42; 32]).expect("32 octets");
    let authenticator = Authenticator::new(association.clone(), pmk(), group_keys, RetryPolicy::default());
    let supplicant = Supplicant::new(association.clone(), pmk());
    (authenticator.expect("a PSK"), supplicant.expect("a PSK"))
}

/// From message 1 to the keys of both sides.
#[expect(clippy::expect_used, reason = "a benchmark ends where its subject fails")]
fn handshake((mut authenticator, mut supplicant): Sides, rng: &mut ChaCha20Rng) {
    let (mut down, mut up) = (Effects::new(), Effects::new());
    authenticator.start(Duration::ZERO, rng, &mut down);
    while !(authenticator.is_complete() && supplicant.is_complete()) {
        while let Some(effect) = down.pop() {
            if let Effect::Send(pdu) = effect {
                supplicant
                    .handle_eapol(pdu.as_bytes(), rng, &mut up)
                    .expect("a genuine message");
            }
        }
        while let Some(effect) = up.pop() {
            if let Effect::Send(pdu) = effect {
                authenticator
                    .handle_eapol(Duration::ZERO, pdu.as_bytes(), rng, &mut down)
                    .expect("a genuine message");
            }
        }
    }
    black_box((supplicant, authenticator));
}

/// The primitives of the same handshake, straight from their crates, on buffers of the same lengths:
/// two nonces; on each side the PTK (3 blocks of HMAC-SHA-1) and three MICs; one wrap and one unwrap.
fn primitives(rng: &mut ChaCha20Rng) {
    const MESSAGES: [usize; 3] = [121, 155, 99];
    const KEY_DATA: usize = 48;
    let mut nonce = [0; 32];
    for _ in 0..2 {
        rng.fill_bytes(&mut nonce);
    }
    for _ in 0..2 {
        let ptk = prf(&[0x42; 32], &nonce);
        for octets in MESSAGES {
            let mut mac = Hmac::<Sha1>::new_from_slice(ptk.get(..16).unwrap_or_default()).unwrap_or_else(|_| empty());
            mac.update(black_box(&[0; 256]).get(..octets).unwrap_or_default());
            black_box(mac.finalize());
        }
    }
    let kek = AesKw::<Aes128>::new(&[0x42; 16].into());
    let mut wrapped = [0; KEY_DATA + 8];
    let mut plain = [0; KEY_DATA];
    black_box(kek.wrap_key(black_box(&[0x17; KEY_DATA]), &mut wrapped).is_ok());
    black_box(kek.unwrap_key(&wrapped, &mut plain).is_ok());
}

/// Three blocks of 20 octets: the 48 of a PTK for CCMP-128.
fn prf(key: &[u8], nonce: &[u8; 32]) -> [u8; 60] {
    let mut out = [0; 60];
    let keyed = Hmac::<Sha1>::new_from_slice(key).unwrap_or_else(|_| empty());
    for (index, block) in out.chunks_mut(20).enumerate() {
        let mut mac = keyed.clone();
        mac.update(b"Pairwise key expansion\0");
        mac.update(&AA.0);
        mac.update(&SPA.0);
        mac.update(nonce);
        mac.update(nonce);
        mac.update(&[index as u8]);
        block.copy_from_slice(&mac.finalize().into_bytes());
    }
    out
}

/// HMAC takes keys of any length, so that nobody gets here.
fn empty() -> Hmac<Sha1> {
    Hmac::new(&Default::default())
}

#[expect(clippy::expect_used, reason = "a benchmark ends where its subject fails")]
fn association() -> Association {
    let rsne = Rsne {
        group_cipher: Some(Cipher::CCMP_128),
        pairwise: Some(SuiteList::new(&[Cipher::CCMP_128])),
        akms: Some(SuiteList::new(&[Akm::PSK])),
        capabilities: Some(RsnCapabilities::default()),
        ..Rsne::default()
    };
    let rsne = rsne.to_vec().expect("a short element");
    let elements = || Elements::new(&rsne, None).expect("one element");
    Association::negotiate(AA, SPA, elements(), elements()).expect("the same on both sides")
}

fn group_keys() -> GroupKeys {
    GroupKeys {
        gtk: Gtk::new(1, &[0x17; 16], Pn::ZERO).ok(),
        ..GroupKeys::default()
    }
}
