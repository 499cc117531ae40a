//! What the 16-bit fields of the standard have in common: flags, and a hexadecimal form.

/// An accessor and a builder for each flag of a field: bit, accessor, builder.
macro_rules! flags {
    ($type:ident { $($(#[$doc:meta])* $bit:literal $flag:ident $with:ident;)* }) => {
        impl $type {
            $(
                $(#[$doc])*
                #[must_use]
                pub const fn $flag(self) -> bool {
                    self.0 & (1 << $bit) != 0
                }

                #[doc = concat!("The same with [`", stringify!($type), "::", stringify!($flag), "`] set or cleared.")]
                #[must_use]
                pub const fn $with(self, value: bool) -> Self {
                    Self(self.0 & !(1 << $bit) | ((value as u16) << $bit))
                }
            )*
        }
    };
}
pub(crate) use flags;

/// Shows a field as four hexadecimal digits, `0x13ca`, for people and in debug output alike.
macro_rules! shown_in_hex {
    ($type:ident) => {
        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{:#06x}", self.0)
            }
        }

        impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }
    };
}
pub(crate) use shown_in_hex;
