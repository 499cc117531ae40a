//! What a verdict says to a person: why, and what to do next.

use std::fmt;

use frame::codes::StatusCode;
use frame::eapol_key::MessageName;

use super::eap::Alert;
use super::operation::{SaeStep, Sender};
use super::outcome::{Compared, Finding, Missing, Outcome, Remark, Verdict};

const CAPTURE_CLOSER: &str = "Capture closer to the access point, from before the association on.";

impl Verdict {
    /// What to do next, in a sentence.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        use MessageName::{FourWay1, FourWay2, FourWay3};
        if self.capture_lost_frames() && self.outcome() == Outcome::Incomplete {
            return CAPTURE_CLOSER;
        }
        match self.finding {
            Finding::Authorized { .. } | Finding::Transition { .. } => {
                "Nothing: if data does not flow, look above the link (DHCP, routing)."
            }
            Finding::AuthenticationRefused { status, .. } | Finding::AssociationRefused { status, .. } => {
                advice_on_refusal(status)
            }
            Finding::WrongTransitionKey { .. } => {
                "Compare mobility domain, key holders and keys of the access points that the station moves between."
            }
            Finding::TransitionUnanswered { .. } => {
                "Look into the log of the access point that the station goes to: it may have refused the MIC; or capture \
                 closer to it."
            }
            Finding::NoGroupKey { delivered: false, .. } => {
                "Look into the access point's log why it does not go on; or capture closer to it."
            }
            Finding::NoGroupKey { delivered: true, .. } => {
                "The station may have refused the group key (its log says why): look whether it can do the group cipher, \
                 and with TKIP also RC4."
            }
            Finding::ConfirmRefused { .. } => {
                "Compare the password on the station with the access point's, character by character; with password \
                 identifiers, also those. If they are the same, look for somebody who sends in the other's name."
            }
            Finding::SaeUnfinished {
                sender: Sender::Station,
                step: SaeStep::Confirm,
                ..
            } => {
                "A wrong password on the station is the usual cause where the access point keeps silent after the confirm; \
                 its log tells. Otherwise capture closer to the access point."
            }
            Finding::SaeUnfinished {
                sender: Sender::Station,
                ..
            } => {
                "The access point does not answer: look whether it offers SAE with this group and method, and at its \
                 signal."
            }
            Finding::SaeUnfinished {
                sender: Sender::AccessPoint,
                step: SaeStep::Confirm,
                ..
            } => "The station may have refused the confirm, which a wrong password explains: its log tells.",
            Finding::SaeUnfinished {
                sender: Sender::AccessPoint,
                ..
            } => "The station does not go on: look at its log, its driver and its signal.",
            Finding::EapRefused {
                alert:
                    Some(Alert {
                        sender: Sender::Station,
                        ..
                    }),
                ..
            } => {
                "The station does not accept the server: compare the server's certificate with what the station is told \
                 to trust."
            }
            Finding::EapRefused { .. } => {
                "Check identity, certificate and password, and read the authentication server's log."
            }
            Finding::ElementMismatch {
                sender: Sender::AccessPoint,
                ..
            } => {
                "Somebody may be announcing weaker security in the access point's name: look for a second transmitter \
                 of this BSSID, then compare with the access point's configuration."
            }
            Finding::ElementMismatch {
                sender: Sender::Station,
                ..
            } => "The station must repeat the element of its association request: update its supplicant or driver.",
            Finding::WrongSecret { accepted: false, .. } => {
                "Compare the passphrase on the station with the access point's, character by character."
            }
            Finding::WrongSecret { accepted: true, .. } => {
                "Give inspect the secret of this network: station and access point agree with each other."
            }
            Finding::Disconnected {
                after, secret_proved, ..
            }
            | Finding::Stopped { after, secret_proved } => match after {
                Some(FourWay1) => "The station does not answer: look at its log, its driver and its signal.",
                Some(FourWay2) if !secret_proved => {
                    "A wrong passphrase on the station is the usual cause: give inspect the right one with --ssid and \
                     --passphrase, and the MIC of message 2 will prove it. Otherwise capture closer to the access point."
                }
                Some(FourWay2) => "The secret is right: look into the access point's log why it does not go on.",
                Some(FourWay3) => {
                    "The station does not confirm message 3: it may have refused it (its log says why), or the answer \
                     was lost on the way to whoever captured."
                }
                _ => CAPTURE_CLOSER,
            },
            Finding::Unverified {
                missing: Missing::AnySecret,
            } => "Give the network's secret (--ssid with --passphrase, or --pmk) to have every MIC verified.",
            Finding::Unverified {
                missing: Missing::SecretForThis,
            } => {
                "Give a secret for this network; where the PMK is new each time (802.1X, SAE, OWE), give it with --pmk."
            }
            Finding::Unverified {
                missing: Missing::Inputs,
            } => "Capture from before the association on, with a beacon of the network.",
        }
    }

    fn capture_lost_frames(&self) -> bool {
        let lost = |remark: &Remark| matches!(remark, Remark::DataFollows { .. } | Remark::SealedDataFollows { .. });
        self.remarks.iter().any(lost)
    }
}

