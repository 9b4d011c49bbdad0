//! Proofs of what vrrpadm is to somebody who sits before a terminal of 80 columns: questions, consent, an editor, a pager.

use std::time::Duration;

use anyhow::{Result, ensure};
use lab::pair::installed;
use lab::peer::Vrrpd;
use lab::{Container, Lab, Release, Terminal};

const WAIT: Duration = Duration::from_secs(15);
/// The other host's instance, which the new one is to join.
const OTHER: &str =
    "[instance.web]\ninterface = \"eth0\"\nvrid = 77\naddresses = [\"192.0.2.10/24\"]\npriority = 200\n";
/// What the last lines of an instance begin with.
const LAST: &str = "Counted: ";
const FILE: &str = "/etc/vrrp/vrrp.d/web.toml";

fn open(host: &Container, rows: u16, environment: &[&str], line: &str) -> Result<Terminal> {
    Terminal::open(host, 80, rows, environment, &line.split(' ').collect::<Vec<_>>())
}

/// Waits for a question, and answers it.
fn answer(terminal: &Terminal, question: &str, text: &str) -> Result<()> {
    terminal.wait(WAIT, question)?;
    terminal.type_text(text)?;
    terminal.press(&["Enter"])
}

fn create(host: &Container) -> Result<()> {
    let terminal = open(host, 40, &[], "vrrpadm create web")?;
    terminal.wait(WAIT, "The link whose hosts reach the addresses [eth0]: ".trim_end())?;
    terminal.press(&["C-c"])?;
    assert_eq!(terminal.wait_end(WAIT)?.0, 130);
    ensure!(host.read(FILE).is_err(), "Ctrl-C has left {FILE}");

    let terminal = open(host, 40, &[], "vrrpadm create web")?;
    answer(&terminal, "[eth0]:", "eth7")?;
    answer(&terminal, "There is no link eth7 here, but eth0.\n", "")?;
    answer(&terminal, "That unit, or Enter for none:", "htpt")?;
    answer(&terminal, "There is no htpt.service: did you mean http.service?", "http.service")?;
    answer(&terminal, "eth0 has 192.0.2.1/24, 2001:db8::1/64.", "192.0.2.300")?;
    terminal.wait(WAIT, "\"192.0.2.300\"")?;
    answer(&terminal, "apart by commas:", "192.0.2.10")?;
    terminal.wait(WAIT, "VRIDs in use on eth0: 77 (192.0.2.10, by 192.0.2.2).")?;
    answer(&terminal, "share the addresses [77]:", "")?;
    answer(&terminal, "Hosts, or Enter if you do not know:", "2")?;
    let (code, screen) = terminal.wait_end(WAIT)?;
    println!("{screen}");
    ensure!(code == 0 && screen.contains("web is created. It is "), "{code}: {screen}");
    let file = host.read(FILE)?;
    for line in ["interface = \"eth0\"", "vrid = 77", "addresses = [\"192.0.2.10/24\"]", "protect = [\"http.service\"]"]
    {
        ensure!(file.contains(line), "no {line} in {file}");
    }
    Ok(())
}

fn edit(host: &Container) -> Result<()> {
    // An editor that spoils the file, and mends it when it is opened again.
    let editor = "#!/bin/sh\nif grep -q 'vrid = 77' $1; then sed -i s/77/999/ $1; else sed -i s/999/77/ $1; echo '# seen' >>$1; fi\n";
    host.write("/usr/local/bin/spoil", editor)?;
    host.sh("chmod 755 /usr/local/bin/spoil")?;
    let terminal = open(host, 24, &["EDITOR=spoil"], "vrrpadm edit web")?;
    let screen = terminal.wait(WAIT, "Press Enter to edit it again, or type q to throw it away:")?;
    println!("{screen}");
    ensure!(screen.contains("vrid = 999") && screen.contains("^^^"), "no line with a caret: {screen}");
    terminal.press(&["Enter"])?;
    let (code, screen) = terminal.wait_end(WAIT)?;
    ensure!(code == 0 && screen.contains("web.toml is edited."), "{code}: {screen}");
    ensure!(host.read(FILE)?.ends_with("# seen\n"), "{}", host.read(FILE)?);
    let terminal = open(host, 24, &["EDITOR=spoil"], "vrrpadm edit web")?;
    answer(&terminal, "type q to throw it away:", "q")?;
    let (code, screen) = terminal.wait_end(WAIT)?;
    ensure!(code == 2 && screen.contains("is not edited: nothing has changed"), "{code}: {screen}");
    Ok(())
}

fn pager(host: &Container) -> Result<()> {
    let terminal = open(host, 12, &[], "vrrpadm show web")?;
    let screen = terminal.wait_until(WAIT, "a page", |screen| screen.lines().count() == 12)?;
    ensure!(!screen.contains("[ended"), "it did not wait for a key: {screen}");
    ensure!(terminal.coloured_screen()?.contains('\x1b'), "the colours are gone");
    terminal.press(&["q"])?;
    // What status says is what it ends with, also by way of a pager.
    assert_eq!(terminal.wait_end(WAIT)?.0, 0);
    // A pager that does not work takes nothing away.
    let terminal = open(host, 12, &["SYSTEMD_PAGERSECURE=0", "PAGER=false"], "vrrpadm show web")?;
    let (code, screen) = terminal.wait_end(WAIT)?;
    ensure!(code == 0 && screen.contains(LAST), "{code}: {screen}");
    let terminal = open(host, 12, &[], "vrrpadm show web --no-pager")?;
    let (code, screen) = terminal.wait_end(WAIT)?;
    ensure!(code == 0 && screen.contains(LAST), "{code}: {screen}");
    Ok(())
}

fn delete(host: &Container) -> Result<()> {
    let terminal = open(host, 24, &[], "vrrpadm delete web")?;
    answer(&terminal, "Delete web? [y/N]:", "")?;
    let (code, screen) = terminal.wait_end(WAIT)?;
    println!("{screen}");
    ensure!(code == 2 && screen.contains("web is not deleted: nothing has changed"), "{code}: {screen}");
    ensure!(screen.contains("192.0.2.10/24") && screen.contains("http.service runs on"), "{screen}");
    let terminal = open(host, 24, &[], "vrrpadm delete web")?;
    answer(&terminal, "Delete web? [y/N]:", "maybe")?;
    answer(&terminal, "Type y for yes", "y")?;
    let (code, screen) = terminal.wait_end(WAIT)?;
    ensure!(code == 0 && screen.contains("web is deleted."), "{code}: {screen}");
    ensure!(host.read(FILE).is_err(), "{FILE} is still there");
    Ok(())
}

#[test]
fn somebody_before_a_terminal_is_asked_and_shown() -> Result<()> {
    let lab = Lab::new("before-terminal")?;
    let mut host = installed(&lab, "host", Release::Debian13)?;
    let other = lab.host("other")?;
    let vrrpd = Vrrpd::start(&other, OTHER)?;
    host.boot()?;
    host.sh("ip route add default via 192.0.2.254")?;
    // Nobody but a Master can be heard.
    vrrpd.wait(WAIT, "web", "Master")?;
    create(&host)?;
    edit(&host)?;
    pager(&host)?;
    delete(&host)
}
