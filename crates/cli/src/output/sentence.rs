//! Each kind of event as a sentence for a person.

use core::fmt::Display;
use frame::StatusCode;
use host::event::{DropReason, Kind, Question, Text};

/// What happened, in words.
pub(crate) fn sentence(kind: &Kind) -> String {
    match kind {
        Kind::AdapterArrived { address, description } => format!("adapter arrives: {description}, {}", address.0),
        Kind::AdapterReset {} => "adapter is reset".into(),
        Kind::AdapterRemoved {} => "adapter is removed".into(),
        Kind::ExtensionRestarted {} => "extension is started again".into(),
        Kind::ScanStarted { ssid } => format!("scan for \"{}\"", ssid.escape_debug()),
        Kind::ScanCompleted { networks, matching } => {
            format!("scan completed: {networks} access points heard, {matching} of this network")
        }
        Kind::PreAssociationStarted {} => "pre-association operation begins".into(),
        Kind::PreAssociationCompleted { error, reason } if error.0.0 == 0 && *reason == 0 => {
            "pre-association operation completed".into()
        }
        Kind::PreAssociationCompleted { error, .. } => format!("pre-association operation failed: {}", error.0),
        Kind::AssociationStarted {
            ssid,
            akm,
            pairwise_cipher,
            group_cipher,
        } => format!(
            "associate with \"{}\": AKM {}, pairwise {}, group {}",
            ssid.escape_debug(),
            name(akm),
            name(pairwise_cipher),
            name(group_cipher)
        ),
        Kind::AuthenticationSent {
            algorithm,
            transaction,
            status,
        } => authentication(*algorithm, *transaction, status.0, "sent"),
        Kind::AuthenticationReceived {
            algorithm,
            transaction,
            status,
        } => authentication(*algorithm, *transaction, status.0, "received"),
        Kind::ActionSent { category, action } => format!("{} sent", action_name(*category, *action)),
        Kind::ActionReceived { category, action } => format!("{} received", action_name(*category, *action)),
        Kind::RoamStarted { from } => format!("roam: looks for another access point than {}", from.0),
        Kind::AccessPointPassedOver { outcome } => format!("access point passed over: {}", outcome.sentence()),
        Kind::RoamFailed { outcome } => format!("roam failed: {}", outcome.sentence()),
        Kind::AssociationRefused { status } => format!("access point refuses, status {}", status.0),
        Kind::PortCreated {
            authorized,
            names_key,
            unverified_beacons,
            ..
        } => {
            format!(
                "associated{}: data port created, {}{}",
                if *names_key { " with the name of a key" } else { "" },
                if *authorized { "open" } else { "closed" },
                match unverified_beacons {
                    true => "; the adapter can't tell forged beacons, which the access point protects",
                    false => "",
                }
            )
        }
        Kind::PostAssociationStarted {} => "post-association operation begins".into(),
        Kind::PostAssociationCompleted { error, .. } if error.0.0 == 0 => "post-association operation completed".into(),
        Kind::PostAssociationCompleted { error, .. } => format!("post-association operation failed: {}", error.0),
        Kind::PacketReceived { octets, .. } => format!("security packet of {octets} octets received"),
        Kind::PacketSent { octets, .. } => format!("security packet of {octets} octets sent"),
        Kind::PacketNotSent {} => "a security packet did not leave the adapter".into(),
        Kind::PacketRefused { message, ethertype, .. } => match message {
            Some(message) => format!("{} refused by the extension", message.0),
            None => format!("packet {ethertype:#06x} refused by the extension"),
        },
        Kind::PacketDropped { ethertype, why, .. } => format!("packet {ethertype:#06x} dropped: {}", dropped(*why)),
        Kind::PairwiseKeyInstalled { cipher, key_id } => {
            format!("pairwise key installed: {}, key {key_id}", name(cipher))
        }
        Kind::PairwiseKeyInUse { key_id } => format!("what is sent is encrypted under pairwise key {key_id}"),
        Kind::GroupKeyInstalled { cipher, key_id } => format!("group key installed: {}, key {key_id}", name(cipher)),
        Kind::KeyRemoved { pairwise, key_id } => {
            format!("{} key {key_id} removed", if *pairwise { "pairwise" } else { "group" })
        }
        Kind::UnencryptedExcluded { exclude: true } => "unencrypted data is excluded".into(),
        Kind::UnencryptedExcluded { exclude: false } => "unencrypted data is no longer excluded".into(),
        Kind::PortAuthorized {} => "PORT AUTHORISED: data may pass".into(),
        Kind::PortDeauthorized {} => "port closed: data may not pass".into(),
        Kind::PostAssociationStopped { .. } => "post-association operation stopped".into(),
        Kind::PortDeleted {} => "data port deleted, its keys wiped".into(),
        Kind::Disassociated { reason: Some(reason) } => format!("disassociated, reason {}", reason.0),
        Kind::Disassociated { reason: None } => "disassociated: access point lost".into(),
        Kind::RuleBroken { rule, call, error } => {
            format!(
                "RULE {} BROKEN by {call}: refused with {}. {}",
                rule.0,
                error.0,
                rule.0.text()
            )
        }
        Kind::Notification { source, code, .. } => format!("notification {code} of source {source:#x}"),
        Kind::UiRequested { request } => format!("the extension asks the user: {request}"),
        Kind::OnexStarted {} => "authentication by 802.1X begins".into(),
        Kind::OnexCompleted { successful: true, .. } => "authentication by 802.1X succeeded".into(),
        Kind::OnexCompleted { message, .. } => {
            format!(
                "authentication by 802.1X failed: {}",
                message.as_deref().unwrap_or("no reason is known")
            )
        }
        Kind::OnexStopped {} => "authentication by 802.1X given up".into(),
        Kind::ServerMessage { message } => format!("the server says: {message}"),
        Kind::CredentialsRequested { question, .. } => format!("the user is asked: {}", asked(question)),
        Kind::CredentialsSettled { .. } => "the user is not asked any more".into(),
        Kind::Traffic {
            sent,
            received,
            received_group,
            blocked,
            rejected,
        } => format!(
            "traffic: {sent} sent, {received} received, {received_group} group addressed, {blocked} blocked, {rejected} rejected"
        ),
        Kind::FrameObserved { frame, what, .. } => format!("frame {frame}: {what}"),
        Kind::Outcome(outcome) => format!("outcome: {}", outcome.sentence()),
    }
}

