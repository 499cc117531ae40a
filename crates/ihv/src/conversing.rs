//! An extension for an algorithm that is a conversation with the access point, and nothing besides.
//!
//! What every extension has to do around its algorithm is done here, in the order in which a connection calls the
//! handlers: a beginning for one that needs more, such as keys.

use crate::{
    AdapterInfo, Adapters, AssociationParameters, AssociationStatus, AuthAlgorithm, BssEntry, Completions,
    ConnectSession, ConnectivityProfile, EtherTypeHandling, Extension, ExtensionAdapter, Failure, Host, HostAdapter,
    PortState, ProfileParameters, Reason, Refused, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion,
    Win32Error,
};
use core::time::Duration;
use frame::MacAddress;
use frame::ethertype::EtherType;

/// The station's side of an algorithm, on one port. The association is open.
pub trait Conversation: Sized {
    /// Of the algorithm's packets.
    const ETHERTYPE: EtherType;
    /// How long the access point may be silent.
    const PATIENCE: Duration;
    /// What both sides know. It wipes itself when it is dropped (R31).
    type Secret;

    /// The secret of a profile, which is untrusted input; `None` if the profile is invalid (R09).
    fn secret(profile: &SecurityProfile) -> Option<Self::Secret>;

    /// The port to this access point has come up, closed.
    fn begin(secret: &Self::Secret, access_point: MacAddress) -> Self;

    /// It is the station's turn: at the beginning, and whenever the patience has come to its end. Sooner or later that
    /// must come to [`Reply::Fail`].
    fn speak(&mut self) -> Reply;

    /// What a packet is answered with: the octets after the EtherType. `None` for one that is not understood.
    fn answer(&mut self, packet: &[u8]) -> Option<Reply>;
}

/// What a conversation comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// These octets are sent.
    Say(Vec<u8>),
    /// The access point has proved what it had to: the port opens.
    Open,
    /// The operation has failed.
    Fail(Refused),
}

/// The extension of an algorithm.
pub struct Conversing<C: Conversation> {
    adapters: Adapters<Adapter<C>>,
    packets: Completions,
}

struct Adapter<C: Conversation> {
    handle: HostAdapter,
    /// A pre-association that is to be completed.
    preparing: Option<ConnectSession>,
    secret: Option<C::Secret>,
    port: Option<Port<C>>,
}

struct Port<C> {
    session: SecuritySession,
    peer: MacAddress,
    conversation: C,
    /// When it is the station's turn; `None` once the operation is completed.
    deadline: Option<Duration>,
}

impl<C: Conversation> Default for Conversing<C> {
    fn default() -> Self {
        Self {
            adapters: Adapters::new(),
            packets: Completions::default(),
        }
    }
}

