//! What a pre-association has come to: it holds for every association of the connection.

use crate::profile::{Secret, SecurityFragment, WepKey};
use crate::scope::{self, Salt, Scope};
use crate::select::{Demands, Selection};
use crate::suites;
use keys::suites::Credential;
use keys::{Pmk, Psk};
use rsn::sae::Password;

/// See the module.
pub(crate) struct Connection {
    /// The network's name, 0 to 32 octets.
    pub ssid: Vec<u8>,
    pub selection: Selection,
    pub demands: Demands,
    /// What its keys are good for later; `None` if they are not to be remembered.
    pub scope: Option<Scope>,
    pub proof: Proof,
    /// Access points of the network may be offered a key that another one of them has made with us.
    pub shares_keys: bool,
}

/// What the station proves itself with.
pub(crate) enum Proof {
    /// Nothing, in an open network.
    Open,
    /// A static key.
    Wep(WepKey),
    /// The PMK, known beforehand.
    Pmk(Pmk),
    /// A password, for SAE.
    Password(Box<Password>),
    /// Nothing, in a network that encrypts all the same.
    Owe,
    /// What the host's 802.1X module makes of the user's credentials, once the association stands.
    OneX,
}

impl Connection {
    /// Prepares what the associations need. A passphrase takes milliseconds.
    ///
    /// `salt` is for the scope of its keys, `user` whom the host authenticates by 802.1X. `None` if the secret does not go with the selection, which [`crate::select::select`] has seen to.
    pub(crate) fn new(
        ssid: &[u8],
        choice: (Selection, Demands),
        fragment: SecurityFragment,
        salt: &Salt,
        user: Option<&[u8]>,
    ) -> Option<Self> {
        let (selection, demands) = choice;
        let credential = selection.akm.and_then(suites::credential);
        let identifier = fragment.password_id().map(str::to_owned);
        let by_password = |password| scope::Credential::Password {
            identifier: fragment.password_id(),
            password,
        };
        let shares_keys = fragment.shares_keys();
        let password = |octets: &[u8]| {
            let identifier = identifier.as_deref().map(str::as_bytes);
            Proof::Password(Box::new(Password::new(ssid, octets, identifier)))
        };
        let scope = match fragment.secret() {
            Secret::None => Some(scope::Credential::None),
            Secret::Passphrase(passphrase) => Some(by_password(passphrase.as_bytes())),
            Secret::Password(password) => Some(by_password(password.as_bytes())),
            Secret::OneX => user.map(scope::Credential::User),
            Secret::Psk(_) | Secret::Pmk(_) | Secret::Wep(_) => None,
        }
        .map(|credential| scope::of(salt, ssid, credential));
        let proof = match (credential, fragment.into_secret()) {
            (None, Secret::None) => Proof::Open,
            (None, Secret::Wep(key)) => Proof::Wep(key),
            (Some(Credential::Psk), Secret::Passphrase(passphrase)) => {
                Proof::Pmk((&Psk::from_passphrase(&passphrase, ssid)).into())
            }
            (Some(Credential::Psk), Secret::Psk(psk)) => Proof::Pmk((&psk).into()),
            (Some(Credential::Eap | Credential::Sae), Secret::Pmk(pmk)) => Proof::Pmk(pmk),
            (Some(Credential::Sae), Secret::Passphrase(passphrase)) => password(passphrase.as_bytes()),
            (Some(Credential::Sae), Secret::Password(secret)) => password(secret.as_bytes()),
            (Some(Credential::Owe), Secret::None) => Proof::Owe,
            (Some(Credential::Eap), Secret::OneX) => Proof::OneX,
            _ => return None,
        };
        Some(Self {
            ssid: ssid.to_vec(),
            selection,
            demands,
            scope,
            proof,
            shares_keys,
        })
    }
}
