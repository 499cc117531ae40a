//! The 802.1X module that the host lends to an extension, as far as the two talk about it.

use zeroize::Zeroizing;

/// An EAP attribute (`EAP_ATTRIBUTE`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EapAttribute {
    /// `EAP_ATTRIBUTE_TYPE`: a RADIUS attribute number, or one of Windows' own.
    pub kind: u32,
    /// The attribute's octets.
    pub value: Vec<u8>,
}

/// How an 802.1X operation stands (`DOT11_MSONEX_RESULT`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneXOutcome {
    /// The peer proved itself, and so did we.
    Success,
    /// It failed.
    Failure,
    /// It goes on.
    InProgress,
}

/// What the EAP method said about a failure (`DOT11_EAP_RESULT`).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct EapResult {
    /// The method's own reason code.
    pub failure_reason: u32,
    /// The attributes that it returned.
    pub attributes: Vec<EapAttribute>,
}

/// The result of an 802.1X operation (`DOT11_MSONEX_RESULT_PARAMS`). No `Debug`: it holds keys.
pub struct OneXResult {
    /// How it stands.
    pub outcome: OneXOutcome,
    /// `ONEX_AUTH_STATUS`.
    pub auth_status: u32,
    /// `ONEX_REASON_CODE`.
    pub reason: u32,
    /// MS-MPPE-Send-Key: the second half of the MSK; empty unless successful.
    pub mppe_send_key: Zeroizing<Vec<u8>>,
    /// MS-MPPE-Recv-Key: the first half of the MSK, the PMK; empty unless successful.
    pub mppe_recv_key: Zeroizing<Vec<u8>>,
    /// What the EAP method said, if it said something.
    pub eap: Option<EapResult>,
}
