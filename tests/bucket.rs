//! OSV's bucket, played by a server on this machine that can do everything wrong.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use gate::advisory::{self, AdvisoryError, AdvisorySource, EcosystemStatus, Fresh, Limits, Update};
use gate::model::{Ecosystem, Package};
use serde_json::{Value, json};

use crate::database::{Answer, limits, ok};
use crate::osv::{record, zipped};

/// A server with a list of answers for each path, given in turn, the last one for ever; 404 for all else.
pub struct Server {
    pub url: String,
    answers: Arc<Mutex<BTreeMap<String, Vec<Answer>>>>,
    /// `path`, with ` from N` where a range was asked for, with ` BODY` where one was sent.
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn new() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Server { url, answers: Arc::default(), log: Arc::default() };
        let (answers, log) = (Arc::clone(&server.answers), Arc::clone(&server.log));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let Some((path, asked)) = request(&mut BufReader::new(stream.try_clone().unwrap())) else { continue };
                log.lock().unwrap().push(asked);
                let answer = {
                    let mut answers = answers.lock().unwrap();
                    match answers.get_mut(&path) {
                        Some(list) if list.len() > 1 => list.remove(0),
                        Some(list) => list[0].clone(),
                        None => Answer::Reply("404 Not Found", "", Vec::new()),
                    }
                };
                let bytes = match answer {
                    Answer::Raw(bytes) => bytes,
                    Answer::Reply(status, headers, body) => {
                        let head = format!(
                            "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
                            body.len()
                        );
                        [head.as_bytes(), &body].concat()
                    }
                    Answer::Silence(time) => {
                        thread::sleep(time);
                        continue;
                    }
                };
                let _ = stream.write_all(&bytes);
            }
        });
        server
    }

    pub fn answer(&self, path: &str, answers: Vec<Answer>) {
        self.answers.lock().unwrap().insert(path.to_owned(), answers);
    }

    /// A bucket of PyPI with these records, each changed at the time that it states.
    pub fn fill(&self, records: &[Value]) {
        let text = |one: &Value| one.to_string().into_bytes();
        let line = |one: &Value| format!("{},{}\n", one["modified"].as_str().unwrap(), one["id"].as_str().unwrap());
        self.answer("/PyPI/modified_id.csv", vec![ok(records.iter().map(line).collect::<String>().into_bytes())]);
        self.answer("/PyPI/all.zip", vec![ok(zipped(records, &[]))]);
        for one in records {
            self.answer(&format!("/PyPI/{}.json", one["id"].as_str().unwrap()), vec![ok(text(one))]);
        }
    }

    /// What was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }
}

