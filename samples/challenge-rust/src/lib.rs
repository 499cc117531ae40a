//! A sample extension: a challenge and response of its own, with its own EtherType. `samples/README.md` tells
//! what the two sides say to each other.
//!
//! Read it from the top: things come in the order in which a connection asks for them. `handlers` has the trait,
//! which hands them here.

mod handlers;
mod packet;
mod profile;

use core::time::Duration;
use frame::MacAddress;
use ihv::{
    AssociationParameters, AuthAlgorithm, ConnectSession, EtherTypeHandling, ExtensionAdapter, Failure, Host,
    HostAdapter, Proof, Reason, Refused, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion, Win32Error,
};
use packet::{ETHERTYPE, Proofs};
use profile::Secret;
use std::collections::BTreeMap;

ihv::export_extension!(ihv::abi::Provisions::new(|| Ok(Box::new(Challenge::default()))));

/// How long an answer may take, and how often the station says hello.
const PATIENCE: Duration = Duration::from_millis(200);
const HELLOS: u8 = 3;

/// All adapters, by the extension's own names for them.
#[derive(Default)]
pub struct Challenge {
    adapters: BTreeMap<ExtensionAdapter, Adapter>,
    last_name: u64,
    last_packet: u64,
}

struct Adapter {
    handle: HostAdapter,
    /// From the profile of the connection.
    secret: Option<Secret>,
    /// A pre-association that has begun and is to be completed.
    preparing: Option<ConnectSession>,
    port: Option<Port>,
}

/// An open or opening port.
struct Port {
    session: SecuritySession,
    peer: MacAddress,
    proofs: Proofs,
    hellos: u8,
    /// When to say hello again, or to give up; `None` once the operation is completed.
    deadline: Option<Duration>,
}

impl Challenge {
    fn adapter(&mut self, adapter: ExtensionAdapter) -> Result<&mut Adapter, Win32Error> {
        self.adapters.get_mut(&adapter).ok_or(Win32Error::INVALID_HANDLE)
    }

    fn arrive(&mut self, handle: HostAdapter) -> ExtensionAdapter {
        self.last_name += 1;
        let name = ExtensionAdapter(self.last_name);
        let adapter = Adapter {
            handle,
            secret: None,
            preparing: None,
            port: None,
        };
        self.adapters.insert(name, adapter);
        name
    }

    /// Before the association: the profile is checked, the algorithms are chosen. `handle_timeout` completes it,
    /// since that may not happen from inside this handler (R10).
    fn prepare(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: ConnectSession,
        security: &SecurityProfile,
    ) -> Result<(), Refused> {
        let refused = |error| Refused {
            error,
            reason: Failure::Internal.into(),
        };
        let secret = profile::parse(&security.xml)?;
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
    fn begin(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: SecuritySession,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        self.last_packet += 1;
        let packet = SendCompletion(self.last_packet);
        let adapter = self.adapter(adapter)?;
        let secret = adapter.secret.clone().ok_or(Win32Error::INVALID_STATE)?;
        let peer = parameters.peer;
        send(host, adapter.handle, peer, &packet::hello(), packet)?;
        adapter.port = Some(Port {
            session,
            peer,
            proofs: Proofs::new(secret, peer),
            hellos: 1,
            deadline: Some(host.now() + PATIENCE),
        });
        Ok(())
    }

    /// A packet has come: a challenge is answered, a welcome opens the port.
    fn receive(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        self.last_packet += 1;
        let completion = SendCompletion(self.last_packet);
        let adapter = self.adapter(adapter)?;
        let port = adapter.port.as_mut().ok_or(Win32Error::NOT_FOUND)?;
        if port.deadline.is_none() {
            // Whatever is repeated afterwards changes nothing.
            return Ok(());
        }
        if let Some(response) = port.proofs.answer(packet.data) {
            return send(host, adapter.handle, port.peer, &response, completion);
        }
        if !port.proofs.is_welcome(packet.data) {
            return Err(Win32Error::INVALID_DATA);
        }
        port.deadline = None;
        host.post_associate_completion(
            adapter.handle,
            port.session,
            port.peer,
            Reason::SUCCESS,
            Win32Error::SUCCESS,
        )
    }

    /// What is due: completions, another hello, the end of patience.
    fn go_on(&mut self, host: &mut dyn Host) {
        let now = host.now();
        for adapter in self.adapters.values_mut() {
            // Where a host refuses here, it has ended the operation already.
            if let Some(session) = adapter.preparing.take() {
                let _ = host.pre_associate_completion(adapter.handle, session, Reason::SUCCESS, Win32Error::SUCCESS);
            }
            let Some(port) = &mut adapter.port else { continue };
            if port.deadline.is_none_or(|deadline| deadline > now) {
                continue;
            }
            if port.hellos < HELLOS {
                port.hellos += 1;
                port.deadline = Some(now + PATIENCE);
                self.last_packet += 1;
                let packet = SendCompletion(self.last_packet);
                let _ = send(host, adapter.handle, port.peer, &packet::hello(), packet);
            } else {
                port.deadline = None;
                // Nobody refuses in this algorithm: a wrong response is met with silence.
                let reason = match port.proofs.was_challenged() {
                    true => Failure::WrongSecret(Proof::Suspected).into(),
                    false => Reason::UNKNOWN,
                };
                let _ = host.post_associate_completion(
                    adapter.handle,
                    port.session,
                    port.peer,
                    reason,
                    Win32Error::TIMEOUT,
                );
            }
        }
    }

    /// As right after the adapter's arrival; what is pending is cancelled (R07).
    fn reset(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) -> Result<(), Win32Error> {
        let adapter = self.adapter(adapter)?;
        let (reason, error) = (Reason::UNKNOWN, Win32Error::CANCELLED);
        adapter.secret = None;
        if let Some(session) = adapter.preparing.take() {
            let _ = host.pre_associate_completion(adapter.handle, session, reason, error);
        }
        if let Some(port) = adapter.port.take().filter(|port| port.deadline.is_some()) {
            let _ = host.post_associate_completion(adapter.handle, port.session, port.peer, reason, error);
        }
        Ok(())
    }

    /// When `go_on` is to be called next.
    fn next(&self) -> Option<Duration> {
        let due = self.adapters.values().filter_map(|adapter| match adapter.preparing {
            Some(_) => Some(Duration::ZERO),
            None => adapter.port.as_ref()?.deadline,
        });
        due.min()
    }
}

fn send(
    host: &mut dyn Host,
    adapter: HostAdapter,
    peer: MacAddress,
    data: &[u8],
    completion: SendCompletion,
) -> Result<(), Win32Error> {
    let packet = SecurityPacket {
        peer,
        ethertype: ETHERTYPE,
        data,
    };
    host.send_packet(adapter, packet, completion)
}
