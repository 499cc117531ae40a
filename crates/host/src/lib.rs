//! The framework side of the post-association operation: adapters, data ports, operations, rules.
//!
//! This crate knows no authentication algorithm, derives no key and does no I/O. It owns the data ports,
//! calls the handlers of an [`ihv::Extension`], keeps its own part of the rules of the interface and
//! holds the extension to the rest. Time and adapter events come in as arguments; commands for the
//! adapters and events for whoever watches are polled out:
//!
//! ```
//! # use core::time::Duration;
//! # fn run(
//! #     extension: impl ihv::Extension,
//! #     info: ihv::AdapterInfo,
//! #     profile: portcullis_host::NetworkProfile,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! # use portcullis_host as host;
//! # let now = Duration::ZERO;
//! let mut host = host::Host::new(extension, host::Config::default())?;
//! let adapter = host.add_adapter(now, info)?;
//! host.connect(now, adapter, profile)?;
//! while let Some((adapter, command)) = host.poll_command() {
//!     // execute it; what comes of it goes to `host.handle_event`
//! }
//! while let Some(event) = host.poll_event() {
//!     // show it
//! }
//! if let Some(at) = host.next_timeout() {
//!     // wait until `at`, or for an event of an adapter; then
//!     host.handle_timeout(at);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The way in: [`Host`], then [`adapter`] for what adapters are told and tell.

pub mod adapter;
pub mod event;
pub mod outcome;

mod host;
mod profile;
mod state;

pub use host::{ChangeKeysError, ConnectError, Host, RoamError, StartError};
pub use profile::{Config, NetworkProfile, OneXProfile};
