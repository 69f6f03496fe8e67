//! Repositories that are not whole, or not what is expected.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Repo, git, line, scan};

#[test]
fn a_shallow_clone_is_incomplete() {
    let origin = Repo::new();
    origin.passing("config.py", line(1));
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", origin.path().display());
    git(clone.path(), &["clone", "-q", "--depth", "1", &url, "."]);
    let told = scan(clone.path(), &["--history"]);
    assert_eq!(told.code, 2, "{:#}", told.report);
    assert!(told.says(&["shallow", "git fetch --unshallow"]), "{:#}", told.report);
    git(clone.path(), &["fetch", "-q", "--unshallow"]);
    let told = scan(clone.path(), &["--history"]);
    assert_eq!(told.code, 1);
    told.one(1);
}

#[test]
fn a_partial_clone_is_incomplete_until_all_is_there() {
    let origin = Repo::new();
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    origin.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    origin.passing("config.py", line(1));
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", origin.path().display());
    git(clone.path(), &["clone", "-q", "--filter=blob:none", &url, "."]);
    let told = scan(clone.path(), &["--history"]);
    assert_eq!(told.code, 2, "{:#}", told.report);
    assert!(told.says(&["partial", "git fetch --refetch --no-filter", "1 objects"]), "{:#}", told.report);
    git(clone.path(), &["fetch", "-q", "--refetch", "--no-filter"]);
    let told = scan(clone.path(), &["--history"]);
    assert_eq!(told.code, 1, "{:#}", told.report);
    told.one(1);
    assert!(!told.says(&["partial"]), "{:#}", told.report);
}

#[test]
fn a_bare_repository_has_its_history() {
    let repo = Repo::new();
    repo.passing("config.py", line(1));
    let bare = tempfile::tempdir().unwrap();
    git(bare.path(), &["clone", "-q", "--bare", &repo.path().display().to_string(), "."]);
    let told = scan(bare.path(), &["--history"]);
    assert_eq!(told.one(1)["path"], "config.py");
    assert_eq!(told.report["coverage"]["files"], 0);
    scan(bare.path(), &["--staged"]).refuses(&["bare"]);
    // Also when it is named, and from elsewhere.
    let path = bare.path().display().to_string();
    assert_eq!(scan(repo.path(), &["--history", &path]).of_key(1).len(), 1);
    assert_eq!(scan(bare.path(), &["--diff", "HEAD~2..HEAD~1"]).of_key(1).len(), 1);
}

#[test]
fn no_repository_and_no_commit_say_why() {
    let nowhere = tempfile::tempdir().unwrap();
    fs::write(nowhere.path().join("a.py"), "x = 1\n").unwrap();
    for option in [&["--history"][..], &["--staged"], &["--diff", "main"]] {
        scan(nowhere.path(), option).refuses(&[option[0], "in no git repository"]);
    }
    let unborn = Repo::empty(&[]);
    unborn.scan(&["--history"]).refuses(&["no commit yet"]);
    unborn.write("loose.py", line(1));
    unborn.git(&["hash-object", "-w", "loose.py"]);
    fs::remove_file(unborn.path().join("loose.py")).unwrap();
    unborn.all().one(1);
    // A folder that looks like one and is not.
    let broken = tempfile::tempdir().unwrap();
    fs::create_dir(broken.path().join(".git")).unwrap();
    scan(broken.path(), &["--history"]).refuses(&["git repository"]);
}

#[test]
fn a_detached_head() {
    let repo = Repo::new();
    repo.passing("config.py", line(1));
    repo.git(&["checkout", "-q", "--detach"]);
    repo.git(&["branch", "-D", "-q", "main"]);
    repo.history().one(1);
    repo.write("app.py", line(2));
    repo.git(&["add", "app.py"]);
    repo.scan(&["--staged"]).one(2);
}

fn loose(repo: &Repo, id: &str) -> PathBuf {
    repo.path().join(".git/objects").join(&id[..2]).join(&id[2..])
}

fn overwrite(file: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).unwrap();
    change(&mut bytes);
    fs::remove_file(file).unwrap();
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_corrupt_loose_object_is_named_and_all_others_are_searched() {
    let repo = Repo::new();
    repo.passing("one.py", format!("{}\n", "x = 1\n".repeat(50)));
    repo.passing("two.py", line(2));
    let id = repo.git(&["rev-parse", "HEAD~3:one.py"]);
    let whole = fs::read(loose(&repo, &id)).unwrap();
    for at in [1, 9, whole.len() / 2, whole.len() - 1] {
        overwrite(&loose(&repo, &id), |bytes| {
            bytes.clone_from(&whole);
            bytes[at] ^= 0x55;
        });
        let told = repo.history();
        assert!(told.says(&["corrupt", &id, "git fsck"]), "byte {at}: {:#}", told.report);
        assert!(told.kinds().contains(&"unreadable"));
        told.one(2);
    }
    overwrite(&loose(&repo, &id), Vec::clear);
    let told = repo.history();
    assert!(told.says(&["corrupt", &id]), "{:#}", told.report);
    told.one(2);
}

