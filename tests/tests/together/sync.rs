//! Sync groups on real links.

use anyhow::{Result, ensure};
use lab::Capture;
use lab::peer::Vrrpd;

use super::{Scene, WAIT, let_pass, masterships, stands};

const BOTH: [&str; 2] = ["outer", "inner"];

/// An instance of both families on each of two links, moving together.
fn configuration(priority: u8) -> String {
    format!("{}[sync.gateway]\ninstances = [\"outer\", \"inner\"]\n", apart(priority))
}

/// The same, each for itself.
fn apart(priority: u8) -> String {
    format!(
        "[defaults]\npriority = {priority}\nadvert_interval = \"100ms\"\n\
         [instance.outer]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n\
         [instance.inner]\ninterface = \"eth1\"\nvrid = 52\naddresses = [\"198.51.100.10/24\", \"2001:db8:1::10/64\"]\n"
    )
}

/// Both hosts, the left one better, with what they say on both links.
struct Gateway {
    left: Vrrpd,
    right: Vrrpd,
    outer: Capture,
    inner: Capture,
    scene: Scene,
}

impl Gateway {
    fn new(name: &str) -> Result<Self> {
        let scene = Scene::new(name)?;
        let (outer, inner) = (scene.outer().capture()?, scene.inner.capture()?);
        let left = Vrrpd::start(&scene.left, &configuration(150))?;
        left.wait(WAIT, "outer", "Master")?;
        let right = Vrrpd::start(&scene.right, &configuration(100))?;
        let gateway = Self { left, right, outer, inner, scene };
        gateway.stand("Master", "Backup")?;
        Ok(gateway)
    }

    /// Waits until both instances of each host are in a state, and lets the Master advertise for a while.
    fn stand(&self, left: &str, right: &str) -> Result<()> {
        for name in ["outer", "inner"] {
            stands(&self.left, name, left)?;
            stands(&self.right, name, right)?;
        }
        for (vrrpd, host, standing) in [(&self.left, "left", left), (&self.right, "right", right)] {
            if standing == "Master" {
                let before = masterships(vrrpd, &BOTH)?;
                let_pass(&self.outer, 51, host, 25)?;
                let_pass(&self.inner, 52, host, 5)?;
                ensure!(masterships(vrrpd, &BOTH)? == before, "{host} does not rest");
            }
        }
        Ok(())
    }

    /// Sets the four cables: the left host's outer and inner one, then the right host's.
    fn plug(&self, cables: [bool; 4]) -> Result<()> {
        let scene = &self.scene;
        let places = [
            (scene.outer(), "left", "eth0"),
            (&scene.inner, "left", "eth1"),
            (scene.outer(), "right", "eth0"),
            (&scene.inner, "right", "eth1"),
        ];
        for ((switch, host, nic), up) in places.into_iter().zip(cables) {
            if up { switch.plug(host, nic)? } else { switch.unplug(host, nic)? }
        }
        Ok(())
    }
}

#[test]
fn the_noisy_loop_of_2002_is_silent() -> Result<()> {
    let gateway = Gateway::new("sync-2002")?;
    let before = masterships(&gateway.left, &BOTH)?;
    gateway.scene.inner.unplug("right", "eth1")?;
    stands(&gateway.right, "inner", "Fault: eth1 has no carrier")?;
    stands(&gateway.right, "outer", "Fault: it moves with inner: eth1 has no carrier")?;
    gateway.stand("Master", "Fault")?;
    gateway.scene.inner.plug("right", "eth1")?;
    gateway.stand("Master", "Backup")?;
    let after = masterships(&gateway.left, &BOTH)?;
    ensure!(after == before, "the Master became Master {} times more", after - before);
    Ok(())
}

#[test]
fn a_master_that_loses_one_link_resigns_on_both() -> Result<()> {
    let gateway = Gateway::new("sync-master")?;
    gateway.inner.skip();
    gateway.scene.outer().unplug("left", "eth0")?;
    for v4 in [true, false] {
        gateway.inner.expect(WAIT, "a resignation on the link that is whole", |frame| {
            frame.from("left") && frame.resigns() && frame.advert().is_some_and(|advert| advert.source.is_ipv4() == v4)
        })?;
    }
    gateway.stand("Fault", "Master")?;
    gateway.scene.outer().plug("left", "eth0")?;
    gateway.stand("Master", "Backup")
}

