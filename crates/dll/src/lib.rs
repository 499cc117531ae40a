//! The built-in extension behind the binary interface: `libportcullis_ihv.so` on Linux, and on Windows
//! `portcullis_ihv.dll`, an IHV Extensions DLL.

mod provisions;

use extension::BuiltIn;
use ihv::{Extension, Win32Error};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

ihv::export_extension!(provisions::provisions(make));

fn make() -> Result<Box<dyn Extension + Send>, Win32Error> {
    let mut seed = <ChaCha20Rng as SeedableRng>::Seed::default();
    // Without randomness there is no extension.
    getrandom::fill(&mut seed).map_err(|_| Win32Error::INTERNAL_ERROR)?;
    Ok(Box::new(BuiltIn::new(ChaCha20Rng::from_seed(seed))))
}
