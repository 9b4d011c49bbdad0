//! `vrrpadm metrics`, as it is printed and written to files.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use vrrp::status::{Instance, Router, State};

use crate::mock::{Bus, Calls};
use crate::run::{Ended, Host};
use crate::vrrpd::Vrrpd;

pub(crate) fn master(name: &str) -> Instance {
    Instance {
        name: name.to_owned(),
        state: State::Master,
        interface: "eth0".to_owned(),
        vrid: 51,
        version: 3,
        addresses: vec!["192.0.2.10/24".to_owned()],
        priority: 100,
        effective_priority: 100,
        advert_interval: 1000,
        enabled: true,
        routers: vec![Router { family: "IPv4".to_owned(), ..Router::default() }],
        ..Instance::default()
    }
}

fn on(bus: &Bus) -> Host {
    let mut host = Host::new();
    host.bus = Some(bus.address.clone());
    host
}

async fn run(host: &Host, line: &str) -> Ended {
    let (host, line) = (host.clone(), line.to_owned());
    tokio::task::spawn_blocking(move || host.run(&line)).await.unwrap()
}

fn names(host: &Host, directory: &str) -> Vec<String> {
    let entries = std::fs::read_dir(host.path(directory)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_daemon_is_printed_as_open_metrics_and_by_the_model() {
    let bus = Bus::start();
    let host = on(&bus);
    let _vrrpd = Vrrpd::of(vec![master("inst1")]).serve(bus.connect(), &Calls::default()).await;
    let printed = run(&host, "metrics").await;
    assert_eq!((printed.code, printed.err.as_str()), (0, ""));
    let sample =
        r#"vrrp_instance_state{vrrp_instance="inst1",interface="eth0",vrid="51",family="IPv4",state="master"} 1"#;
    assert!(printed.out.contains(sample) && printed.out.ends_with("\n# EOF\n"), "{printed}");
    let model = run(&host, "metrics --json").await;
    let data: serde_json::Value = serde_json::from_str(&model.out).unwrap();
    let interface = &data["ietf-interfaces:interfaces"]["interface"][0];
    let router = &interface["ietf-ip:ipv4"]["ietf-vrrp:vrrp"]["vrrp-instance"][0];
    assert_eq!((model.code, router["state"].as_str()), (0, Some("ietf-vrrp:master")), "{data}");
}

#[tokio::test]
async fn a_file_is_replaced_as_a_whole_also_when_the_daemon_is_gone() {
    let bus = Bus::start();
    let host = on(&bus);
    host.write("textfile/vrrp.prom", "half of some");
    let line = format!("metrics --textfile {}", host.path("textfile/vrrp.prom").display());
    let vrrpd = Vrrpd::of(vec![master("inst1")]).serve(bus.connect(), &Calls::default()).await;
    assert_snapshot!(run(&host, &line).await, @"[0]");
    let text = host.read("textfile/vrrp.prom").unwrap();
    assert!(text.contains("# TYPE vrrp_advertisements_sent_total counter\n") && !text.contains("# EOF"), "{text}");
    let mode = std::fs::metadata(host.path("textfile/vrrp.prom")).unwrap().permissions().mode();
    assert_eq!((mode & 0o777, names(&host, "textfile")), (0o644, vec!["vrrp.prom".to_owned()]));

    vrrpd.close().await.unwrap();
    assert_snapshot!(run(&host, &line).await, @"
    warning: vrrpd is not running: start it with systemctl start vrrp.service
    [1]
    ");
    assert_snapshot!(host.read("textfile/vrrp.prom").unwrap(), @"
    # HELP vrrp_up Whether vrrpd runs and answers
    # TYPE vrrp_up gauge
    vrrp_up 0
    ");
}

#[tokio::test]
async fn what_cannot_be_done_is_said() {
    let bus = Bus::start();
    let host = on(&bus);
    let below = |name: &str| host.path(name).display().to_string();
    assert_snapshot!(run(&host, &format!("metrics --textfile {}", below("nowhere/vrrp.prom"))).await, @"
    warning: vrrpd is not running: start it with systemctl start vrrp.service
    error: cannot write ROOT/nowhere/vrrp.prom: there is no such directory
    [2]
    ");
    assert_snapshot!(run(&host, &format!("metrics --textfile {}", host.root().display())).await, @"
    warning: vrrpd is not running: start it with systemctl start vrrp.service
    error: cannot write ROOT: it is a directory: name a file in it, such as vrrp.prom
    [2]
    ");
    assert_snapshot!(run(&host, "metrics --json").await, @"
    error: vrrpd is not running: start it with systemctl start vrrp.service
    [2]
    ");
    assert_snapshot!(run(&host, "metrics --serve").await, @"
    error: --serve needs a socket that systemd listens on: use systemctl enable --now vrrp-metrics.socket, or try it with systemd-socket-activate --listen=9112 vrrpadm metrics --serve
    [2]
    ");
    assert_snapshot!(run(&host, "metrics --serve --idle never").await, @"
    error: invalid value 'never' for '--idle <TIME>': write a time such as 90s or 10m

    For more information, try '--help'.
    [2]
    ");
    assert_snapshot!(run(&host, "metrics --serve --json").await, @"
    error: the argument '--serve' cannot be used with '--json'

    Usage: vrrpadm metrics --serve --root <DIR> --bus <ADDRESS>

    For more information, try '--help'.
    [2]
    ");
    let files_alone = Host::new();
    assert_snapshot!(run(&files_alone, "metrics").await, @"
    error: there is no vrrpd below a --root: leave --root out, or name its bus with --bus
    [2]
    ");
}
