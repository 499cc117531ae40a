//! The messages of EAP-MSCHAPv2: operation (1 octet), identifier (1), length of everything (2, big-endian), data.

use alloc::string::String;
use alloc::vec::Vec;

use crate::eap::printable;
use crate::method::MethodFailure;

/// What the server asks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    Challenge { identifier: u8, challenge: &'a [u8; 16] },
    Success { authenticator_response: [u8; 20] },
    Failure { identifier: u8, refusal: Refusal },
}

/// The text of a failure (RFC 2759, clause 6): `E=691 R=1 C=<32 digits> V=3 M=<message>`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::methods) struct Refusal {
    /// `E`: the error code.
    pub(super) error: u32,
    /// `R=1`: another attempt is allowed.
    pub(super) retry: bool,
    /// `C`: the challenge for that.
    pub(super) challenge: Option<[u8; 16]>,
    /// `M`.
    pub(super) message: String,
}

impl Refusal {
    /// The name or the password is wrong.
    pub(super) const AUTHENTICATION: u32 = 691;
    /// The password must be changed.
    pub(super) const PASSWORD_EXPIRED: u32 = 648;

    pub(in crate::methods) fn parse(text: &[u8]) -> Self {
        let mut refusal = Self::default();
        let text = printable(text);
        let (fields, message) = text.split_once("M=").unwrap_or((&text, ""));
        refusal.message = message.trim().into();
        for field in fields.split_ascii_whitespace() {
            match field.split_once('=') {
                Some(("E", value)) => refusal.error = value.parse().unwrap_or_default(),
                Some(("R", value)) => refusal.retry = value == "1",
                Some(("C", value)) => refusal.challenge = hex(value.as_bytes()),
                _ => {}
            }
        }
        refusal
    }

    /// What the failure is for whoever can do something about it.
    pub(in crate::methods) fn failure(&self) -> MethodFailure {
        match self.error {
            Self::AUTHENTICATION => MethodFailure::Credentials,
            Self::PASSWORD_EXPIRED => MethodFailure::PasswordExpired,
            _ => MethodFailure::Refused { reason: self.reason() },
        }
    }

    /// What is wrong, in words.
    pub(super) fn reason(&self) -> String {
        let known = match self.error {
            646 => "the account may not be used at this hour",
            647 => "the account is disabled",
            648 => "the password has expired",
            649 => "the account has no permission to dial in",
            709 => "the password was not changed: the new one may not follow the server's rules",
            _ => "an error of the server's own",
        };
        if self.message.is_empty() {
            alloc::format!("{known} (MS-CHAP error {})", self.error)
        } else {
            alloc::format!("{known} (MS-CHAP error {}: {})", self.error, self.message)
        }
    }
}

impl<'a> Request<'a> {
    /// Parses the data of a request; `None` names no field, since the messages are short.
    pub(super) fn parse(data: &'a [u8]) -> Option<Self> {
        let (&[operation, identifier, _, _], body) = data.split_first_chunk()?;
        match operation {
            1 => {
                let (&16, rest) = body.split_first()? else {
                    return None;
                };
                let challenge = rest.first_chunk()?;
                Some(Self::Challenge { identifier, challenge })
            }
            3 => {
                let digits = body.strip_prefix(b"S=")?.get(..40)?;
                Some(Self::Success {
                    authenticator_response: hex(digits)?,
                })
            }
            4 => Some(Self::Failure {
                identifier,
                refusal: Refusal::parse(body),
            }),
            _ => None,
        }
    }
}

/// The response to a challenge: 49 octets of value, the name behind it.
pub(super) fn response(identifier: u8, peer_challenge: &[u8; 16], nt_response: &[u8; 24], user: &[u8]) -> Vec<u8> {
    let mut body = Vec::from([49]);
    body.extend_from_slice(peer_challenge);
    body.extend_from_slice(&[0; 8]);
    body.extend_from_slice(nt_response);
    body.push(0);
    body.extend_from_slice(user);
    message(2, identifier, &body)
}

/// The change of the password (RFC 2759, clause 7): 582 octets of value.
pub(super) fn change(
    identifier: u8,
    encrypted_password: &[u8],
    encrypted_hash: &[u8; 16],
    peer_challenge: &[u8; 16],
    nt_response: &[u8; 24],
) -> Vec<u8> {
    let mut body = Vec::from(encrypted_password);
    body.extend_from_slice(encrypted_hash);
    body.extend_from_slice(peer_challenge);
    body.extend_from_slice(&[0; 8]);
    body.extend_from_slice(nt_response);
    body.extend_from_slice(&[0; 2]);
    message(7, identifier, &body)
}

fn message(operation: u8, identifier: u8, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::from([operation, identifier]);
    // A name comes out of an EAP packet or a profile; one that does not fit is refused by the peer, which cannot emit it.
    let len = u16::try_from(body.len() + 4).unwrap_or(u16::MAX);
    message.extend_from_slice(&len.to_be_bytes());
    message.extend_from_slice(body);
    message
}

/// Octets out of twice as many hexadecimal digits.
fn hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    if digits.len() != 2 * N {
        return None;
    }
    let mut octets = [0; N];
    for (octet, pair) in octets.iter_mut().zip(digits.as_chunks::<2>().0) {
        let value = |digit: u8| char::from(digit).to_digit(16);
        let [high, low] = *pair;
        *octet = u8::try_from(16 * value(high)? + value(low)?).ok()?;
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_failure_is_read_field_by_field() {
        let text = b"E=691 R=1 C=000102030405060708090a0b0c0d0e0f V=3 M=Wrong, try again";
        let refusal = Refusal::parse(text);
        assert_eq!(
            refusal,
            Refusal {
                error: 691,
                retry: true,
                challenge: Some([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
                message: "Wrong, try again".into()
            }
        );
        assert!(refusal.reason().contains("691: Wrong"));
    }

    #[test]
    fn a_response_is_54_octets_and_the_name() {
        let message = response(5, &[1; 16], &[2; 24], b"User");
        assert_eq!(message.len(), 58);
        assert_eq!(message[..5], [2, 5, 0, 58, 49]);
        assert_eq!(message[54..], *b"User");
    }

    #[test]
    fn a_change_is_586_octets() {
        let message = change(6, &[1; 516], &[2; 16], &[3; 16], &[4; 24]);
        assert_eq!(message.len(), 586);
        assert_eq!(message[..4], [7, 6, 0x02, 0x4a]);
    }

    proptest! {
        #[test]
        fn no_octets_break_the_parser(operation in 0u8..5, data in proptest::collection::vec(any::<u8>(), 0..80)) {
            let message = [&[operation][..], &data].concat();
            if let Some(Request::Challenge { challenge, .. }) = Request::parse(&message) {
                prop_assert_eq!(&challenge[..], &message[5..21]);
            }
        }
    }
}
