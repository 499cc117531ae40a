//! EAP-MSCHAPv2, the server's side: without retries and without the change of passwords.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use super::{Method, Offer, Step};
use crate::method::{Context, ExportedKeys, MethodType, Secret};
use crate::mschap::{
    MSK_LEN, MasterKey, authenticator_response, authenticator_response_text, challenge_hash, challenge_response, msk,
    nt_password_hash,
};

/// EAP-MSCHAPv2 for users with this password.
pub struct Mschapv2 {
    /// The password; one that is not UTF-8 lets nobody in.
    pub password: Secret,
}

impl Offer for Mschapv2 {
    fn kind(&self) -> MethodType {
        MethodType::MSCHAPV2
    }

    fn begin(&mut self, _identity: &[u8]) -> Box<dyn Method> {
        Box::new(Exchange {
            password: self.password.duplicate(),
            state: State::Challenged([0; 16]),
        })
    }
}

struct Exchange {
    password: Secret,
    state: State,
}

enum State {
    Challenged([u8; 16]),
    /// The password was right, and the peer is to agree that ours is.
    Proved(Option<ExportedKeys>),
    Refused,
}

impl Exchange {
    fn judge(&mut self, identifier: u8, challenge: &[u8; 16], response: &Response<'_>) -> Step {
        let Ok(hash) = nt_password_hash(&self.password) else {
            return Step::Failed;
        };
        let both = challenge_hash(response.peer_challenge, challenge, response.user);
        let expected = challenge_response(&both, &hash);
        if !bool::from(expected.ct_eq(response.nt_response)) {
            self.state = State::Refused;
            return Step::Request(message(4, identifier, b"E=691 R=0 V=3 M=Wrong name or password"));
        }
        let master = MasterKey::derive(&hash, &expected);
        self.state =
            State::Proved(ExportedKeys::new(&msk(&master), None, Vec::new()).map(|keys| keys.with_msk_len(MSK_LEN)));
        let proof = authenticator_response_text(&authenticator_response(&hash, &expected, &both));
        Step::Request(message(3, identifier, format!("{proof} M=Welcome").as_bytes()))
    }
}

impl Method for Exchange {
    fn first_request(&mut self, context: &mut Context<'_>, identifier: u8) -> Vec<u8> {
        let mut challenge = [0; 16];
        context.rng.fill_bytes(&mut challenge);
        self.state = State::Challenged(challenge);
        message(1, identifier, &[&[16][..], &challenge, b"portcullis"].concat())
    }

    fn handle_response(&mut self, _context: &mut Context<'_>, identifier: u8, data: &[u8]) -> Step {
        match self.state {
            State::Challenged(challenge) => match Response::parse(data) {
                Some(response) => self.judge(identifier, &challenge, &response),
                None => Step::Failed,
            },
            State::Proved(_) if data.first() == Some(&3) => Step::Succeeded,
            State::Proved(_) | State::Refused => Step::Failed,
        }
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        match &mut self.state {
            State::Proved(keys) => keys.take(),
            State::Challenged(_) | State::Refused => None,
        }
    }
}

/// The response to the challenge: 4 octets of header, the length of the value (49), peer challenge (16), reserved (8),
/// NT response (24), flags (1), the name.
struct Response<'a> {
    peer_challenge: &'a [u8; 16],
    nt_response: &'a [u8; 24],
    user: &'a [u8],
}

impl<'a> Response<'a> {
    fn parse(data: &'a [u8]) -> Option<Self> {
        let (&[2, _, _, _, 49], rest) = data.split_first_chunk()? else {
            return None;
        };
        let (peer_challenge, rest) = rest.split_first_chunk()?;
        let (_reserved, rest) = rest.split_first_chunk::<8>()?;
        let (nt_response, rest) = rest.split_first_chunk()?;
        let (_flags, user) = rest.split_first()?;
        Some(Self {
            peer_challenge,
            nt_response,
            user,
        })
    }
}

fn message(operation: u8, identifier: u8, body: &[u8]) -> Vec<u8> {
    // The texts of this module are shorter than 100 octets.
    let [high, low] = (body.len() as u16 + 4).to_be_bytes();
    [&[operation, identifier, high, low], body].concat()
}
