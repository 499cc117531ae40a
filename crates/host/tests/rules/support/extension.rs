//! An extension that does what a test tells it.

use super::air;
use super::calls::{Answer, Call, OneXCall, Parameters, Question, Step};
use core::time::Duration;
use frame::MacAddress;
use frame::ethertype::EtherType;
use ihv::{
    AdapterInfo, Approach, AssociationParameters, AssociationStatus, AuthenticationFrame, BssEntry, ConnectSession,
    ConnectionPhase, ConnectivityProfile, DiscoveryProfile, EtherTypeHandling, ExemptionAction, Extension,
    ExtensionAdapter, Guid, Host, HostAdapter, Indication, OneXOutcome, OneXResult, Opening, PacketType, PortState,
    PrivacyExemption, ProfileParameters, Reason, Refused, Refusing, Response, SecurityPacket, SecurityProfile,
    SecuritySession, SendCompletion, SessionChange, Terms, UiRequest, VersionInfo, Win32Error,
};
use portcullis_host::NetworkProfile;
use std::cell::RefCell;
use std::rc::Rc;

type Script = Rc<RefCell<dyn FnMut(&mut dyn Host, &Call) -> Option<Answer>>>;

type Begin = Rc<RefCell<dyn FnMut(&mut dyn Host, HostAdapter, &Approach<'_>) -> Result<Opening, Refused>>>;

type Errand = Box<dyn FnOnce(&mut dyn Host)>;

#[derive(Default)]
struct Inner {
    versions: Option<VersionInfo>,
    calls: Vec<Call>,
    script: Option<Script>,
    errand: Option<Errand>,
    begin: Option<Begin>,
    response: Option<Response>,
    steps: Vec<Step>,
    questions: Vec<Question>,
    refusal: Option<Refused>,
    virtual_stations: Option<Win32Error>,
    handle: Option<ExtensionAdapter>,
    busy: bool,
    adapters: Vec<HostAdapter>,
    connecting: Vec<(HostAdapter, ConnectSession)>,
    connected: Vec<(HostAdapter, SecuritySession, MacAddress)>,
}

/// The extension. Clones are the same one, so that a test keeps its hands on what the host owns.
#[derive(Clone, Default)]
pub(crate) struct Scripted(Rc<RefCell<Inner>>);

impl Scripted {
    /// From here on `script` answers; for calls that it answers with `None` the extension behaves well.
    pub(crate) fn script(&self, script: impl FnMut(&mut dyn Host, &Call) -> Option<Answer> + 'static) {
        self.0.borrow_mut().script = Some(Rc::new(RefCell::new(script)));
    }

    /// Has `errand` run at the next time-out.
    pub(crate) fn errand(&self, errand: impl FnOnce(&mut dyn Host) + 'static) {
        self.0.borrow_mut().errand = Some(Box::new(errand));
    }

    /// From here on `begin` says how associations come about.
    pub(crate) fn begin(
        &self,
        begin: impl FnMut(&mut dyn Host, HostAdapter, &Approach<'_>) -> Result<Opening, Refused> + 'static,
    ) {
        self.0.borrow_mut().begin = Some(Rc::new(RefCell::new(begin)));
    }

    /// What it answers when an access point refuses.
    pub(crate) fn respond(&self, response: Response) {
        self.0.borrow_mut().response = Some(response);
    }

    /// The steps of approaches since this was last asked.
    pub(crate) fn steps(&self) -> Vec<Step> {
        core::mem::take(&mut self.0.borrow_mut().steps)
    }

    fn step(&self, step: Step) {
        self.0.borrow_mut().steps.push(step);
    }

    /// The questions since this was last asked.
    pub(crate) fn questions(&self) -> Vec<Question> {
        core::mem::take(&mut self.0.borrow_mut().questions)
    }

    /// From here on every question is answered with this refusal.
    pub(crate) fn refuse_questions(&self, refusal: Refused) {
        self.0.borrow_mut().refusal = Some(refusal);
    }

    fn reply(&self, question: Question) -> Answer {
        let mut inner = self.0.borrow_mut();
        inner.questions.push(question);
        inner.refusal.map_or(Ok(()), Err)
    }

    /// What it answers when it is initialised for virtual stations.
    pub(crate) fn refuse_virtual_stations(&self, error: Win32Error) {
        self.0.borrow_mut().virtual_stations = Some(error);
    }

    /// Every adapter that arrives from here on gets this handle.
    pub(crate) fn name_adapters(&self, handle: ExtensionAdapter) {
        self.0.borrow_mut().handle = Some(handle);
    }

    /// The handle of an adapter that has arrived.
    pub(crate) fn handle_of(&self, adapter: HostAdapter) -> ExtensionAdapter {
        let index = self.0.borrow().adapters.iter().position(|arrived| *arrived == adapter);
        ExtensionAdapter(FIRST_HANDLE + index.unwrap() as u64)
    }

    pub(crate) fn speaks(&self, min: u32, max: u32) {
        self.0.borrow_mut().versions = Some(VersionInfo { min, max });
    }

    pub(crate) fn set_busy(&self, busy: bool) {
        self.0.borrow_mut().busy = busy;
    }

    /// The calls since this was last asked.
    pub(crate) fn calls(&self) -> Vec<Call> {
        core::mem::take(&mut self.0.borrow_mut().calls)
    }

    fn host_adapter(&self, adapter: ExtensionAdapter) -> HostAdapter {
        let index = usize::try_from(adapter.0.checked_sub(FIRST_HANDLE).expect("a handle of ours")).unwrap();
        self.0.borrow().adapters[index]
    }

    fn answer(&self, host: &mut dyn Host, call: Call) -> Answer {
        self.0.borrow_mut().calls.push(call.clone());
        let script = self.0.borrow().script.clone();
        let scripted = script.and_then(|script| (script.borrow_mut())(host, &call));
        let answer = scripted.unwrap_or_else(|| self.behave(host, &call));
        self.remember(&call, answer);
        answer
    }

    /// What a well-behaved extension does.
    fn behave(&self, host: &mut dyn Host, call: &Call) -> Answer {
        match *call {
            Call::PreAssociate(adapter, _) => prepare(host, adapter).map_err(refused),
            Call::Reset(adapter) => {
                let (connecting, connected) = {
                    let inner = self.0.borrow();
                    (inner.connecting.clone(), inner.connected.clone())
                };
                for (_, session) in connecting.into_iter().filter(|(owner, _)| *owner == adapter) {
                    // The operation may be complete already: then there is nothing to cancel.
                    let _ = host.pre_associate_completion(adapter, session, Reason::UNKNOWN, Win32Error::CANCELLED);
                }
                for (_, session, peer) in connected.into_iter().filter(|(owner, ..)| *owner == adapter) {
                    host.post_associate_completion(adapter, session, peer, Reason::UNKNOWN, Win32Error::CANCELLED)
                        .map_err(refused)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn remember(&self, call: &Call, answer: Answer) {
        let mut inner = self.0.borrow_mut();
        match *call {
            Call::PreAssociate(adapter, session) if answer.is_ok() => inner.connecting.push((adapter, session)),
            Call::PostAssociate(adapter, session, port, _) => {
                inner.connecting.retain(|(owner, _)| *owner != adapter);
                if answer.is_ok() {
                    inner.connected.push((adapter, session, port.peer));
                }
            }
            Call::Stop(adapter, ..) | Call::Reset(adapter) | Call::DeinitAdapter(adapter) => {
                inner.connecting.retain(|(owner, _)| *owner != adapter);
                inner.connected.retain(|(owner, ..)| *owner != adapter);
            }
            _ => {}
        }
    }
}

/// The extension's first name for an adapter: no number that the host would choose.
const FIRST_HANDLE: u64 = 0xe000_0000_0000;

pub(crate) fn refused(error: Win32Error) -> Refused {
    Refused {
        error,
        reason: Reason::UNKNOWN,
    }
}

/// What a well-behaved extension asks for before an association.
pub(crate) fn prepare(host: &mut dyn Host, adapter: HostAdapter) -> Result<(), Win32Error> {
    host.set_ethertype_handling(adapter, eapol_handling(4))?;
    host.set_auth_algorithm(adapter, air::AUTH)?;
    host.set_unicast_cipher_algorithm(adapter, air::CCMP)?;
    host.set_multicast_cipher_algorithm(adapter, air::CCMP)
}

/// EAPOL registered and exempted.
pub(crate) fn eapol_handling(max_backlog: u32) -> EtherTypeHandling {
    EtherTypeHandling {
        max_backlog,
        exemptions: vec![PrivacyExemption {
            ethertype: EtherType::EAPOL,
            action: ExemptionAction::WithoutPairwiseKey,
            packets: PacketType::Unicast,
        }],
        registrations: vec![EtherType::EAPOL],
    }
}

impl Extension for Scripted {
    fn version_info(&self) -> VersionInfo {
        self.0.borrow_mut().calls.push(Call::VersionInfo);
        self.0.borrow().versions.unwrap_or(VersionInfo { min: 0, max: 0 })
    }

    fn init_service(&mut self, version: u32) -> Result<(), Win32Error> {
        self.0.borrow_mut().calls.push(Call::InitService(version));
        Ok(())
    }

    fn init_virtual_station(&mut self) -> Result<(), Win32Error> {
        let mut inner = self.0.borrow_mut();
        inner.calls.push(Call::InitVirtualStation);
        inner.virtual_stations.map_or(Ok(()), Err)
    }

    fn deinit_service(&mut self) {
        self.0.borrow_mut().calls.push(Call::DeinitService);
    }

    fn init_adapter(
        &mut self,
        host: &mut dyn Host,
        adapter: HostAdapter,
        _info: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error> {
        let index = {
            let mut inner = self.0.borrow_mut();
            inner.adapters.push(adapter);
            inner.adapters.len() as u64 - 1
        };
        self.answer(host, Call::InitAdapter(adapter))
            .map_err(|refused| refused.error)?;
        let handle = self.0.borrow().handle;
        Ok(handle.unwrap_or(ExtensionAdapter(FIRST_HANDLE + index)))
    }

    fn deinit_adapter(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) {
        // The handler has no answer.
        let _ = self.answer(host, Call::DeinitAdapter(self.host_adapter(adapter)));
    }

    fn perform_pre_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: ConnectSession,
        _profile: &ProfileParameters,
        _connectivity: &ConnectivityProfile,
        _security: &SecurityProfile,
        _connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        self.answer(host, Call::PreAssociate(self.host_adapter(adapter), session))
    }

    fn adapter_reset(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) -> Result<(), Win32Error> {
        self.answer(host, Call::Reset(self.host_adapter(adapter)))
            .map_err(|refused| refused.error)
    }

    fn perform_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: SecuritySession,
        port: &PortState,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        let parameters = Parameters {
            status: parameters.status,
            request: parameters.request.to_vec(),
            response: parameters.response.to_vec(),
            beacon: parameters.beacon.to_vec(),
            auth: parameters.auth,
            unicast: parameters.unicast_cipher,
            multicast: parameters.multicast_cipher,
            authorized: parameters.port_authorized,
        };
        let call = Call::PostAssociate(self.host_adapter(adapter), session, *port, Box::new(parameters));
        self.answer(host, call).map_err(|refused| refused.error)
    }

    fn stop_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        status: AssociationStatus,
    ) -> Result<(), Win32Error> {
        self.answer(host, Call::Stop(self.host_adapter(adapter), peer, status))
            .map_err(|refused| refused.error)
    }

    fn begin_association(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        approach: &Approach<'_>,
    ) -> Result<Opening, Refused> {
        self.step(Step::Begin {
            peer: approach.bss.bssid,
            current: approach.current,
        });
        let begin = self.0.borrow().begin.clone();
        match begin {
            Some(begin) => (begin.borrow_mut())(host, self.host_adapter(adapter), approach),
            None => Ok(Opening::Associate(Terms::new(approach.elements.to_vec()))),
        }
    }

    fn receive_authentication(
        &mut self,
        _host: &mut dyn Host,
        _adapter: ExtensionAdapter,
        peer: MacAddress,
        frame: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error> {
        self.step(Step::Received {
            peer,
            transaction: frame.transaction,
            body: frame.body.to_vec(),
        });
        Ok(())
    }

    fn receive_action(
        &mut self,
        _host: &mut dyn Host,
        _adapter: ExtensionAdapter,
        peer: MacAddress,
        body: &[u8],
    ) -> Result<(), Win32Error> {
        self.step(Step::Action(peer, body.to_vec()));
        Ok(())
    }

    fn association_refused(
        &mut self,
        _host: &mut dyn Host,
        _adapter: ExtensionAdapter,
        peer: MacAddress,
        refusing: Refusing,
        elements: &[u8],
    ) -> Response {
        self.step(Step::Refused(peer, refusing, elements.to_vec()));
        self.0.borrow().response.unwrap_or(Response::GiveUp)
    }

    fn validate_profile(
        &mut self,
        adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        _connectivity: &ConnectivityProfile,
        _security: &SecurityProfile,
    ) -> Result<(), Refused> {
        self.reply(Question::Validate(self.host_adapter(adapter), profile.clone()))
    }

    fn perform_capability_match(
        &mut self,
        adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        _connectivity: &ConnectivityProfile,
        _security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        let adapter = self.host_adapter(adapter);
        self.reply(Question::Match(adapter, profile.clone(), connectable.to_vec()))
    }

    fn create_discovery_profiles(
        &mut self,
        adapter: ExtensionAdapter,
        insecure: bool,
        profile: &ProfileParameters,
        connectable: &[BssEntry],
    ) -> Result<Vec<DiscoveryProfile>, Refused> {
        let adapter = self.host_adapter(adapter);
        self.reply(Question::Discover(
            adapter,
            insecure,
            profile.clone(),
            connectable.to_vec(),
        ))?;
        let NetworkProfile {
            connectivity, security, ..
        } = air::profile();
        Ok(vec![DiscoveryProfile { connectivity, security }])
    }

    fn process_session_change(&mut self, host: &mut dyn Host, change: SessionChange) -> Result<(), Win32Error> {
        self.answer(host, Call::SessionChange(change))
            .map_err(|refused| refused.error)
    }

    fn receive_indication(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        _indication: Indication<'_>,
    ) -> Result<(), Win32Error> {
        self.answer(host, Call::Indication(self.host_adapter(adapter)))
            .map_err(|refused| refused.error)
    }

    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        let adapter = self.host_adapter(adapter);
        let call = Call::Packet(adapter, packet.peer, packet.ethertype, packet.data.to_vec());
        self.answer(host, call).map_err(|refused| refused.error)
    }

    fn send_packet_completion(&mut self, host: &mut dyn Host, completion: SendCompletion) -> Result<(), Win32Error> {
        self.answer(host, Call::Sent(completion))
            .map_err(|refused| refused.error)
    }

    fn is_ui_request_pending(&mut self, request: Guid) -> Result<bool, Win32Error> {
        self.reply(Question::Pending(request))
            .map_err(|refused| refused.error)?;
        Ok(true)
    }

    fn process_ui_response(&mut self, host: &mut dyn Host, request: Guid, response: &[u8]) -> Result<(), Win32Error> {
        self.answer(host, Call::UiResponse(request, response.to_vec()))
            .map_err(|refused| refused.error)
    }

    fn query_ui_request(
        &mut self,
        _adapter: ExtensionAdapter,
        _phase: ConnectionPhase,
    ) -> Result<Option<UiRequest>, Win32Error> {
        Ok(None)
    }

    fn onex_indicate_result(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        result: &OneXResult,
    ) -> Result<(), Win32Error> {
        let told = OneXCall {
            failure: (result.outcome != OneXOutcome::Success).then(|| result.why()),
            receive_key: result.mppe_recv_key.to_vec(),
            send_key: result.mppe_send_key.to_vec(),
        };
        self.answer(host, Call::OneX(self.host_adapter(adapter), told))
            .map_err(|refused| refused.error)
    }

    fn control(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        self.answer(host, Call::Control(self.host_adapter(adapter)))
            .map_err(|refused| refused.error)?;
        Ok(input.to_vec())
    }

    fn next_timeout(&self) -> Option<Duration> {
        self.0.borrow().errand.is_some().then_some(Duration::ZERO)
    }

    fn handle_timeout(&mut self, host: &mut dyn Host) {
        let errand = self.0.borrow_mut().errand.take();
        if let Some(errand) = errand {
            errand(host);
        }
    }

    fn is_busy(&self, _adapter: ExtensionAdapter) -> bool {
        self.0.borrow().busy
    }
}
