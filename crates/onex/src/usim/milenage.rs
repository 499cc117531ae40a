//! MILENAGE, the algorithm set that operators use where they have none of their own (3GPP TS 35.206), and what GSM takes
//! from it (3GPP TS 33.102, 6.8.1.2).

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use zeroize::Zeroizing;

use super::{Triplet, Vector};

/// OPc, the constant of one card, made of its key and of the operator's constant OP (TS 35.206, 4.1).
#[must_use]
pub fn operator_constant(k: &[u8; 16], op: &[u8; 16]) -> Zeroizing<[u8; 16]> {
    let mut block = (*op).into();
    Aes128::new(&(*k).into()).encrypt_block(&mut block);
    Zeroizing::new(xor(&block.into(), op))
}

/// The functions of TS 35.206, 4.1, for one challenge.
pub(super) struct Milenage {
    cipher: Aes128,
    opc: Zeroizing<[u8; 16]>,
    temp: Zeroizing<[u8; 16]>,
}

impl Milenage {
    pub(super) fn new(k: &[u8; 16], opc: &[u8; 16], rand: &[u8; 16]) -> Self {
        let cipher = Aes128::new(&(*k).into());
        let mut temp = xor(rand, opc).into();
        cipher.encrypt_block(&mut temp);
        Self {
            cipher,
            opc: Zeroizing::new(*opc),
            temp: Zeroizing::new(temp.into()),
        }
    }

    /// f1 and f1*: MAC-A, the network's proof, and MAC-S, the card's. `sqn` has 48 bits.
    pub(super) fn f1(&self, sqn: u64, amf: [u8; 2]) -> ([u8; 8], [u8; 8]) {
        let half = u64::to_be_bytes(sqn << 16 | u64::from(u16::from_be_bytes(amf)));
        let mut input = Zeroizing::new(xor(&join(&half, &half), &self.opc));
        input.rotate_left(8);
        halves(&self.block(&xor(&self.temp, &input), 0, 0))
    }

    /// f5: the anonymity key, 48 bits.
    pub(super) fn f5(&self) -> u64 {
        front(&self.block(&xor(&self.temp, &self.opc), 0, 1))
    }

    /// f5*: the anonymity key of AUTS, 48 bits.
    pub(super) fn f5_star(&self) -> u64 {
        front(&self.block(&xor(&self.temp, &self.opc), 12, 8))
    }

    /// f2, f3 and f4: response, cipher key and integrity key.
    pub(super) fn vector(&self) -> Option<Vector> {
        let input = Zeroizing::new(xor(&self.temp, &self.opc));
        let (_, mut res) = halves(&self.block(&input, 0, 1));
        let vector = Vector {
            res: keys::Key::new(&res).ok()?,
            ck: self.block(&input, 4, 2),
            ik: self.block(&input, 8, 4),
        };
        zeroize::Zeroize::zeroize(&mut res);
        Some(vector)
    }

    /// The conversion functions c2 and c3: the halves of the response, the quarters of both keys.
    pub(super) fn triplet(&self) -> Option<Triplet> {
        let vector = self.vector()?;
        let (sres_front, sres_back) = vector.res.as_bytes().split_first_chunk::<4>()?;
        let (ck, ik) = (halves(&vector.ck), halves(&vector.ik));
        Some(Triplet {
            sres: Zeroizing::new(xor(sres_front, sres_back.first_chunk()?)),
            kc: Zeroizing::new(xor(&xor(&ck.0, &ck.1), &xor(&ik.0, &ik.1))),
        })
    }

    /// One output block: `input` turned left by `turn` octets, with the constant `c`, encrypted.
    fn block(&self, input: &[u8; 16], turn: usize, c: u8) -> Zeroizing<[u8; 16]> {
        let mut turned = *input;
        turned.rotate_left(turn);
        if let Some(last) = turned.last_mut() {
            *last ^= c;
        }
        let mut block = turned.into();
        self.cipher.encrypt_block(&mut block);
        Zeroizing::new(xor(&block.into(), &self.opc))
    }
}

/// The first 48 bits.
fn front(block: &[u8; 16]) -> u64 {
    let (front, _) = halves(block);
    u64::from_be_bytes(front) >> 16
}

fn halves(block: &[u8; 16]) -> ([u8; 8], [u8; 8]) {
    let [front, back] = *block.as_chunks().0 else {
        return ([0; 8], [0; 8]);
    };
    (front, back)
}

fn join(front: &[u8; 8], back: &[u8; 8]) -> [u8; 16] {
    let mut block = [0; 16];
    block
        .iter_mut()
        .zip(front.iter().chain(back))
        .for_each(|(to, from)| *to = *from);
    block
}

