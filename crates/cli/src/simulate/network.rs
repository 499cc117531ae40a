//! The networks that lives are lived in, and their profiles.

use super::enterprise::Enterprise;
use super::lives::Plan;
use super::scheme;
use crate::extension::{CHALLENGE_SECRET, challenge_profile};
use adapter::simulated::{AccessPointConfig, AccessPointId, Simulation, challenge};
use extension::profile::SecurityFragment;
use frame::{Cipher, MacAddress};
use host::NetworkProfile;
use ihv::ConnectivityProfile;
use keys::Psk;

/// A simulated network of one access point.
pub(super) struct Network {
    pub access_point: AccessPointId,
    pub profile: NetworkProfile,
}

impl Network {
    pub(super) fn new(plan: &Plan, index: u32, simulation: &mut Simulation) -> Self {
        let [a, b, c, d] = index.to_be_bytes();
        let ssid = format!("portcullis-{index}").into_bytes();
        let bssid = MacAddress([0x02, 0xa0, a, b, c, d]);
        let (secrets, secret) = match &plan.enterprise {
            Some(enterprise) => scheme::users(enterprise),
            None => scheme::secrets(plan.akm, &ssid),
        };
        let mut security = SecurityFragment::new(secret)
            .with_akms(&[plan.akm])
            .with_pairwise(&[plan.pairwise])
            // Whoever names a group cipher asks for it.
            .with_legacy(plan.group == Cipher::TKIP);
        let mut config = AccessPointConfig {
            secrets,
            akms: vec![plan.akm],
            pairwise: vec![scheme::pairwise(plan.akm, plan.pairwise)],
            group: scheme::pairwise(plan.akm, plan.group),
            management: scheme::management(plan.akm, plan.group_management),
            mobility: scheme::mobility(plan.akm),
            ..AccessPointConfig::wpa2(&ssid, bssid, Psk::new([0; 32]))
        };
        if plan.challenge {
            config.akms = Vec::new();
            config.foreign = Some(challenge::challenge(CHALLENGE_SECRET, bssid));
        }
        if let Some(fault) = plan.fault {
            fault.apply(&mut config);
            security = fault.demand(security);
        }
        Self {
            access_point: simulation.add_access_point(config),
            profile: NetworkProfile {
                ssid,
                bssid: None,
                connectivity: ConnectivityProfile::default(),
                security: match plan.challenge {
                    true => challenge_profile(),
                    false => security.to_profile(),
                },
                onex: plan.enterprise.as_ref().map(Enterprise::user),
            },
        }
    }
}
