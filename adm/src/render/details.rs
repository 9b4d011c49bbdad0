//! One instance: the verdict in words, then what is known of it, a label a line.

use jiff::tz::TimeZone;
use vrrp::status::{Auth, AuthRefusal, Condition, Conflict, Counters, Instance, Router, State, Unit};

use super::ipvs;
use super::overview::priority;
use super::phrase::{is_what, lacks_hold, runs, style};
use super::styled;
use super::time::{age, interval, wall};
use crate::wrap::wrap;

/// The columns that labels take, with the colon.
const LABEL: usize = 16;
/// The shortest lease, in milliseconds.
const SHORTEST_LEASE: u32 = 2_000;
/// By how much a lease may be longer than others wait, in milliseconds: the kernel counts whole seconds.
const MARGIN: u32 = 1_000;

/// What there is to know for somebody who asks how an instance is.
pub(crate) fn details(instance: &Instance, now: u64, zone: &TimeZone, width: usize) -> String {
    let mut sheet = Sheet::new(instance, width);
    sheet.state(instance, now, zone);
    sheet.out
}

/// Everything that is known of an instance.
pub(crate) fn everything(instance: &Instance, now: u64, zone: &TimeZone, width: usize) -> String {
    let mut sheet = Sheet::new(instance, width);
    sheet.state(instance, now, zone);
    sheet.gap();
    sheet.line("Interface", &interface(instance));
    sheet.line("VRID", &instance.vrid.to_string());
    sheet.line("Version", &instance.version.to_string());
    sheet.line("Advertises", &format!("every {}", interval(instance.advert_interval)));
    sheet.line("Preempts", if instance.preempt { "yes" } else { "no" });
    if let Some(lifetime) = instance.router_lifetime {
        sheet.line("Default router", &default_router(lifetime));
    }
    sheet.line("MAC", &instance.mac);
    sheet.line("Hold", &instance.hold);
    if let Some(time) = instance.lease {
        sheet.line("Lease", &lease(time, instance.advert_interval));
    }
    if let Some(auth) = &instance.auth {
        sheet.line("Authenticates", &authenticates(auth));
    }
    sheet.line("Enabled", if instance.enabled { "yes" } else { "no" });
    for router in &instance.routers {
        sheet.gap();
        sheet.router(router);
    }
    sheet.out
}

struct Sheet {
    out: String,
    width: usize,
}

impl Sheet {
    fn new(instance: &Instance, width: usize) -> Self {
        let head = format!("{} {}", instance.name, is_what(instance));
        let head: Vec<String> = wrap(&head, width).iter().map(|line| styled(style(instance), line)).collect();
        Self { out: format!("{}\n\n", head.join("\n")), width }
    }

    fn gap(&mut self) {
        self.out.push('\n');
    }

