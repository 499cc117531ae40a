//! The challenges: three of GSM, or one of UMTS.

use alloc::boxed::Box;
use alloc::vec::Vec;

use frame::eap::Code;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Conversation, Names, Outcome, State};
use crate::method::Context;
use crate::methods::sim_aka::Flavor;
use crate::methods::sim_aka::aka::{KDF_SHA256, PREFERS_AKA_PRIME, checkcode};
use crate::methods::sim_aka::attribute::{self, Builder};
use crate::methods::sim_aka::crypt;
use crate::methods::sim_aka::keys::{Master, Session};
use crate::methods::sim_aka::message::{Message, seal, subtype};
use crate::methods::sim_aka::sim::VERSION;
use crate::usim::{self, Triplet};

/// What the peer was asked, and what it must answer.
pub(super) struct Challenge {
    /// The challenge of UMTS; the first of GSM.
    pub(super) rand: [u8; 16],
    proof: Proof,
    pub(super) outcome: Outcome,
}

enum Proof {
    /// The signed responses of the card, which only the integrity code covers.
    Covered(Zeroizing<Vec<u8>>),
    /// The card's response.
    Response(keys::Key<16>),
}

impl Challenge {
    /// Whether the response proves that the card was there.
    pub(super) fn is_answered(&self, response: &Message<'_>) -> bool {
        match &self.proof {
            Proof::Covered(responses) => response.is_genuine(&self.outcome.session, &[responses]),
            Proof::Response(expected) => {
                let found = response.attributes.value(attribute::RES).unwrap_or_default();
                let same = bool::from(found.ct_eq(expected.as_bytes()));
                same && response.is_genuine(&self.outcome.session, &[])
            }
        }
    }
}

impl Conversation {
    /// Makes the next challenge. `nonce` is that of SIM. `None` only if the centre cannot compute.
    pub(super) fn challenge(&mut self, context: &mut Context<'_>, identifier: u8, nonce: &[u8; 16]) -> Option<Vec<u8>> {
        match self.flavor {
            Flavor::Sim => self.challenge_of_gsm(context, identifier, nonce),
            Flavor::Aka | Flavor::AkaPrime => self.challenge_of_umts(context, identifier),
        }
    }

    fn challenge_of_gsm(&mut self, context: &mut Context<'_>, identifier: u8, nonce: &[u8; 16]) -> Option<Vec<u8>> {
        let mut rands = [[0; 16]; 3];
        context.rng.fill_bytes(rands.as_flattened_mut());
        let centre = self.centre.borrow();
        let triplets: Option<Vec<Triplet>> = rands.iter().map(|rand| centre.triplet(rand)).collect();
        let triplets = triplets?;
        drop(centre);
        let keys = Session::sim(&self.identity, &triplets, nonce, &VERSION.to_be_bytes(), VERSION);
        let responses = triplets.iter().flat_map(|triplet| *triplet.sres).collect();
        let [rand, ..] = rands;
        let challenge = Challenge {
            rand,
            proof: Proof::Covered(Zeroizing::new(responses)),
            outcome: self.outcome(context, keys, [rands.as_flattened(), nonce]),
        };
        let request = Builder::new(subtype::SIM_CHALLENGE).octets(attribute::RAND, rands.as_flattened());
        Some(self.send(context, identifier, request, challenge, &[nonce]))
    }

    fn challenge_of_umts(&mut self, context: &mut Context<'_>, identifier: u8) -> Option<Vec<u8>> {
        let mut rand = [0; 16];
        context.rng.fill_bytes(&mut rand);
        let usim::Challenge { autn, vector } = self.centre.borrow_mut().challenge(&rand)?;
        let is_prime = self.flavor == Flavor::AkaPrime;
        let network = self.settings.network.as_slice();
        let keys = match is_prime {
            true => Session::aka_prime(&self.identity, &vector, &autn, network),
            false => Session::aka(&self.identity, &vector),
        };
        let request = Builder::new(subtype::AKA_CHALLENGE)
            .octets(attribute::RAND, &rand)
            .octets(attribute::AUTN, &autn)
            .octets(attribute::CHECKCODE, &checkcode(self.flavor, &self.transcript))
            .when(is_prime, |request| {
                request
                    .number(attribute::KDF, KDF_SHA256)
                    .counted(attribute::KDF_INPUT, network)
            })
            .when(self.settings.prefers_aka_prime, |request| {
                request.number(attribute::BIDDING, PREFERS_AKA_PRIME)
            });
        let challenge = Challenge {
            rand,
            proof: Proof::Response(vector.res),
            outcome: self.outcome(context, keys, [&rand, &autn]),
        };
        Some(self.send(context, identifier, request, challenge, &[]))
    }

    fn outcome(&self, context: &mut Context<'_>, (session, master): (Session, Master), unique: [&[u8]; 2]) -> Outcome {
        Outcome {
            session,
            keys: master.export(self.flavor.session_id(unique)),
            names: Names::draw(context, self.flavor),
            counter: None,
        }
    }

    fn send(
        &mut self,
        context: &mut Context<'_>,
        identifier: u8,
        request: Builder,
        challenge: Challenge,
        extra: &[&[u8]],
    ) -> Vec<u8> {
        let session = &challenge.outcome.session;
        let request = request.when(self.settings.indicates_result, |request| {
            request.octets(attribute::RESULT_IND, &[])
        });
        let names = challenge.outcome.names.put(Builder::headless());
        let request = crypt::encrypt(&session.encryption, request, names, context.rng);
        let request = seal(self.flavor, Code::REQUEST, identifier, session, request, extra);
        self.state = State::Challenged(Box::new(challenge));
        request
    }
}
