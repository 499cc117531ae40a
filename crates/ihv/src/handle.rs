//! Opaque handles. Whoever makes one chooses its value; the other side only hands it back (R03, R22).

use core::fmt;

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(pub u64);
    )*};
}

handles! {
    /// The host's name for an adapter (`hDot11SvcHandle`).
    HostAdapter;
    /// The extension's name for an adapter (`hIhvExtAdapter`).
    ExtensionAdapter;
    /// The host's name for a connection that is being made (`hConnectSession`): alive until the
    /// pre-association operation is completed.
    ConnectSession;
    /// The host's name for the security session of a data port (`hSecuritySessionID`): alive until
    /// the post-association operation is stopped.
    SecuritySession;
    /// The extension's name for a packet that it has sent (`hSendCompletion`).
    SendCompletion;
}

/// A globally unique identifier, in the order in which Windows prints it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Guid(pub u128);

/// As `{00000000-0000-0000-0000-000000000001}`.
impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        write!(
            f,
            "{{{:08x}-{:04x}-{:04x}-{:04x}-{:012x}}}",
            value >> 96,
            value >> 80 & 0xffff,
            value >> 64 & 0xffff,
            value >> 48 & 0xffff,
            value & 0xffff_ffff_ffff
        )
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_reads_as_windows_prints_it() {
        let guid = Guid(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        assert_eq!(guid.to_string(), "{00112233-4455-6677-8899-aabbccddeeff}");
    }
}
