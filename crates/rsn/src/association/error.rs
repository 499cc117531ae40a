//! Why an association can't be negotiated.

use frame::{Akm, Cipher, ParseError};

/// Why the elements of two stations make no association that a handshake can protect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssociationError {
    /// An element, or the list it should be in, does not parse.
    #[error("malformed element: {0}")]
    Malformed(#[from] ParseError),
    /// The octets given are not one whole element.
    #[error("expected one whole element with ID {id}")]
    NotOneElement {
        /// The ID that it should have.
        id: u8,
    },
    /// An RSNE of a version that is not known: what it says cannot be relied on.
    #[error("RSNE version {0}, expected 1")]
    Version(u16),
    /// One side speaks of RSN, the other of WPA.
    #[error("one station's element is an RSNE, the other's a WPA element")]
    Protocol,
    /// The station must select one AKM.
    #[error("the station's RSNE does not select exactly one AKM suite")]
    NotOneAkm,
    /// The station must select one pairwise cipher.
    #[error("the station's RSNE does not select exactly one pairwise cipher suite")]
    NotOneCipher,
    /// The station selected what the access point does not offer.
    #[error("AKM suite {0} is not offered by the access point")]
    AkmNotOffered(Akm),
    /// The station selected what the access point does not offer.
    #[error("cipher suite {0} is not offered by the access point")]
    CipherNotOffered(Cipher),
    /// The suite is in no table, or its frames have no MIC (FILS).
    #[error("AKM suite {0} is not supported")]
    AkmUnsupported(Akm),
    /// The suite is in no table, or is not made for the traffic that it was selected for.
    #[error("cipher suite {0} is not supported here")]
    CipherUnsupported(Cipher),
    /// One side requires the protection of management frames, the other cannot do it.
    #[error("management frame protection is required by one station and not possible for the other")]
    ManagementProtection,
    /// Both sides validate the operating channel, and nobody said which one we are on.
    #[error("operating channel validation was negotiated and our channel is not known")]
    ChannelUnknown,
    /// The suite has fast transition and the mobility domain with its key holders is not known, or a mobility domain
    /// is given for a suite without.
    #[error("suite and mobility domain do not fit: fast transition needs both")]
    Mobility,
    /// The PMK is not as long as the suite's PMKs are.
    #[error("PMK of {found} octets, expected {expected} for this AKM suite")]
    PmkLength {
        /// Octets that the suite expects.
        expected: usize,
        /// Octets given.
        found: usize,
    },
}
