//! Two capabilities are all that the daemon needs.

use std::time::Duration;

use anyhow::{Result, ensure};
use lab::Lab;
use lab::peer::Vrrpd;

use super::{WAIT, configuration, served_by, virtual_addresses};

const NOBODY: u32 = 65_534;
const BOTH: &str = "+net_admin,+net_raw";

#[test]
fn another_user_with_two_capabilities_does_everything() -> Result<()> {
    for mac in ["interface", "virtual"] {
        let lab = Lab::new(&format!("user-{mac}"))?;
        let (left, right) = (lab.host("left")?, lab.host("right")?);
        let client = lab.client("client")?;
        let config = |priority| configuration(priority) + &format!("mac = \"{mac}\"\n");
        let vrrpd = Vrrpd::start_as(&left, &config(100), NOBODY, BOTH)?;
        left.listen("192.0.2.10".parse()?)?;
        vrrpd.wait(WAIT, "inst1", "Master")?;
        served_by(&client, "left")?;
        let other = Vrrpd::start_as(&right, &config(200), NOBODY, BOTH)?;
        other.wait(WAIT, "inst1", "Master: priority 200 preempts")?;
        vrrpd.wait(WAIT, "inst1", "Backup")?;
        served_by(&client, "right")?;
        other.stop()?;
        vrrpd.wait(WAIT, "inst1", "Master: 192.0.2.2 resigned")?;
        client.who_has("192.0.2.10".parse()?, Duration::from_millis(300))?;
        let complaints = vrrpd.complaints()?;
        ensure!(complaints.is_empty(), "{complaints:?}");
        vrrpd.stop()?;
        for host in [&left, &right] {
            assert_eq!(virtual_addresses(host)?, [""; 0]);
        }
        for process in [&vrrpd, &other] {
            let lines = process.process().log().lines();
            let errors: Vec<&String> = lines.iter().filter(|line| line.contains("ERROR")).collect();
            ensure!(errors.is_empty(), "{errors:?}");
        }
    }
    Ok(())
}

#[test]
fn without_a_capability_one_message_says_so() -> Result<()> {
    let lab = Lab::new("user-none")?;
    let host = lab.host("left")?;
    for (capabilities, missing) in
        [("-all", "CAP_NET_ADMIN"), ("-all,+net_raw", "CAP_NET_ADMIN"), ("-all,+net_admin", "CAP_NET_RAW")]
    {
        let output = Vrrpd::try_as(&host, &configuration(100), NOBODY, capabilities)?;
        println!("{capabilities}: {}", output.stderr.trim());
        ensure!(output.code == Some(1), "{output:?}");
        let errors: Vec<&str> = output.stderr.lines().filter(|line| line.contains("ERROR")).collect();
        ensure!(errors.len() == 1 && errors[0].contains(missing), "{capabilities}: {errors:?}");
        assert_eq!(virtual_addresses(&host)?, [""; 0]);
    }
    Ok(())
}
