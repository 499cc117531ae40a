//! The `portcullis` program as a library: each command is a module with its arguments and its `run`.

<<<<<<< HEAD
pub mod inspect;
=======
#[cfg(target_os = "linux")]
pub mod connect;
>>>>>>> 8e17a69 (connect: a real adapter joins a network and stays)
pub mod simulate;

mod output;
