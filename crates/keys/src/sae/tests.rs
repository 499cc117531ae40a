//! IEEE 802.11-2020, J.10, as hostap's src/common/common_module_tests.c and iwd 2.3's unit/test-sae.c have it.

use frame::{Akm, MacAddress};
use p256::{NistP256, Scalar};
use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng;

use super::*;
use crate::curve::Arithmetic;
use crate::testing::{array, hex};

const PASSWORD: &[u8] = b"mekmitasdigoat";
const A: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const B: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);

fn rng(seed: u64) -> ChaCha12Rng {
    ChaCha12Rng::seed_from_u64(seed)
}

fn known(
    element: OnCurve<Element<NistP256>, Element<NistP384>, Element<NistP521>>,
    rand: &str,
    mask: &str,
) -> Commitment {
    let OnCurve::P256(element) = element else {
        panic!("P-256")
    };
    let scalar = |digits| -> Scalar { NistP256::scalar(&hex(digits)).unwrap() };
    let share = Share::known(element, scalar(rand));
    let public = share.commit(&scalar(mask)).unwrap();
    Commitment {
        share: OnCurve::P256(share),
        derivation: Derivation::KdfSha256,
        public,
    }
}

#[test]
fn hunting_and_pecking_leads_to_the_keys_of_the_standard() {
    let addresses = (MacAddress(array("4d3f2fffe387")), MacAddress(array("a5d8aa958e3c")));
    let pwe = Pwe::hunt(Curve::P256, PASSWORD, addresses.0, addresses.1).unwrap();
    let commitment = known(
        pwe.element,
        "992465fd3daa3c60aa6565b7f62a2a7f2e12dd12f198faf4fbed89d7ff1ace94",
        "9507a90f777a044d6a0830b91ea3d5dd70bece44e1acffb86983b5e1bf9fb322",
    );
    assert_eq!(
        commitment.scalar(),
        hex("2e2c0f0db52440ad146d967114ce005ce1eab0aa2c2e5c2871b774f6c2575c65")
    );
    assert_eq!(
        commitment.element(),
        hex("d5ad9e00829707aa36ba8b859738fc961d08243505f47c035376d7ac4bc8d7b9
             5083bf43827d0fc31ed778dd3671fd21a46d1091d64b6f9a1e1272621325dbe1")
    );
    let peer_scalar = hex("591b96f3397fb945100848e7b550543b6720d88337ee93fc49fd6df7e08b5223");
    let peer_element = hex("e71b9bb048d3873f20556953a96c91536fd8ee6ca9b4a68a148b056a909be03e
         83ae208f60f8ef5537858074db06687032399862999b511e0a1552a5fea317c2");
    let agreement = commitment.agree(&peer_scalar, &peer_element, &[], Akm::SAE).unwrap();
    assert_eq!(
        agreement.kck.as_bytes(),
        hex("1e733f6d9bd53256287304338831b09a39406d121017073a5c30db36f36cb81a")
    );
    assert_eq!(
        agreement.pmk().as_bytes(),
        hex("4e4dfab1a2dd8ac1a91790f953faaa452ae5c6873ab75b63605ba663f8a7fe59")
    );
    assert_eq!(agreement.pmkid(), array::<16>("8747a600eea3f9f22475df58ca1e5498"));
}

#[test]
fn hash_to_element_leads_to_the_element_of_the_standard() {
    let pt = Pt::derive(Curve::P256, b"byteme", PASSWORD, Some(b"psk4internet"));
    let a = MacAddress(array("00095b66ec1e"));
    let b = MacAddress(array("000b6bd90246"));
    let OnCurve::P256(element) = Pwe::from_pt(&pt, a, b).element else {
        panic!("P-256")
    };
    let mut expected = hex("c93049b9e64000f848201649e999f2b5c22dea69b5632c9df4d633b8aa1f6c1e");
    expected.extend(hex("73634e94b53d82e7383a8d258199d9dc1a5ee8269d060382ccbf33e614ff59a0"));
    // A commit with mask r - 1 says the element itself.
    let public = Share::known(element, Scalar::from(3_u64))
        .commit(&-Scalar::ONE)
        .unwrap();
    assert_eq!(public.element(), expected);
}

/// Both sides of an exchange over all curves, methods and suites.
#[test]
fn two_sides_with_one_password_agree_and_confirm() {
    for curve in Curve::ALL {
        let pt = Pt::derive(curve, b"net", PASSWORD, None);
        let elements: [&dyn Fn() -> Pwe; 2] = [&|| Pwe::from_pt(&pt, A, B), &|| {
            Pwe::hunt(curve, PASSWORD, B, A).unwrap()
        }];
        for element in elements {
            let ours = Commitment::new(element(), &mut rng(1));
            let theirs = Commitment::new(element(), &mut rng(2));
            for akm in [Akm::SAE, Akm::FT_SAE_EXT_KEY] {
                let our_side = ours.agree(theirs.scalar(), theirs.element(), &[], akm).unwrap();
                let their_side = theirs.agree(ours.scalar(), ours.element(), &[], akm).unwrap();
                assert!(our_side.pmk() == their_side.pmk(), "{curve:?}");
                assert_eq!(our_side.pmkid(), their_side.pmkid());
                let pmk_len = if akm == Akm::SAE { 32 } else { our_side.confirm_len() };
                assert_eq!(our_side.pmk().as_bytes().len(), pmk_len);
                let confirm = our_side.confirm(7);
                assert_eq!(confirm.as_bytes().len(), our_side.confirm_len());
                assert!(their_side.verify(7, confirm.as_bytes()));
                assert!(
                    !their_side.verify(8, confirm.as_bytes()),
                    "the counter is under the MAC"
                );
                assert!(
                    !our_side.verify(7, confirm.as_bytes()),
                    "a reflected confirm is no proof"
                );
                assert!(!their_side.verify(7, &confirm.as_bytes()[1..]));
            }
        }
    }
}

#[test]
fn another_password_identifier_network_or_list_of_groups_gives_other_keys() {
    let pt = |ssid: &[u8], password: &[u8], id| Pt::derive(Curve::P256, ssid, password, id);
    let ours = Commitment::new(Pwe::from_pt(&pt(b"net", PASSWORD, None), A, B), &mut rng(1));
    for (other, groups) in [
        (pt(b"net", b"another", None), &[][..]),
        (pt(b"net", PASSWORD, Some(b"id")), &[]),
        (pt(b"ten", PASSWORD, None), &[]),
        (pt(b"net", PASSWORD, None), &[20, 0]),
    ] {
        let theirs = Commitment::new(Pwe::from_pt(&other, A, B), &mut rng(2));
        let our_side = ours.agree(theirs.scalar(), theirs.element(), &[], Akm::SAE).unwrap();
        let their_side = theirs.agree(ours.scalar(), ours.element(), groups, Akm::SAE).unwrap();
        assert!(our_side.pmk() != their_side.pmk());
        assert!(!our_side.verify(1, their_side.confirm(1).as_bytes()));
    }
}

#[test]
fn a_commit_that_proves_nothing_is_refused() {
    for curve in Curve::ALL {
        let pt = Pt::derive(curve, b"net", PASSWORD, None);
        let ours = Commitment::new(Pwe::from_pt(&pt, A, B), &mut rng(1));
        let theirs = Commitment::new(Pwe::from_pt(&pt, A, B), &mut rng(2));
        let agree = |scalar: &[u8], element: &[u8]| ours.agree(scalar, element, &[], Akm::SAE).err();
        let len = curve.scalar_len();

        assert_eq!(agree(ours.scalar(), ours.element()), Some(SaeError::Reflection));
        let mut one = std::vec![0; len];
        assert_eq!(agree(&one, theirs.element()), Some(SaeError::Scalar));
        one[len - 1] = 1;
        assert_eq!(agree(&one, theirs.element()), Some(SaeError::Scalar));
        assert_eq!(agree(&std::vec![0xff; len], theirs.element()), Some(SaeError::Scalar));
        let mut off_curve = theirs.element().to_vec();
        off_curve[2 * len - 1] ^= 1;
        assert_eq!(agree(theirs.scalar(), &off_curve), Some(SaeError::Element));
        assert_eq!(agree(theirs.scalar(), &std::vec![0; 2 * len]), Some(SaeError::Element));
        assert_eq!(agree(theirs.scalar(), &theirs.element()[1..]), Some(SaeError::Element));
        assert_eq!(agree(theirs.scalar(), theirs.element()), None);
    }
}

/// An attacker who knows the password element could send what cancels it out; the shared point is then at infinity.
#[test]
fn an_element_that_cancels_the_password_element_is_refused() {
    let pt = Pt::derive(Curve::P256, b"net", PASSWORD, None);
    let pwe = || Pwe::from_pt(&pt, A, B);
    let ours = Commitment::new(pwe(), &mut rng(1));
    let OnCurve::P256(element) = pwe().element else {
        panic!("P-256")
    };
    // The scalar is 5 + 2, the element -(7 * PWE) of a share whose mask is 7: 7 * PWE - 7 * PWE.
    let seven = Scalar::from(7_u64);
    let public = Share::known(element, Scalar::from(2_u64)).commit(&seven).unwrap();
    let scalar = seven.to_bytes();
    assert_eq!(
        ours.agree(&scalar, public.element(), &[], Akm::SAE).err(),
        Some(SaeError::Element)
    );
}
