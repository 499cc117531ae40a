//! The peer against the server of this crate.

use super::*;
use crate::method::Question;
use crate::server::tls::{ServerIdentity, Tls, TlsServer};
use crate::testing::context;
use crate::tls::testing::{Asking, Authority, End, SERVER_NAME, day};
use crate::tls::{
    Anchors, Authorities, CertificateFault, Fingerprint, Fragment, FragmentError, Names, Settings, Trust, Versions,
};
use proptest::prelude::*;

fn authenticate(client: &Arc<Client>, server: &Arc<TlsServer>) -> (EapTls, End) {
    let mut peer = EapTls::new(Arc::clone(client));
    let mut offer = Tls {
        server: Arc::clone(server),
    };
    let end = context(|context| Asking::begin(context, &mut offer).run(context, &mut peer));
    (peer, end)
}

/// The failure of a server with a certificate that has been changed.
fn failure_with(trust: Trust, server: &Arc<TlsServer>) -> MethodFailure {
    let client = Client::new(Settings::new(trust)).unwrap();
    let (peer, end) = authenticate(&client, server);
    assert!(matches!(end, End::Refused), "the server was told by an alert");
    assert_eq!(peer.decision(), Decision::Fail);
    peer.failure().unwrap()
}

fn certificate(fault: CertificateFault) -> MethodFailure {
    MethodFailure::Tls(Fault::Certificate(fault))
}

fn assert_accepted(peer: &mut EapTls, end: &End) {
    let End::Accepted(Some(theirs)) = end else {
        panic!("the server refused: {:?}", peer.failure());
    };
    assert_eq!(peer.decision(), Decision::UnconditionalSuccess);
    let keys = peer.keys().unwrap();
    assert_eq!(keys.msk.as_bytes(), theirs.msk.as_bytes());
    assert_eq!(keys.session_id, theirs.session_id);
    assert_eq!(keys.session_id.len(), 65);
    assert!(peer.keys().is_none(), "keys are taken once");
}

#[test]
fn both_sides_prove_themselves_in_both_versions_and_have_the_same_keys() {
    let authority = Authority::new("authority");
    let user = authority.issue("user.example.org", |_| {});
    for versions in [Versions::Tls12, Versions::Tls13] {
        let server = authority.server(versions, Some(&authority.anchors()));
        let client = authority.client(|settings| settings.identity = Some(user.client()));
        let (mut peer, end) = authenticate(&client, &server);
        assert_accepted(&mut peer, &end);
    }
}

#[test]
fn small_fragments_carry_it_as_well() {
    let authority = Authority::new("authority");
    let user = authority.issue("user.example.org", |_| {});
    let server = authority.server(Versions::Both, Some(&authority.anchors()));
    let client = authority.client(|settings| {
        settings.identity = Some(user.client());
        settings.fragment_len = 100;
    });
    let (mut peer, end) = authenticate(&client, &server);
    assert_accepted(&mut peer, &end);
}

#[test]
fn the_second_authentication_resumes_the_session_of_the_first() {
    let authority = Authority::new("authority");
    let user = authority.issue("user.example.org", |_| {});
    for versions in [Versions::Tls12, Versions::Tls13] {
        let server = authority.server(versions, Some(&authority.anchors()));
        let client = authority.client(|settings| settings.identity = Some(user.client()));
        for expected in [false, true] {
            let (mut peer, end) = authenticate(&client, &server);
            assert_eq!(peer.tunnel.tunnel().unwrap().is_resumed(), expected, "{versions:?}");
            assert_accepted(&mut peer, &end);
        }
    }
}

#[test]
fn an_expired_certificate_is_refused_and_one_that_begins_tomorrow() {
    let authority = Authority::new("authority");
    let server = |first: i64, last: i64| {
        let certified = authority.issue(SERVER_NAME, |params| {
            params.not_before = day(first);
            params.not_after = day(last);
        });
        TlsServer::new(certified.server(), None, Versions::Both).unwrap()
    };
    assert_eq!(
        failure_with(authority.trust(), &server(-10, -1)),
        certificate(CertificateFault::Expired)
    );
    assert_eq!(
        failure_with(authority.trust(), &server(1, 10)),
        certificate(CertificateFault::NotYetValid)
    );
}

