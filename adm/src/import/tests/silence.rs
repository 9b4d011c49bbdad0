//! Nothing is dropped in silence, and vrrpd takes what is made.

use std::path::Path;

use proptest::prelude::*;

use super::{Host, fates, imported, instance};
use crate::import::keywords::Block;
use crate::import::{Kind, import};
use crate::render::import::{Report, differences, notes};

/// A configuration with a line of a block.
fn with(block: Block, line: &str) -> String {
    match block {
        Block::Root => format!("{line}\n"),
        Block::Global => format!("global_defs {{\n{line}\n}}\n"),
        Block::Instance => instance(line),
        Block::Group => format!("vrrp_sync_group g {{\n{line}\n}}\n"),
        Block::Script => format!("vrrp_script s {{\n{line}\n}}\n"),
        Block::Process => format!("vrrp_track_process p {{\n{line}\n}}\n"),
        Block::File => format!("track_file f {{\n{line}\n}}\n"),
        Block::Authentication => instance(&format!("authentication {{\n{line}\n}}")),
        Block::Hmac => instance(&format!("auth_hmac {{\n{line}\n}}")),
    }
}

#[test]
fn every_keyword_has_a_fate_whatever_stands_behind_it() {
    for (block, name) in Block::ALL {
        for (keyword, _) in block.rows() {
            for rest in ["", " zzz", " 1 {\n yyy 1\n }"] {
                let line = format!("{keyword}{rest}");
                let imported = imported(&with(block, &line));
                let told = fates(&imported, line.lines().next().unwrap());
                assert!(!told.is_empty(), "{name}: {line}: nothing is said of it");
            }
        }
    }
}

