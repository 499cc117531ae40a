//! The table of ratios: speed.

use portcullis_benches::{handshake, inspect, ports};

fn main() {
    println!("{}", handshake::row());
    println!("{}", ports::scale());
    match inspect::row() {
        Ok(row) => println!("{row}"),
        Err(why) => println!("inspect against tshark left out: {why}"),
    }
}
