//! How often, and after how long, a message is repeated.

use core::time::Duration;

/// When a message without an answer is sent again, and when the station is given up.
///
/// IEEE 802.11-2020, 12.7.6.6 and 12.7.7.4: so many transmissions of the message, each followed by a time-out; the
/// first one is short, the others follow the station's listen interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Transmissions of one message, the first included (dot11RSNAConfigPairwiseUpdateCount and
    /// dot11RSNAConfigGroupUpdateCount).
    pub transmissions: u32,
    /// How long to wait after the first.
    pub first: Duration,
    /// How long to wait after each of the others.
    pub later: Duration,
}

/// Three transmissions; 100 ms after the first, 1 s after the others.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            transmissions: 3,
            first: Duration::from_millis(100),
            later: Duration::from_secs(1),
        }
    }
}

impl RetryPolicy {
    /// How long to wait after so many transmissions.
    pub(super) const fn wait(&self, transmissions: u32) -> Duration {
        if transmissions <= 1 { self.first } else { self.later }
    }
}
