//! A newer hostapd than this machine's, that of Debian testing: only unpacked, with its own libraries and loader.
//!
//! It has what hostapd 2.10 has not: SAE with a hash that depends on the group (00-0F-AC:24 and :25).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::setup;
use crate::workspace;

/// The suite of the distribution.
const SUITE: &str = "testing";

/// hostapd, and the packages that its libraries come in.
const PACKAGES: &[&str] = &[
    "hostapd",
    "libc6",
    "libnl-3-200",
    "libnl-genl-3-200",
    "libnl-route-3-200",
    "libssl3t64",
    "libzstd1",
    "zlib1g",
];

/// The keys that Debian signs with.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The unpacked program, which runs with this loader and these libraries only.
pub(crate) struct Newer {
    pub hostapd: PathBuf,
    pub loader: PathBuf,
    pub libraries: Vec<PathBuf>,
}

impl Newer {
    /// What was unpacked before.
    ///
    /// # Errors
    /// If there is no target directory, nothing was unpacked, or not all that the program needs.
    pub(crate) fn unpacked() -> Result<Self> {
        let root = directory()?.join("root");
        let libraries = root.join("usr/lib/x86_64-linux-gnu");
        let (hostapd, loader) = (root.join("usr/sbin/hostapd"), libraries.join("ld-linux-x86-64.so.2"));
        let output = Command::new(&loader)
            .arg("--library-path")
            .args([&libraries, Path::new("--list"), &hostapd])
            .output()
            .with_context(|| format!("hostapd of Debian {SUITE} is not unpacked"))?;
        let listing = String::from_utf8_lossy(&output.stdout);
        ensure!(
            output.status.success() && !listing.contains("not found"),
            "hostapd of Debian {SUITE} cannot be loaded: {listing}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let words = listing.split_whitespace().map(PathBuf::from);
        Ok(Self {
            libraries: words.filter(|word| word.starts_with(&libraries)).collect(),
            hostapd,
            loader,
        })
    }

    /// Downloads and unpacks the packages, unless they are.
    ///
    /// # Errors
    /// If apt cannot be told of the suite, or a download fails.
    pub(crate) fn obtain() -> Result<Self> {
        if let Ok(newer) = Self::unpacked() {
            return Ok(newer);
        }
        let directory = directory()?;
        // An interruption may have left some of it.
        let [download, aside, root] = ["download", "partial", "root"].map(|name| directory.join(name));
        for left in [&download, &aside, &root] {
            if left.exists() {
                fs::remove_dir_all(left)?;
            }
        }
        fs::create_dir_all(&download)?;
        let apt = Apt::beside(&directory)?;
        apt.run("apt-get", &["update"], &download)?;
        apt.run("apt-get", &[&["download"], PACKAGES].concat(), &download)?;
        // Unpacked aside and moved: there is the whole of it or nothing.
        for entry in fs::read_dir(&download)? {
            setup::unpack(&entry?.path(), &aside)?;
        }
        fs::rename(&aside, root)?;
        fs::remove_dir_all(&download)?;
        Self::unpacked()
    }
}

fn directory() -> Result<PathBuf> {
    Ok(workspace::target()?.join("vm/newer"))
}

/// apt with lists of its own, so that nothing of the suite can be installed on this machine.
struct Apt {
    options: Vec<String>,
}

impl Apt {
    fn beside(directory: &Path) -> Result<Self> {
        let (lists, cache) = (directory.join("lists"), directory.join("cache"));
        for made in [lists.join("partial"), cache.join("archives/partial")] {
            fs::create_dir_all(made)?;
        }
        let sources = directory.join("sources.list");
        let line = format!("deb [signed-by={KEYRING}] {} {SUITE} main\n", archive()?);
        fs::write(&sources, line)?;
        let options = [
            format!("Dir::Etc::SourceList={}", sources.display()),
            "Dir::Etc::SourceParts=/dev/null".to_owned(),
            format!("Dir::State::Lists={}", lists.display()),
            format!("Dir::Cache={}", cache.display()),
            "Acquire::Languages=none".to_owned(),
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".to_owned(),
            "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false".to_owned(),
        ];
        Ok(Self {
            options: options.map(|option| format!("--option={option}")).into(),
        })
    }

    fn run(&self, program: &str, arguments: &[&str], directory: &Path) -> Result<()> {
        let status = Command::new(program)
            .arg("--quiet")
            .args(&self.options)
            .args(arguments)
            .current_dir(directory)
            .status()?;
        ensure!(status.success(), "`{program} {}` failed", arguments.join(" "));
        Ok(())
    }
}

/// Where this machine's apt gets Debian's packages from.
fn archive() -> Result<String> {
    let output = Command::new("apt-get")
        .args([
            "indextargets",
            "--format",
            "$(ORIGIN) $(REPO_URI)",
            "Created-By: Packages",
        ])
        .output()?;
    let listing = String::from_utf8(output.stdout)?;
    of_debian(&listing)
        .map(str::to_owned)
        .context("apt knows no packages of Debian's; run `apt-get update` as root first")
}

/// Of lines with an origin and an address, the first address of Debian's.
fn of_debian(listing: &str) -> Option<&str> {
    listing.lines().find_map(|line| line.strip_prefix("Debian "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_come_from_where_those_of_this_machine_do() {
        let listing =
            "Others http://others.example/\nDebian http://mirror.example/debian/\nDebian http://second.example/\n";
        assert_eq!(of_debian(listing), Some("http://mirror.example/debian/"));
        assert_eq!(of_debian("Others http://others.example/\n"), None);
    }
}
