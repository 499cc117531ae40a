//! The host's functions as functions of C.
//!
//! In all of them the extension vouches for its pointers: each is null, or it leads to what its type and the lengths
//! beside it say, for the length of the call.

#![allow(unsafe_code)]

use super::lender::{ask_host, complete_on_host, facts, note_down, note_later, on_host, send_on_host, strike_out};
use super::memory;
use crate::abi::convert::{
    ap_properties, attributes, default_key, default_key_length, direction, handling, mapping_key, mapping_key_length,
    notification, ui_request,
};
use crate::abi::memory::{list, number, octets, read, text, write};
use crate::abi::{
    BOOL, DOT11_CIPHER_DEFAULT_KEY_VALUE, DOT11_CIPHER_KEY_MAPPING_KEY_VALUE, DOT11_DIRECTION, DOT11_MAC_ADDRESS,
    DOT11_PRIVACY_EXEMPTION, DOT11EXT_APIS, DOT11EXT_IHV_CONNECTIVITY_PROFILE, DOT11EXT_IHV_SECURITY_PROFILE,
    DOT11EXT_IHV_UI_REQUEST, DOT11EXT_VIRTUAL_STATION_AP_PROPERTY, DOT11EXT_VIRTUAL_STATION_APIS, DWORD,
    EAP_ATTRIBUTES, FACTS_REQUEST, FALSE, GUID, HANDLE, L2_NOTIFICATION_DATA, LPVOID, ULONG, USHORT,
};
use crate::{
    AuthAlgorithm, CipherAlgorithm, ConnectSession, ConnectivityProfile, Reason, SecurityProfile, SecuritySession,
    SendCompletion, Win32Error,
};
use core::mem::offset_of;
use core::ptr;
use frame::MacAddress;

fn code(result: Result<(), Win32Error>) -> DWORD {
    Win32Error::of(result).0
}

/// The functions that every extension gets.
pub(super) const APIS: DOT11EXT_APIS = DOT11EXT_APIS {
    Dot11ExtAllocateBuffer: Some(allocate_buffer),
    Dot11ExtFreeBuffer: Some(free_buffer),
    Dot11ExtSetProfileCustomUserData: Some(set_profile_custom_user_data),
    Dot11ExtGetProfileCustomUserData: Some(get_profile_custom_user_data),
    Dot11ExtSetCurrentProfile: Some(set_current_profile),
    Dot11ExtSendUIRequest: Some(send_ui_request),
    Dot11ExtPreAssociateCompletion: Some(pre_associate_completion),
    Dot11ExtPostAssociateCompletion: Some(post_associate_completion),
    Dot11ExtSendNotification: Some(send_notification),
    Dot11ExtSendPacket: Some(send_packet),
    Dot11ExtSetEtherTypeHandling: Some(set_ethertype_handling),
    Dot11ExtSetAuthAlgorithm: Some(set_auth_algorithm),
    Dot11ExtSetUnicastCipherAlgorithm: Some(set_unicast_cipher_algorithm),
    Dot11ExtSetMulticastCipherAlgorithm: Some(set_multicast_cipher_algorithm),
    Dot11ExtSetDefaultKey: Some(set_default_key),
    Dot11ExtSetKeyMappingKey: Some(set_key_mapping_key),
    Dot11ExtSetDefaultKeyId: Some(set_default_key_id),
    Dot11ExtNicSpecificExtension: Some(nic_specific_extension),
    Dot11ExtSetExcludeUnencrypted: Some(set_exclude_unencrypted),
    Dot11ExtStartOneX: Some(start_onex),
    Dot11ExtStopOneX: Some(stop_onex),
    Dot11ExtProcessOneXPacket: Some(process_onex_packet),
};

/// The functions for an extension that knows virtual stations.
pub(super) const VIRTUAL_STATION_APIS: DOT11EXT_VIRTUAL_STATION_APIS = DOT11EXT_VIRTUAL_STATION_APIS {
    Dot11ExtRequestVirtualStation: Some(request_virtual_station),
    Dot11ExtReleaseVirtualStation: Some(release_virtual_station),
    Dot11ExtQueryVirtualStationProperties: Some(query_virtual_station_properties),
    Dot11ExtSetVirtualStationAPProperties: Some(set_virtual_station_ap_properties),
};

