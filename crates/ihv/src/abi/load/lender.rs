//! How a function of C finds its host, by the adapter and by the thread that it is called on.

#![allow(unsafe_code)]

use crate::abi::convert::packet;
use crate::abi::memory::number;
use crate::abi::{AdapterFacts, HANDLE};
use crate::{Buffer, Host, HostAdapter, Reason, SendCompletion, Win32Error};
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// All adapters of all loaded extensions, by the number that the extension knows them by. Rows stay as long as
/// their extension, so that a call with a dead handle still reaches the host, which reports it.
static ADAPTERS: Mutex<BTreeMap<u64, Row>> = Mutex::new(BTreeMap::new());

/// The next adapter's number. None is used twice (R22).
static NEXT: AtomicU64 = AtomicU64::new(1);

struct Row {
    lender: Weak<Lender>,
    adapter: HostAdapter,
    facts: AdapterFacts,
}

/// What a call does once it has its host. Returns a packet that the host did not take.
type Call = Box<dyn FnOnce(&mut dyn Host, Occasion) -> Option<SendCompletion> + Send>;

/// On what occasion the calls are made that have waited. An adapter that is being stopped, reset or removed
/// overtakes what its extension has asked for before it was told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Nothing is overtaken.
    Any,
    /// An operation of this adapter is being stopped, or the adapter leaves.
    Ending(HostAdapter),
    /// This adapter is being reset: what the extension takes for completed is still to be cancelled (R07).
    Reset(HostAdapter),
}

impl Occasion {
    fn overtakes(self, adapter: HostAdapter) -> bool {
        matches!(self, Self::Ending(other) | Self::Reset(other) if other == adapter)
    }
}

/// One loaded extension's way to its host.
pub(super) struct Lender {
    this: Weak<Self>,
    /// Calls from the extension's own threads, which wait for the host.
    calls: Mutex<VecDeque<Call>>,
    /// Memory that those threads were lent, and of which the host does not know yet.
    loans: Mutex<Vec<Loan>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

/// The host that has called a handler on this thread.
#[derive(Clone, Copy)]
struct Present {
    lender: NonNull<Lender>,
    host: NonNull<dyn Host>,
}

/// A loan of which the host does not know: its length in octets, and who takes the host's note of it. The note comes back
/// if the memory was given back meanwhile.
struct Loan {
    octets: u32,
    attach: Box<dyn FnOnce(Note) -> Option<Note> + Send>,
}

// Whose extension a thread of its own belongs to, as far as its calls have told.
thread_local!(static ACQUAINTANCE: RefCell<Weak<Lender>> = const { RefCell::new(Weak::new()) });

thread_local!(static PRESENT: Cell<Option<Present>> = const { Cell::new(None) });

impl Lender {
    pub(super) fn new(wake: Box<dyn Fn() + Send + Sync>) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: this.clone(),
            calls: Mutex::default(),
            loans: Mutex::default(),
            wake,
        })
    }

    /// Gives an adapter a number, under which the extension will know it.
    pub(super) fn register(&self, adapter: HostAdapter, facts: AdapterFacts) -> u64 {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let row = Row {
            lender: self.this.clone(),
            adapter,
            facts,
        };
        lock(&ADAPTERS).insert(number, row);
        number
    }

    /// Whether calls wait, or loans.
    pub(super) fn has_calls(&self) -> bool {
        !lock(&self.calls).is_empty() || !lock(&self.loans).is_empty()
    }

    /// Has the host note the loans of which it does not know. Not from inside a handler of an adapter's, whose they would
    /// seem to be.
    pub(super) fn note_loans(&self, host: &mut dyn Host) {
        let loans = core::mem::take(&mut *lock(&self.loans));
        for Loan { octets, attach } in loans {
            // What the host refuses was lent already: it is not counted.
            let Ok(buffer) = host.allocate_buffer(octets) else {
                continue;
            };
            let lender = self.this.clone();
            if let Some(Note { buffer, .. }) = attach(Note { lender, buffer }) {
                host.free_buffer(buffer);
            }
        }
    }

    /// Makes the calls that have waited. Returns the packets that the host did not take.
    pub(super) fn flush(&self, host: &mut dyn Host, occasion: Occasion) -> Vec<SendCompletion> {
        // Only those that are here now: a thread that never stops calling must not keep the host.
        let calls = core::mem::take(&mut *lock(&self.calls));
        calls.into_iter().filter_map(|call| call(host, occasion)).collect()
    }

    /// Keeps a call until the host can be reached.
    fn keep(&self, call: Call) {
        lock(&self.calls).push_back(call);
        (self.wake)();
    }

    /// Runs a handler of the extension's, from inside which the host can be reached.
    pub(super) fn lend<R>(&self, host: &mut dyn Host, handler: impl FnOnce() -> R) -> R {
        /// Puts back what was there before, whatever happens.
        struct Restore(Option<Present>);
        impl Drop for Restore {
            fn drop(&mut self) {
                PRESENT.set(self.0);
            }
        }
        let host = NonNull::from(host);
        // SAFETY: only the lifetime is changed. `Restore` removes the pointer before `host` ends, and nobody
        // uses `host` meanwhile.
        let host = unsafe { core::mem::transmute::<NonNull<dyn Host + '_>, NonNull<dyn Host>>(host) };
        let present = Present {
            lender: NonNull::from(self),
            host,
        };
        let _restore = Restore(PRESENT.replace(Some(present)));
        handler()
    }
}

