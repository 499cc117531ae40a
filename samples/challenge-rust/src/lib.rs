//! A sample extension: a challenge and response of its own, with its own EtherType. `samples/README.md` tells
//! what the two sides say to each other; `conversation` is that, and here is how it becomes an extension.
//!
//! The handlers stand in the order in which a connection calls them. Those that the algorithm has no use for are left
//! to the trait.

mod conversation;

use conversation::{Conversation, HELLO, Secret, secret};
use core::time::Duration;
use frame::{EtherType, MacAddress};
use ihv::*;
use std::collections::BTreeMap;

ihv::export_extension!(ihv::abi::Provisions::new(|| Ok(Box::new(Challenge::default()))));

/// The second EtherType for local experiments (IEEE 802, 9.2.4).
const ETHERTYPE: EtherType = EtherType(0x88b6);
/// How long an answer may take, and how often the station says hello.
const PATIENCE: Duration = Duration::from_millis(200);
const HELLOS: u8 = 3;

/// All adapters, by the extension's own names for them.
#[derive(Default)]
pub struct Challenge {
    adapters: BTreeMap<ExtensionAdapter, Adapter>,
    last_name: u64,
}

struct Adapter {
    handle: HostAdapter,
    /// From the profile of the connection.
    secret: Option<Secret>,
    /// A pre-association that has begun and is to be completed.
    preparing: Option<ConnectSession>,
    port: Option<Port>,
    last_packet: u64,
}

/// An open or opening port.
struct Port {
    session: SecuritySession,
    peer: MacAddress,
    conversation: Conversation,
    hellos: u8,
    /// When to say hello again, or to give up; `None` once the operation is completed.
    deadline: Option<Duration>,
}

impl Extension for Challenge {
    fn init_adapter(
        &mut self,
        _: &mut dyn Host,
        handle: HostAdapter,
        _: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error> {
        self.last_name += 1;
        let name = ExtensionAdapter(self.last_name);
        let adapter = Adapter {
            handle,
            secret: None,
            preparing: None,
            port: None,
            last_packet: self.last_name << 32,
        };
        self.adapters.insert(name, adapter);
        Ok(name)
    }

    fn validate_profile(
        &mut self,
        _: ExtensionAdapter,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Refused> {
        secret(&security.xml).map(drop).ok_or_else(invalid_profile)
    }

    /// The profile is checked, the algorithms are chosen. `handle_timeout` completes it, since that may not happen from
    /// inside this handler (R10).
    fn perform_pre_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: ConnectSession,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        security: &SecurityProfile,
        _: &[BssEntry],
    ) -> Result<(), Refused> {
        let refused = |error| Refused {
            error,
            reason: Failure::Internal.into(),
        };
        let secret = secret(&security.xml).ok_or_else(invalid_profile)?;
        let adapter = self.adapter(adapter).map_err(refused)?;
        let handling = EtherTypeHandling {
            max_backlog: 4,
            exemptions: Vec::new(),
            registrations: vec![ETHERTYPE],
        };
        host.set_ethertype_handling(adapter.handle, handling).map_err(refused)?;
        host.set_auth_algorithm(adapter.handle, AuthAlgorithm::OPEN)
            .map_err(refused)?;
        adapter.secret = Some(secret);
        adapter.preparing = Some(session);
        Ok(())
    }

    /// The association stands, and its port is closed: the conversation begins.
    fn perform_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: SecuritySession,
        _: &PortState,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapter(adapter)?;
        let (secret, peer) = (
            adapter.secret.clone().ok_or(Win32Error::INVALID_STATE)?,
            parameters.peer,
        );
        adapter.send(host, peer, &[HELLO])?;
        let (conversation, deadline) = (Conversation::new(secret, peer.0), Some(host.now() + PATIENCE));
        adapter.port = Some(Port {
            session,
            peer,
            conversation,
            hellos: 1,
            deadline,
        });
        Ok(())
    }

