//! A rehearsal while the radio looks for the network.

use super::Failure;
use crate::simulate;
use frame::Akm;
use host::outcome::exit;

/// What is rehearsed: between them, they use what all have in common.
const AKMS: [Akm; 2] = [Akm::PSK, Akm::SAE];

/// Plays whole operations on simulated adapters, in memory, from the search to the rekey.
///
/// It is the program's self-test on this very machine: no handshake is begun by a program that fails it. And as nothing of
/// it is done for the first time afterwards, the access point's messages are answered without a wait for code that comes
/// into memory and caches.
///
/// # Errors
/// [`Failure::SelfTest`]
pub(super) fn rehearse() -> Result<(), Failure> {
    for akm in AKMS {
        if simulate::play_silently(akm)? != exit::DONE {
            return Err(Failure::SelfTest);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_self_test_passes() {
        assert!(rehearse().is_ok());
    }
}
