//! What the extension asks of Windows itself: what `wlanihv.h` leaves to other interfaces.

use core::ptr;
use frame::MacAddress;
use ihv::{Guid, Win32Error};
use windows_sys::Win32::Foundation::{ERROR_BUFFER_OVERFLOW, ERROR_SUCCESS, LocalFree};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_FRIENDLY_NAME, GAA_FLAG_SKIP_MULTICAST,
    GAA_FLAG_SKIP_UNICAST, GetAdaptersAddresses, IP_ADAPTER_ADDRESSES_LH,
};
use windows_sys::Win32::Networking::WinSock::AF_UNSPEC;
use windows_sys::Win32::Security::Cryptography::{CRYPT_INTEGER_BLOB, CRYPTPROTECT_UI_FORBIDDEN, CryptUnprotectData};
use zeroize::{Zeroize, Zeroizing};

/// Takes off the protection under which the keys of an 802.1X result cross (`DOT11_MSONEX_RESULT_PARAMS`).
///
/// # Errors
/// [`Win32Error::INVALID_DATA`] for octets that this machine has not protected.
pub(crate) fn unprotect(key: &[u8]) -> Result<Zeroizing<Vec<u8>>, Win32Error> {
    let protected = CRYPT_INTEGER_BLOB {
        cbData: u32::try_from(key.len()).map_err(|_| Win32Error::INVALID_DATA)?,
        pbData: key.as_ptr().cast_mut(),
    };
    let mut plain = CRYPT_INTEGER_BLOB::default();
    // SAFETY: both structures are there, and null is allowed for everything else.
    let done = unsafe {
        CryptUnprotectData(
            &raw const protected,
            ptr::null_mut(),
            ptr::null(),
            ptr::null(),
            ptr::null(),
            CRYPTPROTECT_UI_FORBIDDEN,
            &raw mut plain,
        )
    };
    if done == 0 || plain.pbData.is_null() {
        return Err(Win32Error::INVALID_DATA);
    }
    // SAFETY: on success so many octets are there, which are ours until they are freed.
    unsafe {
        let octets = core::slice::from_raw_parts_mut(plain.pbData, plain.cbData as usize);
        let key = Zeroizing::new(octets.to_vec());
        octets.zeroize();
        LocalFree(plain.pbData.cast());
        Ok(key)
    }
}

/// The address of the adapter with this name.
pub(crate) fn address(id: Guid) -> Option<MacAddress> {
    // An adapter is named by its GUID, as the interface prints it.
    let wanted = id.to_string();
    adapters()?
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(&wanted))
        .map(|(_, address)| address)
}

/// Every adapter that has an address of six octets, with its name.
fn adapters() -> Option<Vec<(String, MacAddress)>> {
    const FLAGS: u32 = GAA_FLAG_SKIP_UNICAST
        | GAA_FLAG_SKIP_ANYCAST
        | GAA_FLAG_SKIP_MULTICAST
        | GAA_FLAG_SKIP_DNS_SERVER
        | GAA_FLAG_SKIP_FRIENDLY_NAME;
    /// Between two calls more adapters may arrive; not for ever.
    const ATTEMPTS: u32 = 4;
    let mut size = 16 * 1024_u32;
    for _ in 0..ATTEMPTS {
        // Words, because the structures are aligned to eight octets.
        let mut words = vec![0_u64; size.div_ceil(8) as usize];
        let first: *mut IP_ADAPTER_ADDRESSES_LH = words.as_mut_ptr().cast();
        // SAFETY: there is as much room as `size` says.
        let code = unsafe { GetAdaptersAddresses(AF_UNSPEC.into(), FLAGS, ptr::null(), first, &raw mut size) };
        match code {
            // SAFETY: the list is there, as long as the words.
            ERROR_SUCCESS => return Some(unsafe { list(first) }),
            ERROR_BUFFER_OVERFLOW => {}
            _ => return None,
        }
    }
    None
}

/// # Safety
/// The list is null, or there with all that it leads to.
unsafe fn list(mut next: *const IP_ADAPTER_ADDRESSES_LH) -> Vec<(String, MacAddress)> {
    let mut adapters = Vec::new();
    // SAFETY: the caller vouches for every element.
    while let Some(adapter) = unsafe { next.as_ref() } {
        next = adapter.Next;
        if adapter.PhysicalAddressLength != 6 || adapter.AdapterName.is_null() {
            continue;
        }
        let [a, b, c, d, e, f, ..] = adapter.PhysicalAddress;
        // SAFETY: the caller vouches for the name, which ends with a zero.
        let name = unsafe { core::ffi::CStr::from_ptr(adapter.AdapterName.cast()) };
        adapters.push((name.to_string_lossy().into_owned(), MacAddress([a, b, c, d, e, f])));
    }
    adapters
}

#[cfg(test)]
mod tests {
    use super::*;
    use windows_sys::Win32::Security::Cryptography::CryptProtectData;

    fn protect(key: &[u8]) -> Vec<u8> {
        let plain = CRYPT_INTEGER_BLOB {
            cbData: u32::try_from(key.len()).unwrap(),
            pbData: key.as_ptr().cast_mut(),
        };
        let mut protected = CRYPT_INTEGER_BLOB::default();
        // SAFETY: both structures are there; on success so many octets are there until they are freed.
        unsafe {
            let null = ptr::null();
            let done = CryptProtectData(&plain, null, ptr::null(), ptr::null(), ptr::null(), 0, &mut protected);
            assert_ne!(done, 0);
            let octets = core::slice::from_raw_parts(protected.pbData, protected.cbData as usize).to_vec();
            LocalFree(protected.pbData.cast());
            octets
        }
    }

    #[test]
    fn a_protected_key_is_read_and_any_other_octets_are_none() {
        let key = [7; 32];
        assert_eq!(**unprotect(&protect(&key)).unwrap(), key);
        assert_eq!(unprotect(&key).err(), Some(Win32Error::INVALID_DATA));
    }

    #[test]
    fn an_adapter_is_found_by_its_name_and_a_stranger_is_not() {
        for (name, found) in adapters().unwrap() {
            let digits: String = name.chars().filter(char::is_ascii_hexdigit).collect();
            let id = Guid(u128::from_str_radix(&digits, 16).unwrap());
            assert_eq!(address(id), Some(found));
        }
        assert_eq!(address(Guid(0x0bad)), None);
    }
}
