//! Associations after which there is nothing to do: those of networks that are open, or have WEP.

use std::fmt;

use frame::MacAddress;

/// An association without a handshake, which is no post-association operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainAssociation {
    /// The access point.
    pub bssid: MacAddress,
    /// The station.
    pub sta: MacAddress,
    /// The network's name (0 to 32 octets), if the capture tells it.
    pub ssid: Option<Vec<u8>>,
    /// How data is protected.
    pub protection: Protection,
    /// The frame in which the access point granted it.
    pub frame: u64,
}

/// How data is protected without RSN and WPA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Not at all.
    Open,
    /// With a static key that all stations share (WEP).
    Wep,
}

impl fmt::Display for PlainAssociation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            bssid,
            sta,
            ssid,
            protection,
            frame,
        } = self;
        match ssid {
            Some(ssid) => write!(f, "\"{}\"", ssid.escape_ascii())?,
            None => f.write_str("unknown network")?,
        }
        let what = match protection {
            Protection::Open => "the network is open, and data passes in the clear",
            Protection::Wep => {
                "the network has WEP, whose one static key encrypts all data and is found by whoever listens for a while"
            }
        };
        write!(
            f,
            "  access point {bssid}, station {sta}: an association without a handshake in frame {frame}, and so no \
             post-association operation: {what}."
        )
    }
}
