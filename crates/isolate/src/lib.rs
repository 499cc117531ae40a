//! A foreign extension in a process of its own, the role of Windows' Extensibility Host process: there it can
//! crash or hang, and takes nothing with it but its own ports.
//!
//! * [`Isolated`] is the host's side: an [`ihv::Extension`] whose handlers run in another process. Every call has
//!   a time limit. When the process ends, does not answer in time, or says what cannot be understood, it is
//!   killed; whatever it had pending is completed as a failure, which closes its ports; and every handler
//!   refuses from then on.
//! * [`serve`] is the other side. It loads the library and carries calls there and back, over a socket that is
//!   the process's standard input.
//!
//! While a handler runs, the functions that it calls come back to the host in the midst of the handler, as they
//! would without a process in between. A thread of the extension's own calls at any moment: its call is kept in
//! the process, and the host is woken to come for it.
//!
//! What the binary interface does not carry does not cross here either: see [`ihv::abi`].
//!
//! The process is one of Unix so far. [`load`] is there on every system: it loads the library into this very process.

#[cfg(unix)]
mod child;
#[cfg(unix)]
mod isolated;
#[cfg(unix)]
mod message;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod values;
#[cfg(unix)]
mod wire;
mod within;

#[cfg(unix)]
pub use child::serve;
#[cfg(unix)]
pub use isolated::{Isolated, StartError};
#[cfg(unix)]
pub use process::Fault;
pub use within::load;
