//! Messages of D-Bus, as far as the lab needs them.

use anyhow::{Context, Result, bail, ensure};

/// A call of a method.
#[derive(Clone, Debug)]
pub struct Call {
    destination: String,
    path: String,
    interface: String,
    member: String,
    signature: String,
    body: Vec<u8>,
}

/// An answer, or a signal.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Which call it answers.
    pub to: Option<u32>,
    /// The error's name, if it is one.
    pub error: Option<String>,
    /// What it begins with, if that is a text.
    pub text: String,
    /// How many octets it has behind its header.
    pub length: usize,
}

impl Reply {
    /// The text of an answer that is no error.
    ///
    /// # Errors
    /// It is one.
    pub fn value(self) -> Result<String> {
        match self.error {
            None => Ok(self.text),
            Some(error) => bail!("{error}: {}", self.text),
        }
    }

    /// Reads a message at the beginning of some bytes; none if it is not there as a whole. Tells its length.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>> {
        let Some(header) = bytes.first_chunk::<16>() else { return Ok(None) };
        ensure!(header[0] == b'l', "a message of another byte order");
        let [body, fields] = [4, 12].map(|at| number(bytes, at).unwrap_or_default() as usize);
        let start = (16 + fields).next_multiple_of(8);
        let Some(message) = bytes.get(..start + body) else { return Ok(None) };
        let mut reply = Self { to: None, error: None, text: String::new(), length: body };
        let (mut at, mut signature) = (16, String::new());
        while at < 16 + fields {
            let code = message[at];
            let kind = *message.get(at + 2).context("a field without a type")?;
            let value = at + 4;
            at = match kind {
                b'u' => {
                    if code == 5 {
                        reply.to = number(message, value);
                    }
                    value + 4
                }
                b'g' => {
                    let end = value + 1 + usize::from(message[value]);
                    if code == 8 {
                        signature = String::from_utf8_lossy(&message[value + 1..end]).into_owned();
                    }
                    end + 1
                }
                b's' | b'o' => {
                    let end = value + 4 + number(message, value).context("a text without a length")? as usize;
                    if code == 4 {
                        reply.error = Some(String::from_utf8_lossy(&message[value + 4..end]).into_owned());
                    }
                    end + 1
                }
                other => bail!("a field of type {other}"),
            }
            .next_multiple_of(8);
        }
        if signature.starts_with('s') {
            let end = start + 4 + number(message, start).unwrap_or_default() as usize;
            reply.text = String::from_utf8_lossy(message.get(start + 4..end).unwrap_or_default()).into_owned();
        }
        Ok(Some((reply, message.len())))
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

impl Call {
    /// A call without arguments.
    pub fn new(destination: &str, path: &str, interface: &str, member: &str) -> Self {
        let [destination, path, interface, member] = [destination, path, interface, member].map(str::to_owned);
        Self { destination, path, interface, member, signature: String::new(), body: Vec::new() }
    }

    /// Gives it texts as arguments.
    #[must_use]
    pub fn texts(mut self, texts: &[&str]) -> Self {
        for text in texts {
            self.signature.push('s');
            put_text(&mut self.body, text);
        }
        self
    }

    /// Gives it a body that somebody else has made.
    #[must_use]
    pub fn body(mut self, signature: &str, body: Vec<u8>) -> Self {
        (self.signature, self.body) = (signature.to_owned(), body);
        self
    }

    pub(super) fn bytes(&self, serial: u32) -> Vec<u8> {
        let mut fields = Vec::new();
        for (code, kind, text) in [
            (1, b'o', &self.path),
            (2, b's', &self.interface),
            (3, b's', &self.member),
            (6, b's', &self.destination),
            (8, b'g', &self.signature),
        ] {
            if kind == b'g' && text.is_empty() {
                continue;
            }
            pad(&mut fields, 8);
            fields.extend([code, 1, kind, 0]);
            match kind {
                b'g' => {
                    fields.push(u8::try_from(text.len()).unwrap_or_default());
                    fields.extend(text.bytes().chain([0]));
                }
                _ => put_text(&mut fields, text),
            }
        }
        let mut message = vec![b'l', 1, 0, 1];
        let body = u32::try_from(self.body.len()).unwrap_or_default();
        let length = u32::try_from(fields.len()).unwrap_or_default();
        message.extend([body, serial, length].iter().flat_map(|number| number.to_le_bytes()));
        message.extend(fields);
        pad(&mut message, 8);
        message.extend(&self.body);
        message
    }
}

/// The least value of a signature: empty texts and lists, and zeros.
pub fn nothing(signature: &str) -> Vec<u8> {
    let mut body = Vec::new();
    let mut rest = signature.as_bytes();
    while let Some((&kind, more)) = rest.split_first() {
        rest = more;
        match kind {
            b'y' => body.push(0),
            b'n' | b'q' => put_zeros(&mut body, 2),
            b'b' | b'i' | b'u' | b'h' => put_zeros(&mut body, 4),
            b'x' | b't' | b'd' => put_zeros(&mut body, 8),
            b's' => put_text(&mut body, ""),
            b'o' => put_text(&mut body, "/"),
            b'g' => body.extend([0, 0]),
            b'v' => {
                body.extend([1, b's', 0]);
                put_text(&mut body, "");
            }
            b'a' => {
                put_zeros(&mut body, 4);
                if matches!(rest.first(), Some(b'(' | b'{' | b'x' | b't' | b'd')) {
                    pad(&mut body, 8);
                }
                rest = &rest[complete(rest)..];
            }
            b'(' => pad(&mut body, 8),
            _ => {}
        }
    }
    body
}

/// How long the first complete type of a signature is.
fn complete(signature: &[u8]) -> usize {
    let mut depth = 0;
    for (at, kind) in signature.iter().enumerate() {
        match kind {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth -= 1,
            b'a' => continue,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    signature.len()
}

fn pad(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to), 0);
}

fn put_zeros(bytes: &mut Vec<u8>, count: usize) {
    pad(bytes, count);
    bytes.resize(bytes.len() + count, 0);
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    pad(bytes, 4);
    bytes.extend(u32::try_from(text.len()).unwrap_or_default().to_le_bytes());
    bytes.extend(text.bytes().chain([0]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_values_are_as_long_as_their_types_say() {
        for (signature, length) in [("", 0), ("s", 5), ("yu", 8), ("as", 4), ("at", 8), ("a{sv}b", 12), ("sa(st)y", 17)]
        {
            assert_eq!(nothing(signature).len(), length, "{signature}");
        }
    }

    #[test]
    fn an_answer_is_read_when_it_is_there_as_a_whole() {
        let mut answer = vec![b'l', 2, 0, 1, 7, 0, 0, 0, 9, 0, 0, 0, 15, 0, 0, 0];
        answer.extend([5, 1, b'u', 0, 3, 0, 0, 0, 8, 1, b'g', 0, 1, b's', 0, 0]);
        answer.extend([2, 0, 0, 0, b'o', b'k', 0]);
        for length in 0..answer.len() {
            assert!(Reply::read(&answer[..length]).unwrap().is_none(), "{length}");
        }
        let (reply, length) = Reply::read(&answer).unwrap().unwrap();
        assert_eq!((reply.to, reply.value().unwrap(), length), (Some(3), "ok".to_owned(), answer.len()));
    }
}
