//! The peer against the server of this crate. A foreign one binds the tunnel in the tests of the program (hostapd).

use super::*;
use crate::eap::Failure;
use crate::method::Secret;
use crate::server::peap::{Peap as Server, Version};
use crate::server::tls::TlsServer;
use crate::testing::context;
use crate::tls::testing::{Asking, Authority, End};
use crate::tls::{InnerMethod, Versions};

/// What differs from test to test.
struct Setting {
    method: fn() -> InnerMethod,
    password: &'static str,
    demand: BindingDemand,
    version: Version,
    binds: bool,
}

const USUAL: Setting = Setting {
    method: || InnerMethod::Mschapv2,
    password: "wonderland",
    demand: BindingDemand::Required,
    version: Version::V0,
    binds: true,
};

impl Setting {
    fn peer(&self, client: &Arc<Client>) -> Box<dyn Method> {
        Peap {
            client: Arc::clone(client),
            inner: Inner {
                identity: Some(b"alice".to_vec()),
                password: Some(self.password.into()),
                methods: Vec::from([(self.method)()]),
            },
            demand: self.demand,
        }
        .begin(b"anonymous")
    }

    fn server(&self, server: &Arc<TlsServer>) -> Server {
        Server {
            server: Arc::clone(server),
            password: Secret::from("wonderland"),
            version: self.version,
            binds: self.binds,
        }
    }

    fn meet(&self, client: &Arc<Client>, server: &Arc<TlsServer>) -> (Box<dyn Method>, End) {
        let mut peer = self.peer(client);
        let end = context(|context| Asking::begin(context, &mut self.server(server)).run(context, peer.as_mut()));
        (peer, end)
    }
}

fn assert_accepted(peer: &mut dyn Method, end: &End) {
    let End::Accepted(Some(theirs)) = end else {
        panic!("not let in: {:?}", peer.failure());
    };
    assert_eq!(peer.decision(), Decision::UnconditionalSuccess);
    let ours = peer.keys().unwrap();
    assert_eq!(ours.msk.as_bytes(), theirs.msk.as_bytes());
    assert_eq!(ours.session_id, theirs.session_id);
}

#[test]
fn each_version_and_each_method_inside_lets_in_with_the_same_keys() {
    let authority = Authority::new("authority");
    for versions in [Versions::Tls12, Versions::Tls13] {
        let server = authority.server(versions, None);
        let methods: [fn() -> InnerMethod; 3] = [
            || InnerMethod::Mschapv2,
            || InnerMethod::Gtc,
            || InnerMethod::Md5Challenge,
        ];
        for method in methods {
            for (version, demand) in [
                (Version::V0, BindingDemand::Required),
                (Version::V1, BindingDemand::Required),
                (Version::V1, BindingDemand::Optional),
            ] {
                let setting = Setting {
                    method,
                    version,
                    demand,
                    ..USUAL
                };
                let (mut peer, end) = setting.meet(&authority.client(|_| {}), &server);
                assert_accepted(peer.as_mut(), &end);
            }
        }
    }
}

#[test]
fn a_wrong_password_is_refused_and_named() {
    let authority = Authority::new("authority");
    let server = authority.server(Versions::Both, None);
    for version in [Version::V0, Version::V1] {
        let setting = Setting {
            password: "looking-glass",
            version,
            demand: BindingDemand::Optional,
            ..USUAL
        };
        let (peer, end) = setting.meet(&authority.client(|_| {}), &server);
        assert!(matches!(end, End::Refused));
        assert_eq!(peer.failure(), Some(MethodFailure::Credentials));
        assert_eq!(peer.decision(), Decision::Fail);
    }
}

#[test]
fn a_server_that_does_not_bind_the_tunnel_is_refused_unless_the_profile_allows_it() {
    let authority = Authority::new("authority");
    let server = authority.server(Versions::Both, None);
    let setting = Setting { binds: false, ..USUAL };
    let (peer, end) = setting.meet(&authority.client(|_| {}), &server);
    assert!(matches!(end, End::Refused), "the server is told");
    assert_eq!(peer.failure(), Some(MethodFailure::Unbound));
    let setting = Setting {
        demand: BindingDemand::Optional,
        ..setting
    };
    let (mut peer, end) = setting.meet(&authority.client(|_| {}), &server);
    assert_accepted(peer.as_mut(), &end);
}

