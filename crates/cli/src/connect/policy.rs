//! What to do after an attempt: stay, try again, or end.
//!
//! Does no I/O: outcomes and times in, verdicts out.

use super::Until;
use core::time::Duration;
use frame::codes::StatusCode;
use host::outcome::{Defect, Outcome, Refusal, exit};
use ihv::{OneXFailure, Proof};

/// The policy, and what it remembers of the attempts so far.
pub(super) struct Policy {
    /// When to give up, until the port was open for the first time.
    deadline: Option<Duration>,
    until: Option<Until>,
    /// The adapter is about to move to another access point.
    moves: bool,
    /// How long to wait before the next attempt.
    delay: Duration,
    /// What the last attempt came to.
    last: Option<Outcome>,
    /// How often the extension was started again in a row, and when it ended last.
    restarts: u32,
    ended: Option<Duration>,
    /// What it looks like when the user's password is wrong.
    of_wrong_password: &'static [OneXFailure],
    /// The password is one that a person has typed, and can type again.
    typed: bool,
    /// It was wrong, and was asked for once more.
    asked_again: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing: connected.
    Stay,
    /// Try again, then.
    RetryAt(Duration),
    /// Start the extension again, and try again, then.
    RestartAt(Duration),
    /// Leave, and exit with this code.
    Exit(u8),
}

/// How long to wait after the first failure, and at most.
const SHORTEST_DELAY: Duration = Duration::from_millis(200);
const LONGEST_DELAY: Duration = Duration::from_secs(5);
/// How long to wait at most where the network has perhaps changed, and waits for somebody to say so.
const LONGEST_DOUBT: Duration = Duration::from_secs(60);

/// How often an extension that crashes or hangs is started again in a row, and how long to wait before the first time.
const RESTARTS: u32 = 3;
const RESTART_DELAY: Duration = Duration::from_millis(500);

/// An extension that has gone on for so long ends for the first time.
const CALM: Duration = Duration::from_secs(60);

/// The access point has no room, or no time, just now (IEEE 802.11-2020, Table 9-50: 17 and 30).
const PASSING: [StatusCode; 2] = [StatusCode(17), StatusCode(30)];

impl Policy {
    /// A policy for attempts that begin at time zero. The state `until` is the end, if one is named.
    pub(super) const fn new(timeout: Duration, until: Option<Until>) -> Self {
        Self {
            deadline: Some(timeout),
            until,
            moves: false,
            delay: SHORTEST_DELAY,
            last: None,
            restarts: 0,
            ended: None,
            of_wrong_password: &[],
            typed: false,
            asked_again: false,
        }
    }

    /// The same policy for a user whose password, if it is wrong, leads to one of these.
    pub(super) const fn for_user(self, of_wrong_password: &'static [OneXFailure]) -> Self {
        Self {
            of_wrong_password,
            ..self
        }
    }

    /// A person has typed the password.
    pub(super) const fn typed(&mut self) {
        self.typed = true;
    }

    /// Whether an outcome may be that of a wrong password which a person has typed.
    pub(super) fn is_mistyped(&self, outcome: Outcome) -> bool {
        self.typed && matches!(outcome, Outcome::OneX(failure) if self.of_wrong_password.contains(&failure))
    }

    /// When [`Self::give_up`] is due, if ever.
    pub(super) const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Moves the deadline: the attempts had to wait for a person.
    pub(super) fn postpone(&mut self, by: Duration) {
        self.deadline = self.deadline.map(|deadline| deadline.saturating_add(by));
    }

    /// What the attempts came to, if one has ended: the last one that got beyond its scan, if any did.
    pub(super) const fn last(&self) -> Option<Outcome> {
        self.last
    }

