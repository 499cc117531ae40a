//! Authorities, servers and clients for the tests of the methods over TLS.

mod authority;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use rcgen::{Certificate, CertificateParams, KeyPair};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{Anchors, Authorities, Client, ClientIdentity, Names, Settings, Trust, Versions};
use crate::method::{Context, ExportedKeys, Method, Step};
use crate::server::tls::{ServerIdentity, TlsServer};
use crate::server::{self, Offer};

pub(crate) use authority::Authority;

/// When the tests take place, in seconds since 1970: 2027-01-15.
pub(crate) const NOW: Duration = Duration::from_secs(1_800_000_000);

pub(crate) const SERVER_NAME: &str = "radius.example.org";

/// A certificate with its key, as PEM.
pub(crate) struct Certified {
    pub(crate) certificate: String,
    pub(crate) der: Vec<u8>,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn key(&self) -> &KeyPair {
        self.issuer.key()
    }

    pub(crate) fn anchors(&self) -> Anchors {
        Anchors::from_pem(self.pem.as_bytes()).unwrap()
    }

    /// Trust in this authority and a server of that name.
    pub(crate) fn trust(&self) -> Trust {
        Trust::Authorities(Authorities::new(self.anchors(), Names::Exact(SERVER_NAME.into())).unwrap())
    }

    pub(crate) fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Certified {
        let (certificate, key) = self.certify(name, change);
        Certified::new(&certificate, &key)
    }

    pub(crate) fn issue_for(&self, key: KeyPair, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Certified {
        let certificate = self.certify_key(&key, name, change);
        Certified::new(&certificate, &key)
    }

    pub(crate) fn server(&self, versions: Versions, clients: Option<&Anchors>) -> Arc<TlsServer> {
        TlsServer::new(self.issue(SERVER_NAME, |_| {}).server(), clients, versions).unwrap()
    }

    pub(crate) fn client(&self, change: impl FnOnce(&mut Settings)) -> Arc<Client> {
        let mut settings = Settings::new(self.trust());
        change(&mut settings);
        Client::new(settings).unwrap()
    }
}

impl Certified {
    fn new(certificate: &Certificate, key: &KeyPair) -> Self {
        Self {
            certificate: certificate.pem(),
            der: certificate.der().to_vec(),
            key: key.serialize_pem(),
        }
    }

    pub(crate) fn server(&self) -> ServerIdentity {
        ServerIdentity::from_pem(self.certificate.as_bytes(), self.key.as_bytes()).unwrap()
    }

    pub(crate) fn client(&self) -> ClientIdentity {
        ClientIdentity::from_pem(self.certificate.as_bytes(), self.key.as_bytes(), None).unwrap()
    }
}

/// Some day before or after the tests take place.
pub(crate) fn day(offset: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW.as_secs() as i64 + offset * 86_400).unwrap()
}

/// How an authentication ended.
pub(crate) enum End {
    /// The server is content, with its keys.
    Accepted(Option<ExportedKeys>),
    /// The server refuses.
    Refused,
    /// The peer's step that is no answer.
    Peer(Step),
    /// A hundred rounds were not enough; a peer gives up as well ([`crate::eap::Failure::Endless`]).
    Endless,
}

/// The server's side of one method, with what it asks next.
pub(crate) struct Asking {
    pub(crate) server: Box<dyn server::Method>,
    pub(crate) request: Zeroizing<Vec<u8>>,
    identifier: u8,
}

impl Asking {
    pub(crate) fn begin(context: &mut Context<'_>, offer: &mut dyn Offer) -> Self {
        let mut server = offer.begin(b"user");
        let request = Zeroizing::new(server.first_request(context, 0));
        Self {
            server,
            request,
            identifier: 0,
        }
    }

    /// Gives the server a response; `None` while it asks on.
    pub(crate) fn answer(&mut self, context: &mut Context<'_>, response: &[u8]) -> Option<End> {
        match self.server.handle_response(context, self.identifier, response) {
            server::Step::Request(next) => {
                self.request = Zeroizing::new(next);
                self.identifier += 1;
                None
            }
            server::Step::Succeeded => Some(End::Accepted(self.server.keys())),
            server::Step::Failed => Some(End::Refused),
            server::Step::Ignore(discarded) => panic!("{discarded}"),
        }
    }

    /// Goes on until one side stops. `meddle` may change what the server asks.
    pub(crate) fn run_with(
        &mut self,
        context: &mut Context<'_>,
        method: &mut dyn Method,
        mut meddle: impl FnMut(&mut Vec<u8>),
    ) -> End {
        for _ in 0..100 {
            meddle(&mut self.request);
            let response = match method.handle_request(context, self.identifier, &self.request) {
                Step::Respond(response) => response,
                other => return End::Peer(other),
            };
            if let Some(end) = self.answer(context, &response) {
                return end;
            }
        }
        End::Endless
    }

    /// Goes on until one side stops.
    pub(crate) fn run(&mut self, context: &mut Context<'_>, method: &mut dyn Method) -> End {
        self.run_with(context, method, |_| {})
    }
}
