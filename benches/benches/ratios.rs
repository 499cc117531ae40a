//! The table of ratios: speed.

use std::iter;
use std::process::ExitCode;

use portcullis_benches::{boundary, handshake, inspect, ports, row};

fn main() -> ExitCode {
    let speeds = [handshake::row, boundary::row].into_iter().map(|measure| measure());
    let scale = iter::once_with(ports::scale).flatten();
    let observer = iter::once_with(inspect::row).filter_map(|row| {
        row.inspect_err(|why| println!("inspect against tshark left out: {why}"))
            .ok()
    });
    row::print(speeds.chain(scale).chain(observer))
}
