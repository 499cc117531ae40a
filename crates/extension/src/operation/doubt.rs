//! Whether the access point still has its keys: SA Query (IEEE 802.11-2020, 11.13).

use super::{Context, Operation, State, Task};
use frame::dot11::{Management, management_subtype};
use frame::oci::Oci;
use ihv::{Failure, Win32Error};
use rsn::sa_query::{self, SaQuery, Verdict};

impl Operation {
    /// Somebody without the keys says that the association is over: is the access point still there, and does it have
    /// them (IEEE 802.11-2020, 11.13)?
    ///
    /// # Errors
    /// What the host says.
    pub(crate) fn doubt(&mut self, context: &mut Context<'_>) -> Result<(), Win32Error> {
        if self.state != State::Authorized {
            return Ok(());
        }
        match self.query().start(context.host.now(), context.rng) {
            Some(question) => context.host.send_action(self.adapter, self.peer, &question),
            None => Ok(()),
        }
    }

    /// The access point has taken its stations to another channel. Where the channel is validated, a query is to prove
    /// that it is there, too (IEEE 802.11-2020, 11.13).
    ///
    /// # Errors
    /// What the host says.
    pub(crate) fn switch_channel(&mut self, context: &mut Context<'_>, channel: Oci) -> Result<(), Win32Error> {
        let Task::Handshake(supplicant) = &mut self.task else {
            return Ok(());
        };
        if supplicant.association().channel().is_none() {
            return Ok(());
        }
        supplicant.move_to(channel);
        self.query = None;
        self.doubt(context)
    }

    /// An action frame of the access point's has come, with its protection proved.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_DATA`] for one that was refused.
    pub(crate) fn receive_action(&mut self, context: &mut Context<'_>, body: &[u8]) -> Result<(), Win32Error> {
        let Ok(Management::Action(action)) = Management::parse(management_subtype::ACTION, body) else {
            return Err(Win32Error::INVALID_DATA);
        };
        match self.query().handle(&action) {
            Ok(sa_query::Received::Answer(answer)) => context.host.send_action(self.adapter, self.peer, &answer),
            Ok(sa_query::Received::Verdict(_)) => Ok(()),
            Err(_) => Err(Win32Error::INVALID_DATA),
        }
    }

    fn query(&mut self) -> &mut SaQuery {
        let channel = match &self.task {
            Task::Handshake(supplicant) => supplicant.association().channel(),
            _ => None,
        };
        self.query.get_or_insert_with(|| Box::new(SaQuery::new(channel)))
    }

    /// The time for an answer is over: asks again, or gives the association up.
    pub(super) fn wonder(&mut self, context: &mut Context<'_>) {
        let now = context.host.now();
        let Some(query) = &mut self.query else { return };
        match query.handle_timeout(now, context.rng) {
            Some(sa_query::Timeout::Ask(question)) => {
                // A host that refuses has ended the association already.
                let _ = context.host.send_action(self.adapter, self.peer, &question);
            }
            Some(sa_query::Timeout::Verdict(Verdict::Lost)) => {
                self.fail(context.host, Failure::Unanswered, Win32Error::TIMEOUT);
            }
            Some(sa_query::Timeout::Verdict(Verdict::Alive)) | None => {}
        }
    }
}
