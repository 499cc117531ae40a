//! Adapters by handle, in constant time; a handle of one that has left stays stale.

use ihv::ExtensionAdapter;

/// See the module.
pub(crate) struct Table<T> {
    rows: Vec<Row<T>>,
    free: Vec<u32>,
}

struct Row<T> {
    generation: u32,
    value: Option<Box<T>>,
}

impl<T> Table<T> {
    pub(crate) const fn new() -> Self {
        Self {
            rows: Vec::new(),
            free: Vec::new(),
        }
    }

    pub(crate) fn insert(&mut self, value: T) -> Option<ExtensionAdapter> {
        let index = match self.free.pop() {
            Some(index) => index,
            None => {
                let index = u32::try_from(self.rows.len()).ok()?;
                self.rows.push(Row {
                    generation: 0,
                    value: None,
                });
                index
            }
        };
        let row = self.rows.get_mut(index as usize)?;
        row.generation = row.generation.wrapping_add(1);
        row.value = Some(Box::new(value));
        Some(ExtensionAdapter(u64::from(row.generation) << 32 | u64::from(index)))
    }

    pub(crate) fn get_mut(&mut self, handle: ExtensionAdapter) -> Option<&mut T> {
        self.row(handle)?.value.as_deref_mut()
    }

    pub(crate) fn remove(&mut self, handle: ExtensionAdapter) -> Option<T> {
        let value = self.row(handle)?.value.take()?;
        self.free.push(handle.0 as u32);
        Some(*value)
    }

    fn row(&mut self, handle: ExtensionAdapter) -> Option<&mut Row<T>> {
        let row = self.rows.get_mut(handle.0 as u32 as usize)?;
        (u64::from(row.generation) == handle.0 >> 32).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_stale_once_its_adapter_has_left() {
        let mut table = Table::new();
        let first = table.insert('a').unwrap();
        assert_eq!(table.remove(first), Some('a'));
        let second = table.insert('b').unwrap();
        assert_ne!(first, second);
        assert_eq!(table.get_mut(first), None);
        assert_eq!(table.get_mut(second), Some(&mut 'b'));
        assert_eq!(table.remove(first), None);
    }
}
