//! The last few of something: what a hostile capture could make grow stays small.

use std::collections::VecDeque;

/// At most `N` items; one more pushes the oldest out.
pub(super) struct Recent<T, const N: usize>(VecDeque<T>);

impl<T, const N: usize> Default for Recent<T, N> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T, const N: usize> Recent<T, N> {
    pub(super) fn push(&mut self, item: T) {
        if self.0.len() == N {
            self.0.pop_front();
        }
        self.0.push_back(item);
    }

    /// From the newest to the oldest.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.0.iter().rev()
    }

    /// The same, to be changed.
    pub(super) fn newest_first_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().rev()
    }

    pub(super) fn newest(&self) -> Option<&T> {
        self.0.back()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, oldest first, leaving none.
    pub(super) fn take(&mut self) -> VecDeque<T> {
        std::mem::take(&mut self.0)
    }

    /// Makes the item at `place`, counted from the newest, the newest.
    pub(super) fn touch(&mut self, place: usize) {
        let Some(last) = self.0.len().checked_sub(1) else {
            return;
        };
        if let Some(item) = last.checked_sub(place).and_then(|index| self.0.remove(index)) {
            self.0.push_back(item);
        }
    }
}

impl<T: PartialEq, const N: usize> Recent<T, N> {
    /// True if the item was not there.
    pub(super) fn insert(&mut self, item: T) -> bool {
        let new = !self.0.contains(&item);
        if new {
            self.push(item);
        }
        new
    }

    pub(super) fn contains(&self, item: &T) -> bool {
        self.0.contains(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_too_many_pushes_the_oldest_out() {
        let mut recent = Recent::<_, 2>::default();
        assert!(recent.insert(1) && !recent.insert(1) && recent.insert(2) && recent.insert(3));
        assert!(recent.newest_first().eq(&[3, 2]));
    }

    #[test]
    fn what_is_touched_becomes_the_newest() {
        let mut recent = Recent::<_, 3>::default();
        for item in [1, 2, 3] {
            recent.push(item);
        }
        recent.touch(2);
        assert!(recent.newest_first().eq(&[1, 3, 2]));
        recent.touch(7);
        assert!(recent.newest_first().eq(&[1, 3, 2]));
    }
}
