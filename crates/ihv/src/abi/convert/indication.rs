//! What an adapter tells unasked.
//!
//! Three indications have no number on the other side: a departure that was not protected, a group key
//! handshake that the adapter did itself, and a switch to another channel.

use super::{header, put_header};
use crate::abi::record::{Fields, Record};
use crate::abi::{
    DOT11_BSSID_CANDIDATE as Candidate, DOT11_INDICATION_PARAMETERS_REVISION_1, DOT11_LINK_QUALITY_ENTRY as Quality,
    DOT11_LINK_QUALITY_PARAMETERS as Qualities, DOT11_PHY_STATE_PARAMETERS as Phy,
    DOT11_PMKID_CANDIDATE_LIST_PARAMETERS as Candidates, DOT11_TKIPMIC_FAILURE_PARAMETERS as MicFailure,
    DOT11EXT_IHV_INDICATION_TYPE, IndicationTypeLinkQuality, IndicationTypeNicSpecificNotification,
    IndicationTypePhyStateChange, IndicationTypePmkidCandidateList, IndicationTypeTkipMicFailure,
};
use crate::{Indication, Win32Error};
use core::mem::offset_of;
use frame::MacAddress;

/// Reads an indication and hands it to `receive`.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for a type without meaning, or a structure that is not of the type; otherwise what
/// `receive` says.
pub(crate) fn indication(
    kind: DOT11EXT_IHV_INDICATION_TYPE,
    octets: &[u8],
    receive: impl FnOnce(Indication<'_>) -> Result<(), Win32Error>,
) -> Result<(), Win32Error> {
    let fields = Fields(octets);
    match kind {
        IndicationTypeNicSpecificNotification => receive(Indication::NicSpecific(octets)),
        IndicationTypePmkidCandidateList => {
            header(fields, &[size_of::<Candidates>()])?;
            let list = fields.rows(
                offset_of!(Candidates, uCandidateListOffset),
                offset_of!(Candidates, uCandidateListSize),
                size_of::<Candidate>(),
            )?;
            let candidates: Vec<_> = list
                .chunks_exact(size_of::<Candidate>())
                .map(|candidate| Fields(candidate).array(offset_of!(Candidate, BSSID)).map(MacAddress))
                .collect::<Result<_, _>>()?;
            receive(Indication::PmkidCandidates(&candidates))
        }
        IndicationTypeTkipMicFailure => {
            header(fields, &[size_of::<MicFailure>()])?;
            receive(Indication::TkipMicFailure {
                peer: MacAddress(fields.array(offset_of!(MicFailure, PeerMac))?),
                group: fields.u8(offset_of!(MicFailure, bDefaultKeyFailure))? != 0,
            })
        }
        IndicationTypePhyStateChange => {
            header(fields, &[size_of::<Phy>()])?;
            let hardware = fields.u8(offset_of!(Phy, bHardwarePhyState))?;
            let software = fields.u8(offset_of!(Phy, bSoftwarePhyState))?;
            receive(Indication::PhyState {
                on: hardware != 0 && software != 0,
            })
        }
        IndicationTypeLinkQuality => {
            header(fields, &[size_of::<Qualities>()])?;
            let list = fields.rows(
                offset_of!(Qualities, uLinkQualityListOffset),
                offset_of!(Qualities, uLinkQualityListSize),
                size_of::<Quality>(),
            )?;
            // A station has one link.
            let quality = Fields(list).u8(offset_of!(Quality, ucLinkQuality))?;
            receive(Indication::LinkQuality(quality.min(100)))
        }
        _ => Err(Win32Error::INVALID_PARAMETER),
    }
}

/// An indication, for the other side, with its number; `None` for one that has none.
pub(crate) fn indication_record(indication: Indication<'_>) -> Option<(DOT11EXT_IHV_INDICATION_TYPE, Record)> {
    let headed = |size: usize, total: usize| {
        let mut record = Record::new(total);
        put_header(&mut record, DOT11_INDICATION_PARAMETERS_REVISION_1, size);
        record
    };
    match indication {
        Indication::NicSpecific(octets) => {
            let mut record = Record::new(octets.len());
            record.put(0, octets);
            Some((IndicationTypeNicSpecificNotification, record))
        }
        Indication::PmkidCandidates(candidates) => {
            let (begin, size) = (size_of::<Candidates>(), candidates.len() * size_of::<Candidate>());
            let mut record = headed(begin, begin + size);
            record.put_u32(offset_of!(Candidates, uCandidateListOffset), u32::try_from(begin).ok()?);
            // Octets, as "NDIS_STATUS_DOT11_PMKID_CANDIDATE_LIST" has it.
            record.put_u32(offset_of!(Candidates, uCandidateListSize), u32::try_from(size).ok()?);
            for (index, candidate) in candidates.iter().enumerate() {
                record.put(
                    begin + index * size_of::<Candidate>() + offset_of!(Candidate, BSSID),
                    &candidate.0,
                );
            }
            Some((IndicationTypePmkidCandidateList, record))
        }
        Indication::TkipMicFailure { peer, group } => {
            let mut record = headed(size_of::<MicFailure>(), size_of::<MicFailure>());
            record.put(offset_of!(MicFailure, bDefaultKeyFailure), &[u8::from(group)]);
            record.put(offset_of!(MicFailure, PeerMac), &peer.0);
            Some((IndicationTypeTkipMicFailure, record))
        }
        Indication::PhyState { on } => {
            let mut record = headed(size_of::<Phy>(), size_of::<Phy>());
            record.put(offset_of!(Phy, bHardwarePhyState), &[u8::from(on)]);
            record.put(offset_of!(Phy, bSoftwarePhyState), &[u8::from(on)]);
            Some((IndicationTypePhyStateChange, record))
        }
        Indication::LinkQuality(quality) => {
            let begin = size_of::<Qualities>();
            let mut record = headed(begin, begin + size_of::<Quality>());
            record.put_u32(
                offset_of!(Qualities, uLinkQualityListOffset),
                u32::try_from(begin).ok()?,
            );
            // Rows, as "NDIS_STATUS_DOT11_LINK_QUALITY" has it.
            record.put_u32(offset_of!(Qualities, uLinkQualityListSize), 1);
            record.put(begin + offset_of!(Quality, ucLinkQuality), &[quality]);
            Some((IndicationTypeLinkQuality, record))
        }
        Indication::UnprotectedDeparture { .. }
        | Indication::GroupRekeyed { .. }
        | Indication::ChannelSwitched { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_indication_with_a_number_survives_the_way_there_and_back() {
        let peer = MacAddress([2; 6]);
        for sent in [
            Indication::NicSpecific(b"octets"),
            Indication::PmkidCandidates(&[peer, MacAddress([4; 6])]),
            Indication::TkipMicFailure { peer, group: true },
            Indication::PhyState { on: true },
            Indication::PhyState { on: false },
            Indication::LinkQuality(77),
        ] {
            let (kind, record) = indication_record(sent).unwrap();
            let mut received = false;
            let result = indication(kind, record.octets(), |read| {
                received = read == sent;
                Ok(())
            });
            assert_eq!(result, Ok(()));
            assert!(received, "{sent:?}");
        }
    }

    /// Their size is that of the rows in what drivers write, and in one of the two pages; octets in the other.
    #[test]
    fn lists_are_read_whichever_way_their_size_is_meant() {
        let (one, other) = (MacAddress([2; 6]), MacAddress([4; 6]));
        for (sent, offset, sizes) in [
            (
                Indication::PmkidCandidates(&[one, other]),
                offset_of!(Candidates, uCandidateListSize),
                [2, 2 * size_of::<Candidate>()],
            ),
            (
                Indication::LinkQuality(77),
                offset_of!(Qualities, uLinkQualityListSize),
                [1, size_of::<Quality>()],
            ),
        ] {
            for size in sizes {
                let (kind, mut record) = indication_record(sent).unwrap();
                record.put_u32(offset, u32::try_from(size).unwrap());
                let mut received = false;
                let result = indication(kind, record.octets(), |read| {
                    received = read == sent;
                    Ok(())
                });
                assert_eq!(result, Ok(()), "{sent:?} with a size of {size}");
                assert!(received, "{sent:?} with a size of {size}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_an_indication_or_an_error(
            kind in 0..6_u32, octets in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let _ = indication(kind, &octets, |_| Ok(()));
        }
    }
}
