//! What a person has said, from one authentication to the next.

use super::Peer;
use crate::method::Secret;

impl Peer {
    /// Whether the next authentication proves a password that is known already.
    pub fn knows_password(&mut self) -> bool {
        let mut places = self.profile.offers.iter_mut().filter_map(|offer| offer.password());
        places.any(|place| place.is_some())
    }

    /// Where the offer that was chosen keeps its password.
    fn place(&mut self) -> Option<&mut Option<Secret>> {
        self.profile.offers.get_mut(self.chosen?)?.password()
    }

    /// The server has accepted what a person has said: the next authentication begins with it. The password of before
    /// would be wrong again each time, and lock the account.
    pub(super) fn keep_password(&mut self) {
        let Some(password) = self.given.take() else { return };
        if let Some(place) = self.place() {
            *place = Some(password);
            self.keeps = self.chosen;
        }
    }

    /// What a person has said has not led to a success: they are asked again.
    pub(super) fn forget_answers(&mut self) {
        if core::mem::take(&mut self.is_asked_for) {
            self.profile.identity = None;
        }
        if self.keeps.take_if(|keeps| Some(*keeps) == self.chosen).is_some()
            && let Some(place) = self.place()
        {
            *place = None;
        }
    }
}
