//! What the daemon tells of itself as it happens.

use futures_util::StreamExt as _;
use futures_util::stream::select;
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
        let mut signals = select(transitions, select(objects, owner));
        let (tell, told) = mpsc::channel(WAITING);
        // They are taken all the time: a stream that is left alone holds up the whole connection once it is full.
        tokio::spawn(async move {
            let mut lost = 0;
            while let Some(Ok(signal)) = signals.next().await {
                let Some(event) = read(&signal) else { continue };
                if lost > 0 && tell.try_send(Event::Lost(lost)).is_ok() {
                    lost = 0;
                }
                match tell.try_send(event) {
                    Ok(()) => {}
                    Err(TrySendError::Full(_)) => lost += 1,
                    Err(TrySendError::Closed(_)) => return,
                }
            }
        });
        Ok(Events { told })
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
