//! The protocols of PPP inside TTLS (RFC 5281, 11.2): a name and a password in attribute-value pairs.
//!
//! The challenges are not the server's: both sides take them from the tunnel, so that nobody can pass on those of
//! another conversation (11.1).

use alloc::vec::Vec;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::avp::{self, Avp, Code};
use crate::method::{Context, Decision, MethodFailure, Secret};
use crate::methods::md5;
use crate::methods::mschapv2::Refusal;
use crate::mschap::{
    authenticator_response, authenticator_response_text, challenge_hash, challenge_response, nt_password_hash,
};
use crate::tls::Tunnel;

/// The label of the challenges that come from the tunnel.
const CHALLENGE_LABEL: &[u8] = b"ttls challenge";

/// How the password is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// The server is told the password.
    Pap,
    /// The server is told a hash of the password, and must know the password itself.
    Chap,
    /// MS-CHAP version 1.
    Mschap,
    /// MS-CHAP version 2: the server proves that it knows the password, too.
    Mschapv2,
}

/// A user with a password.
pub struct Login {
    /// How it is proved.
    pub protocol: Protocol,
    /// The user's name. `None`: the one that was told outside.
    pub user: Option<Vec<u8>>,
    /// The password. `None`: it is asked for.
    pub password: Option<Secret>,
}

/// One login.
pub(super) struct Exchange {
    protocol: Protocol,
    user: Vec<u8>,
    state: State,
    failure: Option<MethodFailure>,
}

enum State {
    /// Nothing has been said.
    Silent,
    /// The server has been told; its success is its answer.
    Told,
    /// The server must prove itself with this, behind the identifier.
    Proving(Vec<u8>),
    /// The server has proved itself.
    Proved,
}

impl Exchange {
    pub(super) fn begin(login: &Login, outer: &[u8]) -> Self {
        Self {
            protocol: login.protocol,
            user: login.user.as_deref().unwrap_or(outer).to_vec(),
            state: State::Silent,
            failure: None,
        }
    }

    /// The message that proves the password.
    ///
    /// # Errors
    /// The password cannot be used with the protocol, or the tunnel gives no challenge.
    pub(super) fn prove(
        &mut self,
        context: &mut Context<'_>,
        tunnel: &Tunnel,
        password: &Secret,
    ) -> Result<Zeroizing<Vec<u8>>, MethodFailure> {
        self.state = State::Told;
        let user = (Code::USER_NAME, self.user.as_slice());
        Ok(match self.protocol {
            Protocol::Pap => {
                // Zeros hide how long it is (11.2.5).
                let len = password.as_bytes().len().next_multiple_of(16);
                let mut padded = Zeroizing::new(Vec::with_capacity(len));
                padded.extend_from_slice(password.as_bytes());
                padded.resize(len, 0);
                avp::message(&[user, (Code::USER_PASSWORD, &padded)])
            }
            Protocol::Chap => {
                let (challenge, identifier) = challenge::<17, 16>(tunnel)?;
                let response = chap_response(identifier, password, &challenge);
                avp::message(&[
                    user,
                    (Code::CHAP_CHALLENGE, &challenge),
                    (Code::CHAP_PASSWORD, &response),
                ])
            }
            Protocol::Mschap => {
                let (challenge, identifier) = challenge::<9, 8>(tunnel)?;
                let response = challenge_response(&challenge, &nt_password_hash(password)?);
                let value = mschap_value(identifier, &response);
                avp::message(&[
                    user,
                    (Code::MS_CHAP_CHALLENGE, &challenge),
                    (Code::MS_CHAP_RESPONSE, &value),
                ])
            }
            Protocol::Mschapv2 => {
                let (challenge, identifier) = challenge::<17, 16>(tunnel)?;
                let mut peer_challenge = [0; 16];
                context.rng.fill_bytes(&mut peer_challenge);
                let hash = nt_password_hash(password)?;
                let both = challenge_hash(&peer_challenge, &challenge, &self.user);
                let response = challenge_response(&both, &hash);
                let proof = authenticator_response_text(&authenticator_response(&hash, &response, &both));
                self.state = State::Proving([&[identifier], proof.as_bytes()].concat());
                let value = mschapv2_value(identifier, &peer_challenge, &response);
                avp::message(&[
                    user,
                    (Code::MS_CHAP_CHALLENGE, &challenge),
                    (Code::MS_CHAP2_RESPONSE, &value),
                ])
            }
        })
    }

    /// Takes what the server says in the tunnel.
    ///
    /// # Errors
    /// The server does not know the password, or refuses it.
    pub(super) fn hear(&mut self, pairs: &[Avp<'_>]) -> Result<(), MethodFailure> {
        if let Some(error) = avp::find(pairs, Code::MS_CHAP_ERROR) {
            let text = error.get(1..).unwrap_or_default();
            self.failure = Some(Refusal::parse(text).failure());
            self.state = State::Silent;
            return Ok(());
        }
        match (&self.state, avp::find(pairs, Code::MS_CHAP2_SUCCESS)) {
            (State::Proving(expected), Some(proof)) => {
                let proof = proof.get(..expected.len()).unwrap_or_default();
                if !bool::from(proof.ct_eq(expected)) {
                    return Err(MethodFailure::Impostor { secret: "password" });
                }
                self.state = State::Proved;
                Ok(())
            }
            (_, Some(_)) => Err(MethodFailure::Unexpected {
                message: "success of MS-CHAPv2",
            }),
            (_, None) => Ok(()),
        }
    }

    pub(super) const fn decision(&self) -> Decision {
        match self.state {
            State::Silent | State::Proving(_) => Decision::Fail,
            State::Told => Decision::ConditionalSuccess,
            State::Proved => Decision::UnconditionalSuccess,
        }
    }

    pub(super) fn failure(&self) -> Option<MethodFailure> {
        self.failure.clone()
    }
}

/// A challenge of `N` - 1 octets out of the tunnel, and the identifier behind it.
pub(crate) fn challenge<const N: usize, const LEN: usize>(tunnel: &Tunnel) -> Result<([u8; LEN], u8), MethodFailure> {
    const { assert!(N == LEN + 1, "the identifier is one octet") };
    let material = tunnel.export::<N>(CHALLENGE_LABEL, None);
    material
        .as_deref()
        .and_then(|material| {
            let (challenge, rest) = material.split_first_chunk()?;
            Some((*challenge, *rest.first()?))
        })
        .ok_or(MethodFailure::Unexpected {
            message: "request for a password before the tunnel stands",
        })
}

/// The value of a CHAP-Password: the identifier and the hash. 17 octets.
pub(crate) fn chap_response(identifier: u8, password: &Secret, challenge: &[u8]) -> Vec<u8> {
    let response = md5::response(identifier, password.as_bytes(), challenge);
    [&[identifier], &response[..]].concat()
}

/// The value of an MS-CHAP-Response: identifier, the flag that the NT response counts, no LM response (24), the NT
/// response. 50 octets.
pub(crate) fn mschap_value(identifier: u8, response: &[u8; 24]) -> Vec<u8> {
    [&[identifier, 1], &[0; 24][..], response].concat()
}

/// The value of an MS-CHAP2-Response: identifier, flags (0), the peer's challenge (16), reserved (8), the response.
/// 50 octets.
fn mschapv2_value(identifier: u8, peer_challenge: &[u8; 16], response: &[u8; 24]) -> Vec<u8> {
    [&[identifier, 0], &peer_challenge[..], &[0; 8], response].concat()
}
