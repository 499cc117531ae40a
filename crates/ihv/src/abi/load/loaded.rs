//! How an extension is loaded.

#![allow(unsafe_code)]

use super::lender::Lender;
use super::lent::{APIS, VIRTUAL_STATION_APIS};
use crate::abi::convert::{PacketForm, Protection};
use crate::abi::{
    DOT11_IHV_VERSION_INFO, DOT11EXT_IHV_HANDLERS, DOT11EXTIHV_GET_VERSION_INFO, DOT11EXTIHV_INIT_SERVICE,
    DOT11EXTIHV_INIT_VIRTUAL_STATION, Exported, export,
};
use crate::{ExtensionAdapter, HostAdapter, VersionInfo, Win32Error};
use core::ptr;
use frame::MacAddress;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Why a library is no extension.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The system cannot load it.
    #[error("it cannot be loaded")]
    Library(#[source] libloading::Error),
    /// It lacks a function that every extension exports.
    #[error("it does not export {0}")]
    Export(&'static str),
    /// It does not say which versions of the interface it speaks.
    #[error("its Dot11ExtIhvGetVersionInfo fails")]
    Version(#[source] Win32Error),
}

/// An extension behind the tables of C.
pub struct Loaded {
    pub(super) entries: Entries,
    version: VersionInfo,
    /// From `init_service` on; every function is there (R02).
    pub(super) handlers: Option<DOT11EXT_IHV_HANDLERS>,
    pub(super) lender: Arc<Lender>,
    /// How the keys of an 802.1X result cross.
    pub(super) protect: Protection,
    /// The host's adapters, by the extension's names for them.
    pub(super) adapters: BTreeMap<ExtensionAdapter, Adapter>,
    /// Behind everything that points into it: fields are dropped in their order.
    origin: Origin,
}

/// An adapter that has arrived.
pub(super) struct Adapter {
    pub(super) handle: HostAdapter,
    pub(super) address: MacAddress,
}

/// The two functions that every extension exports (R01).
#[derive(Clone, Copy)]
pub(super) struct Entries {
    pub(super) version_info: DOT11EXTIHV_GET_VERSION_INFO,
    pub(super) init_service: DOT11EXTIHV_INIT_SERVICE,
}

/// Where the extension's code comes from, and with it the function that it may export besides.
enum Origin {
    Library(libloading::Library),
    Program(DOT11EXTIHV_INIT_VIRTUAL_STATION),
}

impl Loaded {
    /// Loads a dynamic library, and asks which versions of the interface it speaks. `wake` is called, on threads of the
    /// extension's, when the host should call [`handle_timeout`](crate::Extension::handle_timeout) soon.
    ///
    /// # Errors
    /// Why the library is no extension.
    ///
    /// # Safety
    /// The library's code runs in this process. It has to keep to the interface, now and until the value is dropped: its
    /// pointers lead to what they should, and no thread of it runs on after `Dot11ExtIhvDeinitService`.
    pub unsafe fn open(path: &Path, wake: Box<dyn Fn() + Send + Sync>) -> Result<Self, LoadError> {
        const VERSION: &str = "Dot11ExtIhvGetVersionInfo";
        const SERVICE: &str = "Dot11ExtIhvInitService";
        // SAFETY: the caller vouches for the library, and so for the types of its functions. They are used while it is
        // loaded, which is as long as the value lives.
        unsafe {
            let library = libloading::Library::new(path).map_err(LoadError::Library)?;
            let entries = Entries {
                version_info: *library.get(VERSION).map_err(|_| LoadError::Export(VERSION))?,
                init_service: *library.get(SERVICE).map_err(|_| LoadError::Export(SERVICE))?,
            };
            Self::start(entries, Origin::Library(library), wake)
        }
    }

    /// An extension of this program's own that goes through the tables nevertheless. `wake` is as for [`Self::open`].
    ///
    /// # Errors
    /// [`LoadError::Version`].
    pub fn exported<X: Exported>(wake: Box<dyn Fn() + Send + Sync>) -> Result<Self, LoadError> {
        let entries = Entries {
            version_info: export::version_info::<X>,
            init_service: export::init_service::<X>,
        };
        let origin = Origin::Program(export::init_virtual_station::<X>);
        // SAFETY: these functions keep to the interface, and are never unloaded.
        unsafe { Self::start(entries, origin, wake) }
    }

    /// # Safety
    /// As [`Self::open`].
    unsafe fn start(entries: Entries, origin: Origin, wake: Box<dyn Fn() + Send + Sync>) -> Result<Self, LoadError> {
        let mut info = DOT11_IHV_VERSION_INFO::default();
        // SAFETY: the caller vouches for the function; there is room for its answer.
        let code = unsafe { (entries.version_info)(&raw mut info) };
        match Win32Error(code) {
            Win32Error::SUCCESS => Ok(Self {
                entries,
                version: VersionInfo {
                    min: info.dwVerMin,
                    max: info.dwVerMax,
                },
                handlers: None,
                lender: Lender::new(wake),
                protect: |key| Ok(Zeroizing::new(key.to_vec())),
                adapters: BTreeMap::new(),
                origin,
            }),
            error => Err(LoadError::Version(error)),
        }
    }

    /// Puts the system's protection on the keys of an 802.1X result, which extensions of Windows take off.
    #[must_use]
    pub fn with_protect(mut self, protect: Protection) -> Self {
        self.protect = protect;
        self
    }

    /// Hands packets over, and takes them, as whole frames, for an extension that was built on the pages of the guide that
    /// say so (R27); or, as without this, as [`DOT11_SECURITY_PACKET_HEADER`](crate::abi::DOT11_SECURITY_PACKET_HEADER)
    /// and data.
    #[must_use]
    pub fn with_packet_form(self, form: PacketForm) -> Self {
        self.lender.set_form(form);
        self
    }

    pub(super) fn version(&self) -> VersionInfo {
        self.version
    }

    /// Exchanges the tables.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_DATA`] for a table with holes (R02); what the extension says.
    pub(super) fn exchange(&mut self, version: u32) -> Result<(), Win32Error> {
        let (mut apis, mut handlers) = (APIS, DOT11EXT_IHV_HANDLERS::default());
        self.lender.open();
        // SAFETY: who loaded the extension vouches for it; both tables are there.
        let code = unsafe { (self.entries.init_service)(version, &raw mut apis, ptr::null_mut(), &raw mut handlers) };
        match Win32Error(code) {
            Win32Error::SUCCESS if handlers.missing().next().is_none() => {
                self.handlers = Some(handlers);
                Ok(())
            }
            Win32Error::SUCCESS => {
                if let Some(end) = handlers.Dot11ExtIhvDeinitService {
                    // SAFETY: as above; the service has begun.
                    unsafe { end() };
                }
                Err(Win32Error::INVALID_DATA)
            }
            error => Err(error),
        }
    }

    /// Lends the functions about virtual stations. An extension may export that it takes them, and need not: nobody
    /// looks before the service has begun (`DOT11EXTIHV_INIT_VIRTUAL_STATION`).
    ///
    /// # Errors
    /// [`Win32Error::NOT_SUPPORTED`] if the extension does not know any; what it says.
    pub(super) fn lend_virtual_stations(&mut self) -> Result<(), Win32Error> {
        let function: DOT11EXTIHV_INIT_VIRTUAL_STATION = match &self.origin {
            // SAFETY: who loaded the extension vouches for the type of its function.
            Origin::Library(library) => unsafe { library.get("Dot11ExtIhvInitVirtualStation") }
                .map(|function| *function)
                .map_err(|_| Win32Error::NOT_SUPPORTED)?,
            Origin::Program(function) => *function,
        };
        let mut apis = VIRTUAL_STATION_APIS;
        // SAFETY: who loaded the extension vouches for it; the table is there.
        match Win32Error(unsafe { function(&raw mut apis, ptr::null_mut()) }) {
            Win32Error::SUCCESS => Ok(()),
            error => Err(error),
        }
    }
}

/// Ends the service, if the host has not: the library's threads must not outlive its code.
impl Drop for Loaded {
    fn drop(&mut self) {
        crate::Extension::deinit_service(self);
    }
}
