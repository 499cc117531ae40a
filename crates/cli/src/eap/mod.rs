//! EAP on the command line: who the user is and by what their server is believed, and the profile that comes of it.
//!
//! `onex-probe` and `connect` share it. The password is read elsewhere, since each command has other secrets besides.

mod card;
mod method;
mod trust;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use clap::{ArgGroup, Args};
use onex::eap::Profile;
use onex::method::Secret;
use onex::methods::peap::BindingDemand;
use onex::methods::sim_aka::{Card, Subscriber};
use onex::tls::{Client, ClientIdentity, IdentityError, Settings, SettingsError, Strength, TrustError};
use zeroize::Zeroizing;

use crate::connect::secret::{SecretError, first_line};

use card::{CardError, CardFile};
pub(crate) use method::MethodName;

/// The user, and the server that they mean.
#[derive(Args, Debug, Default)]
#[command(group(ArgGroup::new("name").multiple(true).args(["identity", "sim_file"])))]
pub(crate) struct UserArgs {
    /// The name of the user. (A subscriber's is made of the number of their card.)
    #[arg(long, value_name = "NAME")]
    pub(crate) identity: Option<String>,
    /// What is said instead of the user's name outside the tunnel, or before the server asks for a subscriber's, such as
    /// anonymous@example.org.
    #[arg(long, value_name = "NAME", requires = "name")]
    anonymous: Option<String>,
    /// The subscriber's card, for sim, aka and aka-prime: a file with lines like `imsi = DIGITS`, `k = HEX`, `opc = HEX`,
    /// `sqn = HEX` (docs/onex-probe.md). The highest sequence number seen is written back to it.
    #[arg(long, value_name = "FILE")]
    sim_file: Option<PathBuf>,
    #[command(flatten)]
    trust: trust::TrustArgs,
    /// The user's certificate with its chain: PEM, or PKCS#12 (.p12, .pfx) with the key in it.
    #[arg(long, value_name = "FILE")]
    client_cert: Option<PathBuf>,
    /// The private key of --client-cert, in PEM. Without it, the key is looked for in that file.
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,
    /// A file whose first line is the passphrase that the private key is encrypted with.
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key_passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    versions: trust::VersionArgs,
    /// Accept a PEAP server that does not prove that the tunnel and the method inside end at the same place. FreeRADIUS
    /// 3 does not; without that proof, somebody between could pass on what the user says to another server.
    #[arg(long)]
    without_crypto_binding: bool,
}

impl UserArgs {
    /// Whether nothing is left to be asked: who the user is, and what proves it (`password`: there is one).
    pub(crate) const fn says_all(&self, password: bool) -> bool {
        self.sim_file.is_some() || (self.identity.is_some() && (password || self.client_cert.is_some()))
    }
}

/// Why the options make no profile.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A secret can't be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A file can't be read.
    #[error("{} can't be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What says whom to believe is wrong.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// Nothing says whom to believe.
    #[error("nothing says by what the server is to be believed: it could be anybody's")]
    NoTrust,
    /// The user's certificate can't be used.
    #[error("{} can't be used", .path.display())]
    Identity {
        /// The file with the certificate.
        path: PathBuf,
        /// What is wrong with it.
        source: IdentityError,
    },
    /// No certificate.
    #[error("the method needs a certificate of the user")]
    NoCertificate,
    /// No card.
    #[error("the method needs the card of a subscriber")]
    NoCard,
    /// A card for a method that has none.
    #[error("the method has nothing to do with a card")]
    NeedlessCard,
    /// The card can't be used.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The method makes no keys.
    #[error("the method makes no keys: it is for networks with wires, or for the inside of a tunnel")]
    NoKeys,
    /// The method shows anybody what the password can be found from.
    #[error("MS-CHAPv2 without a tunnel gives anybody in reach of the radio what the password is found from in hours")]
    NoTunnel,
    /// The options exclude each other.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

impl Error {
    /// What a person can do about it.
    pub(crate) const fn next_step(&self) -> &'static str {
        match self {
            Self::Secret(error) => error.next_step(),
            Self::Read { .. } => "Name a file that this user may read.",
            Self::Trust(_) => "Have the network's operator give the certificate of its authority, in PEM.",
            Self::NoTrust => {
                "Name the authority (--ca-file, --system-cas with --server-name) or the certificate \
                 (--server-fingerprint). Only for tests: --insecure-no-server-check."
            }
            Self::Identity { .. } => "Name the certificate, its private key and the passphrase that belong together.",
            Self::NoCertificate => "Name it with --client-cert, and its private key with --client-key.",
            Self::NoCard => "Describe it in a file, and name that with --sim-file.",
            Self::NeedlessCard => "Leave --sim-file out, or name a method with a card: sim, aka or aka-prime.",
            Self::Card(error) => error.next_step(),
            Self::NoKeys => "Name a method with a tunnel, such as ttls-eap-md5, ttls-eap-gtc or peap-gtc.",
            Self::NoTunnel => {
                "Name a method with a tunnel, such as peap or ttls-mschapv2. Only for tests: --insecure-no-server-check."
            }
            Self::Settings(_) => "Allow another version of TLS.",
        }
    }
}

