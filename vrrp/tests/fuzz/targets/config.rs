//! Files of a configuration.

use vrrp::config::Written;
use vrrp::config::check::{Outline, check, outline};
use vrrp::config::diff::diff;
use vrrp::config::file::Source;

/// Files, each after a zero byte.
pub(crate) fn config(bytes: &[u8]) {
    let files = bytes.split(|&byte| byte == 0).take(4).enumerate();
    let read = files.map(|(number, bytes)| Source::from_bytes(&format!("{number}.toml"), bytes.to_vec()));
    let (good, bad): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
    for problem in bad.into_iter().filter_map(Result::err) {
        shows(&problem.to_string());
    }
    let sources: Vec<Source> = good.into_iter().flatten().collect();
    let written = Written::read(&sources);
    for name in written.names() {
        let _ = (written.files_of(name), written.file_of(name, "vrid"));
    }
    let (outlines, problems) = outline(&sources);
    let checked = check(&sources);
    assert_eq!(problems.is_empty(), checked.is_ok());
    match checked {
        Ok(checked) => {
            // The generator and the daemon agree on what is configured.
            let all = checked.config.instances.values().map(|instance| Outline::of(instance, &checked.config));
            assert_eq!(outlines, all.collect::<Vec<_>>());
            assert_eq!(diff(&checked.config, &checked.config.clone()).len(), 0);
            checked.warnings.iter().for_each(|warning| shows(&warning.to_string()));
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in &problems {
                assert!(problem.place.line >= 1 && problem.place.column >= 1);
                shows(&problem.to_string());
            }
        }
    }
}

/// What a terminal is shown does nothing to it.
fn shows(text: &str) {
    assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{text:?}");
}
