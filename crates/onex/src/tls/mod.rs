//! TLS as EAP methods carry it: the record layer ([`FragmentError`]), trust, certificates, sessions and keys.
//!
//! The methods on top are [`crate::methods::tls`], [`ttls`](crate::methods::ttls), [`peap`](crate::methods::peap) and
//! [`teap`](crate::methods::teap); [`Inner`] is what EAP says inside the tunnel of the latter three. A profile makes one [`Client`] from its [`Settings`];
//! each authentication begins a connection of it.
//!
//! TLS itself is rustls with the cryptography of ring, which draws its random octets from the operating system and not
//! from the caller's generator. The time is the caller's.

mod anchors;
mod client;
mod fault;
mod fragment;
mod identity;
#[cfg(feature = "inner")]
mod inner;
mod ocsp;
mod peer;
mod sessions;
mod strength;
mod trust;
mod tunnel;
mod verifier;

use rustls::crypto::CryptoProvider;

pub use anchors::Anchors;
pub use client::{Agreed, Client, Settings, SettingsError, Versions};
pub use fault::{CertificateFault, ClientCertificateFault, Fault};
pub(crate) use fragment::start;
pub use fragment::{DEFAULT_FRAGMENT_LEN, Fragment, FragmentError};
pub use identity::{ClientIdentity, IdentityError};
#[cfg(feature = "inner")]
pub(crate) use inner::{Conversation, Heard};
#[cfg(feature = "inner")]
pub use inner::{Inner, InnerMethod};
pub(crate) use peer::{Event, PeerTunnel};
pub use strength::Strength;
pub use trust::{Authorities, Fingerprint, Names, Trust, TrustError};
pub(crate) use tunnel::{Clock, Hash, Taken, Tunnel};

/// The cryptography of every connection.
pub(crate) fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

#[cfg(test)]
pub(crate) mod testing;
