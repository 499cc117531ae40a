//! The keys of MS-CHAPv2 (RFC 3079, 3.4).

use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::{PasswordHash, first, hash_of_hash};

/// The master key, 16 octets.
pub struct MasterKey(Zeroizing<[u8; 16]>);

impl MasterKey {
    /// `GetMasterKey`.
    #[must_use]
    pub fn derive(hash: &PasswordHash, nt_response: &[u8; 24]) -> Self {
        let digest = Sha1::new()
            .chain_update(hash_of_hash(hash).as_slice())
            .chain_update(nt_response)
            .chain_update(b"This is the MPPE Master Key")
            .finalize();
        Self(Zeroizing::new(first(&digest)))
    }

    /// `GetAsymmetricStartKey` for 128 bits.
    fn start_key(&self, magic: &[u8]) -> Zeroizing<[u8; 16]> {
        let digest = Sha1::new()
            .chain_update(self.0.as_slice())
            .chain_update([0; 40])
            .chain_update(magic)
            .chain_update([0xf2; 40])
            .finalize();
        Zeroizing::new(first(&digest))
    }
}

/// How many octets of its MSK EAP-MSCHAPv2 makes.
pub const MSK_LEN: usize = 32;

/// The MSK of EAP-MSCHAPv2: what the server receives with, what it sends with ([`MSK_LEN`] octets), and zeros.
#[must_use]
pub fn msk(master: &MasterKey) -> Zeroizing<[u8; 64]> {
    let halves = [master.start_key(TO_SERVER), master.start_key(TO_CLIENT)];
    let mut msk = Zeroizing::new([0; 64]);
    for (to, from) in msk.chunks_exact_mut(16).zip(&halves) {
        to.copy_from_slice(from.as_slice());
    }
    msk
}

/// *Magic2*.
const TO_SERVER: &[u8] = b"On the client side, this is the send key; on the server side, it is the receive key.";
/// *Magic3*.
const TO_CLIENT: &[u8] = b"On the client side, this is the receive key; on the server side, it is the send key.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mschap::nt_password_hash;

    #[test]
    fn the_example_of_rfc_3079_comes_out() {
        // RFC 3079, B.3.
        let hash = nt_password_hash(&"clientPass".into()).unwrap();
        let response = [
            0x82, 0x30, 0x9e, 0xcd, 0x8d, 0x70, 0x8b, 0x5e, 0xa0, 0x8f, 0xaa, 0x39, 0x81, 0xcd, 0x83, 0x54, 0x42, 0x33,
            0x11, 0x4a, 0x3d, 0x85, 0xd6, 0xdf,
        ];
        let master = MasterKey::derive(&hash, &response);
        assert_eq!(
            *master.0,
            [
                0xfd, 0xec, 0xe3, 0x71, 0x7a, 0x8c, 0x83, 0x8c, 0xb3, 0x88, 0xe5, 0x27, 0xae, 0x3c, 0xdd, 0x31
            ]
        );
        assert_eq!(
            msk(&master)[16..32],
            [
                0x8b, 0x7c, 0xdc, 0x14, 0x9b, 0x99, 0x3a, 0x1b, 0xa1, 0x18, 0xcb, 0x15, 0x3f, 0x56, 0xdc, 0xcb
            ]
        );
        assert_eq!(msk(&master)[MSK_LEN..], [0; 32]);
    }
}