    /// Writes what is known under a label; a text that is too long goes on below itself.
    fn line(&mut self, label: &str, text: &str) {
        let lines = wrap(text, self.width.saturating_sub(LABEL + 1));
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { format!("{label}:") } else { String::new() };
            self.out.push_str(&format!("{label:>LABEL$} {line}\n"));
        }
    }

    /// Writes one thing a line under one label.
    fn list(&mut self, label: &str, lines: &[String]) {
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { format!("{label}:") } else { String::new() };
            self.out.push_str(&format!("{label:>LABEL$} {line}\n"));
        }
    }

    fn state(&mut self, instance: &Instance, now: u64, zone: &TimeZone) {
        let barred = if instance.barred { ", barred" } else { "" };
        if runs(instance) {
            let since = format!(" since {} ({} ago)", wall(instance.since, zone), age(instance.since, now));
            self.line("State", &format!("{}{barred}{since}", instance.state.name()));
        }
        self.line("Why", &instance.reason);
        let masters: Vec<String> = instance.routers.iter().filter_map(|router| master(instance, router)).collect();
        self.list("Master", &masters);
        self.line("Priority", &priority(instance));
        self.list("Addresses", &instance.addresses);
        self.list("Unadvertised", &instance.unadvertised);
        self.list("Routes", &instance.virtual_routes);
        self.list("Rules", &instance.virtual_rules);
        if runs(instance) && instance.hold == "address" {
            let held = "yes, services can bind the addresses whoever is Master";
            self.line("Held", if lacks_hold(instance) { "no, see systemctl status vrrp.service" } else { held });
        }
        if instance.drops {
            self.line("Accepts", "no, packets to the addresses are dropped");
        }
        let protects: Vec<String> = instance.protects.iter().map(unit).collect();
        self.list("Protects", &protects);
        let conditions: Vec<String> =
            instance.conditions.iter().filter(|one| is_told(instance, one)).map(condition).collect();
        let width = self.width.saturating_sub(LABEL + 3);
        let conditions: Vec<String> = conditions.iter().flat_map(|line| hanging(wrap(line, width))).collect();
        self.list("Conditions", &conditions);
        if let Some(daemon) = &instance.sync_daemon {
            self.line("IPVS sync", &ipvs::phrase(daemon, now));
        }
        if instance.draining {
            self.line("Drains", "it serves on what it has resigned until another Master is heard");
        }
        if let Some(away) = &instance.away {
            let until = match (away.until, away.forced) {
                (Some(until), _) => format!("until {}", wall(until, zone)),
                (None, true) => "until vrrpadm resign --undo".to_owned(),
                (None, false) => "until no other host serves".to_owned(),
            };
            self.line("Stays away", &until);
        }
    }

    fn router(&mut self, router: &Router) {
        self.out.push_str(&format!("{:>LABEL$}\n", format!("{}:", router.family)));
        let or_none = |address: &Option<String>| address.clone().unwrap_or_else(|| "none".to_owned());
        self.line("Primary", &or_none(&router.primary));
        self.line("Master", &or_none(&router.master));
        if let Some(priority) = router.master_priority {
            self.line("Its priority", &priority.to_string());
        }
        if let Some(time) = router.master_advert_interval {
            self.line("It advertises", &format!("every {}", interval(time)));
        }
        if let Some(by) = &router.filtered_by {
            self.line("Filtered by", by);
        }
        if let Some(Conflict { address, mac, .. }) = &router.conflict {
            self.line("Conflict", &format!("{mac} answers for {address} too"));
        }
        self.line("Down after", &format!("{} without a word", interval(router.master_down_interval)));
        let refused = |refusal: &AuthRefusal| format!("{}: {}", refusal.source, refusal.reason);
        self.list("Not authentic", &router.auth_refusals.iter().map(refused).collect::<Vec<_>>());
        let counted = counters(&router.counters);
        let counted: Vec<String> = counted.into_iter().map(|(name, number)| format!("{number} {name}")).collect();
        self.list("Counted", &counted);
    }
}

/// For how long IPv6 hosts take the Master for their default router.
fn default_router(lifetime: u32) -> String {
    match lifetime {
        0 => "no, IPv6 hosts are told of prefixes alone".to_owned(),
        seconds if seconds % 60 == 0 => format!("{}min after each word to IPv6 hosts", seconds / 60),
        seconds => format!("{seconds}s after each word to IPv6 hosts"),
    }
}

/// How long the addresses outlive a daemon that hangs, and why that is longer than others wait, where it is.
/// What carries an instance, with the member of a group that does.
fn interface(instance: &Instance) -> String {
    match &instance.link {
        Some(link) if *link != instance.interface => format!("{}, now {link}", instance.interface),
        Some(_) | None => instance.interface.clone(),
    }
}

