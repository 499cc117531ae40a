//! The methods, and both sides of each.

use std::sync::Arc;

use keys::curve::Curve;
use onex::method::Secret;
use onex::methods::peap::BindingDemand;
use onex::methods::sim_aka::Card;
use onex::methods::ttls::{Inside, Login, Protocol};
use onex::methods::{gtc, md5, mschapv2, peap, pwd, sim_aka, teap, tls, ttls};
use onex::server::peap::Version;
use onex::server::tls::{Meddler, ServerIdentity, TlsServer};
use onex::tls::{Anchors, Authorities, Client, ClientIdentity, Inner, InnerMethod, Names, Settings, Trust, Versions};
use onex::usim::{AuthenticationCentre, SoftwareUsim, Subscription};
use onex::{eap, server};
use zeroize::Zeroizing;

use super::authority::Authority;

const SERVER_NAME: &str = "radius.example.org";
pub(crate) const PASSWORD: &str = "wonderland";

/// A method, with what is said inside its tunnel.
#[derive(Clone, Copy)]
pub(crate) enum Method {
    Tls,
    TtlsLogin(Protocol),
    TtlsEap(Within),
    Peap(Within, Version),
    TeapEap(Within),
    TeapPassword,
    Pwd,
    Mschapv2,
    Gtc,
    Md5,
    Sim,
    Aka,
    AkaPrime,
}

/// Hands every method with its name to a macro. The order is that of the fuzz target's inputs: new ones go to the end.
macro_rules! each_method {
    ($then:ident) => {
        $then! {
            tls: Method::Tls,
            ttls_pap: Method::TtlsLogin(Protocol::Pap),
            ttls_chap: Method::TtlsLogin(Protocol::Chap),
            ttls_mschap: Method::TtlsLogin(Protocol::Mschap),
            ttls_mschapv2: Method::TtlsLogin(Protocol::Mschapv2),
            ttls_eap_mschapv2: Method::TtlsEap(Within::Mschapv2),
            ttls_eap_gtc: Method::TtlsEap(Within::Gtc),
            ttls_eap_md5: Method::TtlsEap(Within::Md5),
            ttls_eap_tls: Method::TtlsEap(Within::Tls),
            peap_mschapv2: Method::Peap(Within::Mschapv2, Version::V0),
            peap_gtc: Method::Peap(Within::Gtc, Version::V0),
            peap_tls: Method::Peap(Within::Tls, Version::V0),
            peap_1_mschapv2: Method::Peap(Within::Mschapv2, Version::V1),
            teap_mschapv2: Method::TeapEap(Within::Mschapv2),
            teap_tls: Method::TeapEap(Within::Tls),
            teap_password: Method::TeapPassword,
            pwd: Method::Pwd,
            mschapv2: Method::Mschapv2,
            gtc: Method::Gtc,
            md5: Method::Md5,
            sim: Method::Sim,
            aka: Method::Aka,
            aka_prime: Method::AkaPrime,
        }
    };
}
pub(crate) use each_method;

macro_rules! table {
    ($($name:ident: $method:expr,)*) => {
        &[$((stringify!($name), $method),)*]
    };
}

/// Every method with its name.
pub(crate) const ALL: &[(&str, Method)] = each_method!(table);

/// A method of EAP inside a tunnel.
#[derive(Clone, Copy)]
pub(crate) enum Within {
    Mschapv2,
    Gtc,
    Md5,
    Tls,
}

/// What is chosen anew from time to time.
pub(crate) struct Choice {
    /// The server's TLS. TEAP has only one.
    pub(crate) versions: Versions,
    /// SIM and its siblings say the success under the integrity code, too.
    pub(crate) indicates_result: bool,
    /// What pwd computes on.
    pub(crate) curve: Curve,
}

/// Certificates of both sides, and an authority that both believe.
pub(crate) struct Certificates {
    authority: Authority,
    server: (String, String),
    user: (String, String),
}

impl Certificates {
    pub(crate) fn new() -> Self {
        let authority = Authority::new("authority");
        let certify = |name| {
            let (certificate, key) = authority.certify(name, |_| {});
            (certificate.pem(), key.serialize_pem())
        };
        let (server, user) = (certify(SERVER_NAME), certify("alice.example.org"));
        Self {
            authority,
            server,
            user,
        }
    }

    fn anchors(&self) -> Anchors {
        Anchors::from_pem(self.authority.pem.as_bytes()).unwrap()
    }

    fn client(&self, versions: Versions, has_identity: bool) -> Arc<Client> {
        let names = Names::Exact(SERVER_NAME.into());
        let (certificate, key) = &self.user;
        let identity = || ClientIdentity::from_pem(certificate.as_bytes(), key.as_bytes(), None).unwrap();
        let settings = Settings {
            identity: has_identity.then(identity),
            versions,
            ..Settings::new(Trust::Authorities(Authorities::new(self.anchors(), names).unwrap()))
        };
        Client::new(settings).unwrap()
    }

    fn server(&self, versions: Versions, clients: bool) -> Arc<TlsServer> {
        let (certificate, key) = &self.server;
        let identity = ServerIdentity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
        TlsServer::new(identity, clients.then(|| self.anchors()).as_ref(), versions).unwrap()
    }
}

impl Method {
    /// Whether keys come out of it.
    pub(crate) fn makes_keys(self) -> bool {
        !matches!(self, Self::Gtc | Self::Md5)
    }

