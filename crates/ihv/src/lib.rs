//! The interface between a host (the framework that owns adapters and data ports) and an extension
//! (the code that knows an authentication algorithm): what `wlanihv.h` specifies, in safe Rust.
//!
//! This crate performs no operation and does no I/O. It names the two sides and what they say to each
//! other:
//!
//! * [`Extension`]: the handlers that the host calls (`Dot11ExtIhv…`);
//! * [`Host`]: the functions that an extension calls (`Dot11Ext…`);
//! * [`Rule`]: what the two owe each other, by number;
//! * [`Adapters`] and [`Completions`]: what every extension keeps count of; and [`Conversing`], an extension for whoever
//!   has nothing but an algorithm ([`Conversation`]).
//!
//! Everything passes by value or by borrow for the length of one call; handles are opaque numbers that
//! each side hands back unchanged. That is what the binary interface does too, so that an extension
//! behind it is one more implementation of [`Extension`].

pub mod abi;

mod adapters;
mod algorithm;
mod approach;
mod association;
mod completions;
mod conversing;
mod error;
mod extension;
mod failure;
mod handle;
mod host;
mod key;
mod onex;
mod packet;
mod profile;
mod rule;
mod ui;
mod virtual_station;

pub use adapters::Adapters;
pub use algorithm::{AuthAlgorithm, CipherAlgorithm};
pub use approach::{Approach, AuthenticationFrame, Offload, Opening, Refusing, Response, Terms};
pub use association::{AssociationParameters, AssociationStatus, PortState};
pub use completions::Completions;
pub use conversing::{Conversation, Conversing, Reply};
pub use error::{Reason, Refused, Win32Error};
pub use extension::{AdapterCapabilities, AdapterInfo, CipherSet, Extension, Indication, SessionChange, VersionInfo};
pub use failure::{Failure, Policy, Proof, SecurityElement};
pub use handle::{ConnectSession, ExtensionAdapter, Guid, HostAdapter, SecuritySession, SendCompletion};
pub use host::{Buffer, Host, Notification, RekeyOffload};
pub use key::{DefaultKey, Direction, KeyChange, KeyMappingKey, KeyMaterial};
pub use onex::{EapAttribute, EapResult, OneXFailure, OneXOutcome, OneXResult};
pub use packet::{EtherTypeHandling, ExemptionAction, PacketType, PrivacyExemption, SecurityPacket};
pub use profile::{BssEntry, BssType, ConnectivityProfile, DiscoveryProfile, ProfileParameters, SecurityProfile};
pub use rule::{Party, Rule};
pub use ui::{ConnectionPhase, UiRequest};
pub use virtual_station::{VirtualStationApProperties, VirtualStationProperties};
