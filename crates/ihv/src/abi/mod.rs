//! The binary interface: the same two sides as tables of C functions, for extensions and hosts that were
//! not compiled together.
//!
//! The types of `wlanihv.h` stand here under their own names. `include/portcullis_ihv.h` says the same in C.
//! A test compares all three, field by field: these types, that header, and what mingw-w64 has of the
//! originals.

mod raw;

pub use raw::*;
