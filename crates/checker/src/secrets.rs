//! What must not be shown to anybody (R31).

use zeroize::Zeroizing;

/// Fewer octets than this are found anywhere by chance.
const SHORTEST: usize = 8;

/// The secrets that a life knows of: the network's, and every key that was installed.
#[derive(Default)]
pub(crate) struct Secrets(Vec<Zeroizing<Vec<u8>>>);

impl Secrets {
    pub(crate) fn learn(&mut self, secret: &[u8]) {
        // Some methods fill a key up with zeros, which are no secret.
        let varies = secret.iter().min() != secret.iter().max();
        if varies && secret.len() >= SHORTEST && !self.0.iter().any(|known| **known == secret) {
            self.0.push(Zeroizing::new(secret.to_vec()));
        }
    }

    /// Whether one of them stands in `octets`: as it is, or in hex digits.
    pub(crate) fn are_in(&self, octets: &[u8]) -> bool {
        self.0.iter().any(|secret| {
            let digits: Zeroizing<String> = Zeroizing::new(secret.iter().map(|octet| format!("{octet:02x}")).collect());
            let lower: Zeroizing<Vec<u8>> = Zeroizing::new(octets.to_ascii_lowercase());
            contains(octets, secret) || contains(&lower, digits.as_bytes())
        })
    }
}

fn contains(octets: &[u8], wanted: &[u8]) -> bool {
    octets.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_as_it_is_and_in_hex_digits() {
        let mut secrets = Secrets::default();
        secrets.learn(b"open sesame");
        assert!(secrets.are_in(b"they say open sesame, and enter"));
        assert!(secrets.are_in(b"key=6F70656E20736573616D65"));
        assert!(!secrets.are_in(b"open, says me"));
    }

    #[test]
    fn what_is_found_anywhere_by_chance_is_no_secret() {
        let mut secrets = Secrets::default();
        secrets.learn(b"me");
        secrets.learn(&[0; 32]);
        assert!(!secrets.are_in(b"open sesame"));
        assert!(!secrets.are_in(&[0; 64]));
    }
}
