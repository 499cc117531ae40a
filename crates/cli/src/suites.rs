//! Suites as people name them on the command line.

use clap::ValueEnum;
use frame::{Akm, Cipher};

/// An authentication and key management suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AkmName {
    /// 00-0F-AC:2, WPA2 with a passphrase
    #[value(alias = "00-0f-ac:2")]
    Psk,
    /// 00-0F-AC:6
    #[value(alias = "00-0f-ac:6")]
    PskSha256,
    /// 00-0F-AC:20
    #[value(alias = "00-0f-ac:20")]
    PskSha384,
    /// 00-0F-AC:4, fast transition
    #[value(alias = "00-0f-ac:4")]
    FtPsk,
    /// 00-0F-AC:19
    #[value(alias = "00-0f-ac:19")]
    FtPskSha384,
    /// 00-0F-AC:8, WPA3 with a password
    #[value(alias = "00-0f-ac:8")]
    Sae,
    /// 00-0F-AC:9
    #[value(alias = "00-0f-ac:9")]
    FtSae,
    /// 00-0F-AC:24
    #[value(alias = "00-0f-ac:24")]
    SaeExtKey,
    /// 00-0F-AC:25
    #[value(alias = "00-0f-ac:25")]
    FtSaeExtKey,
    /// 00-0F-AC:18, encryption without a secret
    #[value(alias = "00-0f-ac:18")]
    Owe,
    /// 00-0F-AC:1, WPA2-Enterprise
    #[value(alias = "00-0f-ac:1")]
    Eap,
    /// 00-0F-AC:5
    #[value(alias = "00-0f-ac:5")]
    EapSha256,
    /// 00-0F-AC:3
    #[value(alias = "00-0f-ac:3")]
    FtEap,
    /// 00-0F-AC:11
    #[value(alias = "00-0f-ac:11")]
    EapSuiteB,
    /// 00-0F-AC:12, WPA3-Enterprise with 192 bits
    #[value(name = "eap-suite-b-192", alias = "00-0f-ac:12")]
    EapSuiteB192,
    /// 00-0F-AC:13
    #[value(alias = "00-0f-ac:13")]
    FtEapSha384,
    /// 00-50-F2:2, WPA, for old networks only
    #[value(alias = "00-50-f2:2")]
    WpaPsk,
}

/// A cipher suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CipherName {
    /// 00-0F-AC:4
    #[value(name = "ccmp-128", alias = "00-0f-ac:4")]
    Ccmp128,
    /// 00-0F-AC:8
    #[value(name = "gcmp-128", alias = "00-0f-ac:8")]
    Gcmp128,
    /// 00-0F-AC:9
    #[value(name = "gcmp-256", alias = "00-0f-ac:9")]
    Gcmp256,
    /// 00-0F-AC:10
    #[value(name = "ccmp-256", alias = "00-0f-ac:10")]
    Ccmp256,
    /// 00-0F-AC:2, for old networks only
    #[value(alias = "00-0f-ac:2")]
    Tkip,
}

/// A cipher suite for group addressed management frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BipName {
    /// 00-0F-AC:6
    #[value(name = "bip-cmac-128", alias = "00-0f-ac:6")]
    Cmac128,
    /// 00-0F-AC:13
    #[value(name = "bip-cmac-256", alias = "00-0f-ac:13")]
    Cmac256,
    /// 00-0F-AC:11
    #[value(name = "bip-gmac-128", alias = "00-0f-ac:11")]
    Gmac128,
    /// 00-0F-AC:12
    #[value(name = "bip-gmac-256", alias = "00-0f-ac:12")]
    Gmac256,
}

impl From<BipName> for Cipher {
    fn from(name: BipName) -> Self {
        match name {
            BipName::Cmac128 => Self::BIP_CMAC_128,
            BipName::Cmac256 => Self::BIP_CMAC_256,
            BipName::Gmac128 => Self::BIP_GMAC_128,
            BipName::Gmac256 => Self::BIP_GMAC_256,
        }
    }
}

impl From<AkmName> for Akm {
    fn from(name: AkmName) -> Self {
        match name {
            AkmName::Psk => Self::PSK,
            AkmName::PskSha256 => Self::PSK_SHA256,
            AkmName::PskSha384 => Self::PSK_SHA384,
            AkmName::FtPsk => Self::FT_PSK,
            AkmName::FtPskSha384 => Self::FT_PSK_SHA384,
            AkmName::Sae => Self::SAE,
            AkmName::FtSae => Self::FT_SAE,
            AkmName::SaeExtKey => Self::SAE_EXT_KEY,
            AkmName::FtSaeExtKey => Self::FT_SAE_EXT_KEY,
            AkmName::Owe => Self::OWE,
            AkmName::Eap => Self::EAP,
            AkmName::EapSha256 => Self::EAP_SHA256,
            AkmName::FtEap => Self::FT_EAP,
            AkmName::EapSuiteB => Self::EAP_SUITE_B,
            AkmName::EapSuiteB192 => Self::EAP_SUITE_B_192,
            AkmName::FtEapSha384 => Self::FT_EAP_SHA384,
            AkmName::WpaPsk => Self::WPA_PSK,
        }
    }
}

impl From<CipherName> for Cipher {
    fn from(name: CipherName) -> Self {
        match name {
            CipherName::Ccmp128 => Self::CCMP_128,
            CipherName::Gcmp128 => Self::GCMP_128,
            CipherName::Gcmp256 => Self::GCMP_256,
            CipherName::Ccmp256 => Self::CCMP_256,
            CipherName::Tkip => Self::TKIP,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_named_by_its_selector_too() {
        for name in AkmName::value_variants() {
            let selector = Akm::from(*name).to_string();
            assert_eq!(AkmName::from_str(&selector, true).as_ref(), Ok(name), "{selector}");
        }
        for name in BipName::value_variants() {
            let selector = Cipher::from(*name).to_string();
            assert_eq!(BipName::from_str(&selector, true).as_ref(), Ok(name), "{selector}");
        }
        for name in CipherName::value_variants() {
            let selector = Cipher::from(*name).to_string();
            assert_eq!(CipherName::from_str(&selector, true).as_ref(), Ok(name), "{selector}");
        }
    }
}