#[test]
fn a_certificate_that_demands_a_staple_is_refused_without() {
    let authority = Authority::new("authority");
    let certified = authority.issue(SERVER_NAME, |params| {
        let must_staple = [0x30, 3, 2, 1, 5];
        let extension = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 24], must_staple.to_vec());
        params.custom_extensions.push(extension);
    });
    let server = TlsServer::new(certified.server(), None, Versions::Both).unwrap();
    assert_eq!(
        failure_with(authority.trust(), &server),
        certificate(CertificateFault::MissingStaple)
    );
}

#[test]
fn another_name_is_refused_and_said() {
    let authority = Authority::new("authority");
    let certified = authority.issue("www.example.net", |_| {});
    let server = TlsServer::new(certified.server(), None, Versions::Both).unwrap();
    let failure = failure_with(authority.trust(), &server);
    let presented = "www.example.net".into();
    assert_eq!(failure, certificate(CertificateFault::WrongName { presented }));
}

#[test]
fn another_authority_is_refused_and_a_certificate_that_signs_itself() {
    let (authority, other) = (Authority::new("authority"), Authority::new("other"));
    let unknown = certificate(CertificateFault::UnknownAuthority);
    assert_eq!(
        failure_with(authority.trust(), &other.server(Versions::Both, None)),
        unknown
    );
    // As for servers, and as for authorities.
    for is_ca in [
        rcgen::IsCa::NoCa,
        rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained),
    ] {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new([SERVER_NAME.into()]).unwrap();
        params.is_ca = is_ca;
        let own = params.self_signed(&key).unwrap();
        let identity = ServerIdentity::from_pem(own.pem().as_bytes(), key.serialize_pem().as_bytes());
        let server = TlsServer::new(identity.unwrap(), None, Versions::Both).unwrap();
        assert_eq!(
            failure_with(authority.trust(), &server),
            certificate(CertificateFault::SelfSigned)
        );
    }
}

#[test]
fn a_certificate_for_clients_is_none_for_a_server() {
    let authority = Authority::new("authority");
    let certified = authority.issue(SERVER_NAME, |params| {
        params.extended_key_usages = alloc::vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    });
    let server = TlsServer::new(certified.server(), None, Versions::Both).unwrap();
    assert_eq!(
        failure_with(authority.trust(), &server),
        certificate(CertificateFault::WrongPurpose)
    );
}

#[test]
fn a_pinned_certificate_needs_no_authority_and_another_one_is_refused() {
    let authority = Authority::new("authority");
    let certified = authority.issue(SERVER_NAME, |_| {});
    let server = TlsServer::new(certified.server(), None, Versions::Both).unwrap();
    let pinned = Trust::Pinned(alloc::vec![Fingerprint::of(&certified.der)]);
    let client = Client::new(Settings::new(pinned)).unwrap();
    let (mut peer, end) = authenticate(&client, &server);
    assert_accepted(&mut peer, &end);
    let other = Trust::Pinned(alloc::vec![Fingerprint([0; 32])]);
    assert_eq!(failure_with(other, &server), certificate(CertificateFault::NotPinned));
}

#[test]
fn a_person_is_asked_before_anything_is_said_to_an_unknown_server() {
    let authority = Authority::new("authority");
    let certified = authority.issue(SERVER_NAME, |_| {});
    let server = TlsServer::new(certified.server(), None, Versions::Both).unwrap();
    for trusted in [true, false] {
        let client = Client::new(Settings::new(Trust::AskUser)).unwrap();
        let mut offer = Tls {
            server: Arc::clone(&server),
        };
        let mut peer = EapTls::new(client);
        context(|context| {
            let mut server = Asking::begin(context, &mut offer);
            let end = server.run(context, &mut peer);
            let End::Peer(Step::Ask(Question::ServerTrust(shown))) = end else {
                panic!("nobody was asked");
            };
            assert_eq!(shown.fingerprint, Fingerprint::of(&certified.der).0);
            assert_eq!(shown.subject, alloc::format!("CN={SERVER_NAME}"));
            assert_eq!(shown.issuer, "CN=authority");
            let answer = if trusted { Answer::Trust } else { Answer::Refused };
            match peer.handle_answer(context, answer) {
                Step::Respond(response) if trusted => {
                    assert!(server.answer(context, &response).is_none(), "the server goes on");
                    let end = server.run(context, &mut peer);
                    assert_accepted(&mut peer, &end);
                }
                Step::Fail(failure) if !trusted => {
                    assert_eq!(failure, certificate(CertificateFault::Declined));
                }
                _ => panic!("the answer was not heeded"),
            }
        });
    }
}

