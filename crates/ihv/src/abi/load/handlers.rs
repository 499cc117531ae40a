//! A loaded extension's handlers, as those of [`Extension`].

#![allow(unsafe_code)]

use super::discovery::take_profiles;
use super::lender::Occasion;
use super::loaded::Adapter;
use super::{Loaded, memory};
use crate::abi::convert::{
    BssList, Indicated, Parameters, association_record, indication_record, phase_number, port_state_record, ui_request,
};
use crate::abi::memory::{handle, number, wide};
use crate::abi::record::Record;
use crate::abi::{
    AdapterFacts, DOT11_ADAPTER, DOT11_CURRENT_OPERATION_MODE, DOT11_OPERATION_MODE_EXTENSIBLE_STATION,
    DOT11EXT_IHV_CONNECTIVITY_PROFILE, DOT11EXT_IHV_DISCOVERY_PROFILE_LIST, DOT11EXT_IHV_SECURITY_PROFILE, FALSE,
    HANDLE, WCHAR, WTSSESSION_NOTIFICATION,
};
use crate::{
    AdapterInfo, AssociationParameters, AssociationStatus, BssEntry, ConnectSession, ConnectionPhase,
    ConnectivityProfile, DiscoveryProfile, Extension, ExtensionAdapter, Guid, Host, HostAdapter, Indication,
    OneXResult, PortState, ProfileParameters, Reason, Refused, SecurityPacket, SecurityProfile, SecuritySession,
    SendCompletion, SessionChange, UiRequest, VersionInfo, Win32Error,
};
use core::ptr;
use core::time::Duration;
use frame::MacAddress;
use zeroize::Zeroizing;

/// How much room an answer of `Dot11ExtIhvControl` gets, octets.
const ANSWER: u32 = 1 << 16;

/// Calls a handler: with a host, from inside which the host can be reached; without, from nowhere.
macro_rules! call {
    ($self:ident, $host:expr, $handler:ident($($argument:expr),* $(,)?)) => {
        call!($self, $host, Occasion::Any, $handler($($argument),*))
    };
    ($self:ident, $host:expr, $occasion:expr, $handler:ident($($argument:expr),* $(,)?)) => {{
        let function = $self.handlers.and_then(|handlers| handlers.$handler).ok_or(Win32Error::INVALID_STATE);
        function.and_then(|function| {
            $self.catch_up($host, $occasion);
            // SAFETY: who loaded the extension vouches for it; every pointer leads to a value that lives
            // through the call.
            let code = $self.lender.lend($host, || unsafe { function($($argument),*) });
            // What came while the handler waited for a thread of the extension's is overtaken, too.
            if $occasion != Occasion::Any {
                $self.catch_up($host, $occasion);
            }
            Win32Error(code).result()
        })
    }};
    ($self:ident, $handler:ident($($argument:expr),* $(,)?)) => {{
        let function = $self.handlers.and_then(|handlers| handlers.$handler).ok_or(Win32Error::INVALID_STATE);
        // SAFETY: as above.
        function.and_then(|function| Win32Error($self.lender.lend_nothing(|| unsafe { function($($argument),*) })).result())
    }};
}

/// What a refusal comes to, with the reason that came beside it.
fn refused(reason: u32) -> impl FnOnce(Win32Error) -> Refused {
    move |error| Refused {
        error,
        // A refusal does not carry success.
        reason: match Reason(reason) {
            Reason::SUCCESS => Reason::UNKNOWN,
            reason => reason,
        },
    }
}

/// A profile's fragments, for the other side.
struct Fragments {
    connectivity: Zeroizing<Vec<WCHAR>>,
    security: Zeroizing<Vec<WCHAR>>,
    use_onex: bool,
}

impl Fragments {
    fn new(connectivity: &ConnectivityProfile, security: &SecurityProfile) -> Self {
        Self {
            connectivity: wide(&connectivity.xml),
            security: wide(&security.xml),
            use_onex: security.use_onex,
        }
    }

