//! Time spans as a person writes them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// A time span such as `"250ms"`, `"5s"`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.subsec_millis() {
            0 => write!(f, "{}s", self.0.as_secs()),
            _ => write!(f, "{}ms", self.0.as_millis()),
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let span = match text.strip_suffix("ms") {
            Some(count) => count.parse().map(Duration::from_millis),
            None => text
                .strip_suffix('s')
                .unwrap_or_default()
                .parse()
                .map(Duration::from_secs),
        };
        span.map(Self)
            .map_err(|_| de::Error::custom(format!("{text:?} is no time span; write \"250ms\" or \"5s\"")))
    }
}