    /// Whether something is said inside a tunnel.
    pub(crate) fn has_inside(self) -> bool {
        matches!(
            self,
            Self::Tls | Self::TtlsLogin(_) | Self::TtlsEap(_) | Self::Peap(..) | Self::TeapEap(_) | Self::TeapPassword
        )
    }

    /// The offer of the peer.
    pub(crate) fn peer(self, certificates: &Certificates) -> Box<dyn eap::Offer> {
        let secret = || Some(Secret::from(PASSWORD));
        let client = || certificates.client(Versions::Both, false);
        let teap = |within| {
            Box::new(teap::Teap {
                client: certificates.client(Versions::Tls12, false),
                inner: Arc::new(inner(certificates, within)),
            })
        };
        match self {
            Self::Tls => Box::new(tls::TlsOffer(certificates.client(Versions::Both, true))),
            Self::TtlsLogin(protocol) => Box::new(ttls::Ttls {
                client: client(),
                inside: Inside::Login(Login {
                    protocol,
                    user: Some(b"alice".to_vec()),
                    password: secret(),
                }),
            }),
            Self::TtlsEap(within) => Box::new(ttls::Ttls {
                client: client(),
                inside: Inside::Eap(inner(certificates, within)),
            }),
            Self::Peap(within, version) => Box::new(peap::Peap {
                client: client(),
                inner: inner(certificates, within),
                demand: match version {
                    Version::V0 => BindingDemand::Required,
                    Version::V1 => BindingDemand::Optional,
                },
            }),
            Self::TeapEap(within) => teap(within),
            Self::TeapPassword => teap(Within::Gtc),
            Self::Pwd => Box::new(pwd::Pwd { password: secret() }),
            Self::Mschapv2 => Box::new(mschapv2::Mschapv2 {
                user: None,
                password: secret(),
            }),
            Self::Gtc => Box::new(gtc::Gtc { password: secret() }),
            Self::Md5 => Box::new(md5::Md5Challenge { password: secret() }),
            Self::Sim => Box::new(sim_aka::Subscriber::sim(card())),
            Self::Aka => Box::new(sim_aka::Subscriber::aka(card())),
            Self::AkaPrime => Box::new(sim_aka::Subscriber::aka_prime(card())),
        }
    }

    /// The server's side. `meddler` hears all that is said inside its tunnels.
    pub(crate) fn server(
        self,
        certificates: &Certificates,
        choice: &Choice,
        meddler: Arc<Meddler>,
    ) -> Box<dyn server::Offer> {
        let password = || Secret::from(PASSWORD);
        let tls = |versions, clients| {
            let server = certificates.server(versions, clients);
            let inside = certificates.server(choice.versions, true);
            server.with_certificates_inside(inside).with_meddler(meddler)
        };
        let indicating = |subscriber: server::Subscriber| match choice.indicates_result {
            true => Box::new(subscriber.with_result_indication()),
            false => Box::new(subscriber),
        };
        match self {
            Self::Tls => Box::new(server::tls::Tls {
                server: tls(choice.versions, true),
            }),
            Self::TtlsLogin(_) | Self::TtlsEap(_) => Box::new(server::ttls::Ttls {
                server: tls(choice.versions, false),
                password: password(),
            }),
            Self::Peap(_, version) => Box::new(server::peap::Peap {
                server: tls(choice.versions, false),
                password: password(),
                version,
                binds: true,
            }),
            Self::TeapEap(_) => Box::new(server::teap::Teap {
                server: tls(Versions::Tls12, false),
                password: password(),
                inside: server::teap::Inside::Eap,
            }),
            Self::TeapPassword => Box::new(server::teap::Teap {
                server: tls(Versions::Tls12, false),
                password: password(),
                inside: server::teap::Inside::Password,
            }),
            Self::Pwd => Box::new(server::Pwd {
                curve: choice.curve,
                ..server::Pwd::new(password())
            }),
            Self::Mschapv2 => Box::new(server::Mschapv2 { password: password() }),
            Self::Gtc => Box::new(server::Gtc { token: password() }),
            Self::Md5 => Box::new(server::Md5Challenge { password: password() }),
            Self::Sim => indicating(server::Subscriber::sim(centre())),
            Self::Aka => indicating(server::Subscriber::aka(centre())),
            Self::AkaPrime => indicating(server::Subscriber::aka_prime(centre())),
        }
    }
}

fn inner(certificates: &Certificates, within: Within) -> Inner {
    let method = match within {
        Within::Mschapv2 => InnerMethod::Mschapv2,
        Within::Gtc => InnerMethod::Gtc,
        Within::Md5 => InnerMethod::Md5Challenge,
        Within::Tls => InnerMethod::Tls(certificates.client(Versions::Both, true)),
    };
    Inner {
        identity: Some(b"alice".to_vec()),
        password: Some(PASSWORD.into()),
        methods: vec![method],
    }
}

fn card() -> Card {
    Card::new(SoftwareUsim::new(subscription()))
}

fn centre() -> AuthenticationCentre {
    AuthenticationCentre::new(subscription())
}

fn subscription() -> Subscription {
    Subscription {
        imsi: "244070100000001".into(),
        network_digits: 2,
        k: Zeroizing::new([1; 16]),
        opc: Zeroizing::new([2; 16]),
        sqn: 0,
    }
}
