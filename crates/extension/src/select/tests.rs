use super::*;
use frame::element::id;
use frame::rsne::{RsnCapabilities, Rsne};
use frame::{Emit, MacAddress, SuiteList};
use keys::{Passphrase, Pmk, Psk};

struct Network {
    akms: &'static [Akm],
    pairwise: &'static [Cipher],
    group: Cipher,
    mfpc: bool,
    mfpr: bool,
    management: Option<Cipher>,
    hash_to_element: bool,
}

const WPA2: Network = Network {
    akms: &[Akm::PSK],
    pairwise: &[Cipher::CCMP_128],
    group: Cipher::CCMP_128,
    mfpc: false,
    mfpr: false,
    management: None,
    hash_to_element: false,
};
const WPA3: Network = Network {
    akms: &[Akm::SAE],
    mfpc: true,
    mfpr: true,
    ..WPA2
};

fn bss(network: &Network) -> BssEntry {
    let rsne = Rsne {
        group_cipher: Some(network.group),
        pairwise: Some(SuiteList::new(network.pairwise)),
        akms: Some(SuiteList::new(network.akms)),
        capabilities: Some(
            RsnCapabilities::default()
                .with_mfpc(network.mfpc)
                .with_mfpr(network.mfpr),
        ),
        pmkids: network.management.map(|_| &[][..]),
        group_management_cipher: network.management,
        ..Rsne::default()
    };
    let rsnxe: &[u8] = match network.hash_to_element {
        true => &[id::RSN_EXTENSION, 1, 1 << 5],
        false => &[],
    };
    with_elements(0x11, &[&rsne.to_vec().unwrap(), rsnxe].concat())
}

fn with_elements(capability: u8, elements: &[u8]) -> BssEntry {
    let mut beacon = vec![0; 12];
    beacon[10] = capability;
    beacon.extend(elements);
    BssEntry {
        bssid: MacAddress([2; 6]),
        frequency: 2412,
        rssi: -40,
        beacon: beacon.into(),
    }
}

const LIMITS: Limits = Limits {
    authentication_frames: true,
    management_protection: true,
    ciphers: None,
    floor: Floor::NONE,
};

fn psk() -> SecurityFragment {
    SecurityFragment::new(Secret::Psk(Psk::new([7; 32])))
}

fn passphrase() -> SecurityFragment {
    SecurityFragment::new(Secret::Passphrase(Passphrase::new(b"correct horse").unwrap()))
}

fn chosen(fragment: &SecurityFragment, limits: Limits, list: &[BssEntry]) -> Result<Selection, Policy> {
    select(fragment, limits, list).map(|(selection, _)| selection)
}

fn choice(fragment: &SecurityFragment, networks: &[Network]) -> Result<(Option<Akm>, Option<Cipher>), Policy> {
    let list: Vec<_> = networks.iter().map(bss).collect();
    chosen(fragment, LIMITS, &list).map(|selection| (selection.akm, selection.ciphers.map(|ciphers| ciphers.pairwise)))
}

#[test]
fn the_strongest_that_both_sides_have_is_taken() {
    let network = Network {
        akms: &[Akm::PSK, Akm::PSK_SHA256],
        pairwise: &[Cipher::CCMP_128, Cipher::GCMP_256],
        ..WPA2
    };
    assert_eq!(
        choice(&psk(), &[network]),
        Ok((Some(Akm::PSK_SHA256), Some(Cipher::GCMP_256)))
    );
}

#[test]
fn a_cipher_that_the_adapter_does_not_have_is_not_chosen() {
    let limits = Limits {
        ciphers: Some(CipherSet::of([Cipher::TKIP, Cipher::CCMP_128, Cipher::BIP_CMAC_128])),
        ..LIMITS
    };
    let taken = |network: &Network| {
        chosen(&psk(), limits, &[bss(network)]).map(|selection| selection.ciphers.map(|ciphers| ciphers.pairwise))
    };
    let several = Network {
        pairwise: &[Cipher::CCMP_128, Cipher::GCMP_256],
        ..WPA2
    };
    assert_eq!(taken(&several), Ok(Some(Cipher::CCMP_128)));
    let one = Network {
        pairwise: &[Cipher::GCMP_256],
        ..WPA2
    };
    let of_the_group = Network {
        group: Cipher::GCMP_256,
        ..WPA2
    };
    for network in [one, of_the_group] {
        assert_eq!(taken(&network), Err(Policy::NoCommonSecurity));
    }
    for (management, mfpr, expected) in [
        (Cipher::BIP_CMAC_128, true, Ok(Some(Cipher::CCMP_128))),
        (Cipher::BIP_GMAC_256, false, Ok(Some(Cipher::CCMP_128))),
        (Cipher::BIP_GMAC_256, true, Err(Policy::ManagementProtection)),
    ] {
        let network = Network {
            mfpc: true,
            mfpr,
            management: Some(management),
            ..WPA2
        };
        assert_eq!(taken(&network), expected, "{management}");
    }
}

