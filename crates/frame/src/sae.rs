//! The bodies of SAE authentication frames: commit, confirm, and the request for an anti-clogging token
//! (IEEE 802.11-2020, 9.3.3.11 and 12.4.7).
//!
//! They stand behind the fixed fields of [`Authentication`](crate::dot11::Authentication), whose sequence number
//! tells commit (1) from confirm (2), and whose status code tells how the password element was made: [`Method`].

use crate::codes::StatusCode;
use crate::element::{Elements, elements, extension};
use crate::error::ParseError;
use crate::reader::Reader;
use crate::suite::{Akm, Suite};
use crate::writer::{Emit, Writer};

/// The sequence number of a commit, and of its refusal.
pub const COMMIT: u16 = 1;
/// The sequence number of a confirm, and of its refusal.
pub const CONFIRM: u16 = 2;

/// How both sides find the password element (IEEE 802.11-2020, 12.4.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// By trying: the older method.
    HuntingAndPecking,
    /// By computing it straight away.
    HashToElement,
}

impl Method {
    /// The method that the status code of a commit announces; `None` for a refusal and for SAE-PK.
    #[must_use]
    pub const fn of(status: StatusCode) -> Option<Self> {
        match status {
            StatusCode::SUCCESS => Some(Self::HuntingAndPecking),
            StatusCode::SAE_HASH_TO_ELEMENT => Some(Self::HashToElement),
            _ => None,
        }
    }

    /// The status code of a commit with this method.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::HuntingAndPecking => StatusCode::SUCCESS,
            Self::HashToElement => StatusCode::SAE_HASH_TO_ELEMENT,
        }
    }
}

/// The octets of a scalar of `group` (IANA's number): 32, 48 or 66. An element has twice as many.
///
/// `None` for every group but 19, 20 and 21.
#[must_use]
pub const fn scalar_len(group: u16) -> Option<usize> {
    match group {
        19 => Some(32),
        20 => Some(48),
        21 => Some(66),
        _ => None,
    }
}

/// The group of a commit, of its refusal or of a token request, whether its other fields are known or not.
///
/// # Errors
/// There are less than 2 octets.
pub fn group(body: &[u8]) -> Result<u16, ParseError> {
    Reader::new(body).u16_le("SAE group")
}

/// A commit: group (2 octets, little-endian), token, scalar (32, 48 or 66), element (x and y, 64, 96 or 132), and
/// with hash-to-element a list of elements, where the token is then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit<'a> {
    /// The number of the finite cyclic group.
    pub group: u16,
    /// The anti-clogging token that the peer asked for.
    pub token: Option<&'a [u8]>,
    /// The scalar, most significant octet first.
    pub scalar: &'a [u8],
    /// The x and the y coordinate, most significant octet first.
    pub element: &'a [u8],
    /// What only a commit with hash-to-element can say; `None` with hunting-and-pecking.
    pub h2e: Option<HashToElement<'a>>,
}

/// What only a commit with hash-to-element can say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashToElement<'a> {
    /// Which one of several passwords is meant.
    pub password_id: Option<&'a [u8]>,
    /// The groups that the peer refused before this one.
    pub rejected_groups: Option<GroupList<'a>>,
    /// The suite that the authentication is for, where the length of the keys depends on it (00-0F-AC:24 and :25).
    pub akm: Option<Akm>,
}

impl<'a> Commit<'a> {
    /// Parses what follows the fixed fields of a commit, whose status code says the `method`.
    ///
    /// Elements that SAE does not know are skipped.
    ///
    /// # Errors
    /// The group is none of 19, 20 and 21; a field is cut off; an element occurs twice, or has the wrong length.
    pub fn parse(body: &'a [u8], method: Method) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let group = reader.u16_le("SAE group")?;
        let len = scalar_len(group).ok_or(ParseError::value("SAE group", 0, "19, 20 or 21", group.into()))?;
        // A token without a length of its own takes what the fields of known length leave.
        let token = match method {
            Method::HuntingAndPecking => reader.take("SAE token", reader.remaining().len().saturating_sub(3 * len))?,
            Method::HashToElement => &[],
        };
        let mut commit = Self {
            group,
            token: (!token.is_empty()).then_some(token),
            scalar: reader.take("SAE scalar", len)?,
            element: reader.take("SAE element", 2 * len)?,
            h2e: None,
        };
        if method == Method::HashToElement {
            let offset = reader.offset();
            let (token, h2e) = HashToElement::parse(reader.rest(), offset)?;
            commit.token = token;
            commit.h2e = Some(h2e);
        }
        Ok(commit)
    }
}

impl<'a> HashToElement<'a> {
    /// The elements behind a commit, which begin `start` octets into it, and the token among them.
    fn parse(list: &'a [u8], start: usize) -> Result<(Option<&'a [u8]>, Self), ParseError> {
        let (mut token, mut h2e, mut offset) = (None, Self::default(), start);
        for element in elements(list) {
            let element = element.map_err(|error| error.moved(start))?;
            let body = offset + 3;
            offset += element.bytes().len();
            let repeated = match element.extension {
                Some(extension::PASSWORD_IDENTIFIER) => h2e.password_id.replace(element.body).is_some(),
                Some(extension::REJECTED_GROUPS) => {
                    let groups = GroupList::parse(element.body).map_err(|error| error.moved(body))?;
                    h2e.rejected_groups.replace(groups).is_some()
                }
                Some(extension::ANTI_CLOGGING_TOKEN_CONTAINER) => token.replace(element.body).is_some(),
                Some(extension::AKM_SUITE_SELECTOR) => {
                    let mut reader = Reader::at(element.body, body);
                    let akm = Akm(Suite(*reader.array("SAE AKM suite selector")?));
                    reader.finish("SAE AKM suite selector")?;
                    h2e.akm.replace(akm).is_some()
                }
                _ => false,
            };
            if repeated {
                let extension = element.extension.unwrap_or_default().into();
                return Err(ParseError::value(
                    "SAE commit element",
                    body - 1,
                    "each at most once",
                    extension,
                ));
            }
        }
        Ok((token, h2e))
    }
}

