//! The tables of the README and of the outcomes cite tests: each is there, under the name that it is cited by.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where the project is not as it should be"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Where citations stand.
const CITING: [&str; 2] = ["README.md", "docs/outcomes.md"];

/// What can be cited.
struct Project {
    root: PathBuf,
    /// By the paths of Rust files, from the root.
    sources: BTreeMap<String, Names>,
}

/// What has a name in a file.
struct Names {
    functions: BTreeSet<String>,
    /// A macro makes tests of words.
    words: BTreeSet<String>,
}

impl Names {
    fn of(source: &str) -> Self {
        let letters = |letter: char| !letter.is_alphanumeric() && letter != '_';
        let words: Vec<_> = source.split(letters).filter(|word| !word.is_empty()).collect();
        let functions = words
            .windows(2)
            .filter(|pair| pair[0] == "fn")
            .map(|pair| pair[1].into());
        Self {
            functions: functions.collect(),
            words: words.iter().map(|word| (*word).into()).collect(),
        }
    }
}

impl Project {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
        let mut sources = BTreeMap::new();
        let mut directories = vec![root.join("crates"), root.join("tests")];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if path.is_dir() {
                    directories.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                    sources.insert(name, Names::of(&fs::read_to_string(&path).unwrap()));
                }
            }
        }
        Self { root, sources }
    }

    /// Whether there is a function of this name, or what a macro makes one of, in a file whose path ends like this.
    fn has_test(&self, path: &str, name: &str) -> bool {
        let is_named = |names: &Names| match name.contains("::") {
            true => name.split("::").all(|part| names.words.contains(part)),
            false => names.functions.contains(name),
        };
        self.sources
            .iter()
            .any(|(file, names)| is_end(file, path) && is_named(names))
    }

    /// Whether what is cited is there. `None` if it is no citation.
    fn knows(&self, cited: &str) -> Option<bool> {
        let cited = cited.trim_start_matches("…::");
        if cited.contains(['…', ' ', '-']) && !cited.contains('/') && !cited.contains(".toml") {
            return None;
        }
        if let Some((path, name)) = cited.split_once(".rs::") {
            return Some(self.has_test(&format!("{path}.rs"), name));
        }
        if cited.ends_with(".toml") {
            let in_vm = self.root.join("tests/vm").join(cited);
            return Some(self.root.join(cited).is_file() || in_vm.is_file());
        }
        if cited.starts_with("crates/") || cited.starts_with("tests/") {
            return Some(self.root.join(cited).exists());
        }
        // A sibling of the one before. Names of tests are sentences.
        let words = cited.split('_').count();
        let is_name = cited
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
        (is_name && words > 4).then(|| self.has_test("", cited))
    }
}

/// Whether a path ends with these parts of one.
fn is_end(path: &str, end: &str) -> bool {
    end.is_empty() || path == end || path.strip_suffix(end).is_some_and(|before| before.ends_with('/'))
}

/// What stands between backquotes in the last columns of the tables of a text.
fn citations(text: &str) -> impl Iterator<Item = &str> {
    let rows = text.lines().filter(|line| line.starts_with("| "));
    rows.flat_map(|row| row.split('|').skip(2))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
}

#[test]
fn every_test_that_is_cited_is_there() {
    let project = Project::read();
    let mut checked = 0;
    for citing in CITING {
        let text = fs::read_to_string(project.root.join(citing)).unwrap();
        for cited in citations(&text) {
            if let Some(is_there) = project.knows(cited) {
                assert!(is_there, "{citing} cites `{cited}`, which is not there");
                checked += 1;
            }
        }
    }
    assert!(checked > 200, "only {checked} citations were found");
}

#[test]
fn what_is_not_there_is_found_out() {
    let project = Project::read();
    for absent in [
        "tests/vm/no-such-scenario.toml",
        "no-such-scenario.toml",
        "tests/tests/citations.rs::no_such_test_is_in_this_file",
        "tests/tests/no_such_file.rs::every_test_that_is_cited_is_there",
        "crates/no-such-crate/tests",
    ] {
        assert_eq!(project.knows(absent), Some(false), "{absent}");
    }
    assert_eq!(project.knows("a_test_that_nobody_has_written"), Some(false));
    assert_eq!(project.knows("cargo xtask test"), None);
    assert_eq!(project.knows("proved"), None);
}
