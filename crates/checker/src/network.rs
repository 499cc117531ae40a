//! The network that the extension under test is to join.

use adapter::simulated::AccessPointConfig;
use host::NetworkProfile;
use zeroize::Zeroizing;

/// A simulated network, and the profile that joins it.
pub struct Network {
    /// The access point, made anew for each life.
    pub access_point: Box<dyn Fn() -> AccessPointConfig>,
    /// A profile that the extension accepts and whose secret is the access point's.
    pub profile: NetworkProfile,
    /// What must not be seen anywhere: the secret, and what it is written as (R31).
    pub secrets: Vec<Zeroizing<Vec<u8>>>,
}
