//! What an extension keeps for each adapter, by its own name for it.

use crate::{ExtensionAdapter, Win32Error};

/// A table of adapters, each found in constant time. It makes the names; that of an adapter which has left stays stale
/// (R03).
#[derive(Debug)]
pub struct Adapters<T> {
    rows: Vec<Row<T>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Row<T> {
    generation: u32,
    value: Option<Box<T>>,
}

impl<T> Adapters<T> {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rows: Vec::new(),
            free: Vec::new(),
        }
    }

    /// An adapter has arrived: its name, from now on.
    ///
    /// # Errors
    /// [`Win32Error::NOT_ENOUGH_MEMORY`] for one too many.
    pub fn insert(&mut self, value: T) -> Result<ExtensionAdapter, Win32Error> {
        const FULL: Win32Error = Win32Error::NOT_ENOUGH_MEMORY;
        let index = match self.free.pop() {
            Some(index) => index,
            None => {
                let index = u32::try_from(self.rows.len()).map_err(|_| FULL)?;
                self.rows.push(Row {
                    generation: 0,
                    value: None,
                });
                index
            }
        };
        let row = self.rows.get_mut(index as usize).ok_or(FULL)?;
        row.generation = row.generation.wrapping_add(1);
        row.value = Some(Box::new(value));
        Ok(ExtensionAdapter(u64::from(row.generation) << 32 | u64::from(index)))
    }

    /// The adapter of this name.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_HANDLE`] if there is none, or none any more.
    pub fn find(&mut self, name: ExtensionAdapter) -> Result<&mut T, Win32Error> {
        let row = self.row(name).and_then(|row| row.value.as_deref_mut());
        row.ok_or(Win32Error::INVALID_HANDLE)
    }

    /// The adapter of this name leaves, if it is there.
    pub fn remove(&mut self, name: ExtensionAdapter) -> Option<T> {
        let value = self.row(name)?.value.take()?;
        self.free.push(name.0 as u32);
        Some(*value)
    }

    /// All adapters that are there.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().filter_map(|row| row.value.as_deref())
    }

    /// All adapters that are there, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.rows.iter_mut().filter_map(|row| row.value.as_deref_mut())
    }

    fn row(&mut self, name: ExtensionAdapter) -> Option<&mut Row<T>> {
        let row = self.rows.get_mut(name.0 as u32 as usize)?;
        (u64::from(row.generation) == name.0 >> 32).then_some(row)
    }
}

impl<T> Default for Adapters<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r03_a_name_is_stale_once_its_adapter_has_left() {
        let mut adapters = Adapters::new();
        let first = adapters.insert('a').unwrap();
        assert_eq!(adapters.remove(first), Some('a'));
        let second = adapters.insert('b').unwrap();
        assert_ne!(first, second);
        assert_eq!(adapters.find(first), Err(Win32Error::INVALID_HANDLE));
        assert_eq!(adapters.find(second), Ok(&mut 'b'));
        assert_eq!(adapters.remove(first), None);
    }

    #[test]
    fn those_that_have_left_are_not_among_all() {
        let mut adapters = Adapters::new();
        let first = adapters.insert('a').unwrap();
        adapters.insert('b').unwrap();
        adapters.remove(first);
        assert_eq!(adapters.iter().collect::<Vec<_>>(), [&'b']);
        adapters.iter_mut().for_each(|letter| letter.make_ascii_uppercase());
        assert_eq!(adapters.iter().collect::<Vec<_>>(), [&'B']);
    }
}