#[test]
fn the_strongest_of_several_access_points_is_taken_though_a_weaker_one_is_nearer() {
    assert_eq!(
        choice(&passphrase(), &[WPA2, WPA3]),
        Ok((Some(Akm::SAE), Some(Cipher::CCMP_128)))
    );
}

#[test]
fn a_key_is_no_password_for_sae() {
    assert_eq!(choice(&psk(), &[WPA3]), Err(Policy::NoCommonSecurity));
    assert_eq!(
        choice(&psk(), &[WPA3, WPA2]),
        Ok((Some(Akm::PSK), Some(Cipher::CCMP_128)))
    );
}

#[test]
fn sae_with_a_hash_of_the_group_is_taken_only_with_hash_to_element() {
    const BOTH: Network = Network {
        akms: &[Akm::SAE, Akm::SAE_EXT_KEY],
        ..WPA3
    };
    let akm = |network| choice(&passphrase(), &[network]).map(|(akm, _)| akm);
    let better = Network {
        hash_to_element: true,
        ..BOTH
    };
    assert_eq!(akm(better), Ok(Some(Akm::SAE_EXT_KEY)));
    assert_eq!(akm(BOTH), Ok(Some(Akm::SAE)));
    for alone in [&[Akm::SAE_EXT_KEY][..], &[Akm::FT_SAE_EXT_KEY]] {
        let alone = Network { akms: alone, ..BOTH };
        assert_eq!(akm(alone), Err(Policy::NoCommonSecurity));
    }
}

#[test]
fn an_access_point_that_has_lost_hash_to_element_is_not_joined_with_a_suite_that_demands_it() {
    let with = Network {
        akms: &[Akm::SAE_EXT_KEY],
        hash_to_element: true,
        ..WPA3
    };
    let without = Network {
        hash_to_element: false,
        ..with
    };
    let (selection, demands) = select(&passphrase(), LIMITS, &[bss(&with)]).unwrap();
    let verdict = |network| judge(&selection, &demands, &LIMITS, bss(network).elements());
    assert_eq!(verdict(&with), Ok(demands.strength));
    assert_eq!(verdict(&without), Err(Policy::NoCommonSecurity));
}

#[test]
fn sae_is_ours_with_a_password_and_the_drivers_with_a_key_that_it_has_agreed_on() {
    let password = passphrase();
    let key = SecurityFragment::new(Secret::Pmk(Pmk::new(&[1; 32]).unwrap()));
    let driver = Limits {
        authentication_frames: false,
        ..LIMITS
    };
    let network = [bss(&WPA3)];
    let akm = |limits, fragment| chosen(fragment, limits, &network).map(|selection| selection.akm);
    assert_eq!(akm(LIMITS, &password), Ok(Some(Akm::SAE)));
    assert_eq!(akm(LIMITS, &key), Err(Policy::NoCommonSecurity));
    assert_eq!(akm(driver, &key), Ok(Some(Akm::SAE)));
    assert_eq!(akm(driver, &password), Err(Policy::NoCommonSecurity));
}

#[test]
fn wpa3_without_protected_management_frames_is_refused() {
    let unprotected = Network {
        mfpc: false,
        mfpr: false,
        ..WPA3
    };
    assert_eq!(choice(&passphrase(), &[unprotected]), Err(Policy::ManagementProtection));
    let demanded = psk().with_management_protection(ManagementProtection::Required);
    assert_eq!(choice(&demanded, &[WPA2]), Err(Policy::ManagementProtection));
    let mut unable = LIMITS;
    unable.management_protection = false;
    assert_eq!(
        chosen(&passphrase(), unable, &[bss(&WPA3)]),
        Err(Policy::ManagementProtection)
    );
}

