//! What a PMKSA is good for: the network, and the credential that it has come of. A key that is remembered must not stand
//! in for a credential that would be refused, nor let one user in as another.
//!
//! A scope goes where the keys go, to a file perhaps. Of a password it tells 16 bits: another one is found out but once in
//! 65 536 times, and whoever has the file can't try a list of passwords on it, which the key of SAE is no help for, either.

use keys::derive::kdf_sha256;

/// What makes the scopes of one memory its own. It is kept with the keys.
pub(crate) type Salt = [u8; 16];

/// The octets of a scope that tell network and user.
const NAME_LEN: usize = 16;
/// Those that tell of the secret.
const SECRET_LEN: usize = 2;

pub(crate) type Scope = [u8; NAME_LEN + SECRET_LEN];

/// What an authentication proves.
#[derive(Clone, Copy)]
pub(crate) enum Credential<'a> {
    /// Nothing.
    None,
    /// A password, perhaps one of several.
    Password {
        identifier: Option<&'a str>,
        password: &'a [u8],
    },
    /// A user of 802.1X with the user's credentials, as the host tells them apart.
    User(&'a [u8]),
}

/// The scope of keys of the network `ssid`, of 0 to 32 octets.
pub(crate) fn of(salt: &Salt, ssid: &[u8], credential: Credential<'_>) -> Scope {
    let (kind, holder, secret): (u8, &[u8], &[u8]) = match credential {
        Credential::None => (0, &[], &[]),
        Credential::Password {
            identifier: None,
            password,
        } => (1, &[], password),
        Credential::Password {
            identifier: Some(identifier),
            password,
        } => (2, identifier.as_bytes(), password),
        Credential::User(user) => (3, user, &[]),
    };
    let length = u8::try_from(ssid.len()).unwrap_or(u8::MAX);
    let mut scope = [0; NAME_LEN + SECRET_LEN];
    let (name, check) = scope.split_at_mut(NAME_LEN);
    kdf_sha256(salt, b"network and user", &[&[kind, length], ssid, holder], name);
    kdf_sha256(salt, b"secret", &[&[kind, length], ssid, secret], check);
    scope
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn password<'a>(identifier: Option<&'a str>, password: &'a [u8]) -> Credential<'a> {
        Credential::Password { identifier, password }
    }

    #[test]
    fn whatever_differs_in_network_or_credential_has_a_scope_of_its_own() {
        let scopes = [
            of(&[1; 16], b"castle", password(None, b"open sesame")),
            of(&[2; 16], b"castle", password(None, b"open sesame")),
            of(&[1; 16], b"moat", password(None, b"open sesame")),
            of(&[1; 16], b"castle", password(None, b"open window")),
            of(&[1; 16], b"castle", password(Some("knight"), b"open sesame")),
            of(&[1; 16], b"castle", password(Some(""), b"open sesame")),
            of(&[1; 16], b"castle", Credential::None),
            of(&[1; 16], b"castle", Credential::User(b"alice")),
            of(&[1; 16], b"castle", Credential::User(b"bob")),
            of(&[1; 16], b"castl", Credential::User(b"ealice")),
        ];
        for (index, scope) in scopes.iter().enumerate() {
            assert!(!scopes[..index].contains(scope), "{index}");
        }
    }

    #[test]
    fn a_scope_tells_sixteen_bits_of_a_password() {
        let scope = |secret: &[u8]| of(&[1; 16], b"castle", password(None, secret));
        let (one, other) = (scope(b"open sesame"), scope(b"open window"));
        assert_eq!(one[..NAME_LEN], other[..NAME_LEN]);
        assert_eq!(one.len() - NAME_LEN, 2);
    }
}
