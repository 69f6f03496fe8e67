//! `--diff auto`: the change that a build system builds, on repositories as it checks them out.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{Repo, Told, git, line};

/// Scans `folder` in an environment with nothing in it but `variables` and an event, as GitHub gives it.
fn auto(folder: &Path, variables: &[(&str, &str)], event: &str) -> Told {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), event).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    command.current_dir(folder).env_clear().env("GATE_CACHE_DIR", folder.join(".git/cache"));
    command.envs(variables.iter().copied());
    if !event.is_empty() {
        command.env("GITHUB_EVENT_PATH", file.path());
    }
    command.args(["scan", "--only", "secrets", "--format", "json", "--diff", "auto"]);
    Told::of(command.output().unwrap())
}

fn github(folder: &Path, name: &str, event: &str) -> Told {
    auto(folder, &[("GITHUB_EVENT_NAME", name)], event)
}

/// `main` with an old secret (1), a branch `side` that adds one (2), then another secret on `main` (3).
fn parted() -> (Repo, String, String) {
    let repo = Repo::new();
    repo.write("old.py", line(1));
    repo.commit("Old");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("old.py", format!("x = 1\n{}", line(1)));
    repo.write("new.py", line(2));
    let head = repo.commit("Side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("main.py", line(3));
    let base = repo.commit("Main");
    repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    (repo, base, head)
}

fn clone(repo: &Repo, args: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repo.path().display());
    git(folder.path(), &[&["clone", "-q"], args, &[&url, "."]].concat());
    folder
}

fn pull_request(base: &str, head: &str) -> String {
    format!(
        r#"{{"number": 7, "pull_request": {{"base": {{"ref": "main", "sha": "{base}"}}, "head": {{"sha": "{head}"}}}}}}"#
    )
}

/// Nothing but the secret of the branch, and the base is named.
fn is_only_second(told: &Told, what: &str) {
    assert_eq!(told.one(2)["path"], "new.py");
    assert_eq!((told.code, told.brought().len()), (1, 1), "{:#}", told.report);
    assert!(told.says(&["compared with", what]), "{:#}", told.report);
}

/// Runs the command that the message names, as a person would.
fn obey(folder: &Path, told: &Told) {
    assert_eq!(told.code, 2, "{:#}\n{}", told.report, told.errors);
    let command = told.errors.split('`').find(|part| part.starts_with("git ")).unwrap();
    git(folder, &command.split(' ').skip(1).collect::<Vec<_>>());
}

/// What `actions/checkout` makes of a pull request: the trial merge, `depth` commits deep, and no branch.
fn checked_out(repo: &Repo, reference: &str, depth: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["remote", "add", "origin", &format!("file://{}", repo.path().display())]);
    let spec = format!("+{reference}:refs/remotes/pull/7/merge");
    git(folder.path(), &["fetch", "-q", "--no-tags", &format!("--depth={depth}"), "origin", &spec]);
    git(folder.path(), &["checkout", "-q", "--detach", "refs/remotes/pull/7/merge"]);
    folder
}

