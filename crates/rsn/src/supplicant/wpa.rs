//! What WPA does otherwise, supplicant side (Wi-Fi Protected Access, version 3.1).
//!
//! Message 3 carries the WPA element in the clear and no keys. The group key comes in a group key handshake of its own,
//! as bare octets, and only then the association is complete.

use frame::eapol_key::MessageName;

use super::Supplicant;
use crate::effect::{Effect, Effects};
use crate::group_keys::GroupKeys;
use crate::message::Message;
use crate::refusal::Refusal;
use crate::verified::Unverified;

impl Supplicant {
    /// Answers group message 1: installs the group key if it is new, and confirms with message 2.
    ///
    /// # Errors
    /// As [`handle_group_message_1`](Self::handle_group_message_1). Nothing is installed then.
    pub(super) fn handle_wpa_group_message_1(
        &mut self,
        frame: Unverified<'_>,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let message = MessageName::Group1;
        let association = &self.agreement.association;
        let established = self.established.as_ref().ok_or(Refusal::Unexpected { message })?;
        let frame = frame.authenticate(&established.ptk)?.after(self.last_counter)?;
        let plain = frame.unwrap(&established.ptk)?;
        let frame = frame.frame();

        // The key identifier of a GTK KDE is in the key information.
        let answer = self
            .agreement
            .info()
            .with_mic(true)
            .with_secure(true)
            .with_wpa_key_index(frame.info.wpa_key_index());
        let expected = answer.with_ack(true);
        if frame.info == expected.with_install(true) {
            return Err(Refusal::GroupKeyTransmits);
        }
        if frame.info != expected {
            return Err(Refusal::KeyInfo {
                message,
                found: frame.info,
                expected,
            });
        }
        let group_keys = GroupKeys::read_bare(&plain, frame, association)?;

        // Nothing is refused from here on.
        self.last_counter = Some(frame.replay_counter);
        self.group_keys.install(group_keys, association, effects);
        let message_2 = Message {
            info: answer,
            ..self.agreement.answer(frame)
        };
        effects.push(Effect::Send(message_2.sealed(&established.ptk)));
        effects.push(match core::mem::take(&mut self.lacks_group_key) {
            true => Effect::Completed,
            false => Effect::GroupCompleted,
        });
        Ok(())
    }
}
