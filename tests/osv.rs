//! OSV records in folders and archives, judged package by package.

use std::fs;
use std::io::Write;
use std::path::Path;

use gate::advisory::{self, AdvisorySource, Database};
use gate::model::{Advisory, AdvisoryKind, Ecosystem, Package, PackageSource};
use serde_json::{Value, json};

/// A record about one package with one range by the ecosystem's own order.
pub fn record(id: &str, aliases: &[&str], ecosystem: &str, name: &str, events: Value) -> Value {
    json!({
        "id": id, "modified": "2024-05-06T07:08:09Z", "published": "2024-01-02T03:04:05Z", "aliases": aliases,
        "summary": format!("About {name}"), "details": "More.",
        "affected": [{
            "package": {"ecosystem": ecosystem, "name": name},
            "ranges": [{"type": if ecosystem == "PyPI" { "ECOSYSTEM" } else { "SEMVER" }, "events": events}],
        }],
    })
}

/// Writes the records as `<folder>/<id>.json`.
fn write(folder: &Path, records: &[Value]) {
    fs::create_dir_all(folder).unwrap();
    for record in records {
        fs::write(folder.join(format!("{}.json", record["id"].as_str().unwrap())), record.to_string()).unwrap();
    }
}

/// The records as an `all.zip`, with further entries.
pub fn zipped(records: &[Value], others: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let texts: Vec<(String, String)> =
        records.iter().map(|one| (format!("{}.json", one["id"].as_str().unwrap()), one.to_string())).collect();
    let records = texts.iter().map(|(name, text)| (name.as_str(), text.as_bytes()));
    for (name, content) in records.chain(others.iter().copied()) {
        writer.start_file(name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn pypi(name: &str, version: &str) -> Package {
    Package::new(Ecosystem::Pypi, name, version, (0, 0))
}

fn ids(found: &[Advisory]) -> Vec<&str> {
    found.iter().map(|one| one.id.as_str()).collect()
}

fn some_records() -> Vec<Value> {
    vec![
        record("PYSEC-1", &["CVE-2024-0001"], "PyPI", "Leaky_Parser", json!([{"introduced": "0"}, {"fixed": "1.5"}])),
        record("PYSEC-2", &[], "PyPI", "other", json!([{"introduced": "0"}])),
        record("GHSA-1", &["CVE-2024-0001"], "PyPI", "leaky-parser", json!([{"introduced": "1.0"}, {"fixed": "1.6"}])),
    ]
}

#[test]
fn a_folder_of_records_and_its_archive_answer_alike() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(&folder.path().join("files/PyPI"), &some_records());
    fs::create_dir_all(folder.path().join("bucket/PyPI")).unwrap();
    fs::write(folder.path().join("bucket/PyPI/all.zip"), zipped(&some_records(), &[("README.md", b"text")])).unwrap();
    for layout in ["files", "bucket"] {
        let database = advisory::open(Some(&folder.path().join(layout)), cache.path()).unwrap();
        assert!(database.covers_ecosystem(Ecosystem::Pypi) && !database.covers_ecosystem(Ecosystem::Npm));
        let found = database.affecting(&pypi("leaky.parser", "1.2"));
        assert_eq!(ids(&found), ["GHSA-1"], "two accounts of one thing, in every spelling of the name");
        assert_eq!(found[0].aliases, ["CVE-2024-0001", "PYSEC-1"]);
        assert_eq!(found[0].fixed.as_deref(), Some("1.6"), "by both");
        assert_eq!(found[0].url.as_deref(), Some("https://osv.dev/vulnerability/GHSA-1"));
        assert_eq!(ids(&database.affecting(&pypi("leaky-parser", "0.9"))), ["PYSEC-1"]);
        assert_eq!(ids(&database.affecting(&pypi("leaky-parser", "1.5"))), ["GHSA-1"]);
        assert!(database.affecting(&pypi("leaky-parser", "1.6")).is_empty());
        assert!(database.affecting(&pypi("unknown", "1.6")).is_empty());
        let elsewhere =
            Package { source: PackageSource::registry("https://registry.example.org"), ..pypi("other", "1") };
        assert!(!database.covers(&elsewhere) && database.affecting(&elsewhere).is_empty());
        assert_eq!(database.newest(Ecosystem::Pypi).as_deref(), Some("2024-05-06"));
        assert_eq!(database.describe(), "OSV PyPI, 3 advisories, newest of 2024-05-06");
        assert!(database.problems().is_empty() && database.failures().is_empty());
    }
}

/// Whether `database` still answers with what stands in the folder now.
fn answers(folder: &Path, cache: &Path) -> Vec<String> {
    let database = advisory::open(Some(folder), cache).unwrap();
    database.affecting(&pypi("leaky-parser", "1.2")).into_iter().map(|one| one.id).collect()
}

#[test]
fn the_index_is_kept_until_the_folder_changes() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records = folder.path().join("PyPI");
    write(&records, &some_records());
    assert_eq!(answers(folder.path(), cache.path()), ["GHSA-1"]);
    let index = fs::read_dir(cache.path().join("osv-local")).unwrap().next().unwrap().unwrap().path();
    let made = fs::read(&index).unwrap();
    assert_eq!(answers(folder.path(), cache.path()), ["GHSA-1"]);
    assert!(fs::read(&index).unwrap() == made, "it was not made again");
    fs::remove_file(records.join("GHSA-1.json")).unwrap();
    assert_eq!(answers(folder.path(), cache.path()), ["PYSEC-1"]);
    assert_eq!(fs::read_dir(cache.path().join("osv-local")).unwrap().count(), 1, "the old one was replaced");
    fs::write(&index, &made[..made.len() / 2]).unwrap();
    assert_eq!(answers(folder.path(), cache.path()), ["PYSEC-1"], "half an index of another state does no harm");
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(answers(folder.path(), &file), ["PYSEC-1"], "nor does a cache that cannot be written");
}

#[test]
fn a_bad_record_is_told_and_hides_no_other() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records = folder.path().join("PyPI");
    write(&records, &some_records());
    fs::write(records.join("BAD-1.json"), "{\"id\": ").unwrap();
    fs::write(records.join("BAD-2.json"), some_records()[0].to_string()).unwrap();
    let odd = record("PYSEC-9", &[], "PyPI", "leaky-parser", json!([{"introduced": "one"}]));
    write(&records, &[odd]);
    for _ in ["made", "kept"] {
        let database = advisory::open(Some(folder.path()), cache.path()).unwrap();
        assert_eq!(ids(&database.affecting(&pypi("leaky-parser", "1.2"))), ["GHSA-1"]);
        assert!(database.affecting(&pypi("leaky-parser", "latest")).is_empty());
        assert_eq!(
            database.problems(),
            [
                "PYSEC-9 of leaky-parser: `one` is not a version by the rules of PEP 440",
                "PyPI BAD-1.json: not an OSV record: it ends too early at line 1",
                "PyPI PYSEC-1.json: the id is that of another record",
                "leaky-parser latest: its version is not one by the rules of PEP 440",
            ]
        );
    }
}

