//! Group key handshakes in another's hands: an adapter does them while the machine sleeps.

use super::Supplicant;

/// What a group key handshake needs of the 4-way handshake before it.
#[derive(Clone, Copy)]
pub struct GroupHandshakeKeys<'a> {
    /// The key confirmation key: 16, 24 or 32 octets.
    pub kck: &'a [u8],
    /// The key encryption key: 16 or 32 octets.
    pub kek: &'a [u8],
    /// The replay counter of the last message that was acted upon; 0 before the first, which has a higher one.
    pub replay_counter: u64,
}

impl Supplicant {
    /// What an adapter needs to do the group key handshakes from here on. `None` before the keys of the association are
    /// installed, with WPA, whose handshake is another one, and where the channel has to be compared (IEEE 802.11-2020,
    /// 12.2.9), which nobody else would do.
    #[must_use]
    pub fn group_handshake_keys(&self) -> Option<GroupHandshakeKeys<'_>> {
        let is_left_to_us = self.agreement.is_wpa() || self.association().channel().is_some();
        let established = self.established.as_ref().filter(|_| !is_left_to_us)?;
        Some(GroupHandshakeKeys {
            kck: established.ptk.kck(),
            kek: established.ptk.kek(),
            replay_counter: self.last_counter.unwrap_or(0),
        })
    }

    /// The adapter has done a group key handshake: its message, and any before it, is not acted upon again.
    pub fn group_handshake_done(&mut self, replay_counter: u64) {
        self.last_counter = self.last_counter.max(Some(replay_counter));
    }
}
