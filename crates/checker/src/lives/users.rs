//! Lives in a network that authenticates its users, by the 802.1X module that the host lends.

use crate::stage::Stage;
use crate::subject::Subject;
use core::time::Duration;
use ihv::{OneXOutcome, Rule, SessionChange};

/// The user is asked, takes some time, answers, and is let in; then the access point asks again.
pub(super) fn let_in<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.enter_enterprise() || !stage.arrive() || !asked(stage) {
        return;
    }
    stage.does("the user thinks");
    let ended = stage.outcomes.len();
    stage.run(THOUGHT.min(stage.patience()), |_| false);
    let waits = stage.outcomes.len() == ended && stage.record().current(stage.adapter).is_some();
    stage.record().judge(
        Rule::R37,
        waits,
        "a question to the user fails the operation that it suspends",
    );
    answered(stage);
    for _ in 0..2 {
        let Some(address) = stage.address() else { return };
        stage.does("the access point authenticates the user again");
        stage.simulation.reauthenticate(stage.access_point, address);
        stage.run(EXCHANGE, is_authenticating);
        answered(stage);
        stage.run(THOUGHT.min(stage.patience()), |_| false);
    }
    stage.disconnect();
}

/// The user refuses, leaves, or the association ends while the question is before the user.
pub(super) fn left_alone<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.enter_enterprise() || !stage.arrive() {
        return;
    }
    if asked(stage) {
        stage.does("the user refuses");
        stage.refuse_question();
        fails(stage);
    }
    if asked(stage) {
        stage.does("the user logs off");
        let (now, change) = (
            stage.now(),
            SessionChange {
                event: SessionChange::LOGOFF,
                session_id: 1,
            },
        );
        // What the extension says to that is its own affair.
        let _ = stage.host.session_change(now, change);
        stage.settle();
        fails(stage);
    }
    if asked(stage) {
        stage.deauthenticate();
        stage.rest();
    }
}

/// Nobody answers EAPOL-Start: after three of them the operation fails (R32).
pub(super) fn unanswered<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.enter_enterprise() || !stage.arrive() {
        return;
    }
    stage.holds = true;
    stage.connect_user();
    let adapter = stage.adapter;
    let concluded = stage.run(stage.patience().max(STARTS), |stage| {
        stage
            .record()
            .onex
            .get(&adapter)
            .is_some_and(|onex| onex.last.is_some())
    });
    let (starts, last) = match stage.record().onex.get(&adapter) {
        Some(onex) => (onex.starts_sent, onex.last),
        None => return,
    };
    if concluded {
        stage.record().judge(
            Rule::R32,
            starts == 3 && last == Some(OneXOutcome::Failure),
            format!("nobody answers, and after {starts} attempts the result is {last:?}"),
        );
    }
    stage.disconnect();
}

/// Connects, and waits until the user is asked something.
fn asked<S: Subject>(stage: &mut Stage<'_, S>) -> bool {
    stage.credentials.clear();
    stage.connect_user();
    stage.run(stage.patience().max(THOUGHT), |stage| !stage.credentials.is_empty())
}

/// Answers every question until 802.1X has a result, then gives the handshake behind it time to open the port.
///
/// That the port is open would not do: an extension may have opened it too early.
fn answered<S: Subject>(stage: &mut Stage<'_, S>) {
    while is_authenticating(stage) {
        if !stage.answer_question() && !stage.run(EXCHANGE, |stage| is_asking(stage) || !is_authenticating(stage)) {
            return;
        }
    }
    let adapter = stage.adapter;
    stage.run(THOUGHT, |stage| stage.record().is_open(adapter));
}

/// Whether 802.1X was started and has no result yet.
fn is_authenticating<S: Subject>(stage: &Stage<'_, S>) -> bool {
    let adapter = stage.adapter;
    stage.record().onex.get(&adapter).is_some_and(|onex| onex.pending)
}

fn is_asking<S: Subject>(stage: &Stage<'_, S>) -> bool {
    !stage.credentials.is_empty()
}

/// Without the user the operation fails.
fn fails<S: Subject>(stage: &mut Stage<'_, S>) {
    let adapter = stage.adapter;
    let failed = stage.run(stage.patience().max(THOUGHT), |stage| {
        stage
            .record()
            .current(adapter)
            .is_none_or(|operation| operation.completed)
    });
    let open = stage.record().is_open(adapter);
    stage.record().judge(
        Rule::R37,
        failed && !open,
        "the user does not answer, and the operation goes on or succeeds",
    );
    stage.disconnect();
    stage.rest();
}

/// How long people think; simulated access points wait a little longer for them.
const THOUGHT: Duration = Duration::from_secs(2);
/// How long one step of an exchange may take where the machine is slow.
const EXCHANGE: Duration = Duration::from_secs(20);
/// How long three starts may take.
const STARTS: Duration = Duration::from_secs(120);
