//! Questions that a user's tools ask the extension about profiles, networks and users. None of them begins
//! anything, and no answer changes the state of an adapter.

use super::Host;
use crate::profile::NetworkProfile;
use crate::state::connectable;
use ihv::{
    BssEntry, ConnectionPhase, DiscoveryProfile, Extension, ExtensionAdapter, Guid, HostAdapter, ProfileParameters,
    Reason, Refused, Rule, UiRequest, Win32Error,
};

impl<E: Extension> Host<E> {
    /// Asks whether the extension can make sense of a profile: to be asked before a profile is kept.
    /// [`Self::connect`] does not depend on the answer, since the extension checks what it is given (R09).
    ///
    /// # Errors
    /// What is wrong with the profile; [`Win32Error::INVALID_HANDLE`] if there is no such adapter.
    pub fn validate_profile(&mut self, handle: HostAdapter, profile: &NetworkProfile) -> Result<(), Refused> {
        let adapter = self.asked_of(handle)?;
        let parameters = profile.parameters();
        let answer = self
            .extension
            .validate_profile(adapter, &parameters, &profile.connectivity, &profile.security);
        self.honest(handle, "validate_profile", answer)
    }

    /// Asks whether a profile could connect to one of these networks. Those of other names do not count.
    ///
    /// # Errors
    /// Why it could not; [`Win32Error::INVALID_HANDLE`] if there is no such adapter.
    pub fn capability_match(
        &mut self,
        handle: HostAdapter,
        profile: &NetworkProfile,
        networks: &[BssEntry],
    ) -> Result<(), Refused> {
        let adapter = self.asked_of(handle)?;
        let connectable = connectable(profile, networks);
        let parameters = profile.parameters();
        let answer = self.extension.perform_capability_match(
            adapter,
            &parameters,
            &profile.connectivity,
            &profile.security,
            &connectable,
        );
        self.honest(handle, "perform_capability_match", answer)
    }

    /// Asks for profiles that would connect to one of these networks, which have none yet; for insecure
    /// ones too if `insecure`.
    ///
    /// # Errors
    /// Why there is none; [`Win32Error::INVALID_HANDLE`] if there is no such adapter.
    pub fn discovery_profiles(
        &mut self,
        handle: HostAdapter,
        insecure: bool,
        wanted: &ProfileParameters,
        networks: &[BssEntry],
    ) -> Result<Vec<DiscoveryProfile>, Refused> {
        let adapter = self.asked_of(handle)?;
        let answer = self
            .extension
            .create_discovery_profiles(adapter, insecure, wanted, networks);
        self.honest(handle, "create_discovery_profiles", answer)
    }

    /// Asks the extension whether it has a question to the user in this phase.
    ///
    /// # Errors
    /// What the extension says; [`Win32Error::INVALID_HANDLE`] if there is no such adapter.
    pub fn query_ui_request(
        &mut self,
        handle: HostAdapter,
        phase: ConnectionPhase,
    ) -> Result<Option<UiRequest>, Win32Error> {
        let adapter = self.extension_adapter(handle).ok_or(Win32Error::INVALID_HANDLE)?;
        self.extension.query_ui_request(adapter, phase)
    }

    /// Asks whether the extension still waits for the answer to this question: a page that shows it can be
    /// taken away if not.
    ///
    /// # Errors
    /// What the extension says.
    pub fn is_ui_request_pending(&mut self, request: Guid) -> Result<bool, Win32Error> {
        self.extension.is_ui_request_pending(request)
    }

    fn asked_of(&self, handle: HostAdapter) -> Result<ExtensionAdapter, Refused> {
        self.extension_adapter(handle).ok_or(Refused {
            error: Win32Error::INVALID_HANDLE,
            reason: Reason::UNKNOWN,
        })
    }

    /// A refusal that carries success is a refusal all the same, and is reported (R09).
    pub(super) fn honest<T>(
        &mut self,
        handle: HostAdapter,
        call: &'static str,
        answer: Result<T, Refused>,
    ) -> Result<T, Refused> {
        answer.map_err(|refused| {
            if refused.error != Win32Error::SUCCESS && refused.reason != Reason::SUCCESS {
                return refused;
            }
            self.broken(handle, Rule::R09, call);
            Refused {
                error: Win32Error::INTERNAL_ERROR,
                reason: Reason::UNKNOWN,
            }
        })
    }
}
