//! Associations and their ports.

use super::{header, put_header};
use crate::abi::record::{Fields, Record};
use crate::abi::{
    DOT11_ASSOCIATION_COMPLETION_PARAMETERS as Parameters, DOT11_ASSOCIATION_COMPLETION_PARAMETERS_REVISION_2,
    DOT11_DS_UNKNOWN, DOT11_PORT_STATE, FALSE,
};
use crate::{AssociationParameters, AssociationStatus, AuthAlgorithm, CipherAlgorithm, PortState, Win32Error};
use core::mem::offset_of;
use frame::MacAddress;

/// Where each revision ends, octets.
const SIZES: [usize; 2] = [offset_of!(Parameters, MulticastMgmtCipher), size_of::<Parameters>()];

/// Reads the parameters of an association from their buffer.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for a header that is none, or a frame outside the buffer.
pub(crate) fn association(octets: &[u8]) -> Result<AssociationParameters<'_>, Win32Error> {
    let fields = Fields(octets);
    let revision = header(fields, &SIZES)?;
    let part = |offset, size| fields.part(offset, size);
    let multicast_management_cipher = match revision {
        1 => CipherAlgorithm::NONE,
        _ => CipherAlgorithm(fields.u32(offset_of!(Parameters, MulticastMgmtCipher))?),
    };
    Ok(AssociationParameters {
        peer: MacAddress(fields.array(offset_of!(Parameters, MacAddr))?),
        status: AssociationStatus(fields.u32(offset_of!(Parameters, uStatus))?),
        reassociation: fields.u8(offset_of!(Parameters, bReAssocReq))? != 0,
        request: part(
            offset_of!(Parameters, uAssocReqOffset),
            offset_of!(Parameters, uAssocReqSize),
        )?,
        response: part(
            offset_of!(Parameters, uAssocRespOffset),
            offset_of!(Parameters, uAssocRespSize),
        )?,
        beacon: part(
            offset_of!(Parameters, uBeaconOffset),
            offset_of!(Parameters, uBeaconSize),
        )?,
        ihv_data: part(
            offset_of!(Parameters, uIHVDataOffset),
            offset_of!(Parameters, uIHVDataSize),
        )?,
        auth: AuthAlgorithm(fields.u32(offset_of!(Parameters, AuthAlgo))?),
        unicast_cipher: CipherAlgorithm(fields.u32(offset_of!(Parameters, UnicastCipher))?),
        multicast_cipher: CipherAlgorithm(fields.u32(offset_of!(Parameters, MulticastCipher))?),
        multicast_management_cipher,
        // The structure has no place for it.
        channel: None,
        port_authorized: fields.u8(offset_of!(Parameters, bPortAuthorized))? != 0,
    })
}

/// The parameters of an association with its frames behind them, of revision 2.
pub(crate) fn association_record(parameters: &AssociationParameters<'_>) -> Record {
    let parts = [
        (
            offset_of!(Parameters, uAssocReqOffset),
            offset_of!(Parameters, uAssocReqSize),
            parameters.request,
        ),
        (
            offset_of!(Parameters, uAssocRespOffset),
            offset_of!(Parameters, uAssocRespSize),
            parameters.response,
        ),
        (
            offset_of!(Parameters, uBeaconOffset),
            offset_of!(Parameters, uBeaconSize),
            parameters.beacon,
        ),
        (
            offset_of!(Parameters, uIHVDataOffset),
            offset_of!(Parameters, uIHVDataSize),
            parameters.ihv_data,
        ),
    ];
    let total: usize = parts.iter().map(|(_, _, octets)| octets.len()).sum();
    let mut record = Record::new(size_of::<Parameters>() + total);
    put_header(
        &mut record,
        DOT11_ASSOCIATION_COMPLETION_PARAMETERS_REVISION_2,
        size_of::<Parameters>(),
    );
    record.put(offset_of!(Parameters, MacAddr), &parameters.peer.0);
    record.put_u32(offset_of!(Parameters, uStatus), parameters.status.0);
    let reassociation = u8::from(parameters.reassociation);
    record.put(offset_of!(Parameters, bReAssocReq), &[reassociation]);
    record.put(offset_of!(Parameters, bReAssocResp), &[reassociation]);
    record.put_u32(offset_of!(Parameters, AuthAlgo), parameters.auth.0);
    record.put_u32(offset_of!(Parameters, UnicastCipher), parameters.unicast_cipher.0);
    record.put_u32(offset_of!(Parameters, MulticastCipher), parameters.multicast_cipher.0);
    record.put(
        offset_of!(Parameters, bPortAuthorized),
        &[u8::from(parameters.port_authorized)],
    );
    record.put_u32(offset_of!(Parameters, DSInfo), DOT11_DS_UNKNOWN);
    record.put_u32(
        offset_of!(Parameters, MulticastMgmtCipher),
        parameters.multicast_management_cipher.0,
    );
    let mut end = size_of::<Parameters>();
    for (offset, size, octets) in parts {
        // Frames are far shorter than four gigabytes.
        record.put_u32(offset, u32::try_from(end).unwrap_or(u32::MAX));
        record.put_u32(size, u32::try_from(octets.len()).unwrap_or(u32::MAX));
        record.put(end, octets);
        end += octets.len();
    }
    record
}

