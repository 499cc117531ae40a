//! Reason codes (IEEE 802.11-2020, Table 9-49).

use super::codes;

codes! {
    /// Why an association or an authentication was ended. Reads as `15 (4-way handshake timeout)`.
    ReasonCode {
        1 UNSPECIFIED "unspecified" "No reason was given.";
        2 INVALID_AUTHENTICATION "authentication no longer valid" "The earlier authentication is no longer valid.";
        3 LEAVING_NETWORK_DEAUTH "leaving the network" "The sender is leaving, or has left, the network.";
        15 FOUR_WAY_HANDSHAKE_TIMEOUT "4-way handshake timeout" "The 4-way handshake was not finished in time; a wrong passphrase is the usual cause.";
    }
}
