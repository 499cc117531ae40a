//! Fast BSS transition as an observer sees it (IEEE 802.11-2020, 13.5 and 13.8): the authentication frames carry
//! the nonces, and the reassociation frames a MIC in the place of a 4-way handshake.

use frame::element::{Element, elements, id};
use frame::fte::{Fte, Subelement};
use frame::mde::MobilityDomain;
use frame::{MacAddress, ParseError};
use keys::mic::Mic;
use keys::wrap::{WrapAlgorithm, unwrap_key_data};
use keys::{AkmSuite, Ptk};
use zeroize::Zeroizing;

use super::elements::Found;
use super::parties::{Mobility, Nonce};

/// The transaction sequence numbers that the MICs cover.
pub(super) const REQUEST: u8 = 5;
pub(super) const RESPONSE: u8 = 6;

/// Octets of a PMK, of which suites that have several make MICs of different lengths.
const PMK_LENGTHS: [usize; 3] = [32, 48, 64];
/// Octets of the MIC in an FTE.
const MIC_LENGTHS: [usize; 3] = [16, 24, 32];

/// What frames have told so far of the key hierarchy and of the nonces.
#[derive(Default)]
pub(super) struct Hints {
    domain: Option<[u8; 2]>,
    r0kh_id: Option<Vec<u8>>,
    r1kh_id: Option<MacAddress>,
    pub(super) anonce: Option<Nonce>,
    pub(super) snonce: Option<Nonce>,
    /// Where the keys are rooted, once all of it is known.
    pub(super) mobility: Option<Mobility>,
}

impl Hints {
    /// Learns from the elements of an authentication or (re)association frame, or of key data, of an association with
    /// this AKM.
    pub(super) fn learn(&mut self, found: &Found<'_>, akm: Option<&'static AkmSuite>) {
        if let Some(Ok(domain)) = found.mobility_domain.map(|element| MobilityDomain::parse(element.body)) {
            self.domain = Some(domain.id);
        }
        if let Some(fte) = found.fast_transition.and_then(|element| fte(element.body, akm)) {
            self.learn_fte(&fte);
        }
        if let (Some(domain), Some(r0kh_id), Some(r1kh_id)) = (self.domain, &self.r0kh_id, self.r1kh_id) {
            self.mobility = Some(Mobility {
                domain,
                r0kh_id: r0kh_id.clone(),
                r1kh_id,
            });
        }
    }

    fn learn_fte(&mut self, fte: &Fte<'_>) {
        let told = |nonce: &Nonce| (*nonce != [0; 32]).then_some(*nonce);
        self.anonce = told(fte.anonce).or(self.anonce);
        self.snonce = told(fte.snonce).or(self.snonce);
        for subelement in fte.subelements().map_while(Result::ok) {
            match subelement {
                Subelement::R0KhId(identifier) => self.r0kh_id = Some(identifier.to_vec()),
                Subelement::R1KhId(identifier) => self.r1kh_id = Some(identifier),
                _ => {}
            }
        }
    }
}

/// The FTE of a suite, or of whichever it is. With some suites the length of the MIC depends on the group of SAE, which
/// is not told again: the length then is one with which all behind it makes sense. Too short a MIC would have part of a
/// nonce for subelements; hence the shortest comes first.
fn fte<'a>(body: &'a [u8], akm: Option<&'static AkmSuite>) -> Option<Fte<'a>> {
    let may_have = |mic_octets: &usize| {
        akm.is_none_or(|akm| {
            PMK_LENGTHS
                .map(|octets| akm.with_pmk_len(octets).mic_len)
                .contains(mic_octets)
        })
    };
    let mut lengths = MIC_LENGTHS.into_iter().filter(may_have).peekable();
    let first = lengths.next()?;
    if lengths.peek().is_none() {
        return Fte::parse(body, first).ok();
    }
    core::iter::once(first)
        .chain(lengths)
        .filter_map(|mic_octets| Fte::parse(body, mic_octets).ok())
        .find(makes_sense)
}

