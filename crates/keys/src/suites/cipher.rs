//! Cipher suites (IEEE 802.11-2020, Tables 9-149 and 12-7).

use frame::Cipher;

/// One row of the table: what a cipher suite needs and may be used for. All lengths are in octets.
#[derive(Debug, PartialEq, Eq)]
pub struct CipherSuite {
    /// The selector.
    pub cipher: Cipher,
    /// Temporal key. For TKIP the two Michael keys are part of it.
    pub tk_len: usize,
    /// Which traffic it may protect.
    pub kind: CipherKind,
    /// The part of the Key RSC field that counts; the rest of the 8 octets is zero.
    pub rsc_len: usize,
    /// The integrity code at the end of a protected frame or of its MMIE; 0 for WEP, whose checksum is no MIC.
    pub mic_len: usize,
}

/// Which traffic a cipher may protect (IEEE 802.11-2020, Table 9-150).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CipherKind {
    /// Pairwise and group data.
    Pairwise,
    /// Group data only: WEP beside a better pairwise cipher.
    Group,
    /// Group addressed management frames only.
    GroupManagement,
}

impl CipherSuite {
    /// The row of `cipher`, or `None` for a suite that has no key or is not in the table.
    #[must_use]
    pub fn of(cipher: Cipher) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.cipher == cipher)
    }

    /// Whether the cipher may protect traffic between the two stations of an association.
    #[must_use]
    pub fn is_pairwise(&self) -> bool {
        self.kind == CipherKind::Pairwise
    }

    /// Whether the cipher may protect group addressed data.
    #[must_use]
    pub fn is_group(&self) -> bool {
        self.kind != CipherKind::GroupManagement
    }

    /// Whether the cipher may protect group addressed management frames.
    #[must_use]
    pub fn is_group_management(&self) -> bool {
        self.kind == CipherKind::GroupManagement
    }
}

static TABLE: [CipherSuite; 15] = {
    use CipherKind::{Group, GroupManagement, Pairwise};
    [
        row(Cipher::WEP_40, 5, Group, 0, 0),
        row(Cipher::TKIP, 32, Pairwise, 6, 8),
        row(Cipher::CCMP_128, 16, Pairwise, 6, 8),
        row(Cipher::WEP_104, 13, Group, 0, 0),
        row(Cipher::BIP_CMAC_128, 16, GroupManagement, 6, 8),
        row(Cipher::GCMP_128, 16, Pairwise, 6, 16),
        row(Cipher::GCMP_256, 32, Pairwise, 6, 16),
        row(Cipher::CCMP_256, 32, Pairwise, 6, 16),
        row(Cipher::BIP_GMAC_128, 16, GroupManagement, 6, 16),
        row(Cipher::BIP_GMAC_256, 32, GroupManagement, 6, 16),
        row(Cipher::BIP_CMAC_256, 32, GroupManagement, 6, 16),
        row(Cipher::WPA_WEP_40, 5, Group, 0, 0),
        row(Cipher::WPA_TKIP, 32, Pairwise, 6, 8),
        row(Cipher::WPA_CCMP_128, 16, Pairwise, 6, 8),
        row(Cipher::WPA_WEP_104, 13, Group, 0, 0),
    ]
};

const fn row(cipher: Cipher, tk_len: usize, kind: CipherKind, rsc_len: usize, mic_len: usize) -> CipherSuite {
    CipherSuite {
        cipher,
        tk_len,
        kind,
        rsc_len,
        mic_len,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cipher_has_one_row() {
        for (i, row) in TABLE.iter().enumerate() {
            assert!(row.cipher.name().is_some());
            assert!(
                TABLE[i + 1..].iter().all(|other| other.cipher != row.cipher),
                "{}",
                row.cipher
            );
        }
    }

    #[test]
    fn a_suite_without_a_key_has_no_row() {
        for cipher in [Cipher::USE_GROUP, Cipher::GROUP_NOT_ALLOWED] {
            assert_eq!(CipherSuite::of(cipher), None);
        }
    }

    /// IEEE 802.11-2020, Table 9-150.
    #[test]
    fn a_cipher_protects_only_the_traffic_that_it_is_for() {
        let roles = |cipher| {
            let suite = CipherSuite::of(cipher).unwrap();
            [suite.is_pairwise(), suite.is_group(), suite.is_group_management()]
        };
        assert_eq!(roles(Cipher::GCMP_256), [true, true, false]);
        assert_eq!(roles(Cipher::WEP_104), [false, true, false]);
        assert_eq!(roles(Cipher::BIP_GMAC_256), [false, false, true]);
    }
}
