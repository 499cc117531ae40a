//! Kernel modules: in which order to load them, found from what each module says of itself.
//!
//! The order comes from the modules and not from `modules.dep`, because that file is made when a kernel
//! package is *installed*, and ours is only unpacked.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// A kernel module, uncompressed.
pub(crate) struct Module {
    pub name: String,
    pub content: Vec<u8>,
}

/// The wanted modules and all that they need, each after those it depends on.
///
/// A name that is no module is an error: such a feature may be built in, but then the list of the wanted is wrong
/// for this kernel and whoever maintains it should know.
///
/// # Errors
/// If a module is not below `directory` or cannot be read.
pub(crate) fn in_load_order(directory: &Path, wanted: &[&str]) -> Result<Vec<Module>> {
    let mut paths = HashMap::new();
    index(directory, &mut paths)?;
    let mut ordered = Vec::new();
    for name in wanted {
        visit(name, &paths, &mut ordered)?;
    }
    Ok(ordered)
}

fn visit(name: &str, paths: &HashMap<String, PathBuf>, ordered: &mut Vec<Module>) -> Result<()> {
    let name = canonical(name);
    if ordered.iter().any(|module| module.name == name) {
        return Ok(());
    }
    let path = paths
        .get(&name)
        .with_context(|| format!("the kernel package has no module {name}"))?;
    let content = read(path)?;
    for dependency in dependencies(&content).with_context(|| format!("module {name} does not say what it needs"))? {
        visit(&dependency, paths, ordered)?;
    }
    ordered.push(Module { name, content });
    Ok(())
}

fn index(directory: &Path, paths: &mut HashMap<String, PathBuf>) -> Result<()> {
    for entry in fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            index(&path, paths)?;
        } else if let Some((name, _)) = entry.file_name().to_string_lossy().split_once(".ko") {
            paths.insert(canonical(name), path);
        }
    }
    Ok(())
}

/// The kernel takes `-` and `_` in a module's name for the same.
fn canonical(name: &str) -> String {
    name.replace('-', "_")
}

fn read(path: &Path) -> Result<Vec<u8>> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("ko") => fs::read(path).with_context(|| format!("cannot read {}", path.display())),
        Some(compressed @ ("xz" | "zst" | "gz")) => {
            let program = match compressed {
                "xz" => "xz",
                "zst" => "zstd",
                _ => "gzip",
            };
            let output = Command::new(program).arg("-dc").arg(path).output()?;
            ensure!(
                output.status.success(),
                "{program} cannot decompress {}",
                path.display()
            );
            Ok(output.stdout)
        }
        _ => bail!("{} is no kernel module", path.display()),
    }
}

/// The `depends=` of the module's `.modinfo` section, a list of NUL-terminated strings.
fn dependencies(module: &[u8]) -> Option<Vec<String>> {
    const KEY: &[u8] = b"\0depends=";
    let start = module.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    let value = module.get(start..)?.split(|octet| *octet == 0).next()?;
    let names = std::str::from_utf8(value).ok()?;
    Some(
        names
            .split(',')
            .filter(|name| !name.is_empty())
            .map(canonical)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_read_from_the_module_itself() {
        let module = b"\x7fELF....license=GPL\0depends=cfg80211,lib-arc4\0retpoline=Y\0";
        assert_eq!(
            dependencies(module),
            Some(vec!["cfg80211".to_owned(), "lib_arc4".to_owned()])
        );
        assert_eq!(dependencies(b"\0depends=\0"), Some(vec![]));
        assert_eq!(dependencies(b"no such section"), None);
    }

    #[test]
    fn a_module_comes_after_all_that_it_needs() {
        let directory = std::env::temp_dir().join(format!("xtask-modules-{}", std::process::id()));
        fs::create_dir_all(directory.join("net")).unwrap();
        fs::write(directory.join("net/top-most.ko"), b"\0depends=middle,base\0").unwrap();
        fs::write(directory.join("middle.ko"), b"\0depends=base\0").unwrap();
        fs::write(directory.join("base.ko"), b"\0depends=\0").unwrap();
        let ordered = in_load_order(&directory, &["top_most", "base"]).unwrap();
        let names: Vec<_> = ordered.iter().map(|module| module.name.as_str()).collect();
        assert_eq!(names, ["base", "middle", "top_most"]);
        assert!(in_load_order(&directory, &["absent"]).is_err());
        fs::remove_dir_all(directory).unwrap();
    }
}
