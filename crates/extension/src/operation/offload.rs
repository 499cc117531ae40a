//! Group key handshakes that the adapter does itself, where it can.

use super::execute::material;
use super::{Operation, State, Task};
use ihv::{AdapterCapabilities, Host, RekeyOffload, Win32Error};

impl Operation {
    /// The adapter is given what it can make use of: the key of the beacons, and once the port is open the group key
    /// handshakes.
    pub(crate) const fn with_adapter(mut self, capabilities: &AdapterCapabilities) -> Self {
        self.verifies_beacons = capabilities.beacon_protection;
        self.offloads = capabilities.group_rekey_offload;
        self
    }

    /// Gives the adapter what it needs for the next group key handshake, whenever that has changed.
    pub(super) fn offload_group_rekeys(&mut self, host: &mut dyn Host) -> Result<(), Win32Error> {
        let (true, State::Authorized, Task::Handshake(supplicant)) = (self.offloads, self.state, &self.task) else {
            return Ok(());
        };
        let Some(keys) = supplicant
            .group_handshake_keys()
            .filter(|keys| self.offloaded != Some(keys.replay_counter))
        else {
            return Ok(());
        };
        self.offloaded = Some(keys.replay_counter);
        let keys = RekeyOffload {
            kck: material(keys.kck)?,
            kek: material(keys.kek)?,
            replay_counter: keys.replay_counter,
            akm: supplicant.association().akm(),
        };
        host.offload_group_rekeys(self.adapter, self.peer, keys)
    }

    /// The adapter has done a group key handshake.
    pub(crate) fn group_rekeyed(&mut self, replay_counter: u64) {
        if let Task::Handshake(supplicant) = &mut self.task {
            supplicant.group_handshake_done(replay_counter);
            self.offloaded = Some(replay_counter);
        }
    }
}
