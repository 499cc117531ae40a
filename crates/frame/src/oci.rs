//! Operating channel information: the sender's channel, to be compared with the receiver's
//! (IEEE 802.11-2020, 9.4.2.236 and Figure 12-36).

use core::ops::RangeInclusive;

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

    /// The channel with this primary channel, of which the second segment (of 80+80 MHz) has its centre at `segment`.
    /// Frequencies are in MHz. `None` if there is no such channel.
    #[must_use]
    pub fn of_frequencies(primary: u16, width: Width, center: u16, segment: Option<u16>) -> Option<Self> {
        let (band, primary_channel) = number(primary)?;
        let row = |class: &&Class| {
            class.band == band
                && class.width == width
                && class.primaries.contains(&primary_channel)
                && match class.secondary {
                    Secondary::Above => center > primary,
                    Secondary::Below => center < primary,
                    Secondary::Any => true,
                }
        };
        let class = CLASSES.iter().find(row)?;
        Some(Self {
            operating_class: class.number,
            primary_channel,
            frequency_segment_1: match segment {
                Some(segment) => number(segment)?.1,
                None => 0,
            },
        })
    }

    /// The centre of the primary channel in MHz. `None` for a class that is not a global one (IEEE 802.11-2020, Table E-4)
    /// or has no such channel.
    #[must_use]
    pub fn primary_frequency(&self) -> Option<u16> {
        let class = class(self.operating_class).filter(|class| class.primaries.contains(&self.primary_channel))?;
        Some(center(class.band, self.primary_channel))
    }

    /// Whether a station on this channel receives what one on the channel `ours` sends (IEEE 802.11-2020, 12.2.9): the
    /// primary channel is the same, and this channel is as wide or wider and lies on the same side.
    #[must_use]
    pub fn admits(&self, ours: &Self) -> bool {
        if self == ours {
            return true;
        }
        let (Some(theirs), Some(mine)) = (class(self.operating_class), class(ours.operating_class)) else {
            return false;
        };
        let wide_enough = theirs.width > mine.width
            || theirs.width == mine.width
                && (theirs.secondary == Secondary::Any
                    || mine.secondary == Secondary::Any
                    || theirs.secondary == mine.secondary)
                && self.frequency_segment_1 == ours.frequency_segment_1;
        theirs.band == mine.band && self.primary_channel == ours.primary_channel && wide_enough
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

/// The width of a channel, narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// 20 MHz.
    Mhz20,
    /// 40 MHz.
    Mhz40,
    /// 80 MHz.
    Mhz80,
    /// 80 MHz and, elsewhere, another 80 MHz.
    Mhz80Plus80,
    /// 160 MHz.
    Mhz160,
}

/// Each band numbers its channels anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Band {
    Ghz2,
    Ghz5,
    Ghz6,
}

/// Where the other 20 MHz of a channel of 40 MHz are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Secondary {
    Above,
    Below,
    /// The numbers of the channels tell.
    Any,
}

/// A global operating class (IEEE 802.11-2020, Table E-4): number, band, width, secondary channel, primary channels.
struct Class {
    number: u8,
    band: Band,
    width: Width,
    secondary: Secondary,
    primaries: RangeInclusive<u8>,
}

const fn row(number: u8, band: Band, width: Width, secondary: Secondary, primaries: RangeInclusive<u8>) -> Class {
    Class {
        number,
        band,
        width,
        secondary,
        primaries,
    }
}

/// The classes of the three bands; where two overlap, the one that is meant comes first.
const CLASSES: [Class; 25] = {
    use Band::{Ghz2, Ghz5, Ghz6};
    use Secondary::{Above, Any, Below};
    use Width::{Mhz20, Mhz40, Mhz80, Mhz80Plus80, Mhz160};
    [
        row(81, Ghz2, Mhz20, Any, 1..=13),
        row(82, Ghz2, Mhz20, Any, 14..=14),
        row(83, Ghz2, Mhz40, Above, 1..=9),
        row(84, Ghz2, Mhz40, Below, 5..=13),
        row(115, Ghz5, Mhz20, Any, 36..=48),
        row(116, Ghz5, Mhz40, Above, 36..=44),
        row(117, Ghz5, Mhz40, Below, 40..=48),
        row(118, Ghz5, Mhz20, Any, 52..=64),
        row(119, Ghz5, Mhz40, Above, 52..=60),
        row(120, Ghz5, Mhz40, Below, 56..=64),
        row(121, Ghz5, Mhz20, Any, 100..=144),
        row(122, Ghz5, Mhz40, Above, 100..=140),
        row(123, Ghz5, Mhz40, Below, 104..=144),
        row(124, Ghz5, Mhz20, Any, 149..=161),
        row(125, Ghz5, Mhz20, Any, 149..=177),
        row(126, Ghz5, Mhz40, Above, 149..=173),
        row(127, Ghz5, Mhz40, Below, 153..=177),
        row(128, Ghz5, Mhz80, Any, 36..=177),
        row(129, Ghz5, Mhz160, Any, 36..=177),
        row(130, Ghz5, Mhz80Plus80, Any, 36..=177),
        row(131, Ghz6, Mhz20, Any, 1..=233),
        row(132, Ghz6, Mhz40, Any, 1..=233),
        row(133, Ghz6, Mhz80, Any, 1..=233),
        row(134, Ghz6, Mhz160, Any, 1..=233),
        row(135, Ghz6, Mhz80Plus80, Any, 1..=233),
    ]
};

