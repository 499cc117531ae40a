//! The program, and the libraries that it is to load.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// The program, about to run.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    program.args(arguments);
    program
}

/// Runs the program.
pub(crate) fn portcullis(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

/// All that a program has printed.
pub(crate) fn said(output: &Output) -> String {
    let both = [&*output.stdout, &*output.stderr].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Compiles a sample in C; `None` where there is no compiler.
pub(crate) fn sample(name: &str) -> Option<String> {
    compile("samples/challenge-c", name)
}

/// Compiles a library in C that may include a sample; `None` where there is no compiler.
pub(crate) fn compile(directory: &str, name: &str) -> Option<String> {
    // Nobody overwrites a library that another test has loaded.
    let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lib{name}-{process}-{number}.so"));
    let compiled = Command::new("cc")
        .args([
            "-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-pthread", "-I",
        ])
        .arg(root().join("include"))
        .arg("-I")
        .arg(root().join("samples/challenge-c"))
        .arg("-o")
        .arg(&library)
        .arg(root().join(directory).join(format!("{name}.c")))
        .output();
    match compiled {
        Ok(output) => {
            assert!(output.status.success(), "{}", said(&output));
            Some(library.to_str().unwrap().into())
        }
        Err(_) => {
            println!("left out: there is no C compiler");
            None
        }
    }
}

/// Builds a library with cargo, beside what the tests are built with.
pub(crate) fn build(arguments: &[&str], library: &str) -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .arg("build")
        .args(arguments)
        .arg("--target-dir")
        .arg(target)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    target.join("debug").join(library).to_str().unwrap().into()
}
