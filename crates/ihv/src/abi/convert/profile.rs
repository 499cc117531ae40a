//! The part of a profile that every extension understands.

#![allow(unsafe_code)]

use crate::abi::memory::{list, read};
use crate::abi::record::Record;
use crate::abi::{
    DOT11_BSS_TYPE, DOT11_SSID, DOT11EXT_IHV_PROFILE_PARAMS, DOT11EXT_IHV_SSID_LIST as List, dot11_BSS_type_any,
    dot11_BSS_type_independent, dot11_BSS_type_infrastructure,
};
use crate::{BssType, ProfileParameters, Win32Error};
use core::mem::offset_of;
use core::ptr;

/// Reads the parameters of a profile.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for null, a kind of network that is none, or a name of more than 32 octets.
///
/// # Safety
/// `pointer` is null, or everything that it leads to is there.
pub(crate) unsafe fn parameters(pointer: *const DOT11EXT_IHV_PROFILE_PARAMS) -> Result<ProfileParameters, Win32Error> {
    // SAFETY: the caller vouches for it.
    let found = unsafe { read(pointer) }?;
    let bss_type = match found.BssType {
        // An extension of Windows is for networks with an access point.
        dot11_BSS_type_infrastructure | dot11_BSS_type_any => BssType::Infrastructure,
        dot11_BSS_type_independent => BssType::Independent,
        _ => return Err(Win32Error::INVALID_PARAMETER),
    };
    let names = match found.pSsidList.is_null() {
        true => Vec::new(),
        // SAFETY: not null; a list has its count at the beginning, and so many names behind it.
        false => unsafe {
            let count = read(found.pSsidList.cast::<u32>())?;
            let names = found.pSsidList.cast::<u8>().add(offset_of!(List, SSIDs));
            list(names.cast::<DOT11_SSID>(), count)?
        },
    };
    let ssids = names.iter().map(name).collect::<Result<_, _>>()?;
    Ok(ProfileParameters { ssids, bss_type })
}

fn name(ssid: &DOT11_SSID) -> Result<Vec<u8>, Win32Error> {
    let name = ssid.ucSSID.get(..ssid.uSSIDLength as usize);
    name.map(<[u8]>::to_vec).ok_or(Win32Error::INVALID_PARAMETER)
}

/// The parameters of a profile, for the other side.
pub(crate) struct Parameters {
    names: Record,
    bss_type: DOT11_BSS_TYPE,
}

impl Parameters {
    pub(crate) fn new(profile: &ProfileParameters) -> Self {
        let begin = offset_of!(List, SSIDs);
        let mut names = Record::new((begin + profile.ssids.len() * size_of::<DOT11_SSID>()).max(size_of::<List>()));
        names.put_u32(
            offset_of!(List, ulCount),
            u32::try_from(profile.ssids.len()).unwrap_or(u32::MAX),
        );
        for (index, ssid) in profile.ssids.iter().enumerate() {
            let at = begin + index * size_of::<DOT11_SSID>();
            let ssid = ssid.get(..ssid.len().min(32)).unwrap_or_default();
            names.put_u32(
                at + offset_of!(DOT11_SSID, uSSIDLength),
                u32::try_from(ssid.len()).unwrap_or(u32::MAX),
            );
            names.put(at + offset_of!(DOT11_SSID, ucSSID), ssid);
        }
        let bss_type = match profile.bss_type {
            BssType::Infrastructure => dot11_BSS_type_infrastructure,
            BssType::Independent => dot11_BSS_type_independent,
        };
        Self { names, bss_type }
    }

    /// The parameters; they point into `self`.
    pub(crate) fn parameters(&mut self) -> DOT11EXT_IHV_PROFILE_PARAMS {
        DOT11EXT_IHV_PROFILE_PARAMS {
            pSsidList: self.names.as_mut_ptr(),
            BssType: self.bss_type,
            pMSSecuritySettings: ptr::null_mut(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_survive_the_way_there_and_back() {
        for ssids in [
            vec![],
            vec![b"one".to_vec()],
            vec![vec![], vec![7; 32], b"three".to_vec()],
        ] {
            let profile = ProfileParameters {
                ssids,
                bss_type: BssType::Infrastructure,
            };
            let mut record = Parameters::new(&profile);
            // SAFETY: the record lives.
            assert_eq!(unsafe { parameters(&record.parameters()) }, Ok(profile));
        }
    }

    #[test]
    fn a_name_of_33_octets_and_a_kind_of_network_that_is_none_are_refused() {
        let mut record = Parameters::new(&ProfileParameters {
            ssids: vec![b"one".to_vec()],
            bss_type: BssType::Infrastructure,
        });
        let mut found = record.parameters();
        found.BssType = 0;
        // SAFETY: the record lives.
        assert_eq!(unsafe { parameters(&found) }, Err(Win32Error::INVALID_PARAMETER));
        record.names.put_u32(offset_of!(List, SSIDs), 33);
        // SAFETY: as above.
        assert_eq!(
            unsafe { parameters(&record.parameters()) },
            Err(Win32Error::INVALID_PARAMETER)
        );
    }

    #[test]
    fn no_parameters_are_refused() {
        // SAFETY: null is allowed.
        assert_eq!(unsafe { parameters(ptr::null()) }, Err(Win32Error::INVALID_PARAMETER));
    }
}
