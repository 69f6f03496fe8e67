//! OSV's service, and all ways to advisories from the command line, against the server of the bucket's tests.

use std::fs;
use std::path::Path;

use gate::advisory::{AdvisorySource, Limits, Online};
use gate::model::{Ecosystem, Package};
use serde_json::{Value, json};

use crate::bucket::{Server, pypi};
use crate::database::{Answer, limits, ok};

fn online(server: &Server, packages: &[Package]) -> (Vec<Vec<String>>, Vec<String>) {
    let cache = tempfile::tempdir().unwrap();
    let source = Online::new(&server.url, cache.path(), limits());
    source.prepare(&packages.iter().collect::<Vec<_>>());
    let ids = |package| source.affecting(package).into_iter().map(|one| one.id).collect();
    (packages.iter().map(ids).collect(), source.failures())
}

fn results(results: &[Value]) -> Answer {
    ok(json!({ "results": results }).to_string().into_bytes())
}

#[test]
fn the_service_is_asked_in_batches_and_by_pages() {
    let server = Server::new();
    let packages: Vec<Package> = (0..1500)
        .map(|number| Package::new(Ecosystem::Pypi, format!("P_{number:04}"), "1.0", (0, 0)))
        .chain([Package::new(Ecosystem::Docker, "alpine", "3", (0, 0))])
        .collect();
    let mut first = vec![json!({}); 1000];
    first[7] = json!({"vulns": [{"id": "A-1", "modified": "2024-05-01T00:00:00Z"}], "next_page_token": "more"});
    let mut second = vec![json!({}); 501];
    second[499] = json!({"vulns": [{"id": "A-3"}]});
    second[500] = json!({"vulns": [{"id": "A-2"}]});
    server.answer("/v1/querybatch", vec![results(&first), results(&second)]);
    for (id, name) in [("A-1", "p-0007"), ("A-2", "p-0007"), ("A-3", "p-1499")] {
        server.answer(&format!("/v1/vulns/{id}"), vec![ok(pypi(id, name, 1).to_string().into_bytes())]);
    }
    let (found, failures) = online(&server, &packages);
    assert!(failures.is_empty(), "{failures:?}");
    let hits: Vec<(usize, &Vec<String>)> = found.iter().enumerate().filter(|(_, ids)| !ids.is_empty()).collect();
    assert_eq!(hits, [(7, &vec!["A-1".to_owned(), "A-2".to_owned()]), (1499, &vec!["A-3".to_owned()])]);
    let asked = server.asked();
    assert_eq!(asked.len(), 5);
    assert!(asked[0].contains("{\"package\":{\"name\":\"p-0000\",\"ecosystem\":\"PyPI\"},\"version\":\"1.0\"}"));
    assert!(asked[1].contains("\"page_token\":\"more\"") && !asked[1].contains("alpine"));
}

#[test]
fn a_service_that_does_not_answer_leaves_the_look_incomplete() {
    let package = [Package::new(Ecosystem::Pypi, "a", "1.0", (0, 0))];
    let one = |answer: Value| results(&[answer]);
    let endless = one(json!({"next_page_token": "again"}));
    for (name, batch, record, said) in [
        ("500", Answer::Reply("500 Internal Server Error", "", Vec::new()), None, "(3 attempts)"),
        ("429", Answer::Reply("429 Too Many Requests", "Retry-After: 0\r\n", Vec::new()), None, "(3 attempts)"),
        ("400", Answer::Reply("400 Bad Request", "", Vec::new()), None, "400"),
        ("no JSON", ok(b"<html>".to_vec()), None, "not what it should be"),
        ("too few answers", results(&[]), None, "0 answers came to 1 questions"),
        ("a path for an id", one(json!({"vulns": [{"id": "../x"}]})), None, "no id"),
        ("pages without end", endless, None, "more than 100 pages"),
        ("no record", one(json!({"vulns": [{"id": "A-1"}]})), None, "404"),
        ("a bad record", one(json!({"vulns": [{"id": "A-1"}]})), Some(ok(b"{}".to_vec())), ""),
    ] {
        let server = Server::new();
        server.answer("/v1/querybatch", vec![batch]);
        record.into_iter().for_each(|record| server.answer("/v1/vulns/A-1", vec![record]));
        let (found, failures) = online(&server, &package);
        assert!(found[0].is_empty(), "{name}");
        if said.is_empty() {
            assert!(failures.is_empty(), "{name}: it is a problem, and no failure");
        } else {
            assert!(failures.len() == 1 && failures[0].contains(said), "{name}: {failures:?}");
            assert!(failures[0].starts_with("1 packages were not checked: "), "{name}: {failures:?}");
        }
    }
    let insecure = Online::new("http://example.com", Path::new(""), Limits::default());
    assert_eq!(insecure.failures(), ["nobody was asked about any package"]);
    insecure.prepare(&[&package[0]]);
    assert!(insecure.failures()[0].contains("only https is used"), "{:?}", insecure.failures());
}

