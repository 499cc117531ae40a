//! The program itself, for the benchmarks that run it.

use std::path::{Path, PathBuf};

/// The program, as `cargo build --release` left it beside this benchmark.
pub(crate) fn built() -> Result<PathBuf, String> {
    // The benchmark itself lies in `target/release/deps`.
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = own
        .parent()
        .and_then(Path::parent)
        .map(|release| release.join("portcullis"));
    program
        .filter(|program| program.exists())
        .ok_or_else(|| "the program is not built: run `cargo xtask bench`, or `cargo build --release` first".into())
}
