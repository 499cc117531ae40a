//! What the fuzz target `onex` does with an input.
//!
//! ```text
//! | number of the method (1) | length (2) | packet | length (2) | packet | …
//! ```

use std::time::Duration;

use onex::eap::{Peer, Profile, Reaction};
use onex::method::{Answer, Context, Secret};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;

use super::methods::{ALL, Certificates, Method, PASSWORD};

/// When it takes place, since 1970.
pub(crate) const NOW: Duration = Duration::from_secs(1_800_000_000);

/// What came of an input.
#[derive(Default)]
pub(crate) struct Fed {
    /// Packets that were answered.
    pub(crate) answered: usize,
    /// There was a success that the method agreed with.
    pub(crate) is_let_in: bool,
}

/// The peer that is fed, and its randomness, which is always the same.
pub(crate) fn peer(certificates: &Certificates, method: Method) -> (Peer, ChaCha12Rng) {
    let peer = Peer::new(Profile {
        identity: Some(b"anonymous".to_vec()),
        offers: vec![method.peer(certificates)],
        needs_keys: method.makes_keys(),
    });
    (peer, ChaCha12Rng::from_seed([7; 32]))
}

/// Gives a peer the packets of an input, one after the other. None may make it panic.
pub(crate) fn feed(certificates: &Certificates, input: &[u8]) -> Fed {
    let mut fed = Fed::default();
    let Some((&number, mut rest)) = input.split_first() else {
        return fed;
    };
    let (_, method) = ALL[usize::from(number) % ALL.len()];
    let (mut peer, mut rng) = peer(certificates, method);
    let mut context = Context {
        rng: &mut rng,
        unix_time: NOW,
    };
    while let Some((len, behind)) = rest.split_first_chunk() {
        let len = usize::from(u16::from_be_bytes(*len)).min(behind.len());
        let (packet, next) = behind.split_at(len);
        rest = next;
        let mut reaction = peer.handle_packet(&mut context, packet);
        if let Ok(Reaction::Ask(_)) = reaction {
            reaction = peer.handle_answer(&mut context, Answer::Secret(Secret::from(PASSWORD)));
        }
        match reaction {
            Ok(Reaction::Respond(_) | Reaction::Notify { .. }) => fed.answered += 1,
            Ok(Reaction::Succeeded(keys)) => {
                assert_eq!(keys.is_some(), method.makes_keys());
                fed.is_let_in = true;
            }
            Ok(Reaction::Ask(_) | Reaction::Failed(_)) | Err(_) => {}
        }
    }
    fed
}
