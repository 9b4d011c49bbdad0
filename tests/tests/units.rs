//! Proofs of the tree of units: their order at boot and at shutdown, and that systemd finds nothing wrong with them.

#[path = "units/metrics.rs"]
mod metrics;

use anyhow::{Context, Result, ensure};
use lab::pair::{Pair, configure};
use lab::{Container, Log};

/// The names of a unit's property that holds units.
fn units_of(host: &Container, property: &str, unit: &str) -> Result<Vec<String>> {
    let units = host.systemctl(&format!("show --value --property {property} {unit}"))?;
    Ok(units.split_whitespace().map(str::to_owned).collect())
}

fn is_listed(host: &Container, property: &str, unit: &str, other: &str) -> Result<()> {
    let units = units_of(host, property, unit)?;
    ensure!(
        units.iter().any(|listed| listed == other),
        "Debian {}: {property}= of {unit} lacks {other}: {units:?}",
        host.release().number()
    );
    Ok(())
}

/// When a unit became active, or began to stop, in microseconds of the monotonic clock.
fn moment(host: &Container, property: &str, unit: &str) -> Result<u64> {
    let value = host.systemctl(&format!("show --value --property {property} {unit}"))?;
    value.trim().parse().with_context(|| format!("{property} of {unit}: {value}"))
}

fn the_order_is_right(host: &Container) -> Result<()> {
    // Dependencies are kept under the primary name of a unit, which is nginx.service here.
    is_listed(host, "After", "nginx.service", "vrrp.service")?;
    is_listed(host, "Wants", "nginx.service", "vrrp.service")?;
    is_listed(host, "Wants", "nginx.service", "vrrp@inst1.service")?;
    is_listed(host, "After", "vrrp@inst1.service", "nginx.service")?;
    is_listed(host, "After", "vrrp@inst1.service", "vrrp.service")?;
    is_listed(host, "Requisite", "vrrp@inst1.service", "nginx.service")?;
    is_listed(host, "StopPropagatedFrom", "vrrp@inst1.service", "nginx.service")?;
    let tree = host.systemctl("list-dependencies --plain vrrp@inst1.service")?;
    ensure!(tree.contains("nginx.service") || tree.contains("http.service"), "{tree}");

    let ready = moment(host, "ActiveEnterTimestampMonotonic", "vrrp.service")?;
    let started = moment(host, "InactiveExitTimestampMonotonic", "nginx.service")?;
    let served = moment(host, "ActiveEnterTimestampMonotonic", "nginx.service")?;
    let instance = moment(host, "InactiveExitTimestampMonotonic", "vrrp@inst1.service")?;
    ensure!(
        0 < ready && ready <= started && started <= served && served <= instance,
        "vrrp.service was ready at {ready}, nginx started at {started} and was up at {served}, the instance at {instance}"
    );
    Ok(())
}

fn systemd_finds_nothing_wrong(host: &Container) -> Result<()> {
    let units = ["vrrp.service", "vrrp@inst1.service", "vrrp-metrics.socket", "vrrp-metrics.service", "nginx.service"];
    let verify = host.run(&[&["systemd-analyze", "verify", "--man=no"][..], &units].concat())?;
    ensure!(verify.code == Some(0), "{verify:?}");
    let ours: Vec<&str> = verify.stderr.lines().filter(|line| line.contains("vrrp")).collect();
    ensure!(ours.is_empty(), "{ours:?}");
    let complaints = host.sh(
        "journalctl --boot --output=short --no-pager _PID=1 --grep 'vrrp.*(ignor|unknown|cycl|fail)' --quiet || true",
    )?;
    ensure!(complaints.is_empty(), "{complaints}");
    let cycles = host.sh("journalctl --boot --output=short --no-pager --grep 'ordering cycle|Transaction order is cyclic' --quiet || true")?;
    ensure!(cycles.is_empty(), "{cycles}");
    Ok(())
}

/// How exposed systemd takes a unit to be, of 10.
fn exposure(host: &Container, unit: &str) -> Result<f32> {
    let table = host.sh(&format!("systemd-analyze security --no-pager {unit}"))?;
    let line = table.lines().last().unwrap_or_default();
    let figure = line.split_whitespace().find_map(|word| word.parse().ok());
    figure.with_context(|| format!("no figure in {line:?}"))
}

/// Prints the same figure of the other programs, as Debian ships their units on the machine.
fn print_exposure_of_others() -> Result<()> {
    for unit in ["keepalived.service", "frr.service"] {
        let file = format!("/usr/lib/systemd/system/{unit}");
        let argv = ["systemd-analyze", "security", "--offline=true", "--no-pager", &file];
        let table = lab::Place::machine().run(&argv)?.stdout;
        println!("{}", table.lines().last().unwrap_or_default());
    }
    Ok(())
}

