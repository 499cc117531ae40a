//! The keys of one authentication (RFC 4186, 7; RFC 4187, 7; RFC 9048, 3.3).

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::prf::{fips186, hmac_sha256, prf_prime};
use crate::method::ExportedKeys;
use crate::usim::{Triplet, Vector};

/// What protects the messages, and what a fast re-authentication starts from. Wiped when dropped.
pub(crate) struct Session {
    /// `K_encr`.
    pub(crate) encryption: Zeroizing<[u8; 16]>,
    /// `K_aut` and the seed of re-authentications.
    algorithms: Algorithms,
}

enum Algorithms {
    /// SIM and AKA.
    Sha1 {
        authentication: Zeroizing<[u8; 16]>,
        /// MK.
        master: Zeroizing<[u8; 20]>,
    },
    /// AKA'.
    Sha256 {
        authentication: Zeroizing<[u8; 32]>,
        /// `K_re`.
        renewal: Zeroizing<[u8; 32]>,
    },
}

/// What the method exports. Wiped when dropped.
pub(crate) struct Master(Zeroizing<[[u8; 64]; 2]>);

impl Master {
    pub(crate) fn export(&self, session_id: Vec<u8>) -> Option<ExportedKeys> {
        let [msk, emsk] = &*self.0;
        ExportedKeys::new(msk, Some(emsk), session_id)
    }
}

impl Session {
    /// The keys of EAP-SIM. `versions` as the server has listed them, `selected` as the peer has chosen.
    pub(crate) fn sim(
        identity: &[u8],
        triplets: &[Triplet],
        nonce: &[u8; 16],
        versions: &[u8],
        selected: u16,
    ) -> (Self, Master) {
        let mut hash = Sha1::new().chain_update(identity);
        triplets.iter().for_each(|triplet| hash.update(triplet.kc.as_slice()));
        hash.update(nonce);
        hash.update(versions);
        hash.update(selected.to_be_bytes());
        Self::of_master_key(Zeroizing::new(hash.finalize().into()))
    }

    /// The keys of EAP-AKA.
    pub(crate) fn aka(identity: &[u8], vector: &Vector) -> (Self, Master) {
        let hash = Sha1::new()
            .chain_update(identity)
            .chain_update(vector.ik.as_slice())
            .chain_update(vector.ck.as_slice());
        Self::of_master_key(Zeroizing::new(hash.finalize().into()))
    }

    /// The keys of EAP-AKA', bound to the access network of this name. `autn` is that of the challenge.
    pub(crate) fn aka_prime(identity: &[u8], vector: &Vector, autn: &[u8; 16], network: &[u8]) -> (Self, Master) {
        let key = bound_keys(vector, autn, network);
        let mut stream = Zeroizing::new([0; 208]);
        prf_prime(key.as_slice(), &[b"EAP-AKA'", identity], stream.as_mut_slice());
        let mut stream = Stream(stream.as_slice());
        let session = Self {
            encryption: stream.take(),
            algorithms: Algorithms::Sha256 {
                authentication: stream.take(),
                renewal: stream.take(),
            },
        };
        (session, stream.master())
    }

    fn of_master_key(master: Zeroizing<[u8; 20]>) -> (Self, Master) {
        let mut stream = Zeroizing::new([0; 160]);
        fips186(&master, stream.as_mut_slice());
        let mut stream = Stream(stream.as_slice());
        let session = Self {
            encryption: stream.take(),
            algorithms: Algorithms::Sha1 {
                authentication: stream.take(),
                master,
            },
        };
        (session, stream.master())
    }

    /// What a fast re-authentication exports; the keys that protect the messages stay.
    pub(crate) fn renew(&self, identity: &[u8], counter: u16, nonce: &[u8; 16]) -> Master {
        let counter = counter.to_be_bytes();
        let mut stream = Zeroizing::new([0; 128]);
        match &self.algorithms {
            Algorithms::Sha1 { master, .. } => {
                let hash = Sha1::new()
                    .chain_update(identity)
                    .chain_update(counter)
                    .chain_update(nonce)
                    .chain_update(master.as_slice());
                let seed = Zeroizing::new(hash.finalize().into());
                fips186(&seed, stream.as_mut_slice());
            }
            Algorithms::Sha256 { renewal, .. } => {
                let seed: [&[u8]; 4] = [b"EAP-AKA' re-auth", identity, &counter, nonce];
                prf_prime(renewal.as_slice(), &seed, stream.as_mut_slice());
            }
        }
        Stream(stream.as_slice()).master()
    }

