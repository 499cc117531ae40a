//! The seeds of the fuzz target `onex`: what decent servers said to its peers.

use std::path::Path;
use std::sync::Arc;
use std::{env, fs};

use keys::curve::Curve;
use onex::eap::Reaction;
use onex::method::Context;
use onex::server::{self, Server};
use onex::tls::Versions;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;

use super::fuzzed::{NOW, feed, peer};
use super::methods::{ALL, Certificates, Choice, Method};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/onex");

/// The packets of a conversation that comes to a good end, as an input.
fn record(certificates: &Certificates, number: usize, method: Method) -> Vec<u8> {
    let choice = Choice {
        versions: Versions::Tls12,
        indicates_result: true,
        curve: Curve::P256,
    };
    let offer = method.server(certificates, &choice, Arc::new(|_: &mut Vec<u8>| {}));
    let (mut server, mut packet) = Server::begin(vec![offer], 0);
    let (mut peer, mut of_peer) = peer(certificates, method);
    let mut of_server = ChaCha12Rng::from_seed([8; 32]);
    let mut input = vec![number as u8];
    loop {
        input.extend_from_slice(&(packet.len() as u16).to_be_bytes());
        input.extend_from_slice(&packet);
        let mut context = Context {
            rng: &mut of_peer,
            unix_time: NOW,
        };
        let response = match peer.handle_packet(&mut context, &packet) {
            Ok(Reaction::Respond(response)) => response,
            Ok(Reaction::Succeeded(_)) => return input,
            _ => panic!("a decent server and its peer do not come to a good end"),
        };
        let mut context = Context {
            rng: &mut of_server,
            unix_time: NOW,
        };
        packet = match server.handle_packet(&mut context, &response).unwrap() {
            server::Reaction::Request(packet)
            | server::Reaction::Succeeded(packet, _)
            | server::Reaction::Failed(packet) => packet,
        };
    }
}

/// With `PORTCULLIS_RECORD` in the environment they are recorded anew.
#[test]
fn the_seeds_of_the_fuzz_target_are_real_conversations() {
    let certificates = Certificates::new();
    let directory = Path::new(DIRECTORY);
    for (number, &(name, method)) in ALL.iter().enumerate() {
        let file = directory.join(name);
        if env::var_os("PORTCULLIS_RECORD").is_some() {
            fs::create_dir_all(directory).unwrap();
            fs::write(&file, record(&certificates, number, method)).unwrap();
        }
        let fed = feed(&certificates, &fs::read(&file).unwrap());
        // A handshake of TLS is never the same twice: the peer speaks until the server should have heard it.
        match method.has_inside() {
            true => assert!(fed.answered >= 2 && !fed.is_let_in, "{name}"),
            false => assert!(fed.is_let_in, "{name}"),
        }
    }
}
