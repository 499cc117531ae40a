//! The elements of the frames of a transition, and the MIC over them (IEEE 802.11-2020, 13.8).
//!
//! Resource requests (RIC) are not made and not granted: their elements are under the MIC too, so that a frame with
//! such elements is refused.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use frame::element::{self, Element, id};
use frame::fte::{Fte, MicControl, Subelement};
use frame::oci::Oci;
use frame::rsne::Rsne;
use frame::{Akm, Emit, MacAddress};
use keys::mic::{MIC_MAX, Mic};
use keys::suites::AkmSuite;
use keys::{Ptk, wrap};
use zeroize::Zeroizing;

use super::Refusal;
use crate::association::Elements;
use crate::elements::with_name;
use crate::refusal::NegotiatedElement;

/// The fixed part of an exchange: what each of its frames must repeat.
pub(super) struct Identity<'a> {
    pub(super) mde: [u8; 5],
    pub(super) anonce: &'a [u8; 32],
    pub(super) snonce: &'a [u8; 32],
    pub(super) r0kh: &'a [u8],
    pub(super) r1kh: Option<MacAddress>,
    pub(super) channel: Option<Oci>,
}

/// The elements of a received frame. Nothing of them is proved until [`verify`](Self::verify).
pub(super) struct Parts<'a> {
    pub(super) rsne: Element<'a>,
    pub(super) mde: Element<'a>,
    fte: Element<'a>,
    pub(super) rsnxe: Option<Element<'a>>,
}

impl<'a> Parts<'a> {
    /// Picks the elements out of a list.
    pub(super) fn find(list: &'a [u8]) -> Result<Self, Refusal> {
        let find = |id, kind| element::find(list, id)?.ok_or(Refusal::Missing(kind));
        Ok(Self {
            rsne: find(id::RSN, NegotiatedElement::Rsne)?,
            mde: find(id::MOBILITY_DOMAIN, NegotiatedElement::Mde)?,
            fte: find(id::FAST_BSS_TRANSITION, NegotiatedElement::Fte)?,
            rsnxe: element::find(list, id::RSN_EXTENSION)?,
        })
    }

    /// The FTE, for a MIC of `mic_len` octets.
    pub(super) fn fte(&self, mic_len: usize) -> Result<Fields<'a>, Refusal> {
        Fields::read(self.fte, mic_len)
    }

    /// The only PMKID in the RSNE.
    pub(super) fn name(&self) -> Result<[u8; 16], Refusal> {
        match Rsne::parse(self.rsne.body)?.pmkids_or_default() {
            &[name] => Ok(name),
            _ => Err(Refusal::Pmkid),
        }
    }

    /// Proves that the holder of `ptk` sent these elements, and all elements that were to be protected (13.8.4,
    /// 13.8.5).
    pub(super) fn verify(&self, direction: Direction, link: Link, ptk: &Ptk) -> Result<Fields<'a>, Refusal> {
        let fields = self.fte(ptk.suite().mic_len)?;
        let count = 3 + u8::from(self.rsnxe.is_some());
        if fields.fte.mic_control.element_count() != count {
            return Err(Refusal::Fte("number of protected elements"));
        }
        let mut fte = self.fte.bytes().to_vec();
        let range = Fte::mic_range(fields.fte.mic.len());
        if let Some(mic) = fte.get_mut(range.start + 2..range.end + 2) {
            mic.fill(0);
        }
        let rsnxe = self.rsnxe.map(|rsnxe| rsnxe.bytes());
        let elements = [self.rsne.bytes(), self.mde.bytes(), &fte, rsnxe.unwrap_or_default()];
        match mic(direction, link, &elements, ptk)?.verify(fields.fte.mic) {
            true => Ok(fields),
            false => Err(Refusal::Mic),
        }
    }
}

