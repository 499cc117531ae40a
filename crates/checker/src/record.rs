//! What was said and done in one life, and what it means for the rules.

use crate::report::{Breach, Finding, Report, Verdict, party};
use crate::secrets::Secrets;
use crate::subject::Fault;
use core::time::Duration;
use frame::MacAddress;
use frame::ethertype::EtherType;
use ihv::{AuthAlgorithm, CipherAlgorithm, ConnectSession, HostAdapter, OneXOutcome, Rule, SecuritySession};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// So many lines of the trace are shown with a breach.
const SHOWN: usize = 16;

/// A pre-association operation that the extension accepted.
pub(crate) struct Preparation {
    pub adapter: HostAdapter,
    pub session: ConnectSession,
    pub completed: bool,
}

/// A post-association operation that the extension accepted.
pub(crate) struct Operation {
    pub adapter: HostAdapter,
    pub session: SecuritySession,
    pub peer: MacAddress,
    pub has_akm: bool,
    pub completed: bool,
    pub open: bool,
    /// It was stopped, or a reset ended it.
    pub over: bool,
}

/// A key on its way: which, and whether it is installed or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyStep {
    Pairwise { key_id: u8, installs: bool },
    Group { key_id: u8, installs: bool },
    Transmit(u8),
}

/// What the extension has set for an association.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Algorithms {
    pub auth: Option<AuthAlgorithm>,
    pub unicast: Option<CipherAlgorithm>,
    pub multicast: Option<CipherAlgorithm>,
}

/// The 802.1X operations of an adapter.
#[derive(Default)]
pub(crate) struct OneX {
    /// One goes on.
    pub pending: bool,
    /// The operation on the port in which the last one was completed.
    pub completed_in: Option<SecuritySession>,
    /// What the last one came to.
    pub last: Option<OneXOutcome>,
    /// How many EAPOL-Start packets were sent.
    pub starts_sent: u32,
}

struct Broken {
    rule: Rule,
    what: String,
    trace: Vec<String>,
    times: u32,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Record {
    pub now: Duration,
    trace: VecDeque<String>,
    exercised: BTreeSet<Rule>,
    broken: Vec<Broken>,
    /// The handlers that run, the innermost last.
    pub inside: Vec<&'static str>,
    pub handlers: BTreeSet<&'static str>,
    pub service: bool,
    pub adapters: BTreeMap<u64, HostAdapter>,
    pub preparations: Vec<Preparation>,
    pub operations: Vec<Operation>,
    pub algorithms: BTreeMap<HostAdapter, Algorithms>,
    /// What the adapter was last asked to associate with.
    pub requested: BTreeMap<HostAdapter, Algorithms>,
    pub registrations: BTreeMap<HostAdapter, Vec<EtherType>>,
    /// How many packets may wait for the extension, as it said.
    pub backlogs: BTreeMap<HostAdapter, u32>,
    /// By the extension's name of a packet: how often it was sent, and how often completed.
    pub packets: BTreeMap<u64, (u32, u32)>,
    /// Buffers that the extension holds, with the operation that ran when it asked for them.
    pub buffers: BTreeMap<u64, Option<SecuritySession>>,
    /// Keys that the host has accepted, and whose commands have not come yet.
    pub keys: VecDeque<(HostAdapter, KeyStep)>,
    pub keys_installed: usize,
    /// The packets that the extension was handed.
    pub received: Vec<(EtherType, Vec<u8>)>,
    /// The 802.1X operations of each adapter.
    pub onex: BTreeMap<HostAdapter, OneX>,
    /// A port has been open.
    pub opened: bool,
    pub secrets: Secrets,
}

impl Record {
    /// Adds a line to the trace.
    pub(crate) fn note(&mut self, line: impl AsRef<str>) {
        if self.trace.len() == SHOWN {
            self.trace.pop_front();
        }
        let milliseconds = self.now.as_secs_f64() * 1000.0;
        let depth = "  ".repeat(self.inside.len());
        self.trace
            .push_back(format!("{milliseconds:>11.3} ms  {depth}{}", line.as_ref()));
    }

    pub(crate) fn exercised(&mut self, rule: Rule) {
        self.exercised.insert(rule);
    }

    pub(crate) fn broken(&mut self, rule: Rule, what: impl Into<String>) {
        let what = what.into();
        self.note(format!("✗ {rule}: {what}"));
        match self
            .broken
            .iter_mut()
            .find(|broken| broken.rule == rule && broken.what == what)
        {
            Some(broken) => broken.times += 1,
            None => self.broken.push(Broken {
                rule,
                what,
                trace: self.trace.iter().cloned().collect(),
                times: 1,
            }),
        }
    }

