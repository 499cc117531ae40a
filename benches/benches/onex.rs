//! The table of ratios: authentications.

use std::process::ExitCode;

use portcullis_benches::{onex, row};

fn main() -> ExitCode {
    match onex::rows() {
        Ok(rows) => row::print(rows),
        Err(why) => {
            println!("onex-probe against eapol_test left out: {why}");
            ExitCode::SUCCESS
        }
    }
}