    /// The integrity code over the parts of a packet, with zeros where the code itself stands, and what else it covers.
    pub(crate) fn code(&self, parts: &[&[u8]]) -> [u8; 16] {
        let whole = match &self.algorithms {
            Algorithms::Sha1 { authentication, .. } => hmac_sha1(authentication.as_slice(), parts),
            Algorithms::Sha256 { authentication, .. } => hmac_sha256(authentication.as_slice(), parts),
        };
        whole.first_chunk().copied().unwrap_or_default()
    }

    /// True if `code` is that of the parts; takes the same time wherever it differs.
    pub(crate) fn verify(&self, code: &[u8; 16], parts: &[&[u8]]) -> bool {
        self.code(parts).ct_eq(code).into()
    }
}

/// Keys, one behind the other.
struct Stream<'a>(&'a [u8]);

impl Stream<'_> {
    fn take<const N: usize>(&mut self) -> Zeroizing<[u8; N]> {
        let (key, rest) = self.0.split_first_chunk().unwrap_or((&[0; N], &[]));
        self.0 = rest;
        Zeroizing::new(*key)
    }

    fn master(mut self) -> Master {
        Master(Zeroizing::new([*self.take(), *self.take()]))
    }
}

/// IK' and CK', in this order: the card's keys, bound to the access network (3GPP TS 33.402, A.2).
fn bound_keys(vector: &Vector, autn: &[u8; 16], network: &[u8]) -> Zeroizing<[u8; 32]> {
    let key = Zeroizing::new([*vector.ck, *vector.ik]);
    // The name comes out of an attribute, which holds 1018 octets.
    let network_len = (network.len() as u16).to_be_bytes();
    let hidden = autn.first_chunk::<6>().unwrap_or(&[0; 6]);
    let mut bound = hmac_sha256(key.as_flattened(), &[&[0x20], network, &network_len, hidden, &[0, 6]]);
    bound.rotate_left(16);
    bound
}

