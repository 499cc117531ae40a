//! How a function of C finds its host, by the adapter and by the thread that it is called on.

#![allow(unsafe_code)]

use crate::abi::convert::PacketForm;
use crate::abi::memory::number;
use crate::abi::{AdapterFacts, HANDLE};
use crate::{Buffer, Host, HostAdapter, Reason, SendCompletion, Win32Error};
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{self, RecvTimeoutError};
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

/// How long a thread of the extension's own waits for an answer. A handler may be waiting for that thread meanwhile,
/// and a host for the handler: both have more patience.
const PATIENCE: Duration = Duration::from_secs(1);

/// One loaded extension's way to its host.
pub(super) struct Lender {
    this: Weak<Self>,
    /// Calls from the extension's own threads, which wait for the host; `None` once it comes no more.
    calls: Mutex<Option<VecDeque<Call>>>,
    /// How a packet stands in its buffer.
    form: Mutex<PacketForm>,
    /// Memory that those threads were lent, and of which the host does not know yet.
    loans: Mutex<Vec<Loan>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

/// The handler that runs on this thread.
#[derive(Clone, Copy)]
struct Present {
    lender: NonNull<Lender>,
    /// The host that has called it; `None` if that is not to be called back.
    host: Option<NonNull<dyn Host>>,
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
            calls: Mutex::new(Some(VecDeque::new())),
            form: Mutex::default(),
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

    pub(super) fn form(&self) -> PacketForm {
        *lock(&self.form)
    }

    pub(super) fn set_form(&self, form: PacketForm) {
        *lock(&self.form) = form;
    }

    /// Whether calls wait, or loans.
    pub(super) fn has_calls(&self) -> bool {
        let calls = lock(&self.calls);
        calls.as_ref().is_some_and(|calls| !calls.is_empty()) || !lock(&self.loans).is_empty()
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
        let calls = lock(&self.calls).as_mut().map(core::mem::take).unwrap_or_default();
        calls.into_iter().filter_map(|call| call(host, occasion)).collect()
    }

    /// Keeps a call until the host can be reached.
    fn keep(&self, call: Call) {
        if let Some(calls) = &mut *lock(&self.calls) {
            calls.push_back(call);
        }
        (self.wake)();
    }

    /// The service begins: the host will come for calls.
    pub(super) fn open(&self) {
        lock(&self.calls).get_or_insert_default();
    }

    /// The service ends: the host comes no more. Threads that wait for an answer have it now, before the extension waits
    /// for them.
    pub(super) fn close(&self) {
        *lock(&self.calls) = None;
    }