#[test]
fn an_archive_that_cannot_be_read_is_a_failure() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::create_dir_all(folder.path().join("PyPI")).unwrap();
    let whole = zipped(&some_records(), &[]);
    for bytes in [&whole[..whole.len() / 2], b"<html>", b""] {
        fs::write(folder.path().join("PyPI/all.zip"), bytes).unwrap();
        let database = advisory::open(Some(folder.path()), cache.path()).unwrap();
        assert!(database.affecting(&pypi("leaky-parser", "1.2")).is_empty());
        let failures = database.failures();
        assert!(failures.len() == 1 && failures[0].contains("the archive is damaged"), "{failures:?}");
    }
}

#[test]
fn rustsec_and_osv_tell_of_one_thing_once() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let package = folder.path().join("crates/leaky-parser");
    fs::create_dir_all(&package).unwrap();
    let own = crate::dependencies::fixture("lockfiles/rustsec/crates/leaky-parser/RUSTSEC-2021-9001.md");
    fs::copy(own, package.join("RUSTSEC-2021-9001.md")).unwrap();
    let range = json!([{"introduced": "0.0.0-0"}, {"fixed": "9.0.0"}]);
    let same = record("GHSA-7", &["CVE-2021-99001"], "crates.io", "leaky-parser", range.clone());
    let mut notice = record("GHSA-8", &[], "crates.io", "leaky-parser", range);
    notice["affected"][0]["database_specific"] = json!({"informational": "unmaintained"});
    write(&folder.path().join("crates.io"), &[same, notice]);
    let database = advisory::open(Some(folder.path()), cache.path()).unwrap();
    let found = database.affecting(&Package::new(Ecosystem::Cargo, "leaky-parser", "1.2.8", (0, 0)));
    assert_eq!(ids(&found), ["GHSA-8", "RUSTSEC-2021-9001"]);
    assert_eq!(found[0].kind, AdvisoryKind::Unmaintained);
    assert_eq!(found[1].aliases, ["CVE-2021-99001", "GHSA-7", "GHSA-aaaa-bbbb-cccc"]);
    assert_eq!(found[1].fixed.as_deref(), Some("1.2.9"), "the account of RustSec is preferred");
}

