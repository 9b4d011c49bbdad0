//! The daemon as it is reached over D-Bus: `org.vrrpd.Vrrp1`.

use std::fmt;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::{self, error::TrySendError};
use vrrp::bus::{NAME, PATH, path_of};
use vrrp::status::{self, Status};
use zbus::connection::Builder;
use zbus::message::Type;
use zbus::{Connection, DynamicType, MatchRule, Message, MessageStream};

pub(crate) use self::refusal::Refusal;

pub(crate) mod events;
mod refusal;

const MANAGER: &str = "org.vrrpd.Vrrp1.Manager";
const INSTANCE: &str = "org.vrrpd.Vrrp1.Instance";
/// How long the daemon may take to say what it knows. It never waits for anything to do so.
const ANSWER: Duration = Duration::from_secs(5);
/// How long a drain may last, and some time more.
const HANDOVER: Duration = Duration::from_secs(14);
/// How long the daemon waits for another Master at most: four intervals of 40.95 s, and some time more.
const TAKE_OVER: Duration = Duration::from_secs(180);
/// How long it may take to apply a configuration: it answers when every address is held.
const APPLY: Duration = Duration::from_secs(60);

/// The bus on which the daemon and systemd are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Bus {
    /// The system bus.
    #[default]
    System,
    /// The bus at a D-Bus address, such as `unix:path=/run/test/bus`.
    Address(String),
}

impl From<&str> for Bus {
    fn from(text: &str) -> Self {
        match text {
            "system" => Self::System,
            address => Self::Address(address.to_owned()),
        }
    }
}

impl fmt::Display for Bus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => out.write_str("the system bus"),
            Self::Address(address) => write!(out, "the bus at {address}"),
        }
    }
}

impl Bus {
    /// Connects to the bus, whoever else is on it.
    pub(crate) async fn connect(&self) -> Result<Connection, Refusal> {
        let builder = match self {
            Self::System => Builder::system(),
            Self::Address(address) => Builder::address(address.as_str()),
        };
        let connected = tokio::time::timeout(ANSWER, builder.build()).await;
        let failed = |reason: String| Refusal::NoBus { bus: self.to_string(), reason };
        connected.map_err(|_| failed("it does not answer".to_owned()))?.map_err(|error| failed(refusal::reason(&error)))
    }
}

/// What a reload did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reloaded {
    /// How many instances were added.
    pub(crate) added: u32,
    /// How many were removed.
    pub(crate) removed: u32,
    /// How many were changed.
    pub(crate) changed: u32,
    /// What was applied though it is hardly meant.
    pub(crate) warnings: Vec<String>,
}

/// What came of taking a member of an interface group offline, or online.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Whether it was otherwise before.
    pub(crate) changed: bool,
    /// The state of the group now.
    pub(crate) state: String,
    /// Why it has that, in words.
    pub(crate) reason: String,
}

/// The daemon behind a connection. It may be away: each call tells.
#[derive(Clone, Debug)]
pub(crate) struct Daemon {
    connection: Connection,
}

impl Daemon {
    /// The daemon on the bus of a connection.
    pub(crate) fn on(connection: &Connection) -> Self {
        Self { connection: connection.clone() }
    }

    /// Everything that the daemon on a bus knows, over a connection of its own.
    pub(crate) async fn asked(bus: &Bus) -> Result<Status, Refusal> {
        Self::on(&bus.connect().await?).describe().await
    }

    /// Everything that it knows, or as much of it as `S`, a part of [`Status`], has.
    pub(crate) async fn describe<S: DeserializeOwned>(&self) -> Result<S, Refusal> {
        let answer = self.call(PATH, MANAGER, "Describe", &(), ANSWER).await?;
        parse(&body::<String>(&answer)?)
    }

    /// The number of its process.
    pub(crate) async fn process(&self) -> Result<u32, Refusal> {
        let bus = zbus::fdo::DBusProxy::new(&self.connection).await?;
        let name = zbus::names::BusName::from_static_str(NAME)?;
        let asked = tokio::time::timeout(ANSWER, bus.get_connection_unix_process_id(name)).await;
        Ok(asked.map_err(|_| Refusal::Silent(ANSWER))?.map_err(zbus::Error::from)?)
    }

    /// What it knows of one instance.
    pub(crate) async fn describe_instance(&self, name: &str) -> Result<status::Instance, Refusal> {
        let answer = self.call(&path_of(name), INSTANCE, "Describe", &(), ANSWER).await?;
        parse(&body::<String>(&answer)?)
    }

    /// The newest transitions of these instances, of all if none is named, as far as it remembers them: the oldest first.
    pub(crate) async fn history(&self, names: &[String], most: u32) -> Result<Vec<status::Transition>, Refusal> {
        let answer = self.call(PATH, MANAGER, "History", &(names, most), ANSWER).await?;
        parse(&body::<String>(&answer)?)
    }

    /// Has it read its configuration again, and waits until every address is held.
    pub(crate) async fn reload(&self) -> Result<Reloaded, Refusal> {
        let answer = self.call(PATH, MANAGER, "Reload", &(), APPLY).await?;
        let (added, removed, changed, warnings) = body(&answer)?;
        Ok(Reloaded { added, removed, changed, warnings })
    }