/// Whether an FTE has nothing in it but subelements that are known, the key holder among them.
fn makes_sense(fte: &Fte<'_>) -> bool {
    let mut names_holder = false;
    let known = fte.subelements().all(|subelement| {
        names_holder |= matches!(subelement, Ok(Subelement::R0KhId(_)));
        !matches!(subelement, Ok(Subelement::Unknown { .. }) | Err(_))
    });
    known && names_holder
}

/// A group key that a fast transition delivers.
pub(super) enum GroupKey {
    Data(Zeroizing<Vec<u8>>),
    /// For management frames or beacons, as the Key ID says.
    Integrity {
        key_id: u16,
        pn: [u8; 6],
        key: Zeroizing<Vec<u8>>,
    },
}

/// The elements of a reassociation frame that its MIC covers.
pub(super) struct Protected<'a> {
    elements: &'a [u8],
    fte: Element<'a>,
}

impl<'a> Protected<'a> {
    /// `None` if the frame has no FTE with a MIC: an ordinary (re)association.
    pub(super) fn among(elements: &'a [u8], found: &Found<'a>, akm: &AkmSuite) -> Option<Self> {
        let element = found.fast_transition.filter(|_| akm.fast_transition)?;
        let fte = Fte::parse(element.body, akm.mic_len).ok()?;
        (fte.mic_control.element_count() > 0).then_some(Self { elements, fte: element })
    }

    /// Whether the MIC is right: it covers both addresses, the sequence number, the RSNE, the MDE, the FTE with zeros
    /// in its MIC, then the RIC elements and the RSNXE if there are any (13.8.4, 13.8.5).
    pub(super) fn verifies(&self, ptk: &Ptk, spa: MacAddress, aa: MacAddress, sequence: u8) -> bool {
        let Ok(parsed) = self.fte_under(ptk) else { return false };
        let mut covered = [&spa.0[..], &aa.0, &[sequence]].concat();
        for wanted in [id::RSN, id::MOBILITY_DOMAIN] {
            covered.extend(self.all(wanted).take(1).flat_map(|element| element.bytes()));
        }
        let fte = covered.len();
        covered.extend(self.fte.bytes());
        // Element header, then the body.
        let mic = Fte::mic_range(parsed.mic.len());
        if let Some(mic) = covered.get_mut(fte + 2 + mic.start..fte + 2 + mic.end) {
            mic.fill(0);
        }
        covered.extend(self.all(id::RIC_DATA).flat_map(|element| element.bytes()));
        covered.extend(self.all(id::RSN_EXTENSION).take(1).flat_map(|element| element.bytes()));
        let computed = Mic::compute(ptk.suite().mic, ptk.kck(), &covered);
        computed.is_ok_and(|computed| computed.verify(parsed.mic))
    }

    /// The group keys in the FTE, unwrapped.
    pub(super) fn group_keys(&self, ptk: &Ptk) -> Vec<GroupKey> {
        let Ok(fte) = self.fte_under(ptk) else {
            return Vec::new();
        };
        let unwrap = |octets: u8, wrapped: &[u8]| {
            let mut key = Zeroizing::new(wrapped.to_vec());
            unwrap_key_data(WrapAlgorithm::AesKeyWrap, ptk.kek(), &[0; 16], wrapped, &mut key).ok()?;
            key.truncate(usize::from(octets).min(wrapped.len().saturating_sub(8)));
            Some(key)
        };
        let keys = fte
            .subelements()
            .map_while(Result::ok)
            .filter_map(|subelement| match subelement {
                Subelement::Gtk {
                    key_length, wrapped, ..
                } => Some(GroupKey::Data(unwrap(key_length, wrapped)?)),
                Subelement::Igtk(key) | Subelement::Bigtk(key) => Some(GroupKey::Integrity {
                    key_id: key.key_id,
                    pn: *key.pn,
                    key: unwrap(key.key_length, key.wrapped)?,
                }),
                _ => None,
            });
        keys.collect()
    }

    /// The FTE, with a MIC as long as `ptk` makes it.
    fn fte_under(&self, ptk: &Ptk) -> Result<Fte<'a>, ParseError> {
        Fte::parse(self.fte.body, ptk.suite().mic_len)
    }

    fn all(&self, wanted: u8) -> impl Iterator<Item = Element<'a>> {
        elements(self.elements)
            .map_while(Result::ok)
            .filter(move |element| element.id == wanted)
    }
}
