//! The initial file system of the virtual machine: busybox, the daemons, the program under test, modules.
//!
//! Not compressed: the emulated processor takes longer to inflate an archive than to be given the whole one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::cpio::Archive;
use super::modules;
use super::server;
use crate::newer::Newer;
use crate::setup::{self, Kernel};

/// Modules loaded at boot; what they need comes with them. The radios' own module is loaded by the agent, anew
/// for every scenario.
const MODULES: &[&str] = &[
    // the shared folder
    "virtio_pci",
    "9pnet_virtio",
    "9p",
    // the ciphers that mac80211 asks for: CCMP, GCMP, BIP
    "ccm",
    "ctr",
    "gcm",
    "ghash_generic",
    "cmac",
    // radios
    "mac80211",
    // the wire between access points
    "bridge",
    "veth",
];

/// The module with the simulated radios, and its place in the image.
const RADIO_MODULE: &str = "mac80211_hwsim";

/// Programs that the agent runs, beside busybox.
const PROGRAMS: &[&str] = &["hostapd", "wpa_supplicant", "iw", "ip", "tcpdump"];

/// Where the newer hostapd is, without the slash at the beginning, and what it is loaded with.
const NEWER: &str = "newer";
pub(super) const NEWER_HOSTAPD: &str = "newer/hostapd";
pub(super) const NEWER_LIBRARIES: &str = "newer/lib";
pub(super) const NEWER_LOADER: &str = "newer/lib/ld.so";

const DIRECTORIES: &[&str] = &[
    "bin", "dev", "etc", "modules", "proc", "root", "run", "share", "sys", "tmp", "usr", "usr/bin", "usr/lib",
    "usr/sbin", "var",
];

/// tcpdump wants to look its user up.
const USERS: &str = "root:x:0:0:root:/root:/bin/sh\n";

const INIT: &str = include_str!("init.sh");

