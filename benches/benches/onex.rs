//! The table of ratios: authentications.

use portcullis_benches::onex;

fn main() {
    match onex::rows() {
        Ok(rows) => rows.iter().for_each(|row| println!("{row}")),
        Err(why) => println!("onex-probe against eapol_test left out: {why}"),
    }
}
