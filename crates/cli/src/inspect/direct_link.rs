//! The direct link of two stations (TDLS) as an observer sees it (IEEE 802.11-2020, 9.6.12 and 12.7.8): they set it up
//! through their access point, inside data that is encrypted under their pairwise keys.

use frame::MacAddress;
use frame::codes::StatusCode;
use frame::element::{Element, elements, id};
use frame::fte::Fte;
use frame::rsne::Rsne;
use keys::CipherSuite;
use keys::derive::tdls::Tpk;

use super::operation::{DirectLinkStep, MicState};

/// The payload type of TDLS in a data frame, and the category of its action frames.
const TDLS: [u8; 2] = [2, 12];

/// Octets of the MIC in the FTE of a direct link.
const MIC_LEN: usize = 16;
/// ID and length.
const ELEMENT_HEADER: usize = 2;

/// A frame of the setup.
pub(super) struct Setup<'a> {
    pub(super) step: DirectLinkStep,
    /// The result, in a response or a confirm.
    pub(super) status: Option<StatusCode>,
    elements: &'a [u8],
}

impl<'a> Setup<'a> {
    /// Reads the payload of a data frame with the EtherType of TDLS. `None` if it is no frame of a setup.
    pub(super) fn parse(payload: &'a [u8]) -> Option<Self> {
        let body = payload.strip_prefix(&TDLS)?;
        let (&[action], body) = body.split_first_chunk()?;
        // Dialog token (1 octet), and capabilities (2) but in a confirm.
        let (step, fixed) = match action {
            0 => (DirectLinkStep::Request, 3),
            1 => (DirectLinkStep::Response, 3),
            2 => (DirectLinkStep::Confirm, 1),
            _ => return None,
        };
        if step == DirectLinkStep::Request {
            let elements = body.get(fixed..)?;
            let status = None;
            return Some(Self { step, status, elements });
        }
        let (status, body) = body.split_first_chunk()?;
        Some(Self {
            step,
            status: Some(StatusCode(u16::from_le_bytes(*status))),
            // A refusal ends after the dialog token.
            elements: body.get(fixed..).unwrap_or_default(),
        })
    }

    /// The key of the link and the state of the MIC under it (12.7.8.4.3, 12.7.8.4.4), if the frame has one: response
    /// and confirm carry all that the key is made from.
    pub(super) fn prove(&self) -> Option<(Tpk, MicState)> {
        let sequence = match self.step {
            DirectLinkStep::Request => return None,
            DirectLinkStep::Response => 2,
            DirectLinkStep::Confirm => 3,
        };
        let link = self.find(id::LINK_IDENTIFIER)?;
        let rsne = self.find(id::RSN)?;
        let lifetime = self.find(id::TIMEOUT_INTERVAL)?;
        let transition = self.find(id::FAST_BSS_TRANSITION)?;

        let (addresses, _) = link.body.as_chunks::<6>();
        let &[bssid, initiator, responder] = addresses else {
            return None;
        };
        let suites = Rsne::parse(rsne.body).ok()?.pairwise_or_default();
        let cipher = suites.iter().next().filter(|_| suites.len() == 1)?;
        let cipher = CipherSuite::of(cipher).filter(|suite| suite.is_pairwise())?;
        let fte = Fte::parse(transition.body, MIC_LEN).ok()?;
        let [bssid, initiator, responder] = [bssid, initiator, responder].map(MacAddress);
        let tpk = Tpk::derive(cipher, bssid, initiator, responder, fte.anonce, fte.snonce);

        let mut covered = [&initiator.0[..], &responder.0, &[sequence]].concat();
        for element in [link, rsne, lifetime] {
            covered.extend(element.bytes());
        }
        let start = covered.len() + ELEMENT_HEADER;
        covered.extend(transition.bytes());
        let mic = Fte::mic_range(MIC_LEN);
        covered.get_mut(start + mic.start..start + mic.end)?.fill(0);
        let valid = tpk.mic(&covered).is_ok_and(|mic| mic.verify(fte.mic));
        Some((tpk, if valid { MicState::Valid } else { MicState::Invalid }))
    }

    fn find(&self, wanted: u8) -> Option<Element<'a>> {
        elements(self.elements)
            .map_while(Result::ok)
            .find(|element| element.id == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wireshark's capture wpa-test-decode-tdls, frame 19 decrypted, from behind its SNAP header up to the elements that
    /// the MIC covers; the link identifier is the last of those.
    fn response() -> Vec<u8> {
        let digits = "020c010000012124\
            30140100000fac070100000fac040100000fac070c02\
            375200 00e3d1516b5def23b67440f0e3b3f623eb\
            e2c7715cdc0ee0978d5f2e14802f8d4ebbe254093520bee8fdc0fde05d8f5d77\
            5ab7edce42f6e39f7dadeac44d19bf677ace50dc5e03d7a7873df7abc42fbe14\
            380502c0a80000\
            6512000c4344a0580244553314995cf8a18d02d2";
        let digits: Vec<_> = digits.chars().filter_map(|digit| digit.to_digit(16)).collect();
        digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
    }

    fn prove(payload: &[u8]) -> Option<MicState> {
        Setup::parse(payload)?.prove().map(|(_, mic)| mic)
    }

    #[test]
    fn a_captured_response_proves_its_key() {
        let payload = response();
        let setup = Setup::parse(&payload).unwrap();
        assert_eq!(setup.step, DirectLinkStep::Response);
        assert_eq!(setup.status, Some(StatusCode::SUCCESS));
        let (tpk, mic) = setup.prove().unwrap();
        assert_eq!(mic, MicState::Valid);
        assert_eq!(tpk.temporal_key().as_bytes()[..4], [0x54, 0xe8, 0xcd, 0x52]);
    }

    #[test]
    fn no_damage_to_what_is_covered_proves_a_key() {
        let payload = response();
        let covered = payload.len() - (2 + 18 + 2 + 5 + 2 + 82 + 2 + 20)..payload.len();
        for place in covered {
            let mut damaged = payload.clone();
            damaged[place] ^= 1;
            assert_ne!(prove(&damaged), Some(MicState::Valid), "octet {place}");
        }
        for len in 0..payload.len() {
            assert_eq!(prove(&payload[..len]), None, "{len} octets");
        }
    }

    #[test]
    fn a_request_has_no_mic_and_other_frames_are_no_setup() {
        let request = [&[2, 12, 0, 1, 0, 0], &response()[8..]].concat();
        let setup = Setup::parse(&request).unwrap();
        assert_eq!((setup.step, setup.status), (DirectLinkStep::Request, None));
        assert!(setup.prove().is_none());
        let refused = Setup::parse(&[2, 12, 1, 37, 0, 1]).unwrap();
        assert_eq!(refused.status, Some(StatusCode::REQUEST_DECLINED));
        for other in [&[2, 12, 3, 0, 0][..], &[1, 12, 0, 1, 0, 0], &[2, 11, 0, 1, 0, 0], &[]] {
            assert!(Setup::parse(other).is_none(), "{other:?}");
        }
    }
}