/// The place of a line of systemd's in a journal, looked for from `from` on.
fn line_of(log: &Log, from: usize, text: &str) -> Result<usize> {
    let lines = log.lines();
    let found =
        lines.iter().enumerate().skip(from).find(|(_, line)| line.contains("systemd[1]") && line.contains(text));
    let (at, _) = found.with_context(|| format!("the journal has no {text:?}"))?;
    Ok(at)
}

#[test]
fn the_units_are_in_order_at_boot_and_the_instance_leaves_before_the_service_at_shutdown() -> Result<()> {
    let mut pair = Pair::new("units")?;
    for (host, priority) in [(&pair.left, 150), (&pair.right, 100)] {
        configure(host, priority)?;
    }
    pair.each(Container::boot)?;
    for host in [&pair.left, &pair.right] {
        the_order_is_right(host)?;
        systemd_finds_nothing_wrong(host)?;
        for (unit, most) in [("vrrp.service", 1.9), ("vrrp-metrics.service", 0.5)] {
            let exposure = exposure(host, unit)?;
            println!("Debian {}: systemd-analyze security {unit}: {exposure}", host.release().number());
            ensure!(exposure <= most, "{exposure}");
        }
        metrics::are_served(host)?;
    }
    print_exposure_of_others()?;
    pair.wait_served_by("left")?;
    pair.client.wire().skip();
    let before = pair.left.journal()?.lines().len();
    pair.left.reboot()?;
    let resigned =
        pair.client.wire().expect(lab::pair::LONG, "the resignation", |frame| frame.from("left") && frame.resigns())?;
    let journal = pair.left.journal()?;
    let gone = line_of(journal, before, "Stopped vrrp@inst1.service")?;
    let stopping = line_of(journal, before, "Stopping nginx.service")?;
    assert!(gone < stopping, "{:#?}", &journal.lines()[before..]);
    let line = &journal.lines()[stopping];
    let at: f64 = line.split_whitespace().next().unwrap_or_default().parse()?;
    let resigned = resigned.at.duration_since(std::time::UNIX_EPOCH)?.as_secs_f64();
    assert!(resigned < at, "resigned at {resigned}, but: {line}");
    Ok(())
}

/// In the unit's sandbox, the daemon is told of what others write.
#[test]
fn a_setting_that_somebody_changes_is_put_back_by_the_daemon_in_its_sandbox() -> Result<()> {
    let mut pair = Pair::new("units-settings")?;
    for (host, priority) in [(&pair.left, 150), (&pair.right, 100)] {
        configure(host, priority)?;
    }
    pair.each(Container::boot)?;
    pair.wait_served_by("left")?;
    for host in [&pair.left, &pair.right] {
        let setting = "/proc/sys/net/ipv4/conf/eth0/arp_announce";
        let tried = format!(
            "mount -o remount,bind,rw /proc/sys && grep -qx 2 {setting} && echo 0 > {setting} && \
             for _ in $(seq 100); do grep -qx 2 {setting} && exit 0; sleep 0.05; done; exit 1"
        );
        host.sh(&tried).with_context(|| format!("Debian {}", host.release().number()))?;
    }
    Ok(())
}

/// A person who may not do something is refused, and one whom a rule of polkit's lets may do just that.
#[test]
fn polkit_lets_whom_its_rules_let_on_either_message_bus() -> Result<()> {
    let mut pair = Pair::new("units-polkit")?;
    for (host, priority) in [(&pair.left, 150), (&pair.right, 100)] {
        configure(host, priority)?;
        let rule = "polkit.addRule(function(action, subject) {\n  if (action.id == \"org.vrrpd.Vrrp1.reload\" && subject.user == \"www-data\")\n    return polkit.Result.YES;\n});\n";
        host.write("/etc/polkit-1/rules.d/10-reload.rules", rule)?;
    }
    pair.each(Container::boot)?;
    pair.wait_served_by("left")?;
    for host in [&pair.left, &pair.right] {
        let bus = host.release().bus();
        ensure!(host.systemctl(&format!("is-active {bus}"))?.trim() == "active", "{bus} is not the bus");
        let told = |user: &str, words: &[&str]| host.run(&[&["runuser", "-u", user, "--", "vrrpadm"], words].concat());
        let (reloaded, resigned) = (told("www-data", &["reload"])?, told("www-data", &["resign", "inst1"])?);
        ensure!(reloaded.code == Some(0), "{bus}: {reloaded:?}");
        for refused in [resigned, told("nobody", &["reload"])?] {
            ensure!(refused.code == Some(2) && refused.stderr.contains("may not"), "{bus}: {refused:?}");
        }
        let read = told("nobody", &["status", "inst1"])?;
        ensure!(read.stdout.contains("inst1"), "{bus}: {read:?}");
    }
    Ok(())
}