    /// What to do after an attempt, or a connection, that came to `outcome`.
    pub(super) fn judge(&mut self, now: Duration, outcome: Outcome) -> Verdict {
        let earlier = self.last;
        self.last = match (outcome, earlier) {
            // A scan may miss a network; what came of an attempt at one says more.
            (Outcome::NoSuchNetwork, Some(known)) if known != Outcome::Authorized => Some(known),
            _ => Some(outcome),
        };
        let has_moved = core::mem::take(&mut self.moves);
        if outcome == Outcome::Authorized {
            self.deadline = None;
            self.delay = SHORTEST_DELAY;
            self.asked_again = false;
            return match self.until {
                Some(Until::Authorized) => Verdict::Exit(exit::DONE),
                Some(Until::Roamed) if has_moved => Verdict::Exit(exit::DONE),
                Some(Until::Roamed) | None => Verdict::Stay,
            };
        }
        if let Outcome::Internal(Defect::Crashed | Defect::Hung) = outcome {
            return match self.restart_delay(now) {
                Some(delay) => Verdict::RestartAt(now.saturating_add(delay)),
                None => Verdict::Exit(outcome.exit_code()),
            };
        }
        if !self.may_pass(outcome) {
            return Verdict::Exit(outcome.exit_code());
        }
        let longest = match could_be_forged(outcome) {
            true => LONGEST_DOUBT,
            false => LONGEST_DELAY,
        };
        let delay = self.delay.min(longest);
        self.delay = delay.saturating_mul(2).min(longest);
        Verdict::RetryAt(now.saturating_add(delay))
    }

    /// The adapter is about to move to another access point.
    pub(super) const fn begin_roam(&mut self) {
        self.moves = true;
    }

    /// What to do when it could not move, because of `outcome`. The connection that it has may stand all the same.
    pub(super) const fn judge_failed_roam(&mut self, outcome: Outcome) -> Verdict {
        self.moves = false;
        match self.until {
            Some(Until::Roamed) => Verdict::Exit(outcome.exit_code()),
            Some(Until::Authorized) | None => Verdict::Stay,
        }
    }

    /// The extension has ended: how long to wait before it is started again; `None` if that was done often enough.
    fn restart_delay(&mut self, now: Duration) -> Option<Duration> {
        if self
            .ended
            .replace(now)
            .is_some_and(|ended| now.saturating_sub(ended) > CALM)
        {
            self.restarts = 0;
        }
        let delay = (self.restarts < RESTARTS).then(|| RESTART_DELAY.saturating_mul(1 << self.restarts));
        self.restarts += 1;
        delay
    }

    /// The exit code when the deadline has passed: a refusal that was not overcome, or a time-out.
    pub(super) fn give_up(&self) -> u8 {
        match self.last.map(Outcome::exit_code) {
            Some(exit::REFUSED) => exit::REFUSED,
            _ => exit::TIMEOUT,
        }
    }

    /// Whether another attempt may end better. An access point that has let this station in before is
    /// given the benefit of the doubt: it may have gone away in the middle of a handshake, which looks
    /// like a wrong secret, and may not be itself again yet; or somebody has answered in its name. Not so where a message
    /// that nobody can forge says that something is wrong.
    fn may_pass(&mut self, outcome: Outcome) -> bool {
        let was_in = self.deadline.is_none();
        match outcome {
            // Once: who is asked without end locks the account, too.
            _ if self.is_mistyped(outcome) => !core::mem::replace(&mut self.asked_again, true),
            Outcome::NoSuchNetwork
            | Outcome::Silent(_)
            | Outcome::Lost { .. }
            | Outcome::Deauthenticated { .. }
            | Outcome::OneX(OneXFailure::NoAuthenticator | OneXFailure::Silent)
            // By something else on this machine: when this program leaves, it asks no policy.
            | Outcome::Cancelled
            | Outcome::Internal(Defect::Driver(_)) => true,
            _ if could_be_forged(outcome) => was_in,
            Outcome::RefusedAtAuthentication(status) | Outcome::RefusedAtAssociation(status) => {
                was_in || PASSING.contains(&status)
            }
            Outcome::Authorized
            | Outcome::WrongSecret(_)
            | Outcome::ElementMismatch(_)
            | Outcome::WrongTransitionKey
            | Outcome::NoCommonGroup
            | Outcome::UnknownIdentifier
            | Outcome::ChannelMismatch
            // The same credentials once more could lock the account.
            | Outcome::OneX(_)
            | Outcome::PolicyRefusal(_)
            | Outcome::AdapterGone
            | Outcome::Internal(Defect::Extension(_) | Defect::Crashed | Defect::Hung) => false,
        }
    }
}

