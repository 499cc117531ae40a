//! The 802.1X module's face towards the user: what it needs of the world, and the answers to its questions.

use super::Host;
use crate::state::{Handler, OneXWorld};
use core::time::Duration;
use ihv::{Extension, Guid, HostAdapter, OneXResult, SecuritySession, Win32Error};
use onex::method::Answer;
use rand_core::CryptoRng;

impl<E: Extension> Host<E> {
    /// Lends the 802.1X module to the extension: gives it a source of randomness, which must be unpredictable, and says
    /// what the time since 1970-01-01T00:00:00Z is at `now`, for the validity of certificates. To be called again when
    /// a clock was set. Without it every [`start_onex`](ihv::Host::start_onex) is refused.
    pub fn lend_onex(&mut self, now: Duration, unix_time: Duration, rng: impl CryptoRng + 'static) {
        self.state.world = Some(OneXWorld {
            rng: Box::new(rng),
            epoch: unix_time.saturating_sub(now),
        });
    }

    /// The user has answered a question of the 802.1X module's
    /// ([`Kind::CredentialsRequested`](crate::event::Kind::CredentialsRequested)): the operation goes on (R37).
    ///
    /// # Errors
    /// [`Win32Error::NOT_FOUND`] for an answer to no question, or to one that is not asked any more.
    pub fn answer(
        &mut self,
        now: Duration,
        handle: HostAdapter,
        request: Guid,
        answer: Answer,
    ) -> Result<(), Win32Error> {
        self.state.now = now;
        let result = self.state.answer_onex(handle, request, answer);
        self.settle();
        result
    }

    /// Hands the result of an operation to the extension, once (R35).
    pub(super) fn indicate(&mut self, handle: HostAdapter, session: SecuritySession, result: &OneXResult) {
        let Some(extension) = self.extension_adapter(handle) else {
            return;
        };
        if !self.state.take_conclusion(handle, session) {
            return;
        }
        // Whatever the extension makes of it, the operation is over.
        let _ = self.call(Handler::Other, handle, |to, host| {
            to.onex_indicate_result(host, extension, result)
        });
    }
}
