//! What the command prints.

use core::time::Duration;
use std::io::{self, Write};

use host::outcome::authentication::{self, Words};
use onex::method::ServerCertificate;
use onex::tls::{Agreed, Fingerprint};
use serde_json::json;

use super::Probe;
use super::attempt::{Attempt, Outcome, Phases};
use super::load::Load;

/// Writes what one authentication came to.
pub(super) fn attempt(out: &mut impl Write, attempt: &Attempt, probe: &Probe, json: bool) -> io::Result<()> {
    if json {
        let rounds: Vec<f64> = attempt.rounds.iter().copied().map(milliseconds).collect();
        let record = json!({
            "outcome": name(&attempt.outcome),
            "why": words(&attempt.outcome).map(|words| words.name),
            "sentence": sentence(&attempt.outcome),
            "next_step": words(&attempt.outcome).map(|words| words.next_step),
            "server": probe.server.to_string(),
            "method": probe.user.method().name(),
            "tls": attempt.tls.as_ref().map(tls),
            "phases_ms": phases(&attempt.phases).map(|(name, time)| (name.to_owned(), json!(milliseconds(time))))
                .into_iter().collect::<serde_json::Map<_, _>>(),
            "rounds_ms": rounds,
            "total_ms": milliseconds(attempt.total),
            "keys_match": attempt.keys_match,
            "repetitions": attempt.repetitions,
            "certificates": attempt.certificates.iter().map(certificate).collect::<Vec<_>>(),
        });
        return writeln!(out, "{record}");
    }
    for (index, time) in attempt.rounds.iter().enumerate() {
        writeln!(
            out,
            "answer {:>3} of the server after {:>9.3} ms",
            index + 1,
            milliseconds(*time)
        )?;
    }
    for (name, time) in phases(&attempt.phases) {
        writeln!(out, "{name:<11} {:>9.3} ms", milliseconds(time))?;
    }
    if let Some(tls) = &attempt.tls {
        let session = if tls.resumed { "a resumed" } else { "a new" };
        writeln!(out, "TLS {} with {}, {session} session", tls.version, tls.suite)?;
    }
    for certificate in &attempt.certificates {
        writeln!(
            out,
            "certificate of {} by {}, SHA-256 {}",
            certificate.subject,
            certificate.issuer,
            Fingerprint(certificate.fingerprint)
        )?;
    }
    if attempt.repetitions > 0 {
        writeln!(out, "packets sent again: {}", attempt.repetitions)?;
    }
    if let Some(same) = attempt.keys_match {
        let word = if same { "the same" } else { "different" };
        writeln!(out, "the keys of the station and of the access point are {word}")?;
    }
    writeln!(
        out,
        "{}, after {:.3} ms",
        sentence(&attempt.outcome),
        milliseconds(attempt.total)
    )?;
    match words(&attempt.outcome) {
        Some(words) => writeln!(out, "{}", words.next_step),
        None => Ok(()),
    }
}

/// Writes what many authentications came to.
pub(super) fn load(out: &mut impl Write, load: &Load, json: bool) -> io::Result<()> {
    const PERCENTILES: [usize; 5] = [50, 90, 95, 99, 100];
    let failure = load.first_failure.as_ref().map(sentence);
    if json {
        let latencies: serde_json::Map<String, serde_json::Value> = PERCENTILES
            .iter()
            .map(|&percent| (format!("p{percent}"), json!(load.percentile(percent).map(milliseconds))))
            .collect();
        let record = json!({
            "let_in": load.let_in,
            "refused": load.refused,
            "silent": load.silent,
            "elapsed_ms": milliseconds(load.elapsed),
            "per_second": load.throughput(),
            "latencies_ms": latencies,
            "first_failure": failure,
        });
        return writeln!(out, "{record}");
    }
    writeln!(
        out,
        "let in {}, refused {}, without an answer {}; {:.1} a second",
        load.let_in,
        load.refused,
        load.silent,
        load.throughput()
    )?;
    for percent in PERCENTILES {
        if let Some(time) = load.percentile(percent) {
            writeln!(out, "{percent:>4} % within {:>9.3} ms", milliseconds(time))?;
        }
    }
    if let Some(failure) = failure {
        writeln!(out, "the first that was not let in: {failure}")?;
    }
    Ok(())
}

const fn phases(phases: &Phases) -> [(&'static str, Duration); 3] {
    [
        ("negotiation", phases.negotiation),
        ("handshake", phases.handshake),
        ("method", phases.method),
    ]
}

fn tls(tls: &Agreed) -> serde_json::Value {
    json!({ "version": tls.version, "suite": tls.suite, "resumed": tls.resumed })
}

fn certificate(certificate: &ServerCertificate) -> serde_json::Value {
    json!({
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "sha256": Fingerprint(certificate.fingerprint).to_string(),
    })
}

const fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::LetIn => "let_in",
        Outcome::Refused { .. } => "refused",
        Outcome::WrongKeys => "wrong_keys",
        Outcome::NoKeys => "no_keys",
        Outcome::Silent(_) => "silent",
    }
}

/// Why one side has refused, in the words of `connect`.
fn words(outcome: &Outcome) -> Option<Words> {
    match outcome {
        Outcome::Refused { why, .. } => Some(authentication::words(*why)),
        _ => None,
    }
}

fn sentence(outcome: &Outcome) -> String {
    match outcome {
        Outcome::LetIn => "let in".to_owned(),
        Outcome::Refused { sentence, .. } => format!("refused: {sentence}"),
        Outcome::WrongKeys => "let in, but the access point was given other keys than the station has".to_owned(),
        Outcome::NoKeys => {
            "let in, but the access point was given no keys; is the server to send MPPE keys?".to_owned()
        }
        Outcome::Silent(None) => {
            "no answer; is the address right, and this machine among the server's clients?".to_owned()
        }
        Outcome::Silent(Some(refusal)) => format!("no answer that can be believed; the last one {refusal}"),
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use onex::radius::Refusal;

    #[test]
    fn an_outcome_says_what_to_look_at() {
        let other_secret = Outcome::Silent(Some(Refusal::Authenticator));
        assert!(sentence(&other_secret).contains("shared secret"));
        assert!(sentence(&Outcome::Silent(None)).contains("clients"));
        assert_eq!(name(&other_secret), "silent");
    }
}
