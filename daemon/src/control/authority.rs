//! Who may change something: root, and whom polkit lets.

use std::collections::HashMap;

use zbus::Connection;
use zbus::message::Header;
use zbus::names::BusName;
use zbus_polkit::policykit1::{AuthorityProxy, CheckAuthorizationFlags, Subject};

use super::Error;

/// Refuses a caller that may not do `action`.
///
/// Root is known from the bus alone, so that a host without polkit can be administered.
pub(super) async fn check(connection: &Connection, header: &Header<'_>, action: &str) -> Result<(), Error> {
    let Some(sender) = header.sender() else {
        return Err(Error::AccessDenied("the bus does not tell who calls".to_owned()));
    };
    let bus = zbus::fdo::DBusProxy::new(connection).await?;
    let user = bus.get_connection_unix_user(BusName::from(sender.clone())).await;
    if matches!(user, Ok(0)) {
        return Ok(());
    }
    match ask_polkit(connection, header, action).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::AccessDenied(format!(
            "not authorized for {action}: run this as root, or ask polkit's administrator"
        ))),
        Err(_) => Err(Error::AccessDenied(format!("{action} needs root: polkit is not there to allow others"))),
    }
}

async fn ask_polkit(connection: &Connection, header: &Header<'_>, action: &str) -> zbus::Result<bool> {
    let subject = Subject::new_for_message_header(header).map_err(|error| zbus::Error::Failure(error.to_string()))?;
    let authority = AuthorityProxy::new(connection).await?;
    let flags = CheckAuthorizationFlags::ALLOW_USER_INTERACTION;
    let result = authority.check_authorization(&subject, action, &HashMap::new(), flags, "").await?;
    Ok(result.is_authorized)
}
