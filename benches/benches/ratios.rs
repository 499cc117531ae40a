//! The table of ratios: speed.

use portcullis_benches::{boundary, handshake, inspect, ports};

fn main() {
    println!("{}", handshake::row());
    println!("{}", boundary::row());
    for row in ports::scale() {
        println!("{row}");
    }
    match inspect::row() {
        Ok(row) => println!("{row}"),
        Err(why) => println!("inspect against tshark left out: {why}"),
    }
}
