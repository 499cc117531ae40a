//! A RADIUS server that says whatever a test has it say (RFC 2865, RFC 3579): for what a decent server would not do.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};

const ACCESS_REQUEST: u8 = 1;
const ACCESS_ACCEPT: u8 = 2;
const ACCESS_REJECT: u8 = 3;
const ACCESS_CHALLENGE: u8 = 11;
const EAP_MESSAGE: u8 = 79;
const MESSAGE_AUTHENTICATOR: u8 = 80;
/// Code, identifier, length and authenticator, in octets.
const HEADER_LEN: usize = 20;
/// The longest packet, in octets.
const PACKET_MAX: usize = 4096;

/// What the server says to an EAP packet.
pub enum Answer {
    /// Go on with this EAP packet.
    Challenge(Vec<u8>),
    /// Let the user in, with this EAP packet and no keys.
    Accept(Vec<u8>),
    /// Refuse the user, with this EAP packet.
    Reject(Vec<u8>),
    /// Nothing.
    Silence,
    /// This, but only when the request is sent again.
    Late(Box<Self>),
    /// This, after something like it whose Message-Authenticator is wrong and whose Response Authenticator is right.
    Forged(Box<Self>),
}

/// A running server; ends when dropped.
pub struct ScriptedServer {
    port: u16,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl ScriptedServer {
    /// A server on loopback that shares `secret` with everyone. The script that `begin` makes, in the server's thread,
    /// is given each EAP packet; one that is sent again is not a new one.
    ///
    /// # Errors
    /// The system refuses a socket.
    pub fn start<S: FnMut(&[u8]) -> Answer>(
        secret: &'static str,
        begin: impl FnOnce() -> S + Send + 'static,
    ) -> io::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(Duration::from_millis(20)))?;
        let port = socket.local_addr()?.port();
        let is_over = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_over);
        Ok(Self {
            port,
            is_over,
            thread: Some(thread::spawn(move || serve(&socket, secret.as_bytes(), begin(), &flag))),
        })
    }

    /// The UDP port on loopback.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // A script that panicked has said so itself.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn serve(socket: &UdpSocket, secret: &[u8], mut script: impl FnMut(&[u8]) -> Answer, is_over: &AtomicBool) {
    let mut buffer = [0; PACKET_MAX];
    let mut last: Option<(SocketAddr, Vec<u8>)> = None;
    let mut late: Option<Vec<u8>> = None;
    // Whoever has gone away misses it.
    let send = |packet: &[u8], to| drop(socket.send_to(packet, to));
    while !is_over.load(Ordering::Relaxed) {
        let Ok((len, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let request = buffer.get(..len).unwrap_or_default().to_vec();
        if last.as_ref() == Some(&(from, request.clone())) {
            if let Some(packet) = late.take() {
                send(&packet, from);
            }
            continue;
        }
        let answer = eap_message(&request).map_or(Answer::Silence, |eap| script(&eap));
        let (is_late, is_forged) = (matches!(answer, Answer::Late(_)), matches!(answer, Answer::Forged(_)));
        if let Some(packet) = respond(&request, answer, secret) {
            if is_forged && let Some(forged) = forged(&packet, &request, secret) {
                send(&forged, from);
            }
            match is_late {
                true => late = Some(packet),
                false => send(&packet, from),
            }
        }
        last = Some((from, request));
    }
}

/// The EAP packet in an Access-Request.
fn eap_message(request: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = request.split_at_checked(HEADER_LEN)?;
    let mut eap = Vec::new();
    while let Some((&[kind, len], behind)) = rest.split_first_chunk() {
        let (value, next) = behind.split_at_checked(usize::from(len).checked_sub(2)?)?;
        if kind == EAP_MESSAGE {
            eap.extend_from_slice(value);
        }
        rest = next;
    }
    (header.first() == Some(&ACCESS_REQUEST)).then_some(eap)
}

fn respond(request: &[u8], answer: Answer, secret: &[u8]) -> Option<Vec<u8>> {
    let (code, eap) = match answer {
        Answer::Challenge(eap) => (ACCESS_CHALLENGE, eap),
        Answer::Accept(eap) => (ACCESS_ACCEPT, eap),
        Answer::Reject(eap) => (ACCESS_REJECT, eap),
        Answer::Silence => return None,
        Answer::Late(answer) | Answer::Forged(answer) => return respond(request, *answer, secret),
    };
    let mut attributes = vec![MESSAGE_AUTHENTICATOR, 18];
    attributes.extend_from_slice(&[0; 16]);
    for part in eap.chunks(253) {
        attributes.extend_from_slice(&[EAP_MESSAGE, u8::try_from(part.len()).ok()? + 2]);
        attributes.extend_from_slice(part);
    }
    let len = u16::try_from(HEADER_LEN + attributes.len()).ok()?.to_be_bytes();
    let head = [&[code, *request.get(1)?], &len[..], request.get(4..HEADER_LEN)?].concat();
    // Both proofs are computed with the authenticator of the request in the place of the response's.
    let mac = Hmac::<Md5>::new_from_slice(secret).ok()?;
    let proof = mac
        .chain_update(&head)
        .chain_update(&attributes)
        .finalize()
        .into_bytes();
    attributes.get_mut(2..18)?.copy_from_slice(&proof);
    let authenticator = Md5::new()
        .chain_update(&head)
        .chain_update(&attributes)
        .chain_update(secret)
        .finalize();
    Some([head.get(..4)?, &authenticator, &attributes].concat())
}

/// The packet with another end, for which its Message-Authenticator is wrong and its Response Authenticator is not.
fn forged(packet: &[u8], request: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let (head, attributes) = packet.split_at_checked(HEADER_LEN)?;
    let mut attributes = attributes.to_vec();
    *attributes.last_mut()? ^= 1;
    let authenticator = Md5::new()
        .chain_update(head.get(..4)?)
        .chain_update(request.get(4..HEADER_LEN)?)
        .chain_update(&attributes)
        .chain_update(secret)
        .finalize();
    Some([head.get(..4)?, &authenticator, &attributes].concat())
}
