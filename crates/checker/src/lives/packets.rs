//! Lives about packets: forged, lost, repeated, too many.

use crate::stage::{Sending, Stage};
use crate::subject::Subject;
use core::time::Duration;
use frame::MacAddress;
use frame::ethertype::EtherType;
use host::adapter::AdapterEvent;
use ihv::Rule;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// An EtherType that nobody registers (it is not assigned).
const UNREGISTERED: EtherType = EtherType(0x9999);
/// The longest packet.
const LONGEST: usize = 2304;
/// How many packets of noise are sent.
const NOISE: usize = 200;

/// Octets that nobody honest would send, in an operation and on an open port.
pub(super) fn hostile<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    stage.operating();
    noise(stage);
    stage.release();
    let adapter = stage.adapter;
    stage.run(stage.patience(), |stage| stage.record().is_open(adapter));
    noise(stage);
    stage.rest();
}

fn noise<S: Subject>(stage: &mut Stage<'_, S>) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let ethertypes = stage.registered();
    let heard = stage.record().received.clone();
    stage.inject(UNREGISTERED, b"not for the extension");
    for ethertype in ethertypes {
        for data in [&[][..], &[0], &[0xff; LONGEST], &[0; LONGEST]] {
            stage.inject(ethertype, data);
        }
        for _ in 0..NOISE {
            let mut data = vec![0; rng.next_u32() as usize % 256];
            rng.fill_bytes(&mut data);
            stage.inject(ethertype, &data);
        }
        let stranger = AdapterEvent::PacketReceived {
            peer: MacAddress([2, 0, 0, 0, 0xee, 0xee]),
            ethertype,
            data: b"from somebody else",
            encrypted: None,
        };
        stage.event(stranger);
    }
    // What the access point has said, damaged: cut short, and with one bit of each octet flipped.
    for (ethertype, data) in heard {
        for length in 0..data.len() {
            stage.inject(ethertype, data.get(..length).unwrap_or_default());
        }
        for place in 0..data.len() {
            let mut damaged = data.clone();
            if let Some(octet) = damaged.get_mut(place) {
                *octet ^= 1 << (place % 8);
            }
            stage.inject(ethertype, &damaged);
        }
    }
}

/// Nothing that the extension sends leaves the adapter.
pub(super) fn send_failures<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    stage.sending = Sending::Fails;
    stage.connect();
    stage.rest();
    stage.disconnect();
    stage.sending = Sending::Works;
    stage.connected();
}

/// More packets come than may wait, before the operation has begun.
pub(super) fn backlog<S: Subject>(stage: &mut Stage<'_, S>) {
    const BEYOND: u32 = 3;
    if !stage.arrive() {
        return;
    }
    stage.holds = true;
    let adapter = stage.adapter;
    stage.connect();
    let asked = stage.run(stage.patience(), |stage| {
        stage.record().requested.contains_key(&adapter)
    });
    let Some(ethertype) = stage.registered().first().copied().filter(|_| asked) else {
        return;
    };
    let limit = match stage.record().backlogs.get(&adapter) {
        None | Some(0) => host::Config::default().default_backlog,
        Some(limit) => *limit,
    };
    // More than this many no honest extension wants to be kept.
    const MANY: u32 = 4096;
    if limit > MANY {
        return stage.does("the backlog that the extension asked for is too long to be filled");
    }
    stage.does(&format!("{} packets come, {limit} may wait", limit + BEYOND));
    let before = stage.host.dropped(adapter);
    let all: Vec<Vec<u8>> = (0..limit + BEYOND)
        .map(|number| [b"waits".as_slice(), &number.to_be_bytes()].concat())
        .collect();
    for data in &all {
        stage.inject(ethertype, data);
    }
    let dropped = stage.host.dropped(adapter) - before;
    let begun = stage.run(stage.patience(), |stage| stage.record().current(adapter).is_some());
    let arrived: Vec<Vec<u8>> = stage.record().received.iter().map(|(_, data)| data.clone()).collect();
    let expected = all.get(BEYOND as usize..).unwrap_or_default();
    let mut record = stage.record();
    record.judge(
        Rule::R24,
        dropped == u64::from(BEYOND),
        format!("{BEYOND} packets too many came, {dropped} were dropped"),
    );
    if begun {
        record.judge(
            Rule::R23,
            arrived == expected,
            "packets that have waited do not arrive in their order",
        );
    }
    drop(record);
    stage.release();
    stage.rest();
}

/// Messages are repeated, by an access point that has missed an answer and by somebody who has listened.
pub(super) fn repetitions<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() {
        return;
    }
    stage.sending = Sending::LosesTheSecond;
    stage.connected();
    stage.run(REPEATS.min(stage.patience()), |_| false);
    let heard = stage.record().received.clone();
    stage.does("all packets come once more");
    for (ethertype, data) in heard {
        stage.inject(ethertype, &data);
    }
    stage.rest();
}

/// An access point has repeated its message by then.
const REPEATS: Duration = Duration::from_secs(4);

/// The access point changes its keys.
pub(super) fn new_keys<S: Subject>(stage: &mut Stage<'_, S>) {
    if !stage.arrive() || !stage.connected() {
        return;
    }
    for _ in 0..2 {
        stage.does("the access point changes its keys");
        stage.simulation.rekey_group(stage.access_point);
        if let Some(address) = stage.address() {
            stage.simulation.rekey_pairwise(stage.access_point, address);
        }
        stage.run(REKEY, |_| false);
    }
}

/// How long a change of keys takes.
const REKEY: Duration = Duration::from_millis(500);
