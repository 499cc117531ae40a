//! What the two processes say to each other, and how it is framed: one octet of kind, four of length, then as
//! many octets.

use crate::wire::{Input, Malformed, Wire, structures};
use core::time::Duration;
use frame::{EtherType, MacAddress};
use ihv::{
    AdapterInfo, AssociationParameters, AssociationStatus, AuthAlgorithm, BssEntry, CipherAlgorithm, ConnectSession,
    ConnectionPhase, ConnectivityProfile, DefaultKey, Direction, EapAttribute, EtherTypeHandling, ExtensionAdapter,
    Guid, HostAdapter, Indication, KeyMappingKey, Notification, OneXResult, PortState, ProfileParameters, Reason,
    SecurityProfile, SecuritySession, SendCompletion, SessionChange, UiRequest, VirtualStationApProperties, Win32Error,
};
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

/// No message is longer, octets.
const LONGEST: u32 = 1 << 24;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To the host: the library is loaded ([`ihv::VersionInfo`]), or why it is not (text).
    Ready,
    /// To the extension: a handler is called ([`Duration`], then [`Handler`]).
    Request,
    /// To the host: the handler has returned; what depends on the handler.
    Return,
    /// To the host: a function is called from inside the handler ([`Call`]).
    Call,
    /// To the extension: the function has returned; what depends on the function.
    Answer,
    /// To the host: a thread of the extension's own wants to call.
    Wake,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Ready,
        Self::Request,
        Self::Return,
        Self::Call,
        Self::Answer,
        Self::Wake,
    ];
}

/// Sends one message.
///
/// # Errors
/// Those of the other end; [`io::ErrorKind::InvalidInput`] for a message that is too long.
pub(crate) fn send(mut out: impl Write, kind: Kind, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).ok().filter(|length| *length <= LONGEST);
    let length = length.ok_or(io::ErrorKind::InvalidInput)?;
    let mut message = Zeroizing::new(Vec::with_capacity(5 + body.len()));
    message.push(kind as u8);
    length.put(&mut message);
    message.extend_from_slice(body);
    out.write_all(&message)
}

/// Receives one message.
///
/// # Errors
/// Those of the other end; [`io::ErrorKind::InvalidData`] for what is no message.
pub(crate) fn receive(mut from: impl Read) -> io::Result<(Kind, Zeroizing<Vec<u8>>)> {
    let mut head = [0; 5];
    from.read_exact(&mut head)?;
    let [kind, length @ ..] = head;
    let kind = Kind::ALL.get(usize::from(kind)).copied();
    let length = Some(u32::from_be_bytes(length)).filter(|length| *length <= LONGEST);
    let (Some(kind), Some(length)) = (kind, length) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let mut body = Zeroizing::new(vec![0; length as usize]);
    from.read_exact(&mut body)?;
    Ok((kind, body))
}

/// What has a name, for people.
pub(crate) trait Named {
    fn name(&self) -> &'static str;
}

macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident { $($number:literal $variant:ident { $($field:ident: $type:ty),* $(,)? })* })*) => {$(
        $(#[$doc])*
        pub(crate) enum $name {
            $($variant { $($field: $type),* },)*
        }

        impl Named for $name {
            fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => stringify!($variant),)* }
            }
        }

        impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        out.push($number);
                        $($field.put(out);)*
                    })*
                }
            }

            fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
                match u8::take(input)? {
                    $($number => Ok(Self::$variant { $($field: Wire::take(input)?),* }),)*
                    _ => Err(Malformed),
                }
            }
        }
    )*};
}

