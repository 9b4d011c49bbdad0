//! Files that nobody wrote to be read.

use std::os::unix::fs::symlink;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::{Host, fates, imported, instance, refused};
use crate::import::Kind;

#[test]
fn files_that_include_one_another_are_told() {
    let host = Host::new("include b.conf\n");
    host.write("b.conf", "\n  include keepalived.conf # again\n");
    let problem = host.import().unwrap_err().to_string();
    assert!(problem.contains("b.conf:2:11: this file is being read already: it includes itself"), "{problem}");
    let host = Host::new("include *.conf\n");
    assert!(host.import().unwrap_err().to_string().contains("includes itself"));
    // A chain of links that leads to ever new names for the same directory.
    let host = Host::new("include d/c.conf\n");
    symlink(".", host.path().join("d")).unwrap();
    host.write("c.conf", "include d/c.conf\n");
    assert!(host.import().unwrap_err().to_string().contains("includes itself"));
}

#[test]
fn what_is_no_file_is_not_read_and_not_waited_for() {
    let host = Host::new("include /pipe\n");
    mkfifo(&host.path().join("pipe"), Mode::S_IRWXU).unwrap();
    assert!(host.import().unwrap_err().to_string().ends_with("^^^^^"));
    let cases = [("zero", "/dev/zero", "it is no file"), ("etc", "/etc", "it is a directory")];
    for (name, target, why) in cases {
        let host = Host::new(format!("include {name}\n"));
        symlink(target, host.path().join(name)).unwrap();
        let problem = host.import().unwrap_err().message;
        assert!(problem.contains(why), "{problem}");
    }
    let host = Host::new("include large\n");
    let large = std::fs::File::create(host.path().join("large")).unwrap();
    large.set_len(1 << 40).unwrap();
    assert!(host.import().unwrap_err().message.contains("larger than 16 MiB"));
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    let cases = [
        (
            "a {\n\tb \"c d\n}",
            "ROOT/keepalived.conf:2:4: this quote has no end\n    2 |     b \"c d\n      |       ^^^^",
        ),
        (
            "a {\nb {\n",
            "ROOT/keepalived.conf:2:3: this block is never closed: add } behind it\n    2 | b {\n      |   ^",
        ),
        ("}", "ROOT/keepalived.conf:1:1: this brace closes nothing: leave it out\n    1 | }\n      | ^"),
        (
            "{ a }",
            "ROOT/keepalived.conf:1:1: this brace belongs to nothing: write a keyword before it\n    1 | { a }\n      | ^",
        ),
        (
            "authentication { auth_pass \"hunter2 }",
            "ROOT/keepalived.conf:1:1: this quote has no end\n    1 | authentication { auth_pass \"…\n      | ^",
        ),
        (
            "$A=${A}\npriority ${A}",
            "ROOT/keepalived.conf:2:1: the definitions in this line have no end: does one stand for itself?\n    2 | priority ${A}\n      | ^",
        ),
        (
            "~SEQ(N, 1, 0, 3) a",
            "ROOT/keepalived.conf:1:1: steps of 0 do not lead from 1 to 3\n    1 | ~SEQ(N, 1, 0, 3) a\n      | ^^^^",
        ),
    ];
    for (text, problem) in cases {
        assert_eq!(refused(text), problem);
    }
}

#[test]
fn nothing_grows_without_bound() {
    assert!(refused("a {\n".repeat(1_000_000)).contains("more than 32 deep"));
    assert!(refused("a ".to_owned() + &"{".repeat(1_000_000)).contains("longer than 64 KiB"));
    assert!(refused("~SEQ(A,1,99999) ~SEQ(B,1,99999) ~SEQ(C,1,99999) x\n").contains("more than 250000 lines"));
    let bomb: String = (1..40).map(|n| format!("$X{n}=${{X{}}}${{X{}}}\n", n - 1, n - 1)).collect();
    assert!(refused(format!("$X0=lol\n{bomb}a ${{X39}}\n")).contains("have no end"));
    assert!(refused("$A= \\\n${B} \\\n${B}\n$B= \\\n${A} \\\n${A}\n$A\n").contains("keepalived.conf:"));
    assert!(
        refused(instance(&"include x\n".repeat(2000)).into_bytes().into_iter().chain(*b"}").collect::<Vec<_>>())
            .contains("closes")
    );
}

#[test]
fn many_of_a_kind_take_no_longer_each() {
    let addresses: String = (0..2_000).map(|n| format!("10.0.{}.{}/8\n", n / 250, n % 250 + 1)).collect();
    let many = imported(&instance(&format!("virtual_ipaddress {{\n{addresses}}}\nunicast_peer {{\n{addresses}}}\n")));
    // No advertisement carries so many.
    assert!(many.instances.is_empty());
    let words: String = (0..10_000).map(|n| format!("unknown{n} word\n")).collect();
    assert!(imported(&words).fates.len() == 10_000);
    let names = (0..1_000).map(|n| {
        instance("")
            .replace("router_id 1", &format!("router_id {}", n % 255 + 1))
            .replace("eth0", &format!("e{}", n / 255))
            .replace("192.0.2.1", &format!("10.1.{}.{}", n / 250, n % 250 + 1))
    });
    assert_eq!(imported(&names.collect::<String>()).instances.len(), 1_000);
}

#[test]
fn bytes_that_are_no_text_spoil_their_line_alone() {
    let mut text = b"# K\xf6ln\n".to_vec();
    text.extend(instance("priority 1\0").bytes());
    let host = Host::new(text);
    let imported = host.import().unwrap();
    assert_eq!(imported.instances, ["a"]);
    let told = fates(&imported, "priority");
    assert_eq!((told.len(), told.first().map(|fate| fate.kind)), (1, Some(Kind::Lost)));
}
