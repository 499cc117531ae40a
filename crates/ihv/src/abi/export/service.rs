//! The service: who may be inside the extension, its clock, and what happens if it panics.

use super::outside::Outside;
use super::packets::Packets;
use crate::abi::DOT11EXT_APIS;
use crate::abi::convert::Protection;
use crate::{Extension, Guid, SendCompletion, Win32Error};
use core::any::Any;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use frame::MacAddress;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use zeroize::Zeroizing;

/// A library's extension, found from functions that have no argument for it.
pub trait Exported: 'static {
    /// Always the same.
    fn service() -> &'static Service;
}

/// Makes an extension, or says why there is none.
pub type Make = fn() -> Result<Box<dyn Extension + Send>, Win32Error>;

/// What a library brings along.
#[derive(Clone, Copy)]
pub struct Provisions {
    make: Make,
    address: fn(Guid) -> Option<MacAddress>,
    unprotect: Protection,
}

impl Provisions {
    /// `make` makes the extension, anew each time that the service begins.
    #[must_use]
    pub const fn new(make: Make) -> Self {
        Self {
            make,
            address: |_| None,
            unprotect: |key| Ok(Zeroizing::new(key.to_vec())),
        }
    }

    /// Finds the address of an adapter of which the host does not tell it
    /// ([`AdapterFacts`](crate::abi::AdapterFacts)).
    #[must_use]
    pub const fn with_address(mut self, address: fn(Guid) -> Option<MacAddress>) -> Self {
        self.address = address;
        self
    }

    /// Takes the system's protection off the keys of an 802.1X result.
    #[must_use]
    pub const fn with_unprotect(mut self, unprotect: Protection) -> Self {
        self.unprotect = unprotect;
        self
    }

    pub(super) fn address(&self, adapter: Guid) -> Option<MacAddress> {
        (self.address)(adapter)
    }

    pub(super) fn unprotect(&self) -> Protection {
        self.unprotect
    }

    pub(super) fn make(&self) -> Result<Box<dyn Extension + Send>, Win32Error> {
        (self.make)()
    }
}

/// One extension with all that belongs to it, from `Dot11ExtIhvInitService` to `Dot11ExtIhvDeinitService`,
/// and then perhaps again.
pub struct Service {
    pub(super) provisions: Provisions,
    running: Mutex<Option<Running>>,
    /// The thread that is inside the extension, by [`this_thread`]; 0 is nobody.
    inside: AtomicUsize,
    packets: Packets,
    /// The earliest timeout may be another, or the service ends.
    changed: Condvar,
}

struct Running {
    extension: Box<dyn Extension + Send>,
    outside: Outside,
    /// It has panicked, and is not to be trusted any more.
    broken: bool,
    /// Until when the clock sleeps; `None` is until it is woken.
    sleeps_until: Option<Duration>,
    ends: bool,
    clock: Option<JoinHandle<()>>,
}

impl Service {
    /// A service that has not begun.
    #[must_use]
    pub const fn new(provisions: Provisions) -> Self {
        Self {
            provisions,
            running: Mutex::new(None),
            inside: AtomicUsize::new(0),
            packets: Packets::new(),
            changed: Condvar::new(),
        }
    }

    /// Begins: makes the extension, and a thread for its timeouts.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_STATE`] if it has begun already, [`Win32Error::REVISION_MISMATCH`] for a version that the
    /// extension does not speak, [`Win32Error::NOT_ENOUGH_MEMORY`] without a thread; what the extension says.
    pub(super) fn begin(&'static self, version: u32, apis: DOT11EXT_APIS) -> Result<(), Win32Error> {
        let mut entered = self.come_in()?;
        if entered.running.is_some() {
            return Err(Win32Error::INVALID_STATE);
        }
        let mut extension = unharmed(|| {
            let mut extension = self.provisions.make()?;
            let spoken = extension.version_info();
            if !(spoken.min..=spoken.max).contains(&version) {
                return Err(Win32Error::REVISION_MISMATCH);
            }
            extension.init_service(version)?;
            Ok(extension)
        })?;
        // It waits until `entered` is gone.
        let clock = std::thread::Builder::new()
            .name("ihv timeouts".into())
            .spawn(move || self.keep_time());
        let Ok(clock) = clock else {
            // The error of the thread is what the host is told.
            let _ = unharmed(|| {
                extension.deinit_service();
                Ok(())
            });
            return Err(Win32Error::NOT_ENOUGH_MEMORY);
        };
        *entered.running = Some(Running {
            extension,
            outside: Outside::new(apis, &self.packets),
            broken: false,
            sleeps_until: None,
            ends: false,
            clock: Some(clock),
        });
        Ok(())
    }

    /// Ends: nothing of the extension is left, and no thread. From inside a handler it does nothing.
    pub(super) fn end(&self) {
        let clock = match self.come_in() {
            Ok(mut entered) => entered.running.as_mut().and_then(|running| {
                running.ends = true;
                running.clock.take()
            }),
            Err(_) => return,
        };
        self.changed.notify_all();
        if let Some(clock) = clock {
            // A clock that has panicked has ended too.
            let _ = clock.join();
        }
        let Ok(mut entered) = self.come_in() else { return };
        if let Some(mut running) = entered.running.take() {
            // There is nobody to tell of a panic.
            let _ = running.act(|extension, _| {
                extension.deinit_service();
                Ok(())
            });
            let _ = unharmed(|| {
                drop(running);
                Ok(())
            });
            self.packets.clear();
        }
    }

