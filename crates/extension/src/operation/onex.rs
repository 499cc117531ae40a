//! The authentication of the user by the host's 802.1X module, and the keys that it leaves (IEEE 802.11-2020, 12.6.10.2
//! and 12.7.1.3).

use super::{Context, Operation, PATIENCE, State, Task};
use crate::approach::Known;
use core::time::Duration;
use frame::Akm;
use frame::eap::{Code, EapPacket, Method};
use frame::eapol::{Eapol, PacketType};
use frame::eapol_key::MessageName;
use ihv::{Failure, Host, OneXFailure, OneXOutcome, OneXResult, Policy, Win32Error};
use keys::{AkmSuite, Pmk};
use rsn::Supplicant;
use zeroize::Zeroizing;

/// What an operation knows of the authentication of its user.
#[derive(Default)]
pub(super) struct Onex {
    /// The module is at work.
    running: bool,
    /// When the user is to be authenticated again, without being asked.
    pub renewal: Option<Duration>,
    /// Until when the last authentication holds that a handshake has proved.
    expires: Option<Duration>,
    /// The key of the last authentication, or one that was named, and the time from which it is not valid any more,
    /// until a handshake has proved that the access point has it, too.
    unproved: Option<(Pmk, Duration)>,
    /// One that was proved, to be kept.
    proved: Option<Known>,
}

impl Onex {
    /// How long the access point may take to begin by itself, as nearly all do. EAPOL-Start would make one that is
    /// about to begin anew.
    pub(super) const COURTESY: Duration = Duration::from_secs(1);

    /// How long before a key expires its user is authenticated again, without the access point's asking: once 70 % of
    /// the lifetime of a PMKSA are over (dot11RSNAConfigPMKReauthThreshold).
    const MARGIN: Duration = Duration::from_secs(Known::LIFETIME.as_secs() / 10 * 3);

    /// How soon it is tried again if nobody has answered.
    const RETRY: Duration = Duration::from_secs(600);

    /// With a key that was named.
    pub(super) fn with(named: Option<Known>) -> Self {
        Self {
            unproved: named.map(|known| (known.pmk, known.expires)),
            ..Self::default()
        }
    }
}

impl Operation {
    /// Whether the host's module is at work for this operation.
    pub(crate) fn is_authenticating(&self) -> bool {
        self.onex.as_ref().is_some_and(|onex| onex.running)
    }

    /// A PMK that a handshake has proved, with its name and its AKM, if it has not been taken yet.
    pub(crate) fn take_proved(&mut self) -> Option<(Known, Akm)> {
        let Task::Handshake(supplicant) = &self.task else {
            return None;
        };
        let akm = supplicant.association().akm();
        Some((self.onex.as_mut()?.proved.take()?, akm))
    }

    /// Whether the access point has left it to us to begin the authentication: it has neither asked for the user's name
    /// nor begun a handshake.
    pub(super) fn owes_authentication(&self) -> bool {
        if self.onex.is_none() || !matches!(self.state, State::Pending { .. }) {
            return false;
        }
        match &self.task {
            Task::Authentication(_) => true,
            // It does not know the key that was named.
            Task::Handshake(supplicant) => {
                self.named.is_some() && supplicant.waiting_for() == Some(MessageName::FourWay1)
            }
            _ => false,
        }
    }

    /// Starts the module.
    pub(super) fn authenticate(&mut self, context: &mut Context<'_>) {
        // What fails is told by the completion.
        let _ = self.start_authentication(context.host);
    }

    fn start_authentication(&mut self, host: &mut dyn Host) -> Result<(), Win32Error> {
        if let Err(error) = host.start_onex(self.adapter, &[]) {
            let failure = match error {
                Win32Error::NOT_FOUND | Win32Error::NOT_SUPPORTED => Failure::Policy(Policy::InvalidProfile),
                _ => Failure::Internal,
            };
            self.fail(host, failure, error);
            return Err(error);
        }
        if let Some(onex) = &mut self.onex {
            onex.running = true;
        }
        if matches!(self.state, State::Pending { .. }) {
            self.state = State::Authenticating;
        }
        Ok(())
    }

    /// The time has come to authenticate the user again on an open port (R36).
    pub(super) fn renew(&mut self, context: &mut Context<'_>) {
        let now = context.host.now();
        let Some(onex) = &mut self.onex else { return };
        if onex.renewal.take_if(|at| *at <= now).is_some() && !onex.running {
            self.authenticate(context);
        }
    }

    /// An EAPOL packet that is no EAPOL-Key has come: it is for the module (R33). A request that comes while the module
    /// does not run begins an authentication: the first one, one in place of a key that the access point does not know
    /// any more, or another one on an open port (R36). Nothing else may: a success or a failure is not protected, and
    /// what begins by it ends by it.
    pub(super) fn forward(&mut self, context: &mut Context<'_>, pdu: &[u8]) -> Result<(), Win32Error> {
        if !self.is_authenticating() {
            match request(pdu).ok_or(Win32Error::INVALID_DATA)? {
                // Nothing need follow it.
                Method::NOTIFICATION | Method::NAK if self.state == State::Authorized => {
                    return Err(Win32Error::INVALID_DATA);
                }
                _ => self.start_authentication(context.host)?,
            }
        }
        context.host.process_onex_packet(self.adapter, pdu)
    }

