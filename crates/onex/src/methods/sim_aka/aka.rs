//! EAP-AKA and EAP-AKA': one challenge of UMTS, in which the network proves itself to the card (RFC 4187, 9; RFC 9048, 3).

use alloc::boxed::Box;
use alloc::vec::Vec;

use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Flavor;
use super::attribute::{self, Builder};
use super::exchange::{Exchange, Indication, Proved, Refusal, State};
use super::keys::Session;
use super::message::{Message, client_error, subtype};
use crate::method::{MethodFailure, Step};
use crate::usim::{Vector, Verdict};

/// The derivation function that is defined: CK' and IK' with SHA-256.
pub(crate) const KDF_SHA256: u16 = 1;
/// In AT_BIDDING: the server could do AKA'.
pub(crate) const PREFERS_AKA_PRIME: u16 = 0x8000;
/// In the first octet of the AMF: the challenge is for networks that are not of the operator (3GPP TS 33.402, A.1).
const SEPARATION_BIT: u8 = 0x80;

impl Exchange {
    pub(super) fn handle_identity(&mut self, request: &Message<'_>) -> Result<Step, Refusal> {
        let name = self
            .answer_name_request(request)?
            .ok_or_else(|| Refusal::malformed("request for an identity"))?;
        let response = Builder::new(subtype::AKA_IDENTITY)
            .counted(attribute::IDENTITY, &name)
            .into_bytes();
        request.record(&mut self.transcript);
        request.record_answer(&response, &mut self.transcript);
        Ok(Step::respond(response))
    }

    pub(super) fn handle_aka_challenge(&mut self, request: &Message<'_>) -> Result<Step, Refusal> {
        let attributes = &request.attributes;
        let (Some(rand), Some(autn)) = (
            attributes.octets(attribute::RAND),
            attributes.octets::<16>(attribute::AUTN),
        ) else {
            return Err(Refusal::malformed("challenge"));
        };
        let functions: Vec<u16> = attributes.numbers(attribute::KDF).collect();
        if self.flavor == Flavor::AkaPrime
            && let Some(step) = self.agree_on_function(&functions)?
        {
            return Ok(step);
        }
        let network = self.confirm_network(request)?;

        let verdict = self.card.0.borrow_mut().umts(&rand, &autn);
        let vector = match verdict {
            Verdict::Genuine(vector) => vector,
            Verdict::OutOfStep { auts } => return self.fall_in_step(auts, &functions),
            Verdict::Mute => {
                return Err(Refusal::client_error(
                    client_error::UNABLE_TO_PROCESS,
                    MethodFailure::Missing {
                        what: "card that answers challenges of UMTS",
                    },
                ));
            }
            Verdict::Impostor => {
                return Err(Refusal::reject(MethodFailure::Impostor {
                    secret: "key of the card",
                }));
            }
        };
        let (session, master) = match self.flavor {
            Flavor::AkaPrime => Session::aka_prime(&self.told, &vector, &autn, network),
            Flavor::Aka | Flavor::Sim => Session::aka(&self.told, &vector),
        };
        if !request.is_genuine(&session, &[]) {
            return Err(Refusal::impostor());
        }
        self.refuse_bidding_down(request)?;
        let step = self.respond(&session, request, &vector)?;
        let next = Self::next_names(&session, request)?;
        self.state = State::Proved(Box::new(Proved {
            session,
            master,
            session_id: self.flavor.session_id([&rand, &autn]),
            counter: None,
            indication: Indication::of(request),
            next,
        }));
        Ok(step)
    }

    fn respond(&self, session: &Session, request: &Message<'_>, vector: &Vector) -> Result<Step, Refusal> {
        let checkcode = self.confirm_transcript(request)?;
        let res = vector.res.as_bytes();
        // The card's response has 4 to 16 octets; its length is in bits.
        let bits = (8 * res.len() as u16).to_be_bytes();
        let response = Builder::new(subtype::AKA_CHALLENGE)
            .put(attribute::RES, bits, res)
            .when(request.attributes.has(attribute::RESULT_IND), |response| {
                response.octets(attribute::RESULT_IND, &[])
            });
        let response = put_checkcode(response, checkcode.as_deref());
        Ok(Step::respond(request.answer(session, response, &[])))
    }

