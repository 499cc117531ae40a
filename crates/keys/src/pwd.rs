//! EAP-pwd: the password element, the commit and what two sides then share (RFC 5931, 2.8), in groups 19, 20 and 21.
//!
//! The agreement is that of SAE ([`crate::sae`]); the hashes around it differ. The random function and the PRF are
//! HMAC-SHA-256 on every curve.

use hmac::Mac;
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use primeorder::FieldBytes;
use rand_core::CryptoRng;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::curve::{Arithmetic, Curve, SCALAR_MAX};
use crate::derive::keyed;
use crate::sae::{Candidate, Element, OnCurve, Public, SaeError, Share, modulus_bits, wrapped};
use crate::secret::Key;

/// Octets of a confirm.
pub const CONFIRM_LEN: usize = 32;

/// The numbers of the random function and of the PRF that are defined (RFC 5931, 7): HMAC-SHA-256 both.
pub const FUNCTIONS: [u8; 2] = [1, 1];

/// EAP-pwd's number among the EAP types; it is part of what is hashed.
const EAP_TYPE: u8 = 52;

/// Which side is meant: the hashes of the two differ in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The EAP peer.
    Peer,
    /// The EAP server.
    Server,
}

/// What the password element is made of (RFC 5931, 2.8.3).
pub struct Seed<'a> {
    /// The server's token of this exchange.
    pub token: [u8; 4],
    /// The name of the peer.
    pub peer: &'a [u8],
    /// The name of the server.
    pub server: &'a [u8],
    /// The password, prepared as the server has asked.
    pub password: &'a [u8],
}

/// One side's part of an exchange: what its commit says, and the random number behind it.
pub struct Commitment {
    share: OnCurve<Share<NistP256>, Share<NistP384>, Share<NistP521>>,
    public: Public,
}

/// What both sides share after the commits: equal on both if their passwords are.
pub struct Agreement {
    secret: Key<SCALAR_MAX>,
    /// Group (2 octets), random function, PRF.
    suite: [u8; 4],
    peer: Public,
    server: Public,
}

/// What comes out of an exchange (RFC 5931, 2.9). Wiped when dropped.
pub struct Keys {
    /// The master session key.
    pub msk: Zeroizing<[u8; 64]>,
    /// The extended master session key.
    pub emsk: Zeroizing<[u8; 64]>,
    /// The session identifier: the type and a hash of the scalars.
    pub session_id: [u8; 33],
}

impl Commitment {
    /// A share with fresh random numbers (2.8.4.1). The password element is searched for at least 40 times, so that the
    /// time does not tell when it was found (CVE-2019-9495).
    ///
    /// `None` if 255 rounds find none, which has a chance of about 2^-255.
    pub fn new(curve: Curve, seed: &Seed<'_>, rng: &mut dyn CryptoRng) -> Option<Self> {
        let (share, public) = match curve {
            Curve::P256 => wrapped(Share::random(element(seed)?, rng), OnCurve::P256),
            Curve::P384 => wrapped(Share::random(element(seed)?, rng), OnCurve::P384),
            Curve::P521 => wrapped(Share::random(element(seed)?, rng), OnCurve::P521),
        };
        Some(Self { share, public })
    }

    /// The element: the two coordinates, 64, 96 or 132 octets.
    #[must_use]
    pub fn element(&self) -> &[u8] {
        self.public.element()
    }

    /// The scalar: 32, 48 or 66 octets.
    #[must_use]
    pub fn scalar(&self) -> &[u8] {
        self.public.scalar()
    }

    /// What this share, of the side `own`, and the other side's commit lead to (2.8.4.2).
    ///
    /// # Errors
    /// See [`SaeError`].
    pub fn agree(&self, own: Side, element: &[u8], scalar: &[u8]) -> Result<Agreement, SaeError> {
        let curve = self.share.curve();
        let other = Public::new(scalar, element, curve).ok_or(SaeError::Element)?;
        // Either part alone could have been sent back by somebody who does not know the password (CVE-2019-9497).
        if scalar == self.scalar() || element == self.element() {
            return Err(SaeError::Reflection);
        }
        let secret = match &self.share {
            OnCurve::P256(share) => share.agree(&other)?,
            OnCurve::P384(share) => share.agree(&other)?,
            OnCurve::P521(share) => share.agree(&other)?,
        };
        let [high, low] = curve.group().to_be_bytes();
        let [random_function, prf] = FUNCTIONS;
        let (peer, server) = match own {
            Side::Peer => (self.public.clone(), other),
            Side::Server => (other, self.public.clone()),
        };
        Ok(Agreement {
            secret,
            suite: [high, low, random_function, prf],
            peer,
            server,
        })
    }
}

impl Agreement {
    /// The confirm that `side` sends (2.8.4.3).
    #[must_use]
    pub fn confirm(&self, side: Side) -> [u8; CONFIRM_LEN] {
        let (own, other) = match side {
            Side::Peer => (&self.peer, &self.server),
            Side::Server => (&self.server, &self.peer),
        };
        *hash(&[
            self.secret.as_bytes(),
            own.element(),
            own.scalar(),
            other.element(),
            other.scalar(),
            &self.suite,
        ])
    }

    /// True if `confirm` is the one that `side` must send: it knows the password. Takes the same time wherever the two
    /// differ.
    #[must_use]
    pub fn verify(&self, side: Side, confirm: &[u8]) -> bool {
        self.confirm(side).ct_eq(confirm).into()
    }

