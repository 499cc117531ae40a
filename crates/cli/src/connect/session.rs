//! The run loop: adapter, host, timers and signals, on one thread.

use super::display::Display;
use super::inquiry::{self, Answers, Inquiry};
use super::policy::{Policy, Verdict};
use super::{Failure, rehearsal};
use adapter::OwnedEvent;
use adapter::nl80211::Nl80211Adapter;
use core::time::Duration;
use host::event::{Event, Kind, Question};
use host::outcome::{Outcome, exit};
use host::{Host, NetworkProfile};
use ihv::{Extension, Guid, HostAdapter, KeyChange};
use onex::method::Answer;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::io;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// An extension, and what belongs to it.
pub(super) struct Guest<E> {
    pub extension: E,
    /// Told of when a thread of the extension's own wants to be heard.
    pub calls: Arc<Notify>,
    /// Keeps what the extension remembers at a time, between two runs.
    pub keep: Option<Keep<E>>,
    /// Starts the extension again, where it may crash or hang; why it can't, as a sentence for a person.
    pub again: Option<Again<E>>,
}

pub(super) type Keep<E> = Box<dyn Fn(&E, Duration)>;
pub(super) type Again<E> = Box<dyn Fn() -> Result<E, String>>;

/// One adapter in one network.
pub(super) struct Session<'a, E> {
    adapter: Nl80211Adapter,
    host: Host<E>,
    id: HostAdapter,
    profile: NetworkProfile,
    policy: Policy,
    /// When the next attempt is due.
    retry: Option<Duration>,
    /// Before it the extension has to be started again.
    extension_ended: bool,
    start: Instant,
    display: Display<'a>,
    calls: Arc<Notify>,
    keep: Option<Keep<E>>,
    again: Option<Again<E>>,
    /// The question that is before a person, and what was answered before.
    inquiry: Option<Inquiry>,
    answers: Answers,
}

/// How long the adapter is listened to before it is left.
const LINGER: Duration = Duration::from_millis(50);

/// What the loop waits for.
enum Wake {
    Adapter(OwnedEvent),
    HostTimer,
    Retry,
    Answer(Answer),
    Deadline,
    /// Events are to be shown.
    Display,
    Signalled(Asked),
}

/// What a signal asks for.
enum Asked {
    /// To leave.
    End,
    /// To have the access point change keys.
    Keys(KeyChange),
}

impl<'a, E: Extension> Session<'a, E> {
    pub(super) fn new(
        adapter: Nl80211Adapter,
        interface: &'a str,
        profile: NetworkProfile,
        policy: Policy,
        json: bool,
        guest: Guest<E>,
        answers: Answers,
    ) -> Result<Self, Failure> {
        let mut host = Host::new(guest.extension, host::Config::default())?;
        let unix_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        host.lend_onex(Duration::ZERO, unix_time, random()?);
        let id = host
            .add_adapter(Duration::ZERO, adapter.info().clone())
            .map_err(Failure::Adapter)?;
        Ok(Self {
            adapter,
            host,
            id,
            profile,
            policy,
            retry: None,
            extension_ended: false,
            start: Instant::now(),
            display: Display::new(interface, json),
            calls: guest.calls,
            keep: guest.keep,
            again: guest.again,
            inquiry: None,
            answers,
        })
    }

    /// Connects, stays as the policy says, and leaves. Returns the exit code.
    pub(super) async fn run(mut self) -> Result<u8, Failure> {
        let stayed = self.stay().await;
        self.display.show()?;
        let code = stayed?;
        self.leave().await?;
        Ok(code)
    }

    async fn stay(&mut self) -> Result<u8, Failure> {
        let mut signals = Signals::new()?;
        self.host.connect(self.now(), self.id, self.profile.clone())?;
        if let Some(code) = self.settle().await? {
            return Ok(code);
        }
        rehearsal::rehearse()?;
        loop {
            if let Some(code) = self.settle().await? {
                return Ok(code);
            }
            match self.wait(&mut signals).await {
                Wake::Adapter(event) => self.host.handle_event(self.now(), self.id, event.borrow()),
                Wake::HostTimer => self.host.handle_timeout(self.now()),
                Wake::Retry => {
                    self.retry = None;
                    self.revive()?;
                    self.host.connect(self.now(), self.id, self.profile.clone())?;
                }
                Wake::Answer(answer) => self.answer(answer),
                Wake::Deadline => {
                    self.give_up().await?;
                    self.explain_deadline();
                    return Ok(self.policy.give_up());
                }
                Wake::Display => self.display.show()?,
                Wake::Signalled(Asked::End) => return Ok(exit::DONE),
                Wake::Signalled(Asked::Keys(which)) => self.change_keys(which),
            }
        }
    }

