//! What a library asks of its system, whatever extension is in it.

#[cfg(windows)]
#[expect(unsafe_code, reason = "calls Windows")]
mod windows;

use ihv::abi::{Make, Provisions};

/// An extension that is made like this, with what `wlanihv.h` leaves to other interfaces of Windows: the addresses of
/// adapters, and the protection of keys.
pub(crate) const fn provisions(make: Make) -> Provisions {
    let provisions = Provisions::new(make);
    #[cfg(windows)]
    let provisions = provisions
        .with_address(windows::address)
        .with_unprotect(windows::unprotect);
    provisions
}