/// Whether it may be that the secret or the profile is wrong, but only frames say so that anybody can send.
const fn could_be_forged(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::WrongSecret(Proof::Suspected)
            | Outcome::UnknownIdentifier
            | Outcome::NoCommonGroup
            | Outcome::WrongTransitionKey
            // One of two is genuine: the beacon, or where it was heard, or what the access point says of it in message 3.
            | Outcome::ElementMismatch(_)
            | Outcome::ChannelMismatch
            | Outcome::PolicyRefusal(
                Refusal::Protocol
                    | Refusal::Policy(
                        // What a beacon offers, or a refusal says.
                        ihv::Policy::NoCommonSecurity
                            | ihv::Policy::ManagementProtection
                            | ihv::Policy::WeakCipher
                            | ihv::Policy::Downgrade
                            | ihv::Policy::Legacy
                    )
            )
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::codes::ReasonCode;
    use host::outcome::Awaited;
    use ihv::SecurityElement;

    const NOW: Duration = Duration::from_secs(3);

    fn policy() -> Policy {
        Policy::new(Duration::from_secs(20), None)
    }

    const fn gone() -> Outcome {
        Outcome::Deauthenticated {
            reason: ReasonCode(3),
            after_completion: true,
        }
    }

    #[test]
    fn an_open_port_is_kept_or_is_the_end_as_was_asked() {
        assert_eq!(policy().judge(NOW, Outcome::Authorized), Verdict::Stay);
        let mut until = Policy::new(Duration::from_secs(20), Some(Until::Authorized));
        assert_eq!(until.judge(NOW, Outcome::Authorized), Verdict::Exit(0));
    }

    #[test]
    fn a_move_to_another_access_point_is_the_end_if_that_was_asked_for_and_a_failed_one_is_with_its_reason() {
        let connected = |until| {
            let mut policy = Policy::new(Duration::from_secs(20), until);
            assert_eq!(policy.judge(NOW, Outcome::Authorized), Verdict::Stay);
            policy.begin_roam();
            policy
        };
        let roamed = Some(Until::Roamed);
        assert_eq!(connected(roamed).judge(NOW, Outcome::Authorized), Verdict::Exit(0));
        assert_eq!(connected(None).judge(NOW, Outcome::Authorized), Verdict::Stay);
        let wrong = Outcome::WrongTransitionKey;
        assert_eq!(connected(roamed).judge_failed_roam(wrong), Verdict::Exit(3));
        assert_eq!(connected(None).judge_failed_roam(wrong), Verdict::Stay);
        // To come back after a connection was lost is not to move.
        let mut lost = connected(roamed);
        assert!(matches!(lost.judge(NOW, gone()), Verdict::RetryAt(_)));
        assert_eq!(lost.judge(NOW, Outcome::Authorized), Verdict::Stay);
    }

    #[test]
    fn a_wrong_secret_is_the_end_at_once() {
        for proof in [Proof::Proved, Proof::Suspected] {
            assert_eq!(policy().judge(NOW, Outcome::WrongSecret(proof)), Verdict::Exit(3));
        }
    }

    const FORGEABLE: [Outcome; 13] = [
        Outcome::WrongSecret(Proof::Suspected),
        Outcome::UnknownIdentifier,
        Outcome::NoCommonGroup,
        Outcome::WrongTransitionKey,
        Outcome::ElementMismatch(SecurityElement::Rsne),
        Outcome::ElementMismatch(SecurityElement::Rsnxe),
        Outcome::ChannelMismatch,
        Outcome::PolicyRefusal(Refusal::Protocol),
        Outcome::PolicyRefusal(Refusal::Policy(ihv::Policy::NoCommonSecurity)),
        Outcome::PolicyRefusal(Refusal::Policy(ihv::Policy::ManagementProtection)),
        Outcome::PolicyRefusal(Refusal::Policy(ihv::Policy::WeakCipher)),
        Outcome::PolicyRefusal(Refusal::Policy(ihv::Policy::Downgrade)),
        Outcome::PolicyRefusal(Refusal::Policy(ihv::Policy::Legacy)),
    ];

    #[test]
    fn a_password_that_a_person_has_mistyped_is_asked_for_once_more_and_one_of_a_file_is_the_end() {
        const WRONG: &[OneXFailure] = &[OneXFailure::Credentials, OneXFailure::Refused];
        let wrong = Outcome::OneX(OneXFailure::Credentials);
        let mut of_file = policy().for_user(WRONG);
        assert_eq!(of_file.judge(NOW, wrong), Verdict::Exit(3));
        let mut policy = policy().for_user(WRONG);
        policy.typed();
        let untrusted = Outcome::OneX(OneXFailure::UntrustedServer);
        assert!(policy.is_mistyped(wrong) && !policy.is_mistyped(untrusted));
        for _ in 0..2 {
            assert!(matches!(policy.judge(NOW, wrong), Verdict::RetryAt(_)));
            assert_eq!(policy.judge(NOW, wrong), Verdict::Exit(3));
            policy.judge(NOW, Outcome::Authorized);
        }
        assert_eq!(policy.judge(NOW, untrusted), Verdict::Exit(3));
    }

    #[test]
    fn what_anybody_can_say_ends_a_first_attempt_and_no_connection_that_there_was() {
        for outcome in FORGEABLE {
            assert_eq!(policy().judge(NOW, outcome), Verdict::Exit(3), "{outcome:?}");
            let mut policy = policy();
            policy.judge(NOW, Outcome::Authorized);
            for _ in 0..20 {
                assert!(matches!(policy.judge(NOW, outcome), Verdict::RetryAt(_)), "{outcome:?}");
            }
            assert_eq!(policy.judge(NOW, Outcome::WrongSecret(Proof::Proved)), Verdict::Exit(3));
        }
    }

    #[test]
    fn a_refusal_that_no_frame_has_led_to_is_the_end_of_a_connection_too() {
        let refusals = [
            Refusal::Policy(ihv::Policy::InvalidProfile),
            Refusal::Policy(ihv::Policy::UnexpectedAssociation),
            Refusal::Extension(ihv::Reason(7)),
        ];
        for outcome in refusals.map(Outcome::PolicyRefusal) {
            let mut policy = policy();
            policy.judge(NOW, Outcome::Authorized);
            assert_eq!(policy.judge(NOW, outcome), Verdict::Exit(outcome.exit_code()));
        }
    }

    #[test]
    fn a_connection_that_something_else_on_this_machine_ended_is_made_again() {
        let mut policy = policy();
        policy.judge(NOW, Outcome::Authorized);
        assert!(matches!(policy.judge(NOW, Outcome::Cancelled), Verdict::RetryAt(_)));
        assert_eq!(policy.judge(NOW, Outcome::AdapterGone), Verdict::Exit(6));
    }

    #[test]
    fn silence_is_tried_again_until_the_deadline_and_is_a_time_out() {
        let mut policy = policy();
        assert_eq!(policy.deadline(), Some(Duration::from_secs(20)));
        for outcome in [Outcome::NoSuchNetwork, Outcome::Silent(Awaited::Association)] {
            assert!(matches!(policy.judge(NOW, outcome), Verdict::RetryAt(at) if at > NOW));
        }
        assert_eq!(policy.give_up(), 4);
    }

    #[test]
    fn the_time_that_a_person_takes_for_an_answer_does_not_count() {
        let mut policy = policy();
        policy.postpone(Duration::from_secs(60));
        assert_eq!(policy.deadline(), Some(Duration::from_secs(80)));
        policy.judge(NOW, Outcome::Authorized);
        policy.postpone(Duration::from_secs(60));
        assert_eq!(policy.deadline(), None);
    }

    #[test]
    fn a_scan_that_misses_the_network_does_not_hide_what_came_of_an_attempt() {
        let mut policy = policy();
        let silent = Outcome::Silent(Awaited::Association);
        for outcome in [Outcome::NoSuchNetwork, silent, Outcome::NoSuchNetwork] {
            policy.judge(NOW, outcome);
        }
        assert_eq!(policy.last(), Some(silent));
    }

    #[test]
    fn an_access_point_that_sends_the_station_away_until_the_deadline_has_refused() {
        let mut policy = policy();
        assert!(matches!(policy.judge(NOW, gone()), Verdict::RetryAt(_)));
        assert_eq!(policy.give_up(), 3);
    }

    #[test]
    fn a_refusal_is_the_end_unless_it_may_pass() {
        let refused = |status| Outcome::RefusedAtAssociation(StatusCode(status));
        assert_eq!(policy().judge(NOW, refused(1)), Verdict::Exit(3));
        assert!(matches!(policy().judge(NOW, refused(17)), Verdict::RetryAt(_)));
        let mut policy = policy();
        policy.judge(NOW, Outcome::Authorized);
        assert!(matches!(policy.judge(NOW, refused(1)), Verdict::RetryAt(_)));
    }

    #[test]
    fn an_extension_that_ends_is_started_again_three_times_in_a_row_and_not_more() {
        for defect in [Defect::Crashed, Defect::Hung] {
            let ended = Outcome::Internal(defect);
            let mut policy = policy();
            let mut again = |now| {
                policy.judge(now, Outcome::Authorized);
                policy.judge(now, ended)
            };
            for delay in [500, 1000, 2000].map(Duration::from_millis) {
                assert_eq!(again(NOW), Verdict::RestartAt(NOW + delay));
            }
            assert_eq!(again(NOW), Verdict::Exit(1));
        }
    }

    #[test]
    fn an_extension_that_ends_now_and_then_is_started_again_every_time() {
        let mut policy = policy();
        for hour in 1..=10 {
            let now = Duration::from_secs(3600 * hour);
            let again = policy.judge(now, Outcome::Internal(Defect::Crashed));
            assert_eq!(again, Verdict::RestartAt(now + RESTART_DELAY));
        }
    }

    #[test]
    fn the_delay_doubles_up_to_five_seconds_and_begins_anew_after_a_connection() {
        let mut policy = policy();
        policy.judge(NOW, Outcome::Authorized);
        assert_eq!(policy.deadline(), None);
        let delay = |policy: &mut Policy| match policy.judge(NOW, gone()) {
            Verdict::RetryAt(at) => u64::try_from((at - NOW).as_millis()).unwrap(),
            other => panic!("{other:?}"),
        };
        let delays: Vec<_> = (0..7).map(|_| delay(&mut policy)).collect();
        assert_eq!(delays, [200, 400, 800, 1600, 3200, 5000, 5000]);
        policy.judge(NOW, Outcome::Authorized);
        assert_eq!(delay(&mut policy), 200);
    }

    #[test]
    fn a_network_that_may_have_changed_is_asked_less_and_less_down_to_once_a_minute() {
        let mut policy = policy();
        policy.judge(NOW, Outcome::Authorized);
        let mut delay = |outcome| match policy.judge(NOW, outcome) {
            Verdict::RetryAt(at) => (at - NOW).as_secs(),
            other => panic!("{other:?}"),
        };
        let suspected = Outcome::WrongSecret(Proof::Suspected);
        let delays: Vec<_> = (0..11).map(|_| delay(suspected)).collect();
        assert_eq!(delays, [0, 0, 0, 1, 3, 6, 12, 25, 51, 60, 60]);
        // One that is only silent is asked more often.
        assert_eq!(delay(Outcome::Silent(Awaited::Association)), 5);
    }
}
