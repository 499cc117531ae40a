//! What the tests of several modules need.

use core::time::Duration;

use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng;

use crate::method::Context;

/// Calls `run` with a context whose randomness is always the same.
pub(crate) fn context<R>(run: impl FnOnce(&mut Context<'_>) -> R) -> R {
    let mut rng = ChaCha12Rng::from_seed([7; 32]);
    run(&mut Context {
        rng: &mut rng,
        unix_time: Duration::from_secs(1_800_000_000),
    })
}