#[test]
fn a_server_that_gives_up_without_an_alert_leaves_a_guess_by_what_it_saw_last() {
    let authority = Authority::new("authority");
    let user = authority.issue("user", |_| {});
    for (identity, late) in [
        (Some(user.client()), ClientCertificateFault::Unexplained.into()),
        (None, Fault::BrokenOff),
    ] {
        let client = authority.client(|settings| {
            settings.identity = identity;
            settings.versions = Versions::Tls12;
        });
        let mut peer = EapTls::new(client);
        let mut offer = Tls {
            server: authority.server(Versions::Tls12, Some(&authority.anchors())),
        };
        context(|context| {
            let mut asking = Asking::begin(context, &mut offer);
            let Step::Respond(hello) = peer.handle_request(context, 0, &asking.request) else {
                panic!("no hello");
            };
            assert_eq!(peer.failure(), Some(Fault::BrokenOffEarly.into()));
            assert!(asking.answer(context, &hello).is_none());
            let _ = peer.handle_request(context, 1, &asking.request);
            assert_eq!(peer.failure(), Some(Fault::into(late)));
        });
    }
}

#[test]
fn a_server_that_wants_a_certificate_and_one_that_refuses_ours_are_told_apart() {
    let (authority, other) = (Authority::new("authority"), Authority::new("other"));
    let stranger = other.issue("user.example.org", |_| {});
    for versions in [Versions::Tls12, Versions::Tls13] {
        let server = authority.server(versions, Some(&authority.anchors()));
        let (peer, end) = authenticate(&authority.client(|_| {}), &server);
        assert!(matches!(end, End::Refused));
        assert_eq!(peer.decision(), Decision::Fail);
        let failure = peer.failure().unwrap();
        assert!(
            matches!(
                &failure,
                MethodFailure::Tls(Fault::ClientCertificate(ClientCertificateFault::Missing) | Fault::NoCommonSuite)
            ),
            "{failure:?} in {versions:?}"
        );

        let client = authority.client(|settings| settings.identity = Some(stranger.client()));
        let (peer, _) = authenticate(&client, &server);
        assert_eq!(
            peer.failure(),
            Some(MethodFailure::Tls(Fault::ClientCertificate(
                ClientCertificateFault::UnknownAuthority
            ))),
            "in {versions:?}"
        );
    }
}

#[test]
fn a_success_before_the_server_has_committed_itself_is_not_believed() {
    let authority = Authority::new("authority");
    let server = authority.server(Versions::Tls13, None);
    let mut offer = Tls { server };
    let mut peer = EapTls::new(authority.client(|_| {}));
    context(|context| {
        let mut server = Asking::begin(context, &mut offer);
        while !peer.tunnel.tunnel().is_some_and(crate::tls::Tunnel::is_established) {
            let Step::Respond(response) = peer.handle_request(context, 1, &server.request) else {
                panic!("the handshake failed: {:?}", peer.failure());
            };
            assert!(server.answer(context, &response).is_none(), "the server goes on");
        }
    });
    assert_eq!(peer.decision(), Decision::Fail);
    assert!(peer.keys().is_none());
}