    /// A challenge is answered, a welcome opens the port.
    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapter(adapter)?;
        let port = adapter.port.as_mut().ok_or(Win32Error::NOT_FOUND)?;
        if port.deadline.is_none() {
            // Whatever is repeated afterwards changes nothing.
            return Ok(());
        }
        if let Some(response) = port.conversation.answer(packet.data) {
            let peer = port.peer;
            return adapter.send(host, peer, &response);
        }
        match port.conversation.is_welcome(packet.data) {
            true => adapter.complete(host, Reason::SUCCESS, Win32Error::SUCCESS),
            false => Err(Win32Error::INVALID_DATA),
        }
    }

    fn next_timeout(&self) -> Option<Duration> {
        let due = self.adapters.values().filter_map(|adapter| match adapter.preparing {
            Some(_) => Some(Duration::ZERO),
            None => adapter.port.as_ref()?.deadline,
        });
        due.min()
    }

    /// What is due: completions, another hello, the end of patience. Where a host refuses here, it has ended the
    /// operation already.
    fn handle_timeout(&mut self, host: &mut dyn Host) {
        let now = host.now();
        for adapter in self.adapters.values_mut() {
            if let Some(session) = adapter.preparing.take() {
                let _ = host.pre_associate_completion(adapter.handle, session, Reason::SUCCESS, Win32Error::SUCCESS);
            }
            let Some(port) = &mut adapter.port else { continue };
            if port.deadline.is_none_or(|deadline| deadline > now) {
                continue;
            }
            if port.hellos < HELLOS {
                (port.hellos, port.deadline) = (port.hellos + 1, Some(now + PATIENCE));
                let peer = port.peer;
                let _ = adapter.send(host, peer, &[HELLO]);
            } else {
                // Nobody refuses in this algorithm: a wrong response is met with silence.
                let reason = match port.conversation.was_challenged() {
                    true => Failure::WrongSecret(Proof::Suspected).into(),
                    false => Reason::UNKNOWN,
                };
                let _ = adapter.complete(host, reason, Win32Error::TIMEOUT);
            }
        }
    }

    /// The secret of the conversation goes with the port (R21).
    fn stop_post_associate(
        &mut self,
        _: &mut dyn Host,
        adapter: ExtensionAdapter,
        _: MacAddress,
        _: AssociationStatus,
    ) -> Result<(), Win32Error> {
        self.adapter(adapter)?
            .port
            .take()
            .map(drop)
            .ok_or(Win32Error::NOT_FOUND)
    }

    /// As right after the adapter's arrival; what is pending is cancelled (R07).
    fn adapter_reset(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) -> Result<(), Win32Error> {
        let adapter = self.adapter(adapter)?;
        if let Some(session) = adapter.preparing.take() {
            let _ = host.pre_associate_completion(adapter.handle, session, Reason::UNKNOWN, Win32Error::CANCELLED);
        }
        if adapter.port.as_ref().is_some_and(|port| port.deadline.is_some()) {
            let _ = adapter.complete(host, Reason::UNKNOWN, Win32Error::CANCELLED);
        }
        (adapter.secret, adapter.port) = (None, None);
        Ok(())
    }

    fn deinit_adapter(&mut self, _: &mut dyn Host, adapter: ExtensionAdapter) {
        self.adapters.remove(&adapter);
    }
}

fn invalid_profile() -> Refused {
    Refused {
        error: Win32Error::INVALID_DATA,
        reason: Failure::Policy(Policy::InvalidProfile).into(),
    }
}

impl Challenge {
    fn adapter(&mut self, adapter: ExtensionAdapter) -> Result<&mut Adapter, Win32Error> {
        self.adapters.get_mut(&adapter).ok_or(Win32Error::INVALID_HANDLE)
    }
}

impl Adapter {
    fn send(&mut self, host: &mut dyn Host, peer: MacAddress, data: &[u8]) -> Result<(), Win32Error> {
        self.last_packet += 1;
        let packet = SecurityPacket {
            peer,
            ethertype: ETHERTYPE,
            data,
        };
        host.send_packet(self.handle, packet, SendCompletion(self.last_packet))
    }

    /// Completes the operation of the port.
    fn complete(&mut self, host: &mut dyn Host, reason: Reason, error: Win32Error) -> Result<(), Win32Error> {
        let port = self.port.as_mut().ok_or(Win32Error::NOT_FOUND)?;
        port.deadline = None;
        host.post_associate_completion(self.handle, port.session, port.peer, reason, error)
    }
}
