//! Questions to the user.

use crate::Guid;

/// Which part of a connection asks (`DOT11EXT_IHV_CONNECTION_PHASE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionPhase {
    /// Any part.
    Any,
    /// Before anything else, for a profile that has just been made.
    Initial,
    /// After the post-association operation.
    PostConnect,
}

/// A question to the user (`DOT11EXT_IHV_UI_REQUEST`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UiRequest {
    /// The user's session, or 0xffffffff for any.
    pub session_id: u32,
    /// The question's name: its answer carries the same.
    pub id: Guid,
    /// The page that can show it.
    pub page: Guid,
    /// What the page is to show, in a form that only the two know.
    pub data: Vec<u8>,
}
