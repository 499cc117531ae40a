//! The user of a simulated network and the server that authenticates them, with certificates made on the fly.

use crate::eap::{MethodName, User};
use adapter::simulated::EapServer;
use core::time::Duration;
use frame::Akm;
use host::OneXProfile;
use keys::AkmSuite;
use onex::method::Secret;
use onex::methods::sim_aka::Card;
use onex::server::tls::{ServerIdentity, TlsServer};
use onex::server::{self, Offer};
use onex::tls::{Anchors, Authorities, Client, ClientIdentity, Names, Settings, Strength, Trust, Versions};
use onex::usim::{AuthenticationCentre, SoftwareUsim, Subscription};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, SignatureAlgorithm,
};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What the time since 1970 is when a simulation begins: 2027-01-15.
pub(super) const EPOCH: Duration = Duration::from_secs(1_800_000_000);

const USER: &str = "alice";
const PASSWORD: &str = "wonderland";
/// The number of a subscriber, in the country and the network that are for tests.
const IMSI: &str = "001010123456789";
const SERVER_NAME: &str = "radius.portcullis.example";

/// What all networks of a simulation have in common whose users are authenticated.
pub(super) struct Enterprise {
    method: MethodName,
    /// For the methods over TLS.
    tls: Option<Arc<TlsServer>>,
    user: Arc<User>,
}

/// Why there is no such network.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the simulated server has not this method: name another one")]
    NoMethod,
    #[error("this AKM has no users to authenticate: leave --method out, or name an AKM of 802.1X, such as eap-sha256")]
    NoUsers,
    #[error("the certificates of the simulation can't be made: {0}")]
    Certificates(Box<dyn std::error::Error>),
}

impl Enterprise {
    /// Users of an AKM, with their method.
    ///
    /// # Errors
    /// See [`Error`].
    pub(super) fn new(akm: Option<Akm>, method: MethodName) -> Result<Self, Error> {
        let suite = akm
            .and_then(AkmSuite::of)
            .filter(|suite| suite.credential == keys::suites::Credential::Eap);
        let strength = match suite.ok_or(Error::NoUsers)?.pmk_len {
            48 => Strength::Bits192,
            _ => Strength::Usual,
        };
        let (tls, client) = match method.is_over_tls() {
            true => {
                let (server, client) = certified(method, strength).map_err(Error::Certificates)?;
                (Some(server), Some(client))
            }
            false => (None, None),
        };
        offer(method, tls.as_ref()).ok_or(Error::NoMethod)?;
        let password = Zeroizing::new(PASSWORD.as_bytes().to_vec());
        let user = match method.needs_card() {
            true => User::with_card(method, || Card::new(SoftwareUsim::new(subscription()))),
            false => User::new(method, USER.as_bytes(), password, client)
                .map_err(|error| Error::Certificates(error.into()))?,
        };
        Ok(Self {
            method,
            tls,
            user: Arc::new(user),
        })
    }

    /// The server's side.
    pub(super) fn server(&self) -> EapServer {
        let (method, tls) = (self.method, self.tls.clone());
        EapServer::new(EPOCH, move || offer(method, tls.as_ref()).into_iter().collect())
    }

    /// The user's side.
    pub(super) fn user(&self) -> OneXProfile {
        let user = Arc::clone(&self.user);
        OneXProfile::new(move |strength| user.profile_for_the_air(strength))
            .with_user(USER.as_bytes(), PASSWORD.as_bytes())
    }
}

/// The method as the server has it.
fn offer(method: MethodName, tls: Option<&Arc<TlsServer>>) -> Option<Box<dyn Offer>> {
    let password = || Secret::from(PASSWORD);
    Some(match method {
        MethodName::Tls => Box::new(server::tls::Tls {
            server: Arc::clone(tls?),
        }),
        MethodName::TtlsPap
        | MethodName::TtlsChap
        | MethodName::TtlsMschap
        | MethodName::TtlsMschapv2
        | MethodName::TtlsEapMschapv2
        | MethodName::TtlsEapGtc
        | MethodName::TtlsEapMd5 => Box::new(server::ttls::Ttls {
            server: Arc::clone(tls?),
            password: password(),
        }),
        MethodName::Peap | MethodName::PeapGtc => Box::new(server::peap::Peap {
            server: Arc::clone(tls?),
            password: password(),
            version: server::peap::Version::V0,
            binds: true,
        }),
        MethodName::Teap => Box::new(server::teap::Teap {
            server: Arc::clone(tls?),
            password: password(),
            inside: server::teap::Inside::Eap,
        }),
        MethodName::Pwd => Box::new(server::Pwd::new(password())),
        MethodName::Mschapv2 => Box::new(server::Mschapv2 { password: password() }),
        MethodName::Gtc => Box::new(server::Gtc { token: password() }),
        MethodName::Md5 => Box::new(server::Md5Challenge { password: password() }),
        MethodName::Sim => Box::new(server::Subscriber::sim(AuthenticationCentre::new(subscription()))),
        MethodName::Aka => Box::new(server::Subscriber::aka(AuthenticationCentre::new(subscription()))),
        MethodName::AkaPrime => Box::new(server::Subscriber::aka_prime(AuthenticationCentre::new(subscription()))),
        _ => return None,
    })
}

/// What a new card and the operator agree on; each association has a new card.
fn subscription() -> Subscription {
    Subscription {
        imsi: IMSI.into(),
        network_digits: 2,
        k: Zeroizing::new(*b"of the card only"),
        opc: Zeroizing::new(*b"of the operator "),
        sqn: 0,
    }
}

/// A server and a client that believe each other.
fn certified(
    method: MethodName,
    strength: Strength,
) -> Result<(Arc<TlsServer>, Arc<Client>), Box<dyn std::error::Error>> {
    let authority = Authority::new(match strength {
        Strength::Usual | Strength::Bits128 => &PKCS_ECDSA_P256_SHA256,
        Strength::Bits192 => &PKCS_ECDSA_P384_SHA384,
    })?;
    let anchors = Anchors::from_pem(authority.pem.as_bytes())?;
    let (certificate, key) = authority.issue(SERVER_NAME)?;
    let identity = ServerIdentity::from_pem(certificate.as_bytes(), key.as_bytes())?;
    let clients = method.needs_certificate().then_some(&anchors);
    let server = TlsServer::new(identity, clients, Versions::Both)?;
    let (certificate, key) = authority.issue(USER)?;
    let identity = match method.needs_certificate() {
        true => Some(ClientIdentity::from_pem(certificate.as_bytes(), key.as_bytes(), None)?),
        false => None,
    };
    let names = Names::Exact(SERVER_NAME.into());
    let settings = Settings {
        identity,
        strength,
        versions: method.versions(Versions::Both),
        ..Settings::new(Trust::Authorities(Authorities::new(anchors, names)?))
    };
    Ok((server, Client::new(settings)?))
}

/// Who signs the certificates of one simulation.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    algorithm: &'static SignatureAlgorithm,
    pem: String,
}

impl Authority {
    fn new(algorithm: &'static SignatureAlgorithm) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "Authority of a simulation");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate_for(algorithm)?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self {
            issuer: Issuer::new(params, key),
            algorithm,
            pem,
        })
    }

    /// A certificate for this name, and its key; both in PEM.
    fn issue(&self, name: &str) -> Result<(String, String), rcgen::Error> {
        let mut params = CertificateParams::new([name.to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate_for(self.algorithm)?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }
}
