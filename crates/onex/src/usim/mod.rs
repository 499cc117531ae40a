//! The subscriber's card, which EAP-SIM, EAP-AKA and EAP-AKA' ask: a chip behind a reader, [`SoftwareUsim`], or
//! [`RecordedSim`].
//!
//! The other side of it, the operator's [`AuthenticationCentre`], is for servers and for tests.

mod centre;
mod milenage;
mod recorded;
mod software;

use alloc::boxed::Box;
use alloc::string::String;

use zeroize::Zeroizing;

pub use centre::{AuthenticationCentre, Challenge};
pub use milenage::operator_constant;
pub use recorded::RecordedSim;
pub use software::{SoftwareUsim, Subscription};

/// What a card can do. It computes at once: a card behind a slow reader is asked before, or waited for.
pub trait Usim {
    /// The subscriber's number (IMSI): at most 15 decimal digits.
    fn imsi(&self) -> &str;

    /// How many digits the number of the network has, 2 or 3; they stand behind the three of the country.
    fn network_digits(&self) -> usize;

    /// Answers a challenge of GSM (3GPP TS 43.020): `None` if the card cannot or will not.
    fn gsm(&mut self, rand: &[u8; 16]) -> Option<Triplet>;

    /// Judges a challenge of UMTS (3GPP TS 33.102, 6.3.3). `autn`: the sequence number under the anonymity key
    /// (6 octets), AMF (2), MAC (8).
    fn umts(&mut self, rand: &[u8; 16], autn: &[u8; 16]) -> Verdict;
}

/// The subscriber's number as a name in the operator's network (3GPP TS 23.003, 19.3.2): `first`, which says what method
/// the name is for, the number, and the realm of the network.
#[must_use]
pub fn permanent_identity(card: &dyn Usim, first: char) -> String {
    identity(card.imsi(), card.network_digits(), first)
}

fn identity(imsi: &str, network_digits: usize, first: char) -> String {
    let (country, rest) = imsi.split_at_checked(3).unwrap_or((imsi, ""));
    let network = rest.get(..network_digits).unwrap_or(rest);
    alloc::format!("{first}{imsi}@wlan.mnc{network:0>3}.mcc{country}.3gppnetwork.org")
}

/// What a challenge of GSM leads to. Wiped when dropped.
pub struct Triplet {
    /// The signed response.
    pub sres: Zeroizing<[u8; 4]>,
    /// The cipher key.
    pub kc: Zeroizing<[u8; 8]>,
}

/// What a card says to a challenge of UMTS. No `Debug`: it holds keys.
pub enum Verdict {
    /// The network is genuine.
    Genuine(Box<Vector>),
    /// The network is genuine, but the challenge is not new: it is to take up the card's sequence number.
    OutOfStep {
        /// The proof of the card's number (AUTS).
        auts: [u8; 14],
    },
    /// The network does not have the card's key.
    Impostor,
    /// The card cannot say: it is one of GSM, or what it must remember cannot be kept.
    Mute,
}

/// What a genuine challenge of UMTS leads to. Wiped when dropped.
pub struct Vector {
    /// The response, 4 to 16 octets.
    pub res: keys::Key<16>,
    /// The cipher key.
    pub ck: Zeroizing<[u8; 16]>,
    /// The integrity key.
    pub ik: Zeroizing<[u8; 16]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_subscriber_has_the_realm_of_the_network() {
        let card = |imsi: &str, network_digits| {
            SoftwareUsim::new(Subscription {
                imsi: imsi.into(),
                network_digits,
                k: Zeroizing::new([0; 16]),
                opc: Zeroizing::new([0; 16]),
                sqn: 0,
            })
        };
        assert_eq!(
            permanent_identity(&card("244070100000001", 2), '1'),
            "1244070100000001@wlan.mnc007.mcc244.3gppnetwork.org"
        );
        assert_eq!(
            permanent_identity(&card("310410123456789", 3), '6'),
            "6310410123456789@wlan.mnc410.mcc310.3gppnetwork.org"
        );
        assert_eq!(
            permanent_identity(&card("1", 2), '0'),
            "01@wlan.mnc000.mcc1.3gppnetwork.org"
        );
    }
}
