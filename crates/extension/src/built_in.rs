//! The extension itself: its adapters, and the handlers that the host calls.

use crate::approach::{self, Approach as Attempt, Known, Progress, Stage};
use crate::connection::{Connection, Proof};
use crate::memory::Floors;
use crate::operation::{Completions, Context, News, Operation};
use crate::profile::SecurityFragment;
use crate::select::{Limits, Selection, select};
use crate::suites;
use crate::table::Table;
use core::time::Duration;
use frame::MacAddress;
use frame::codes::StatusCode;
use frame::element::id;
use frame::ethertype::EtherType;
use ihv::{
    AdapterCapabilities, AdapterInfo, Approach, AssociationParameters, AssociationStatus, AuthenticationFrame,
    BssEntry, ConnectSession, ConnectionPhase, ConnectivityProfile, DiscoveryProfile, EtherTypeHandling,
    ExemptionAction, Extension, ExtensionAdapter, Failure, Guid, Host, HostAdapter, Indication, OneXResult, Opening,
    PacketType, Policy, PortState, PrivacyExemption, ProfileParameters, Reason, Refused, Refusing, Response,
    SecurityPacket, SecurityProfile, SecuritySession, SendCompletion, SessionChange, UiRequest, VersionInfo,
    Win32Error,
};
use rand_core::CryptoRng;
use rsn::ft::Hierarchy;
use rsn::pmksa::StoredError;
use rsn::sae::Parties;
use rsn::{Effects, Pmksa, PmksaCache};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// How many received packets may wait: a handshake never has more in flight.
const BACKLOG: u32 = 8;

/// How many PMKSAs are kept, and how long (dot11RSNAConfigPMKLifetime).
const PMKSAS: usize = 64;
const LIFETIME: Duration = Duration::from_secs(43_200);

/// The built-in extension. `R` makes the nonces: it must be unpredictable.
pub struct BuiltIn<R> {
    rng: R,
    adapters: Table<Adapter>,
    /// When which adapter wants to be called.
    timers: BTreeSet<(Duration, ExtensionAdapter)>,
    effects: Effects,
    completions: Completions,
    floors: Floors,
    pmksas: PmksaCache,
}

