//! What the history holds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Repo, git, key, line};

#[test]
fn a_deleted_file() {
    let repo = Repo::new();
    let commit = repo.passing("config.py", line(1));
    assert_eq!(repo.scan(&[]).findings().len(), 0);
    let told = repo.history();
    let found = told.one(1);
    assert_eq!(told.code, 1);
    assert_eq!((found["path"].as_str(), found["line"].as_u64()), (Some("config.py"), Some(1)));
    let origin = &found["origin"];
    assert_eq!(origin["kind"], "file");
    assert_eq!(origin["commit"], commit.as_str());
    assert_eq!(origin["author"], "Ada Example <ada@example.com>");
    assert_eq!(origin["date"], "2024-02-03T04:05:06+01:00");
}

#[test]
fn the_first_appearance_of_a_secret_that_stayed_for_long() {
    let repo = Repo::new();
    repo.write("a/config.py", line(1));
    let first = repo.commit("Add");
    for version in 0..5 {
        repo.write("a/config.py", format!("x = {version}\n{}", line(1)));
        repo.commit("Change");
    }
    repo.git(&["mv", "a", "b"]);
    let moved = repo.commit("Move");
    repo.passing("a/other", "");
    repo.git(&["rm", "-q", "-r", "b"]);
    repo.commit("Remove");
    for packed in [false, true] {
        if packed {
            repo.git(&["gc", "-q"]);
        }
        let told = repo.history();
        let mut found: Vec<_> = told
            .of_key(1)
            .iter()
            .map(|it| (it["path"].as_str().unwrap(), it["origin"]["commit"].as_str().unwrap()))
            .collect();
        found.sort_unstable();
        assert_eq!(found, [("a/config.py", first.as_str()), ("b/config.py", moved.as_str())]);
    }
}

#[test]
fn what_the_files_of_today_hold_is_not_told_twice_and_has_the_same_fingerprint() {
    let repo = Repo::new();
    repo.write("config.py", line(1));
    repo.commit("Add");
    let in_tree = repo.history();
    assert!(in_tree.one(1)["origin"].is_null());
    repo.git(&["rm", "-q", "config.py"]);
    repo.commit("Remove");
    let in_history = repo.history();
    assert!(in_history.one(1)["origin"].is_object());
    assert_eq!(in_tree.one(1)["fingerprint"], in_history.one(1)["fingerprint"]);
}

#[test]
fn an_unmerged_branch_only_with_all_refs() {
    let repo = Repo::new();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("config.py", line(1));
    repo.commit("Add");
    repo.git(&["checkout", "-q", "main"]);
    assert_eq!(repo.all().one(1)["path"], "config.py");
    let told = repo.history();
    assert!(told.findings().is_empty());
    assert!(told.says(&["--all-refs"]), "{:#}", told.report);
}

