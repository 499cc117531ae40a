//! Simulated radios that are less than the module makes them: `MAC80211_HWSIM`, a family of generic netlink.
//!
//! Numbers are those of the kernel's `mac80211_hwsim.h`, `genetlink.h` and `netlink.h`.

use std::io;

use anyhow::{Context, Result};
use netlink_sys::protocols::NETLINK_GENERIC;
use netlink_sys::{Socket, SocketAddr};

/// `HWSIM_CMD_NEW_RADIO`.
const NEW_RADIO: u8 = 4;
/// `HWSIM_ATTR_CIPHER_SUPPORT`: cipher suites, 4 octets each.
const CIPHER_SUPPORT: u16 = 24;

/// `GENL_ID_CTRL`, which knows all families.
const CONTROL: u16 = 16;
/// `CTRL_CMD_GETFAMILY`, and the attributes `CTRL_ATTR_FAMILY_ID` and `CTRL_ATTR_FAMILY_NAME`.
const GET_FAMILY: u8 = 3;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;

/// `NLMSG_ERROR`, which is an acknowledgement, too.
const ERROR: u16 = 2;
/// `NLM_F_REQUEST | NLM_F_ACK`.
const FLAGS: u16 = 1 | 4;
/// `struct nlmsghdr`, and `struct genlmsghdr` behind it.
const HEADER: usize = 16;
const GENERIC_HEADER: usize = 4;

/// Makes one more radio; if `ciphers` (suite selectors) are given, it has no others.
///
/// # Errors
/// If the kernel refuses.
pub(super) fn add(ciphers: Option<&[[u8; 4]]>) -> Result<()> {
    let mut socket = Socket::new(NETLINK_GENERIC)?;
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    let name = attribute(FAMILY_NAME, b"MAC80211_HWSIM\0");
    let answer = ask(&socket, &request(CONTROL, GET_FAMILY, &name)).context("there are no simulated radios")?;
    let family = find(&answer, FAMILY_ID).context("the radios' family has no number")?;
    let support = ciphers.map(|list| {
        let numbers = list.iter().map(|suite| u32::from_be_bytes(*suite).to_ne_bytes());
        attribute(CIPHER_SUPPORT, &numbers.flatten().collect::<Vec<u8>>())
    });
    let radio = request(family, NEW_RADIO, &support.unwrap_or_default());
    ask(&socket, &radio).context("no radio with these ciphers")?;
    Ok(())
}

/// Sends a request, and returns the attributes that it is answered with, if any are, once it is acknowledged.
fn ask(socket: &Socket, request: &[u8]) -> io::Result<Vec<u8>> {
    socket.send(request, 0)?;
    let mut attributes = Vec::new();
    loop {
        let (datagram, _) = socket.recv_from_full()?;
        let mut rest = datagram.as_slice();
        while let Some((kind, payload, after)) = message(rest) {
            rest = after;
            if kind == ERROR {
                let code = payload.first_chunk().map_or(0, |code| i32::from_ne_bytes(*code));
                // What is not negative is an answer: here the number of the radio.
                return match code {
                    0.. => Ok(attributes),
                    _ => Err(io::Error::from_raw_os_error(-code)),
                };
            }
            attributes.extend_from_slice(payload.get(GENERIC_HEADER..).unwrap_or_default());
        }
    }
}

/// The first message of a datagram: its type, what follows its header, and what follows it.
fn message(datagram: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::try_from(u32::from_ne_bytes(*datagram.first_chunk()?)).ok()?;
    let kind = u16::from_ne_bytes(*datagram.get(4..)?.first_chunk()?);
    let payload = datagram.get(HEADER..length)?;
    let after = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some((kind, payload, after))
}

fn request(family: u16, command: u8, attributes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADER + GENERIC_HEADER + attributes.len()).unwrap_or(u32::MAX);
    [
        &length.to_ne_bytes()[..],
        &family.to_ne_bytes(),
        &FLAGS.to_ne_bytes(),
        // Sequence number and sender: the kernel's answers need neither.
        &[0; 8],
        &[command, 1, 0, 0],
        attributes,
    ]
    .concat()
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    let mut octets = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    octets.resize(octets.len().next_multiple_of(4), 0);
    octets
}

/// The number of 16 bits in the first attribute of this kind.
fn find(mut attributes: &[u8], wanted: u16) -> Option<u16> {
    loop {
        let length = usize::from(u16::from_ne_bytes(*attributes.first_chunk()?));
        let kind = u16::from_ne_bytes(*attributes.get(2..)?.first_chunk()?);
        if kind == wanted {
            return Some(u16::from_ne_bytes(*attributes.get(4..length)?.first_chunk()?));
        }
        attributes = attributes.get(length.max(4).next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let attributes = [
            attribute(FAMILY_NAME, b"abc"),
            attribute(FAMILY_ID, &7_u16.to_ne_bytes()),
        ]
        .concat();
        let written = request(CONTROL, GET_FAMILY, &attributes);
        let two = [&written[..], &written].concat();
        let (kind, payload, rest) = message(&two).unwrap();
        assert_eq!((kind, rest), (CONTROL, &written[..]));
        assert_eq!(payload, [&[GET_FAMILY, 1, 0, 0], &attributes[..]].concat());
        assert_eq!(find(&payload[GENERIC_HEADER..], FAMILY_ID), Some(7));
        assert_eq!(find(&payload[GENERIC_HEADER..], CIPHER_SUPPORT), None);
        assert!(message(&written[..written.len() - 1]).is_none());
    }
}
