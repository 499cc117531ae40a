//! The profile: `<challenge secret="…"/>` with 32 hex digits. It is untrusted input (R09).

use ihv::{Failure, Policy, Refused, Win32Error};
use zeroize::Zeroizing;

/// What both sides know. It is wiped when it is dropped (R31).
pub type Secret = Zeroizing<[u8; 16]>;

/// The secret of a profile.
///
/// # Errors
/// A profile of any other form.
pub fn parse(xml: &str) -> Result<Secret, Refused> {
    let refused = Refused {
        error: Win32Error::INVALID_DATA,
        reason: Failure::Policy(Policy::InvalidProfile).into(),
    };
    let digits = xml
        .trim()
        .strip_prefix(r#"<challenge secret=""#)
        .and_then(|rest| rest.strip_suffix(r#""/>"#))
        .filter(|digits| digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .ok_or(refused)?;
    let mut secret = Secret::default();
    for (index, octet) in secret.iter_mut().enumerate() {
        *octet = u8::from_str_radix(&digits[2 * index..][..2], 16).map_err(|_| refused)?;
    }
    Ok(secret)
}
