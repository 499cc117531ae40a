//! SAE as an observer sees it (IEEE 802.11-2020, 12.4.7): commit and confirm say nothing of the password to anybody who
//! does not know it, but their order and their status tell how far the two ends have come.

use std::fmt;

use frame::codes::StatusCode;
use frame::dot11::Authentication;
use frame::sae::{self, COMMIT, CONFIRM, Commit, Method};

use super::operation::{RejectedGroups, SaeStep};

impl SaeStep {
    /// What a frame says. `None` if it is of another algorithm, or refuses.
    pub(super) fn read(frame: &Authentication<'_>) -> Option<Self> {
        if frame.algorithm != Authentication::SAE {
            return None;
        }
        let group = sae::group(frame.body).ok();
        match (frame.sequence, frame.status) {
            (COMMIT, StatusCode::ANTI_CLOGGING_TOKEN_REQUIRED) => Some(Self::TokenRequest),
            (COMMIT, StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP) => Some(Self::GroupRefused { group }),
            (COMMIT, status) => {
                // A public key (SAE-PK) changes the password, not the method.
                let method = match status {
                    StatusCode::SAE_PK => Method::HashToElement,
                    status => Method::of(status)?,
                };
                // A group that is not known here hides the fields behind it.
                let commit = Commit::parse(frame.body, method).ok();
                let h2e = commit.and_then(|commit| commit.h2e);
                Some(Self::Commit {
                    group: group?,
                    hash_to_element: method == Method::HashToElement,
                    token: commit.is_some_and(|commit| commit.token.is_some()),
                    password_id: h2e.is_some_and(|h2e| h2e.password_id.is_some()),
                    rejected: RejectedGroups::new(
                        h2e.and_then(|h2e| h2e.rejected_groups)
                            .into_iter()
                            .flat_map(|groups| groups.iter()),
                    ),
                })
            }
            (CONFIRM, StatusCode::SUCCESS) => Some(Self::Confirm),
            _ => None,
        }
    }

    /// Whether a frame refuses the confirm before it: the two ends do not have the same password.
    ///
    /// The standard's status for that is 15. Access points are in use that send 1 (hostapd up to 2.10); a confirm has
    /// nothing else in it that could be refused.
    pub(super) fn refutes_password(algorithm: u16, sequence: u16, status: StatusCode) -> bool {
        (algorithm, sequence) == (Authentication::SAE, CONFIRM)
            && matches!(status, StatusCode::CHALLENGE_FAILURE | StatusCode::UNSPECIFIED_FAILURE)
    }
}

impl fmt::Display for SaeStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit {
                group,
                hash_to_element,
                token,
                password_id,
                rejected,
            } => {
                write!(f, "commit, group {group}")?;
                let said = [
                    (*hash_to_element, ", hash-to-element"),
                    (*token, ", with the token"),
                    (*password_id, ", with a password identifier"),
                ];
                said.into_iter()
                    .filter(|(is_said, _)| *is_said)
                    .try_for_each(|(_, words)| f.write_str(words))?;
                let mut rejected = rejected.iter();
                if let Some(first) = rejected.next() {
                    write!(f, ", refused before: {first}")?;
                }
                rejected.try_for_each(|group| write!(f, ", {group}"))
            }
            Self::Confirm => f.write_str("confirm"),
            Self::TokenRequest => f.write_str("asks for its anti-clogging token"),
            Self::GroupRefused { group: Some(group) } => write!(f, "does not support group {group}"),
            Self::GroupRefused { group: None } => f.write_str("does not support the group"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(algorithm: u16, sequence: u16, status: u16, body: &[u8]) -> Option<SaeStep> {
        let status = StatusCode(status);
        SaeStep::read(&Authentication {
            algorithm,
            sequence,
            status,
            body,
        })
    }

    #[test]
    fn sequence_and_status_tell_what_a_frame_says() {
        let commit = |group, hash_to_element| SaeStep::Commit {
            group,
            hash_to_element,
            token: false,
            password_id: false,
            rejected: RejectedGroups::default(),
        };
        for (sequence, status, body, expected) in [
            (1, 0, &[19, 0, 1, 2][..], Some(commit(19, false))),
            (1, 126, &[20, 0], Some(commit(20, true))),
            (1, 127, &[21, 0], Some(commit(21, true))),
            (1, 76, &[19, 0, 7, 7], Some(SaeStep::TokenRequest)),
            (1, 77, &[21, 0], Some(SaeStep::GroupRefused { group: Some(21) })),
            (1, 77, &[], Some(SaeStep::GroupRefused { group: None })),
            (2, 0, &[1, 0, 9], Some(SaeStep::Confirm)),
            (1, 0, &[19], None),
            (1, 1, &[19, 0], None),
            (2, 15, &[], None),
            (3, 0, &[19, 0], None),
        ] {
            assert_eq!(read(3, sequence, status, body), expected, "{sequence}, {status}");
        }
        assert_eq!(read(0, 1, 0, &[19, 0]), None);
    }

    #[test]
    fn a_commit_is_told_with_its_token_and_its_password_identifier() {
        let hunting = [&[19, 0, 7, 7][..], &[1; 96]].concat();
        let step = read(3, 1, 0, &hunting).unwrap();
        assert_eq!(step.to_string(), "commit, group 19, with the token");
        let identifier = [255, 3, 33, b'i', b'd'];
        let direct = [&[19, 0][..], &[1; 96], &identifier].concat();
        let step = read(3, 1, 126, &direct).unwrap();
        assert_eq!(
            step.to_string(),
            "commit, group 19, hash-to-element, with a password identifier"
        );
        let refused = [255, 5, 92, 21, 0, 20, 0];
        let direct = [&[19, 0][..], &[1; 96], &refused].concat();
        let step = read(3, 1, 126, &direct).unwrap();
        assert_eq!(
            step.to_string(),
            "commit, group 19, hash-to-element, refused before: 21, 20"
        );
    }

    #[test]
    fn only_the_refusal_of_a_confirm_speaks_of_the_password() {
        let refutes = |algorithm, sequence, status| SaeStep::refutes_password(algorithm, sequence, StatusCode(status));
        assert!(refutes(3, 2, 15) && refutes(3, 2, 1));
        assert!(!refutes(3, 1, 15) && !refutes(3, 2, 30) && !refutes(1, 2, 15));
    }
}
