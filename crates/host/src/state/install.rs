//! Keys on their way to the adapter: only such as fit (R28), none a second time (R29), each when it is due (R30).

use super::key::{Use, fits};
use super::{Handler, Handshake, State};
use crate::adapter::Command;
use crate::event::{Kind, Text};
use ihv::{DefaultKey, Direction, HostAdapter, KeyMappingKey, Rule, Win32Error};

impl State {
    /// A group key is installed or removed.
    pub(super) fn take_default_key(
        &mut self,
        adapter: HostAdapter,
        key: DefaultKey,
        direction: Direction,
    ) -> Result<(), Win32Error> {
        const CALL: &str = "set_default_key";
        if key.key.is_some() && self.is_inside(Handler::AdapterReset, adapter) {
            return self.refuse(adapter, Rule::R07, CALL, Win32Error::INVALID_STATE);
        }
        let called = self.called(adapter, CALL)?;
        let unfit = key
            .key
            .as_ref()
            .is_some_and(|material| !fits(key.cipher, key.index, material, Use::Group));
        if direction == Direction::Outbound || key.index > 7 || unfit {
            return self.refuse(adapter, Rule::R28, CALL, Win32Error::INVALID_PARAMETER);
        }
        let (key_id, cipher) = (key.index, key.cipher.cipher());
        let Some(material) = key.key.as_ref() else {
            // Data must not pass an open port unprotected.
            let needed = called.ports.iter().any(|port| port.is_guarded() && port.group_keyed);
            if needed && called.group_keys.is_only_data_key(key_id) {
                return self.refuse(adapter, Rule::R30, CALL, Win32Error::INVALID_STATE);
            }
            called.group_keys.remove(key_id);
            self.event(adapter, key.peer, None, || Kind::KeyRemoved {
                pairwise: false,
                key_id,
            });
            self.command(adapter, Command::SetDefaultKey(key));
            return Ok(());
        };
        if called.group_keys.holds(key_id, material) {
            return self.refuse(adapter, Rule::R29, CALL, Win32Error::INVALID_OPERATION);
        }
        called.group_keys.insert(key_id, material.duplicate());
        self.event(adapter, key.peer, None, || Kind::GroupKeyInstalled {
            cipher: cipher.map(Text),
            key_id,
        });
        self.command(adapter, Command::SetDefaultKey(key));
        Ok(())
    }

    /// A pairwise key is installed, taken into use, or removed.
    pub(super) fn take_key_mapping_key(&mut self, adapter: HostAdapter, key: KeyMappingKey) -> Result<(), Win32Error> {
        const CALL: &str = "set_key_mapping_key";
        if key.key.is_some() && self.is_inside(Handler::AdapterReset, adapter) {
            return self.refuse(adapter, Rule::R07, CALL, Win32Error::INVALID_STATE);
        }
        let beginning = self.is_inside(Handler::PerformPostAssociate, adapter);
        let called = self.called(adapter, CALL)?;
        let extended = called.info.capabilities.extended_key_id;
        let unfit = key
            .key
            .as_ref()
            .is_some_and(|material| !fits(key.cipher, key.key_id, material, Use::Pairwise));
        if key.peer.is_group() || key.key_id > 3 || unfit {
            return self.refuse(adapter, Rule::R28, CALL, Win32Error::INVALID_PARAMETER);
        }
        let Some(port) = called.ports.iter_mut().find(|port| port.state.peer == key.peer) else {
            return self.refuse(adapter, Rule::R08, CALL, Win32Error::INVALID_STATE);
        };
        let (peer, id, key_id) = (key.peer, port.state.session_id, key.key_id);
        let Some(material) = key.key.as_ref() else {
            // Data must not pass an open port unprotected.
            if port.is_guarded() && port.pairwise_keys.sends_under(key_id) {
                return self.refuse(adapter, Rule::R30, CALL, Win32Error::INVALID_STATE);
            }
            port.pairwise_keys.remove(key_id);
            self.event(adapter, Some(peer), Some(id), || Kind::KeyRemoved {
                pairwise: true,
                key_id,
            });
            self.command(adapter, Command::SetKeyMappingKey(key));
            return Ok(());
        };
        if port.doomed || !(port.begun || beginning) {
            return self.refuse(adapter, Rule::R21, CALL, Win32Error::INVALID_STATE);
        }
        // With extended key IDs a key comes to receive before message 4, and is taken into use after it.
        let waits = extended && key.direction == Direction::Inbound;
        let taken_into_use = extended && key.direction == Direction::Outbound;
        if taken_into_use && !port.pairwise_keys.has(key_id, material) {
            return self.refuse(adapter, Rule::R28, CALL, Win32Error::INVALID_PARAMETER);
        }
        if !taken_into_use && port.pairwise_keys.holds(key_id, material) {
            return self.refuse(adapter, Rule::R29, CALL, Win32Error::INVALID_OPERATION);
        }
        let due = match waits {
            true => port.handshake == Handshake::Confirmed && !port.pairwise_keys.sends_under(key_id),
            false => port.confirmed,
        };
        if port.akm.is_some() && !due {
            return self.refuse(adapter, Rule::R30, CALL, Win32Error::INVALID_STATE);
        }
        if !taken_into_use {
            port.pairwise_keys.insert(key_id, material.duplicate());
        }
        if !waits {
            port.pairwise_keys.send_under(key_id);
        }
        let cipher = key.cipher.cipher().map(Text);
        self.event(adapter, Some(peer), Some(id), || match taken_into_use {
            true => Kind::PairwiseKeyInUse { key_id },
            false => Kind::PairwiseKeyInstalled { cipher, key_id },
        });
        self.command(adapter, Command::SetKeyMappingKey(key));
        Ok(())
    }
}
