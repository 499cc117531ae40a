//! Lives about how a port comes up, or does not.

use crate::stage::Stage;
use crate::subject::Subject;
use frame::StatusCode;
use host::NetworkProfile;
use ihv::{Rule, SecurityProfile};
use zeroize::Zeroizing;

/// Joins, sends data, leaves.
pub(super) fn success<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    stage.operating();
    let early = send(stage);
    stage
        .record()
        .judge(Rule::R18, !early, "data passes a port that is closed");
    stage.release();
    let (adapter, ended) = (stage.adapter, stage.outcomes.len());
    stage.run(PATIENCE.max(stage.patience()), |stage| {
        stage.record().is_open(adapter) || stage.outcomes.len() > ended
    });
    if stage.record().is_open(adapter) {
        let passes = send(stage);
        stage
            .record()
            .judge(Rule::R18, passes, "data does not pass a port that is open");
    } else {
        blame(stage);
    }
    stage.disconnect();
    stage.rest();
}

/// How long an operation may take with an access point that does all that it should.
const PATIENCE: core::time::Duration = core::time::Duration::from_secs(2);

/// Nothing has come of it. Is it the extension that owes something?
fn blame<S: Subject>(stage: &Stage<'_, S>) {
    let mut record = stage.record();
    if record.preparing(stage.adapter).is_some() {
        record.broken(Rule::R10, "a pre-association was begun and never completed");
    }
    if record
        .current(stage.adapter)
        .is_some_and(|operation| !operation.completed)
    {
        record.broken(Rule::R16, "a post-association operation was begun and never completed");
    }
}

fn send<S: Subject>(stage: &mut Stage<'_, S>) -> bool {
    let station = stage.station(stage.adapter);
    let sent = station.is_some_and(|station| stage.simulation.send_data(station, b"data"));
    stage.settle();
    sent
}

/// The access point refuses the association: no operation may begin.
pub(super) fn refusal<S: Subject>(stage: &mut Stage<'_, S>) {
    stage.refuse_associations(StatusCode(17));
    if !stage.arrive() {
        return;
    }
    for _ in 0..2 {
        stage.connect();
        let ended = stage.outcomes.len();
        stage.run(stage.patience(), |stage| stage.outcomes.len() > ended);
    }
}

/// Fragments that are no XML, whoever's they are.
pub(super) fn invalid_profiles<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    let valid = stage.network.profile.security.xml.clone();
    // As long as it is cut within an element, no honest parser can accept it.
    let cut = valid
        .rfind('<')
        .and_then(|at| valid.get(..=at))
        .unwrap_or("<")
        .to_owned();
    let fragments = [
        "<".to_owned(),
        "<a><b></a>".to_owned(),
        "\u{1}\u{fffd} no element at all &&&".to_owned(),
        "<x>".repeat(10_000),
        cut,
    ];
    for xml in fragments {
        stage.does(&format!("a profile of {} octets that is no XML", xml.len()));
        let profile = NetworkProfile {
            security: SecurityProfile {
                xml: Zeroizing::new(xml),
                ..stage.network.profile.security.clone()
            },
            ..stage.network.profile.clone()
        };
        // Its answer binds nobody: what counts is what it does when it is to connect.
        let _ = stage.host.validate_profile(stage.adapter, &profile);
        let _ = stage.host.discovery_profiles(
            stage.adapter,
            true,
            &ihv::ProfileParameters {
                ssids: vec![profile.ssid.clone()],
                bss_type: ihv::BssType::Infrastructure,
            },
            &[],
        );
        let adapter = stage.adapter;
        stage.connect_with(profile);
        let ended = stage.outcomes.len();
        stage.run(stage.patience(), |stage| {
            stage.outcomes.len() > ended || stage.record().preparing(adapter).is_some()
        });
        if stage.outcomes.len() == ended {
            stage
                .record()
                .broken(Rule::R09, "a profile that is no XML is not refused");
            stage.disconnect();
        }
    }
}

/// What happens to one adapter is none of the other's business.
pub(super) fn two_adapters<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    let first = stage.adapter;
    let opened = stage.connected();
    if !stage.arrive() {
        return;
    }
    stage.connected();
    stage.reset();
    stage.connected();
    stage.unplug();
    stage.rest();
    if opened {
        let still = stage.record().is_open(first);
        stage
            .record()
            .judge(Rule::R07, still, "the reset of one adapter has touched another one");
    }
}
