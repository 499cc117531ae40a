//! The built-in extension: the authentication and key management suites of IEEE 802.11.
//!
//! It speaks to its host through [`ihv`] and through nothing else, knows no adapter and does no I/O.
//! Randomness is given to it when it is made, time is asked of the host, and what takes time is done when
//! the host calls back ([`ihv::Extension::handle_timeout`]).
//!
//! The way in: [`BuiltIn`], and [`profile::SecurityFragment`] for the profile that it wants.

pub mod profile;

mod announcement;
mod approach;
mod built_in;
mod connection;
mod memory;
mod operation;
mod scope;
mod select;
mod strength;
mod suites;

pub use built_in::BuiltIn;
pub use memory::StoredError;
