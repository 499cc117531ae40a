//! What comes before the handshake: authentication, association, and their refusals.

use frame::codes::StatusCode;
use frame::dot11::FtStep;
use frame::element::id;
use ihv::Proof;

use super::super::air::{self, Air};
use super::super::*;
use super::{finding, one};

/// The steps of SAE, in words.
fn sae_steps(operation: &Operation) -> Vec<String> {
    let sae = |step: &Step| match step.event {
        Event::Authentication { sae, .. } => sae.map(|sae| sae.to_string()),
        _ => None,
    };
    operation.steps.iter().filter_map(sae).collect()
}

#[test]
fn the_steps_of_sae_are_told_and_a_token_or_another_group_is_no_refusal() {
    use Sender::{AccessPoint, Station};
    let air = Air::new()
        .beacon()
        .sae(Station, 1, 126, &[20, 0])
        .sae(AccessPoint, 1, 77, &[20, 0])
        .sae(Station, 1, 126, &[19, 0])
        .sae(AccessPoint, 1, 76, &[19, 0, 1, 2])
        .sae(Station, 1, 126, &[19, 0])
        .sae(AccessPoint, 1, 126, &[19, 0])
        .sae(Station, 2, 0, &[1, 0])
        .sae(AccessPoint, 2, 0, &[1, 0]);
    let operation = one(air.request().respond(StatusCode::SUCCESS).handshake(1).operations());
    assert_eq!(operation.verdict.outcome(), Outcome::Authorized);
    assert_eq!(
        sae_steps(&operation),
        [
            "commit, group 20, hash-to-element",
            "does not support group 20",
            "commit, group 19, hash-to-element",
            "asks for its anti-clogging token",
            "commit, group 19, hash-to-element",
            "commit, group 19, hash-to-element",
            "confirm",
            "confirm",
        ]
    );
}

#[test]
fn a_refused_confirm_says_that_the_password_is_another_one_which_nothing_proves() {
    use Sender::{AccessPoint, Station};
    let committed = || {
        Air::new()
            .beacon()
            .sae(Station, 1, 0, &[19, 0])
            .sae(AccessPoint, 1, 0, &[19, 0])
            .sae(Station, 2, 0, &[1, 0])
    };
    for status in [15, 1] {
        let refused = one(committed().sae(AccessPoint, 2, status, &[]).operations()).verdict;
        let (frame, sender, status) = (5, AccessPoint, StatusCode(status));
        assert_eq!(refused.finding, Finding::ConfirmRefused { frame, sender, status });
        assert_eq!(refused.outcome(), Outcome::WrongSecret);
        assert_eq!(
            refused.shared(),
            Some(host::outcome::Outcome::WrongSecret(Proof::Suspected))
        );
        assert!(refused.to_string().contains("claimed and not proved"), "{refused}");
    }
    let status = StatusCode(17);
    let refused = one(committed().sae(AccessPoint, 2, 17, &[]).operations()).verdict;
    assert_eq!(refused.finding, Finding::AuthenticationRefused { frame: 5, status });
    let status = StatusCode(15);
    let air = Air::new().beacon().sae(Station, 1, 0, &[19, 0]);
    let refused = one(air.sae(AccessPoint, 1, 15, &[]).operations()).verdict;
    assert_eq!(refused.finding, Finding::AuthenticationRefused { frame: 3, status });
}

#[test]
fn sae_without_an_end_says_what_was_not_answered() {
    use Sender::{AccessPoint, Station};
    let air = Air::new()
        .beacon()
        .sae(Station, 1, 0, &[19, 0])
        .sae(AccessPoint, 1, 0, &[19, 0])
        .sae(Station, 2, 0, &[1, 0]);
    let verdict = one(air.operations()).verdict;
    let (sender, step) = (Station, SaeStep::Confirm);
    assert_eq!(verdict.finding, Finding::SaeUnfinished { frame: 4, sender, step });
    assert_eq!(verdict.outcome(), Outcome::Incomplete);
    assert!(verdict.advice().contains("wrong password"), "{}", verdict.advice());
    let complete = air.sae(AccessPoint, 2, 0, &[1, 0]);
    let stopped = Finding::Stopped {
        after: None,
        secret_proved: false,
    };
    assert_eq!(finding(&complete), stopped, "it is the association that never came");
}

