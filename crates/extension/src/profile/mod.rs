//! The security fragment of a profile: the secret, and what the user allows.
//!
//! ```xml
//! <portcullis version="1">
//!   <passphrase>correct horse battery staple</passphrase>
//!   <akm>00-0f-ac:8</akm> <akm>00-0f-ac:2</akm>
//!   <pairwise>00-0f-ac:4</pairwise>
//!   <management-protection>required</management-protection>
//! </portcullis>
//! ```
//!
//! The secret is one of `passphrase` (8 to 63 printable characters, for WPA2 and for SAE), `password` (1 to
//! 128 octets, for SAE only; with `password-id` if the network has several), `psk` (64 hex digits), `pmk`
//! (64 or 96 hex digits, for suites of 802.1X) and `wep` (10 or 26 hex digits). Without any, the network is
//! one of opportunistic wireless encryption. `passphrase` and `password` with `encoding="hex"` take the hex
//! digits of their octets. A profile that says `use_onex` has none of them: the host's 802.1X module authenticates the
//! user. Without `akm` or `pairwise`, all that the extension knows and that fits the
//! secret is allowed, save what is broken: `legacy` allows WPA, TKIP and WEP, `open` a network without any
//! security. `downgrade` allows less than the network had the last time. With `own-keys` no access point is offered a key
//! of 802.1X that another one of the network has made with the station (opportunistic key caching). Whoever can write a
//! profile wrote this text: nothing in it is trusted (R09).

mod read;
mod secret;
mod write;

pub use secret::{PASSWORD_MAX, Password, Secret, WepKey};

use crate::suites::{self, PAIRWISE};
use frame::{Akm, Cipher};
use ihv::{CipherAlgorithm, SecurityProfile};
use keys::PskError;

/// The longest fragment that is looked at, octets.
const MAX_FRAGMENT: usize = 16 * 1024;

/// A security fragment, checked.
pub struct SecurityFragment {
    secret: Secret,
    password_id: Option<String>,
    /// As the user named them; empty for all that fit.
    akms: Vec<Akm>,
    pairwise: Vec<Cipher>,
    management_protection: ManagementProtection,
    open: bool,
    legacy: bool,
    downgrade: bool,
    own_keys: bool,
}

/// Whether management frames are to be protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ManagementProtection {
    /// Wherever the access point can.
    #[default]
    Optional,
    /// Always: an access point that can't is refused.
    Required,
}

/// What is wrong with a fragment. It never shows the secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FragmentError {
    /// Longer than any honest fragment.
    #[error("a security fragment has at most {MAX_FRAGMENT} octets, this one has {0}")]
    TooLong(usize),
    /// No XML.
    #[error("the security fragment is not well-formed XML, at line {line}, column {column}")]
    NotXml {
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
    },
    /// Not of this extension, or of a later version of it.
    #[error("expected the element `portcullis` with version=\"1\"")]
    UnknownFormat,
    /// An element that has no meaning here.
    #[error("the element `{0}` has no meaning in a security fragment")]
    UnknownElement(String),
    /// More than one secret.
    #[error("expected at most one secret, found {0}")]
    Secrets(usize),
    /// A secret besides 802.1X, whose credentials are the host's.
    #[error("a network with 802.1X needs no secret in its fragment")]
    SecretWithOneX,
    /// The secret can't be one.
    #[error("{0}")]
    Secret(#[from] PskError),
    /// A password of no octets, or of too many.
    #[error("a password has 1 to {PASSWORD_MAX} octets, this one has {0}")]
    PasswordLength(usize),
    /// Hex digits that are none, or too many or too few.
    #[error("`{element}` has {expected} hex digits")]
    Digits {
        /// The element.
        element: &'static str,
        /// How many it may have.
        expected: &'static str,
    },
    /// A suite that the extension does not know.
    #[error("`{0}` is no suite that this extension knows")]
    UnknownSuite(String),
    /// Neither `optional` nor `required`.
    #[error("management protection is `optional` or `required`, not `{0}`")]
    ManagementProtection(String),
    /// What the user allows does not fit the secret.
    #[error("AKM suite {0} does not go with this kind of secret")]
    Unfit(Akm),
}

impl SecurityFragment {
    /// A fragment that allows all that fits the secret and is not broken.
    #[must_use]
    pub const fn new(secret: Secret) -> Self {
        Self {
            secret,
            password_id: None,
            akms: Vec::new(),
            pairwise: Vec::new(),
            management_protection: ManagementProtection::Optional,
            open: false,
            legacy: false,
            downgrade: false,
            own_keys: false,
        }
    }

    /// Reads a fragment.
    ///
    /// # Errors
    /// See [`FragmentError`].
    pub fn parse(xml: &str) -> Result<Self, FragmentError> {
        read::fragment(xml, false)
    }

    /// Reads the fragment of a profile. One whose user is authenticated by 802.1X has no secret in it.
    ///
    /// # Errors
    /// See [`FragmentError`].
    pub fn of_profile(profile: &SecurityProfile) -> Result<Self, FragmentError> {
        read::fragment(&profile.xml, profile.use_onex)
    }

