//! What an EAPOL-Key frame says in its key data, beside the elements that are compared.

use std::fmt;

use frame::element::{self, extension};
use frame::kde::{Kde, KeyDataItem};
use frame::oci::Oci;
use frame::rsne::Rsne;

/// What the key data of a message says, as far as it could be read: what is encrypted needs the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The name of the PMK that both ends are to use: in message 1, and in the RSNE of message 2 (with fast transition,
    /// that of PMK-R1).
    pub pmkid: Option<[u8; 16]>,
    /// The Key ID of the pairwise key (extended key ID).
    pub key_id: Option<u8>,
    /// The sender's channel (operating channel validation).
    pub channel: Option<Oci>,
    /// The transition modes that the station shall not use any more, a bit each.
    pub transition_disable: Option<u8>,
    /// The Key IDs of the group keys that it delivers.
    pub delivered: Delivered,
}

/// The Key IDs of delivered group keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// For data: 1 to 3.
    pub gtk: Option<u8>,
    /// For management frames: 4 or 5.
    pub igtk: Option<u16>,
    /// For beacons: 6 or 7.
    pub bigtk: Option<u16>,
}

impl Contents {
    /// Of several items of a kind, the first counts.
    pub(super) fn among<'a>(items: impl Iterator<Item = KeyDataItem<'a>>) -> Self {
        let mut contents = Self::default();
        for item in items {
            match item {
                KeyDataItem::Kde(kde) => contents.note(kde),
                KeyDataItem::Element(element) if element.id == element::id::RSN => {
                    let rsne = Rsne::parse(element.body).ok();
                    let named = rsne.and_then(|rsne| rsne.pmkids_or_default().first().copied());
                    contents.pmkid = contents.pmkid.or(named);
                }
                KeyDataItem::Element(element) if element.extension == Some(extension::OCI) => {
                    contents.channel = contents.channel.or(Oci::parse(element.body).ok());
                }
                KeyDataItem::Element(_) => {}
            }
        }
        contents
    }

    fn note(&mut self, kde: Kde<'_>) {
        let delivered = &mut self.delivered;
        match kde {
            Kde::Pmkid(pmkid) => self.pmkid = self.pmkid.or(Some(*pmkid)),
            Kde::KeyId(key_id) => self.key_id = self.key_id.or(Some(key_id)),
            Kde::Oci(channel) => self.channel = self.channel.or(Some(channel)),
            Kde::TransitionDisable(modes) => {
                self.transition_disable = self.transition_disable.or(modes.first().copied());
            }
            Kde::Gtk { key_id, .. } => delivered.gtk = delivered.gtk.or(Some(key_id)),
            Kde::Igtk { key_id, .. } => delivered.igtk = delivered.igtk.or(Some(key_id)),
            Kde::Bigtk { key_id, .. } => delivered.bigtk = delivered.bigtk.or(Some(key_id)),
            _ => {}
        }
    }
}

/// Phrases that follow others, each with a comma before it.
impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            pmkid,
            key_id,
            channel,
            transition_disable,
            delivered: Delivered { gtk, igtk, bigtk },
        } = self;
        if let Some(pmkid) = pmkid {
            write!(f, ", PMKID {}", Digits(pmkid))?;
        }
        if let Some(key_id) = key_id {
            write!(f, ", key ID {key_id}")?;
        }
        let keys = [("GTK", gtk.map(u16::from)), ("IGTK", *igtk), ("BIGTK", *bigtk)];
        for (name, key_id) in keys {
            if let Some(key_id) = key_id {
                write!(f, ", {name} {key_id}")?;
            }
        }
        if let Some(channel) = channel {
            write!(f, ", {}", Channel(*channel))?;
        }
        match transition_disable {
            Some(modes) => write!(f, ", turns off {}", Modes(*modes)),
            None => Ok(()),
        }
    }
}

/// Octets as hex digits.
pub(super) struct Digits<'a>(pub(super) &'a [u8]);

impl fmt::Display for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// A channel in words.
pub(super) struct Channel(pub(super) Oci);

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Oci {
            operating_class,
            primary_channel,
            ..
        } = self.0;
        write!(f, "channel {primary_channel} (operating class {operating_class})")
    }
}

/// Transition modes in words, as the Wi-Fi Alliance's WPA3 specification numbers the bits.
pub(super) struct Modes(pub(super) u8);

impl Modes {
    const NAMES: [&'static str; 4] = [
        "WPA2 beside WPA3-Personal",
        "SAE without a public key",
        "WPA2 beside WPA3-Enterprise",
        "open beside OWE",
    ];
}

impl fmt::Display for Modes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = (0..).zip(Self::NAMES).filter(|(bit, _)| self.0 & 1 << bit != 0);
        match names.next() {
            Some((_, first)) => f.write_str(first)?,
            None => return write!(f, "no mode that is known ({:#04x})", self.0),
        }
        names.try_for_each(|(_, name)| write!(f, " and {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Emit;
    use frame::kde;

    fn among(octets: &[u8]) -> Contents {
        Contents::among(kde::key_data(octets).map_while(Result::ok))
    }

    #[test]
    fn every_item_is_told_in_words() {
        let channel = Oci {
            operating_class: 81,
            primary_channel: 6,
            frequency_segment_1: 0,
        };
        let items = [
            Kde::Pmkid(&[0xab; 16]),
            Kde::KeyId(1),
            Kde::Gtk {
                key_id: 2,
                tx: false,
                key: &[1; 16],
            },
            Kde::Igtk {
                key_id: 4,
                ipn: &[0; 6],
                key: &[2; 16],
            },
            Kde::Bigtk {
                key_id: 6,
                bipn: &[0; 6],
                key: &[3; 16],
            },
            Kde::Oci(channel),
            Kde::TransitionDisable(&[0b1001]),
        ];
        let octets: Vec<u8> = items.iter().flat_map(|kde| kde.to_vec().unwrap()).collect();
        let expected = format!(
            ", PMKID {}, key ID 1, GTK 2, IGTK 4, BIGTK 6, channel 6 (operating class 81), turns off WPA2 beside \
             WPA3-Personal and open beside OWE",
            "ab".repeat(16)
        );
        assert_eq!(among(&octets).to_string(), expected);
        assert_eq!(among(&[]).to_string(), "");
        assert_eq!(Modes(0).to_string(), "no mode that is known (0x00)");
    }

    #[test]
    fn the_first_item_of_a_kind_counts() {
        let octets = [Kde::KeyId(1).to_vec().unwrap(), Kde::KeyId(0).to_vec().unwrap()].concat();
        assert_eq!(among(&octets).key_id, Some(1));
    }
}