unsafe extern "system" fn allocate_buffer(length: DWORD, memory: *mut LPVOID) -> DWORD {
    let allocate = || {
        // SAFETY: see the module.
        unsafe { write(memory, ptr::null_mut()) }?;
        let (lent, loaned) = memory::lend(length, || note_down(length))?;
        if !loaned.noted {
            note_later(length, move |note| memory::attach(loaned, note));
        }
        // SAFETY: see the module.
        unsafe { write(memory, lent) }
    };
    code(allocate())
}

unsafe extern "system" fn free_buffer(memory: LPVOID) {
    if let Some(note) = memory::take(memory) {
        strike_out(note);
    }
}

unsafe extern "system" fn set_profile_custom_user_data(
    adapter: HANDLE,
    session: HANDLE,
    user: DWORD,
    length: DWORD,
    data: LPVOID,
) -> DWORD {
    // SAFETY: see the module.
    let data = unsafe { octets(data.cast(), length) }.map(<[u8]>::to_vec);
    let session = ConnectSession(number(session));
    code(data.and_then(|data| {
        on_host(adapter, move |host, adapter| {
            host.set_profile_custom_user_data(adapter, session, user, &data)
        })
    }))
}

unsafe extern "system" fn get_profile_custom_user_data(
    adapter: HANDLE,
    session: HANDLE,
    user: DWORD,
    length: *mut DWORD,
    data: *mut LPVOID,
) -> DWORD {
    let session = ConnectSession(number(session));
    let get = || {
        // SAFETY: see the module.
        unsafe {
            write(length, 0)?;
            write(data, ptr::null_mut())?;
        }
        let kept = ask_host(adapter, move |host, adapter| {
            host.profile_custom_user_data(adapter, session, user)
        })?;
        let count = u32::try_from(kept.len()).map_err(|_| Win32Error::INTERNAL_ERROR)?;
        let mut memory = ptr::null_mut();
        // SAFETY: see the module; the memory has just been lent, and has room.
        unsafe {
            match allocate_buffer(count, &raw mut memory) {
                0 => ptr::copy_nonoverlapping(kept.as_ptr(), memory.cast(), kept.len()),
                error => return Err(Win32Error(error)),
            }
            write(length, count)?;
            write(data, memory)
        }
    };
    code(get())
}

unsafe extern "system" fn set_current_profile(
    adapter: HANDLE,
    session: HANDLE,
    connectivity: *mut DOT11EXT_IHV_CONNECTIVITY_PROFILE,
    security: *mut DOT11EXT_IHV_SECURITY_PROFILE,
) -> DWORD {
    let session = ConnectSession(number(session));
    // SAFETY: see the module.
    let profiles = || unsafe {
        let connectivity = text(read(connectivity)?.pszXmlFragmentIhvConnectivity)?;
        let found = read(security)?;
        let security = SecurityProfile {
            xml: text(found.pszXmlFragmentIhvSecurity)?,
            use_onex: found.bUseMSOnex != FALSE,
        };
        let connectivity = ConnectivityProfile {
            xml: connectivity.to_string(),
        };
        Ok((connectivity, security))
    };
    code(profiles().and_then(|(connectivity, security)| {
        on_host(adapter, move |host, adapter| {
            host.set_current_profile(adapter, session, &connectivity, &security)
        })
    }))
}

unsafe extern "system" fn send_ui_request(adapter: HANDLE, request: *mut DOT11EXT_IHV_UI_REQUEST) -> DWORD {
    // SAFETY: see the module.
    let request = unsafe { ui_request(request) };
    code(request.and_then(|request| on_host(adapter, move |host, adapter| host.send_ui_request(adapter, &request))))
}

unsafe extern "system" fn pre_associate_completion(
    adapter: HANDLE,
    session: HANDLE,
    reason: DWORD,
    error: DWORD,
) -> DWORD {
    let session = ConnectSession(number(session));
    let outcome = (Reason(reason), Win32Error(error));
    code(complete_on_host(
        adapter,
        outcome,
        move |host, adapter, reason, error| host.pre_associate_completion(adapter, session, reason, error),
    ))
}

