//! The packets of an extension's whose completion its host owes (R26).

use crate::{SendCompletion, Win32Error};

/// Makes the handles of packets that are sent, and takes those back that are completed.
#[derive(Debug, Default)]
pub struct Completions {
    last: u64,
    outstanding: Vec<u64>,
}

impl Completions {
    /// The handle of the next packet.
    pub fn next_handle(&mut self) -> SendCompletion {
        self.last += 1;
        self.outstanding.push(self.last);
        SendCompletion(self.last)
    }

    /// A packet is completed, or its host has not taken it.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_HANDLE`] for one that is not on its way.
    pub fn complete(&mut self, completion: SendCompletion) -> Result<(), Win32Error> {
        let index = self
            .outstanding
            .iter()
            .position(|outstanding| *outstanding == completion.0)
            .ok_or(Win32Error::INVALID_HANDLE)?;
        self.outstanding.swap_remove(index);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r26_a_packet_is_completed_once() {
        let mut completions = Completions::default();
        let (first, second) = (completions.next_handle(), completions.next_handle());
        assert_ne!(first, second);
        assert_eq!(completions.complete(first), Ok(()));
        assert_eq!(completions.complete(first), Err(Win32Error::INVALID_HANDLE));
        assert_eq!(completions.complete(second), Ok(()));
        assert_ne!(completions.next_handle(), second);
    }
}