#[test]
fn a_group_that_nobody_supports_is_told_for_sae_and_for_owe() {
    use Sender::{AccessPoint, Station};
    let status = StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP;
    let air = Air::new()
        .beacon()
        .sae(Station, 1, 0, &[21, 0])
        .sae(AccessPoint, 1, 77, &[21, 0]);
    let verdict = one(air.operations()).verdict;
    assert_eq!(verdict.finding, Finding::AuthenticationRefused { frame: 3, status });
    assert_eq!(verdict.shared(), Some(host::outcome::Outcome::NoCommonGroup));

    let dh = [id::EXTENSION, 5, 32, 21, 0, 0xaa, 0xbb];
    let elements = [Air::new().rsne(), dh.to_vec()].concat();
    let air = Air::new()
        .beacon()
        .authenticate(StatusCode::SUCCESS)
        .request_with(&elements)
        .respond(status);
    let operation = one(air.operations());
    assert_eq!(
        operation.verdict.finding,
        Finding::AssociationRefused { frame: 5, status }
    );
    assert_eq!(operation.verdict.shared(), Some(host::outcome::Outcome::NoCommonGroup));
    let asked = operation.steps.iter().find_map(|step| match step.event {
        Event::AssociationRequest(request) => Some(request.describe("request")),
        _ => None,
    });
    assert_eq!(asked.as_deref(), Some("association request, OWE group 21"));
}

#[test]
fn a_refusal_for_management_frame_protection_says_what_to_do() {
    let air = Air::new()
        .beacon()
        .authenticate(StatusCode::SUCCESS)
        .request()
        .respond(StatusCode::ROBUST_MANAGEMENT_POLICY_VIOLATION);
    let verdict = one(air.operations()).verdict;
    assert_eq!(verdict.outcome(), Outcome::Rejected);
    assert!(verdict.advice().contains("management frame protection"));
}

#[test]
fn a_transition_over_the_ds_belongs_to_the_access_point_that_it_leads_to() {
    let status = StatusCode::INVALID_PMKID;
    let air = Air::new()
        .beacon()
        .transition_over_ds(1, &[])
        .transition_over_ds(2, &status.0.to_le_bytes());
    let operation = one(air.operations());
    assert_eq!((operation.bssid, operation.sta), (air::AP, air::STATION));
    let actions: Vec<_> = operation
        .steps
        .iter()
        .filter_map(|step| match step.event {
            Event::TransitionAction(what) => Some((step.sender, what)),
            _ => None,
        })
        .collect();
    assert_eq!(
        actions,
        [
            (Sender::Station, FtStep::Request),
            (Sender::AccessPoint, FtStep::Response(status)),
        ]
    );
    let finding = operation.verdict.finding;
    assert_eq!(finding, Finding::AuthenticationRefused { frame: 3, status });
    let shared = operation.verdict.shared();
    assert_eq!(shared, Some(host::outcome::Outcome::WrongTransitionKey));
}

#[test]
fn a_refusal_is_told_with_its_status() {
    let status = StatusCode(17);
    let air = Air::new().beacon().authenticate(status);
    assert_eq!(finding(&air), Finding::AuthenticationRefused { frame: 3, status });
    let air = Air::new()
        .beacon()
        .authenticate(StatusCode::SUCCESS)
        .request()
        .respond(status);
    assert_eq!(finding(&air), Finding::AssociationRefused { frame: 5, status });
}

#[test]
fn a_refused_request_and_the_next_one_are_two_operations() {
    let air = Air::new()
        .beacon()
        .authenticate(StatusCode::SUCCESS)
        .request()
        .respond(StatusCode(17));
    let air = air.request().respond(StatusCode::SUCCESS).handshake(1);
    let outcomes: Vec<_> = air
        .operations()
        .iter()
        .map(|operation| operation.verdict.outcome())
        .collect();
    assert_eq!(outcomes, [Outcome::Rejected, Outcome::Authorized]);
}

#[test]
fn a_repeated_request_is_the_same_operation() {
    let air = Air::new()
        .beacon()
        .authenticate(StatusCode::SUCCESS)
        .request()
        .again()
        .respond(StatusCode::SUCCESS);
    assert_eq!(finding(&air.again().handshake(1)), Finding::Authorized { frame: 11 });
}

#[test]
fn an_association_without_security_is_no_operation() {
    let air = Air::new()
        .beacon_with(&[])
        .authenticate(StatusCode::SUCCESS)
        .request_with(&[]);
    assert!(air.respond(StatusCode::SUCCESS).operations().is_empty());
    assert!(
        Air::new()
            .beacon_with(&[])
            .authenticate(StatusCode(13))
            .operations()
            .is_empty()
    );
}
