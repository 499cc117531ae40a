//! The 802.1X module that the host lends to an extension, as far as the two talk about it.

use crate::{Failure, Reason};
use zeroize::Zeroizing;

/// An EAP attribute (`EAP_ATTRIBUTE`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EapAttribute {
    /// `EAP_ATTRIBUTE_TYPE`: a RADIUS attribute number, or one of Windows' own.
    pub kind: u32,
    /// The attribute's octets.
    pub value: Vec<u8>,
}

impl EapAttribute {
    /// The EAP session identifier: the RADIUS attribute EAP-Key-Name (RFC 4072, 2.1).
    pub const SESSION_ID: u32 = 102;
}

/// How an 802.1X operation stands (`DOT11_MSONEX_RESULT`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneXOutcome {
    /// The peer proved itself, and so did we.
    Success,
    /// It failed.
    Failure,
    /// It goes on.
    InProgress,
}

/// What the EAP method said about a failure (`DOT11_EAP_RESULT`).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct EapResult {
    /// The method's own reason code. This host's is a [`Reason`] of a [`Failure::OneX`].
    pub failure_reason: u32,
    /// The attributes that it returned.
    pub attributes: Vec<EapAttribute>,
}

/// The result of an 802.1X operation (`DOT11_MSONEX_RESULT_PARAMS`). No `Debug`: it holds keys.
pub struct OneXResult {
    /// How it stands.
    pub outcome: OneXOutcome,
    /// `ONEX_AUTH_STATUS`.
    pub auth_status: u32,
    /// `ONEX_REASON_CODE`.
    pub reason: u32,
    /// MS-MPPE-Send-Key: the second half of the MSK; empty unless successful and made by the method.
    pub mppe_send_key: Zeroizing<Vec<u8>>,
    /// MS-MPPE-Recv-Key: the first half of the MSK, the PMK; empty unless successful.
    pub mppe_recv_key: Zeroizing<Vec<u8>>,
    /// What the EAP method said, if it said something.
    pub eap: Option<EapResult>,
}

/// Why an 802.1X operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneXFailure {
    /// The server says that the name or the password is wrong.
    Credentials,
    /// The server refuses the user and does not say why.
    Refused,
    /// Nobody answers EAPOL-Start (R32).
    NoAuthenticator,
    /// The authenticator, or the server behind it, has fallen silent.
    Silent,
    /// Nothing vouches for the server's certificate, or the user does not trust it.
    UntrustedServer,
    /// The server has not proved itself.
    Impostor,
    /// Profile and server have no EAP method in common.
    NoCommonMethod,
    /// The user has refused to answer a question, or has not answered in time (R37).
    Unanswered,
    /// The user has left while a question was open (R37).
    UserLeft,
    /// The profile lacks a credential, and there is nobody to ask for it.
    MissingCredential,
    /// The method makes no keys, without which there is no network without wires.
    NoKeys,
    /// The server broke the protocol.
    Protocol,
    /// Nobody but itself vouches for the server's certificate.
    SelfSigned,
    /// The server's certificate has expired, or is not valid yet.
    ServerExpired,
    /// The server's certificate is for another name.
    WrongServerName,
    /// The server's certificate is not the one that the profile names.
    NotPinned,
    /// The server's certificate has been revoked.
    Revoked,
    /// The server does not staple a valid answer of its authority, and must.
    NoStaple,
    /// The server's certificate is not for servers, or cannot be understood.
    UnfitCertificate,
    /// The server has no version, cipher or signature of TLS that is safe.
    NoSafeTls,
    /// The server does not accept the certificate of the user.
    ClientCertificate,
    /// The server claims a success before the method has ended.
    EarlySuccess,
    /// The server does not bind its tunnel to the method inside.
    Unbound,
    /// The user's password has expired, and was not changed.
    PasswordExpired,
    /// The server claims a success without what is to be proved inside its tunnel.
    SkippedInside,
    /// The server begins the method again in its middle.
    Restarted,
    /// The server does not come to an end.
    Endless,
}

/// `ONEX_AUTH_STATUS` (dot1x.h), as far as a finished operation has it.
mod status {
    pub(super) const NO_AUTHENTICATOR: u32 = 2;
    pub(super) const SUCCESS: u32 = 3;
    pub(super) const FAILURE: u32 = 4;
}

/// `ONEX_REASON_CODE` (dot1x.h).
mod reason {
    pub(super) const SUCCESS: u32 = 0;
    pub(super) const UNABLE_TO_IDENTIFY_USER: u32 = 0x5_0001;
    pub(super) const EAP_FAILURE: u32 = 0x5_0005;
    pub(super) const AUTHENTICATOR_GONE: u32 = 0x5_0006;
    pub(super) const NO_RESPONSE_TO_IDENTITY: u32 = 0x5_0007;
    pub(super) const DISALLOWED_EAP_TYPE: u32 = 0x5_000a;
    pub(super) const UI_CANCELLED: u32 = 0x5_0011;
    pub(super) const INVALID_CREDENTIALS: u32 = 0x5_0012;
}