#[test]
fn a_release_of_a_distribution_counts_only_where_all_agree() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let affected = |release: &str, fixed: &str| {
        json!({
            "package": {"ecosystem": format!("Debian:{release}"), "name": "curl"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
        })
    };
    let record = json!({
        "id": "DSA-1", "modified": "2024-01-01T00:00:00Z",
        "affected": [affected("11", "7.74.0-1.3+deb11u2"), affected("12", "7.88.1-10")],
    });
    write(&folder.path().join("Debian"), &[record]);
    let database = advisory::open(Some(folder.path()), cache.path()).unwrap();
    let found = |version: &str| database.affecting(&Package::new(Ecosystem::Debian, "curl", version, (0, 0))).len();
    assert_eq!((found("7.74.0-1"), found("7.80.0-1"), found("7.88.1-10")), (1, 0, 0));
}

#[test]
fn exploitation_is_told_by_way_of_the_aliases() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(&folder.path().join("PyPI"), &some_records());
    let found = |database: &Database, name: &str| {
        let found = database.affecting(&pypi(name, "1.2"));
        (found[0].kev, found[0].epss)
    };
    let open = || advisory::open(Some(folder.path()), cache.path()).unwrap();
    assert_eq!(found(&open(), "leaky-parser"), (false, None));
    let kev = json!({"title": "Catalogue", "vulnerabilities": [{"cveID": "CVE-2024-0001", "dateAdded": "2024-02-03"}]});
    fs::write(folder.path().join("known_exploited_vulnerabilities.json"), kev.to_string()).unwrap();
    let scores = "#model_version:v2025\ncve,epss,percentile\nCVE-2024-0001,0.91234,0.99\nCVE-2024-0002,0.1,0.2\n";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(scores.as_bytes()).unwrap();
    fs::write(folder.path().join("epss_scores-2026-01-01.csv"), scores.replace("0.91234", "0.5")).unwrap();
    fs::write(folder.path().join("epss_scores-2026-01-02.csv.gz"), packed.finish().unwrap()).unwrap();
    let database = open();
    assert_eq!(found(&database, "leaky-parser"), (true, Some(0.91234)), "of the last day");
    assert_eq!(found(&database, "other"), (false, None));
    assert!(database.problems().is_empty());
    fs::write(folder.path().join("known_exploited_vulnerabilities.json"), "[]").unwrap();
    fs::write(folder.path().join("epss_scores-2026-01-03.csv"), "cve,epss\nCVE-2024-0001,high\n").unwrap();
    let database = open();
    assert_eq!(found(&database, "leaky-parser"), (false, None));
    assert_eq!(database.problems().len(), 2, "{:?}", database.problems());
}