/// A question to the user, as a person would ask it.
pub(crate) fn asked(question: &Question) -> String {
    match question {
        Question::Identity { prompt } if prompt.is_empty() => "user name".into(),
        Question::Identity { prompt } => format!("user name ({prompt})"),
        Question::Password { again: false } => "password".into(),
        Question::Password { again: true } => "password (the one before was wrong)".into(),
        Question::NewPassword { message } => format!("new password, the old one has expired ({message})"),
        Question::Token { prompt } => format!("answer to the server's prompt ({prompt})"),
        Question::ServerTrust {
            subject,
            issuer,
            fingerprint,
        } => format!("trust this server? subject {subject}, issuer {issuer}, SHA-256 {fingerprint}"),
    }
}

/// An authentication frame in the words of its algorithm.
fn authentication(algorithm: u16, transaction: u16, status: StatusCode, way: &str) -> String {
    let what = match (algorithm, transaction) {
        (2, 1) => "fast transition request".into(),
        (2, 2) => "fast transition response".into(),
        (3, 1) => "SAE commit".into(),
        (3, 2) => "SAE confirm".into(),
        _ => format!("authentication frame {transaction} of algorithm {algorithm}"),
    };
    match status.0 {
        0 => format!("{what} {way}"),
        _ => format!("{what} {way}, status {status}"),
    }
}

/// An action frame in the words of its category (IEEE 802.11-2020, 9.6).
fn action_name(category: u8, action: u8) -> String {
    match (category, action) {
        (6, 1) => "fast transition request to the access point".into(),
        (6, 2) => "fast transition response by way of the access point".into(),
        (8, 0) => "SA query request".into(),
        (8, 1) => "SA query response".into(),
        (10, 7) => "BSS transition management request".into(),
        _ => format!("action frame {action} of category {category}"),
    }
}

fn name<T: Named + Display>(suite: &Option<Text<T>>) -> String {
    match suite {
        Some(Text(suite)) => suite.suite_name().map_or_else(|| suite.to_string(), str::to_owned),
        None => "none".into(),
    }
}

trait Named {
    fn suite_name(&self) -> Option<&'static str>;
}

impl Named for frame::Akm {
    fn suite_name(&self) -> Option<&'static str> {
        self.name()
    }
}

impl Named for frame::Cipher {
    fn suite_name(&self) -> Option<&'static str> {
        self.name()
    }
}

fn dropped(why: DropReason) -> &'static str {
    match why {
        DropReason::Backlog => "the backlog is full, and this was the oldest",
        DropReason::NoPort => "there is no port for its sender",
        DropReason::PortClosed => "the port is closed",
        DropReason::Unencrypted => "it came unencrypted, although its sender has the keys",
    }
}
