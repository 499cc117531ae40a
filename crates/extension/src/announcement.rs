//! What the station says of itself in the RSNE of its request, beyond the suites that the host has put there.

use frame::element::{self, id};
use frame::rsne::Rsne;
use frame::{Cipher, Emit};
use ihv::{AdapterCapabilities, BssEntry};

/// The elements of a request to `bss`, with what the adapter can do as far as the access point can do it, too
/// (IEEE 802.11-2020, 9.4.2.24.4): two Key IDs for pairwise keys, though not for those of TKIP; operating channel
/// validation where management frames are protected, but not for a fast transition (`moves`), whose frames tell the
/// channel before the adapter is on it.
pub(crate) fn with_capabilities(
    elements: &[u8],
    bss: &BssEntry,
    adapter: &AdapterCapabilities,
    moves: bool,
) -> Vec<u8> {
    let theirs = bss
        .element(id::RSN)
        .and_then(|element| Rsne::parse(element.get(2..)?).ok())
        .map(|rsne| rsne.capabilities_or_default())
        .unwrap_or_default();
    rewritten(elements, |rsne| {
        let tkip = rsne.pairwise_or_default().contains(Cipher::TKIP);
        let capabilities = rsne
            .capabilities_or_default()
            .with_extended_key_id(adapter.extended_key_id && theirs.extended_key_id() && !tkip);
        let validates = adapter.operating_channel && theirs.ocvc() && capabilities.mfpc() && !moves;
        Rsne {
            capabilities: Some(capabilities.with_ocvc(validates)),
            ..rsne
        }
        .to_vec()
    })
}

/// The elements of a station that does not go without protected management frames (IEEE 802.11-2020, 9.4.2.24.4): the
/// access point is to know it, too.
pub(crate) fn with_demand(elements: &[u8]) -> Vec<u8> {
    rewritten(elements, |rsne| {
        Rsne {
            capabilities: Some(rsne.capabilities_or_default().with_mfpr(true)),
            ..rsne
        }
        .to_vec()
    })
}

/// The elements with the name of a key in the RSNE.
pub(crate) fn with_pmkid(elements: &[u8], pmkid: [u8; 16]) -> Vec<u8> {
    rewritten(elements, |rsne| {
        Rsne {
            pmkids: Some(core::slice::from_ref(&pmkid)),
            ..rsne
        }
        .to_vec()
    })
}

/// The elements with another RSNE in the place of the one that they have.
fn rewritten<E>(elements: &[u8], write: impl Fn(Rsne<'_>) -> Result<Vec<u8>, E>) -> Vec<u8> {
    let mut octets = Vec::with_capacity(elements.len());
    for element in element::elements(elements).map_while(Result::ok) {
        match Rsne::parse(element.body) {
            Ok(rsne) if element.id == id::RSN => octets.extend(write(rsne).unwrap_or_default()),
            _ => octets.extend_from_slice(element.bytes()),
        }
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::rsne::RsnCapabilities;
    use frame::{MacAddress, SuiteList};

    const MDE: [u8; 5] = [54, 3, b'P', b'C', 0];

    fn rsne(capable: bool, pairwise: Cipher) -> Vec<u8> {
        Rsne {
            pairwise: Some(SuiteList::new(&[pairwise])),
            capabilities: Some(RsnCapabilities::default().with_mfpc(true).with_extended_key_id(capable)),
            ..Rsne::default()
        }
        .to_vec()
        .unwrap()
    }

    fn bss(capable: bool) -> BssEntry {
        BssEntry {
            bssid: MacAddress([2; 6]),
            frequency: 2412,
            rssi: -40,
            beacon: [&[0; 12][..], &rsne(capable, Cipher::CCMP_128)].concat().into(),
        }
    }

    #[test]
    fn what_both_can_do_is_announced_and_the_rest_stays() {
        let adapter = AdapterCapabilities {
            extended_key_id: true,
            ..AdapterCapabilities::default()
        };
        let unable = AdapterCapabilities::default();
        let cases = [
            (true, &adapter, Cipher::CCMP_128, true),
            (false, &adapter, Cipher::CCMP_128, false),
            (true, &unable, Cipher::CCMP_128, false),
            (true, &adapter, Cipher::TKIP, false),
        ];
        for (theirs, adapter, cipher, announced) in cases {
            let ours = [&rsne(false, cipher)[..], &MDE].concat();
            let expected = [&rsne(announced, cipher)[..], &MDE].concat();
            assert_eq!(with_capabilities(&ours, &bss(theirs), adapter, false), expected);
        }
    }

    #[test]
    fn the_channel_is_validated_where_management_frames_are_protected_and_the_adapter_is_on_it() {
        let adapter = AdapterCapabilities {
            operating_channel: true,
            ..AdapterCapabilities::default()
        };
        let element = |mfpc, ocvc| {
            Rsne {
                capabilities: Some(RsnCapabilities::default().with_mfpc(mfpc).with_ocvc(ocvc)),
                ..Rsne::default()
            }
            .to_vec()
            .unwrap()
        };
        let theirs = BssEntry {
            beacon: [&[0; 12][..], &element(true, true)].concat().into(),
            ..bss(false)
        };
        let announced = |mfpc, moves| with_capabilities(&element(mfpc, false), &theirs, &adapter, moves);
        assert_eq!(announced(true, false), element(true, true));
        assert_eq!(announced(true, true), element(true, false));
        assert_eq!(announced(false, false), element(false, false));
    }

    #[test]
    fn a_demand_for_protected_management_frames_is_said_and_the_rest_stays() {
        let element = |mfpr| {
            Rsne {
                capabilities: Some(RsnCapabilities::default().with_mfpc(true).with_mfpr(mfpr)),
                pmkids: Some(&[]),
                group_management_cipher: Some(Cipher::BIP_GMAC_256),
                ..Rsne::default()
            }
            .to_vec()
            .unwrap()
        };
        let said = with_demand(&[&element(false)[..], &MDE].concat());
        assert_eq!(said, [&element(true)[..], &MDE].concat());
    }

    #[test]
    fn a_key_is_named_in_the_rsne_and_nowhere_else() {
        let elements = [&rsne(false, Cipher::CCMP_128)[..], &MDE].concat();
        let named = with_pmkid(&elements, [7; 16]);
        assert_eq!(named.len(), elements.len() + 2 + 16);
        let found = element::find(&named, id::RSN).unwrap().unwrap();
        assert_eq!(Rsne::parse(found.body).unwrap().pmkids_or_default(), [[7; 16]]);
        assert!(named.ends_with(&MDE));
    }
}