impl Drop for Lender {
    fn drop(&mut self) {
        lock(&ADAPTERS).retain(|_, row| row.lender.strong_count() > 0);
    }
}

/// Calls the host of an adapter: now, on the thread of a handler, or else later.
///
/// # Errors
/// [`Win32Error::INVALID_HANDLE`] for an adapter that never was; what the host says, if it is called now.
pub(super) fn on_host(
    handle: HANDLE,
    call: impl FnOnce(&mut dyn Host, HostAdapter) -> Result<(), Win32Error> + Send + 'static,
) -> Result<(), Win32Error> {
    let (lender, adapter) = find(handle)?;
    match present(&lender) {
        Some(host) => with_host(host, |host| call(host, adapter)),
        None => {
            lender.keep(Box::new(move |host, occasion| {
                if !occasion.overtakes(adapter) {
                    // The extension was told of success; the host reports a refusal.
                    let _ = call(host, adapter);
                }
                None
            }));
            Ok(())
        }
    }
}

/// As [`on_host`], for the completion of an operation, with this reason and error. One that a reset overtakes
/// cancels the operation.
///
/// # Errors
/// As [`on_host`].
pub(super) fn complete_on_host(
    handle: HANDLE,
    (reason, error): (Reason, Win32Error),
    call: impl FnOnce(&mut dyn Host, HostAdapter, Reason, Win32Error) -> Result<(), Win32Error> + Send + 'static,
) -> Result<(), Win32Error> {
    let (lender, adapter) = find(handle)?;
    match present(&lender) {
        Some(host) => with_host(host, |host| call(host, adapter, reason, error)),
        None => {
            lender.keep(Box::new(move |host, occasion| {
                // As above.
                let _ = match occasion {
                    Occasion::Reset(reset) if reset == adapter => {
                        call(host, adapter, Reason::UNKNOWN, Win32Error::CANCELLED)
                    }
                    Occasion::Ending(ending) if ending == adapter => Ok(()),
                    _ => call(host, adapter, reason, error),
                };
                None
            }));
            Ok(())
        }
    }
}

/// As [`on_host`], for a packet: if the host refuses it later, it is completed nevertheless (R26).
///
/// # Errors
/// As [`on_host`]; [`Win32Error::INVALID_PARAMETER`], on whatever thread, for what is not even a packet.
pub(super) fn send_on_host(handle: HANDLE, octets: &[u8], completion: SendCompletion) -> Result<(), Win32Error> {
    let (lender, adapter) = find(handle)?;
    let sent = packet(octets)?;
    match present(&lender) {
        Some(host) => with_host(host, |host| host.send_packet(adapter, sent, completion)),
        None => {
            let octets = octets.to_vec();
            lender.keep(Box::new(move |host, occasion| {
                let sent = match occasion.overtakes(adapter) {
                    true => Err(Win32Error::CANCELLED),
                    false => packet(&octets).and_then(|sent| host.send_packet(adapter, sent, completion)),
                };
                sent.is_err().then_some(completion)
            }));
            Ok(())
        }
    }
}

