//! The DTD itself, which others own: it is looked for beside the project, and no part of it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use lab::{Output, Place, packages, workspace};

use crate::manifests;
use crate::model::{SPOILT, spoil};

/// Where it is, from a directory that the project is in.
const DTD: &str = "shared/smf/service_bundle.dtd.1";

fn dtd() -> Option<PathBuf> {
    workspace::root().ancestors().skip(1).map(|above| above.join(DTD)).find(|dtd| dtd.is_file())
}

/// Has xmllint judge a text, without the network.
fn xmllint(dtd: &Path, directory: &Path, text: &str) -> Result<Output> {
    let file = directory.join("manifest.xml");
    fs::write(&file, text)?;
    let [dtd, file] = [dtd, &file].map(|path| path.display().to_string());
    Place::machine().run(&["xmllint", "--nonet", "--noout", "--dtdvalid", &dtd, &file])
}

#[test]
fn every_manifest_is_valid() -> Result<()> {
    let Some(dtd) = dtd() else {
        println!(
            "\n*** NOT VALIDATED: there is no ../{DTD} beside the project, the DTD of illumos's service_bundle(5). ***"
        );
        println!(
            "*** The order of elements and their attributes are checked all the same, by the other tests here. ***\n"
        );
        return Ok(());
    };
    packages::ensure(packages::XML)?;
    let directory = tempfile::tempdir()?;
    let mut judged = 0;
    for (name, text) in manifests()? {
        xmllint(&dtd, directory.path(), &text)?.ok().with_context(|| name.clone())?;
        judged += 1;
        for how in SPOILT {
            let told = xmllint(&dtd, directory.path(), &spoil(&text, how)?)?;
            ensure!(told.code == Some(3), "{name}: {} is not noticed: {told:?}", how.2);
        }
    }
    println!("{judged} manifests are valid by {}, and none of them with a mistake in it", dtd.display());
    Ok(())
}
