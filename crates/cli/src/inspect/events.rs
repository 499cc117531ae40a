//! One event a line, in the schema that all commands share (`docs/events.md`).
//!
//! The adapter of such an event is the station, its peer the access point, its session the number of the operation in
//! this run. The time is that of the frame.

use std::io::{self, Write};
use std::time::Duration;

use frame::dot11::SaQueryKind;
use frame::oci::Oci;
use host::event::{Event as Record, Kind, Text};
use ihv::HostAdapter;

use super::contents::{Channel, Digits};
use super::operation::{Event, Operation, Step};
use crate::output::write_json;

/// Writes the events of `operation`, the `number`th of this run.
///
/// # Errors
/// Those of `out`.
pub(super) fn write(operation: &Operation, number: u32, out: &mut impl Write) -> io::Result<()> {
    let station = operation.sta.to_string();
    let mut time_us = 0;
    for step in &operation.steps {
        time_us = step.time_us;
        write_json(out, &record(operation, number, time_us, observed(step)), &station)?;
    }
    if let Some(outcome) = operation.verdict.shared() {
        write_json(
            out,
            &record(operation, number, time_us, Kind::Outcome(outcome)),
            &station,
        )?;
    }
    Ok(())
}

fn record(operation: &Operation, number: u32, time_us: u64, kind: Kind) -> Record {
    Record {
        time: Duration::from_micros(time_us),
        // The record is written under the station's address.
        adapter: HostAdapter(0),
        peer: Some(operation.bssid),
        session_id: Some(number),
        kind,
    }
}

fn observed(step: &Step) -> Kind {
    let key = match &step.event {
        Event::Key(message) => Some(message),
        _ => None,
    };
    Kind::FrameObserved {
        frame: step.frame,
        sender: step.sender.word(),
        what: what(&step.event),
        message: key.map(|message| Text(message.name)),
        mic: key.map(|message| message.mic.as_str()),
        encrypted: step.encrypted,
    }
}

/// What a frame of SA Query says.
pub(super) fn sa_query(kind: SaQueryKind, transaction: [u8; 2], channel: Option<Oci>) -> String {
    let kind = match kind {
        SaQueryKind::Request => "request",
        SaQueryKind::Response => "response",
    };
    let channel = channel.map(|channel| format!(", {}", Channel(channel)));
    format!(
        "SA Query {kind} {}{}",
        Digits(&transaction),
        channel.unwrap_or_default()
    )
}

/// What a frame says, in words.
pub(super) fn what(event: &Event) -> String {
    match event {
        Event::Authentication {
            algorithm,
            sequence,
            status,
            sae,
        } => {
            let meaning = sae.map(|sae| format!(", {sae}")).unwrap_or_default();
            format!("authentication {sequence}, algorithm {algorithm}, status {status}{meaning}")
        }
        Event::TransitionAction(step) => {
            let status = step.status().map(|status| format!(", status {status}"));
            format!(
                "fast transition {} over the DS{}",
                step.as_str(),
                status.unwrap_or_default()
            )
        }
        Event::DirectLink { step, status, mic } => {
            let status = status.map(|status| format!(", status {status}")).unwrap_or_default();
            format!("direct link {}, MIC {}{status}", step.as_str(), mic.as_str())
        }
        Event::AssociationRequest(request) => request.describe("request"),
        Event::AssociationResponse { status, response } => {
            format!("{}, status {status}", response.describe("response"))
        }
        Event::Eap(step) => step.to_string(),
        Event::EapSuccess => "EAP success".into(),
        Event::EapFailure => "EAP failure".into(),
        Event::Key(message) => format!("{}{}", message.name, message.contents),
        Event::SaQuery {
            kind,
            transaction,
            channel,
        } => sa_query(*kind, *transaction, *channel),
        Event::Deauthentication(reason) => format!("deauthentication, reason {reason}"),
        Event::Disassociation(reason) => format!("disassociation, reason {reason}"),
    }
}
