//! Operating channel information: the sender's channel, to be compared with the receiver's
//! (IEEE 802.11-2020, 9.4.2.236 and Figure 12-36).

use crate::element::extension;
use crate::error::ParseError;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// Operating channel information (3 octets). The same octets are an element's body, a KDE's data and a
/// subelement of the FTE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oci {
    /// The operating class (IEEE 802.11-2020, Annex E).
    pub operating_class: u8,
    /// The primary channel's number.
    pub primary_channel: u8,
    /// The channel of the second frequency segment of an 80+80 MHz channel; 0 otherwise.
    pub frequency_segment_1: u8,
}

impl Oci {
    /// Parses the three octets, without any header.
    ///
    /// # Errors
    /// The body is not 3 octets long.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let oci = Self::read(&mut reader)?;
        reader.finish("OCI")?;
        Ok(oci)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let &[operating_class, primary_channel, frequency_segment_1] = reader.array("OCI")?;
        Ok(Self {
            operating_class,
            primary_channel,
            frequency_segment_1,
        })
    }

    /// The three octets, without any header.
    #[must_use]
    pub const fn octets(&self) -> [u8; 3] {
        [self.operating_class, self.primary_channel, self.frequency_segment_1]
    }
}

/// The whole element (ID 255, extension 54), header included.
impl Emit for Oci {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.extended_element(extension::OCI, |out| out.bytes(&self.octets()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_information_is_three_octets() {
        let oci = Oci::parse(&[81, 6, 0]).unwrap();
        assert_eq!(
            oci,
            Oci {
                operating_class: 81,
                primary_channel: 6,
                frequency_segment_1: 0
            }
        );
        assert_eq!(oci.to_vec().unwrap(), [255, 4, 54, 81, 6, 0]);
        assert!(Oci::parse(&[81, 6]).is_err());
        assert!(Oci::parse(&[81, 6, 0, 0]).is_err());
    }
}
