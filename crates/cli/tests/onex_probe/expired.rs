//! The change of a password that has expired, at FreeRADIUS.

use std::fs;

use portcullis_tests::freeradius::{FreeRadius, PASSWORD, Setup};

use super::{ALICE, BELIEVING, Login, field, freeradius, record};

/// The methods that change a password.
const METHODS: [&str; 3] = ["mschapv2", "peap", "ttls-eap-mschapv2"];
/// Where the password to change to is.
const CHANGING: [&str; 2] = ["--new-password-file", "new"];
/// What FreeRADIUS 3 does not do.
const UNBOUND: &str = "--without-crypto-binding";
const NEW: &str = "bandersnatch";
const ALICE_ANEW: Login = Login {
    password: "new",
    ..ALICE
};

/// A server at which the user's password has expired, and the file with a new one.
fn server(name: &str) -> Option<FreeRadius> {
    let setup = Setup {
        expired: true,
        ..Setup::default()
    };
    let server = freeradius(&format!("expired-{name}"), &setup)?;
    fs::write(server.directory().join("new"), NEW).unwrap();
    Some(server)
}

/// The password that the server has.
fn known(server: &FreeRadius) -> String {
    fs::read_to_string(server.directory().join("account-password")).unwrap()
}

#[test]
fn an_expired_password_is_changed_and_the_new_one_lets_in() {
    for method in METHODS {
        let Some(server) = server(method) else { return };
        let options = [&BELIEVING[..], &[UNBOUND]].concat();
        // Nobody has said what to change it to.
        let refused = record(&server, 3, method, ALICE, &options);
        assert_eq!(*field(&refused, "why"), "password_expired", "{method}: {refused}");
        let step = field(&refused, "next_step").as_str().unwrap();
        assert!(step.contains("--new-password-file"), "{step}");
        assert_eq!(known(&server), PASSWORD);

        let changed = record(&server, 0, method, ALICE, &[&options[..], &CHANGING].concat());
        assert_eq!(*field(&changed, "outcome"), "let_in", "{method}: {changed}");
        assert_eq!(*field(&changed, "keys_match"), true, "{method}: {changed}");
        assert_eq!(known(&server), NEW, "{method}");

        let anew = record(&server, 0, method, ALICE_ANEW, &options);
        assert_eq!(*field(&anew, "outcome"), "let_in", "{method}: {anew}");
        let old = record(&server, 3, method, ALICE, &[&options[..], &CHANGING].concat());
        assert_eq!(*field(&old, "why"), "credentials", "{method}: {old}");
    }
}
