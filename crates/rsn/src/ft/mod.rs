//! Fast transition: moving to another access point of the same network without authenticating again
//! (IEEE 802.11-2020, clause 13).

mod hierarchy;
mod mobility;

pub use hierarchy::{Hierarchy, KeyHolder};
pub use mobility::Mobility;
