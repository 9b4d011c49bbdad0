//! What methods on the bus are given, and what the tool is answered: names, times and JSON.

use vrrp::bus::path_of;
use vrrp::config::{InstanceName, LinkName, UnitName};
use vrrp::status::Status;

/// A text; some of it may be a name.
pub(crate) fn bus(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let path = path_of(text);
    let element = path.strip_prefix("/org/vrrpd/Vrrp1/instance/").expect("it begins so");
    assert!(element.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{path:?}");
    if let Some(name) = InstanceName::new(text) {
        assert_eq!(name.as_str(), text);
        assert!((1..=31).contains(&text.len()) && !text.contains('/') && !text.starts_with('.'), "{text:?}");
        assert!(!element.is_empty());
    }
    if let Some(name) = LinkName::new(text) {
        assert!(!name.as_str().contains(['/', '\0']) && name.as_str().len() < 16);
    }
    match UnitName::new(text) {
        Ok(name) => assert!(!name.as_str().contains(['/', '\n', ' ']), "{text:?}"),
        Err(message) => assert!(!message.is_empty()),
    }
    if let Ok(status) = serde_json::from_str::<Status>(text) {
        let written = serde_json::to_string(&status).expect("it can be written");
        assert_eq!(serde_json::from_str::<Status>(&written).expect("it can be read"), status);
    }
}
