//! Where the workspace lies, and its cargo.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

/// The workspace's root directory.
///
/// # Errors
/// If this program was not started by cargo.
pub(crate) fn root() -> Result<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").context("start this program as `cargo xtask`")?;
    let package = PathBuf::from(manifest);
    Ok(package
        .parent()
        .context("the xtask package has no parent directory")?
        .to_owned())
}

/// Cargo's target directory; everything that this program caches or writes lies below it.
///
/// # Errors
/// As [`root`].
pub(crate) fn target() -> Result<PathBuf> {
    let root = root()?;
    // `join` keeps an absolute path as it is.
    Ok(root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into())))
}

/// A cargo to run in the workspace's root.
///
/// # Errors
/// As [`root`].
pub(crate) fn cargo() -> Result<Command> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()?);
    Ok(cargo)
}
