//! 802.1X: attributes and outcomes.

#![allow(unsafe_code)]

use crate::abi::memory::{list, octets, read};
use crate::abi::{
    DOT11_EAP_RESULT, DOT11_MSONEX_FAILURE, DOT11_MSONEX_IN_PROGRESS, DOT11_MSONEX_RESULT, DOT11_MSONEX_RESULT_PARAMS,
    DOT11_MSONEX_SUCCESS, EAP_ATTRIBUTE, EAP_ATTRIBUTES,
};
use crate::{EapAttribute, EapResult, OneXOutcome, OneXResult, Win32Error};
use core::ptr;
use zeroize::Zeroizing;

/// Reads attributes; none at null.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for a count or a length without octets.
///
/// # Safety
/// `pointer` is null, or everything that it leads to is there.
pub(crate) unsafe fn attributes(pointer: *const EAP_ATTRIBUTES) -> Result<Vec<EapAttribute>, Win32Error> {
    if pointer.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: the caller vouches for all of it.
    unsafe {
        let found = read(pointer)?;
        list(found.pAttribs, found.dwNumberOfAttributes)?
            .into_iter()
            .map(|attribute| {
                Ok(EapAttribute {
                    kind: attribute.eapType,
                    value: octets(attribute.pValue, attribute.dwLength)?.to_vec(),
                })
            })
            .collect()
    }
}

/// Attributes, for the other side.
pub(crate) struct Attributes {
    /// What the rows point to.
    _values: Vec<Vec<u8>>,
    rows: Vec<EAP_ATTRIBUTE>,
}

impl Attributes {
    pub(crate) fn new(attributes: &[EapAttribute]) -> Self {
        let mut values: Vec<_> = attributes.iter().map(|attribute| attribute.value.clone()).collect();
        let rows = attributes
            .iter()
            .zip(&mut values)
            .map(|(attribute, value)| EAP_ATTRIBUTE {
                eapType: attribute.kind,
                dwLength: u32::try_from(value.len()).unwrap_or(u32::MAX),
                pValue: value.as_mut_ptr(),
            })
            .collect();
        Self { _values: values, rows }
    }

    /// The attributes; they point into `self`.
    pub(crate) fn attributes(&mut self) -> EAP_ATTRIBUTES {
        EAP_ATTRIBUTES {
            dwNumberOfAttributes: u32::try_from(self.rows.len()).unwrap_or(u32::MAX),
            pAttribs: self.rows.as_mut_ptr(),
        }
    }
}

/// Puts the system's protection, under which keys cross, on a key, or takes it off.
pub(crate) type Protection = fn(&[u8]) -> Result<Zeroizing<Vec<u8>>, Win32Error>;

/// Reads a result.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for null, an outcome that is none, or keys without octets; what `unprotect` says.
///
/// # Safety
/// `pointer` is null, or everything that it leads to is there.
pub(crate) unsafe fn result(
    outcome: DOT11_MSONEX_RESULT,
    pointer: *const DOT11_MSONEX_RESULT_PARAMS,
    unprotect: Protection,
) -> Result<OneXResult, Win32Error> {
    let outcome = match outcome {
        DOT11_MSONEX_SUCCESS => OneXOutcome::Success,
        DOT11_MSONEX_FAILURE => OneXOutcome::Failure,
        DOT11_MSONEX_IN_PROGRESS => OneXOutcome::InProgress,
        _ => return Err(Win32Error::INVALID_PARAMETER),
    };
    let key = |octets: &[u8]| match octets {
        [] => Ok(Zeroizing::default()),
        protected => unprotect(protected),
    };
    // SAFETY: the caller vouches for all of it.
    unsafe {
        let found = read(pointer)?;
        let eap = match found.pDot11EapResult.is_null() {
            true => None,
            false => {
                let said = read(found.pDot11EapResult)?;
                Some(EapResult {
                    failure_reason: said.dwFailureReasonCode,
                    attributes: attributes(said.pAttribArray)?,
                })
            }
        };
        Ok(OneXResult {
            outcome,
            auth_status: found.Dot11OnexAuthStatus,
            reason: found.Dot11OneXReasonCode,
            mppe_send_key: key(octets(found.pbMPPESendKey, found.dwMPPESendKeyLen)?)?,
            mppe_recv_key: key(octets(found.pbMPPERecvKey, found.dwMPPERecvKeyLen)?)?,
            eap,
        })
    }
}

/// A result, for the other side.
pub(crate) struct Indicated {
    outcome: DOT11_MSONEX_RESULT,
    auth_status: u32,
    reason: u32,
    send_key: Zeroizing<Vec<u8>>,
    recv_key: Zeroizing<Vec<u8>>,
    /// What the method said: its reason and its attributes.
    said: Option<(u32, Attributes)>,
    array: EAP_ATTRIBUTES,
    eap: DOT11_EAP_RESULT,
}

