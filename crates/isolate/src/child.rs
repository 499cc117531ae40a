//! The process of the extension: takes calls from the socket, makes them, and sends back what they came to.

use crate::message::{Call, Handler, Kind, Packet, Timed, receive, send};
use crate::wire::{Wire, decode, encode};
use crate::within::load;
use core::time::Duration;
use frame::MacAddress;
use ihv::abi::{LoadError, Loaded, PacketForm};
use ihv::{
    AuthAlgorithm, AuthenticationFrame, Buffer, CipherAlgorithm, ConnectSession, ConnectivityProfile, DefaultKey,
    Direction, EapAttribute, EtherTypeHandling, Extension, Host, HostAdapter, KeyMappingKey, Notification, Reason,
    Refused, RekeyOffload, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion, Terms, UiRequest,
    VirtualStationApProperties, VirtualStationProperties, Win32Error,
};
use std::error::Error;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// Loads a library, and lets the host at the other end of the standard input call it until it has enough. Packets cross
/// to the library in this form.
///
/// This is all that a process does that [`Isolated`](crate::Isolated) has started.
///
/// # Errors
/// The host is gone, or there never was one.
pub fn serve(library: &Path, packets: PacketForm) -> io::Result<()> {
    let line = Line::of_standard_input()?;
    let mut loaded = match open(library, &line) {
        Ok(loaded) => loaded.with_packet_form(packets),
        Err(error) => {
            let why = error
                .source()
                .map_or(error.to_string(), |source| format!("{error}: {source}"));
            let refusal: Result<ihv::VersionInfo, String> = Err(why);
            return line.send(Kind::Ready, &encode(&refusal));
        }
    };
    let ready: Result<_, String> = Ok(loaded.version_info());
    line.send(Kind::Ready, &encode(&ready))?;
    loop {
        let Timed { now, request } = line.expect(Kind::Request)?;
        let returned = handle(&mut loaded, &mut Remote { line: &line, now }, request);
        line.send(Kind::Return, &returned)?;
    }
}

/// Loads the library, whose threads wake the host, into this process: it was made for it, holds nothing but what the
/// library is told anyway, and its end is what the host is prepared for.
fn open(library: &Path, line: &Line) -> Result<Loaded, LoadError> {
    let out = Arc::clone(&line.out);
    let wake = Box::new(move || {
        let out = out.lock().unwrap_or_else(PoisonError::into_inner);
        // Without a host there is nobody to wake.
        let _ = send(&*out, Kind::Wake, &[]);
    });
    load(library, wake)
}

/// The socket to the host.
struct Line {
    from: UnixStream,
    /// Threads of the extension's write too, one message at a time.
    out: Arc<Mutex<UnixStream>>,
}

impl Line {
    fn of_standard_input() -> io::Result<Self> {
        let from = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        let out = Arc::new(Mutex::new(from.try_clone()?));
        Ok(Self { from, out })
    }

    fn send(&self, kind: Kind, body: &[u8]) -> io::Result<()> {
        send(&*self.out.lock().unwrap_or_else(PoisonError::into_inner), kind, body)
    }

