//! The lives: each one a small story that brings some of the rules up.

mod ending;
mod hosting;
mod joining;
mod packets;
mod tools;
mod users;

use crate::stage::Stage;
use crate::subject::Subject;

/// A life.
pub(crate) struct Life<S: Subject> {
    /// What a report calls it.
    pub name: &'static str,
    /// Lives it.
    pub run: fn(&mut Stage<'_, S>),
}

/// All lives, the simple ones first.
pub(crate) fn all<S: Subject>() -> Vec<Life<S>> {
    let life = |name, run| Life { name, run };
    vec![
        life("success", joining::success),
        life("refusal by the access point", joining::refusal),
        life("invalid profiles", joining::invalid_profiles),
        life("two adapters", joining::two_adapters),
        life("stop in mid-operation", ending::stop),
        life("reset in mid-operation", ending::reset),
        life("removal in mid-operation", ending::removal),
        life("re-association storm", ending::storm),
        life("late packets", ending::late_packets),
        life("an access point that has gone", ending::lost),
        life("hostile packets", packets::hostile),
        life("send failures", packets::send_failures),
        life("backlog overflow", packets::backlog),
        life("repetitions", packets::repetitions),
        life("new keys", packets::new_keys),
        life("users and tools", tools::users),
        life("indications", tools::indications),
        life("users who are let in", users::let_in),
        life("users who do not answer", users::left_alone),
        life("an authenticator that does not answer", users::unanswered),
        life("the host's part", hosting::refusals),
    ]
}
