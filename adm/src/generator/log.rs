//! Where a generator complains: it may run before there is a journal, so the kernel's log comes first.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixDatagram;

/// The most messages that one run may leave.
const MOST: usize = 20;
/// The kernel cuts longer lines; it counts bytes.
const LONGEST: usize = 900;

/// Writes messages to the kernel's log; in a container, which has none, to the journal; else to standard error.
pub(super) fn complain(messages: &[String]) {
    let rest = messages.len().saturating_sub(MOST);
    let last = (rest > 0).then(|| format!("{rest} more problems: vrrpadm check shows them"));
    for message in messages.iter().take(MOST).chain(&last) {
        let line = line(message);
        if to_kernel(&line).is_err() && to_journal(&line).is_err() {
            eprintln!("vrrp-generator: {line}");
        }
    }
}

/// One write is one message; 4 is a warning.
fn to_kernel(line: &str) -> io::Result<()> {
    let mut log: File =
        OpenOptions::new().write(true).custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits()).open("/dev/kmsg")?;
    log.write_all(format!("<4>vrrp-generator[{}]: {line}\n", std::process::id()).as_bytes())
}

fn to_journal(line: &str) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    let entry = format!("PRIORITY=4\nSYSLOG_IDENTIFIER=vrrp-generator\nMESSAGE={line}\n");
    socket.send_to(entry.as_bytes(), "/run/systemd/journal/socket").map(drop)
}

/// One line of a length that the kernel keeps.
fn line(message: &str) -> String {
    let mut line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = (0..=LONGEST.min(line.len())).rev().find(|&end| line.is_char_boundary(end));
    line.truncate(end.unwrap_or_default());
    line
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_message_becomes_one_line_that_the_kernel_keeps() {
        assert_eq!(line("one\ntwo\r\n  three"), "one two three");
        let long = line(&"ä".repeat(1000));
        assert_eq!(long, "ä".repeat(450));
    }
}
