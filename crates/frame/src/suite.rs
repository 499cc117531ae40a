//! Suite selectors (IEEE 802.11-2020, 9.4.2.24, Figure 9-284): who defined a suite, and which one it is.

use core::fmt;

/// A suite selector: OUI (3 octets) and suite type (1 octet).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Suite(pub [u8; 4]);

impl Suite {
    /// A suite of IEEE 802.11 itself, OUI 00-0F-AC.
    #[must_use]
    pub const fn ieee(kind: u8) -> Self {
        Self([0x00, 0x0f, 0xac, kind])
    }

    /// A suite of the Wi-Fi Alliance's WPA, OUI 00-50-F2.
    #[must_use]
    pub const fn wpa(kind: u8) -> Self {
        Self([0x00, 0x50, 0xf2, kind])
    }
}

/// As `00-0f-ac:4`.
impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, kind] = self.0;
        write!(f, "{a:02x}-{b:02x}-{c:02x}:{kind}")
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A list of suites of one type: octets of an element that was parsed, or values for one to be sent.
///
/// Two lists are equal if they name the same suites in the same order, wherever they come from.
#[derive(Clone, Copy)]
pub struct SuiteList<'a, S>(Source<'a, S>);

#[derive(Clone, Copy)]
enum Source<'a, S> {
    Octets(&'a [[u8; 4]]),
    Values(&'a [S]),
}

impl<'a, S: Copy + From<Suite>> SuiteList<'a, S> {
    /// The suites of an element's octets.
    pub(crate) const fn from_octets(octets: &'a [[u8; 4]]) -> Self {
        Self(Source::Octets(octets))
    }

    /// The suites to send.
    #[must_use]
    pub const fn new(suites: &'a [S]) -> Self {
        Self(Source::Values(suites))
    }

    /// The number of suites.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Source::Octets(octets) => octets.len(),
            Source::Values(values) => values.len(),
        }
    }

    /// True if there is no suite.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The suites in their order.
    #[must_use]
    pub const fn iter(&self) -> Suites<'a, S> {
        Suites(*self)
    }

    /// True if `suite` is in the list.
    #[must_use]
    pub fn contains(&self, suite: S) -> bool
    where
        S: PartialEq,
    {
        self.iter().any(|listed| listed == suite)
    }
}

impl<'a, S: Copy + From<Suite>> IntoIterator for SuiteList<'a, S> {
    type Item = S;
    type IntoIter = Suites<'a, S>;

    fn into_iter(self) -> Suites<'a, S> {
        self.iter()
    }
}

impl<S: Copy + From<Suite> + PartialEq> PartialEq for SuiteList<'_, S> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<S: Copy + From<Suite> + Eq> Eq for SuiteList<'_, S> {}

impl<S: Copy + From<Suite> + fmt::Debug> fmt::Debug for SuiteList<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The suites of a [`SuiteList`], in their order.
#[derive(Clone)]
pub struct Suites<'a, S>(SuiteList<'a, S>);