/// What is under test, each file with its place in the image.
pub(crate) type Products = [(PathBuf, &'static str)];

/// Builds the image with `agent` (this program) and the products under test as a cpio archive; with FreeRADIUS and a newer
/// hostapd, if a scenario needs them.
///
/// # Errors
/// If a program, a library or a module is missing.
pub(crate) fn build(
    kernel: &Kernel,
    agent: &Path,
    products: &Products,
    freeradius: bool,
    newer: Option<&Newer>,
) -> Result<Vec<u8>> {
    let mut image = Image::default();
    for directory in DIRECTORIES {
        image.directory(directory);
    }
    image.archive.symlink("sbin", "usr/sbin");
    image.archive.symlink("var/run", "../run");
    image.archive.file("init", 0o755, INIT.as_bytes());
    image.archive.file("etc/passwd", 0o644, USERS.as_bytes());
    image.program(&find("busybox")?, "bin/busybox")?;
    for name in PROGRAMS {
        image.program(&find(name)?, &format!("usr/sbin/{name}"))?;
    }
    image.program(agent, "usr/bin/xtask")?;
    for (product, place) in products {
        image.program(product, place)?;
    }
    if freeradius {
        image.freeradius()?;
    }
    if let Some(newer) = newer {
        image.newer_hostapd(newer)?;
    }
    image.library(&crypto_provider(&find("hostapd")?)?)?;
    image.modules(kernel)?;
    Ok(image.archive.finish())
}

#[derive(Default)]
struct Image {
    archive: Archive,
    /// What is in the archive already: libraries and directories are wanted by many.
    present: BTreeSet<PathBuf>,
}

impl Image {
    fn directory(&mut self, path: &str) {
        if self.present.insert(path.into()) {
            self.archive.directory(path);
        }
    }

    fn program(&mut self, source: &Path, path: &str) -> Result<()> {
        self.archive.file(path, 0o755, &read(source)?);
        for library in shared_libraries(source)? {
            self.library(&library)?;
        }
        Ok(())
    }

    /// FreeRADIUS, with the modules that its configuration names and its dictionaries.
    fn freeradius(&mut self) -> Result<()> {
        self.program(Path::new(server::PROGRAM), "usr/sbin/freeradius")?;
        for module in server::MODULES {
            let module = Path::new(server::LIBRARIES).join(format!("rlm_{module}.so"));
            for library in shared_libraries(&module)? {
                self.library(&library)?;
            }
            self.library(&module)?;
        }
        for dictionary in fs::read_dir(server::DICTIONARIES).context("FreeRADIUS has no dictionaries")? {
            self.library(&dictionary?.path())?;
        }
        Ok(())
    }

    /// A hostapd that brings its own libraries, in a directory of theirs.
    fn newer_hostapd(&mut self, newer: &Newer) -> Result<()> {
        for directory in [NEWER, NEWER_LIBRARIES] {
            self.directory(directory);
        }
        self.archive.file(NEWER_HOSTAPD, 0o755, &read(&newer.hostapd)?);
        self.archive.file(NEWER_LOADER, 0o755, &read(&newer.loader)?);
        for library in &newer.libraries {
            let name = library.file_name().unwrap_or_default().to_string_lossy();
            self.archive
                .file(&format!("{NEWER_LIBRARIES}/{name}"), 0o755, &read(library)?);
        }
        Ok(())
    }

    /// A library, in its own place.
    fn library(&mut self, library: &Path) -> Result<()> {
        let path = library
            .to_str()
            .and_then(|path| path.strip_prefix('/'))
            .context("a library without a path")?;
        if !self.present.insert(path.into()) {
            return Ok(());
        }
        for (end, _) in path.match_indices('/') {
            self.directory(path.get(..end).unwrap_or_default());
        }
        self.archive.file(path, 0o755, &read(library)?);
        Ok(())
    }

    fn modules(&mut self, kernel: &Kernel) -> Result<()> {
        let wanted = [MODULES, &[RADIO_MODULE]].concat();
        let mut order = String::new();
        for module in modules::in_load_order(&kernel.modules, &wanted)? {
            self.archive
                .file(&format!("modules/{}.ko", module.name), 0o644, &module.content);
            if module.name != RADIO_MODULE {
                order.push_str(&module.name);
                order.push('\n');
            }
        }
        self.archive.file("modules/order", 0o644, order.as_bytes());
        Ok(())
    }
}

fn find(program: &str) -> Result<PathBuf> {
    setup::find_program(program).with_context(|| format!("{program} is not installed; run `cargo xtask setup`"))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The part of OpenSSL that has RC4. Without it hostapd sends the key data of TKIP networks in the clear, marked as
/// encrypted.
fn crypto_provider(hostapd: &Path) -> Result<PathBuf> {
    let library = shared_libraries(hostapd)?
        .into_iter()
        .find(|library| library.to_string_lossy().contains("libcrypto.so"))
        .context("hostapd is not linked with OpenSSL")?;
    // The loader may know it by a link.
    let library = fs::canonicalize(library)?;
    Ok(library.with_file_name("ossl-modules").join("legacy.so"))
}

/// The shared libraries that a program is loaded with, the loader itself included; none for a static program.
fn shared_libraries(program: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("ldd").arg(program).output().context("cannot run ldd")?;
    let listing = String::from_utf8_lossy(&output.stdout);
    ensure!(
        !listing.contains("not found"),
        "a library of {} is missing:\n{listing}",
        program.display()
    );
    Ok(library_paths(&listing))
}

/// `libc.so.6 => /lib/libc.so.6 (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`.
fn library_paths(listing: &str) -> Vec<PathBuf> {
    listing
        .lines()
        .filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')))
        .map(PathBuf::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_read_from_what_the_loader_lists() {
        let listing = "\tlinux-vdso.so.1 (0x00007fe8)\n\tlibm.so.6 => /lib/libm.so.6 (0x7f)\n\t/lib64/ld.so.2 (0x7e)\n";
        assert_eq!(
            library_paths(listing),
            [PathBuf::from("/lib/libm.so.6"), PathBuf::from("/lib64/ld.so.2")]
        );
        assert!(library_paths("\tstatically linked\n").is_empty());
    }
}