#[test]
fn a_start_in_mid_exchange_ends_it() {
    let authority = Authority::new("authority");
    let mut peer = EapTls::new(authority.client(|_| {}));
    context(|context| {
        assert!(matches!(peer.handle_request(context, 1, &[0x20]), Step::Respond(_)));
        let Step::Fail(failure) = peer.handle_request(context, 2, &[0x20]) else {
            panic!("the second start was heeded");
        };
        assert_eq!(
            failure,
            MethodFailure::Tls(Fault::Fragment(FragmentError::StartInMidExchange))
        );
    });
}

#[test]
fn a_server_of_tls_1_1_is_told_what_its_operator_can_do() {
    // A ServerHello of TLS 1.1 (RFC 4346, 7.4.1.3) with TLS_RSA_WITH_AES_128_CBC_SHA.
    let mut hello = alloc::vec![0u8, 22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend_from_slice(&[7; 32]);
    hello.extend_from_slice(&[0, 0x00, 0x2f, 0]);
    let authority = Authority::new("authority");
    let mut peer = EapTls::new(authority.client(|_| {}));
    context(|context| {
        peer.handle_request(context, 1, &[0x20]);
        peer.handle_request(context, 2, &hello);
    });
    assert_eq!(peer.failure(), Some(MethodFailure::Tls(Fault::OldVersion)));
}

#[test]
fn names_of_a_domain_are_enough_when_the_profile_says_so() {
    let authority = Authority::new("authority");
    let anchors = || Anchors::from_pem(authority.pem.as_bytes()).unwrap();
    let server = authority.server(Versions::Both, None);
    let trust = |suffix: &str| Trust::Authorities(Authorities::new(anchors(), Names::Suffix(suffix.into())).unwrap());
    let client = Client::new(Settings::new(trust("example.org"))).unwrap();
    let (mut peer, end) = authenticate(&client, &server);
    assert_accepted(&mut peer, &end);
    assert!(matches!(
        failure_with(trust("ample.org"), &server),
        MethodFailure::Tls(Fault::Certificate(CertificateFault::WrongName { .. }))
    ));
}

/// Whether TLS does not care about an octet of a server's packet, which has a whole message: the flags are EAP's; a
/// record's version is not read beyond its first octet, unless it is authenticated with an encrypted record of TLS
/// 1.2; the type of an encrypted record of TLS 1.3 is inside (RFC 8446, 5.1, 5.2 and D.4).
fn is_unread(packet: &[u8], index: usize, versions: Versions) -> bool {
    const CHANGE_CIPHER_SPEC: u8 = 20;
    const APPLICATION_DATA: u8 = 23;
    let fragment = Fragment::parse(packet).unwrap();
    assert!(!fragment.more, "a record may lie in two packets");
    let mut is_authenticated = false;
    let mut start = packet.len() - fragment.octets.len();
    while let Some(&[kind, _, _, high, low]) = packet.get(start..).and_then(|rest| rest.first_chunk()) {
        let is_version = index == start + 2 && !is_authenticated;
        if is_version || index == start && kind == APPLICATION_DATA {
            return true;
        }
        is_authenticated |= kind == CHANGE_CIPHER_SPEC && versions == Versions::Tls12;
        start += 5 + usize::from(u16::from_be_bytes([high, low]));
    }
    index == 0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_changed_packet_never_leads_to_success_nor_to_a_panic(
        versions in prop::sample::select(&[Versions::Tls12, Versions::Tls13][..]),
        target in 0usize..3,
        position: prop::sample::Index,
        change in 1u8..,
    ) {
        let authority = Authority::new("authority");
        let server = authority.server(versions, None);
        let mut peer = EapTls::new(authority.client(|_| {}));
        let mut round = 0;
        let mut matters = false;
        let end = context(|context| {
            Asking::begin(context, &mut Tls { server }).run_with(context, &mut peer, |request| {
                if round == target {
                    let index = position.index(request.len());
                    matters = !is_unread(request, index, versions);
                    request[index] ^= change;
                }
                round += 1;
            })
        });
        prop_assert!(round > target, "nothing was changed");
        if peer.decision() != Decision::Fail {
            let ours = peer.keys().unwrap().msk;
            prop_assert!(matches!(end, End::Accepted(Some(theirs)) if theirs.msk == ours));
            prop_assert!(!matters);
        }
    }
}