/// The fields of an FTE.
pub(super) struct Fields<'a> {
    pub(super) fte: Fte<'a>,
    pub(super) r0kh: Option<&'a [u8]>,
    pub(super) r1kh: Option<MacAddress>,
    channel: Option<Oci>,
    /// Whole, for the handshakes that follow.
    pub(super) bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    fn read(element: Element<'a>, mic_len: usize) -> Result<Self, Refusal> {
        let fte = Fte::parse(element.body, mic_len)?;
        let (mut r0kh, mut r1kh, mut channel) = (None, None, None);
        for subelement in fte.subelements() {
            match subelement? {
                Subelement::R0KhId(id) => r0kh = Some(id),
                Subelement::R1KhId(id) => r1kh = Some(id),
                Subelement::Oci(oci) => channel = Some(oci),
                _ => {}
            }
        }
        Ok(Self {
            fte,
            r0kh,
            r1kh,
            channel,
            bytes: element.bytes(),
        })
    }

    /// Checks that this frame belongs to the exchange `expected`.
    pub(super) fn check(&self, expected: &Identity<'_>) -> Result<(), Refusal> {
        let problem = match () {
            () if self.fte.anonce != expected.anonce => Some("ANonce"),
            () if self.fte.snonce != expected.snonce => Some("SNonce"),
            () if self.r0kh != Some(expected.r0kh) => Some("R0KH-ID"),
            () if self.r1kh != expected.r1kh => Some("R1KH-ID"),
            () => None,
        };
        if let Some(problem) = problem {
            return Err(Refusal::Fte(problem));
        }
        match expected.channel {
            Some(ours) if !self.channel.is_some_and(|theirs| theirs.admits(&ours)) => Err(Refusal::Channel),
            _ => Ok(()),
        }
    }
}

impl Fields<'_> {
    /// Checks that the fields of the MIC, which the first two frames do not have, are zero (13.8.2, 13.8.3). Some say there
    /// how long it would be, also where the suite says that.
    pub(super) fn check_open(&self) -> Result<(), Refusal> {
        let none = MicControl::default();
        let is_open = [none, none.with_mic_len(self.fte.mic.len())].contains(&self.fte.mic_control);
        match is_open && self.fte.mic.iter().all(|&octet| octet == 0) {
            true => Ok(()),
            false => Err(Refusal::Fte("MIC")),
        }
    }
}

/// The two ends of the air: they are under the MIC.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) station: MacAddress,
    pub(super) access_point: MacAddress,
}

/// The frame that a MIC is for: its number in the transaction.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    /// The reassociation request.
    Request = 5,
    /// The reassociation response.
    Response = 6,
}

/// A frame without MIC: RSNE with `name`, MDE, FTE.
pub(super) fn open(
    rsne: &[u8],
    name: &[u8; 16],
    identity: &Identity<'_>,
    suite: &AkmSuite,
) -> Result<Box<[u8]>, Refusal> {
    let rsne = with_name(rsne, name).ok_or(Refusal::TooLong)?;
    let fte = identity.fte(suite, MicControl::default(), &[])?;
    Ok([rsne.as_slice(), &identity.mde, &fte].concat().into())
}

/// A frame with a MIC.
pub(super) struct Sealed {
    /// All its elements.
    pub(super) list: Box<[u8]>,
    /// The FTE alone.
    pub(super) fte: Box<[u8]>,
}

/// A frame with a MIC under `ptk`: RSNE with `name`, MDE, FTE with `keys` (subelements), RSNXE.
pub(super) fn sealed(
    direction: Direction,
    link: Link,
    ours: &Elements,
    name: &[u8; 16],
    identity: &Identity<'_>,
    keys: &[u8],
    ptk: &Ptk,
) -> Result<Sealed, Refusal> {
    let rsne = with_name(ours.rsne(), name).ok_or(Refusal::TooLong)?;
    let rsnxe = ours.rsnxe();
    let control = MicControl::new(rsnxe.is_some(), 3 + u8::from(rsnxe.is_some()));
    let mut fte = identity.fte(ptk.suite(), control, keys)?;
    let rsnxe = rsnxe.unwrap_or_default();
    let mic = mic(direction, link, &[&rsne, &identity.mde, &fte, rsnxe], ptk)?;
    let range = Fte::mic_range(mic.as_bytes().len());
    if let Some(field) = fte.get_mut(range.start + 2..range.end + 2) {
        field.copy_from_slice(mic.as_bytes());
    }
    Ok(Sealed {
        list: [&rsne, identity.mde.as_slice(), &fte, rsnxe].concat().into(),
        fte: fte.into(),
    })
}

