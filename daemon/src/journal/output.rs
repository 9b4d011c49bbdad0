//! Where messages go: the journal's own socket, or standard error.

use std::collections::BTreeSet;
use std::env;
use std::fmt;
use std::io;
use std::os::fd::{BorrowedFd, RawFd};
use std::path::PathBuf;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::fstat;
use tracing::field::Field;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt as lines, registry};

pub(super) fn start() {
    let journal = stderr_is_journal().then(|| journal().ok()).flatten();
    let lines = journal.is_none().then(|| {
        let fields = debug_fn(write_field);
        lines::layer().with_writer(io::stderr).with_target(false).with_ansi(false).fmt_fields(fields)
    });
    registry().with(LevelFilter::INFO).with(journal).with(lines).init();
}

/// Writes the text, and behind it the fields that only stand in fields; `MESSAGE_ID` and `VRRP_…` repeat the text.
fn write_field(out: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    match field.name() {
        "message" => write!(out, "{value:?} "),
        name if name.starts_with(|first: char| first.is_ascii_uppercase()) => Ok(()),
        name => write!(out, "{name}={value:?} "),
    }
}

/// Tells whether systemd connected standard error to the journal (`JOURNAL_STREAM` in systemd.exec(5)).
fn stderr_is_journal() -> bool {
    let Ok(file) = fstat(io::stderr()) else {
        return false;
    };
    env::var("JOURNAL_STREAM").is_ok_and(|stream| stream == format!("{}:{}", file.st_dev, file.st_ino))
}

/// Opens the journal for structured messages. One that hangs loses messages: the loop does not wait for it.
fn journal() -> io::Result<tracing_journald::Layer> {
    let before = descriptors()?;
    let layer = tracing_journald::layer()?.with_field_prefix(None);
    // The layer does not give its socket away, so it is known by being new.
    for new in descriptors()?.difference(&before) {
        // SAFETY: the layer keeps the descriptor open, and it lives longer than this borrow.
        let socket = unsafe { BorrowedFd::borrow_raw(*new) };
        fcntl(socket, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    }
    Ok(layer)
}

/// The descriptors that are open.
fn descriptors() -> io::Result<BTreeSet<RawFd>> {
    let names = std::fs::read_dir("/proc/self/fd")?.map(|entry| Ok(entry?.path()));
    let paths: Vec<PathBuf> = names.collect::<io::Result<_>>()?;
    // One of them was the directory itself, which is closed by now.
    let open = paths.iter().filter(|path| path.symlink_metadata().is_ok());
    Ok(open.filter_map(|path| path.file_name()?.to_str()?.parse().ok()).collect())
}