/// The level of the finding that `record` makes of a package, with `options` of the rule.
fn level_of(record: &Value, kev: &[&str], settings: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("db/PyPI"), std::slice::from_ref(record));
    let catalogue = kev.iter().map(|id| json!({"cveID": id})).collect::<Vec<_>>();
    let catalogue = json!({ "vulnerabilities": catalogue }).to_string();
    fs::write(folder.path().join("db/known_exploited_vulnerabilities.json"), catalogue).unwrap();
    fs::write(folder.path().join("requirements.txt"), "leaky-parser==1.0\n").unwrap();
    fs::write(folder.path().join("gate.toml"), settings).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gate"));
    command.args(["scan", "--only", "dependencies", "--db", "db", "--format", "json"]);
    let done = command.current_dir(folder.path()).env("GATE_CACHE_DIR", folder.path().join("cache")).output().unwrap();
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    report["findings"][0]["level"].as_str().unwrap().to_owned()
}

#[test]
fn a_level_comes_of_score_exploitation_and_policy() {
    let mut one = record("PYSEC-1", &["CVE-2024-0001"], "PyPI", "leaky-parser", json!([{"introduced": "0"}]));
    let lenient = "[rules.\"dependency/vulnerable\"]\nunscored-is-error = false\n";
    assert_eq!(level_of(&one, &[], ""), "error", "nobody has judged it");
    assert_eq!(level_of(&one, &[], lenient), "warning");
    assert_eq!(level_of(&one, &["CVE-2024-0001"], lenient), "error");
    one["severity"] = json!([{"type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"}]);
    assert_eq!(level_of(&one, &["CVE-2024-0002"], ""), "warning");
    assert_eq!(level_of(&one, &["CVE-2024-0001"], ""), "error");
    one["severity"][0]["score"] = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into();
    assert_eq!(level_of(&one, &[], ""), "error");
}

/// A folder with two packages that have advisories, and `gate scan` there with more options.
fn leaky_project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("db/PyPI"), &some_records());
    fs::write(folder.path().join("requirements.txt"), "leaky-parser==1.2\nother==1.0\n").unwrap();
    folder
}

fn scan_in(folder: &Path, options: &[&str]) -> std::process::Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gate"));
    command.args(["scan", "--db", "db"]).args(options);
    command.current_dir(folder).env("GATE_CACHE_DIR", folder.join("cache")).output().unwrap()
}

