//! Extensions other than the built-in one: checked, run, and contained.

#![expect(clippy::unwrap_used, reason = "a test ends where its subject fails")]

mod check;
mod isolation;
mod libraries;