impl<C: Conversation> Extension for Conversing<C> {
    fn init_adapter(
        &mut self,
        _: &mut dyn Host,
        handle: HostAdapter,
        _: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error> {
        self.adapters.insert(Adapter::new(handle))
    }

    fn validate_profile(
        &mut self,
        _: ExtensionAdapter,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Refused> {
        C::secret(security).map(drop).ok_or_else(Refused::invalid_profile)
    }

    /// The profile is read, the algorithms are chosen. `handle_timeout` completes it, since that may not happen from
    /// inside this handler (R10).
    fn perform_pre_associate(
        &mut self,
        host: &mut dyn Host,
        name: ExtensionAdapter,
        session: ConnectSession,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        security: &SecurityProfile,
        _: &[BssEntry],
    ) -> Result<(), Refused> {
        let adapter = self.adapters.find(name)?;
        let secret = C::secret(security).ok_or_else(Refused::invalid_profile)?;
        let handling = EtherTypeHandling {
            max_backlog: BACKLOG,
            registrations: vec![C::ETHERTYPE],
            ..EtherTypeHandling::default()
        };
        host.set_ethertype_handling(adapter.handle, handling)?;
        host.set_auth_algorithm(adapter.handle, AuthAlgorithm::OPEN)?;
        adapter.secret = Some(secret);
        adapter.preparing = Some(session);
        Ok(())
    }

    /// The association stands: it is the station's turn, at once.
    fn perform_post_associate(
        &mut self,
        host: &mut dyn Host,
        name: ExtensionAdapter,
        session: SecuritySession,
        port: &PortState,
        _: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapters.find(name)?;
        let secret = adapter.secret.as_ref().ok_or(Win32Error::INVALID_STATE)?;
        adapter.port = Some(Port {
            session,
            peer: port.peer,
            conversation: C::begin(secret, port.peer),
            deadline: Some(host.now()),
        });
        Ok(())
    }

    /// What is repeated when the operation is over changes nothing.
    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        name: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapters.find(name)?;
        let port = adapter.port.as_mut().ok_or(Win32Error::NOT_FOUND)?;
        if port.deadline.is_none() {
            return Ok(());
        }
        let reply = port.conversation.answer(packet.data);
        adapter.follow(host, &mut self.packets, reply.ok_or(Win32Error::INVALID_DATA)?)
    }

    fn send_packet_completion(&mut self, _: &mut dyn Host, packet: SendCompletion) -> Result<(), Win32Error> {
        self.packets.complete(packet)
    }

    fn next_timeout(&self) -> Option<Duration> {
        let due = |adapter: &Adapter<C>| match adapter.preparing {
            Some(_) => Some(Duration::ZERO),
            None => adapter.port.as_ref()?.deadline,
        };
        self.adapters.iter().filter_map(due).min()
    }

    /// Completes what was prepared, and lets those conversations go on whose turn it is.
    fn handle_timeout(&mut self, host: &mut dyn Host) {
        let now = host.now();
        for adapter in self.adapters.iter_mut() {
            adapter.prepared(host, Reason::SUCCESS, Win32Error::SUCCESS);
            let Some(port) = &mut adapter.port else { continue };
            if port.deadline.is_some_and(|deadline| deadline <= now) {
                port.deadline = Some(now + C::PATIENCE);
                let reply = port.conversation.speak();
                if let Err(error) = adapter.follow(host, &mut self.packets, reply) {
                    // What cannot even be sent is no matter of patience. A host that refuses this, too, has ended the
                    // operation already.
                    let _ = adapter.complete(host, Failure::Internal.into(), error);
                }
            }
        }
    }

    /// The secret of the conversation goes with the port (R21).
    fn stop_post_associate(
        &mut self,
        _: &mut dyn Host,
        name: ExtensionAdapter,
        _: MacAddress,
        _: AssociationStatus,
    ) -> Result<(), Win32Error> {
        let port = self.adapters.find(name)?.port.take();
        port.map(drop).ok_or(Win32Error::NOT_FOUND)
    }

    /// As right after the adapter's arrival; what is pending is cancelled (R07).
    fn adapter_reset(&mut self, host: &mut dyn Host, name: ExtensionAdapter) -> Result<(), Win32Error> {
        let adapter = self.adapters.find(name)?;
        adapter.prepared(host, Reason::UNKNOWN, Win32Error::CANCELLED);
        // Where nothing is pending there is nothing to cancel.
        let _ = adapter.complete(host, Reason::UNKNOWN, Win32Error::CANCELLED);
        *adapter = Adapter::new(adapter.handle);
        Ok(())
    }

    fn deinit_adapter(&mut self, _: &mut dyn Host, name: ExtensionAdapter) {
        self.adapters.remove(name);
    }
}

/// How many received packets may wait: neither side says two things at once.
const BACKLOG: u32 = 4;

impl<C: Conversation> Adapter<C> {
    const fn new(handle: HostAdapter) -> Self {
        Self {
            handle,
            preparing: None,
            secret: None,
            port: None,
        }
    }

    /// Completes the pre-association, if one is pending.
    fn prepared(&mut self, host: &mut dyn Host, reason: Reason, error: Win32Error) {
        if let Some(session) = self.preparing.take() {
            // A host that refuses has ended it already.
            let _ = host.pre_associate_completion(self.handle, session, reason, error);
        }
    }

    /// Does what the conversation has come to.
    fn follow(&mut self, host: &mut dyn Host, packets: &mut Completions, reply: Reply) -> Result<(), Win32Error> {
        let data = match reply {
            Reply::Say(data) => data,
            Reply::Open => return self.complete(host, Reason::SUCCESS, Win32Error::SUCCESS),
            Reply::Fail(Refused { error, reason }) => return self.complete(host, reason, error),
        };
        let port = self.port.as_ref().ok_or(Win32Error::NOT_FOUND)?;
        let packet = SecurityPacket {
            peer: port.peer,
            ethertype: C::ETHERTYPE,
            data: &data,
        };
        let handle = packets.next_handle();
        host.send_packet(self.handle, packet, handle).inspect_err(|_| {
            // It was handed out just now.
            let _ = packets.complete(handle);
        })
    }

    /// Completes the operation of the port, once.
    fn complete(&mut self, host: &mut dyn Host, reason: Reason, error: Win32Error) -> Result<(), Win32Error> {
        let port = self.port.as_mut().ok_or(Win32Error::NOT_FOUND)?;
        port.deadline.take().ok_or(Win32Error::NOT_FOUND)?;
        host.post_associate_completion(self.handle, port.session, port.peer, reason, error)
    }
}