fn lease(time: u32, advert_interval: u32) -> String {
    let patience = 3 * advert_interval;
    if time <= patience + MARGIN {
        return format!("{}: a daemon that hangs loses the addresses about when others take them", interval(time));
    }
    let why =
        if time == SHORTEST_LEASE { "the kernel counts whole seconds" } else { "200 addresses a second are renewed" };
    format!(
        "{}: longer than the {} that others wait, because {why}; a daemon that hangs has the addresses for so long",
        interval(time),
        interval(patience)
    )
}

fn master(instance: &Instance, router: &Router) -> Option<String> {
    let address = router.master.as_ref()?;
    Some(match (instance.state, router.master_priority) {
        (State::Master, _) => format!("this host, as {address}"),
        (State::Init | State::Backup | State::Fault, Some(priority)) => format!("{address} with priority {priority}"),
        (State::Init | State::Backup | State::Fault, None) => address.clone(),
    })
}

/// The way, and what only keys have.
fn authenticates(auth: &Auth) -> String {
    let Some(send) = auth.send else {
        return auth.kind.clone();
    };
    let keys: Vec<String> = auth.keys.iter().map(ToString::to_string).collect();
    let window = match auth.window {
        Some(window) => format!("clocks at most {} apart", interval(window)),
        None => "whatever the clocks say".to_owned(),
    };
    format!("{}, {}: sends with key {send}, accepts {}, {window}", auth.kind, auth.mode, keys.join(" and "))
}

fn unit(unit: &Unit) -> String {
    let effect = match unit.effect.as_str() {
        "backup" => String::new(),
        "fault" => ", else Fault".to_owned(),
        weight => format!(", weight {weight}"),
    };
    match unit.active_state.as_str() {
        "unknown" => format!("{}{effect}", unit.unit),
        state => format!("{} is {state}{effect}", unit.unit),
    }
}

/// The lines of one thing, those after the first a little to the right.
fn hanging(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().enumerate().map(|(at, line)| if at == 0 { line } else { format!("  {line}") }).collect()
}

/// Tells whether a condition says more than the lines above, which have what is protected.
fn is_told(instance: &Instance, condition: &Condition) -> bool {
    match condition.kind.as_str() {
        "address" => condition.standing != "good",
        "unit" => instance.protects.iter().all(|unit| unit.unit != condition.watches),
        _ => true,
    }
}

fn condition(condition: &Condition) -> String {
    let Condition { kind, watches, effect, standing, reason, .. } = condition;
    let effect = match effect.as_str() {
        "backup" | "fault" => format!("else {effect}"),
        weight => format!("weight {weight}"),
    };
    format!("{kind} {watches} is {standing}, {effect}: {reason}")
}

/// What was counted at least once, in words.
fn counters(counters: &Counters) -> Vec<(String, u64)> {
    let named = [
        ("transitions to Master", counters.master_transitions),
        ("advertisements sent", counters.advertisements_sent),
        ("advertisements received", counters.advertisements_received),
        ("advertisements filtered on this host", counters.advertisements_filtered),
        ("answers of another host for an address", counters.address_conflicts),
        ("resignations sent", counters.priority_zero_sent),
        ("resignations received", counters.priority_zero_received),
        ("announcements sent", counters.announcements_sent),
        ("router advertisements sent", counters.router_advertisements_sent),
        ("sends refused by the kernel", counters.send_errors),
        ("checksums with pseudo-header (RFC 5798)", counters.checksum_rfc5798),
        ("checksums over the message alone (RFC 9568)", counters.checksum_rfc9568),
        ("advertisements with other addresses than configured", counters.address_list_mismatches),
        ("IPv6 advertisements not led by a link-local address", counters.first_not_link_local),
        ("authentic advertisements", counters.authenticated),
        ("advertisements that nothing authenticated", counters.unauthenticated),
    ];
    let discards = counters.discards.iter().map(|(reason, &number)| (format!("discarded: {reason}"), number));
    let named = named.into_iter().map(|(name, number)| (name.to_owned(), number));
    named.chain(discards).filter(|(_, number)| *number > 0).collect()
}
