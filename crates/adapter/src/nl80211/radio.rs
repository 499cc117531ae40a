//! What the hardware below an interface can do, as its driver tells.

use super::attributes::{request, suite_of};
use super::control_port::Path;
use super::socket::Socket;
use frame::Cipher;
use ihv::{AdapterCapabilities, CipherSet};
use std::io;
use wl_nl80211::{Nl80211Attr, Nl80211Command, Nl80211ExtFeature, Nl80211Features};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Radio {
    pub(super) name: String,
    pub(super) path: Path,
    /// Authentication and association are requests of their own; else the driver does both at once, in its
    /// own way.
    pub(super) separate: bool,
    /// A driver that does both at once leaves SAE to this program.
    pub(super) external: bool,
    pub(super) capabilities: AdapterCapabilities,
}

impl Radio {
    /// Asks the driver.
    pub(super) async fn query(socket: &mut Socket, index: u32) -> io::Result<Self> {
        let parts = socket
            .query(
                request(Nl80211Command::GetWiphy, index, [Nl80211Attr::SplitWiphyDump]),
                true,
            )
            .await?;
        Ok(Self::of(parts.into_iter().flat_map(|part| part.attributes)))
    }

    fn of(attributes: impl IntoIterator<Item = Nl80211Attr>) -> Self {
        let (mut radio, mut commands, mut features) = (Self::default(), Vec::new(), Vec::new());
        let mut sae = false;
        for attribute in attributes {
            match attribute {
                Nl80211Attr::WiphyName(text) => radio.name = text,
                Nl80211Attr::ExtFeatures(list) => features = list,
                Nl80211Attr::SupportedCommand(list) => commands = list,
                Nl80211Attr::Features(flags) => sae = flags.contains(Nl80211Features::Sae),
                Nl80211Attr::CipherSuites(list) => {
                    let ciphers = list.into_iter().map(|suite| Cipher::from(suite_of(suite.into())));
                    let ciphers = CipherSet::of(ciphers);
                    radio.capabilities.ciphers = Some(ciphers);
                    radio.capabilities.management_protection = ciphers.has(Cipher::BIP_CMAC_128);
                }
                _ => {}
            }
        }
        radio.path = Path::of_features(&features);
        radio.separate = [Nl80211Command::Authenticate, Nl80211Command::Associate]
            .iter()
            .all(|command| commands.contains(command));
        radio.external = !radio.separate && sae;
        let has = |feature: Nl80211ExtFeature| features.contains(&feature);
        radio.capabilities = AdapterCapabilities {
            authentication_frames: sae,
            action_frames: commands.contains(&Nl80211Command::Frame),
            beacon_protection: has(Nl80211ExtFeature::BeaconProtection)
                || has(Nl80211ExtFeature::BeaconProtectionClient),
            extended_key_id: has(Nl80211ExtFeature::ExtKeyId),
            // cfg80211 knows the channel of every interface.
            operating_channel: true,
            group_rekey_offload: commands.contains(&Nl80211Command::SetRekeyOffload),
            handshake_offload: !radio.separate && has(Nl80211ExtFeature::FourWayHandshakeStaPsk),
            ..radio.capabilities
        };
        radio
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wl_nl80211::Ieee80211CipherSuite;

    #[test]
    fn a_driver_with_requests_of_their_own_sends_authentication_frames_if_it_says_so() {
        let commands = |list: &[Nl80211Command]| Nl80211Attr::SupportedCommand(list.to_vec());
        let both = [Nl80211Command::Authenticate, Nl80211Command::Associate];
        let soft = Radio::of([commands(&both), Nl80211Attr::Features(Nl80211Features::Sae)]);
        assert!(soft.separate && soft.capabilities.authentication_frames);
        assert!(!Radio::of([commands(&both)]).capabilities.authentication_frames);
        let full = Radio::of([
            commands(&[Nl80211Command::Connect, Nl80211Command::Frame]),
            Nl80211Attr::Features(Nl80211Features::Sae),
            Nl80211Attr::ExtFeatures(vec![Nl80211ExtFeature::FourWayHandshakeStaPsk]),
            Nl80211Attr::CipherSuites(vec![Ieee80211CipherSuite::Ccmp128, Ieee80211CipherSuite::BipCmac128]),
        ]);
        assert!(full.external && !soft.external);
        assert_eq!(
            full.capabilities,
            AdapterCapabilities {
                authentication_frames: true,
                action_frames: true,
                management_protection: true,
                operating_channel: true,
                handshake_offload: true,
                ciphers: Some(CipherSet::of([Cipher::CCMP_128, Cipher::BIP_CMAC_128])),
                ..AdapterCapabilities::default()
            }
        );
    }
}
