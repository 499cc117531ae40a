//! Why an authentication by 802.1X failed: what each failure of the module comes to, and the words for it.

use ihv::OneXFailure;
use onex::eap::Failure as EapFailure;
use onex::method::MethodFailure;
use onex::tls::{CertificateFault, ClientCertificateFault, Fault, FragmentError};

/// The words for a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// For machines.
    pub name: &'static str,
    /// For a person: what happened.
    pub sentence: &'static str,
    /// For a person: what to do about it.
    pub next_step: &'static str,
}

/// What both sides of the interface call this failure of EAP.
#[must_use]
pub fn of_eap(failure: &EapFailure) -> OneXFailure {
    match failure {
        EapFailure::Refused => OneXFailure::Refused,
        EapFailure::NoCommonMethod { .. } => OneXFailure::NoCommonMethod,
        EapFailure::EarlySuccess => OneXFailure::EarlySuccess,
        EapFailure::SkippedInside => OneXFailure::SkippedInside,
        EapFailure::Endless { .. } => OneXFailure::Endless,
        EapFailure::Method(failure) => of_method(failure),
    }
}

fn of_method(failure: &MethodFailure) -> OneXFailure {
    match failure {
        MethodFailure::Credentials => OneXFailure::Credentials,
        MethodFailure::PasswordExpired => OneXFailure::PasswordExpired,
        MethodFailure::Refused { .. } => OneXFailure::Refused,
        MethodFailure::Impostor { .. } | MethodFailure::WronglyBound => OneXFailure::Impostor,
        MethodFailure::Unbound => OneXFailure::Unbound,
        MethodFailure::Missing { .. } => OneXFailure::MissingCredential,
        MethodFailure::Unanswered { .. } => OneXFailure::Unanswered,
        MethodFailure::Tls(fault) => of_tls(fault),
        MethodFailure::Inside(failure) => of_eap(failure),
        MethodFailure::Malformed { .. }
        | MethodFailure::Unexpected { .. }
        | MethodFailure::Unacceptable { .. }
        | MethodFailure::Unasked => OneXFailure::Protocol,
    }
}

fn of_tls(fault: &Fault) -> OneXFailure {
    match fault {
        Fault::Certificate(fault) => of_certificate(fault),
        Fault::ClientCertificate(ClientCertificateFault::Missing | ClientCertificateFault::TooWeak) => {
            OneXFailure::MissingCredential
        }
        Fault::ClientCertificate(_) => OneXFailure::ClientCertificate,
        Fault::OldVersion
        | Fault::NoCommonSuite
        | Fault::BrokenOffEarly
        | Fault::WeakHandshakeSignature
        | Fault::NoExtendedMasterSecret => OneXFailure::NoSafeTls,
        Fault::Fragment(FragmentError::StartInMidExchange) => OneXFailure::Restarted,
        Fault::Fragment(FragmentError::TooLong) => OneXFailure::Endless,
        Fault::Fragment(_)
        | Fault::BrokenOff
        | Fault::Misbehaved
        | Fault::Alert { .. }
        | Fault::Garbled
        | Fault::Tls(_) => OneXFailure::Protocol,
    }
}

const fn of_certificate(fault: &CertificateFault) -> OneXFailure {
    match fault {
        CertificateFault::Expired | CertificateFault::NotYetValid => OneXFailure::ServerExpired,
        CertificateFault::UnknownAuthority | CertificateFault::Declined => OneXFailure::UntrustedServer,
        CertificateFault::SelfSigned => OneXFailure::SelfSigned,
        CertificateFault::WrongName { .. } => OneXFailure::WrongServerName,
        CertificateFault::NotPinned => OneXFailure::NotPinned,
        CertificateFault::Revoked => OneXFailure::Revoked,
        CertificateFault::InvalidStaple | CertificateFault::MissingStaple => OneXFailure::NoStaple,
        CertificateFault::WeakSignature => OneXFailure::NoSafeTls,
        CertificateFault::BadSignature => OneXFailure::Impostor,
        CertificateFault::WrongPurpose | CertificateFault::Malformed => OneXFailure::UnfitCertificate,
    }
}

