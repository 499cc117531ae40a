//! Status codes (IEEE 802.11-2020, Table 9-50).

use super::codes;

impl StatusCode {
    /// True if the request was granted: success proper, or one of its variants.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(
            self,
            Self::SUCCESS | Self::SUCCESS_POWER_SAVE_MODE | Self::SUCCESS_CAG_VERSIONS_MATCH
        )
    }
}

codes! {
    /// How a request was answered (2 octets).
    ///
    /// Reads as `53 (invalid PMKID)`. A code outside the table is kept and has no name.
    StatusCode {
        0 SUCCESS "success"
            "The request was granted.";
        1 UNSPECIFIED_FAILURE "unspecified failure"
            "The request was refused without a cause.";
        2 TDLS_REJECTED_ALTERNATIVE_PROVIDED "TDLS wakeup refused, alternative given"
            "The wakeup schedule of the direct link was refused, and another one was proposed.";
        3 TDLS_REJECTED "TDLS wakeup refused"
            "The wakeup schedule of the direct link was refused.";
        5 SECURITY_DISABLED "security disabled"
            "Security is turned off at the other side.";
        6 UNACCEPTABLE_LIFETIME "lifetime unacceptable"
            "The proposed lifetime is not acceptable.";
        7 NOT_IN_SAME_BSS "not in the same network"
            "The two stations are not associated with the same access point.";
        10 REFUSED_CAPABILITIES_MISMATCH "capabilities mismatch"
            "The station does not have all the capabilities that the network asks for.";
        11 DENIED_NO_ASSOCIATION_EXISTS "no association to move"
            "The access point could not confirm the association that the station wants to move.";
        12 DENIED_OTHER_REASON "refused for another reason"
            "The association was refused for a reason that the standard does not know.";
        13 UNSUPPORTED_AUTH_ALGORITHM "authentication algorithm unsupported"
            "The other side does not support the authentication algorithm.";
        14 TRANSACTION_SEQUENCE_ERROR "authentication out of sequence"
            "An authentication frame came out of sequence.";
        15 CHALLENGE_FAILURE "challenge failure"
            "The authentication was refused, because the answer to the challenge or the confirmation was wrong; a wrong password is the usual cause.";
        16 REJECTED_SEQUENCE_TIMEOUT "authentication timeout"
            "The next frame of the authentication did not come in time.";
        17 DENIED_NO_MORE_STATIONS "too many stations"
            "The access point has no room for another station.";
        18 REFUSED_BASIC_RATES_MISMATCH "basic rates mismatch"
            "The station does not support all the data rates that the network asks for.";
        19 DENIED_NO_SHORT_PREAMBLE_SUPPORT "no short preamble"
            "The network asks for short preambles, which the station does not support.";
        22 REJECTED_SPECTRUM_MANAGEMENT_REQUIRED "spectrum management required"
            "The network asks for spectrum management, which the station does not support.";
        23 REJECTED_BAD_POWER_CAPABILITY "power capability unacceptable"
            "The transmit power that the station can use does not suit the network.";
        24 REJECTED_BAD_SUPPORTED_CHANNELS "supported channels unacceptable"
            "The channels that the station can use do not suit the network.";
        25 DENIED_NO_SHORT_SLOT_TIME_SUPPORT "no short slot time"
            "The network asks for short slot times, which the station does not support.";
        27 DENIED_NO_HT_SUPPORT "no HT support"
            "The network asks for HT (802.11n), which the station does not support.";
        28 R0KH_UNREACHABLE "R0 key holder unreachable"
            "The access point cannot reach the one that holds the station's key.";
        29 DENIED_PCO_TIME_NOT_SUPPORTED "PCO transition time unsupported"
            "The station does not support the transition time of phased coexistence.";
        30 REFUSED_TEMPORARILY "refused temporarily"
            "The request was refused for now, and may be repeated after the time that the answer says.";
        31 ROBUST_MANAGEMENT_POLICY_VIOLATION "management frame protection mismatch"
            "Only one of the two sides insists on management frame protection.";
        32 UNSPECIFIED_QOS_FAILURE "unspecified QoS failure"
            "No cause was given but that it has to do with quality of service.";
        33 DENIED_INSUFFICIENT_BANDWIDTH "not enough bandwidth"
            "The access point has too little bandwidth for another station.";
        34 DENIED_POOR_CHANNEL_CONDITIONS "channel too poor"
            "The channel is too poor for the association.";
        35 DENIED_QOS_NOT_SUPPORTED "no QoS support"
            "The network asks for quality of service, which the station does not support.";
        37 REQUEST_DECLINED "declined"
            "The other side declined the request.";
        38 INVALID_PARAMETERS "invalid parameters"
            "The request has invalid parameters.";
        39 REJECTED_WITH_SUGGESTED_CHANGES "refused with suggested changes"
            "The request cannot be granted, but another one might be, as the answer says.";
        40 INVALID_ELEMENT "invalid element"
            "An element of the request did not follow its format.";
        41 INVALID_GROUP_CIPHER "invalid group cipher"
            "The group cipher is not the network's.";
        42 INVALID_PAIRWISE_CIPHER "invalid pairwise cipher"
            "The pairwise cipher is not one that the network offers.";
        43 INVALID_AKMP "invalid AKM"
            "The authentication and key management suite is not one that the network offers.";
        44 UNSUPPORTED_RSNE_VERSION "unsupported RSNE version"
            "The version of the RSN element is not supported.";
        45 INVALID_RSNE_CAPABILITIES "invalid RSNE capabilities"
            "The capabilities in the RSN element are not acceptable.";
        46 CIPHER_OUT_OF_POLICY "cipher out of policy"
            "The network's security policy does not allow the cipher.";
        47 REJECTED_FOR_DELAY_PERIOD "refused for a delay"
            "The request was not granted now, but may be after some time.";
        48 DLS_NOT_ALLOWED "direct links not allowed"
            "The network does not allow direct links.";
        49 NOT_PRESENT "not present"
            "The destination is not in this network.";
        50 NOT_QOS_STATION "not a QoS station"
            "The destination does not support quality of service.";
        51 DENIED_LISTEN_INTERVAL_TOO_LARGE "listen interval too large"
            "The station wants to sleep longer than the access point can keep its frames.";
        52 INVALID_FT_ACTION_FRAME_COUNT "invalid FT action frame count"
            "The number of action frames in the fast transition is not the expected one.";
        53 INVALID_PMKID "invalid PMKID"
            "The named master key is not known.";
        54 INVALID_MDE "invalid MDE"
            "The mobility domain element is not the network's.";
        55 INVALID_FTE "invalid FTE"
            "The fast BSS transition element is not valid.";
        56 REQUESTED_TCLAS_NOT_SUPPORTED "traffic classification unsupported"
            "The access point does not support the requested classification of traffic.";
        57 INSUFFICIENT_TCLAS_PROCESSING_RESOURCES "traffic classification resources exhausted"
            "The access point has too few resources to classify traffic as requested.";
        58 TRY_ANOTHER_BSS "try another access point"
            "The station had better try another access point.";
        59 GAS_ADVERTISEMENT_PROTOCOL_NOT_SUPPORTED "advertisement protocol unsupported"
            "The advertisement protocol of the query is not supported.";
        60 NO_OUTSTANDING_GAS_REQUEST "no query outstanding"
            "There is no query that the request could belong to.";
        61 GAS_RESPONSE_NOT_RECEIVED_FROM_SERVER "no answer from the advertisement server"
            "The advertisement server sent no answer to the query.";
        62 GAS_QUERY_TIMEOUT "query timeout"
            "The query was not answered in time.";
        63 GAS_QUERY_RESPONSE_TOO_LARGE "query response too large"
            "The answer to the query is larger than the station allows.";
        64 REJECTED_HOME_WITH_SUGGESTED_CHANGES "refused by the home network"
            "The home network refused the request and suggests changes.";
        65 SERVER_UNREACHABLE "server unreachable"
            "A server of the network that the request needs cannot be reached.";
        67 REJECTED_FOR_SSP_PERMISSIONS "not permitted by the service provider"
            "The service provider does not permit the request.";
        68 REFUSED_UNAUTHENTICATED_ACCESS_NOT_SUPPORTED "unauthenticated access unsupported"
            "The network does not let stations in without an authentication.";
        72 INVALID_RSNE "invalid RSNE"
            "The RSN element is not valid.";
        73 U_APSD_COEXISTENCE_NOT_SUPPORTED "U-APSD coexistence unsupported"
            "The access point does not support coexistence of automatic power save delivery.";
        74 U_APSD_COEX_MODE_NOT_SUPPORTED "U-APSD coexistence mode unsupported"
            "The access point does not support the requested mode of that coexistence.";
        75 BAD_INTERVAL_WITH_U_APSD_COEX "interval unsuitable for U-APSD coexistence"
            "The access point does not support the requested interval in that coexistence.";
        76 ANTI_CLOGGING_TOKEN_REQUIRED "anti-clogging token required"
            "The access point is busy with authentications and wants its token sent back.";
        77 UNSUPPORTED_FINITE_CYCLIC_GROUP "group unsupported"
            "The other side does not support the finite cyclic group.";
        78 CANNOT_FIND_ALTERNATIVE_TBTT "no alternative beacon time"
            "No other time for the beacons could be found.";
        79 TRANSMISSION_FAILURE "transmission failure"
            "The request could not be transmitted.";
        80 REQUESTED_TCLAS_NOT_SUPPORTED_BY_PEER "requested traffic classification unsupported"
            "The requested classification of traffic is not supported for this stream.";
        81 TCLAS_RESOURCES_EXHAUSTED "traffic classifiers exhausted"
            "There are no resources left to classify traffic.";
        82 REJECTED_WITH_SUGGESTED_BSS_TRANSITION "refused, another access point suggested"
            "The request was refused, and the answer names an access point to go to.";
        83 REJECT_WITH_SCHEDULE "refused with a schedule"
            "The request was refused, and the answer has a schedule.";
        84 REJECT_NO_WAKEUP_SPECIFIED "no wakeup specified"
            "The request was refused because it names no time to wake up.";
        85 SUCCESS_POWER_SAVE_MODE "success, power save mode"
            "The request was granted, and the other side is in power save mode.";
        86 PENDING_ADMITTING_FST_SESSION "session transfer pending"
            "The fast session transfer is still being admitted.";
        87 PERFORMING_FST_NOW "session transfer under way"
            "A fast session transfer is being performed.";
        88 PENDING_GAP_IN_BA_WINDOW "gap in block ack window"
            "The session transfer waits for missing frames of a block ack agreement.";
        89 REJECT_U_PID_SETTING "protocol filter refused"
            "The setting of the upper layer protocol identifier was refused.";
        92 REFUSED_EXTERNAL_REASON "refused for an external reason"
            "The association was refused for a reason outside of 802.11.";
        93 REFUSED_AP_OUT_OF_MEMORY "access point out of memory"
            "The access point has no memory left for another association.";
        94 REJECTED_EMERGENCY_SERVICES_NOT_SUPPORTED "emergency services unsupported"
            "The access point does not support emergency services.";
        95 QUERY_RESPONSE_OUTSTANDING "query response outstanding"
            "The answer to the query has not come yet.";
        96 REJECT_DSE_BAND "dependent enablement band refused"
            "The access point does not operate in a band with dependent station enablement.";
        97 TCLAS_PROCESSING_TERMINATED "traffic classification terminated"
            "The classification of traffic was ended.";
        98 TS_SCHEDULE_CONFLICT "schedule conflict"
            "The schedule conflicts with one that exists.";
        99 DENIED_WITH_SUGGESTED_BAND_AND_CHANNEL "refused, another channel suggested"
            "The association was refused, and the answer suggests a band and channel.";
        100 MCCAOP_RESERVATION_CONFLICT "mesh reservation conflict"
            "The mesh reservation conflicts with another one.";
        101 MAF_LIMIT_EXCEEDED "mesh access limit exceeded"
            "The mesh reservation would exceed the medium access limit.";
        102 MCCA_TRACK_LIMIT_EXCEEDED "mesh tracking limit exceeded"
            "The mesh station can track no further reservation.";
        103 DENIED_DUE_TO_SPECTRUM_MANAGEMENT "refused by spectrum management"
            "The association was refused for want of the spectrum management that the network needs.";
        104 DENIED_VHT_NOT_SUPPORTED "no VHT support"
            "The network asks for VHT (802.11ac), which the station does not support.";
        105 ENABLEMENT_DENIED "enablement denied"
            "The station was not enabled to use the band.";
        106 RESTRICTION_FROM_AUTHORIZED_GDB "restricted by the geolocation database"
            "The geolocation database restricts the use of the band.";
        107 AUTHORIZATION_DEENABLED "authorisation withdrawn"
            "The authorisation to use the band was withdrawn.";
        108 ENERGY_LIMITED_OPERATION_NOT_SUPPORTED "energy limited operation unsupported"
            "The network does not support, or does not allow, stations with limited energy.";
        109 REJECTED_NDP_BLOCK_ACK_SUGGESTED "NDP block ack suggested"
            "The block ack agreement was refused, and a form with null data packets is suggested.";
        110 REJECTED_MAX_AWAY_DURATION_UNACCEPTABLE "away duration unacceptable"
            "The station wants to be away for longer than the other side accepts.";
        111 FLOW_CONTROL_OPERATION_SUPPORTED "flow control supported"
            "The other side supports flow control.";
        112 FILS_AUTHENTICATION_FAILURE "FILS authentication failure"
            "The fast initial link setup could not authenticate the other side.";
        113 UNKNOWN_AUTHENTICATION_SERVER "unknown authentication server"
            "The access point does not know the authentication server.";
        116 DENIED_NOTIFICATION_PERIOD_ALLOCATION "notification period not allocated"
            "The notification period could not be allocated.";
        117 DENIED_CHANNEL_SPLITTING "channel splitting denied"
            "The splitting of the channel was refused.";
        118 DENIED_ALLOCATION "allocation denied"
            "The allocation was refused.";
        119 CMMG_FEATURES_NOT_SUPPORTED "CMMG features unsupported"
            "The station does not support the CMMG features that the network asks for.";
        120 GAS_FRAGMENT_NOT_AVAILABLE "query fragment not available"
            "The requested fragment of the query's answer is not there.";
        121 SUCCESS_CAG_VERSIONS_MATCH "success, versions match"
            "The request was granted, and the advertised versions are the ones that the station has.";
        122 GLK_NOT_AUTHORIZED "general link not authorised"
            "The station is not authorised for a general link.";
        123 UNKNOWN_PASSWORD_IDENTIFIER "unknown password identifier"
            "The access point does not know the password identifier.";
        124 DENIED_HE_NOT_SUPPORTED "no HE support"
            "The network asks for HE (802.11ax), which the station does not support.";
        126 SAE_HASH_TO_ELEMENT "hash-to-element"
            "The sender uses SAE with hash-to-element; the authentication goes on.";
        127 SAE_PK "SAE public key"
            "The sender uses SAE with a public key; the authentication goes on.";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_code_reads_as_number_and_name() {
        assert_eq!(StatusCode(53).to_string(), "53 (invalid PMKID)");
        assert_eq!(StatusCode(4).to_string(), "4");
        assert_eq!(
            StatusCode(43).meaning(),
            Some("The authentication and key management suite is not one that the network offers.")
        );
    }

    #[test]
    fn the_reserved_codes_and_no_others_have_no_name() {
        let unnamed = (0..=127).filter(|&code| StatusCode(code).name().is_none());
        assert!(unnamed.eq([4, 8, 9, 20, 21, 26, 36, 66, 69, 70, 71, 90, 91, 114, 115, 125]));
    }

    #[test]
    fn the_variants_of_success_are_success_and_a_refusal_is_not() {
        assert!(StatusCode::SUCCESS.is_success() && StatusCode::SUCCESS_POWER_SAVE_MODE.is_success());
        assert!(!StatusCode::REFUSED_TEMPORARILY.is_success());
    }
}