/// The state of a port.
pub(crate) fn port_state(port: &DOT11_PORT_STATE) -> PortState {
    PortState {
        peer: MacAddress(port.PeerMacAddress),
        session_id: port.uSessionId,
        controlled: port.bPortControlled != FALSE,
        authorized: port.bPortAuthorized != FALSE,
    }
}

/// The state of a port, for the other side.
pub(crate) fn port_state_record(port: &PortState) -> DOT11_PORT_STATE {
    DOT11_PORT_STATE {
        PeerMacAddress: port.peer.0,
        uSessionId: port.session_id,
        bPortControlled: port.controlled.into(),
        bPortAuthorized: port.authorized.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parameters() -> AssociationParameters<'static> {
        AssociationParameters {
            peer: MacAddress([2, 0, 0, 0, 0, 1]),
            status: AssociationStatus::SUCCESS,
            reassociation: true,
            request: b"request",
            response: b"the response",
            beacon: b"",
            ihv_data: b"driver",
            auth: AuthAlgorithm(7),
            unicast_cipher: CipherAlgorithm(4),
            multicast_cipher: CipherAlgorithm(2),
            multicast_management_cipher: CipherAlgorithm(6),
            channel: None,
            port_authorized: true,
        }
    }

    fn show(parameters: &AssociationParameters<'_>) -> String {
        format!("{parameters:?}")
    }

    #[test]
    fn an_association_survives_the_way_there_and_back() {
        let record = association_record(&parameters());
        assert_eq!(show(&association(record.octets()).unwrap()), show(&parameters()));
    }

    #[test]
    fn revision_1_has_no_cipher_for_management_frames() {
        let mut record = association_record(&parameters());
        put_header(&mut record, 1, SIZES[0]);
        let read = association(record.octets()).unwrap();
        assert_eq!(read.multicast_management_cipher, CipherAlgorithm::NONE);
    }

    #[test]
    fn a_short_buffer_is_refused_wherever_it_ends() {
        let record = association_record(&parameters());
        let octets = record.octets();
        for end in 0..octets.len() {
            assert!(association(&octets[..end]).is_err(), "{end} octets");
        }
    }

    #[test]
    fn a_port_survives_the_way_there_and_back() {
        let port = PortState {
            peer: MacAddress([2; 6]),
            session_id: 77,
            controlled: true,
            authorized: false,
        };
        assert_eq!(port_state(&port_state_record(&port)), port);
    }

    proptest! {
        #[test]
        fn no_octets_are_read_that_are_not_there(at in 0..92_usize, octet: u8) {
            let record = association_record(&parameters());
            let mut octets = record.octets().to_vec();
            octets[at] = octet;
            if let Ok(read) = association(&octets) {
                prop_assert!(read.request.len() <= octets.len());
            }
        }
    }
}