/// Package and first justification of each finding of a JSON report.
fn accepted(report: &[u8]) -> Vec<(String, Option<String>)> {
    let report: Value = serde_json::from_slice(report).unwrap();
    let one = |finding: &Value| {
        let justification = finding["suppressions"][0]["justification"].as_str().map(str::to_owned);
        (finding["properties"]["package"].as_str().unwrap().to_owned(), justification)
    };
    report["findings"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn a_cyclonedx_analysis_accepts_what_does_not_affect_the_product() {
    let folder = leaky_project();
    let with = |state: &str, said: &str, reference: &str| {
        let document = json!({
            "bomFormat": "CycloneDX", "specVersion": "1.6",
            "components": [{"type": "library", "name": "leaky-parser", "bom-ref": "leaky", "purl": "pkg:pypi/leaky-parser@1.2"}],
            "vulnerabilities": [{
                "id": "X-1", "references": [{"id": "CVE-2024-0001", "source": {"name": "NVD"}}],
                "analysis": {"state": state, "detail": said}, "affects": [{"ref": reference}],
            }],
        });
        fs::write(folder.path().join("vex.json"), document.to_string()).unwrap();
        let done = scan_in(folder.path(), &["--only", "dependencies", "--vex", "vex.json", "--format", "json"]);
        accepted(&done.stdout)[0].1.clone()
    };
    assert_eq!(with("not_affected", "never called", "leaky").as_deref(), Some("VEX: not affected: never called"));
    assert_eq!(with("false_positive", "no", "pkg:pypi/leaky-parser").as_deref(), Some("VEX: false positive: no"));
    let link = "urn:cdx:f08a6ccd-4dce-4759-bd84-c626675d60a7/1#leaky";
    assert_eq!(with("resolved", "", link).as_deref(), Some("VEX: fixed"));
    for (state, reference) in [("exploitable", "leaky"), ("in_triage", "leaky"), ("not_affected", "other")] {
        assert_eq!(with(state, "why", reference), None, "{state} {reference}");
    }
    let document =
        json!({"bomFormat": "CycloneDX", "vulnerabilities": [{"id": "X-1", "analysis": {"state": "not_affected"}}]});
    fs::write(folder.path().join("vex.json"), document.to_string()).unwrap();
    let done = scan_in(folder.path(), &["--vex", "vex.json"]);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.code() == Some(2) && said.contains("X-1") && said.contains("justification"), "{said}");
}

#[test]
fn what_is_written_as_openvex_can_be_read_back() {
    let folder = leaky_project();
    let done = scan_in(folder.path(), &["--only", "dependencies", "--format", "openvex=first.json"]);
    assert_eq!(done.status.code(), Some(1));
    let mut document: Value = serde_json::from_slice(&fs::read(folder.path().join("first.json")).unwrap()).unwrap();
    let statements = document["statements"].as_array_mut().unwrap();
    let told: Vec<_> = statements.iter().map(|one| (one["status"].clone(), one["action_statement"].clone())).collect();
    assert_eq!(
        told,
        [("affected".into(), "update to 1.6".into()), ("affected".into(), "no fixed version is known".into())]
    );
    assert_eq!(statements[0]["products"], json!([{"@id": "pkg:pypi/leaky-parser@1.2"}]));
    // A person goes on from there.
    statements[0]["status"] = "not_affected".into();
    statements[0]["impact_statement"] = "the parser is never given a file".into();
    fs::write(folder.path().join("second.json"), document.to_string()).unwrap();
    let options =
        ["--only", "dependencies", "--vex", "second.json", "--format", "json", "--format", "openvex=third.json"];
    let done = scan_in(folder.path(), &options);
    let why = "VEX: not affected: the parser is never given a file";
    assert_eq!(accepted(&done.stdout)[0].1.as_deref(), Some(why));
    let third: Value = serde_json::from_slice(&fs::read(folder.path().join("third.json")).unwrap()).unwrap();
    assert_eq!(third["statements"][0]["status"], "not_affected");
    assert_eq!(third["statements"][0]["impact_statement"], "the parser is never given a file");
}

#[test]
fn a_bill_of_materials_is_scanned_whatever_it_is_called() {
    let folder = leaky_project();
    let bill = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6",
        "components": [{"type": "library", "name": "leaky-parser", "version": "1.2", "purl": "pkg:pypi/leaky-parser@1.2"}],
    });
    fs::write(folder.path().join("delivered.txt"), serde_json::to_string_pretty(&bill).unwrap()).unwrap();
    let done = scan_in(folder.path(), &["--sbom", "delivered.txt", "--format", "json"]);
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "the requirements beside it are not asked about");
    assert_eq!(report["findings"][0]["path"], "delivered.txt.cdx.json");
    assert!(report["findings"][0]["line"].as_u64() > Some(1));
    for (content, said) in [("hello", "no bill of materials"), ("{\"spdxVersion\": 7}", "version 7 is not known")] {
        fs::write(folder.path().join("delivered.txt"), content).unwrap();
        let done = scan_in(folder.path(), &["--sbom", "delivered.txt"]);
        let told = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        assert!(done.status.code() == Some(2) && told.contains(said), "{told}");
    }
    assert_eq!(scan_in(folder.path(), &["--sbom", "missing.json"]).status.code(), Some(2));
}