#[test]
fn a_corrupt_pack_loses_what_is_corrupt_and_no_more() {
    let repo = Repo::new();
    for seed in 0..20 {
        let name = format!("f{seed}.py");
        let filler: String = (0..80).map(|at| format!("v{at} = {}\n", at * seed)).collect();
        repo.passing(&name, format!("{}{filler}", line(seed)));
    }
    repo.git(&["repack", "-adfq"]);
    let folder = repo.path().join(".git/objects/pack");
    let pack = fs::read_dir(&folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .find(|it| it.extension().unwrap() == "pack")
        .unwrap();
    let length = fs::metadata(&pack).unwrap().len() as usize;
    let whole = fs::read(&pack).unwrap();
    assert_eq!(repo.history().findings().len(), 20);
    let mut told_corrupt = 0;
    for part in 1..24 {
        overwrite(&pack, |bytes| {
            bytes.clone_from(&whole);
            let at = 12 + (length - 40) * part / 24;
            bytes[at] ^= 0x21;
        });
        let told = repo.history();
        assert_ne!(told.code, 0, "{part}");
        told_corrupt += usize::from(told.says(&["corrupt"]) || told.says(&["could not be read"]));
        let lost = 20 - told.findings().len();
        assert!(lost == 0 || told.kinds().contains(&"unreadable"), "{part}: {lost} lost, {:#}", told.report);
    }
    assert!(told_corrupt >= 20, "{told_corrupt}");
    // Cut off in the middle, and the index too.
    overwrite(&pack, |bytes| bytes.truncate(length / 2));
    assert_eq!(
        repo.all().report["verdict"]["exit_code"].as_u64().filter(|code| *code != 0),
        Some(repo.all().code as u64)
    );
    overwrite(&pack.with_extension("idx"), |bytes| bytes.truncate(1_100));
    assert!(repo.all().kinds().contains(&"unreadable"));
}

#[test]
fn a_submodule_is_told_where_it_is_staged_and_not_in_the_way_of_the_history() {
    let inner = Repo::new();
    let repo = Repo::new();
    repo.git(&["submodule", "--quiet", "add", &inner.path().display().to_string(), "lib"]);
    let told = repo.scan(&["--staged"]);
    assert!(told.says(&["submodule", "gate scan", "lib"]), "{:#}", told.report);
    repo.commit("Submodule");
    repo.passing("config.py", line(1));
    let told = repo.history();
    told.one(1);
    assert_eq!(told.code, 1);
    assert!(!told.kinds().contains(&"unreadable"), "{:#}", told.report);
}

#[test]
fn a_repository_with_sha256() {
    let repo = Repo::empty(&["--object-format=sha256"]);
    repo.write("app.py", "x = 1\n");
    repo.commit("Start");
    repo.passing("config.py", line(1));
    assert_eq!(repo.history().one(1)["origin"]["commit"].as_str().unwrap().len(), 64);
    repo.git(&["gc", "-q"]);
    repo.history().one(1);
    repo.write("app.py", line(2));
    repo.git(&["add", "app.py"]);
    repo.scan(&["--staged"]).one(2);
    repo.commit("Two");
    assert_eq!(repo.scan(&["--diff", "HEAD~1"]).findings().len(), 1);
}

#[test]
fn linked_work_trees_and_alternates() {
    let repo = Repo::new();
    repo.passing("config.py", line(1));
    let other = tempfile::tempdir().unwrap();
    let linked = other.path().join("linked");
    repo.git(&["worktree", "add", "-q", "-b", "side", &linked.display().to_string()]);
    scan(&linked, &["--history"]).one(1);
    fs::write(linked.join("app.py"), line(2)).unwrap();
    git(&linked, &["add", "app.py"]);
    scan(&linked, &["--staged"]).one(2);
    assert!(repo.scan(&["--staged"]).findings().is_empty());
    let shared = other.path().join("shared");
    repo.git(&["clone", "-q", "--shared", ".", &shared.display().to_string()]);
    scan(&shared, &["--history"]).one(1);
}
