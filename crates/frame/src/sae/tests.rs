use super::*;
use crate::testing::{accepted_truncations, hex};
use alloc::vec;
use alloc::vec::Vec;
use proptest::collection;
use proptest::option;
use proptest::prelude::*;

/// The commit of the access point in unit/test-sae.c of iwd 2.3.
const COMMIT: &str = "1300 505bb21faf7daf147c7b19c97282bc1adba1bd6e5ac7580a651fd2deb066a5f9
    3e954ae183db8af5478a9d885b58b95bfb99ffbea0e8709d992e8fa353573c49
    810ebc8fbce7778a5bf0ae4afbcd81c097b2f8b912ed3bd53c5cb23acc22e39e";

#[test]
fn a_commit_is_group_scalar_and_element() {
    let body = hex(COMMIT);
    let commit = Commit::parse(&body, Method::HuntingAndPecking).unwrap();
    assert_eq!((commit.group, commit.token, commit.h2e), (19, None, None));
    assert_eq!((commit.scalar, commit.element), (&body[2..34], &body[34..]));
    assert_eq!(commit.to_vec().unwrap(), body);
    assert_eq!(group(&body), Ok(19));
}

#[test]
fn a_bare_token_is_what_the_other_fields_leave() {
    let plain = hex(COMMIT);
    let body = [&plain[..2], b"token", &plain[2..]].concat();
    let commit = Commit::parse(&body, Method::HuntingAndPecking).unwrap();
    assert_eq!((commit.token, commit.scalar), (Some(&b"token"[..]), &plain[2..34]));
    assert_eq!(commit.to_vec().unwrap(), body);
}

#[test]
fn a_cut_commit_is_refused() {
    let body = hex(COMMIT);
    for method in [Method::HuntingAndPecking, Method::HashToElement] {
        let cuts = accepted_truncations(&body, |body| Commit::parse(body, method));
        assert_eq!(cuts, [], "{method:?}");
    }
}

#[test]
fn hash_to_element_says_the_rest_in_elements() {
    let body = [
        hex(COMMIT),
        hex("ff04 21 706964 ff05 5c 15001400 ff03 5d abcd ff05 72 000fac18"),
    ]
    .concat();
    let commit = Commit::parse(&body, Method::HashToElement).unwrap();
    let h2e = commit.h2e.unwrap();
    assert_eq!(
        (commit.token, h2e.password_id),
        (Some(&[0xab, 0xcd][..]), Some(&b"pid"[..]))
    );
    assert!(h2e.rejected_groups.unwrap().iter().eq([21, 20]));
    assert_eq!(h2e.akm, Some(Akm::SAE_EXT_KEY));
    assert_eq!(commit.to_vec().unwrap(), body);
    let cuts = accepted_truncations(&body, |body| Commit::parse(body, Method::HashToElement));
    assert_eq!(cuts, [98, 104, 111, 116]);
}

#[test]
fn a_group_of_unknown_lengths_is_refused_but_can_be_read() {
    let mut body = hex(COMMIT);
    body[0] = 24;
    let refused = ParseError::value("SAE group", 0, "19, 20 or 21", 24);
    assert_eq!(Commit::parse(&body, Method::HashToElement), Err(refused));
    assert_eq!(group(&body), Ok(24));
    assert!(group(&body[..1]).is_err());
}

#[test]
fn an_element_that_contradicts_itself_is_refused_where_it_stands() {
    let commit = hex(COMMIT);
    for (elements, offset) in [
        ("ff04 5c 150014", 101),
        ("ff01 5c", 101),
        ("ff05 5c 15001400 ff05 5c 15001400", 107),
        ("ff04 72 000fac", 101),
        ("ff09 21 00", 100),
    ] {
        let body = [commit.as_slice(), &hex(elements)].concat();
        let error = Commit::parse(&body, Method::HashToElement).unwrap_err();
        assert_eq!(error.offset, offset, "{elements}: {error}");
    }
}

#[test]
fn a_confirm_is_a_counter_and_a_mac() {
    // The confirm of the access point in unit/test-sae.c of iwd 2.3.
    let body = hex("0000 030ef75c1cab7c29a17922e43b64b8f0702540cc78812712caa9f5e50fa7736d");
    let confirm = Confirm::parse(&body).unwrap();
    assert_eq!((confirm.send_confirm, confirm.mac), (0, &body[2..]));
    assert_eq!(confirm.to_vec().unwrap(), body);
    assert_eq!(accepted_truncations(&body, Confirm::parse), []);
    assert_eq!(accepted_truncations(&[7; 66], Confirm::parse), [34, 50]);
}

#[test]
fn a_token_is_asked_for_bare_or_in_an_element() {
    for (body, method) in [
        (hex("1300 abcdef"), Method::HuntingAndPecking),
        (hex("1300 ff04 5d abcdef"), Method::HashToElement),
    ] {
        let request = TokenRequest::parse(&body, method).unwrap();
        assert_eq!((request.group, request.token), (19, &[0xab, 0xcd, 0xef][..]));
        assert_eq!(request.to_vec().unwrap(), body);
        assert!(TokenRequest::parse(&body[..2], method).is_err());
    }
}

#[test]
fn the_status_of_a_commit_tells_the_method() {
    for method in [Method::HuntingAndPecking, Method::HashToElement] {
        assert_eq!(Method::of(method.status()), Some(method));
    }
    assert_eq!(Method::of(StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP), None);
}

fn token() -> impl Strategy<Value = Option<Vec<u8>>> {
    option::of(collection::vec(any::<u8>(), 1..250))
}

proptest! {
    #[test]
    fn a_commit_survives_the_way_out_and_back(
        group in 19_u16..=21,
        filler: u8,
        token in token(),
        password_id in token(),
        rejected in option::of(collection::vec(any::<[u8; 2]>(), 1..9)),
        akm in option::of(any::<[u8; 4]>()),
        h2e: bool,
    ) {
        let len = scalar_len(group).unwrap();
        let octets = vec![filler; 3 * len];
        let commit = Commit {
            group,
            token: token.as_deref(),
            scalar: &octets[..len],
            element: &octets[len..],
            h2e: h2e.then_some(HashToElement {
                password_id: password_id.as_deref(),
                rejected_groups: rejected.as_deref().map(GroupList::from_octets),
                akm: akm.map(|octets| Akm(Suite(octets))),
            }),
        };
        let method = if h2e { Method::HashToElement } else { Method::HuntingAndPecking };
        let emitted = commit.to_vec().unwrap();
        prop_assert_eq!(Commit::parse(&emitted, method), Ok(commit));
    }

    #[test]
    fn any_octets_are_a_body_or_an_error(octets in collection::vec(any::<u8>(), 0..300), group in 19_u8..=21, h2e: bool) {
        let method = if h2e { Method::HashToElement } else { Method::HuntingAndPecking };
        let body = [&[group, 0], octets.as_slice()].concat();
        if let Ok(commit) = Commit::parse(&body, method) {
            let emitted = commit.to_vec().unwrap();
            prop_assert_eq!(Commit::parse(&emitted, method), Ok(commit));
        }
        if let Ok(confirm) = Confirm::parse(&octets) {
            prop_assert_eq!(confirm.to_vec().unwrap(), octets);
        }
        if let Ok(request) = TokenRequest::parse(&body, method) {
            let emitted = request.to_vec().unwrap();
            prop_assert_eq!(TokenRequest::parse(&emitted, method), Ok(request));
        }
    }
}
