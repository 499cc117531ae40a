//! An extension in this very process: for the process that was made for it, for a debugger, and for systems where no
//! other process is made.

use ihv::abi::{LoadError, Loaded};
use std::path::Path;

/// Loads a library into this process. `wake` is called, on threads of the extension's, when the host should call
/// [`handle_timeout`](ihv::Extension::handle_timeout) soon. On Windows the keys of an 802.1X result cross under the
/// system's protection.
///
/// A crash of the library's is one of this process, and so is a hang. Whoever calls this lets the library do what it
/// wants here, as whoever starts a program does.
///
/// # Errors
/// Why the library is no extension.
#[allow(unsafe_code)]
pub fn load(library: &Path, wake: Box<dyn Fn() + Send + Sync>) -> Result<Loaded, LoadError> {
    // SAFETY: nobody can vouch for a foreign library. The caller has chosen it, and knows what this process is to it.
    let loaded = unsafe { Loaded::open(library, wake) }?;
    #[cfg(windows)]
    let loaded = loaded.with_protect(windows::protect);
    Ok(loaded)
}

#[cfg(windows)]
mod windows {
    use core::ptr;
    use ihv::Win32Error;
    use windows_sys::Win32::Foundation::LocalFree;
    use windows_sys::Win32::Security::Cryptography::{CRYPT_INTEGER_BLOB, CRYPTPROTECT_UI_FORBIDDEN, CryptProtectData};
    use zeroize::{Zeroize, Zeroizing};

    /// Puts the protection on a key under which Windows hands it to an extension.
    #[allow(unsafe_code)]
    pub(super) fn protect(key: &[u8]) -> Result<Zeroizing<Vec<u8>>, Win32Error> {
        let plain = CRYPT_INTEGER_BLOB {
            cbData: u32::try_from(key.len()).map_err(|_| Win32Error::INVALID_PARAMETER)?,
            pbData: key.as_ptr().cast_mut(),
        };
        let mut protected = CRYPT_INTEGER_BLOB::default();
        let null = ptr::null();
        // SAFETY: both structures are there, and null is allowed for everything else.
        let done = unsafe {
            CryptProtectData(
                &raw const plain,
                null,
                ptr::null(),
                ptr::null(),
                ptr::null(),
                CRYPTPROTECT_UI_FORBIDDEN,
                &raw mut protected,
            )
        };
        if done == 0 || protected.pbData.is_null() {
            return Err(Win32Error::INTERNAL_ERROR);
        }
        // SAFETY: on success so many octets are there, which are ours until they are freed.
        unsafe {
            let octets = core::slice::from_raw_parts_mut(protected.pbData, protected.cbData as usize);
            let key = Zeroizing::new(octets.to_vec());
            octets.zeroize();
            LocalFree(protected.pbData.cast());
            Ok(key)
        }
    }
}
