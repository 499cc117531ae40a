//! What the benchmarks share: rows of a table, a fair clock, and a host full of ports.
//!
//! Every number is a ratio between two things that were measured in the same run, in turns, so that a
//! slow or busy machine slows both. A row whose promise is broken is marked, and its benchmark fails.

pub mod boundary;
pub mod clock;
pub mod handshake;
pub mod inspect;
pub mod onex;
pub mod ports;
mod program;
pub mod row;
pub mod sae;
