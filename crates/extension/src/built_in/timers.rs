//! When the extension wants to be called, and what it does then.

use super::BuiltIn;
use crate::approach::Approach;
use crate::operation::{Context, News, Operation};
use core::time::Duration;
use ihv::{ExtensionAdapter, Host, Reason, Win32Error};
use rand_core::CryptoRng;

impl<R: CryptoRng> BuiltIn<R> {
    /// Does what is due at the present time of the host.
    pub(super) fn handle_due(&mut self, host: &mut dyn Host) {
        let now = host.now();
        while let Some((at, handle)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            self.timers.remove(&(at, handle));
            let Ok(adapter) = self.adapters.find(handle) else {
                continue;
            };
            adapter.timer = None;
            if let Some(session) = adapter.pre_association.take() {
                // A host that refuses has ended the operation already.
                let _ = host.pre_associate_completion(adapter.host, session, Reason::SUCCESS, Win32Error::SUCCESS);
            }
            let mut news = News::default();
            for operation in &mut adapter.operations {
                if operation.deadline().is_some_and(|deadline| deadline <= now) {
                    let mut context = Context {
                        host,
                        rng: &mut self.rng,
                        effects: &mut self.effects,
                        completions: &mut self.completions,
                    };
                    operation.handle_timeout(&mut context);
                    news = news.and(operation.take_news());
                }
            }
            let due = adapter
                .approach
                .as_mut()
                .filter(|attempt| attempt.deadline().is_some_and(|deadline| deadline <= now));
            let progress = due.map(|attempt| attempt.handle_timeout(host, adapter.host));
            if let Some(progress) = progress {
                self.conclude(host, handle, progress);
            }
            self.remember(handle, news);
            self.schedule(handle);
        }
    }

    /// Sets the timer of an adapter to the earliest time at which it has something to do.
    pub(super) fn schedule(&mut self, handle: ExtensionAdapter) {
        let Ok(adapter) = self.adapters.find(handle) else {
            return;
        };
        let approach = adapter.approach.as_ref().and_then(Approach::deadline);
        let deadlines = adapter
            .operations
            .iter()
            .filter_map(Operation::deadline)
            .chain(approach);
        let earliest = match adapter.pre_association {
            Some(_) => Some(Duration::ZERO),
            None => deadlines.min(),
        };
        if adapter.timer == earliest {
            return;
        }
        if let Some(old) = core::mem::replace(&mut adapter.timer, earliest) {
            self.timers.remove(&(old, handle));
        }
        if let Some(new) = earliest {
            self.timers.insert((new, handle));
        }
    }
}
