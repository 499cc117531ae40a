//! What goes wrong between a peer and a server before they know each other, and who can do what about it.

use alloc::string::String;

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible, PeerMisbehaved};

use super::fragment::FragmentError;
use super::ocsp;
use super::strength::WeakKey;
use super::verifier::SignsItself;

/// Why the tunnel did not come up, or broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The record layer.
    #[error("the server breaks the record layer of EAP-TLS: {0}")]
    Fragment(#[from] FragmentError),
    /// Only TLS 1.0 or 1.1.
    #[error(
        "the server offers no TLS version that is safe: TLS 1.0 and 1.1 have been withdrawn (RFC 8996); \
         its operator must enable TLS 1.2 or 1.3"
    )]
    OldVersion,
    /// No cipher suite, group or signature in common.
    #[error(
        "the server found no acceptable cipher suite; probably it has only RSA key exchange, CBC ciphers or a key of \
         an old kind: its operator must enable ECDHE with AES-GCM or ChaCha20-Poly1305"
    )]
    NoCommonSuite,
    /// The server ends the handshake after the first message, without an alert.
    #[error(
        "the server breaks off at the first message and does not say why; if it has only TLS 1.0 or 1.1, RSA key \
         exchange or CBC ciphers, its operator must enable TLS 1.2 or 1.3 with ECDHE and AES-GCM or ChaCha20-Poly1305; \
         if not, its log has the reason"
    )]
    BrokenOffEarly,
    /// The server ends the handshake later, without an alert.
    #[error("the server breaks off the TLS handshake and does not say why; its log has the reason")]
    BrokenOff,
    /// The handshake is signed with SHA-1, MD5 or another weak hash.
    #[error("the server signs its handshake with a hash that is broken; its operator must enable SHA-256")]
    WeakHandshakeSignature,
    /// TLS 1.2 without the extended master secret (RFC 7627).
    #[error(
        "the server's TLS 1.2 does not bind its keys to the handshake (extended master secret), so that somebody between \
         could have the same; its operator must update its TLS library, or enable TLS 1.3"
    )]
    NoExtendedMasterSecret,
    /// What breaks the rules of TLS.
    #[error("the server renegotiates or speaks an extension that was not asked for; its TLS is defective")]
    Misbehaved,
    /// The server's certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateFault),
    /// Our certificate.
    #[error(transparent)]
    ClientCertificate(#[from] ClientCertificateFault),
    /// Another alert of the server.
    #[error("the server breaks off with the TLS alert {name} ({code})")]
    Alert {
        /// The name in the registry of TLS alerts.
        name: String,
        /// The code of the alert.
        code: u8,
    },
    /// Octets that are not TLS, or a MAC that is wrong.
    #[error("what the server says is not valid TLS; packets are damaged on the way, or forged")]
    Garbled,
    /// Anything else that TLS refuses.
    #[error("TLS failed: {0}")]
    Tls(String),
}

/// What is wrong with the certificate of the server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// After its end.
    #[error("the server's certificate has expired; its operator must renew it, unless the clock here is wrong")]
    Expired,
    /// Before its beginning.
    #[error("the server's certificate is not valid yet; the clock here is wrong, or the server's was")]
    NotYetValid,
    /// No chain to an authority of the profile.
    #[error(
        "no authority of the profile vouches for the server: it is an impostor, or its operator has changed the \
         authority, or does not send the intermediate certificates"
    )]
    UnknownAuthority,
    /// It has signed itself.
    #[error(
        "the server's certificate vouches for itself, and no authority of the profile does: it is an impostor, or its \
         operator can say its fingerprint, so that the profile names it"
    )]
    SelfSigned,
    /// Another name.
    #[error("the server's certificate is for another name than the profile expects: {presented}")]
    WrongName {
        /// The names that it has.
        presented: String,
    },
    /// Not one of the pinned ones.
    #[error("the server's certificate is not the pinned one: it is an impostor, or the certificate was renewed")]
    NotPinned,
    /// Not for a TLS server.
    #[error("the server's certificate is not for servers (extended key usage); its operator must have another issued")]
    WrongPurpose,
    /// Revoked, as the server's own stapled answer of the authority says.
    #[error("the server's certificate has been revoked by its authority")]
    Revoked,
    /// The stapled answer of the authority does not fit, is too old, or is not signed by it.
    #[error("the answer of the authority that the server staples (OCSP) is not valid; its operator must refresh it")]
    InvalidStaple,
    /// The certificate or the profile demands that the server staples the answer of the authority, and it does not.
    #[error(
        "the server's certificate, or the profile, demands that the server staples an answer of its authority (OCSP), and \
         it does not; its operator must enable OCSP stapling"
    )]
    MissingStaple,
    /// Signed with SHA-1, or with a key that is too short.
    #[error(
        "the server's certificates are signed with an algorithm that is too weak, such as SHA-1 or RSA below 2048 \
         bits, or than SHA-384 with P-384 or RSA of 3072 bits in a network with 192-bit security, or than ECDSA with P-256 or P-384 in one of Suite B; its operator \
         must have others issued"
    )]
    WeakSignature,
    /// A signature of the chain, or of the handshake, is wrong.
    #[error("a signature of the server or its authorities is wrong; it does not own its certificate")]
    BadSignature,
    /// A person refused it.
    #[error("the server's certificate was not accepted")]
    Declined,
    /// Not a certificate that can be understood.
    #[error("the server's certificate cannot be understood; its operator must have another issued")]
    Malformed,
}

