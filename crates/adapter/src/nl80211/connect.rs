//! Associating, opening the port, leaving.
//!
//! `NL80211_CMD_CONNECT` serves every driver: one that does authentication and association itself gets
//! the request, for any other cfg80211 takes the steps.

use super::attributes::{flag, kind, octets, request, suite_number};
use super::control_port::Path;
use frame::MacAddress;
use frame::codes::ReasonCode;
use frame::ethertype::EtherType;
use frame::{Akm, Cipher};
use host::adapter::AssociateRequest;
use ihv::Offload;
use wl_nl80211::packet_core::EthernetProtocol;
use wl_nl80211::{
    Ieee80211AkmSuite, Ieee80211CipherSuite, Nl80211Attr, Nl80211AuthType, Nl80211Command, Nl80211Message,
    Nl80211UseMfp, Nl80211WpaVersions,
};

/// The request to authenticate and associate.
///
/// The association ends with the socket that asks for it: a program that is killed leaves none behind.
pub(super) fn connect(ifindex: u32, association: &AssociateRequest, path: Path) -> Nl80211Message {
    whole(ifindex, association, path, Nl80211AuthType::OpenSystem)
}

/// The same, with an authentication that the driver is to ask this program for ([`super::external`]).
pub(super) fn connect_externally(ifindex: u32, association: &AssociateRequest, path: Path) -> Nl80211Message {
    let mut request = whole(ifindex, association, path, Nl80211AuthType::Sae);
    request.attributes.push(Nl80211Attr::ExternalAuthSupport);
    request
}

fn whole(ifindex: u32, association: &AssociateRequest, path: Path, kind: Nl80211AuthType) -> Nl80211Message {
    let mut attributes = vec![
        Nl80211Attr::SocketOwner,
        Nl80211Attr::SsidRaw(association.ssid.clone()),
        Nl80211Attr::Mac(association.bss.bssid.0),
        Nl80211Attr::WiphyFreq(u32::from(association.bss.frequency)),
        Nl80211Attr::AuthType(kind),
    ];
    attributes.extend(association.previous.map(|previous| Nl80211Attr::PrevBssid(previous.0)));
    if let Some(Offload(key)) = &association.offload {
        attributes.push(Nl80211Attr::Pmk(key.octets().to_vec()));
    }
    attributes.extend(common(association, path));
    request(Nl80211Command::Connect, ifindex, attributes)
}

/// What a request to associate contains, whether it authenticates, too, or not.
pub(super) fn common(association: &AssociateRequest, path: Path) -> Vec<Nl80211Attr> {
    let mut attributes = Vec::new();
    if !association.elements.is_empty() {
        attributes.push(Nl80211Attr::Ie(association.elements.clone()));
    }
    if let Some(akm) = association.auth.akm() {
        attributes.extend(security(akm, association));
        attributes.extend(control_port(path));
    } else if association.unicast_cipher.cipher().is_some() {
        // WEP: its key follows.
        attributes.push(Nl80211Attr::Privacy);
    }
    attributes
}

/// What the driver is to know of the security that was agreed.
fn security(akm: Akm, association: &AssociateRequest) -> Vec<Nl80211Attr> {
    let version = match akm {
        Akm::WPA_EAP | Akm::WPA_PSK => Nl80211WpaVersions::WPA1,
        _ => Nl80211WpaVersions::WPA2,
    };
    let mut attributes = vec![
        Nl80211Attr::Privacy,
        Nl80211Attr::WpaVersions(version),
        Nl80211Attr::AkmSuites(vec![Ieee80211AkmSuite::from(suite_number(akm.0))]),
    ];
    if let Some(cipher) = association.unicast_cipher.cipher() {
        attributes.push(Nl80211Attr::CiphersPairwise(vec![cipher_suite(cipher)]));
    }
    if let Some(cipher) = association.multicast_cipher.cipher() {
        attributes.push(Nl80211Attr::CipherGroup(cipher_suite(cipher)));
    }
    if association.group_management.is_some() {
        // Whether to protect is decided already, so it is not left to the driver.
        attributes.push(Nl80211Attr::UseMfp(Nl80211UseMfp::Required));
    }
    attributes
}

fn cipher_suite(cipher: Cipher) -> Ieee80211CipherSuite {
    Ieee80211CipherSuite::from(suite_number(cipher.0))
}

/// Keeps the port closed but for EAPOL, and says which way EAPOL goes.
fn control_port(path: Path) -> Vec<Nl80211Attr> {
    let mut attributes = vec![flag(kind::CONTROL_PORT)];
    if path.is_over_nl80211() {
        attributes.push(Nl80211Attr::ControlPortEthertype(EthernetProtocol::from(
            EtherType::EAPOL.0,
        )));
        attributes.push(Nl80211Attr::ControlPortOverNl80211);
    }
    attributes
}

