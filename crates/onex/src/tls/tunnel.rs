//! A TLS connection in EAP packets, for either side.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io::{Read, Write};

use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use rustls::{CipherSuite, Connection, HandshakeKind, ProtocolVersion};
use zeroize::Zeroizing;

use super::client::Agreed;
use super::fault::Fault;
use super::fragment::{Fragment, Fragments, Incoming};
use crate::method::ExportedKeys;

/// The octets that are exported for the MSK and the EMSK.
const MATERIAL_LEN: usize = 128;

/// A connection, its record layer and its clock.
pub(crate) struct Tunnel {
    connection: Connection,
    fragments: Fragments,
    clock: Arc<Clock>,
    /// The randoms of the two hellos, which TLS 1.2 identifies the session by (RFC 5216, 2.3).
    sent_random: Option<[u8; 32]>,
    received_random: Option<[u8; 32]>,
    /// The version of PEAP or TTLS in every packet.
    pub(crate) version: u8,
}

/// What came of a packet.
pub(crate) enum Taken {
    /// Send this, and wait.
    Answer(Zeroizing<Vec<u8>>),
    /// A whole message went into TLS; this is what it said inside the tunnel, often nothing. [`Tunnel::reply`] answers.
    Opened(Zeroizing<Vec<u8>>),
}

/// The hash of a cipher suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
}

/// The tunnel is broken.
pub(crate) struct Broken {
    pub(crate) fault: Fault,
    /// The alert that tells the other side, or the acknowledgement of its own.
    pub(crate) alert: Option<Zeroizing<Vec<u8>>>,
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self { fault, alert: None }
    }
}

impl Tunnel {
    pub(crate) fn new(connection: Connection, clock: Arc<Clock>, fragment_len: usize) -> Self {
        Self {
            connection,
            fragments: Fragments::new(fragment_len),
            clock,
            sent_random: None,
            received_random: None,
            version: 0,
        }
    }

    /// Takes a packet that is not a start.
    pub(crate) fn handle(&mut self, now: Duration, fragment: &Fragment<'_>) -> Result<Taken, Broken> {
        self.clock.set(now);
        match self.fragments.handle(fragment).map_err(Fault::from)? {
            Incoming::Answer(packet) => Ok(Taken::Answer(packet)),
            Incoming::Message(message) => match self.open(&message) {
                Ok(plaintext) => Ok(Taken::Opened(plaintext)),
                Err(fault) => Err(Broken {
                    fault,
                    // An alert of the other side is acknowledged (RFC 5216, 2.1.3). What cannot be sent any more is
                    // not worth a second error.
                    alert: self.reply(&[]).ok(),
                }),
            },
        }
    }

    fn open(&mut self, message: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        if self.received_random.is_none() {
            self.received_random = hello_random(message);
        }
        let mut rest = message;
        let mut plaintext = Zeroizing::new(Vec::new());
        while !rest.is_empty() {
            let before = rest.len();
            self.connection
                .read_tls(&mut rest)
                .map_err(|error| Fault::Tls(alloc::format!("{error}")))?;
            let state = self.connection.process_new_packets()?;
            let mut part = Zeroizing::new(alloc::vec![0; state.plaintext_bytes_to_read()]);
            if !part.is_empty() {
                self.connection
                    .reader()
                    .read_exact(&mut part)
                    .map_err(|error| Fault::Tls(alloc::format!("{error}")))?;
                plaintext.extend_from_slice(&part);
            }
            if rest.len() == before {
                // Nothing is read any more after the other side has closed the connection.
                return Err(Fault::Garbled);
            }
        }
        Ok(plaintext)
    }

    /// Says `plaintext` inside the tunnel, after what TLS itself has to say; an acknowledgement if that is nothing.
    pub(crate) fn reply(&mut self, plaintext: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let io_fault = |error: std::io::Error| Fault::Tls(alloc::format!("{error}"));
        if !plaintext.is_empty() {
            self.connection.writer().write_all(plaintext).map_err(io_fault)?;
        }
        let mut message = Zeroizing::new(Vec::new());
        while self.connection.wants_write() {
            self.connection.write_tls(&mut *message).map_err(io_fault)?;
        }
        if self.sent_random.is_none() {
            self.sent_random = hello_random(&message);
        }
        Ok(self.fragments.send(message, self.version))
    }

