//! Init (RFC 9568, section 6.4.1).

use super::{Bar, Event, Moment, Standing, State};

/// Remembers what surrounds the router until it is enabled.
pub(super) fn handle(standing: &mut Standing, moment: Moment<'_>, event: Event) -> State {
    match event {
        Event::Startup => {
            standing.filter = None;
            return standing.start(moment);
        }
        Event::Resume(resumption) => {
            standing.filter = None;
            return standing.resume(moment, resumption);
        }
        Event::Usable(primary) => standing.link = Ok(primary),
        Event::Unusable(reason) => standing.link = Err(reason),
        Event::Sibling(reason) => standing.sibling = reason,
        Event::Admitted => standing.bar = None,
        Event::Barred(reason) => standing.bar = Some(Bar { reason, last_resort: false }),
        Event::LastResort(reason) => standing.bar = Some(Bar { reason, last_resort: true }),
        Event::Reconfigured(parameters) => standing.reconfigure(parameters),
        // A packet, a deadline or the kernel's answer may still be queued when the router stops.
        Event::Shutdown
        | Event::Received(_)
        | Event::Heartbeat(_)
        | Event::Filtered(..)
        | Event::Contested
        | Event::Deadline
        | Event::Claimed
        | Event::Lapsed
        | Event::Refused(_)
        | Event::Lead
        | Event::Yield => {}
    }
    State::Init
}