/// What any number of authentications of one user are begun with.
pub(crate) struct User {
    method: MethodName,
    /// `None`: whoever begins the authentication is asked, as for the password.
    identity: Option<Vec<u8>>,
    anonymous: Option<Vec<u8>>,
    password: Option<Zeroizing<Vec<u8>>>,
    binding: BindingDemand,
    /// For the methods over TLS.
    client: Option<Arc<Client>>,
    /// For the methods with a card: what makes the one of each association.
    card: Option<MakeCard>,
    /// The client for the networks that demand more of TLS.
    strong_clients: StrongClients,
}

/// Makes a card.
type MakeCard = Box<dyn Fn() -> Card + Send + Sync>;

impl User {
    /// Reads what the options name.
    ///
    /// # Errors
    /// See [`Error`]. A missing name or password is none: it can be asked for.
    pub(crate) fn read(
        method: MethodName,
        args: &UserArgs,
        password: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Self, Error> {
        let client = match method.is_over_tls() {
            true => Some(args.client(method)?),
            false => None,
        };
        let card: Option<MakeCard> = match (&args.sim_file, method.needs_card()) {
            (Some(path), true) => {
                let file = CardFile::open(path, method)?;
                Some(Box::new(move || file.card()))
            }
            (None, true) => return Err(Error::NoCard),
            (Some(_), false) => return Err(Error::NeedlessCard),
            (None, false) => None,
        };
        let strong_clients = StrongClients::of(client.as_deref())?;
        Ok(Self {
            method,
            identity: args.identity.clone().map(String::into_bytes),
            anonymous: args.anonymous.clone().map(String::into_bytes),
            password,
            binding: match args.without_crypto_binding {
                true => BindingDemand::Optional,
                false => BindingDemand::Required,
            },
            client,
            card,
            strong_clients,
        })
    }

    /// A user with this password.
    ///
    /// # Errors
    /// The client cannot be as strong as a network may demand.
    pub(crate) fn new(
        method: MethodName,
        identity: &[u8],
        password: Zeroizing<Vec<u8>>,
        client: Option<Arc<Client>>,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            method,
            identity: Some(identity.to_vec()),
            anonymous: None,
            password: Some(password),
            binding: BindingDemand::Required,
            strong_clients: StrongClients::of(client.as_deref())?,
            client,
            card: None,
        })
    }

    /// A subscriber with the cards that `make` makes.
    pub(crate) fn with_card(method: MethodName, make: impl Fn() -> Card + Send + Sync + 'static) -> Self {
        Self {
            method,
            identity: None,
            anonymous: None,
            password: None,
            binding: BindingDemand::Required,
            client: None,
            strong_clients: StrongClients::default(),
            card: Some(Box::new(make)),
        }
    }

    /// The profile of a station in a network without wires, which demands this of TLS: keys have to come out of it.
    pub(crate) fn profile_for_the_air(&self, strength: Strength) -> Profile {
        let client = match strength {
            Strength::Usual => &self.client,
            Strength::Bits128 => &self.strong_clients.bits128,
            Strength::Bits192 => &self.strong_clients.bits192,
        };
        Profile {
            needs_keys: true,
            ..self.profile_over(client.clone())
        }
    }

    /// The profile of a station, and what knows of the server. Those of one user resume each other's TLS sessions.
    pub(crate) fn profile(&self) -> (Profile, Option<Arc<Client>>) {
        (self.profile_over(self.client.clone()), self.client.clone())
    }

    /// The profile of a station that resumes nobody's TLS session, and what knows of the server.
    pub(crate) fn profile_anew(&self) -> (Profile, Option<Arc<Client>>) {
        let client = self.client.as_ref().map(|client| client.anew());
        (self.profile_over(client.clone()), client)
    }

    fn profile_over(&self, client: Option<Arc<Client>>) -> Profile {
        let offer = self.method.offer(self, client);
        Profile {
            identity: self.anonymous.as_ref().or(self.identity.as_ref()).cloned(),
            needs_keys: offer.as_ref().is_some_and(|offer| offer.makes_keys()),
            offers: offer.into_iter().collect(),
        }
    }

    pub(crate) const fn method(&self) -> MethodName {
        self.method
    }

    /// One of the methods with a card, as this subscriber has it.
    fn subscriber(&self, of: impl FnOnce(Card) -> Subscriber) -> Option<Subscriber> {
        let subscriber = of(self.card.as_ref()?());
        let subscriber = match &self.identity {
            Some(identity) => subscriber.with_identity(identity.clone()),
            None => subscriber,
        };
        Some(match &self.anonymous {
            Some(anonymous) => subscriber.announced_as(anonymous.clone()),
            None => subscriber,
        })
    }

    fn password(&self) -> Option<Secret> {
        self.password.as_ref().map(|password| Secret::new(password.to_vec()))
    }
}