    /// Runs a handler of the extension's, from inside which the host can be reached.
    pub(super) fn lend<R>(&self, host: &mut dyn Host, handler: impl FnOnce() -> R) -> R {
        let host = NonNull::from(host);
        // SAFETY: only the lifetime is changed. `run` removes the pointer before `host` ends, and nobody uses `host`
        // meanwhile.
        let host = unsafe { core::mem::transmute::<NonNull<dyn Host + '_>, NonNull<dyn Host>>(host) };
        self.run(Some(host), handler)
    }

    /// Runs a handler of the extension's, from inside which the host cannot be reached.
    pub(super) fn lend_nothing<R>(&self, handler: impl FnOnce() -> R) -> R {
        self.run(None, handler)
    }

    fn run<R>(&self, host: Option<NonNull<dyn Host>>, handler: impl FnOnce() -> R) -> R {
        /// Puts back what was there before, whatever happens.
        struct Restore(Option<Present>);
        impl Drop for Restore {
            fn drop(&mut self) {
                PRESENT.set(self.0);
            }
        }
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
    let form = lender.form();
    let sent = form.read_sent(octets)?;
    match present(&lender) {
        Some(host) => with_host(host, |host| host.send_packet(adapter, sent, completion)),
        None => {
            let octets = octets.to_vec();
            lender.keep(Box::new(move |host, occasion| {
                let sent = match occasion.overtakes(adapter) {
                    true => Err(Win32Error::CANCELLED),
                    false => form
                        .read_sent(&octets)
                        .and_then(|sent| host.send_packet(adapter, sent, completion)),
                };
                sent.is_err().then_some(completion)
            }));
            Ok(())
        }
    }
}

/// As [`on_host`], for a function with an answer, for which a thread of the extension's own waits until the host comes.
///
/// # Errors
/// [`Win32Error::INVALID_OPERATION`] from inside a handler that the host lends nothing to. On a thread of the extension's
/// own: [`Win32Error::TIMEOUT`] if the host does not come, [`Win32Error::CANCELLED`] if it comes to stop, reset or remove
/// the adapter, [`Win32Error::INVALID_STATE`] if the service ends. Otherwise as [`on_host`].
pub(super) fn ask_host<R: Send + 'static>(
    handle: HANDLE,
    call: impl FnOnce(&mut dyn Host, HostAdapter) -> Result<R, Win32Error> + Send + 'static,
) -> Result<R, Win32Error> {
    let (lender, adapter) = find(handle)?;
    if let Some(host) = present(&lender) {
        return with_host(host, |host| call(host, adapter));
    }
    if runs_here(&lender) {
        return Err(Win32Error::INVALID_OPERATION);
    }
    let (answer, answered) = mpsc::sync_channel(1);
    let patient = Arc::new(());
    let asker = Arc::downgrade(&patient);
    lender.keep(Box::new(move |host, occasion| {
        // Nobody is asked for an answer that nobody waits for.
        if asker.strong_count() > 0 {
            let result = match occasion.overtakes(adapter) {
                true => Err(Win32Error::CANCELLED),
                false => call(host, adapter),
            };
            // If the asker has just lost its patience, nobody hears it.
            let _ = answer.send(result);
        }
        None
    }));
    // The extension must not be kept for the sake of a thread that waits.
    drop(lender);
    answered.recv_timeout(PATIENCE).unwrap_or_else(|why| match why {
        RecvTimeoutError::Timeout => Err(Win32Error::TIMEOUT),
        RecvTimeoutError::Disconnected => Err(Win32Error::INVALID_STATE),
    })
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

/// Has the host note that so many octets are lent; `None` where the host cannot be reached.
///
/// # Errors
/// What the host says.
pub(super) fn note_down(octets: u32) -> Result<Option<Note>, Win32Error> {
    let Some(Present {
        lender,
        host: Some(host),
    }) = PRESENT.get()
    else {
        return Ok(None);
    };
    // SAFETY: whoever is present has a handler on this thread, and lives as long.
    let lender = unsafe { lender.as_ref() }.this.clone();
    let buffer = with_host(host, |host| host.allocate_buffer(octets))?;
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
    PRESENT
        .get()
        .filter(|present| present.lender == NonNull::from(lender))?
        .host
}

/// Whether a handler of this lender's extension runs on this thread.
fn runs_here(lender: &Lender) -> bool {
    PRESENT
        .get()
        .is_some_and(|present| present.lender == NonNull::from(lender))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::memory::handle;

    fn facts() -> AdapterFacts {
        AdapterFacts {
            address: frame::MacAddress([2; 6]),
            capabilities: crate::AdapterCapabilities::default(),
        }
    }

    /// Asks on a thread of its own, and gives up waiting as `meanwhile` says.
    fn asked(meanwhile: impl FnOnce(Arc<Lender>)) -> Result<(), Win32Error> {
        let (wake, woken) = mpsc::channel();
        let wake = Mutex::new(wake);
        let lender = Lender::new(Box::new(move || lock(&wake).send(()).unwrap()));
        let known_as = lender.register(HostAdapter(1), facts());
        let asker = std::thread::spawn(move || {
            ask_host(handle(known_as), |host, adapter| {
                host.query_virtual_station_properties(adapter).map(drop)
            })
        });
        woken.recv().unwrap();
        meanwhile(lender);
        asker.join().unwrap()
    }

    #[test]
    fn a_thread_that_waits_for_an_answer_hears_of_the_end_of_the_service() {
        assert_eq!(asked(|lender| lender.close()), Err(Win32Error::INVALID_STATE));
    }

    #[test]
    fn a_thread_that_waits_for_an_answer_does_not_keep_the_extension() {
        assert_eq!(asked(drop), Err(Win32Error::INVALID_STATE));
    }

    #[test]
    fn after_the_end_of_the_service_nobody_waits_until_it_begins_again() {
        let lender = Lender::new(Box::new(|| {}));
        let known_as = lender.register(HostAdapter(1), facts());
        let ask = || ask_host(handle(known_as), |_, _| Ok(()));
        lender.close();
        assert_eq!(ask(), Err(Win32Error::INVALID_STATE));
        lender.open();
        assert_eq!(ask(), Err(Win32Error::TIMEOUT));
    }
}
