//! The built-in extension behind the binary interface: `libportcullis_ihv.so` on Linux, and on Windows
//! `portcullis_ihv.dll`, an IHV Extensions DLL.

use extension::BuiltIn;
use ihv::Win32Error;
use ihv::abi::Provisions;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

ihv::export_extension!(Provisions::new(|| {
    let mut seed = <ChaCha20Rng as SeedableRng>::Seed::default();
    // Without randomness there is no extension.
    getrandom::fill(&mut seed).map_err(|_| Win32Error::INTERNAL_ERROR)?;
    Ok(Box::new(BuiltIn::new(ChaCha20Rng::from_seed(seed))))
}));
