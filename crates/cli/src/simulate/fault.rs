//! Things that go wrong in a simulated life, one for each outcome that a user may meet.

use super::kind::Kind;
use adapter::simulated::{self, AccessPointConfig, CHANNEL, Fate, ManagementProtection, Secrets};
use clap::ValueEnum;
use extension::profile::{ManagementProtection as Demand, SecurityFragment};
use frame::dot11::Frame;
use frame::eapol_key::{KeyFrame, MessageName};
use frame::element::{self, id};
use frame::ethertype::EtherType;
use frame::oci::Oci;
use frame::{Akm, Cipher, ReasonCode, StatusCode};
use ihv::AdapterCapabilities;
use keys::suites::Credential;
use keys::{AkmSuite, Pmk, Psk};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Fault {
    /// There is no network of the name that the station looks for.
    Absent,
    /// The access point refuses the authentication, with status 1.
    RefuseAuthentication,
    /// The access point refuses the association, with status 17.
    RefuseAssociation,
    /// The access point does not answer the request to associate.
    SilentAssociation,
    /// The access point never sends message 1.
    SilentMessage1,
    /// The access point is switched off when message 2 is on its way, and never sends message 3.
    SilentMessage3,
    /// The station has another secret than the access point.
    WrongSecret,
    /// The access point computes in none of the groups of the station (with SAE, or without a secret).
    NoCommonGroup,
    /// The station wants protected management frames, and the access point has none.
    ManagementMismatch,
    /// The access point requires protected management frames, and the adapter cannot protect them.
    ManagementUnable,
    /// A network of 192 bits offers a cipher of 128.
    WeakCipher,
    /// Somebody forges the beacons of the access point, so that it seems to offer less than it does.
    Downgrade,
    /// The access point deauthenticates the station in mid-handshake, for reason 5.
    DeauthenticateEarly,
    /// The access point deauthenticates the station once its port is open, for reason 4.
    DeauthenticateLate,
    /// The adapter is pulled out once the port is open.
    Unplug,
    /// The user gives up in mid-handshake.
    Cancel,
    /// The network offers nothing that the profile allows.
    NothingInCommon,
    /// The station moves to another access point of its network, which has other keys of fast transition.
    WrongFtKey,
    /// The access point says that it is on another channel than the one that it was heard on: a narrower one.
    WrongChannel,
}

impl Fault {
    /// The AKM of networks in which it happens, unless another one is asked for.
    pub(super) const fn usual_akm(self) -> Option<Akm> {
        match self {
            Self::NoCommonGroup => Some(Akm::OWE),
            Self::WeakCipher => Some(Akm::EAP_SUITE_B_192),
            Self::WrongFtKey => Some(Akm::FT_PSK),
            _ => None,
        }
    }

    /// The cipher that makes it happen.
    pub(super) const fn cipher(self) -> Option<Cipher> {
        match self {
            Self::WeakCipher => Some(Cipher::CCMP_128),
            _ => None,
        }
    }

    /// Whether it can happen in such a network, and with users who are authenticated by a server or not.
    pub(super) fn happens_with(self, kind: Kind, users: bool) -> bool {
        let Some(akm) = kind.akm() else {
            return self.needs_no_handshake();
        };
        let credential = AkmSuite::of(akm).map(|suite| suite.credential);
        match self {
            Self::WrongSecret => credential != Some(Credential::Owe) && !users,
            Self::NoCommonGroup => matches!(credential, Some(Credential::Sae | Credential::Owe)),
            Self::WeakCipher => matches!(akm, Akm::EAP_SUITE_B_192 | Akm::FT_EAP_SHA384),
            Self::NothingInCommon => akm != Akm::SAE,
            Self::WrongFtKey => AkmSuite::of(akm).is_some_and(|suite| suite.fast_transition),
            // WPA has nothing to say of it.
            Self::ManagementMismatch | Self::ManagementUnable => akm != Akm::WPA_PSK,
            _ => true,
        }
    }

    /// Whether it can happen where there is nothing to do after the association.
    const fn needs_no_handshake(self) -> bool {
        matches!(
            self,
            Self::Absent
                | Self::RefuseAuthentication
                | Self::RefuseAssociation
                | Self::SilentAssociation
                | Self::DeauthenticateLate
                | Self::Unplug
        )
    }

    /// What the fault changes in what the station wants.
    pub(super) fn demand(self, profile: SecurityFragment) -> SecurityFragment {
        match self {
            Self::ManagementMismatch => profile.with_management_protection(Demand::Required),
            _ => profile,
        }
    }

