//! What the end-to-end tests share: a simulated network with a host before it; RADIUS servers.

pub mod freeradius;
pub mod hostapd;
pub mod radius;

use adapter::simulated::{
    self, AccessPointConfig, AccessPointId, Impairments, ManagementProtection, Simulation, StationId, World,
};
use core::time::Duration;
use extension::BuiltIn;
use extension::profile::{Secret, SecurityFragment};
use frame::dot11::{Frame, MacHeader};
use frame::eapol_key::{KeyFrame, MessageName};
use frame::ethertype::EtherType;
use frame::llc::Snap;
use frame::{Akm, Cipher, MacAddress};
use host::event::Event;
use host::{Config, Host, NetworkProfile, OneXProfile};
use ihv::{AdapterCapabilities, ConnectivityProfile, HostAdapter};
use keys::Psk;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// The access point's address.
pub const BSSID: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa0]);
/// The network's name.
pub const SSID: &[u8] = b"portcullis";
/// Long enough for every time-out of a handshake.
pub const LONG: Duration = Duration::from_secs(20);

/// A host with one adapter, one access point, and a medium between them.
pub struct Network {
    /// Both, and the medium.
    pub world: World<BuiltIn<ChaCha20Rng>>,
    /// The access point.
    pub access_point: AccessPointId,
    /// The adapter, as the host names it.
    pub adapter: HostAdapter,
    /// The adapter, as the simulation names it.
    pub station: StationId,
    /// The adapter's address.
    pub address: MacAddress,
}

/// What a network offers.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// The AKM.
    pub akm: Akm,
    /// The pairwise cipher.
    pub pairwise: Cipher,
    /// The group cipher.
    pub group: Cipher,
    /// Whether management frames are protected.
    pub management: ManagementProtection,
    /// How often a message of a handshake is sent, if it is not answered.
    pub transmissions: u32,
}

impl Default for Offer {
    fn default() -> Self {
        Self {
            akm: Akm::PSK,
            pairwise: Cipher::CCMP_128,
            group: Cipher::CCMP_128,
            management: ManagementProtection::None,
            transmissions: 3,
        }
    }
}

impl Network {
    /// A network that shares its key with the station.
    ///
    /// # Panics
    /// If the built-in extension refuses to start.
    #[must_use]
    pub fn new(seed: u64, impairments: Impairments, offer: Offer) -> Self {
        let mut config = AccessPointConfig::wpa2(SSID, BSSID, psk());
        config.akms = vec![offer.akm];
        config.pairwise = vec![offer.pairwise];
        config.group = offer.group;
        config.management = offer.management;
        config.retry.transmissions = offer.transmissions;
        Self::with(seed, impairments, config)
    }

    /// A network with this access point.
    ///
    /// # Panics
    /// If the built-in extension refuses to start.
    #[must_use]
    pub fn with(seed: u64, impairments: Impairments, config: AccessPointConfig) -> Self {
        Self::with_capabilities(seed, impairments, config, simulated::capabilities())
    }

    /// A network with this access point, and a station whose adapter can do this.
    ///
    /// # Panics
    /// If the built-in extension refuses to start.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test ends where its world can't be made")]
    pub fn with_capabilities(
        seed: u64,
        impairments: Impairments,
        config: AccessPointConfig,
        capabilities: AdapterCapabilities,
    ) -> Self {
        let mut simulation = Simulation::new(seed, impairments);
        let access_point = simulation.add_access_point(config);
        let extension = BuiltIn::new(ChaCha20Rng::seed_from_u64(seed));
        let mut host = Host::new(extension, Config::default()).expect("the extension starts");
        host.lend_onex(Duration::ZERO, Duration::ZERO, ChaCha20Rng::seed_from_u64(seed ^ 1));
        let mut world = World::new(host, simulation);
        let address = MacAddress([2, 0, 0, 0, 0, 1]);
        let (adapter, station) = world
            .add_adapter_with(address, capabilities)
            .expect("the extension serves the adapter");
        Self {
            world,
            access_point,
            adapter,
            station,
            address,
        }
    }

    /// Begins to connect.
    ///
    /// # Panics
    /// If the adapter is connected already.
    pub fn connect(&mut self) {
        self.connect_by(&SecurityFragment::new(Secret::Psk(psk())));
    }

    /// Begins to connect with this profile.
    ///
    /// # Panics
    /// If the adapter is connected already.
    pub fn connect_by(&mut self, security: &SecurityFragment) {
        self.connect_to(security, None);
    }

    /// Begins to connect as this user of 802.1X.
    ///
    /// # Panics
    /// If the adapter is connected already.
    pub fn connect_as(&mut self, security: &SecurityFragment, user: OneXProfile) {
        self.connect_to(security, Some(user));
    }

    #[expect(clippy::expect_used, reason = "a test ends where its script is wrong")]
    fn connect_to(&mut self, security: &SecurityFragment, onex: Option<OneXProfile>) {
        let profile = NetworkProfile {
            ssid: SSID.to_vec(),
            bssid: None,
            connectivity: ConnectivityProfile::default(),
            security: security.to_profile(),
            onex,
        };
        self.world
            .host
            .connect(self.world.now(), self.adapter, profile)
            .expect("the adapter is free");
    }

    /// Lets time pass. What the host tells meanwhile waits there.
    pub fn pass(&mut self, span: Duration) {
        let until = self.world.now() + span;
        self.world.advance(until);
    }

    /// Lets time pass, and returns what the host has told until its end.
    pub fn hear(&mut self, span: Duration) -> Vec<Event> {
        self.pass(span);
        core::iter::from_fn(|| self.world.poll_event()).collect()
    }

    /// Whether the station's port is open.
    #[must_use]
    pub fn is_authorized(&self) -> bool {
        self.world
            .host
            .port(self.adapter, BSSID)
            .is_some_and(|port| port.authorized)
    }
}

/// The network's pre-shared key.
#[must_use]
pub fn psk() -> Psk {
    Psk::new([0x42; 32])
}

/// Where the EAPOL PDU of an unencrypted frame begins, and which message it is.
#[must_use]
pub fn eapol_message(frame: &[u8]) -> Option<(usize, MessageName)> {
    let parsed = Frame::parse(frame).ok()?;
    let snap = parsed.snap().ok().filter(|snap| snap.ethertype == EtherType::EAPOL)?;
    let name = KeyFrame::parse(snap.payload, 16).ok()?.name()?;
    Some((MacHeader::MIN_LEN + Snap::HEADER_LEN, name))
}
