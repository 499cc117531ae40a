//! Fast BSS transition as an observer sees it (IEEE 802.11-2020, 13.5 and 13.8): the authentication frames carry
//! the nonces, and the reassociation frames a MIC in the place of a 4-way handshake.

use frame::MacAddress;
use frame::element::{Element, elements, id};
use frame::fte::{Fte, Subelement};
use frame::mde::MobilityDomain;
use keys::mic::Mic;
use keys::wrap::{WrapAlgorithm, unwrap_key_data};
use keys::{AkmSuite, Ptk};
use zeroize::Zeroizing;

use super::elements::Found;
use super::parties::{Mobility, Nonce};

/// The transaction sequence numbers that the MICs cover.
pub(super) const REQUEST: u8 = 5;
pub(super) const RESPONSE: u8 = 6;

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
    /// Learns from the elements of an authentication or (re)association frame, or of key data; `mic_octets` is the
    /// length of the MIC in the FTE.
    pub(super) fn learn(&mut self, found: &Found<'_>, mic_octets: usize) {
        if let Some(Ok(domain)) = found.mobility_domain.map(|element| MobilityDomain::parse(element.body)) {
            self.domain = Some(domain.id);
        }
        if let Some(Ok(fte)) = found
            .fast_transition
            .map(|element| Fte::parse(element.body, mic_octets))
        {
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

/// The elements of a reassociation frame that its MIC covers.
pub(super) struct Protected<'a> {
    elements: &'a [u8],
    fte: Fte<'a>,
    fte_bytes: &'a [u8],
}

impl<'a> Protected<'a> {
    /// `None` if the frame has no FTE with a MIC: an ordinary (re)association.
    pub(super) fn among(elements: &'a [u8], found: &Found<'a>, akm: &AkmSuite) -> Option<Self> {
        let element = found.fast_transition.filter(|_| akm.fast_transition)?;
        let fte = Fte::parse(element.body, akm.mic_len).ok()?;
        (fte.mic_control.element_count() > 0).then_some(Self {
            elements,
            fte,
            fte_bytes: element.bytes(),
        })
    }

    /// Whether the MIC is right: it covers both addresses, the sequence number, the RSNE, the MDE, the FTE with zeros
    /// in its MIC, then the RIC elements and the RSNXE if there are any (13.8.4, 13.8.5).
    pub(super) fn verifies(&self, ptk: &Ptk, spa: MacAddress, aa: MacAddress, sequence: u8) -> bool {
        let mut covered = [&spa.0[..], &aa.0, &[sequence]].concat();
        for wanted in [id::RSN, id::MOBILITY_DOMAIN] {
            covered.extend(self.all(wanted).take(1).flat_map(|element| element.bytes()));
        }
        let fte = covered.len();
        covered.extend(self.fte_bytes);
        // Element header, then the body.
        let mic = Fte::mic_range(self.fte.mic.len());
        if let Some(mic) = covered.get_mut(fte + 2 + mic.start..fte + 2 + mic.end) {
            mic.fill(0);
        }
        covered.extend(self.all(id::RIC_DATA).flat_map(|element| element.bytes()));
        covered.extend(self.all(id::RSN_EXTENSION).take(1).flat_map(|element| element.bytes()));
        let computed = Mic::compute(ptk.suite().mic, ptk.kck(), &covered);
        computed.is_ok_and(|computed| computed.verify(self.fte.mic))
    }

    /// The group key in the FTE, unwrapped.
    pub(super) fn group_key(&self, ptk: &Ptk) -> Option<Zeroizing<Vec<u8>>> {
        let (octets, wrapped) =
            self.fte
                .subelements()
                .map_while(Result::ok)
                .find_map(|subelement| match subelement {
                    Subelement::Gtk {
                        key_length, wrapped, ..
                    } => Some((usize::from(key_length), wrapped)),
                    _ => None,
                })?;
        let mut key = Zeroizing::new(wrapped.to_vec());
        unwrap_key_data(WrapAlgorithm::AesKeyWrap, ptk.kek(), &[0; 16], wrapped, &mut key).ok()?;
        key.truncate(octets.min(wrapped.len().saturating_sub(8)));
        Some(key)
    }

    fn all(&self, wanted: u8) -> impl Iterator<Item = Element<'a>> {
        elements(self.elements)
            .map_while(Result::ok)
            .filter(move |element| element.id == wanted)
    }
}