    /// What an adapter can do.
    pub(super) fn capabilities(self) -> AdapterCapabilities {
        let usual = simulated::capabilities();
        AdapterCapabilities {
            management_protection: usual.management_protection && self != Self::ManagementUnable,
            ..usual
        }
    }

    /// What the fault changes in an access point.
    pub(super) fn apply(self, config: &mut AccessPointConfig) {
        match self {
            Self::RefuseAuthentication => config.refuse_authentication = Some(StatusCode(1)),
            Self::RefuseAssociation => config.refuse_association = Some(StatusCode(17)),
            Self::WrongSecret => confuse(&mut config.secrets),
            Self::NoCommonGroup => config.groups.clear(),
            Self::ManagementMismatch => config.management = ManagementProtection::None,
            Self::ManagementUnable => require_protection(config),
            Self::WrongChannel => {
                require_protection(config);
                config.channel = Some(Oci {
                    operating_class: 81,
                    ..CHANNEL
                });
            }
            Self::NothingInCommon => config.akms = vec![Akm::SAE],
            _ => {}
        }
    }

    /// What the fault does to a frame on the medium.
    pub(super) fn touch(self, frame: &mut [u8]) -> Fate {
        let lost = match self {
            Self::SilentAssociation => is_management(frame, frame::dot11::management_subtype::AUTHENTICATION),
            Self::SilentMessage1 => {
                message(frame) == Some(MessageName::FourWay1)
                    || is_management(frame, frame::dot11::management_subtype::DEAUTHENTICATION)
            }
            Self::Downgrade => {
                forge_beacon(frame);
                false
            }
            _ => false,
        };
        if lost { Fate::Drop } else { Fate::Pass }
    }

    /// Whether the fault strikes when the station has sent message 2.
    pub(super) fn strikes_in_handshake(self) -> bool {
        matches!(self, Self::SilentMessage3 | Self::DeauthenticateEarly | Self::Cancel)
    }

    /// Whether the fault strikes once the port is open.
    pub(super) fn strikes_when_open(self) -> bool {
        matches!(self, Self::DeauthenticateLate | Self::Unplug | Self::WrongFtKey)
    }

    /// The reason that a deauthenticating access point gives.
    pub(super) fn reason(self) -> ReasonCode {
        match self {
            Self::DeauthenticateEarly => ReasonCode(5),
            _ => ReasonCode(4),
        }
    }
}

/// Has management frames protected, by the cipher that there is or by the usual one.
fn require_protection(config: &mut AccessPointConfig) {
    let cipher = match config.management {
        ManagementProtection::Optional(cipher) | ManagementProtection::Required(cipher) => cipher,
        ManagementProtection::None => Cipher::BIP_CMAC_128,
    };
    config.management = ManagementProtection::Required(cipher);
}

/// Puts other secrets in the place of those that are there.
fn confuse(secrets: &mut Secrets) {
    secrets.psk = secrets.psk.take().map(|_| Psk::new([0x5a; 32]));
    secrets.pmk = secrets.pmk.take().and_then(|pmk| {
        let other: Vec<u8> = pmk.as_bytes().iter().map(|octet| !octet).collect();
        Pmk::new(&other).ok()
    });
    for known in &mut secrets.passwords {
        known.password.reverse();
    }
}

fn is_management(frame: &[u8], subtype: u8) -> bool {
    Frame::parse(frame).is_ok_and(|frame| {
        let control = frame.header.frame_control;
        control.frame_type() == frame::dot11::FrameType::Management && control.subtype() == subtype
    })
}

fn message(frame: &[u8]) -> Option<MessageName> {
    let parsed = Frame::parse(frame).ok()?;
    let snap = parsed.snap().ok().filter(|snap| snap.ethertype == EtherType::EAPOL)?;
    KeyFrame::parse(snap.payload, 16).ok()?.name()
}

/// Sets the pre-authentication bit of the RSNE in a Probe Response: any change of the element will do.
fn forge_beacon(frame: &mut [u8]) {
    if !is_management(frame, frame::dot11::management_subtype::PROBE_RESPONSE) {
        return;
    }
    const BEFORE_ELEMENTS: usize = 24 + 12;
    let Some(elements) = frame.get(BEFORE_ELEMENTS..) else {
        return;
    };
    let Ok(Some(rsne)) = element::find(elements, id::RSN) else {
        return;
    };
    // The capabilities are the last two octets of an RSNE without PMKIDs.
    let end = rsne.bytes().as_ptr_range().end as usize - elements.as_ptr() as usize;
    if let Some(octet) = frame.get_mut(BEFORE_ELEMENTS + end - 2) {
        *octet ^= 1;
    }
}
