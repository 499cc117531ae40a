//! The extension itself: its adapters, and the handlers that the host calls.

use crate::connection::Connection;
use crate::memory::Floors;
use crate::operation::{Completions, Context, News, Operation};
use crate::profile::SecurityFragment;
use crate::select::{Limits, Selection, select};
use crate::table::Table;
use core::time::Duration;
use frame::MacAddress;
use frame::ethertype::EtherType;
use ihv::{
    AdapterCapabilities, AdapterInfo, AssociationParameters, AssociationStatus, BssEntry, ConnectSession,
    ConnectionPhase, ConnectivityProfile, DiscoveryProfile, EtherTypeHandling, ExemptionAction, Extension,
    ExtensionAdapter, Failure, Guid, Host, HostAdapter, Indication, OneXResult, PacketType, Policy, PortState,
    PrivacyExemption, ProfileParameters, Reason, Refused, SecurityPacket, SecurityProfile, SecuritySession,
    SendCompletion, SessionChange, UiRequest, VersionInfo, Win32Error,
};
use rand_core::CryptoRng;
use rsn::Effects;
use std::collections::BTreeSet;

/// How many received packets may wait: a handshake never has more in flight.
const BACKLOG: u32 = 8;

/// The built-in extension. `R` makes the nonces: it must be unpredictable.
pub struct BuiltIn<R> {
    rng: R,
    adapters: Table<Adapter>,
    /// When which adapter wants to be called.
    timers: BTreeSet<(Duration, ExtensionAdapter)>,
    effects: Effects,
    completions: Completions,
    floors: Floors,
}

struct Adapter {
    host: HostAdapter,
    address: MacAddress,
    capabilities: AdapterCapabilities,
    /// A pre-association operation that is to be completed.
    pre_association: Option<ConnectSession>,
    /// What the last pre-association came to: it holds for every association of that connection.
    connection: Option<Connection>,
    operations: Vec<Operation>,
    timer: Option<Duration>,
}

impl Adapter {
    fn limits(&self, floors: &Floors, ssid: &[u8]) -> Limits {
        Limits {
            authentication_frames: self.capabilities.authentication_frames,
            management_protection: self.capabilities.management_protection,
            floor: floors.of(ssid),
        }
    }
}

impl<R: CryptoRng> BuiltIn<R> {
    /// An extension without adapters.
    pub fn new(rng: R) -> Self {
        Self {
            rng,
            adapters: Table::new(),
            timers: BTreeSet::new(),
            effects: Effects::new(),
            completions: Completions::default(),
            floors: Floors::default(),
        }
    }

    /// Calls `act` with an operation and with all that an operation needs.
    fn with_operation(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        peer: MacAddress,
        act: impl FnOnce(&mut Operation, &mut Context<'_>) -> Result<(), Win32Error>,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapters.get_mut(handle).ok_or(Win32Error::INVALID_HANDLE)?;
        let operation = adapter
            .operations
            .iter_mut()
            .find(|operation| operation.peer() == peer)
            .ok_or(Win32Error::NOT_FOUND)?;
        let mut context = Context {
            host,
            rng: &mut self.rng,
            effects: &mut self.effects,
            completions: &mut self.completions,
        };
        let result = act(operation, &mut context);
        let news = operation.take_news();
        self.remember(handle, news);
        self.schedule(handle);
        result
    }

    /// Keeps what an operation has learnt about its network.
    fn remember(&mut self, handle: ExtensionAdapter, news: News) {
        if news == News::default() {
            return;
        }
        let Some(connection) = self
            .adapters
            .get_mut(handle)
            .and_then(|adapter| adapter.connection.as_ref())
        else {
            return;
        };
        if news.authorized {
            self.floors.raise(&connection.ssid, connection.selection.generation());
        }
    }

    /// Sets the timer of an adapter to the earliest time at which it has something to do.
    fn schedule(&mut self, handle: ExtensionAdapter) {
        let Some(adapter) = self.adapters.get_mut(handle) else {
            return;
        };
        let deadlines = adapter.operations.iter().filter_map(Operation::deadline);
        let earliest = match adapter.pre_association {
            Some(_) => Some(Duration::ZERO),
            None => deadlines.min(),
        };
        if adapter.timer == earliest {
            return;
        }
        if let Some(old) = core::mem::replace(&mut adapter.timer, earliest) {
            self.timers.remove(&(old, handle));
        }
        if let Some(new) = earliest {
            self.timers.insert((new, handle));
        }
    }

    fn forget(&mut self, handle: ExtensionAdapter) -> Option<Adapter> {
        let adapter = self.adapters.remove(handle)?;
        if let Some(timer) = adapter.timer {
            self.timers.remove(&(timer, handle));
        }
        Some(adapter)
    }
}

fn refused(policy: Policy, error: Win32Error) -> Refused {
    Refused {
        error,
        reason: Failure::Policy(policy).into(),
    }
}

fn check(security: &SecurityProfile) -> Result<SecurityFragment, Refused> {
    if security.use_onex {
        return Err(refused(Policy::InvalidProfile, Win32Error::NOT_SUPPORTED));
    }
    SecurityFragment::parse(&security.xml).map_err(|_| refused(Policy::InvalidProfile, Win32Error::INVALID_DATA))
}

/// Tells the host what this extension wants to receive, and what the adapter is to associate with.
fn prepare(host: &mut dyn Host, adapter: HostAdapter, selection: &Selection) -> Result<(), Win32Error> {
    host.set_ethertype_handling(
        adapter,
        EtherTypeHandling {
            max_backlog: BACKLOG,
            exemptions: vec![PrivacyExemption {
                ethertype: EtherType::EAPOL,
                // Always: if message 4 is lost, message 3 comes again, and the peer has no key yet to encrypt
                // it with. The handshake's own integrity codes protect these packets.
                action: ExemptionAction::Always,
                packets: PacketType::Unicast,
            }],
            registrations: vec![EtherType::EAPOL],
        },
    )?;
    host.set_auth_algorithm(adapter, selection.auth())?;
    host.set_unicast_cipher_algorithm(adapter, selection.unicast())?;
    host.set_multicast_cipher_algorithm(adapter, selection.multicast())
}

impl<R: CryptoRng> Extension for BuiltIn<R> {
    fn version_info(&self) -> VersionInfo {
        VersionInfo { min: 0, max: 0 }
    }