    fn expect<T: Wire>(&self, expected: Kind) -> io::Result<T> {
        match receive(&self.from)? {
            (kind, body) if kind == expected => decode(&body).map_err(|_| io::ErrorKind::InvalidData.into()),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// Makes one call, and returns what it came to.
fn handle(loaded: &mut Loaded, host: &mut Remote<'_>, request: Handler) -> Zeroizing<Vec<u8>> {
    match request {
        Handler::InitService { version } => encode(&loaded.init_service(version)),
        Handler::InitVirtualStation {} => encode(&loaded.init_virtual_station()),
        Handler::DeinitService {} => {
            loaded.deinit_service();
            encode(&())
        }
        Handler::InitAdapter { adapter, info } => encode(&loaded.init_adapter(host, adapter, &info)),
        Handler::DeinitAdapter { adapter } => {
            loaded.deinit_adapter(host, adapter);
            encode(&())
        }
        Handler::PerformPreAssociate {
            adapter,
            session,
            profile,
            connectivity,
            security,
            connectable,
        } => encode(&loaded.perform_pre_associate(
            host,
            adapter,
            session,
            &profile,
            &connectivity,
            &security,
            &connectable,
        )),
        Handler::AdapterReset { adapter } => encode(&loaded.adapter_reset(host, adapter)),
        Handler::PerformPostAssociate {
            adapter,
            session,
            port,
            association,
        } => encode(&loaded.perform_post_associate(host, adapter, session, &port, &association.borrow())),
        Handler::StopPostAssociate { adapter, peer, status } => {
            encode(&loaded.stop_post_associate(host, adapter, peer, status))
        }
        Handler::ValidateProfile {
            adapter,
            profile,
            connectivity,
            security,
        } => encode(&loaded.validate_profile(adapter, &profile, &connectivity, &security)),
        Handler::PerformCapabilityMatch {
            adapter,
            profile,
            connectivity,
            security,
            connectable,
        } => encode(&loaded.perform_capability_match(adapter, &profile, &connectivity, &security, &connectable)),
        Handler::CreateDiscoveryProfiles {
            adapter,
            insecure,
            profile,
            connectable,
        } => encode(&loaded.create_discovery_profiles(adapter, insecure, &profile, &connectable)),
        Handler::ProcessSessionChange { change } => encode(&loaded.process_session_change(host, change)),
        Handler::ReceiveIndication { adapter, told } => {
            encode(&loaded.receive_indication(host, adapter, told.borrow()))
        }
        Handler::ReceivePacket { adapter, packet } => encode(&loaded.receive_packet(host, adapter, packet.borrow())),
        Handler::SendPacketCompletion { completion } => encode(&loaded.send_packet_completion(host, completion)),
        Handler::IsUiRequestPending { request } => encode(&loaded.is_ui_request_pending(request)),
        Handler::ProcessUiResponse { request, response } => {
            encode(&loaded.process_ui_response(host, request, &response))
        }
        Handler::QueryUiRequest { adapter, phase } => encode(&loaded.query_ui_request(adapter, phase)),
        Handler::OnexIndicateResult { adapter, result } => encode(&loaded.onex_indicate_result(host, adapter, &result)),
        Handler::Control { adapter, input } => encode(&loaded.control(host, adapter, &input)),
        Handler::HandleTimeout {} => {
            loaded.handle_timeout(host);
            encode(&())
        }
    }
}

/// The host at the other end, while one of the handlers runs.
struct Remote<'a> {
    line: &'a Line,
    now: Duration,
}

impl Remote<'_> {
    /// Calls the host, and waits for what that came to. Without a host everything is refused, and the process
    /// ends when the handler has returned.
    fn call<T: Wire>(&self, call: &Call) -> Result<T, Win32Error> {
        let sent = self.line.send(Kind::Call, &encode(call));
        let answer: io::Result<Result<T, Win32Error>> = sent.and_then(|()| self.line.expect(Kind::Answer));
        answer.unwrap_or(Err(Win32Error::PROCESS_ABORTED))
    }
}

impl Host for Remote<'_> {
    /// When the handler was called.
    fn now(&self) -> Duration {
        self.now
    }

    fn allocate_buffer(&mut self, octets: u32) -> Result<Buffer, Win32Error> {
        let id = self.call(&Call::AllocateBuffer { octets })?;
        let octets = vec![0; octets as usize].into();
        Ok(Buffer { id, octets })
    }

    fn free_buffer(&mut self, buffer: Buffer) {
        // The host cannot refuse.
        let _: Result<(), _> = self.call(&Call::FreeBuffer { id: buffer.id });
    }

    fn set_profile_custom_user_data(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        user_session: u32,
        data: &[u8],
    ) -> Result<(), Win32Error> {
        self.call(&Call::SetProfileCustomUserData {
            adapter,
            session,
            user_session,
            data: data.to_vec(),
        })
    }

    fn profile_custom_user_data(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        user_session: u32,
    ) -> Result<Vec<u8>, Win32Error> {
        self.call(&Call::ProfileCustomUserData {
            adapter,
            session,
            user_session,
        })
    }

