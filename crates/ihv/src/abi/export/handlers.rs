//! The handlers as functions of C: what comes in is read and checked, what goes out is written.

#![allow(unsafe_code)]

use super::arguments::{bss_list, connectivity_profile, optional_text, security_profile};
use super::discovery;
use super::outside::Outside;
use super::service::{Exported, unharmed};
use crate::abi::convert::{association, indication, onex_result, parameters, phase, port_state, ui_request_record};
use crate::abi::memory::{handle, number, octets, read, write};
use crate::abi::{
    AdapterFacts, BOOL, DOT11_ADAPTER, DOT11_ASSOC_STATUS, DOT11_ASSOCIATION_COMPLETION_PARAMETERS, DOT11_BSS_LIST,
    DOT11_IHV_VERSION_INFO, DOT11_MAC_ADDRESS, DOT11_MSONEX_RESULT, DOT11_MSONEX_RESULT_PARAMS, DOT11_PORT_STATE,
    DOT11EXT_APIS, DOT11EXT_IHV_CONNECTION_PHASE, DOT11EXT_IHV_CONNECTIVITY_PROFILE,
    DOT11EXT_IHV_DISCOVERY_PROFILE_LIST, DOT11EXT_IHV_HANDLERS, DOT11EXT_IHV_INDICATION_TYPE,
    DOT11EXT_IHV_PROFILE_PARAMS, DOT11EXT_IHV_SECURITY_PROFILE, DOT11EXT_IHV_UI_REQUEST, DOT11EXT_VIRTUAL_STATION_APIS,
    DWORD, FALSE, GUID, HANDLE, LPVOID, ULONG, WTSSESSION_NOTIFICATION,
};
use crate::{
    AdapterCapabilities, AdapterInfo, AssociationStatus, ConnectSession, Extension, ExtensionAdapter, Guid,
    HostAdapter, Reason, Refused, SecuritySession, SendCompletion, SessionChange, Win32Error,
};
use core::ptr;
use frame::MacAddress;

/// The table, for the extension of `X`.
fn table<X: Exported>() -> DOT11EXT_IHV_HANDLERS {
    DOT11EXT_IHV_HANDLERS {
        Dot11ExtIhvDeinitService: Some(deinit_service::<X>),
        Dot11ExtIhvInitAdapter: Some(init_adapter::<X>),
        Dot11ExtIhvDeinitAdapter: Some(deinit_adapter::<X>),
        Dot11ExtIhvPerformPreAssociate: Some(perform_pre_associate::<X>),
        Dot11ExtIhvAdapterReset: Some(adapter_reset::<X>),
        Dot11ExtIhvPerformPostAssociate: Some(perform_post_associate::<X>),
        Dot11ExtIhvStopPostAssociate: Some(stop_post_associate::<X>),
        Dot11ExtIhvValidateProfile: Some(validate_profile::<X>),
        Dot11ExtIhvPerformCapabilityMatch: Some(perform_capability_match::<X>),
        Dot11ExtIhvCreateDiscoveryProfiles: Some(create_discovery_profiles::<X>),
        Dot11ExtIhvProcessSessionChange: Some(process_session_change::<X>),
        Dot11ExtIhvReceiveIndication: Some(receive_indication::<X>),
        Dot11ExtIhvReceivePacket: Some(receive_packet::<X>),
        Dot11ExtIhvSendPacketCompletion: Some(send_packet_completion::<X>),
        Dot11ExtIhvIsUIRequestPending: Some(is_ui_request_pending::<X>),
        Dot11ExtIhvProcessUIResponse: Some(process_ui_response::<X>),
        Dot11ExtIhvQueryUIRequest: Some(query_ui_request::<X>),
        Dot11ExtIhvOnexIndicateResult: Some(onex_indicate_result::<X>),
        Dot11ExtIhvControl: Some(control::<X>),
    }
}

/// The code of what a handler came to. A panic ends here.
fn answer(act: impl FnOnce() -> Result<(), Win32Error>) -> DWORD {
    Win32Error::of(unharmed(act)).0
}

