//! The frames of a captured transition: Wireshark 4.0.17, `test/captures/wpa2-ft-psk.pcapng.gz`: frames 24 to 27, the elements.

use super::*;

const STA: MacAddress = MacAddress([2, 0, 0, 0, 2, 0]);
const TARGET: MacAddress = MacAddress([2, 0, 0, 0, 1, 0]);
const RSNE: &str = "30140100000fac040100000fac040100000fac040000";
const BEACON: &str = "30140100000fac040100000fac040100000fac040c00";
const REQUEST: &str = "30260100000fac040100000fac040100000fac0400000100ccfb899605e2f69a58001b43662ad588
    3603010201
    375f0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    bc89c2f487a4e4a9dafa0c748f0e8f1503ab57fcacc623d6cce33c13ecdb826f030b6b616e73747275702d6674";
const ANSWER: &str = "30260100000fac040100000fac040100000fac040c000100ccfb899605e2f69a58001b43662ad588
    3603010201
    3767000000000000000000000000000000000000f4bbc882a577bff008b993191555531074af3125c034addeb2605f89b0286461
    bc89c2f487a4e4a9dafa0c748f0e8f1503ab57fcacc623d6cce33c13ecdb826f0106020000000100030b6b616e73747275702d6674";
const REASSOCIATION: &str = "30260100000fac040100000fac040100000fac0400000100685b0e6bb2b369760656c4b3e5a3cfd0
    3603010201
    37670003fd916881e1de2b5a1bd296d041e871def4bbc882a577bff008b993191555531074af3125c034addeb2605f89b0286461
    bc89c2f487a4e4a9dafa0c748f0e8f1503ab57fcacc623d6cce33c13ecdb826f0106020000000100030b6b616e73747275702d6674";
const RESPONSE: &str = "30260100000fac040100000fac040100000fac040c000100685b0e6bb2b369760656c4b3e5a3cfd0
    3603010201
    378c00033244a6b4ea222016ed7a5aacb075c0faf4bbc882a577bff008b993191555531074af3125c034addeb2605f89b0286461
    bc89c2f487a4e4a9dafa0c748f0e8f1503ab57fcacc623d6cce33c13ecdb826f0106020000000100030b6b616e73747275702d6674
    02230100100000000000000000 73ed2d1be3df8d6c294b77f90a05e3482e88ae317556d6c1";

/// Yields given octets.
struct Scripted(Vec<u8>);

impl rand_core::TryRng for Scripted {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        panic!("only octets are asked for")
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        panic!("only octets are asked for")
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> {
        octets.copy_from_slice(&self.0);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Scripted {}

fn octets(text: &str) -> Vec<u8> {
    hex(&text.split_whitespace().collect::<String>())
}

fn hierarchy() -> Hierarchy {
    let psk = Psk::from_passphrase(&Passphrase::new(b"12345678").unwrap(), b"wireshark-ft-psk");
    let suite = AkmSuite::of(Akm::FT_PSK).unwrap();
    let domain = MobilityDomain {
        id: [1, 2],
        capability: FtCapability(1),
    };
    let mobility = Mobility::initial(suite, b"wireshark-ft-psk", domain, b"kanstrup-ft", TARGET).unwrap();
    Hierarchy::derive(suite, &Pmk::from(&psk), &mobility, STA).unwrap()
}

#[test]
fn the_station_says_what_the_captured_one_said_and_takes_what_it_was_told() {
    let hierarchy = hierarchy();
    let target = Target {
        bssid: TARGET,
        elements: Elements::new(&octets(BEACON), None).unwrap(),
        domain: hierarchy.domain(),
        channel: None,
    };
    let snonce = octets("bc89c2f487a4e4a9dafa0c748f0e8f1503ab57fcacc623d6cce33c13ecdb826f");
    let station = Elements::new(&octets(RSNE), None).unwrap();
    let mut transition = Transition::new(&hierarchy, target, station, &mut Scripted(snonce)).unwrap();
    assert_eq!(*transition.request().unwrap(), octets(REQUEST));
    let reassociation = transition
        .handle_response(NOW, StatusCode::SUCCESS, &octets(ANSWER))
        .unwrap();
    assert_eq!(*reassociation, octets(REASSOCIATION));
    let mut effects = Effects::new();
    transition
        .handle_reassociation(NOW, StatusCode::SUCCESS, &octets(RESPONSE), &mut effects)
        .unwrap();
    let effects = seen(&mut effects);
    // The temporal key as tshark 4.0 shows it.
    let tk = octets("a6a3304e5a8fabe0dc427cc41a707858");
    assert_eq!(effects[0], Seen::Pairwise(Cipher::CCMP_128, tk));
    assert!(matches!(&effects[1], Seen::Group(Cipher::CCMP_128, 1, 0, _)));
    assert!(completed(&effects));
}

#[test]
fn the_access_point_says_what_the_captured_one_said() {
    let hierarchy = hierarchy();
    let access_point = AccessPoint {
        bssid: TARGET,
        elements: Elements::new(&octets(BEACON), None).unwrap(),
        domain: hierarchy.domain(),
        channel: None,
    };
    let mut holder = KeyHolder::new();
    holder.insert(hierarchy);
    let anonce = octets("f4bbc882a577bff008b993191555531074af3125c034addeb2605f89b0286461");
    let (mut responder, answer) = Responder::answer(
        &access_point,
        &holder,
        STA,
        NOW,
        &octets(REQUEST),
        &mut Scripted(anonce),
    )
    .unwrap();
    assert_eq!(*answer, octets(ANSWER));
    let mut effects = Effects::new();
    let keys = FT_PSK.group_keys(0);
    responder
        .handle_reassociation(NOW, &octets(REASSOCIATION), &keys, RetryPolicy::default(), &mut effects)
        .unwrap();
    assert!(completed(&seen(&mut effects)));
}
