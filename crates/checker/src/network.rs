//! The networks that the extension under test is to join.

use adapter::simulated::{AccessPointConfig, EapServer, Secrets};
use core::time::Duration;
use frame::{Akm, MacAddress};
use host::{NetworkProfile, OneXProfile};
use ihv::{ConnectivityProfile, SecurityProfile};
use onex::eap;
use onex::methods::mschapv2::Mschapv2;
use onex::server;
use zeroize::Zeroizing;

/// A simulated network, and the profile that joins it.
pub struct Network {
    /// The access point, made anew for each life.
    pub access_point: Box<dyn Fn() -> AccessPointConfig>,
    /// A profile that the extension accepts and whose secret is the access point's.
    pub profile: NetworkProfile,
    /// What must not be seen anywhere: the secret, and what it is written as (R31).
    pub secrets: Vec<Zeroizing<Vec<u8>>>,
    /// For an extension that leaves the authentication of users to the host: a network where there is one.
    pub enterprise: Option<Enterprise>,
}

/// A network that asks for a name and a password, by 802.1X and EAP-MSCHAPv2.
pub struct Enterprise {
    /// The access point, made anew for each life.
    pub(crate) access_point: Box<dyn Fn() -> AccessPointConfig>,
    /// Has neither the name nor the password: the user is asked for them (R37).
    pub(crate) profile: NetworkProfile,
}

/// Who is let in.
pub(crate) const USER: &[u8] = b"alice";
/// What proves it.
pub(crate) const PASSWORD: &str = "what only alice knows";
/// The simulation begins then, since 1970. No certificate is looked at.
pub(crate) const EPOCH: Duration = Duration::ZERO;

impl Enterprise {
    /// The same network otherwise as `config`, which is called for each life. With the fragment `security` the extension
    /// uses the host's 802.1X module.
    pub fn new(config: impl Fn() -> AccessPointConfig + 'static, security: SecurityProfile) -> Self {
        let user = OneXProfile::new(|_| eap::Profile {
            identity: None,
            offers: vec![Box::new(Mschapv2 {
                user: None,
                password: None,
            })],
            needs_keys: true,
        });
        let profile = NetworkProfile {
            ssid: config().ssid,
            bssid: None,
            connectivity: ConnectivityProfile::default(),
            security,
            onex: Some(user),
        };
        let access_point = move || AccessPointConfig {
            akms: vec![Akm::EAP_SHA256],
            secrets: Secrets {
                eap: Some(server()),
                ..Secrets::default()
            },
            ..config()
        };
        Self {
            access_point: Box::new(access_point),
            profile,
        }
    }

    pub(crate) fn bssid(&self) -> MacAddress {
        (self.access_point)().bssid
    }
}

fn server() -> EapServer {
    EapServer::new(EPOCH, || {
        vec![Box::new(server::Mschapv2 {
            password: PASSWORD.into(),
        })]
    })
}
