//! Questions to the user, notifications, and virtual stations.

#![allow(unsafe_code)]

use crate::abi::memory::{octets, read};
use crate::abi::{
    DOT11_SSID, DOT11EXT_IHV_CONNECTION_PHASE, DOT11EXT_IHV_UI_REQUEST, DOT11EXT_PSK_MAX_LENGTH,
    DOT11EXT_VIRTUAL_STATION_AP_PROPERTY, L2_NOTIFICATION_DATA, connection_phase_any,
    connection_phase_initial_connection, connection_phase_post_l3_connection,
};
use crate::{
    AuthAlgorithm, CipherAlgorithm, ConnectionPhase, Notification, UiRequest, VirtualStationApProperties, Win32Error,
};
use zeroize::Zeroizing;

/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for a number that names none.
pub(crate) fn phase(number: DOT11EXT_IHV_CONNECTION_PHASE) -> Result<ConnectionPhase, Win32Error> {
    match number {
        connection_phase_any => Ok(ConnectionPhase::Any),
        connection_phase_initial_connection => Ok(ConnectionPhase::Initial),
        connection_phase_post_l3_connection => Ok(ConnectionPhase::PostConnect),
        _ => Err(Win32Error::INVALID_PARAMETER),
    }
}

/// The number of a phase.
pub(crate) fn phase_number(phase: ConnectionPhase) -> DOT11EXT_IHV_CONNECTION_PHASE {
    match phase {
        ConnectionPhase::Any => connection_phase_any,
        ConnectionPhase::Initial => connection_phase_initial_connection,
        ConnectionPhase::PostConnect => connection_phase_post_l3_connection,
    }
}

/// Reads a question.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for null.
///
/// # Safety
/// `pointer` is null, or everything that it leads to is there.
pub(crate) unsafe fn ui_request(pointer: *const DOT11EXT_IHV_UI_REQUEST) -> Result<UiRequest, Win32Error> {
    // SAFETY: the caller vouches for all of it.
    unsafe {
        let found = read(pointer)?;
        Ok(UiRequest {
            session_id: found.dwSessionId,
            id: found.guidUIRequest.into(),
            page: found.UIPageClsid.into(),
            data: octets(found.pvUIRequest, found.dwByteCount)?.to_vec(),
        })
    }
}

/// A question, for the other side; it points to `data`.
pub(crate) fn ui_request_record(request: &UiRequest, data: *mut u8) -> DOT11EXT_IHV_UI_REQUEST {
    DOT11EXT_IHV_UI_REQUEST {
        dwSessionId: request.session_id,
        guidUIRequest: request.id.into(),
        UIPageClsid: request.page.into(),
        dwByteCount: u32::try_from(request.data.len()).unwrap_or(u32::MAX),
        pvUIRequest: data,
    }
}

/// Reads a notification.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for null.
///
/// # Safety
/// `pointer` is null, or everything that it leads to is there.
pub(crate) unsafe fn notification(pointer: *const L2_NOTIFICATION_DATA) -> Result<Notification, Win32Error> {
    // SAFETY: the caller vouches for all of it.
    unsafe {
        let found = read(pointer)?;
        Ok(Notification {
            source: found.NotificationSource,
            code: found.NotificationCode,
            interface: found.InterfaceGuid.into(),
            data: octets(found.pData.cast(), found.dwDataSize)?.to_vec(),
        })
    }
}

/// A notification, for the other side; it points into `notification`.
pub(crate) fn notification_record(notification: &mut Notification) -> L2_NOTIFICATION_DATA {
    L2_NOTIFICATION_DATA {
        NotificationSource: notification.source,
        NotificationCode: notification.code,
        InterfaceGuid: notification.interface.into(),
        dwDataSize: u32::try_from(notification.data.len()).unwrap_or(u32::MAX),
        pData: notification.data.as_mut_ptr().cast(),
    }
}