/// As [`on_host`], for a function with an answer: on another thread it is refused.
///
/// # Errors
/// [`Win32Error::INVALID_OPERATION`] on a thread of the extension's own; otherwise as [`on_host`].
pub(super) fn ask_host<R>(
    handle: HANDLE,
    call: impl FnOnce(&mut dyn Host, HostAdapter) -> Result<R, Win32Error>,
) -> Result<R, Win32Error> {
    let (lender, adapter) = find(handle)?;
    let host = present(&lender).ok_or(Win32Error::INVALID_OPERATION)?;
    with_host(host, |host| call(host, adapter))
}

/// What is known of an adapter.
///
/// # Errors
/// [`Win32Error::INVALID_HANDLE`] for one that never was.
pub(super) fn facts(handle: HANDLE) -> Result<AdapterFacts, Win32Error> {
    let rows = lock(&ADAPTERS);
    let row = rows.get(&number(handle)).ok_or(Win32Error::INVALID_HANDLE)?;
    Ok(row.facts.clone())
}

/// The host's note of memory that is lent.
pub(super) struct Note {
    lender: Weak<Lender>,
    buffer: Buffer,
}

/// Has the host note that so many octets are lent; `None` on a thread of the extension's own, of which it is
/// not known whose it is.
///
/// # Errors
/// What the host says.
pub(super) fn note_down(octets: u32) -> Result<Option<Note>, Win32Error> {
    let Some(present) = PRESENT.get() else { return Ok(None) };
    // SAFETY: whoever is present has a handler on this thread, and lives as long.
    let lender = unsafe { present.lender.as_ref() }.this.clone();
    let buffer = with_host(present.host, |host| host.allocate_buffer(octets))?;
    Ok(Some(Note { lender, buffer }))
}

/// Has the host note memory that a thread of the extension's own was lent, as soon as it can. Whose thread it is, its
/// calls have told, or there is only one extension; otherwise the memory is not counted.
pub(super) fn note_later(octets: u32, attach: impl FnOnce(Note) -> Option<Note> + Send + 'static) {
    let known = ACQUAINTANCE.with_borrow(Weak::upgrade);
    let Some(lender) = known.or_else(only_lender) else {
        return;
    };
    let attach = Box::new(attach);
    lock(&lender.loans).push(Loan { octets, attach });
    (lender.wake)();
}

/// The lender of all adapters that there are.
fn only_lender() -> Option<Arc<Lender>> {
    let rows = lock(&ADAPTERS);
    let first = &rows.values().next()?.lender;
    let alone = rows.values().all(|row| row.lender.ptr_eq(first));
    first.upgrade().filter(|_| alone)
}

/// Has the host strike out a note.
pub(super) fn strike_out(note: Note) {
    let Some(lender) = note.lender.upgrade() else { return };
    match present(&lender) {
        Some(host) => with_host(host, |host| host.free_buffer(note.buffer)),
        None => lender.keep(Box::new(|host, _| {
            host.free_buffer(note.buffer);
            None
        })),
    }
}

fn find(handle: HANDLE) -> Result<(Arc<Lender>, HostAdapter), Win32Error> {
    let rows = lock(&ADAPTERS);
    let row = rows.get(&number(handle)).ok_or(Win32Error::INVALID_HANDLE)?;
    let lender = row.lender.upgrade().ok_or(Win32Error::INVALID_HANDLE)?;
    ACQUAINTANCE.set(row.lender.clone());
    Ok((lender, row.adapter))
}

/// The host that has called a handler of this lender's extension on this thread.
fn present(lender: &Lender) -> Option<NonNull<dyn Host>> {
    let present = PRESENT.get()?;
    (present.lender == NonNull::from(lender)).then_some(present.host)
}

/// Uses the host that is present.
fn with_host<R>(mut host: NonNull<dyn Host>, call: impl FnOnce(&mut dyn Host) -> R) -> R {
    // A host does not call its extension from inside its own functions; if it did, this would not find it.
    let present = PRESENT.take();
    // SAFETY: the pointer is that of a handler that runs on this thread, which does not use it meanwhile; and
    // it cannot be found a second time, because nothing is present now.
    let result = call(unsafe { host.as_mut() });
    PRESENT.set(present);
    result
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
