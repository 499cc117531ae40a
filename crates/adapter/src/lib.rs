//! Where the bytes come from and where they go: the machines below a host.
//!
//! The one place, with the program itself, that does I/O.

#[cfg(target_os = "linux")]
pub mod nl80211;
pub mod replay;
pub mod simulated;

mod event;

pub use event::{OwnedAssociation, OwnedEvent};
