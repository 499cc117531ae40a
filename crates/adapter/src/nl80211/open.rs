//! Finding an interface and making it ready.

use super::attributes::{Attributes, request};
use super::control_port::Path;
use super::radio::Radio;
use super::socket::Socket;
use super::{connect, frames};
use frame::MacAddress;
use frame::codes::ReasonCode;
use futures::TryStreamExt;
use ihv::{AdapterInfo, Guid};
use rtnetlink::LinkUnspec;
use rtnetlink::packet_route::link::{LinkAttribute, LinkFlags};
use std::io;
use wl_nl80211::{Nl80211Attr, Nl80211Command, Nl80211InterfaceType};

/// Why an interface can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such interface.
    #[error("there is no network interface {0}")]
    NoSuchInterface(String),
    /// The interface is not a wireless one, or its driver does not speak nl80211.
    #[error("{0} is not a wireless interface that speaks nl80211")]
    NotWireless(String),
    /// The interface is an access point, a monitor or something else that joins no network.
    #[error("{0} is not in the mode of a station")]
    NotStation(String),
    /// The program may not do this.
    #[error("no permission to use {0}")]
    NoPermission(String),
    /// The radio is switched off.
    #[error("the radio of {0} is switched off")]
    RadioOff(String),
    /// The system refused for another reason.
    #[error("the system refused while {during} {interface}")]
    System {
        /// The interface.
        interface: String,
        /// What was being done to it.
        during: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl OpenError {
    /// What a person can do about it.
    #[must_use]
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::NoSuchInterface(_) => "`iw dev` lists the wireless interfaces.",
            Self::NotWireless(_) => "`iw dev` lists the interfaces that do. A kernel without cfg80211 has none.",
            Self::NotStation(_) => "`iw dev INTERFACE set type managed` makes it a station; it must be down for that.",
            Self::NoPermission(_) => "Run as root, or give the program the capabilities CAP_NET_ADMIN and CAP_NET_RAW.",
            Self::RadioOff(_) => "Use the hardware switch, or `rfkill unblock wifi`.",
            Self::System { .. } => "The kernel's log (`dmesg`) may tell more.",
        }
    }
}

/// An interface that is up, idle, and ready to associate.
pub(super) struct Interface {
    pub(super) index: u32,
    pub(super) name: String,
    pub(super) wiphy: u32,
    pub(super) path: Path,
    /// Authentication and association are requests of their own.
    pub(super) separate: bool,
    /// It leaves SAE to this program nevertheless.
    pub(super) external: bool,
    pub(super) info: AdapterInfo,
}

/// Finds the interface of this name, brings it up, and ends what association it may have.
pub(super) async fn interface(name: &str) -> Result<(Interface, Socket), OpenError> {
    let system = |during| move |source| refused(name, during, source);
    let link = bring_up(name).await?;
    let mut socket = Socket::open().await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => OpenError::NotWireless(name.into()),
        _ => refused(name, "opening a netlink socket for", error),
    })?;
    let wiphy = station(&mut socket, name, link.index).await?;
    let radio = Radio::query(&mut socket, link.index)
        .await
        .map_err(system("asking for the features of"))?;
    // Whoever may do this may do all the rest; and an adapter arrives without an association.
    match socket
        .request(connect::disconnect(link.index, ReasonCode::LEAVING_NETWORK_DEAUTH))
        .await
    {
        Err(error) if error.raw_os_error() != Some(ENOTCONN) => return Err(refused(name, "taking over", error)),
        _ => {}
    }
    let info = AdapterInfo {
        id: guid(link.address),
        description: format!("{name} ({})", radio.name),
        address: link.address,
        capabilities: radio.capabilities,
    };
    for beginning in frames::WANTED {
        if let Err(error) = socket.request(frames::register(link.index, beginning)).await {
            // What needs them does without: a fast transition over the DS, most of all.
            tracing::debug!(%error, ?beginning, "the driver keeps these action frames");
        }
    }
    if radio.external
        && let Err(error) = socket.request(frames::register_sae(link.index)).await
    {
        tracing::warn!(%error, "authentication frames can't be received");
    }
    let interface = Interface {
        separate: radio.separate,
        external: radio.external,
        index: link.index,
        name: name.into(),
        wiphy,
        path: radio.path,
        info,
    };
    Ok((interface, socket))
}

/// An interface as every network interface is known.
struct Link {
    index: u32,
    address: MacAddress,
}

