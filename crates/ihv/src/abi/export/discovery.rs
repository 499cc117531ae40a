//! Proposed profiles, in the host's memory: the list, and each string by itself.

#![allow(unsafe_code)]

use super::outside::Outside;
use crate::abi::memory::wide;
use crate::abi::{
    DOT11EXT_IHV_CONNECTIVITY_PROFILE, DOT11EXT_IHV_DISCOVERY_PROFILE, DOT11EXT_IHV_DISCOVERY_PROFILE_LIST,
    DOT11EXT_IHV_SECURITY_PROFILE, LPWSTR, WCHAR,
};
use crate::{DiscoveryProfile, Win32Error};
use core::ptr;
use zeroize::Zeroizing;

/// Puts the profiles into memory that the host frees.
///
/// # Errors
/// [`Win32Error::NOT_ENOUGH_MEMORY`], and then nothing of it is left.
pub(super) fn present(
    outside: &Outside,
    profiles: &[DiscoveryProfile],
) -> Result<DOT11EXT_IHV_DISCOVERY_PROFILE_LIST, Win32Error> {
    let mut given = Given {
        outside,
        strings: Vec::new(),
    };
    let rows = profiles
        .iter()
        .map(|profile| given.row(profile))
        .collect::<Result<Vec<_>, _>>()?;
    let list = match rows.split_first() {
        Some((first, others)) => given.rows(*first, others)?,
        None => ptr::null_mut(),
    };
    // The host has them now.
    given.strings.clear();
    Ok(DOT11EXT_IHV_DISCOVERY_PROFILE_LIST {
        dwCount: u32::try_from(rows.len()).map_err(|_| Win32Error::NOT_ENOUGH_MEMORY)?,
        pIhvDiscoveryProfiles: list,
    })
}

/// What was put into the host's memory so far, and is withdrawn when something fails.
struct Given<'a> {
    outside: &'a Outside,
    strings: Vec<LPWSTR>,
}

impl Given<'_> {
    fn row(&mut self, profile: &DiscoveryProfile) -> Result<DOT11EXT_IHV_DISCOVERY_PROFILE, Win32Error> {
        Ok(DOT11EXT_IHV_DISCOVERY_PROFILE {
            IhvConnectivityProfile: DOT11EXT_IHV_CONNECTIVITY_PROFILE {
                pszXmlFragmentIhvConnectivity: self.string(&profile.connectivity.xml)?,
            },
            IhvSecurityProfile: DOT11EXT_IHV_SECURITY_PROFILE {
                pszXmlFragmentIhvSecurity: self.string(&profile.security.xml)?,
                bUseMSOnex: profile.security.use_onex.into(),
            },
        })
    }

    fn string(&mut self, text: &str) -> Result<LPWSTR, Win32Error> {
        let units = wide(text);
        let octets: Zeroizing<Vec<u8>> = Zeroizing::new(units.iter().flat_map(|unit| unit.to_ne_bytes()).collect());
        let string = self.outside.present((), &octets)?.cast::<WCHAR>();
        self.strings.push(string);
        Ok(string)
    }

    fn rows(
        &self,
        first: DOT11EXT_IHV_DISCOVERY_PROFILE,
        others: &[DOT11EXT_IHV_DISCOVERY_PROFILE],
    ) -> Result<*mut DOT11EXT_IHV_DISCOVERY_PROFILE, Win32Error> {
        let room = vec![0; size_of_val(others)];
        let list = self.outside.present(first, &room)?;
        for (index, row) in others.iter().enumerate() {
            // SAFETY: there is room for all of them behind the first.
            unsafe { list.add(1 + index).write_unaligned(*row) };
        }
        Ok(list)
    }
}

impl Drop for Given<'_> {
    fn drop(&mut self) {
        for string in self.strings.drain(..) {
            // SAFETY: it was given by `present`, and the host was not told of it.
            unsafe { self.outside.withdraw(string) };
        }
    }
}