/// Reads the access point that a virtual station is to be.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for a name or a key that is longer than its array.
pub(crate) fn ap_properties(
    property: &DOT11EXT_VIRTUAL_STATION_AP_PROPERTY,
) -> Result<VirtualStationApProperties, Win32Error> {
    let ssid = property.dot11SSID.ucSSID.get(..property.dot11SSID.uSSIDLength as usize);
    let key = property.ucKeyData.get(..property.dwKeyLength as usize);
    Ok(VirtualStationApProperties {
        ssid: ssid.ok_or(Win32Error::INVALID_PARAMETER)?.to_vec(),
        auth: AuthAlgorithm(property.dot11AuthAlgo),
        cipher: CipherAlgorithm(property.dot11CipherAlgo),
        is_passphrase: property.bIsPassPhrase != 0,
        key: Zeroizing::new(key.ok_or(Win32Error::INVALID_PARAMETER)?.to_vec()),
    })
}

/// The access point that a virtual station is to be, for the other side.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for a name or a key that is longer than its array.
pub(crate) fn ap_property(
    properties: &VirtualStationApProperties,
) -> Result<DOT11EXT_VIRTUAL_STATION_AP_PROPERTY, Win32Error> {
    let (mut ssid, mut key) = (DOT11_SSID::default(), [0; DOT11EXT_PSK_MAX_LENGTH]);
    let name = ssid.ucSSID.get_mut(..properties.ssid.len());
    name.ok_or(Win32Error::INVALID_PARAMETER)?
        .copy_from_slice(&properties.ssid);
    let room = key.get_mut(..properties.key.len());
    room.ok_or(Win32Error::INVALID_PARAMETER)?
        .copy_from_slice(&properties.key);
    ssid.uSSIDLength = u32::try_from(properties.ssid.len()).unwrap_or_default();
    Ok(DOT11EXT_VIRTUAL_STATION_AP_PROPERTY {
        dot11SSID: ssid,
        dot11AuthAlgo: properties.auth.0,
        dot11CipherAlgo: properties.cipher.0,
        bIsPassPhrase: properties.is_passphrase.into(),
        dwKeyLength: u32::try_from(properties.key.len()).unwrap_or_default(),
        ucKeyData: key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Guid;

    #[test]
    fn a_question_survives_the_way_there_and_back() {
        let mut sent = UiRequest {
            session_id: 1,
            id: Guid(2),
            page: Guid(3),
            data: b"who are you?".to_vec(),
        };
        let data = sent.data.as_mut_ptr();
        // SAFETY: the data lives.
        assert_eq!(unsafe { ui_request(&ui_request_record(&sent, data)) }, Ok(sent));
    }

    #[test]
    fn a_notification_survives_the_way_there_and_back() {
        let mut sent = Notification {
            source: 0x40,
            code: 1,
            interface: Guid(2),
            data: b"something".to_vec(),
        };
        let record = notification_record(&mut sent);
        // SAFETY: the data lives.
        assert_eq!(unsafe { notification(&record) }, Ok(sent));
    }

    #[test]
    fn an_access_point_survives_the_way_there_and_back() {
        let mut property = ap_property(&VirtualStationApProperties {
            ssid: b"hosted".to_vec(),
            auth: AuthAlgorithm(7),
            cipher: CipherAlgorithm(4),
            is_passphrase: true,
            key: Zeroizing::new(b"correct horse".to_vec()),
        })
        .unwrap();
        let read = ap_properties(&property).map_err(|_| "refused").unwrap();
        assert_eq!(
            (&*read.ssid, &**read.key, read.is_passphrase),
            (&b"hosted"[..], &b"correct horse"[..], true)
        );
        property.dwKeyLength = 65;
        assert!(ap_properties(&property).is_err());
    }

    #[test]
    fn a_phase_has_its_number() {
        for named in [
            ConnectionPhase::Any,
            ConnectionPhase::Initial,
            ConnectionPhase::PostConnect,
        ] {
            assert_eq!(phase(phase_number(named)), Ok(named));
        }
        assert_eq!(phase(3), Err(Win32Error::INVALID_PARAMETER));
    }
}