/// Why: one sentence for the finding and one for each remark.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.fmt(f)?;
        self.remarks.iter().try_for_each(|remark| write!(f, " {remark}"))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authorized { frame } => write!(
                f,
                "The 4-way handshake is complete with message 4 in frame {frame}: its MICs verify under the secret given."
            ),
            Self::NoGroupKey {
                frame,
                delivered: false,
            } => write!(
                f,
                "The 4-way handshake is complete with message 4 in frame {frame}, but the group key, which WPA delivers \
                 after it, never came."
            ),
            Self::NoGroupKey { frame, delivered: true } => write!(
                f,
                "The 4-way handshake is complete, but the station did not confirm the group key in frame {frame}, which \
                 WPA delivers after it."
            ),
            Self::Transition { frame } => write!(
                f,
                "The fast transition is complete in frame {frame}: the MICs of request and response verify under the \
                 secret given."
            ),
            Self::WrongTransitionKey { frame } => write!(
                f,
                "The MIC in the access point's answer in frame {frame} is wrong, although the station's is right: the \
                 access point has another key for this transition."
            ),
            Self::TransitionUnanswered { frame } => write!(
                f,
                "The access point did not answer the reassociation request in frame {frame}."
            ),
            Self::AuthenticationRefused { frame, status } => {
                write!(
                    f,
                    "The access point refused the authentication in frame {frame} with status {status}."
                )
            }
            Self::ConfirmRefused { frame, sender, status } => write!(
                f,
                "{} refused the other end's SAE confirm in frame {frame} with status {status}, which says that the two \
                 ends do not have the same password. That is claimed and not proved: the frame has no MIC, and anybody \
                 could have sent it.",
                capitalised(*sender)
            ),
            Self::SaeUnfinished { frame, sender, step } => write!(
                f,
                "SAE was not completed: nothing followed what {sender} sent in frame {frame} ({step})."
            ),
            Self::AssociationRefused { frame, status } => {
                write!(
                    f,
                    "The access point refused the association in frame {frame} with status {status}."
                )
            }
            Self::EapRefused { frame, alert: None } => write!(
                f,
                "The authentication server refused the station: EAP-Failure in frame {frame}."
            ),
            Self::EapRefused {
                frame,
                alert: Some(alert @ Alert { sender, .. }),
            } => write!(
                f,
                "The authentication failed in the setting up of TLS: {sender} sent {alert}, and EAP-Failure followed in \
                 frame {frame}."
            ),
            Self::ElementMismatch {
                frame,
                sender: Sender::AccessPoint,
                element,
            } => write!(
                f,
                "The {} in message 3 (frame {frame}) is not the one that the access point announces in its beacons: a \
                 possible downgrade, which the station must refuse.",
                element_name(*element)
            ),
            Self::ElementMismatch {
                frame,
                sender: Sender::Station,
                element,
            } => write!(
                f,
                "The {} in message 2 (frame {frame}) is not the one of the association request, which the access point \
                 must refuse.",
                element_name(*element)
            ),
            Self::WrongSecret { frame, accepted: false } => write!(
                f,
                "The MIC in frame {frame} proves that the station does not hold the secret given, and the access point \
                 did not go on."
            ),
            Self::WrongSecret { frame, accepted: true } => write!(
                f,
                "The MIC in frame {frame} proves that the two ends use another secret than the one given: the access \
                 point accepted the frame."
            ),
            Self::Disconnected {
                frame,
                sender,
                reason,
                after,
                ..
            } => {
                write!(
                    f,
                    "{} disconnected in frame {frame} with reason {reason}, ",
                    capitalised(*sender)
                )?;
                match after {
                    Some(name) => write!(f, "after {}.", spoken(*name)),
                    None => f.write_str("before the 4-way handshake began."),
                }
            }
            Self::Stopped { after, .. } => f.write_str(match after {
                None => "Message 1 of the 4-way handshake never came.",
                Some(MessageName::FourWay1) => "Message 2 never came: the station did not answer message 1.",
                Some(MessageName::FourWay2) => "Message 3 never came.",
                Some(MessageName::FourWay3) => "Message 4 never came.",
                Some(_) => "Message 4 is there, but the handshake before it is not whole in the capture.",
            }),
            Self::Unverified { missing } => f.write_str(match missing {
                Missing::AnySecret => "The messages are complete, but without a secret their MICs cannot be verified.",
                Missing::SecretForThis => {
                    "The messages are complete, but no secret given leads to a key of this network, so that their MICs \
                     cannot be verified."
                }
                Missing::Inputs => {
                    "The messages are complete, but the capture lacks what a key is derived from besides the secret: \
                     the SSID, a nonce, or the suite."
                }
            }),
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCaptured(name) => write!(f, "{} is not in the capture.", capitalise(spoken(*name))),
            Self::DataFollows { frame, frames } => write!(
                f,
                "Data is encrypted under the derived key from frame {frame} on ({frames} frames), so the port did open \
                 and the capture has lost the rest."
            ),
            Self::SealedDataFollows { frame } => write!(
                f,
                "Encrypted data follows from frame {frame} on, so the port did open and the capture has lost the rest."
            ),
            Self::RekeyUnfinished { frame, after } => {
                write!(f, "A later handshake ends with {} in frame {frame}.", spoken(*after))
            }
            Self::Replayed { frame, name } => write!(
                f,
                "{} in frame {frame} carries a replay counter that had been used: it was replayed or forged.",
                capitalise(spoken(*name))
            ),
            Self::InvalidMics { frames: 1, first } => {
                write!(f, "The MIC in frame {first} verifies under no secret given.")
            }
            Self::InvalidMics { frames, first } => {
                write!(
                    f,
                    "{frames} MICs verify under no secret given, the first in frame {first}."
                )
            }
            Self::Left { frame, sender, reason } => {
                write!(f, "Later, {sender} disconnected in frame {frame} with reason {reason}.")
            }
            Self::ForgedDisconnection { frame } => write!(
                f,
                "From frame {frame} on, unprotected frames ask to disconnect; management frames are protected here, so \
                 they do not count."
            ),
            Self::BeaconsProved { frames } => {
                write!(f, "The MIC of {frames} beacons is right: beacons are protected here.")
            }
            Self::ForgedBeacons { first, frames } => write!(
                f,
                "{frames} beacons, the first in frame {first}, have no MIC, a wrong one, or one that had been used, \
                 although beacons are protected here: somebody forged or repeated them."
            ),
            Self::KeptKey { frame } => write!(
                f,
                "The station named a PMK of an earlier authentication in frame {frame}, and the access point used it: \
                 nobody was authenticated anew."
            ),
            Self::KeyNotKept { frame } => write!(
                f,
                "The station named a PMK of an earlier authentication in frame {frame}, which the access point did not \
                 use: another one was agreed on."
            ),
            Self::Unlisted(steps) => write!(f, "{steps} more frames are not listed."),
        }
    }
}

