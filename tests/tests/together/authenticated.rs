//! Heartbeats of hosts that authenticate: as much is asked of them as of what comes over the link itself.

use anyhow::{Result, ensure};
use lab::Host;
use lab::peer::Vrrpd;

use super::{Scene, WAIT, let_pass, masterships, stands};

struct Form {
    name: &'static str,
    /// Version and interval.
    keys: &'static str,
    /// What stands in `auth` before the file's name, and after it.
    auth: [&'static str; 2],
    secret: &'static str,
}

const FORMS: [Form; 3] = [
    Form {
        name: "heartbeat-hmac",
        keys: "advert_interval = \"100ms\"",
        auth: ["type = \"hmac-sha256\", keys = [{ id = 1, file = ", " }]"],
        secret: "a-key-of-forty-characters-for-heartbeats",
    },
    Form { name: "heartbeat-pass", keys: "version = 2", auth: ["type = \"password\", file = ", ""], secret: "hunter2" },
    Form { name: "heartbeat-ah", keys: "version = 2", auth: ["type = \"ah\", file = ", ""], secret: "hunter2" },
];

impl Form {
    fn start(&self, host: &Host, priority: u8, secret: &str) -> Result<Vrrpd> {
        let file = host.secret("inst1", secret)?;
        let [before, after] = self.auth;
        let configuration = format!(
            "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\npriority = {priority}\n{}\n\
             auth = {{ {before}{file:?}{after} }}\n[heartbeat.direct]\ninterface = \"eth2\"\n",
            self.keys
        );
        Vrrpd::start(host, &configuration)
    }
}

#[test]
fn an_authentic_heartbeat_is_heard_and_another_is_not() -> Result<()> {
    for form in FORMS {
        let scene = Scene::new(form.name)?;
        let wire = scene.outer().capture()?;
        let left = form.start(&scene.left, 150, form.secret)?;
        left.wait(WAIT, "inst1", "Master")?;
        let right = form.start(&scene.right, 100, form.secret)?;
        stands(&right, "inst1", "Backup: 192.0.2.1 is Master with priority 150")?;
        scene.outer().partition("left-eth0", "right-eth0")?;
        stands(&right, "inst1", "Backup: 192.0.2.1 is Master with priority 150, but is heard over a heartbeat alone")?;
        let_pass(&wire, 51, "left", 6)?;
        ensure!(masterships(&right, &["inst1"])? == 0, "{}: there was a second Master", form.name);
        for vrrpd in [&left, &right] {
            ensure!(vrrpd.complaints()?.is_empty(), "{}: {:?}", form.name, vrrpd.complaints()?);
        }
        // A host with another secret is heard on neither link.
        right.stop()?;
        let wrong = form.secret.replace('a', "b").replace('u', "v");
        let stranger = form.start(&scene.right, 100, &wrong)?;
        stranger.wait(WAIT, "inst1", "Master")?;
        let discards = stranger.status()?["daemon"]["heartbeats"][0]["discards"]["auth-failure"].as_u64();
        ensure!(discards > Some(0), "{}: {}", form.name, stranger.status()?["daemon"]["heartbeats"]);
    }
    Ok(())
}
