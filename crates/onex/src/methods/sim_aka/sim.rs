//! EAP-SIM: version and nonce, then two or three challenges of GSM (RFC 4186, 9).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::attribute::{self, Builder};
use super::exchange::{Exchange, Indication, Proved, Refusal, State};
use super::keys::Session;
use super::message::{Message, client_error, subtype};
use crate::method::{Context, MethodFailure, Step};
use crate::usim::Triplet;

/// The only version.
pub(crate) const VERSION: u16 = 1;

impl Exchange {
    pub(super) fn handle_start(&mut self, context: &mut Context<'_>, request: &Message<'_>) -> Result<Step, Refusal> {
        let versions = request
            .attributes
            .counted(attribute::VERSION_LIST)
            .ok_or_else(|| Refusal::malformed("list of versions"))?;
        if !versions.as_chunks().0.contains(&VERSION.to_be_bytes()) {
            return Err(Refusal::client_error(
                client_error::UNSUPPORTED_VERSION,
                MethodFailure::Unacceptable {
                    what: "an unknown version of EAP-SIM",
                },
            ));
        }
        let name = self.answer_name_request(request)?;
        if name.is_none() && self.start.is_some() {
            return Err(Refusal::unexpected("second start"));
        }
        // One nonce for all rounds (RFC 4186, 10.8).
        let nonce = match self.start.take() {
            Some((_, nonce)) => nonce,
            None => {
                let mut nonce = [0; 16];
                context.rng.fill_bytes(&mut nonce);
                nonce
            }
        };
        self.start = Some((versions.to_vec(), nonce));

        // The answer with the name of a fast re-authentication agrees to that, and to no version.
        let renews = name.is_some() && self.has_told_renewal();
        let response = Builder::new(subtype::SIM_START)
            .when(!renews, |response| {
                response
                    .octets(attribute::NONCE_MT, &nonce)
                    .number(attribute::SELECTED_VERSION, VERSION)
            })
            .when(name.is_some(), |response| {
                response.counted(attribute::IDENTITY, name.as_deref().unwrap_or_default())
            });
        Ok(Step::respond(response.into_bytes()))
    }

    pub(super) fn handle_sim_challenge(&mut self, request: &Message<'_>) -> Result<Step, Refusal> {
        let Some((versions, nonce)) = self.start.take() else {
            return Err(Refusal::unexpected("challenge before the start"));
        };
        let challenges = challenges(request)?;
        let triplets: Option<Vec<Triplet>> = challenges
            .iter()
            .map(|rand| self.card.0.borrow_mut().gsm(rand))
            .collect();
        let triplets = triplets.ok_or_else(|| {
            Refusal::client_error(
                client_error::UNABLE_TO_PROCESS,
                MethodFailure::Missing {
                    what: "card that answers challenges of GSM",
                },
            )
        })?;
        let (session, master) = Session::sim(&self.told, &triplets, &nonce, &versions, VERSION);
        if !request.is_genuine(&session, &[&nonce]) {
            return Err(Refusal::impostor());
        }
        let next = Self::next_names(&session, request)?;
        let indication = Indication::of(request);
        let response = Builder::new(subtype::SIM_CHALLENGE).when(indication == Indication::Awaited, |response| {
            response.octets(attribute::RESULT_IND, &[])
        });
        let proofs: Vec<&[u8]> = triplets.iter().map(|triplet| triplet.sres.as_slice()).collect();
        let step = Step::respond(request.answer(&session, response, &proofs));
        let session_id = self.flavor.session_id([challenges.as_flattened(), &nonce]);
        self.state = State::Proved(Box::new(Proved {
            session,
            master,
            session_id,
            counter: None,
            indication,
            next,
        }));
        Ok(step)
    }
}

/// The challenges: two or three, none of them twice.
fn challenges<'a>(request: &Message<'a>) -> Result<&'a [[u8; 16]], Refusal> {
    let (challenges, []) = request
        .attributes
        .value(attribute::RAND)
        .unwrap_or_default()
        .as_chunks::<16>()
    else {
        return Err(Refusal::malformed("challenge"));
    };
    let refused = |code, what| Refusal::client_error(code, MethodFailure::Unacceptable { what });
    match challenges {
        [] | [_] => Err(refused(
            client_error::TOO_FEW_CHALLENGES,
            "a proof with less than two challenges",
        )),
        [a, b] if a != b => Ok(challenges),
        [a, b, c] if a != b && b != c && a != c => Ok(challenges),
        _ => Err(refused(client_error::CHALLENGES_NOT_FRESH, "the same challenge twice")),
    }
}
