//! The listener between host and extension: it passes everything on, and hears both sides.

mod calls;
mod handlers;

use crate::probe::Probe;
use crate::record::Record;
use calls::Overheard;
use core::fmt::Display;
use ihv::{Extension, ExtensionAdapter, Host, HostAdapter, Refused, Response, Rule, Win32Error};
use std::cell::{RefCell, RefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// An extension, and whoever listens.
pub(crate) struct Watch<E> {
    inner: E,
    record: Rc<RefCell<Record>>,
    probe: Rc<RefCell<Option<Probe>>>,
}

/// What a handler returns, which may be that it has a defect: so does a library in which one has panicked (R02).
trait Confession {
    fn is_defect(&self) -> bool;
}

impl Confession for () {
    fn is_defect(&self) -> bool {
        false
    }
}

impl Confession for Response {
    fn is_defect(&self) -> bool {
        false
    }
}

impl<T> Confession for Result<T, Win32Error> {
    fn is_defect(&self) -> bool {
        self.as_ref().err() == Some(&Win32Error::INTERNAL_ERROR)
    }
}

impl<T> Confession for Result<T, Refused> {
    fn is_defect(&self) -> bool {
        let error = self.as_ref().err().map(|refused| refused.error);
        error == Some(Win32Error::INTERNAL_ERROR)
    }
}

/// A handler that did not return, but panicked.
struct Panicked;

impl From<Panicked> for Win32Error {
    fn from(_: Panicked) -> Self {
        Self::INTERNAL_ERROR
    }
}

impl From<Panicked> for Refused {
    fn from(panicked: Panicked) -> Self {
        Self {
            error: panicked.into(),
            reason: ihv::Reason::UNKNOWN,
        }
    }
}

impl<E: Extension> Watch<E> {
    pub(crate) fn new(inner: E, record: Rc<RefCell<Record>>, probe: Rc<RefCell<Option<Probe>>>) -> Self {
        Self { inner, record, probe }
    }

    pub(crate) fn inner(&self) -> &E {
        &self.inner
    }

    fn record(&self) -> RefMut<'_, Record> {
        self.record.borrow_mut()
    }

    /// Lets a handler run, with the listener in the host's place. A panic is a handler that can't be
    /// called (R02); it ends here.
    fn handle<R: Confession>(
        &mut self,
        name: &'static str,
        what: impl Display,
        host: &mut dyn Host,
        act: impl FnOnce(&mut E, &mut dyn Host) -> R,
    ) -> Result<R, Panicked> {
        let record = Rc::clone(&self.record);
        self.ask(name, what, |inner| act(inner, &mut Overheard { host, record: &record }))
    }

    /// The same for a handler that can't call the host.
    fn ask<R: Confession>(
        &mut self,
        name: &'static str,
        what: impl Display,
        act: impl FnOnce(&mut E) -> R,
    ) -> Result<R, Panicked> {
        {
            let mut record = self.record();
            record.note(format!("▶ {name} {what}"));
            record.handlers.insert(name);
            record.inside.push(name);
        }
        let inner = &mut self.inner;
        let result = catch_unwind(AssertUnwindSafe(|| act(inner)));
        let mut record = self.record();
        record.inside.pop();
        if result.as_ref().is_ok_and(Confession::is_defect) {
            record.broken(Rule::R02, format!("{name} returns that it has a defect"));
        }
        result.map_err(|_| {
            record.broken(Rule::R02, format!("{name} panicked"));
            Panicked
        })
    }

    /// Notes what a handler returned, if that is an error.
    fn returned<T, X: Display>(&self, name: &'static str, result: &Result<T, X>) {
        if let Err(error) = result {
            self.record().note(format!("  {name} returns {error}"));
        }
    }

    fn host_adapter(&self, adapter: ExtensionAdapter) -> Option<HostAdapter> {
        self.record().adapters.get(&adapter.0).copied()
    }
}