/// The words for this failure.
#[must_use]
pub const fn words(failure: OneXFailure) -> Words {
    let (name, sentence, next_step) = match failure {
        OneXFailure::Credentials => (
            "credentials",
            "The authentication server says that the name or the password is wrong.",
            "Check the name and the password. Another wrong attempt may lock the account.",
        ),
        OneXFailure::PasswordExpired => (
            "password_expired",
            "The user's password has expired, and was not changed.",
            "Choose a new one: `connect` asks for it at a terminal, `onex-probe` takes it from --new-password-file.",
        ),
        OneXFailure::Refused => (
            "refused",
            "The authentication server refused the user and gave no reason.",
            "Ask whoever runs the server to look into its log for this user and the time.",
        ),
        OneXFailure::NoAuthenticator => (
            "no_authenticator",
            "The access point did not begin the authentication by 802.1X.",
            "Try again; if it stays so, 802.1X may be switched off at the access point.",
        ),
        OneXFailure::Silent => (
            "silent",
            "The authentication server stopped answering.",
            "Try again; if it stays so, have it checked that the access point reaches its server, with long packets too.",
        ),
        OneXFailure::UntrustedServer => (
            "untrusted_server",
            "Nothing that is trusted vouches for the authentication server.",
            "Do not connect unless whoever runs the network confirms its certificate; then name its authority in the profile.",
        ),
        OneXFailure::SelfSigned => (
            "self_signed",
            "The authentication server's certificate is vouched for by nobody but itself.",
            "Do not connect unless whoever runs the network confirms its fingerprint; then name that in the profile.",
        ),
        OneXFailure::ServerExpired => (
            "server_expired",
            "The authentication server's certificate is not valid at this time.",
            "Check this machine's clock; if it is right, whoever runs the network must renew the certificate.",
        ),
        OneXFailure::WrongServerName => (
            "wrong_server_name",
            "The authentication server's certificate is for another name.",
            "Do not connect unless whoever runs the network confirms the name; then correct it in the profile.",
        ),
        OneXFailure::NotPinned => (
            "not_pinned",
            "The authentication server's certificate is not the one that the profile names.",
            "Ask whoever runs the network whether the certificate was renewed, and for the fingerprint of the new one.",
        ),
        OneXFailure::Revoked => (
            "revoked",
            "The authority of the authentication server's certificate has revoked it.",
            "Do not connect. Tell whoever runs the network: somebody may have stolen the server's key.",
        ),
        OneXFailure::NoStaple => (
            "no_staple",
            "The authentication server does not show a valid word of its authority that its certificate is not revoked.",
            "Have whoever runs the server enable OCSP stapling, or see why its answers are not renewed.",
        ),
        OneXFailure::UnfitCertificate => (
            "unfit_certificate",
            "The authentication server's certificate is not for servers, or cannot be understood.",
            "Have whoever runs the server get another one, with the extended key usage of TLS servers.",
        ),
        OneXFailure::NoSafeTls => (
            "no_safe_tls",
            "The authentication server has no TLS, cipher or signature that is safe, or does not say what it lacks.",
            "The server's operator can enable TLS 1.2 or 1.3 with ECDHE, AES-GCM and SHA-256; the details say what is missing.",
        ),
        OneXFailure::ClientCertificate => (
            "client_certificate",
            "The authentication server does not accept the user's certificate.",
            "Check that it has not expired, and that the server's operator trusts its authority.",
        ),
        OneXFailure::EarlySuccess => (
            "early_success",
            "The authentication server claimed a success before it had proved itself.",
            "Do not connect: somebody may be playing this network, without knowing its users' passwords.",
        ),
        OneXFailure::SkippedInside => (
            "skipped_inside",
            "The authentication server claimed a success without what is to be proved inside its tunnel.",
            "Do not connect: somebody may be playing this network, without knowing its users' passwords.",
        ),
        OneXFailure::Restarted => (
            "restarted",
            "The authentication was given up: the server began it again in its middle.",
            "Try again; if it stays so, somebody else may speak in between, or the server is to be mended by its operator.",
        ),
        OneXFailure::Endless => (
            "endless",
            "The authentication was given up: the server did not come to an end.",
            "Try again; if it stays so, the server's operator can mend it.",
        ),
        OneXFailure::Unbound => (
            "unbound",
            "The authentication server does not bind its tunnel to what was proved inside.",
            "Have the server's operator enable cryptographic binding, or allow the profile to do without.",
        ),
        OneXFailure::Impostor => (
            "impostor",
            "The authentication server did not prove that it is the right one.",
            "Do not connect: somebody may be playing this network.",
        ),
        OneXFailure::NoCommonMethod => (
            "no_common_method",
            "The authentication server wants an EAP method that the profile does not have.",
            "Ask whoever runs the network which method it wants, and name that one.",
        ),
        OneXFailure::Unanswered => (
            "unanswered",
            "A question of the authentication was not answered.",
            "Connect again, and answer.",
        ),
        OneXFailure::UserLeft => (
            "user_left",
            "The user has left, and nothing is done in their name any more.",
            "Connect again, and answer.",
        ),
        OneXFailure::MissingCredential => (
            "missing_credential",
            "The profile lacks a credential that the authentication needs.",
            "Add it to the profile, or connect where somebody can be asked.",
        ),
        OneXFailure::NoKeys => (
            "no_keys",
            "The EAP method makes no keys, so that nothing could protect the connection.",
            "Use another method; this one is for networks with wires.",
        ),
        OneXFailure::Protocol => (
            "protocol",
            "The authentication was given up: the server broke the protocol.",
            "The details, in `connect` the event `onex_completed`, say what was wrong; the server's operator can mend it.",
        ),
    };
    Words {
        name,
        sentence,
        next_step,
    }
}
