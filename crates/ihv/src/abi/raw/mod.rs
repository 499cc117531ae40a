//! `wlanihv.h` and what it reaches, as types of C.
//!
//! Names, orders and values are those of the Windows headers, so that their documentation can be read
//! beside them (windows-driver-docs-ddi, `wlanihv`, `wlanihvtypes`, `windot11`, `wlclient`); each type says
//! which header it comes from. Widths are those of 64-bit Windows on every platform: a `ULONG` or a `BOOL`
//! has 32 bits, a `WCHAR` 16. The calling convention is the system's, which on Linux is C's.
//!
//! What C declares as an enumeration is a number here, with constants: the other side can put any value
//! there, and a Rust enumeration must never hold one that it does not name. Pointers to functions are
//! `Option`s, because a table may have holes.

#![expect(
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    missing_docs,
    reason = "names are those of the Windows headers, whose pages describe the fields"
)]

mod association;
mod base;
mod functions;
mod indication;
mod key;
mod network;
mod onex;
mod packet;
mod profile;
mod tables;
mod ui;
mod virtual_station;

pub use association::*;
pub use base::*;
pub use functions::*;
pub use indication::*;
pub use key::*;
pub use network::*;
pub use onex::*;
pub use packet::*;
pub use profile::*;
pub use tables::*;
pub use ui::*;
pub use virtual_station::*;
