//! The methods of one question: MD5-Challenge and token cards.

use alloc::boxed::Box;
use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use super::{Method, Offer, Step};
use crate::method::{Context, ExportedKeys, MethodType, Secret};
use crate::methods::md5;

/// MD5-Challenge for users with this password.
pub struct Md5Challenge {
    /// The password.
    pub password: Secret,
}

/// A token card whose answer is this.
pub struct Gtc {
    /// The answer.
    pub token: Secret,
}

impl Offer for Md5Challenge {
    fn kind(&self) -> MethodType {
        MethodType::MD5_CHALLENGE
    }

    fn begin(&mut self, _identity: &[u8]) -> Box<dyn Method> {
        Box::new(Md5Exchange {
            password: self.password.duplicate(),
            challenge: [0; 16],
        })
    }
}

impl Offer for Gtc {
    fn kind(&self) -> MethodType {
        MethodType::GTC
    }

    fn begin(&mut self, _identity: &[u8]) -> Box<dyn Method> {
        Box::new(GtcExchange {
            token: self.token.duplicate(),
        })
    }
}

struct Md5Exchange {
    password: Secret,
    challenge: [u8; 16],
}

impl Method for Md5Exchange {
    fn first_request(&mut self, context: &mut Context<'_>, _identifier: u8) -> Vec<u8> {
        context.rng.fill_bytes(&mut self.challenge);
        [&[16][..], &self.challenge].concat()
    }

    fn handle_response(&mut self, _context: &mut Context<'_>, identifier: u8, data: &[u8]) -> Step {
        let expected = md5::response(identifier, self.password.as_bytes(), &self.challenge);
        match md5::parse(data) {
            Some((response, _name)) if bool::from(response.ct_eq(&expected)) => Step::Succeeded,
            _ => Step::Failed,
        }
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        None
    }
}

struct GtcExchange {
    token: Secret,
}

impl Method for GtcExchange {
    fn first_request(&mut self, _context: &mut Context<'_>, _identifier: u8) -> Vec<u8> {
        b"Password".to_vec()
    }

    fn handle_response(&mut self, _context: &mut Context<'_>, _identifier: u8, data: &[u8]) -> Step {
        match bool::from(data.ct_eq(self.token.as_bytes())) {
            true => Step::Succeeded,
            false => Step::Failed,
        }
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        None
    }
}
