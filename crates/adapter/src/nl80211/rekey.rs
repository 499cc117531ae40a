//! Group key handshakes that the driver does by itself, while the machine sleeps.

use super::attributes::request;
use frame::MacAddress;
use ihv::RekeyOffload;
use wl_nl80211::{Nl80211Attr, Nl80211Command, Nl80211Message, Nl80211RekeyData};

/// The request to do so with these keys.
pub(super) fn offload(ifindex: u32, keys: &RekeyOffload) -> Nl80211Message {
    let data = vec![
        Nl80211RekeyData::Kek(keys.kek.octets().to_vec()),
        Nl80211RekeyData::Kck(keys.kck.octets().to_vec()),
        Nl80211RekeyData::ReplayCtr(keys.replay_counter.to_be_bytes().to_vec()),
        Nl80211RekeyData::Akm(u32::from_be_bytes(keys.akm.0.0)),
    ];
    request(Nl80211Command::SetRekeyOffload, ifindex, [Nl80211Attr::RekeyData(data)])
}

/// Of a handshake that was done: the access point, and the replay counter of its last message.
pub(super) fn done(message: &Nl80211Message) -> Option<(MacAddress, u64)> {
    let mut peer = None;
    let mut counter = None;
    for attribute in &message.attributes {
        match attribute {
            Nl80211Attr::Mac(octets) => peer = Some(MacAddress(*octets)),
            Nl80211Attr::RekeyData(data) => {
                counter = data.iter().find_map(|item| match item {
                    Nl80211RekeyData::ReplayCtr(octets) => octets.as_slice().try_into().ok().map(u64::from_be_bytes),
                    _ => None,
                });
            }
            _ => {}
        }
    }
    Some((peer?, counter?))
}

#[cfg(test)]
mod tests {
    use super::super::captured;
    use super::*;
    use frame::Akm;
    use ihv::KeyMaterial;

    #[test]
    fn keys_counter_and_akm_go_to_the_driver_and_the_counter_comes_back() {
        let keys = RekeyOffload {
            kck: KeyMaterial::new(&[1; 16]).unwrap(),
            kek: KeyMaterial::new(&[2; 16]).unwrap(),
            replay_counter: 0x0102,
            akm: Akm::SAE,
        };
        let mut message = offload(captured::IFINDEX, &keys);
        let Some(Nl80211Attr::RekeyData(data)) = message.attributes.last() else {
            panic!("expected rekey data");
        };
        assert_eq!(
            data[2..],
            [
                Nl80211RekeyData::ReplayCtr(vec![0, 0, 0, 0, 0, 0, 1, 2]),
                Nl80211RekeyData::Akm(0x000f_ac08)
            ]
        );
        assert_eq!(done(&message), None);
        message.attributes.push(Nl80211Attr::Mac(captured::ACCESS_POINT.0));
        assert_eq!(done(&message), Some((captured::ACCESS_POINT, 0x0102)));
    }
}
