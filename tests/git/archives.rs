//! What archives held that the history holds, and data about persons.

use std::fs;
use std::io::{Cursor, Write as _};

use super::{Repo, Told, command_for, line};

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn members_are_told_of_as_in_the_files_of_today() {
    let repo = Repo::new();
    let noise = "x = 1\n".repeat(500);
    let secret = |seed: u64| format!("{noise}{}", line(seed));
    let first = repo.passing("lib/a.zip", zip(&[("README", b"no"), ("conf/app.py", secret(1).as_bytes())]));
    repo.passing("b.jar", [b"#!/bin/sh\nexit\n".to_vec(), zip(&[("app.py", secret(2).as_bytes())])].concat());
    repo.passing("c.tar.gz", gzip(&tar(&[("app.py", secret(3).as_bytes())])));
    repo.passing("d.whl", zip(&[("inner.zip", &zip(&[("app.py", secret(4).as_bytes())]))]));
    repo.passing("e.log.gz", gzip(secret(5).as_bytes()));
    // Not called an archive, so not opened today either.
    repo.passing("f.docx", zip(&[("app.py", secret(6).as_bytes())]));
    for packed in [false, true] {
        if packed {
            repo.git(&["gc", "-q"]);
        }
        let told = repo.scan(&["--history", "--archives", "--no-cache"]);
        let path = |seed: u64| told.one(seed)["path"].as_str().unwrap().to_owned();
        assert_eq!(path(1), "lib/a.zip!/conf/app.py");
        assert_eq!(path(2), "b.jar!/app.py");
        assert_eq!(path(3), "c.tar.gz!/app.py");
        assert_eq!(path(4), "d.whl!/inner.zip!/app.py");
        assert_eq!(path(5), "e.log.gz!/e.log");
        assert_eq!(told.of_key(6).len(), 0);
        let origin = &told.one(1)["origin"];
        assert_eq!(origin["commit"], first.as_str());
        assert_eq!(origin["author"], "Ada Example <ada@example.com>");
        assert_eq!(origin["date"], "2024-02-03T04:05:06+01:00");
        assert_eq!(told.one(1)["line"], 501);
    }
    let closed = repo.history();
    assert_eq!((closed.of_key(1).len(), closed.of_key(4).len()), (0, 0), "only where archives are asked for");
    assert_eq!(closed.one(5)["path"], "e.log.gz");
}

#[test]
fn a_member_that_is_still_there_is_told_of_once_and_one_that_no_commit_reaches_by_its_object() {
    let repo = Repo::new();
    repo.write("a.zip", zip(&[("app.py", line(1).as_bytes())]));
    repo.commit("Add");
    assert!(repo.scan(&["--history", "--archives"]).one(1)["origin"].is_null());
    repo.write("loose.bin", zip(&[("app.py", line(2).as_bytes())]));
    let blob = repo.git(&["hash-object", "-w", "loose.bin"]);
    fs::remove_file(repo.path().join("loose.bin")).unwrap();
    let told = repo.scan(&["--history", "--archives", "--all-refs"]);
    assert_eq!(told.one(2)["path"], format!(".git/objects/{blob}!/app.py"));
}

#[test]
fn what_of_an_archive_was_not_searched_is_told() {
    let repo = Repo::new();
    repo.passing("zeros.gz", gzip(&vec![b' '; 40 << 20]));
    let whole = zip(&[("app.py", line(1).repeat(50).as_bytes())]);
    repo.passing("cut.zip", &whole[..whole.len() - 30]);
    // Neither is an archive by its name.
    repo.passing("cut.bin", &whole[..whole.len() - 30]);
    let told = repo.scan(&["--history", "--archives"]);
    assert!(told.report["notifications"].as_array().unwrap().iter().all(|one| one["path"] != "cut.bin"));
    assert!(told.kinds().contains(&"too-large") && told.kinds().contains(&"unreadable"), "{:#}", told.report);
    assert_eq!(told.code, 2);
    // It is not taken for clean the next time.
    assert_eq!(told.report, repo.scan(&["--history", "--archives"]).report);
}

#[test]
fn an_archive_over_the_limit_of_files_is_opened_and_other_blobs_are_not() {
    let repo = Repo::new();
    let noise: Vec<u8> = (0..60_000u32).flat_map(|at| (at.wrapping_mul(2_654_435_761) >> 7).to_le_bytes()).collect();
    repo.write("gate.toml", "[scan]\nmax-file-size = 100000\n");
    repo.passing(
        "a.zip",
        zip(&[("noise.bin", &noise[..90_000]), ("more.bin", &noise[90_000..180_000]), ("app.py", line(1).as_bytes())]),
    );
    repo.passing("noise.bin", &noise);
    let told = repo.scan(&["--history", "--archives"]);
    assert_eq!(told.one(1)["path"], "a.zip!/app.py");
    assert!(told.says(&["240000 bytes"]), "{:#}", told.report);
    assert_eq!(repo.history().of_key(1).len(), 0);
}

#[test]
fn what_is_clean_without_archives_is_not_taken_for_clean_with_them() {
    let repo = Repo::new();
    for index in 0..2_050 {
        repo.write(&format!("many/f{index}.py"), format!("value = {index}\n"));
    }
    repo.passing("a.zip", zip(&[("app.py", format!("{}{}", "x = 1\n".repeat(99), line(1)).as_bytes())]));
    assert_eq!(repo.history().findings().len(), 0);
    assert_eq!(repo.history().findings().len(), 0, "from the cache");
    repo.scan(&["--history", "--archives"]).one(1);
}

/// The findings, by rule and path.
fn found(told: &Told) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    told.findings().iter().map(|one| (text(&one["rule"]), text(&one["path"]))).collect()
}

#[test]
fn data_about_persons_is_found_in_versions_of_files_when_it_is_asked_for() {
    let repo = Repo::new();
    let address = "kari.nordmann@nordiskbank.no";
    let commit = repo.passing("export.csv", format!("name,email\nKari,{address}\n"));
    repo.passing("config.py", line(1));
    repo.commit(&format!("Ask for it\n\nSigned-off-by: Kari <{address}>\nand write to {address}"));
    let scan = |analyses| Told::of(command_for(repo.path(), analyses).arg("--history").output().unwrap());
    let only = scan("pii");
    assert_eq!(found(&only), [("pii/email".to_owned(), "export.csv".to_owned())], "{:#}", only.report);
    assert_eq!(only.findings()[0]["origin"]["commit"], commit.as_str());
    assert!(!only.report.to_string().contains(address), "masked");
    let both = scan("secrets,pii");
    assert_eq!((both.of_key(1).len(), both.findings().len()), (1, 2), "{:#}", both.report);
    assert_eq!(repo.history().findings().len(), 1, "not with secrets alone");
}
