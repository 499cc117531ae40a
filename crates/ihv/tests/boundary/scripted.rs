//! An extension that does what a test wants and writes down what it was called with.

use core::time::Duration;
use frame::{Cipher, MacAddress};
use portcullis_ihv::{
    AdapterInfo, AssociationParameters, AssociationStatus, BssEntry, CipherAlgorithm, ConnectSession, ConnectionPhase,
    ConnectivityProfile, DefaultKey, Direction, DiscoveryProfile, Extension, ExtensionAdapter, Guid, Host, HostAdapter,
    Indication, KeyMaterial, OneXResult, PortState, ProfileParameters, Reason, Refused, SecurityPacket,
    SecurityProfile, SecuritySession, SendCompletion, SessionChange, UiRequest, VersionInfo, Win32Error,
};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// The adapter of every test, as the extension names it.
pub(crate) const ADAPTER: ExtensionAdapter = ExtensionAdapter(0x1234);

/// A packet with these octets makes the extension panic.
pub(crate) const PANIC: &[u8] = b"panic";

/// A packet with these octets is answered with itself.
pub(crate) const ECHO: &[u8] = b"echo";

/// A packet with these octets has a group key installed for all stations, and removed again.
pub(crate) const KEYS: &[u8] = b"keys";

/// What can be seen from outside.
pub(crate) struct Diary {
    /// The packets that were received.
    pub(crate) packets: AtomicU32,
    /// The packets that were completed.
    pub(crate) completed: AtomicU32,
    /// `handle_timeout` was called.
    pub(crate) timeouts: AtomicU32,
    /// Somebody is inside the extension; there must never be two.
    inside: AtomicBool,
    /// There were two.
    pub(crate) crowded: AtomicBool,
}

impl Diary {
    pub(crate) const fn new() -> Self {
        Self {
            packets: AtomicU32::new(0),
            completed: AtomicU32::new(0),
            timeouts: AtomicU32::new(0),
            inside: AtomicBool::new(false),
            crowded: AtomicBool::new(false),
        }
    }
}

pub(crate) struct Scripted {
    diary: &'static Diary,
    sent: u64,
    host: Option<HostAdapter>,
    timeout: Option<Duration>,
}

impl Scripted {
    pub(crate) fn new(diary: &'static Diary) -> Self {
        Self {
            diary,
            sent: 0,
            host: None,
            timeout: None,
        }
    }
}

const REFUSED: Refused = Refused {
    error: Win32Error::NOT_SUPPORTED,
    reason: Reason::UNKNOWN,
};

impl Extension for Scripted {
    fn version_info(&self) -> VersionInfo {
        VersionInfo { min: 0, max: 1 }
    }

    fn init_service(&mut self, _: u32) -> Result<(), Win32Error> {
        Ok(())
    }

    fn deinit_service(&mut self) {}

