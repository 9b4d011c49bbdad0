//! Members that an administrator takes out of use.

use anyhow::Result;
use lab::peer::Vrrpd;

use super::scene::{Scene, WAIT, configuration, logs, member};

#[test]
fn a_member_offline_stays_so_through_a_crash_and_the_last_one_is_not_taken() -> Result<()> {
    let scene = Scene::new("groups-offline")?;
    let mut vrrpd = Vrrpd::start(&scene.host, &configuration(200, ""))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let told = vrrpd.adm(&["group", "offline", "uplinks", "eth1"])?.ok()?;
    let degraded = "uplinks is degraded: 1 of its 2 members can be used: an administrator took eth1 offline.\n";
    assert_eq!(told, format!("eth1 is not used any more. {degraded}"));
    vrrpd.wait_told(WAIT, "inst1", |told| told["effective_priority"] == 150)?;
    let again = vrrpd.adm(&["group", "offline", "uplinks", "eth1"])?.ok()?;
    assert_eq!(again, format!("eth1 was offline before: nothing has changed. {degraded}"));

    let refused = vrrpd.adm(&["group", "offline", "uplinks", "eth2"])?;
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("eth2 is the last member of uplinks that can be used"), "{refused:?}");
    assert_eq!(vrrpd.standing("inst1").as_deref().map(|standing| standing.starts_with("Master")), Some(true));

    vrrpd.crash()?;
    vrrpd.start_again(&scene.host)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    assert_eq!(member(&vrrpd, "eth1")?["state"], "offline");

    // Nor is it used because it was no member for a while.
    vrrpd.reload(&configuration(200, "").replace("\"eth1\", ", ""))?;
    vrrpd.reload(&configuration(200, ""))?;
    assert_eq!(member(&vrrpd, "eth1")?["state"], "offline");

    vrrpd.adm(&["group", "offline", "uplinks", "eth2", "--force"])?.ok()?;
    vrrpd.wait(WAIT, "inst1", "Fault: group uplinks is failed")?;
    vrrpd.adm(&["group", "online", "uplinks", "eth1"])?.ok()?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    logs(&vrrpd, "group uplinks is ok", || vrrpd.adm(&["group", "online", "uplinks", "eth2"])?.ok().map(drop))
}