    /// The module has come to a result.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_DATA`] if it is a success without the keys that the AKM needs.
    pub(crate) fn take_result(&mut self, context: &mut Context<'_>, result: &OneXResult) -> Result<(), Win32Error> {
        if result.outcome == OneXOutcome::InProgress {
            return Ok(());
        }
        if let Some(onex) = &mut self.onex {
            onex.running = false;
        }
        if result.outcome == OneXOutcome::Failure {
            if self.outlives(context.host.now(), result.why()) {
                return Ok(());
            }
            let error = match result.why() {
                OneXFailure::NoAuthenticator | OneXFailure::Silent => Win32Error::TIMEOUT,
                _ => Win32Error::ACCESS_DENIED,
            };
            self.fail(context.host, Failure::OneX(result.why()), error);
            return Ok(());
        }
        if self.take_key(context.host.now(), result).is_none() {
            self.fail(
                context.host,
                Failure::OneX(OneXFailure::NoKeys),
                Win32Error::INVALID_DATA,
            );
            return Err(Win32Error::INVALID_DATA);
        }
        if self.state == State::Authenticating {
            self.state = State::Pending {
                deadline: context.host.now() + PATIENCE,
            };
        }
        Ok(())
    }

    /// Whether an open port outlives such a failure of another authentication. That nobody answers proves nothing: it
    /// may be that somebody else has asked, or that the server is down for a moment. An access point that wants the
    /// station gone can say so; the keys of the last authentication hold as long as that does.
    fn outlives(&mut self, now: Duration, failure: OneXFailure) -> bool {
        let silent = matches!(failure, OneXFailure::NoAuthenticator | OneXFailure::Silent);
        let open = self.state == State::Authorized;
        let Some(onex) = self.onex.as_mut().filter(|_| silent && open) else {
            return false;
        };
        let Some(expires) = onex.expires.filter(|expires| now < *expires) else {
            return false;
        };
        onex.renewal.get_or_insert((now + Onex::RETRY).min(expires));
        true
    }

    /// Gives the new key to the handshakes of this association. `None` if there is none, or it does not fit.
    fn take_key(&mut self, now: Duration, result: &OneXResult) -> Option<()> {
        let association = match &self.task {
            Task::Authentication(association) => association,
            Task::Handshake(supplicant) => supplicant.association(),
            _ => return None,
        };
        let pmk = pmk(association.akm(), result)?;
        let onex = self.onex.as_mut()?;
        onex.unproved = Some((pmk.duplicate(), now + Known::LIFETIME));
        onex.renewal = None;
        self.named = None;
        self.task = Task::Handshake(match core::mem::replace(&mut self.task, Task::Nothing) {
            Task::Authentication(association) => Box::new(Supplicant::new(*association, pmk).ok()?),
            Task::Handshake(mut supplicant) => {
                supplicant.set_pmk(pmk).ok()?;
                supplicant
            }
            _ => return None,
        });
        Some(())
    }

    /// A handshake has proved the key: it may be kept under its name.
    pub(super) fn prove(&mut self) {
        let (Some(onex), Task::Handshake(supplicant)) = (&mut self.onex, &self.task) else {
            return;
        };
        let Some((pmk, expires)) = onex.unproved.take() else {
            return;
        };
        onex.renewal = Some(expires.saturating_sub(Onex::MARGIN));
        onex.expires = Some(expires);
        if let Some(pmkid) = supplicant.pmkid() {
            onex.proved = Some(Known { pmk, pmkid, expires });
        }
    }

    /// Lets go of a module that is still at work.
    pub(super) fn stop_authentication(&mut self, host: &mut dyn Host) {
        if let Some(onex) = &mut self.onex
            && core::mem::replace(&mut onex.running, false)
        {
            // A host that refuses has stopped it already.
            let _ = host.stop_onex(self.adapter);
        }
    }
}

/// The type of the EAP request in a PDU, if there is one.
fn request(pdu: &[u8]) -> Option<Method> {
    let eapol = Eapol::parse(pdu)
        .ok()
        .filter(|eapol| eapol.packet_type == PacketType::EAP_PACKET)?;
    let packet = EapPacket::parse(eapol.body)
        .ok()
        .filter(|packet| packet.code == Code::REQUEST)?;
    packet.method
}

/// The PMK of an association with this AKM (12.7.1.3), or, with fast transition, what PMK-R0 is made from (12.7.1.6.3).
/// `None` if the method made fewer octets of the MSK than the AKM takes.
fn pmk(akm: Akm, result: &OneXResult) -> Option<Pmk> {
    const HALF: usize = 32;
    let (first, second) = (&result.mppe_recv_key, &result.mppe_send_key);
    if akm == Akm::FT_EAP {
        // The second 256 bits of the MSK.
        return Pmk::new(second.get(..HALF)?).ok();
    }
    if first.len() != HALF {
        return None;
    }
    let msk = Zeroizing::new([&first[..], &second[..]].concat());
    Pmk::new(msk.get(..AkmSuite::of(akm)?.pmk_len)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_akm_takes_no_octet_that_the_method_has_not_made() {
        let msk: Vec<u8> = (0..64).collect();
        let taken = |akm, octets: usize| {
            pmk(akm, &OneXResult::success(&msk[..octets], Vec::new())).map(|pmk| pmk.as_bytes().to_vec())
        };
        for (akm, part) in [
            (Akm::EAP, 0..32),
            (Akm::EAP_SHA256, 0..32),
            (Akm::FT_EAP, 32..64),
            (Akm::EAP_SUITE_B_192, 0..48),
            (Akm::FT_EAP_SHA384, 0..48),
        ] {
            assert_eq!(taken(akm, part.end - 1), None, "{akm}");
            assert_eq!(taken(akm, part.end), Some(msk[part].to_vec()), "{akm}");
        }
    }
}
