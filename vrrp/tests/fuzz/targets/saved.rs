//! What one daemon leaves to the next.

use std::time::Duration;

use vrrp::config::check::check;
use vrrp::config::file::Source;
use vrrp::saved::{Alive, State};

const CONFIGURATION: &str = "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n";

/// A stamp, eight bytes of the time at which it is read, and a state.
pub(crate) fn saved(bytes: &[u8]) {
    let Some((stamp, rest)) = bytes.split_at_checked(Alive::LENGTH) else { return };
    let Some((now, text)) = rest.split_first_chunk() else { return };
    let now = Duration::from_nanos(u64::from_le_bytes(*now));
    let alive = Alive::decode(stamp);
    if let Some(alive) = alive {
        assert_eq!(alive.encode(), stamp);
    }
    let Ok(text) = std::str::from_utf8(text) else { return };
    let state = match State::read(text) {
        Ok(state) => state,
        Err(error) => return assert!(!error.to_string().contains('\n')),
    };
    // What is read has one meaning: written again, it is read as the same.
    assert_eq!(State::read(&state.write()).as_ref(), Ok(&state), "{text:?}");
    let source = Source { path: "vrrp.toml".to_owned(), text: CONFIGURATION.to_owned() };
    let checked = check(&[source]).expect("a configuration");
    for instance in checked.config.instances.values() {
        let _ = state.away(instance);
        if let Some(alive) = alive
            && let Some(legacy) = state.legacy(alive, instance)
            && state.confirm(alive, &state.boot, now).is_ok()
        {
            // Nobody goes on as Master for longer than the longest interval allows.
            let latest = state.left_at.unwrap_or(alive.at) + 3 * Duration::from_secs(255);
            assert!(legacy.until <= latest, "{text:?}");
        }
    }
}