messages! {
    /// A call of a handler of [`ihv::Extension`].
    Handler {
        0 InitService { version: u32 }
        1 InitVirtualStation {}
        2 DeinitService {}
        3 InitAdapter { adapter: HostAdapter, info: AdapterInfo }
        4 DeinitAdapter { adapter: ExtensionAdapter }
        5 PerformPreAssociate {
            adapter: ExtensionAdapter,
            session: ConnectSession,
            profile: ProfileParameters,
            connectivity: ConnectivityProfile,
            security: SecurityProfile,
            connectable: Vec<BssEntry>,
        }
        6 AdapterReset { adapter: ExtensionAdapter }
        7 PerformPostAssociate {
            adapter: ExtensionAdapter,
            session: SecuritySession,
            port: PortState,
            association: Association,
        }
        8 StopPostAssociate { adapter: ExtensionAdapter, peer: MacAddress, status: AssociationStatus }
        9 ValidateProfile {
            adapter: ExtensionAdapter,
            profile: ProfileParameters,
            connectivity: ConnectivityProfile,
            security: SecurityProfile,
        }
        10 PerformCapabilityMatch {
            adapter: ExtensionAdapter,
            profile: ProfileParameters,
            connectivity: ConnectivityProfile,
            security: SecurityProfile,
            connectable: Vec<BssEntry>,
        }
        11 CreateDiscoveryProfiles {
            adapter: ExtensionAdapter,
            insecure: bool,
            profile: ProfileParameters,
            connectable: Vec<BssEntry>,
        }
        12 ProcessSessionChange { change: SessionChange }
        13 ReceiveIndication { adapter: ExtensionAdapter, told: Told }
        14 ReceivePacket { adapter: ExtensionAdapter, packet: Packet }
        15 SendPacketCompletion { completion: SendCompletion }
        16 IsUiRequestPending { request: Guid }
        17 ProcessUiResponse { request: Guid, response: Vec<u8> }
        18 QueryUiRequest { adapter: ExtensionAdapter, phase: ConnectionPhase }
        19 OnexIndicateResult { adapter: ExtensionAdapter, result: OneXResult }
        20 Control { adapter: ExtensionAdapter, input: Vec<u8> }
        21 HandleTimeout {}
    }

    /// A call of a function of [`ihv::Host`].
    Call {
        0 AllocateBuffer { octets: u32 }
        1 FreeBuffer { id: u64 }
        2 SetProfileCustomUserData {
            adapter: HostAdapter,
            session: ConnectSession,
            user_session: u32,
            data: Vec<u8>,
        }
        3 ProfileCustomUserData { adapter: HostAdapter, session: ConnectSession, user_session: u32 }
        4 SetCurrentProfile {
            adapter: HostAdapter,
            session: ConnectSession,
            connectivity: ConnectivityProfile,
            security: SecurityProfile,
        }
        5 SendUiRequest { adapter: HostAdapter, request: UiRequest }
        6 PreAssociateCompletion {
            adapter: HostAdapter,
            session: ConnectSession,
            reason: Reason,
            error: Win32Error,
        }
        7 PostAssociateCompletion {
            adapter: HostAdapter,
            session: SecuritySession,
            peer: MacAddress,
            reason: Reason,
            error: Win32Error,
        }
        8 SendNotification { adapter: HostAdapter, notification: Notification }
        9 SendPacket { adapter: HostAdapter, packet: Packet, completion: SendCompletion }
        10 SetEtherTypeHandling { adapter: HostAdapter, handling: EtherTypeHandling }
        11 SetAuthAlgorithm { adapter: HostAdapter, algorithm: AuthAlgorithm }
        12 SetUnicastCipherAlgorithm { adapter: HostAdapter, cipher: CipherAlgorithm }
        13 SetMulticastCipherAlgorithm { adapter: HostAdapter, cipher: CipherAlgorithm }
        14 SetDefaultKey { adapter: HostAdapter, key: DefaultKey, direction: Direction }
        15 SetKeyMappingKey { adapter: HostAdapter, key: KeyMappingKey }
        16 SetDefaultKeyId { adapter: HostAdapter, index: u32 }
        17 NicSpecificExtension { adapter: HostAdapter, input: Vec<u8> }
        18 SetExcludeUnencrypted { adapter: HostAdapter, exclude: bool }
        19 StartOneX { adapter: HostAdapter, attributes: Vec<EapAttribute> }
        20 StopOneX { adapter: HostAdapter }
        21 ProcessOneXPacket { adapter: HostAdapter, packet: Vec<u8> }
        22 RequestVirtualStation { primary: HostAdapter }
        23 ReleaseVirtualStation { primary: HostAdapter }
        24 QueryVirtualStationProperties { adapter: HostAdapter }
        25 SetVirtualStationApProperties {
            adapter: HostAdapter,
            session: ConnectSession,
            properties: VirtualStationApProperties,
        }
    }

    /// An [`Indication`] that owns what it says.
    Told {
        0 NicSpecific { octets: Vec<u8> }
        1 PmkidCandidates { peers: Vec<MacAddress> }
        2 TkipMicFailure { peer: MacAddress, group: bool }
        3 PhyState { on: bool }
        4 LinkQuality { percent: u8 }
    }
}

