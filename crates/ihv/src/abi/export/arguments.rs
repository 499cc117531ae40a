//! What several handlers have among their arguments. All of it may be null, which is none.

#![allow(unsafe_code)]

use crate::abi::convert::networks;
use crate::abi::memory::{octets, read, text};
use crate::abi::{DOT11_BSS_LIST, DOT11EXT_IHV_CONNECTIVITY_PROFILE, DOT11EXT_IHV_SECURITY_PROFILE, FALSE, LPWSTR};
use crate::{BssEntry, ConnectivityProfile, SecurityProfile, Win32Error};
use zeroize::Zeroizing;

/// Text, or none at null.
pub(super) unsafe fn optional_text(pointer: LPWSTR) -> Result<Zeroizing<String>, Win32Error> {
    match pointer.is_null() {
        true => Ok(Zeroizing::default()),
        // SAFETY: the caller vouches for it.
        false => unsafe { text(pointer) },
    }
}

/// A fragment, or none at null.
pub(super) unsafe fn connectivity_profile(
    pointer: *const DOT11EXT_IHV_CONNECTIVITY_PROFILE,
) -> Result<ConnectivityProfile, Win32Error> {
    if pointer.is_null() {
        return Ok(ConnectivityProfile::default());
    }
    // SAFETY: the caller vouches for it, and for what it leads to.
    let xml = unsafe { optional_text(read(pointer)?.pszXmlFragmentIhvConnectivity) }?;
    Ok(ConnectivityProfile { xml: xml.to_string() })
}

/// A fragment, or none at null.
pub(super) unsafe fn security_profile(
    pointer: *const DOT11EXT_IHV_SECURITY_PROFILE,
) -> Result<SecurityProfile, Win32Error> {
    if pointer.is_null() {
        return Ok(SecurityProfile::default());
    }
    // SAFETY: the caller vouches for it, and for what it leads to.
    unsafe {
        let found = read(pointer)?;
        Ok(SecurityProfile {
            xml: optional_text(found.pszXmlFragmentIhvSecurity)?,
            use_onex: found.bUseMSOnex != FALSE,
        })
    }
}

/// The networks of a list, or none at null.
pub(super) unsafe fn bss_list(pointer: *const DOT11_BSS_LIST) -> Result<Vec<BssEntry>, Win32Error> {
    if pointer.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: the caller vouches for it, and for what it leads to.
    unsafe {
        let found = read(pointer)?;
        networks(octets(found.pucBuffer, found.uNumOfBytes)?)
    }
}