/// HMAC-SHA-1, in as many octets as the other hash has.
fn hmac_sha1(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut code = Zeroizing::new([0; 32]);
    // HMAC takes keys of every length.
    if let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) {
        parts.iter().for_each(|part| mac.update(part));
        code.iter_mut()
            .zip(mac.finalize().into_bytes())
            .for_each(|(to, from)| *to = from);
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    fn vector() -> Vector {
        Vector {
            res: keys::Key::new(&hex::<8>("28d7b0f2a2ec3de5")).unwrap(),
            ck: Zeroizing::new(hex("5349fbe098649f948f5d2e973a81c00f")),
            ik: Zeroizing::new(hex("9744871ad32bf9bbd1dd5ce54e3e2e5a")),
        }
    }

    const AUTN: &str = "bb52e91c747ac3ab2a5c23d15ee351d5";
    const NONCE: &str = "0123456789abcdeffedcba9876543210";

    /// The triplets of RFC 4186, appendix A.
    pub(in super::super) fn triplets() -> [Triplet; 3] {
        [
            ("d1d2d3d4", "a0a1a2a3a4a5a6a7"),
            ("e1e2e3e4", "b0b1b2b3b4b5b6b7"),
            ("f1f2f3f4", "c0c1c2c3c4c5c6c7"),
        ]
        .map(|(sres, kc)| Triplet {
            sres: Zeroizing::new(hex(sres)),
            kc: Zeroizing::new(hex(kc)),
        })
    }

    fn authentication(session: &Session) -> &[u8] {
        match &session.algorithms {
            Algorithms::Sha1 { authentication, .. } => authentication.as_slice(),
            Algorithms::Sha256 { authentication, .. } => authentication.as_slice(),
        }
    }

    #[test]
    fn the_keys_of_sim_are_those_of_rfc_4186() {
        let identity = b"1244070100000001@eapsim.foo";
        let (session, master) = Session::sim(identity, &triplets(), &hex(NONCE), &[0, 1], 1);
        assert_eq!(*session.encryption, hex("536e5ebc4465582aa6a8ec9986ebb620"));
        assert_eq!(authentication(&session), hex::<16>("25af1942efcbf4bc72b3943421f2a974"));
        assert_eq!(
            master.0[0],
            hex::<64>(
                "39d45aeaf4e30601983e972b6cfd46d1c363773365690d09cd44976b525f47d3
                 a60a985e955c53b090b2e4b73719196a402542968fd14a888f46b9a7886e4488"
            )
        );
        assert_eq!(
            master.0[1],
            hex::<64>(
                "5949eab0fff69d52315c6c634fd14a7f0d52023d56f79698fa6596abeed4f93f
                 bb48eb534d985414ceed0d9a8ed33c387c9dfdab92ffbdf240fcecf65a2c93b9"
            )
        );
        let identity = b"Y24fNSrz8BP274jOJaF17WfxI8YO7QX00pMXk9XMMVOw7broaNhTczuFq53aEpOkk3L0dm@eapsim.foo";
        let renewed = session.renew(identity, 1, &hex(NONCE));
        assert_eq!(
            renewed.0[0],
            hex::<64>(
                "6263f614973895e1335f7e30cff028ee2176f519002c9abe732fe0ef00cf167c
                 756d9e4ced6d5ed640eb3fe38565ca076e7fb8a817cfe8d9adbce441d47c4f5e"
            )
        );
        assert_eq!(
            renewed.0[1],
            hex::<64>(
                "3d8ff7863a630b2b06e2cf209684c13f6b82f992f2b06f1b54bf51ef237f2a40
                 1ef5e0d7e098a34c533eaebf34578854b772152620a777f0e0340884a294fb73"
            )
        );
    }

    /// With the challenge of 3GPP TS 35.208, set 19; the values are those of the tests of FreeRADIUS.
    #[test]
    fn the_keys_of_aka_come_from_both_keys_of_the_card() {
        let (session, master) = Session::aka(b"0555444333222111", &vector());
        assert_eq!(*session.encryption, hex("18e8b20bcda70486fd5959586a9e7c3d"));
        assert_eq!(authentication(&session), hex::<16>("18c044070e5e642a2643876ff7a83812"));
        assert_eq!(
            master.0[0],
            hex::<64>(
                "352ffaef2df120cb22410b9c0b70623cb5a35bc9fcd6bca0fc337b48b1763089
                 0a03375cfd1e64cbd6bf8304374dd2e139d64ed1a6d618ffefb08c26a6bb3585"
            )
        );
    }

    /// RFC 9048, appendix D, case 1.
    #[test]
    fn the_keys_of_aka_prime_are_those_of_rfc_9048() {
        let bound = bound_keys(&vector(), &hex(AUTN), b"WLAN");
        assert_eq!(
            *bound,
            hex::<32>("ccfc230ca74fcc96c0a5d61164f5a76c0093962d0dd84aa5684b045c9edffa04")
        );
        let (session, master) = Session::aka_prime(b"0555444333222111", &vector(), &hex(AUTN), b"WLAN");
        assert_eq!(*session.encryption, hex("766fa0a6c317174b812d52fbcd11a179"));
        assert_eq!(
            authentication(&session),
            hex::<32>("0842ea722ff6835bfa2032499fc3ec23c2f0e388b4f07543ffc677f1696d71ea")
        );
        let Algorithms::Sha256 { renewal, .. } = &session.algorithms else {
            panic!("AKA' has SHA-256");
        };
        assert_eq!(
            **renewal,
            hex::<32>("cf83aa8bc7e0aced892acc98e76a9b2095b558c7795c7094715cb3393aa7d17a")
        );
        assert_eq!(
            master.0[0],
            hex::<64>(
                "67c42d9aa56c1b79e295e3459fc3d187d42be0bf818d3070e362c5e967a4d544
                 e8ecfe19358ab3039aff03b7c930588c055babee58a02650b067ec4e9347c75a"
            )
        );
        assert_eq!(
            master.0[1],
            hex::<64>(
                "f861703cd775590e16c7679ea3874ada866311de290764d760cf76df647ea01c
                 313f69924bdd7650ca9bac141ea075c4ef9e8029c0e290cdbad5638b63bc23fb"
            )
        );
        // The tests of FreeRADIUS, which say that they compute it alone.
        let renewed = session.renew(b"5555444333222111", 1, &hex(NONCE));
        assert_eq!(
            renewed.0[0],
            hex::<64>(
                "28f2b93a8edc4a01b69d378ba68a77bb016c0febb760db985799649900006f97
                 a1765c65f5d5bfdee761ba4292e451d1a0c57e76eb913ee995f5ce6eb7989138"
            )
        );
    }
}
