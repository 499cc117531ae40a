//! What the two stations know of the mobility domain that they associated in.

use alloc::boxed::Box;

use frame::element::{self, id};
use frame::fte::{Fte, MicControl, Subelement};
use frame::mde::MobilityDomain;
use frame::{Emit, MacAddress};
use keys::suites::AkmSuite;

use super::Limits;
use super::elements::control_of;
use crate::association::AssociationError;

/// The mobility domain of an association: what its key hierarchy is derived from, and what its 4-way handshakes repeat
/// (IEEE 802.11-2020, 13.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mobility {
    ssid: Box<[u8]>,
    domain: MobilityDomain,
    /// Whole, as it stood in the (re)association response. How long its MIC is depends on the suite.
    fte: Box<[u8]>,
    /// What an access point says in message 3.
    limits: Limits,
}

impl Mobility {
    /// Takes the name of the network (0 to 32 octets) and the element list of the (re)association response, which says
    /// the mobility domain and the two key holders. `None` if the list has no MDE or no FTE.
    ///
    /// # Errors
    /// [`AssociationError::Malformed`] if the list or the MDE is.
    pub fn find(ssid: &[u8], list: &[u8]) -> Result<Option<Self>, AssociationError> {
        let (Some(mde), Some(fte)) = (
            element::find(list, id::MOBILITY_DOMAIN)?,
            element::find(list, id::FAST_BSS_TRANSITION)?,
        ) else {
            return Ok(None);
        };
        Ok(Some(Self {
            ssid: ssid.into(),
            domain: MobilityDomain::parse(mde.body)?,
            fte: fte.bytes().into(),
            limits: Limits::default(),
        }))
    }

    /// What an access point says in the response to the first association in a domain: `r0kh` (1 to 48 octets) names
    /// the holder of PMK-R0, `r1kh` that of PMK-R1, which is the access point.
    ///
    /// # Errors
    /// [`AssociationError::Mobility`] if `suite` has no fast transition or `r0kh` is too long.
    pub fn initial(
        suite: &AkmSuite,
        ssid: &[u8],
        domain: MobilityDomain,
        r0kh: &[u8],
        r1kh: MacAddress,
    ) -> Result<Self, AssociationError> {
        let parameters = [Subelement::R1KhId(r1kh).to_vec(), Subelement::R0KhId(r0kh).to_vec()];
        let [Ok(first), Ok(second)] = &parameters else {
            return Err(AssociationError::Mobility);
        };
        let fte = Fte {
            mic_control: control_of(suite, MicControl::default()),
            mic: [0; keys::mic::MIC_MAX]
                .get(..suite.mic_len)
                .ok_or(AssociationError::Mobility)?,
            anonce: &[0; 32],
            snonce: &[0; 32],
            parameters: &[first.as_slice(), second].concat(),
        };
        Ok(Self {
            ssid: ssid.into(),
            domain,
            fte: fte.to_vec().map_err(|_| AssociationError::Mobility)?.into(),
            limits: Limits::default(),
        })
    }

    /// Has an access point say in message 3 how long what it gives for transitions is good for.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    pub(crate) const fn limits(&self) -> Limits {
        self.limits
    }

    /// The name of the network.
    #[must_use]
    pub const fn ssid(&self) -> &[u8] {
        &self.ssid
    }

    /// The domain, and how transitions take place in it.
    #[must_use]
    pub const fn domain(&self) -> MobilityDomain {
        self.domain
    }

    /// The FTE of the (re)association response, whole.
    #[must_use]
    pub const fn fte(&self) -> &[u8] {
        &self.fte
    }

    /// MDE and FTE, as they stand in the (re)association response and in messages 2 and 3.
    #[must_use]
    pub fn elements(&self) -> Box<[u8]> {
        [&self.mde()[..], &self.fte].concat().into()
    }

    /// The key holders that the FTE names, R0 and R1, where MICs have `mic_len` octets.
    pub(crate) fn key_holders(&self, mic_len: usize) -> Result<(&[u8], MacAddress), AssociationError> {
        let (mut r0kh, mut r1kh) = (None, None);
        let body = self.fte.get(2..).unwrap_or_default();
        for subelement in Fte::parse(body, mic_len)?.subelements() {
            match subelement? {
                Subelement::R0KhId(id) => r0kh = Some(id),
                Subelement::R1KhId(id) => r1kh = Some(id),
                _ => {}
            }
        }
        r0kh.zip(r1kh).ok_or(AssociationError::Mobility)
    }

    /// The MDE, whole.
    pub(crate) const fn mde(&self) -> [u8; 5] {
        mde(self.domain)
    }

    /// The same domain, as another response describes it.
    pub(crate) fn with_fte(self, fte: &[u8]) -> Self {
        Self {
            fte: fte.into(),
            ..self
        }
    }
}

/// A whole MDE.
pub(super) const fn mde(domain: MobilityDomain) -> [u8; 5] {
    let [first, second] = domain.id;
    [id::MOBILITY_DOMAIN, 3, first, second, domain.capability.0]
}
