//! The metrics' socket: off until somebody enables it, and served from its sandbox over either kind of socket.

use anyhow::{Result, ensure};
use lab::Container;

pub(super) fn are_served(host: &Container) -> Result<()> {
    let debian = host.release().number();
    let listens = || host.run(&["systemctl", "is-active", "vrrp-metrics.socket"]);
    ensure!(listens()?.stdout.trim() == "inactive", "Debian {debian}: it listens unasked");
    host.sh("mkdir -p /etc/systemd/system/vrrp-metrics.socket.d && \
         printf '[Socket]\\nListenStream=127.0.0.1:9112\\n' > /etc/systemd/system/vrrp-metrics.socket.d/port.conf && \
         systemctl daemon-reload && systemctl enable --now vrrp-metrics.socket")?;
    // As anybody.
    let ask = |how: &str| host.sh(&format!("runuser -u nobody -- curl --silent --fail --show-error {how}/metrics"));
    for how in ["--unix-socket /run/vrrp-metrics.sock http://localhost", "http://127.0.0.1:9112"] {
        let told = ask(how)?;
        ensure!(
            told.contains("\nvrrp_up 1\n") && told.contains("{vrrp_instance=\"inst1\","),
            "Debian {debian}: {how}: {told}{}",
            host.sh("journalctl --boot --no-pager --unit vrrp-metrics.service")?
        );
    }
    let user = host.sh("stat --format=%U /proc/$(systemctl show --value --property MainPID vrrp-metrics.service)")?;
    ensure!(user.trim() == "vrrp-metrics", "Debian {debian}: it runs as {user}");
    // Stopped with its socket, and started by it alone.
    host.systemctl("disable --now vrrp-metrics.socket")?;
    host.systemctl("stop vrrp-metrics.service")?;
    let result = host.systemctl("show --value --property Result vrrp-metrics.service")?;
    ensure!(result.trim() == "success", "Debian {debian}: it ended with {result}");
    Ok(())
}