#[test]
fn a_vex_document_accepts_what_does_not_affect_the_product() {
    let folder = leaky_project();
    let statement = |name: &str, product: Value, status: &str, time: &str| {
        json!({
            "vulnerability": {"name": name}, "products": [product], "status": status, "timestamp": time,
            "justification": "vulnerable_code_not_in_execute_path",
        })
    };
    let accepted = |statements: &[Value]| {
        let document = json!({
            "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex", "author": "A", "version": 1,
            "timestamp": "2024-01-01T00:00:00Z", "statements": statements,
        });
        fs::write(folder.path().join("vex.json"), document.to_string()).unwrap();
        let done = scan_in(folder.path(), &["--only", "dependencies", "--vex", "vex.json", "--format", "json"]);
        accepted(&done.stdout)
    };
    let leaky = || json!({"@id": "pkg:pypi/leaky-parser@1.2"});
    let (early, late) = ("2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z");
    let both_stand = [("leaky-parser".to_owned(), None), ("other".to_owned(), None)];
    for statements in [
        vec![statement("CVE-2024-0001", json!({"@id": "pkg:pypi/leaky-parser@1.3"}), "not_affected", early)],
        vec![statement("CVE-2024-9999", leaky(), "not_affected", early)],
        vec![statement("CVE-2024-0001", leaky(), "affected", early)],
        vec![statement("CVE-2024-0001", leaky(), "under_investigation", early)],
        vec![
            statement("CVE-2024-0001", leaky(), "affected", late),
            statement("CVE-2024-0001", leaky(), "not_affected", early),
        ],
    ] {
        assert_eq!(accepted(&statements), both_stand, "{statements:?}");
    }
    let why = "VEX: not affected: vulnerable_code_not_in_execute_path";
    let product = json!({"@id": "https://example.com/app", "subcomponents": [leaky()]});
    assert_eq!(accepted(&[statement("CVE-2024-0001", product, "not_affected", early)])[0].1.as_deref(), Some(why));
    let any = json!({"@id": "x", "identifiers": {"purl": "pkg:pypi/leaky-parser"}});
    let found = accepted(&[statement("GHSA-1", any, "fixed", early)]);
    assert_eq!((found[0].1.as_deref(), found[1].1.as_deref()), (Some("VEX: fixed"), None));
}

/// At full size, for whoever has a folder in the layout of the bucket: `GATE_OSV=DIR cargo test -- --ignored --nocapture two_thousand`.
#[test]
#[ignore = "needs a folder with PyPI/all.zip, named by GATE_OSV"]
#[allow(clippy::print_stdout, reason = "its figures are for the person who runs it")]
fn two_thousand_packages() {
    let folder = std::path::PathBuf::from(std::env::var("GATE_OSV").unwrap());
    let cache = tempfile::tempdir().unwrap();
    let mut archive = zip::ZipArchive::new(fs::File::open(folder.join("PyPI/all.zip")).unwrap()).unwrap();
    let mut packages = Vec::new();
    for index in 0..archive.len() {
        let record: Value = serde_json::from_reader(archive.by_index(index).unwrap()).unwrap();
        let affected = &record["affected"][0];
        let version = affected["versions"].as_array().and_then(|list| list.last()).and_then(Value::as_str);
        packages.push(pypi(affected["package"]["name"].as_str().unwrap(), version.unwrap_or("1.0")));
    }
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    packages.dedup_by(|a, b| a.name == b.name);
    packages.extend((0..2000 - packages.len()).map(|number| pypi(&format!("nobody-knows-{number}"), "1.0")));
    for name in ["made at first use", "kept", "kept"] {
        let started = std::time::Instant::now();
        let database = advisory::open(Some(&folder), cache.path()).unwrap();
        let found: usize = packages.iter().map(|package| database.affecting(package).len()).sum();
        println!("{name}: {} packages, {found} found, {:?}", packages.len(), started.elapsed());
    }
    let index = fs::read_dir(cache.path().join("osv-local")).unwrap().next().unwrap().unwrap();
    println!("the index has {} bytes", index.metadata().unwrap().len());
}
