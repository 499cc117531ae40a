//! The steps of an operation in the order of the capture, as many as are kept.

use super::contents::Contents;
use super::operation::{Event, MicState, Step};

/// Steps that are kept of one operation; later ones are counted. A station that stays for days on a network with
/// a rekey every few minutes stays below.
const MAX_STEPS: usize = 4096;

#[derive(Default)]
pub(super) struct Ladder {
    steps: Vec<Step>,
    unlisted: u64,
}

/// A step whose MIC may be proved later.
#[derive(Clone, Copy)]
pub(super) struct Rung(Option<usize>);

impl Ladder {
    pub(super) fn push(&mut self, step: Step) -> Rung {
        if self.steps.len() == MAX_STEPS {
            self.unlisted += 1;
            return Rung(None);
        }
        self.steps.push(step);
        Rung(Some(self.steps.len() - 1))
    }

    pub(super) fn set_mic(&mut self, rung: Rung, mic: MicState) {
        let step = rung.0.and_then(|index| self.steps.get_mut(index));
        if let Some(Step {
            event: Event::Key(message),
            ..
        }) = step
        {
            message.mic = mic;
        }
    }

    pub(super) fn set_contents(&mut self, rung: Rung, contents: Contents) {
        let step = rung.0.and_then(|index| self.steps.get_mut(index));
        if let Some(Step {
            event: Event::Key(message),
            ..
        }) = step
        {
            message.contents = contents;
        }
    }

    /// The steps, and how many more there were.
    pub(super) fn into_parts(self) -> (Vec<Step>, u64) {
        (self.steps, self.unlisted)
    }
}