    fn set_current_profile(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Win32Error> {
        self.call(&Call::SetCurrentProfile {
            adapter,
            session,
            connectivity: connectivity.clone(),
            security: security.clone(),
        })
    }

    fn send_ui_request(&mut self, adapter: HostAdapter, request: &UiRequest) -> Result<(), Win32Error> {
        let request = request.clone();
        self.call(&Call::SendUiRequest { adapter, request })
    }

    fn pre_associate_completion(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error> {
        self.call(&Call::PreAssociateCompletion {
            adapter,
            session,
            reason,
            error,
        })
    }

    fn post_associate_completion(
        &mut self,
        adapter: HostAdapter,
        session: SecuritySession,
        peer: MacAddress,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error> {
        self.call(&Call::PostAssociateCompletion {
            adapter,
            session,
            peer,
            reason,
            error,
        })
    }

    fn send_notification(&mut self, adapter: HostAdapter, notification: Notification) -> Result<(), Win32Error> {
        self.call(&Call::SendNotification { adapter, notification })
    }

    fn send_packet(
        &mut self,
        adapter: HostAdapter,
        packet: SecurityPacket<'_>,
        completion: SendCompletion,
    ) -> Result<(), Win32Error> {
        self.call(&Call::SendPacket {
            adapter,
            packet: Packet::new(packet),
            completion,
        })
    }

    fn set_ethertype_handling(&mut self, adapter: HostAdapter, handling: EtherTypeHandling) -> Result<(), Win32Error> {
        self.call(&Call::SetEtherTypeHandling { adapter, handling })
    }

    fn set_auth_algorithm(&mut self, adapter: HostAdapter, algorithm: AuthAlgorithm) -> Result<(), Win32Error> {
        self.call(&Call::SetAuthAlgorithm { adapter, algorithm })
    }

    fn set_unicast_cipher_algorithm(
        &mut self,
        adapter: HostAdapter,
        cipher: CipherAlgorithm,
    ) -> Result<(), Win32Error> {
        self.call(&Call::SetUnicastCipherAlgorithm { adapter, cipher })
    }

    fn set_multicast_cipher_algorithm(
        &mut self,
        adapter: HostAdapter,
        cipher: CipherAlgorithm,
    ) -> Result<(), Win32Error> {
        self.call(&Call::SetMulticastCipherAlgorithm { adapter, cipher })
    }

    fn set_default_key(
        &mut self,
        adapter: HostAdapter,
        key: DefaultKey,
        direction: Direction,
    ) -> Result<(), Win32Error> {
        self.call(&Call::SetDefaultKey {
            adapter,
            key,
            direction,
        })
    }

    fn set_key_mapping_key(&mut self, adapter: HostAdapter, key: KeyMappingKey) -> Result<(), Win32Error> {
        self.call(&Call::SetKeyMappingKey { adapter, key })
    }

    fn set_default_key_id(&mut self, adapter: HostAdapter, index: u32) -> Result<(), Win32Error> {
        self.call(&Call::SetDefaultKeyId { adapter, index })
    }

    fn nic_specific_extension(&mut self, adapter: HostAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        let input = input.to_vec();
        self.call(&Call::NicSpecificExtension { adapter, input })
    }

    fn set_exclude_unencrypted(&mut self, adapter: HostAdapter, exclude: bool) -> Result<(), Win32Error> {
        self.call(&Call::SetExcludeUnencrypted { adapter, exclude })
    }

    fn start_onex(&mut self, adapter: HostAdapter, attributes: &[EapAttribute]) -> Result<(), Win32Error> {
        let attributes = attributes.to_vec();
        self.call(&Call::StartOneX { adapter, attributes })
    }

    fn stop_onex(&mut self, adapter: HostAdapter) -> Result<(), Win32Error> {
        self.call(&Call::StopOneX { adapter })
    }

    fn process_onex_packet(&mut self, adapter: HostAdapter, packet: &[u8]) -> Result<(), Win32Error> {
        let packet = packet.to_vec();
        self.call(&Call::ProcessOneXPacket { adapter, packet })
    }

    fn request_virtual_station(&mut self, primary: HostAdapter) -> Result<(), Win32Error> {
        self.call(&Call::RequestVirtualStation { primary })
    }

    fn release_virtual_station(&mut self, primary: HostAdapter) -> Result<(), Win32Error> {
        self.call(&Call::ReleaseVirtualStation { primary })
    }

    fn query_virtual_station_properties(
        &mut self,
        adapter: HostAdapter,
    ) -> Result<VirtualStationProperties, Win32Error> {
        self.call(&Call::QueryVirtualStationProperties { adapter })
    }

    fn set_virtual_station_ap_properties(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        properties: &VirtualStationApProperties,
    ) -> Result<(), Win32Error> {
        let properties = VirtualStationApProperties {
            ssid: properties.ssid.clone(),
            auth: properties.auth,
            cipher: properties.cipher,
            is_passphrase: properties.is_passphrase,
            key: properties.key.clone(),
        };
        self.call(&Call::SetVirtualStationApProperties {
            adapter,
            session,
            properties,
        })
    }

    // What no function of the binary interface leads to.

    fn send_authentication(
        &mut self,
        _: HostAdapter,
        _: MacAddress,
        _: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }

    fn authentication_completion(
        &mut self,
        _: HostAdapter,
        _: MacAddress,
        _: Result<Terms, Refused>,
    ) -> Result<(), Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }

    fn send_action(&mut self, _: HostAdapter, _: MacAddress, _: &[u8]) -> Result<(), Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }

    fn offload_group_rekeys(&mut self, _: HostAdapter, _: MacAddress, _: RekeyOffload) -> Result<(), Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }
}