/// `gate` in `folder`, with `cache` for its downloads and the server for OSV's bucket: what it says, and its exit code.
fn gate(arguments: &[&str], folder: &Path, cache: &Path, server: &Server) -> (String, Option<i32>) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gate"));
    command.args(arguments).current_dir(folder).env("GATE_CACHE_DIR", cache).env("GATE_OSV_SOURCE", &server.url);
    let done = command.output().unwrap();
    (String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned(), done.status.code())
}

#[test]
fn from_the_command_line() {
    let (server, cache, folder) = (Server::new(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("requirements.txt"), "a==1.0\nb==3.0\n").unwrap();
    server.fill(&[pypi("A-1", "a", 1), pypi("A-2", "b", 2)]);
    server.answer("/v1/querybatch", vec![results(&[json!({"vulns": [{"id": "A-1"}]}), json!({})])]);
    server.answer("/v1/vulns/A-1", vec![ok(pypi("A-1", "a", 1).to_string().into_bytes())]);
    let run = |arguments: &[&str]| gate(arguments, folder.path(), cache.path(), &server);
    let scan = |further: &[&str]| run(&[&["scan", "--only", "dependencies"], further].concat());

    let online = format!("--online={}", server.url);
    let (told, code) = scan(&[&online]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("a 1.0: About a (A-1); update to 2.0") && !told.contains("A-2"), "{told}");
    assert_eq!(server.asked().len(), 2);

    let (told, code) = scan(&["--db", "auto", "--offline"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("--offline forbids"), "{told}");
    let (told, code) = scan(&["--db", "auto"]);
    assert_eq!((code, told.contains("(A-1)")), (Some(1), true), "{told}");
    assert_eq!(server.asked(), ["/PyPI/modified_id.csv", "/PyPI/all.zip"]);
    let (told, code) = scan(&[]);
    assert_eq!((code, told.contains("(A-1)")), (Some(1), true), "what was downloaded is used: {told}");
    let (told, _) = scan(&["--max-age", "30"]);
    assert!(told.contains("the newest advisory of PyPI in the database is of 2024-05-02, older than"), "{told}");
    assert!(server.asked().is_empty(), "a plain scan asks nobody");

    let (told, code) = run(&["db", "update", "--ecosystem", "pypi", "--source", &server.url]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.starts_with("OSV PyPI: 2 advisories of 2 packages, the newest of 2024-05-02\n"), "{told}");
    let (told, code) = run(&["db", "update", "--ecosystem", "npm", "--source", &server.url]);
    assert!(code == Some(2) && told.contains("/npm/all.zip"), "{told}");
    let (told, code) = run(&["db", "status", "--format", "json"]);
    let status: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, status["ecosystems"][0]["advisories"].as_u64()), (Some(0), Some(2)));
    let (told, _) = run(&["db", "update", "--ecosystem", "docker"]);
    assert!(told.contains("one of crates.io, npm, PyPI"), "{told}");
}
