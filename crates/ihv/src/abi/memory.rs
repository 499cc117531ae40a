//! The other side's memory: the only functions that follow a pointer.
//!
//! A null pointer is found out; a wild one cannot be. That is the contract of every function of the
//! interface, and what the safety sections here hand on: a pointer is null, or it points to what its type
//! and the length beside it say, and stays so for the length of the call.

#![allow(unsafe_code)]

use super::{HANDLE, WCHAR};
use crate::Win32Error;
use zeroize::Zeroizing;

/// The longest text that is taken, code units: whoever sends more has forgotten the zero at its end.
const LONGEST_TEXT: usize = 1 << 20;

/// The longest run of octets that is taken.
const LONGEST_OCTETS: usize = 1 << 24;

/// A copy of what is there.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for null.
///
/// # Safety
/// `pointer` is null, or it points to a value. It need not be aligned.
pub(crate) unsafe fn read<T: Copy>(pointer: *const T) -> Result<T, Win32Error> {
    if pointer.is_null() {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    // SAFETY: not null, and the caller vouches for the rest.
    Ok(unsafe { pointer.read_unaligned() })
}

/// Puts a value there.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for null.
///
/// # Safety
/// `pointer` is null, or there is room for a value that nobody else uses. It need not be aligned.
pub(crate) unsafe fn write<T: Copy>(pointer: *mut T, value: T) -> Result<(), Win32Error> {
    if pointer.is_null() {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { pointer.write_unaligned(value) };
    Ok(())
}

/// The octets that are there; none at null with a length of zero.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for null with another length, or for a length that no caller means.
///
/// # Safety
/// `pointer` is null, or `length` octets are there that nobody changes while the result lives.
pub(crate) unsafe fn octets<'a>(pointer: *const u8, length: u32) -> Result<&'a [u8], Win32Error> {
    let length = usize::try_from(length).map_err(|_| Win32Error::INVALID_PARAMETER)?;
    match (pointer.is_null(), length) {
        (_, 0) => Ok(&[]),
        (false, 1..=LONGEST_OCTETS) => {
            // SAFETY: not null, not longer than any allocation, and the caller vouches for the rest.
            Ok(unsafe { core::slice::from_raw_parts(pointer, length) })
        }
        _ => Err(Win32Error::INVALID_PARAMETER),
    }
}

/// Copies as many values as `count` says.
///
/// # Errors
/// As [`octets`].
///
/// # Safety
/// `pointer` is null, or `count` values are there. They need not be aligned.
pub(crate) unsafe fn list<T: Copy>(pointer: *const T, count: u32) -> Result<Vec<T>, Win32Error> {
    let count = usize::try_from(count).map_err(|_| Win32Error::INVALID_PARAMETER)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    if pointer.is_null() || count > LONGEST_OCTETS / size_of::<T>().max(1) {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    // SAFETY: not null; the caller vouches for each of them.
    Ok((0..count)
        .map(|index| unsafe { pointer.add(index).read_unaligned() })
        .collect())
}

/// Text up to its zero, which is wiped when dropped: it may hold a secret.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for null or text without an end, [`Win32Error::INVALID_DATA`] for what
/// is not UTF-16.
///
/// # Safety
/// `pointer` is null, or there are code units up to a zero. They need not be aligned.
pub(crate) unsafe fn text(pointer: *const WCHAR) -> Result<Zeroizing<String>, Win32Error> {
    if pointer.is_null() {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    let mut length = 0;
    // SAFETY: every code unit before this one was no zero, so that this one is there.
    while unsafe { pointer.add(length).read_unaligned() } != 0 {
        length += 1;
        if length > LONGEST_TEXT {
            return Err(Win32Error::INVALID_PARAMETER);
        }
    }
    // A code unit becomes at most three octets: the string never grows, and leaves no copy behind.
    let mut text = Zeroizing::new(String::with_capacity(3 * length));
    // SAFETY: as above; all of these were read before.
    let units = (0..length).map(|index| unsafe { pointer.add(index).read_unaligned() });
    for character in char::decode_utf16(units) {
        text.push(character.map_err(|_| Win32Error::INVALID_DATA)?);
    }
    Ok(text)
}

/// Text as the other side wants it, with a zero at its end; wiped when dropped.
pub(crate) fn wide(text: &str) -> Zeroizing<Vec<WCHAR>> {
    // UTF-16 never has more code units than UTF-8 has octets.
    let mut units = Zeroizing::new(Vec::with_capacity(text.len() + 1));
    // A zero would end the text before its end.
    units.extend(text.encode_utf16().filter(|unit| *unit != 0));
    units.push(0);
    units
}

/// A number in the guise of a pointer.
pub(crate) fn handle(number: u64) -> HANDLE {
    // 64-bit platforms only: see the check below.
    core::ptr::with_exposed_provenance_mut(number as usize)
}

/// The number again.
pub(crate) fn number(handle: HANDLE) -> u64 {
    handle.expose_provenance() as u64
}

const _: () = assert!(size_of::<usize>() == size_of::<u64>(), "a handle has 64 bits");

#[cfg(test)]
mod tests {
    use super::*;
    use core::ptr;

    #[test]
    fn null_is_no_value() {
        // SAFETY: null is allowed.
        unsafe {
            assert_eq!(read(ptr::null::<u32>()), Err(Win32Error::INVALID_PARAMETER));
            assert_eq!(write(ptr::null_mut(), 1_u32), Err(Win32Error::INVALID_PARAMETER));
            assert_eq!(octets(ptr::null(), 1), Err(Win32Error::INVALID_PARAMETER));
            assert_eq!(list(ptr::null::<u16>(), 1), Err(Win32Error::INVALID_PARAMETER));
            assert_eq!(text(ptr::null()), Err(Win32Error::INVALID_PARAMETER));
            assert_eq!(octets(ptr::null(), 0), Ok(&[][..]));
        }
    }

    #[test]
    fn a_length_that_nobody_means_is_refused_before_anything_is_read() {
        let one = 0_u8;
        // SAFETY: nothing is read beyond a length that is allowed.
        unsafe {
            assert_eq!(octets(&one, u32::MAX), Err(Win32Error::INVALID_PARAMETER));
            assert_eq!(
                list((&raw const one).cast::<u32>(), u32::MAX),
                Err(Win32Error::INVALID_PARAMETER)
            );
        }
    }

    #[test]
    fn values_need_not_be_aligned() {
        let mut store = [0, 1, 2, 3, 4, 5, 6_u8];
        // SAFETY: four octets from the second on are there.
        unsafe {
            let at = store.as_mut_ptr().add(1);
            assert_eq!(read(at.cast::<u32>()), Ok(u32::from_ne_bytes([1, 2, 3, 4])));
            write(at.cast::<u16>(), 0).unwrap();
            assert_eq!(
                list(at.cast::<u16>(), 3),
                Ok(vec![0, u16::from_ne_bytes([3, 4]), u16::from_ne_bytes([5, 6])])
            );
        }
    }

    #[test]
    fn text_survives_the_way_there_and_back() {
        for original in ["", "<portcullis/>", "Grüße, 世界 🏰"] {
            let units = wide(original);
            // SAFETY: there is a zero at the end.
            assert_eq!(*unsafe { text(units.as_ptr()) }.unwrap(), original);
        }
    }

    #[test]
    fn half_a_surrogate_is_no_text() {
        // SAFETY: there is a zero at the end.
        assert_eq!(unsafe { text([0xd83c, 0].as_ptr()) }, Err(Win32Error::INVALID_DATA));
    }

    #[test]
    fn text_without_an_end_is_refused() {
        let endless = vec![u16::from(b'x'); LONGEST_TEXT + 2];
        // SAFETY: no code unit beyond the longest text is read.
        assert_eq!(unsafe { text(endless.as_ptr()) }, Err(Win32Error::INVALID_PARAMETER));
    }
}
