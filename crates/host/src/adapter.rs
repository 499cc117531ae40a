//! What host and adapter say to each other: [`Command`]s go down, [`AdapterEvent`]s come up.
//!
//! An adapter is anything that executes commands in their order and reports what happens: a driver
//! behind nl80211, the simulated adapter, a test's script. It decides nothing about security.

use core::fmt;
use frame::codes::{ReasonCode, StatusCode};
use frame::ethertype::EtherType;
use frame::oci::Oci;
use frame::{Cipher, MacAddress};
use ihv::{
    AuthAlgorithm, AuthenticationFrame, BssEntry, CipherAlgorithm, DefaultKey, KeyMappingKey, Offload,
    PrivacyExemption, RekeyOffload,
};

/// The host's number for a packet on its way out: it returns with [`AdapterEvent::PacketSent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId(pub u64);

/// An access point that a scan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sought {
    /// Its address.
    pub bssid: MacAddress,
    /// The centre of its primary channel in MHz, if that was told.
    pub frequency: Option<u16>,
}

/// What an adapter is to do.
pub enum Command {
    /// Look for networks of this name (0 to 32 octets), then report [`AdapterEvent::ScanCompleted`].
    Scan {
        /// The name to probe for.
        ssid: Vec<u8>,
        /// The access point that the scan is for: an adapter may look where that one is before it looks elsewhere.
        sought: Option<Sought>,
    },
    /// Send one frame of an authentication that is not the adapter's affair. What the access point answers
    /// is reported as [`AdapterEvent::AuthenticationReceived`]; repetitions are the sender's affair, too.
    /// An adapter that can't send it reports [`AdapterEvent::AssociationFailed`].
    Authenticate(Box<AuthenticateRequest>),
    /// Associate, then report [`AdapterEvent::Associated`] or [`AdapterEvent::AssociationFailed`]. With a
    /// [`previous`](AssociateRequest::previous) access point this is a reassociation, and no end of the
    /// association with that one is reported.
    Associate(Box<AssociateRequest>),
    /// Send an action frame to `peer`, protected if management frames are.
    SendAction {
        /// The access point of the association.
        peer: MacAddress,
        /// The frame's body, from the category on.
        body: Vec<u8>,
    },
    /// Do the group key handshakes with `peer` without the host from now on.
    OffloadGroupRekeys {
        /// The access point.
        peer: MacAddress,
        /// What it takes.
        keys: RekeyOffload,
    },
    /// End the association with `peer`, or the attempt at one, and forget its keys. No
    /// [`AdapterEvent::Disassociated`] is owed.
    Disassociate {
        /// The access point.
        peer: MacAddress,
        /// What to tell it.
        reason: ReasonCode,
    },
    /// Send a security packet, whatever the state of the port, then report
    /// [`AdapterEvent::PacketSent`].
    SendPacket(OutgoingPacket),
    /// Install the pairwise key, or remove it where `key` is `None`.
    SetKeyMappingKey(KeyMappingKey),
    /// Install a group key, or remove it where `key` is `None`. It never protects what a station sends.
    SetDefaultKey(DefaultKey),
    /// Which default key protects what is sent to a group, 0 to 3.
    SetDefaultKeyId(u8),
    /// Which received packets may pass unencrypted although [`Command::SetExcludeUnencrypted`] says
    /// otherwise.
    SetPrivacyExemptions(Vec<PrivacyExemption>),
    /// Discard received data that was not encrypted.
    SetExcludeUnencrypted(bool),
    /// Let data pass between the operating system and `peer`, or stop it.
    AuthorizePort {
        /// The port's peer.
        peer: MacAddress,
        /// Data may pass.
        authorized: bool,
    },
}

