//! Users of the host who may do nothing: they read, whatever else they try is refused, and however much they ask, it delays no
//! advertisement.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lab::dbus::{Call, Client, nothing};
use lab::peer::Vrrpd;
use lab::{Capture, Host, Lab};

const WAIT: Duration = Duration::from_secs(15);
const NAME: &str = "org.vrrpd.Vrrp1";
const ROOT: &str = "/org/vrrpd/Vrrp1";
const INSTANCE: &str = "/org/vrrpd/Vrrp1/instance/inst1";
const NOBODY: u32 = 65534;
/// What a reader may call.
const READS: [&str; 2] = ["Describe", "History"];

fn configuration() -> String {
    "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n\
     advert_interval = \"100ms\"\n"
        .to_owned()
}

fn start(name: &str) -> Result<(Lab, Host, Vrrpd, Capture)> {
    let lab = Lab::new(name)?;
    let host = lab.host("left")?;
    let sent = host.capture_sent("eth0")?;
    let vrrpd = Vrrpd::start_guarded(&host, &configuration())?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    Ok((lab, host, vrrpd, sent))
}

/// The methods of an object's interfaces of ours: interface, name and what they take.
fn methods(introspection: &str) -> Vec<(String, String, String)> {
    let (mut found, mut interface): (Vec<(String, String, String)>, _) = (Vec::new(), String::new());
    let mut inside = false;
    let attribute = |line: &str, name: &str| -> Option<String> {
        let (_, rest) = line.split_once(&format!(" {name}=\""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    // What lies below an object is told with it.
    for line in introspection.lines().map(str::trim).take_while(|line| !line.starts_with("<node name")) {
        if line.starts_with("<interface") {
            interface = attribute(line, "name").unwrap_or_default();
        } else if line.starts_with("<method") && interface.starts_with(NAME) {
            found.push((interface.clone(), attribute(line, "name").unwrap_or_default(), String::new()));
            inside = !line.ends_with("/>");
        } else if line.starts_with("</method") {
            inside = false;
        } else if line.starts_with("<arg") && inside && attribute(line, "direction").is_none_or(|way| way == "in") {
            let kind = attribute(line, "type").unwrap_or_default();
            found.last_mut().into_iter().for_each(|(_, _, takes)| takes.push_str(&kind));
        }
    }
    found
}

fn introspect(client: &mut Client, path: &str) -> Result<String> {
    client.call(&Call::new(NAME, path, "org.freedesktop.DBus.Introspectable", "Introspect"))?.value()
}

/// Appends a text to a body.
fn put(body: &mut Vec<u8>, text: &str) {
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend(u32::try_from(text.len()).unwrap_or_default().to_le_bytes());
    body.extend(text.bytes().chain([0]));
}

#[test]
fn a_user_reads_the_status_and_changes_nothing() -> Result<()> {
    let (_lab, _host, vrrpd, sent) = start("attack-users")?;
    let mut nobody = Client::connect(vrrpd.bus().address(), NOBODY)?;
    let mut refused = BTreeSet::new();
    for path in [ROOT, INSTANCE] {
        let found = methods(&introspect(&mut nobody, path)?);
        ensure!(!found.is_empty(), "{path} has no methods");
        for (interface, method, takes) in found {
            let call = Call::new(NAME, path, &interface, &method).body(&takes, nothing(&takes));
            let reply = nobody.call(&call)?;
            if READS.contains(&method.as_str()) {
                ensure!(reply.value()?.contains("inst1"), "{method} tells nothing");
                continue;
            }
            let error = reply.error.clone().with_context(|| format!("{method} did what a user asked"))?;
            ensure!(error == "org.vrrpd.Vrrp1.Error.AccessDenied", "{method}: {error}: {}", reply.text);
            refused.insert(method);
        }
    }
    println!("refused: {refused:?}");
    ensure!(refused.contains("Reload") && refused.contains("Leave"));
    for (path, interface, property) in [(ROOT, "Manager", "Summary"), (INSTANCE, "Instance", "Priority")] {
        let interface = format!("{NAME}.{interface}");
        let get = Call::new(NAME, path, "org.freedesktop.DBus.Properties", "Get").texts(&[&interface, property]);
        nobody.call(&get)?.value()?;
        let mut body = Vec::new();
        put(&mut body, &interface);
        put(&mut body, property);
        // A variant that holds a text.
        body.extend([1, b's', 0]);
        put(&mut body, "x");
        let set = Call::new(NAME, path, "org.freedesktop.DBus.Properties", "Set").body("ssv", body);
        ensure!(nobody.call(&set)?.error.is_some(), "{property} was set");
    }
    let mut body = Vec::new();
    put(&mut body, NAME);
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend(4_u32.to_le_bytes());
    let bus = "org.freedesktop.DBus";
    let take = Call::new(bus, "/org/freedesktop/DBus", bus, "RequestName").body("su", body);
    let error = nobody.call(&take)?.error;
    ensure!(error.is_some_and(|error| error.ends_with("AccessDenied")), "anybody can be the daemon");
    ensure!(sent.all(|frame| frame.resigns()).is_empty(), "it resigned");
    ensure!(vrrpd.standing("inst1").is_some_and(|standing| standing.starts_with("Master")));
    Ok(())
}

#[test]
fn calls_with_any_arguments_are_answered_and_change_nothing() -> Result<()> {
    let (_lab, _host, vrrpd, sent) = start("attack-arguments")?;
    let mut nobody = Client::connect(vrrpd.bus().address(), NOBODY)?;
    let mut random = 1_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap_or_default() % below
    };
    let kinds = ["y", "b", "i", "t", "d", "s", "o", "g", "v", "as", "a{sv}", "(st)", "aay", "a(sa{sv})"];
    let interfaces =
        ["org.vrrpd.Vrrp1.Manager", "org.vrrpd.Vrrp1.Instance", "org.freedesktop.DBus.Properties", "org.example.No"];
    let members =
        ["Describe", "History", "Reload", "Leave", "Resign", "Get", "GetAll", "Set", "GetManagedObjects", "No"];
    let paths = [ROOT, INSTANCE, "/", "/org/vrrpd/Vrrp1/instance/_2e_2e_2f"];
    for _ in 0..2000 {
        let signature: String = (0..next(5)).map(|_| kinds[next(kinds.len())]).collect();
        let call = Call::new(NAME, paths[next(4)], interfaces[next(4)], members[next(members.len())]);
        nobody.call(&call.body(&signature, nothing(&signature)))?;
    }
    ensure!(sent.all(|frame| frame.resigns()).is_empty(), "it resigned");
    ensure!(vrrpd.status()?["instances"][0]["state"] == "master", "{}", vrrpd.status()?);
    Ok(())
}

/// The longest time between two of the advertisements that were sent from the Nth on, and how many there are.
fn longest(sent: &Capture, from: usize) -> (Duration, usize) {
    let adverts = sent.all(|frame| frame.advertises(51));
    let adverts = &adverts[from.min(adverts.len())..];
    let gaps = adverts.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at).unwrap_or_default());
    (gaps.max().unwrap_or_default(), adverts.len())
}

