//! The binary interface from both sides: an exported extension, called as C calls it, and a library in C, loaded.
//!
//! The whole of it also runs under valgrind (`cargo xtask test`), which finds what is read or written that is not
//! there, and what is never freed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(unsafe_code, reason = "C calls without asking")]

mod arguments;
mod life;
#[cfg(target_os = "linux")]
mod loading;
#[cfg(target_os = "linux")]
mod quiet;
mod scripted;
mod side;
mod structures;
mod threads;
