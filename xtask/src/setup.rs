//! What the tests need from the system: Debian packages, and a kernel that is only unpacked.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

use crate::newer::Newer;
use crate::workspace;

/// Programs or files, and the Debian package that each comes in.
pub(crate) struct Tools(&'static [(&'static str, &'static str)]);

/// What the virtual machine needs.
pub(crate) const MACHINE: Tools = Tools(&[
    ("qemu-system-x86_64", "qemu-system-x86"),
    ("busybox", "busybox-static"),
    ("hostapd", "hostapd"),
    ("wpa_supplicant", "wpasupplicant"),
    ("iw", "iw"),
    ("tcpdump", "tcpdump"),
    ("ip", "iproute2"),
    ("tshark", "tshark"),
]);

/// What the builds for Windows need, and Wine to run them.
pub(crate) const WINDOWS: Tools = Tools(&[
    ("/usr/bin/cargo", "cargo-web"),
    ("/usr/bin/rustc", "rustc-web"),
    ("/usr/lib/rustlib/src", "rust-web-src"),
    ("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64-win32"),
    ("wine", "wine"),
]);

/// What single tests need, which are left out without.
const TESTS: Tools = Tools(&[
    ("gcc", "gcc"),
    ("g++", "g++"),
    ("valgrind", "valgrind"),
    ("freeradius", "freeradius"),
    ("eapol_test", "eapoltest"),
    ("openssl", "openssl"),
]);

impl Tools {
    /// The packages whose program or file is not on this machine.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        self.0
            .iter()
            .filter(|(name, _)| match name.strip_prefix('/') {
                Some(_) => !Path::new(name).exists(),
                None => find_program(name).is_none(),
            })
            .map(|(_, package)| *package)
            .collect()
    }
}

/// The metapackage that depends on Debian's current kernel.
const KERNEL_PACKAGE: &str = "linux-image-amd64";

/// An unpacked kernel package.
pub(crate) struct Kernel {
    pub image: PathBuf,
    /// `lib/modules/VERSION`, to be searched for `.ko` files.
    pub modules: PathBuf,
}

/// Installs the missing packages when root, and obtains the kernel.
///
/// # Errors
/// If something is missing and cannot be installed; the message says how to get it.
pub(crate) fn run() -> Result<ExitCode> {
    let missing: Vec<_> = [MACHINE, WINDOWS, TESTS].iter().flat_map(Tools::missing).collect();
    if missing.is_empty() {
        println!("setup: every package is there");
    } else {
        ensure!(
            is_root()?,
            "not root: install the missing packages with `apt-get install {}`",
            missing.join(" ")
        );
        println!("setup: installing {}", missing.join(" "));
        apt_get(&["update"])?;
        apt_get(&[&["install", "--yes", "--no-install-recommends"], missing.as_slice()].concat())?;
    }
    let kernel = obtain_kernel()?;
    println!(
        "setup: kernel {}",
        kernel.modules.file_name().unwrap_or_default().display()
    );
    match Newer::obtain() {
        Ok(newer) => println!("setup: {}, of Debian testing", newer.hostapd.display()),
        // Few tests need it; they are left out.
        Err(error) => println!("setup: no newer hostapd: {error:#}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// The full path of a program, also of those in `sbin`, which an ordinary user's `PATH` leaves out.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|candidate| fs::metadata(candidate).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0))
}

/// Debian's kernel, downloaded and unpacked below the target directory unless it already is.
///
/// # Errors
/// If apt knows no kernel package (its lists may never have been fetched) or the download fails.
pub(crate) fn obtain_kernel() -> Result<Kernel> {
    let cache = workspace::target()?.join("vm/kernel");
    if let Ok(kernel) = unpacked_kernel(&cache) {
        return Ok(kernel);
    }
    let package = current_kernel_package().with_context(|| {
        format!("no kernel: apt does not know {KERNEL_PACKAGE}; run `apt-get update` as root first")
    })?;
    let download = workspace::target()?.join("vm/download");
    fs::create_dir_all(&download)?;
    let status = Command::new("apt-get")
        .args(["download", &package])
        .current_dir(&download)
        .status()?;
    ensure!(status.success(), "`apt-get download {package}` failed");
    let archive = only_entry(&download, |name| name.ends_with(".deb"))?;
    // Unpacked aside and moved, so that an interruption leaves no half kernel in the cache.
    let aside = cache.with_extension("partial");
    unpack(&archive, &aside)?;
    fs::rename(&aside, &cache)?;
    fs::remove_dir_all(&download)?;
    unpacked_kernel(&cache)
}

/// Unpacks a package into a directory, which need not be there.
///
/// # Errors
/// If it is no package, or cannot be written.
pub(crate) fn unpack(package: &Path, directory: &Path) -> Result<()> {
    let status = Command::new("dpkg-deb").arg("-x").args([package, directory]).status()?;
    ensure!(status.success(), "cannot unpack {}", package.display());
    Ok(())
}

fn unpacked_kernel(cache: &Path) -> Result<Kernel> {
    Ok(Kernel {
        image: only_entry(&cache.join("boot"), |name| name.starts_with("vmlinuz-"))?,
        modules: only_entry(&cache.join("lib/modules"), |_| true)?,
    })
}

fn only_entry(directory: &Path, wanted: impl Fn(&str) -> bool) -> Result<PathBuf> {
    for entry in fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))? {
        let entry = entry?;
        if wanted(&entry.file_name().to_string_lossy()) {
            return Ok(entry.path());
        }
    }
    bail!("nothing fitting in {}", directory.display())
}

/// The real package behind the metapackage, such as `linux-image-6.1.0-1-amd64`.
fn current_kernel_package() -> Result<String> {
    let output = Command::new("apt-cache").args(["depends", KERNEL_PACKAGE]).output()?;
    let listing = String::from_utf8(output.stdout)?;
    dependency(&listing)
        .map(str::to_owned)
        .context("the metapackage names no kernel")
}

fn dependency(listing: &str) -> Option<&str> {
    listing.lines().find_map(|line| line.trim().strip_prefix("Depends: "))
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()?;
    ensure!(status.success(), "`apt-get {}` failed", arguments.join(" "));
    Ok(())
}

fn is_root() -> Result<bool> {
    let output = Command::new("id").arg("-u").output()?;
    Ok(output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_package_is_the_dependency_of_the_metapackage() {
        let listing = "linux-image-amd64\n  Depends: linux-image-6.1.0-9-amd64\n  Suggests: firmware\n";
        assert_eq!(dependency(listing), Some("linux-image-6.1.0-9-amd64"));
        assert_eq!(dependency("linux-image-amd64\n"), None);
    }

    #[test]
    fn a_program_that_does_not_exist_is_not_found() {
        assert!(find_program("sh").is_some());
        assert!(find_program("no-program-has-this-name").is_none());
    }
}
