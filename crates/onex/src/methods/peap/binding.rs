//! The keys that bind the tunnel of PEAP to the method inside it ([MS-PEAP], 3.1.5.5).

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::KIND;
use super::tlv::BindingTlv;
use crate::method::ExportedKeys;

/// The compound keys: IPMK, 40 octets, from which the session's keys come, and CMK, 20 octets, which proves them.
pub(crate) struct Binding {
    ipmk: Zeroizing<[u8; 40]>,
    cmk: Zeroizing<[u8; 20]>,
}

impl Binding {
    /// Of a tunnel with this key `material` and a method inside with these keys; zeros for one that makes none.
    pub(crate) fn new(material: &[u8; 128], inside: Option<&ExportedKeys>) -> Self {
        let mut isk = Zeroizing::new([0; 32]);
        if let Some((half, _)) = inside.and_then(|keys| keys.msk.as_bytes().split_first_chunk()) {
            *isk = *half;
        }
        let (tunnel_key, _) = split(material);
        let seed = [b"Inner Methods Compound Keys", &isk[..]];
        let (ipmk, cmk) = split(&prf_plus::<60>(&tunnel_key[..], &seed));
        Self { ipmk, cmk }
    }

    /// Of a resumed tunnel, inside which nothing is done: the tunnel's key itself.
    pub(crate) fn resumed(material: &[u8; 128]) -> Self {
        let (ipmk, cmk) = split(material);
        Self { ipmk, cmk }
    }

    /// Puts the compound MAC into a TLV.
    pub(crate) fn sign(&self, tlv: &mut BindingTlv) {
        tlv.mac = self.mac(tlv);
    }

    /// Whether the compound MAC of a TLV is right.
    pub(crate) fn verifies(&self, tlv: &BindingTlv) -> bool {
        self.mac(tlv).ct_eq(&tlv.mac).into()
    }

    fn mac(&self, tlv: &BindingTlv) -> [u8; 20] {
        let zeroed = BindingTlv {
            mac: [0; 20],
            ..tlv.clone()
        };
        mac(&self.cmk[..], &[&zeroed.to_vec(), &[KIND]])
    }

    /// MSK and EMSK, 128 octets.
    pub(crate) fn keys(&self) -> Zeroizing<[u8; 128]> {
        // The label ends in a zero, unlike the one of the compound keys.
        prf_plus(&self.ipmk[..], &[b"Session Key Generating Function\0"])
    }
}

/// The first 40 octets and the 20 behind them.
fn split<const N: usize>(material: &[u8; N]) -> (Zeroizing<[u8; 40]>, Zeroizing<[u8; 20]>) {
    const { assert!(N >= 60, "two keys of 40 and 20 octets") };
    let (mut first, mut second) = (Zeroizing::new([0; 40]), Zeroizing::new([0; 20]));
    let octets = first.iter_mut().chain(second.iter_mut());
    octets.zip(material).for_each(|(to, from)| *to = *from);
    (first, second)
}

/// `PRF+` ([MS-PEAP], 3.1.5.5.2.2): HMAC-SHA-1 of what came before, the seed, a counter and two zeros.
fn prf_plus<const N: usize>(key: &[u8], seed: &[&[u8]]) -> Zeroizing<[u8; N]> {
    let mut octets = Zeroizing::new([0; N]);
    let mut last = Zeroizing::new(Vec::new());
    for (block, counter) in octets.chunks_mut(20).zip(1u8..) {
        let counter = [counter, 0, 0];
        let parts = [&[last.as_slice()], seed, &[&counter[..]]].concat();
        *last = mac(key, &parts).to_vec();
        block.iter_mut().zip(last.iter()).for_each(|(to, from)| *to = *from);
    }
    octets
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) else {
        return [0; 20];
    };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
