//! The group key handshake, supplicant side (IEEE 802.11-2020, 12.7.7).

use frame::eapol_key::MessageName;

use super::Supplicant;
use crate::effect::{Effect, Effects};
use crate::elements;
use crate::group_keys::GroupKeys;
use crate::message::Message;
use crate::refusal::Refusal;
use crate::verified::Unverified;

impl Supplicant {
    /// Answers group message 1 (12.7.7.2): installs the keys that are new, and confirms with message 2 (12.7.7.3).
    ///
    /// # Errors
    /// [`Refusal::Unexpected`] before the 4-way handshake; else [`Refusal::Mic`], [`Refusal::Replay`],
    /// [`Refusal::NotEncrypted`], [`Refusal::Unwrap`], [`Refusal::KeyInfo`] or what is wrong with a key. Nothing is
    /// installed then.
    pub(super) fn handle_group_message_1(
        &mut self,
        frame: Unverified<'_>,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let message = MessageName::Group1;
        let association = &self.agreement.association;
        let established = self.established.as_ref().ok_or(Refusal::Unexpected { message })?;
        let frame = frame.authenticate(&established.ptk)?.after(self.last_counter)?;
        let key_data = frame.decrypt(&established.ptk)?;
        let frame = frame.frame();

        let answer = self.agreement.info().with_mic(true).with_secure(true);
        let expected = answer.with_ack(true).with_encrypted_key_data(true);
        if frame.info != expected {
            return Err(Refusal::KeyInfo {
                message,
                found: frame.info,
                expected,
            });
        }
        let mut group_keys = GroupKeys::default();
        for item in key_data.items() {
            group_keys.take(item?, frame.rsc, association)?;
        }
        group_keys.require_gtk(association)?;
        elements::check_channel(elements::channel(key_data.items())?, &self.agreement)?;

        // Nothing is refused from here on.
        self.last_counter = Some(frame.replay_counter);
        self.group_keys.install(group_keys, association, effects);
        let message_2 = Message {
            info: answer,
            key_data: &elements::channel_kde(&self.agreement),
            ..self.agreement.answer(frame)
        };
        effects.push(Effect::Send(message_2.sealed(&established.ptk)));
        effects.push(Effect::GroupCompleted);
        Ok(())
    }
}
