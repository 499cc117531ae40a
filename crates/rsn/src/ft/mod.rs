//! Fast transition: moving to another access point of the same network without authenticating again
//! (IEEE 802.11-2020, clause 13).
//!
//! The first association in a mobility domain is made as any other one, with what the association response says about
//! the domain among its [`Facts`](crate::Facts). Its handshake leaves a [`Hierarchy`] on both sides. With it the station
//! makes a [`Transition`] for every move, and the access point it moves to a [`Responder`]; both end with a supplicant
//! and an authenticator whose keys are in use from the start.
//!
//! Sans-I/O, as the handshakes are: the elements of frames come in and go out. Over the air they travel in
//! authentication frames, over the distribution system in action frames ([`frame::dot11::FtAction`]).

mod elements;
mod hierarchy;
mod keys;
mod limits;
mod mobility;
mod refusal;
mod responder;
mod transition;

pub use hierarchy::{Hierarchy, KeyHolder};
pub use limits::Limits;
pub use mobility::Mobility;
pub use refusal::Refusal;
pub use responder::{AccessPoint, Responder};
pub use transition::{Target, Transition};