#[test]
fn a_merge_that_changed_what_neither_side_had() {
    let repo = Repo::new();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("side.py", "y = 1\n");
    repo.commit("Side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("main.py", "z = 1\n");
    repo.commit("Main");
    repo.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    repo.write("merged.py", line(1));
    let merge = repo.commit("Merge");
    repo.git(&["rm", "-q", "merged.py"]);
    repo.commit("Remove");
    assert_eq!(repo.history().one(1)["origin"]["commit"], merge.as_str());
}

#[test]
fn messages_of_commits_and_tags_and_notes() {
    let repo = Repo::new();
    let commit = repo.commit(&format!("Use {}", key(1)));
    repo.git(&["tag", "-a", "v1", "-m", &format!("Release with {}", key(2))]);
    repo.git(&["notes", "add", "-m", &format!("It was {}", key(3))]);
    let told = repo.history();
    assert_eq!(told.one(1)["origin"]["kind"], "commit-message");
    assert_eq!(told.one(1)["origin"]["commit"], commit.as_str());
    assert_eq!(told.one(2)["origin"]["kind"], "tag-message");
    assert_eq!(told.one(2)["origin"]["author"], "Ada Example <ada@example.com>");
    assert_eq!(told.one(3)["origin"]["kind"], "note");
    let all = repo.all();
    assert_eq!(all.one(3)["origin"]["kind"], "note");
    assert_eq!((all.of_key(1).len(), all.of_key(2).len()), (1, 1));
}

#[test]
fn a_stash() {
    let repo = Repo::new();
    repo.write("app.py", line(1));
    repo.git(&["stash", "-q"]);
    assert!(repo.history().findings().is_empty());
    assert_eq!(repo.all().one(1)["path"], "app.py");
}

#[test]
fn a_dangling_commit_and_a_dangling_blob() {
    let repo = Repo::new();
    repo.write("config.py", line(1));
    let commit = repo.commit("Add");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.git(&["reflog", "expire", "--expire=now", "--all"]);
    repo.write("loose.py", line(2));
    let blob = repo.git(&["hash-object", "-w", "loose.py"]);
    fs::remove_file(repo.path().join("loose.py")).unwrap();
    for packed in [false, true] {
        if packed {
            // `-A` would leave them loose; this packs everything there is.
            let ids = repo.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
            pack(repo.path(), &ids);
        }
        let told = repo.all();
        assert_eq!(told.one(1)["origin"]["commit"], commit.as_str());
        assert_eq!(told.one(1)["path"], "config.py");
        let dangling = told.one(2);
        assert_eq!(dangling["origin"]["object"], blob.as_str());
        assert!(dangling["origin"]["commit"].is_null());
        assert_eq!(dangling["path"], format!(".git/objects/{blob}"));
    }
}

/// Packs the objects of these ids and removes the loose ones.
fn pack(folder: &Path, ids: &str) {
    let mut child = Command::new("git")
        .current_dir(folder)
        .args(["pack-objects", "-q", ".git/objects/pack/pack"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{ids}\n").as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    git(folder, &["prune-packed"]);
}

fn gzip(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_does_not_look_like_text() {
    let repo = Repo::new();
    repo.write(".gitattributes", "*.dat binary\n");
    repo.commit("Attributes");
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    repo.passing("marked.dat", line(1));
    repo.passing("zeros.py", format!("\0\0\0 {}\0", line(2)));
    repo.passing("wide.txt", [vec![0xff, 0xfe], utf16(&line(3))].concat());
    repo.passing("wide-without-mark.txt", utf16(&line(4)));
    repo.passing("old.log.gz", gzip(&format!("{}\n{}", "nothing here\n".repeat(500), line(5))));
    repo.passing("minified.js", format!("var a={};{}{}", "a+".repeat(200_000) + "1", line(6), "b();".repeat(500)));
    repo.passing("web/vendor/thing/package-lock.json", format!("{{\"resolved\": \"{}\"}}\n", key(7)));
    let noise: Vec<u8> = (0..60_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    repo.passing("program.bin", [&noise, line(8).as_bytes(), &noise].concat());
    let encoded = gate::rulebook::base64_encode(format!("{{\"token\": \"{}\"}}", key(9)).as_bytes(), false);
    repo.passing("encoded.py", format!("value = \"{encoded}\"\n"));
    for packed in [false, true] {
        if packed {
            repo.git(&["gc", "-q", "--aggressive"]);
        }
        let told = repo.history();
        assert!(told.findings().iter().any(|found| found["path"] == "encoded.py"));
        for seed in 1..=8 {
            assert_eq!(told.of_key(seed).len(), 1, "{seed}: {:#}", told.report["notifications"]);
        }
        assert_eq!(told.one(7)["path"], "web/vendor/thing/package-lock.json");
        assert_eq!(told.one(7)["confidence"], "medium", "third-party code counts less");
    }
}

#[test]
fn a_secret_in_one_of_many_versions_of_a_packed_file() {
    let repo = Repo::new();
    let text =
        |version: usize| -> String { (0..400).map(|at| format!("value_{at} = {}\n", at * 7 + version / 9)).collect() };
    for version in 0..40 {
        let secret = if version == 17 { line(1) } else { String::new() };
        repo.write("values.py", format!("{}{secret}{}", text(version), text(version + 3)));
        repo.commit("Change");
    }
    repo.git(&["repack", "-adfq", "--depth=50", "--window=50"]);
    assert_eq!(repo.history().one(1)["path"], "values.py");
    for offsets in ["false", "true"] {
        repo.git(&["-c", &format!("repack.useDeltaBaseOffset={offsets}"), "repack", "-adfq"]);
        assert_eq!(repo.history().one(1)["line"], 401);
    }
}

#[test]
fn an_accepted_finding_of_the_past_stays_accepted() {
    let repo = Repo::new();
    repo.passing("config.py", format!("# gate:allow secret/stripe-secret-key revoked in 2024\n{}", line(1)));
    let told = repo.history();
    assert_eq!(told.code, 0, "{:#}", told.report);
    assert_eq!(told.one(1)["suppressions"][0]["justification"], "revoked in 2024");
}

#[test]
fn what_the_configuration_leaves_out_is_left_out_of_the_history() {
    let repo = Repo::new();
    repo.passing("samples/config.py", line(1));
    repo.passing("secret/config.py", line(2));
    repo.write(".gateignore", "/samples/\n");
    repo.write("gate.toml", "[[scan.exclude]]\npaths = [\"secret/**\"]\nreason = \"made up\"\n");
    repo.commit("Leave out");
    let told = repo.history();
    assert!(told.findings().is_empty(), "{:#}", told.report);
}

#[test]
fn since_a_commit_or_a_date() {
    let repo = Repo::new();
    repo.passing("old.py", line(1));
    let middle = repo.git(&["rev-parse", "HEAD"]);
    repo.passing("new.py", line(2));
    repo.commit(&format!("Message with {}", key(3)));
    for since in [middle.as_str(), "HEAD~3"] {
        let told = repo.scan(&["--history", "--since", since]);
        assert_eq!((told.of_key(1).len(), told.of_key(2).len(), told.of_key(3).len()), (0, 1, 1), "{:#}", told.report);
        let told = repo.scan(&["--history", "--all-refs", "--since", since]);
        assert_eq!((told.of_key(1).len(), told.of_key(2).len(), told.of_key(3).len()), (0, 1, 1));
    }
    assert_eq!(repo.scan(&["--history", "--since", "2024-02-01"]).findings().len(), 3);
    assert_eq!(repo.scan(&["--history", "--since", "2024-03-01"]).findings().len(), 0);
    repo.scan(&["--history", "--since", "no-such-thing"]).refuses(&["no-such-thing", "git fetch"]);
}

#[test]
fn many_findings_in_many_commits_come_in_the_same_order_for_any_number_of_threads() {
    let repo = Repo::new();
    for seed in 0..30 {
        repo.passing(&format!("f{}.py", seed % 7), line(seed));
    }
    let one = repo.scan(&["--history", "--threads", "1"]);
    assert_eq!(one.findings().len(), 30);
    for threads in ["2", "5"] {
        assert_eq!(one.report, repo.scan(&["--history", "--threads", threads]).report);
    }
}

#[test]
fn clean_blobs_are_remembered_and_dirty_ones_found_again() {
    let repo = Repo::new();
    for index in 0..2_100 {
        repo.write(&format!("many/f{index}.py"), format!("value = {index}\n"));
    }
    repo.write("config.py", line(1));
    repo.commit("Many");
    repo.git(&["rm", "-rq", "many", "config.py"]);
    repo.commit("Remove");
    let cache = repo.path().join(".git/cache/history");
    let first = repo.history();
    first.one(1);
    let files: Vec<PathBuf> = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    assert!(fs::metadata(&files[0]).unwrap().len() > 2_100 * 20);
    let second = repo.history();
    assert_eq!(first.report, second.report, "as complete as the first run");
    // Not what was written, or not all of it: searched again.
    fs::write(&files[0], b"gate: clean blobs, 1\nshort").unwrap();
    assert_eq!(first.report, repo.history().report);
    fs::remove_dir_all(&cache).unwrap();
    assert_eq!(first.report, repo.scan(&["--history", "--no-cache"]).report);
    assert!(!cache.exists());
}