    fn init_service(&mut self, version: u32) -> Result<(), Win32Error> {
        if version == 0 {
            Ok(())
        } else {
            Err(Win32Error::REVISION_MISMATCH)
        }
    }

    fn deinit_service(&mut self) {
        self.adapters = Table::new();
        self.timers.clear();
    }

    fn init_adapter(
        &mut self,
        _host: &mut dyn Host,
        adapter: HostAdapter,
        info: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error> {
        let row = Adapter {
            host: adapter,
            address: info.address,
            capabilities: info.capabilities.clone(),
            pre_association: None,
            connection: None,
            operations: Vec::new(),
            timer: None,
        };
        self.adapters.insert(row).ok_or(Win32Error::NOT_ENOUGH_MEMORY)
    }

    fn deinit_adapter(&mut self, _host: &mut dyn Host, adapter: ExtensionAdapter) {
        self.forget(adapter);
    }

    fn perform_pre_associate(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        session: ConnectSession,
        profile: &ProfileParameters,
        _connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        let internal = |error| Refused {
            error,
            reason: Failure::Internal.into(),
        };
        let adapter = self
            .adapters
            .get_mut(handle)
            .ok_or_else(|| internal(Win32Error::INVALID_HANDLE))?;
        let fragment = check(security)?;
        let [ssid] = &*profile.ssids else {
            return Err(refused(Policy::InvalidProfile, Win32Error::INVALID_PARAMETER));
        };
        let limits = adapter.limits(&self.floors, ssid);
        let selection =
            select(&fragment, limits, connectable).map_err(|policy| refused(policy, Win32Error::NOT_SUPPORTED))?;
        prepare(host, adapter.host, &selection).map_err(internal)?;
        let connection = Connection::new(ssid, selection, fragment);
        adapter.connection = Some(connection.ok_or_else(|| internal(Win32Error::INTERNAL_ERROR))?);
        adapter.pre_association = Some(session);
        self.schedule(handle);
        Ok(())
    }

    fn adapter_reset(&mut self, host: &mut dyn Host, handle: ExtensionAdapter) -> Result<(), Win32Error> {
        let adapter = self.adapters.get_mut(handle).ok_or(Win32Error::INVALID_HANDLE)?;
        if let Some(session) = adapter.pre_association.take() {
            // A host that refuses has ended the operation already.
            let _ = host.pre_associate_completion(adapter.host, session, Reason::UNKNOWN, Win32Error::CANCELLED);
        }
        for mut operation in adapter.operations.drain(..) {
            operation.cancel(host);
        }
        adapter.connection = None;
        self.schedule(handle);
        Ok(())
    }

    fn perform_post_associate(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        session: SecuritySession,
        _port: &PortState,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapters.get_mut(handle).ok_or(Win32Error::INVALID_HANDLE)?;
        let connection = adapter.connection.as_ref().ok_or(Win32Error::INVALID_STATE)?;
        let operation = Operation::begin(
            host.now(),
            adapter.host,
            adapter.address,
            session,
            parameters,
            connection,
        )?;
        adapter.operations.retain(|earlier| earlier.peer() != parameters.peer);
        adapter.operations.push(operation);
        self.schedule(handle);
        Ok(())
    }

    fn stop_post_associate(
        &mut self,
        _host: &mut dyn Host,
        handle: ExtensionAdapter,
        peer: MacAddress,
        _status: AssociationStatus,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapters.get_mut(handle).ok_or(Win32Error::INVALID_HANDLE)?;
        let index = adapter
            .operations
            .iter()
            .position(|operation| operation.peer() == peer)
            .ok_or(Win32Error::NOT_FOUND)?;
        adapter.operations.swap_remove(index);
        self.schedule(handle);
        Ok(())
    }

    fn validate_profile(
        &mut self,
        _adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        _connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Refused> {
        if profile.ssids.len() != 1 {
            return Err(refused(Policy::InvalidProfile, Win32Error::INVALID_PARAMETER));
        }
        check(security).map(drop)
    }

    fn perform_capability_match(
        &mut self,
        handle: ExtensionAdapter,
        profile: &ProfileParameters,
        _connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        let fragment = check(security)?;
        let adapter = self
            .adapters
            .get_mut(handle)
            .ok_or_else(|| refused(Policy::NoCommonSecurity, Win32Error::INVALID_HANDLE))?;
        let ssid = profile.ssids.first().map(Vec::as_slice).unwrap_or_default();
        select(&fragment, adapter.limits(&self.floors, ssid), connectable)
            .map(drop)
            .map_err(|policy| refused(policy, Win32Error::NOT_SUPPORTED))
    }

    /// There is no profile without a secret, and nobody to ask for one.
    fn create_discovery_profiles(
        &mut self,
        _adapter: ExtensionAdapter,
        _insecure: bool,
        _profile: &ProfileParameters,
        _connectable: &[BssEntry],
    ) -> Result<Vec<DiscoveryProfile>, Refused> {
        Err(refused(Policy::NoCommonSecurity, Win32Error::NOT_SUPPORTED))
    }

    /// A pre-shared key belongs to the network, not to a user.
    fn process_session_change(&mut self, _host: &mut dyn Host, _change: SessionChange) -> Result<(), Win32Error> {
        Ok(())
    }

    fn receive_indication(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        indication: Indication<'_>,
    ) -> Result<(), Win32Error> {
        match indication {
            Indication::TkipMicFailure { peer, group } => {
                self.with_operation(host, handle, peer, |operation, context| {
                    operation.report_mic_failure(context, group)
                })
            }
            Indication::NicSpecific(_)
            | Indication::UnprotectedDeparture { .. }
            | Indication::GroupRekeyed { .. }
            | Indication::PmkidCandidates(_)
            | Indication::PhyState { .. }
            | Indication::LinkQuality(_) => Ok(()),
        }
    }

    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        self.with_operation(host, handle, packet.peer, |operation, context| {
            operation.receive(context, packet.data)
        })
    }

    fn send_packet_completion(&mut self, _host: &mut dyn Host, completion: SendCompletion) -> Result<(), Win32Error> {
        self.completions.complete(completion)
    }

    fn is_ui_request_pending(&mut self, _request: Guid) -> Result<bool, Win32Error> {
        Ok(false)
    }

    fn process_ui_response(
        &mut self,
        _host: &mut dyn Host,
        _request: Guid,
        _response: &[u8],
    ) -> Result<(), Win32Error> {
        Err(Win32Error::NOT_FOUND)
    }

    fn query_ui_request(
        &mut self,
        adapter: ExtensionAdapter,
        _phase: ConnectionPhase,
    ) -> Result<Option<UiRequest>, Win32Error> {
        match self.adapters.get_mut(adapter) {
            Some(_) => Ok(None),
            None => Err(Win32Error::INVALID_HANDLE),
        }
    }

    fn onex_indicate_result(
        &mut self,
        _host: &mut dyn Host,
        _adapter: ExtensionAdapter,
        _result: &OneXResult,
    ) -> Result<(), Win32Error> {
        Err(Win32Error::INVALID_STATE)
    }

    fn control(
        &mut self,
        _host: &mut dyn Host,
        _adapter: ExtensionAdapter,
        _input: &[u8],
    ) -> Result<Vec<u8>, Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }

    fn next_timeout(&self) -> Option<Duration> {
        self.timers.first().map(|(at, _)| *at)
    }

    fn handle_timeout(&mut self, host: &mut dyn Host) {
        let now = host.now();
        while let Some((at, handle)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            self.timers.remove(&(at, handle));
            let Some(adapter) = self.adapters.get_mut(handle) else {
                continue;
            };
            adapter.timer = None;
            if let Some(session) = adapter.pre_association.take() {
                // A host that refuses has ended the operation already.
                let _ = host.pre_associate_completion(adapter.host, session, Reason::SUCCESS, Win32Error::SUCCESS);
            }
            let mut news = News::default();
            for operation in &mut adapter.operations {
                if operation.deadline().is_some_and(|deadline| deadline <= now) {
                    operation.handle_timeout(host);
                    news = news.and(operation.take_news());
                }
            }
            self.remember(handle, news);
            self.schedule(handle);
        }
    }
}
