//! Questions about profiles, networks and users.

use crate::support::air::{self, AP, STRANGER};
use crate::support::calls::Question;
use crate::support::{Lab, NOW, refused};
use ihv::{BssEntry, BssType, Guid, HostAdapter, ProfileParameters, Reason, Refused, Rule, UiRequest, Win32Error};
use portcullis_host::NetworkProfile;

const NOBODY: HostAdapter = HostAdapter(99);
const REFUSAL: Refused = Refused {
    error: Win32Error::INVALID_DATA,
    reason: Reason::ihv(7),
};

fn parameters() -> ProfileParameters {
    ProfileParameters {
        ssids: vec![air::SSID.to_vec()],
        bss_type: BssType::Infrastructure,
    }
}

/// The network of the profile, twice, and one of another name.
fn networks() -> [BssEntry; 3] {
    let weak = BssEntry {
        rssi: -80,
        ..air::bss(STRANGER)
    };
    let mut foreign = air::bss(AP);
    // The first octet of the name.
    foreign.beacon[14] ^= 1;
    [weak, foreign, air::bss(AP)]
}

#[test]
fn a_profile_is_validated_by_the_extension_and_its_refusal_comes_back_unchanged() {
    let mut lab = Lab::new();
    let adapter = lab.adapter;
    assert_eq!(lab.host.validate_profile(adapter, &air::profile()), Ok(()));
    assert_eq!(lab.extension.questions(), [Question::Validate(adapter, parameters())]);
    lab.extension.refuse_questions(REFUSAL);
    assert_eq!(lab.host.validate_profile(adapter, &air::profile()), Err(REFUSAL));
    assert!(lab.commands().is_empty() && lab.kinds().is_empty());
}

#[test]
fn a_profile_is_matched_with_the_networks_of_its_name_the_strongest_first() {
    let mut lab = Lab::new();
    let adapter = lab.adapter;
    let matched = lab.host.capability_match(adapter, &air::profile(), &networks());
    assert_eq!(matched, Ok(()));
    let [weak, _, strong] = networks();
    let seen = vec![strong, weak.clone()];
    assert_eq!(
        lab.extension.questions(),
        [Question::Match(adapter, parameters(), seen)]
    );

    let profile = NetworkProfile {
        bssid: Some(STRANGER),
        ..air::profile()
    };
    lab.extension.refuse_questions(REFUSAL);
    let matched = lab.host.capability_match(adapter, &profile, &networks());
    assert_eq!(matched, Err(REFUSAL));
    assert_eq!(
        lab.extension.questions(),
        [Question::Match(adapter, parameters(), vec![weak])]
    );
}

#[test]
fn profiles_are_discovered_for_networks_of_every_name() {
    let mut lab = Lab::new();
    let adapter = lab.adapter;
    let found = lab.host.discovery_profiles(adapter, true, &parameters(), &networks());
    let [profile] = &found.unwrap()[..] else {
        panic!("the extension proposes one");
    };
    assert_eq!(profile.security.xml, air::profile().security.xml);
    let asked = Question::Discover(adapter, true, parameters(), networks().to_vec());
    assert_eq!(lab.extension.questions(), [asked]);
    lab.extension.refuse_questions(REFUSAL);
    let found = lab.host.discovery_profiles(adapter, false, &parameters(), &[]);
    assert_eq!(found.err(), Some(REFUSAL));
}

#[test]
fn whether_a_question_to_the_user_still_waits_is_for_the_extension_to_say() {
    let mut lab = Lab::new();
    let (adapter, id) = (lab.adapter, Guid(5));
    let request = UiRequest {
        session_id: u32::MAX,
        id,
        page: Guid(6),
        data: Vec::new(),
    };
    lab.inside(move |host| host.send_ui_request(adapter, &request)).unwrap();
    assert_eq!(lab.host.is_ui_request_pending(id), Ok(true));
    assert_eq!(lab.extension.questions(), [Question::Pending(id)]);
    lab.extension.refuse_questions(REFUSAL);
    assert_eq!(lab.host.is_ui_request_pending(id), Err(REFUSAL.error));
}

#[test]
fn no_question_is_asked_about_an_adapter_that_is_not_there() {
    let mut lab = Lab::new();
    let nobody = Err(refused(Win32Error::INVALID_HANDLE));
    lab.host.remove_adapter(NOW, lab.adapter);
    for adapter in [NOBODY, lab.adapter] {
        assert_eq!(lab.host.validate_profile(adapter, &air::profile()), nobody);
        assert_eq!(lab.host.capability_match(adapter, &air::profile(), &[]), nobody);
        let found = lab.host.discovery_profiles(adapter, false, &parameters(), &[]);
        assert_eq!(found.map(drop), nobody);
    }
    assert_eq!(lab.extension.questions(), []);
}

#[test]
fn r09_a_refusal_to_a_question_that_carries_success_is_reported_and_is_one_all_the_same() {
    let mut lab = Lab::new();
    let adapter = lab.adapter;
    let internal = Err(refused(Win32Error::INTERNAL_ERROR));
    for (error, reason) in [
        (Win32Error::SUCCESS, Reason::UNKNOWN),
        (Win32Error::INVALID_DATA, Reason::SUCCESS),
    ] {
        lab.extension.refuse_questions(Refused { error, reason });
        assert_eq!(lab.host.validate_profile(adapter, &air::profile()), internal);
        assert_eq!(lab.host.capability_match(adapter, &air::profile(), &[]), internal);
        let found = lab.host.discovery_profiles(adapter, false, &parameters(), &[]);
        assert_eq!(found.map(drop), internal);
        assert_eq!(lab.broken(), [Rule::R09; 3]);
    }
}
