//! Lives in which users and tools ask, come and go, and adapters tell things unasked.

use crate::stage::Stage;
use crate::subject::Subject;
use frame::MacAddress;
use host::adapter::AdapterEvent;
use ihv::{BssType, ConnectionPhase, Guid, Indication, ProfileParameters, SessionChange};

/// `WTS_SESSION_LOGON`, `WTS_SESSION_LOGOFF`.
const LOGON: u32 = 5;
const LOGOFF: u32 = 6;

/// Every question that a tool may ask, in every state of a connection.
pub(super) fn users<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    ask(stage);
    stage.preparing();
    ask(stage);
    stage.disconnect();
    stage.operating();
    ask(stage);
    stage.release();
    stage.rest();
    ask(stage);
    stage.disconnect();
}

fn ask<S: Subject>(stage: &mut Stage<'_, S>) {
    /// A question that nobody has asked.
    const NOBODYS: Guid = Guid(0x0bad_0bad);
    let (now, adapter) = (stage.now(), stage.adapter);
    let profile = stage.network.profile.clone();
    let wanted = ProfileParameters {
        ssids: vec![profile.ssid.clone()],
        bss_type: BssType::Infrastructure,
    };
    // What the extension answers is its own affair; that it answers is asked of it (R02).
    for phase in [
        ConnectionPhase::Any,
        ConnectionPhase::Initial,
        ConnectionPhase::PostConnect,
    ] {
        let _ = stage.host.query_ui_request(adapter, phase);
    }
    let _ = stage.host.is_ui_request_pending(NOBODYS);
    let _ = stage
        .host
        .answer_ui_request(now, adapter, NOBODYS, b"an answer to no question");
    let _ = stage.host.validate_profile(adapter, &profile);
    let _ = stage.host.capability_match(adapter, &profile, &[]);
    for insecure in [false, true] {
        let _ = stage.host.discovery_profiles(adapter, insecure, &wanted, &[]);
    }
    let _ = stage.host.control(now, adapter, b"a request of somebody else's tool");
    for event in [LOGON, LOGOFF, LOGON] {
        let change = SessionChange { event, session_id: 1 };
        let _ = stage.host.session_change(now, change);
    }
    stage.settle();
    for question in core::mem::take(&mut stage.questions) {
        let Some(request) = guid(&question) else { continue };
        let _ = stage.host.is_ui_request_pending(request);
        let _ = stage
            .host
            .answer_ui_request(now, adapter, request, b"\xff no answer at all \0");
    }
    stage.settle();
}

/// A GUID as it is written in an event.
fn guid(text: &str) -> Option<Guid> {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    u128::from_str_radix(&digits, 16).ok().map(Guid)
}

/// Everything that an adapter may tell unasked, in every state of a connection.
pub(super) fn indications<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    tell(stage);
    stage.operating();
    tell(stage);
    stage.release();
    stage.rest();
    tell(stage);
    stage.rest();
}

fn tell<S: Subject>(stage: &mut Stage<'_, S>) {
    let peer = stage.bssid;
    let stranger = MacAddress([2, 0, 0, 0, 0xee, 0xee]);
    let indications = [
        Indication::NicSpecific(&[]),
        Indication::NicSpecific(&[0xff; 64]),
        Indication::PmkidCandidates(&[]),
        Indication::PmkidCandidates(&[peer, stranger]),
        Indication::TkipMicFailure { peer, group: false },
        Indication::TkipMicFailure { peer, group: true },
        Indication::TkipMicFailure {
            peer: stranger,
            group: false,
        },
        Indication::PhyState { on: true },
        Indication::LinkQuality(0),
        Indication::LinkQuality(u8::MAX),
    ];
    for indication in indications {
        stage.event(AdapterEvent::Indication(indication));
    }
}