fn xor<const N: usize>(a: &[u8; N], b: &[u8; N]) -> [u8; N] {
    let mut sum = *a;
    sum.iter_mut().zip(b).for_each(|(to, from)| *to ^= *from);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    struct TestSet {
        k: u128,
        rand: u128,
        sqn: u64,
        amf: u16,
        op: u128,
        opc: u128,
        f1: [u64; 2],
        f2: u64,
        f3: u128,
        f4: u128,
        f5: [u64; 2],
        gsm: Option<(u32, u64)>,
    }

    /// 3GPP TS 35.208, test sets 1, 3 and 4; the GSM values of set 1 are those of TS 55.205.
    const SETS: [TestSet; 3] = [
        TestSet {
            k: 0x465b_5ce8_b199_b49f_aa5f_0a2e_e238_a6bc,
            rand: 0x2355_3cbe_9637_a89d_218a_e64d_ae47_bf35,
            sqn: 0xff9b_b4d0_b607,
            amf: 0xb9b9,
            op: 0xcdc2_02d5_123e_20f6_2b6d_676a_c72c_b318,
            opc: 0xcd63_cb71_954a_9f4e_48a5_994e_37a0_2baf,
            f1: [0x4a9f_fac3_54df_afb3, 0x01cf_af9e_c4e8_71e9],
            f2: 0xa542_11d5_e3ba_50bf,
            f3: 0xb40b_a9a3_c58b_2a05_bbf0_d987_b21b_f8cb,
            f4: 0xf769_bcd7_5104_4604_1276_7271_1c6d_3441,
            f5: [0xaa68_9c64_8370, 0x451e_8bec_a43b],
            gsm: Some((0x46f8_416a, 0xeae4_be82_3af9_a08b)),
        },
        TestSet {
            k: 0xfec8_6ba6_eb70_7ed0_8905_757b_1bb4_4b8f,
            rand: 0x9f7c_8d02_1acc_f4db_213c_cff0_c7f7_1a6a,
            sqn: 0x9d02_7759_5ffc,
            amf: 0x725c,
            op: 0xdbc5_9adc_b6f9_a0ef_7354_77b7_fadf_8374,
            opc: 0x1006_020f_0a47_8bf6_b699_f15c_062e_42b3,
            f1: [0x9cab_c3e9_9baf_7281, 0x9581_4ba2_b304_4324],
            f2: 0x8011_c48c_0c21_4ed2,
            f3: 0x5dbd_bb29_54e8_f3cd_e665_b046_179a_5098,
            f4: 0x59a9_2d3b_476a_0443_4870_55cf_88b2_307b,
            f5: [0x3348_4dc2_136b, 0xdeac_dd84_8cc6],
            gsm: None,
        },
        TestSet {
            k: 0x9e59_44ae_a94b_8116_5c82_fbf9_f32d_b751,
            rand: 0xce83_dbc5_4ac0_274a_157c_17f8_0d01_7bd6,
            sqn: 0x0b60_4a81_eca8,
            amf: 0x9e09,
            op: 0x2230_14c5_8066_94c0_07ca_1eee_f57f_004f,
            opc: 0xa64a_507a_e1a2_a98b_b88e_b421_0135_dc87,
            f1: [0x74a5_8220_cba8_4c49, 0xac2c_c74a_9687_1837],
            f2: 0xf365_cd68_3cd9_2e96,
            f3: 0xe203_edb3_9715_74f5_a94b_0d61_b816_345d,
            f4: 0x0c45_24ad_eac0_41c4_dd83_0d20_854f_c46b,
            f5: [0xf0b9_c08a_d02e, 0x6085_a86c_6f63],
            gsm: None,
        },
    ];

    #[test]
    fn the_test_sets_come_out() {
        for set in SETS {
            let opc = operator_constant(&set.k.to_be_bytes(), &set.op.to_be_bytes());
            assert_eq!(u128::from_be_bytes(*opc), set.opc);
            let functions = Milenage::new(&set.k.to_be_bytes(), &set.opc.to_be_bytes(), &set.rand.to_be_bytes());
            let (mac_a, mac_s) = functions.f1(set.sqn, set.amf.to_be_bytes());
            assert_eq!([mac_a, mac_s].map(u64::from_be_bytes), set.f1);
            let vector = functions.vector().unwrap();
            assert_eq!(vector.res.as_bytes(), set.f2.to_be_bytes());
            assert_eq!(u128::from_be_bytes(*vector.ck), set.f3);
            assert_eq!(u128::from_be_bytes(*vector.ik), set.f4);
            assert_eq!([functions.f5(), functions.f5_star()], set.f5);
            if let Some((sres, kc)) = set.gsm {
                let triplet = functions.triplet().unwrap();
                assert_eq!(u32::from_be_bytes(*triplet.sres), sres);
                assert_eq!(u64::from_be_bytes(*triplet.kc), kc);
            }
        }
    }
}
