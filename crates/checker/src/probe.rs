//! Calls that the checker itself makes of the host, to see them refused.

use ihv::Host;

/// What the checker does in the place of the extension, the next time that it is called back.
pub(crate) type Probe = Box<dyn FnOnce(&mut dyn Host)>;