    /// The derivation function (RFC 9048, 3.2): the first that the server offers, or a message that asks for another of
    /// them, to which the server must answer with that one before the list that it had offered.
    fn agree_on_function(&mut self, offered: &[u16]) -> Result<Option<Step>, Refusal> {
        let unacceptable = || {
            Refusal::reject(MethodFailure::Unacceptable {
                what: "an unknown key derivation function",
            })
        };
        match (self.functions.take(), offered) {
            (None, [KDF_SHA256, ..]) => Ok(None),
            (Some(before), [KDF_SHA256, rest @ ..]) if before == rest => Ok(None),
            (None, [_, rest @ ..]) if rest.contains(&KDF_SHA256) => {
                self.functions = Some(offered.to_vec());
                let response = Builder::new(subtype::AKA_CHALLENGE).number(attribute::KDF, KDF_SHA256);
                Ok(Some(Step::respond(response.into_bytes())))
            }
            _ => Err(unacceptable()),
        }
    }

    /// The name of the access network that the server believes the peer to be in: the peer compares as many of its parts
    /// as both have (RFC 9048, 3.1). An access point that lies to the server is found out here. Empty for AKA.
    fn confirm_network<'a>(&self, request: &Message<'a>) -> Result<&'a [u8], Refusal> {
        if self.flavor != Flavor::AkaPrime {
            return Ok(&[]);
        }
        let network = request.attributes.counted(attribute::KDF_INPUT).unwrap_or_default();
        let separated = request
            .attributes
            .octets::<16>(attribute::AUTN)
            .is_some_and(|[.., amf, _, _, _, _, _, _, _, _, _]| amf & SEPARATION_BIT != 0);
        let parts = |name: &'a [u8]| name.split(|&octet| octet == b':');
        let own = self.network.split(|&octet| octet == b':');
        let what = if network.is_empty() || !parts(network).zip(own).all(|(theirs, own)| theirs == own) {
            "keys for another access network"
        } else if !separated {
            "a challenge that is not for AKA'"
        } else {
            return Ok(network);
        };
        Err(Refusal::reject(MethodFailure::Unacceptable { what }))
    }

    fn fall_in_step(&mut self, auts: [u8; 14], functions: &[u16]) -> Result<Step, Refusal> {
        if core::mem::replace(&mut self.synchronized, true) {
            return Err(Refusal::unexpected("second challenge of the past"));
        }
        // The attribute has no reserved octets: the first two of AUTS stand there.
        let [first, second, rest @ ..] = auts;
        let response = Builder::new(subtype::SYNCHRONIZATION_FAILURE).put(attribute::AUTS, [first, second], &rest);
        let response = functions.iter().fold(response, |response, &function| {
            response.number(attribute::KDF, function)
        });
        Ok(Step::respond(response.into_bytes()))
    }

    /// AKA although both could do AKA': somebody between them has seen to it (RFC 9048, 4).
    fn refuse_bidding_down(&self, request: &Message<'_>) -> Result<(), Refusal> {
        let bidding = request.attributes.number(attribute::BIDDING).unwrap_or_default();
        match self.offers_aka_prime && bidding & PREFERS_AKA_PRIME != 0 {
            true => Err(Refusal::reject(MethodFailure::Unacceptable {
                what: "AKA although it can do AKA'",
            })),
            false => Ok(()),
        }
    }

    /// The hash over the identity rounds, if the server sends one (RFC 4187, 10.13): nobody has changed them on the way.
    pub(super) fn confirm_transcript(&self, request: &Message<'_>) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(found) = request.attributes.value(attribute::CHECKCODE) else {
            return Ok(None);
        };
        let expected = checkcode(self.flavor, &self.transcript);
        match bool::from(expected.ct_eq(found)) {
            true => Ok(Some(expected)),
            false => Err(Refusal::client_error(
                client_error::UNABLE_TO_PROCESS,
                MethodFailure::Unexpected {
                    message: "hash of what was said about the identity",
                },
            )),
        }
    }
}

/// The hash over the packets of the identity rounds: nothing if there were none.
pub(crate) fn checkcode(flavor: Flavor, transcript: &[u8]) -> Vec<u8> {
    match (transcript, flavor) {
        ([], _) => Vec::new(),
        (_, Flavor::AkaPrime) => Sha256::digest(transcript).to_vec(),
        (_, Flavor::Aka | Flavor::Sim) => Sha1::digest(transcript).to_vec(),
    }
}

/// Appends the hash that was confirmed, if there was one.
pub(super) fn put_checkcode(message: Builder, checkcode: Option<&[u8]>) -> Builder {
    match checkcode {
        Some(checkcode) => message.octets(attribute::CHECKCODE, checkcode),
        None => message,
    }
}