impl Emit for Commit<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u16_le(self.group);
        if let (None, Some(token)) = (self.h2e, self.token) {
            out.bytes(token);
        }
        out.bytes(self.scalar);
        out.bytes(self.element);
        let Some(h2e) = self.h2e else { return };
        if let Some(password_id) = h2e.password_id {
            out.extended_element(extension::PASSWORD_IDENTIFIER, |out| out.bytes(password_id));
        }
        if let Some(groups) = h2e.rejected_groups {
            out.extended_element(extension::REJECTED_GROUPS, |out| {
                groups.iter().for_each(|group| out.u16_le(group));
            });
        }
        if let Some(token) = self.token {
            out.extended_element(extension::ANTI_CLOGGING_TOKEN_CONTAINER, |out| out.bytes(token));
        }
        if let Some(Akm(suite)) = h2e.akm {
            out.extended_element(extension::AKM_SUITE_SELECTOR, |out| out.bytes(&suite.0));
        }
    }
}

/// Numbers of groups, as the Rejected Groups element has them (IEEE 802.11-2020, 9.4.2.247).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct GroupList<'a>(&'a [[u8; 2]]);

impl<'a> GroupList<'a> {
    /// The groups of these pairs of octets, least significant octet first.
    #[must_use]
    pub const fn from_octets(octets: &'a [[u8; 2]]) -> Self {
        Self(octets)
    }

    /// Parses the body of an element with extension 92.
    ///
    /// # Errors
    /// There is no group, or half of one.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let (groups, half) = body.as_chunks();
        match (groups.len(), half.len()) {
            (1.., 0) => Ok(Self(groups)),
            _ => Err(ParseError::length(
                "SAE rejected groups",
                0,
                2 * groups.len().max(1),
                body.len(),
            )),
        }
    }

    /// The groups in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u16> + use<'a> {
        self.0.iter().copied().map(u16::from_le_bytes)
    }

    /// True if `group` is in the list.
    #[must_use]
    pub fn contains(&self, group: u16) -> bool {
        self.iter().any(|listed| listed == group)
    }
}

impl core::fmt::Debug for GroupList<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A confirm: a counter (2 octets, little-endian) and a MAC over both commits (32, 48 or 64 octets).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirm<'a> {
    /// How many confirms the sender has sent, this one included.
    pub send_confirm: u16,
    /// The MAC, as long as the hash.
    pub mac: &'a [u8],
}

impl<'a> Confirm<'a> {
    /// Parses what follows the fixed fields of a confirm.
    ///
    /// # Errors
    /// There is no MAC, or one as long as no hash.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let send_confirm = reader.u16_le("SAE send-confirm")?;
        let offset = reader.offset();
        let mac = reader.rest();
        match mac.len() {
            32 | 48 | 64 => Ok(Self { send_confirm, mac }),
            found => Err(ParseError::value(
                "SAE confirm",
                offset,
                "32, 48 or 64 octets",
                found as u64,
            )),
        }
    }
}

impl Emit for Confirm<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u16_le(self.send_confirm);
        out.bytes(self.mac);
    }
}

/// The request for an anti-clogging token (status 76): group (2 octets, little-endian) and the token to be repeated
/// in the next commit, bare with hunting-and-pecking, in an element with hash-to-element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenRequest<'a> {
    /// The group of the commit that is answered.
    pub group: u16,
    /// The token.
    pub token: &'a [u8],
    /// The method of the commit that is answered.
    pub method: Method,
}

impl<'a> TokenRequest<'a> {
    /// Parses what follows the fixed fields of the answer to a commit with `method`.
    ///
    /// # Errors
    /// There is no token.
    pub fn parse(body: &'a [u8], method: Method) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let group = reader.u16_le("SAE group")?;
        let offset = reader.offset();
        let token = match method {
            Method::HuntingAndPecking => reader.rest(),
            Method::HashToElement => token_of(elements(reader.rest()), offset)?,
        };
        if token.is_empty() {
            return Err(ParseError::value("SAE token", offset, "at least 1 octet", 0));
        }
        Ok(Self { group, token, method })
    }
}

/// The token among `elements`, which begin `offset` octets into the frame's body; empty if there is none.
fn token_of<'a>(elements: Elements<'a>, offset: usize) -> Result<&'a [u8], ParseError> {
    for element in elements {
        let element = element.map_err(|error| error.moved(offset))?;
        if element.extension == Some(extension::ANTI_CLOGGING_TOKEN_CONTAINER) {
            return Ok(element.body);
        }
    }
    Ok(&[])
}

impl Emit for TokenRequest<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u16_le(self.group);
        match self.method {
            Method::HuntingAndPecking => out.bytes(self.token),
            Method::HashToElement => {
                out.extended_element(extension::ANTI_CLOGGING_TOKEN_CONTAINER, |out| out.bytes(self.token));
            }
        }
    }
}

#[cfg(test)]
mod tests;
