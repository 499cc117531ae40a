//! The mobility domain element: where a station can move by fast transition (IEEE 802.11-2020, 9.4.2.46).

use crate::element::id;
use crate::error::ParseError;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// A mobility domain element (MDE): identifier (2 octets), capability and policy (1 octet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MobilityDomain {
    /// The identifier (MDID), as its octets travel: key derivation takes them in this order.
    pub id: [u8; 2],
    /// How the domain does fast transition.
    pub capability: FtCapability,
}

/// FT capability and policy: bit 0 over the DS, bit 1 resource request protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FtCapability(pub u8);

impl FtCapability {
    /// Fast transition works over the distribution system, through the current AP.
    #[must_use]
    pub const fn over_ds(self) -> bool {
        self.0 & 1 != 0
    }

    /// Resources can be requested before the transition.
    #[must_use]
    pub const fn resource_request(self) -> bool {
        self.0 & 2 != 0
    }
}

impl MobilityDomain {
    /// Parses the body of an element with ID 54.
    ///
    /// # Errors
    /// The body is not 3 octets long.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let id = *reader.array("MDE mobility domain identifier")?;
        let capability = FtCapability(reader.u8("MDE FT capability and policy")?);
        reader.finish("MDE")?;
        Ok(Self { id, capability })
    }
}

/// The whole element, header included.
impl Emit for MobilityDomain {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.element(id::MOBILITY_DOMAIN, |out| {
            out.bytes(&self.id);
            out.u8(self.capability.0);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobility_domain_is_three_octets() {
        let mde = MobilityDomain::parse(&[0xa1, 0xb2, 0x01]).unwrap();
        assert_eq!(
            mde,
            MobilityDomain {
                id: [0xa1, 0xb2],
                capability: FtCapability(1)
            }
        );
        assert!(mde.capability.over_ds() && !mde.capability.resource_request());
        assert_eq!(mde.to_vec().unwrap(), [54, 3, 0xa1, 0xb2, 0x01]);
        assert!(MobilityDomain::parse(&[0xa1, 0xb2]).is_err());
        assert!(MobilityDomain::parse(&[0xa1, 0xb2, 1, 0]).is_err());
    }
}