    /// The fragment as a profile carries it.
    #[must_use]
    pub fn to_profile(&self) -> SecurityProfile {
        SecurityProfile {
            xml: write::fragment(self),
            use_onex: matches!(self.secret, Secret::OneX),
        }
    }

    /// Allows these AKMs and no others, however weak; an empty list changes nothing.
    #[must_use]
    pub fn with_akms(mut self, akms: &[Akm]) -> Self {
        if !akms.is_empty() {
            self.akms = akms.to_vec();
        }
        self
    }

    /// Allows these pairwise ciphers and no others; an empty list changes nothing.
    #[must_use]
    pub fn with_pairwise(mut self, ciphers: &[Cipher]) -> Self {
        if !ciphers.is_empty() {
            self.pairwise = ciphers.to_vec();
        }
        self
    }

    /// Names the password, in a network that has several.
    #[must_use]
    pub fn with_password_id(mut self, id: Option<String>) -> Self {
        self.password_id = id;
        self
    }

    /// Says whether management frames are to be protected.
    #[must_use]
    pub const fn with_management_protection(mut self, protection: ManagementProtection) -> Self {
        self.management_protection = protection;
        self
    }

    /// Allows a network without any security.
    #[must_use]
    pub const fn with_open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }

    /// Allows less than the network had the last time, or than it has promised to have from then on: what it has now is
    /// what is remembered.
    #[must_use]
    pub const fn with_downgrade(mut self, downgrade: bool) -> Self {
        self.downgrade = downgrade;
        self
    }

    /// Allows WPA, TKIP and WEP.
    #[must_use]
    pub const fn with_legacy(mut self, legacy: bool) -> Self {
        self.legacy = legacy;
        self
    }

    /// Has every access point authenticate the user itself, once: none is offered the key of another one.
    #[must_use]
    pub const fn with_own_keys(mut self, own_keys: bool) -> Self {
        self.own_keys = own_keys;
        self
    }

    /// What proves the user to the network.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    pub(crate) fn into_secret(self) -> Secret {
        self.secret
    }

    pub(crate) fn password_id(&self) -> Option<&str> {
        self.password_id.as_deref()
    }

    pub(crate) const fn management_protection(&self) -> ManagementProtection {
        self.management_protection
    }

    pub(crate) const fn allows_open(&self) -> bool {
        self.open
    }

    pub(crate) const fn allows_legacy(&self) -> bool {
        self.legacy
    }

    /// Whether an access point may be offered the key of another one of the network.
    pub(crate) const fn shares_keys(&self) -> bool {
        !self.own_keys
    }

    pub(crate) const fn allows_downgrade(&self) -> bool {
        self.downgrade
    }

    /// The AKMs that the user has named, if any.
    pub(crate) fn named_akms(&self) -> &[Akm] {
        &self.akms
    }

    /// The pairwise ciphers that the user has named, if any.
    pub(crate) fn named_pairwise(&self) -> &[Cipher] {
        &self.pairwise
    }

    /// Whether the user allows this cipher for the group. TKIP is broken there, too; who names it, or WPA, has asked.
    pub(crate) fn allows_group(&self, group: Cipher) -> bool {
        !suites::is_legacy_cipher(group)
            || self.legacy
            || self.pairwise.iter().copied().any(suites::is_legacy_cipher)
            || self.akms.iter().copied().any(suites::is_legacy_akm)
    }

    /// The AKMs that go with the secret and that the user allows, the best first.
    pub(crate) fn akms(&self) -> impl Iterator<Item = Akm> {
        suites::of_secret(&self.secret)
            .iter()
            .copied()
            .filter(|akm| match self.akms.is_empty() {
                true => self.legacy || !suites::is_legacy_akm(*akm),
                false => self.akms.contains(akm),
            })
    }

    /// The pairwise ciphers that the user allows, the best first.
    pub(crate) fn pairwise(&self) -> impl Iterator<Item = Cipher> {
        PAIRWISE.into_iter().filter(|cipher| match self.pairwise.is_empty() {
            true => self.legacy || !suites::is_legacy_cipher(*cipher),
            // WPA's ciphers are the same ones by other names.
            false => self
                .pairwise
                .iter()
                .any(|named| CipherAlgorithm::of_cipher(*named) == CipherAlgorithm::of_cipher(*cipher)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::Passphrase;
    use proptest::prelude::*;

    fn fragment(content: &str) -> Result<SecurityFragment, FragmentError> {
        SecurityFragment::parse(&format!("<portcullis version=\"1\">{content}</portcullis>"))
    }

    #[test]
    fn a_passphrase_and_its_hex_digits_are_the_same_secret() {
        let plain = fragment("<passphrase>a &lt;b> &amp; c</passphrase>").unwrap();
        let hex = SecurityFragment::parse(&plain.to_profile().xml).unwrap();
        let (Secret::Passphrase(plain), Secret::Passphrase(hex)) = (plain.secret(), hex.secret()) else {
            panic!("no passphrases");
        };
        assert!(plain.as_bytes() == b"a <b> & c" && hex.as_bytes() == plain.as_bytes());
    }

    #[test]
    fn without_suites_all_known_ones_are_allowed_and_with_some_only_those() {
        let akms = |fragment: &SecurityFragment| fragment.akms().collect::<Vec<_>>();
        let all = fragment("<passphrase>password</passphrase>").unwrap();
        assert!(
            [Akm::PSK, Akm::SAE, Akm::FT_PSK]
                .iter()
                .all(|akm| akms(&all).contains(akm))
        );
        assert!(!akms(&all).contains(&Akm::WPA_PSK) && !all.pairwise().any(|cipher| cipher == Cipher::TKIP));
        let old = fragment("<passphrase>password</passphrase><legacy/>").unwrap();
        assert!(akms(&old).contains(&Akm::WPA_PSK) && old.pairwise().any(|cipher| cipher == Cipher::TKIP));
        let some = fragment("<passphrase>password</passphrase><akm>00-0f-ac:6</akm>").unwrap();
        assert_eq!(akms(&some), [Akm::PSK_SHA256]);
        let again = SecurityFragment::parse(&some.to_profile().xml).unwrap();
        assert_eq!(akms(&again), [Akm::PSK_SHA256]);
        assert!(again.pairwise().any(|cipher| cipher == Cipher::CCMP_128));
    }

    #[test]
    fn a_fragment_that_means_nothing_is_refused_with_what_is_wrong() {
        let secret = "<passphrase>password</passphrase>";
        assert_eq!(
            fragment(&format!("{secret}{secret}")).err(),
            Some(FragmentError::Secrets(2))
        );
        assert_eq!(
            fragment("<eap/>").err(),
            Some(FragmentError::UnknownElement("eap".into()))
        );
        assert_eq!(
            fragment(&format!("{secret}<akm>00-0f-ac:7</akm>")).err(),
            Some(FragmentError::UnknownSuite("00-0f-ac:7".into()))
        );
        assert_eq!(
            fragment(&format!("{secret}<akm>00-0f-ac:18</akm>")).err(),
            Some(FragmentError::Unfit(Akm::OWE))
        );
        assert_eq!(fragment("<password/>").err(), Some(FragmentError::PasswordLength(0)));
        assert_eq!(
            fragment("<management-protection>maybe</management-protection>").err(),
            Some(FragmentError::ManagementProtection("maybe".into()))
        );
        assert_eq!(
            fragment("<passphrase>short</passphrase>").err(),
            Some(FragmentError::Secret(PskError::PassphraseLength { found: 5 }))
        );
        for digits in [
            "<psk>00</psk>",
            "<pmk>0011</pmk>",
            "<wep>xx</wep>",
            "<passphrase encoding=\"hex\">6</passphrase>",
        ] {
            assert!(
                matches!(fragment(digits), Err(FragmentError::Digits { .. })),
                "{digits}"
            );
        }
        assert_eq!(
            SecurityFragment::parse("<other/>").err(),
            Some(FragmentError::UnknownFormat)
        );
        assert!(matches!(
            SecurityFragment::parse("<portcullis"),
            Err(FragmentError::NotXml { .. })
        ));
        assert_eq!(
            SecurityFragment::parse(&" ".repeat(MAX_FRAGMENT + 1)).err(),
            Some(FragmentError::TooLong(MAX_FRAGMENT + 1))
        );
    }

    #[test]
    fn every_kind_of_secret_and_every_wish_survives_the_profile() {
        let secrets = [
            "",
            "<password>\u{e9}</password><password-id>a&amp;&lt;b</password-id>",
            "<pmk>000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f</pmk>",
            "<wep>0102030405</wep><legacy/>",
            "<psk>000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f</psk>",
        ];
        for secret in secrets {
            let wishes = "<pairwise>00-0f-ac:9</pairwise><management-protection>required</management-protection><open/>\
                          <downgrade/><own-keys/>";
            let first = fragment(&format!("{secret}{wishes}")).unwrap();
            let xml = first.to_profile().xml;
            let second = SecurityFragment::parse(&xml).unwrap();
            assert!(xml == second.to_profile().xml);
            assert_eq!(first.password_id, second.password_id);
            assert_eq!(second.pairwise().collect::<Vec<_>>(), [Cipher::GCMP_256]);
            assert_eq!(second.management_protection(), ManagementProtection::Required);
            assert!(second.allows_open() && second.allows_downgrade() && !second.shares_keys());
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,200}") {
            let _ = SecurityFragment::parse(&text);
            let _ = fragment(&text);
        }

        #[test]
        fn every_passphrase_survives_the_profile(text in "[ -~]{8,63}") {
            let made = SecurityFragment::new(Secret::Passphrase(Passphrase::new(text.as_bytes()).unwrap()));
            let Ok(SecurityFragment { secret: Secret::Passphrase(read), .. }) =
                SecurityFragment::parse(&made.to_profile().xml)
            else {
                panic!("not read back");
            };
            prop_assert!(read.as_bytes() == text.as_bytes());
        }
    }
}
