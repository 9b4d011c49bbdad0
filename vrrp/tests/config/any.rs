//! Whatever the text is.

use std::collections::BTreeMap;

use proptest::prelude::*;
use vrrp::config::check::{check, outline};
use vrrp::config::diff::diff;

use super::{check_text, config, source};

proptest! {
    #[test]
    fn any_text_is_read(text in ".{0,200}") {
        let _ = check_text(&text);
    }

    #[test]
    fn text_that_looks_like_a_configuration_is_read(
        lines in proptest::collection::vec(
            proptest::sample::select(vec![
                "[instance.a]", "[instance.a", "[[instance.a]]", "[defaults]", "instance.a.vrid = 1", "vrid = 51", "vrid =",
                "vrid = 0x33", "addresses = [", "\"192.0.2.1/24\",", "]", "addresses = [\"2001:db8::1/64\"]", "version = 2",
                "protect = { unit = \"http.service\"", "}", "priority = 255", "interface = \"eth0\"", "\"\"\"", "'", "ü = 1",
                "protect = \"a.service\"", "[sync.x]", "[heartbeat.y]", "instances = [\"a\", \"b\"]", "[instance.b]", "", "# x",
                "[[instance.a.track]]", "[[defaults.track]]", "interface = \"eth1\"", "unit = \"b.service\"", "effect = -5",
                "script = [\"/x\", 5]", "http = \"http://192.0.2.1/\"", "rise = 3", "route = \"::/0\"",
            ]),
            0..24,
        ),
        newline in proptest::sample::select(vec!["\n", "\r\n", " "]),
    ) {
        let text = lines.join(newline);
        let sources = [source("a", &text), source("b", &text)];
        if let Err(problems) = check(&sources) {
            let places: Vec<_> = problems.iter().map(|p| (p.place.file.clone(), p.place.line, p.place.column)).collect();
            prop_assert!(places.is_sorted());
            prop_assert!(problems.iter().all(|p| p.place.line >= 1 && p.place.column >= 1));
        }
        let (outlines, problems) = outline(&sources);
        prop_assert_eq!(problems.is_empty(), check(&sources).is_ok());
        if let Ok(checked) = check(&sources) {
            prop_assert_eq!(outlines.len(), checked.config.instances.len());
            prop_assert!(diff(&checked.config, &checked.config.clone()).is_empty());
        }
    }

    #[test]
    fn a_configuration_differs_from_another_in_what_was_changed(
        old in proptest::collection::btree_map(0u8..6, 1u8..4, 0..6),
        new in proptest::collection::btree_map(0u8..6, 1u8..4, 0..6),
    ) {
        let build = |instances: &BTreeMap<u8, u8>| {
            let text: String = instances.iter().map(|(n, priority)| format!(
                "[instance.i{n}]\ninterface = \"eth0\"\nvrid = {}\npriority = {priority}\naddresses = [\"192.0.2.{}/24\"]\n",
                n + 1, n + 10,
            )).collect();
            config(&text)
        };
        let (before, after) = (build(&old), build(&new));
        let told: Vec<String> = diff(&before, &after).iter().map(|change| change.name().to_string()).collect();
        let expected: Vec<String> =
            (0..6).filter(|n| old.get(n) != new.get(n)).map(|n| format!("i{n}")).collect();
        prop_assert_eq!(told, expected);
        prop_assert!(diff(&before, &before).is_empty());
    }
}