/// As [`answer`], with the reason where the host wants to have it.
///
/// # Safety
/// `at` is null, or there is room.
unsafe fn explain(at: *mut DWORD, act: impl FnOnce() -> Result<(), Refused>) -> DWORD {
    answer(|| {
        // SAFETY: the caller vouches for it. A reason that nobody hears of is no explanation: null is refused.
        unsafe { write(at, Reason::UNKNOWN.0) }?;
        let result = act();
        let reason = result.map_or_else(|refused| refused.reason, |()| Reason::SUCCESS);
        // SAFETY: as above.
        unsafe { write(at, reason.0) }?;
        result.map_err(|refused| refused.error)
    })
}

/// `Dot11ExtIhvGetVersionInfo`: which versions of the interface the extension of `X` speaks.
///
/// # Safety
/// `info` is null, or there is room for it.
pub unsafe extern "system" fn version_info<X: Exported>(info: *mut DOT11_IHV_VERSION_INFO) -> DWORD {
    answer(|| {
        // It is made only to be asked: the service begins later.
        let spoken = X::service().provisions.make()?.version_info();
        let spoken = DOT11_IHV_VERSION_INFO {
            dwVerMin: spoken.min,
            dwVerMax: spoken.max,
        };
        // SAFETY: the host vouches for the pointer.
        unsafe { write(info, spoken) }
    })
}