    /// Lets a handler into the extension, as soon as nobody else is inside.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_OPERATION`] on a thread that is inside already, [`Win32Error::INVALID_STATE`] outside of
    /// the service's life, [`Win32Error::INTERNAL_ERROR`] after a panic; what the handler says.
    pub(super) fn enter<R>(
        &self,
        handler: impl FnOnce(&mut dyn Extension, &mut Outside) -> Result<R, Win32Error>,
    ) -> Result<R, Win32Error> {
        let mut entered = self.come_in()?;
        let result = entered.act(handler);
        let oversleeps = entered.running.as_ref().is_some_and(Running::oversleeps);
        drop(entered);
        // Not each time: it is most of what a call costs.
        if oversleeps {
            self.changed.notify_all();
        }
        result
    }

    /// A packet was completed: now, or, if that comes from inside a handler, when the handler has returned.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_HANDLE`] for a packet that is not on its way; otherwise as [`Self::enter`].
    pub(super) fn complete(&self, completion: SendCompletion) -> Result<(), Win32Error> {
        if self.is_inside() {
            return self.packets.complete_later(completion);
        }
        self.enter(|extension, outside| {
            outside.packets.take_back(completion)?;
            extension.send_packet_completion(outside, completion)
        })
    }

    /// Calls `handle_timeout` when it is due, until the service ends.
    fn keep_time(&self) {
        loop {
            let mut guard = lock(&self.running);
            let Some(running) = guard.as_mut().filter(|running| !running.ends) else {
                return;
            };
            let (due, now) = (running.next_timeout(), running.outside.elapsed());
            running.sleeps_until = due;
            match due {
                Some(due) if due <= now => {
                    // A panic ends the extension, not this thread, which has to be joined.
                    let _ = Entered::new(self, guard).act(|extension, outside| {
                        extension.handle_timeout(outside);
                        Ok(())
                    });
                }
                Some(due) => drop(self.changed.wait_timeout(guard, due - now)),
                None => drop(self.changed.wait(guard)),
            }
        }
    }

    fn come_in(&self) -> Result<Entered<'_>, Win32Error> {
        match self.is_inside() {
            true => Err(Win32Error::INVALID_OPERATION),
            false => Ok(Entered::new(self, lock(&self.running))),
        }
    }

    /// Whether this thread is inside. It alone writes its own name there, so that no order is needed.
    fn is_inside(&self) -> bool {
        self.inside.load(Ordering::Relaxed) == this_thread()
    }
}

/// A thread inside the service.
struct Entered<'a> {
    service: &'a Service,
    running: MutexGuard<'a, Option<Running>>,
}

impl<'a> Entered<'a> {
    fn new(service: &'a Service, running: MutexGuard<'a, Option<Running>>) -> Self {
        service.inside.store(this_thread(), Ordering::Relaxed);
        Self { service, running }
    }

    /// Calls into the extension, then delivers the packets that were completed meanwhile.
    fn act<R>(
        &mut self,
        handler: impl FnOnce(&mut dyn Extension, &mut Outside) -> Result<R, Win32Error>,
    ) -> Result<R, Win32Error> {
        let running = self.running.as_mut().ok_or(Win32Error::INVALID_STATE)?;
        let result = running.act(handler);
        loop {
            let completed = self.service.packets.take_completed();
            if completed.is_empty() {
                return result;
            }
            for completion in completed {
                // The host was told long ago that its completion is welcome.
                let _ = running.act(|extension, outside| extension.send_packet_completion(outside, completion));
            }
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.service.inside.store(0, Ordering::Relaxed);
    }
}

impl Running {
    /// When the extension wants to be called.
    fn next_timeout(&self) -> Option<Duration> {
        match self.broken {
            true => None,
            false => unharmed(|| Ok(self.extension.next_timeout())).unwrap_or_default(),
        }
    }

    /// Whether the clock would sleep when the extension wants to be called.
    fn oversleeps(&self) -> bool {
        let wanted = self.next_timeout();
        wanted.is_some_and(|wanted| self.sleeps_until.is_none_or(|until| wanted < until))
    }

    /// Calls into the extension, if it has never panicked.
    fn act<R>(
        &mut self,
        handler: impl FnOnce(&mut dyn Extension, &mut Outside) -> Result<R, Win32Error>,
    ) -> Result<R, Win32Error> {
        if self.broken {
            return Err(Win32Error::INTERNAL_ERROR);
        }
        let (extension, outside) = (&mut *self.extension, &mut self.outside);
        let result = catch_unwind(AssertUnwindSafe(|| handler(extension, outside)));
        result.unwrap_or_else(|panic| {
            self.broken = true;
            forget(panic);
            Err(Win32Error::INTERNAL_ERROR)
        })
    }
}

/// Runs what may panic.
pub(super) fn unharmed<R>(act: impl FnOnce() -> Result<R, Win32Error>) -> Result<R, Win32Error> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
        forget(panic);
        Err(Win32Error::INTERNAL_ERROR)
    })
}

/// Drops what a panic carried, which could panic again.
fn forget(panic: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        core::mem::forget(another);
    }
}

/// A lock whose holder never panics while it holds it, but for what is caught.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A name for this thread that no other living thread has; never 0.
fn this_thread() -> usize {
    thread_local!(static HERE: u8 = const { 0 });
    HERE.with(|here| core::ptr::from_ref(here).addr())
}