/// The control field of a suite's MICs: it says how long they are where the suite alone does not.
pub(super) fn control_of(suite: &AkmSuite, control: MicControl) -> MicControl {
    match suite.akm {
        Akm::FT_SAE_EXT_KEY => control.with_mic_len(suite.mic_len),
        _ => control,
    }
}

impl Identity<'_> {
    /// The FTE of a frame of `suite`, whose MIC is still to be computed.
    fn fte(&self, suite: &AkmSuite, control: MicControl, keys: &[u8]) -> Result<Vec<u8>, Refusal> {
        let mut parameters = Vec::new();
        let subelements = [
            self.r1kh.map(Subelement::R1KhId),
            Some(Subelement::R0KhId(self.r0kh)),
            self.channel.map(Subelement::Oci),
        ];
        for subelement in subelements.into_iter().flatten() {
            parameters.extend(subelement.to_vec().map_err(|_| Refusal::TooLong)?);
        }
        parameters.extend_from_slice(keys);
        Fte {
            mic_control: control_of(suite, control),
            mic: [0; MIC_MAX].get(..suite.mic_len).ok_or(Refusal::TooLong)?,
            anonce: self.anonce,
            snonce: self.snonce,
            parameters: &parameters,
        }
        .to_vec()
        .map_err(|_| Refusal::TooLong)
    }
}

/// The MIC of an FTE: both addresses, the number of the frame, then the protected elements.
fn mic(direction: Direction, link: Link, elements: &[&[u8]], ptk: &Ptk) -> Result<Mic, Refusal> {
    let mut octets = Vec::new();
    octets.extend_from_slice(&link.station.0);
    octets.extend_from_slice(&link.access_point.0);
    octets.push(direction as u8);
    for element in elements {
        octets.extend_from_slice(element);
    }
    Mic::compute(ptk.suite().mic, ptk.kck(), &octets).map_err(|_| Refusal::Mic)
}

/// A group key under the KEK of `ptk`, padded as its length asks for (9.4.2.47).
pub(super) fn wrap_key(key: &[u8], ptk: &Ptk) -> Result<Vec<u8>, Refusal> {
    let mut plain = Zeroizing::new(key.to_vec());
    let padded = frame::kde::pad_for_wrap(key.len());
    if padded > key.len() {
        plain.push(0xdd);
        plain.resize(padded, 0);
    }
    let wrap = ptk.suite().wrap;
    let mut wrapped = vec![0; plain.len() + wrap.overhead()];
    wrap::wrap_key_data(wrap, ptk.kek(), &[0; 16], &plain, &mut wrapped).map_err(|_| Refusal::Unwrap)?;
    Ok(wrapped)
}

/// The `len` octets of a wrapped group key.
pub(super) fn unwrap_key(wrapped: &[u8], len: u8, ptk: &Ptk) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let mut plain = Zeroizing::new(vec![0; wrapped.len()]);
    let found = wrap::unwrap_key_data(ptk.suite().wrap, ptk.kek(), &[0; 16], wrapped, &mut plain)
        .map_err(|_| Refusal::Unwrap)?
        .len();
    if found != frame::kde::pad_for_wrap(len.into()) {
        return Err(Refusal::Unwrap);
    }
    plain.truncate(len.into());
    Ok(plain)
}
