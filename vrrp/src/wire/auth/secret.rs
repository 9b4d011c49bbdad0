//! Secrets: bytes that nothing shows and that are wiped when they are forgotten.

use std::fmt;
use std::ops::RangeInclusive;

use zeroize::Zeroizing;

/// What marks a secret that is written as hexadecimal digits.
const HEX: &[u8] = b"hex:";
/// The block of MD5 and of SHA-256, in bytes.
const BLOCK: usize = 64;

/// A password or a key. `Debug` tells that there is one, and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Box<[u8]>>);

impl Secret {
    /// Reads what stands in a file of its own: `hex:` and digits, else the text itself, without the end of its line.
    ///
    /// `lengths` are the numbers of bytes that it may have.
    ///
    /// # Errors
    /// What is wrong with it and what to do, in words that show nothing of it.
    pub fn read(written: &[u8], lengths: RangeInclusive<usize>) -> Result<Self, String> {
        let line = written.strip_suffix(b"\n").unwrap_or(written);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let bytes = match line.strip_prefix(HEX) {
            Some(digits) => from_hex(digits).ok_or("hex: is not followed by pairs of hexadecimal digits alone")?,
            None if line.contains(&b'\n') => return Err("it has more than one line: write the secret alone".to_owned()),
            None => Zeroizing::new(line.into()),
        };
        let (least, most) = (*lengths.start(), *lengths.end());
        match bytes.len() {
            0 => Err("it is empty".to_owned()),
            length if length < least => Err(format!(
                "it has {length} bytes, and at least {least} are needed: write what \"openssl rand -hex {least}\" prints \
                 behind hex:"
            )),
            length if length > most => {
                Err(format!("it has {length} bytes, and at most {most} are used: write the first {most} alone"))
            }
            _ => Ok(Self(bytes)),
        }
    }

    /// The bytes, and zeros up to the length of a hash's block: how HMAC takes a key that is no longer (RFC 2104, section 2).
    pub(super) fn block(&self) -> Zeroizing<[u8; BLOCK]> {
        let mut block = Zeroizing::new([0; BLOCK]);
        block.iter_mut().zip(&*self.0).for_each(|(to, from)| *to = *from);
        block
    }

    /// The first eight bytes, and zeros where there are fewer: how version 2 carries a password.
    pub(super) fn password(&self) -> [u8; 8] {
        self.block().first_chunk().copied().unwrap_or_default()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

fn from_hex(digits: &[u8]) -> Option<Zeroizing<Box<[u8]>>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    let bytes: Option<Box<[u8]>> = pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect();
    bytes.map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_digits_are_read_and_the_end_of_the_line_is_not() {
        for written in [&b"hunter2"[..], b"hunter2\n", b"hunter2\r\n", b"hex:68756e74657232\n", b"hex:68756E74657232"] {
            assert_eq!(Secret::read(written, 1..=8).unwrap().password(), *b"hunter2\0");
        }
    }

    #[test]
    fn nothing_shows_a_secret_also_a_wrong_one() {
        let secret = Secret::read(b"hunter2", 1..=8).unwrap();
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "Secret Some(Secret)");
        let wrong: [(&[u8], &str); 6] = [
            (b"", "empty"),
            (b"hex:", "empty"),
            (b"hex:hunter2", "pairs of hexadecimal digits"),
            (b"hex:123", "pairs of hexadecimal digits"),
            (b"hunter2\nhunter2", "more than one line"),
            (b"hunter2hunter2", "14 bytes, and at most 8"),
        ];
        for (written, expected) in wrong {
            let told = Secret::read(written, 1..=8).unwrap_err();
            assert!(told.contains(expected) && !told.contains("hunter2"), "{told}");
        }
        assert!(Secret::read(b"hunter2", 32..=64).unwrap_err().contains("7 bytes, and at least 32"));
    }
}
