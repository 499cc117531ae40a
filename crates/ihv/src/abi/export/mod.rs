//! An extension for hosts that were not compiled with it: a value of [`crate::Extension`] behind the tables
//! of C.
//!
//! A library has one extension. [`export_extension!`](crate::export_extension) gives it the exports, which
//! reach it through a static [`Service`]; a program that tests an export implements [`Exported`] itself.
//!
//! * Calls may come from any thread. One mutex is around the extension; what would be `handle_timeout`
//!   runs on a thread of the service's own.
//! * A host must not wait inside one of its functions for a handler of the same extension to return. If it
//!   calls a handler from inside one of its functions, on the same thread, a completion of a packet is taken
//!   and delivered later, and everything else is refused with `ERROR_INVALID_OPERATION`.
//! * No panic crosses: it ends the extension, whose handlers return `ERROR_INTERNAL_ERROR` from then on.
//! * Handles are numbers in tables. One that is not there is `ERROR_INVALID_HANDLE`, whatever it is.
//! * A structure that is short, of another kind or of another revision is `ERROR_INVALID_PARAMETER`.
//!
//! The handlers that `wlanihv.h` does not have (`begin_association` and its siblings) are never called: what
//! is said before an association is the driver's affair there, and the extension says nothing about it.

mod arguments;
mod discovery;
mod handlers;
mod host;
mod outside;
mod packets;
mod service;

pub use handlers::{init_service, init_virtual_station, version_info};
pub use service::{Exported, Make, Provisions, Service};

/// Gives a library (`crate-type = ["cdylib"]`) the exports of an IHV extension. The argument is a
/// `const` expression of type [`Provisions`].
///
/// ```ignore
/// ihv::export_extension!(ihv::abi::Provisions::new(|| Ok(Box::new(MyExtension::default()))));
/// ```
#[macro_export]
macro_rules! export_extension {
    ($provisions:expr) => {
        /// The extension of this library.
        struct Library;

        impl $crate::abi::Exported for Library {
            fn service() -> &'static $crate::abi::Service {
                static SERVICE: $crate::abi::Service = $crate::abi::Service::new($provisions);
                &SERVICE
            }
        }

        /// Which versions of the interface the extension speaks.
        ///
        /// # Safety
        /// As `wlanihv.h` has it.
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn Dot11ExtIhvGetVersionInfo(
            info: *mut $crate::abi::DOT11_IHV_VERSION_INFO,
        ) -> $crate::abi::DWORD {
            // SAFETY: the host keeps to the interface.
            unsafe { $crate::abi::version_info::<Library>(info) }
        }

        /// Exchanges the tables.
        ///
        /// # Safety
        /// As `wlanihv.h` has it.
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn Dot11ExtIhvInitService(
            version: $crate::abi::DWORD,
            apis: *mut $crate::abi::DOT11EXT_APIS,
            reserved: $crate::abi::LPVOID,
            handlers: *mut $crate::abi::DOT11EXT_IHV_HANDLERS,
        ) -> $crate::abi::DWORD {
            // SAFETY: the host keeps to the interface.
            unsafe { $crate::abi::init_service::<Library>(version, apis, reserved, handlers) }
        }

        /// Takes the functions about virtual stations.
        ///
        /// # Safety
        /// As `wlanihv.h` has it.
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn Dot11ExtIhvInitVirtualStation(
            apis: *mut $crate::abi::DOT11EXT_VIRTUAL_STATION_APIS,
            reserved: $crate::abi::LPVOID,
        ) -> $crate::abi::DWORD {
            // SAFETY: the host keeps to the interface.
            unsafe { $crate::abi::init_virtual_station::<Library>(apis, reserved) }
        }
    };
}