    /// The keys. They prove nothing until the other side's confirm was verified.
    #[must_use]
    pub fn keys(&self) -> Keys {
        let confirms = [self.confirm(Side::Peer), self.confirm(Side::Server)];
        let master = hash(&[self.secret.as_bytes(), confirms.as_flattened()]);
        let name = hash(&[&self.suite, self.peer.scalar(), self.server.scalar()]);
        let mut session_id = [EAP_TYPE; 33];
        session_id
            .iter_mut()
            .skip(1)
            .zip(*name)
            .for_each(|(to, from)| *to = from);

        let mut stream = Zeroizing::new([[0; 64]; 2]);
        kdf(master.as_slice(), &session_id, 1024, stream.as_flattened_mut());
        let [msk, emsk] = *stream;
        Keys {
            msk: Zeroizing::new(msk),
            emsk: Zeroizing::new(emsk),
            session_id,
        }
    }
}

/// The password element (2.8.3.2).
fn element<C: Arithmetic>(seed: &Seed<'_>) -> Option<Element<C>> {
    Element::search(|round| {
        let digest = hash(&[&seed.token, seed.peer, seed.server, seed.password, &[round]]);
        let mut stream = FieldBytes::<C>::default();
        kdf(
            digest.as_slice(),
            b"EAP-pwd Hunting And Pecking",
            modulus_bits::<C>(),
            &mut stream,
        );
        Candidate::new(stream, digest.as_slice())
    })
}

/// The random function H: HMAC-SHA-256 with a key of zeros.
fn hash(parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut mac = keyed::<Sha256>(&[0; 32]);
    parts.iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// The KDF of 2.5. `bits` that are no whole octets: those of the last octet that are too many are for the caller to
/// drop.
fn kdf(key: &[u8], label: &[u8], bits: u16, out: &mut [u8]) {
    let keyed = keyed::<Sha256>(key);
    let mut previous = None::<Zeroizing<[u8; 32]>>;
    for (chunk, counter) in out.chunks_mut(32).zip(1_u16..) {
        let mut block = keyed.clone();
        if let Some(previous) = &previous {
            block.update(previous.as_slice());
        }
        block.update(&counter.to_be_bytes());
        block.update(label);
        block.update(&bits.to_be_bytes());
        let mut octets = block.finalize().into_bytes();
        chunk.iter_mut().zip(&octets).for_each(|(to, from)| *to = *from);
        previous = Some(Zeroizing::new(octets.into()));
        octets.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha12Rng;
    use rand_core::SeedableRng;

    fn commitment(curve: Curve, password: &[u8], rng: &mut ChaCha12Rng) -> Commitment {
        let seed = Seed {
            token: [1, 2, 3, 4],
            peer: b"alice",
            server: b"server",
            password,
        };
        Commitment::new(curve, &seed, rng).unwrap()
    }

    fn agree(curve: Curve, passwords: [&[u8]; 2]) -> (Agreement, Agreement) {
        let mut rng = ChaCha12Rng::seed_from_u64(5);
        let [peer, server] = passwords.map(|password| commitment(curve, password, &mut rng));
        (
            peer.agree(Side::Peer, server.element(), server.scalar()).unwrap(),
            server.agree(Side::Server, peer.element(), peer.scalar()).unwrap(),
        )
    }

    #[test]
    fn the_same_password_leads_to_the_same_keys_on_every_curve() {
        for curve in Curve::ALL {
            let (peer, server) = agree(curve, [b"secret", b"secret"]);
            assert!(peer.verify(Side::Server, &server.confirm(Side::Server)), "{curve:?}");
            assert!(server.verify(Side::Peer, &peer.confirm(Side::Peer)), "{curve:?}");
            assert_ne!(peer.confirm(Side::Peer), peer.confirm(Side::Server));
            let (ours, theirs) = (peer.keys(), server.keys());
            assert_eq!(*ours.msk, *theirs.msk);
            assert_eq!(*ours.emsk, *theirs.emsk);
            assert_ne!(*ours.msk, *ours.emsk);
            assert_eq!(ours.session_id, theirs.session_id);
            assert_eq!(ours.session_id[0], 52);
        }
    }

    #[test]
    fn another_password_leads_to_another_confirm() {
        let (peer, server) = agree(Curve::P256, [b"secret", b"Secret"]);
        assert!(!peer.verify(Side::Server, &server.confirm(Side::Server)));
    }

    #[test]
    fn a_commit_that_was_sent_back_or_is_no_point_is_refused() {
        let mut rng = ChaCha12Rng::seed_from_u64(6);
        let own = commitment(Curve::P256, b"secret", &mut rng);
        let other = commitment(Curve::P256, b"secret", &mut rng);
        let refused = |element: &[u8], scalar: &[u8]| own.agree(Side::Peer, element, scalar).err();
        assert_eq!(refused(own.element(), own.scalar()), Some(SaeError::Reflection));
        assert_eq!(refused(own.element(), other.scalar()), Some(SaeError::Reflection));
        assert_eq!(refused(other.element(), own.scalar()), Some(SaeError::Reflection));
        assert_eq!(refused(&[0; 64], other.scalar()), Some(SaeError::Element));
        assert_eq!(refused(&other.element()[1..], other.scalar()), Some(SaeError::Element));
        assert_eq!(refused(other.element(), &[0; 32]), Some(SaeError::Scalar));
        assert_eq!(refused(other.element(), &[0xff; 32]), Some(SaeError::Scalar));
    }
}
