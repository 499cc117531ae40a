//! Values as octets: numbers in network byte order, lists behind their length, alternatives behind a tag.
//!
//! Both ends are the same program, so that nothing here has a version. But the other end also runs code that
//! nobody trusts: whatever comes is checked, and nothing is allocated that the octets do not pay for.

use zeroize::Zeroizing;

/// What came is not what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// A value that crosses.
pub(crate) trait Wire: Sized {
    /// Appends the value.
    fn put(&self, out: &mut Vec<u8>);

    /// Takes the value from the front of `input`.
    ///
    /// # Errors
    /// [`Malformed`] for octets that are not such a value.
    fn take(input: &mut Input<'_>) -> Result<Self, Malformed>;
}

/// The value's octets; they may hold a secret.
pub(crate) fn encode(value: &impl Wire) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(ROOM));
    value.put(&mut out);
    out
}

/// So long are most messages, so that a secret is not left behind in memory that was outgrown.
const ROOM: usize = 4096;

/// The value that these octets are, all of them.
///
/// # Errors
/// [`Malformed`] for octets that are not such a value.
pub(crate) fn decode<T: Wire>(octets: &[u8]) -> Result<T, Malformed> {
    let mut input = Input(octets);
    let value = T::take(&mut input)?;
    match input.0 {
        [] => Ok(value),
        _ => Err(Malformed),
    }
}

/// Octets that are being read.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn octets(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A length in front of as many things, each of which takes at least one octet.
    fn length(&mut self) -> Result<usize, Malformed> {
        let length = u32::take(self)? as usize;
        match length <= self.0.len() {
            true => Ok(length),
            false => Err(Malformed),
        }
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Wire for $number {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend(self.to_be_bytes());
            }

            fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
                let octets = input.octets(size_of::<Self>())?;
                octets.try_into().map(Self::from_be_bytes).map_err(|_| Malformed)
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64 u128 i16);

impl Wire for () {
    fn put(&self, _: &mut Vec<u8>) {}

    fn take(_: &mut Input<'_>) -> Result<Self, Malformed> {
        Ok(())
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push((*self).into());
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        match u8::take(input)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }
}

impl<const N: usize> Wire for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend(self);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        input.octets(N)?.try_into().map_err(|_| Malformed)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        self.iter().for_each(|item| item.put(out));
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        let length = input.length()?;
        (0..length).map(|_| T::take(input)).collect()
    }
}

impl Wire for Box<[u8]> {
    fn put(&self, out: &mut Vec<u8>) {
        put_octets(self, out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        let length = input.length()?;
        input.octets(length).map(Into::into)
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_octets(self.as_bytes(), out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        let length = input.length()?;
        let text = str::from_utf8(input.octets(length)?).map_err(|_| Malformed)?;
        Ok(text.to_owned())
    }
}

impl<T: Wire + zeroize::Zeroize> Wire for Zeroizing<T> {
    fn put(&self, out: &mut Vec<u8>) {
        T::put(self, out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        T::take(input).map(Zeroizing::new)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        match bool::take(input)? {
            true => T::take(input).map(Some),
            false => Ok(None),
        }
    }
}

impl<T: Wire, E: Wire> Wire for Result<T, E> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_ok().put(out);
        match self {
            Ok(value) => value.put(out),
            Err(error) => error.put(out),
        }
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        Ok(match bool::take(input)? {
            true => Ok(T::take(input)?),
            false => Err(E::take(input)?),
        })
    }
}

fn put_octets(octets: &[u8], out: &mut Vec<u8>) {
    put_length(octets.len(), out);
    out.extend_from_slice(octets);
}

fn put_length(length: usize, out: &mut Vec<u8>) {
    // Nothing that crosses is as long as four gigabytes; if it were, the other end would not understand it.
    u32::try_from(length).unwrap_or(u32::MAX).put(out);
}

/// Structures, field by field.
macro_rules! structures {
    ($($name:ident { $($field:ident),* $(,)? })*) => {$(
        impl $crate::wire::Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $($crate::wire::Wire::put(&self.$field, out);)*
            }

            fn take(input: &mut $crate::wire::Input<'_>) -> Result<Self, $crate::wire::Malformed> {
                Ok(Self { $($field: $crate::wire::Wire::take(input)?),* })
            }
        }
    )*};
}

/// Structures around one value.
macro_rules! wrappers {
    ($($name:ident)*) => {$(
        impl $crate::wire::Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $crate::wire::Wire::put(&self.0, out);
            }

            fn take(input: &mut $crate::wire::Input<'_>) -> Result<Self, $crate::wire::Malformed> {
                $crate::wire::Wire::take(input).map(Self)
            }
        }
    )*};
}

/// Choices without any values.
macro_rules! choices {
    ($($name:ident { $($number:literal $variant:ident),* $(,)? })*) => {$(
        impl $crate::wire::Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                out.push(match self { $(Self::$variant => $number),* });
            }

            fn take(input: &mut $crate::wire::Input<'_>) -> Result<Self, $crate::wire::Malformed> {
                match u8::take(input)? {
                    $($number => Ok(Self::$variant),)*
                    _ => Err($crate::wire::Malformed),
                }
            }
        }
    )*};
}

pub(crate) use {choices, structures, wrappers};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_survives_the_way_there_and_back(
            lists in any::<Vec<Vec<u8>>>(),
            option in any::<Option<u64>>(),
            result in any::<Result<bool, u32>>(),
            text in any::<String>(),
        ) {
            prop_assert_eq!(decode(&encode(&lists)), Ok(lists));
            prop_assert_eq!(decode(&encode(&option)), Ok(option));
            prop_assert_eq!(decode(&encode(&result)), Ok(result));
            prop_assert_eq!(decode(&encode(&text)), Ok(text));
        }

        #[test]
        fn octets_of_any_kind_are_a_value_or_malformed(octets in any::<Vec<u8>>()) {
            if let Ok(lists) = decode::<Vec<Vec<u8>>>(&octets) {
                prop_assert_eq!(&*encode(&lists), &octets);
            }
        }
    }

    #[test]
    fn a_length_that_the_octets_do_not_pay_for_is_malformed() {
        assert_eq!(decode::<Vec<u64>>(&[0xff; 12]), Err(Malformed));
        assert_eq!(decode::<String>(&[0, 0, 0, 2, b'a']), Err(Malformed));
    }

    #[test]
    fn more_octets_than_a_value_has_are_malformed() {
        assert_eq!(decode::<u8>(&[1, 2]), Err(Malformed));
    }
}
