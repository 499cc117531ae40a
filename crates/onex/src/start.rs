//! How a supplicant starts an authentication (IEEE 802.1X-2020, 8.5): it sends EAPOL-Start until the
//! authenticator asks for an identity, and gives up after the third that is not answered (R32).

use core::time::Duration;

/// How often EAPOL-Start is sent (*maxStart*, IEEE 802.1X-2020, 8.5).
pub const MAX_START: u8 = 3;

/// How long an answer may take (*startPeriod*). The standard's default is 30 s, longer than a user
/// waits for a network.
pub const START_PERIOD: Duration = Duration::from_secs(5);

/// The state of a start. See the module.
#[derive(Debug)]
pub struct Start {
    sent: u8,
    deadline: Duration,
}

/// What comes of a time-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is not time yet.
    Wait,
    /// Send EAPOL-Start.
    Send,
    /// The authenticator does not answer: the operation has failed.
    GiveUp,
}

impl Start {
    /// Begins at `now`: EAPOL-Start is to be sent.
    #[must_use]
    pub fn begin(now: Duration) -> Self {
        Self {
            sent: 1,
            deadline: now + START_PERIOD,
        }
    }

    /// When [`Self::handle_timeout`] is to be called, unless an EAP packet has come before.
    #[must_use]
    pub const fn next_timeout(&self) -> Duration {
        self.deadline
    }

    /// Sends again, or gives up. Does nothing before the time.
    pub fn handle_timeout(&mut self, now: Duration) -> Step {
        if now < self.deadline {
            return Step::Wait;
        }
        if self.sent == MAX_START {
            return Step::GiveUp;
        }
        self.sent += 1;
        self.deadline = now + START_PERIOD;
        Step::Send
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unanswered_start_is_sent_three_times_and_then_given_up() {
        let mut start = Start::begin(Duration::ZERO);
        let mut sent = 1;
        loop {
            assert_eq!(
                start.handle_timeout(start.next_timeout() - Duration::from_micros(1)),
                Step::Wait
            );
            match start.handle_timeout(start.next_timeout()) {
                Step::Send => sent += 1,
                Step::GiveUp => break,
                Step::Wait => panic!("nothing happened at the time that was named"),
            }
        }
        assert_eq!(sent, MAX_START);
        assert_eq!(start.next_timeout(), START_PERIOD * 3);
    }
}
