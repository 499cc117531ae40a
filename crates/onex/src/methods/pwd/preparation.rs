//! What the server has done to the password before it stored it, and the peer does now (RFC 5931, 3.2.1; RFC 8146).

use alloc::vec::Vec;

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::method::{MethodFailure, Secret};
use crate::mschap::{hash_of_hash, nt_password_hash};

/// A preparation of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preparation {
    /// The password as it is.
    Raw,
    /// MD4 twice, as Windows stores it: the hash of the hash of MS-CHAP.
    Microsoft,
    /// Normalised by SASLprep (RFC 4013). Done here for printable ASCII, which it leaves as it is.
    SaslPrep,
    /// Hashed together with a salt.
    Salted {
        /// The hash.
        hash: SaltedHash,
        /// Normalised before as an `OpaqueString` (RFC 8265). Done here for printable ASCII, which it leaves as it is.
        opaque: bool,
    },
}

/// The hash over password and salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaltedHash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Preparation {
    /// All that are done here, in the order of their numbers.
    const TABLE: [(u8, Self); 9] = [
        (0, Self::Raw),
        (1, Self::Microsoft),
        (2, Self::SaslPrep),
        (3, salted(SaltedHash::Sha1, false)),
        (4, salted(SaltedHash::Sha256, false)),
        (5, salted(SaltedHash::Sha512, false)),
        (7, salted(SaltedHash::Sha1, true)),
        (8, salted(SaltedHash::Sha256, true)),
        (9, salted(SaltedHash::Sha512, true)),
    ];

    /// The preparation with this number (IANA, EAP-pwd *password pre-processing techniques*).
    pub(crate) fn of(number: u8) -> Result<Self, MethodFailure> {
        let row = Self::TABLE.iter().find(|row| row.0 == number);
        row.map(|row| row.1).ok_or(MethodFailure::Unacceptable {
            what: match number {
                6 | 10 => "a password hashed with crypt()",
                _ => "an unknown preparation of the password",
            },
        })
    }

    /// Its number.
    pub(crate) fn number(self) -> u8 {
        let row = Self::TABLE.iter().find(|row| row.1 == self);
        row.map_or(0, |row| row.0)
    }

    /// Whether the server sends a salt with its commit.
    pub(crate) const fn has_salt(self) -> bool {
        matches!(self, Self::Salted { .. })
    }

    /// What stands for the password in the exchange. `salt` is empty where there is none.
    pub(crate) fn apply(self, password: &Secret, salt: &[u8]) -> Result<Zeroizing<Vec<u8>>, MethodFailure> {
        let octets = password.as_bytes();
        let normalised = matches!(self, Self::SaslPrep | Self::Salted { opaque: true, .. });
        if normalised && !octets.iter().all(|octet| (b' '..=b'~').contains(octet)) {
            return Err(MethodFailure::Missing {
                what: "password of ASCII characters, to which the normalisation that the server asks for is limited here",
            });
        }
        Ok(Zeroizing::new(match self {
            Self::Raw | Self::SaslPrep => octets.to_vec(),
            Self::Microsoft => hash_of_hash(&nt_password_hash(password)?).to_vec(),
            Self::Salted { hash, .. } => match hash {
                SaltedHash::Sha1 => digest::<Sha1>(octets, salt),
                SaltedHash::Sha256 => digest::<Sha256>(octets, salt),
                SaltedHash::Sha512 => digest::<Sha512>(octets, salt),
            },
        }))
    }
}

const fn salted(hash: SaltedHash, opaque: bool) -> Preparation {
    Preparation::Salted { hash, opaque }
}

fn digest<D: Digest>(password: &[u8], salt: &[u8]) -> Vec<u8> {
    D::new().chain_update(password).chain_update(salt).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preparation_has_its_number_and_no_other_number_has_one() {
        for number in 0..=u8::MAX {
            match Preparation::of(number) {
                Ok(preparation) => assert_eq!(preparation.number(), number),
                Err(failure) => assert!(matches!(failure, MethodFailure::Unacceptable { .. })),
            }
        }
        assert_eq!(
            (0..=u8::MAX).filter(|&number| Preparation::of(number).is_ok()).count(),
            9
        );
    }

    #[test]
    fn the_salt_stands_behind_the_password() {
        // SHA-1("abc"), FIPS 180.
        let prepared = salted(SaltedHash::Sha1, false).apply(&"a".into(), b"bc").unwrap();
        assert_eq!(
            prepared[..],
            [
                0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e, 0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c,
                0xd0, 0xd8, 0x9d
            ]
        );
    }

    #[test]
    fn windows_hashes_the_password_twice() {
        // RFC 2759, 9.2.
        let prepared = Preparation::Microsoft.apply(&"clientPass".into(), &[]).unwrap();
        assert_eq!(
            prepared[..],
            [
                0x41, 0xc0, 0x0c, 0x58, 0x4b, 0xd2, 0xd9, 0x1c, 0x40, 0x17, 0xa2, 0xa1, 0x2f, 0xa5, 0x9f, 0x3f
            ]
        );
    }

    #[test]
    fn a_password_that_would_be_normalised_is_refused() {
        assert!(Preparation::SaslPrep.apply(&"pa ss~".into(), &[]).is_ok());
        assert!(Preparation::SaslPrep.apply(&"pässword".into(), &[]).is_err());
        assert!(
            salted(SaltedHash::Sha256, true)
                .apply(&"tab\t".into(), b"salt")
                .is_err()
        );
        assert!(Preparation::Raw.apply(&"pässword".into(), &[]).is_ok());
    }
}
