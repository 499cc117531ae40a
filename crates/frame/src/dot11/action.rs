//! The action frames that carry a protocol of a post-association operation: fast transition over the distribution
//! system and SA query (IEEE 802.11-2020, 9.6.8 and 9.6.9).

use crate::codes::StatusCode;
use crate::element;
use crate::error::ParseError;
use crate::mac::MacAddress;
use crate::oci::Oci;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

use super::management::Action;

/// A fast transition over the distribution system: what the station and the target AP say to each other by way of
/// the current AP (IEEE 802.11-2020, 9.6.8).
///
/// Emits a whole action frame body: category, action, fields, elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FtAction<'a> {
    /// Which step it is, with the result in an answer.
    pub step: FtStep,
    /// The station (6 octets).
    pub station: MacAddress,
    /// The AP that it wants to move to (6 octets).
    pub target: MacAddress,
    /// RSNE, MDE and FTE; in a confirmation and its answer also the resources.
    pub elements: &'a [u8],
}

/// A step of a fast transition over the distribution system. Answers have a status (2 octets).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FtStep {
    /// Action 1: the station asks the target AP for the transition.
    Request,
    /// Action 2: the target AP answers whether the station may come.
    Response(StatusCode),
    /// Action 3: the station asks the target AP for resources.
    Confirm,
    /// Action 4: the target AP answers.
    Ack(StatusCode),
}

impl FtStep {
    /// A word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response(_) => "response",
            Self::Confirm => "confirm",
            Self::Ack(_) => "ack",
        }
    }

    /// The result, in an answer of the target AP's; `None` in what the station says.
    #[must_use]
    pub const fn status(self) -> Option<StatusCode> {
        match self {
            Self::Request | Self::Confirm => None,
            Self::Response(status) | Self::Ack(status) => Some(status),
        }
    }

    const fn action(self) -> u8 {
        match self {
            Self::Request => 1,
            Self::Response(_) => 2,
            Self::Confirm => 3,
            Self::Ack(_) => 4,
        }
    }
}

impl<'a> FtAction<'a> {
    /// Parses an action of category 6.
    ///
    /// # Errors
    /// The category or the action is another one, or the body ends inside of a fixed field. The elements are not
    /// looked at. Offsets count from behind category and action.
    pub fn parse(action: &Action<'a>) -> Result<Self, ParseError> {
        check_category(action, Action::FAST_BSS_TRANSITION, "6 (fast BSS transition)")?;
        let mut reader = Reader::new(action.body);
        let station = MacAddress(*reader.array("FT action STA address")?);
        let target = MacAddress(*reader.array("FT action target AP address")?);
        let mut status = || reader.u16_le("FT action status code").map(StatusCode);
        let step = match action.action {
            1 => FtStep::Request,
            2 => FtStep::Response(status()?),
            3 => FtStep::Confirm,
            4 => FtStep::Ack(status()?),
            other => return Err(ParseError::value("FT action", 0, "1 to 4", other.into())),
        };
        Ok(Self {
            step,
            station,
            target,
            elements: reader.rest(),
        })
    }
}

impl Emit for FtAction<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u8(Action::FAST_BSS_TRANSITION);
        out.u8(self.step.action());
        out.bytes(&self.station.0);
        out.bytes(&self.target.0);
        if let Some(status) = self.step.status() {
            out.u16_le(status.0);
        }
        out.bytes(self.elements);
    }
}

/// A question whether the security association is still alive, or the answer (IEEE 802.11-2020, 9.6.9 and 11.13).
///
/// Emits a whole action frame body: category, action, transaction identifier, and the operating channel if there is
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaQueryAction {
    /// The question or the answer.
    pub kind: SaQueryKind,
    /// Says which question an answer is for (2 octets, as they travel).
    pub transaction: [u8; 2],
    /// The sender's channel, where the two stations validate it.
    pub channel: Option<Oci>,
}

/// Question or answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaQueryKind {
    /// Action 0.
    Request,
    /// Action 1.
    Response,
}

impl SaQueryAction {
    /// Parses an action of category 8.
    ///
    /// # Errors
    /// The category or the action is another one, the body is too short, or its elements or its channel are
    /// malformed. Offsets count from behind category and action.
    pub fn parse(action: &Action<'_>) -> Result<Self, ParseError> {
        check_category(action, Action::SA_QUERY, "8 (SA query)")?;
        let kind = match action.action {
            0 => SaQueryKind::Request,
            1 => SaQueryKind::Response,
            other => return Err(ParseError::value("SA query action", 0, "0 or 1", other.into())),
        };
        let mut reader = Reader::new(action.body);
        let transaction = *reader.array("SA query transaction identifier")?;
        let channel = element::find_extension(reader.rest(), element::extension::OCI)?
            .map(|oci| Oci::parse(oci.body))
            .transpose()?;
        Ok(Self {
            kind,
            transaction,
            channel,
        })
    }
}

