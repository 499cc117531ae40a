//! Memory that the host lends: what `Dot11ExtAllocateBuffer` gives and `Dot11ExtFreeBuffer` takes.

use super::lender::Note;
use crate::Win32Error;
use crate::abi::memory::number;
use crate::abi::record::Record;
use core::ffi::c_void;
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Everything that is lent, by its address.
static LENT: Mutex<BTreeMap<u64, Loan>> = Mutex::new(BTreeMap::new());

/// The next loan's number. None is used twice, as addresses are.
static NEXT: AtomicU64 = AtomicU64::new(1);

struct Loan {
    _memory: Record,
    number: u64,
    /// The host's own note of it; none yet for memory that was asked for on a thread of the extension's.
    note: Option<Note>,
}

/// A loan, whether or not it still is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Loaned {
    address: u64,
    number: u64,
    /// The host knows of it.
    pub noted: bool,
}

/// Lends memory, zero at first and aligned for any structure of the interface, with a note of the host's.
///
/// # Errors
/// [`Win32Error::NOT_ENOUGH_MEMORY`] for more than an extension could mean; what the host says.
pub(super) fn lend(
    octets: u32,
    note_down: impl FnOnce() -> Result<Option<Note>, Win32Error>,
) -> Result<(*mut c_void, Loaned), Win32Error> {
    const MOST: u32 = 1 << 24;
    if octets > MOST {
        return Err(Win32Error::NOT_ENOUGH_MEMORY);
    }
    let note = note_down()?;
    // An address of its own even for nothing.
    let mut memory = Record::new((octets as usize).max(1));
    let address: *mut c_void = memory.as_mut_ptr();
    let loaned = Loaned {
        address: number(address),
        number: NEXT.fetch_add(1, Ordering::Relaxed),
        noted: note.is_some(),
    };
    let loan = Loan {
        _memory: memory,
        number: loaned.number,
        note,
    };
    lock().insert(loaned.address, loan);
    Ok((address, loaned))
}

/// Adds the host's note to a loan of which it did not know. Returns it if the memory was given back meanwhile.
pub(super) fn attach(loaned: Loaned, note: Note) -> Option<Note> {
    match lock().get_mut(&loaned.address) {
        Some(loan) if loan.number == loaned.number => {
            loan.note = Some(note);
            None
        }
        _ => Some(note),
    }
}

/// Takes memory back, and wipes it. Returns the host's note of it.
pub(super) fn take(address: *mut c_void) -> Option<Note> {
    lock().remove(&number(address))?.note
}

fn lock() -> std::sync::MutexGuard<'static, BTreeMap<u64, Loan>> {
    LENT.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_lent_once_and_taken_once() {
        let (one, other) = (lend(16, || Ok(None)).unwrap().0, lend(0, || Ok(None)).unwrap().0);
        assert_ne!(one, other);
        let lent = |address| lock().contains_key(&number(address));
        assert!(lent(one) && lent(other));
        take(one);
        assert!(!lent(one) && lent(other));
        take(other);
        assert!(take(other).is_none() && !lent(other));
    }

    #[test]
    fn nothing_is_lent_that_the_host_refuses() {
        let refused = lend(16, || Err(Win32Error::INVALID_STATE));
        assert_eq!(refused.err(), Some(Win32Error::INVALID_STATE));
    }

    #[test]
    fn nobody_is_lent_a_gigabyte() {
        assert_eq!(lend(1 << 30, || Ok(None)).err(), Some(Win32Error::NOT_ENOUGH_MEMORY));
    }
}
