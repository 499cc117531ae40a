//! The operations on the ports of an adapter: their begin, their end, and what is learnt from them.

use super::BuiltIn;
use super::adapter::limits;
use crate::approach::Approach;
use crate::operation::{Basis, Context, News, Operation};
use frame::MacAddress;
use ihv::{
    AssociationParameters, AssociationStatus, ExtensionAdapter, Host, OneXResult, Reason, SecuritySession, Win32Error,
};
use rand_core::CryptoRng;

impl<R: CryptoRng> BuiltIn<R> {
    /// Begins the operation on the port of a new association.
    pub(super) fn begin_operation(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        session: SecuritySession,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapters.find(handle)?;
        let connection = adapter.connection.as_ref().ok_or(Win32Error::INVALID_STATE)?;
        let limits = limits(&adapter.capabilities, &self.floors, &connection.ssid);
        let mut attempt = adapter
            .approach
            .take()
            .filter(|attempt| attempt.peer == parameters.peer)
            .unwrap_or_else(|| Approach::silent(parameters.peer, &[]));
        adapter.transition_refused_by = None;
        let now = host.now();
        let agreed = attempt.settle(now, parameters.response_elements())?;
        if let (Some(agreed), Some(akm), Some(scope)) = (agreed, connection.selection.akm, &connection.scope) {
            // The operation tells if the handshake does not prove it.
            let entry = agreed.into_pmksa(akm, scope, parameters.peer, adapter.address);
            self.pmksas.insert(now, entry);
        }
        let basis = Basis::of(attempt.stage, connection, &limits, parameters)?;
        let operation = Operation::begin(
            now,
            adapter.host,
            adapter.address,
            session,
            parameters,
            connection,
            basis,
        )?
        .with_adapter(&adapter.capabilities);
        adapter.operations.retain(|earlier| earlier.peer() != parameters.peer);
        adapter.operations.push(operation);
        self.schedule(handle);
        Ok(())
    }

    /// Ends the operation with `peer`; its keys are wiped. A key that was named to a peer which then broke the handshake
    /// off is forgotten: it may be the reason.
    pub(super) fn end_operation(
        &mut self,
        handle: ExtensionAdapter,
        peer: MacAddress,
        status: AssociationStatus,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapters.find(handle)?;
        let index = adapter
            .operations
            .iter()
            .position(|operation| operation.peer() == peer)
            .ok_or(Win32Error::NOT_FOUND)?;
        let ended = adapter.operations.swap_remove(index);
        if let Some(pmkid) = ended.unconfirmed_name().filter(|_| status.is_by_peer()) {
            self.pmksas.remove(&pmkid);
        }
        self.schedule(handle);
        Ok(())
    }

    /// Ends all that runs on the adapter, and forgets the connection.
    pub(super) fn reset(&mut self, host: &mut dyn Host, handle: ExtensionAdapter) -> Result<(), Win32Error> {
        let adapter = self.adapters.find(handle)?;
        if let Some(session) = adapter.pre_association.take() {
            // A host that refuses has ended the operation already.
            let _ = host.pre_associate_completion(adapter.host, session, Reason::UNKNOWN, Win32Error::CANCELLED);
        }
        for mut operation in adapter.operations.drain(..) {
            operation.cancel(host);
        }
        adapter.connection = None;
        adapter.approach = None;
        adapter.hierarchy = None;
        adapter.transition_refused_by = None;
        self.schedule(handle);
        Ok(())
    }

    /// Calls `act` with an operation and with all that an operation needs.
    pub(super) fn with_operation(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        peer: MacAddress,
        act: impl FnOnce(&mut Operation, &mut Context<'_>) -> Result<(), Win32Error>,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapters.find(handle)?;
        let operation = adapter
            .operations
            .iter_mut()
            .find(|operation| operation.peer() == peer)
            .ok_or(Win32Error::NOT_FOUND)?;
        let mut context = Context {
            host,
            rng: &mut self.rng,
            effects: &mut self.effects,
            completions: &mut self.completions,
        };
        let result = act(operation, &mut context);
        let scope = adapter
            .connection
            .as_ref()
            .and_then(|connection| connection.scope.as_ref());
        if let (Some((known, akm)), Some(scope)) = (operation.take_proved(), scope) {
            let entry = known.into_pmksa(akm, scope, peer, adapter.address);
            self.pmksas.insert(host.now(), entry);
        }
        let news = operation.take_news();
        if let Some(hierarchy) = operation.hierarchy().filter(|_| news.authorized.is_some()) {
            adapter.hierarchy = Some(hierarchy.kept(host.now()));
        }
        self.remember(handle, news);
        self.schedule(handle);
        result
    }

    /// The host's 802.1X module has come to a result on the port that it runs on.
    pub(super) fn conclude_onex(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        result: &OneXResult,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapters.find(handle)?;
        let peer = adapter
            .operations
            .iter()
            .find(|operation| operation.is_authenticating())
            .map(Operation::peer)
            .ok_or(Win32Error::INVALID_STATE)?;
        self.with_operation(host, handle, peer, |operation, context| {
            operation.take_result(context, result)
        })
    }

    /// Keeps what an operation has learnt about its network.
    pub(super) fn remember(&mut self, handle: ExtensionAdapter, news: News) {
        if news == News::default() {
            return;
        }
        let Some(connection) = self
            .adapters
            .find(handle)
            .ok()
            .and_then(|adapter| adapter.connection.as_ref())
        else {
            return;
        };
        if let Some(strength) = news.authorized {
            let lenience = connection.demands.lenience;
            self.floors.succeeded(&connection.ssid, strength, lenience);
        }
        if news.disabled != 0 {
            self.floors.disable(&connection.ssid, news.disabled);
        }
        if let Some(pmkid) = news.useless {
            self.pmksas.remove(&pmkid);
        }
    }
}
