//! The 4-way handshake, authenticator side (IEEE 802.11-2020, 12.7.6).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use frame::Emit;
use frame::eapol_key::MessageName;
use frame::kde::{self, Kde};
use keys::Ptk;
use rand_core::CryptoRng;

use super::exchange::{Awaiting, Delivery, Exchange};
use super::{Authenticator, check_info};
use crate::agreement::nonce;
use crate::effect::{Effect, Effects, KeyUsage};
use crate::elements::{self, Repeated};
use crate::refusal::Refusal;
use crate::verified::Unverified;

impl Authenticator {
    /// Sends message 1 (12.7.6.2) with a new nonce.
    pub(super) fn begin_four_way(&mut self, now: Duration, rng: &mut dyn CryptoRng, effects: &mut Effects) {
        self.group_rekey_due = false;
        self.begin(
            now,
            Awaiting::Message2 {
                anonce: nonce(rng),
                secure: self.is_complete() && !self.agreement.is_wpa(),
            },
            effects,
        );
    }

    /// Sends the message that leads to `awaiting`, in place of whatever was waited for.
    pub(super) fn begin(&mut self, now: Duration, awaiting: Awaiting, effects: &mut Effects) {
        let mut exchange = Exchange::new(awaiting, self.counter);
        exchange.transmit(
            now,
            &self.agreement,
            &self.retry,
            &mut self.counter,
            self.established.as_deref(),
            effects,
        );
        self.exchange = Some(exchange);
    }

    /// Answers message 2 (12.7.6.3) with message 3 (12.7.6.4).
    ///
    /// # Errors
    /// [`Refusal::Mic`]: another secret, or another sender. [`Refusal::ElementMismatch`]: the station's elements are
    /// not those of its association request. Otherwise [`Refusal::Unexpected`], [`Refusal::Counter`],
    /// [`Refusal::KeyInfo`] or [`Refusal::Parse`].
    pub(super) fn handle_message_2(
        &mut self,
        now: Duration,
        frame: Unverified<'_>,
        rng: &mut dyn CryptoRng,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let message = MessageName::FourWay2;
        let Some(exchange) = &self.exchange else {
            return Err(Refusal::Unexpected { message });
        };
        let &Awaiting::Message2 { anonce, secure } = exchange.awaiting() else {
            return Err(Refusal::Unexpected { message });
        };
        let ptk = self.agreement.derive(&anonce, frame.claims().nonce);
        let frame = frame.authenticate(&ptk)?.answering(exchange.counters())?;
        let frame = frame.frame();
        check_info(
            message,
            frame.info,
            self.agreement
                .info()
                .with_pairwise(true)
                .with_mic(true)
                .with_secure(secure),
        )?;
        Repeated::read(kde::key_data(frame.key_data))?
            .compare(self.agreement.association.station_elements(), &self.agreement)?;

        let mut elements = elements::to_repeat(self.agreement.association.access_point_elements(), &self.agreement);
        if let Some(modes) = self.transition_disabled {
            elements = [&*elements, &transition_disable_kde(modes)].concat().into();
        }
        let key_id = self.next_key_id();
        if self.agreement.association.extended_key_id() {
            elements = [&*elements, &key_id_kde(key_id)].concat().into();
            // Message 4 may come under the new key.
            effects.push(self.install(&ptk, key_id, KeyUsage::Receive));
        }
        let delivery = match self.agreement.is_wpa() {
            true => Delivery::in_the_clear(&elements),
            false => Delivery::new(&self.agreement, &ptk, &self.group_keys, &elements, rng),
        };
        self.begin(now, Awaiting::Message4 { anonce, ptk, delivery }, effects);
        Ok(())
    }

    /// Takes message 4 (12.7.6.5): the station has its keys, so we install ours.
    ///
    /// # Errors
    /// [`Refusal::Unexpected`], [`Refusal::Mic`], [`Refusal::Counter`] or [`Refusal::KeyInfo`].
    pub(super) fn handle_message_4(
        &mut self,
        now: Duration,
        frame: Unverified<'_>,
        rng: &mut dyn CryptoRng,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let message = MessageName::FourWay4;
        let Some(exchange) = &self.exchange else {
            return Err(Refusal::Unexpected { message });
        };
        let Awaiting::Message4 { ptk, .. } = exchange.awaiting() else {
            return Err(Refusal::Unexpected { message });
        };
        let frame = frame.authenticate(ptk)?.answering(exchange.counters())?;
        check_info(message, frame.frame().info, self.agreement.info_4())?;

        let Some(Awaiting::Message4 { ptk, .. }) = self.exchange.take().map(Exchange::into_awaiting) else {
            return Err(Refusal::Unexpected { message });
        };
        let usage = match self.agreement.association.extended_key_id() {
            true => KeyUsage::Send,
            false => KeyUsage::Both,
        };
        self.key_id = self.next_key_id();
        effects.push(self.install(&ptk, self.key_id, usage));
        let is_first = self.established.is_none() || self.lacks_group_key;
        self.established = Some(ptk);
        self.agreement.keep(now);
        self.lacks_group_key = is_first && self.agreement.is_wpa();
        if !self.lacks_group_key {
            effects.push(Effect::Completed);
        }
        if self.group_rekey_due || self.agreement.is_wpa() {
            self.begin_group(now, rng, effects);
        }
        Ok(())
    }

    /// The identifier of the key that comes after the one in use: 0 and 1 in turns, if there are two.
    fn next_key_id(&self) -> u8 {
        match self.established {
            Some(_) if self.agreement.association.extended_key_id() => self.key_id ^ 1,
            _ => 0,
        }
    }

    fn install(&self, ptk: &Ptk, key_id: u8, usage: KeyUsage) -> Effect {
        Effect::InstallPairwise {
            cipher: self.agreement.association.pairwise(),
            key_id,
            usage,
            key: Box::new(ptk.temporal_key()),
        }
    }
}

/// The KDE that gives the pairwise key its identifier.
fn key_id_kde(key_id: u8) -> Vec<u8> {
    Kde::KeyId(key_id).to_vec().unwrap_or_default()
}

/// The KDE that turns transition modes off.
fn transition_disable_kde(modes: u8) -> Vec<u8> {
    Kde::TransitionDisable(&[modes]).to_vec().unwrap_or_default()
}
