//! The built-in extension behind the binary interface: `libportcullis_ihv.so` on Linux, and on Windows
//! `portcullis_ihv.dll`, an IHV Extensions DLL.

#[cfg(windows)]
#[expect(unsafe_code, reason = "calls Windows")]
mod windows;

use extension::BuiltIn;
use ihv::abi::Provisions;
use ihv::{Extension, Win32Error};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

ihv::export_extension!(PROVISIONS);

#[cfg(not(windows))]
const PROVISIONS: Provisions = Provisions::new(make);

#[cfg(windows)]
const PROVISIONS: Provisions = Provisions::new(make)
    .with_address(windows::address)
    .with_unprotect(windows::unprotect);

fn make() -> Result<Box<dyn Extension + Send>, Win32Error> {
    let mut seed = <ChaCha20Rng as SeedableRng>::Seed::default();
    // Without randomness there is no extension.
    getrandom::fill(&mut seed).map_err(|_| Win32Error::INTERNAL_ERROR)?;
    Ok(Box::new(BuiltIn::new(ChaCha20Rng::from_seed(seed))))
}
