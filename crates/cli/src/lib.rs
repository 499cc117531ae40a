//! The `portcullis` program as a library: each command is a module with its arguments and its `run`.

pub mod inspect;
pub mod simulate;

mod output;
