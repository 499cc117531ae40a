//! What is looked at where nobody vouches for a server, and what a profile can demand besides.

use super::*;
use crate::method::{MethodFailure, Question, Step};
use crate::methods::tls::EapTls;
use crate::server::tls::{ServerIdentity, Tls, TlsServer};
use crate::testing::context;
use crate::tls::ocsp::tests::{forged_staple, good_staple, revoked_staple};
use crate::tls::testing::{Asking, Authority, Certified, End, SERVER_NAME, day};
use crate::tls::{CertificateFault, Client, Fault, Settings, Versions};
use rcgen::{CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, SerialNumber};

/// The ways to believe a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Authority,
    Pin,
    Person,
}

const WAYS: [Way; 3] = [Way::Authority, Way::Pin, Way::Person];
/// Those for which it makes no difference who has issued the certificate.
const ALONE: [Way; 2] = [Way::Pin, Way::Person];

/// What a station of a profile thinks of a server: `None` if it believes it, or would ask a person.
fn fault(
    way: Way,
    authority: &Authority,
    certified: &Certified,
    identity: ServerIdentity,
    requires_staple: bool,
) -> Option<CertificateFault> {
    let trust = match way {
        Way::Authority => authority.trust(),
        Way::Pin => Trust::Pinned(alloc::vec![Fingerprint::of(&certified.der)]),
        Way::Person => Trust::AskUser,
    };
    let mut settings = Settings::new(trust);
    settings.requires_staple = requires_staple;
    let mut peer = EapTls::new(Client::new(settings).unwrap());
    let mut offer = Tls {
        server: TlsServer::new(identity, None, Versions::Both).unwrap(),
    };
    match context(|context| Asking::begin(context, &mut offer).run(context, &mut peer)) {
        End::Accepted(_) if way != Way::Person => None,
        End::Peer(Step::Ask(Question::ServerTrust(_))) if way == Way::Person => None,
        End::Refused => match crate::method::Method::failure(&peer) {
            Some(MethodFailure::Tls(Fault::Certificate(fault))) => Some(fault),
            other => panic!("{way:?}: {other:?}"),
        },
        _ => panic!("{way:?}: neither believed nor refused"),
    }
}

/// A server that shows who has issued its certificate, besides.
fn with_issuer(authority: &Authority, certified: &Certified) -> ServerIdentity {
    let chain = [certified.certificate.as_str(), &authority.pem].concat();
    ServerIdentity::from_pem(chain.as_bytes(), certified.key.as_bytes()).unwrap()
}

fn demanding_a_staple(params: &mut CertificateParams) {
    let features = [0x30, 3, 2, 1, 5];
    let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 24], features.to_vec());
    params.custom_extensions.push(extension);
}

#[test]
fn a_revoked_certificate_is_refused_however_the_server_is_believed() {
    let authority = Authority::new("authority");
    let certified = authority.issue(SERVER_NAME, |_| {});
    let (good, revoked) = (
        good_staple(&authority, &certified),
        revoked_staple(&authority, &certified),
    );
    for way in WAYS {
        let fault = |identity| fault(way, &authority, &certified, identity, false);
        let server = || with_issuer(&authority, &certified);
        assert_eq!(fault(server().with_staple(good.clone())), None, "{way:?}");
        assert_eq!(
            fault(server().with_staple(revoked.clone())),
            Some(CertificateFault::Revoked),
            "{way:?}"
        );
        // The server does not show who has issued its certificate: its own word is enough for the worst.
        assert_eq!(
            fault(certified.server().with_staple(revoked.clone())),
            Some(CertificateFault::Revoked),
            "{way:?}"
        );
    }
}

#[test]
fn an_answer_that_the_shown_issuer_has_not_signed_is_refused() {
    let authority = Authority::new("authority");
    let certified = authority.issue(SERVER_NAME, |_| {});
    let staple = forged_staple(&authority, &certified);
    for way in WAYS {
        let server = with_issuer(&authority, &certified).with_staple(staple.clone());
        let fault = fault(way, &authority, &certified, server, false);
        assert_eq!(fault, Some(CertificateFault::InvalidStaple), "{way:?}");
    }
    // Whoever is not shown cannot be asked.
    for way in ALONE {
        let server = certified.server().with_staple(staple.clone());
        assert_eq!(fault(way, &authority, &certified, server, false), None, "{way:?}");
    }
}

#[test]
fn a_certificate_or_a_profile_that_demands_a_staple_gets_one_however_the_server_is_believed() {
    let authority = Authority::new("authority");
    for (requires, change) in [
        (false, demanding_a_staple as fn(&mut CertificateParams)),
        (true, |_| {}),
    ] {
        let certified = authority.issue(SERVER_NAME, change);
        let good = good_staple(&authority, &certified);
        for way in WAYS {
            let fault = |identity| fault(way, &authority, &certified, identity, requires);
            assert_eq!(
                fault(certified.server()),
                Some(CertificateFault::MissingStaple),
                "{way:?}"
            );
            let server = with_issuer(&authority, &certified).with_staple(good.clone());
            assert_eq!(fault(server), None, "{way:?}");
        }
        for way in ALONE {
            let unverified = certified.server().with_staple(good.clone());
            let fault = fault(way, &authority, &certified, unverified, requires);
            assert_eq!(fault, Some(CertificateFault::InvalidStaple), "{way:?}");
        }
    }
}

#[test]
fn a_certificate_whose_demands_cannot_be_read_is_refused() {
    let authority = Authority::new("authority");
    let certified = authority.issue(SERVER_NAME, |params| {
        // More octets than RFC 5280, 4.1.2.2 allows.
        params.serial_number = Some(SerialNumber::from_slice(&[0x55; 25]));
        demanding_a_staple(params);
    });
    for way in WAYS {
        let fault = fault(way, &authority, &certified, certified.server(), false);
        assert_eq!(fault, Some(CertificateFault::Malformed), "{way:?}");
    }
}

#[test]
fn a_pin_is_for_that_certificate_whatever_it_is_meant_for_and_a_person_is_not_asked_about_one_for_clients() {
    let authority = Authority::new("authority");
    let certified = authority.issue(SERVER_NAME, |params| {
        params.extended_key_usages = alloc::vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let fault = |way| fault(way, &authority, &certified, certified.server(), false);
    assert_eq!(fault(Way::Pin), None);
    assert_eq!(fault(Way::Authority), Some(CertificateFault::WrongPurpose));
    assert_eq!(fault(Way::Person), Some(CertificateFault::WrongPurpose));
}

#[test]
fn a_certificate_that_has_expired_is_refused_however_the_server_is_believed() {
    let authority = Authority::new("authority");
    let certified = authority.issue(SERVER_NAME, |params| {
        params.not_before = day(-10);
        params.not_after = day(-1);
    });
    for way in WAYS {
        let fault = fault(way, &authority, &certified, certified.server(), false);
        assert_eq!(fault, Some(CertificateFault::Expired), "{way:?}");
    }
}
