//! The keywords of all other blocks.

use super::Verdict::{Lost, Needless, Translated};
use super::{BFD, MAIL, NOTIFY, PACED, Row, TRACKERS, Verdict};

const STATIC: Verdict = Lost("what never moves is for the network's own configuration, such as systemd-networkd");
const IPVS: Verdict = Lost(
    "IPVS is not ours: keep keepalived for it, with this block alone and `keepalived --check`, which runs no VRRP",
);
const NAMESPACE: Verdict =
    Lost("start a vrrpd of its own in that network namespace (NetworkNamespacePath= in its unit)");

pub(super) const ROOT: [Row; 25] = [
    ("SSL", IPVS),
    ("bfd_instance", BFD),
    ("child_wait_time", Needless("there is one process, vrrpd")),
    ("garp_group", PACED),
    ("global_defs", Translated),
    ("instance", Lost("one vrrpd serves a network namespace: put all instances into one configuration")),
    ("interface_up_down_delays", Translated),
    ("linkbeat_interfaces", Translated),
    ("linkbeat_use_polling", Translated),
    ("namespace_with_ipsets", Needless("no firewall rules are made or needed")),
    ("net_namespace", NAMESPACE),
    ("net_namespace_ipvs", IPVS),
    ("static_ipaddress", STATIC),
    ("static_routes", STATIC),
    ("static_rules", STATIC),
    ("track_file", Translated),
    ("track_group", STATIC),
    ("use_pid_dir", Needless("systemd knows the process")),
    ("virtual_server", IPVS),
    ("virtual_server_group", IPVS),
    ("vrrp_instance", Translated),
    ("vrrp_script", Translated),
    ("vrrp_sync_group", Translated),
    ("vrrp_track_file", Translated),
    ("vrrp_track_process", Translated),
];

pub(super) const GROUP: [Row; 16] = [
    ("global_tracking", Needless("what is bad for one instance of a group is bad for all of them")),
    ("group", Translated),
    ("notify", NOTIFY),
    ("notify_backup", NOTIFY),
    ("notify_deleted", NOTIFY),
    ("notify_fault", NOTIFY),
    ("notify_master", NOTIFY),
    ("notify_priority_changes", Needless("vrrpadm monitor tells of each change of a priority")),
    ("notify_stop", NOTIFY),
    ("smtp_alert", MAIL),
    ("sync_group_tracking_weight", Translated),
    ("track_bfd", BFD),
    ("track_file", TRACKERS),
    ("track_interface", TRACKERS),
    ("track_process", TRACKERS),
    ("track_script", TRACKERS),
];

pub(super) const SCRIPT: [Row; 8] = [
    ("fall", Translated),
    ("init_fail", Needless("what was not looked at yet counts as bad")),
    ("interval", Translated),
    ("rise", Translated),
    ("script", Translated),
    ("timeout", Translated),
    ("user", Translated),
    ("weight", Translated),
];

pub(super) const PROCESS: [Row; 9] = [
    ("delay", Translated),
    ("fork_delay", Translated),
    ("full_command", Translated),
    ("param_match", Translated),
    ("process", Translated),
    ("quorum", Translated),
    ("quorum_max", Lost("an upper limit is not possible: a script can count processes")),
    ("terminate_delay", Translated),
    ("weight", Translated),
];

pub(super) const FILE: [Row; 3] = [("file", Translated), ("init_file", Translated), ("weight", Translated)];

pub(super) const AUTHENTICATION: [Row; 2] = [("auth_pass", Translated), ("auth_type", Translated)];

pub(super) const HMAC: [Row; 5] = [
    ("active_key", Translated),
    ("anti_replay", Translated),
    ("key", Translated),
    ("mode", Translated),
    ("time_window", Translated),
];
