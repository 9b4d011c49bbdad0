//! `render`: what systemd and SMF are told of an instance.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use crate::run::{Ended, Host};

const INST1: &str = "[instance.inst1]\ninterface = 'eth0'\nvrid = 51\naddresses = ['192.0.2.10/24']\n";
const INST2: &str = "[instance.inst2]\ninterface = 'eth0'\nvrid = 52\naddresses = ['192.0.2.20/24']\n";

fn host(keys: &str) -> Host {
    let host = Host::new();
    host.write("etc/vrrp/vrrp.toml", &format!("{INST1}{keys}\n{INST2}protect = ['other.service']\n"));
    host
}

/// What is written where, by the lines of a diff of what was nothing before.
fn added(diff: &str) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut path = String::new();
    for line in diff.lines() {
        if let Some(named) = line.strip_prefix("+++ ") {
            path = named.to_owned();
        } else if let Some(text) = line.strip_prefix('+') {
            *files.entry(path.clone()).or_default() += &format!("{text}\n");
        }
    }
    files.retain(|path, _| path.contains("/generator/"));
    files
}

/// The same of what `render` prints.
fn rendered(out: &str) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for file in out.split("\n# ROOT").map(|file| file.trim_start_matches("# ROOT")) {
        let (heading, text) = file.split_once('\n').unwrap_or((file, ""));
        let (path, text) = match heading.split_once(" -> ") {
            Some((path, target)) => (path, format!("-> {target}\n")),
            None => (heading, text.trim_end().to_owned() + "\n"),
        };
        files.insert(format!("ROOT{path}"), text);
    }
    files
}

