//! The exchange that every combination goes through: each side is the better one once, is stopped, and crashes.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lab::peer::{Auth, Router, State, Vrrpd};
use lab::{Capture, Client, Frame, Host, Lab, Payload};

use super::rival::{Maker, Rival};
use super::turns::{takeovers, turns};

pub(crate) const WAIT: Duration = Duration::from_secs(15);
pub(crate) const VRID: u8 = 51;

/// A combination of what both sides are configured to do.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) maker: Maker,
    pub(crate) version: u8,
    /// Centiseconds.
    pub(crate) interval: u16,
    pub(crate) addresses: &'static [&'static str],
    /// Our `mac`.
    pub(crate) mac: &'static str,
    /// Our `hold`.
    pub(crate) hold: &'static str,
    pub(crate) their_virtual_mac: bool,
    /// Our address and theirs, with unicast.
    pub(crate) unicast: Option<[&'static str; 2]>,
    /// How both sides authenticate.
    pub(crate) auth: Option<Auth>,
}

impl Case {
    /// Version 3, 200 ms, interface MACs, the group, defaults.
    pub(crate) const fn new(name: &'static str, maker: Maker, addresses: &'static [&'static str]) -> Self {
        Self {
            name,
            maker,
            version: 3,
            interval: 20,
            addresses,
            mac: "interface",
            hold: "address",
            their_virtual_mac: matches!(maker, Maker::Frr),
            unicast: None,
            auth: None,
        }
    }

    pub(crate) fn addresses(&self) -> Result<Vec<IpAddr>> {
        let parsed = self.addresses.iter().map(|address| address.parse());
        Ok(parsed.collect::<Result<_, _>>()?)
    }

    /// Our configuration.
    pub(crate) fn ours(&self, priority: u8) -> Result<String> {
        let addresses: Vec<String> = self.addresses()?.into_iter().map(quoted).collect();
        let peers = self.unicast.map(|[_, theirs]| format!("{theirs:?}"));
        Ok(format!(
            "[instance.inst1]\ninterface = \"eth0\"\nvrid = {VRID}\naddresses = [{}]\npriority = {priority}\n\
             version = {}\nadvert_interval = \"{}ms\"\nmac = {:?}\nhold = {:?}\npeers = [{}]\n",
            addresses.join(", "),
            self.version,
            u32::from(self.interval) * 10,
            self.mac,
            self.hold,
            peers.unwrap_or_default(),
        ))
    }

    /// Our configuration with the secret in a file of its own on our host, if there is one.
    pub(crate) fn ours_on(&self, host: &Host, priority: u8) -> Result<String> {
        let mut text = self.ours(priority)?;
        if let Some(auth) = self.auth {
            let (kind, secret) = match auth {
                Auth::Password(secret) => ("password", secret),
                Auth::Ah(secret) => ("ah", secret),
            };
            let file = host.secret("inst1", secret)?;
            text.push_str(&format!("auth = {{ type = {kind:?}, file = {file:?} }}\n"));
        }
        Ok(text)
    }

    /// Their configuration: a virtual router a family.
    pub(crate) fn theirs(&self, priority: u8) -> Result<Vec<Router>> {
        let [ours, source] = match self.unicast {
            Some(pair) => [Some(pair[0].parse()?), Some(pair[1].parse()?)],
            None => [None, None],
        };
        let families = [IpAddr::is_ipv4, IpAddr::is_ipv6].map(|family| {
            let addresses = self.addresses()?.into_iter().filter(family).collect::<Vec<_>>();
            Ok(Router {
                version: self.version,
                interval: self.interval,
                virtual_mac: self.their_virtual_mac,
                peers: ours.into_iter().collect(),
                source,
                auth: self.auth,
                addresses,
                ..Router::new(VRID, priority, &[])?
            })
        });
        let mut routers = families.into_iter().collect::<Result<Vec<_>>>()?;
        routers.retain(|router| !router.addresses.is_empty());
        Ok(routers)
    }

    /// The MAC that our host presents the addresses of one family with.
    fn our_mac(&self, ours: &Host, address: IpAddr) -> String {
        let family = if address.is_ipv4() { 1 } else { 2 };
        match self.mac {
            "virtual" => format!("00:00:5e:00:{family:02x}:{VRID:02x}"),
            _ => ours.nics()[0].mac().to_owned(),
        }
    }
}

fn quoted(address: IpAddr) -> String {
    let length = if address.is_ipv4() { 24 } else { 64 };
    format!("\"{address}/{length}\"")
}

/// Lets the addresses move to and fro in every way, and checks what the wire and both sides say about it.
pub(crate) fn exchange(case: &Case) -> Result<()> {
    let lab = Lab::beside(case.name)?;
    let (ours, theirs) = (lab.host("ours")?, lab.host("theirs")?);
    let client = lab.client("client")?;
    let wire = client.wire();
    let serves = |host: &str| {
        let vips = case.addresses()?;
        vips.into_iter().try_for_each(|vip| serves(&client, vip, host))
    };

    // They are there first, and we are better.
    let rival = Rival::start(case.maker, &theirs, &case.theirs(100)?)?;
    rival.wait(WAIT, State::Master)?;
    let mut vrrpd = Vrrpd::start(&ours, &case.ours_on(&ours, 200)?)?;
    vrrpd.wait(WAIT, "inst1", "Master: priority 200 preempts")?;
    rival.wait(WAIT, State::Backup)?;
    serves("ours")?;
    vrrpd.stop()?;
    expect(wire, "we resign", |frame| frame.from("ours") && frame.resigns())?;
    rival.wait(WAIT, State::Master)?;
    serves("theirs")?;
    vrrpd.start_again(&ours)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    rival.wait(WAIT, State::Backup)?;
    vrrpd.crash()?;
    rival.wait(WAIT, State::Master)?;
    released(&ours, case)?;
    serves("theirs")?;
    vrrpd.start_again(&ours)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    rival.wait(WAIT, State::Backup)?;
    serves("ours")?;
    ensure!(rival.complaints()?.is_empty(), "they complain: {:?}", rival.complaints()?);
    rival.stop()?;

    // They come back, and are better.
    let rival = Rival::start(case.maker, &theirs, &case.theirs(220)?)?;
    rival.wait(WAIT, State::Master)?;
    vrrpd.wait(WAIT, "inst1", "Backup")?;
    serves("theirs")?;
    wire.skip();
    rival.stop()?;
    expect(wire, "they resign", |frame| frame.from("theirs") && frame.resigns())?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    serves("ours")?;
    let rival = Rival::start(case.maker, &theirs, &case.theirs(220)?)?;
    rival.wait(WAIT, State::Master)?;
    vrrpd.wait(WAIT, "inst1", "Backup")?;
    ensure!(rival.complaints()?.is_empty(), "they complain: {:?}", rival.complaints()?);
    wire.skip();
    rival.crash()?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    for vip in case.addresses()? {
        expect(wire, "we announce the addresses", |frame| frame.from("ours") && frame.announces(vip))?;
    }

    let complaints = vrrpd.complaints()?;
    ensure!(complaints.is_empty(), "we complain: {complaints:?}");
    judge(case, &ours, wire)?;
    vrrpd.stop()?;
    released(&ours, case)
}

fn expect(wire: &Capture, what: &str, filter: impl Fn(&Frame) -> bool) -> Result<Frame> {
    wire.expect(WAIT, what, filter)
}

/// Asks for an address until one host alone answers, at the latest when what moved has settled.
pub(crate) fn serves(client: &Client, address: IpAddr, host: &str) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(3);
    loop {
        let answers = client.who_has(address, Duration::from_millis(150))?;
        if answers == [host] {
            return Ok(());
        }
        ensure!(Instant::now() < end, "{address} is served by {answers:?}, not by {host}");
    }
}