/// Looks the interface up, and brings it up if it is down.
async fn bring_up(name: &str) -> Result<Link, OpenError> {
    let system = |during| move |error| refused(name, during, route_error(error));
    let (connection, handle, _) =
        rtnetlink::new_connection().map_err(|error| refused(name, "opening a netlink socket for", error))?;
    // Ends by itself when its handle is dropped.
    tokio::spawn(connection);
    let found = handle.link().get().match_name(name).execute().try_next().await;
    let found = found
        .map_err(system("looking for"))?
        .ok_or_else(|| OpenError::NoSuchInterface(name.into()))?;
    let index = found.header.index;
    if !found.header.flags.contains(LinkFlags::Up) {
        let up = LinkUnspec::new_with_index(index).up().build();
        handle.link().set(up).execute().await.map_err(system("bringing up"))?;
    }
    let address = found.attributes.iter().find_map(|attribute| match attribute {
        LinkAttribute::Address(octets) => octets.as_slice().try_into().ok().map(MacAddress),
        _ => None,
    });
    // What has no Ethernet address is no wireless interface.
    let address = address.ok_or_else(|| OpenError::NotWireless(name.into()))?;
    Ok(Link { index, address })
}

/// Checks that the interface is a station; returns its radio's number.
async fn station(socket: &mut Socket, name: &str, index: u32) -> Result<u32, OpenError> {
    let parts = socket
        .query(request(Nl80211Command::GetInterface, index, []), false)
        .await
        .map_err(|error| match error.raw_os_error() {
            Some(ENODEV | EOPNOTSUPP) => OpenError::NotWireless(name.into()),
            _ => refused(name, "asking for the mode of", error),
        })?;
    let mode = parts.iter().find_map(|part| {
        part.find(|attribute| match attribute {
            Nl80211Attr::IfType(mode) => Some(*mode),
            _ => None,
        })
    });
    match (mode, parts.iter().find_map(Attributes::wiphy)) {
        (Some(Nl80211InterfaceType::Station), Some(wiphy)) => Ok(wiphy),
        _ => Err(OpenError::NotStation(name.into())),
    }
}

/// A name for ever, made from the address: a UUID of version 8 (RFC 9562, 5.8) with the address in its
/// first 48 bits.
fn guid(address: MacAddress) -> Guid {
    const VERSION: u128 = 8 << 76;
    const VARIANT: u128 = 0b10 << 62;
    /// Tells these names from other ones of version 8: 62 bits, here the letters "tcullis".
    const SPACE: u128 = 0x0074_6375_6c6c_6973;
    let [a, b, c, d, e, f] = address.0.map(u128::from);
    let address = a << 40 | b << 32 | c << 24 | d << 16 | e << 8 | f;
    Guid(address << 80 | VERSION | VARIANT | SPACE)
}

/// Error numbers of `asm-generic/errno.h` that mean something here.
const EPERM: i32 = 1;
const EACCES: i32 = 13;
const ENODEV: i32 = 19;
const EOPNOTSUPP: i32 = 95;
const ENOTCONN: i32 = 107;
const ERFKILL: i32 = 132;

pub(super) fn refused(name: &str, during: &'static str, source: io::Error) -> OpenError {
    match source.raw_os_error() {
        Some(EPERM | EACCES) => OpenError::NoPermission(name.into()),
        Some(ENODEV) => OpenError::NoSuchInterface(name.into()),
        Some(ERFKILL) => OpenError::RadioOff(name.into()),
        _ => OpenError::System {
            interface: name.into(),
            during,
            source,
        },
    }
}

fn route_error(error: rtnetlink::Error) -> io::Error {
    match error {
        rtnetlink::Error::NetlinkError(message) => message.to_io(),
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_name_for_ever() {
        let name = guid(MacAddress([0x02, 0, 0, 0, 0x01, 0]));
        assert_eq!(
            name.to_string(),
            "{02000000-0100-8000-8074-6375-6c6c6973}".replace("6375-", "6375")
        );
        assert_ne!(name, guid(MacAddress([0x02, 0, 0, 0, 0x01, 1])));
    }

    #[test]
    fn a_refusal_is_named_by_what_can_be_done_about_it() {
        let refused = |number| refused("wlan0", "bringing up", io::Error::from_raw_os_error(number));
        assert!(matches!(refused(EPERM), OpenError::NoPermission(_)));
        assert!(matches!(refused(ENODEV), OpenError::NoSuchInterface(_)));
        assert!(matches!(refused(ERFKILL), OpenError::RadioOff(_)));
        assert!(matches!(
            refused(5),
            OpenError::System {
                during: "bringing up",
                ..
            }
        ));
    }
}
