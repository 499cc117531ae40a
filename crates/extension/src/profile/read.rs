//! From XML to a fragment.

use super::{FragmentError, MAX_FRAGMENT, ManagementProtection, Password, Secret, SecurityFragment, WepKey};
use crate::suites::{self, PAIRWISE};
use frame::Suite;
use keys::{Passphrase, Pmk, Psk};
use roxmltree::{Document, Node};
use zeroize::Zeroizing;

pub(super) fn fragment(xml: &str, use_onex: bool) -> Result<SecurityFragment, FragmentError> {
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
    let mut fragment = SecurityFragment::new(Secret::None);
    for element in root.children().filter(Node::is_element) {
        let text = element.text().unwrap_or_default();
        match element.tag_name().name() {
            "passphrase" => secrets.push(Secret::Passphrase(Passphrase::new(&octets(
                element,
                "passphrase",
                text,
            )?)?)),
            "password" => secrets.push(Secret::Password(Password::new(&octets(element, "password", text)?)?)),
            "psk" => secrets.push(Secret::Psk(psk(text)?)),
            "pmk" => secrets.push(Secret::Pmk(pmk(text)?)),
            "wep" => secrets.push(Secret::Wep(wep(text)?)),
            "password-id" => fragment.password_id = Some(text.to_owned()),
            "akm" => fragment.akms.push(known(text, suites::all(), |akm| akm.0)?),
            "pairwise" => fragment.pairwise.push(known(text, PAIRWISE, |cipher| cipher.0)?),
            "management-protection" => fragment.management_protection = protection(text)?,
            "open" => fragment.open = true,
            "legacy" => fragment.legacy = true,
            "downgrade" => fragment.downgrade = true,
            "own-keys" => fragment.own_keys = true,
            other => return Err(FragmentError::UnknownElement(other.to_owned())),
        }
    }
    if secrets.len() > 1 {
        return Err(FragmentError::Secrets(secrets.len()));
    }
    fragment.secret = match (secrets.pop(), use_onex) {
        (Some(_), true) => return Err(FragmentError::SecretWithOneX),
        (None, true) => Secret::OneX,
        (secret, false) => secret.unwrap_or(Secret::None),
    };
    let fitting = suites::of_secret(&fragment.secret);
    match fragment.akms.iter().find(|akm| !fitting.contains(akm)) {
        Some(unfit) => Err(FragmentError::Unfit(*unfit)),
        None => Ok(fragment),
    }
}

/// The octets of an element whose text may be hex digits.
fn octets(element: Node<'_, '_>, name: &'static str, text: &str) -> Result<Zeroizing<Vec<u8>>, FragmentError> {
    match element.attribute("encoding") {
        Some("hex") => hex(text).ok_or(FragmentError::Digits {
            element: name,
            expected: "an even number of",
        }),
        _ => Ok(Zeroizing::new(text.as_bytes().to_vec())),
    }
}

fn psk(text: &str) -> Result<Psk, FragmentError> {
    hex(text)
        .and_then(|octets| {
            octets
                .first_chunk()
                .filter(|_| octets.len() == 32)
                .map(|key| Psk::new(*key))
        })
        .ok_or(FragmentError::Digits {
            element: "psk",
            expected: "64",
        })
}

fn pmk(text: &str) -> Result<Pmk, FragmentError> {
    hex(text)
        .filter(|octets| matches!(octets.len(), 32 | 48))
        .and_then(|octets| Pmk::new(&octets).ok())
        .ok_or(FragmentError::Digits {
            element: "pmk",
            expected: "64 or 96",
        })
}

fn wep(text: &str) -> Result<WepKey, FragmentError> {
    hex(text)
        .and_then(|octets| WepKey::new(&octets))
        .ok_or(FragmentError::Digits {
            element: "wep",
            expected: "10 or 26",
        })
}

/// The octets of hex digits, or `None` if they are none.
fn hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut octets = Zeroizing::new(vec![0; text.len() / 2]);
    base16ct::mixed::decode(text, &mut octets).ok()?;
    Some(octets)
}

fn protection(text: &str) -> Result<ManagementProtection, FragmentError> {
    match text {
        "optional" => Ok(ManagementProtection::Optional),
        "required" => Ok(ManagementProtection::Required),
        other => Err(FragmentError::ManagementProtection(shortened(other))),
    }
}

fn known<T: Copy>(
    text: &str,
    table: impl IntoIterator<Item = T>,
    suite: impl Fn(T) -> Suite,
) -> Result<T, FragmentError> {
    table
        .into_iter()
        .find(|row| suite(*row).to_string() == text)
        .ok_or_else(|| FragmentError::UnknownSuite(shortened(text)))
}

/// As much of a text as an error shows.
fn shortened(text: &str) -> String {
    text.chars().take(32).collect()
}
