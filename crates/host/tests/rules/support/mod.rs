//! A host between a scripted extension and a scripted adapter.

mod bench;
mod calls;
mod extension;
mod frames;

pub(crate) use bench::{Bench, profile};
pub(crate) use calls::{Attempt, CALLS};
pub(crate) use extension::{Call, On, Scripted, Seat};
pub(crate) use frames::*;
