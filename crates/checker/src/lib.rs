//! The rule checker: drives an extension through scripted lives on a simulated network and reports, rule
//! by rule, what was kept, what was broken (with the trace that shows it), and what did not come up.
//!
//! This crate knows no extension and does no I/O. Whoever calls it says where extensions come from
//! ([`Subject`]) and which network the extension can join ([`Network`]). Between extension and host it
//! puts a listener that hears every call of either side; the host reports the rules that it sees broken,
//! and the checker adds what a host alone cannot see: completions that are owed and never come, packets
//! without a completion, buffers that outlive their port, secrets in what others may read.
//!
//! The host's own part of the rules is checked, too: in one of the lives the checker itself makes the calls
//! that a host must refuse.
//!
//! The way in: [`check`], then [`Report`].

mod lives;
mod network;
mod probe;
mod record;
mod report;
mod secrets;
mod stage;
mod subject;
mod watch;

pub use network::{Enterprise, Network};
pub use report::{Breach, Finding, Report, Verdict};
pub use subject::{Fault, Native, Subject};

use record::Findings;
use stage::Stage;

/// Lives all lives, each with an extension of its own, and reports.
pub fn check<S: Subject>(subject: &mut S, network: &Network) -> Report {
    let mut findings = Findings::default();
    let mut joined = false;
    for life in lives::all::<S>() {
        let mut stage = match Stage::new(subject, network, life.name) {
            Ok(stage) => stage,
            Err(fault) => {
                findings.start(life.name, &fault);
                continue;
            }
        };
        (life.run)(&mut stage);
        let record = stage.end();
        joined |= record.opened;
        findings.add(life.name, record);
    }
    findings.report(joined)
}