    fn connectivity(&mut self) -> DOT11EXT_IHV_CONNECTIVITY_PROFILE {
        DOT11EXT_IHV_CONNECTIVITY_PROFILE {
            pszXmlFragmentIhvConnectivity: self.connectivity.as_mut_ptr(),
        }
    }

    fn security(&mut self) -> DOT11EXT_IHV_SECURITY_PROFILE {
        DOT11EXT_IHV_SECURITY_PROFILE {
            pszXmlFragmentIhvSecurity: self.security.as_mut_ptr(),
            bUseMSOnex: self.use_onex.into(),
        }
    }
}

fn name(adapter: ExtensionAdapter) -> HANDLE {
    handle(adapter.0)
}

fn length(octets: &[u8]) -> u32 {
    // Whatever crosses here is far shorter than four gigabytes.
    u32::try_from(octets.len()).unwrap_or(u32::MAX)
}

impl Extension for Loaded {
    fn version_info(&self) -> VersionInfo {
        self.version()
    }

    fn init_service(&mut self, version: u32) -> Result<(), Win32Error> {
        self.exchange(version)
    }

    fn init_virtual_station(&mut self) -> Result<(), Win32Error> {
        self.lend_virtual_stations()
    }

    fn deinit_service(&mut self) {
        if let Some(end) = self
            .handlers
            .take()
            .and_then(|handlers| handlers.Dot11ExtIhvDeinitService)
        {
            self.lender.close();
            // SAFETY: who loaded the extension vouches for it; the service runs, and ends once.
            unsafe { end() };
        }
    }

    fn init_adapter(
        &mut self,
        host: &mut dyn Host,
        adapter: HostAdapter,
        info: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error> {
        let facts = AdapterFacts {
            address: info.address,
            capabilities: info.capabilities.clone(),
        };
        let known_as = self.lender.register(adapter, facts);
        let mut description = wide(&info.description);
        let mut record = DOT11_ADAPTER {
            gAdapterId: info.id.into(),
            pszDescription: description.as_mut_ptr(),
            Dot11CurrentOpMode: DOT11_CURRENT_OPERATION_MODE {
                uReserved: 0,
                uCurrentOpMode: DOT11_OPERATION_MODE_EXTENSIBLE_STATION,
            },
        };
        let mut made = ptr::null_mut();
        call!(
            self,
            host,
            Dot11ExtIhvInitAdapter(&raw mut record, handle(known_as), &raw mut made)
        )?;
        let made = ExtensionAdapter(number(made));
        let address = info.address;
        self.adapters.insert(
            made,
            Adapter {
                handle: adapter,
                address,
            },
        );
        Ok(made)
    }

    fn deinit_adapter(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) {
        let function = self.handlers.and_then(|handlers| handlers.Dot11ExtIhvDeinitAdapter);
        if let Some(function) = function {
            let occasion = self.host_adapter(adapter).map_or(Occasion::Any, Occasion::Ending);
            self.catch_up(host, occasion);
            // SAFETY: who loaded the extension vouches for it.
            self.lender.lend(host, || unsafe { function(name(adapter)) });
            // As in every handler that ends something.
            self.catch_up(host, occasion);
        }
        self.adapters.remove(&adapter);
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
        let (mut profile, mut networks) = (Parameters::new(profile), BssList::new(connectable));
        let mut fragments = Fragments::new(connectivity, security);
        let (mut profile, mut networks) = (profile.parameters(), networks.list());
        let (mut connectivity, mut security) = (fragments.connectivity(), fragments.security());
        let mut reason = Reason::UNKNOWN.0;
        call!(
            self,
            host,
            Dot11ExtIhvPerformPreAssociate(
                name(adapter),
                handle(session.0),
                &raw mut profile,
                &raw mut connectivity,
                &raw mut security,
                &raw mut networks,
                &raw mut reason,
            )
        )
        .map_err(refused(reason))
    }

    fn adapter_reset(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) -> Result<(), Win32Error> {
        let occasion = self.host_adapter(adapter).map_or(Occasion::Any, Occasion::Reset);
        call!(self, host, occasion, Dot11ExtIhvAdapterReset(name(adapter)))
    }

    fn perform_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: SecuritySession,
        port: &PortState,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        let (mut port, mut record) = (port_state_record(port), association_record(parameters));
        call!(
            self,
            host,
            Dot11ExtIhvPerformPostAssociate(
                name(adapter),
                handle(session.0),
                &raw mut port,
                record.length(),
                record.as_mut_ptr(),
            )
        )
    }

