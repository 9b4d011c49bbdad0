//! Every configuration that a document shows is right.

use std::path::{Path, PathBuf};
use std::{fs, mem};

use crate::run::Host;

#[test]
fn every_example_passes_the_check() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = 0;
    for document in documents(project) {
        for example in examples(&fs::read_to_string(&document).unwrap()) {
            let host = Host::new();
            host.write("etc/vrrp/vrrp.toml", &example);
            let outcome = host.run("check");
            assert_eq!(outcome.code, 0, "{}:\n{example}\n{outcome}", document.display());
            found += 1;
        }
    }
    assert!(found >= 4, "README.md and vrrp.toml(5) show at least four, not {found}");
}

fn documents(project: &Path) -> Vec<PathBuf> {
    let in_folder = |folder: &str| {
        let files = fs::read_dir(project.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.is_file()).collect::<Vec<_>>()
    };
    [vec![project.join("README.md")], in_folder("docs"), in_folder("docs/man")].concat()
}

/// The blocks of TOML in a page of Markdown, and those in a man page that begin with a table.
fn examples(text: &str) -> Vec<String> {
    let (mut examples, mut block, mut inside) = (Vec::new(), String::new(), false);
    for line in text.lines() {
        match line {
            "```toml" | ".nf" => inside = true,
            "```" | ".fi" if inside => {
                inside = false;
                examples.push(mem::take(&mut block));
            }
            line if inside => block += &format!("{}\n", line.replace("\\-", "-")),
            _ => {}
        }
    }
    examples.retain(|example| example.starts_with('['));
    examples
}