/// A handler's call, and when it comes.
pub(crate) struct Timed {
    pub now: Duration,
    pub request: Handler,
}

/// A [`ihv::SecurityPacket`] that owns its data.
pub(crate) struct Packet {
    pub peer: MacAddress,
    pub ethertype: EtherType,
    pub data: Vec<u8>,
}

/// [`AssociationParameters`] that own their frames.
pub(crate) struct Association {
    peer: MacAddress,
    status: AssociationStatus,
    reassociation: bool,
    request: Box<[u8]>,
    response: Box<[u8]>,
    beacon: Box<[u8]>,
    ihv_data: Box<[u8]>,
    auth: AuthAlgorithm,
    unicast_cipher: CipherAlgorithm,
    multicast_cipher: CipherAlgorithm,
    multicast_management_cipher: CipherAlgorithm,
    port_authorized: bool,
}

structures! {
    Timed { now, request }
    Packet { peer, ethertype, data }
    Association {
        peer, status, reassociation, request, response, beacon, ihv_data, auth, unicast_cipher, multicast_cipher,
        multicast_management_cipher, port_authorized,
    }
}

impl Packet {
    pub(crate) fn new(packet: ihv::SecurityPacket<'_>) -> Self {
        Self {
            peer: packet.peer,
            ethertype: packet.ethertype,
            data: packet.data.to_vec(),
        }
    }

    pub(crate) fn borrow(&self) -> ihv::SecurityPacket<'_> {
        ihv::SecurityPacket {
            peer: self.peer,
            ethertype: self.ethertype,
            data: &self.data,
        }
    }
}

impl Association {
    pub(crate) fn new(parameters: &AssociationParameters<'_>) -> Self {
        Self {
            peer: parameters.peer,
            status: parameters.status,
            reassociation: parameters.reassociation,
            request: parameters.request.into(),
            response: parameters.response.into(),
            beacon: parameters.beacon.into(),
            ihv_data: parameters.ihv_data.into(),
            auth: parameters.auth,
            unicast_cipher: parameters.unicast_cipher,
            multicast_cipher: parameters.multicast_cipher,
            multicast_management_cipher: parameters.multicast_management_cipher,
            port_authorized: parameters.port_authorized,
        }
    }

    pub(crate) fn borrow(&self) -> AssociationParameters<'_> {
        AssociationParameters {
            peer: self.peer,
            status: self.status,
            reassociation: self.reassociation,
            request: &self.request,
            response: &self.response,
            beacon: &self.beacon,
            ihv_data: &self.ihv_data,
            auth: self.auth,
            unicast_cipher: self.unicast_cipher,
            multicast_cipher: self.multicast_cipher,
            multicast_management_cipher: self.multicast_management_cipher,
            port_authorized: self.port_authorized,
            // The binary interface has no place for it.
            channel: None,
        }
    }
}

impl Told {
    /// `None` for what the binary interface has no place for.
    pub(crate) fn new(indication: Indication<'_>) -> Option<Self> {
        Some(match indication {
            Indication::NicSpecific(octets) => Self::NicSpecific {
                octets: octets.to_vec(),
            },
            Indication::PmkidCandidates(peers) => Self::PmkidCandidates { peers: peers.to_vec() },
            Indication::TkipMicFailure { peer, group } => Self::TkipMicFailure { peer, group },
            Indication::PhyState { on } => Self::PhyState { on },
            Indication::LinkQuality(percent) => Self::LinkQuality { percent },
            Indication::UnprotectedDeparture { .. }
            | Indication::GroupRekeyed { .. }
            | Indication::ChannelSwitched { .. } => return None,
        })
    }

    pub(crate) fn borrow(&self) -> Indication<'_> {
        match self {
            Self::NicSpecific { octets } => Indication::NicSpecific(octets),
            Self::PmkidCandidates { peers } => Indication::PmkidCandidates(peers),
            Self::TkipMicFailure { peer, group } => Indication::TkipMicFailure {
                peer: *peer,
                group: *group,
            },
            Self::PhyState { on } => Indication::PhyState { on: *on },
            Self::LinkQuality { percent } => Indication::LinkQuality(*percent),
        }
    }
}
