//! What a capturing machine puts before and after a frame: the pseudo-headers of the 802.11 link types.
//!
//! Numbers are those of the tcpdump.org registry of link types.

use std::ops::Range;

/// A link type whose packets hold 802.11 or Ethernet frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkType {
    /// 1: Ethernet.
    Ethernet,
    /// 105: 802.11 with nothing before it.
    Dot11,
    /// 119: Prism monitor header.
    Prism,
    /// 127: radiotap.
    Radiotap,
    /// 163: AVS monitor header.
    Avs,
    /// 192: per-packet information.
    Ppi,
}

impl LinkType {
    pub(super) fn of(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Ethernet),
            105 => Some(Self::Dot11),
            119 => Some(Self::Prism),
            127 => Some(Self::Radiotap),
            163 => Some(Self::Avs),
            192 => Some(Self::Ppi),
            _ => None,
        }
    }
}

/// Where the frame lies in a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stripped {
    pub(super) frame: Range<usize>,
    pub(super) ethernet: bool,
    pub(super) bad_fcs: bool,
    /// Octets, counted from the frame's beginning, that the radio put between 802.11 header and body.
    pub(super) padding: Option<Range<usize>>,
}

/// The pseudo-header's account of the frame after it.
struct Header {
    octets: usize,
    fcs: bool,
    bad_fcs: bool,
    padded: bool,
}

impl Header {
    const fn plain(octets: usize) -> Self {
        Self {
            octets,
            fcs: false,
            bad_fcs: false,
            padded: false,
        }
    }
}

/// Finds the frame in a packet. `fcs_octets` is what the file itself says of the FCS, `missing` the number of
/// octets that the snap length cut off. `None` if the pseudo-header is cut off or contradicts itself.
pub(super) fn strip(link_type: LinkType, fcs_octets: Option<usize>, missing: usize, packet: &[u8]) -> Option<Stripped> {
    let header = match link_type {
        LinkType::Ethernet | LinkType::Dot11 => Some(Header::plain(0)),
        LinkType::Prism => prism(packet),
        LinkType::Radiotap => radiotap(packet),
        LinkType::Avs => avs(packet),
        LinkType::Ppi => ppi(packet),
    }?;
    let fcs_octets = match link_type {
        LinkType::Ethernet => 0,
        LinkType::Dot11 => fcs_octets.unwrap_or(0),
        _ if header.fcs => 4,
        _ => 0,
    };
    // A cut packet has lost its FCS first.
    let end = packet.len().checked_sub(fcs_octets.saturating_sub(missing))?;
    let frame = packet.get(header.octets..end)?;
    Some(Stripped {
        frame: header.octets..end,
        ethernet: link_type == LinkType::Ethernet,
        bad_fcs: header.bad_fcs,
        padding: header.padded.then(|| padding(frame)).flatten(),
    })
}

/// Version, pad, length (2, little-endian), then words that say which fields are present: bit 0 is the TSF time
/// (8 octets, aligned), bit 1 the flags (1 octet), bit 31 another such word (radiotap.org).
fn radiotap(packet: &[u8]) -> Option<Header> {
    let [0, _, length @ .., _, _, _, _] = packet.first_chunk::<8>()? else {
        return None;
    };
    let octets = usize::from(u16::from_le_bytes(*length));
    let header = packet.get(..octets)?;
    let (words, _) = header.get(4..)?.as_chunks();
    let mut words = words.iter().map(|word| u32::from_le_bytes(*word));
    let present = words.next()?;
    let mut at = 8;
    if present >> 31 != 0 {
        at += 4 * (words.take_while(|word| word >> 31 != 0).count() + 1);
    }
    if present & 1 != 0 {
        at = at.next_multiple_of(8) + 8;
    }
    let flags = if present & 2 != 0 { *header.get(at)? } else { 0 };
    Some(Header {
        octets,
        fcs: flags & 0x10 != 0,
        bad_fcs: flags & 0x40 != 0,
        padded: flags & 0x20 != 0,
    })
}

/// Message code, message length (4 each, in the byte order of the capturing machine), device name (16). Some
/// drivers put an AVS header under this link type; its version field tells.
fn prism(packet: &[u8]) -> Option<Header> {
    if packet.starts_with(&[0x80, 0x21, 0x10]) {
        return avs(packet);
    }
    let length = *packet.get(4..)?.first_chunk()?;
    let octets = u32::from_le_bytes(length).min(u32::from_be_bytes(length));
    Some(Header::plain(
        usize::try_from(octets).ok().filter(|octets| *octets >= 24)?,
    ))
}

/// Version, length (4 octets each, big-endian).
fn avs(packet: &[u8]) -> Option<Header> {
    let octets = u32::from_be_bytes(*packet.get(4..)?.first_chunk()?);
    Some(Header::plain(
        usize::try_from(octets).ok().filter(|octets| *octets >= 8)?,
    ))
}

/// Version, flags, length (2), link type of the frame (4), then fields: type (2), length (2), data; all
/// little-endian. Field type 2 tells of the FCS.
fn ppi(packet: &[u8]) -> Option<Header> {
    let [0, _, l0, l1, 105, 0, 0, 0] = *packet.first_chunk::<8>()? else {
        return None;
    };
    let octets = usize::from(u16::from_le_bytes([l0, l1]));
    let mut fields = packet.get(8..octets)?;
    let mut flags = 0;
    while let Some((&[t0, t1, l0, l1], rest)) = fields.split_first_chunk::<4>() {
        let data = rest.get(..usize::from(u16::from_le_bytes([l0, l1])))?;
        if (t0, t1) == (2, 0) {
            flags = u16::from_le_bytes(*data.get(8..)?.first_chunk()?);
        }
        fields = rest.get(data.len()..)?;
    }
    Some(Header {
        octets,
        fcs: flags & 1 != 0,
        bad_fcs: flags & 4 != 0,
        padded: false,
    })
}