    /// `rule` came up: it was kept if `kept`, else broken by `what`.
    pub(crate) fn judge(&mut self, rule: Rule, kept: bool, what: impl Into<String>) {
        self.exercised(rule);
        if !kept {
            self.broken(rule, what);
        }
    }

    pub(crate) fn operation(&mut self, adapter: HostAdapter, session: SecuritySession) -> Option<&mut Operation> {
        self.operations
            .iter_mut()
            .find(|operation| operation.adapter == adapter && operation.session == session)
    }

    /// The operation that goes on on this adapter.
    pub(crate) fn current(&self, adapter: HostAdapter) -> Option<&Operation> {
        self.operations
            .iter()
            .rfind(|operation| operation.adapter == adapter && !operation.over)
    }

    pub(crate) fn is_open(&self, adapter: HostAdapter) -> bool {
        self.current(adapter).is_some_and(|operation| operation.open)
    }

    /// The pre-association that goes on on this adapter.
    pub(crate) fn preparing(&self, adapter: HostAdapter) -> Option<ConnectSession> {
        self.preparations
            .iter()
            .rfind(|preparation| preparation.adapter == adapter && !preparation.completed)
            .map(|preparation| preparation.session)
    }

    /// All that is pending on this adapter is over: it was reset, or has left.
    pub(crate) fn close(&mut self, adapter: HostAdapter) {
        self.preparations.retain(|preparation| preparation.adapter != adapter);
        for operation in self
            .operations
            .iter_mut()
            .filter(|operation| operation.adapter == adapter)
        {
            operation.over = true;
        }
        self.algorithms.remove(&adapter);
        self.registrations.remove(&adapter);
    }

    /// Reports if one of the life's secrets stands in `octets`, which others may read.
    pub(crate) fn show(&mut self, place: &str, octets: &[u8]) {
        if self.secrets.are_in(octets) {
            self.broken(Rule::R31, format!("a secret stands in {place}"));
        }
    }
}

/// What all lives together found.
#[derive(Default)]
pub(crate) struct Findings {
    exercised: BTreeMap<Rule, Vec<&'static str>>,
    breaches: BTreeMap<Rule, Vec<Breach>>,
    handlers: BTreeSet<&'static str>,
}

/// The handlers that the lives call in every extension (R02). The others depend on what it does.
const HANDLERS: [&str; 20] = [
    "control",
    "create_discovery_profiles",
    "deinit_adapter",
    "deinit_service",
    "init_adapter",
    "init_service",
    "init_virtual_station",
    "adapter_reset",
    "is_ui_request_pending",
    "perform_capability_match",
    "perform_post_associate",
    "perform_pre_associate",
    "process_session_change",
    "query_ui_request",
    "receive_indication",
    "receive_packet",
    "send_packet_completion",
    "stop_post_associate",
    "validate_profile",
    "version_info",
];

impl Findings {
    /// The extension of this life could not even be started.
    pub(crate) fn start(&mut self, life: &'static str, fault: &Fault) {
        self.breach(fault.rule, life, &fault.what, Vec::new(), 1);
    }

    pub(crate) fn add(&mut self, life: &'static str, record: Record) {
        self.handlers.extend(record.handlers);
        if HANDLERS.iter().all(|handler| self.handlers.contains(handler)) {
            self.exercised.entry(Rule::R02).or_default().push(life);
        }
        for rule in record.exercised {
            self.exercised.entry(rule).or_default().push(life);
        }
        for broken in record.broken {
            self.breach(broken.rule, life, &broken.what, broken.trace, broken.times);
        }
    }

    fn breach(&mut self, rule: Rule, life: &'static str, what: &str, trace: Vec<String>, times: u32) {
        let breaches = self.breaches.entry(rule).or_default();
        match breaches.iter_mut().find(|breach| breach.what == what) {
            Some(breach) => breach.times += times,
            None => breaches.push(Breach {
                life,
                what: what.into(),
                trace,
                times,
            }),
        }
    }

    pub(crate) fn report(mut self, joined: bool) -> Report {
        let findings = Rule::ALL
            .into_iter()
            .map(|rule| {
                let lives = self.exercised.remove(&rule).unwrap_or_default();
                let breaches = self.breaches.remove(&rule).unwrap_or_default();
                let verdict = match (lives.is_empty(), breaches.is_empty()) {
                    (_, false) => Verdict::Broken,
                    (false, true) => Verdict::Kept,
                    (true, true) => Verdict::NotExercised,
                };
                Finding {
                    rule,
                    text: rule.text(),
                    party: party(rule),
                    verdict,
                    lives,
                    breaches,
                }
            })
            .collect();
        Report { joined, findings }
    }
}
