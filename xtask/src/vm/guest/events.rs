//! What a station tells of itself: the JSON lines of `portcullis connect --json`, or the stand-in's log put into
//! the same words.

use std::time::Duration;

use serde_json::{Value, json};

/// Event kinds that the agent itself looks for.
pub(super) const ASSOCIATED: &str = "port_created";
pub(super) const AUTHORIZED: &str = "port_authorized";
pub(super) const OUTCOME: &str = "outcome";

/// The stand-in's phrases and the event kind that each stands for.
const STAND_IN_PHRASES: &[(&str, &str)] = &[
    ("Associated with", ASSOCIATED),
    ("CTRL-EVENT-CONNECTED", AUTHORIZED),
    ("CTRL-EVENT-DISCONNECTED", "disassociated"),
    ("reason=WRONG_KEY", REFUSED),
    ("IE in 3/4 msg does not match", REFUSED),
];

/// The stand-in's word for a refusal, by either side; the program has outcomes instead.
pub(super) const REFUSED: &str = "refused";

/// An event from a line of the program's JSON output; other lines give nothing.
pub(super) fn from_json(line: &str) -> Option<Value> {
    serde_json::from_str(line).ok().filter(Value::is_object)
}

/// An event from a line of the stand-in's log, said `since` its start.
pub(super) fn from_log(line: &str, since: Duration) -> Option<Value> {
    let (_, kind) = STAND_IN_PHRASES.iter().find(|(phrase, _)| line.contains(phrase))?;
    let microseconds = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
    Some(json!({ "time_us": microseconds, "kind": kind, "details": { "log": line } }))
}

/// Whether everything that `pattern` says is in `event`, with the same value.
pub(super) fn matches(event: &Value, pattern: &Value) -> bool {
    match (event, pattern) {
        (Value::Object(event), Value::Object(pattern)) => pattern
            .iter()
            .all(|(key, value)| event.get(key).is_some_and(|found| matches(found, value))),
        (event, pattern) => event == pattern,
    }
}

pub(super) fn is(event: &Value, kind: &str) -> bool {
    event.get("kind").is_some_and(|found| found == kind)
}

/// From every association to the next authorisation, in microseconds.
pub(super) fn times_to_authorized(events: &[Value]) -> Vec<u64> {
    let mut times = Vec::new();
    let mut associated = None;
    for event in events {
        let time = event.get("time_us").and_then(Value::as_u64);
        if is(event, ASSOCIATED) {
            associated = time;
        } else if is(event, AUTHORIZED)
            && let (Some(from), Some(to)) = (associated.take(), time)
        {
            times.push(to.saturating_sub(from));
        }
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_an_event_that_says_more() {
        let event = json!({ "kind": "refused", "peer": "02:00:00:00:00:00", "details": { "reason": 15, "name": "x" } });
        assert!(matches(
            &event,
            &json!({ "kind": "refused", "details": { "reason": 15 } })
        ));
        assert!(!matches(
            &event,
            &json!({ "kind": "refused", "details": { "reason": 14 } })
        ));
        assert!(!matches(&event, &json!({ "session_id": 1 })));
    }

    #[test]
    fn the_log_of_the_stand_in_is_put_into_events() {
        let line = "wlan1: CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:00:00 completed [id=0 id_str=]";
        let event = from_log(line, Duration::from_millis(3)).unwrap();
        assert!(is(&event, AUTHORIZED));
        assert_eq!(event["time_us"], 3000);
        assert_eq!(from_log("wlan1: Trying to associate", Duration::ZERO), None);
    }

    #[test]
    fn only_an_association_that_was_authorised_has_a_time() {
        let events = [
            json!({ "kind": ASSOCIATED, "time_us": 10 }),
            json!({ "kind": ASSOCIATED, "time_us": 20 }),
            json!({ "kind": AUTHORIZED, "time_us": 25 }),
            json!({ "kind": AUTHORIZED, "time_us": 90 }),
        ];
        assert_eq!(times_to_authorized(&events), [5]);
    }
}