    fn stop_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        status: AssociationStatus,
    ) -> Result<(), Win32Error> {
        let mut peer = peer.0;
        let occasion = self.host_adapter(adapter).map_or(Occasion::Any, Occasion::Ending);
        call!(
            self,
            host,
            occasion,
            Dot11ExtIhvStopPostAssociate(name(adapter), &raw mut peer, status.0)
        )
    }

    fn validate_profile(
        &mut self,
        adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Refused> {
        let (mut profile, mut fragments) = (Parameters::new(profile), Fragments::new(connectivity, security));
        let mut profile = profile.parameters();
        let (mut connectivity, mut security) = (fragments.connectivity(), fragments.security());
        let mut reason = Reason::UNKNOWN.0;
        call!(
            self,
            Dot11ExtIhvValidateProfile(
                name(adapter),
                &raw mut profile,
                &raw mut connectivity,
                &raw mut security,
                &raw mut reason,
            )
        )
        .map_err(refused(reason))
    }

    fn perform_capability_match(
        &mut self,
        adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        let (mut profile, mut networks) = (Parameters::new(profile), BssList::new(connectable));
        let mut fragments = Fragments::new(connectivity, security);
        let (mut profile, mut networks) = (profile.parameters(), networks.list());
        let (mut connectivity, mut security) = (fragments.connectivity(), fragments.security());
        let mut reason = Reason::UNKNOWN.0;
        call!(
            self,
            Dot11ExtIhvPerformCapabilityMatch(
                name(adapter),
                &raw mut profile,
                &raw mut connectivity,
                &raw mut security,
                &raw mut networks,
                &raw mut reason,
            )
        )
        .map_err(refused(reason))
    }

    fn create_discovery_profiles(
        &mut self,
        adapter: ExtensionAdapter,
        insecure: bool,
        profile: &ProfileParameters,
        connectable: &[BssEntry],
    ) -> Result<Vec<DiscoveryProfile>, Refused> {
        let (mut profile, mut networks) = (Parameters::new(profile), BssList::new(connectable));
        let (mut profile, mut networks) = (profile.parameters(), networks.list());
        let mut proposed = DOT11EXT_IHV_DISCOVERY_PROFILE_LIST {
            dwCount: 0,
            pIhvDiscoveryProfiles: ptr::null_mut(),
        };
        let mut reason = Reason::UNKNOWN.0;
        call!(
            self,
            Dot11ExtIhvCreateDiscoveryProfiles(
                name(adapter),
                (!insecure).into(),
                &raw mut profile,
                &raw mut networks,
                &raw mut proposed,
                &raw mut reason,
            )
        )
        .map_err(refused(reason))?;
        // SAFETY: who loaded the extension vouches for what it proposes.
        unsafe { take_profiles(proposed) }.map_err(refused(reason))
    }

    fn process_session_change(&mut self, host: &mut dyn Host, change: SessionChange) -> Result<(), Win32Error> {
        let mut notification = WTSSESSION_NOTIFICATION {
            cbSize: const { size_of::<WTSSESSION_NOTIFICATION>() as u32 },
            dwSessionId: change.session_id,
        };
        call!(
            self,
            host,
            Dot11ExtIhvProcessSessionChange(change.event, &raw mut notification)
        )
    }

    /// Two indications have no number on the other side: they go nowhere.
    fn receive_indication(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        indication: Indication<'_>,
    ) -> Result<(), Win32Error> {
        let Some((kind, mut record)) = indication_record(indication) else {
            return Ok(());
        };
        call!(
            self,
            host,
            Dot11ExtIhvReceiveIndication(name(adapter), kind, record.length(), record.as_mut_ptr())
        )
    }

    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        // An adapter that is none is the extension's to refuse.
        let own = self
            .adapters
            .get(&adapter)
            .map_or(MacAddress([0; 6]), |known| known.address);
        let mut octets = self.lender.form().received(packet, own);
        call!(
            self,
            host,
            Dot11ExtIhvReceivePacket(name(adapter), length(&octets), octets.as_mut_ptr().cast())
        )
    }

    fn send_packet_completion(&mut self, host: &mut dyn Host, completion: SendCompletion) -> Result<(), Win32Error> {
        call!(self, host, Dot11ExtIhvSendPacketCompletion(handle(completion.0)))
    }

    fn is_ui_request_pending(&mut self, request: Guid) -> Result<bool, Win32Error> {
        let mut pending = FALSE;
        call!(self, Dot11ExtIhvIsUIRequestPending(request.into(), &raw mut pending))?;
        Ok(pending != FALSE)
    }

    fn process_ui_response(&mut self, host: &mut dyn Host, request: Guid, response: &[u8]) -> Result<(), Win32Error> {
        let mut record = Record::new(response.len());
        record.put(0, response);
        call!(
            self,
            host,
            Dot11ExtIhvProcessUIResponse(request.into(), record.length(), record.as_mut_ptr())
        )
    }

    fn query_ui_request(
        &mut self,
        adapter: ExtensionAdapter,
        phase: ConnectionPhase,
    ) -> Result<Option<UiRequest>, Win32Error> {
        let mut found = ptr::null_mut();
        call!(
            self,
            Dot11ExtIhvQueryUIRequest(name(adapter), phase_number(phase), &raw mut found)
        )?;
        if found.is_null() {
            return Ok(None);
        }
        // SAFETY: who loaded the extension vouches for what it asks.
        let request = unsafe { ui_request(found) };
        memory::take(found.cast());
        request.map(Some)
    }

    fn onex_indicate_result(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        result: &OneXResult,
    ) -> Result<(), Win32Error> {
        let mut record = Indicated::new(result, self.protect)?;
        let (outcome, mut parameters) = record.parameters();
        call!(
            self,
            host,
            Dot11ExtIhvOnexIndicateResult(name(adapter), outcome, &raw mut parameters)
        )
    }

    fn control(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        let mut record = Record::new(input.len());
        record.put(0, input);
        let (mut answer, mut returned) = (vec![0; ANSWER as usize], 0);
        call!(
            self,
            host,
            Dot11ExtIhvControl(
                name(adapter),
                record.length(),
                record.as_mut_ptr(),
                ANSWER,
                answer.as_mut_ptr(),
                &raw mut returned,
            )
        )?;
        answer.truncate(returned as usize);
        Ok(answer)
    }

    /// At once, if calls of the extension's own threads wait; it keeps its own time.
    fn next_timeout(&self) -> Option<Duration> {
        self.lender.has_calls().then_some(Duration::ZERO)
    }

    fn handle_timeout(&mut self, host: &mut dyn Host) {
        self.lender.note_loans(host);
        self.catch_up(host, Occasion::Any);
    }
}

impl Loaded {
    fn host_adapter(&self, adapter: ExtensionAdapter) -> Option<HostAdapter> {
        self.adapters.get(&adapter).map(|adapter| adapter.handle)
    }

    /// Makes the calls of the extension's own threads that have waited, and completes those packets among them that
    /// the host did not take (R26).
    fn catch_up(&mut self, host: &mut dyn Host, occasion: Occasion) {
        let refused = self.lender.flush(host, occasion);
        let Some(complete) = self
            .handlers
            .and_then(|handlers| handlers.Dot11ExtIhvSendPacketCompletion)
        else {
            return;
        };
        for completion in refused {
            // SAFETY: who loaded the extension vouches for it. What it thinks of the completion changes nothing.
            self.lender.lend(host, || unsafe { complete(handle(completion.0)) });
        }
    }
}