unsafe extern "system" fn post_associate_completion(
    adapter: HANDLE,
    session: HANDLE,
    peer: *mut DOT11_MAC_ADDRESS,
    reason: DWORD,
    error: DWORD,
) -> DWORD {
    let session = SecuritySession(number(session));
    // SAFETY: see the module.
    let peer = unsafe { read(peer) }.map(MacAddress);
    let outcome = (Reason(reason), Win32Error(error));
    code(peer.and_then(|peer| {
        complete_on_host(adapter, outcome, move |host, adapter, reason, error| {
            host.post_associate_completion(adapter, session, peer, reason, error)
        })
    }))
}

unsafe extern "system" fn send_notification(adapter: HANDLE, data: *mut L2_NOTIFICATION_DATA) -> DWORD {
    // SAFETY: see the module.
    let notification = unsafe { notification(data) };
    code(notification.and_then(|notification| {
        on_host(adapter, move |host, adapter| {
            host.send_notification(adapter, notification)
        })
    }))
}

unsafe extern "system" fn send_packet(adapter: HANDLE, length: ULONG, buffer: LPVOID, completion: HANDLE) -> DWORD {
    // SAFETY: see the module.
    let octets = unsafe { octets(buffer.cast(), length) };
    code(octets.and_then(|octets| send_on_host(adapter, octets, SendCompletion(number(completion)))))
}

unsafe extern "system" fn set_ethertype_handling(
    adapter: HANDLE,
    max_backlog: ULONG,
    exemption_count: ULONG,
    exemptions: *mut DOT11_PRIVACY_EXEMPTION,
    registration_count: ULONG,
    registrations: *mut USHORT,
) -> DWORD {
    // SAFETY: see the module.
    let wanted = || unsafe {
        let exemptions = list(exemptions, exemption_count)?;
        handling(max_backlog, &exemptions, &list(registrations, registration_count)?)
    };
    code(wanted().and_then(|handling| {
        on_host(adapter, move |host, adapter| {
            host.set_ethertype_handling(adapter, handling)
        })
    }))
}

unsafe extern "system" fn set_auth_algorithm(adapter: HANDLE, algorithm: DWORD) -> DWORD {
    code(on_host(adapter, move |host, adapter| {
        host.set_auth_algorithm(adapter, AuthAlgorithm(algorithm))
    }))
}

unsafe extern "system" fn set_unicast_cipher_algorithm(adapter: HANDLE, cipher: DWORD) -> DWORD {
    code(on_host(adapter, move |host, adapter| {
        host.set_unicast_cipher_algorithm(adapter, CipherAlgorithm(cipher))
    }))
}

unsafe extern "system" fn set_multicast_cipher_algorithm(adapter: HANDLE, cipher: DWORD) -> DWORD {
    code(on_host(adapter, move |host, adapter| {
        host.set_multicast_cipher_algorithm(adapter, CipherAlgorithm(cipher))
    }))
}

/// The octets of a structure that ends with its key, which begins at `begin` and is as long as `length` finds in what
/// stands before it.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for null; what `length` says.
///
/// # Safety
/// `pointer` is null, or the structure is there with its key.
unsafe fn with_key<'a, T>(
    pointer: *const T,
    begin: usize,
    length: impl FnOnce(&[u8]) -> Result<usize, Win32Error>,
) -> Result<&'a [u8], Win32Error> {
    if pointer.is_null() {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    let count = |octets| u32::try_from(octets).map_err(|_| Win32Error::INVALID_PARAMETER);
    // SAFETY: the caller vouches for the structure, and, once that was found to be one, for the key that it speaks of.
    unsafe {
        let key = length(octets(pointer.cast(), count(begin)?)?)?;
        octets(pointer.cast(), count(begin + key)?)
    }
}

