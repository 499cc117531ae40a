//! The elements that messages 2 and 3 repeat from the association, under a MIC (IEEE 802.11-2020, 12.7.6.3 and
//! 12.7.6.4).

use alloc::boxed::Box;
use alloc::vec::Vec;

use frame::element::{Element, id};
use frame::kde::{Kde, KeyDataItem};
use frame::oci::Oci;
use frame::rsne::Rsne;
use frame::timeout::TimeoutInterval;
use frame::{Emit, ParseError, wpa};

use crate::agreement::Agreement;
use crate::association::{Elements, Protocol};
use crate::ft::Limits;
use crate::refusal::{NegotiatedElement, Refusal};

/// What a message repeats.
#[derive(Default)]
pub(crate) struct Repeated<'a> {
    rsne: Option<Element<'a>>,
    /// A second RSNE, with which the access point assigns a cipher.
    pub(crate) assigned: Option<Element<'a>>,
    rsnxe: Option<Element<'a>>,
    wpa: Option<Element<'a>>,
    mde: Option<Element<'a>>,
    fte: Option<Element<'a>>,
    channel: Option<Oci>,
    /// How long what is given for transitions is good for.
    pub(crate) limits: Limits,
    /// The identifier of the pairwise key.
    pub(crate) key_id: Option<u8>,
    /// Transition modes to be turned off.
    pub(crate) transition_disabled: Option<u8>,
}

impl<'a> Repeated<'a> {
    /// Picks the elements out of key data. Of two of one kind the first counts.
    pub(crate) fn read(items: impl Iterator<Item = Result<KeyDataItem<'a>, ParseError>>) -> Result<Self, ParseError> {
        let mut found = Self::default();
        for item in items {
            let (slot, element) = match item? {
                KeyDataItem::Kde(Kde::Oci(oci)) => {
                    found.channel.get_or_insert(oci);
                    continue;
                }
                KeyDataItem::Kde(Kde::KeyId(key_id)) => {
                    found.key_id.get_or_insert(key_id);
                    continue;
                }
                KeyDataItem::Kde(Kde::TransitionDisable(bitmap)) => {
                    found.transition_disabled = found.transition_disabled.or(bitmap.first().copied());
                    continue;
                }
                KeyDataItem::Kde(_) => continue,
                KeyDataItem::Element(element) => match element.id {
                    id::RSN if found.rsne.is_some() => (&mut found.assigned, element),
                    id::RSN => (&mut found.rsne, element),
                    id::RSN_EXTENSION => (&mut found.rsnxe, element),
                    id::MOBILITY_DOMAIN => (&mut found.mde, element),
                    id::FAST_BSS_TRANSITION => (&mut found.fte, element),
                    id::TIMEOUT_INTERVAL => {
                        found.limits.note(TimeoutInterval::parse(element.body)?);
                        continue;
                    }
                    _ if element.is_vendor(wpa::SELECTOR) => (&mut found.wpa, element),
                    _ => continue,
                },
            };
            slot.get_or_insert(element);
        }
        Ok(found)
    }

    /// Compares all with `announced`, the peer's elements in its management frames, and with what was said about the
    /// mobility domain in the (re)association response: anybody could have changed those, so as to have a weaker suite
    /// selected.
    ///
    /// With fast transition the RSNE has PMKR1Name in addition (13.4.2).
    pub(crate) fn compare(&self, announced: &Elements, agreement: &Agreement) -> Result<(), Refusal> {
        let mismatch = |kind| Err(Refusal::ElementMismatch(kind));
        if announced.protocol() == Protocol::Wpa {
            return match bytes(self.wpa) == Some(announced.rsne()) {
                true => Ok(()),
                false => mismatch(NegotiatedElement::Wpa),
            };
        }
        let rsne_fits = match (self.rsne, agreement.r1_name()) {
            (Some(rsne), Some(name)) => is_named(rsne.body, announced.rsne(), name)?,
            (rsne, None) => bytes(rsne) == Some(announced.rsne()),
            (None, Some(_)) => false,
        };
        if !rsne_fits {
            return mismatch(NegotiatedElement::Rsne);
        }
        if bytes(self.rsnxe) != announced.rsnxe() {
            return mismatch(NegotiatedElement::Rsnxe);
        }
        let mobility = agreement.association.mobility();
        let (mde, fte) = (
            mobility.map(|mobility| mobility.mde()),
            mobility.map(|mobility| mobility.fte()),
        );
        if mde.is_some() && bytes(self.mde) != mde.as_ref().map(<[u8; 5]>::as_slice) {
            return mismatch(NegotiatedElement::Mde);
        }
        if fte.is_some() && bytes(self.fte) != fte {
            return mismatch(NegotiatedElement::Fte);
        }
        check_channel(self.channel, agreement)
    }
}

