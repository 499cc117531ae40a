//! A key in the kernel's keyring of the user: it never touches a disk, and is gone when the machine is switched off.

use super::LIMIT;
use linux_keyutils::{KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission};
use std::io;
use zeroize::Zeroizing;

/// The content of the key called `name`; `None` if there is no such key.
///
/// # Errors
/// What the kernel says.
pub(in crate::connect) fn read(name: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let key = match keyring()?.search(name) {
        Err(KeyError::KeyDoesNotExist) => return Ok(None),
        found => found.map_err(io::Error::other)?,
    };
    let mut content = Zeroizing::new(vec![0; LIMIT]);
    let length = key.read(&mut *content).map_err(io::Error::other)?;
    content.truncate(length);
    Ok(Some(content))
}

/// Makes the key, or changes the one that is there.
///
/// # Errors
/// What the kernel says.
pub(in crate::connect) fn store(name: &str, content: &[u8]) -> io::Result<()> {
    let key = keyring()?.add_key(name, content).map_err(io::Error::other)?;
    // A service has a session keyring of its own, to which the user's is not linked: its owner's rights are what
    // counts then.
    let permissions = KeyPermissionsBuilder::builder()
        .posessor(Permission::ALL)
        .user(Permission::ALL)
        .build();
    key.set_perms(permissions).map_err(io::Error::other)
}

fn keyring() -> io::Result<KeyRing> {
    KeyRing::from_special_id(KeyRingIdentifier::User, true).map_err(io::Error::other)
}
