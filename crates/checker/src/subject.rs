//! Where the extension under test comes from, and how time passes for it.

use core::time::Duration;
use ihv::{Extension, Rule};

/// Why an extension can't be used, or can't be used any longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule that it broke by that.
    pub rule: Rule,
    /// What happened, as a sentence without its full stop.
    pub what: String,
}

/// An extension to be checked. Each life gets one that nothing has happened to yet.
pub trait Subject {
    /// What the host calls.
    type Extension: Extension;

    /// A new one.
    ///
    /// # Errors
    /// Why there is none.
    fn fresh(&mut self) -> Result<Self::Extension, Fault>;

    /// Lets time pass for the extension: `span`, or less if it wants the host's attention earlier. Returns
    /// how much has passed.
    ///
    /// An extension without threads has nothing to do meanwhile: for it, all of it passes at once.
    fn wait(&self, extension: &Self::Extension, span: Duration) -> Duration {
        let _ = extension;
        span
    }

    /// How long an extension may take for what it owes while nothing else happens. For one that waits in
    /// simulated time this costs nothing.
    fn patience(&self) -> Duration {
        Duration::from_secs(30)
    }

    /// What has become of an extension that can't be called any longer.
    fn fault(&self, extension: &Self::Extension) -> Option<Fault> {
        let _ = extension;
        None
    }
}

/// An extension of this program: a value that lives in simulated time.
pub struct Native<F>(pub F);

impl<E: Extension, F: FnMut() -> E> Subject for Native<F> {
    type Extension = E;

    fn fresh(&mut self) -> Result<E, Fault> {
        Ok((self.0)())
    }
}