struct Adapter {
    host: HostAdapter,
    address: MacAddress,
    capabilities: AdapterCapabilities,
    /// A pre-association operation that is to be completed.
    pre_association: Option<ConnectSession>,
    /// What the last pre-association came to: it holds for every association of that connection.
    connection: Option<Connection>,
    /// The way to the access point that is to be associated with.
    approach: Option<Attempt>,
    /// The keys of the mobility domain that the adapter is in.
    hierarchy: Option<Hierarchy>,
    /// Which group of opportunistic wireless encryption is to be offered, by its place in the order of preference.
    group: usize,
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
            pmksas: PmksaCache::new(PMKSAS),
        }
    }

    /// The PMKSAs that are valid at `now`, as octets, for whoever keeps them until the extension is made anew. They are
    /// secrets.
    #[must_use]
    pub fn stored_pmksas(&self, now: Duration) -> Zeroizing<Vec<u8>> {
        self.pmksas.store(now)
    }

    /// Takes back what [`Self::stored_pmksas`] gave `elapsed` ago, but for what has expired meanwhile.
    ///
    /// # Errors
    /// They are damaged, or of a version that is not known; then none is taken.
    pub fn restore_pmksas(&mut self, now: Duration, elapsed: Duration, octets: &[u8]) -> Result<(), StoredError> {
        self.pmksas.restore(now, elapsed, octets)
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
        if let Some(hierarchy) = operation.hierarchy().filter(|_| news.authorized) {
            adapter.hierarchy = Some(hierarchy.duplicate());
        }
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
        if news.disabled != 0 {
            self.floors.disable(&connection.ssid, news.disabled);
        }
        if let Some(pmkid) = news.useless {
            self.pmksas.remove(&pmkid);
        }
    }

    /// Ends the exchange before an association, if it has come to an end.
    fn conclude(&mut self, host: &mut dyn Host, handle: ExtensionAdapter, progress: Progress) {
        let now = host.now();
        let Some(adapter) = self.adapters.get_mut(handle) else {
            return;
        };
        let (owner, address) = (adapter.host, adapter.address);
        let Some(attempt) = &mut adapter.approach else { return };
        let peer = attempt.peer;
        let result = match progress {
            Progress::Goes => return,
            Progress::Accepted(known) => {
                let akm = adapter.connection.as_ref().and_then(|known| known.selection.akm);
                let terms = attempt.terms();
                if let Some(akm) = akm {
                    self.pmksas.insert(
                        now,
                        Pmksa {
                            pmkid: known.pmkid,
                            pmk: known.pmk,
                            akm,
                            authenticator: peer,
                            supplicant: address,
                            expires: now + LIFETIME,
                        },
                    );
                }
                Ok(terms)
            }
            Progress::Expected => Ok(attempt.terms()),
            Progress::Failed(refused) => {
                adapter.approach = None;
                Err(refused)
            }
        };
        // A host that refuses has ended the attempt.
        let _ = host.authentication_completion(owner, peer, result);
    }

    /// Sets the timer of an adapter to the earliest time at which it has something to do.
    fn schedule(&mut self, handle: ExtensionAdapter) {
        let Some(adapter) = self.adapters.get_mut(handle) else {
            return;
        };
        let approach = adapter.approach.as_ref().and_then(Attempt::deadline);
        let deadlines = adapter
            .operations
            .iter()
            .filter_map(Operation::deadline)
            .chain(approach);
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
            approach: None,
            hierarchy: None,
            group: 0,
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
        adapter.approach = None;
        adapter.hierarchy = None;
        adapter.group = 0;
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
        adapter.approach = None;
        adapter.hierarchy = None;
        self.schedule(handle);
        Ok(())
    }

    fn begin_association(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        approach: &Approach<'_>,
    ) -> Result<Opening, Refused> {
        let now = host.now();
        let internal = |error| approach::refused(Failure::Internal, error);
        let adapter = self
            .adapters
            .get_mut(handle)
            .ok_or_else(|| internal(Win32Error::INVALID_HANDLE))?;
        let connection = adapter
            .connection
            .as_mut()
            .ok_or_else(|| internal(Win32Error::INVALID_STATE))?;
        let (peer, own) = (approach.bss.bssid, adapter.address);
        let moves = connection.selection.akm.is_some_and(suites::is_fast_transition);
        let domain = approach.bss.element(id::MOBILITY_DOMAIN).filter(|_| moves);
        let hierarchy = adapter.hierarchy.as_ref().filter(|hierarchy| {
            approach.current.is_some()
                && moves
                && approach::mobility_domain(approach.bss).is_some_and(|there| there.id == hierarchy.domain().id)
        });
        if let Some(hierarchy) = hierarchy {
            let rng = &mut self.rng;
            let attempt = Attempt::moving(host, adapter.host, hierarchy, approach.bss, approach.elements, rng)?;
            adapter.approach = Some(attempt);
            return Ok(Opening::Exchange);
        }
        // The request for a first association in a mobility domain names it.
        let elements = &[approach.elements, domain.unwrap_or_default()].concat()[..];
        // Keys of a mobility domain have names of their own.
        let remembered = connection
            .selection
            .akm
            .filter(|_| !moves)
            .and_then(|akm| self.pmksas.find(now, peer, own, akm))
            .map(|kept| Known {
                pmk: kept.pmk.duplicate(),
                pmkid: kept.pmkid,
            });
        let attempt = match (&mut connection.proof, remembered) {
            (Proof::Password(_) | Proof::Owe, Some(known)) => Attempt::named(peer, elements, known),
            (Proof::Password(password), None) => {
                let akm = connection
                    .selection
                    .akm
                    .ok_or_else(|| internal(Win32Error::INTERNAL_ERROR))?;
                let parties = Parties { own, peer, akm };
                let rng = &mut self.rng;
                let attempt = Attempt::exchanging(host, adapter.host, parties, approach.bss, elements, password, rng)?;
                adapter.approach = Some(attempt);
                self.schedule(handle);
                return Ok(Opening::Exchange);
            }
            (Proof::Owe, None) => Attempt::agreeing(peer, elements, adapter.group, &mut self.rng)
                .ok_or_else(|| approach::refused(Failure::NoCommonGroup, Win32Error::NOT_SUPPORTED))?,
            (Proof::Open | Proof::Wep(_) | Proof::Pmk(_), _) => Attempt::silent(peer, elements),
        };
        let terms = attempt.terms();
        adapter.approach = Some(attempt);
        Ok(Opening::Associate(terms))
    }

    fn receive_authentication(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        peer: MacAddress,
        frame: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapters.get_mut(handle).ok_or(Win32Error::INVALID_HANDLE)?;
        if let Some(attempt) = adapter.approach.as_mut().filter(|attempt| attempt.peer == peer)
            && let Stage::Moving(_) = attempt.stage
        {
            let progress = attempt.receive_transition(frame)?;
            self.conclude(host, handle, progress);
            return Ok(());
        }
        let (
            Some(attempt),
            Some(Connection {
                proof: Proof::Password(password),
                ..
            }),
        ) = (&mut adapter.approach, &mut adapter.connection)
        else {
            return Err(Win32Error::INVALID_STATE);
        };
        if attempt.peer != peer {
            return Err(Win32Error::INVALID_STATE);
        }
        let progress = attempt.receive(host, adapter.host, frame, password, &mut self.rng)?;
        self.conclude(host, handle, progress);
        self.schedule(handle);
        Ok(())
    }

    fn receive_action(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        peer: MacAddress,
        body: &[u8],
    ) -> Result<(), Win32Error> {
        self.with_operation(host, handle, peer, |operation, context| {
            operation.receive_action(context, body)
        })
    }

    fn association_refused(
        &mut self,
        _host: &mut dyn Host,
        handle: ExtensionAdapter,
        _peer: MacAddress,
        refusing: Refusing,
        _elements: &[u8],
    ) -> Response {
        let (Some(adapter), Refusing::Association(status)) = (self.adapters.get_mut(handle), refusing) else {
            return Response::GiveUp;
        };
        match (adapter.approach.as_ref().map(|attempt| &attempt.stage), status) {
            // The access point does not have the key any more, whatever it calls that.
            (Some(Stage::Named(known)), _) => {
                self.pmksas.remove(&known.pmkid);
                Response::Again
            }
            (Some(Stage::Agreeing(_)), StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP) => {
                match approach::next_group(adapter.group) {
                    Some(next) => {
                        adapter.group = next;
                        Response::Again
                    }
                    None => Response::Fail(Failure::NoCommonGroup.into()),
                }
            }
            (_, StatusCode::ROBUST_MANAGEMENT_POLICY_VIOLATION) => {
                Response::Fail(Failure::Policy(Policy::ManagementProtection).into())
            }
            _ => Response::GiveUp,
        }
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
        let attempt = adapter
            .approach
            .take()
            .filter(|attempt| attempt.peer == parameters.peer)
            .unwrap_or_else(|| Attempt::silent(parameters.peer, &[]));
        let operation = Operation::begin(
            host.now(),
            adapter.host,
            adapter.address,
            session,
            parameters,
            connection,
            attempt.stage,
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
            Indication::UnprotectedDeparture { peer, .. } => {
                self.with_operation(host, handle, peer, |operation, context| operation.doubt(context))
            }
            Indication::NicSpecific(_)
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
                    let mut context = Context {
                        host,
                        rng: &mut self.rng,
                        effects: &mut self.effects,
                        completions: &mut self.completions,
                    };
                    operation.handle_timeout(&mut context);
                    news = news.and(operation.take_news());
                }
            }
            let due = adapter
                .approach
                .as_mut()
                .filter(|attempt| attempt.deadline().is_some_and(|deadline| deadline <= now));
            let progress = due.map(|attempt| attempt.handle_timeout(host, adapter.host));
            if let Some(progress) = progress {
                self.conclude(host, handle, progress);
            }
            self.remember(handle, news);
            self.schedule(handle);
        }
    }
}
