//! Extensions that are good but for one flaw: the built-in one, with somebody between it and its host.

mod calls;

use calls::Meddler;
use core::time::Duration;
use extension::BuiltIn;
use frame::MacAddress;
use frame::ethertype::EtherType;
use ihv::{
    AdapterInfo, Approach, AssociationParameters, AssociationStatus, AuthenticationFrame, BssEntry, Buffer,
    ConnectSession, ConnectionPhase, ConnectivityProfile, DiscoveryProfile, EtherTypeHandling, Extension,
    ExtensionAdapter, Guid, Host, HostAdapter, Indication, OneXResult, Opening, PortState, ProfileParameters, Reason,
    Refused, Refusing, Response, Rule, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion, SessionChange,
    UiRequest, VersionInfo, Win32Error,
};
use rand_chacha::ChaCha20Rng;
use std::collections::BTreeMap;

macro_rules! flaws {
    ($($(#[$doc:meta])* $name:ident breaks $rule:ident;)*) => {
        /// What is wrong with an extension.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Flaw {
            $($(#[$doc])* $name,)*
        }

        impl Flaw {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The rule that it breaks.
            pub(crate) const fn rule(self) -> Rule {
                match self { $(Self::$name => Rule::$rule,)* }
            }
        }
    };
}

flaws! {
    /// Speaks version 1 of the interface only.
    SpeaksAnotherVersion breaks R01;
    /// A handler panics.
    Panics breaks R02;
    /// Has the same name for every adapter.
    NamesAllAdaptersAlike breaks R03;
    /// Calls the host from inside `deinit_adapter`.
    CallsWhileLeaving breaks R05;
    /// Never frees what it allocates for an adapter.
    LeaksWithAdapter breaks R05;
    /// Does not complete what is pending when the adapter is reset.
    IgnoresReset breaks R07;
    /// After a reset it connects no more.
    IsSpoiltByReset breaks R07;
    /// Sends a packet when there is no port yet.
    SendsTooEarly breaks R08;
    /// Refuses a profile, and says that all is well.
    RefusesWithSuccess breaks R09;
    /// Takes any profile for a good one.
    TakesAnyProfile breaks R09;
    /// Completes every pre-association twice.
    PreparesTwice breaks R10;
    /// Completes no pre-association.
    NeverPrepares breaks R10;
    /// Completes a pre-association from inside the handler that begins it.
    PreparesInside breaks R10;
    /// Sets the profile from inside the handler that begins a pre-association.
    SetsProfileInside breaks R11;
    /// Registers EtherTypes when the association stands.
    RegistersLate breaks R12;
    /// Completes an operation from inside the handler that begins it.
    CompletesInside breaks R16;
    /// Never completes an operation as a success.
    NeverCompletes breaks R16;
    /// Refuses an operation, and says that all is well.
    BeginsWithSuccess breaks R16;
    /// Names the reason of a success, and the error of a failure.
    ContradictsItself breaks R17;
    /// Reports success again when nothing has changed.
    ReportsNoChange breaks R19;
    /// Completes an operation that is being stopped.
    CompletesStopped breaks R21;
    /// Keeps a buffer of an operation that was stopped.
    KeepsBuffer breaks R21;
    /// Completes an operation that there never was.
    CompletesNobodys breaks R22;
    /// Sends to a group.
    SendsToGroup breaks R26;
    /// Sets a key that is too short.
    SetsShortKey breaks R28;
    /// Sets a default key for sending only.
    SetsOutboundKey breaks R28;
    /// Installs every pairwise key twice (KRACK).
    InstallsTwice breaks R29;
    /// Installs every group key twice (KRACK).
    InstallsGroupTwice breaks R29;
    /// Reports success before anything is protected.
    SucceedsUnprotected breaks R30;
    /// Lifts the exclusion of unencrypted data from an open port.
    LiftsExclusion breaks R30;
    /// Tells the pairwise key to whoever listens.
    TellsKey breaks R31;
    /// Puts the passphrase into a question to the user.
    AsksWithSecret breaks R31;
    /// Uses the 802.1X module and does not register EAPOL.
    RegistersNoEapol breaks R32;
    /// Forwards EAPOL-Key to the 802.1X module.
    ForwardsKeyFrames breaks R33;
    /// Stops an 802.1X operation that there is not.
    StopsNothing breaks R34;
    /// Starts an 802.1X operation while one goes on.
    StartsTwice breaks R36;
}

/// EAPOL packet type of EAPOL-Key (IEEE 802.1X-2020, 11.3.2); it stands in the second octet.
const EAPOL_KEY: u8 = 3;

/// What the flaw has to remember.
#[derive(Default)]
pub(crate) struct Memory {
    /// By the extension's name of an adapter, the host's.
    adapters: BTreeMap<ExtensionAdapter, HostAdapter>,
    first: Option<ExtensionAdapter>,
    preparation: Option<ConnectSession>,
    operation: Option<(SecuritySession, MacAddress)>,
    /// The operation whose completion was kept from the host.
    pending: Option<(SecuritySession, MacAddress)>,
    buffer: Option<Buffer>,
    resets: u32,
    /// It has reported success already.
    succeeded: bool,
    valid: Option<SecurityProfile>,
    /// A reset goes on.
    resetting: bool,
}

/// See the module.
pub(crate) struct Flawed {
    inner: BuiltIn<ChaCha20Rng>,
    flaw: Flaw,
    memory: Memory,
}

impl Flawed {
    pub(crate) fn new(inner: BuiltIn<ChaCha20Rng>, flaw: Flaw) -> Self {
        let memory = Memory {
            valid: (flaw == Flaw::TakesAnyProfile).then(|| crate::network::profile().security),
            ..Memory::default()
        };
        Self { inner, flaw, memory }
    }

    fn handle(&self, adapter: ExtensionAdapter) -> Option<HostAdapter> {
        self.memory.adapters.get(&adapter).copied()
    }

    /// Cancels what the good extension believes to be complete, where the flaw is that it is not.
    fn cancel(&mut self, host: &mut dyn Host, handle: HostAdapter) {
        let (reason, error) = (Reason::UNKNOWN, Win32Error::CANCELLED);
        if let Some(session) = self.memory.preparation.take() {
            ignore(host.pre_associate_completion(handle, session, reason, error));
        }
        if let Some((session, peer)) = self.memory.pending.take() {
            ignore(host.post_associate_completion(handle, session, peer, reason, error));
        }
    }

    /// Lets the good extension act, with the meddler in the host's place.
    fn act<R>(&mut self, host: &mut dyn Host, act: impl FnOnce(&mut BuiltIn<ChaCha20Rng>, &mut dyn Host) -> R) -> R {
        let mut meddler = Meddler {
            host,
            flaw: self.flaw,
            memory: &mut self.memory,
        };
        act(&mut self.inner, &mut meddler)
    }
}

/// What the host answers to a flaw is what the checker is to find: the flawed extension does not care.
fn ignore<T>(_answer: Result<T, Win32Error>) {}

impl Extension for Flawed {
    fn version_info(&self) -> VersionInfo {
        match self.flaw {
            Flaw::SpeaksAnotherVersion => VersionInfo { min: 1, max: 1 },
            _ => self.inner.version_info(),
        }
    }

    fn init_service(&mut self, version: u32) -> Result<(), Win32Error> {
        self.inner.init_service(version)
    }

    fn deinit_service(&mut self) {
        self.inner.deinit_service();
    }

    fn init_adapter(
        &mut self,
        host: &mut dyn Host,
        adapter: HostAdapter,
        info: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error> {
        if self.flaw == Flaw::LeaksWithAdapter {
            ignore(host.allocate_buffer(16));
        }
        let name = self.act(host, |inner, host| inner.init_adapter(host, adapter, info))?;
        self.memory.adapters.insert(name, adapter);
        Ok(match self.flaw {
            Flaw::NamesAllAdaptersAlike => *self.memory.first.get_or_insert(name),
            _ => name,
        })
    }

    fn deinit_adapter(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) {
        if let (Flaw::CallsWhileLeaving, Some(handle)) = (self.flaw, self.handle(adapter)) {
            ignore(host.set_default_key_id(handle, 0));
        }
        if let Some(buffer) = self.memory.buffer.take() {
            host.free_buffer(buffer);
        }
        self.act(host, |inner, host| inner.deinit_adapter(host, adapter));
    }

    fn perform_pre_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: ConnectSession,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        if let Some(handle) = self.handle(adapter) {
            match self.flaw {
                Flaw::SendsTooEarly => {
                    let packet = SecurityPacket {
                        peer: MacAddress([2, 0, 0, 0, 0, 0xa0]),
                        ethertype: EtherType::EAPOL,
                        data: b"hello",
                    };
                    ignore(host.send_packet(handle, packet, SendCompletion(1 << 40)));
                }
                Flaw::PreparesInside => {
                    ignore(host.pre_associate_completion(handle, session, Reason::SUCCESS, Win32Error::SUCCESS));
                }
                Flaw::SetsProfileInside => {
                    ignore(host.set_current_profile(handle, session, connectivity, security));
                }
                Flaw::IsSpoiltByReset if self.memory.resets > 0 => {
                    return Err(Refused {
                        error: Win32Error::INVALID_STATE,
                        reason: Reason::UNKNOWN,
                    });
                }
                _ => {}
            }
        }
        let valid = self.memory.valid.clone();
        let security = valid.as_ref().unwrap_or(security);
        let result = self.act(host, |inner, host| {
            inner.perform_pre_associate(host, adapter, session, profile, connectivity, security, connectable)
        });
        result.map_err(|refused| match self.flaw {
            Flaw::RefusesWithSuccess => Refused {
                error: Win32Error::SUCCESS,
                ..refused
            },
            _ => refused,
        })
    }

    fn begin_association(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        approach: &Approach<'_>,
    ) -> Result<Opening, Refused> {
        self.act(host, |inner, host| inner.begin_association(host, adapter, approach))
    }

    fn receive_authentication(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        frame: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error> {
        self.act(host, |inner, host| {
            inner.receive_authentication(host, adapter, peer, frame)
        })
    }

    fn receive_action(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        body: &[u8],
    ) -> Result<(), Win32Error> {
        self.act(host, |inner, host| inner.receive_action(host, adapter, peer, body))
    }

    fn association_refused(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        refusing: Refusing,
        elements: &[u8],
    ) -> Response {
        self.act(host, |inner, host| {
            inner.association_refused(host, adapter, peer, refusing, elements)
        })
    }

    fn adapter_reset(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) -> Result<(), Win32Error> {
        self.memory.resets += 1;
        if let Some(handle) = self.handle(adapter) {
            self.cancel(host, handle);
        }
        self.memory.resetting = true;
        let result = self.act(host, |inner, host| inner.adapter_reset(host, adapter));
        self.memory.resetting = false;
        result
    }

    fn perform_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: SecuritySession,
        port: &PortState,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        self.memory.operation = Some((session, port.peer));
        if let Some(handle) = self.handle(adapter) {
            match self.flaw {
                Flaw::RegistersLate => {
                    let handling = EtherTypeHandling {
                        registrations: vec![EtherType::EAPOL],
                        ..EtherTypeHandling::default()
                    };
                    ignore(host.set_ethertype_handling(handle, handling));
                }
                Flaw::CompletesInside => {
                    let (reason, error) = (Reason::SUCCESS, Win32Error::SUCCESS);
                    ignore(host.post_associate_completion(handle, session, port.peer, reason, error));
                }
                Flaw::BeginsWithSuccess => return Err(Win32Error::SUCCESS),
                Flaw::StopsNothing => ignore(host.stop_onex(handle)),
                _ => {}
            }
        }
        self.act(host, |inner, host| {
            inner.perform_post_associate(host, adapter, session, port, parameters)
        })
    }

    fn stop_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        status: AssociationStatus,
    ) -> Result<(), Win32Error> {
        self.memory.pending = None;
        let result = self.act(host, |inner, host| {
            inner.stop_post_associate(host, adapter, peer, status)
        });
        if let (Flaw::CompletesStopped, Some(handle), Some((session, _))) =
            (self.flaw, self.handle(adapter), self.memory.operation)
        {
            let (reason, error) = (Reason::UNKNOWN, Win32Error::CANCELLED);
            ignore(host.post_associate_completion(handle, session, peer, reason, error));
        }
        result
    }

    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        if let (Some(handle), Some((session, peer))) = (self.handle(adapter), self.memory.operation) {
            match self.flaw {
                Flaw::ForwardsKeyFrames if packet.data.get(1) == Some(&EAPOL_KEY) => {
                    ignore(host.process_onex_packet(handle, packet.data));
                }
                Flaw::CompletesNobodys => {
                    let session = SecuritySession(session.0 + 1_000_000);
                    let (reason, error) = (Reason::SUCCESS, Win32Error::SUCCESS);
                    ignore(host.post_associate_completion(handle, session, peer, reason, error));
                }
                Flaw::KeepsBuffer if self.memory.buffer.is_none() => {
                    self.memory.buffer = host.allocate_buffer(16).ok();
                }
                _ => {}
            }
        }
        self.act(host, |inner, host| inner.receive_packet(host, adapter, packet))
    }

    fn send_packet_completion(&mut self, host: &mut dyn Host, completion: SendCompletion) -> Result<(), Win32Error> {
        self.act(host, |inner, host| inner.send_packet_completion(host, completion))
    }

    fn query_ui_request(
        &mut self,
        adapter: ExtensionAdapter,
        phase: ConnectionPhase,
    ) -> Result<Option<UiRequest>, Win32Error> {
        assert!(self.flaw != Flaw::Panics, "the flaw under test");
        if self.flaw == Flaw::AsksWithSecret {
            return Ok(Some(UiRequest {
                session_id: u32::MAX,
                id: Guid(1),
                page: Guid(2),
                data: b"is it still 'the pre-shared key of this test.'?".to_vec(),
            }));
        }
        self.inner.query_ui_request(adapter, phase)
    }

    fn receive_indication(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        indication: Indication<'_>,
    ) -> Result<(), Win32Error> {
        self.act(host, |inner, host| inner.receive_indication(host, adapter, indication))
    }

    fn onex_indicate_result(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        result: &OneXResult,
    ) -> Result<(), Win32Error> {
        self.act(host, |inner, host| inner.onex_indicate_result(host, adapter, result))
    }

    fn next_timeout(&self) -> Option<Duration> {
        self.inner.next_timeout()
    }

    fn handle_timeout(&mut self, host: &mut dyn Host) {
        self.act(host, |inner, host| inner.handle_timeout(host));
    }

    // What no flaw is in.

    fn validate_profile(
        &mut self,
        adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Refused> {
        self.inner.validate_profile(adapter, profile, connectivity, security)
    }

    fn perform_capability_match(
        &mut self,
        adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        self.inner
            .perform_capability_match(adapter, profile, connectivity, security, connectable)
    }

    fn create_discovery_profiles(
        &mut self,
        adapter: ExtensionAdapter,
        insecure: bool,
        profile: &ProfileParameters,
        connectable: &[BssEntry],
    ) -> Result<Vec<DiscoveryProfile>, Refused> {
        self.inner
            .create_discovery_profiles(adapter, insecure, profile, connectable)
    }

    fn process_session_change(&mut self, host: &mut dyn Host, change: SessionChange) -> Result<(), Win32Error> {
        self.inner.process_session_change(host, change)
    }

    fn is_ui_request_pending(&mut self, request: Guid) -> Result<bool, Win32Error> {
        self.inner.is_ui_request_pending(request)
    }

    fn process_ui_response(&mut self, host: &mut dyn Host, request: Guid, response: &[u8]) -> Result<(), Win32Error> {
        self.inner.process_ui_response(host, request, response)
    }

    fn control(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        self.inner.control(host, adapter, input)
    }
}
