//! The binary interface: the same two sides as tables of C functions, for extensions and hosts that were
//! not compiled together.
//!
//! The types of `wlanihv.h` stand here under their own names. `include/portcullis_ihv.h` says the same in C.
//! A test compares all three, field by field: these types, that header, and what mingw-w64 has of the
//! originals.
//!
//! * [`Exported`] and [`export_extension!`](crate::export_extension) put an [`Extension`](crate::Extension)
//!   behind the tables.
//! * [`Loaded`] is an [`Extension`](crate::Extension) that was found behind the tables.
//!
//! `begin_association` and its siblings, which `wlanihv.h` does not have, do not cross; nor do the functions of
//! the host that belong to them.

mod convert;
mod export;
mod facts;
mod load;
mod memory;
mod raw;
mod record;

pub use convert::PacketForm;
pub use export::{Exported, Make, Provisions, Service, init_service, init_virtual_station, version_info};
pub use facts::{AdapterFacts, FACTS_LENGTH, FACTS_REQUEST};
pub use load::{LoadError, Loaded};
pub use raw::*;