#[test]
fn a_trial_merge_is_compared_with_what_it_merges_into() {
    let (repo, base, head) = parted();
    repo.git(&["checkout", "-q", "--detach", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Trial", "side"]);
    repo.git(&["update-ref", "refs/pull/7/merge", "HEAD"]);
    repo.git(&["checkout", "-q", "main"]);
    let event = pull_request(&base, &head);
    // One commit is not enough, and the message says what is.
    let folder = checked_out(&repo, "refs/pull/7/merge", "1");
    let told = github(folder.path(), "pull_request", &event);
    assert!(told.errors.contains("pull request 7") && told.errors.contains("--depth=2"), "{}", told.errors);
    obey(folder.path(), &told);
    is_only_second(&github(folder.path(), "pull_request", &event), "pull request 7");
    // The payload's base may be older than what was merged into; Azure tells no base at all.
    let folder = checked_out(&repo, "refs/pull/7/merge", "2");
    let old = repo.git(&["rev-parse", "main~1"]);
    is_only_second(&github(folder.path(), "pull_request", &pull_request(&old, &head)), "pull request 7");
    let azure = [
        ("BUILD_REASON", "PullRequest"),
        ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "7"),
        ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
        ("SYSTEM_PULLREQUEST_SOURCECOMMITID", &head),
    ];
    is_only_second(&auto(folder.path(), &azure, ""), "pull request 7");
}

#[test]
fn a_branch_is_compared_with_where_it_left_the_base() {
    let (repo, base, head) = parted();
    let folder = clone(&repo, &["--branch", "side"]);
    is_only_second(&github(folder.path(), "pull_request", &pull_request(&base, &head)), "pull request 7");
    // A fork: the commit of the base is known, its branch is not the fork's.
    git(folder.path(), &["update-ref", "-d", "refs/remotes/origin/main"]);
    is_only_second(&github(folder.path(), "pull_request_target", &pull_request(&base, &head)), "pull request 7");
    let parted_at = repo.git(&["merge-base", "main", "side"]);
    let gitlab = [
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &parted_at),
    ];
    is_only_second(&auto(folder.path(), &gitlab, ""), "merge request 7");
    let bitbucket = [
        ("BITBUCKET_PR_ID", "7"),
        ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
        ("BITBUCKET_PR_DESTINATION_COMMIT", &base[..12]),
    ];
    is_only_second(&auto(folder.path(), &bitbucket, ""), "pull request 7");
    // Nothing of the base is there: the message says how to get it.
    let jenkins = [("CHANGE_TARGET", "main"), ("CHANGE_ID", "7")];
    let told = auto(folder.path(), &jenkins, "");
    assert!(told.errors.contains("refs/remotes/origin/main is not there"), "{}", told.errors);
    obey(folder.path(), &told);
    is_only_second(&auto(folder.path(), &jenkins, ""), "change 7");
}

#[test]
fn a_shallow_clone_is_told_what_to_fetch() {
    let (repo, base, head) = parted();
    let folder = clone(&repo, &["--depth", "1", "--branch", "side"]);
    let told = github(folder.path(), "pull_request", &pull_request(&base, &head));
    assert!(told.errors.contains("--unshallow"), "{}", told.errors);
    obey(folder.path(), &told);
    is_only_second(&github(folder.path(), "pull_request", &pull_request(&base, &head)), "pull request 7");
}

