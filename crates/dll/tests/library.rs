//! The library as its users have it: built, loaded by a program that knows nothing of what is in it, and run
//! through whole associations.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its library has failed")]

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::path::PathBuf;
use std::process::{Command, Output};

/// Builds the library and the program, and returns the paths of both.
fn build() -> (PathBuf, PathBuf) {
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--package",
            "portcullis-dll",
            "--lib",
            "--example",
            "associate",
        ])
        .status()
        .unwrap();
    assert!(built.success());
    // The test lies in `deps`, below what is built.
    let test = std::env::current_exe().unwrap();
    let built = test.parent().unwrap().parent().unwrap();
    (
        built.join(format!("{DLL_PREFIX}portcullis_ihv{DLL_SUFFIX}")),
        built.join(format!("examples/associate{EXE_SUFFIX}")),
    )
}

fn said(output: &Output) -> String {
    let both = [&*output.stdout, &*output.stderr].concat();
    String::from_utf8_lossy(&both).into_owned()
}

#[test]
fn a_host_that_was_not_compiled_with_it_associates_through_the_library() {
    let (library, program) = build();
    let output = Command::new(program).arg(library).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

/// Every octet that the library has allocated is freed again or still reachable at the end, and none is read or
/// written that is not there.
#[test]
fn nothing_leaks_and_no_memory_is_touched_that_is_not_there() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("left out: valgrind is not installed");
        return;
    }
    let (library, program) = build();
    let output = Command::new("valgrind")
        .args([
            "--quiet",
            "--leak-check=full",
            "--errors-for-leak-kinds=definite,indirect",
        ])
        .args(["--error-exitcode=99", "--fair-sched=yes"])
        .arg(program)
        .arg(library)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
}