/// What the server holds against our certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientCertificateFault {
    /// The server wants one.
    #[error("the server wants a client certificate; the profile has none")]
    Missing,
    /// From an authority that the server does not know.
    #[error("the server does not know the authority of the client certificate")]
    UnknownAuthority,
    /// Expired.
    #[error("the client certificate has expired")]
    Expired,
    /// Revoked.
    #[error("the client certificate has been revoked")]
    Revoked,
    /// For the network that is joined.
    #[error(
        "the user's certificate is weaker than the network allows; with 192-bit security one with a key of P-384, or of RSA \
         with 3072 bits, is needed, with Suite B one with a key of P-256 or P-384"
    )]
    TooWeak,
    /// The server ends the handshake without an alert when it has seen the certificate.
    #[error(
        "the server breaks off at the client certificate and does not say why; probably it does not know the authority \
         of the client certificate, or the certificate has expired or been revoked; its log has the reason"
    )]
    Unexplained,
    /// For another reason.
    #[error("the server refuses the client certificate: {reason}")]
    Refused {
        /// The name of the alert.
        reason: String,
    },
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::AlertReceived(alert) => Self::from_alert(alert),
            Error::InvalidCertificate(error) => CertificateFault::from(error).into(),
            Error::NoCertificatesPresented => CertificateFault::Malformed.into(),
            Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ) => Self::OldVersion,
            Error::PeerIncompatible(PeerIncompatible::NoSignatureSchemesInCommon)
            | Error::PeerMisbehaved(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme) => {
                Self::WeakHandshakeSignature
            }
            Error::PeerIncompatible(PeerIncompatible::ExtendedMasterSecretExtensionRequired) => {
                Self::NoExtendedMasterSecret
            }
            Error::PeerIncompatible(_) | Error::PeerMisbehaved(PeerMisbehaved::SelectedUnofferedCipherSuite) => {
                Self::NoCommonSuite
            }
            Error::PeerMisbehaved(_) => Self::Misbehaved,
            Error::InvalidMessage(_)
            | Error::DecryptError
            | Error::InappropriateMessage { .. }
            | Error::InappropriateHandshakeMessage { .. }
            | Error::PeerSentOversizedRecord => Self::Garbled,
            other => Self::Tls(alloc::format!("{other}")),
        }
    }
}

impl Fault {
    fn from_alert(alert: AlertDescription) -> Self {
        let name = || alloc::format!("{alert:?}");
        match alert {
            AlertDescription::ProtocolVersion => Self::OldVersion,
            AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => Self::NoCommonSuite,
            AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
                ClientCertificateFault::Missing.into()
            }
            AlertDescription::UnknownCA => ClientCertificateFault::UnknownAuthority.into(),
            AlertDescription::CertificateExpired => ClientCertificateFault::Expired.into(),
            AlertDescription::CertificateRevoked => ClientCertificateFault::Revoked.into(),
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError => ClientCertificateFault::Refused { reason: name() }.into(),
            other => Self::Alert {
                name: name(),
                code: other.into(),
            },
        }
    }
}

impl From<CertificateError> for CertificateFault {
    fn from(error: CertificateError) -> Self {
        use CertificateError as E;
        match error {
            E::Expired | E::ExpiredContext { .. } => Self::Expired,
            E::NotValidYet | E::NotValidYetContext { .. } => Self::NotYetValid,
            E::Revoked => Self::Revoked,
            E::UnknownIssuer => Self::UnknownAuthority,
            E::NotValidForNameContext { presented, .. } => Self::WrongName {
                presented: presented.join(", "),
            },
            E::NotValidForName => Self::WrongName {
                presented: String::from("it has no DNS name"),
            },
            E::InvalidPurpose | E::InvalidPurposeContext { .. } => Self::WrongPurpose,
            E::InvalidOcspResponse => Self::InvalidStaple,
            E::Other(error) if error.0.is::<ocsp::Missing>() => Self::MissingStaple,
            E::Other(error) if error.0.is::<SignsItself>() => Self::SelfSigned,
            E::Other(error) if error.0.is::<WeakKey>() => Self::WeakSignature,
            E::ApplicationVerificationFailure => Self::NotPinned,
            E::BadSignature => Self::BadSignature,
            E::UnsupportedSignatureAlgorithmContext { .. }
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Self::WeakSignature,
            // The deprecated form without its context; other errors are of encodings.
            other if alloc::format!("{other:?}").starts_with("UnsupportedSignatureAlgorithm") => Self::WeakSignature,
            _ => Self::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rustls_will_not_speak_names_the_servers_fault() {
        let fault = |error| Fault::from(error);
        assert_eq!(
            fault(PeerIncompatible::ServerDoesNotSupportTls12Or13.into()),
            Fault::OldVersion
        );
        assert_eq!(
            fault(Error::AlertReceived(AlertDescription::ProtocolVersion)),
            Fault::OldVersion
        );
        assert_eq!(
            fault(Error::AlertReceived(AlertDescription::HandshakeFailure)),
            Fault::NoCommonSuite
        );
        assert_eq!(
            fault(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into()),
            Fault::WeakHandshakeSignature
        );
    }

    #[test]
    fn an_alert_about_our_certificate_is_about_our_certificate() {
        assert_eq!(
            Fault::from(Error::AlertReceived(AlertDescription::UnknownCA)),
            Fault::ClientCertificate(ClientCertificateFault::UnknownAuthority)
        );
        assert_eq!(
            Fault::from(Error::AlertReceived(AlertDescription::CertificateRequired)),
            Fault::ClientCertificate(ClientCertificateFault::Missing)
        );
    }
}