#[test]
fn a_server_that_skips_what_is_to_be_said_inside_is_not_believed() {
    // CVE-2023-52160: a right certificate, and then success at once.
    let authority = Authority::new("authority");
    let server = authority.server(Versions::Both, None);
    let mut peer = USUAL.peer(&authority.client(|_| {}));
    context(|context| {
        let mut asking = Asking::begin(context, &mut USUAL.server(&server));
        for _ in 0..3 {
            assert_eq!(peer.decision(), Decision::Fail);
            assert!(peer.keys().is_none());
            let Step::Respond(response) = peer.handle_request(context, 1, &asking.request) else {
                panic!("the handshake failed: {:?}", peer.failure());
            };
            assert!(asking.answer(context, &response).is_none(), "the server goes on");
        }
    });
    assert_eq!(peer.decision(), Decision::Fail);
}

/// A peer whose handshake is over.
fn established(context: &mut Context<'_>) -> Exchange {
    let authority = Authority::new("authority");
    let server = authority.server(Versions::Tls12, None);
    let client = authority.client(|_| {});
    let mut exchange = Exchange {
        tunnel: PeerTunnel::new(Arc::clone(&client), 0),
        conversation: Conversation::begin(
            &Inner {
                identity: None,
                password: Some("wonderland".into()),
                methods: Vec::from([InnerMethod::Mschapv2]),
            },
            b"alice",
        ),
        demand: BindingDemand::Optional,
        state: State::Handshake,
        failure: None,
    };
    let mut asking = Asking::begin(context, &mut USUAL.server(&server));
    while !exchange.tunnel.tunnel().is_some_and(crate::tls::Tunnel::is_established) {
        let Step::Respond(response) = exchange.handle_request(context, 1, &asking.request) else {
            panic!("the handshake failed");
        };
        asking.answer(context, &response);
    }
    exchange
}

#[test]
fn why_it_has_failed_inside_stays_what_it_is_whatever_the_server_says_to_that() {
    let impostor = MethodFailure::Impostor { secret: "password" };
    let exchange = context(|context| {
        let mut exchange = established(context);
        exchange.say(Heard::Failed(impostor.clone()));
        let more = Event::Message(Zeroizing::new(b"more".to_vec()));
        exchange.handle_event(context, 9, more);
        exchange
    });
    assert_eq!(exchange.failure(), Some(impostor.clone()));
    assert_eq!(exchange.certain_failure(), Some(impostor));
}

#[test]
fn a_result_before_anything_was_said_inside_is_not_agreed_with() {
    let exchange = context(|context| {
        let mut exchange = established(context);
        let success = Extensions {
            success: Some(true),
            binding: None,
        };
        exchange.handle_result(context, 9, &success.to_vec(false, 9));
        exchange
    });
    assert_eq!(exchange.decision(), Decision::Fail);
    assert_eq!(
        exchange.failure(),
        Some(MethodFailure::Inside(Box::new(Failure::EarlySuccess)))
    );
}

#[test]
fn a_session_is_resumed_only_after_a_good_end_and_bound_then_as_well() {
    let authority = Authority::new("authority");
    let wrong = Setting {
        password: "looking-glass",
        ..USUAL
    };
    for versions in [Versions::Tls12, Versions::Tls13] {
        let server = authority.server(versions, None);
        let client = authority.client(|_| {});
        for _ in 0..2 {
            let (_, end) = wrong.meet(&client, &server);
            assert!(matches!(end, End::Refused));
        }
        let (mut peer, end) = USUAL.meet(&client, &server);
        assert_accepted(peer.as_mut(), &end);
        // Nobody asks for the password any more.
        let (mut peer, end) = wrong.meet(&client, &server);
        assert_accepted(peer.as_mut(), &end);
    }
}

#[test]
fn a_binding_with_another_key_inside_does_not_verify() {
    let material = [3; 128];
    let inside = |octet| ExportedKeys::new(&[octet; 64], None, Vec::new());
    let mut tlv = BindingTlv {
        versions: [0; 2],
        is_response: false,
        nonce: [5; 32],
        mac: [0; 20],
    };
    Binding::new(&material, inside(1).as_ref()).sign(&mut tlv);
    assert!(Binding::new(&material, inside(1).as_ref()).verifies(&tlv));
    assert!(!Binding::new(&material, inside(2).as_ref()).verifies(&tlv));
    assert!(!Binding::new(&[4; 128], inside(1).as_ref()).verifies(&tlv));
    assert!(!Binding::resumed(&material).verifies(&tlv));
    tlv.nonce = [6; 32];
    assert!(!Binding::new(&material, inside(1).as_ref()).verifies(&tlv));
}
