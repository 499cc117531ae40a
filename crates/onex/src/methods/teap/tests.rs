//! The peer against the server of this crate.

use super::*;
use crate::server::teap::{Inside, Teap as Server};
use crate::server::tls::TlsServer;
use crate::testing::context;
use crate::tls::testing::{Asking, Authority, End};
use crate::tls::{Hash, InnerMethod, Versions};
use proptest::prelude::*;

fn peer(client: &Arc<Client>, method: InnerMethod, password: Option<&str>) -> Box<dyn Method> {
    let inner = Inner {
        identity: Some(b"alice".to_vec()),
        password: password.map(Secret::from),
        methods: Vec::from([method]),
    };
    let mut offer = Teap {
        client: Arc::clone(client),
        inner: Arc::new(inner),
    };
    offer.begin(b"anonymous")
}

fn meet(peer: &mut dyn Method, server: &Arc<TlsServer>, inside: Inside) -> End {
    let mut offer = Server {
        server: Arc::clone(server),
        password: "wonderland".into(),
        inside,
    };
    context(|context| Asking::begin(context, &mut offer).run(context, peer))
}

fn assert_accepted(peer: &mut dyn Method, end: &End) {
    let End::Accepted(Some(theirs)) = end else {
        panic!("not let in: {:?}", peer.failure());
    };
    assert_eq!(peer.decision(), Decision::UnconditionalSuccess);
    let ours = peer.keys().unwrap();
    assert_eq!(ours.msk.as_bytes(), theirs.msk.as_bytes());
    let emsk = |keys: &ExportedKeys| keys.emsk.as_ref().map(|emsk| emsk.as_bytes().to_vec());
    assert_eq!(emsk(&ours), emsk(theirs));
}

fn stage() -> (Arc<Client>, Arc<TlsServer>) {
    let authority = Authority::new("authority");
    (
        authority.client(|settings| settings.versions = Versions::Tls12),
        authority.server(Versions::Tls12, None),
    )
}

#[test]
fn a_right_password_is_let_in_whatever_way_it_is_proved_and_both_have_the_same_keys() {
    let (client, server) = stage();
    let mut said = peer(&client.anew(), InnerMethod::Gtc, Some("wonderland"));
    let end = meet(&mut *said, &server, Inside::Password);
    assert_accepted(&mut *said, &end);
    for method in [InnerMethod::Mschapv2, InnerMethod::Gtc, InnerMethod::Md5Challenge] {
        let mut peer = peer(&client.anew(), method, Some("wonderland"));
        let end = meet(&mut *peer, &server, Inside::Eap);
        assert_accepted(&mut *peer, &end);
    }
}

#[test]
fn a_wrong_password_is_refused_and_named() {
    let (client, server) = stage();
    for inside in [Inside::Password, Inside::Eap] {
        let mut peer = peer(&client, InnerMethod::Mschapv2, Some("looking-glass"));
        assert!(matches!(meet(&mut *peer, &server, inside), End::Refused));
        assert_eq!(peer.failure(), Some(MethodFailure::Credentials), "{inside:?}");
        assert_eq!(peer.decision(), Decision::Fail);
    }
}

#[test]
fn a_missing_password_is_asked_for_inside_the_tunnel() {
    let (client, server) = stage();
    let mut peer = peer(&client, InnerMethod::Mschapv2, None);
    let mut offer = Server {
        server,
        password: "wonderland".into(),
        inside: Inside::Password,
    };
    context(|context| {
        let mut asking = Asking::begin(context, &mut offer);
        let End::Peer(Step::Ask(Question::Password { again: false })) = asking.run(context, &mut *peer) else {
            panic!("no question");
        };
        let answer = Answer::Secret("wonderland".into());
        let Step::Respond(response) = peer.handle_answer(context, answer) else {
            panic!("no answer");
        };
        assert!(asking.answer(context, &response).is_none());
        let end = asking.run(context, &mut *peer);
        assert_accepted(&mut *peer, &end);
    });
}

