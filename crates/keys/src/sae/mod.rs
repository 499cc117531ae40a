//! Simultaneous authentication of equals: the password element, the commit, the shared keys and the confirm
//! (IEEE 802.11-2020, 12.4.4 and 12.4.5), in groups 19, 20 and 21.
//!
//! The way: a [`Pt`] (kept for every later exchange with the same password) or hunting and pecking gives the [`Pwe`]
//! of two stations; a [`Commitment`] is one side's share; with the peer's scalar and element it becomes an
//! [`Agreement`], whose keys are worth something once the peer's confirm was verified. Which message goes when is known
//! to the crate `rsn`.

mod comb;
mod element;
mod exchange;
pub(crate) mod hash;
mod point;

#[cfg(test)]
mod tests;

use frame::{Akm, MacAddress};
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use crate::curve::{Curve, SCALAR_MAX};
use crate::derive::{self, PMKID_LEN};
use crate::pmk::Pmk;
use crate::secret::Key;
use crate::suites::Derivation;
use element::Token;
pub(crate) use element::{Candidate, Element, modulus_bits};
pub(crate) use exchange::{Share, random};
use hash::{HASH_MAX, hash_len, mac};

/// The secret point PT of a password in one network, for hash-to-element (12.4.4.2.3). It costs more than the exchange
/// that follows, and is the same for every peer.
pub struct Pt(OnCurve<Token<NistP256>, Token<NistP384>, Token<NistP521>>);

/// The password element of two stations (12.4.4.2).
pub struct Pwe {
    element: OnCurve<Element<NistP256>, Element<NistP384>, Element<NistP521>>,
    /// Of all that follows: hunting and pecking has SHA-256 on every curve.
    derivation: Derivation,
}

/// One side's part of an exchange: what its commit says, and the random number behind it.
pub struct Commitment {
    share: OnCurve<Share<NistP256>, Share<NistP384>, Share<NistP521>>,
    derivation: Derivation,
    public: Public,
}

/// What both sides share after the commits: equal on both if their passwords are.
pub struct Agreement {
    derivation: Derivation,
    kck: Key<HASH_MAX>,
    pmk: Pmk,
    pmkid: [u8; PMKID_LEN],
    own: Public,
    peer: Public,
}

/// A peer's commit that leads to no agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaeError {
    /// The scalar is 0 or 1, not below the order, or of the wrong length.
    #[error("the scalar is not between 1 and the order of the group")]
    Scalar,
    /// The element is no point of the curve, or cancels the password element out.
    #[error("the element is not a point of the curve")]
    Element,
    /// The commit is our own, sent back by somebody who need not know the password.
    #[error("the commit is our own, reflected")]
    Reflection,
}

impl Pt {
    /// Hashes a password and, where one is used, its identifier for the network `ssid`.
    #[must_use]
    pub fn derive(curve: Curve, ssid: &[u8], password: &[u8], identifier: Option<&[u8]>) -> Self {
        let (hash, identifier) = (curve.derivation(), identifier.unwrap_or_default());
        Self(match curve {
            Curve::P256 => OnCurve::P256(Token::derive(hash, ssid, password, identifier)),
            Curve::P384 => OnCurve::P384(Token::derive(hash, ssid, password, identifier)),
            Curve::P521 => OnCurve::P521(Token::derive(hash, ssid, password, identifier)),
        })
    }

    /// The curve that it lies on.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.0.curve()
    }

    /// A second copy, for one more holder.
    #[must_use]
    pub const fn duplicate(&self) -> Self {
        Self(match &self.0 {
            OnCurve::P256(token) => OnCurve::P256(token.duplicate()),
            OnCurve::P384(token) => OnCurve::P384(token.duplicate()),
            OnCurve::P521(token) => OnCurve::P521(token.duplicate()),
        })
    }
}

impl Pwe {
    /// The element of the stations `a` and `b`, in any order, by hash-to-element.
    #[must_use]
    pub fn from_pt(pt: &Pt, a: MacAddress, b: MacAddress) -> Self {
        let derivation = pt.curve().derivation();
        let element = match &pt.0 {
            OnCurve::P256(token) => OnCurve::P256(token.element(derivation, a, b)),
            OnCurve::P384(token) => OnCurve::P384(token.element(derivation, a, b)),
            OnCurve::P521(token) => OnCurve::P521(token.element(derivation, a, b)),
        };
        Self { element, derivation }
    }

