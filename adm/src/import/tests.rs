//! What holds for every configuration, also for a hostile one.

mod hostile;
mod ipvs;
mod silence;

use std::path::Path;

use vrrp::config::problem::Problem;

use super::{Fate, Imported, import};

/// A directory with one configuration in it.
struct Host(tempfile::TempDir);

impl Host {
    fn new(text: impl AsRef<[u8]>) -> Self {
        let host = Self(tempfile::tempdir().unwrap());
        host.write("keepalived.conf", text);
        host
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn import(&self) -> Result<Imported, Problem> {
        import(&self.path().join("keepalived.conf"), self.path(), "web1")
    }
}

fn imported(text: &str) -> Imported {
    Host::new(text).import().unwrap()
}

fn refused(text: impl AsRef<[u8]>) -> String {
    let host = Host::new(text);
    let problem = host.import().unwrap_err().to_string();
    problem.replace(&*host.path().to_string_lossy(), "ROOT")
}

/// The fates of the line that has a text in it.
fn fates<'i>(imported: &'i Imported, line: &str) -> Vec<&'i Fate> {
    imported.fates.iter().filter(|fate| imported.files.line(fate.place).contains(line)).collect()
}

/// An instance with further lines.
fn instance(more: &str) -> String {
    format!(
        "vrrp_instance a {{\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {{\n 192.0.2.1/24\n }}\n{more}\n}}\n"
    )
}

#[test]
fn a_weight_means_here_what_it_means_there() {
    let tracker = "vrrp_script s {\n script /bin/check\n user u\n}\nvrrp_track_process p {\n process x\n}\ntrack_file f {\n file /run/f\n}\n";
    let effect = |line: &str| {
        let imported = imported(&format!("{tracker}{}", instance(line)));
        let lines = imported.toml.lines().filter(|line| line.starts_with("effect") || line.starts_with("script"));
        lines.map(str::to_owned).collect::<Vec<_>>().join("; ")
    };
    let cases = [
        ("track_interface {\n eth1\n}", "effect = \"fault\""),
        ("track_interface {\n eth1 weight 5\n}", "effect = 5"),
        ("track_interface {\n eth1 weight -5\n}", "effect = -5"),
        ("track_interface {\n eth1 weight 5 reverse\n}", ""),
        ("track_script {\n s\n}", "script = [\"/bin/check\"]; effect = \"fault\""),
        ("track_script {\n s weight -9\n}", "script = [\"/bin/check\"]; effect = -9"),
        // Less while it is good is less while its reverse is bad.
        (
            "track_script {\n s weight 9 reverse\n}",
            "script = [\"/bin/sh\", \"-c\", '! \"$@\"', \"sh\", \"/bin/check\"]; effect = -9",
        ),
        (
            "track_script {\n s weight -9 reverse\n}",
            "script = [\"/bin/sh\", \"-c\", '! \"$@\"', \"sh\", \"/bin/check\"]; effect = 9",
        ),
        ("track_process {\n p weight 254\n}", "effect = 253"),
        ("track_file {\n f\n}", "effect = 1"),
        ("track_file {\n f weight 3 reverse\n}", "effect = -3"),
        ("priority 255\ntrack_interface {\n eth1 weight -5\n}", ""),
    ];
    for (line, expected) in cases {
        assert_eq!(effect(line), expected, "{line}");
    }
}

#[test]
fn a_member_of_a_group_keeps_what_keepalived_leaves_it() {
    let group = "vrrp_sync_group g {\n group {\n a\n b\n }\n}\nvrrp_script s {\n script /bin/check\n user u\n}\n";
    let other =
        instance("").replace("instance a", "instance b").replace("router_id 1", "router_id 2").replace("2.1/", "2.2/");
    let more = "track_interface {\n eth1 weight -5\n}\ntrack_script {\n s weight -5\n}\n";
    let toml = |extra: &str| {
        imported(&format!(
            "{}{}{other}",
            group.replace("}\n}\nvrrp_s", &format!("}}\n{extra}\n}}\nvrrp_s")),
            instance(more)
        ))
        .toml
    };
    let plain = toml("");
    assert!(plain.contains("interface = \"eth1\"\neffect = \"fault\"") && !plain.contains("script"), "{plain}");
    let weighted = toml("sync_group_tracking_weight");
    assert!(
        weighted.contains("interface = \"eth1\"\neffect = -5") && weighted.contains("effect = -5\nuser"),
        "{weighted}"
    );
}

#[test]
fn well_known_checks_become_conditions_that_are_told() {
    let watched = |command: &str| {
        let script = format!("vrrp_script s {{\n script {command}\n interval 2\n fall 3\n user u\n}}\n");
        let toml = imported(&format!("{script}{}", instance("track_script {\n s\n}"))).toml;
        let keys = toml.lines().skip_while(|line| !line.starts_with("[[")).skip(1);
        keys.filter(|line| !line.starts_with("effect")).collect::<Vec<_>>().join("; ")
    };
    let cases = [
        ("\"killall -0 nginx\"", "process = \"nginx\"; down_delay = \"4s\""),
        ("\"/usr/bin/pidof haproxy\"", "process = \"haproxy\"; down_delay = \"4s\""),
        ("\"pgrep -x a-very-long-process\"", "process = \"a-very-long-pro\"; down_delay = \"4s\""),
        ("\"systemctl is-active --quiet named\"", "unit = \"named.service\"; down_delay = \"4s\""),
        ("\"</dev/tcp/127.0.0.1/80\"", "tcp = \"127.0.0.1:80\"; interval = \"2s\"; timeout = \"2s\"; fall = 3"),
        (
            "\"pgrep -f a.*b\"",
            "script = [\"/usr/bin/pgrep\", \"-f\", \"a.*b\"]; user = \"u\"; interval = \"2s\"; timeout = \"2s\"; fall = 3",
        ),
        (
            "\"killall -9 nginx\"",
            "script = [\"/usr/bin/killall\", \"-9\", \"nginx\"]; user = \"u\"; interval = \"2s\"; timeout = \"2s\"; fall = 3",
        ),
        ("/bin/x ignored", "script = [\"/bin/x\"]; user = \"u\"; interval = \"2s\"; timeout = \"2s\"; fall = 3"),
    ];
    for (command, expected) in cases {
        assert_eq!(watched(command), expected, "{command}");
    }
}

#[test]
fn the_version_is_the_one_that_keepalived_would_speak() {
    let version = |globals: &str, text: &str| {
        let toml = imported(&format!("global_defs {{\n{globals}\n}}\n{text}")).toml;
        toml.contains("version = 2")
    };
    let v6 = instance("").replace("192.0.2.1/24", "2001:db8::1/64");
    assert!(version("", &instance("")));
    assert!(!version("vrrp_version 3", &instance("")));
    assert!(version("vrrp_version 3", &instance("version 2")));
    assert!(!version("", &v6));
    assert!(!version("vrrp_version 2", &v6.replace("eth0\n", "eth0\n version 2\n")));
}

#[test]
fn state_master_takes_nopreempt_away_where_keepalived_says_so() {
    let stays = |more: &str| imported(&instance(more)).toml.contains("preempt = false");
    assert!(stays("nopreempt"));
    assert!(stays("state BACKUP\nnopreempt"));
    assert!(!stays("state MASTER\nnopreempt"));
    assert!(!stays("priority 255\nnopreempt"));
    assert!(stays("state MASTER\nnopreempt\nauthentication {\nauth_type AH\nauth_pass x\n}"));
}
