//! How what the supplicant wants reaches the host.

use super::{Context, Operation, State, Task};
use frame::Cipher;
use frame::ethertype::EtherType;
use ihv::{
    CipherAlgorithm, DefaultKey, Direction, Failure, Host, KeyMappingKey, KeyMaterial, SecurityPacket, Win32Error,
};
use rsn::{Effect, KeyUsage};

impl Operation {
    /// Does what the supplicant wants, in its order: message 4 before the pairwise key, the group keys
    /// after it, the exclusion of unencrypted data before success (R30).
    pub(super) fn execute(&mut self, context: &mut Context<'_>) -> Result<(), Win32Error> {
        while let Some(effect) = context.effects.pop() {
            if let Err(error) = self.apply(context, effect) {
                // What would follow relies on what has failed.
                context.effects.drain().for_each(drop);
                self.fail(context.host, Failure::Internal, error);
                return Err(error);
            }
        }
        // An adapter that refuses leaves the handshakes here.
        let _ = self.offload_group_rekeys(context.host);
        Ok(())
    }

    fn apply(&mut self, context: &mut Context<'_>, effect: Effect) -> Result<(), Win32Error> {
        let host = &mut *context.host;
        match effect {
            Effect::Send(pdu) => {
                let packet = SecurityPacket {
                    peer: self.peer,
                    ethertype: EtherType::EAPOL,
                    data: pdu.as_bytes(),
                };
                let completion = context.completions.next_handle();
                host.send_packet(self.adapter, packet, completion).inspect_err(|_| {
                    // A packet that the host refused is not completed by it.
                    let _ = context.completions.complete(completion);
                })
            }
            Effect::InstallPairwise {
                cipher,
                key_id,
                usage,
                key,
            } => host.set_key_mapping_key(
                self.adapter,
                KeyMappingKey {
                    peer: self.peer,
                    cipher: CipherAlgorithm::of_cipher(cipher),
                    direction: match usage {
                        KeyUsage::Both => Direction::Both,
                        KeyUsage::Receive => Direction::Inbound,
                        KeyUsage::Send => Direction::Outbound,
                    },
                    key_id,
                    receive_counter: [0; 6],
                    key: Some(material(key.as_bytes())?),
                },
            ),
            Effect::InstallGroup { cipher, key } => {
                self.install_default(host, cipher, key.key_id(), key.pn().to_le_bytes(), key.as_bytes())
            }
            Effect::InstallGroupManagement { cipher, key } => {
                self.install_default(host, cipher, key.key_id(), key.pn().to_le_bytes(), key.as_bytes())
            }
            // Every station with protected management frames is told the key (IEEE 802.11-2020, 12.7.2). A driver that has no
            // use for it refuses it.
            Effect::InstallBeacon { .. } if !self.verifies_beacons => Ok(()),
            Effect::InstallBeacon { cipher, key } => {
                self.install_default(host, cipher, key.key_id(), key.pn().to_le_bytes(), key.as_bytes())
            }
            Effect::TransitionDisabled(modes) => {
                self.news.disabled |= modes;
                Ok(())
            }
            Effect::Completed if matches!(self.state, State::Due | State::Pending { .. }) => {
                host.set_exclude_unencrypted(self.adapter, true)?;
                self.succeed(host);
                self.prove();
                Ok(())
            }
            // A rekey does not change the state of the port.
            Effect::Completed => {
                self.prove();
                Ok(())
            }
            // The rest is for authenticators.
            Effect::GroupCompleted
            | Effect::GroupRekeyRequested
            | Effect::MicFailureReported { .. }
            | Effect::Failed(_) => Ok(()),
        }
    }

    /// One key for everything that is sent and received (IEEE 802.11-2020, 12.3.2).
    pub(super) fn install_wep(&self, host: &mut dyn Host) -> Result<(), Win32Error> {
        let Task::Wep { cipher, key } = &self.task else {
            return Ok(());
        };
        let key = DefaultKey {
            index: 0,
            cipher: CipherAlgorithm::of_cipher(*cipher),
            peer: None,
            receive_counter: [0; 6],
            key: Some(key.duplicate()),
        };
        host.set_default_key(self.adapter, key, Direction::Both)?;
        host.set_default_key_id(self.adapter, 0)?;
        host.set_exclude_unencrypted(self.adapter, true)
    }

    fn install_default(
        &self,
        host: &mut dyn Host,
        cipher: Cipher,
        index: u8,
        receive_counter: [u8; 6],
        key: &[u8],
    ) -> Result<(), Win32Error> {
        let key = DefaultKey {
            index,
            cipher: CipherAlgorithm::of_cipher(cipher),
            peer: None,
            receive_counter,
            key: Some(material(key)?),
        };
        // A station only receives under a group key.
        host.set_default_key(self.adapter, key, Direction::Inbound)
    }
}

pub(super) fn material(key: &[u8]) -> Result<KeyMaterial, Win32Error> {
    KeyMaterial::new(key).ok_or(Win32Error::INVALID_DATA)
}
