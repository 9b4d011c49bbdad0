//! From configurations on disk to the trees that systemd reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};

use tempfile::TempDir;

use super::*;

const INST1: &str = "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n";
const INST2: &str = "[instance.inst2]\ninterface = \"eth0\"\nvrid = 52\naddresses = [\"192.0.2.20/24\"]\n";
const INST3: &str = "[instance.inst3]\ninterface = \"eth0\"\nvrid = 53\naddresses = [\"192.0.2.30/24\"]\n";

/// A host whose main file says `text`.
struct Host(TempDir);

impl Host {
    fn new(text: &str) -> Self {
        let host = Self(TempDir::new().unwrap());
        host.put("etc/vrrp/vrrp.toml", text);
        host
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What the generator writes, path by path, and what it complains about.
    fn generate(&self) -> (String, Vec<String>) {
        let units = TempDir::new().unwrap();
        let complaints = generate(self.0.path(), units.path());
        let root = self.0.path().display().to_string();
        let complaints = complaints.iter().map(|complaint| complaint.replace(&root, "")).collect();
        (tree(units.path()), complaints)
    }

    fn units(&self) -> String {
        let (units, complaints) = self.generate();
        assert_eq!(complaints, [""; 0]);
        units
    }
}

fn tree(root: &Path) -> String {
    let mut found = BTreeMap::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if let Ok(target) = fs::read_link(&path) {
                found.insert(name, format!(" -> {}\n", target.display()));
            } else if path.is_dir() {
                directories.push(path);
            } else {
                let text = fs::read_to_string(path).unwrap();
                found.insert(name, text.lines().fold("\n".to_owned(), |out, line| out + "    " + line + "\n"));
            }
        }
    }
    found.into_iter().fold(String::new(), |mut out, (name, content)| {
        write!(out, "{name}{content}").unwrap();
        out
    })
}

