//! What a program writes.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

/// How much a program may write to one pipe, in bytes.
pub(super) const MOST: usize = 1 << 20;
/// How much of it is kept: the end, in bytes.
const KEPT: usize = 4096;
/// How much is read at once, in bytes.
const PART: usize = 4096;
/// The longest line that is told, in characters.
const LONGEST_LINE: usize = 200;

/// One of the two pipes that a program writes to.
#[derive(Debug)]
pub(super) struct Output {
    /// Until it is closed by all who write to it.
    pipe: Option<File>,
    read: usize,
    end: Vec<u8>,
}

impl Output {
    /// Takes the end of a pipe to read from. One that cannot be read without waiting is not read at all.
    pub(super) fn new(pipe: Option<OwnedFd>) -> Self {
        let ready = pipe.filter(|pipe| fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).is_ok());
        Self { pipe: ready.map(File::from), read: 0, end: Vec::new() }
    }

    /// The pipe, as long as somebody may write to it.
    pub(super) fn pipe(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(File::as_fd)
    }

    /// Reads what there is, without waiting.
    pub(super) fn drain(&mut self) {
        let mut part = [0; PART];
        while let Some(pipe) = self.pipe.as_mut().filter(|_| self.read <= MOST) {
            match pipe.read(&mut part) {
                Ok(length @ 1..) => {
                    self.read += length;
                    self.end.extend_from_slice(&part[..length]);
                    let surplus = self.end.len().saturating_sub(KEPT);
                    self.end.drain(..surplus);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Ok(0) | Err(_) => self.pipe = None,
            }
        }
    }

    /// Whether it was more than a program may write.
    pub(super) const fn is_flood(&self) -> bool {
        self.read > MOST
    }

    /// The last line that is not empty, fit to be shown.
    pub(super) fn last_line(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.end);
        let shown = |line: &str| line.replace(char::is_control, " ").trim().to_owned();
        let line = text.lines().rev().map(shown).find(|line| !line.is_empty())?;
        Some(line.chars().take(LONGEST_LINE).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_last_line_with_words_is_told_and_nothing_waits() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let mut output = Output::new(Some(reader.into()));
        output.drain();
        assert_eq!(output.last_line(), None);
        writer.write_all(b"one\n two\x1b[31m \n\n \0\0\n").unwrap();
        output.drain();
        assert_eq!(output.last_line().as_deref(), Some("two [31m"));
        writer.write_all(&[b'x'; 5000]).unwrap();
        drop(writer);
        output.drain();
        assert_eq!(output.last_line(), Some("x".repeat(LONGEST_LINE)));
        assert!(output.pipe().is_none() && !output.is_flood());
    }
}
