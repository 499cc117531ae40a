//! What both roles do alike: commit, agree, confirm.

use super::{Discarded, Failure, Frame, Parties, Password};
use alloc::vec::Vec;
use frame::sae::{self, Commit, Confirm, GroupList, HashToElement, Method};
use frame::{Emit, StatusCode};
use keys::Pmk;
use keys::curve::Curve;
use keys::sae::{Agreement, Commitment};
use rand_core::CryptoRng;

/// One side's part of an exchange in one group.
pub(super) struct Exchange {
    parties: Parties,
    curve: Curve,
    method: Method,
    commitment: Commitment,
    /// The groups that were refused before this one, least significant octet first.
    rejected: Vec<[u8; 2]>,
    identifier: Option<Vec<u8>>,
    agreed: Option<Agreed>,
}

/// What follows from both commits.
struct Agreed {
    keys: Agreement,
    theirs: Vec<u8>,
    sent: u16,
}

/// The number of a confirm that is said once more to a peer that was accepted already (12.4.8.6.6).
const LAST_CONFIRM: u16 = u16::MAX;

impl Exchange {
    pub(super) fn new(
        parties: Parties,
        curve: Curve,
        method: Method,
        rejected: &[[u8; 2]],
        password: &mut Password,
        rng: &mut dyn CryptoRng,
    ) -> Option<Self> {
        let element = password.element(curve, method, parties.own, parties.peer)?;
        Some(Self {
            parties,
            curve,
            method,
            commitment: Commitment::new(element, rng),
            rejected: rejected.to_vec(),
            identifier: password.identifier().map(<[u8]>::to_vec),
            agreed: None,
        })
    }

    pub(super) const fn curve(&self) -> Curve {
        self.curve
    }

    pub(super) fn group(&self) -> u16 {
        self.curve.group()
    }

    pub(super) const fn method(&self) -> Method {
        self.method
    }

    /// Our commit, with the token that the peer wants to hear again.
    pub(super) fn commit(&self, token: Option<&[u8]>) -> Frame {
        let h2e = HashToElement {
            password_id: self.identifier.as_deref(),
            rejected_groups: (!self.rejected.is_empty()).then(|| GroupList::from_octets(&self.rejected)),
            akm: self.parties.has_ext_key().then_some(self.parties.akm),
        };
        let commit = Commit {
            group: self.group(),
            token,
            scalar: self.commitment.scalar(),
            element: self.commitment.element(),
            h2e: (self.method == Method::HashToElement).then_some(h2e),
        };
        Frame {
            transaction: sae::COMMIT,
            status: self.method.status(),
            body: commit.to_vec().unwrap_or_default(),
        }
    }

    /// Takes the peer's commit.
    ///
    /// # Errors
    /// [`Failure::InvalidCommit`] for one that is no commit of the group, or our own.
    pub(super) fn agree(&mut self, theirs: &Commit<'_>) -> Result<(), Failure> {
        let rejected = theirs.h2e.and_then(|h2e| h2e.rejected_groups);
        let salt = self.salt(rejected);
        let keys = self
            .commitment
            .agree(theirs.scalar, theirs.element, &salt, self.parties.akm)
            .map_err(|_| Failure::InvalidCommit)?;
        self.agreed = Some(Agreed {
            keys,
            theirs: [theirs.scalar, theirs.element].concat(),
            sent: 0,
        });
        Ok(())
    }

    /// Whether this is the commit that was taken.
    pub(super) fn is_repetition(&self, theirs: &Commit<'_>) -> bool {
        self.agreed
            .as_ref()
            .is_some_and(|agreed| agreed.theirs == [theirs.scalar, theirs.element].concat())
    }

    /// The rejected groups of both sides, those of the higher address first; empty if there are none.
    fn salt(&self, theirs: Option<GroupList<'_>>) -> Vec<u8> {
        let ours = self.rejected.as_flattened().to_vec();
        let theirs: Vec<u8> = theirs
            .into_iter()
            .flat_map(|list| list.iter().collect::<Vec<_>>())
            .flat_map(u16::to_le_bytes)
            .collect();
        match self.parties.own > self.parties.peer {
            true => [ours, theirs].concat(),
            false => [theirs, ours].concat(),
        }
    }

    /// Our confirm, one more each time; `None` before both commits are known.
    pub(super) fn confirm(&mut self) -> Option<Frame> {
        let agreed = self.agreed.as_mut()?;
        agreed.sent = agreed.sent.saturating_add(1).min(LAST_CONFIRM - 1);
        Some(agreed.confirm(agreed.sent))
    }

    /// Our confirm for a peer that was accepted and has not heard the one before. It has a number by which two sides
    /// that both repeat themselves come to an end; `None` before both commits are known.
    pub(super) fn last_confirm(&self) -> Option<Frame> {
        self.agreed.as_ref().map(|agreed| agreed.confirm(LAST_CONFIRM))
    }

    /// The number of the peer's confirm, if that proves that it knows the password.
    ///
    /// # Errors
    /// [`Discarded`] if it is no confirm, or there is nothing to check it with yet.
    pub(super) fn verify(&self, body: &[u8]) -> Result<Option<u16>, Discarded> {
        let agreed = self.agreed.as_ref().ok_or(Discarded::Unexpected)?;
        let confirm = Confirm::parse(body)?;
        let verifies = agreed.keys.verify(confirm.send_confirm, confirm.mac);
        Ok(verifies.then_some(confirm.send_confirm))
    }

    /// Whether the peer's confirm of this number, which verifies, asks for ours once more, after the one that was
    /// `taken`.
    pub(super) const fn asks_again(number: u16, taken: u16) -> bool {
        number > taken && number != LAST_CONFIRM
    }

    /// The key and its name.
    pub(super) fn keys(&self) -> Option<(Pmk, [u8; 16])> {
        let agreed = self.agreed.as_ref()?;
        Some((agreed.keys.pmk().duplicate(), agreed.keys.pmkid()))
    }
}

impl Agreed {
    fn confirm(&self, number: u16) -> Frame {
        let mac = self.keys.confirm(number);
        let confirm = Confirm {
            send_confirm: number,
            mac: mac.as_bytes(),
        };
        Frame {
            transaction: sae::CONFIRM,
            status: StatusCode::SUCCESS,
            body: confirm.to_vec().unwrap_or_default(),
        }
    }
}
