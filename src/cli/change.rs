//! What the build system says of the change that it builds: which pull request, merge group or push, and where that starts.

use std::path::Path;

use serde_json::Value;

use super::output::Failure;
use crate::source::Proposal;

/// What is asked of the environment.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The variables of the process; one that is empty counts as absent.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The change that is built here, by the first system that speaks of one; `None` outside of them, and where they build all of a
/// branch: on a schedule, by hand, for a tag, for the first push of a repository.
pub fn proposal(env: Env<'_>) -> Result<Option<Proposal>, Failure> {
    if env("GITHUB_EVENT_NAME").is_some() {
        return github(env);
    }
    Ok([gitlab, bitbucket, azure, jenkins].into_iter().find_map(|system| system(env)))
}

/// A pull request (or what another system calls so) into `branch`.
fn pull(what: String, branch: &str, commits: Vec<Option<String>>, head: Option<String>) -> Proposal {
    let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
    let mut bases = vec![remote(branch)];
    bases.extend(commits.into_iter().flatten().filter(|commit| !is_zero(commit)));
    Proposal { what, bases, head, fetch: spec(branch), is_pull: true, last: None }
}

/// A push to `branch`, which was at `before`; `None` for the first push to the default branch, where all is new.
fn push(what: String, branch: &str, before: Option<String>, default: Option<&str>) -> Option<Proposal> {
    let before = before.filter(|commit| !is_zero(commit));
    let default = default.filter(|default| *default != branch);
    let fetch = match (&before, default) {
        (Some(before), _) => before.clone(),
        (None, Some(default)) => spec(default),
        (None, None) => return None,
    };
    // A branch that is new or was rewritten starts where it left the default branch.
    let bases = before.into_iter().chain(default.map(remote)).collect();
    Some(Proposal { what, bases, fetch, ..Proposal::default() })
}

fn remote(branch: &str) -> String {
    format!("refs/remotes/origin/{branch}")
}

fn spec(branch: &str) -> String {
    format!("+refs/heads/{branch}:refs/remotes/origin/{branch}")
}

fn is_zero(commit: &str) -> bool {
    commit.bytes().all(|byte| byte == b'0')
}

/// <https://docs.github.com/actions/reference/workflows-and-actions/variables>, and the payloads of webhooks.
fn github(env: Env<'_>) -> Result<Option<Proposal>, Failure> {
    let event = match env("GITHUB_EVENT_PATH") {
        Some(path) => payload(Path::new(&path))?,
        None => Value::Null,
    };
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(match env("GITHUB_EVENT_NAME").unwrap_or_default().as_str() {
        name if name.starts_with("pull_request") => {
            let request = &event["pull_request"];
            let branch = env("GITHUB_BASE_REF").or_else(|| text(&request["base"]["ref"]));
            let branch = branch.ok_or_else(|| missing("GITHUB_BASE_REF"))?;
            let what = numbered("pull request", event["number"].as_u64().map(|number| number.to_string()));
            Some(pull(what, &branch, vec![text(&request["base"]["sha"])], text(&request["head"]["sha"])))
        }
        "merge_group" => {
            let group = &event["merge_group"];
            let base = text(&group["base_sha"]).ok_or_else(|| missing("merge_group.base_sha"))?;
            let (fetch, bases) = (base.clone(), vec![base]);
            Some(Proposal { what: "the merge group".to_owned(), bases, fetch, is_pull: true, ..Proposal::default() })
        }
        "push" => {
            let name = text(&event["ref"]).or_else(|| env("GITHUB_REF")).unwrap_or_default();
            let branch = name.strip_prefix("refs/heads/");
            let default = text(&event["repository"]["default_branch"]);
            branch.and_then(|branch| {
                push(format!("the push to {branch}"), branch, text(&event["before"]), default.as_deref())
            })
        }
        _ => None,
    })
}

