//! The channel that the interface is on, for operating channel validation.

use super::Nl80211Adapter;
use super::attributes::{Attributes, request};
use crate::{OwnedAssociation, OwnedEvent};
use frame::element::{self, id};
use frame::oci::{Oci, Width};
use frame::rsne::Rsne;
use wl_nl80211::{Nl80211Attr, Nl80211ChannelWidth, Nl80211Command, Nl80211Message};

impl Nl80211Adapter {
    /// Adds the channel to the news of an association, if that is the next event and wants to know. Cancel-safe: what is
    /// cut off is asked again.
    pub(super) async fn look_at_channel(&mut self) {
        let wanted = |event: &OwnedEvent| matches!(event, OwnedEvent::Associated(news) if news.channel.is_none() && validates(news));
        if !self.events.front().is_some_and(wanted) {
            return;
        }
        let query = request(Nl80211Command::GetInterface, self.interface.index, []);
        let channel = match self.socket.query(query, false).await {
            Ok(parts) => parts.iter().find_map(channel),
            Err(error) => {
                tracing::warn!(%error, "the driver does not tell its channel");
                None
            }
        };
        if let Some(OwnedEvent::Associated(news)) = self.events.front_mut() {
            news.channel = channel;
        }
    }
}

/// Whether the station has said that it validates the channel.
fn validates(news: &OwnedAssociation) -> bool {
    /// The fixed fields of an association request and of a reassociation request, octets.
    const FIXED: [usize; 2] = [4, 10];
    let [association, reassociation] = FIXED;
    let fixed = if news.reassociation { reassociation } else { association };
    let elements = news.request.get(fixed..).unwrap_or_default();
    let rsne = element::find(elements, id::RSN).ok().flatten();
    rsne.and_then(|rsne| Rsne::parse(rsne.body).ok())
        .is_some_and(|rsne| rsne.capabilities_or_default().ocvc())
}

/// The channel that a message tells.
pub(super) fn channel(message: &Nl80211Message) -> Option<Oci> {
    let megahertz = |pick: fn(&Nl80211Attr) -> Option<u32>| u16::try_from(message.find(pick)?).ok();
    let primary = megahertz(|attribute| match attribute {
        Nl80211Attr::WiphyFreq(megahertz) => Some(*megahertz),
        _ => None,
    })?;
    let center = megahertz(|attribute| match attribute {
        Nl80211Attr::CenterFreq1(megahertz) => Some(*megahertz),
        _ => None,
    });
    let segment = megahertz(|attribute| match attribute {
        Nl80211Attr::CenterFreq2(megahertz) => Some(*megahertz),
        _ => None,
    });
    let width = message.find(|attribute| match attribute {
        Nl80211Attr::ChannelWidth(width) => Some(*width),
        _ => None,
    });
    let width = match width {
        None | Some(Nl80211ChannelWidth::NoHt20 | Nl80211ChannelWidth::Mhz(20)) => Width::Mhz20,
        Some(Nl80211ChannelWidth::Mhz(40)) => Width::Mhz40,
        Some(Nl80211ChannelWidth::Mhz(80)) => Width::Mhz80,
        Some(Nl80211ChannelWidth::Mhz80Plus80) => Width::Mhz80Plus80,
        Some(Nl80211ChannelWidth::Mhz(160)) => Width::Mhz160,
        Some(_) => return None,
    };
    let segment = segment.filter(|_| width == Width::Mhz80Plus80);
    Oci::of_frequencies(primary, width, center.unwrap_or(primary), segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(attributes: Vec<Nl80211Attr>) -> Nl80211Message {
        Nl80211Message {
            cmd: Nl80211Command::NewInterface,
            attributes,
        }
    }

    fn oci(operating_class: u8, primary_channel: u8) -> Option<Oci> {
        Some(Oci {
            operating_class,
            primary_channel,
            frequency_segment_1: 0,
        })
    }

    #[test]
    fn frequency_width_and_centre_tell_the_channel() {
        let cases = [
            (2412, Nl80211ChannelWidth::NoHt20, 2412, oci(81, 1)),
            (2437, Nl80211ChannelWidth::Mhz(40), 2447, oci(83, 6)),
            (5180, Nl80211ChannelWidth::Mhz(80), 5210, oci(128, 36)),
            (2412, Nl80211ChannelWidth::Mhz(5), 2412, None),
        ];
        for (primary, width, center, expected) in cases {
            let attributes = vec![
                Nl80211Attr::WiphyFreq(primary),
                Nl80211Attr::ChannelWidth(width),
                Nl80211Attr::CenterFreq1(center),
            ];
            assert_eq!(channel(&answer(attributes)), expected);
        }
        assert_eq!(channel(&answer(Vec::new())), None);
    }
}