/// A user's client as networks may demand it. Each has sessions of its own.
#[derive(Default)]
struct StrongClients {
    bits128: Option<Arc<Client>>,
    bits192: Option<Arc<Client>>,
}

impl StrongClients {
    fn of(client: Option<&Client>) -> Result<Self, SettingsError> {
        let strengthened = |strength| client.map(|client| client.strengthened(strength)).transpose();
        Ok(Self {
            bits128: strengthened(Strength::Bits128)?,
            bits192: strengthened(Strength::Bits192)?,
        })
    }
}

impl UserArgs {
    /// Whether any server will do, as was said in plain words.
    pub(crate) const fn believes_anybody(&self) -> bool {
        self.trust.believes_anybody()
    }

    fn client(&self, method: MethodName) -> Result<Arc<Client>, Error> {
        let mut settings = Settings::new(self.trust.read()?);
        settings.requires_staple = self.trust.requires_staple();
        settings.identity = self.client_identity()?;
        if settings.identity.is_none() && method.needs_certificate() {
            return Err(Error::NoCertificate);
        }
        settings.versions = method.versions(self.versions.versions());
        settings.strength = self.versions.strength();
        Ok(Client::new(settings)?)
    }

    fn client_identity(&self) -> Result<Option<ClientIdentity>, Error> {
        let Some(path) = &self.client_cert else {
            return Ok(None);
        };
        let certificate = read(path)?;
        let passphrase = match &self.client_key_passphrase_file {
            Some(path) => Some(Secret::new(first_line(path)?.to_vec())),
            None => None,
        };
        let identity = match is_pkcs12(path) {
            true => ClientIdentity::from_pkcs12(&certificate, &passphrase.unwrap_or_default()),
            false => {
                let key = match &self.client_key {
                    Some(path) => &read(path)?,
                    None => &certificate,
                };
                ClientIdentity::from_pem(&certificate, key, passphrase.as_ref())
            }
        };
        let unfit = |source| Error::Identity {
            path: path.clone(),
            source,
        };
        identity.map(Some).map_err(unfit)
    }
}

fn is_pkcs12(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("p12") || extension.eq_ignore_ascii_case("pfx"))
}

/// A file that may hold a private key.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let unreadable = |source| Error::Read {
        path: path.to_path_buf(),
        source,
    };
    fs::read(path).map(Zeroizing::new).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: UserArgs,
    }

    fn args(line: &str) -> UserArgs {
        Cli::try_parse_from(line.split_whitespace())
            .map(|cli| cli.args)
            .unwrap()
    }

    fn error(line: &str) -> Option<Error> {
        User::read(MethodName::Tls, &args(line), None).err()
    }

    #[test]
    fn a_method_over_tls_needs_a_way_to_verify_the_server() {
        assert!(matches!(error("x --identity alice"), Some(Error::NoTrust)));
        let insecure = "x --identity alice --insecure-no-server-check";
        assert!(matches!(error(insecure), Some(Error::NoCertificate)));
    }

    #[test]
    fn the_systems_authorities_need_a_name() {
        let unnamed = error("x --identity alice --system-cas");
        assert!(matches!(
            unnamed,
            Some(Error::Trust(TrustError::NameNeeded | TrustError::NoAuthority))
        ));
    }

    #[test]
    fn a_card_and_a_method_with_a_card_go_together() {
        let error = |line: &str, method| User::read(method, &args(line), None).err();
        assert!(matches!(
            error("x --identity alice", MethodName::Sim),
            Some(Error::NoCard)
        ));
        let needless = error("x --identity alice --sim-file card", MethodName::Md5);
        assert!(matches!(needless, Some(Error::NeedlessCard)));
        let missing = error("x --sim-file /nonexistent/card", MethodName::Aka).unwrap();
        assert!(missing.to_string().contains("/nonexistent/card"), "{missing}");
    }

    #[test]
    fn the_name_outside_the_tunnel_is_the_anonymous_one() {
        let args = args("x --identity alice --anonymous anonymous@example.org");
        let user = User::read(MethodName::Mschapv2, &args, None).unwrap();
        assert_eq!(
            user.profile().0.identity.as_deref(),
            Some(&b"anonymous@example.org"[..])
        );
    }

    #[test]
    fn on_the_air_a_method_without_a_tunnel_is_taken_only_where_it_makes_keys_and_any_server_will_do() {
        for (method, anybody, fits) in [
            (MethodName::Pwd, false, true),
            (MethodName::Peap, false, true),
            (MethodName::Mschapv2, false, false),
            (MethodName::Mschapv2, true, true),
            (MethodName::Md5, true, false),
            (MethodName::Gtc, true, false),
        ] {
            assert_eq!(method.check_for_the_air(anybody).is_ok(), fits, "{method:?}");
        }
        assert!(!args("x --identity alice --ask-about-server").believes_anybody());
        assert!(args("x --identity alice --insecure-no-server-check").believes_anybody());
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = error("x --identity alice --insecure-no-server-check --client-cert /nonexistent.pem").unwrap();
        assert!(error.to_string().contains("/nonexistent.pem"), "{error}");
    }
}
