//! Secrets and what is derived from them: from the passphrase to the temporal key, and the integrity
//! and secrecy of the frames that carry keys.
//!
//! Pure functions of bytes: no state machine, no allocation, no I/O, and randomness is an argument. Which handshake
//! message a key belongs to is known to the crate `rsn`, not here.
//!
//! The way in: [`AkmSuite::of`] and [`CipherSuite::of`] find the row of a negotiated suite, [`Psk`] and
//! [`Pmk`] hold what the two sides share, [`Ptk::derive`] makes the keys of one association, [`mic`] and
//! [`wrap`] use them on EAPOL-Key frames, and [`protect`] on data and management frames.
//!
//! Every secret lives in a fixed array that is wiped when it is dropped. None implements `Debug`, `Display`
//! or `Clone`: a copy is asked for by name (`duplicate`), and `==` takes the same time for all values.
//!
//! ```
//! use frame::{Akm, Cipher, MacAddress};
//! use portcullis_keys::{AkmSuite, CipherSuite, Pmk, Psk, Ptk};
//!
//! let psk = Psk::parse(b"ThisIsAPassword", b"ThisIsASSID")?;
//! let akm = AkmSuite::of(Akm::PSK).ok_or("no such suite")?.with_cipher(Cipher::CCMP_128);
//! let cipher = CipherSuite::of(Cipher::CCMP_128).ok_or("no such suite")?;
//! let (access_point, station) = (MacAddress([2, 0, 0, 0, 0, 0]), MacAddress([2, 0, 0, 0, 1, 0]));
//! let (anonce, snonce) = ([0xa0; 32], [0x50; 32]);
//! let ptk = Ptk::derive(akm, cipher, &Pmk::from(&psk), access_point, station, &anonce, &snonce);
//! assert_eq!(ptk.tk().len(), 16);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]

#[cfg(test)]
extern crate std;

pub mod curve;
pub mod derive;
pub mod group;
pub mod mic;
pub mod owe;
pub mod pmk;
pub mod protect;
pub mod psk;
pub mod ptk;
pub mod pwd;
pub mod sae;
pub mod secret;
pub mod suites;
pub mod wrap;

#[cfg(test)]
mod testing;

pub use group::{Bigtk, Gtk, Igtk};
pub use mic::Mic;
pub use pmk::Pmk;
pub use protect::{BipKey, MpduKey, Pn};
pub use psk::{Passphrase, Psk, PskError};
pub use ptk::Ptk;
pub use secret::{Key, KeyError};
pub use suites::{AkmSuite, CipherSuite};