impl<S: Copy + From<Suite>> Iterator for Suites<'_, S> {
    type Item = S;

    fn next(&mut self) -> Option<S> {
        match &mut self.0.0 {
            Source::Octets(octets) => octets.split_off_first().map(|&octets| S::from(Suite(octets))),
            Source::Values(values) => values.split_off_first().copied(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<S: Copy + From<Suite>> ExactSizeIterator for Suites<'_, S> {}

macro_rules! suites {
    ($(#[$doc:meta])* $type:ident { $($(#[$row_doc:meta])* $constant:ident = $suite:expr, $name:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $type(pub Suite);

        impl $type {
            $($(#[$row_doc])* pub const $constant: Self = Self($suite);)*

            /// The name that the field uses, or `None` for a suite that is not in the table.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$constant => Some($name),)*
                    _ => None,
                }
            }
        }

        impl From<Suite> for $type {
            fn from(suite: Suite) -> Self {
                Self(suite)
            }
        }

        impl From<$type> for Suite {
            fn from(suite: $type) -> Self {
                suite.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

suites! {
    /// An authentication and key management suite (IEEE 802.11-2020, Table 9-151).
    Akm {
        /// 802.1X, SHA-1.
        EAP = Suite::ieee(1), "802.1X";
        /// Pre-shared key, SHA-1.
        PSK = Suite::ieee(2), "PSK";
        /// Fast transition with 802.1X, SHA-256.
        FT_EAP = Suite::ieee(3), "FT-802.1X";
        /// Fast transition with a pre-shared key, SHA-256.
        FT_PSK = Suite::ieee(4), "FT-PSK";
        /// 802.1X, SHA-256.
        EAP_SHA256 = Suite::ieee(5), "802.1X-SHA256";
        /// Pre-shared key, SHA-256.
        PSK_SHA256 = Suite::ieee(6), "PSK-SHA256";
        /// Tunnelled direct link setup.
        TDLS = Suite::ieee(7), "TDLS";
        /// Simultaneous authentication of equals, SHA-256.
        SAE = Suite::ieee(8), "SAE";
        /// Fast transition with SAE, SHA-256.
        FT_SAE = Suite::ieee(9), "FT-SAE";
        /// 802.1X with a Suite B compliant EAP method, SHA-256.
        EAP_SUITE_B = Suite::ieee(11), "802.1X-Suite-B";
        /// 802.1X with a CNSA compliant EAP method, SHA-384.
        EAP_SUITE_B_192 = Suite::ieee(12), "802.1X-Suite-B-192";
        /// Fast transition with 802.1X, SHA-384.
        FT_EAP_SHA384 = Suite::ieee(13), "FT-802.1X-SHA384";
        /// Fast initial link setup, SHA-256.
        FILS_SHA256 = Suite::ieee(14), "FILS-SHA256";
        /// Fast initial link setup, SHA-384.
        FILS_SHA384 = Suite::ieee(15), "FILS-SHA384";
        /// Fast transition with FILS, SHA-256.
        FT_FILS_SHA256 = Suite::ieee(16), "FT-FILS-SHA256";
        /// Fast transition with FILS, SHA-384.
        FT_FILS_SHA384 = Suite::ieee(17), "FT-FILS-SHA384";
        /// Opportunistic wireless encryption (RFC 8110).
        OWE = Suite::ieee(18), "OWE";
        /// Fast transition with a pre-shared key, SHA-384.
        FT_PSK_SHA384 = Suite::ieee(19), "FT-PSK-SHA384";
        /// Pre-shared key, SHA-384.
        PSK_SHA384 = Suite::ieee(20), "PSK-SHA384";
        /// 802.1X, SHA-384.
        EAP_SHA384 = Suite::ieee(23), "802.1X-SHA384";
        /// SAE with a hash that depends on the group.
        SAE_EXT_KEY = Suite::ieee(24), "SAE-EXT-KEY";
        /// Fast transition with SAE and a hash that depends on the group.
        FT_SAE_EXT_KEY = Suite::ieee(25), "FT-SAE-EXT-KEY";
        /// WPA with 802.1X, before IEEE 802.11i was finished.
        WPA_EAP = Suite::wpa(1), "WPA-802.1X";
        /// WPA with a pre-shared key, before IEEE 802.11i was finished.
        WPA_PSK = Suite::wpa(2), "WPA-PSK";
    }
}

suites! {
    /// A cipher suite (IEEE 802.11-2020, Table 9-149).
    Cipher {
        /// Group data uses the pairwise cipher.
        USE_GROUP = Suite::ieee(0), "use-group";
        /// WEP with a 40-bit key.
        WEP_40 = Suite::ieee(1), "WEP-40";
        /// TKIP.
        TKIP = Suite::ieee(2), "TKIP";
        /// CCMP with a 128-bit key.
        CCMP_128 = Suite::ieee(4), "CCMP-128";
        /// WEP with a 104-bit key.
        WEP_104 = Suite::ieee(5), "WEP-104";
        /// BIP-CMAC with a 128-bit key, for group management frames.
        BIP_CMAC_128 = Suite::ieee(6), "BIP-CMAC-128";
        /// Group addressed traffic is not allowed.
        GROUP_NOT_ALLOWED = Suite::ieee(7), "group-not-allowed";
        /// GCMP with a 128-bit key.
        GCMP_128 = Suite::ieee(8), "GCMP-128";
        /// GCMP with a 256-bit key.
        GCMP_256 = Suite::ieee(9), "GCMP-256";
        /// CCMP with a 256-bit key.
        CCMP_256 = Suite::ieee(10), "CCMP-256";
        /// BIP-GMAC with a 128-bit key, for group management frames.
        BIP_GMAC_128 = Suite::ieee(11), "BIP-GMAC-128";
        /// BIP-GMAC with a 256-bit key, for group management frames.
        BIP_GMAC_256 = Suite::ieee(12), "BIP-GMAC-256";
        /// BIP-CMAC with a 256-bit key, for group management frames.
        BIP_CMAC_256 = Suite::ieee(13), "BIP-CMAC-256";
        /// WPA's WEP with a 40-bit key.
        WPA_WEP_40 = Suite::wpa(1), "WPA-WEP-40";
        /// WPA's TKIP.
        WPA_TKIP = Suite::wpa(2), "WPA-TKIP";
        /// WPA's CCMP.
        WPA_CCMP_128 = Suite::wpa(4), "WPA-CCMP-128";
        /// WPA's WEP with a 104-bit key.
        WPA_WEP_104 = Suite::wpa(5), "WPA-WEP-104";
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn a_selector_reads_as_in_the_standard() {
        assert_eq!(Akm::PSK.to_string(), "00-0f-ac:2");
        assert_eq!(Cipher::WPA_TKIP.to_string(), "00-50-f2:2");
    }

    #[test]
    fn a_suite_outside_the_table_has_no_name() {
        assert_eq!(Cipher::GCMP_256.name(), Some("GCMP-256"));
        assert_eq!(Akm(Suite([1, 2, 3, 4])).name(), None);
    }
}