/// The request to open or close the port to `peer`.
pub(super) fn authorize(ifindex: u32, peer: MacAddress, authorized: bool) -> Nl80211Message {
    /// Bit of `NL80211_STA_FLAG_AUTHORIZED`.
    const AUTHORIZED: u32 = 1 << 1;
    let value = if authorized { AUTHORIZED } else { 0 };
    // `struct nl80211_sta_flag_update`: mask, then values.
    let update = [AUTHORIZED.to_ne_bytes(), value.to_ne_bytes()].concat();
    request(
        Nl80211Command::SetStation,
        ifindex,
        [Nl80211Attr::Mac(peer.0), octets(kind::STA_FLAGS2, update)],
    )
}

/// The request to end an association or the attempt at one.
pub(super) fn disconnect(ifindex: u32, reason: ReasonCode) -> Nl80211Message {
    request(Nl80211Command::Disconnect, ifindex, [Nl80211Attr::ReasonCode(reason.0)])
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::captured;
    use super::*;
    use host::adapter::Authentication;
    use ihv::{AuthAlgorithm, BssEntry, CipherAlgorithm};
    use wl_nl80211::packet_core::Emitable;

    const OVER_NL80211: Path = Path::Nl80211 { reports_status: true };

    /// RSNE: group and pairwise CCMP, PSK, management frame protection possible, BIP-CMAC-128.
    const RSNE: &str = "301a0100000fac040100000fac040100000fac0280000000000fac06";

    pub(in super::super) fn association() -> AssociateRequest {
        AssociateRequest {
            bss: BssEntry {
                bssid: captured::ACCESS_POINT,
                frequency: 2412,
                rssi: -30,
                beacon: Box::default(),
            },
            ssid: b"castle".to_vec(),
            auth: AuthAlgorithm::of_akm(Akm::PSK),
            unicast_cipher: CipherAlgorithm::of_cipher(Cipher::CCMP_128),
            multicast_cipher: CipherAlgorithm::of_cipher(Cipher::CCMP_128),
            group_management: Some(Cipher::BIP_CMAC_128),
            elements: captured::octets(RSNE),
            authentication: Authentication::Adapter,
            previous: None,
            offload: None,
        }
    }

    fn emitted(message: &Nl80211Message) -> Vec<u8> {
        let mut octets = vec![0; message.buffer_len()];
        message.emit(&mut octets);
        octets
    }

    #[test]
    fn an_association_tells_the_driver_all_that_was_agreed() {
        let request = connect(captured::IFINDEX, &association(), OVER_NL80211);
        assert_eq!(request.cmd, Nl80211Command::Connect);
        // As the kernel of `captured` took it.
        let expected = "
            0800030002000000 0400cc00 0a003400636173746c650000 0a0006000200000001000000 080026006c090000
            0800350000000000 20002a00301a0100000fac040100000fac040100000fac0280000000000fac06 04004600
            08004b0002000000 08004c0002ac0f00 0800490004ac0f00 08004a0004ac0f00 0800420001000000
            04004400 060066008e880000 04000801";
        assert_eq!(emitted(&request), captured::octets(expected));
    }

    #[test]
    fn over_a_packet_socket_the_port_is_controlled_but_eapol_is_not_asked_for() {
        let request = connect(2, &association(), Path::PacketSocket);
        assert!(request.attributes.contains(&flag(kind::CONTROL_PORT)));
        assert!(!request.attributes.contains(&Nl80211Attr::ControlPortOverNl80211));
    }

    #[test]
    fn a_driver_that_is_to_ask_for_the_authentication_is_told_that_it_may() {
        let request = connect_externally(2, &association(), OVER_NL80211);
        assert!(request.attributes.contains(&Nl80211Attr::ExternalAuthSupport));
        assert!(
            request
                .attributes
                .contains(&Nl80211Attr::AuthType(Nl80211AuthType::Sae))
        );
    }

    #[test]
    fn an_open_network_is_joined_without_security() {
        let open = AssociateRequest {
            auth: AuthAlgorithm::OPEN,
            unicast_cipher: CipherAlgorithm::NONE,
            multicast_cipher: CipherAlgorithm::NONE,
            group_management: None,
            elements: Vec::new(),
            ..association()
        };
        let request = connect(2, &open, OVER_NL80211);
        assert!(!request.attributes.contains(&Nl80211Attr::Privacy));
        assert!(!request.attributes.contains(&flag(kind::CONTROL_PORT)));
        assert!(
            !request
                .attributes
                .iter()
                .any(|attribute| matches!(attribute, Nl80211Attr::Ie(_)))
        );
    }

    #[test]
    fn wpa_is_told_from_rsn() {
        let wpa = AssociateRequest {
            auth: AuthAlgorithm::of_akm(Akm::WPA_PSK),
            ..association()
        };
        let request = connect(2, &wpa, OVER_NL80211);
        assert!(
            request
                .attributes
                .contains(&Nl80211Attr::WpaVersions(Nl80211WpaVersions::WPA1))
        );
    }

    #[test]
    fn the_port_is_opened_and_closed_by_one_flag_of_the_station() {
        let flags = |authorized| emitted(&authorize(2, captured::ACCESS_POINT, authorized));
        let station = "0800030002000000 0a0006000200000001000000 0c004300";
        assert_eq!(flags(true), captured::octets(&[station, "02000000 02000000"].concat()));
        assert_eq!(flags(false), captured::octets(&[station, "02000000 00000000"].concat()));
    }
}