    /// The element of the stations `a` and `b`, in any order, by hunting and pecking: at least 40 rounds, so that the
    /// time does not tell when it was found (12.4.4.2.2; CVE-2019-9494).
    ///
    /// `None` if 255 rounds find none, which has a chance of about 2^-255.
    #[must_use]
    pub fn hunt(curve: Curve, password: &[u8], a: MacAddress, b: MacAddress) -> Option<Self> {
        let element = match curve {
            Curve::P256 => OnCurve::P256(Element::hunt(password, a, b)?),
            Curve::P384 => OnCurve::P384(Element::hunt(password, a, b)?),
            Curve::P521 => OnCurve::P521(Element::hunt(password, a, b)?),
        };
        Some(Self {
            element,
            derivation: Derivation::KdfSha256,
        })
    }
}

impl Commitment {
    /// A share with fresh random numbers (12.4.5.2).
    pub fn new(pwe: Pwe, rng: &mut dyn CryptoRng) -> Self {
        let derivation = pwe.derivation;
        let (share, public) = match pwe.element {
            OnCurve::P256(element) => wrapped(Share::random(element, rng), OnCurve::P256),
            OnCurve::P384(element) => wrapped(Share::random(element, rng), OnCurve::P384),
            OnCurve::P521(element) => wrapped(Share::random(element, rng), OnCurve::P521),
        };
        Self {
            share,
            derivation,
            public,
        }
    }

    /// The curve of the exchange.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.share.curve()
    }

    /// The commit's scalar: 32, 48 or 66 octets.
    #[must_use]
    pub fn scalar(&self) -> &[u8] {
        self.public.scalar()
    }

    /// The commit's element: the two coordinates, 64, 96 or 132 octets.
    #[must_use]
    pub fn element(&self) -> &[u8] {
        self.public.element()
    }

    /// The keys that this share and the peer's commit lead to (12.4.5.4).
    ///
    /// `rejected_groups` has the lists of both sides, as the elements carry them, the list of the station with the
    /// higher address first; it is empty if neither sent one, and with hunting and pecking. With the suites whose PMK is
    /// as long as the hash (00-0F-AC:24 and :25) it is so, else it has 32 octets.
    ///
    /// # Errors
    /// See [`SaeError`].
    pub fn agree(
        &self,
        peer_scalar: &[u8],
        peer_element: &[u8],
        rejected_groups: &[u8],
        akm: Akm,
    ) -> Result<Agreement, SaeError> {
        let peer = Public::new(peer_scalar, peer_element, self.curve()).ok_or(SaeError::Element)?;
        if peer.octets() == self.public.octets() {
            return Err(SaeError::Reflection);
        }
        let secret = match &self.share {
            OnCurve::P256(share) => share.agree(&peer)?,
            OnCurve::P384(share) => share.agree(&peer)?,
            OnCurve::P521(share) => share.agree(&peer)?,
        };
        let context = match &self.share {
            OnCurve::P256(share) => share.sum(&self.public, &peer)?,
            OnCurve::P384(share) => share.sum(&self.public, &peer)?,
            OnCurve::P521(share) => share.sum(&self.public, &peer)?,
        };
        let hash_len = hash_len(self.derivation);
        let no_salt = [0; HASH_MAX];
        let salt = match rejected_groups {
            [] => no_salt.get(..hash_len).unwrap_or_default(),
            groups => groups,
        };
        let seed = mac(self.derivation, salt, &[secret.as_bytes()]);
        let pmk_len = if matches!(akm, Akm::SAE_EXT_KEY | Akm::FT_SAE_EXT_KEY) {
            hash_len
        } else {
            32
        };
        let mut keys = Key::<{ 2 * HASH_MAX }>::zeroed(hash_len + pmk_len);
        derive::expand(
            self.derivation,
            seed.as_bytes(),
            b"SAE KCK and PMK",
            &[context.as_bytes()],
            keys.as_mut_bytes(),
        );
        let (kck, pmk) = keys.as_bytes().split_at_checked(hash_len).unwrap_or_default();
        let mut pmkid = [0; PMKID_LEN];
        pmkid
            .iter_mut()
            .zip(context.as_bytes())
            .for_each(|(to, from)| *to = *from);
        Ok(Agreement {
            derivation: self.derivation,
            // Both lengths are those of a hash.
            kck: Key::new(kck).map_err(|_| SaeError::Element)?,
            pmk: Pmk::new(pmk).map_err(|_| SaeError::Element)?,
            pmkid,
            own: self.public.clone(),
            peer,
        })
    }
}

