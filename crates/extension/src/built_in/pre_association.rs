//! Before the association: the profile, the choice among networks, and what the host is told of it.

use super::BuiltIn;
use crate::approach;
use crate::connection::Connection;
use crate::profile::SecurityFragment;
use crate::select::{Selection, select};
use frame::ethertype::EtherType;
use ihv::{
    BssEntry, ConnectSession, EtherTypeHandling, ExemptionAction, ExtensionAdapter, Failure, Host, HostAdapter,
    PacketType, Policy, PrivacyExemption, ProfileParameters, Refused, SecurityProfile, Win32Error,
};
use rand_core::CryptoRng;

/// How many received packets may wait: a handshake never has more in flight.
const BACKLOG: u32 = 8;

impl<R: CryptoRng> BuiltIn<R> {
    /// Chooses the network and tells the host; the completion comes from the timer (R10).
    pub(super) fn pre_associate(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        session: ConnectSession,
        profile: &ProfileParameters,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        let adapter = self.adapters.find(handle)?;
        let fragment = check(security)?;
        let [ssid] = &*profile.ssids else {
            return Err(refused(Policy::InvalidProfile, Win32Error::INVALID_PARAMETER));
        };
        let limits = adapter.limits(&self.floors, ssid);
        let choice =
            select(&fragment, limits, connectable).map_err(|policy| refused(policy, Win32Error::NOT_SUPPORTED))?;
        prepare(host, adapter.host, &choice.0)?;
        let user = host.onex_user(adapter.host);
        let connection = Connection::new(ssid, choice, fragment, &self.salt, user.as_deref());
        adapter.connection = Some(connection.ok_or(Win32Error::INTERNAL_ERROR)?);
        adapter.approach = None;
        adapter.hierarchy = None;
        adapter.transition_refused_by = None;
        adapter.group = 0;
        adapter.pre_association = Some(session);
        self.schedule(handle);
        Ok(())
    }

    /// Whether any of the networks fits the profile.
    pub(super) fn match_capability(
        &mut self,
        handle: ExtensionAdapter,
        profile: &ProfileParameters,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        let fragment = check(security)?;
        let adapter = self
            .adapters
            .find(handle)
            .map_err(|error| refused(Policy::NoCommonSecurity, error))?;
        let ssid = profile.ssids.first().map(Vec::as_slice).unwrap_or_default();
        select(&fragment, adapter.limits(&self.floors, ssid), connectable)
            .map(drop)
            .map_err(|policy| refused(policy, Win32Error::NOT_SUPPORTED))
    }
}

/// Whether this extension can use the profile.
pub(super) fn validate(profile: &ProfileParameters, security: &SecurityProfile) -> Result<(), Refused> {
    if profile.ssids.len() != 1 {
        return Err(refused(Policy::InvalidProfile, Win32Error::INVALID_PARAMETER));
    }
    check(security).map(drop)
}

/// A refusal of ours, which changes nothing.
pub(super) fn refused(policy: Policy, error: Win32Error) -> Refused {
    approach::refused(Failure::Policy(policy), error)
}

fn check(security: &SecurityProfile) -> Result<SecurityFragment, Refused> {
    SecurityFragment::of_profile(security).map_err(|_| Refused::invalid_profile())
}

/// Tells the host what this extension wants to receive, and what the adapter is to associate with.
fn prepare(host: &mut dyn Host, adapter: HostAdapter, selection: &Selection) -> Result<(), Win32Error> {
    host.set_ethertype_handling(
        adapter,
        EtherTypeHandling {
            max_backlog: BACKLOG,
            exemptions: vec![PrivacyExemption {
                ethertype: EtherType::EAPOL,
                // Always: if message 4 is lost, message 3 comes again, and the peer has no key yet to encrypt
                // it with. The handshake's own integrity codes protect these packets.
                action: ExemptionAction::Always,
                packets: PacketType::Unicast,
            }],
            registrations: vec![EtherType::EAPOL],
        },
    )?;
    host.set_auth_algorithm(adapter, selection.auth())?;
    host.set_unicast_cipher_algorithm(adapter, selection.unicast())?;
    host.set_multicast_cipher_algorithm(adapter, selection.multicast())
}
