//! `list`: what is asked for, as a table or for a program, and words for those who know another vrrpadm.

use insta::assert_snapshot;

use crate::run::Host;

fn host() -> Host {
    let host = Host::new();
    let inst1 = "[instance.inst1]\ninterface = 'eth0'\nvrid = 51\naddresses = ['192.0.2.10/24', '2001:db8::10/64']\n";
    let web =
        "[instance.web]\ninterface = 'eth1'\nvrid = 7\naddresses = ['192.0.2.7/24']\nprotect = ['http.service']\n";
    host.write("etc/vrrp/vrrp.toml", &format!("{inst1}{web}"));
    host
}

#[test]
fn fields_are_those_that_are_asked_for_in_their_order() {
    let host = host();
    assert_snapshot!(host.run("list -o name,vrid,addresses,protects"), @"
    NAME   VRID  ADDRESSES        PROTECTS
    inst1  51    192.0.2.10/24    -
                 2001:db8::10/64
    web    7     192.0.2.7/24     http.service
    [0]
    ");
    assert_snapshot!(host.run("list --output vrid,name --no-legend web"), @"
    7  web
    [0]
    ");
    let all = host.run("list -o all");
    assert!(all.code == 0 && all.out.lines().all(|line| line.chars().count() <= 80), "{all}");
}

#[test]
fn a_program_gets_lines_that_it_can_take_apart() {
    let host = host();
    assert_snapshot!(host.run("list -p -o name,addresses,master,reason"), @r#"
    inst1:192.0.2.10/24,2001\:db8\:\:10/64::only the files were read
    web:192.0.2.7/24::only the files were read
    [0]
    "#);
    let listed: Vec<vrrp::status::Instance> = serde_json::from_str(&host.run("list --json web").out).unwrap();
    assert_eq!(listed.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["web"]);
    for (line, word) in [("list -p", "--output"), ("list -o nmae", "'name'"), ("list --json -o name", "--output")] {
        let refused = host.run(line);
        assert!(refused.code == 2 && refused.err.contains(word), "{refused}");
    }
}

#[test]
fn one_that_is_not_there_is_told() {
    assert_snapshot!(host().run("list inst"), @r#"
    error: there is no instance "inst": did you mean inst1?
    [2]
    "#);
}

#[test]
fn verbs_of_illumos_are_told_by_what_they_are_called_here() {
    let host = host();
    assert_snapshot!(host.run("show-router -x"), @"
    error: show-router is illumos's: here it is vrrpadm list --output all, or status
    [2]
    ");
    assert_snapshot!(host.run("delete-router web"), @"
    error: delete-router is illumos's: here it is vrrpadm delete NAME
    [2]
    ");
    assert_snapshot!(host.run("creat web").err, @"
    error: unrecognized subcommand 'creat'

      tip: some similar subcommands exist: 'reload', 'create'

    Usage: vrrpadm [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}