/// Waits until no link of our host owns an address.
fn released(ours: &Host, case: &Case) -> Result<()> {
    let vips: Vec<String> = case.addresses()?.iter().map(ToString::to_string).collect();
    let free = |host: &Host| {
        let links = host.ip("address show")?;
        let links = links.as_array().context("no links")?;
        let others = links.iter().filter(|link| link["ifname"] != "lo");
        let mut infos = others.flat_map(|link| link["addr_info"].as_array().into_iter().flatten());
        Ok(!infos.any(|info| vips.iter().any(|vip| info["local"] == vip.as_str())))
    };
    ours.wait_network(Duration::from_secs(8), "no link to own an address", free)
}

/// Checks the whole capture: one Master at a time, and our MACs.
fn judge(case: &Case, ours: &Host, wire: &Capture) -> Result<()> {
    let grace = Duration::from_millis(u64::from(case.interval) * 10);
    let expected = ["theirs", "ours"].repeat(5);
    for vip in case.addresses()? {
        ensure!(
            turns(wire, VRID, vip.is_ipv4(), grace) == expected,
            "the Masters of {vip} were {:?}",
            turns(wire, VRID, vip.is_ipv4(), grace)
        );
        let times = takeovers(wire, VRID, vip.is_ipv4());
        let times: Vec<String> = times.iter().map(|(port, time)| format!("{port} {time:.1?}")).collect();
        println!("{} {vip}: took over after a resignation: {}", case.name, times.join(", "));
        let mac = case.our_mac(ours, vip);
        let mut announced = false;
        for frame in wire.all(|frame| presents(frame, vip)) {
            if !frame.from("ours") {
                announced = false;
                continue;
            }
            // The switch shall not send clients here before they can be served: only what is announced moves it.
            let early = !announced && frame.advert().is_some();
            ensure!(early || frame.source == mac, "should come from {mac}: {frame}");
            announced |= frame.advert().is_none();
            if let Payload::Arp(arp) = &frame.payload {
                ensure!(arp.sender_mac == mac, "should tell {mac}: {frame}");
            }
            if let Payload::Neighbor(neighbor) = &frame.payload {
                let told = neighbor.mac.as_ref().is_none_or(|told| *told == mac);
                ensure!(told, "should tell {mac}: {frame}");
            }
        }
    }
    Ok(())
}

/// Tells whether a frame shows to whom an address belongs: ARP and ND for it, and its advertisements.
fn presents(frame: &Frame, vip: IpAddr) -> bool {
    let advertises = |advert: &lab::Advert| advert.vrid == VRID && advert.source.is_ipv4() == vip.is_ipv4();
    frame.claims(vip) || frame.advert().is_some_and(advertises)
}
