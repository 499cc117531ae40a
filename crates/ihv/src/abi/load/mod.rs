//! An extension that was not compiled with its host: a [`crate::Extension`] behind the tables of C.
//!
//! The host's functions have no argument for the host; they find it by the adapter's handle, which is a
//! number of this module's, and by the thread that they are called on. A call from inside a handler, on the
//! handler's thread, is the host's at once. A call from a thread of the extension's own is taken, answered
//! with success, and made when the host calls the next handler or [`crate::Extension::handle_timeout`];
//! what the host then says against it, the host reports. For a call that asks something the thread waits until
//! then, for a second at most. [`Loaded::open`] is told whom to wake. Where that handler
//! stops, resets or removes the adapter, the call is overtaken: it is not made, its packet is not sent, and what it
//! would have completed is cancelled by a reset.
//!
//! A library can do whatever it wants with the process that it runs in: a crash, a hang or a wild write
//! cannot be kept from here. Whoever does not trust a library gives it a process of its own.

mod discovery;
mod handlers;
mod lender;
mod lent;
mod loaded;
mod memory;

pub use loaded::{LoadError, Loaded};