#[test]
fn what_came_with_a_merge_of_the_base_is_not_of_the_branch() {
    let (repo, base, _) = parted();
    repo.git(&["checkout", "-q", "side"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Take in main", "main"]);
    let head = repo.git(&["rev-parse", "HEAD"]);
    let folder = clone(&repo, &["--branch", "side"]);
    is_only_second(&github(folder.path(), "pull_request", &pull_request(&base, &head)), "pull request 7");
    // The base of the payload is from before the merge.
    let old = repo.git(&["rev-parse", "main~1"]);
    is_only_second(&github(folder.path(), "pull_request", &pull_request(&old, &head)), "pull request 7");
}

#[test]
fn a_pull_request_that_is_not_checked_out_is_no_pass() {
    let (repo, base, head) = parted();
    let folder = clone(&repo, &["--branch", "main"]);
    let told = github(folder.path(), "pull_request_target", &pull_request(&base, &head));
    told.refuses(&["HEAD is the base itself", &format!("git checkout {head}")]);
    obey(folder.path(), &told);
    is_only_second(&github(folder.path(), "pull_request_target", &pull_request(&base, &head)), "pull request 7");
}

#[test]
fn a_merge_group_starts_where_the_queue_says() {
    let (repo, _, _) = parted();
    repo.git(&["merge", "-q", "--no-ff", "-m", "Queued before", "side"]);
    let base = repo.git(&["rev-parse", "HEAD"]);
    repo.write("queued.py", line(4));
    let head = repo.commit("Queued");
    let event = format!(r#"{{"merge_group": {{"base_sha": "{base}", "head_sha": "{head}"}}}}"#);
    let told = github(repo.path(), "merge_group", &event);
    assert_eq!((told.one(4)["path"].as_str(), told.brought().len()), (Some("queued.py"), 1));
    let folder = clone(&repo, &["--depth", "1", "--branch", "main"]);
    let told = github(folder.path(), "merge_group", &event);
    obey(folder.path(), &told);
    assert_eq!(github(folder.path(), "merge_group", &event).brought().len(), 1);
}

fn pushed(branch: &str, before: &str) -> String {
    format!(r#"{{"ref": "refs/heads/{branch}", "before": "{before}", "repository": {{"default_branch": "main"}}}}"#)
}

const ZERO: &str = "0000000000000000000000000000000000000000";

#[test]
fn a_push_starts_where_the_branch_was() {
    let (repo, base, _) = parted();
    let old = repo.git(&["rev-parse", "main~1"]);
    let told = github(repo.path(), "push", &pushed("main", &old));
    assert_eq!((told.one(3)["path"].as_str(), told.brought().len()), (Some("main.py"), 1));
    // The first push of a branch: since it left the default branch. The first of a repository: everything.
    let folder = clone(&repo, &["--branch", "side"]);
    is_only_second(&github(folder.path(), "push", &pushed("side", ZERO)), "the push to side");
    let told = github(repo.path(), "push", &pushed("main", ZERO));
    assert_eq!((told.findings().len(), told.says(&["compared"])), (2, false));
    // Rebased and pushed by force: where it was is gone, or no ancestor.
    repo.git(&["checkout", "-q", "side"]);
    let before = repo.git(&["rev-parse", "side"]);
    repo.git(&["rebase", "-q", "main"]);
    let folder = clone(&repo, &["--branch", "side"]);
    is_only_second(&github(folder.path(), "push", &pushed("side", &before)), "the push to side");
    git(folder.path(), &["fetch", "-q", "origin", &before]);
    is_only_second(&github(folder.path(), "push", &pushed("side", &before)), "the push to side");
    // On the default branch nothing else says where it was.
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["commit", "-q", "--amend", "-m", "Amended"]);
    let folder = clone(&repo, &["--single-branch"]);
    let told = github(folder.path(), "push", &pushed("main", &base));
    assert!(told.errors.contains(&format!("git fetch --no-tags origin {base}")), "{}", told.errors);
    obey(folder.path(), &told);
    let told = github(folder.path(), "push", &pushed("main", &base));
    assert_eq!((told.one(3)["path"].as_str(), told.brought().len()), (Some("main.py"), 1), "since what both have");
}

#[test]
fn where_nothing_is_proposed_everything_is_scanned() {
    let (repo, _, _) = parted();
    for (name, event) in [("schedule", "{}"), ("workflow_dispatch", "{}"), ("push", r#"{"ref": "refs/tags/v1"}"#)] {
        assert_eq!(github(repo.path(), name, event).findings().len(), 2, "{name}");
    }
    assert_eq!(auto(repo.path(), &[], "").findings().len(), 2);
    github(repo.path(), "pull_request", "{").refuses(&["GITHUB_EVENT_PATH"]);
    github(repo.path(), "pull_request", "{}").refuses(&["GITHUB_BASE_REF", "--diff origin/main"]);
    github(repo.path(), "merge_group", "{}").refuses(&["merge_group.base_sha"]);
    // What is written on the command line counts, whatever the environment says.
    let mut command = super::command(repo.path());
    command.env("GITHUB_EVENT_NAME", "pull_request").env("GITHUB_BASE_REF", "main");
    assert_eq!(Told::of(command.output().unwrap()).findings().len(), 2);
}