    /// Lets the adapter do what the host commands, and looks at what has happened. Returns the exit code if that is the
    /// end.
    async fn settle(&mut self) -> io::Result<Option<u8>> {
        let mut code = None;
        loop {
            while let Some((_, command)) = self.host.poll_command() {
                self.adapter.execute(command).await;
            }
            let Some(event) = self.host.poll_event() else {
                return Ok(code);
            };
            match &event.kind {
                Kind::Outcome(outcome) => {
                    if self.policy.is_mistyped(*outcome) {
                        self.answers.forget_user();
                    }
                    match self.policy.judge(event.time, *outcome) {
                        Verdict::Stay => self.retry = None,
                        Verdict::RetryAt(at) => self.retry = Some(at),
                        Verdict::RestartAt(at) => (self.retry, self.extension_ended) = (Some(at), true),
                        Verdict::Exit(last) => code = Some(last),
                    }
                }
                Kind::RoamStarted { .. } => self.policy.begin_roam(),
                Kind::RoamFailed { outcome } => {
                    if let Verdict::Exit(last) = self.policy.judge_failed_roam(*outcome) {
                        code = Some(last);
                    }
                }
                // Whatever becomes of this run, the next one takes no less.
                Kind::PortAuthorized {} => {
                    self.answers.confirm();
                    if let Some(keep) = &self.keep {
                        keep(self.host.extension(), self.now());
                    }
                }
                Kind::AdapterRemoved {} => {
                    code = Some(exit::NO_ADAPTER);
                    self.display.take(event)?;
                    // Between two attempts, and where the kernel ends the association first, none has told.
                    if self.policy.last() != Some(Outcome::AdapterGone) {
                        self.conclude(Outcome::AdapterGone)?;
                    }
                    continue;
                }
                Kind::CredentialsRequested { request, question } => {
                    let (request, question) = (request.0, question.clone());
                    self.display.take(event)?;
                    self.ask(request, question)?;
                    continue;
                }
                Kind::CredentialsSettled { .. } => self.end_inquiry(),
                _ => {}
            }
            self.display.take(event)?;
        }
    }

    /// Starts an extension that has crashed or hung again.
    fn revive(&mut self) -> Result<(), Failure> {
        let ended = core::mem::take(&mut self.extension_ended);
        if let (true, Some(again)) = (ended, &self.again) {
            let extension = again().map_err(Failure::Extension)?;
            // The process of the old one ends with it.
            drop(self.host.restart(self.start.elapsed(), extension)?);
        }
        Ok(())
    }

    /// A question of the 802.1X module's has come: answers it, or has it answered.
    fn ask(&mut self, request: Guid, question: Question) -> io::Result<()> {
        let now = self.now();
        if let Some(answer) = self.answers.recall(&question) {
            self.give(request, answer);
            return Ok(());
        }
        // Whoever is asked wants to know what has happened so far.
        self.display.show()?;
        match Inquiry::begin(now, request, question, &self.answers) {
            Ok(inquiry) => self.inquiry = Some(inquiry),
            Err((question, error)) => {
                let (what, step) = inquiry::missing(&question);
                eprintln!("portcullis: the server wants {what}, and nobody can be asked: {error}.\n{step}");
                self.give(request, Answer::Refused);
            }
        }
        Ok(())
    }

    /// A person has answered.
    fn answer(&mut self, answer: Answer) {
        let Some(inquiry) = &self.inquiry else { return };
        let request = inquiry.request;
        self.answers.keep(inquiry.question(), &answer);
        if matches!(
            inquiry.question(),
            Question::Password { .. } | Question::NewPassword { .. }
        ) {
            self.policy.typed();
        }
        self.end_inquiry();
        self.give(request, answer);
    }

    fn give(&mut self, request: Guid, answer: Answer) {
        // The port may have gone meanwhile; nobody waits for the answer then.
        let _ = self.host.answer(self.now(), self.id, request, answer);
    }

