//! From a fragment to XML.

use super::{ManagementProtection, Secret, SecurityFragment};
use std::fmt::Write as _;
use zeroize::Zeroizing;

pub(super) fn fragment(fragment: &SecurityFragment) -> Zeroizing<String> {
    // Reserved at once: growing would leave copies of the secret behind.
    let mut xml = Zeroizing::new(String::with_capacity(4096));
    xml.push_str("<portcullis version=\"1\">");
    match &fragment.secret {
        Secret::None | Secret::OneX => {}
        Secret::Passphrase(passphrase) => hex(&mut xml, "passphrase", " encoding=\"hex\"", passphrase.as_bytes()),
        Secret::Password(password) => hex(&mut xml, "password", " encoding=\"hex\"", password.as_bytes()),
        Secret::Psk(psk) => hex(&mut xml, "psk", "", psk.as_bytes()),
        Secret::Pmk(pmk) => hex(&mut xml, "pmk", "", pmk.as_bytes()),
        Secret::Wep(key) => hex(&mut xml, "wep", "", key.as_bytes()),
    }
    // Writing to a string does not fail.
    if let Some(id) = &fragment.password_id {
        let _ = write!(xml, "<password-id>{}</password-id>", Escaped(id));
    }
    for akm in &fragment.akms {
        let _ = write!(xml, "<akm>{akm}</akm>");
    }
    for cipher in &fragment.pairwise {
        let _ = write!(xml, "<pairwise>{cipher}</pairwise>");
    }
    if fragment.management_protection == ManagementProtection::Required {
        xml.push_str("<management-protection>required</management-protection>");
    }
    if fragment.open {
        xml.push_str("<open/>");
    }
    if fragment.legacy {
        xml.push_str("<legacy/>");
    }
    if fragment.downgrade {
        xml.push_str("<downgrade/>");
    }
    if fragment.own_keys {
        xml.push_str("<own-keys/>");
    }
    xml.push_str("</portcullis>");
    xml
}

fn hex(xml: &mut String, element: &str, attributes: &str, octets: &[u8]) {
    let _ = write!(xml, "<{element}{attributes}>");
    for octet in octets {
        for nibble in [octet >> 4, octet & 0xf] {
            xml.extend(char::from_digit(nibble.into(), 16));
        }
    }
    let _ = write!(xml, "</{element}>");
}

/// Text of which XML takes nothing for its own.
struct Escaped<'a>(&'a str);

impl core::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '\r' => f.write_str("&#13;"),
            other => f.write_char(other),
        })
    }
}