unsafe extern "system" fn set_default_key(
    adapter: HANDLE,
    key: *mut DOT11_CIPHER_DEFAULT_KEY_VALUE,
    way: DOT11_DIRECTION,
) -> DWORD {
    let begin = offset_of!(DOT11_CIPHER_DEFAULT_KEY_VALUE, ucKey);
    // SAFETY: see the module.
    let key = unsafe { with_key(key, begin, default_key_length) }.and_then(default_key);
    code(key.and_then(|key| {
        let way = direction(way)?;
        on_host(adapter, move |host, adapter| host.set_default_key(adapter, key, way))
    }))
}

unsafe extern "system" fn set_key_mapping_key(adapter: HANDLE, key: *mut DOT11_CIPHER_KEY_MAPPING_KEY_VALUE) -> DWORD {
    let begin = offset_of!(DOT11_CIPHER_KEY_MAPPING_KEY_VALUE, ucKey);
    // SAFETY: see the module.
    let key = unsafe { with_key(key, begin, mapping_key_length) }.and_then(mapping_key);
    code(key.and_then(|key| on_host(adapter, move |host, adapter| host.set_key_mapping_key(adapter, key))))
}

unsafe extern "system" fn set_default_key_id(adapter: HANDLE, index: ULONG) -> DWORD {
    code(on_host(adapter, move |host, adapter| {
        host.set_default_key_id(adapter, index)
    }))
}

unsafe extern "system" fn nic_specific_extension(
    adapter: HANDLE,
    length: DWORD,
    input: LPVOID,
    room: *mut DWORD,
    output: LPVOID,
) -> DWORD {
    let ask = || {
        // SAFETY: see the module.
        let (input, size) = unsafe { (octets(input.cast(), length)?, read(room)?) };
        let answer = match *input == FACTS_REQUEST {
            true => facts(adapter)?.to_octets().to_vec(),
            false => {
                let input = input.to_vec();
                ask_host(adapter, move |host, adapter| {
                    host.nic_specific_extension(adapter, &input)
                })?
            }
        };
        let length = u32::try_from(answer.len()).map_err(|_| Win32Error::INTERNAL_ERROR)?;
        // SAFETY: see the module; no more is copied than there is room.
        unsafe {
            write(room, length)?;
            if length > size || (output.is_null() && length > 0) {
                return Err(Win32Error::INSUFFICIENT_BUFFER);
            }
            ptr::copy_nonoverlapping(answer.as_ptr(), output.cast(), answer.len());
        }
        Ok(())
    };
    code(ask())
}

unsafe extern "system" fn set_exclude_unencrypted(adapter: HANDLE, exclude: BOOL) -> DWORD {
    code(on_host(adapter, move |host, adapter| {
        host.set_exclude_unencrypted(adapter, exclude != FALSE)
    }))
}

unsafe extern "system" fn start_onex(adapter: HANDLE, wanted: *mut EAP_ATTRIBUTES) -> DWORD {
    // SAFETY: see the module.
    let wanted = unsafe { attributes(wanted) };
    code(wanted.and_then(|wanted| on_host(adapter, move |host, adapter| host.start_onex(adapter, &wanted))))
}

unsafe extern "system" fn stop_onex(adapter: HANDLE) -> DWORD {
    code(on_host(adapter, |host, adapter| host.stop_onex(adapter)))
}

unsafe extern "system" fn process_onex_packet(adapter: HANDLE, length: DWORD, buffer: LPVOID) -> DWORD {
    // SAFETY: see the module.
    let octets = unsafe { octets(buffer.cast(), length) }.map(<[u8]>::to_vec);
    code(octets.and_then(|octets| on_host(adapter, move |host, adapter| host.process_onex_packet(adapter, &octets))))
}

unsafe extern "system" fn request_virtual_station(primary: HANDLE, _: LPVOID) -> DWORD {
    code(on_host(primary, |host, primary| host.request_virtual_station(primary)))
}

unsafe extern "system" fn release_virtual_station(primary: HANDLE, _: LPVOID) -> DWORD {
    code(on_host(primary, |host, primary| host.release_virtual_station(primary)))
}

