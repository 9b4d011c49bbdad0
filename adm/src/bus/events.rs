//! What the daemon tells of itself as it happens.

use std::future::ready;

use futures_util::stream::{Stream, StreamExt as _, select};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use vrrp::bus::{NAME, instance_of};
use vrrp::status::State;
use zbus::message::{Body, Type};
use zbus::zvariant::Variant;
use zbus::{MatchRule, Message, MessageStream, Structure};

use super::{Daemon, INSTANCE, Refusal};

/// How many events wait for whoever follows them; whoever is slower is told how many are lost.
const WAITING: usize = 4096;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// An instance has another state, or another reason for the same one.
    Transition(Transition),
    /// An instance is there that was not before.
    Added(String),
    /// An instance is there no longer.
    Removed(String),
    /// A daemon is on the bus, or none is any more.
    Running(bool),
    /// So many events were lost, since nobody took them in time.
    Lost(u64),
}

/// An instance has another state, or another reason for the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transition {
    /// The instance.
    pub(crate) instance: String,
    /// The state that it was in.
    pub(crate) old: State,
    /// The state that it is in.
    pub(crate) new: State,
    /// Why.
    pub(crate) reason: String,
    /// When it entered the state, in microseconds since 1970.
    pub(crate) since: u64,
}

/// Events in the order in which they come.
pub(crate) struct Events {
    told: mpsc::Receiver<Event>,
}

impl Events {
    /// Waits for the next one; `None` if the bus is gone.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        self.told.recv().await
    }
}

impl Daemon {
    /// Everything that happens from here on.
    pub(crate) async fn events(&self) -> Result<Events, Refusal> {
        let signals = || MatchRule::builder().msg_type(Type::Signal);
        let transitions = signals().sender(NAME).interface(INSTANCE).member("StateChanged");
        let objects = signals().sender(NAME).interface("org.freedesktop.DBus.ObjectManager");
        let owner = signals().sender("org.freedesktop.DBus").member("NameOwnerChanged").add_arg(NAME);
        let transitions = MessageStream::for_match_rule(transitions.build()?, &self.connection, None).await?;
        let objects = MessageStream::for_match_rule(objects.build()?, &self.connection, None).await?;
        let owner = MessageStream::for_match_rule(owner.build()?, &self.connection, None).await?;
        let signals = select(transitions, select(objects, owner));
        let events = signals
            .take_while(|signal| ready(signal.is_ok()))
            .filter_map(|signal| ready(signal.ok().and_then(|signal| read(&signal))));
        let (tell, told) = mpsc::channel(WAITING);
        tokio::spawn(pass_on(events, tell));
        Ok(Events { told })
    }
}

/// Takes events all the time, since a stream that is left alone holds up the whole connection once it is full, and passes on
/// those for which there is room. How many there was none for is told as soon as there is some.
async fn pass_on(mut events: impl Stream<Item = Event> + Unpin, tell: mpsc::Sender<Event>) {
    let mut lost = 0;
    loop {
        tokio::select! {
            biased;
            room = tell.reserve(), if lost > 0 => {
                let Ok(room) = room else { return };
                room.send(Event::Lost(std::mem::take(&mut lost)));
            }
            event = events.next() => match event.map(|event| tell.try_send(event)) {
                Some(Ok(())) => {}
                Some(Err(TrySendError::Full(_))) => lost += 1,
                Some(Err(TrySendError::Closed(_))) | None => return,
            },
        }
    }
}

/// Reads a signal; one that says nothing of what is followed gives `None`.
fn read(signal: &Message) -> Option<Event> {
    let header = signal.header();
    let body = signal.body();
    match header.member()?.as_str() {
        "StateChanged" => {
            let (old, new, reason, since): (String, String, String, u64) = body.deserialize().ok()?;
            let instance = instance_of(header.path()?)?;
            let (old, new) = (State::from_name(&old)?, State::from_name(&new)?);
            Some(Event::Transition(Transition { instance, old, new, reason, since }))
        }
        "InterfacesAdded" => Some(Event::Added(object(&body)?)),
        "InterfacesRemoved" => Some(Event::Removed(object(&body)?)),
        "NameOwnerChanged" => {
            let (_, _, owner): (String, String, String) = body.deserialize().ok()?;
            Some(Event::Running(!owner.is_empty()))
        }
        _ => None,
    }
}

/// The instance whose object a signal names first.
fn object(body: &Body) -> Option<String> {
    let told: Structure<'_> = body.deserialize().ok()?;
    let Variant::ObjectPath(path) = told.fields().first()? else { return None };
    instance_of(path)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn who_is_slow_is_told_how_much_is_lost_though_nothing_follows() {
        let (tell, mut told) = mpsc::channel(2);
        let many = stream::iter((1..=5).map(|number| Event::Added(number.to_string())));
        tokio::spawn(pass_on(many.chain(stream::pending()), tell));
        // They come all at once, before anybody takes one.
        tokio::task::yield_now().await;
        let mut heard = Vec::new();
        for _ in 0..3 {
            heard.extend(told.recv().await);
        }
        assert_eq!(heard, [Event::Added("1".to_owned()), Event::Added("2".to_owned()), Event::Lost(3)]);
    }
}
