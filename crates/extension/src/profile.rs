//! The security fragment of a profile: the secret, and what the user allows.
//!
//! ```xml
//! <portcullis version="1">
//!   <passphrase>correct horse battery staple</passphrase>
//!   <akm>00-0f-ac:6</akm> <akm>00-0f-ac:2</akm>
//!   <pairwise>00-0f-ac:4</pairwise>
//! </portcullis>
//! ```
//!
//! Instead of `passphrase` there may be `psk`, of 64 hex digits. `passphrase encoding="hex"` takes the
//! hex digits of the passphrase's octets. Without `akm` or `pairwise`, all that the extension knows are
//! allowed. Whoever can write a profile wrote this text: nothing in it is trusted (R09).

use frame::{Akm, Cipher, Suite};
use ihv::SecurityProfile;
use keys::{Passphrase, Psk, PskError};
use roxmltree::{Document, Node};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// The AKMs that the extension knows, the best first.
pub(crate) const AKMS: [Akm; 2] = [Akm::PSK_SHA256, Akm::PSK];

/// The pairwise ciphers that the extension knows, the best first.
pub(crate) const PAIRWISE: [Cipher; 4] = [Cipher::GCMP_256, Cipher::CCMP_256, Cipher::GCMP_128, Cipher::CCMP_128];

/// The longest fragment that is looked at, octets.
const MAX_FRAGMENT: usize = 16 * 1024;

/// A security fragment, checked.
pub struct SecurityFragment {
    secret: Secret,
    akms: Vec<Akm>,
    pairwise: Vec<Cipher>,
}

/// What proves the user to the network.
pub enum Secret {
    /// A passphrase: a key of its own for each network's name.
    Passphrase(Passphrase),
    /// The pre-shared key itself.
    Psk(Psk),
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
    /// No secret, or more than one.
    #[error("expected one `passphrase` or one `psk`, found {0}")]
    Secrets(usize),
    /// The secret can't be one.
    #[error("{0}")]
    Secret(#[from] PskError),
    /// The digits of a passphrase in hex.
    #[error("a passphrase with encoding=\"hex\" has an even number of hex digits")]
    Digits,
    /// A suite that the extension does not know.
    #[error("`{0}` is no suite that this extension knows")]
    UnknownSuite(String),
}

impl SecurityFragment {
    /// A fragment that allows all that the extension knows.
    #[must_use]
    pub fn new(secret: Secret) -> Self {
        Self {
            secret,
            akms: AKMS.to_vec(),
            pairwise: PAIRWISE.to_vec(),
        }
    }

    /// Reads a fragment.
    ///
    /// # Errors
    /// See [`FragmentError`].
    pub fn parse(xml: &str) -> Result<Self, FragmentError> {
        if xml.len() > MAX_FRAGMENT {
            return Err(FragmentError::TooLong(xml.len()));
        }
        let document = Document::parse(xml).map_err(|error| {
            let at = error.pos();
            FragmentError::NotXml {
                line: at.row,
                column: at.col,
            }
        })?;
        let root = document.root_element();
        if root.tag_name().name() != "portcullis" || root.attribute("version") != Some("1") {
            return Err(FragmentError::UnknownFormat);
        }
        let mut secrets = Vec::new();
        let mut akms = Vec::new();
        let mut pairwise = Vec::new();
        for element in root.children().filter(Node::is_element) {
            let text = element.text().unwrap_or_default();
            match element.tag_name().name() {
                "passphrase" => secrets.push(Secret::Passphrase(passphrase(element, text)?)),
                "psk" => secrets.push(Secret::Psk(psk(text)?)),
                "akm" => akms.push(known(text, AKMS, |akm| akm.0)?),
                "pairwise" => pairwise.push(known(text, PAIRWISE, |cipher| cipher.0)?),
                other => return Err(FragmentError::UnknownElement(other.to_owned())),
            }
        }
        let found = secrets.len();
        let (Some(secret), 1) = (secrets.pop(), found) else {
            return Err(FragmentError::Secrets(found));
        };
        let mut fragment = Self::new(secret);
        if !akms.is_empty() {
            fragment.akms = akms;
        }
        if !pairwise.is_empty() {
            fragment.pairwise = pairwise;
        }
        Ok(fragment)
    }

    /// The fragment as a profile carries it.
    #[must_use]
    pub fn to_profile(&self) -> SecurityProfile {
        // Reserved at once: growing would leave copies of the secret behind.
        let mut xml = Zeroizing::new(String::with_capacity(1024));
        xml.push_str("<portcullis version=\"1\">");
        let (open, octets, close) = match &self.secret {
            Secret::Passphrase(passphrase) => ("<passphrase encoding=\"hex\">", passphrase.as_bytes(), "</passphrase>"),
            Secret::Psk(psk) => ("<psk>", &psk.as_bytes()[..], "</psk>"),
        };
        xml.push_str(open);
        for octet in octets {
            for nibble in [octet >> 4, octet & 0xf] {
                xml.extend(char::from_digit(nibble.into(), 16));
            }
        }
        xml.push_str(close);
        for akm in &self.akms {
            // Writing to a string does not fail.
            let _ = write!(xml, "<akm>{akm}</akm>");
        }
        for cipher in &self.pairwise {
            let _ = write!(xml, "<pairwise>{cipher}</pairwise>");
        }
        xml.push_str("</portcullis>");
        SecurityProfile { xml, use_onex: false }
    }

