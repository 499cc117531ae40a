//! The service of an extension: how it begins, how it begins again, and how it ends.

use super::{Host, StartError};
use crate::adapter::Command;
use crate::event::Kind;
use crate::outcome::Outcome;
use crate::profile::Config;
use crate::state::{Handler, State};
use core::time::Duration;
use ihv::{Extension, HostAdapter, Win32Error};

/// The interface version that this host speaks (R01).
const VERSION: u32 = 0;

impl<E: Extension> Host<E> {
    /// Starts the service: asks for the extension's versions, then initialises it (R01), for virtual
    /// stations too if it has a use for them.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn new(mut extension: E, config: Config) -> Result<Self, StartError> {
        begin(&mut extension)?;
        Ok(Self {
            extension,
            state: State::new(config),
        })
    }

    /// Starts the service again with `extension`, in the place of one that cannot go on: its process may have crashed.
    /// Whatever the old one still has is ended and taken from it as if the adapters left; the new one gets the adapters
    /// as if they arrived, under the handles that they have. Sessions are not used again (R22). An adapter that the new
    /// one refuses is removed.
    ///
    /// Returns the old one.
    ///
    /// # Errors
    /// See [`StartError`]; nothing has changed then.
    pub fn restart(&mut self, now: Duration, mut extension: E) -> Result<E, StartError> {
        begin(&mut extension)?;
        let adapters: Vec<_> = self.state.adapters().collect();
        for handle in &adapters {
            self.disconnect(now, *handle);
            self.withdraw(*handle, Outcome::Cancelled);
            self.state.renew(*handle);
            self.state.command(*handle, Command::SetPrivacyExemptions(Vec::new()));
        }
        self.extension.deinit_service();
        let old = core::mem::replace(&mut self.extension, extension);
        for handle in adapters {
            self.state.event(handle, None, None, || Kind::ExtensionRestarted {});
            if self.introduce(handle).is_err() {
                self.state.event(handle, None, None, || Kind::AdapterRemoved {});
            }
        }
        self.settle();
        Ok(old)
    }

    /// Gives the extension an adapter. One that it refuses is forgotten.
    ///
    /// # Errors
    /// The refusal; [`Win32Error::INVALID_HANDLE`] if it has named the adapter as it names another one (R03).
    pub(super) fn introduce(&mut self, handle: HostAdapter) -> Result<(), Win32Error> {
        let info = self
            .state
            .adapter(handle)
            .ok_or(Win32Error::INVALID_HANDLE)?
            .info
            .clone();
        let result = self.call(Handler::InitAdapter, handle, |extension, host| {
            extension.init_adapter(host, handle, &info)
        });
        let named = result.and_then(|extension| self.state.name(handle, extension));
        if named.is_err() {
            self.state.reclaim_buffers(handle);
            self.state.remove(handle);
        }
        named
    }

    /// Removes every adapter, then ends the service (R04).
    pub fn shutdown(mut self, now: Duration) -> E {
        let adapters: Vec<_> = self.state.adapters().collect();
        for handle in adapters {
            self.remove_adapter(now, handle);
        }
        self.extension.deinit_service();
        self.extension
    }
}

fn begin(extension: &mut impl Extension) -> Result<(), StartError> {
    let versions = extension.version_info();
    if !(versions.min..=versions.max).contains(&VERSION) {
        return Err(StartError::Version {
            min: versions.min,
            max: versions.max,
        });
    }
    extension.init_service(VERSION).map_err(StartError::Refused)?;
    match extension.init_virtual_station() {
        Ok(()) | Err(Win32Error::NOT_SUPPORTED) => Ok(()),
        Err(error) => {
            extension.deinit_service();
            Err(StartError::Refused(error))
        }
    }
}