#[test]
fn a_session_is_resumed_only_after_a_good_end_and_bound_then_as_well() {
    let (client, server) = stage();
    let meet_with = |password| {
        let mut peer = peer(&client, InnerMethod::Mschapv2, Some(password));
        let end = meet(&mut *peer, &server, Inside::Eap);
        (peer, end)
    };
    assert!(matches!(meet_with("looking-glass").1, End::Refused));
    assert!(matches!(meet_with("looking-glass").1, End::Refused));
    let (mut peer, end) = meet_with("wonderland");
    assert_accepted(&mut *peer, &end);
    // The resumed session needs no password, right or wrong.
    let (mut peer, end) = meet_with("looking-glass");
    assert_accepted(&mut *peer, &end);
}

#[test]
fn tls_1_3_is_refused() {
    let authority = Authority::new("authority");
    let client = authority.client(|_| {});
    let server = authority.server(Versions::Tls13, None);
    let mut peer = peer(&client, InnerMethod::Mschapv2, Some("wonderland"));
    let _ = meet(&mut *peer, &server, Inside::Eap);
    let what = "TEAP over TLS 1.3";
    assert_eq!(peer.failure(), Some(MethodFailure::Unacceptable { what }));
}

/// A peer whose handshake is over, by the side of whatever a server says next.
fn inside(proof: Proof) -> Exchange {
    let (client, _) = stage();
    let seed = Zeroizing::new([1; 40]);
    Exchange {
        tunnel: PeerTunnel::new(client, VERSION),
        inner: Arc::new(Inner {
            identity: None,
            password: None,
            methods: Vec::from([InnerMethod::Mschapv2]),
        }),
        identity: b"alice".to_vec(),
        outer: Vec::new(),
        state: State::Inside {
            chain: Chain::new(Hash::Sha256, seed, Vec::new()),
            running: Running::Nothing,
            proof,
        },
        held: Message::default(),
        failure: None,
    }
}

/// What a server says inside that has the same keys, to bind what has no key of its own.
fn binding() -> BindingTlv {
    let chain = Chain::new(Hash::Sha256, Zeroizing::new([1; 40]), Vec::new());
    let keys = chain.candidates(None);
    let mut binding = BindingTlv {
        versions: [VERSION; 2],
        flags: keys.flags(),
        is_response: false,
        nonce: [2; 32],
        emsk_mac: [0; 20],
        msk_mac: [0; 20],
    };
    chain.sign(&keys, &mut binding);
    binding
}

#[test]
fn a_resumed_session_needs_no_method_but_is_bound_all_the_same() {
    for binding in [None, Some(binding())] {
        let mut peer = inside(Proof::Session);
        let is_bound = binding.is_some();
        let message = Message {
            result: Some(true),
            binding,
            ..Message::default()
        };
        let _ = context(|context| peer.hear(context, &message));
        assert_eq!(matches!(peer.state, State::Concluded(_)), is_bound);
        if !is_bound {
            assert_eq!(peer.failure, Some(MethodFailure::Unbound));
        }
    }
}

#[test]
fn a_success_before_anything_was_said_inside_is_not_agreed_with() {
    let binding = binding();
    for (intermediate, binding) in [(None, None), (None, Some(binding.clone())), (Some(true), Some(binding))] {
        let mut peer = inside(Proof::Nothing);
        let message = Message {
            result: Some(true),
            intermediate,
            binding,
            ..Message::default()
        };
        let _ = context(|context| peer.hear(context, &message));
        assert!(matches!(peer.state, State::Failed), "{message:?}");
    }
}

proptest! {
    #[test]
    fn whatever_is_said_inside_is_answered_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..100)) {
        let mut peer = inside(Proof::Nothing);
        if let Some(message) = Message::parse(&octets) {
            let _ = context(|context| peer.hear(context, &message));
            prop_assert!(!matches!(peer.state, State::Concluded(_)));
        }
    }
}