    /// Allows these AKMs and no others; an empty list changes nothing.
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

    pub(crate) fn allows_akm(&self, akm: Akm) -> bool {
        self.akms.contains(&akm)
    }

    pub(crate) fn allows_pairwise(&self, cipher: Cipher) -> bool {
        self.pairwise.contains(&cipher)
    }

    /// The pre-shared key for a network's name. A passphrase takes milliseconds.
    pub(crate) fn psk(&self, ssid: &[u8]) -> Psk {
        match &self.secret {
            Secret::Passphrase(passphrase) => Psk::from_passphrase(passphrase, ssid),
            Secret::Psk(psk) => Psk::new(*psk.as_bytes()),
        }
    }
}

fn passphrase(element: Node<'_, '_>, text: &str) -> Result<Passphrase, FragmentError> {
    if element.attribute("encoding") != Some("hex") {
        return Ok(Passphrase::new(text.as_bytes())?);
    }
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return Err(FragmentError::Digits);
    }
    for [high, low] in pairs {
        let digit = |digit: u8| {
            char::from(digit)
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        };
        let (Some(high), Some(low)) = (digit(*high), digit(*low)) else {
            return Err(FragmentError::Digits);
        };
        octets.push(high << 4 | low);
    }
    Ok(Passphrase::new(&octets)?)
}

fn psk(text: &str) -> Result<Psk, FragmentError> {
    const DIGITS: usize = 64;
    if text.len() != DIGITS {
        return Err(PskError::PassphraseLength { found: text.len() }.into());
    }
    Ok(Psk::parse(text.as_bytes(), &[])?)
}

fn known<T: Copy, const N: usize>(text: &str, table: [T; N], suite: impl Fn(T) -> Suite) -> Result<T, FragmentError> {
    table
        .into_iter()
        .find(|row| suite(*row).to_string() == text)
        .ok_or_else(|| FragmentError::UnknownSuite(text.chars().take(32).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fragment(content: &str) -> Result<SecurityFragment, FragmentError> {
        SecurityFragment::parse(&format!("<portcullis version=\"1\">{content}</portcullis>"))
    }

    #[test]
    fn a_passphrase_and_its_hex_digits_are_the_same_secret() {
        let plain = fragment("<passphrase>a &lt;b> &amp; c</passphrase>").unwrap();
        let hex = SecurityFragment::parse(&plain.to_profile().xml).unwrap();
        assert!(plain.psk(b"net").as_bytes() == hex.psk(b"net").as_bytes());
    }

    #[test]
    fn without_suites_all_known_ones_are_allowed_and_with_some_only_those() {
        let all = fragment("<passphrase>password</passphrase>").unwrap();
        assert!(all.allows_akm(Akm::PSK) && all.allows_akm(Akm::PSK_SHA256));
        let some = fragment("<passphrase>password</passphrase><akm>00-0f-ac:6</akm>").unwrap();
        assert!(!some.allows_akm(Akm::PSK) && some.allows_akm(Akm::PSK_SHA256));
        let again = SecurityFragment::parse(&some.to_profile().xml).unwrap();
        assert!(!again.allows_akm(Akm::PSK) && again.allows_pairwise(Cipher::CCMP_128));
    }

    #[test]
    fn a_fragment_that_means_nothing_is_refused_with_what_is_wrong() {
        let secret = "<passphrase>password</passphrase>";
        assert_eq!(fragment("").err(), Some(FragmentError::Secrets(0)));
        assert_eq!(
            fragment(&format!("{secret}{secret}")).err(),
            Some(FragmentError::Secrets(2))
        );
        assert_eq!(
            fragment("<eap/>").err(),
            Some(FragmentError::UnknownElement("eap".into()))
        );
        assert_eq!(
            fragment(&format!("{secret}<akm>00-0f-ac:8</akm>")).err(),
            Some(FragmentError::UnknownSuite("00-0f-ac:8".into()))
        );
        assert_eq!(
            fragment("<passphrase>short</passphrase>").err(),
            Some(FragmentError::Secret(PskError::PassphraseLength { found: 5 }))
        );
        assert!(matches!(fragment("<psk>00</psk>"), Err(FragmentError::Secret(_))));
        assert_eq!(
            fragment("<passphrase encoding=\"hex\">6</passphrase>").err(),
            Some(FragmentError::Digits)
        );
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
