//! The group key handshake, authenticator side (IEEE 802.11-2020, 12.7.7).

use core::time::Duration;

use frame::eapol_key::MessageName;
use frame::kde;
use rand_core::CryptoRng;

use super::exchange::{Awaiting, Delivery};
use super::{Authenticator, check_info};
use crate::effect::{Effect, Effects};
use crate::elements;
use crate::refusal::Refusal;
use crate::verified::Unverified;

impl Authenticator {
    /// Sends group message 1 (12.7.7.2) with the keys of the network. Before the first 4-way handshake there is nothing
    /// to do: its message 3 will deliver them.
    pub(super) fn begin_group(&mut self, now: Duration, rng: &mut dyn CryptoRng, effects: &mut Effects) {
        self.group_rekey_due = false;
        let Some(ptk) = self.established.as_deref() else { return };
        let delivery = match self.agreement.is_wpa() {
            true => Delivery::bare(&self.agreement, ptk, &self.group_keys, rng),
            false => Delivery::new(
                &self.agreement,
                ptk,
                &self.group_keys,
                &elements::channel_kde(&self.agreement),
                rng,
            ),
        };
        self.begin(now, Awaiting::GroupMessage2 { delivery }, effects);
    }

    /// Takes group message 2 (12.7.7.3): the station has the group keys.
    ///
    /// # Errors
    /// [`Refusal::Unexpected`], [`Refusal::Mic`], [`Refusal::Counter`] or [`Refusal::KeyInfo`].
    pub(super) fn handle_group_message_2(
        &mut self,
        frame: Unverified<'_>,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let message = MessageName::Group2;
        let (Some(exchange), Some(ptk)) = (&self.exchange, &self.established) else {
            return Err(Refusal::Unexpected { message });
        };
        let Awaiting::GroupMessage2 { delivery } = exchange.awaiting() else {
            return Err(Refusal::Unexpected { message });
        };
        let frame = frame.authenticate(ptk)?.answering(exchange.counters())?;
        let frame = frame.frame();
        check_info(message, frame.info, delivery.group_info(&self.agreement))?;
        if self.agreement.association.channel().is_some() {
            elements::check_channel(elements::channel(kde::key_data(frame.key_data))?, &self.agreement)?;
        }

        self.exchange = None;
        effects.push(match core::mem::take(&mut self.lacks_group_key) {
            true => Effect::Completed,
            false => Effect::GroupCompleted,
        });
        Ok(())
    }
}