const fn spoken(name: MessageName) -> &'static str {
    match name {
        MessageName::FourWay1 => "message 1",
        MessageName::FourWay2 => "message 2",
        MessageName::FourWay3 => "message 3",
        MessageName::FourWay4 => "message 4",
        MessageName::Group1 => "group message 1",
        MessageName::Group2 => "group message 2",
        MessageName::Request => "a key request",
        MessageName::Error => "a MIC failure report",
    }
}

const fn element_name(element: Compared) -> &'static str {
    match element {
        Compared::Rsne => "RSN element",
        Compared::Rsnxe => "RSN extension element",
        Compared::Wpa => "WPA element",
    }
}

/// What to do about a refusal whose status says what was wrong.
const fn advice_on_refusal(status: StatusCode) -> &'static str {
    match status {
        StatusCode::REFUSED_TEMPORARILY => {
            "Wait and try again: an access point that still holds an association of this station asks the station \
             itself first (SA Query)."
        }
        StatusCode::ROBUST_MANAGEMENT_POLICY_VIOLATION => {
            "Have both ends agree on management frame protection: one requires it, and the other does not have it or has \
             it switched off."
        }
        StatusCode::INVALID_GROUP_CIPHER
        | StatusCode::INVALID_PAIRWISE_CIPHER
        | StatusCode::INVALID_AKMP
        | StatusCode::CIPHER_OUT_OF_POLICY => {
            "Compare the suites that the station asks for with those that the access point offers and its policy demands."
        }
        StatusCode::INVALID_PMKID => {
            "The access point has forgotten the key that the station names, or never had it: the station must fall back \
             to a full authentication. In a fast transition, look whether the key holders reach each other."
        }
        StatusCode::INVALID_MDE | StatusCode::INVALID_FTE | StatusCode::R0KH_UNREACHABLE => {
            "Compare mobility domain, key holders and keys of the access points that the station moves between."
        }
        StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP => {
            "Have both ends accept one group in common: every station must have group 19."
        }
        StatusCode::UNKNOWN_PASSWORD_IDENTIFIER => {
            "Give the access point a password with this identifier, or the station the right identifier."
        }
        _ => "Look up the status in the access point's log: its limits, filters and required capabilities decide.",
    }
}

fn capitalised(sender: Sender) -> &'static str {
    match sender {
        Sender::Station => "The station",
        Sender::AccessPoint => "The access point",
    }
}

fn capitalise(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::codes::ReasonCode;

    #[test]
    fn a_verdict_reads_as_sentences() {
        let verdict = Verdict {
            finding: Finding::Disconnected {
                frame: 9,
                sender: Sender::AccessPoint,
                reason: ReasonCode(0xffff),
                after: Some(MessageName::FourWay2),
                secret_proved: false,
            },
            remarks: vec![Remark::NotCaptured(MessageName::FourWay1)],
        };
        assert_eq!(
            verdict.to_string(),
            "The access point disconnected in frame 9 with reason 65535, after message 2. Message 1 is not in the \
             capture."
        );
        assert_eq!(verdict.outcome(), Outcome::Rejected);
        assert!(verdict.advice().contains("wrong passphrase"));
    }
}