unsafe extern "system" fn query_virtual_station_properties(
    adapter: HANDLE,
    is_virtual: *mut BOOL,
    primary: *mut GUID,
    _: LPVOID,
) -> DWORD {
    let query = || {
        let found = ask_host(adapter, |host, adapter| host.query_virtual_station_properties(adapter))?;
        // SAFETY: see the module.
        unsafe {
            write(is_virtual, found.is_virtual.into())?;
            write(primary, found.primary.into())
        }
    };
    code(query())
}

unsafe extern "system" fn set_virtual_station_ap_properties(
    adapter: HANDLE,
    session: HANDLE,
    count: DWORD,
    properties: *mut DOT11EXT_VIRTUAL_STATION_AP_PROPERTY,
    _: LPVOID,
) -> DWORD {
    let session = ConnectSession(number(session));
    let set = || {
        // SAFETY: see the module.
        let found = unsafe { list(properties, count) }?;
        // Of several access points a host of ours could only be one.
        let [property] = &*found else {
            return Err(Win32Error::INVALID_PARAMETER);
        };
        let properties = ap_properties(property)?;
        on_host(adapter, move |host, adapter| {
            host.set_virtual_station_ap_properties(adapter, session, &properties)
        })
    };
    code(set())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::memory::handle;

    /// A group key's structure up to where its key begins, in exactly so many octets: valgrind sees who reads on.
    fn group_key(kind: u8, removes: bool, length: u16) -> Vec<u8> {
        let mut octets = vec![0; offset_of!(DOT11_CIPHER_DEFAULT_KEY_VALUE, ucKey)];
        octets[..3].copy_from_slice(&[kind, 1, 24]);
        octets[offset_of!(DOT11_CIPHER_DEFAULT_KEY_VALUE, bDelete)] = removes.into();
        let at = offset_of!(DOT11_CIPHER_DEFAULT_KEY_VALUE, usKeyLength);
        octets[at..at + 2].copy_from_slice(&length.to_ne_bytes());
        octets
    }

    #[test]
    fn a_keys_structure_is_checked_before_its_key_is_looked_at() {
        // A key that is in order comes as far as to the adapter, of which there is none.
        let nobody = handle(u64::MAX);
        for (kind, removes, length, expected) in [
            (0x80, true, 0, Win32Error::INVALID_HANDLE),
            (0x80, true, 0xffff, Win32Error::INVALID_HANDLE),
            (0x81, false, 0xffff, Win32Error::INVALID_PARAMETER),
            (0x80, false, 0xffff, Win32Error::INVALID_PARAMETER),
        ] {
            let mut octets = group_key(kind, removes, length);
            // SAFETY: everything is there that the structure is believed to say.
            let code = unsafe { set_default_key(nobody, octets.as_mut_ptr().cast(), 3) };
            assert_eq!(Win32Error(code), expected, "{kind:x} {removes} {length}");
        }
        let mut octets = vec![0_u8; offset_of!(DOT11_CIPHER_KEY_MAPPING_KEY_VALUE, ucKey)];
        octets[offset_of!(DOT11_CIPHER_KEY_MAPPING_KEY_VALUE, Direction)] = 3;
        octets[offset_of!(DOT11_CIPHER_KEY_MAPPING_KEY_VALUE, usKeyLength)..].fill(0xff);
        for (removes, expected) in [(1, Win32Error::INVALID_HANDLE), (0, Win32Error::INVALID_PARAMETER)] {
            octets[offset_of!(DOT11_CIPHER_KEY_MAPPING_KEY_VALUE, bDelete)] = removes;
            // SAFETY: as above.
            let code = unsafe { set_key_mapping_key(nobody, octets.as_mut_ptr().cast()) };
            assert_eq!(Win32Error(code), expected, "{removes}");
        }
    }

    #[test]
    fn null_is_no_key() {
        // SAFETY: null is allowed.
        let codes = unsafe {
            [
                set_default_key(handle(1), ptr::null_mut(), 3),
                set_key_mapping_key(handle(1), ptr::null_mut()),
            ]
        };
        assert_eq!(codes, [Win32Error::INVALID_PARAMETER.0; 2]);
    }
}