/// `Dot11ExtIhvInitService`: begins the service, and exchanges the tables.
///
/// # Safety
/// Each table is null, or there; the host's functions may be called until the service ends.
pub unsafe extern "system" fn init_service<X: Exported>(
    version: DWORD,
    apis: *mut DOT11EXT_APIS,
    _reserved: LPVOID,
    handlers: *mut DOT11EXT_IHV_HANDLERS,
) -> DWORD {
    answer(|| {
        // SAFETY: the host vouches for the pointer.
        let apis = unsafe { read(apis) }?;
        if handlers.is_null() || apis.missing().next().is_some() {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        X::service().begin(version, apis)?;
        // SAFETY: as above.
        unsafe { write(handlers, table::<X>()) }
    })
}

/// `Dot11ExtIhvInitVirtualStation`: takes the functions about virtual stations.
///
/// # Safety
/// The table is null, or there; its functions may be called until the service ends.
pub unsafe extern "system" fn init_virtual_station<X: Exported>(
    apis: *mut DOT11EXT_VIRTUAL_STATION_APIS,
    _reserved: LPVOID,
) -> DWORD {
    answer(|| {
        // SAFETY: the host vouches for the pointer.
        let apis = unsafe { read(apis) }?;
        if apis.missing().next().is_some() {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        X::service().enter(|extension, outside| {
            outside.lend_virtual_stations(apis);
            extension.init_virtual_station()
        })
    })
}

unsafe extern "system" fn deinit_service<X: Exported>() {
    X::service().end();
}

unsafe extern "system" fn init_adapter<X: Exported>(
    adapter: *mut DOT11_ADAPTER,
    host: HANDLE,
    made: *mut HANDLE,
) -> DWORD {
    answer(|| {
        // SAFETY: the host vouches for the pointer.
        let found = unsafe { read(adapter) }?;
        if made.is_null() || host.is_null() {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        // SAFETY: as above.
        let description = unsafe { optional_text(found.pszDescription) }?;
        let id = Guid::from(found.gAdapterId);
        let host = HostAdapter(number(host));
        let service = X::service();
        let name = service.enter(|extension, outside| {
            if outside.has_adapter(host) {
                return Err(Win32Error::INVALID_PARAMETER);
            }
            let facts = match outside.facts(host) {
                Ok(facts) => facts,
                Err(_) => AdapterFacts {
                    address: service.provisions.address(id).ok_or(Win32Error::NOT_FOUND)?,
                    capabilities: AdapterCapabilities::default(),
                },
            };
            let info = AdapterInfo {
                id,
                description: description.to_string(),
                address: facts.address,
                capabilities: facts.capabilities,
            };
            let name = extension.init_adapter(outside, host, &info)?;
            outside.welcome(name, host, info.address);
            Ok(name)
        })?;
        // SAFETY: as above.
        unsafe { write(made, handle(name.0)) }
    })
}

unsafe extern "system" fn deinit_adapter<X: Exported>(adapter: HANDLE) {
    // A handle that is unknown has nothing to leave behind.
    let _ = answer(|| {
        X::service().enter(|extension, outside| {
            let adapter = outside.adapter(adapter)?;
            extension.deinit_adapter(outside, adapter);
            outside.see_off(adapter);
            Ok(())
        })
    });
}

unsafe extern "system" fn perform_pre_associate<X: Exported>(
    adapter: HANDLE,
    session: HANDLE,
    profile: *mut DOT11EXT_IHV_PROFILE_PARAMS,
    connectivity: *mut DOT11EXT_IHV_CONNECTIVITY_PROFILE,
    security: *mut DOT11EXT_IHV_SECURITY_PROFILE,
    connectable: *mut DOT11_BSS_LIST,
    reason: *mut DWORD,
) -> DWORD {
    // SAFETY: the host vouches for the pointers.
    unsafe {
        explain(reason, || {
            let profile = parameters(profile)?;
            let connectivity = connectivity_profile(connectivity)?;
            let security = security_profile(security)?;
            let connectable = bss_list(connectable)?;
            let session = ConnectSession(number(session));
            refusing::<X>(adapter, |extension, outside, adapter| {
                extension.perform_pre_associate(
                    outside,
                    adapter,
                    session,
                    &profile,
                    &connectivity,
                    &security,
                    &connectable,
                )
            })
        })
    }
}

unsafe extern "system" fn adapter_reset<X: Exported>(adapter: HANDLE) -> DWORD {
    answer(|| {
        X::service().enter(|extension, outside| {
            let adapter = outside.adapter(adapter)?;
            extension.adapter_reset(outside, adapter)
        })
    })
}

unsafe extern "system" fn perform_post_associate<X: Exported>(
    adapter: HANDLE,
    session: HANDLE,
    port: *mut DOT11_PORT_STATE,
    length: ULONG,
    parameters: *mut DOT11_ASSOCIATION_COMPLETION_PARAMETERS,
) -> DWORD {
    answer(|| {
        // SAFETY: the host vouches for the pointers, and for the length.
        let (port, octets) = unsafe { (read(port)?, octets(parameters.cast(), length)?) };
        let parameters = association(octets)?;
        X::service().enter(|extension, outside| {
            let adapter = outside.adapter(adapter)?;
            let session = SecuritySession(number(session));
            extension.perform_post_associate(outside, adapter, session, &port_state(&port), &parameters)
        })
    })
}

unsafe extern "system" fn stop_post_associate<X: Exported>(
    adapter: HANDLE,
    peer: *mut DOT11_MAC_ADDRESS,
    status: DOT11_ASSOC_STATUS,
) -> DWORD {
    answer(|| {
        // SAFETY: the host vouches for the pointer.
        let peer = MacAddress(unsafe { read(peer) }?);
        X::service().enter(|extension, outside| {
            let adapter = outside.adapter(adapter)?;
            extension.stop_post_associate(outside, adapter, peer, AssociationStatus(status))
        })
    })
}

unsafe extern "system" fn validate_profile<X: Exported>(
    adapter: HANDLE,
    profile: *mut DOT11EXT_IHV_PROFILE_PARAMS,
    connectivity: *mut DOT11EXT_IHV_CONNECTIVITY_PROFILE,
    security: *mut DOT11EXT_IHV_SECURITY_PROFILE,
    reason: *mut DWORD,
) -> DWORD {
    // SAFETY: the host vouches for the pointers.
    unsafe {
        explain(reason, || {
            let profile = parameters(profile)?;
            let connectivity = connectivity_profile(connectivity)?;
            let security = security_profile(security)?;
            refusing::<X>(adapter, |extension, _, adapter| {
                extension.validate_profile(adapter, &profile, &connectivity, &security)
            })
        })
    }
}

unsafe extern "system" fn perform_capability_match<X: Exported>(
    adapter: HANDLE,
    profile: *mut DOT11EXT_IHV_PROFILE_PARAMS,
    connectivity: *mut DOT11EXT_IHV_CONNECTIVITY_PROFILE,
    security: *mut DOT11EXT_IHV_SECURITY_PROFILE,
    connectable: *mut DOT11_BSS_LIST,
    reason: *mut DWORD,
) -> DWORD {
    // SAFETY: the host vouches for the pointers.
    unsafe {
        explain(reason, || {
            let profile = parameters(profile)?;
            let connectivity = connectivity_profile(connectivity)?;
            let security = security_profile(security)?;
            let connectable = bss_list(connectable)?;
            refusing::<X>(adapter, |extension, _, adapter| {
                extension.perform_capability_match(adapter, &profile, &connectivity, &security, &connectable)
            })
        })
    }
}

unsafe extern "system" fn create_discovery_profiles<X: Exported>(
    adapter: HANDLE,
    secure_only: BOOL,
    profile: *mut DOT11EXT_IHV_PROFILE_PARAMS,
    connectable: *mut DOT11_BSS_LIST,
    proposed: *mut DOT11EXT_IHV_DISCOVERY_PROFILE_LIST,
    reason: *mut DWORD,
) -> DWORD {
    // SAFETY: the host vouches for the pointers.
    unsafe {
        explain(reason, || {
            let profile = parameters(profile)?;
            let connectable = bss_list(connectable)?;
            if proposed.is_null() {
                return Err(Win32Error::INVALID_PARAMETER.into());
            }
            refusing::<X>(adapter, |extension, outside, adapter| {
                let insecure = secure_only == FALSE;
                let profiles = extension.create_discovery_profiles(adapter, insecure, &profile, &connectable)?;
                let list = discovery::present(outside, &profiles)?;
                Ok(write(proposed, list)?)
            })
        })
    }
}

unsafe extern "system" fn process_session_change<X: Exported>(
    event: ULONG,
    notification: *mut WTSSESSION_NOTIFICATION,
) -> DWORD {
    answer(|| {
        // SAFETY: the host vouches for the pointer.
        let found = unsafe { read(notification) }?;
        if (found.cbSize as usize) < size_of::<WTSSESSION_NOTIFICATION>() {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        let change = SessionChange {
            event,
            session_id: found.dwSessionId,
        };
        X::service().enter(|extension, outside| extension.process_session_change(outside, change))
    })
}

unsafe extern "system" fn receive_indication<X: Exported>(
    adapter: HANDLE,
    kind: DOT11EXT_IHV_INDICATION_TYPE,
    length: ULONG,
    buffer: LPVOID,
) -> DWORD {
    answer(|| {
        // SAFETY: the host vouches for the pointer and the length.
        let octets = unsafe { octets(buffer.cast(), length) }?;
        indication(kind, octets, |indication| {
            X::service().enter(|extension, outside| {
                let adapter = outside.adapter(adapter)?;
                extension.receive_indication(outside, adapter, indication)
            })
        })
    })
}

unsafe extern "system" fn receive_packet<X: Exported>(adapter: HANDLE, length: DWORD, buffer: LPVOID) -> DWORD {
    answer(|| {
        // SAFETY: the host vouches for the pointer and the length.
        let octets = unsafe { octets(buffer.cast(), length) }?;
        X::service().enter(|extension, outside| {
            let adapter = outside.adapter(adapter)?;
            let packet = outside.read_packet(adapter, octets)?;
            extension.receive_packet(outside, adapter, packet)
        })
    })
}

unsafe extern "system" fn send_packet_completion<X: Exported>(completion: HANDLE) -> DWORD {
    answer(|| X::service().complete(SendCompletion(number(completion))))
}

unsafe extern "system" fn is_ui_request_pending<X: Exported>(request: GUID, pending: *mut BOOL) -> DWORD {
    answer(|| {
        let found = X::service().enter(|extension, _| extension.is_ui_request_pending(request.into()))?;
        // SAFETY: the host vouches for the pointer.
        unsafe { write(pending, found.into()) }
    })
}

unsafe extern "system" fn process_ui_response<X: Exported>(request: GUID, length: DWORD, response: LPVOID) -> DWORD {
    answer(|| {
        // SAFETY: the host vouches for the pointer and the length.
        let response = unsafe { octets(response.cast(), length) }?;
        X::service().enter(|extension, outside| extension.process_ui_response(outside, request.into(), response))
    })
}

unsafe extern "system" fn query_ui_request<X: Exported>(
    adapter: HANDLE,
    connection_phase: DOT11EXT_IHV_CONNECTION_PHASE,
    found: *mut *mut DOT11EXT_IHV_UI_REQUEST,
) -> DWORD {
    answer(|| {
        // SAFETY: the host vouches for the pointer.
        unsafe { write(found, ptr::null_mut()) }?;
        let phase = phase(connection_phase)?;
        X::service().enter(|extension, outside| {
            let adapter = outside.adapter(adapter)?;
            let Some(request) = extension.query_ui_request(adapter, phase)? else {
                return Ok(());
            };
            let memory = outside.present(ui_request_record(&request, ptr::null_mut()), &request.data)?;
            // SAFETY: the octets stand behind the structure in the memory that has just been given.
            unsafe {
                let data = memory.add(1).cast::<u8>();
                memory.write_unaligned(ui_request_record(&request, data));
                write(found, memory)
            }
        })
    })
}

unsafe extern "system" fn onex_indicate_result<X: Exported>(
    adapter: HANDLE,
    outcome: DOT11_MSONEX_RESULT,
    parameters: *mut DOT11_MSONEX_RESULT_PARAMS,
) -> DWORD {
    answer(|| {
        let service = X::service();
        // SAFETY: the host vouches for the pointer and for what it leads to.
        let result = unsafe { onex_result(outcome, parameters, service.provisions.unprotect()) }?;
        service.enter(|extension, outside| {
            let adapter = outside.adapter(adapter)?;
            extension.onex_indicate_result(outside, adapter, &result)
        })
    })
}

unsafe extern "system" fn control<X: Exported>(
    adapter: HANDLE,
    input_length: DWORD,
    input: *mut u8,
    room: DWORD,
    output: *mut u8,
    returned: *mut DWORD,
) -> DWORD {
    answer(|| {
        // SAFETY: the host vouches for the pointers and the lengths.
        let input = unsafe {
            write(returned, 0)?;
            octets(input, input_length)?
        };
        let answer = X::service().enter(|extension, outside| {
            let adapter = outside.adapter(adapter)?;
            extension.control(outside, adapter, input)
        })?;
        let length = u32::try_from(answer.len()).map_err(|_| Win32Error::INTERNAL_ERROR)?;
        // SAFETY: as above; no more is copied than there is room.
        unsafe {
            write(returned, length)?;
            if length > room || (output.is_null() && length > 0) {
                return Err(Win32Error::INSUFFICIENT_BUFFER);
            }
            ptr::copy_nonoverlapping(answer.as_ptr(), output, answer.len());
        }
        Ok(())
    })
}

/// Lets a handler in that refuses with a reason.
fn refusing<X: Exported>(
    adapter: HANDLE,
    handler: impl FnOnce(&mut dyn Extension, &mut Outside, ExtensionAdapter) -> Result<(), Refused>,
) -> Result<(), Refused> {
    let mut said = Ok(());
    X::service().enter(|extension, outside| {
        let adapter = outside.adapter(adapter)?;
        said = handler(extension, outside, adapter);
        Ok(())
    })?;
    said
}