impl Emit for SaQueryAction {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u8(Action::SA_QUERY);
        out.u8(match self.kind {
            SaQueryKind::Request => 0,
            SaQueryKind::Response => 1,
        });
        out.bytes(&self.transaction);
        if let Some(channel) = &self.channel {
            out.put(channel);
        }
    }
}

fn check_category(action: &Action<'_>, category: u8, expected: &'static str) -> Result<(), ParseError> {
    match action.category == category {
        true => Ok(()),
        false => Err(ParseError::value(
            "action category",
            0,
            expected,
            action.category.into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dot11::{Management, management_subtype};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
    const TARGET: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);

    fn action(body: &[u8]) -> Action<'_> {
        match Management::parse(management_subtype::ACTION, body).unwrap() {
            Management::Action(action) => action,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_over_the_distribution_system_is_laid_out_as_the_standard_says() {
        let request = FtAction {
            step: FtStep::Request,
            station: STATION,
            target: TARGET,
            elements: &[54, 3, 1, 2, 1],
        };
        let octets = request.to_vec().unwrap();
        assert_eq!(octets, [6, 1, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 54, 3, 1, 2, 1]);
        assert_eq!(FtAction::parse(&action(&octets)), Ok(request));
    }

    #[test]
    fn an_answer_has_a_status_before_its_elements() {
        let status = StatusCode(53);
        for (step, number) in [(FtStep::Response(status), 2), (FtStep::Ack(status), 4)] {
            let response = FtAction {
                step,
                station: STATION,
                target: TARGET,
                elements: &[],
            };
            let octets = response.to_vec().unwrap();
            assert_eq!(octets, [6, number, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 53, 0]);
            assert_eq!(FtAction::parse(&action(&octets)), Ok(response));
            for len in 2..octets.len() {
                assert!(FtAction::parse(&action(&octets[..len])).is_err(), "{len} octets");
            }
        }
    }

    #[test]
    fn a_confirmation_is_laid_out_as_a_request() {
        let confirm = FtAction {
            step: FtStep::Confirm,
            station: STATION,
            target: TARGET,
            elements: &[55, 0],
        };
        let octets = confirm.to_vec().unwrap();
        assert_eq!(octets, [6, 3, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 55, 0]);
        assert_eq!(FtAction::parse(&action(&octets)), Ok(confirm));
    }

    #[test]
    fn another_category_or_action_is_refused() {
        assert_eq!(FtAction::parse(&action(&[8, 1])).unwrap_err().field, "action category");
        assert_eq!(
            FtAction::parse(&action(&[&[6, 5][..], &[0; 12]].concat()))
                .unwrap_err()
                .field,
            "FT action"
        );
        assert_eq!(
            SaQueryAction::parse(&action(&[6, 0, 0, 0])).unwrap_err().field,
            "action category"
        );
        assert_eq!(
            SaQueryAction::parse(&action(&[8, 2, 0, 0])).unwrap_err().field,
            "SA query action"
        );
    }

    #[test]
    fn a_query_has_a_transaction_identifier_and_perhaps_a_channel() {
        let query = SaQueryAction {
            kind: SaQueryKind::Request,
            transaction: [0xab, 0xcd],
            channel: None,
        };
        assert_eq!(query.to_vec().unwrap(), [8, 0, 0xab, 0xcd]);
        let answer = SaQueryAction {
            kind: SaQueryKind::Response,
            channel: Some(Oci {
                operating_class: 81,
                primary_channel: 6,
                frequency_segment_1: 0,
            }),
            ..query
        };
        let octets = answer.to_vec().unwrap();
        assert_eq!(octets, [8, 1, 0xab, 0xcd, 255, 4, 54, 81, 6, 0]);
        assert_eq!(SaQueryAction::parse(&action(&octets)), Ok(answer));
        let accepted: Vec<_> = (2..octets.len())
            .filter(|&len| SaQueryAction::parse(&action(&octets[..len])).is_ok())
            .collect();
        assert_eq!(accepted, [4]);
    }

    proptest! {
        #[test]
        fn what_parses_as_a_transition_is_emitted_as_it_was(body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let octets = [&[6][..], &body].concat();
            if body.is_empty() { return Ok(()); }
            if let Ok(parsed) = FtAction::parse(&action(&octets)) {
                prop_assert_eq!(parsed.to_vec().unwrap(), octets);
            }
        }

        #[test]
        fn any_query_is_parsed_or_refused(body in proptest::collection::vec(any::<u8>(), 1..32)) {
            let octets = [&[8][..], &body].concat();
            if let Ok(parsed) = SaQueryAction::parse(&action(&octets)) {
                let emitted = parsed.to_vec().unwrap();
                prop_assert_eq!(SaQueryAction::parse(&action(&emitted)), Ok(parsed));
            }
        }
    }
}
