//! The peer against the server of this crate.

use super::*;
use crate::server::tls::TlsServer;
use crate::server::ttls::Ttls as Server;
use crate::testing::context;
use crate::tls::testing::{Asking, Authority, End};
use crate::tls::{InnerMethod, Versions};

fn login(protocol: Protocol, password: Option<&str>) -> Inside {
    Inside::Login(Login {
        protocol,
        user: Some(b"alice".to_vec()),
        password: password.map(Secret::from),
    })
}

fn eap(method: InnerMethod, password: Option<&str>) -> Inside {
    Inside::Eap(Inner {
        identity: Some(b"alice".to_vec()),
        password: password.map(Secret::from),
        methods: Vec::from([method]),
    })
}

/// One of each.
fn all(password: Option<&str>) -> [Inside; 7] {
    [
        login(Protocol::Pap, password),
        login(Protocol::Chap, password),
        login(Protocol::Mschap, password),
        login(Protocol::Mschapv2, password),
        eap(InnerMethod::Mschapv2, password),
        eap(InnerMethod::Gtc, password),
        eap(InnerMethod::Md5Challenge, password),
    ]
}

fn authenticate(client: &Arc<Client>, server: &Arc<TlsServer>, inside: Inside) -> (Box<dyn Method>, End) {
    let client = Arc::clone(client);
    let mut peer = Ttls { client, inside }.begin(b"anonymous");
    let mut offer = Server {
        server: Arc::clone(server),
        password: "wonderland".into(),
    };
    let end = context(|context| Asking::begin(context, &mut offer).run(context, peer.as_mut()));
    (peer, end)
}

fn assert_accepted(peer: &mut dyn Method, end: &End) {
    let End::Accepted(Some(theirs)) = end else {
        panic!("not let in: {:?}", peer.failure());
    };
    assert_ne!(peer.decision(), Decision::Fail);
    let ours = peer.keys().unwrap();
    assert_eq!(ours.msk.as_bytes(), theirs.msk.as_bytes());
    assert_eq!(ours.session_id, theirs.session_id);
}

#[test]
fn whatever_is_said_inside_a_right_password_is_let_in_and_both_have_the_same_keys() {
    let authority = Authority::new("authority");
    for versions in [Versions::Tls12, Versions::Tls13] {
        let server = authority.server(versions, None);
        for inside in all(Some("wonderland")) {
            let (mut peer, end) = authenticate(&authority.client(|_| {}), &server, inside);
            assert_accepted(peer.as_mut(), &end);
        }
    }
}

#[test]
fn a_wrong_password_is_refused() {
    let authority = Authority::new("authority");
    let server = authority.server(Versions::Both, None);
    for inside in all(Some("looking-glass")) {
        let (_, end) = authenticate(&authority.client(|_| {}), &server, inside);
        assert!(matches!(end, End::Refused));
    }
}

#[test]
fn a_missing_password_is_asked_for_inside_the_tunnel() {
    let authority = Authority::new("authority");
    let server = authority.server(Versions::Both, None);
    for inside in [login(Protocol::Pap, None), eap(InnerMethod::Mschapv2, None)] {
        let client = authority.client(|_| {});
        let mut peer = Ttls { client, inside }.begin(b"anonymous");
        let mut offer = Server {
            server: Arc::clone(&server),
            password: "wonderland".into(),
        };
        context(|context| {
            let mut server = Asking::begin(context, &mut offer);
            let End::Peer(Step::Ask(question)) = server.run(context, peer.as_mut()) else {
                panic!("nobody was asked");
            };
            assert_eq!(question, Question::Password { again: false });
            let Step::Respond(response) = peer.handle_answer(context, Answer::Secret("wonderland".into())) else {
                panic!("the answer was not heeded");
            };
            let end = match server.answer(context, &response) {
                Some(end) => end,
                None => server.run(context, peer.as_mut()),
            };
            assert_accepted(peer.as_mut(), &end);
        });
    }
}

#[test]
fn a_session_is_resumed_only_after_a_good_end() {
    let authority = Authority::new("authority");
    for versions in [Versions::Tls12, Versions::Tls13] {
        let server = authority.server(versions, None);
        let client = authority.client(|_| {});
        // The wrong password makes no session, the right one does, and then none is needed.
        let (_, end) = authenticate(&client, &server, login(Protocol::Pap, Some("looking-glass")));
        assert!(matches!(end, End::Refused));
        let (_, end) = authenticate(&client, &server, login(Protocol::Pap, Some("looking-glass")));
        assert!(matches!(end, End::Refused));
        let (mut peer, end) = authenticate(&client, &server, login(Protocol::Pap, Some("wonderland")));
        assert_accepted(peer.as_mut(), &end);
        let (mut peer, end) = authenticate(&client, &server, login(Protocol::Pap, Some("looking-glass")));
        assert_accepted(peer.as_mut(), &end);
    }
}

#[test]
fn a_success_before_anything_was_said_inside_is_not_believed() {
    let authority = Authority::new("authority");
    let client = authority.client(|_| {});
    let mut peer = Ttls {
        client,
        inside: login(Protocol::Mschapv2, Some("wonderland")),
    }
    .begin(b"anonymous");
    let mut offer = Server {
        server: authority.server(Versions::Both, None),
        password: "looking-glass".into(),
    };
    // The server has another password: its proof cannot come.
    context(|context| {
        let end = Asking::begin(context, &mut offer).run(context, peer.as_mut());
        assert!(matches!(end, End::Refused));
    });
    assert_eq!(peer.decision(), Decision::Fail);
    assert!(peer.keys().is_none());
}

#[test]
fn taking_keys_that_there_are_none_of_makes_no_session() {
    let authority = Authority::new("authority");
    for versions in [Versions::Tls12, Versions::Tls13] {
        let server = authority.server(versions, None);
        for (password, expected) in [("looking-glass", false), ("wonderland", true)] {
            let client = authority.client(|_| {});
            let inside = login(Protocol::Mschapv2, Some(password));
            let (mut peer, _) = authenticate(&client, &server, inside);
            assert_eq!(peer.keys().is_some(), expected);
            assert_eq!(client.remembers_a_session(), expected, "{versions:?}");
        }
    }
}

#[test]
fn a_pair_that_must_be_understood_and_is_not_ends_it() {
    let unknown = [0, 0, 0, 99, 0x40, 0, 0, 8];
    assert!(understood(&unknown).is_none());
    let optional = [0, 0, 0, 99, 0, 0, 0, 8];
    assert_eq!(understood(&optional).map(|pairs| pairs.len()), Some(1));
}
