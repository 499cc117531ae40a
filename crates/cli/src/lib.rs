//! The `portcullis` program as a library: one module a command.

pub mod inspect;
pub mod simulate;

mod output;
