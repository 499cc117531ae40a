//! Virtual stations: an adapter that is an access point beside its station (a hosted network).

use crate::{AuthAlgorithm, CipherAlgorithm, Guid};
use zeroize::Zeroizing;

/// What an adapter is (`Dot11ExtQueryVirtualStationProperties`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VirtualStationProperties {
    /// The adapter is itself a virtual station.
    pub is_virtual: bool,
    /// The adapter that it lives on.
    pub primary: Guid,
}

/// The access point that a virtual station is to be (`DOT11EXT_VIRTUAL_STATION_AP_PROPERTY`).
/// No `Debug`: it holds a key.
pub struct VirtualStationApProperties {
    /// The network's name, 0 to 32 octets.
    pub ssid: Vec<u8>,
    /// The authentication algorithm.
    pub auth: AuthAlgorithm,
    /// The cipher.
    pub cipher: CipherAlgorithm,
    /// `key` is a passphrase, else the key itself.
    pub is_passphrase: bool,
    /// At most 64 octets.
    pub key: Zeroizing<Vec<u8>>,
}