impl Agreement {
    /// The octets of a confirm's MAC.
    #[must_use]
    pub const fn confirm_len(&self) -> usize {
        hash_len(self.derivation)
    }

    /// The MAC of our confirm number `send_confirm` (12.4.5.5).
    #[must_use]
    pub fn confirm(&self, send_confirm: u16) -> Confirm {
        Confirm(self.mac(send_confirm, &self.own, &self.peer))
    }

    /// True if `confirm` is the MAC of the peer's confirm number `send_confirm`: the peer knows the password
    /// (12.4.5.6). Takes the same time wherever the two differ.
    #[must_use]
    pub fn verify(&self, send_confirm: u16, confirm: &[u8]) -> bool {
        let expected = self.mac(send_confirm, &self.peer, &self.own);
        expected.as_bytes().ct_eq(confirm).into()
    }

    /// The name of the PMK.
    #[must_use]
    pub const fn pmkid(&self) -> [u8; PMKID_LEN] {
        self.pmkid
    }

    /// The PMK. It proves nothing until the peer's confirm was verified.
    #[must_use]
    pub const fn pmk(&self) -> &Pmk {
        &self.pmk
    }

    fn mac(&self, send_confirm: u16, sender: &Public, receiver: &Public) -> Key<HASH_MAX> {
        let counter = send_confirm.to_le_bytes();
        mac(
            self.derivation,
            self.kck.as_bytes(),
            &[&counter, sender.octets(), receiver.octets()],
        )
    }
}

/// The MAC of a confirm: 32, 48 or 64 octets.
pub struct Confirm(Key<HASH_MAX>);

impl Confirm {
    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// A scalar and an element, one behind the other, as a confirm hashes them.
#[derive(Clone)]
pub(crate) struct Public {
    octets: [u8; 3 * SCALAR_MAX],
    scalar_len: usize,
}

impl Public {
    /// `None` if the lengths are not those of the curve.
    pub(crate) fn new(scalar: &[u8], element: &[u8], curve: Curve) -> Option<Self> {
        let scalar_len = curve.scalar_len();
        if scalar.len() != scalar_len || element.len() != 2 * scalar_len {
            return None;
        }
        let mut octets = [0; 3 * SCALAR_MAX];
        octets
            .iter_mut()
            .zip(scalar.iter().chain(element))
            .for_each(|(to, from)| *to = *from);
        Some(Self { octets, scalar_len })
    }

    pub(crate) fn octets(&self) -> &[u8] {
        self.octets.get(..3 * self.scalar_len).unwrap_or_default()
    }

    pub(crate) fn scalar(&self) -> &[u8] {
        self.octets.get(..self.scalar_len).unwrap_or_default()
    }

    pub(crate) fn element(&self) -> &[u8] {
        self.octets
            .get(self.scalar_len..3 * self.scalar_len)
            .unwrap_or_default()
    }
}

/// A value that each curve has a type of its own for.
pub(crate) enum OnCurve<A, B, C> {
    P256(A),
    P384(B),
    P521(C),
}

impl<A, B, C> OnCurve<A, B, C> {
    pub(crate) const fn curve(&self) -> Curve {
        match self {
            Self::P256(_) => Curve::P256,
            Self::P384(_) => Curve::P384,
            Self::P521(_) => Curve::P521,
        }
    }
}

pub(crate) fn wrapped<S, W>((share, public): (S, Public), wrap: impl FnOnce(S) -> W) -> (W, Public) {
    (wrap(share), public)
}
