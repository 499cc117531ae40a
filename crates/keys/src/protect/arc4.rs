//! RC4 with an integrity check value: what WEP and TKIP do to an MPDU once its key is known
//! (IEEE 802.11-2020, 12.3.2 and 12.5.2.1).
//!
//! The check value is a CRC, which shows errors of transmission and the wrong key, and keeps out nobody.

use crc32fast::Hasher;
use rc4::{KeyInit, Rc4, StreamCipher};

use super::ProtectError;

/// Octets of the integrity check value (ICV).
pub(super) const ICV_LEN: usize = 4;

/// Puts the check value behind what is in `body`, all but its last 4 octets, and encrypts both.
pub(super) fn seal(key: &[u8], body: &mut [u8]) -> Result<(), ProtectError> {
    let found = body.len();
    let too_small = ProtectError::OutputTooSmall { needed: ICV_LEN, found };
    let (data, check) = body.split_last_chunk_mut::<ICV_LEN>().ok_or(too_small)?;
    *check = icv(&[data]);
    stream(key)?.apply_keystream(body);
    Ok(())
}

/// Decrypts `sealed`, first into `data`, then into `trailer`, which ends with the check value, and compares that.
///
/// `data` and `trailer` together are as long as `sealed`.
///
/// # Errors
/// [`ProtectError::Integrity`]; what is in the buffers is then for the caller to wipe.
pub(super) fn open(key: &[u8], sealed: &[u8], data: &mut [u8], trailer: &mut [u8]) -> Result<(), ProtectError> {
    let (first, second) = sealed.split_at_checked(data.len()).ok_or(ProtectError::Integrity)?;
    let mut stream = stream(key)?;
    for (from, to) in [(first, &mut *data), (second, &mut *trailer)] {
        stream
            .try_apply_keystream_b2b(from, to)
            .map_err(|_| ProtectError::Integrity)?;
    }
    let (rest, check) = trailer.split_last_chunk::<ICV_LEN>().ok_or(ProtectError::Integrity)?;
    match icv(&[data, rest]) == *check {
        true => Ok(()),
        false => Err(ProtectError::Integrity),
    }
}

/// The CRC of Ethernet, least significant octet first.
fn icv(parts: &[&[u8]]) -> [u8; ICV_LEN] {
    let mut crc = Hasher::new();
    for part in parts {
        crc.update(part);
    }
    crc.finalize().to_le_bytes()
}

fn stream(key: &[u8]) -> Result<Rc4, ProtectError> {
    Rc4::new_from_slice(key).map_err(|_| ProtectError::Integrity)
}
