//! Requests of the supplicant (IEEE 802.11-2020, 12.7.2, Request bit): the only messages that it sends unasked.

use super::Supplicant;
use crate::effect::{Effect, Effects};
use crate::message::Message;

/// What the authenticator is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A new pairwise key: a 4-way handshake.
    PairwiseRekey,
    /// A new group key: a group key handshake.
    GroupRekey,
    /// A frame under the pairwise key had a wrong Michael MIC (TKIP); the authenticator is told.
    PairwiseMicFailure,
    /// A frame under a group key had a wrong Michael MIC (TKIP).
    GroupMicFailure,
}

/// Nothing can be asked for before the 4-way handshake: there is no key yet to sign a request with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no 4-way handshake has completed yet")]
pub struct NotEstablished;

impl Supplicant {
    /// Sends `request`. The authenticator is free to do nothing about it.
    ///
    /// # Errors
    /// [`NotEstablished`] before the first handshake is complete.
    pub fn request_rekey(&mut self, request: Request, effects: &mut Effects) -> Result<(), NotEstablished> {
        let established = self.established.as_ref().ok_or(NotEstablished)?;
        let pairwise = matches!(request, Request::PairwiseRekey | Request::PairwiseMicFailure);
        let error = matches!(request, Request::PairwiseMicFailure | Request::GroupMicFailure);
        let info = self
            .agreement
            .info()
            .with_mic(true)
            .with_secure(true)
            .with_request(true);
        let message = Message {
            info: info.with_pairwise(pairwise).with_error(error),
            replay_counter: self.next_request,
            ..self.agreement.message()
        };
        self.next_request = self.next_request.saturating_add(1);
        effects.push(Effect::Send(message.sealed(&established.ptk)));
        Ok(())
    }
}