fn payload(path: &Path) -> Result<Value, Failure> {
    let told = |why: &dyn std::fmt::Display| {
        Failure::new(format!("the event in {} (GITHUB_EVENT_PATH) could not be read: {why}", path.display()))
    };
    let bytes = std::fs::read(path).map_err(|error| told(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| told(&error))
}

fn missing(what: &str) -> Failure {
    Failure::new(format!("--diff auto: the environment does not say {what}; name the base: --diff origin/main"))
}

fn numbered(what: &str, number: Option<String>) -> String {
    number.map_or_else(|| format!("the {what}"), |number| format!("{what} {number}"))
}

/// <https://docs.gitlab.com/ci/variables/predefined_variables/>
fn gitlab(env: Env<'_>) -> Option<Proposal> {
    if let Some(branch) = env("CI_MERGE_REQUEST_TARGET_BRANCH_NAME") {
        let commits = ["CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA"].map(env).to_vec();
        let what = numbered("merge request", env("CI_MERGE_REQUEST_IID"));
        return Some(pull(what, &branch, commits, env("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")));
    }
    let branch = env("CI_COMMIT_BRANCH").filter(|_| env("CI_PIPELINE_SOURCE").as_deref() == Some("push"))?;
    push(format!("the push to {branch}"), &branch, env("CI_COMMIT_BEFORE_SHA"), env("CI_DEFAULT_BRANCH").as_deref())
}

/// <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>
fn bitbucket(env: Env<'_>) -> Option<Proposal> {
    let what = numbered("pull request", Some(env("BITBUCKET_PR_ID")?));
    let branch = env("BITBUCKET_PR_DESTINATION_BRANCH")?;
    Some(pull(what, &branch, vec![env("BITBUCKET_PR_DESTINATION_COMMIT")], env("BITBUCKET_COMMIT")))
}

/// <https://learn.microsoft.com/azure/devops/pipelines/build/variables>
fn azure(env: Env<'_>) -> Option<Proposal> {
    env("BUILD_REASON").filter(|reason| reason == "PullRequest")?;
    let number = env("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER").or_else(|| env("SYSTEM_PULLREQUEST_PULLREQUESTID"));
    let branch = env("SYSTEM_PULLREQUEST_TARGETBRANCH")?;
    Some(pull(numbered("pull request", number), &branch, Vec::new(), env("SYSTEM_PULLREQUEST_SOURCECOMMITID")))
}

/// The variables of its Git and branch source plugins.
fn jenkins(env: Env<'_>) -> Option<Proposal> {
    if let Some(branch) = env("CHANGE_TARGET") {
        return Some(pull(numbered("change", env("CHANGE_ID")), &branch, Vec::new(), None));
    }
    env("JENKINS_URL")?;
    let branch = env("BRANCH_NAME").unwrap_or_else(|| "HEAD".to_owned());
    let what = format!("what came to {branch} since the last build that succeeded");
    push(what, &branch, env("GIT_PREVIOUS_SUCCESSFUL_COMMIT"), None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn of(variables: &[(&str, &str)]) -> Option<Proposal> {
        let get = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        proposal(&get).unwrap_or_else(|failure| panic!("{failure}"))
    }

    fn on_github(name: &str, event: &str) -> Option<Proposal> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), event).unwrap();
        of(&[("GITHUB_EVENT_NAME", name), ("GITHUB_EVENT_PATH", file.path().to_str().unwrap())])
    }

    const ZERO: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn github_tells_pull_requests_groups_and_pushes() {
        let event = r#"{"number": 12, "pull_request": {"base": {"ref": "main", "sha": "b1"}, "head": {"sha": "h1"}}}"#;
        for name in ["pull_request", "pull_request_target"] {
            let found = on_github(name, event).unwrap();
            assert_eq!((found.what.as_str(), found.is_pull), ("pull request 12", true));
            assert_eq!(found.bases, ["refs/remotes/origin/main", "b1"]);
            assert_eq!(found.head.as_deref(), Some("h1"));
            assert_eq!(found.fetch, "+refs/heads/main:refs/remotes/origin/main");
        }
        let found = on_github("merge_group", r#"{"merge_group": {"base_sha": "b1", "head_sha": "h1"}}"#).unwrap();
        assert_eq!((found.bases.as_slice(), found.fetch.as_str()), (&["b1".to_owned()][..], "b1"));
        let push = |name: &str, before: &str| {
            let event =
                format!(r#"{{"ref": "{name}", "before": "{before}", "repository": {{"default_branch": "main"}}}}"#);
            on_github("push", &event).map(|found| found.bases)
        };
        assert_eq!(push("refs/heads/main", "b1").unwrap(), ["b1"]);
        assert_eq!(push("refs/heads/side", "b1").unwrap(), ["b1", "refs/remotes/origin/main"]);
        assert_eq!(push("refs/heads/side", ZERO).unwrap(), ["refs/remotes/origin/main"]);
        assert_eq!(push("refs/heads/main", ZERO), None);
        assert_eq!(push("refs/tags/v1", "b1"), None);
        assert_eq!(on_github("schedule", "{}"), None);
    }

    #[test]
    fn the_other_systems_tell_theirs() {
        let found = of(&[
            ("CI_MERGE_REQUEST_IID", "3"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "b1"),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "h1"),
        ]);
        let found = found.unwrap();
        assert_eq!((found.what.as_str(), found.head.as_deref()), ("merge request 3", Some("h1")));
        assert_eq!(found.bases, ["refs/remotes/origin/main", "b1"]);
        let gitlab = [("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_BRANCH", "side"), ("CI_DEFAULT_BRANCH", "main")];
        let new = of(&[&gitlab[..], &[("CI_COMMIT_BEFORE_SHA", ZERO)]].concat()).unwrap();
        assert_eq!(new.bases, ["refs/remotes/origin/main"]);
        let bitbucket = [
            ("BITBUCKET_PR_ID", "4"),
            ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
            ("BITBUCKET_PR_DESTINATION_COMMIT", "b1"),
            ("BITBUCKET_COMMIT", "h1"),
        ];
        assert_eq!(of(&bitbucket).unwrap().bases, ["refs/remotes/origin/main", "b1"]);
        let azure = [
            ("BUILD_REASON", "PullRequest"),
            ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/release/1"),
            ("SYSTEM_PULLREQUEST_SOURCECOMMITID", "h1"),
        ];
        let found = of(&azure).unwrap();
        assert_eq!((found.bases[0].as_str(), found.head.as_deref()), ("refs/remotes/origin/release/1", Some("h1")));
        assert_eq!(of(&[("BUILD_REASON", "Manual"), azure[1]]), None);
        assert_eq!(of(&[("CHANGE_TARGET", "main"), ("CHANGE_ID", "5")]).unwrap().what, "change 5");
        let jenkins = [("JENKINS_URL", "https://ci.example.org"), ("GIT_PREVIOUS_SUCCESSFUL_COMMIT", "b1")];
        assert_eq!(of(&jenkins).unwrap().bases, ["b1"]);
        assert_eq!(of(&[("JENKINS_URL", "https://ci.example.org")]), None);
        assert_eq!(of(&[]), None);
    }
}