    /// Has it replaced by the program that is installed now, and waits until that one tells what it knows.
    pub(crate) async fn reexecute(&self) -> Result<Status, Refusal> {
        let former = self.describe::<Status>().await?.daemon.started;
        let mut news = self.news().await?;
        match self.call(PATH, MANAGER, "Reexecute", &(), APPLY).await {
            // It goes without a word, unless it refuses.
            Ok(_) | Err(Refusal::NotRunning) => {}
            Err(refusal) => return Err(refusal),
        }
        let back = async {
            loop {
                match self.describe::<Status>().await {
                    Ok(status) if status.daemon.started != former => return Ok(status),
                    Ok(_) | Err(Refusal::NotRunning) => {}
                    Err(refusal) => return Err(refusal),
                }
                news.next().await.ok_or(Refusal::NotRunning)?;
            }
        };
        tokio::time::timeout(APPLY, back).await.map_err(|_| Refusal::Silent(APPLY))?
    }

    /// Has an instance resign because its unit stops, and waits until another host serves, or the drain is over.
    pub(crate) async fn leave(&self, name: &str) -> Result<(), Refusal> {
        self.call(&path_of(name), INSTANCE, "Leave", &(), HANDOVER).await.map(|_| ())
    }

    /// Has an instance resign and stay away for a time, or until no other host serves. Who is Master, if somebody is, and how soon
    /// after the resignation it was heard.
    pub(crate) async fn resign(
        &self,
        name: &str,
        time: Option<Duration>,
        forced: bool,
    ) -> Result<Option<(String, Duration)>, Refusal> {
        let microseconds = time.map_or(0, |time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        let answer = self.call(&path_of(name), INSTANCE, "Resign", &(microseconds, forced), TAKE_OVER).await?;
        let (master, after): (String, u64) = body(&answer)?;
        Ok((!master.is_empty()).then(|| (master, Duration::from_micros(after))))
    }

    /// Has an instance take part again. Tells whether it had stayed away.
    pub(crate) async fn come_back(&self, name: &str) -> Result<bool, Refusal> {
        body(&self.call(&path_of(name), INSTANCE, "ComeBack", &(), ANSWER).await?)
    }

    /// Has a member of an interface group not used.
    pub(crate) async fn group_offline(&self, group: &str, member: &str, force: bool) -> Result<Moved, Refusal> {
        let answer = self.call(PATH, MANAGER, "GroupOffline", &(group, member, force), ANSWER).await?;
        let (changed, state, reason) = body(&answer)?;
        Ok(Moved { changed, state, reason })
    }

    /// Has a member of an interface group used again.
    pub(crate) async fn group_online(&self, group: &str, member: &str) -> Result<Moved, Refusal> {
        let answer = self.call(PATH, MANAGER, "GroupOnline", &(group, member), ANSWER).await?;
        let (changed, state, reason) = body(&answer)?;
        Ok(Moved { changed, state, reason })
    }

    /// Everything that the bus says from here on about the daemon coming, going and changing.
    pub(crate) async fn news(&self) -> Result<News, Refusal> {
        let signals = || MatchRule::builder().msg_type(Type::Signal);
        let from_daemon = signals().sender(NAME);
        let owner = signals().sender("org.freedesktop.DBus").member("NameOwnerChanged").add_arg(NAME);
        let from_daemon = MessageStream::for_match_rule(from_daemon.build()?, &self.connection, None).await?;
        let owner = MessageStream::for_match_rule(owner.build()?, &self.connection, None).await?;
        let mut signals = futures_util::stream::select(from_daemon, owner);
        let (tell, told) = mpsc::channel(1);
        // They are taken all the time: a stream that is left alone holds up the whole connection once it is full, answers
        // among the rest, and a daemon that starts tells of each of its instances.
        tokio::spawn(async move {
            while let Some(Ok(_)) = signals.next().await {
                if let Err(TrySendError::Closed(())) = tell.try_send(()) {
                    return;
                }
            }
        });
        Ok(News { told })
    }

    async fn call<B>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
        patience: Duration,
    ) -> Result<Message, Refusal>
    where
        B: serde::Serialize + DynamicType + Sync,
    {
        let call = self.connection.call_method(Some(NAME), path, Some(interface), method, body);
        let answer = tokio::time::timeout(patience, call).await.map_err(|_| Refusal::Silent(patience))?;
        answer.map_err(Refusal::from)
    }
}

/// The signals of a daemon, and of its coming and going.
pub(crate) struct News {
    told: mpsc::Receiver<()>,
}

impl News {
    /// Waits for what has come since the last time, at once; `None` if the bus is gone.
    pub(crate) async fn next(&mut self) -> Option<()> {
        self.told.recv().await
    }
}

fn body<T>(answer: &Message) -> Result<T, Refusal>
where
    T: for<'d> serde::Deserialize<'d> + zbus::zvariant::Type,
{
    answer.body().deserialize().map_err(|_| Refusal::Strange)
}

fn parse<T: DeserializeOwned>(json: &str) -> Result<T, Refusal> {
    serde_json::from_str(json).map_err(|_| Refusal::Strange)
}
