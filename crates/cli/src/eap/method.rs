//! The methods by their names on the command line.

use std::sync::Arc;

use clap::ValueEnum;
use onex::eap::Offer;
use onex::methods::gtc::Gtc;
use onex::methods::md5::Md5Challenge;
use onex::methods::mschapv2::Mschapv2;
use onex::methods::tls::TlsOffer;
use onex::tls::Client;

use super::User;

/// A method.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MethodName {
    /// EAP-TLS: both sides have certificates.
    Tls,
    /// MS-CHAPv2, without a tunnel.
    Mschapv2,
    /// Generic token card, without a tunnel: the password goes out in the clear.
    Gtc,
    /// MD5-Challenge. Makes no keys.
    Md5,
}

impl MethodName {
    /// Whether the method runs over TLS, and needs to know by what the server is believed.
    pub(super) const fn is_over_tls(self) -> bool {
        match self {
            Self::Tls => true,
            Self::Mschapv2 | Self::Gtc | Self::Md5 => false,
        }
    }

    /// Whether the user proves themselves with a certificate.
    pub(super) const fn needs_certificate(self) -> bool {
        matches!(self, Self::Tls)
    }

    /// The method as this user has it. `None` only for a method over TLS without a client, which no user has.
    pub(super) fn offer(self, user: &User, client: Option<Arc<Client>>) -> Option<Box<dyn Offer>> {
        let password = user.password();
        Some(match self {
            Self::Tls => Box::new(TlsOffer(client?)),
            Self::Mschapv2 => Box::new(Mschapv2 {
                user: Some(user.identity.clone()),
                password,
            }),
            Self::Gtc => Box::new(Gtc { password }),
            Self::Md5 => Box::new(Md5Challenge { password }),
        })
    }
}