/// Shows keys by their places only.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scan { ssid, sought } => f
                .debug_struct("Scan")
                .field("ssid", ssid)
                .field("sought", sought)
                .finish(),
            Self::Authenticate(request) => f.debug_tuple("Authenticate").field(request).finish(),
            Self::Associate(request) => f.debug_tuple("Associate").field(request).finish(),
            Self::SendAction { peer, body } => f
                .debug_struct("SendAction")
                .field("peer", peer)
                .field("body", body)
                .finish(),
            Self::OffloadGroupRekeys { peer, .. } => f.debug_struct("OffloadGroupRekeys").field("peer", peer).finish(),
            Self::Disassociate { peer, reason } => f
                .debug_struct("Disassociate")
                .field("peer", peer)
                .field("reason", reason)
                .finish(),
            Self::SendPacket(packet) => f.debug_tuple("SendPacket").field(packet).finish(),
            Self::SetKeyMappingKey(key) => f
                .debug_struct("SetKeyMappingKey")
                .field("peer", &key.peer)
                .field("key_id", &key.key_id)
                .finish(),
            Self::SetDefaultKey(key) => f.debug_struct("SetDefaultKey").field("index", &key.index).finish(),
            Self::SetDefaultKeyId(index) => f.debug_tuple("SetDefaultKeyId").field(index).finish(),
            Self::SetPrivacyExemptions(list) => f.debug_tuple("SetPrivacyExemptions").field(list).finish(),
            Self::SetExcludeUnencrypted(exclude) => f.debug_tuple("SetExcludeUnencrypted").field(exclude).finish(),
            Self::AuthorizePort { peer, authorized } => f
                .debug_struct("AuthorizePort")
                .field("peer", peer)
                .field("authorized", authorized)
                .finish(),
        }
    }
}

/// One frame of an authentication.
#[derive(Debug)]
pub struct AuthenticateRequest {
    /// The association that it is for, as far as it is known: a driver may have to ask for that first, and
    /// be asked by it for the authentication. The elements in it may be others in the end.
    pub association: AssociateRequest,
    /// The authentication algorithm number (IEEE 802.11-2020, 9.4.1.1).
    pub algorithm: u16,
    /// The transaction sequence number.
    pub transaction: u16,
    /// The status code.
    pub status: StatusCode,
    /// What follows in the frame.
    pub body: Vec<u8>,
}

/// How the authentication of an association comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// The adapter does it, by the open system (or the shared key) algorithm.
    Adapter,
    /// It is done, by frames of [`Command::Authenticate`] or by action frames: fast transition (2), SAE (3).
    Done {
        /// The authentication algorithm number.
        algorithm: u16,
    },
}

/// With whom, and how, to associate.
#[derive(Debug)]
pub struct AssociateRequest {
    /// The access point, as it was seen.
    pub bss: BssEntry,
    /// The network's name, 0 to 32 octets.
    pub ssid: Vec<u8>,
    /// The authentication algorithm of the association (R13).
    pub auth: AuthAlgorithm,
    /// The pairwise cipher.
    pub unicast_cipher: CipherAlgorithm,
    /// The group cipher.
    pub multicast_cipher: CipherAlgorithm,
    /// The group management cipher, if management frames are to be protected.
    pub group_management: Option<Cipher>,
    /// The elements of the association request that speak of security, whole: RSNE, RSNXE and others.
    pub elements: Vec<u8>,
    /// How the authentication comes about.
    pub authentication: Authentication,
    /// The access point that is left for this one.
    pub previous: Option<MacAddress>,
    /// The key from which an adapter that can does the 4-way handshake itself.
    pub offload: Option<Offload>,
}

impl AssociateRequest {
    /// The same request without a key, for a frame that comes before it.
    #[must_use]
    pub fn without_key(&self) -> Self {
        Self {
            bss: self.bss.clone(),
            ssid: self.ssid.clone(),
            elements: self.elements.clone(),
            offload: None,
            ..*self
        }
    }
}