    fn init_adapter(
        &mut self,
        _: &mut dyn Host,
        adapter: HostAdapter,
        _: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error> {
        self.host = Some(adapter);
        Ok(ADAPTER)
    }

    fn deinit_adapter(&mut self, _: &mut dyn Host, _: ExtensionAdapter) {
        self.host = None;
    }

    fn perform_pre_associate(
        &mut self,
        host: &mut dyn Host,
        _: ExtensionAdapter,
        _: ConnectSession,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        security: &SecurityProfile,
        _: &[BssEntry],
    ) -> Result<(), Refused> {
        match security.xml.as_str() {
            // To be called back soon, on whatever thread.
            "later" => {
                self.timeout = Some(host.now() + Duration::from_millis(20));
                Ok(())
            }
            _ => Err(REFUSED),
        }
    }

    fn adapter_reset(&mut self, _: &mut dyn Host, _: ExtensionAdapter) -> Result<(), Win32Error> {
        Ok(())
    }

    fn perform_post_associate(
        &mut self,
        _: &mut dyn Host,
        _: ExtensionAdapter,
        _: SecuritySession,
        _: &PortState,
        _: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        Ok(())
    }

    fn stop_post_associate(
        &mut self,
        _: &mut dyn Host,
        _: ExtensionAdapter,
        _: MacAddress,
        _: AssociationStatus,
    ) -> Result<(), Win32Error> {
        Ok(())
    }

    fn validate_profile(
        &mut self,
        _: ExtensionAdapter,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        _: &SecurityProfile,
    ) -> Result<(), Refused> {
        Err(REFUSED)
    }

    fn perform_capability_match(
        &mut self,
        _: ExtensionAdapter,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        _: &SecurityProfile,
        _: &[BssEntry],
    ) -> Result<(), Refused> {
        Err(REFUSED)
    }

    /// As many as the profile names networks.
    fn create_discovery_profiles(
        &mut self,
        _: ExtensionAdapter,
        insecure: bool,
        profile: &ProfileParameters,
        _: &[BssEntry],
    ) -> Result<Vec<DiscoveryProfile>, Refused> {
        let propose = |ssid: &Vec<u8>| DiscoveryProfile {
            connectivity: ConnectivityProfile {
                xml: String::from_utf8_lossy(ssid).into_owned(),
            },
            security: SecurityProfile {
                xml: String::from("<secret/>").into(),
                use_onex: insecure,
            },
        };
        Ok(profile.ssids.iter().map(propose).collect())
    }

    fn process_session_change(&mut self, _: &mut dyn Host, _: SessionChange) -> Result<(), Win32Error> {
        Ok(())
    }

    fn receive_indication(
        &mut self,
        _: &mut dyn Host,
        _: ExtensionAdapter,
        _: Indication<'_>,
    ) -> Result<(), Win32Error> {
        Ok(())
    }

    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        _: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        if self.diary.inside.swap(true, Ordering::SeqCst) {
            self.diary.crowded.store(true, Ordering::SeqCst);
        }
        std::thread::yield_now();
        self.diary.packets.fetch_add(1, Ordering::SeqCst);
        self.diary.inside.store(false, Ordering::SeqCst);
        assert!(packet.data != PANIC, "the packet says so");
        if packet.data == ECHO
            && let Some(adapter) = self.host
        {
            self.sent += 1;
            host.send_packet(adapter, packet, SendCompletion(self.sent))?;
        }
        if packet.data == KEYS
            && let Some(adapter) = self.host
        {
            for key in [KeyMaterial::new(&[7; 16]), None] {
                let key = DefaultKey {
                    index: 1,
                    cipher: CipherAlgorithm::of_cipher(Cipher::CCMP_128),
                    peer: None,
                    receive_counter: [0; 6],
                    key,
                };
                host.set_default_key(adapter, key, Direction::Both)?;
            }
        }
        Ok(())
    }

    fn send_packet_completion(&mut self, _: &mut dyn Host, _: SendCompletion) -> Result<(), Win32Error> {
        self.diary.completed.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn is_ui_request_pending(&mut self, request: Guid) -> Result<bool, Win32Error> {
        Ok(request == Guid(1))
    }

    fn process_ui_response(&mut self, _: &mut dyn Host, _: Guid, _: &[u8]) -> Result<(), Win32Error> {
        Ok(())
    }

    fn query_ui_request(
        &mut self,
        _: ExtensionAdapter,
        phase: ConnectionPhase,
    ) -> Result<Option<UiRequest>, Win32Error> {
        Ok((phase == ConnectionPhase::Any).then(|| UiRequest {
            session_id: 1,
            id: Guid(1),
            page: Guid(2),
            data: b"who?".to_vec(),
        }))
    }

    fn onex_indicate_result(
        &mut self,
        _: &mut dyn Host,
        _: ExtensionAdapter,
        _: &OneXResult,
    ) -> Result<(), Win32Error> {
        Ok(())
    }

    /// The input, backwards.
    fn control(&mut self, _: &mut dyn Host, _: ExtensionAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        Ok(input.iter().rev().copied().collect())
    }

    fn next_timeout(&self) -> Option<Duration> {
        self.timeout
    }

    fn handle_timeout(&mut self, _: &mut dyn Host) {
        self.timeout = None;
        self.diary.timeouts.fetch_add(1, Ordering::SeqCst);
    }
}
