//! The checker's flawed extensions as a library, `libflawed.so` or `flawed.dll`, to see them caught through the tables
//! as well: `PORTCULLIS_FLAW` in the environment names the flaw, such as `CompletesInside`. Without it the library
//! makes no extension.

#[allow(dead_code, reason = "its other user asks more of it")]
#[path = "../../checker/tests/rules/flawed/mod.rs"]
mod flawed;
#[path = "../src/provisions/mod.rs"]
mod provisions;

use extension::BuiltIn;
use flawed::{Flaw, Flawed};
use ihv::{Extension, Win32Error};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

ihv::export_extension!(provisions::provisions(make));

fn make() -> Result<Box<dyn Extension + Send>, Win32Error> {
    let wanted = std::env::var("PORTCULLIS_FLAW").map_err(|_| Win32Error::NOT_FOUND)?;
    let mut flaws = Flaw::ALL.iter().copied();
    let flaw = flaws.find(|flaw| format!("{flaw:?}") == wanted);
    let good = BuiltIn::new(ChaCha20Rng::seed_from_u64(1));
    Ok(Box::new(Flawed::new(good, flaw.ok_or(Win32Error::NOT_FOUND)?)))
}

/// The network that the flaws are tried in.
mod network {
    use extension::profile::{Secret, SecurityFragment};
    use host::NetworkProfile;
    use ihv::ConnectivityProfile;
    use keys::Psk;

    /// What `portcullis extension check --network wpa2-psk` gives an extension.
    pub(crate) fn profile() -> NetworkProfile {
        NetworkProfile {
            ssid: b"portcullis".to_vec(),
            bssid: None,
            connectivity: ConnectivityProfile::default(),
            security: SecurityFragment::new(Secret::Psk(Psk::new(*b"what both of them know already.."))).to_profile(),
            onex: None,
        }
    }
}