/// Compares the peer's channel with ours, if that was negotiated (12.2.9).
pub(crate) fn check_channel(found: Option<Oci>, agreement: &Agreement) -> Result<(), Refusal> {
    match agreement.association.channel() {
        Some(ours) if !found.is_some_and(|theirs| theirs.admits(&ours)) => Err(Refusal::Channel),
        _ => Ok(()),
    }
}

/// The channel in key data that holds nothing else to be compared.
pub(crate) fn channel<'a>(
    items: impl Iterator<Item = Result<KeyDataItem<'a>, ParseError>>,
) -> Result<Option<Oci>, ParseError> {
    Repeated::read(items).map(|found| found.channel)
}

/// What our message 2 or 3 repeats: `ours`, the elements of our management frames, then what the handshake adds.
pub(crate) fn to_repeat(ours: &Elements, agreement: &Agreement) -> Box<[u8]> {
    let mut octets = match agreement.r1_name().and_then(|name| with_name(ours.rsne(), name)) {
        Some(rsne) => [&rsne, ours.rsnxe().unwrap_or_default()].concat(),
        None => ours.as_bytes().to_vec(),
    };
    if let Some(mobility) = agreement.association.mobility() {
        octets.extend_from_slice(&mobility.elements());
        octets.extend_from_slice(&mobility.limits().elements());
    }
    octets.extend_from_slice(&channel_kde(agreement));
    octets.into()
}

/// The KDE that says our channel, or nothing.
pub(crate) fn channel_kde(agreement: &Agreement) -> Vec<u8> {
    let oci = agreement.association.channel().map(Kde::Oci);
    oci.and_then(|kde| kde.to_vec().ok()).unwrap_or_default()
}

/// A whole RSNE with `name` as its only PMKID. `None` if `rsne` does not parse or has no room.
pub(crate) fn with_name(rsne: &[u8], name: &[u8; 16]) -> Option<Vec<u8>> {
    let rsne = Rsne::parse(rsne.get(2..)?).ok()?;
    Rsne {
        pmkids: Some(core::slice::from_ref(name)),
        ..rsne
    }
    .to_vec()
    .ok()
}

/// Whether the RSNE body `found` is the whole RSNE `announced` but for `name` as its only PMKID.
pub(crate) fn is_named(found: &[u8], announced: &[u8], name: &[u8; 16]) -> Result<bool, ParseError> {
    let found = Rsne::parse(found)?;
    let announced = Rsne::parse(announced.get(2..).unwrap_or_default())?;
    Ok(found.pmkids_or_default() == [*name] && without_name(&found) == without_name(&announced))
}

/// An RSNE with its defaults filled in and no PMKID: a PMKID can stand only behind fields that may be left out without
/// it.
fn without_name<'a>(rsne: &Rsne<'a>) -> Rsne<'a> {
    Rsne {
        group_cipher: Some(rsne.group_cipher_or_default()),
        pairwise: Some(rsne.pairwise_or_default()),
        akms: Some(rsne.akms_or_default()),
        capabilities: Some(rsne.capabilities_or_default()),
        pmkids: None,
        ..*rsne
    }
}

fn bytes(element: Option<Element<'_>>) -> Option<&[u8]> {
    element.map(|element| element.bytes())
}