/// Radios that pad a data header to a multiple of 4 octets leave the padding in the frame.
fn padding(frame: &[u8]) -> Option<Range<usize>> {
    let [kind, flags] = *frame.first_chunk()?;
    let is_data = kind & 0x0c == 0x08;
    let four_addresses = flags & 0x03 == 0x03;
    let is_qos = kind & 0x80 != 0;
    let has_ht_control = is_qos && flags & 0x80 != 0;
    let header: usize =
        24 + if four_addresses { 6 } else { 0 } + if is_qos { 2 } else { 0 } + if has_ht_control { 4 } else { 0 };
    let body = header.next_multiple_of(4);
    (is_data && header != body && body <= frame.len()).then_some(header..body)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: [u8; 6] = [0xd4, 0, 1, 2, 3, 4];

    fn frame_of(link_type: LinkType, packet: &[u8]) -> Option<&[u8]> {
        strip(link_type, None, 0, packet).map(|stripped| &packet[stripped.frame])
    }

    #[test]
    fn radiotap_flags_say_whether_an_fcs_follows_and_whether_it_is_wrong() {
        // TSF and flags present, and two more words that say what else is.
        let mut packet = vec![0, 0, 33, 0, 3, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0];
        packet.extend([9; 8]);
        packet.extend([0x10, 0, 0, 0, 0, 0, 0, 0, 0]);
        packet.extend(FRAME);
        let stripped = strip(LinkType::Radiotap, None, 0, &packet).unwrap();
        assert_eq!(packet[stripped.frame.clone()], FRAME[..2]);
        assert!(!stripped.bad_fcs);
        packet[24] = 0x50;
        assert!(strip(LinkType::Radiotap, None, 0, &packet).unwrap().bad_fcs);
        packet[24] = 0;
        assert_eq!(frame_of(LinkType::Radiotap, &packet), Some(&FRAME[..]));
    }

    #[test]
    fn a_packet_that_was_cut_has_lost_its_fcs_first() {
        let packet = [&[0, 0, 9, 0, 2, 0, 0, 0, 0x10][..], &FRAME].concat();
        let frame = |missing| &packet[strip(LinkType::Radiotap, None, missing, &packet).unwrap().frame];
        assert_eq!(frame(0), &FRAME[..2]);
        assert_eq!(frame(3), &FRAME[..5]);
        assert_eq!(frame(100), &FRAME);
    }

    #[test]
    fn padding_between_header_and_body_is_found() {
        let mut frame = vec![0x88, 0x01];
        frame.extend([0; 24]);
        frame.extend([0xee, 0xee, 0xaa, 0xaa]);
        let packet = [&[0, 0, 9, 0, 2, 0, 0, 0, 0x20][..], &frame].concat();
        assert_eq!(
            strip(LinkType::Radiotap, None, 0, &packet).unwrap().padding,
            Some(26..28)
        );
        frame[0] = 0x80;
        let packet = [&[0, 0, 9, 0, 2, 0, 0, 0, 0x20][..], &frame].concat();
        assert_eq!(
            strip(LinkType::Radiotap, None, 0, &packet).unwrap().padding,
            None,
            "a beacon is not padded"
        );
    }

    #[test]
    fn the_older_headers_tell_their_length() {
        let prism = |length: [u8; 4]| [&[0x44, 0, 0, 0][..], &length, &[0; 136], &FRAME].concat();
        assert_eq!(frame_of(LinkType::Prism, &prism([144, 0, 0, 0])), Some(&FRAME[..]));
        assert_eq!(frame_of(LinkType::Prism, &prism([0, 0, 0, 144])), Some(&FRAME[..]));
        let avs = [&[0x80, 0x21, 0x10, 0x01, 0, 0, 0, 64][..], &[0; 56], &FRAME].concat();
        assert_eq!(frame_of(LinkType::Avs, &avs), Some(&FRAME[..]));
        assert_eq!(frame_of(LinkType::Prism, &avs), Some(&FRAME[..]));
        let ppi = [
            &[0, 0, 32, 0, 105, 0, 0, 0, 2, 0, 20, 0][..],
            &[0; 8],
            &[1, 0],
            &[0; 10],
            &FRAME,
        ]
        .concat();
        assert_eq!(frame_of(LinkType::Ppi, &ppi), Some(&FRAME[..2]));
    }

    #[test]
    fn a_header_that_contradicts_itself_holds_no_frame() {
        for packet in [
            &[0, 0, 7, 0, 0, 0, 0, 0][..],
            &[0, 0, 8, 0, 2, 0, 0, 0],
            &[0, 0, 200, 0, 0, 0, 0, 0],
            &[1, 0, 8, 0, 0, 0, 0, 0],
            &[0, 0, 12, 0, 0, 0, 0, 0x80, 0, 0, 0, 0x80],
            &[],
        ] {
            let expected = if packet.len() == 12 { Some(&[][..]) } else { None };
            assert_eq!(frame_of(LinkType::Radiotap, packet), expected, "{packet:?}");
        }
        assert_eq!(frame_of(LinkType::Ppi, &[0, 0, 12, 0, 105, 0, 0, 0, 2, 0, 20, 0]), None);
        assert_eq!(frame_of(LinkType::Prism, &[0; 8]), None);
    }

    #[test]
    fn the_file_may_tell_of_an_fcs_after_bare_frames() {
        assert_eq!(strip(LinkType::Dot11, Some(4), 0, &FRAME).unwrap().frame, 0..2);
        assert_eq!(strip(LinkType::Dot11, None, 0, &FRAME).unwrap().frame, 0..6);
    }
}
