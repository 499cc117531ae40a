//! What an extension wants to receive, and what it exempts from encryption.

use crate::abi::{
    DOT11_EXEMPT_ALWAYS, DOT11_EXEMPT_BOTH, DOT11_EXEMPT_MULTICAST, DOT11_EXEMPT_NO_EXEMPTION,
    DOT11_EXEMPT_ON_KEY_MAPPING_KEY_UNAVAILABLE, DOT11_EXEMPT_UNICAST, DOT11_PRIVACY_EXEMPTION, USHORT,
};
use crate::{EtherTypeHandling, ExemptionAction, PacketType, PrivacyExemption, Win32Error};
use frame::ethertype::EtherType;

/// Reads what `Dot11ExtSetEtherTypeHandling` is called with. EtherTypes stand in network byte order (R27).
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for a number that names no action or no kind of packet.
pub(crate) fn handling(
    max_backlog: u32,
    exemptions: &[DOT11_PRIVACY_EXEMPTION],
    registrations: &[USHORT],
) -> Result<EtherTypeHandling, Win32Error> {
    Ok(EtherTypeHandling {
        max_backlog,
        exemptions: exemptions.iter().map(exemption).collect::<Result<_, _>>()?,
        registrations: registrations.iter().map(|number| from_network(*number)).collect(),
    })
}

fn exemption(exemption: &DOT11_PRIVACY_EXEMPTION) -> Result<PrivacyExemption, Win32Error> {
    Ok(PrivacyExemption {
        ethertype: from_network(exemption.usEtherType),
        action: match exemption.usExemptionActionType {
            DOT11_EXEMPT_NO_EXEMPTION => ExemptionAction::Never,
            DOT11_EXEMPT_ALWAYS => ExemptionAction::Always,
            DOT11_EXEMPT_ON_KEY_MAPPING_KEY_UNAVAILABLE => ExemptionAction::WithoutPairwiseKey,
            _ => return Err(Win32Error::INVALID_PARAMETER),
        },
        packets: match exemption.usExemptionPacketType {
            DOT11_EXEMPT_UNICAST => PacketType::Unicast,
            DOT11_EXEMPT_MULTICAST => PacketType::Multicast,
            DOT11_EXEMPT_BOTH => PacketType::Both,
            _ => return Err(Win32Error::INVALID_PARAMETER),
        },
    })
}

/// The exemptions, for the other side.
pub(crate) fn exemption_records(handling: &EtherTypeHandling) -> Vec<DOT11_PRIVACY_EXEMPTION> {
    let record = |exemption: &PrivacyExemption| DOT11_PRIVACY_EXEMPTION {
        usEtherType: exemption.ethertype.0.to_be(),
        usExemptionActionType: match exemption.action {
            ExemptionAction::Never => DOT11_EXEMPT_NO_EXEMPTION,
            ExemptionAction::Always => DOT11_EXEMPT_ALWAYS,
            ExemptionAction::WithoutPairwiseKey => DOT11_EXEMPT_ON_KEY_MAPPING_KEY_UNAVAILABLE,
        },
        usExemptionPacketType: match exemption.packets {
            PacketType::Unicast => DOT11_EXEMPT_UNICAST,
            PacketType::Multicast => DOT11_EXEMPT_MULTICAST,
            PacketType::Both => DOT11_EXEMPT_BOTH,
        },
    };
    handling.exemptions.iter().map(record).collect()
}

/// The registered EtherTypes, for the other side.
pub(crate) fn registration_numbers(handling: &EtherTypeHandling) -> Vec<USHORT> {
    handling
        .registrations
        .iter()
        .map(|ethertype| ethertype.0.to_be())
        .collect()
}

fn from_network(number: USHORT) -> EtherType {
    EtherType(u16::from_be(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r27_ethertypes_cross_in_network_byte_order() {
        let wanted = EtherTypeHandling {
            max_backlog: 8,
            exemptions: vec![PrivacyExemption {
                ethertype: EtherType::EAPOL,
                action: ExemptionAction::WithoutPairwiseKey,
                packets: PacketType::Both,
            }],
            registrations: vec![EtherType::EAPOL],
        };
        let registrations = registration_numbers(&wanted);
        assert_eq!(registrations[0].to_ne_bytes(), [0x88, 0x8e]);
        let read = handling(8, &exemption_records(&wanted), &registrations);
        assert_eq!(read, Ok(wanted));
    }

    #[test]
    fn a_number_without_meaning_is_refused() {
        let exemption = DOT11_PRIVACY_EXEMPTION {
            usEtherType: 0,
            usExemptionActionType: DOT11_EXEMPT_ALWAYS,
            usExemptionPacketType: 4,
        };
        assert_eq!(handling(0, &[exemption], &[]), Err(Win32Error::INVALID_PARAMETER));
    }
}
