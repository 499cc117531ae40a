//! Cipher keys.
//!
//! A key is preceded by its receive counter and its length where its cipher has a counter; see
//! [`crate::abi::DOT11_KEY_ALGO_CCMP`]. What the structures have no place for is a pairwise key ID other
//! than 0.

use super::put_header;
use crate::abi::record::{Fields, Record};
use crate::abi::{
    DOT11_CIPHER_DEFAULT_KEY_VALUE as Default, DOT11_CIPHER_DEFAULT_KEY_VALUE_REVISION_1,
    DOT11_CIPHER_KEY_MAPPING_KEY_VALUE as Mapping, DOT11_DIR_BOTH, DOT11_DIR_INBOUND, DOT11_DIR_OUTBOUND,
    DOT11_DIRECTION, DOT11_KEY_ALGO_CCMP, DOT11_KEY_ALGO_TKIP_MIC, NDIS_OBJECT_HEADER, NDIS_OBJECT_TYPE_DEFAULT,
};
use crate::{CipherAlgorithm, DefaultKey, Direction, KeyMappingKey, KeyMaterial, Win32Error};
use core::mem::offset_of;
use frame::{Cipher, MacAddress};
use zeroize::Zeroizing;

/// The address in a group key's structure that stands for all stations (`DOT11EXT_SET_DEFAULT_KEY`).
const NOBODY: [u8; 6] = [0; 6];

/// How many octets of TKIP's key are the temporal key; the others are the MIC keys.
const TKIP_TEMPORAL: usize = 16;

/// What stands at `ucKey`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The key.
    Bare,
    /// Counter, two lengths, the key.
    Tkip,
    /// Counter, length, the key: CCMP, GCMP, BIP.
    Counted,
}

impl Form {
    fn of(cipher: CipherAlgorithm) -> Self {
        match cipher.cipher() {
            Some(Cipher::WEP_40 | Cipher::WEP_104) => Self::Bare,
            Some(Cipher::TKIP) => Self::Tkip,
            Some(_) => Self::Counted,
            // A vendor's own.
            None => Self::Bare,
        }
    }
}

/// The octets from `ucKey` on, for a cipher.
fn material_octets(cipher: CipherAlgorithm, counter: [u8; 6], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = |octets: &[u8]| u32::try_from(octets.len()).unwrap_or(u32::MAX);
    let begin = match Form::of(cipher) {
        Form::Bare => return Zeroizing::new(key.to_vec()),
        Form::Tkip => offset_of!(DOT11_KEY_ALGO_TKIP_MIC, ucTKIPMICKeys),
        Form::Counted => offset_of!(DOT11_KEY_ALGO_CCMP, ucCCMPKey),
    };
    let mut record = Record::new(begin + key.len());
    record.put(0, &counter);
    if Form::of(cipher) == Form::Tkip {
        let (temporal, mic) = key.split_at(key.len().min(TKIP_TEMPORAL));
        record.put_u32(offset_of!(DOT11_KEY_ALGO_TKIP_MIC, ulTKIPKeyLength), length(temporal));
        record.put_u32(offset_of!(DOT11_KEY_ALGO_TKIP_MIC, ulMICKeyLength), length(mic));
    } else {
        record.put_u32(offset_of!(DOT11_KEY_ALGO_CCMP, ulCCMPKeyLength), length(key));
    }
    record.put(begin, key);
    Zeroizing::new(record.octets().to_vec())
}

/// The counter and the key in the octets from `ucKey` on.
fn material(cipher: CipherAlgorithm, octets: &[u8]) -> Result<([u8; 6], KeyMaterial), Win32Error> {
    let fields = Fields(octets);
    let (counter, begin, length) = match Form::of(cipher) {
        Form::Bare => ([0; 6], 0, octets.len()),
        Form::Tkip => {
            let temporal = fields.u32(offset_of!(DOT11_KEY_ALGO_TKIP_MIC, ulTKIPKeyLength))?;
            let mic = fields.u32(offset_of!(DOT11_KEY_ALGO_TKIP_MIC, ulMICKeyLength))?;
            let length = temporal.checked_add(mic).ok_or(Win32Error::INVALID_PARAMETER)?;
            let begin = offset_of!(DOT11_KEY_ALGO_TKIP_MIC, ucTKIPMICKeys);
            (fields.array(0)?, begin, length as usize)
        }
        Form::Counted => {
            let length = fields.u32(offset_of!(DOT11_KEY_ALGO_CCMP, ulCCMPKeyLength))?;
            let begin = offset_of!(DOT11_KEY_ALGO_CCMP, ucCCMPKey);
            (fields.array(0)?, begin, length as usize)
        }
    };
    let end = begin.checked_add(length).ok_or(Win32Error::INVALID_PARAMETER)?;
    let key = KeyMaterial::new(fields.octets(begin..end)?).ok_or(Win32Error::INVALID_PARAMETER)?;
    Ok((counter, key))
}

