//! What the benchmarks share: rows of a table, a fair clock, and a host full of ports.
//!
//! Every number is a ratio between two things that were measured in the same run, in turns, so that a
//! slow or busy machine slows both. Nothing here fails because a machine is slow; the table says what
//! was promised and what was found.

pub mod boundary;
pub mod clock;
pub mod handshake;
pub mod inspect;
pub mod onex;
pub mod ports;
mod program;
pub mod row;
pub mod sae;
