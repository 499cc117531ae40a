//! Lives that end early, at every moment at which they can.

use crate::stage::Stage;
use crate::subject::Subject;
use core::time::Duration;
use frame::codes::ReasonCode;
use host::adapter::AdapterEvent;
use ihv::{Indication, Rule};

/// So often a station comes and goes in a storm.
const STORM: u32 = 20;

/// The association ends while the operation goes on.
pub(super) fn stop<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    stage.operating();
    stage.deauthenticate();
    stage.release();
    stage.rest();
    stage.operating();
    stage.release();
    stage.disconnect();
    stage.rest();
    stage.preparing();
    stage.disconnect();
    stage.rest();
}

/// The adapter is reset while an operation goes on, before the association and after it.
pub(super) fn reset<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    let opened = stage.connected();
    stage.reset();
    stage.preparing();
    stage.reset();
    stage.rest();
    stage.operating();
    stage.reset();
    stage.release();
    stage.rest();
    let opens_again = stage.connected();
    if opened {
        stage.record().judge(
            Rule::R07,
            opens_again,
            "after a reset the extension is not as it was: it does not connect any more",
        );
    }
}

/// The adapter is pulled out while an operation goes on.
pub(super) fn removal<S: Subject>(stage: &mut Stage<'_, S>) {
    if stage.arrive() {
        stage.preparing();
        stage.unplug();
        stage.rest();
    }
    if stage.arrive() {
        stage.operating();
        stage.unplug();
        stage.release();
        stage.rest();
    }
    if stage.arrive() {
        stage.connected();
        stage.unplug();
        stage.rest();
    }
}

/// Associations come and go faster than any operation completes.
pub(super) fn storm<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    for round in 0..STORM {
        stage.operating();
        match round % 3 {
            0 => stage.deauthenticate(),
            1 => stage.disconnect(),
            _ => {
                stage.release();
                stage.deauthenticate();
            }
        }
    }
    stage.release();
    stage.connected();
}

/// Packets come when their port is gone.
pub(super) fn late_packets<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    stage.connected();
    let heard = stage.record().received.clone();
    stage.deauthenticate();
    for (ethertype, data) in heard {
        stage.inject(ethertype, &data);
    }
    stage.rest();
}

/// The access point has gone while the port was open.
pub(super) fn lost<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    stage.connected();
    stage.does("the access point is switched off");
    stage.simulation.switch_off(stage.access_point);
    let departure = Indication::UnprotectedDeparture {
        peer: stage.bssid,
        reason: ReasonCode(6),
    };
    stage.event(AdapterEvent::Indication(departure));
    stage.run(LOSS.min(stage.patience()), |_| false);
    stage.disconnect();
}

/// How long it takes to find out that an access point has gone.
const LOSS: Duration = Duration::from_secs(5);
