//! The keys that a server gives to its access point: MS-MPPE-Send-Key and MS-MPPE-Recv-Key (RFC 2548, 2.4).

use alloc::vec::Vec;

use md5::{Digest, Md5};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::attribute::{Attribute, VENDOR_SPECIFIC};
use crate::method::ExportedKeys;

const MICROSOFT: [u8; 4] = 311u32.to_be_bytes();
const SEND_KEY: u8 = 16;
const RECV_KEY: u8 = 17;

/// The two keys, as a rule the halves of the MSK. No `Debug`; wiped when dropped.
pub struct MppeKeys {
    /// What the access point receives with: the first half, the PMK.
    pub recv: Zeroizing<Vec<u8>>,
    /// What the access point sends with: the second half.
    pub send: Zeroizing<Vec<u8>>,
}

impl MppeKeys {
    /// Whether they are the halves of what the method makes of the MSK: 32 octets each, or with MS-CHAPv2 alone 16.
    #[must_use]
    pub fn are_of(&self, keys: &ExportedKeys) -> bool {
        let made = keys.made();
        let (recv, send) = made.split_at_checked(made.len() / 2).unwrap_or_default();
        !made.is_empty() && bool::from(recv.ct_eq(&self.recv) & send.ct_eq(&self.send))
    }

    /// Decrypts the keys among `attributes`; `None` if one is missing or malformed.
    pub(super) fn find(attributes: &[Attribute<'_>], secret: &[u8], request_authenticator: &[u8; 16]) -> Option<Self> {
        let key = |kind| {
            attributes
                .iter()
                .filter(|attribute| attribute.kind == VENDOR_SPECIFIC)
                .filter_map(|attribute| attribute.value.strip_prefix(&MICROSOFT))
                .find_map(|value| match value.split_first_chunk() {
                    Some((&[found, len], rest)) if found == kind && usize::from(len) == rest.len() + 2 => {
                        decrypt(rest, secret, request_authenticator)
                    }
                    _ => None,
                })
        };
        Some(Self {
            recv: key(RECV_KEY)?,
            send: key(SEND_KEY)?,
        })
    }
}

/// The key in salt (2 octets) and ciphertext: its length (1 octet), the key, padding to blocks of 16 (RFC 2548, 2.4.2).
fn decrypt(value: &[u8], secret: &[u8], request_authenticator: &[u8; 16]) -> Option<Zeroizing<Vec<u8>>> {
    let (salt, ciphertext) = value.split_first_chunk::<2>()?;
    let (blocks, remainder) = ciphertext.as_chunks::<16>();
    if !remainder.is_empty() {
        return None;
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
    let mut before = Md5::new()
        .chain_update(secret)
        .chain_update(request_authenticator)
        .chain_update(salt);
    for block in blocks {
        let mask = before.finalize();
        plain.extend(block.iter().zip(mask).map(|(octet, mask)| octet ^ mask));
        before = Md5::new().chain_update(secret).chain_update(block);
    }
    let (&len, key) = plain.split_first()?;
    Some(Zeroizing::new(key.get(..len.into())?.to_vec()))
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use alloc::vec;

    /// A vendor's attribute value with an encrypted key, as a server makes it.
    pub(in crate::radius) fn encrypt(
        send: bool,
        key: &[u8],
        secret: &[u8],
        request_authenticator: &[u8; 16],
    ) -> Vec<u8> {
        let mut plain = vec![key.len() as u8];
        plain.extend_from_slice(key);
        plain.resize(plain.len().next_multiple_of(16), 0);
        let salt = [0x80, 0x01];
        let mut out = salt.to_vec();
        let mut before = [secret, request_authenticator, &salt].concat();
        for block in plain.chunks(16) {
            let mask = Md5::digest(&before);
            let cipher: Vec<u8> = block.iter().zip(mask).map(|(octet, mask)| octet ^ mask).collect();
            before = [secret, &cipher].concat();
            out.extend_from_slice(&cipher);
        }
        let head = [if send { SEND_KEY } else { RECV_KEY }, out.len() as u8 + 2];
        [&MICROSOFT[..], &head, &out].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_encrypts_is_decrypted() {
        let value = testing::encrypt(true, &[5; 32], b"secret", &[1; 16]);
        assert_eq!(*decrypt(&value[6..], b"secret", &[1; 16]).unwrap(), [5; 32]);
        // With another secret, what comes out is random; as a rule its length does not fit.
        assert!(decrypt(&value[6..], b"other", &[1; 16]).is_none_or(|key| *key != [5; 32]));
        assert!(decrypt(&value[6..20], b"secret", &[1; 16]).is_none());
    }

    #[test]
    fn both_keys_are_a_whole_half_of_what_the_method_makes() {
        let mut msk = [0; 64];
        msk[..16].fill(1);
        msk[16..32].fill(2);
        let keys = || ExportedKeys::new(&msk, None, Vec::new()).unwrap();
        let of_mschapv2 = keys().with_msk_len(32);
        let mppe = |recv: &[u8], send: &[u8]| MppeKeys {
            recv: Zeroizing::new(recv.to_vec()),
            send: Zeroizing::new(send.to_vec()),
        };
        assert!(mppe(&[1; 16], &[2; 16]).are_of(&of_mschapv2));
        assert!(mppe(&msk[..32], &msk[32..]).are_of(&keys()));
        for (recv, send) in [
            (&msk[..16], &[3; 16][..]),
            (&msk[..16], &msk[16..31]),
            (&msk[..1], &[]),
            (&msk[..32], &[]),
            (&msk[..], &[]),
            (&[], &[]),
        ] {
            assert!(!mppe(recv, send).are_of(&of_mschapv2));
            assert!(!mppe(recv, send).are_of(&keys()));
        }
        assert!(!mppe(&msk[..16], &msk[16..32]).are_of(&keys()));
        assert!(!mppe(&msk[..32], &msk[32..]).are_of(&of_mschapv2));
        assert!(!mppe(&[], &[]).are_of(&keys().with_msk_len(0)));
    }
}