    /// Nobody is asked any more; the time that it took was not the network's.
    fn end_inquiry(&mut self) {
        if let Some(inquiry) = self.inquiry.take() {
            self.policy.postpone(self.now().saturating_sub(inquiry.since));
        }
    }

    async fn wait(&mut self, signals: &mut Signals) -> Wake {
        let start = self.start;
        let at = |time: Option<Duration>| sleep_until(time.map(|time| start + time));
        let (timer, retry) = (self.host.next_timeout(), self.retry);
        // While a person thinks, the network is not late.
        let deadline = self.policy.deadline().filter(|_| self.inquiry.is_none());
        let display = self.display.due();
        tokio::select! {
            // An event of the adapter goes first: it may be what a timer waits for.
            biased;
            asked = signals.received() => Wake::Signalled(asked),
            event = self.adapter.next_event() => Wake::Adapter(event),
            answer = answered(self.inquiry.as_mut()) => Wake::Answer(answer),
            () = at(timer) => Wake::HostTimer,
            () = self.calls.notified() => Wake::HostTimer,
            () = at(deadline) => Wake::Deadline,
            () = at(retry) => Wake::Retry,
            () = at(display) => Wake::Display,
        }
    }

    fn change_keys(&mut self, which: KeyChange) {
        if let Err(error) = self.host.change_keys(self.now(), self.id, which) {
            eprintln!("portcullis: the access point is not asked for other keys: {error}.");
        }
    }

    /// The time is up: the last outcome says what all attempts came to.
    async fn give_up(&mut self) -> io::Result<()> {
        let now = self.now();
        if let (Some(_), Some(outcome)) = (self.retry, self.policy.last()) {
            // Between two attempts the host has nothing to end.
            return self.conclude(outcome);
        }
        self.host.time_out(now, self.id, self.policy.last());
        // Whatever the policy makes of this outcome, it is the last.
        self.settle().await.map(drop)
    }

    /// Tells an outcome in the host's place.
    fn conclude(&mut self, outcome: Outcome) -> io::Result<()> {
        self.display.take(Event {
            time: self.now(),
            adapter: self.id,
            peer: None,
            session_id: None,
            kind: Kind::Outcome(outcome),
        })
    }

    /// Disassociates, and lets the extension wipe its keys.
    async fn leave(mut self) -> io::Result<()> {
        // That the last packets have left is still to be heard: the port may have opened a moment ago.
        let last_call = Instant::now() + LINGER;
        while let Ok(event) = tokio::time::timeout_at(last_call, self.adapter.next_event()).await {
            self.host.handle_event(self.now(), self.id, event.borrow());
            self.settle().await?;
        }
        let now = self.now();
        self.host.disconnect(now, self.id);
        self.host.remove_adapter(now, self.id);
        while let Some((_, command)) = self.host.poll_command() {
            self.adapter.execute(command).await;
        }
        while let Some(event) = self.host.poll_event() {
            self.display.take(event)?;
        }
        self.display.show()?;
        let extension = self.host.shutdown(now);
        if let Some(keep) = &self.keep {
            keep(&extension, now);
        }
        Ok(())
    }

    /// Says on standard error why the time was not enough.
    fn explain_deadline(&self) {
        match self.policy.last() {
            Some(outcome) => eprintln!(
                "portcullis: not connected in time. {} {}",
                outcome.sentence(),
                outcome.next_step()
            ),
            None => eprintln!("portcullis: not connected in time."),
        }
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// The signals that ask for something.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    pairwise: Signal,
    group: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            pairwise: signal(SignalKind::user_defined1())?,
            group: signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for one of them. Cancel-safe.
    async fn received(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::End,
            _ = self.terminate.recv() => Asked::End,
            _ = self.pairwise.recv() => Asked::Keys(KeyChange::Pairwise),
            _ = self.group.recv() => Asked::Keys(KeyChange::Group),
        }
    }
}

/// Waits for the answer, or for ever if there is no question. Cancel-safe.
async fn answered(inquiry: Option<&mut Inquiry>) -> Answer {
    match inquiry {
        Some(inquiry) => inquiry.answer().await,
        None => core::future::pending().await,
    }
}

/// A source of randomness that nobody can foretell.
pub(super) fn random() -> Result<ChaCha20Rng, getrandom::Error> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed)?;
    Ok(ChaCha20Rng::from_seed(*seed))
}

/// Sleeps until then, or for ever if there is no such time.
async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => core::future::pending().await,
    }
}
