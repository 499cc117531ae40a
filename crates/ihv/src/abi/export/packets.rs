//! The packets on their way (R26). They are not among what a handler holds: the host may complete a packet from inside
//! the function that it was sent with.

use crate::{SendCompletion, Win32Error};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The packets that the extension has sent, each by its handle.
pub(super) struct Packets(Mutex<Sent>);

/// The octets of a packet stay where they are until it is completed.
struct Sent {
    on_their_way: BTreeMap<SendCompletion, Vec<u8>>,
    /// Completed from inside a handler: the extension is to be told when that has returned.
    completed: Vec<(SendCompletion, Vec<u8>)>,
}

impl Packets {
    /// None.
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Sent {
            on_their_way: BTreeMap::new(),
            completed: Vec::new(),
        }))
    }

    /// Keeps a packet that is about to be sent. Returns where its octets are.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_PARAMETER`] for the handle of one of which the extension waits to hear.
    pub(super) fn keep(&self, packet: SendCompletion, mut octets: Vec<u8>) -> Result<*mut u8, Win32Error> {
        let mut sent = self.lock();
        if sent.on_their_way.contains_key(&packet) || sent.completed.iter().any(|(other, _)| *other == packet) {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        let begin = octets.as_mut_ptr();
        sent.on_their_way.insert(packet, octets);
        Ok(begin)
    }

    /// The host has not taken a packet, whatever it has said before.
    pub(super) fn withdraw(&self, packet: SendCompletion) {
        let mut sent = self.lock();
        sent.on_their_way.remove(&packet);
        sent.completed.retain(|(other, _)| *other != packet);
    }

    /// A packet was completed: its octets are ours again.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_HANDLE`] for one that is not on its way.
    pub(super) fn take_back(&self, packet: SendCompletion) -> Result<(), Win32Error> {
        let taken = self.lock().on_their_way.remove(&packet);
        taken.map(drop).ok_or(Win32Error::INVALID_HANDLE)
    }

    /// A packet was completed from inside a handler.
    ///
    /// # Errors
    /// As [`Self::take_back`].
    pub(super) fn complete_later(&self, packet: SendCompletion) -> Result<(), Win32Error> {
        let mut sent = self.lock();
        let octets = sent.on_their_way.remove(&packet).ok_or(Win32Error::INVALID_HANDLE)?;
        sent.completed.push((packet, octets));
        Ok(())
    }

    /// Takes back what was completed from inside a handler, in that order.
    pub(super) fn take_completed(&self) -> Vec<SendCompletion> {
        let completed = core::mem::take(&mut self.lock().completed);
        completed.into_iter().map(|(packet, _)| packet).collect()
    }

    /// Forgets all of them.
    pub(super) fn clear(&self) {
        let mut sent = self.lock();
        sent.on_their_way.clear();
        sent.completed.clear();
    }

    /// Nobody panics under the lock.
    fn lock(&self) -> MutexGuard<'_, Sent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
