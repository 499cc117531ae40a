//! The methods by their names on the command line.

use std::sync::Arc;

use clap::ValueEnum;
use ihv::OneXFailure;
use onex::eap::Offer;
use onex::methods::gtc::Gtc;
use onex::methods::md5::Md5Challenge;
use onex::methods::mschapv2::Mschapv2;
use onex::methods::peap::Peap;
use onex::methods::pwd::Pwd;
use onex::methods::sim_aka::Subscriber;
use onex::methods::teap::Teap;
use onex::methods::tls::TlsOffer;
use onex::methods::ttls::{Inside, Login, Protocol, Ttls};
use onex::tls::{Client, Inner, InnerMethod, Versions};

use super::{Error, User};

/// A method.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MethodName {
    /// EAP-TLS: both sides have certificates.
    Tls,
    /// TTLS: the server is told the password inside the tunnel.
    TtlsPap,
    /// TTLS with CHAP inside.
    TtlsChap,
    /// TTLS with MS-CHAP inside.
    TtlsMschap,
    /// TTLS with MS-CHAPv2 inside.
    TtlsMschapv2,
    /// TTLS with EAP-MSCHAPv2 inside.
    TtlsEapMschapv2,
    /// TTLS with a token card inside.
    TtlsEapGtc,
    /// TTLS with MD5-Challenge inside.
    TtlsEapMd5,
    /// TTLS with the user's certificate inside.
    TtlsEapTls,
    /// PEAP with MS-CHAPv2 inside.
    #[value(alias = "peap-mschapv2")]
    Peap,
    /// PEAP with a token card inside.
    PeapGtc,
    /// PEAP with the user's certificate inside.
    PeapTls,
    /// TEAP with MS-CHAPv2 inside, or with the password alone if the server asks for that; over TLS 1.2.
    Teap,
    /// EAP-pwd: both sides prove the password to each other, and nobody learns it.
    Pwd,
    /// MS-CHAPv2, without a tunnel.
    Mschapv2,
    /// Generic token card, without a tunnel: the password goes out in the clear.
    Gtc,
    /// MD5-Challenge. Makes no keys.
    Md5,
    /// EAP-SIM: a card of GSM. The network's proof is weak.
    Sim,
    /// EAP-AKA: a card of UMTS, to which the network proves itself.
    Aka,
    /// EAP-AKA': the same, with keys for this access network alone.
    AkaPrime,
}

impl MethodName {
    /// Whether the method runs over TLS, and needs to know by what the server is believed.
    pub(crate) const fn is_over_tls(self) -> bool {
        !matches!(self, Self::Pwd | Self::Mschapv2 | Self::Gtc | Self::Md5) && !self.needs_card()
    }

    /// Whether the user proves themselves with a subscriber's card.
    pub(crate) const fn needs_card(self) -> bool {
        matches!(self, Self::Sim) || self.needs_sequence_number()
    }

    /// Whether the card must remember which challenges it has answered.
    pub(crate) const fn needs_sequence_number(self) -> bool {
        matches!(self, Self::Aka | Self::AkaPrime)
    }

    /// Whether the method may be used in a network without wires; `anybody`: any server will do.
    ///
    /// # Errors
    /// It makes no keys, or shows anybody what the password can be found from.
    pub(crate) const fn check_for_the_air(self, anybody: bool) -> Result<(), Error> {
        match self {
            Self::Md5 | Self::Gtc => Err(Error::NoKeys),
            Self::Mschapv2 if !anybody => Err(Error::NoTunnel),
            _ => Ok(()),
        }
    }

    /// The name that it has on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// What it may look like when the password is wrong. In EAP-pwd neither side learns which of them is mistaken.
    pub(crate) const fn of_wrong_password(self) -> &'static [OneXFailure] {
        match self {
            Self::Tls | Self::TtlsEapTls | Self::PeapTls => &[],
            Self::Pwd => &[OneXFailure::Refused, OneXFailure::Impostor],
            _ => &[OneXFailure::Refused, OneXFailure::Credentials],
        }
    }

    /// Whether the user proves themselves with a certificate.
    pub(crate) const fn needs_certificate(self) -> bool {
        matches!(self, Self::Tls | Self::TtlsEapTls | Self::PeapTls)
    }

    /// The versions of TLS that the method has, of those that are allowed.
    pub(crate) const fn versions(self, allowed: Versions) -> Versions {
        match (self, allowed) {
            (Self::Teap, Versions::Both) => Versions::Tls12,
            (_, allowed) => allowed,
        }
    }

    /// The method as this user has it. `None` only for a method over TLS without a client, or one with a card without
    /// that, which no user has.
    pub(super) fn offer(self, user: &User, client: Option<Arc<Client>>) -> Option<Box<dyn Offer>> {
        let password = user.password();
        Some(match self {
            Self::Tls => Box::new(TlsOffer(client?)),
            Self::TtlsPap => login(user, client?, Protocol::Pap),
            Self::TtlsChap => login(user, client?, Protocol::Chap),
            Self::TtlsMschap => login(user, client?, Protocol::Mschap),
            Self::TtlsMschapv2 => login(user, client?, Protocol::Mschapv2),
            Self::TtlsEapMschapv2 => ttls(user, client?, InnerMethod::Mschapv2),
            Self::TtlsEapGtc => ttls(user, client?, InnerMethod::Gtc),
            Self::TtlsEapMd5 => ttls(user, client?, InnerMethod::Md5Challenge),
            Self::TtlsEapTls => {
                let inside = InnerMethod::Tls(client.as_ref()?.anew());
                ttls(user, client?, inside)
            }
            Self::Peap => peap(user, client?, InnerMethod::Mschapv2),
            Self::PeapGtc => peap(user, client?, InnerMethod::Gtc),
            Self::PeapTls => {
                let inside = InnerMethod::Tls(client.as_ref()?.anew());
                peap(user, client?, inside)
            }
            Self::Teap => Box::new(Teap {
                client: client?,
                inner: Arc::new(inner(user, InnerMethod::Mschapv2)),
            }),
            Self::Pwd => Box::new(Pwd { password }),
            Self::Mschapv2 => Box::new(Mschapv2 {
                user: user.identity.clone(),
                password,
            }),
            Self::Gtc => Box::new(Gtc { password }),
            Self::Md5 => Box::new(Md5Challenge { password }),
            Self::Sim => Box::new(user.subscriber(Subscriber::sim)?),
            Self::Aka => Box::new(user.subscriber(Subscriber::aka)?),
            Self::AkaPrime => Box::new(user.subscriber(Subscriber::aka_prime)?),
        })
    }
}

fn login(user: &User, client: Arc<Client>, protocol: Protocol) -> Box<dyn Offer> {
    let inside = Inside::Login(Login {
        protocol,
        user: user.identity.clone(),
        password: user.password(),
    });
    Box::new(Ttls { client, inside })
}

fn ttls(user: &User, client: Arc<Client>, method: InnerMethod) -> Box<dyn Offer> {
    let inside = Inside::Eap(inner(user, method));
    Box::new(Ttls { client, inside })
}

fn peap(user: &User, client: Arc<Client>, method: InnerMethod) -> Box<dyn Offer> {
    Box::new(Peap {
        client,
        inner: inner(user, method),
        demand: user.binding,
    })
}

fn inner(user: &User, method: InnerMethod) -> Inner {
    Inner {
        identity: user.identity.clone(),
        password: user.password(),
        methods: vec![method],
    }
}
