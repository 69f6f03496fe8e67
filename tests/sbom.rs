//! Bills of materials of a small lockfile, compared with `fixtures/reports/sbom.*.json` (`UPDATE=1` writes these).

use std::collections::{BTreeMap, BTreeSet};
use std::{env, fs};

use gate::lockfile::{self, Files};
use gate::model::Inventory;
use gate::report::sbom::{Bill, cyclonedx, spdx};
use serde_json::Value;

use crate::dependencies::{file, fixture};

fn inventory(path: &str, text: &str) -> Inventory {
    lockfile::parse(&file(path, text), &Files::default()).unwrap().unwrap()
}

fn small() -> Vec<Inventory> {
    let text = fs::read_to_string(fixture("lockfiles/cargo/v4.Cargo.lock")).unwrap();
    // The same packages once more, with one that the first lockfile lacks.
    let second = "version = 4\n[[package]]\nname = \"tool\"\nversion = \"0.2.0\"\ndependencies = [\"serde\"]\n\
                  [[package]]\nname = \"serde\"\nversion = \"1.0.219\"\n\
                  source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    vec![inventory("Cargo.lock", &text), inventory("tool/Cargo.lock", second)]
}

fn licenses() -> BTreeMap<String, String> {
    BTreeMap::from([("pkg:cargo/serde@1.0.219".to_owned(), "MIT OR Apache-2.0".to_owned())])
}

fn golden(name: &str, value: &Value) {
    let path = fixture(&format!("reports/{name}"));
    let text = serde_json::to_string_pretty(value).unwrap() + "\n";
    if env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == text, "{} is stale; UPDATE=1 cargo test writes it", path.display());
}

#[test]
fn cyclonedx_is_as_it_was() {
    let (inventories, licenses) = (small(), licenses());
    let bill = Bill { name: "example", inventories: &inventories, created: None, licenses: &licenses };
    golden("sbom.cyclonedx.json", &cyclonedx(&bill));
}

#[test]
fn spdx_is_as_it_was() {
    let (inventories, licenses) = (small(), licenses());
    let bill =
        Bill { name: "example", inventories: &inventories, created: Some("2026-01-02T03:04:05Z"), licenses: &licenses };
    golden("sbom.spdx.json", &spdx(&bill));
}

fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|one| one[key].as_str().unwrap()).collect()
}

#[test]
fn every_reference_leads_somewhere_and_every_package_is_there_once() {
    let (inventories, licenses) = (small(), licenses());
    let bill = Bill { name: "example", inventories: &inventories, created: None, licenses: &licenses };

    let document = cyclonedx(&bill);
    let purls = texts(&document["components"], "purl");
    assert_eq!(purls.len(), 8, "{purls:?}");
    assert!(purls.is_sorted() && purls.iter().collect::<BTreeSet<_>>().len() == purls.len());
    let known: BTreeSet<&str> = purls.iter().copied().chain(["root"]).collect();
    let mut edges = 0;
    for dependency in document["dependencies"].as_array().unwrap() {
        assert!(known.contains(dependency["ref"].as_str().unwrap()));
        for to in dependency["dependsOn"].as_array().unwrap() {
            assert!(known.contains(to.as_str().unwrap()), "{to}");
            edges += 1;
        }
    }
    assert_eq!(
        document["dependencies"][0]["dependsOn"],
        serde_json::json!(["pkg:cargo/app@0.1.0", "pkg:cargo/tool@0.2.0"])
    );

    let document = spdx(&bill);
    let ids = texts(&document["packages"], "SPDXID");
    assert_eq!(ids.len(), 9, "the packages and the project");
    let known: BTreeSet<&str> = ids.iter().copied().chain(["SPDXRef-DOCUMENT"]).collect();
    let relationships = &document["relationships"];
    for end in ["spdxElementId", "relatedSpdxElement"] {
        assert!(texts(relationships, end).iter().all(|id| known.contains(id)), "{end}");
    }
    let kinds = texts(relationships, "relationshipType");
    assert_eq!(kinds.iter().filter(|kind| **kind == "DEPENDS_ON").count(), edges, "both formats tell the same graph");
}

#[test]
fn the_serial_number_follows_the_content() {
    let (inventories, licenses) = (small(), licenses());
    let of = |name: &str, inventories: &[Inventory]| {
        let bill = Bill { name, inventories, created: None, licenses: &licenses };
        cyclonedx(&bill)["serialNumber"].as_str().unwrap().to_owned()
    };
    assert_eq!(of("example", &inventories), of("example", &inventories));
    assert_ne!(of("example", &inventories), of("another", &inventories));
    assert_ne!(of("example", &inventories), of("example", &inventories[..1]));
}

/// For a check against the official schemas by hand: `GATE_LOCKFILE=FILE GATE_SBOM=DIR cargo test -- --ignored write_full_size`.
#[test]
#[ignore = "writes documents of the lockfile GATE_LOCKFILE to the folder GATE_SBOM"]
fn write_full_size() {
    let text = fs::read_to_string(env::var("GATE_LOCKFILE").unwrap()).unwrap();
    let (inventories, licenses) = (vec![inventory("Cargo.lock", &text)], licenses());
    let bill = Bill { name: "full size", inventories: &inventories, created: None, licenses: &licenses };
    let folder = std::path::PathBuf::from(env::var("GATE_SBOM").unwrap());
    fs::write(folder.join("cyclonedx.json"), cyclonedx(&bill).to_string()).unwrap();
    fs::write(folder.join("spdx.json"), spdx(&bill).to_string()).unwrap();
}
