//! Proposed profiles, in memory that the host has lent: the list, and each string by itself.

#![allow(unsafe_code)]

use super::memory;
use crate::abi::memory::{list, text};
use crate::abi::{DOT11EXT_IHV_DISCOVERY_PROFILE_LIST, FALSE, LPWSTR};
use crate::{ConnectivityProfile, DiscoveryProfile, SecurityProfile, Win32Error};
use zeroize::Zeroizing;

/// Reads the profiles that an extension proposes, and frees them.
///
/// # Safety
/// The list and its strings are there.
pub(super) unsafe fn take_profiles(
    proposed: DOT11EXT_IHV_DISCOVERY_PROFILE_LIST,
) -> Result<Vec<DiscoveryProfile>, Win32Error> {
    // SAFETY: the caller vouches for the list, and for each string.
    let rows = unsafe { list(proposed.pIhvDiscoveryProfiles, proposed.dwCount) };
    memory::take(proposed.pIhvDiscoveryProfiles.cast());
    // All of them, so that every string is freed, whatever is wrong with one.
    let profiles: Vec<_> = rows?
        .into_iter()
        .map(|row| {
            // SAFETY: as above.
            let (connectivity, security) = unsafe {
                (
                    take_text(row.IhvConnectivityProfile.pszXmlFragmentIhvConnectivity),
                    take_text(row.IhvSecurityProfile.pszXmlFragmentIhvSecurity),
                )
            };
            Ok(DiscoveryProfile {
                connectivity: ConnectivityProfile {
                    xml: connectivity?.to_string(),
                },
                security: SecurityProfile {
                    xml: security?,
                    use_onex: row.IhvSecurityProfile.bUseMSOnex != FALSE,
                },
            })
        })
        .collect();
    profiles.into_iter().collect()
}

/// Reads text, and frees it.
///
/// # Safety
/// It is null, or there.
unsafe fn take_text(pointer: LPWSTR) -> Result<Zeroizing<String>, Win32Error> {
    // SAFETY: the caller vouches for it.
    let found = unsafe { text(pointer) };
    memory::take(pointer.cast());
    found
}
