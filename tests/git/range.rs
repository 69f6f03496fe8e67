//! What a range of revisions brings in.

use super::{Repo, git, line, scan};

#[test]
fn a_range_reports_what_it_brings_in() {
    let repo = Repo::new();
    repo.write("app.py", line(1));
    repo.write("old.py", line(4));
    repo.commit("With a secret");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("app.py", format!("x = 1\n{}{}", line(1), line(2)));
    repo.git(&["mv", "old.py", "moved.py"]);
    repo.commit("Side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("main.py", line(3));
    repo.commit("Main");
    repo.git(&["checkout", "-q", "side"]);
    for range in ["main...side", "main", "main...", "main...HEAD"] {
        let told = repo.scan(&["--diff", range]);
        assert_eq!(told.one(2)["path"], "app.py");
        assert_eq!((told.code, told.brought().len()), (1, 1), "{range}: {:#}", told.report);
        assert!(told.says(&["compared with", "left `main`"]), "{:#}", told.report);
    }
    // From one to the other, `main.py` is removed and nothing more is new.
    assert_eq!(repo.scan(&["--diff", "main..side"]).brought().len(), 1);
    assert_eq!(repo.scan(&["--diff", "side..main"]).one(3)["path"], "main.py");
    let none = repo.scan(&["--diff", "HEAD..HEAD"]);
    assert_eq!((none.code, none.kinds()), (0, vec!["note", "note"]));
}

#[test]
fn a_second_occurrence_is_new_and_an_accepted_one_stays_accepted() {
    let repo = Repo::new();
    repo.write("app.py", format!("# gate:allow secret/stripe-secret-key made up\n{}", line(1)));
    repo.commit("Accepted");
    repo.write("app.py", format!("x = 1\n# gate:allow secret/stripe-secret-key made up\n{}\n\n{}", line(1), line(1)));
    repo.commit("Twice");
    let told = repo.scan(&["--diff", "HEAD~1"]);
    assert_eq!(told.one(1)["line"], 6, "{:#}", told.report);
    assert_eq!(told.brought().len(), 1, "the comment is not in vain: {:#}", told.report);
}

#[test]
fn a_revision_that_is_not_there_names_the_command() {
    let repo = Repo::new();
    repo.scan(&["--diff", "origin/main...HEAD"]).refuses(&["`origin/main`", "git fetch origin main"]);
    repo.scan(&["--diff", "v9..HEAD"]).refuses(&["`v9`", "git fetch origin v9"]);
    for _ in 0..3 {
        repo.commit("More");
    }
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repo.path().display());
    git(clone.path(), &["clone", "-q", "--depth", "1", &url, "."]);
    scan(clone.path(), &["--diff", "HEAD~2"]).refuses(&["`HEAD~2`", "git fetch --unshallow"]);
    let other = Repo::empty(&[]);
    other.write("a.py", "x = 1\n");
    other.commit("One");
    other.git(&["checkout", "-q", "--orphan", "apart"]);
    other.commit("Two");
    other.scan(&["--diff", "main...apart"]).refuses(&["no common ancestor", "main..apart"]);
}
