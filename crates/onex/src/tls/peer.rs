//! The peer's end of a tunnel: the start, the question about the server, the last words.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use zeroize::Zeroizing;

use super::client::{Client, Connection};
use super::fault::{CertificateFault, ClientCertificateFault, Fault};
use super::fragment::{Fragment, FragmentError};
use super::tunnel::{Broken, Taken, Tunnel};
use crate::method::{Answer, Context, Discarded, MethodFailure, Question, Step};

/// A tunnel that waits for the server's start, or is under way.
pub(crate) struct PeerTunnel {
    client: Arc<Client>,
    max_version: u8,
    connection: Option<Connection>,
    /// What a message said inside the tunnel, while a person decides about the server.
    held: Option<Zeroizing<Vec<u8>>>,
    failure: Option<MethodFailure>,
}

/// What a request came to.
pub(crate) enum Event {
    /// The tunnel itself answers.
    Step(Step),
    /// A whole message went into TLS, and said this inside the tunnel. The method answers with [`PeerTunnel::reply`].
    Message(Zeroizing<Vec<u8>>),
}

impl PeerTunnel {
    /// A tunnel of `client`'s profile for a method of up to `max_version`.
    pub(crate) const fn new(client: Arc<Client>, max_version: u8) -> Self {
        Self {
            client,
            max_version,
            connection: None,
            held: None,
            failure: None,
        }
    }

    /// Takes the data of a request.
    pub(crate) fn handle_request(&mut self, context: &Context<'_>, data: &[u8]) -> Event {
        if self.failure.is_some() {
            // After our alert the server has nothing to say but its failure. It may want to be asked for it.
            return Event::Step(Step::Ignore(Discarded::Unexpected {
                message: "a request after the end",
            }));
        }
        match self.take(context.unix_time, data) {
            Ok(Taken::Answer(packet)) => Event::Step(Step::Respond(packet)),
            Ok(Taken::Opened(plaintext)) => self.question_or(plaintext),
            Err(Broken { fault, alert }) => Event::Step(self.fail_with(fault.into(), alert)),
        }
    }

    fn take(&mut self, now: Duration, data: &[u8]) -> Result<Taken, Broken> {
        let fragment = Fragment::parse(data).map_err(Fault::from)?;
        match &mut self.connection {
            Some(connection)
                if self.max_version > 0 && !fragment.start && fragment.version != connection.tunnel.version =>
            {
                Err(Fault::from(FragmentError::Version).into())
            }
            Some(connection) => {
                let taken = connection.tunnel.handle(now, &fragment)?;
                if let Some(agreed) = connection.tunnel.agreed() {
                    self.client.note(Some(agreed));
                }
                Ok(taken)
            }
            None if fragment.start => {
                let mut connection = self.client.connect(now)?;
                connection.tunnel.version = fragment.version.min(self.max_version);
                let hello = connection.tunnel.reply(&[])?;
                self.connection = Some(connection);
                Ok(Taken::Answer(hello))
            }
            None => Err(Fault::from(FragmentError::NoStart).into()),
        }
    }

    /// Nothing more is said before a person has decided about a server that nothing else vouches for.
    fn question_or(&mut self, plaintext: Zeroizing<Vec<u8>>) -> Event {
        let doubtful = self
            .connection
            .as_ref()
            .and_then(|connection| connection.verifier.take_doubtful());
        match doubtful {
            Some(certificate) => {
                self.held = Some(plaintext);
                Event::Step(Step::Ask(Question::ServerTrust(certificate)))
            }
            None => Event::Message(plaintext),
        }
    }

    /// Goes on after the question about the server.
    pub(crate) fn handle_answer(&mut self, answer: &Answer) -> Event {
        match (self.held.take(), answer) {
            (Some(plaintext), Answer::Trust) => Event::Message(plaintext),
            (Some(_), _) => {
                let fault = Fault::from(CertificateFault::Declined);
                Event::Step(Step::Fail(self.remember(fault.into())))
            }
            (None, _) => Event::Step(Step::Fail(self.remember(MethodFailure::Unasked))),
        }
    }

    /// Whether a person is asked about the server.
    pub(crate) const fn is_asking(&self) -> bool {
        self.held.is_some()
    }

    /// Says `plaintext` inside the tunnel.
    pub(crate) fn reply(&mut self, plaintext: &[u8]) -> Step {
        let Some(connection) = &mut self.connection else {
            return self.fail(Fault::from(FragmentError::NoStart).into());
        };
        match connection.tunnel.reply(plaintext) {
            Ok(packet) => Step::Respond(packet),
            Err(fault) => self.fail(fault.into()),
        }
    }

    /// Ends the method.
    pub(crate) fn fail(&mut self, failure: MethodFailure) -> Step {
        self.fail_with(failure, None)
    }

    fn fail_with(&mut self, failure: MethodFailure, last_words: Option<Zeroizing<Vec<u8>>>) -> Step {
        let failure = self.remember(failure);
        match last_words {
            Some(alert) => Step::Respond(alert),
            None => Step::Fail(failure),
        }
    }

    fn remember(&mut self, failure: MethodFailure) -> MethodFailure {
        self.failure = Some(failure.clone());
        failure
    }

    /// Why this side has ended the tunnel.
    pub(crate) fn certain_failure(&self) -> Option<MethodFailure> {
        self.failure.clone()
    }

    /// Why the tunnel has failed, or why a server that goes no further has probably given up: FreeRADIUS 3 ends a
    /// handshake of TLS 1.2 without an alert.
    pub(crate) fn failure(&self) -> Option<MethodFailure> {
        self.failure.clone().or_else(|| {
            let tunnel = self.tunnel().filter(|tunnel| !tunnel.is_established())?;
            Some(match (tunnel.has_heard(), self.client.has_identity()) {
                (false, _) => Fault::BrokenOffEarly.into(),
                (true, true) => Fault::from(ClientCertificateFault::Unexplained).into(),
                (true, false) => Fault::BrokenOff.into(),
            })
        })
    }

    /// The tunnel, once the server has begun and unless it has failed.
    pub(crate) fn tunnel(&self) -> Option<&Tunnel> {
        match (&self.connection, &self.failure) {
            (Some(connection), None) => Some(&connection.tunnel),
            _ => None,
        }
    }

    /// Whether the tunnel stands, so that something can be said inside it.
    pub(crate) fn stands(&self) -> bool {
        self.tunnel().is_some_and(Tunnel::is_established)
    }

    /// The authentication came to a good end: its session may be resumed.
    pub(crate) fn commit_session(&self) {
        if let Some(connection) = &self.connection {
            connection.sessions.commit();
        }
    }
}
