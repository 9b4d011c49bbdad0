//! A full screen that shows the instances as they are, and lets them be handed over.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::bail;
use nix::sys::signal::Signal;
use ratatui::crossterm::event::Event;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use self::action::{Action, Outcome};
use self::keys::Order;
use self::model::Model;
pub(crate) use self::order::Sort;
use self::screen::Screen;
use self::source::Source;
use crate::bus::{Bus, Daemon};
use crate::render::time::now;

mod action;
mod draw;
mod keys;
mod look;
mod model;
mod order;
mod rates;
mod screen;
mod source;
#[cfg(test)]
mod tests;
mod timeline;

/// How often what runs down is drawn.
const TICK: Duration = Duration::from_millis(250);
/// The part of the time that drawing may take is one of so many: a slow line has other things to carry.
const SHARE: u32 = 20;

/// What to look at.
#[derive(Debug)]
pub(crate) struct Options {
    /// The bus that the daemon is on.
    pub(crate) bus: Bus,
    /// The options of a command line that lead to the same host.
    pub(crate) place: Vec<String>,
    /// Which instances; all if none is named.
    pub(crate) names: BTreeSet<String>,
    /// How often the daemon is asked.
    pub(crate) interval: Duration,
    /// In which order they stand at first.
    pub(crate) sort: Sort,
}

/// Shows them until somebody has seen enough.
///
/// # Errors
/// There is no terminal to show them on, or it goes.
pub(crate) async fn run(daemon: Daemon, options: Options) -> anyhow::Result<()> {
    let Options { bus, place, names, interval, sort } = options;
    let host = nix::unistd::gethostname()?.to_string_lossy().into_owned();
    let mut model = Model::new(host, names, sort);
    let (want, wanted) = watch::channel(None);
    let (tell, mut updates) = mpsc::channel(256);
    let (mut terminated, mut hung_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    let (mut interrupted, mut continued) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::from_raw(Signal::SIGCONT as i32))?);
    let mut screen = Screen::open()?;
    let mut events = screen::events();
    tokio::spawn(Source { bus, interval, wanted, tell }.run(daemon));
    let mut running: Option<JoinHandle<Outcome>> = None;
    loop {
        model.arrange();
        want.send_if_modified(|wanted| {
            let other = *wanted != model.selected().cloned();
            if other {
                *wanted = model.selected().cloned();
            }
            other
        });
        let begin = Instant::now();
        screen.draw(&mut model, now())?;
        let tick = begin + TICK.max(begin.elapsed() * SHARE);
        tokio::select! {
            biased;
            _ = terminated.recv() => return Ok(()),
            _ = hung_up.recv() => return Ok(()),
            _ = interrupted.recv() => return Ok(()),
            _ = continued.recv() => screen.resume()?,
            event = events.recv() => match event {
                None => bail!("the terminal is gone"),
                Some(Event::Key(key)) => match model.press(key, now()) {
                    None => {}
                    Some(Order::Quit) => return Ok(()),
                    Some(Order::Redraw) => screen.forget()?,
                    Some(Order::Suspend) => screen.suspend()?,
                    Some(Order::Act(action)) => running = Some(begin_action(&mut model, action, place.clone())),
                },
                // The next drawing has its size.
                Some(Event::Resize(..) | Event::FocusGained | Event::FocusLost | Event::Mouse(_) | Event::Paste(_)) => {}
            },
            Some(outcome) = end_of(&mut running) => {
                running = None;
                model.running = None;
                model.tell(outcome, now());
            }
            update = updates.recv() => {
                let Some(update) = update else { bail!("the daemon cannot be followed any more") };
                model.apply(update, now());
                while let Ok(update) = updates.try_recv() {
                    model.apply(update, now());
                }
            }
            () = sleep_until(tick) => {}
        }
    }
}

fn begin_action(model: &mut Model, action: Action, place: Vec<String>) -> JoinHandle<Outcome> {
    model.running = Some(action.clone());
    tokio::spawn(action.carry_out(place))
}

/// Waits for the end of what is being done; `None` where there is nothing.
async fn end_of(running: &mut Option<JoinHandle<Outcome>>) -> Option<Outcome> {
    match running.as_mut()?.await {
        Ok(outcome) => Some(outcome),
        Err(end) => match end.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => None,
        },
    }
}
