//! What an extension was told, written down for tests to compare.

use frame::MacAddress;
use frame::ethertype::EtherType;
use ihv::{
    AssociationStatus, AuthAlgorithm, BssEntry, CipherAlgorithm, ConnectSession, Guid, HostAdapter, OneXFailure,
    PortState, ProfileParameters, Refused, Refusing, SecuritySession, SendCompletion, SessionChange,
};

/// A handler's call, as the extension saw it; adapters by the host's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    VersionInfo,
    InitService(u32),
    InitVirtualStation,
    InitAdapter(HostAdapter),
    DeinitAdapter(HostAdapter),
    DeinitService,
    PreAssociate(HostAdapter, ConnectSession),
    PostAssociate(HostAdapter, SecuritySession, PortState, Box<Parameters>),
    Stop(HostAdapter, MacAddress, AssociationStatus),
    Reset(HostAdapter),
    Packet(HostAdapter, MacAddress, EtherType, Vec<u8>),
    Sent(SendCompletion),
    Indication(HostAdapter),
    SessionChange(SessionChange),
    UiResponse(Guid, Vec<u8>),
    Control(HostAdapter),
    OneX(HostAdapter, OneXCall),
}

/// The result of an 802.1X operation as the extension was told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OneXCall {
    /// `None` for a success.
    pub failure: Option<OneXFailure>,
    pub receive_key: Vec<u8>,
    pub send_key: Vec<u8>,
}

/// What `perform_post_associate` was told about the association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameters {
    pub status: AssociationStatus,
    pub request: Vec<u8>,
    pub response: Vec<u8>,
    pub beacon: Vec<u8>,
    pub auth: AuthAlgorithm,
    pub unicast: CipherAlgorithm,
    pub multicast: CipherAlgorithm,
    pub authorized: bool,
}

/// What a handler answers; the reason counts where the handler has one.
pub(crate) type Answer = Result<(), Refused>;

/// A call between the choice of an access point and its association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Begin {
        peer: MacAddress,
        current: Option<MacAddress>,
    },
    Received {
        peer: MacAddress,
        transaction: u16,
        body: Vec<u8>,
    },
    Action(MacAddress, Vec<u8>),
    Refused(MacAddress, Refusing, Vec<u8>),
}

/// A question about profiles or users: whom it is about, and what was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Validate(HostAdapter, ProfileParameters),
    Match(HostAdapter, ProfileParameters, Vec<BssEntry>),
    Discover(HostAdapter, bool, ProfileParameters, Vec<BssEntry>),
    Pending(Guid),
}
