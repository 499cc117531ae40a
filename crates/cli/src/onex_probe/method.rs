//! The methods by their names on the command line.

use clap::ValueEnum;
use onex::eap::{Offer, Profile};
use onex::method::Secret;
use onex::methods::gtc::Gtc;
use onex::methods::md5::Md5Challenge;
use onex::methods::mschapv2::Mschapv2;

use super::Probe;

/// A method.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MethodName {
    /// MS-CHAPv2, without a tunnel.
    Mschapv2,
    /// Generic token card, without a tunnel: the password goes out in the clear.
    Gtc,
    /// MD5-Challenge. Makes no keys.
    Md5,
}

impl MethodName {
    /// The profile of a user of this method.
    pub(super) fn profile(self, probe: &Probe) -> Profile {
        let password = Some(Secret::new(probe.password.to_vec()));
        let offer: Box<dyn Offer> = match self {
            Self::Mschapv2 => Box::new(Mschapv2 { user: None, password }),
            Self::Gtc => Box::new(Gtc { password }),
            Self::Md5 => Box::new(Md5Challenge { password }),
        };
        Profile {
            identity: Some(probe.identity.clone()),
            needs_keys: offer.makes_keys(),
            offers: vec![offer],
        }
    }
}
