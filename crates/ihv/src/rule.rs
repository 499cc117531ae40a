//! The rules of the interface, by number: what each asks, and who owes it.

use core::fmt;

/// Who keeps a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The host keeps it.
    Host,
    /// The extension keeps it; the host detects and reports a breach.
    Extension,
    /// Both have their part.
    Both,
}

macro_rules! rules {
    ($($name:ident $number:literal $party:ident $text:literal;)*) => {
        /// A rule of the interface.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Rule {
            $(#[doc = $text] $name = $number,)*
        }

        impl Rule {
            /// All rules, in their order.
            pub const ALL: [Self; 37] = [$(Self::$name,)*];

            /// What the rule asks, as a sentence.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Who keeps it.
            #[must_use]
            pub const fn party(self) -> Party {
                match self { $(Self::$name => Party::$party,)* }
            }
        }
    };
}

rules! {
    R01 1 Host "Two exports are resolved, in order; interface version 0 is supported.";
    R02 2 Extension "After the service is initialised every handler can be called.";
    R03 3 Host "An adapter is initialised before anything else about it; handles are unique and come back unchanged.";
    R04 4 Host "Every adapter is deinitialised before the service is.";
    R05 5 Extension "From the deinitialisation of an adapter on: no call with its handle, no buffer unfreed.";
    R06 6 Host "A pending post-association operation is stopped before its adapter is deinitialised.";
    R07 7 Extension "A reset leaves the adapter as new and completes every pending operation as cancelled.";
    R08 8 Host "A call in the wrong phase is refused, changes nothing and is recorded.";
    R09 9 Extension "A profile is untrusted input; an invalid one is refused with a reason.";
    R10 10 Extension "A pre-association is completed exactly once, and never from inside the handler that began it.";
    R11 11 Extension "Profile calls are refused from inside the handler that begins a pre-association.";
    R12 12 Host "EtherType handling is fixed once a pre-association has completed successfully.";
    R13 13 Host "The algorithms set during pre-association are what the adapter associates with.";
    R14 14 Host "One data port per association, created when it completes; the operation follows with its parameters.";
    R15 15 Host "A post-association operation begins only after a successful association, and once.";
    R16 16 Extension "A post-association operation is completed asynchronously; a refusal to begin owes no completion.";
    R17 17 Host "Error and reason of a completion must agree.";
    R18 18 Host "Only a success authorises the port; until then only security packets pass.";
    R19 19 Both "Each further completion reports a change of the port's state, and a failure closes it at once.";
    R20 20 Host "The operation is stopped whenever the port goes down; then the port is deleted.";
    R21 21 Extension "After the stop nothing of the port is left, and no completion for it is sent.";
    R22 22 Host "A stale session handle is an error.";
    R23 23 Host "Packets of registered EtherTypes arrive one at a time, in order.";
    R24 24 Host "While the extension is busy packets queue; beyond the backlog the oldest is dropped and counted.";
    R25 25 Extension "A reply may be sent from inside the receive handler.";
    R26 26 Host "Each packet sent is completed exactly once, whatever happens; destinations are unicast.";
    R27 27 Host "A security packet is peer address, EtherType and data.";
    R28 28 Host "Keys reach the adapter in the order of the calls, and only keys that fit.";
    R29 29 Extension "A key that is installed is not installed again.";
    R30 30 Extension "Message 4, then pairwise key, then group key, then exclusion of unencrypted data, then success.";
    R31 31 Extension "Secrets are wiped, and never shown.";
    R32 32 Host "802.1X starts only within a post-association operation, and fails after three unanswered starts.";
    R33 33 Extension "While 802.1X runs every EAPOL packet but EAPOL-Key goes to it.";
    R34 34 Extension "After 802.1X is stopped nothing is forwarded; stopping nothing is refused.";
    R35 35 Host "The 802.1X result is indicated once, with keys on success.";
    R36 36 Extension "802.1X may be started again without a new association.";
    R37 37 Host "Missing credentials ask the user and suspend the operation.";
}

impl Rule {
    /// The rule with this number, 1 to 37.
    #[must_use]
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| *rule as u8 == number)
    }
}

/// As `R08`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R{:02}", *self as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_numbered_as_they_stand() {
        for (index, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, index + 1);
            assert_eq!(rule.to_string(), format!("R{:02}", index + 1));
            assert_eq!(Rule::numbered(rule as u8), Some(rule));
        }
        assert_eq!(Rule::numbered(0), None);
        assert_eq!(Rule::numbered(38), None);
    }
}
