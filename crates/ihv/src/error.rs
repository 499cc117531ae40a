//! What a call comes to: Win32 error codes (`winerror.h`) and layer-2 reason codes (`l2cmn.h`).

use crate::{Failure, Policy};
use core::fmt;

/// A Win32 error code. Zero is success, which only a completion may carry; a `Result` never holds it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Win32Error(pub u32);

macro_rules! errors {
    ($($constant:ident = $value:literal, $meaning:literal;)*) => {
        impl Win32Error {
            $(#[doc = concat!("`ERROR_", stringify!($constant), "`: ", $meaning, ".")]
            pub const $constant: Self = Self($value);)*

            /// The name in `winerror.h` without `ERROR_`, if the code is one that this interface uses.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$constant => Some(stringify!($constant)),)*
                    _ => None,
                }
            }

            fn meaning(self) -> &'static str {
                match self {
                    $(Self::$constant => $meaning,)*
                    _ => "an error that this interface does not name",
                }
            }
        }
    };
}

errors! {
    SUCCESS = 0, "done";
    ACCESS_DENIED = 5, "the caller may not do this";
    INVALID_HANDLE = 6, "the handle names nothing that is alive";
    NOT_ENOUGH_MEMORY = 8, "there is no memory for it";
    INVALID_DATA = 13, "the data is malformed";
    NOT_SUPPORTED = 50, "this is not supported";
    INVALID_PARAMETER = 87, "an argument is out of its range";
    INSUFFICIENT_BUFFER = 122, "the buffer is too small";
    BUSY = 170, "it is in use";
    PROCESS_ABORTED = 1067, "the process that it runs in has ended";
    NOT_FOUND = 1168, "there is no such thing";
    CANCELLED = 1223, "the operation was cancelled";
    INTERNAL_ERROR = 1359, "a defect of the callee";
    REVISION_MISMATCH = 1306, "the versions do not overlap";
    TIMEOUT = 1460, "no answer came in time";
    INVALID_OPERATION = 4317, "this may not be done here";
    INVALID_STATE = 5023, "this may not be done now";
}

impl Win32Error {
    /// What a function has returned, as a result.
    pub(crate) fn result(self) -> Result<(), Self> {
        match self {
            Self::SUCCESS => Ok(()),
            error => Err(error),
        }
    }

    /// What a function returns that came to this result.
    pub(crate) fn of(result: Result<(), Self>) -> Self {
        result.map_or_else(|error| error, |()| Self::SUCCESS)
    }
}

impl fmt::Display for Win32Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "ERROR_{name} ({}): {}", self.0, self.meaning()),
            None => write!(f, "Win32 error {}", self.0),
        }
    }
}

impl fmt::Debug for Win32Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for Win32Error {}

/// A layer-2 reason code (`L2_REASON_CODE_…`): why an operation ended as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Reason(pub u32);

impl Reason {
    /// `L2_REASON_CODE_SUCCESS`.
    pub const SUCCESS: Self = Self(0);
    /// `L2_REASON_CODE_UNKNOWN`: a failure of no better name.
    pub const UNKNOWN: Self = Self(0x1_0001);
    /// The first reason of the range that belongs to extensions (`L2_REASON_CODE_IHV_BASE`).
    pub const IHV_BASE: Self = Self(0x9_0000);
    /// How many reasons a range has (`L2_REASON_CODE_GROUP_SIZE`).
    pub const GROUP_SIZE: u32 = 0x1_0000;

    /// Reason number `offset` of the extensions' own range; the upper 16 bits do not exist.
    #[must_use]
    pub const fn ihv(offset: u16) -> Self {
        Self(Self::IHV_BASE.0 + offset as u32)
    }

    /// The number within the extensions' own range, or `None` for a reason outside it.
    #[must_use]
    pub const fn ihv_offset(self) -> Option<u16> {
        match self.0.checked_sub(Self::IHV_BASE.0) {
            Some(offset) if offset < Self::GROUP_SIZE => Some(offset as u16),
            _ => None,
        }
    }

    /// Whether a completion may pair this reason with `error` (R17).
    #[must_use]
    pub const fn agrees_with(self, error: Win32Error) -> bool {
        let success = error.0 == Win32Error::SUCCESS.0;
        match self {
            Self::SUCCESS => success,
            reason => !success || reason.ihv_offset().is_some(),
        }
    }
}

/// A handler's refusal to begin: an error for the host, and a reason for whoever asked the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error} (reason {:#x})", reason.0)]
pub struct Refused {
    /// Never [`Win32Error::SUCCESS`].
    pub error: Win32Error,
    /// Never [`Reason::SUCCESS`].
    pub reason: Reason,
}

impl Refused {
    /// Of a profile that is malformed or contradicts itself (R09).
    #[must_use]
    pub fn invalid_profile() -> Self {
        Self {
            error: Win32Error::INVALID_DATA,
            reason: Failure::Policy(Policy::InvalidProfile).into(),
        }
    }
}

/// An error of which whoever asked the host need not know more than that something went wrong here.
impl From<Win32Error> for Refused {
    fn from(error: Win32Error) -> Self {
        Self {
            error,
            reason: Failure::Internal.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_agreeing_pairs_of_error_and_reason_pass() {
        let ihv = Reason::ihv(7);
        assert!(Reason::SUCCESS.agrees_with(Win32Error::SUCCESS));
        assert!(ihv.agrees_with(Win32Error::SUCCESS));
        assert!(ihv.agrees_with(Win32Error::TIMEOUT));
        assert!(Reason::UNKNOWN.agrees_with(Win32Error::TIMEOUT));
        assert!(!Reason::SUCCESS.agrees_with(Win32Error::TIMEOUT));
        assert!(!Reason::UNKNOWN.agrees_with(Win32Error::SUCCESS));
    }

    #[test]
    fn the_extensions_range_ends_where_the_next_begins() {
        assert_eq!(Reason::ihv(u16::MAX).ihv_offset(), Some(u16::MAX));
        assert_eq!(Reason(Reason::ihv(u16::MAX).0 + 1).ihv_offset(), None);
        assert_eq!(Reason(Reason::IHV_BASE.0 - 1).ihv_offset(), None);
    }

    #[test]
    fn an_error_says_its_name_its_number_and_its_meaning() {
        assert_eq!(
            Win32Error::CANCELLED.to_string(),
            "ERROR_CANCELLED (1223): the operation was cancelled"
        );
        assert_eq!(Win32Error(99_999).to_string(), "Win32 error 99999");
    }
}