/// Failures by their `ONEX_REASON_CODE`. Where several have the same, the first is what the code alone means.
const REASONS: [(u32, OneXFailure); 27] = [
    (reason::UNABLE_TO_IDENTIFY_USER, OneXFailure::UserLeft),
    (reason::EAP_FAILURE, OneXFailure::Refused),
    (reason::EAP_FAILURE, OneXFailure::Credentials),
    (reason::EAP_FAILURE, OneXFailure::UntrustedServer),
    (reason::EAP_FAILURE, OneXFailure::Impostor),
    (reason::EAP_FAILURE, OneXFailure::NoKeys),
    (reason::EAP_FAILURE, OneXFailure::Protocol),
    (reason::EAP_FAILURE, OneXFailure::SelfSigned),
    (reason::EAP_FAILURE, OneXFailure::ServerExpired),
    (reason::EAP_FAILURE, OneXFailure::WrongServerName),
    (reason::EAP_FAILURE, OneXFailure::NotPinned),
    (reason::EAP_FAILURE, OneXFailure::Revoked),
    (reason::EAP_FAILURE, OneXFailure::NoStaple),
    (reason::EAP_FAILURE, OneXFailure::UnfitCertificate),
    (reason::EAP_FAILURE, OneXFailure::NoSafeTls),
    (reason::EAP_FAILURE, OneXFailure::ClientCertificate),
    (reason::EAP_FAILURE, OneXFailure::EarlySuccess),
    (reason::EAP_FAILURE, OneXFailure::Unbound),
    (reason::EAP_FAILURE, OneXFailure::PasswordExpired),
    (reason::EAP_FAILURE, OneXFailure::SkippedInside),
    (reason::EAP_FAILURE, OneXFailure::Restarted),
    (reason::EAP_FAILURE, OneXFailure::Endless),
    (reason::AUTHENTICATOR_GONE, OneXFailure::NoAuthenticator),
    (reason::NO_RESPONSE_TO_IDENTITY, OneXFailure::Silent),
    (reason::DISALLOWED_EAP_TYPE, OneXFailure::NoCommonMethod),
    (reason::UI_CANCELLED, OneXFailure::Unanswered),
    (reason::INVALID_CREDENTIALS, OneXFailure::MissingCredential),
];

impl OneXResult {
    /// A success with the halves of the MSK and the name of the exchange. Of the 64 octets of the MSK, `msk` are those
    /// that the method makes: the second half is empty, or short, where there are no more.
    #[must_use]
    pub fn success(msk: &[u8], session_id: Vec<u8>) -> Self {
        let (receive, send) = msk.split_at(msk.len().min(32));
        let attributes = match session_id.is_empty() {
            true => Vec::new(),
            false => vec![EapAttribute {
                kind: EapAttribute::SESSION_ID,
                value: session_id,
            }],
        };
        Self {
            outcome: OneXOutcome::Success,
            auth_status: status::SUCCESS,
            reason: reason::SUCCESS,
            mppe_send_key: Zeroizing::new(send.to_vec()),
            mppe_recv_key: Zeroizing::new(receive.to_vec()),
            eap: Some(EapResult {
                failure_reason: 0,
                attributes,
            }),
        }
    }

    /// A failure.
    #[must_use]
    pub fn failure(failure: OneXFailure) -> Self {
        let reason = REASONS
            .iter()
            .find(|(_, row)| *row == failure)
            .map_or(reason::EAP_FAILURE, |(reason, _)| *reason);
        Self {
            outcome: OneXOutcome::Failure,
            auth_status: match failure {
                OneXFailure::NoAuthenticator => status::NO_AUTHENTICATOR,
                _ => status::FAILURE,
            },
            reason,
            mppe_send_key: Zeroizing::default(),
            mppe_recv_key: Zeroizing::default(),
            eap: Some(EapResult {
                failure_reason: Reason::from(Failure::OneX(failure)).0,
                attributes: Vec::new(),
            }),
        }
    }

    /// Why it failed: as this project's host says it in `eap`, or as far as the code of any host tells.
    #[must_use]
    pub fn why(&self) -> OneXFailure {
        let own = self.eap.as_ref().map(|eap| Reason(eap.failure_reason));
        if let Some(Failure::OneX(failure)) = own.and_then(Failure::of_reason) {
            return failure;
        }
        REASONS
            .iter()
            .find(|(reason, _)| *reason == self.reason)
            .map_or(OneXFailure::Refused, |(_, failure)| *failure)
    }

    /// The name of the exchange, where the method defines one.
    #[must_use]
    pub fn session_id(&self) -> Option<&[u8]> {
        let attributes = &self.eap.as_ref()?.attributes;
        attributes
            .iter()
            .find(|attribute| attribute.kind == EapAttribute::SESSION_ID)
            .map(|attribute| &attribute.value[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_half_of_the_msk_is_the_key_to_receive_with() {
        let mut msk = [1; 64];
        msk[32..].fill(2);
        let result = OneXResult::success(&msk, b"\x1aid".to_vec());
        assert_eq!(
            (&**result.mppe_recv_key, &**result.mppe_send_key),
            (&[1; 32][..], &[2; 32][..])
        );
        assert_eq!(result.session_id(), Some(&b"\x1aid"[..]));
        assert_eq!(OneXResult::success(&msk, Vec::new()).session_id(), None);
        let short = OneXResult::success(&msk[..32], Vec::new());
        assert_eq!((short.mppe_recv_key.len(), short.mppe_send_key.len()), (32, 0));
    }

    #[test]
    fn every_failure_survives_the_way_through_a_result_and_its_code_alone_tells_something() {
        for (code, failure) in REASONS {
            let mut result = OneXResult::failure(failure);
            assert_eq!((result.reason, result.why()), (code, failure));
            result.eap = None;
            let told = REASONS.iter().find(|(row, _)| *row == code).unwrap().1;
            assert_eq!(result.why(), told);
        }
    }
}
