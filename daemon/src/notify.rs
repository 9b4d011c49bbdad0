//! What systemd is told through the notification socket (sd_notify(3)). Without that socket nothing is told.
//!
//! A systemd that reloads reads nothing for a while. What is told often must then be lost rather than wait.

use std::cell::RefCell;
use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::time::Duration;

use sd_notify::NotifyState;

thread_local! {
    static LAST_STATUS: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The start, or a reload, is finished: every address can be bound.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// A reload has begun.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// The daemon stops.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Sets the line that `systemctl status` shows.
pub(crate) fn status(line: &str) {
    LAST_STATUS.with_borrow_mut(|last| {
        if last == line {
            return;
        }
        // A line that was lost is sent again with the next change, whatever that is.
        last.clear();
        if tell_at_once(&NotifyState::Status(line)).is_ok() {
            line.clone_into(last);
        }
    });
}

/// The loop lives.
pub(crate) fn watchdog() {
    // One in two may be lost: see `watchdog_interval`.
    let _: io::Result<()> = tell_at_once(&NotifyState::Watchdog);
}

/// How often [`watchdog`] is due: twice in the time that systemd allows; `None` where it expects nothing.
pub(crate) fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|allowed| allowed / 2)
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd cannot be told how far the daemon is");
    }
}

/// Sends without waiting for room in the socket.
fn tell_at_once(state: &NotifyState<'_>) -> io::Result<()> {
    match env::var_os("NOTIFY_SOCKET") {
        Some(socket) => send(&socket, state),
        None => Ok(()),
    }
}

fn send(socket: &OsStr, state: &NotifyState<'_>) -> io::Result<()> {
    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(Path::new(socket))?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.send_to_addr(state.to_string().as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_systemd_that_reads_nothing_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        let full = loop {
            if let Err(error) = send(path.as_os_str(), &NotifyState::Watchdog) {
                break error;
            }
        };
        assert_eq!(full.kind(), io::ErrorKind::WouldBlock);
        let mut buffer = [0; 64];
        let length = systemd.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"WATCHDOG=1");
    }

    #[test]
    fn a_socket_without_a_path_is_told_too() {
        let name = format!("vrrpd-test-{}", std::process::id());
        let systemd = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        send(OsStr::new(&format!("@{name}")), &NotifyState::Status("1 Master")).unwrap();
        let mut buffer = [0; 64];
        let length = systemd.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"STATUS=1 Master");
    }
}