/// The path of a request, and what the log says of it.
fn request(reader: &mut impl BufRead) -> Option<(String, String)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut asked, mut length) = (path.clone(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? <= 2 {
            break;
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(range) = line.strip_prefix("range: bytes=") {
            asked += &format!(" from {}", range.trim_end_matches('-'));
        }
        if let Some(count) = line.strip_prefix("content-length: ") {
            length = count.parse().ok()?;
        }
    }
    if length > 0 {
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        asked += &format!(" {}", String::from_utf8(body).ok()?);
    }
    Some((path, asked))
}

pub fn pypi(id: &str, name: &str, day: u32) -> Value {
    let mut one = record(id, &[], "PyPI", name, json!([{"introduced": "0"}, {"fixed": "2.0"}]));
    one["modified"] = format!("2024-05-{day:02}T00:00:00.123456Z").into();
    one
}

fn update(server: &Server, cache: &Path) -> Result<EcosystemStatus, AdvisoryError> {
    let limits = Limits { entries: 1000, ..limits() };
    let update = Update { source: Some(&server.url), cache, offline: false, limits };
    advisory::update_ecosystem(Ecosystem::Pypi, &update, &|_, _| {})
}

/// What affects version 1.0 of `name` by the database in `cache`.
fn found(cache: &Path, name: &str) -> Vec<String> {
    let database = advisory::open(None, cache).unwrap();
    assert!(database.failures().is_empty());
    let package = Package::new(Ecosystem::Pypi, name, "1.0", (0, 0));
    database.affecting(&package).into_iter().map(|one| one.id).collect()
}

#[test]
fn the_first_time_all_is_fetched_and_then_what_changed() {
    let (server, cache) = (Server::new(), tempfile::tempdir().unwrap());
    let mut records = vec![pypi("A-1", "a", 1), pypi("A-2", "b", 2), pypi("A-3", "c", 3)];
    server.fill(&records);
    let first = update(&server, cache.path()).unwrap();
    assert_eq!(server.asked(), ["/PyPI/modified_id.csv", "/PyPI/all.zip"]);
    assert_eq!((first.advisories, first.packages, first.problem_count), (3, 3, 0));
    assert_eq!(first.newest.as_deref(), Some("2024-05-03T00:00:00.123456Z"));
    assert_eq!((first.ecosystem.as_str(), first.source.as_str()), ("PyPI", server.url.as_str()));
    assert_eq!(advisory::ecosystem_statuses(cache.path()).remove(0).unwrap(), first);
    assert_eq!(advisory::downloaded(cache.path()), [Ecosystem::Pypi]);
    assert_eq!(found(cache.path(), "a"), ["A-1"]);

    let same = update(&server, cache.path()).unwrap();
    assert_eq!(server.asked(), ["/PyPI/modified_id.csv"]);
    assert_eq!(same.digest, first.digest);

    // One is about another package now, one is withdrawn, one is new; and one is gone altogether.
    records.push(pypi("A-4", "d", 4));
    server.fill(&records);
    update(&server, cache.path()).unwrap();
    assert_eq!(server.asked(), ["/PyPI/modified_id.csv", "/PyPI/A-4.json"]);
    records[0] = pypi("A-1", "e", 5);
    records[1] = pypi("A-2", "b", 5);
    records[1]["withdrawn"] = "2024-05-05T00:00:00Z".into();
    records.remove(2);
    server.fill(&records);
    let last = update(&server, cache.path()).unwrap();
    assert_eq!(server.asked(), ["/PyPI/modified_id.csv", "/PyPI/A-1.json", "/PyPI/A-2.json"]);
    assert_eq!(last.advisories, 2);
    for (name, ids) in [("a", &[][..]), ("b", &[]), ("c", &[]), ("d", &["A-4"]), ("e", &["A-1"])] {
        assert_eq!(found(cache.path(), name), ids, "{name}");
    }
    // From the beginning it would be the same.
    let other = tempfile::tempdir().unwrap();
    assert_eq!(update(&server, other.path()).unwrap().digest, last.digest);
}

#[test]
fn without_a_list_or_with_many_changes_all_is_fetched() {
    let (server, cache) = (Server::new(), tempfile::tempdir().unwrap());
    let many: Vec<Value> = (0..300).map(|number| pypi(&format!("A-{number}"), "a", 1)).collect();
    server.fill(&many[..1]);
    update(&server, cache.path()).unwrap();
    server.fill(&many);
    server.asked();
    assert_eq!(update(&server, cache.path()).unwrap().advisories, 300);
    assert_eq!(server.asked(), ["/PyPI/modified_id.csv", "/PyPI/all.zip"]);
    server.answer("/PyPI/modified_id.csv", vec![Answer::Reply("404 Not Found", "", Vec::new())]);
    assert_eq!(update(&server, cache.path()).unwrap().advisories, 300);
    assert_eq!(server.asked(), ["/PyPI/modified_id.csv", "/PyPI/all.zip"]);
}

#[test]
fn a_transfer_goes_on_where_it_broke_off() {
    let server = Server::new();
    let records: Vec<Value> = (0..40).map(|number| pypi(&format!("A-{number}"), "a", 1)).collect();
    server.fill(&records);
    let whole = zipped(&records, &[]);
    let cut = |etag: &str| {
        let head = format!("HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Length: {}\r\n\r\n", whole.len());
        Answer::Raw([head.as_bytes(), &whole[..1000]].concat())
    };
    let rest = |from: usize| {
        let range = format!("Content-Range: bytes {from}-{}/{}\r\n", whole.len() - 1, whole.len());
        let head = format!("HTTP/1.1 206 Partial Content\r\n{range}Content-Length: {}\r\n\r\n", whole.len() - from);
        Answer::Raw([head.as_bytes(), &whole[from..]].concat())
    };
    for (name, answers, asked) in [
        ("it goes on", vec![cut("\"1\""), rest(1000)], &["", " from 1000"][..]),
        ("it starts again", vec![cut("\"1\""), ok(whole.clone())], &["", " from 1000"]),
        ("the wrong place", vec![cut("\"1\""), rest(900), ok(whole.clone())], &["", " from 1000", ""]),
        ("a weak tag", vec![cut("W/\"1\""), ok(whole.clone())], &["", ""]),
        ("no tag", vec![cut(""), ok(whole.clone())], &["", ""]),
    ] {
        server.answer("/PyPI/all.zip", answers);
        let cache = tempfile::tempdir().unwrap();
        assert_eq!(update(&server, cache.path()).unwrap().advisories, 40, "{name}");
        let expected: Vec<String> = asked.iter().map(|range| format!("/PyPI/all.zip{range}")).collect();
        assert_eq!(server.asked()[1..], expected, "{name}");
    }
}

#[test]
fn whatever_goes_wrong_the_old_records_stay() {
    let records = vec![pypi("A-1", "a", 1), pypi("A-2", "b", 2)];
    let whole = zipped(&records, &[]);
    let mut tampered = whole.clone();
    tampered[60] ^= 0x55;
    let cut = Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nPK".to_vec());
    let wrong_length = Answer::Raw([&b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n"[..], &whole].concat());
    let redirect = Answer::Reply("302 Found", "Location: /PyPI/all.zip\r\n", Vec::new());
    let busy = |wait: &'static str| Answer::Reply("429 Too Many Requests", wait, Vec::new());
    let hash = "x-goog-hash: md5=AAAA\r\nx-goog-hash: crc32c=AAAAAA==\r\n";
    let many: Vec<(String, &[u8])> = (0..1001).map(|at| (format!("X-{at}.json"), &b"{}"[..])).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    let zeros = vec![b' '; 2 << 20];
    let large = vec![b' '; 65 << 10];
    let archive = "/PyPI/all.zip";
    let list = "/PyPI/modified_id.csv";
    let cases: Vec<(&str, &str, Vec<Answer>, &str)> = vec![
        ("500", archive, vec![Answer::Reply("500 Internal Server Error", "", Vec::new())], "500"),
        ("404", archive, vec![Answer::Reply("404 Not Found", "", Vec::new())], "404"),
        ("429 for ever", archive, vec![busy("Retry-After: 0\r\n")], "(3 attempts)"),
        ("429 for hours", archive, vec![busy("Retry-After: 9999\r\n")], "429"),
        ("cut off", archive, vec![cut], "(3 attempts)"),
        ("a wrong length", archive, vec![wrong_length], "damaged"),
        ("slow", archive, vec![Answer::Silence(Duration::from_millis(600))], "timeout"),
        ("a redirect loop", archive, vec![redirect], "302"),
        ("another checksum", archive, vec![Answer::Reply("200 OK", hash, whole.clone())], "checksum"),
        ("tampered with", archive, vec![ok(tampered)], "damaged"),
        ("too large", archive, vec![ok(vec![0; (1 << 20) + 1])], "more than the"),
        ("a bomb", archive, vec![ok(zipped(&[], &[("X-1.json", &zeros)]))], "larger than"),
        ("many entries", archive, vec![ok(zipped(&[], &many))], "more than 1000 entries"),
        ("a large record", archive, vec![ok(zipped(&[], &[("X-1.json", &large)]))], "larger than"),
        ("no archive", archive, vec![ok(b"<html>please log in</html>".to_vec())], "damaged"),
        ("nothing in it", archive, vec![ok(zipped(&[], &[("README.md", b"text")]))], "not one record of PyPI"),
        ("only rubbish", archive, vec![ok(zipped(&[], &[("X-1.json", b"{}")]))], "such as X-1.json"),
        ("a list of something else", list, vec![ok(b"<html>".to_vec())], "not a list"),
        ("a list with a path", list, vec![ok(b"2024-05-01T00:00:00Z,../x\n".to_vec())], "not a list"),
        ("a list in trouble", list, vec![Answer::Reply("503 Service Unavailable", "", Vec::new())], "503"),
    ];
    let cache = tempfile::tempdir().unwrap();
    let mirror = Server::new();
    mirror.fill(&records);
    let before = update(&mirror, cache.path()).unwrap();
    for (name, path, answers, said) in cases {
        let server = Server::new();
        server.fill(&records);
        server.answer(path, answers);
        let started = Instant::now();
        let error = update(&server, cache.path()).expect_err(name).to_string();
        assert!(error.contains(said) && error.contains(&server.url), "{name}: {error}");
        assert!(started.elapsed() < Duration::from_secs(4), "{name}: {:?}", started.elapsed());
        assert_eq!(advisory::ecosystem_statuses(cache.path()).remove(0).unwrap(), before, "{name}");
        assert_eq!(found(cache.path(), "a"), ["A-1"], "{name}");
        assert_eq!(fs::read_dir(cache.path().join("osv")).unwrap().count(), 1, "{name}: something is left behind");
    }
    // A list that was cut at a line's end must not empty the database.
    mirror.answer(list, vec![ok(Vec::new())]);
    let error = update(&mirror, cache.path()).unwrap_err().to_string();
    assert!(error.contains("less than half"), "{error}");
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    let busy = Answer::Reply("429 Too Many Requests", "Retry-After: 1\r\n", Vec::new());
    let trouble = Answer::Reply("500 Internal Server Error", "", Vec::new());
    let records = [pypi("A-1", "a", 1)];
    for (name, first, wait) in [("500", trouble, 0), ("429", busy, 1)] {
        let (server, cache) = (Server::new(), tempfile::tempdir().unwrap());
        server.fill(&records);
        server.answer("/PyPI/all.zip", vec![first, ok(zipped(&records, &[]))]);
        let started = Instant::now();
        update(&server, cache.path()).unwrap();
        assert!(started.elapsed() >= Duration::from_secs(wait), "{name}");
        assert_eq!(found(cache.path(), "a"), ["A-1"], "{name}");
    }
}

#[test]
fn a_changed_record_that_cannot_be_had_leaves_what_was_known() {
    let (server, cache) = (Server::new(), tempfile::tempdir().unwrap());
    server.fill(&[pypi("A-1", "a", 1), pypi("A-2", "b", 1)]);
    update(&server, cache.path()).unwrap();
    let changed = [pypi("A-1", "a", 2), pypi("A-2", "b", 1)];
    for (answer, said) in [
        (Answer::Reply("404 Not Found", "", Vec::new()), "A-1.json: the server answered 404"),
        (ok(b"{\"id\": 1}".to_vec()), "A-1.json: not an OSV record"),
        (ok(pypi("A-7", "z", 2).to_string().into_bytes()), "A-1.json: it has another id"),
    ] {
        server.fill(&changed);
        server.answer("/PyPI/A-1.json", vec![answer]);
        let status = update(&server, cache.path()).unwrap();
        assert!(status.problems.len() == 1 && status.problems[0].starts_with(said), "{:?}", status.problems);
        assert_eq!((found(cache.path(), "a"), found(cache.path(), "z")), (vec!["A-1".to_owned()], Vec::new()));
    }
    server.fill(&changed);
    assert_eq!(update(&server, cache.path()).unwrap().problem_count, 0, "it was asked for again");
}

#[test]
fn a_folder_does_as_well_and_offline_asks_nobody() {
    let (server, cache) = (Server::new(), tempfile::tempdir().unwrap());
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("PyPI")).unwrap();
    fs::write(folder.path().join("PyPI/all.zip"), zipped(&[pypi("A-1", "a", 1)], &[])).unwrap();
    assert_eq!(advisory::ecosystems_in(folder.path()), [Ecosystem::Pypi]);
    let offline = |source: &str, ecosystem| {
        let update = Update { source: Some(source), cache: cache.path(), offline: true, limits: limits() };
        advisory::update_ecosystem(ecosystem, &update, &|_, _| {})
    };
    offline(folder.path().to_str().unwrap(), Ecosystem::Pypi).unwrap();
    assert_eq!(found(cache.path(), "a"), ["A-1"]);
    let missing = offline(folder.path().to_str().unwrap(), Ecosystem::Npm).unwrap_err();
    assert!(missing.to_string().contains("npm"), "{missing}");
    assert!(matches!(offline(&server.url, Ecosystem::Pypi), Err(AdvisoryError::Offline { .. })));
    assert!(server.asked().is_empty());
    assert!(
        offline(folder.path().to_str().unwrap(), Ecosystem::Docker).unwrap_err().to_string().contains("no records")
    );
    let index = cache.path().join("osv/PyPI.index");
    let mut bytes = fs::read(&index).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&index, bytes).unwrap();
    let damaged = advisory::ecosystem_statuses(cache.path()).remove(0).unwrap_err();
    assert!(matches!(damaged, AdvisoryError::Damaged(_)), "{damaged}");
}

#[test]
fn a_database_that_keeps_itself_fresh() {
    let (server, cache) = (Server::new(), tempfile::tempdir().unwrap());
    server.fill(&[pypi("A-1", "a", 1)]);
    let ask = |max_age: u64, offline: bool| {
        let max_age = Duration::from_secs(max_age);
        let request = Fresh { max_age, source: Some(&server.url), offline, limits: limits() };
        let database = advisory::open_fresh(cache.path(), request);
        let package = |name| Package::new(Ecosystem::Pypi, name, "1.0", (0, 0));
        let found = ["a", "b"].map(|name| database.affecting(&package(name)).len());
        (found, database.failures())
    };
    let ([a, b], failures) = ask(3600, true);
    assert_eq!((a, b), (0, 0));
    assert!(failures.len() == 1 && failures[0].contains("--offline forbids"), "{failures:?}");
    assert_eq!(ask(3600, false), ([1, 0], Vec::new()), "what is missing is fetched");
    server.asked();
    server.fill(&[pypi("A-1", "a", 1), pypi("A-2", "b", 2)]);
    assert_eq!(ask(3600, false), ([1, 0], Vec::new()), "what is fresh is used");
    assert!(server.asked().is_empty());
    thread::sleep(Duration::from_millis(1100));
    assert_eq!(ask(0, false), ([1, 1], Vec::new()), "what is old is brought up to date");
    thread::sleep(Duration::from_millis(1100));
    server.answer("/PyPI/modified_id.csv", vec![Answer::Reply("404 Not Found", "", Vec::new())]);
    server.answer("/PyPI/all.zip", vec![Answer::Reply("404 Not Found", "", Vec::new())]);
    let (found, failures) = ask(0, false);
    assert_eq!(found, [1, 1], "the old one is used");
    assert!(failures.len() == 1 && failures[0].contains("could not be brought up to date"), "{failures:?}");
}
