//! A supplicant and an authenticator in mid-handshake take whatever comes: they do not panic, and
//! neither completes.
#![no_main]

use core::time::Duration;
use frame::rsne::Rsne;
use frame::{Akm, Cipher, Emit, MacAddress, SuiteList};
use keys::protect::Pn;
use keys::{Gtk, Pmk};
use libfuzzer_sys::fuzz_target;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use rsn::{Association, Authenticator, Effect, Effects, Elements, GroupKeys, RetryPolicy, Supplicant};

fuzz_target!(|octets: &[u8]| {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let association = association();
    let pmk = || Pmk::new(&[0x42; 32]).expect("32 octets");
    let group_keys = GroupKeys { gtk: Gtk::new(1, &[0x17; 16], Pn::ZERO).ok(), ..GroupKeys::default() };
    let mut authenticator =
        Authenticator::new(association.clone(), pmk(), &group_keys, RetryPolicy::default()).expect("a PSK");
    let mut supplicant = Supplicant::new(association, pmk()).expect("a PSK");
    let (mut down, mut up) = (Effects::new(), Effects::new());
    authenticator.start(Duration::ZERO, &mut rng, &mut down);
    if let Some(Effect::Send(message_1)) = down.pop() {
        supplicant.handle_eapol(message_1.as_bytes(), &mut rng, &mut up).expect("a genuine message 1");
    }
    let _ = supplicant.handle_eapol(octets, &mut rng, &mut up);
    let _ = authenticator.handle_eapol(Duration::ZERO, octets, &mut rng, &mut down);
    assert!(!supplicant.is_complete() && !authenticator.is_complete());
});

fn association() -> Association {
    let rsne = Rsne {
        group_cipher: Some(Cipher::CCMP_128),
        pairwise: Some(SuiteList::new(&[Cipher::CCMP_128])),
        akms: Some(SuiteList::new(&[Akm::PSK])),
        ..Rsne::default()
    };
    let rsne = rsne.to_vec().expect("a short element");
    let elements = || Elements::new(&rsne, None).expect("one element");
    Association::negotiate(MacAddress([2, 0, 0, 0, 0, 0]), MacAddress([2, 0, 0, 0, 0, 1]), elements(), elements())
        .expect("the same on both sides")
}
