//! The rules of the interface, checked through the public face of the host: a test's name begins with the
//! number of its rule.

#[cfg(test)]
mod approach;
#[cfg(test)]
mod association;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod late_keys;
#[cfg(test)]
mod life;
#[cfg(test)]
mod misbehaviour;
#[cfg(test)]
mod onex;
#[cfg(test)]
mod operation;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod packets;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod reset;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod support;
