//! The `portcullis` program. See `portcullis --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    portcullis::run()
}