#[test]
fn a_suite_of_192_bits_with_a_128_bit_cipher_is_refused_for_its_cipher() {
    let secret = || Secret::Pmk(Pmk::new(&[1; 48]).unwrap());
    let weak = Network {
        akms: &[Akm::EAP_SUITE_B_192],
        mfpc: true,
        ..WPA2
    };
    assert_eq!(
        choice(&SecurityFragment::new(secret()), &[weak]),
        Err(Policy::WeakCipher)
    );
    let strong = Network {
        akms: &[Akm::EAP_SUITE_B_192],
        pairwise: &[Cipher::CCMP_128, Cipher::GCMP_256],
        group: Cipher::GCMP_256,
        mfpc: true,
        mfpr: true,
        management: Some(Cipher::BIP_GMAC_256),
        ..WPA3
    };
    assert_eq!(
        choice(&SecurityFragment::new(secret()), &[strong]),
        Ok((Some(Akm::EAP_SUITE_B_192), Some(Cipher::GCMP_256)))
    );
}

#[test]
fn what_is_broken_is_taken_only_when_the_profile_asks() {
    let tkip = || Network {
        pairwise: &[Cipher::TKIP],
        group: Cipher::TKIP,
        ..WPA2
    };
    assert_eq!(choice(&psk(), &[tkip()]), Err(Policy::Legacy));
    assert_eq!(
        choice(&psk().with_legacy(true), &[tkip()]),
        Ok((Some(Akm::PSK), Some(Cipher::TKIP)))
    );
    let open = with_elements(1, &[]);
    let none = || SecurityFragment::new(Secret::None);
    let list = core::slice::from_ref(&open);
    assert_eq!(chosen(&none(), LIMITS, list), Err(Policy::Legacy));
    assert_eq!(chosen(&none().with_open(true), LIMITS, list), Ok(Selection::OPEN));
    assert_eq!(chosen(&psk().with_open(true), LIMITS, list), Err(Policy::Legacy));
}

#[test]
fn a_network_does_not_fall_below_what_it_had_unless_it_is_named() {
    let mut limits = LIMITS;
    limits.floor = Floor {
        strength: Strength {
            authentication: Authentication::Wpa3,
            ..Strength::NONE
        },
        ..Floor::NONE
    };
    let list = [bss(&WPA2)];
    assert_eq!(chosen(&passphrase(), limits, &list), Err(Policy::Downgrade));
    let named = passphrase().with_akms(&[Akm::PSK]);
    assert!(select(&named, limits, &list).is_ok());
}

#[test]
fn a_group_cipher_without_protection_is_passed_over() {
    let wep = Network {
        group: Cipher::WEP_40,
        ..WPA2
    };
    assert_eq!(choice(&psk(), &[wep]), Err(Policy::NoCommonSecurity));
}

#[test]
fn an_access_point_is_judged_by_what_the_choice_was_made_for() {
    let protecting = Network { mfpc: true, ..WPA2 };
    let demanding = psk().with_management_protection(ManagementProtection::Required);
    for (fragment, expected) in [(demanding, Policy::ManagementProtection), (psk(), Policy::Downgrade)] {
        let list = [bss(&WPA2), bss(&protecting)];
        let (selection, demands) = select(&fragment, LIMITS, &list).unwrap();
        let verdict = |bss: &BssEntry| judge(&selection, &demands, &LIMITS, bss.elements());
        assert_eq!(verdict(&list[0]), Err(expected));
        assert_eq!(verdict(&list[1]), Ok(demands.strength));
        assert_eq!(verdict(&with_elements(0x11, &[])), Err(Policy::NoCommonSecurity));
    }
}

#[test]
fn what_the_network_has_had_since_the_choice_counts_too() {
    let (selection, demands) = select(&psk(), LIMITS, &[bss(&WPA2)]).unwrap();
    let since = Limits {
        floor: Floor {
            strength: Strength {
                management_protection: true,
                ..demands.strength
            },
            ..Floor::NONE
        },
        ..LIMITS
    };
    let verdict = |limits| judge(&selection, &demands, limits, bss(&WPA2).elements());
    assert_eq!(verdict(&LIMITS), Ok(demands.strength));
    assert_eq!(verdict(&since), Err(Policy::Downgrade));
}

#[test]
fn a_network_with_an_rsne_is_no_open_one() {
    let none = SecurityFragment::new(Secret::None).with_open(true);
    let (selection, demands) = select(&none, LIMITS, &[with_elements(1, &[])]).unwrap();
    assert_eq!(
        judge(&selection, &demands, &LIMITS, bss(&WPA2).elements()),
        Err(Policy::NoCommonSecurity)
    );
}