impl Indicated {
    /// # Errors
    /// What `protect` says.
    pub(crate) fn new(result: &OneXResult, protect: Protection) -> Result<Self, Win32Error> {
        let key = |key: &Zeroizing<Vec<u8>>| match key.is_empty() {
            true => Ok(Zeroizing::default()),
            false => protect(key),
        };
        Ok(Self {
            outcome: match result.outcome {
                OneXOutcome::Success => DOT11_MSONEX_SUCCESS,
                OneXOutcome::Failure => DOT11_MSONEX_FAILURE,
                OneXOutcome::InProgress => DOT11_MSONEX_IN_PROGRESS,
            },
            auth_status: result.auth_status,
            reason: result.reason,
            send_key: key(&result.mppe_send_key)?,
            recv_key: key(&result.mppe_recv_key)?,
            said: result
                .eap
                .as_ref()
                .map(|said| (said.failure_reason, Attributes::new(&said.attributes))),
            array: EAP_ATTRIBUTES {
                dwNumberOfAttributes: 0,
                pAttribs: ptr::null_mut(),
            },
            eap: DOT11_EAP_RESULT {
                dwFailureReasonCode: 0,
                pAttribArray: ptr::null_mut(),
            },
        })
    }

    /// The outcome's number, and the parameters; they point into `self`.
    pub(crate) fn parameters(&mut self) -> (DOT11_MSONEX_RESULT, DOT11_MSONEX_RESULT_PARAMS) {
        let said = self.said.as_mut().map(|(reason, attributes)| {
            self.array = attributes.attributes();
            self.eap = DOT11_EAP_RESULT {
                dwFailureReasonCode: *reason,
                pAttribArray: &raw mut self.array,
            };
            &raw mut self.eap
        });
        let length = |key: &[u8]| u32::try_from(key.len()).unwrap_or(u32::MAX);
        let parameters = DOT11_MSONEX_RESULT_PARAMS {
            Dot11OnexAuthStatus: self.auth_status,
            Dot11OneXReasonCode: self.reason,
            dwMPPESendKeyLen: length(&self.send_key),
            pbMPPESendKey: self.send_key.as_mut_ptr(),
            dwMPPERecvKeyLen: length(&self.recv_key),
            pbMPPERecvKey: self.recv_key.as_mut_ptr(),
            pDot11EapResult: said.unwrap_or(ptr::null_mut()),
        };
        (self.outcome, parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(kind: u32, value: &[u8]) -> EapAttribute {
        EapAttribute {
            kind,
            value: value.to_vec(),
        }
    }

    #[test]
    fn attributes_survive_the_way_there_and_back() {
        for sent in [vec![], vec![attribute(1, b"user"), attribute(79, b"")]] {
            let mut record = Attributes::new(&sent);
            // SAFETY: the record lives.
            assert_eq!(unsafe { attributes(&record.attributes()) }, Ok(sent));
        }
    }

    #[test]
    fn a_result_survives_the_way_there_and_back() {
        let sent = OneXResult {
            outcome: OneXOutcome::Success,
            auth_status: 3,
            reason: 0,
            mppe_send_key: Zeroizing::new(vec![1; 32]),
            mppe_recv_key: Zeroizing::new(vec![2; 32]),
            eap: Some(EapResult {
                failure_reason: 5,
                attributes: vec![attribute(1, b"user")],
            }),
        };
        // Of another length than the key.
        let protect: Protection = |key| Ok(Zeroizing::new([key, b"protected"].concat()));
        let unprotect: Protection = |key| {
            let key = key.strip_suffix(b"protected").ok_or(Win32Error::INVALID_DATA)?;
            Ok(Zeroizing::new(key.to_vec()))
        };
        let mut record = Indicated::new(&sent, protect).map_err(|_| "refused").unwrap();
        let (outcome, parameters) = record.parameters();
        // SAFETY: the record lives.
        let read = unsafe { result(outcome, &parameters, unprotect) }
            .map_err(|_| "refused")
            .unwrap();
        assert_eq!((read.outcome, read.auth_status), (sent.outcome, sent.auth_status));
        assert_eq!(
            (read.mppe_send_key, read.mppe_recv_key),
            (sent.mppe_send_key, sent.mppe_recv_key)
        );
        assert_eq!(read.eap, sent.eap);
    }

    #[test]
    fn an_outcome_without_meaning_is_refused() {
        // SAFETY: null is allowed.
        let refused = unsafe { result(3, ptr::null(), |_| Ok(Zeroizing::default())) };
        assert_eq!(refused.err(), Some(Win32Error::INVALID_PARAMETER));
    }
}