/// A security packet on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingPacket {
    /// Its number.
    pub id: PacketId,
    /// Its destination, one station.
    pub peer: MacAddress,
    /// What it carries.
    pub ethertype: EtherType,
    /// The octets after the EtherType.
    pub data: Vec<u8>,
    /// It answers an EAPOL-Key message that came unencrypted, and whose sender may have no key yet: it goes out
    /// unencrypted, too. Every other packet is encrypted as soon as there is a key.
    pub in_the_clear: bool,
}

/// What an adapter reports.
#[derive(Clone, Copy, Debug)]
pub enum AdapterEvent<'a> {
    /// The scan is over; these networks are in reach.
    ScanCompleted(&'a [BssEntry]),
    /// An authentication frame has come from an access point that one was sent to.
    AuthenticationReceived {
        /// Who sent it.
        peer: MacAddress,
        /// The frame.
        frame: AuthenticationFrame<'a>,
    },
    /// An action frame of a security category has come from the access point of the association, protected
    /// if management frames are.
    ActionReceived {
        /// Who sent it.
        peer: MacAddress,
        /// The frame's body, from the category on.
        body: &'a [u8],
    },
    /// The association stands.
    Associated(Association<'a>),
    /// There is no association.
    AssociationFailed {
        /// The access point.
        peer: MacAddress,
        /// What happened.
        failure: AssociationFailure,
        /// The elements of the access point's answer, if it gave one.
        elements: &'a [u8],
    },
    /// The association is over.
    Disassociated {
        /// The access point.
        peer: MacAddress,
        /// Who ended it, and why.
        cause: DisassociationCause,
    },
    /// A packet was received from `peer`, decrypted if it had to be.
    PacketReceived {
        /// Who sent it.
        peer: MacAddress,
        /// What it carries.
        ethertype: EtherType,
        /// The octets after the EtherType.
        data: &'a [u8],
        /// Whether it came encrypted. `None` where the adapter cannot tell.
        encrypted: Option<bool>,
    },
    /// A packet has left the adapter, or never will.
    PacketSent {
        /// Which.
        id: PacketId,
        /// Whether it left. A peer that did not acknowledge it makes no difference.
        sent: bool,
    },
    /// Something that the extension wants to know.
    Indication(ihv::Indication<'a>),
    /// The adapter has been reset: associations and keys are gone.
    Reset,
    /// The adapter is gone.
    Removed,
}

/// A completed association. Frames stand without their MAC header; an adapter that does not know the
/// fixed fields of a frame gives zeros in their place.
#[derive(Clone, Copy, Debug)]
pub struct Association<'a> {
    /// The access point.
    pub peer: MacAddress,
    /// The request was a reassociation request.
    pub reassociation: bool,
    /// The (re)association request: capability information (2 octets), listen interval (2), in a
    /// reassociation the current AP (6), elements.
    pub request: &'a [u8],
    /// The (re)association response: capability information (2 octets), status (2), AID (2), elements.
    pub response: &'a [u8],
    /// The Beacon or Probe Response: timestamp (8 octets), interval (2), capability information (2),
    /// elements. Empty if the adapter has nothing newer than what the request was made from.
    pub beacon: &'a [u8],
    /// The channel that the adapter is on, if it can tell.
    pub channel: Option<Oci>,
    /// The adapter has authenticated the peer itself and opened the port.
    pub authorized: bool,
}

/// Why there is no association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssociationFailure {
    /// The access point is not there any more.
    NotFound,
    /// It did not answer.
    NoAnswer,
    /// It refused the authentication.
    Authentication(StatusCode),
    /// It refused the association.
    Association(StatusCode),
    /// The adapter or its driver refused, with an error number of the operating system's.
    Driver(i32),
}

/// Who ended an association, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisassociationCause {
    /// The access point deauthenticated the station.
    Deauthenticated(ReasonCode),
    /// The access point disassociated the station.
    Disassociated(ReasonCode),
    /// The access point is out of reach.
    Lost,
    /// Something else on this machine ended it.
    Local(ReasonCode),
    /// The radio was switched off.
    RadioOff,
}
