//! Reason codes (IEEE 802.11-2020, Table 9-49).

use super::codes;

codes! {
    /// Why an association, an authentication or an agreement was ended (2 octets).
    ///
    /// Reads as `15 (4-way handshake timeout)`. A code outside the table is kept and has no name.
    ReasonCode {
        1 UNSPECIFIED "unspecified"
            "No reason was given.";
        2 INVALID_AUTHENTICATION "authentication no longer valid"
            "The earlier authentication is no longer valid.";
        3 LEAVING_NETWORK_DEAUTH "leaving the network"
            "The sender leaves the network and drops the authentication.";
        4 INACTIVITY "inactivity"
            "The station was silent for too long.";
        5 NO_MORE_STATIONS "too many stations"
            "The access point has no room for another station.";
        6 INVALID_CLASS_2_FRAME "frame before authentication"
            "The station sent a frame that needs an authentication, and has none.";
        7 INVALID_CLASS_3_FRAME "frame before association"
            "The station sent a frame that needs an association, and has none.";
        8 LEAVING_NETWORK_DISASSOC "leaving the network, disassociation"
            "The sender leaves the network and drops the association.";
        9 NOT_AUTHENTICATED "not authenticated"
            "The station asked to associate without having authenticated.";
        10 UNACCEPTABLE_POWER_CAPABILITY "power capability unacceptable"
            "The transmit power that the station can use does not suit the network.";
        11 UNACCEPTABLE_SUPPORTED_CHANNELS "supported channels unacceptable"
            "The channels that the station can use do not suit the network.";
        12 BSS_TRANSITION_DISASSOC "BSS transition"
            "The network moves the station to another access point.";
        13 INVALID_ELEMENT "invalid element"
            "An element of a frame did not follow its format.";
        14 MIC_FAILURE "MIC failure"
            "The integrity check of a frame failed.";
        15 FOUR_WAY_HANDSHAKE_TIMEOUT "4-way handshake timeout"
            "The 4-way handshake was not finished in time; a wrong passphrase is the usual cause.";
        16 GROUP_KEY_HANDSHAKE_TIMEOUT "group key handshake timeout"
            "The group key handshake was not finished in time.";
        17 HANDSHAKE_ELEMENT_MISMATCH "handshake element mismatch"
            "An element in the 4-way handshake differs from the one in the association or the beacon, which may be a downgrade attack.";
        18 INVALID_GROUP_CIPHER "invalid group cipher"
            "The group cipher is not one that the sender accepts.";
        19 INVALID_PAIRWISE_CIPHER "invalid pairwise cipher"
            "The pairwise cipher is not one that the sender accepts.";
        20 INVALID_AKMP "invalid AKM"
            "The authentication and key management suite is not one that the sender accepts.";
        21 UNSUPPORTED_RSNE_VERSION "unsupported RSNE version"
            "The version of the RSN element is not supported.";
        22 INVALID_RSNE_CAPABILITIES "invalid RSNE capabilities"
            "The capabilities in the RSN element are not acceptable.";
        23 IEEE_802_1X_AUTH_FAILED "802.1X authentication failed"
            "The authentication server refused the station.";
        24 CIPHER_OUT_OF_POLICY "cipher out of policy"
            "The network's security policy does not allow the cipher.";
        25 TDLS_PEER_UNREACHABLE "TDLS peer unreachable"
            "The direct link was torn down because the peer cannot be reached over it.";
        26 TDLS_UNSPECIFIED "TDLS unspecified"
            "The direct link was torn down without a reason.";
        27 SSP_REQUESTED_DISASSOC "service provider asked for disassociation"
            "The session was ended on request of the service provider.";
        28 NO_SSP_ROAMING_AGREEMENT "no roaming agreement"
            "The service provider has no roaming agreement for the station.";
        29 BAD_CIPHER_OR_AKM "cipher or AKM refused by the service provider"
            "The service provider does not allow the requested cipher or key management.";
        30 NOT_AUTHORIZED_THIS_LOCATION "not authorised at this location"
            "The requested service is not authorised at this location.";
        31 SERVICE_CHANGE_PRECLUDES_TS "service change precludes traffic stream"
            "A change of the service leaves no room for the traffic stream.";
        32 UNSPECIFIED_QOS_REASON "unspecified QoS reason"
            "No reason was given but that it has to do with quality of service.";
        33 NOT_ENOUGH_BANDWIDTH "not enough bandwidth"
            "The access point has too little bandwidth for the station.";
        34 MISSING_ACKS "missing acknowledgements"
            "Too many frames went unacknowledged, because the channel is poor or the station was away.";
        35 EXCEEDED_TXOP "transmit opportunity exceeded"
            "The station sent outside of the time that it was given.";
        36 STATION_LEAVING "station leaving"
            "The station leaves the network or resets itself.";
        37 END_TS_BA_DLS "end of agreement"
            "The station no longer uses the traffic stream, block ack agreement or direct link.";
        38 UNKNOWN_TS_BA "unknown agreement"
            "The station received frames of a traffic stream or block ack agreement that was not set up.";
        39 TIMEOUT "timeout"
            "The peer did not answer in time.";
        45 PEERKEY_MISMATCH "PeerKey mismatch"
            "The peer station does not support the requested cipher.";
        46 PEER_INITIATED "peer initiated"
            "The peer of the direct link tore it down.";
        47 AP_INITIATED "AP initiated"
            "The access point tore the direct link down.";
        48 INVALID_FT_ACTION_FRAME_COUNT "invalid FT action frame count"
            "The number of action frames in the fast transition is not the expected one.";
        49 INVALID_PMKID "invalid PMKID"
            "The named master key is not known.";
        50 INVALID_MDE "invalid MDE"
            "The mobility domain element is not the network's.";
        51 INVALID_FTE "invalid FTE"
            "The fast BSS transition element is not valid.";
        52 MESH_PEERING_CANCELED "mesh peering cancelled"
            "The mesh peering was cancelled.";
        53 MESH_MAX_PEERS "mesh peers exhausted"
            "The mesh station has as many peers as it can have.";
        54 MESH_CONFIGURATION_POLICY_VIOLATION "mesh configuration policy violation"
            "The peer's mesh configuration violates the policy.";
        55 MESH_CLOSE_RCVD "mesh peering closed"
            "The mesh station received a request to close the peering.";
        56 MESH_MAX_RETRIES "mesh retries exhausted"
            "The peering was not opened after the allowed number of attempts.";
        57 MESH_CONFIRM_TIMEOUT "mesh confirmation timeout"
            "The confirmation of the mesh peering did not come in time.";
        58 MESH_INVALID_GTK "mesh group key invalid"
            "The group key of the mesh peer could not be unwrapped, or does not fit.";
        59 MESH_INCONSISTENT_PARAMETERS "mesh parameters inconsistent"
            "The parameters of the mesh peering contradict each other.";
        60 MESH_INVALID_SECURITY_CAPABILITY "mesh security capability invalid"
            "The peer's mesh security capability is not acceptable.";
        61 MESH_PATH_ERROR_NO_PROXY_INFORMATION "mesh path without proxy information"
            "The mesh station has no proxy information for the destination.";
        62 MESH_PATH_ERROR_NO_FORWARDING_INFORMATION "mesh path without forwarding information"
            "The mesh station has no forwarding information for the destination.";
        63 MESH_PATH_ERROR_DESTINATION_UNREACHABLE "mesh destination unreachable"
            "The link to the next station of the mesh path no longer works.";
        64 MAC_ADDRESS_ALREADY_EXISTS_IN_MBSS "address already in the mesh"
            "Another station of the mesh has the same address.";
        65 MESH_CHANNEL_SWITCH_REGULATORY "mesh channel switch (regulation)"
            "The mesh station changes its channel because a regulation demands it.";
        66 MESH_CHANNEL_SWITCH_UNSPECIFIED "mesh channel switch"
            "The mesh station changes its channel and gives no reason.";
        67 TRANSMISSION_LINK_ESTABLISHMENT_FAILED "link in alternative channel failed"
            "No link could be established in the alternative channel.";
        68 ALTERNATIVE_CHANNEL_OCCUPIED "alternative channel occupied"
            "The alternative channel is in use.";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_code_reads_as_number_and_name() {
        assert_eq!(ReasonCode(15).to_string(), "15 (4-way handshake timeout)");
        assert_eq!(ReasonCode(40).to_string(), "40");
    }

    #[test]
    fn the_reserved_codes_and_no_others_have_no_name() {
        let unnamed = (0..=68).filter(|&code| ReasonCode(code).name().is_none());
        assert!(unnamed.eq([0, 40, 41, 42, 43, 44]));
    }
}