#[test]
fn four_thousand_calls_and_a_client_that_never_reads_delay_no_advertisement() -> Result<()> {
    let (_lab, _host, vrrpd, sent) = start("attack-calls")?;
    let address = vrrpd.bus().address();
    let mut deaf = Client::connect(address, NOBODY)?;
    let rule = "type='signal',sender='org.vrrpd.Vrrp1'";
    let bus = "org.freedesktop.DBus";
    deaf.call(&Call::new(bus, "/org/freedesktop/DBus", bus, "AddMatch").texts(&[rule]))?.value()?;
    let mut users = Vec::new();
    for user in [1, 2, 3, NOBODY] {
        users.push(Client::connect(address, user)?);
    }
    let before = sent.all(|frame| frame.advertises(51)).len();
    let begun = Instant::now();
    let manager = |method| Call::new(NAME, ROOT, "org.vrrpd.Vrrp1.Manager", method);
    for number in 0..1000 {
        for user in &mut users {
            user.send(&manager(if number % 4 == 0 { "Reload" } else { "Describe" }))?;
        }
        // It asks, and takes no answer.
        deaf.send(&manager("Describe"))?;
    }
    let mut answered = [0, 0];
    for user in &mut users {
        for _ in 0..1000 {
            let reply = loop {
                let message = user.receive()?;
                if message.to.is_some() {
                    break message;
                }
            };
            answered[usize::from(reply.error.is_some())] += 1;
        }
    }
    let took = begun.elapsed();
    // What is told now was asked after all of that.
    ensure!(vrrpd.status()?["instances"][0]["state"] == "master");
    let (gap, count) = longest(&sent, before);
    println!(
        "4000 calls of four users answered in {took:.1?}; {count} advertisements meanwhile, longest gap {gap:.1?}"
    );
    ensure!(answered == [3000, 1000], "{answered:?}");
    ensure!(gap < Duration::from_millis(300), "a Backup would have taken over: {gap:?}");
    ensure!(sent.all(|frame| frame.resigns()).is_empty(), "it resigned");
    Ok(())
}
