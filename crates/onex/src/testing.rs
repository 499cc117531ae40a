//! What the tests of several modules need.

use alloc::vec::Vec;
use core::time::Duration;

use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng;
use zeroize::Zeroizing;

use crate::method::Context;
use crate::usim::Subscription;

/// Calls `run` with a context whose randomness is always the same.
pub(crate) fn context<R>(run: impl FnOnce(&mut Context<'_>) -> R) -> R {
    let mut rng = ChaCha12Rng::from_seed([7; 32]);
    run(&mut Context {
        rng: &mut rng,
        unix_time: Duration::from_secs(1_800_000_000),
    })
}

/// The octets of hexadecimal digits, which may have white space between them.
pub(crate) fn hex<const N: usize>(digits: &str) -> [u8; N] {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    assert_eq!(digits.len(), 2 * N);
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap() as u8;
    core::array::from_fn(|at| value(digits[2 * at]) << 4 | value(digits[2 * at + 1]))
}

/// A subscription whose sequence number stands here.
pub(crate) fn subscription(sqn: u64) -> Subscription {
    Subscription {
        imsi: "244070100000001".into(),
        network_digits: 2,
        k: Zeroizing::new([1; 16]),
        opc: Zeroizing::new([2; 16]),
        sqn,
    }
}