fn class(number: u8) -> Option<&'static Class> {
    CLASSES.iter().find(|class| class.number == number)
}

/// Band and number of the channel with this centre in MHz.
fn number(center: u16) -> Option<(Band, u8)> {
    let (band, offset) = match center {
        2484 => return Some((Band::Ghz2, 14)),
        2412..=2472 => (Band::Ghz2, center - 2407),
        5955..=7115 => (Band::Ghz6, center - 5950),
        5180..=5885 => (Band::Ghz5, center - 5000),
        _ => return None,
    };
    match offset % 5 {
        0 => Some((band, u8::try_from(offset / 5).ok()?)),
        _ => None,
    }
}

/// The centre in MHz of the channel of this number: the inverse of [`number`].
fn center(band: Band, number: u8) -> u16 {
    match (band, number) {
        (Band::Ghz2, 14) => 2484,
        (Band::Ghz2, _) => 2407 + 5 * u16::from(number),
        (Band::Ghz5, _) => 5000 + 5 * u16::from(number),
        (Band::Ghz6, _) => 5950 + 5 * u16::from(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oci(operating_class: u8, primary_channel: u8, frequency_segment_1: u8) -> Oci {
        Oci {
            operating_class,
            primary_channel,
            frequency_segment_1,
        }
    }

    /// IEEE 802.11-2020, Table E-4.
    #[test]
    fn frequencies_and_width_make_an_operating_class() {
        let cases = [
            (2412, Width::Mhz20, 2412, None, Some(oci(81, 1, 0))),
            (2484, Width::Mhz20, 2484, None, Some(oci(82, 14, 0))),
            (2437, Width::Mhz40, 2447, None, Some(oci(83, 6, 0))),
            (2437, Width::Mhz40, 2427, None, Some(oci(84, 6, 0))),
            (5180, Width::Mhz20, 5180, None, Some(oci(115, 36, 0))),
            (5260, Width::Mhz40, 5270, None, Some(oci(119, 52, 0))),
            (5825, Width::Mhz20, 5825, None, Some(oci(125, 165, 0))),
            (5180, Width::Mhz80, 5210, None, Some(oci(128, 36, 0))),
            (5180, Width::Mhz160, 5250, None, Some(oci(129, 36, 0))),
            (5180, Width::Mhz80Plus80, 5210, Some(5775), Some(oci(130, 36, 155))),
            (5955, Width::Mhz20, 5955, None, Some(oci(131, 1, 0))),
            (2413, Width::Mhz20, 2413, None, None),
            (2412, Width::Mhz80, 2442, None, None),
            (900, Width::Mhz20, 900, None, None),
        ];
        for (primary, width, center, segment, expected) in cases {
            assert_eq!(
                Oci::of_frequencies(primary, width, center, segment),
                expected,
                "{primary} {width:?}"
            );
        }
    }

    #[test]
    fn a_primary_channel_has_the_frequency_that_makes_it() {
        for (class, channel, frequency) in [
            (81, 1, Some(2412)),
            (81, 13, Some(2472)),
            (82, 14, Some(2484)),
            (84, 6, Some(2437)),
            (115, 36, Some(5180)),
            (125, 165, Some(5825)),
            (130, 36, Some(5180)),
            (131, 1, Some(5955)),
            (81, 14, None),
            (81, 0, None),
            (12, 6, None),
        ] {
            assert_eq!(
                oci(class, channel, 0).primary_frequency(),
                frequency,
                "{class} {channel}"
            );
        }
        for center in 2400..=7200 {
            if let Some(made) = Oci::of_frequencies(center, Width::Mhz20, center, None) {
                assert_eq!(made.primary_frequency(), Some(center));
            }
        }
    }

    #[test]
    fn a_channel_admits_what_is_sent_on_its_primary_channel_and_is_no_wider() {
        assert!(oci(81, 6, 0).admits(&oci(81, 6, 0)));
        assert!(
            oci(83, 6, 0).admits(&oci(81, 6, 0)),
            "a station of 20 MHz at an access point of 40"
        );
        assert!(!oci(81, 6, 0).admits(&oci(83, 6, 0)), "too narrow");
        assert!(!oci(84, 6, 0).admits(&oci(83, 6, 0)), "on the other side");
        assert!(!oci(81, 11, 0).admits(&oci(81, 6, 0)), "another channel");
        assert!(!oci(131, 1, 0).admits(&oci(81, 1, 0)), "another band");
        assert!(oci(128, 36, 0).admits(&oci(116, 36, 0)));
        assert!(!oci(130, 36, 155).admits(&oci(130, 36, 106)), "another second segment");
        assert!(oci(125, 149, 0).admits(&oci(124, 149, 0)), "two classes of one channel");
        assert!(oci(7, 6, 0).admits(&oci(7, 6, 0)) && !oci(7, 6, 0).admits(&oci(81, 6, 0)));
    }

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
