//! What protects a simulated network: an AKM, a static key of WEP, or nothing.

use crate::suites::AkmName;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use frame::Akm;
use std::sync::LazyLock;

/// The static keys of the simulated networks.
const WEP_40: [u8; 5] = *b"sesam";
const WEP_104: [u8; 13] = *b"open sesame!!";

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Akm(Akm),
    Wep(&'static [u8]),
    Open,
}

impl Kind {
    /// The AKM, where there is a handshake.
    pub(super) const fn akm(self) -> Option<Akm> {
        match self {
            Self::Akm(akm) => Some(akm),
            Self::Wep(_) | Self::Open => None,
        }
    }
}

/// As people name it on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KindName {
    Akm(AkmName),
    Wep40,
    Wep104,
    Open,
}

static VARIANTS: LazyLock<Vec<KindName>> = LazyLock::new(|| {
    let akms = AkmName::value_variants().iter().copied().map(KindName::Akm);
    akms.chain([KindName::Wep40, KindName::Wep104, KindName::Open])
        .collect()
});

impl ValueEnum for KindName {
    fn value_variants<'a>() -> &'a [Self] {
        &VARIANTS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Akm(akm) => akm.to_possible_value(),
            Self::Wep40 => Some(PossibleValue::new("wep-40").help("WEP with a key of 5 octets: needs --legacy")),
            Self::Wep104 => Some(
                PossibleValue::new("wep-104")
                    .alias("wep")
                    .help("WEP with a key of 13 octets: needs --legacy"),
            ),
            Self::Open => Some(PossibleValue::new("open").help("No protection at all: needs --open")),
        }
    }
}

impl From<KindName> for Kind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Akm(akm) => Self::Akm(akm.into()),
            KindName::Wep40 => Self::Wep(&WEP_40),
            KindName::Wep104 => Self::Wep(&WEP_104),
            KindName::Open => Self::Open,
        }
    }
}