/// A dozen of the changes that the search in virtual time tries all of.
#[test]
fn cables_are_pulled_and_plugged_in() -> Result<()> {
    let gateway = Gateway::new("sync-cables")?;
    let walk = [
        ([false, true, true, true], "Fault", "Master"),
        ([false, false, true, true], "Fault", "Master"),
        ([true, false, true, true], "Fault", "Master"),
        ([true, true, true, true], "Master", "Backup"),
        ([true, true, false, true], "Master", "Fault"),
        ([true, true, false, false], "Master", "Fault"),
        ([true, false, false, false], "Fault", "Fault"),
        ([true, false, false, true], "Fault", "Fault"),
        ([true, false, true, true], "Fault", "Master"),
        ([false, true, true, false], "Fault", "Fault"),
        ([true, true, true, false], "Master", "Fault"),
        ([true, true, true, true], "Master", "Backup"),
    ];
    for (cables, left, right) in walk {
        gateway.plug(cables)?;
        gateway.stand(left, right).map_err(|error| error.context(format!("cables {cables:?}")))?;
    }
    let taken = masterships(&gateway.left, &BOTH)? + masterships(&gateway.right, &BOTH)?;
    println!("sync group: twelve changes of cables, {taken} times Master");
    ensure!(taken <= 2 * 13, "twelve changes made Masters {taken} times");
    Ok(())
}

#[test]
fn a_cut_that_no_carrier_tells_of_moves_nothing() -> Result<()> {
    let gateway = Gateway::new("sync-silent")?;
    let before = masterships(&gateway.left, &BOTH)? + masterships(&gateway.right, &BOTH)?;
    gateway.scene.inner.partition("left-eth1", "right-eth1")?;
    let_pass(&gateway.outer, 51, "left", 60)?;
    stands(&gateway.right, "outer", "Backup")?;
    stands(&gateway.right, "inner", "Backup")?;
    let reason = gateway.right.instance("inner")?["reason"].as_str().unwrap_or_default().to_owned();
    ensure!(reason.starts_with("it moves with outer: 192.0.2.1 is Master"), "{reason}");
    gateway.scene.inner.heal()?;
    gateway.stand("Master", "Backup")?;
    let after = masterships(&gateway.left, &BOTH)? + masterships(&gateway.right, &BOTH)?;
    ensure!(before == after, "somebody became Master: {before}, then {after}");
    Ok(())
}

#[test]
fn a_reload_puts_a_master_into_a_group_and_out_of_it_without_a_resignation() -> Result<()> {
    let gateway = Gateway::new("sync-reload")?;
    let before = masterships(&gateway.left, &BOTH)?;
    gateway.outer.skip();
    gateway.inner.skip();
    gateway.left.reload(&apart(150))?;
    gateway.left.reload(&configuration(150))?;
    gateway.left.reload(&configuration(160))?;
    let_pass(&gateway.outer, 51, "left", 20)?;
    gateway.stand("Master", "Backup")?;
    let after = masterships(&gateway.left, &BOTH)?;
    ensure!(after == before, "the Master became Master {} times more", after - before);
    ensure!(gateway.left.instance("inner")?["effective_priority"] == 160, "the priority is not the new one");
    // Apart, each goes its own way.
    gateway.left.reload(&apart(150))?;
    gateway.scene.inner.unplug("left", "eth1")?;
    stands(&gateway.left, "inner", "Fault: eth1 has no carrier")?;
    stands(&gateway.left, "outer", "Master")
}

#[test]
fn a_condition_of_one_bars_all_and_weights_add_up() -> Result<()> {
    let gateway = Gateway::new("sync-conditions")?;
    let track = "[[sync.gateway.track]]\ninterface = \"eth2\"\neffect = -20\n[[instance.inner.track]]\ninterface = \"eth2\"\n\
                 effect = -40\n";
    gateway.left.reload(&format!("{}{track}", configuration(150)))?;
    gateway.scene.beat.unplug("left", "eth2")?;
    gateway.stand("Backup", "Master")?;
    for name in ["outer", "inner"] {
        let told = gateway.left.instance(name)?;
        ensure!(told["effective_priority"] == 90, "{name}: {told}");
    }
    gateway.scene.beat.plug("left", "eth2")?;
    gateway.stand("Master", "Backup")?;
    gateway.left.reload(&format!("{}[[instance.inner.track]]\ninterface = \"eth2\"\n", configuration(150)))?;
    gateway.scene.beat.unplug("left", "eth2")?;
    gateway.stand("Backup", "Master")?;
    stands(&gateway.left, "inner", "Backup: eth2 has no carrier")?;
    stands(&gateway.left, "outer", "Backup: it moves with inner: eth2 has no carrier")?;
    gateway.scene.beat.plug("left", "eth2")?;
    gateway.stand("Master", "Backup")
}

#[test]
fn a_disabled_instance_keeps_its_group_away() -> Result<()> {
    let gateway = Gateway::new("sync-disabled")?;
    let disabled = configuration(150).replace("vrid = 52\n", "vrid = 52\nenabled = false\n");
    gateway.left.reload(&disabled)?;
    stands(&gateway.left, "inner", "Init")?;
    stands(&gateway.left, "outer", "Backup")?;
    for name in ["outer", "inner"] {
        stands(&gateway.right, name, "Master")?;
    }
    gateway.left.reload(&configuration(150))?;
    gateway.stand("Master", "Backup")
}
