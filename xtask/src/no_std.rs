//! The proof that the lower crates need no standard library.
//!
//! `cargo build --no-default-features` of a crate proves nothing on a host: a dependency may pull `std` in. So
//! the crates are built as dependencies of a crate that defines the panic handler itself. If `std` is anywhere
//! in its graph, the compiler refuses the second definition (E0152, duplicate lang item). Where the core
//! library of a bare-metal target is installed, they are built for it as well.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::workspace;

/// Packages without `std`, and their directories below `crates`.
pub(crate) const PACKAGES: &[(&str, &str)] = &[
    ("portcullis-frame", "frame"),
    ("portcullis-keys", "keys"),
    ("portcullis-rsn", "rsn"),
];

/// A target that has no standard library at all.
pub(crate) const BARE_METAL: &str = "thumbv7em-none-eabi";

const SOURCE: &str = "\
#![no_std]

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
";

/// The command that builds a package, given by name and directory, with the panic handler of our own.
///
/// # Errors
/// If the proof's crate cannot be written.
pub(crate) fn proof(package: &str, directory: &str) -> Result<Command> {
    let root = workspace::root()?;
    let proof = workspace::target()?.join("no-std").join(directory);
    fs::create_dir_all(proof.join("src"))?;
    fs::write(
        proof.join("Cargo.toml"),
        manifest(package, &root.join("crates").join(directory)),
    )?;
    // The same versions as in the workspace.
    fs::copy(root.join("Cargo.lock"), proof.join("Cargo.lock"))?;
    let crate_name = package.replace('-', "_");
    fs::write(
        proof.join("src/lib.rs"),
        format!("{SOURCE}\nextern crate {crate_name};\n"),
    )?;
    let mut cargo = workspace::cargo()?;
    cargo
        .arg("build")
        .current_dir(&proof)
        .arg("--target-dir")
        .arg(shared_target()?);
    Ok(cargo)
}

/// The command that builds the packages for [`BARE_METAL`]; `None` if its core library is not installed.
///
/// # Errors
/// If the compiler cannot be asked.
pub(crate) fn bare_metal() -> Result<Option<Command>> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", BARE_METAL])
        .output()?;
    let libraries = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if !output.status.success() || !libraries.is_dir() {
        return Ok(None);
    }
    let mut cargo = workspace::cargo()?;
    cargo.args(["build", "--no-default-features", "--target", BARE_METAL]);
    for (package, _) in PACKAGES {
        cargo.args(["--package", package]);
    }
    Ok(Some(cargo))
}

fn shared_target() -> Result<PathBuf> {
    Ok(workspace::target()?.join("no-std/target"))
}

/// A workspace of its own, so that no other member's features are added.
fn manifest(package: &str, path: &Path) -> String {
    let path = path.display();
    format!(
        "[package]\nname = \"no-std-proof\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{package} = {{ path = \"{path}\", default-features = false }}\n"
    )
}
