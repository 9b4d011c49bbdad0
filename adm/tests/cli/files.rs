//! Verbs below a root: files alone.

use insta::assert_snapshot;

use crate::run::Host;

const CREATE: &str = "create inst1 --interface eth0 --vrid 51 --address 192.0.2.10/24 --protect http.service";
const FILE: &str = "etc/vrrp/vrrp.d/inst1.toml";

fn with_inst1() -> Host {
    let host = Host::new();
    assert_eq!(host.run(CREATE).code, 0);
    host
}

#[test]
fn create_needs_no_file_and_is_the_same_when_repeated() {
    let host = Host::new();
    assert_snapshot!(host.run(CREATE), @"
    ROOT/etc/vrrp/vrrp.d/inst1.toml is written.
    inst1 is created. Only the files are changed.
    [0]
    ");
    let written = host.read(FILE).unwrap();
    assert_snapshot!(host.run(CREATE), @"
    inst1 is there already. Only the files were read.
    [0]
    ");
    assert_eq!(host.read(FILE).unwrap(), written);
}

#[test]
fn create_takes_what_it_is_not_told_from_the_files() {
    let host = Host::new();
    host.write(
        "etc/vrrp/vrrp.toml",
        "[defaults]\ninterface = \"eth0\"\n[instance.inst1]\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n",
    );
    assert_eq!(host.run("create inst1 --protect http.service").code, 0);
    assert_snapshot!(host.run("show inst1"), @"
    inst1 is configured: only the files were read

                Why: only the files were read
           Priority: 100
          Addresses: 192.0.2.10/24
           Protects: http.service

          Interface: eth0
               VRID: 51
            Version: 3
         Advertises: every 1s
           Preempts: yes
                MAC: interface
               Hold: address
            Enabled: yes
    [0]
    ");
}

#[test]
fn create_says_what_lacks_and_how_to_give_it() {
    let host = Host::new();
    assert_snapshot!(host.run("create inst1 --protect http.service --vrid 51"), @"
    error: inst1 is not created: it lacks interface and addresses: add, for example, --interface eth0 --address 192.0.2.10/24, or write it below [instance.inst1] in /etc/vrrp/vrrp.toml
    [2]
    ");
    assert_eq!(host.read(FILE), None);
}

#[test]
fn create_says_what_to_do_where_a_link_has_no_vrid_left() {
    let host = Host::new();
    let one = |vrid: u8| {
        format!("[instance.i{vrid}]\ninterface = \"eth0\"\nvrid = {vrid}\naddresses = [\"10.0.{vrid}.1/24\"]\n")
    };
    host.write("etc/vrrp/vrrp.toml", &(1..=255).map(one).collect::<String>());
    assert_snapshot!(host.run("create inst1 --interface eth0 --vrid 51 --address 192.0.2.10/24"), @"
    error: inst1 is not created: i51 and inst1 are both VRID 51 for IPv4 on eth0, and none of the 255 is free there: put one of the two on another link, such as a VLAN, or its addresses into another instance
    [2]
    ");
    assert_snapshot!(host.run("create inst1 --interface eth0 --address 192.0.2.10/24"), @"
    error: inst1 is not created: instance inst1 lacks vrid, and none of the 255 is free there: put it on another link, such as a VLAN, or its addresses into another instance
    [2]
    ");
    assert_snapshot!(host.run("create inst1 --interface eth0 --vrid 256 --address 192.0.2.10/24"), @"
    error: inst1 is not created: vrid = 256 is not a VRID: use 1 to 255, and a further link for further instances
    [2]
    ");
    host.write("etc/vrrp/vrrp.toml", &(50..=52).map(one).collect::<String>());
    assert_snapshot!(host.run("create inst1 --interface eth0 --vrid 51 --address 192.0.2.10/24"), @"
    error: inst1 is not created: i51 and inst1 are both VRID 51 for IPv4 on eth0: give one of the two another vrid, such as 53
    [2]
    ");
    assert_snapshot!(host.run("create inst1 --interface eth0 --address 192.0.2.10/24"), @"
    error: inst1 is not created: it lacks vrid: add, for example, --vrid 53, or write it below [instance.inst1] in /etc/vrrp/vrrp.toml
    [2]
    ");
    assert_eq!(host.read(FILE), None);
}

#[test]
fn create_refuses_to_change_an_instance() {
    let host = with_inst1();
    let written = host.read(FILE);
    assert_snapshot!(host.run("create inst1 --vrid 52 --priority 100"), @"
    error: inst1 is not created: inst1 is there already, with another vrid: use `vrrpadm modify inst1`
    [2]
    ");
    assert_eq!(host.read(FILE), written);
}

#[test]
fn every_mistake_of_a_command_line_is_told_at_once() {
    let host = with_inst1();
    let line = "create pg --interface lo --vrid 0 --address 192.0.2.10/24 --protect pg@.service,a.slice=-300 --priority -3 \
                --version 4 --advert-interval 5 --preempt-delay x --peer 192.0.2.10 --routers 1";
    assert_snapshot!(host.run(line), @"
    error: pg is not created:
    interface = \"lo\" is the loopback: name the link whose hosts reach the addresses
    vrid = 0 is not a VRID: use 1 to 255
    192.0.2.10 is an address of inst1 too: leave it to one of the two
    priority = -3 is not a priority: use 1 to 254, or 255 for the address owner
    version = 4 is not a version of VRRP: use 2 or 3
    advert_interval = \"5\" has no unit: write \"5s\" for seconds, or \"5ms\" for milliseconds
    preempt_delay = \"x\" is no duration: write one such as \"10ms\", \"1.5s\" or \"2min\"
    192.0.2.10 is a virtual address: write the peer's own address
    routers = 1 is not a number of routers: use 2 to 255, this one counted, or leave it out
    \"pg@.service\" is a template: name the instance of it, such as \"pg@main.service\"
    \"a.slice\" only groups processes: name the service that serves the addresses
    effect = -300 is out of range: use \"backup\", \"fault\" or a weight from -253 to 253, not 0
    [2]
    ");
    assert_eq!(host.read("etc/vrrp/vrrp.d/pg.toml"), None);
}

#[test]
fn words_that_are_no_numbers_or_names_are_refused() {
    let host = Host::new();
    assert_snapshot!(host.run("create inst1 --vrid x").err, @"
    error: invalid value 'x' for '--vrid <NUMBER>': write a whole number

    For more information, try '--help'.
    ");
    assert_snapshot!(host.run("create ../inst1"), @"
    error: \"../inst1\" is no name of an instance: use 1 to 31 letters, digits, _ . and -, and begin with a letter or digit
    [2]
    ");
    assert_snapshot!(host.run("create inst1 --mac virtaul").err, @"
    error: invalid value 'virtaul' for '--mac <WHICH>'
      [possible values: interface, virtual]

      tip: a similar value exists: 'virtual'

    For more information, try '--help'.
    ");
}

#[test]
fn modify_edits_where_the_key_stands_and_keeps_comments() {
    let host = with_inst1();
    host.write("etc/vrrp/vrrp.toml", "[instance.inst1]\npriority = 120 # the bigger machine\n");
    assert_snapshot!(host.run("modify inst1 --priority 150"), @"
    ROOT/etc/vrrp/vrrp.toml is written.
    inst1 is modified. Only the files are changed.
    [0]
    ");
    assert_eq!(host.read("etc/vrrp/vrrp.toml").unwrap(), "[instance.inst1]\npriority = 150 # the bigger machine\n");
    assert_snapshot!(host.run("modify inst1 --priority 150"), @"
    inst1 is so already. Only the files were read.
    [0]
    ");
    assert_snapshot!(host.run("modify inst1 --unset vrid"), @"
    error: inst1 is not modified:
    ROOT/etc/vrrp/vrrp.toml:1:1: instance inst1 lacks vrid: add, for example, vrid = 51
        1 | [instance.inst1]
          | ^^^^^^^^^^^^^^^^
    [2]
    ");
    assert_snapshot!(host.run("modify inst1"), @"
    error: say what to change, for example --priority 150: see vrrpadm modify --help
    [2]
    ");
}

#[test]
fn disable_and_enable_are_each_others_undoing() {
    let host = with_inst1();
    assert_snapshot!(host.run("disable inst1"), @"
    ROOT/etc/vrrp/vrrp.d/inst1.toml is written.
    inst1 is disabled. Only the files are changed.
    [0]
    ");
    assert_snapshot!(host.run("status"), @"
    1 instance is configured, but only the files were read.

    NAME   STATE  SINCE  MASTER  PRIORITY  ADDRESSES      PROTECTS      WHY
    inst1  Init   -      -       100       192.0.2.10/24  http.service  disabled
    [0]
    ");
    assert_snapshot!(host.run("enable inst1"), @"
    ROOT/etc/vrrp/vrrp.d/inst1.toml is written.
    inst1 is enabled. Only the files are changed.
    [0]
    ");
    assert!(!host.read(FILE).unwrap().contains("false"));
}

#[test]
fn delete_wants_force_for_what_create_did_not_write() {
    let host = with_inst1();
    let main = "[instance.other]\ninterface = \"eth0\"\nvrid = 52\naddresses = [\"192.0.2.11/24\"]\n";
    host.write("etc/vrrp/vrrp.toml", main);
    assert_snapshot!(host.run("delete other"), @"
    error: other is not deleted: other stands in ROOT/etc/vrrp/vrrp.toml, which vrrpadm did not write: delete it there with --force
    [2]
    ");
    assert_eq!(host.read("etc/vrrp/vrrp.toml").unwrap(), main);
    assert_snapshot!(host.run("delete other --force"), @"
    ROOT/etc/vrrp/vrrp.toml is written.
    other is deleted. Only the files are changed.
    [0]
    ");
    assert_snapshot!(host.run("delete inst1"), @"
    ROOT/etc/vrrp/vrrp.d/inst1.toml is removed.
    inst1 is deleted. Only the files are changed.
    [0]
    ");
    assert_snapshot!(host.run("delete inst1"), @"
    error: there is no instance \"inst1\", nor any other: vrrpadm create makes one
    [2]
    ");
    assert_eq!(host.read(FILE), None);
}

#[test]
fn a_name_that_is_not_there_is_guessed() {
    let host = with_inst1();
    for verb in ["delete", "enable", "disable", "show", "status", "modify --vrid 3"] {
        let ended = host.run(&format!("{verb} isnt1"));
        assert_eq!(
            (ended.code, ended.err.as_str()),
            (2, "error: there is no instance \"isnt1\": did you mean inst1?\n")
        );
    }
}

#[test]
fn check_draws_every_problem() {
    let host = with_inst1();
    assert_snapshot!(host.run("check"), @"
    1 instance in 1 file: all is well.
    The units were not looked at: a --root has no systemd to ask
    [0]
    ");
    host.write(
        "etc/vrrp/vrrp.toml",
        "[instance.two]\ninterfac = \"eth0\"\nvrid = 300\naddresses = [\"192.0.2.10/24\"]\n",
    );
    assert_snapshot!(host.run("check"), @"
    problem: ROOT/etc/vrrp/vrrp.toml:1:1: instance two lacks interface: add, for example, interface = \"eth0\"
        1 | [instance.two]
          | ^^^^^^^^^^^^^^
    problem: ROOT/etc/vrrp/vrrp.toml:2:1: interfac is unknown: did you mean interface?
        2 | interfac = \"eth0\"
          | ^^^^^^^^
    problem: ROOT/etc/vrrp/vrrp.toml:3:8: vrid = 300 is not a VRID: use 1 to 255
        3 | vrid = 300
          |        ^^^
    problem: ROOT/etc/vrrp/vrrp.toml:4:14: 192.0.2.10 is an address of inst1 too: leave it to one of the two
        4 | addresses = [\"192.0.2.10/24\"]
          |              ^^^^^^^^^^^^^^^
          = first at ROOT/etc/vrrp/vrrp.d/inst1.toml:5:14
    4 problems: vrrpd would not apply this.
    [1]
    ");
    assert_snapshot!(host.run("check --json"), @"
    {
      \"problems\": [
        {
          \"file\": \"ROOT/etc/vrrp/vrrp.toml\",
          \"line\": 1,
          \"column\": 1,
          \"message\": \"instance two lacks interface: add, for example, interface = \\\"eth0\\\"\",
          \"instance\": \"two\"
        },
        {
          \"file\": \"ROOT/etc/vrrp/vrrp.toml\",
          \"line\": 2,
          \"column\": 1,
          \"message\": \"interfac is unknown: did you mean interface?\",
          \"instance\": \"two\"
        },
        {
          \"file\": \"ROOT/etc/vrrp/vrrp.toml\",
          \"line\": 3,
          \"column\": 8,
          \"message\": \"vrid = 300 is not a VRID: use 1 to 255\",
          \"instance\": \"two\"
        },
        {
          \"file\": \"ROOT/etc/vrrp/vrrp.toml\",
          \"line\": 4,
          \"column\": 14,
          \"message\": \"192.0.2.10 is an address of inst1 too: leave it to one of the two\",
          \"instance\": \"two\"
        }
      ],
      \"warnings\": []
    }
    [1]
    ");
    assert_snapshot!(host.run(&format!("check {}", host.path(FILE).display())), @"
    1 instance in 1 file: all is well.
    [0]
    ");
    assert_snapshot!(host.run("check /nowhere.toml"), @"
    problem: /nowhere.toml: cannot be read: no such file or directory
    1 problem: vrrpd would not apply this.
    [1]
    ");
}

#[test]
fn a_broken_set_can_be_mended_but_takes_nothing_new() {
    let host = with_inst1();
    host.write("etc/vrrp/vrrp.toml", "[defaults]\npriority = 0\n");
    assert_snapshot!(host.run("create two --interface eth0 --vrid 52 --address 192.0.2.11/24"), @"
    error: two is not created, the files are as they were: the configuration has problems, which have to be mended first:
    ROOT/etc/vrrp/vrrp.toml:2:12: priority = 0 is not a priority: use 1 to 254, or 255 for the address owner
        2 | priority = 0
          |            ^
    [2]
    ");
    assert_eq!(host.read("etc/vrrp/vrrp.d/two.toml"), None);
    assert_snapshot!(host.run("modify inst1 --vrid 53"), @"
    ROOT/etc/vrrp/vrrp.d/inst1.toml is written.
    inst1 is modified in the files. vrrpd applies nothing until these are mended:
    ROOT/etc/vrrp/vrrp.toml:2:12: priority = 0 is not a priority: use 1 to 254, or 255 for the address owner
        2 | priority = 0
          |            ^
    [1]
    ");
    assert_snapshot!(host.run("status"), @"
    error: only the files were read, and the configuration has problems:
    ROOT/etc/vrrp/vrrp.toml:2:12: priority = 0 is not a priority: use 1 to 254, or 255 for the address owner
        2 | priority = 0
          |            ^
    [2]
    ");
}

#[test]
fn without_a_host_there_is_nothing_to_reload() {
    assert_snapshot!(Host::new().run("reload"), @"
    error: there is no vrrpd below a --root: leave --root out, or name its bus with --bus
    [2]
    ");
}

#[test]
fn an_unreachable_bus_is_told_with_what_to_do() {
    let mut host = with_inst1();
    host.bus = Some("unix:path=/nowhere/bus".to_owned());
    assert_snapshot!(host.run("status"), @"
    1 instance is configured, but vrrpd cannot be reached.

    NAME   STATE  SINCE  MASTER  PRIORITY  ADDRESSES      PROTECTS      WHY
    inst1  -      -      -       100       192.0.2.10/24  http.service
    warning: the bus at unix:path=/nowhere/bus cannot be reached (there is no such socket): start it with systemctl start dbus.socket. This is what the files say.
    [1]
    ");
    assert_snapshot!(host.run("reload"), @"
    error: the bus at unix:path=/nowhere/bus cannot be reached (there is no such socket): start it with systemctl start dbus.socket
    [2]
    ");
    assert_snapshot!(host.run("modify inst1 --priority 3"), @"
    ROOT/etc/vrrp/vrrp.d/inst1.toml is written.
    inst1 is modified. Only the files are changed: the bus at unix:path=/nowhere/bus cannot be reached (there is no such socket): start it with systemctl start dbus.socket.
    [0]
    ");
    assert_snapshot!(host.run("instance-start inst1"), @"
    the bus at unix:path=/nowhere/bus cannot be reached (there is no such socket): start it with systemctl start dbus.socket. inst1 takes part once vrrpd runs and knows it.
    [0]
    ");
    assert_snapshot!(host.run("instance-stop inst1"), @"
    the bus at unix:path=/nowhere/bus cannot be reached (there is no such socket): start it with systemctl start dbus.socket. inst1 has nothing to resign from.
    [0]
    ");
}

#[test]
fn many_people_at_once_wait_for_each_other() {
    let host = with_inst1();
    std::thread::scope(|scope| {
        let create = |number: u8| {
            let host = host.clone();
            let line = format!("create n{number} --interface eth0 --vrid {number} --address 192.0.2.{number}/24");
            scope.spawn(move || assert_eq!(host.run(&line).code, 0))
        };
        let same = || scope.spawn(|| assert_eq!(host.run(CREATE).code, 0));
        let runs: Vec<_> = (100..106).map(create).chain([same(), same()]).collect();
        runs.into_iter().for_each(|run| run.join().unwrap());
    });
    assert_eq!(host.run("check").out, "7 instances in 7 files: all is well.\n");
}
