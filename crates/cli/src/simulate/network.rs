//! The networks that lives are lived in, and their profiles.

use super::enterprise::Enterprise;
use super::fault::Fault;
use super::kind::Kind;
use super::lives::Plan;
use super::scheme;
use crate::extension::{CHALLENGE_SECRET, challenge_profile};
use adapter::simulated::{AccessPointConfig, AccessPointId, Secrets, Simulation, challenge};
use extension::profile::{Secret, SecurityFragment};
use frame::{Cipher, MacAddress};
use host::NetworkProfile;
use ihv::ConnectivityProfile;
use keys::Psk;

/// A simulated network of one access point, or of two if the fault is in the other one.
pub(super) struct Network {
    pub access_point: AccessPointId,
    pub profile: NetworkProfile,
    /// Where stations are to move to.
    pub elsewhere: Option<MacAddress>,
}

impl Network {
    pub(super) fn new(plan: &Plan, index: u32, simulation: &mut Simulation) -> Self {
        let [a, b, c, d] = index.to_be_bytes();
        let ssid = format!("portcullis-{index}").into_bytes();
        let bssid = MacAddress([0x02, 0xa0, a, b, c, d]);
        let (secrets, secret) = secrets_of(plan, &ssid);
        let mut security = SecurityFragment::new(secret)
            .with_open(plan.open)
            // Whoever names a group cipher asks for it.
            .with_legacy(plan.legacy || plan.group == Cipher::TKIP);
        if let Some(akm) = plan.kind.akm() {
            security = security.with_akms(&[akm]).with_pairwise(&[plan.pairwise]);
        }
        if let Some(fault) = plan.fault {
            security = fault.demand(security);
        }
        let first = simulation.add_access_point(access_point(plan, &ssid, bssid, secrets));
        let elsewhere = (plan.fault == Some(Fault::WrongFtKey)).then(|| {
            let bssid = MacAddress([0x02, 0xa1, a, b, c, d]);
            let (secrets, _) = secrets_of(plan, &ssid);
            // Each makes a mobility domain by this name, with keys of its own.
            simulation.add_access_point(access_point(plan, &ssid, bssid, secrets));
            bssid
        });
        Self {
            access_point: first,
            profile: NetworkProfile {
                ssid,
                bssid: elsewhere.map(|_| bssid),
                connectivity: ConnectivityProfile::default(),
                security: match plan.challenge {
                    true => challenge_profile(),
                    false => security.to_profile(),
                },
                onex: plan.enterprise.as_ref().map(Enterprise::user),
            },
            elsewhere,
        }
    }
}

/// What the access points of a network know of their stations, and what a station proves itself with.
fn secrets_of(plan: &Plan, ssid: &[u8]) -> (Secrets, Secret) {
    match (&plan.enterprise, plan.kind) {
        (Some(enterprise), _) => scheme::users(enterprise),
        (None, Kind::Akm(akm)) => scheme::secrets(akm, ssid),
        (None, Kind::Wep(key)) => scheme::wep(key),
        (None, Kind::Open) => (Secrets::default(), Secret::None),
    }
}

fn access_point(plan: &Plan, ssid: &[u8], bssid: MacAddress, secrets: Secrets) -> AccessPointConfig {
    let mut config = AccessPointConfig {
        secrets,
        akms: Vec::new(),
        ..AccessPointConfig::wpa2(ssid, bssid, Psk::new([0; 32]))
    };
    if let Some(akm) = plan.kind.akm() {
        config.akms = vec![akm];
        config.pairwise = vec![scheme::pairwise(akm, plan.pairwise)];
        config.group = scheme::pairwise(akm, plan.group);
        config.management = scheme::management(akm, plan.group_management);
        config.mobility = scheme::mobility(akm);
        config.beacon_protection = plan.beacon_protection;
    }
    if plan.challenge {
        config.akms = Vec::new();
        config.foreign = Some(challenge::challenge(CHALLENGE_SECRET, bssid));
    }
    if let Some(fault) = plan.fault {
        fault.apply(&mut config);
    }
    config
}
