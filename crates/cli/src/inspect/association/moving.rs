//! The frames of a fast transition, which leads to an association without a handshake.

use frame::dot11::{FtAction, FtStep};

use super::super::elements::Found;
use super::super::exchange::Moment;
use super::super::operation::{Event, MicState, Sender};
use super::super::secrets::Secrets;
use super::super::transition::{GroupKey, Protected, REQUEST, RESPONSE};
use super::{Association, parties};

impl Association {
    /// A step of a fast transition by way of another access point, which leads to this association.
    pub(in crate::inspect) fn transition_action(&mut self, moment: Moment, frame: &FtAction<'_>) {
        let sender = match frame.step {
            FtStep::Request | FtStep::Confirm => Sender::Station,
            FtStep::Response(_) | FtStep::Ack(_) => Sender::AccessPoint,
        };
        self.ladder
            .push(moment.step(sender, Event::TransitionAction(frame.step)));
        self.prepare_transition(sender, frame.elements);
    }

    /// Takes suites, key names and nonces from the frames before the reassociation.
    pub(super) fn prepare_transition(&mut self, sender: Sender, elements: &[u8]) {
        let found = Found::among(elements);
        self.negotiated = found.choice().filter(|_| sender == Sender::Station).or(self.negotiated);
        self.hints.learn(&found, self.akm());
    }

    /// The state of the MIC in the reassociation request of a fast transition. A proved one leaves the pairwise key.
    pub(super) fn prove_transition(&mut self, protected: &Protected<'_>, secrets: &mut Secrets) -> MicState {
        let parties = parties(self.bssid, self.sta, self.negotiated, self.ssid.as_deref(), &self.hints);
        let (Some(parties), Some(anonce), Some(snonce)) = (parties, self.hints.anonce, self.hints.snonce) else {
            return MicState::Unverified;
        };
        let mut tried = false;
        let derived = secrets
            .candidates(parties.akm, parties.ssid)
            .filter_map(|pmk| parties.ptk(pmk, &anonce, &snonce))
            .inspect(|_| tried = true)
            .find(|ptk| protected.verifies(ptk, self.sta, self.bssid, REQUEST));
        match derived {
            Some(ptk) => {
                self.exchange.establish(ptk, &parties);
                MicState::Valid
            }
            None if tried && secrets.concern(parties.akm, parties.ssid) => MicState::Invalid,
            None => MicState::Unverified,
        }
    }

    /// The state of the MIC in the response of a fast transition. A proved one delivers the group key.
    pub(super) fn complete_transition(
        &mut self,
        moment: Moment,
        elements: &[u8],
        found: &Found<'_>,
    ) -> Option<MicState> {
        let akm = self.akm()?;
        let transition = self.transition.as_mut()?;
        let protected = Protected::among(elements, found, akm)?;
        let mic = match self.exchange.newest_key() {
            Some(ptk) if protected.verifies(ptk, self.sta, self.bssid, RESPONSE) => MicState::Valid,
            Some(_) => MicState::Invalid,
            None => transition.request.1,
        };
        transition.response = Some((moment.frame, mic));
        if mic == MicState::Valid {
            self.exchange.put_to_use();
        }
        let management = self.negotiated.and_then(|negotiated| negotiated.group_management);
        let ptk = self.exchange.newest_key().filter(|_| mic == MicState::Valid);
        for delivered in ptk.map(|ptk| protected.group_keys(ptk)).unwrap_or_default() {
            match delivered {
                GroupKey::Data(key) => self.exchange.deliver(&key),
                GroupKey::Integrity { key_id, pn, key } => {
                    self.exchange.deliver_integrity(key_id, &key, pn, management);
                }
            }
        }
        Some(mic)
    }
}
