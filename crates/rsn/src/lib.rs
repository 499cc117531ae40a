//! The handshakes of a robust security network, both sides: from a shared master key to installed session keys.
//!
//! Sans-I/O: no sockets, no clock, no source of randomness. Packets, the time and random octets come in as
//! arguments, [`Effect`]s go out as values, so that the same input always has the same outcome. What a message
//! *looks like* is known to the crate `frame`, what a key *is* to the crate `keys`; what may be believed, and what
//! follows from it, is decided here.
//!
//! Every secret that is kept, or that is on its way to the adapter, lives in a box and is wiped when that is dropped:
//! moving its owner leaves no copy behind.
//!
//! The way in: [`Association::negotiate`] checks what the two stations agreed on; a [`Supplicant`] or an
//! [`Authenticator`] takes it from there, one for each association.
//!
//! ```
//! # use frame::{Emit, MacAddress, Akm, Cipher, SuiteList, rsne::{Rsne, RsnCapabilities}};
//! # use keys::{Pmk, Gtk, Pn};
//! # use rsn::{Association, Authenticator, Effect, Effects, Elements, GroupKeys, RetryPolicy, Supplicant};
//! # use core::time::Duration;
//! # use rand_core::SeedableRng;
//! # extern crate portcullis_rsn as rsn;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let rsne = Rsne {
//! #     group_cipher: Some(Cipher::CCMP_128),
//! #     pairwise: Some(SuiteList::new(&[Cipher::CCMP_128])),
//! #     akms: Some(SuiteList::new(&[Akm::PSK])),
//! #     capabilities: Some(RsnCapabilities::default()),
//! #     ..Rsne::default()
//! # }
//! # .to_vec()?;
//! # let elements = Elements::new(&rsne, None)?;
//! # let (ap, station) = (MacAddress([2, 0, 0, 0, 0, 1]), MacAddress([2, 0, 0, 0, 0, 2]));
//! # let association = Association::negotiate(ap, station, elements.clone(), elements)?;
//! # let pmk = Pmk::new(&[7; 32])?;
//! # let group = GroupKeys { gtk: Some(Gtk::new(1, &[9; 16], Pn::ZERO)?), ..GroupKeys::default() };
//! # let mut rng = rand_chacha::ChaCha12Rng::from_seed([0; 32]);
//! # let now = Duration::ZERO;
//! let mut supplicant = Supplicant::new(association.clone(), pmk.duplicate())?;
//! let mut authenticator = Authenticator::new(association, pmk, &group, RetryPolicy::default())?;
//!
//! let (mut to_station, mut to_ap) = (Effects::new(), Effects::new());
//! authenticator.start(now, &mut rng, &mut to_station);
//! while !supplicant.is_complete() || !authenticator.is_complete() {
//!     for effect in to_station.drain() {
//!         if let Effect::Send(pdu) = effect {
//!             supplicant.handle_eapol(pdu.as_bytes(), &mut rng, &mut to_ap)?;
//!         }
//!     }
//!     for effect in to_ap.drain() {
//!         if let Effect::Send(pdu) = effect {
//!             authenticator.handle_eapol(now, pdu.as_bytes(), &mut rng, &mut to_station)?;
//!         }
//!     }
//! }
//! # Ok(())
//! # }
//! ```
#![no_std]

extern crate alloc;

pub mod association;
pub mod authenticator;
pub mod effect;
pub mod ft;
pub mod owe;
pub mod pmksa;
pub mod refusal;
pub mod sa_query;
pub mod sae;
pub mod supplicant;

mod agreement;
mod elements;
mod group_keys;
mod message;
mod verified;

pub use association::{Association, AssociationError, Elements, Facts, Protocol};
pub use authenticator::{Authenticator, RetryPolicy};
pub use effect::{Effect, Effects, Failure, KeyUsage, Pdu};
pub use frame::eapol_key::MessageName;
pub use group_keys::GroupKeys;
pub use pmksa::{Pmksa, PmksaCache};
pub use refusal::Refusal;
pub use supplicant::{GroupHandshakeKeys, Request, Supplicant};