/// How many octets follow at `ucKey`, as the structure before them says; none if the key is to be removed, whatever
/// the length says then.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for a header that is none, or more octets than any key has.
pub(crate) fn default_key_length(structure: &[u8]) -> Result<usize, Win32Error> {
    let fields = Fields(structure);
    let kind = fields.u8(offset_of!(NDIS_OBJECT_HEADER, Type))?;
    let revision = fields.u8(offset_of!(NDIS_OBJECT_HEADER, Revision))?;
    if (kind, revision) != (NDIS_OBJECT_TYPE_DEFAULT, DOT11_CIPHER_DEFAULT_KEY_VALUE_REVISION_1) {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    let removes = fields.u8(offset_of!(Default, bDelete))? != 0;
    let size = usize::from(fields.u16(offset_of!(NDIS_OBJECT_HEADER, Size))?);
    let length = key_length(fields, removes, offset_of!(Default, usKeyLength))?;
    // The page has the structure's own size. It is as clear what is meant by where the key begins, and by the structure
    // with its key; of a key to be removed the length is not known.
    let most = match removes {
        true => usize::MAX,
        false => size_of::<Default>() + length,
    };
    match (offset_of!(Default, ucKey)..=most).contains(&size) {
        true => Ok(length),
        false => Err(Win32Error::INVALID_PARAMETER),
    }
}

/// As [`default_key_length`], for a pairwise key, which has no header.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for more octets than any key has.
pub(crate) fn mapping_key_length(structure: &[u8]) -> Result<usize, Win32Error> {
    let fields = Fields(structure);
    let removes = fields.u8(offset_of!(Mapping, bDelete))? != 0;
    key_length(fields, removes, offset_of!(Mapping, usKeyLength))
}

/// The number at `length`, which counts unless the key is to be removed.
fn key_length(fields: Fields<'_>, removes: bool, length: usize) -> Result<usize, Win32Error> {
    /// The longest key behind the longest that precedes one.
    const MOST: usize = offset_of!(DOT11_KEY_ALGO_TKIP_MIC, ucTKIPMICKeys) + KeyMaterial::MAX;
    match usize::from(fields.u16(length)?) {
        _ if removes => Ok(0),
        length @ 0..=MOST => Ok(length),
        _ => Err(Win32Error::INVALID_PARAMETER),
    }
}

/// Reads a group key: `octets` are the structure and its key.
///
/// # Errors
/// As [`default_key_length`]; [`Win32Error::INVALID_PARAMETER`] for a key that is longer than its buffer or than any
/// key.
pub(crate) fn default_key(octets: &[u8]) -> Result<DefaultKey, Win32Error> {
    let fields = Fields(octets);
    let length = default_key_length(octets)?;
    let index = u8::try_from(fields.u32(offset_of!(Default, uKeyIndex))?).map_err(|_| Win32Error::INVALID_PARAMETER)?;
    let cipher = CipherAlgorithm(fields.u32(offset_of!(Default, AlgorithmId))?);
    let peer = MacAddress(fields.array(offset_of!(Default, MacAddr))?);
    let removes = fields.u8(offset_of!(Default, bDelete))? != 0;
    let (receive_counter, key) = key_behind(fields, removes, cipher, offset_of!(Default, ucKey), length)?;
    Ok(DefaultKey {
        index,
        cipher,
        // For all stations: a group's address, or none.
        peer: (!peer.is_group() && peer.0 != NOBODY).then_some(peer),
        receive_counter,
        key,
    })
}

/// A group key, for the other side.
pub(crate) fn default_key_record(key: &DefaultKey) -> Record {
    let octets = octets_of(key.cipher, key.receive_counter, key.key.as_ref());
    let mut record = Record::new(size_of::<Default>().max(offset_of!(Default, ucKey) + octets.len()));
    put_header(
        &mut record,
        DOT11_CIPHER_DEFAULT_KEY_VALUE_REVISION_1,
        size_of::<Default>(),
    );
    record.put_u32(offset_of!(Default, uKeyIndex), key.index.into());
    record.put_u32(offset_of!(Default, AlgorithmId), key.cipher.0);
    let peer = key.peer.map_or(NOBODY, |peer| peer.0);
    record.put(offset_of!(Default, MacAddr), &peer);
    record.put(offset_of!(Default, bDelete), &[u8::from(key.key.is_none())]);
    record.put_u16(
        offset_of!(Default, usKeyLength),
        u16::try_from(octets.len()).unwrap_or(u16::MAX),
    );
    record.put(offset_of!(Default, ucKey), &octets);
    record
}

/// Reads a pairwise key: `octets` are the structure and its key.
///
/// # Errors
/// As [`mapping_key_length`] and [`default_key`], and for a direction that is none.
pub(crate) fn mapping_key(octets: &[u8]) -> Result<KeyMappingKey, Win32Error> {
    let fields = Fields(octets);
    let cipher = CipherAlgorithm(fields.u32(offset_of!(Mapping, AlgorithmId))?);
    let removes = fields.u8(offset_of!(Mapping, bDelete))? != 0;
    let length = mapping_key_length(octets)?;
    let (receive_counter, key) = key_behind(fields, removes, cipher, offset_of!(Mapping, ucKey), length)?;
    Ok(KeyMappingKey {
        peer: MacAddress(fields.array(offset_of!(Mapping, PeerMacAddr))?),
        cipher,
        direction: direction(fields.u32(offset_of!(Mapping, Direction))?)?,
        key_id: 0,
        receive_counter,
        key,
    })
}

/// A pairwise key, for the other side.
///
/// # Errors
/// [`Win32Error::NOT_SUPPORTED`] for a key ID other than 0.
pub(crate) fn mapping_key_record(key: &KeyMappingKey) -> Result<Record, Win32Error> {
    if key.key_id != 0 {
        return Err(Win32Error::NOT_SUPPORTED);
    }
    let octets = octets_of(key.cipher, key.receive_counter, key.key.as_ref());
    let mut record = Record::new(size_of::<Mapping>().max(offset_of!(Mapping, ucKey) + octets.len()));
    record.put(offset_of!(Mapping, PeerMacAddr), &key.peer.0);
    record.put_u32(offset_of!(Mapping, AlgorithmId), key.cipher.0);
    record.put_u32(offset_of!(Mapping, Direction), direction_number(key.direction));
    record.put(offset_of!(Mapping, bDelete), &[u8::from(key.key.is_none())]);
    record.put_u16(
        offset_of!(Mapping, usKeyLength),
        u16::try_from(octets.len()).unwrap_or(u16::MAX),
    );
    record.put(offset_of!(Mapping, ucKey), &octets);
    Ok(record)
}

fn octets_of(cipher: CipherAlgorithm, counter: [u8; 6], key: Option<&KeyMaterial>) -> Zeroizing<Vec<u8>> {
    key.map(|key| material_octets(cipher, counter, key.octets()))
        .unwrap_or_default()
}

/// The counter and the key of a structure; no key if it is to be removed.
fn key_behind(
    fields: Fields<'_>,
    removes: bool,
    cipher: CipherAlgorithm,
    begin: usize,
    length: usize,
) -> Result<([u8; 6], Option<KeyMaterial>), Win32Error> {
    if removes {
        return Ok(([0; 6], None));
    }
    let (counter, key) = material(cipher, fields.octets(begin..begin + length)?)?;
    Ok((counter, Some(key)))
}

/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for a number that names none.
pub(crate) fn direction(number: DOT11_DIRECTION) -> Result<Direction, Win32Error> {
    match number {
        DOT11_DIR_INBOUND => Ok(Direction::Inbound),
        DOT11_DIR_OUTBOUND => Ok(Direction::Outbound),
        DOT11_DIR_BOTH => Ok(Direction::Both),
        _ => Err(Win32Error::INVALID_PARAMETER),
    }
}

/// The number of a direction.
pub(crate) fn direction_number(direction: Direction) -> DOT11_DIRECTION {
    match direction {
        Direction::Inbound => DOT11_DIR_INBOUND,
        Direction::Outbound => DOT11_DIR_OUTBOUND,
        Direction::Both => DOT11_DIR_BOTH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CIPHERS: [(Cipher, usize); 6] = [
        (Cipher::WEP_40, 5),
        (Cipher::TKIP, 32),
        (Cipher::CCMP_128, 16),
        (Cipher::GCMP_256, 32),
        (Cipher::BIP_CMAC_128, 16),
        (Cipher::BIP_GMAC_256, 32),
    ];

    fn default(cipher: Cipher, length: usize) -> DefaultKey {
        DefaultKey {
            index: 2,
            cipher: CipherAlgorithm::of_cipher(cipher),
            peer: None,
            receive_counter: [1, 2, 3, 4, 5, 6],
            key: KeyMaterial::new(&[7; 32][..length]),
        }
    }

    #[test]
    fn a_group_key_of_every_form_survives_the_way_there_and_back() {
        for (cipher, length) in CIPHERS {
            let key = default(cipher, length);
            let read = default_key(default_key_record(&key).octets()).unwrap();
            assert_eq!((read.index, read.cipher, read.peer), (key.index, key.cipher, key.peer));
            assert!(read.key.unwrap().matches(key.key.as_ref().unwrap()), "{cipher:?}");
            let counted = cipher != Cipher::WEP_40;
            assert_eq!(read.receive_counter, if counted { key.receive_counter } else { [0; 6] });
        }
    }

    #[test]
    fn a_pairwise_key_of_every_form_survives_the_way_there_and_back() {
        for (cipher, length) in CIPHERS {
            let key = KeyMappingKey {
                peer: MacAddress([2; 6]),
                cipher: CipherAlgorithm::of_cipher(cipher),
                direction: Direction::Both,
                key_id: 0,
                receive_counter: [0; 6],
                key: KeyMaterial::new(&[9; 32][..length]),
            };
            let read = mapping_key(mapping_key_record(&key).unwrap().octets()).unwrap();
            assert_eq!(
                (read.peer, read.cipher, read.direction),
                (key.peer, key.cipher, key.direction)
            );
            assert!(read.key.unwrap().matches(key.key.as_ref().unwrap()), "{cipher:?}");
        }
    }

    #[test]
    fn ccmp_has_its_key_at_octet_12_and_tkip_at_octet_16() {
        let ccmp = material_octets(CipherAlgorithm::of_cipher(Cipher::CCMP_128), [1; 6], &[7; 16]);
        assert_eq!(ccmp[..12], [1, 1, 1, 1, 1, 1, 0, 0, 16, 0, 0, 0]);
        assert_eq!(ccmp.len(), 28);
        let tkip = material_octets(CipherAlgorithm::of_cipher(Cipher::TKIP), [1; 6], &[7; 32]);
        assert_eq!(tkip[..16], [1, 1, 1, 1, 1, 1, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0]);
        assert_eq!(tkip.len(), 48);
    }

    #[test]
    fn a_removed_key_has_no_octets() {
        let mut key = default(Cipher::CCMP_128, 16);
        key.key = None;
        assert!(default_key(default_key_record(&key).octets()).unwrap().key.is_none());
    }

    /// A group key to be removed, as an extension writes it that has never heard of a key: only the structure counts.
    fn removal(size: usize) -> Vec<u8> {
        let mut record = Record::new(offset_of!(Default, ucKey));
        put_header(&mut record, DOT11_CIPHER_DEFAULT_KEY_VALUE_REVISION_1, size);
        record.put(offset_of!(Default, bDelete), &[1]);
        record.octets().to_vec()
    }

    #[test]
    fn a_group_keys_header_has_the_size_of_the_structure() {
        for key in [Some(&[7; 16][..]), None] {
            let mut sent = default(Cipher::CCMP_128, 16);
            sent.key = key.and_then(KeyMaterial::new);
            let record = default_key_record(&sent);
            assert_eq!(record.octets()[..4], [0x80, 1, 24, 0]);
        }
    }

    #[test]
    fn whatever_size_means_the_structure_or_the_structure_with_its_key_is_taken() {
        let record = default_key_record(&default(Cipher::CCMP_128, 16));
        let with = |size: usize| {
            let mut octets = record.octets().to_vec();
            octets[2..4].copy_from_slice(&u16::try_from(size).unwrap().to_ne_bytes());
            default_key(&octets).is_ok()
        };
        // Where the key begins, the structure, the structure with its key as C counts it.
        for size in [22, 24, 22 + 28, 23 + 28, 24 + 28] {
            assert!(with(size), "{size}");
        }
        for size in [0, 4, 21, 53, 0xffff] {
            assert!(!with(size), "{size}");
        }
    }

    #[test]
    fn a_key_of_one_octet_is_shorter_than_its_structure_and_is_taken() {
        let vendor = CipherAlgorithm(0x8000_0001);
        let key = DefaultKey {
            cipher: vendor,
            key: KeyMaterial::new(&[9]),
            ..default(Cipher::WEP_40, 0)
        };
        let record = default_key_record(&key);
        let read = default_key(&record.octets()[..23]).unwrap();
        assert_eq!((read.cipher, read.key.unwrap().octets()), (vendor, &[9][..]));
    }

    #[test]
    fn of_a_key_to_be_removed_the_length_is_not_read() {
        for size in [22, 24, 24 + 28] {
            for length in [0_u16, 1, 0xffff] {
                let mut octets = removal(size);
                octets[20..22].copy_from_slice(&length.to_ne_bytes());
                assert_eq!(default_key_length(&octets), Ok(0), "{size} {length}");
                assert!(default_key(&octets).unwrap().key.is_none());
            }
        }
        let mut octets = vec![0; offset_of!(Mapping, ucKey)];
        octets[offset_of!(Mapping, Direction)] = 3;
        octets[offset_of!(Mapping, bDelete)] = 1;
        octets[offset_of!(Mapping, usKeyLength)..].fill(0xff);
        assert_eq!(mapping_key_length(&octets), Ok(0));
        assert!(mapping_key(&octets).unwrap().key.is_none());
    }

    #[test]
    fn no_key_is_so_long_that_it_is_looked_for_beyond_its_structure() {
        // The most is TKIP's: a counter, two lengths, 32 octets.
        for (length, expected) in [(48, Ok(48)), (49, Err(Win32Error::INVALID_PARAMETER))] {
            let mut octets = removal(24);
            octets[offset_of!(Default, bDelete)] = 0;
            octets[20] = length;
            assert_eq!(default_key_length(&octets), expected);
            let mut octets = vec![0; offset_of!(Mapping, ucKey)];
            octets[offset_of!(Mapping, usKeyLength)] = length;
            assert_eq!(mapping_key_length(&octets), expected);
        }
        // Not even the length of a structure is believed that is none.
        let mut octets = removal(24);
        octets[0] = 0x81;
        assert_eq!(default_key_length(&octets), Err(Win32Error::INVALID_PARAMETER));
    }

    #[test]
    fn a_group_key_is_for_all_stations_without_an_address_and_for_one_with_its_own() {
        let address = |peer| {
            let key = DefaultKey {
                peer,
                ..default(Cipher::CCMP_128, 16)
            };
            let record = default_key_record(&key);
            assert_eq!(default_key(record.octets()).unwrap().peer, peer);
            record.octets()[12..18].to_vec()
        };
        assert_eq!(address(None), [0; 6]);
        assert_eq!(address(Some(MacAddress([2; 6]))), [2; 6]);
        let mut octets = default_key_record(&default(Cipher::CCMP_128, 16)).octets().to_vec();
        octets[12..18].fill(0xff);
        assert_eq!(default_key(&octets).unwrap().peer, None);
    }

    #[test]
    fn a_key_that_ends_behind_its_buffer_is_refused() {
        let record = default_key_record(&default(Cipher::CCMP_128, 16));
        let octets = record.octets();
        for end in 0..offset_of!(Default, ucKey) + 28 {
            assert!(default_key(&octets[..end]).is_err(), "{end} octets");
        }
    }

    #[test]
    fn another_key_id_than_0_has_no_place() {
        let key = KeyMappingKey {
            peer: MacAddress([2; 6]),
            cipher: CipherAlgorithm::of_cipher(Cipher::CCMP_128),
            direction: Direction::Both,
            key_id: 1,
            receive_counter: [0; 6],
            key: None,
        };
        assert_eq!(mapping_key_record(&key).err(), Some(Win32Error::NOT_SUPPORTED));
    }
}
