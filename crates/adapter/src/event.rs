//! Adapter events that own what they carry, for adapters that queue them.

use frame::MacAddress;
use frame::codes::{ReasonCode, StatusCode};
use frame::ethertype::EtherType;
use frame::oci::Oci;
use host::adapter::{AdapterEvent, Association, AssociationFailure, DisassociationCause, PacketId};
use ihv::{AuthenticationFrame, BssEntry, Indication};

/// An [`AdapterEvent`] that borrows from nothing.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the variants and fields are those of `AdapterEvent`")]
pub enum OwnedEvent {
    ScanCompleted(Vec<BssEntry>),
    AuthenticationReceived {
        peer: MacAddress,
        algorithm: u16,
        transaction: u16,
        status: StatusCode,
        body: Vec<u8>,
    },
    ActionReceived {
        peer: MacAddress,
        body: Vec<u8>,
    },
    Associated(OwnedAssociation),
    AssociationFailed {
        peer: MacAddress,
        failure: AssociationFailure,
        elements: Vec<u8>,
    },
    Disassociated {
        peer: MacAddress,
        cause: DisassociationCause,
    },
    PacketReceived {
        peer: MacAddress,
        ethertype: EtherType,
        data: Vec<u8>,
        encrypted: Option<bool>,
    },
    PacketSent {
        id: PacketId,
        sent: bool,
    },
    TkipMicFailure {
        peer: MacAddress,
        group: bool,
    },
    UnprotectedDeparture {
        peer: MacAddress,
        reason: ReasonCode,
    },
    GroupRekeyed {
        peer: MacAddress,
        replay_counter: u64,
    },
    ChannelSwitched {
        peer: MacAddress,
        channel: Oci,
    },
    Reset,
    Removed,
}

/// An [`Association`] that borrows from nothing.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are those of `Association`")]
pub struct OwnedAssociation {
    pub peer: MacAddress,
    pub reassociation: bool,
    pub request: Vec<u8>,
    pub response: Vec<u8>,
    pub beacon: Vec<u8>,
    pub channel: Option<Oci>,
    pub authorized: bool,
}

impl OwnedEvent {
    /// The event as the host takes it.
    #[must_use]
    pub fn borrow(&self) -> AdapterEvent<'_> {
        match self {
            Self::ScanCompleted(seen) => AdapterEvent::ScanCompleted(seen),
            Self::Associated(association) => AdapterEvent::Associated(Association {
                peer: association.peer,
                reassociation: association.reassociation,
                request: &association.request,
                response: &association.response,
                beacon: &association.beacon,
                channel: association.channel,
                authorized: association.authorized,
            }),
            Self::AuthenticationReceived {
                peer,
                algorithm,
                transaction,
                status,
                body,
            } => AdapterEvent::AuthenticationReceived {
                peer: *peer,
                frame: AuthenticationFrame {
                    algorithm: *algorithm,
                    transaction: *transaction,
                    status: *status,
                    body,
                },
            },
            Self::ActionReceived { peer, body } => AdapterEvent::ActionReceived { peer: *peer, body },
            Self::AssociationFailed {
                peer,
                failure,
                elements,
            } => AdapterEvent::AssociationFailed {
                peer: *peer,
                failure: *failure,
                elements,
            },
            Self::Disassociated { peer, cause } => AdapterEvent::Disassociated {
                peer: *peer,
                cause: *cause,
            },
            Self::PacketReceived {
                peer,
                ethertype,
                data,
                encrypted,
            } => AdapterEvent::PacketReceived {
                peer: *peer,
                ethertype: *ethertype,
                data,
                encrypted: *encrypted,
            },
            Self::PacketSent { id, sent } => AdapterEvent::PacketSent { id: *id, sent: *sent },
            Self::TkipMicFailure { peer, group } => AdapterEvent::Indication(Indication::TkipMicFailure {
                peer: *peer,
                group: *group,
            }),
            Self::UnprotectedDeparture { peer, reason } => AdapterEvent::Indication(Indication::UnprotectedDeparture {
                peer: *peer,
                reason: *reason,
            }),
            Self::GroupRekeyed { peer, replay_counter } => AdapterEvent::Indication(Indication::GroupRekeyed {
                peer: *peer,
                replay_counter: *replay_counter,
            }),
            Self::ChannelSwitched { peer, channel } => AdapterEvent::Indication(Indication::ChannelSwitched {
                peer: *peer,
                channel: *channel,
            }),
            Self::Reset => AdapterEvent::Reset,
            Self::Removed => AdapterEvent::Removed,
        }
    }
}
