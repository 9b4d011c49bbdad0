//! The pcap file format, version 2.4 with nanoseconds, as Wireshark and tcpdump read it.

use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::frame::Frame;

const NANOSECOND_MAGIC: u32 = 0xa1b2_3c4d;
const SNAP_LENGTH: u32 = 65536;
const ETHERNET: u32 = 1;

/// Writes frames to a file.
pub(super) fn save(path: &Path, frames: &[Frame]) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let version: u32 = 4 << 16 | 2;
    for word in [NANOSECOND_MAGIC, version, 0, 0, SNAP_LENGTH, ETHERNET] {
        file.write_all(&word.to_le_bytes())?;
    }
    for frame in frames {
        let at = frame.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let length = u32::try_from(frame.octets.len()).unwrap_or(SNAP_LENGTH);
        let seconds = u32::try_from(at.as_secs()).unwrap_or(u32::MAX);
        for word in [seconds, at.subsec_nanos(), length, length] {
            file.write_all(&word.to_le_bytes())?;
        }
        file.write_all(&frame.octets)?;
    }
    file.flush()
}
