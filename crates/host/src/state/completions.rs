//! What the completions of operations bring about: an association, an open port, or an end.

use super::{Handler, Phase, State, Work};
use crate::adapter::Command;
use crate::event::{Kind, completion};
use crate::outcome::Outcome;
use frame::MacAddress;
use ihv::{ConnectSession, Failure, HostAdapter, Reason, Rule, SecuritySession, Win32Error};

impl State {
    /// A pre-association operation has come to an end (R10).
    pub(super) fn complete_pre_association(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error> {
        const CALL: &str = "pre_associate_completion";
        let resetting = self.is_inside(Handler::AdapterReset, adapter);
        let called = self.outside_pre_associate(adapter, session, Rule::R10, CALL)?;
        if !reason.agrees_with(error) {
            return self.refuse(adapter, Rule::R17, CALL, Win32Error::INVALID_PARAMETER);
        }
        if resetting && error != Win32Error::CANCELLED {
            return self.refuse(adapter, Rule::R07, CALL, Win32Error::INVALID_PARAMETER);
        }
        let success = error == Win32Error::SUCCESS;
        called.handling_fixed = success;
        self.event(adapter, None, None, || {
            let (error, reason) = completion(reason, error);
            Kind::PreAssociationCompleted { error, reason }
        });
        if success {
            self.begin_approach(adapter);
        } else if resetting {
            if let Some(attempt) = self.adapter_mut(adapter).and_then(|called| called.attempt.as_mut()) {
                attempt.phase = Phase::Cancelled;
            }
        } else {
            self.end_attempt(adapter, Outcome::of_failure(reason, error));
        }
        Ok(())
    }

    /// A post-association operation has come to an end, or the port's state is to change after it (R17 to R19).
    pub(super) fn complete_post_association(
        &mut self,
        adapter: HostAdapter,
        session: SecuritySession,
        peer: MacAddress,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error> {
        const CALL: &str = "post_associate_completion";
        self.called(adapter, CALL)?;
        if self.is_inside(Handler::PerformPostAssociate, adapter) {
            return self.refuse(adapter, Rule::R16, CALL, Win32Error::INVALID_OPERATION);
        }
        let resetting = self.is_inside(Handler::AdapterReset, adapter);
        let first_unused = u64::from(self.next_session);
        let called = self.called(adapter, CALL)?;
        let lacks_protection = Self::lacks_protection(called, session);
        let Some(port) = called
            .ports
            .iter_mut()
            .find(|port| port.session == session && port.begun && !port.doomed)
        else {
            let rule = if (1..first_unused).contains(&session.0) {
                Rule::R21
            } else {
                Rule::R22
            };
            return self.refuse(adapter, rule, CALL, Win32Error::INVALID_HANDLE);
        };
        let id = port.state.session_id;
        if port.state.peer != peer {
            return self.refuse(adapter, Rule::R22, CALL, Win32Error::INVALID_PARAMETER);
        }
        if !reason.agrees_with(error) {
            return self.refuse(adapter, Rule::R17, CALL, Win32Error::INVALID_PARAMETER);
        }
        if resetting && error != Win32Error::CANCELLED {
            return self.refuse(adapter, Rule::R07, CALL, Win32Error::INVALID_PARAMETER);
        }
        let success = error == Win32Error::SUCCESS;
        if success && lacks_protection {
            return self.refuse(adapter, Rule::R30, CALL, Win32Error::INVALID_STATE);
        }
        let first = !core::mem::replace(&mut port.completed, true);
        port.doomed = first && !success;
        let opens = success && !port.state.authorized;
        // The adapter has opened the port itself, and whoever waits for it is told only now.
        let was_open = first && success && port.state.authorized;
        port.state.authorized |= success;
        port.was_authorized |= success;
        self.event(adapter, Some(peer), Some(id), || {
            let (error, reason) = completion(reason, error);
            Kind::PostAssociationCompleted { error, reason }
        });
        if opens {
            self.command(adapter, Command::AuthorizePort { peer, authorized: true });
        }
        if opens || was_open {
            self.event(adapter, Some(peer), Some(id), || Kind::PortAuthorized {});
            self.event(adapter, Some(peer), Some(id), || Kind::Outcome(Outcome::Authorized));
        } else if !success {
            self.deauthorize(adapter, session);
            // A peer that does not answer any more is left, and so is one with which something has failed that has a
            // name: nothing would open its port again. A change of heart without one closes the port and no more (R19).
            let outcome = match Failure::of_reason(reason) {
                Some(Failure::Unanswered) if !first => Some(Outcome::Lost { after_completion: true }),
                None if !first => None,
                _ => Some(Outcome::of_failure(reason, error)),
            };
            if let Some(outcome) = outcome.filter(|_| !resetting) {
                self.work.push_back(Work::TakeDown {
                    adapter,
                    session,
                    outcome,
                });
            }
        }
        Ok(())
    }
}
