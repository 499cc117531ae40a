//! The host's own part: the checker calls it as no extension should, and sees the call refused.

use crate::stage::Stage;
use crate::subject::Subject;
use frame::MacAddress;
use frame::ethertype::EtherType;
use ihv::{
    CipherAlgorithm, DefaultKey, Direction, EtherTypeHandling, Host, HostAdapter, KeyMaterial, Reason, Rule,
    SecurityPacket, SecuritySession, SendCompletion, Win32Error,
};

/// A handle that no host gives out.
const NOBODY: u64 = u64::MAX;
/// An EAPOL packet of type EAPOL-Key (IEEE 802.1X-2020, 11.3.2), empty.
const EAPOL_KEY: [u8; 4] = [2, 3, 0, 0];

/// One forbidden call for each rule that says what a host refuses.
pub(super) fn refusals<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() || !stage.connected() {
        return;
    }
    let (adapter, peer) = (stage.adapter, stage.bssid);
    let Some(session) = stage.record().current(adapter).map(|operation| operation.session) else {
        return;
    };
    let group = MacAddress([1, 0, 0x5e, 0, 0, 1]);
    refuses(stage, Rule::R08, move |host| {
        host.set_exclude_unencrypted(HostAdapter(NOBODY), true)
    });
    refuses(stage, Rule::R12, move |host| {
        host.set_ethertype_handling(adapter, EtherTypeHandling::default())
    });
    refuses(stage, Rule::R17, move |host| {
        host.post_associate_completion(adapter, session, peer, Reason::SUCCESS, Win32Error::TIMEOUT)
    });
    refuses(stage, Rule::R22, move |host| {
        host.post_associate_completion(
            adapter,
            SecuritySession(NOBODY),
            peer,
            Reason::SUCCESS,
            Win32Error::SUCCESS,
        )
    });
    refuses(stage, Rule::R26, move |host| {
        let packet = SecurityPacket {
            peer: group,
            ethertype: EtherType::EAPOL,
            data: &[],
        };
        host.send_packet(adapter, packet, SendCompletion(NOBODY))
    });
    refuses(stage, Rule::R28, move |host| host.set_default_key_id(adapter, 4));
    refuses(stage, Rule::R28, move |host| {
        let key = DefaultKey {
            index: 1,
            cipher: CipherAlgorithm(4),
            peer: None,
            receive_counter: [0; 6],
            key: KeyMaterial::new(&[0; 5]),
        };
        host.set_default_key(adapter, key, Direction::Inbound)
    });
    refuses(stage, Rule::R33, move |host| {
        host.process_onex_packet(adapter, &EAPOL_KEY)
    });
    refuses(stage, Rule::R34, move |host| host.stop_onex(adapter));
    closes(stage, session);
    stage.disconnect();
    refuses(stage, Rule::R21, move |host| {
        host.post_associate_completion(adapter, session, peer, Reason::UNKNOWN, Win32Error::TIMEOUT)
    });
    stage.unplug();
    refuses(stage, Rule::R05, move |host| host.set_default_key_id(adapter, 0));
}

/// A later failure closes the port at once (R19).
fn closes<S: Subject>(stage: &mut Stage<'_, S>, session: SecuritySession) {
    let (adapter, peer) = (stage.adapter, stage.bssid);
    let (answer, refused) = stage.probe(move |host| {
        host.post_associate_completion(adapter, session, peer, Reason::UNKNOWN, Win32Error::TIMEOUT)
    });
    let closed = stage.host.port(adapter, peer).is_none_or(|port| !port.authorized);
    stage.record().judge(
        Rule::R19,
        answer.is_ok() && refused.is_empty() && closed,
        "a failure after success does not close the port",
    );
}

/// The host refuses `call`, and says that it breaks `rule`.
fn refuses<S: Subject, T: 'static>(
    stage: &mut Stage<'_, S>,
    rule: Rule,
    call: impl FnOnce(&mut dyn Host) -> Result<T, Win32Error> + 'static,
) {
    let (answer, refused) = stage.probe(call);
    stage.record().judge(
        rule,
        answer.is_err() && refused == [rule],
        "the host does not refuse what this rule forbids",
    );
}
