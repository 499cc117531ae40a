//! The `portcullis` program as a library: each command is a module with its arguments and its `run`.

#[cfg(target_os = "linux")]
pub mod connect;
#[cfg(target_os = "linux")]
mod eap;
pub mod extension;
pub mod inspect;
#[cfg(target_os = "linux")]
pub mod onex_probe;
#[cfg(target_os = "linux")]
mod private_file;
#[cfg(target_os = "linux")]
pub mod simulate;
mod suites;

mod command;
#[cfg(unix)]
mod duration;
mod output;

pub use command::run;