#[test]
fn no_secret_is_shown_by_anything() {
    let text = format!(
        "$WORD=alsohidden0123456789abcdefghijklmno\n{}{}",
        instance("authentication {\n auth_type PASS\n auth_pass hunter2!x\n}\n auth_hmac_of_old 1"),
        instance("auth_hmac {\n key 1 $WORD\n key 2 hex:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n active_key 1\n}")
            .replace("instance a", "instance b")
            .replace("router_id 1", "router_id 2")
            .replace("2.1/", "2.2/"),
    );
    let host = Host::new(&text);
    let imported = host.import().unwrap();
    assert_eq!(imported.secrets.len(), 3);
    let shown = [
        imported.toml.clone(),
        notes(&imported, 80),
        differences(&imported, 80),
        serde_json::to_string(&Report::of(&imported)).unwrap(),
        format!("{:?}", imported.secrets),
        imported.fates.iter().map(|fate| format!("{}{}", fate.toml, fate.why)).collect(),
    ];
    for shown in shown {
        for secret in ["hunter2", "alsohidden", "00112233"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

/// Words that stand in configurations, and some that do not.
fn word() -> impl Strategy<Value = String> {
    let words = [
        "MASTER",
        "eth0",
        "eth1",
        "lo",
        "1",
        "2",
        "3",
        "50",
        "255",
        "256",
        "-1",
        "0.5",
        "1000",
        "PASS",
        "AH",
        "weight",
        "reverse",
        "192.0.2.1/24",
        "192.0.2.2",
        "198.51.100.7",
        "2001:db8::1/64",
        "fe80::1",
        "192.0.2.0/24",
        "a",
        "b",
        "\"killall -0 nginx\"",
        "/bin/true",
        "min_ttl",
        "dev",
        "file:/etc/k",
        "hex:00",
        "on",
        "off",
        "\"\"",
        "\"a b\"",
        "$X",
        "${X}",
        "é\u{202e}\u{7}",
        "</dev/tcp/::1/80",
        "[x]",
        "a.b.c",
        "'",
        "\\",
    ];
    proptest::sample::select(words.to_vec()).prop_map(str::to_owned)
}

/// A line of a block, as it may stand there.
fn line(block: Block) -> impl Strategy<Value = String> {
    let keywords: Vec<&str> = block.rows().iter().map(|(keyword, _)| *keyword).collect();
    let blocks = |keyword: &str| {
        matches!(
            keyword,
            "virtual_ipaddress"
                | "virtual_ipaddress_excluded"
                | "virtual_routes"
                | "virtual_rules"
                | "unicast_peer"
                | "group"
                | "authentication"
                | "auth_hmac"
        ) || keyword.starts_with("track_")
    };
    let words = |most| proptest::collection::vec(word(), 0..most).prop_map(|words| words.join(" "));
    (proptest::sample::select(keywords), words(4), proptest::collection::vec(words(5), 0..4), any::<bool>()).prop_map(
        move |(keyword, words, inner, usual)| match blocks(keyword) == usual {
            true => format!("{keyword} {{\n{}\n}}", inner.join("\n")),
            false => format!("{keyword} {words}"),
        },
    )
}

fn block(block: Block, heading: &'static str) -> impl Strategy<Value = String> {
    let lines = proptest::collection::vec(line(block), 0..12);
    (proptest::sample::select(vec!["a", "b", "a b", "é/x", ""]), lines)
        .prop_map(move |(name, lines)| format!("{heading} \"{name}\" {{\n{}\n}}\n", lines.join("\n")))
}

/// An instance that has all that it needs, and more.
fn whole_instance() -> impl Strategy<Value = String> {
    (block(Block::Instance, "vrrp_instance"), 1..4_u8, 1..4_u8, any::<bool>()).prop_map(|(text, vrid, host, v6)| {
        let address = if v6 { format!("2001:db8::{host}/64") } else { format!("192.0.2.{host}/24") };
        let own = format!("\ninterface eth0\nvirtual_router_id {vrid}\nvirtual_ipaddress {{\n{address}\n}}\n}}\n");
        format!("{}{own}", text.trim_end().trim_end_matches('}'))
    })
}

fn configuration() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => whole_instance(),
        1 => block(Block::Instance, "vrrp_instance"),
        1 => block(Block::Group, "vrrp_sync_group"),
        1 => block(Block::Script, "vrrp_script"),
        1 => block(Block::Process, "vrrp_track_process"),
        1 => block(Block::File, "track_file"),
        1 => block(Block::Global, "global_defs"),
        1 => line(Block::Root),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| format!("$X=3\n{}", parts.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// `import` gives an error where vrrpd's check refuses what was made: that it gives none is what is tested.
    #[test]
    fn what_can_be_read_becomes_a_configuration_without_problems(text in configuration()) {
        let host = Host::new(&text);
        match host.import() {
            Ok(imported) => {
                prop_assert!(crate::import::trial::problems(&imported.toml).is_empty());
                // What can be said beforehand was said: only instances that are not right together are left for the check.
                for why in imported.fates.iter().map(|fate| &fate.why).filter(|why| why.contains("is left out: ")) {
                    let own = ["it names no", "it has no", "no peer is"];
                    let together = ["is an address of", "are both VRID", "leave it to one of the two"];
                    prop_assert!(own.iter().chain(&together).any(|word| why.contains(word)), "{}", why);
                }
                prop_assert!(!imported.toml.chars().any(|c| c.is_control() && c != '\n'));
                let _ = (notes(&imported, 80), differences(&imported, 80), serde_json::to_string(&Report::of(&imported)));
            }
            // A quote without an end is nobody's configuration.
            Err(problem) => prop_assert!(problem.message.contains("quote"), "{problem}\n{text}"),
        }
    }

    #[test]
    fn no_text_is_too_strange(text in "(?s)[ -~\n\t{}\"'$~@#!\\\\]{0,200}|(?s).{0,200}") {
        let host = Host::new(&text);
        if let Ok(imported) = import(&host.path().join("keepalived.conf"), Path::new("/nowhere"), "x") {
            let silent = imported.fates.iter().filter(|fate| fate.kind == Kind::Unknown && fate.why.is_empty()).count();
            prop_assert_eq!(silent, 0);
            let _ = (notes(&imported, 80), differences(&imported, 20));
        }
    }
}