    /// Whether the handshake is over for this side: the other side's Finished has been verified.
    pub(crate) fn is_established(&self) -> bool {
        !self.connection.is_handshaking()
    }

    /// Whether the other side has said anything.
    pub(crate) const fn has_heard(&self) -> bool {
        self.received_random.is_some()
    }

    pub(crate) fn is_tls13(&self) -> bool {
        self.connection.protocol_version() == Some(ProtocolVersion::TLSv1_3)
    }

    /// The hash of the cipher suite.
    pub(crate) fn hash(&self) -> Hash {
        match self.connection.negotiated_cipher_suite().map(|suite| suite.suite()) {
            Some(
                CipherSuite::TLS13_AES_256_GCM_SHA384
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
                | CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            ) => Hash::Sha384,
            _ => Hash::Sha256,
        }
    }

    /// What the handshake has come to, once it is over for this side.
    pub(super) fn agreed(&self) -> Option<Agreed> {
        Some(Agreed {
            version: match self.connection.protocol_version()? {
                ProtocolVersion::TLSv1_3 => "1.3",
                ProtocolVersion::TLSv1_2 => "1.2",
                _ => return None,
            },
            suite: self.connection.negotiated_cipher_suite()?.suite().as_str()?,
            resumed: self.is_resumed(),
        })
        .filter(|_| self.is_established())
    }

    pub(crate) fn is_resumed(&self) -> bool {
        self.connection.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Exports `N` octets under `label` and, in TLS 1.3, the method's type as context.
    pub(crate) fn export<const N: usize>(&self, label: &[u8], context: Option<&[u8]>) -> Option<Zeroizing<[u8; N]>> {
        let mut octets = Zeroizing::new([0; N]);
        self.connection
            .export_keying_material(&mut octets[..], label, context)
            .ok()?;
        Some(octets)
    }

    /// The key material of the method of this `kind` whose label in TLS 1.2 is `label` (RFC 5216, 2.3; RFC 9427, 2.1).
    pub(crate) fn material(&self, kind: u8, label: &[u8]) -> Option<Zeroizing<[u8; MATERIAL_LEN]>> {
        if self.is_tls13() {
            self.export(b"EXPORTER_EAP_TLS_Key_Material", Some(&[kind]))
        } else {
            self.export(label, None)
        }
    }

    /// MSK, EMSK and session id straight from [`Tunnel::material`].
    pub(crate) fn keys(&self, kind: u8, label: &[u8]) -> Option<ExportedKeys> {
        let material = self.material(kind, label)?;
        self.keys_from(kind, &material)
    }

    /// MSK and EMSK are the halves of `material`.
    pub(crate) fn keys_from(&self, kind: u8, material: &[u8; MATERIAL_LEN]) -> Option<ExportedKeys> {
        let (msk, rest) = material.split_first_chunk()?;
        let (emsk, _) = rest.split_first_chunk()?;
        ExportedKeys::new(msk, Some(emsk), self.session_id(kind)?)
    }

    /// The type, and what makes the exchange unique: the randoms of the hellos, the client's first, or in TLS 1.3 an
    /// exported value (RFC 5216, 2.3; RFC 9190, 2.3). 65 octets.
    fn session_id(&self, kind: u8) -> Option<Vec<u8>> {
        let mut id = alloc::vec![kind];
        if self.is_tls13() {
            id.extend_from_slice(&self.export::<64>(b"EXPORTER_EAP_TLS_Method-Id", Some(&[kind]))?[..]);
        } else {
            let (client, server) = match self.connection {
                Connection::Client(_) => (self.sent_random?, self.received_random?),
                Connection::Server(_) => (self.received_random?, self.sent_random?),
            };
            id.extend_from_slice(&client);
            id.extend_from_slice(&server);
        }
        Some(id)
    }
}

/// The random of a hello at the beginning of `message`: behind the headers of record (5) and handshake (4) and the
/// version (2).
fn hello_random(message: &[u8]) -> Option<[u8; 32]> {
    message.get(11..)?.first_chunk().copied()
}

/// The caller's clock, for TLS. Whole seconds since 1970.
#[derive(Debug)]
pub(crate) struct Clock(AtomicU64);

impl Clock {
    pub(crate) const fn new(now: Duration) -> Self {
        Self(AtomicU64::new(now.as_secs()))
    }

    fn set(&self, now: Duration) {
        self.0.store(now.as_secs(), Ordering::Relaxed);
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = self.0.load(Ordering::Relaxed);
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}