#[test]
fn an_instance_depends_on_its_service_and_the_service_on_the_daemon() {
    let host = Host::new(&format!("{INST1}protect = [\"http.service\"]\n"));
    insta::assert_snapshot!(host.units(), @"
    http.service.d/50-vrrp.conf
        # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
        [Unit]
        Wants=vrrp.service
        After=vrrp.service
    http.service.wants/vrrp@inst1.service -> /usr/lib/systemd/system/vrrp@.service
    multi-user.target.wants/vrrp.service -> /usr/lib/systemd/system/vrrp.service
    vrrp@inst1.service.d/50-protect.conf
        # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
        [Unit]
        Requisite=http.service
        After=http.service
        StopPropagatedFrom=http.service
    ");
}

#[test]
fn each_effect_has_its_own_dependencies() {
    let host = Host::new(&format!(
        "{INST1}protect = [\"http.service\", {{ unit = \"db.service\", effect = \"fault\" }}, \"mail.socket\"]\n\
         {INST2}protect = [{{ unit = \"db.service\", effect = -50 }}]\n{INST3}"
    ));
    insta::assert_snapshot!(host.units(), @"
    db.service.d/50-vrrp.conf
        # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
        [Unit]
        Wants=vrrp.service
        After=vrrp.service
    http.service.d/50-vrrp.conf
        # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
        [Unit]
        Wants=vrrp.service
        After=vrrp.service
    http.service.wants/vrrp@inst1.service -> /usr/lib/systemd/system/vrrp@.service
    mail.socket.d/50-vrrp.conf
        # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
        [Unit]
        Wants=vrrp.service
        After=vrrp.service
    mail.socket.wants/vrrp@inst1.service -> /usr/lib/systemd/system/vrrp@.service
    multi-user.target.wants/vrrp.service -> /usr/lib/systemd/system/vrrp.service
    multi-user.target.wants/vrrp@inst2.service -> /usr/lib/systemd/system/vrrp@.service
    multi-user.target.wants/vrrp@inst3.service -> /usr/lib/systemd/system/vrrp@.service
    vrrp@inst1.service.d/50-protect.conf
        # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
        [Unit]
        Requisite=http.service
        After=http.service
        StopPropagatedFrom=http.service
        After=db.service
        Requisite=mail.socket
        After=mail.socket
        StopPropagatedFrom=mail.socket
    vrrp@inst2.service.d/50-protect.conf
        # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
        [Unit]
        After=db.service
    ");
}

#[test]
fn a_disabled_instance_is_wanted_by_nothing() {
    let host = Host::new(&format!("{INST1}protect = [\"http.service\"]\nenabled = false\n"));
    insta::assert_snapshot!(host.units(), @"
    http.service.d/50-vrrp.conf
        # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
        [Unit]
        Wants=vrrp.service
        After=vrrp.service
    multi-user.target.wants/vrrp.service -> /usr/lib/systemd/system/vrrp.service
    vrrp@inst1.service.d/50-protect.conf
        # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
        [Unit]
        Requisite=http.service
        After=http.service
        StopPropagatedFrom=http.service
    ");
}

#[test]
fn what_starts_before_the_daemon_or_binds_to_nothing_is_not_ordered_after_it() {
    let units = ["dbus.socket", "dbus-broker.service", "systemd-resolved.service", "srv.mount", "a.target"];
    let host = Host::new(&format!("{INST1}protect = {units:?}\n"));
    let tree = host.units();
    assert!(!tree.contains("50-vrrp.conf"), "{tree}");
    assert!(units.iter().all(|unit| tree.contains(&format!("{unit}.wants/vrrp@inst1.service"))), "{tree}");
}

#[test]
fn nothing_follows_from_no_configuration() {
    let host = Host(TempDir::new().unwrap());
    assert_eq!(host.units(), "");
}

#[test]
fn a_broken_set_leaves_the_units_of_what_was_applied_last() {
    let good = format!("{INST1}protect = [\"http.service\"]\n");
    let host = Host::new(&good);
    let units = host.units();
    let applied = serde_json::to_string(&[("/etc/vrrp/vrrp.toml", &good)]).unwrap();
    host.put(APPLIED, &applied);

    host.put("etc/vrrp/vrrp.toml", &format!("{INST1}protect = [\"other.service\"]\nvrid = 300\n"));
    let (broken, complaints) = host.generate();
    assert_eq!(broken, units);
    insta::assert_snapshot!(complaints.join("\n"), @"
    /etc/vrrp/vrrp.toml:6:1: vrid stands twice in this file: leave one out
    the units are those of the configuration that was applied last
    ");
}

#[test]
fn without_a_last_good_copy_each_instance_that_can_be_read_keeps_its_units() {
    let broken = format!(
        "{INST1}protect = [\"http.service\"]\ncolour = \"red\"\n{INST2}protect = 5\n[instance.inst3\nvrid = 53\n"
    );
    for copy in [None, Some("no JSON"), Some("[[\"/etc/vrrp/vrrp.toml\", \"broken = too\"]]")] {
        let host = Host::new(&broken);
        if let Some(copy) = copy {
            host.put(APPLIED, copy);
        }
        let (units, complaints) = host.generate();
        assert!(units.contains("http.service.wants/vrrp@inst1.service ->"), "{units}");
        assert!(units.contains("Requisite=http.service"), "{units}");
        assert!(complaints.iter().any(|complaint| complaint.contains("protect")), "{complaints:?}");
        assert_eq!(complaints.last().unwrap(), "the units are those of the instances that can be read");
    }
}

#[test]
fn the_copy_is_no_way_to_have_root_read_something_else() {
    let good = format!("{INST1}protect = [\"http.service\"]\n");
    let host = Host::new("broken");
    host.put("secret", &serde_json::to_string(&[("x", &good)]).unwrap());
    fs::create_dir_all(host.0.path().join("var/lib/vrrp")).unwrap();
    symlink(host.0.path().join("secret"), host.0.path().join(APPLIED)).unwrap();
    assert_eq!(host.generate().0, "");

    fs::remove_file(host.0.path().join(APPLIED)).unwrap();
    nix::unistd::mkfifo(&host.0.path().join(APPLIED), nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert_eq!(host.generate().0, "");
}

#[test]
fn files_with_the_same_text_are_one_file_and_each_directory_can_be_written_again() {
    let http = format!("{INST1}protect = [\"http.service\"]\n{INST2}protect = [\"mail.service\"]\n");
    let host = Host::new(&http);
    let units = TempDir::new().unwrap();
    let made = units.path().join("normal");
    assert_eq!(generate(host.0.path(), &made), [""; 0]);
    let inode = |path: &str| fs::metadata(made.join(path)).unwrap().ino();
    assert_eq!(inode("http.service.d/50-vrrp.conf"), inode("mail.service.d/50-vrrp.conf"));
    assert_ne!(inode("vrrp@inst1.service.d/50-protect.conf"), inode("vrrp@inst2.service.d/50-protect.conf"));

    let before = tree(&made);
    for name in ["http.service.wants/vrrp@inst1.service", "mail.service.wants/vrrp@inst2.service"] {
        fs::remove_file(made.join(name)).unwrap();
    }
    fs::remove_dir_all(made.join("multi-user.target.wants")).unwrap();
    fs::write(made.join("http.service.d/50-vrrp.conf"), "[Unit]\nAfter=other.service\n").unwrap();
    assert_eq!(generate(host.0.path(), &made), [""; 0]);
    assert_eq!(tree(&made), before);
}

#[test]
fn thousands_of_instances_have_the_units_that_each_would_have_alone() {
    let one = |number: u32| {
        let (link, vrid) = (number / 250, number % 250 + 1);
        format!(
            "[instance.i{number}]\ninterface = \"eth{link}\"\nvrid = {vrid}\naddresses = [\"10.{link}.1.{vrid}/24\"]\n\
             protect = [\"service{number}.service\"]\n"
        )
    };
    // The files and links of a tree, each with what is in it.
    let entries = |tree: &str| tree.replace("\n    ", "|").lines().map(str::to_owned).collect::<BTreeSet<String>>();
    let alone = Host::new(&one(7)).units();
    let like = |number: u32| {
        alone.replace("vrrp@i7.", &format!("vrrp@i{number}.")).replace("service7.", &format!("service{number}."))
    };
    let found = entries(&Host::new(&(0..2100).map(one).collect::<String>()).units());
    assert_eq!(found.len(), 6301);
    assert_eq!(found, (0..2100).flat_map(|number| entries(&like(number))).collect());
}

#[test]
fn a_directory_that_cannot_be_is_one_complaint() {
    let host = Host::new(INST1);
    let complaints = generate(host.0.path(), &host.0.path().join("etc/vrrp/vrrp.toml"));
    assert_eq!(complaints.len(), 1);
    assert!(complaints[0].contains("no unit can be written to"), "{complaints:?}");
}

#[test]
fn hostile_names_lead_nowhere() {
    let names = ["../../../etc/x", "a/b", "..", ".hidden", "a b", "a\\nb", "%n", "a*", "", "-x"];
    for name in names {
        let host = Host::new(&format!(
            "[instance.\"{name}\"]\ninterface = \"eth0\"\nvrid = 1\naddresses = [\"192.0.2.1/24\"]\n"
        ));
        let (units, complaints) = host.generate();
        assert_eq!(units, "", "instance {name}");
        assert!(!complaints.is_empty(), "instance {name}");
    }
    for unit in
        ["../../../etc/x.service", "a/b.service", "a b.service", "a\\nExecStart=x.service", "%n.service", "x@.service"]
    {
        let host = Host::new(&format!("{INST1}protect = [\"{unit}\"]\n"));
        let (units, complaints) = host.generate();
        assert!(!units.contains("conf"), "unit {unit}: {units}");
        assert!(!complaints.is_empty(), "unit {unit}");
    }
}

#[test]
fn a_name_that_no_file_can_have_costs_only_itself() {
    let long = format!("{}.service", "x".repeat(247));
    let host = Host::new(&format!("{INST1}protect = [\"{long}\"]\n{INST2}protect = [\"http.service\"]\n"));
    let (units, complaints) = host.generate();
    assert!(units.contains("http.service.wants/vrrp@inst2.service ->"), "{units}");
    assert!(complaints.iter().all(|complaint| complaint.contains("cannot be written")), "{complaints:?}");
    assert_eq!(complaints.len(), 2);
}

/// A script that is run by a user, or by the one that runs scripts where nobody is named.
fn script(user: &str) -> String {
    format!("[[instance.inst1.track]]\nscript = \"/usr/lib/check\"\n{user}\n")
}

#[test]
fn the_daemon_may_become_others_only_for_scripts_that_others_run() {
    for user in ["", "user = \"vrrp\""] {
        let units = Host::new(&format!("{INST1}{}", script(user))).units();
        assert!(!units.contains("50-script-users"), "{user}: {units}");
    }
    let host = Host::new(&format!("{INST1}enabled = false\n{}", script("user = \"monitor\"")));
    insta::assert_snapshot!(host.units(), @"
    multi-user.target.wants/vrrp.service -> /usr/lib/systemd/system/vrrp.service
    vrrp.service.d/50-script-users.conf
        # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
        [Service]
        AmbientCapabilities=CAP_KILL CAP_SETGID CAP_SETUID
        CapabilityBoundingSet=CAP_KILL CAP_SETGID CAP_SETUID
        SystemCallFilter=@setuid
    vrrp.service.d/50-scripts.conf
        # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
        [Service]
        SystemCallFilter=sched_setscheduler
    ");
}

#[test]
fn what_runs_programs_at_transitions_is_started_where_there_are_some() {
    let follows = "vrrp.service.wants/vrrp-notify.service -> /usr/lib/systemd/system/vrrp-notify.service";
    let units = |lines: &str| Host::new(&format!("{INST1}{lines}")).units();
    assert!(!units("").contains("notify") && !units("on_transition = []\n").contains("notify"));
    assert!(units("on_transition = \"/opt/tell\"\n").contains(follows));
    let (broken, _) = Host::new(&format!("{INST1}colour = \"red\"\non_transition = \"/opt/tell\"\n")).generate();
    assert!(broken.contains(follows), "{broken}");
}

#[test]
fn the_daemon_sees_the_processes_of_others_only_where_they_are_counted() {
    let units = |lines: &str| Host::new(&format!("{INST1}{lines}")).units();
    assert!(!units("").contains("vrrp.service.d"));
    assert!(!units("track = [{ file = \"/run/x\" }]\n").contains("vrrp.service.d"));
    let with = units("track = [{ process = \"worker\" }]\n");
    assert!(with.contains("vrrp.service.d/50-processes.conf") && with.contains("ProtectProc=default"), "{with}");
    assert!(!with.contains("50-scripts"), "{with}");
}

#[test]
fn a_script_of_a_sync_group_counts_as_one_of_its_instances() {
    let script = script("user = \"monitor\"").replace("instance.inst1", "sync.both");
    let sync = format!("[sync.both]\ninstances = [\"inst1\", \"inst2\"]\n{script}");
    assert!(Host::new(&format!("{INST1}{INST2}{sync}")).units().contains("vrrp.service.d"));
    let (units, complaints) = Host::new(&format!("{INST1}{INST2}colour = \"red\"\n{sync}")).generate();
    assert!(units.contains("vrrp.service.d"), "{complaints:?}");
}

#[test]
fn the_copy_is_no_way_for_the_daemon_to_become_others() {
    let applied = |user| {
        let text = format!("{INST1}{}", script(user));
        serde_json::to_string(&[("/etc/vrrp/vrrp.toml", &text)]).unwrap()
    };
    let becomes_others = |own: &str| {
        let host = Host::new(&format!("{INST1}colour = \"red\"\n{own}"));
        host.put(APPLIED, &applied("user = \"monitor\""));
        let (units, complaints) = host.generate();
        assert_eq!(complaints.last().unwrap(), "the units are those of the configuration that was applied last");
        assert!(own.is_empty() <= !units.contains("vrrp.service.d"), "{units}");
        units.contains("50-script-users")
    };
    assert!(!becomes_others(""));
    assert!(!becomes_others(&script("")));
    assert!(becomes_others(&script("user = \"monitor\"")));
}

#[test]
fn what_it_writes_is_what_the_page_of_the_units_names() {
    let text = format!(
        "{INST1}protect = [\"http.service\"]\non_transition = \"/opt/tell\"\ntrack = [{{ process = \"worker\" }}]\n\
         {INST2}protect = [\"http.service\"]\n{}",
        script("user = \"monitor\"").replace("inst1", "inst2")
    );
    let units = Host::new(&text).units();
    let paths = units.lines().filter(|line| !line.starts_with(' ')).map(|line| line.split(' ').next().unwrap());
    let written: BTreeSet<String> = paths
        .map(|path| path.replace("http.service", "UNIT").replace("inst1", "NAME").replace("inst2", "NAME"))
        .collect();

    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/man/vrrp@.service.5");
    let page = fs::read_to_string(page).unwrap().replace("\\-", "-");
    let (_, section) = page.split_once(".SH WHAT THE GENERATOR WRITES\n").unwrap();
    let (section, _) = section.split_once(".SH ").unwrap();
    let names = section.lines().filter_map(|line| line.strip_prefix(".I ")).flat_map(|line| line.split(", "));
    assert_eq!(names.map(str::to_owned).collect::<BTreeSet<_>>(), written);
}