#[test]
fn systemd_finds_each_file_and_link_at_its_path() {
    let host =
        host("protect = ['nginx.service', { unit = 'db.service', effect = 'fault' }]\non_transition = '/opt/tell'");
    assert_snapshot!(host.run("render inst1 --systemd"), @"
    # ROOT/run/systemd/generator/db.service.d/50-vrrp.conf
    # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
    [Unit]
    Wants=vrrp.service
    After=vrrp.service

    # ROOT/run/systemd/generator/multi-user.target.wants/vrrp.service -> /usr/lib/systemd/system/vrrp.service

    # ROOT/run/systemd/generator/nginx.service.d/50-vrrp.conf
    # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
    [Unit]
    Wants=vrrp.service
    After=vrrp.service

    # ROOT/run/systemd/generator/nginx.service.wants/vrrp@inst1.service -> /usr/lib/systemd/system/vrrp@.service

    # ROOT/run/systemd/generator/vrrp.service.wants/vrrp-notify.service -> /usr/lib/systemd/system/vrrp-notify.service

    # ROOT/run/systemd/generator/vrrp@inst1.service.d/50-protect.conf
    # vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
    [Unit]
    Requisite=nginx.service
    After=nginx.service
    StopPropagatedFrom=nginx.service
    After=db.service
    [0]
    ");
    assert_eq!(host.run("render --systemd inst1"), host.run("render inst1 --systemd"));
}

#[test]
fn it_is_what_create_writes() {
    let host = host("");
    let line =
        "inst3 --interface eth0 --vrid 53 --address 192.0.2.30/24 --protect nginx.service,db.service=-5,a.target";
    let written = added(&host.run(&format!("create {line} --dry-run")).out);
    assert_eq!(host.run(&format!("create {line}")).code, 0);
    let mut shown = rendered(&host.run("render inst3 --systemd").out);
    // The daemon was wanted before.
    let daemon = shown.remove("ROOT/run/systemd/generator/multi-user.target.wants/vrrp.service");
    assert_eq!(daemon.as_deref(), Some("-> /usr/lib/systemd/system/vrrp.service\n"));
    assert!(shown.len() == 5, "{shown:?}");
    assert_eq!(shown, written);
}

#[test]
fn smf_is_told_what_each_unit_is_there() {
    let host = host("protect = ['nginx.service', 'pg@main.service', { unit = 'db.service', effect = -50 }]");
    let fmris = "--fmri nginx.service=svc:/network/http:nginx --fmri db.service=svc:/application/database/postgresql:version_15";
    assert_snapshot!(host.run(&format!("render inst1 --smf {fmris}")), @r#"
    <?xml version="1.0"?>
    <!DOCTYPE service_bundle SYSTEM "/usr/share/lib/xml/dtd/service_bundle.dtd.1">
    <!-- vrrpadm wrote this from the VRRP configuration. See vrrpadm-render(8). -->
    <service_bundle type="manifest" name="vrrp-inst1">
      <service name="network/vrrp" type="service" version="1">
        <!-- Nobody has said what pg@main.service is here: svc:/network/pg:main is taken for it. While there is
             no such service, inst1 stays offline. -->
        <!-- What inst1 protects has to start after the daemon, so that it can bind. It does where it waits for
             svc:/milestone/network:default, which waits for the daemon; else give it a dependency on
             svc:/network/vrrp:default. -->
        <!-- Not said here: db.service has the weight -50, which SMF has no word for: inst1 starts after it, but
             nothing in SMF changes the priority of inst1. -->
        <instance name="inst1" enabled="true">
          <!-- It starts after the daemon and does without it: a restart of the daemon leaves it as it is. -->
          <dependency name="daemon" grouping="optional_all" restart_on="none" type="service">
            <service_fmri value="svc:/network/vrrp:default"/>
          </dependency>
          <!-- What it protects: it is online only while that is, and comes back with it. -->
          <dependency name="protect" grouping="require_all" restart_on="restart" type="service">
            <service_fmri value="svc:/network/http:nginx"/>
            <service_fmri value="svc:/network/pg:main"/>
          </dependency>
          <dependency name="after" grouping="optional_all" restart_on="none" type="service">
            <service_fmri value="svc:/application/database/postgresql:version_15"/>
          </dependency>
          <!-- It resigns while there still are a network to do it on and a bus to say it over. -->
          <dependency name="network" grouping="optional_all" restart_on="none" type="service">
            <service_fmri value="svc:/milestone/network:default"/>
            <service_fmri value="svc:/system/dbus:default"/>
          </dependency>
          <exec_method type="method" name="start" exec="/usr/bin/vrrpadm instance-start %i" timeout_seconds="30"/>
          <exec_method type="method" name="stop" exec="/usr/bin/vrrpadm instance-stop %i" timeout_seconds="15"/>
          <!-- It is online without any process of its own. -->
          <property_group name="startd" type="framework">
            <propval name="duration" type="astring" value="transient"/>
          </property_group>
          <template>
            <common_name>
              <loctext xml:lang="C">VRRP instance inst1</loctext>
            </common_name>
            <documentation>
              <manpage title="vrrpadm" section="8"/>
              <manpage title="vrrp.toml" section="5"/>
            </documentation>
          </template>
        </instance>
        <stability value="Evolving"/>
      </service>
    </service_bundle>
    warning: db.service has the weight -50, which SMF has no word for: inst1 starts after it, but nothing in SMF changes the priority of inst1
    warning: pg@main.service is taken for svc:/network/pg:main: if SMF calls it otherwise, add --fmri pg@main.service=FMRI
    Nothing was changed. On illumos, svccfg import takes manifests/vrrp.xml first, and then this.
    [0]
    "#);
    assert_snapshot!(host.run("render inst2 --smf --fmri other.service=svc:/site/other:default").err, @"Nothing was changed. On illumos, svccfg import takes manifests/vrrp.xml first, and then this.");
}

#[test]
fn smf_is_told_what_it_can_be_told_and_a_person_the_rest() {
    let host = host(
        "enabled = false\non_transition = '/opt/tell'\nprotect = [{ unit = 'a--b.service', effect = 'fault' }]\n\
         track = [{ script = '/opt/look', user = 'monitor' }]",
    );
    let ended = host.run("render inst1 --smf");
    assert_snapshot!(ended.err, @"
    warning: a--b.service has the effect fault, which SMF has no word for: inst1 starts after it, but nothing in SMF puts inst1 in Fault when that stops
    warning: there are scripts that run as monitor: that takes the privileges proc_setid and proc_owner, which svc:/network/vrrp:default has not
    warning: what on_transition names is run by vrrp-notify.service, which SMF has no counterpart of
    warning: a--b.service is taken for svc:/network/a--b: if SMF calls it otherwise, add --fmri a--b.service=FMRI
    Nothing was changed. On illumos, svccfg import takes manifests/vrrp.xml first, and then this.
    ");
    for unsaid in ["effect fault", "privileges proc_setid", "on_transition"] {
        assert!(ended.out.contains(unsaid), "{unsaid}: {ended}");
    }
    // Nothing in a comment ends it.
    let comments: Vec<&str> = ended.out.split("<!--").skip(1).map(|rest| rest.split("-->").next().unwrap()).collect();
    assert!(comments.len() > 5 && !comments.iter().any(|comment| comment.contains("--")), "{ended}");
    assert!(ended.out.contains("value=\"svc:/network/a--b\"") && ended.out.contains("enabled=\"false\""), "{ended}");
}

#[test]
fn what_cannot_be_rendered_is_said_and_what_to_do() {
    let host = host("protect = ['nginx.service']");
    host.write(
        "etc/vrrp/vrrp.d/more.toml",
        "[instance.default]\ninterface = 'eth0'\nvrid = 53\naddresses = ['192.0.2.30/24']\nprotect = ['a.socket', '1.service']\n\
         [instance.'2.web']\ninterface = 'eth0'\nvrid = 54\naddresses = ['192.0.2.40/24']\n",
    );
    let lines = [
        "isnt1 --smf",
        "nothing --systemd",
        "default --smf",
        "2.web --smf",
        "inst1 --smf --fmri ngnix.service=svc:/network/http:nginx",
        "inst1 --smf --fmri other.service=svc:/network/http:nginx",
        "2.web --smf --fmri other.service=svc:/network/http:nginx",
        "inst1 --smf --fmri nginx.service=svc:/a --fmri nginx.service=svc:/b",
        "inst1 --smf --fmri nginx.service",
        "inst1 --smf --fmri nginx=svc:/network/http:nginx",
        "inst1 --smf --fmri nginx.service=network/http:nginx",
        "inst1 --smf --fmri nginx.service=svc://localhost/network/http:nginx",
        "inst1 --smf --fmri nginx.service=lrc:/etc/rc2_d/S47x",
        "inst1 --smf --fmri nginx.service=svc:/network/vrrp:default",
        "inst1 --smf --fmri nginx.service=svc:/a\"/><x>:b",
        "inst1 --systemd --fmri nginx.service=svc:/network/http:nginx",
        "inst1",
    ];
    let told = lines.map(|line| {
        let Ended { code, out, err } = host.run(&format!("render {line}"));
        assert_eq!((code, out.as_str()), (2, ""), "{line}");
        format!("{line}\n    {}\n", err.split("\n\n").next().unwrap().trim_end().replace('\n', "\n    "))
    });
    assert_snapshot!(told.concat(), @r#"
    isnt1 --smf
        error: there is no instance "isnt1": did you mean inst1?
    nothing --systemd
        error: there is no instance "nothing": see vrrpadm list
    default --smf
        error: default has no manifest:
        it cannot be an instance in SMF, where svc:/network/vrrp:default is the daemon itself: create it under another name
        nothing tells what a.socket is in SMF: say so with --fmri a.socket=FMRI (svcs -a lists them)
        nothing tells what 1.service is in SMF: say so with --fmri 1.service=FMRI (svcs -a lists them)
    2.web --smf
        error: 2.web has no manifest: it cannot be an instance in SMF, where a name has letters, digits, _ and - and begins with a letter: create it under another name
    inst1 --smf --fmri ngnix.service=svc:/network/http:nginx
        error: inst1 does not protect ngnix.service: did you mean nginx.service?
    inst1 --smf --fmri other.service=svc:/network/http:nginx
        error: inst1 does not protect other.service: it protects nginx.service
    2.web --smf --fmri other.service=svc:/network/http:nginx
        error: 2.web does not protect other.service: it protects nothing
    inst1 --smf --fmri nginx.service=svc:/a --fmri nginx.service=svc:/b
        error: nginx.service cannot be both svc:/a and svc:/b: leave one --fmri out
    inst1 --smf --fmri nginx.service
        error: invalid value 'nginx.service' for '--fmri <UNIT=FMRI>': write the unit, = and what SMF calls it: nginx.service=svc:/network/http:nginx
    inst1 --smf --fmri nginx=svc:/network/http:nginx
        error: invalid value 'nginx=svc:/network/http:nginx' for '--fmri <UNIT=FMRI>': "nginx" has no suffix: write "nginx.service"
    inst1 --smf --fmri nginx.service=network/http:nginx
        error: invalid value 'nginx.service=network/http:nginx' for '--fmri <UNIT=FMRI>': network/http:nginx is not written out: write svc:/network/http:nginx
    inst1 --smf --fmri nginx.service=svc://localhost/network/http:nginx
        error: invalid value 'nginx.service=svc://localhost/network/http:nginx' for '--fmri <UNIT=FMRI>': svc://localhost/network/http:nginx names a host: write svc:/network/http:nginx
    inst1 --smf --fmri nginx.service=lrc:/etc/rc2_d/S47x
        error: invalid value 'nginx.service=lrc:/etc/rc2_d/S47x' for '--fmri <UNIT=FMRI>': lrc:/etc/rc2_d/S47x is a legacy script, which SMF does not follow: name a service
    inst1 --smf --fmri nginx.service=svc:/network/vrrp:default
        error: invalid value 'nginx.service=svc:/network/vrrp:default' for '--fmri <UNIT=FMRI>': svc:/network/vrrp:default is VRRP's own: name the service that serves the addresses
    inst1 --smf --fmri nginx.service=svc:/a"/><x>:b
        error: invalid value 'nginx.service=svc:/a"/><x>:b' for '--fmri <UNIT=FMRI>': svc:/a"/><x>:b is no FMRI: write one as svcs shows it, such as svc:/network/http:nginx
    inst1 --systemd --fmri nginx.service=svc:/network/http:nginx
        error: the argument '--systemd' cannot be used with '--fmri <UNIT=FMRI>'
    inst1
        error: the following required arguments were not provided:
          <--systemd|--smf>
    "#);
}

#[test]
fn a_broken_file_leaves_what_the_generator_makes_of_it() {
    let host = host("protect = ['nginx.service']\ncolour = 'red'");
    let ended = host.run("render inst1 --systemd");
    assert!(ended.code == 1 && ended.out.contains("Requisite=nginx.service\n"), "{ended}");
    assert_snapshot!(ended.err, @"
    warning: ROOT/etc/vrrp/vrrp.toml:6:1: colour is unknown: the keys are interface, vrid, addresses, unadvertised, priority, version, advert_interval, preempt, preempt_delay, accept, router_advertisement, mac, hold, checksum, peers, routers, fast_resign, drain_timeout, auth, enabled, protect, track, last_resort, on_transition, virtual_routes, virtual_rules
    warning: the units are those of the instances that can be read
    ");
    assert_eq!(host.run("render inst1 --smf").code, 1);
    host.write("etc/vrrp/vrrp.toml", &format!("{INST1}protect = 5\n"));
    assert_snapshot!(host.run("render inst1 --smf"), @r#"
    error: inst1 cannot be read from the files:
    ROOT/etc/vrrp/vrrp.toml:5:11: 5 is a number: write a unit, such as "http.service"
        5 | protect = 5
          |           ^
    [2]
    "#);
    assert!(!host.path("run").exists());
}

#[test]
fn a_shell_offers_what_each_unit_is_taken_for() {
    let host = host("protect = ['nginx.service', 'mail.socket']");
    let offered = |typed: &str| {
        let asked = [("VRRPADM_COMPLETE", "zsh"), ("_CLAP_COMPLETE_INDEX", "5")];
        host.run_with(&asked, &format!("-- vrrpadm render inst1 --smf --fmri {typed}")).out.replace('\\', "")
    };
    assert_eq!(offered("ng").trim(), "nginx.service=svc:/network/nginx");
    assert_eq!(offered("mail").trim(), "mail.socket=svc:/");
}
