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
    use super::super::connect::tests::association;
    use super::super::scripted;
    use super::*;
    use crate::OwnedEvent;
    use frame::Akm;
    use host::adapter::{AssociateRequest, Command};
    use ihv::{KeyMaterial, Offload};
    use tokio::join;

    fn keys() -> RekeyOffload {
        RekeyOffload {
            kck: KeyMaterial::new(&[1; 16]).unwrap(),
            kek: KeyMaterial::new(&[2; 16]).unwrap(),
            replay_counter: 0x0102,
            akm: Akm::SAE,
        }
    }

    #[test]
    fn keys_counter_and_akm_go_to_the_driver_and_the_counter_comes_back() {
        let mut message = offload(captured::IFINDEX, &keys());
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

    #[tokio::test]
    async fn a_driver_that_does_handshakes_by_itself_is_given_the_keys_and_tells_what_it_has_done() {
        scripted::in_time(from_association_to_group_key()).await;
    }

    async fn from_association_to_group_key() {
        let (mut kernel, mut adapter) = scripted::by_itself();
        let request = Box::new(AssociateRequest {
            offload: KeyMaterial::new(&[7; 32]).map(Offload),
            ..association()
        });
        let ((), connect) = join!(adapter.execute(Command::Associate(request)), kernel.accept());
        assert_eq!(connect.cmd, Nl80211Command::Connect);
        assert!(connect.attributes.contains(&Nl80211Attr::Pmk(vec![7; 32])));
        // The association counts when the driver has done the 4-way handshake.
        kernel.send(&captured::octets(captured::CONNECTED)).await;
        let peer = captured::ACCESS_POINT;
        let early = tokio::time::timeout(core::time::Duration::from_millis(50), adapter.next_event()).await;
        assert!(early.is_err(), "{early:?}");
        let mac = || Nl80211Attr::Mac(peer.0);
        kernel.say(&request_of(Nl80211Command::PortAuthorized, [mac()])).await;
        assert!(matches!(
            adapter.next_event().await,
            OwnedEvent::Associated(association) if association.peer == peer && association.authorized
        ));
        // From then on it does those of the group key as well.
        let command = Command::OffloadGroupRekeys { peer, keys: keys() };
        let ((), mut given) = join!(adapter.execute(command), kernel.accept());
        assert_eq!(given.cmd, Nl80211Command::SetRekeyOffload);
        let Some(Nl80211Attr::RekeyData(data)) = given.attributes.pop() else {
            panic!("no keys: {given:?}");
        };
        for key in [Nl80211RekeyData::Kck(vec![1; 16]), Nl80211RekeyData::Kek(vec![2; 16])] {
            assert!(data.contains(&key));
        }
        let counter = Nl80211RekeyData::ReplayCtr(0x0103_u64.to_be_bytes().to_vec());
        let done = [mac(), Nl80211Attr::RekeyData(vec![counter])];
        kernel.say(&request_of(Nl80211Command::SetRekeyOffload, done)).await;
        assert!(matches!(
            adapter.next_event().await,
            OwnedEvent::GroupRekeyed { peer: of, replay_counter: 0x0103 } if of == peer
        ));
    }

    /// What the driver says of its interface is of the form of a request.
    fn request_of<const N: usize>(command: Nl80211Command, attributes: [Nl80211Attr; N]) -> Nl80211Message {
        request(command, captured::IFINDEX, attributes)
    }
}
