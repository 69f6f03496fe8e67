//! `gate db update` against a server on this machine that does everything wrong, and against folders and files.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gate::advisory::{self, AdvisoryError, AdvisorySource, Limits, Status, Update};
use gate::model::{Ecosystem, Package};

use crate::dependencies::fixture;

/// What the server does with one request.
#[derive(Clone)]
pub enum Answer {
    /// Status line, further headers, body; the right length is added.
    Reply(&'static str, &'static str, Vec<u8>),
    /// These bytes as they are.
    Raw(Vec<u8>),
    /// Nothing for this long.
    Silence(Duration),
}

struct Server {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Gives the answers in turn, the last one for ever.
    fn new(answers: Vec<Answer>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/advisory-db.tar.gz", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|count| count > 2) {
                    line.clear();
                }
                let count = counter.fetch_add(1, Ordering::SeqCst);
                let bytes = match answers[count.min(answers.len() - 1)].clone() {
                    Answer::Raw(bytes) => bytes,
                    Answer::Reply(status, headers, body) => {
                        let length = body.len();
                        let head = format!(
                            "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
                        );
                        [head.as_bytes(), &body].concat()
                    }
                    Answer::Silence(time) => {
                        thread::sleep(time);
                        continue;
                    }
                };
                // The client may have hung up already.
                let _ = stream.write_all(&bytes);
            }
        });
        Server { url, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

pub fn ok(body: Vec<u8>) -> Answer {
    Answer::Reply("200 OK", "", body)
}

pub fn limits() -> Limits {
    Limits {
        archive_bytes: 1 << 20,
        unpacked_bytes: 1 << 20,
        file_bytes: 64 << 10,
        entries: 100,
        connect: Duration::from_millis(400),
        total: Duration::from_secs(5),
        attempts: 3,
        backoff: Duration::from_millis(5),
        longest_wait: Duration::from_secs(2),
    }
}

fn update(source: &str, cache: &Path) -> Result<Status, AdvisoryError> {
    advisory::update(&Update { source: Some(source), cache, offline: false, limits: limits() }, &|_, _| {})
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A tar entry whose path is written as it is, which the tar crate's own builder refuses for bad paths.
fn append(builder: &mut tar::Builder<Vec<u8>>, path: &str, kind: tar::EntryType, content: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_entry_type(kind);
    if kind.is_symlink() || kind.is_hard_link() {
        header.set_link_name("/etc/passwd").unwrap();
    }
    header.set_cksum();
    builder.append(&header, content).unwrap();
}

/// The small database, packed as a forge does it, with `extra` entries.
fn archive(extra: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    append(&mut builder, "pax_global_header", tar::EntryType::XGlobalHeader, b"30 comment=0123456789abcdef01\n");
    append(&mut builder, "advisory-db-main/", tar::EntryType::Directory, b"");
    append(&mut builder, "advisory-db-main/README.md", tar::EntryType::Regular, b"Advisories");
    let mut folders: Vec<_> =
        fs::read_dir(fixture("lockfiles/rustsec/crates")).unwrap().map(|one| one.unwrap().path()).collect();
    folders.sort();
    for folder in folders {
        for file in fs::read_dir(&folder).unwrap() {
            let file = file.unwrap();
            let name = format!(
                "advisory-db-main/crates/{}/{}",
                folder.file_name().unwrap().to_str().unwrap(),
                file.file_name().to_str().unwrap()
            );
            append(&mut builder, &name, tar::EntryType::Regular, &fs::read(file.path()).unwrap());
        }
    }
    for (path, kind, content) in extra {
        append(&mut builder, path, *kind, content);
    }
    gzip(&builder.into_inner().unwrap())
}

/// Whether the database in `cache` answers as it should.
fn works(cache: &Path) -> bool {
    let package = Package::new(Ecosystem::Cargo, "leaky-parser", "1.2.8", (0, 0));
    advisory::open(None, cache).is_ok_and(|source| source.affecting(&package).len() == 1)
}

#[test]
fn an_archive_is_fetched_and_described() {
    let server = Server::new(vec![ok(archive(&[]))]);
    let cache = tempfile::tempdir().unwrap();
    assert!(matches!(advisory::status(cache.path()), Err(AdvisoryError::Absent)));
    assert!(matches!(advisory::open(None, cache.path()).err(), Some(AdvisoryError::Absent)));
    let folder = cache.path().join("made/on/the/way");
    let told = std::cell::Cell::new((0, None));
    let request = Update { source: Some(&server.url), cache: &folder, offline: false, limits: limits() };
    let status = advisory::update(&request, &|done, all| told.set((done, all))).unwrap();
    assert_eq!((status.advisories, status.newest.as_deref()), (8, Some("2024-09-10")));
    assert_eq!((status.source.as_str(), status.problems.len(), status.digest.len()), (server.url.as_str(), 0, 64));
    assert_eq!(told.get().1, Some(told.get().0), "the progress ends at the whole length");
    assert_eq!(advisory::status(&folder).unwrap(), status);
    assert!(works(&folder));
    assert_eq!(advisory::open(None, &folder).unwrap().describe(), "RustSec, 8 advisories, newest of 2024-09-10");
    let again = update(&server.url, &folder).unwrap();
    assert_eq!(again.digest, status.digest, "the same advisories have the same digest");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing else is left behind");
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    let busy = |status| Answer::Reply(status, "Retry-After: 1\r\n", b"later".to_vec());
    let trouble = Answer::Reply("503 Service Unavailable", "", b"trouble".to_vec());
    let cut = Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc".to_vec());
    let hung = Answer::Silence(Duration::from_millis(600));
    for (name, first, wait) in
        [("500", trouble, 0), ("429", busy("429 Too Many Requests"), 1), ("cut", cut, 0), ("slow", hung, 0)]
    {
        let server = Server::new(vec![first, ok(archive(&[]))]);
        let cache = tempfile::tempdir().unwrap();
        let started = Instant::now();
        update(&server.url, cache.path()).unwrap();
        assert!(works(cache.path()), "{name}");
        assert_eq!(server.requests(), 2, "{name}");
        assert!(started.elapsed() >= Duration::from_secs(wait), "{name}");
    }
}

#[test]
fn whatever_goes_wrong_the_old_database_stays() {
    let whole = archive(&[]);
    let mut tampered = whole.clone();
    let middle = tampered.len() / 2;
    tampered[middle] ^= 0x55;
    let regular = tar::EntryType::Regular;
    let advisory = "advisory-db-main/crates/x/RUSTSEC-2020-0001.md";
    let many: Vec<(String, tar::EntryType, &[u8])> =
        (0..200).map(|at| (format!("a/{at}"), regular, &b""[..])).collect();
    let many: Vec<_> = many.iter().map(|(path, kind, content)| (path.as_str(), *kind, *content)).collect();
    let long = |length: &str| {
        Answer::Raw([format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").as_bytes(), &whole].concat())
    };
    let nothing_of_ours = {
        let mut builder = tar::Builder::new(Vec::new());
        append(&mut builder, "a/README.md", regular, b"text");
        gzip(&builder.into_inner().unwrap())
    };
    let cases = vec![
        ("404", Answer::Reply("404 Not Found", "", Vec::new()), "404", 1),
        ("500 for ever", Answer::Reply("500 Internal Server Error", "", Vec::new()), "(3 attempts)", 3),
        ("a wait too long", Answer::Reply("429 Too Many Requests", "Retry-After: 9999\r\n", Vec::new()), "429", 1),
        (
            "a redirect off this machine",
            Answer::Reply("302 Found", "Location: http://example.com/\r\n", Vec::new()),
            "302",
            1,
        ),
        ("cut off", long("100000"), "(3 attempts)", 3),
        ("announced too short", long("300"), "damaged", 1),
        ("announced too long", long("99999999"), "more than the", 1),
        ("too slow", Answer::Silence(Duration::from_millis(600)), "timeout", 3),
        ("too large", ok(vec![0; (1 << 20) + 1]), "more than the", 1),
        ("a bomb", ok(gzip(&vec![0; 64 << 20])), "", 1),
        ("a bomb in an entry", ok(archive(&[("a/zeros", regular, &vec![0; 4 << 20])])), "unpacks to more", 1),
        ("a large advisory", ok(archive(&[(advisory, regular, &vec![b'a'; 65 << 10])])), "larger than", 1),
        ("many entries", ok(archive(&many)), "entries", 1),
        (
            "a path upwards",
            ok(archive(&[("a/../../crates/x/RUSTSEC-2020-0001.md", regular, b"x")])),
            "out of the archive",
            1,
        ),
        (
            "an absolute path",
            ok(archive(&[("/crates/x/RUSTSEC-2020-0001.md", regular, b"x")])),
            "out of the archive",
            1,
        ),
        ("a symbolic link", ok(archive(&[(advisory, tar::EntryType::Symlink, b"")])), "is a link", 1),
        ("a hard link", ok(archive(&[(advisory, tar::EntryType::Link, b"")])), "is a link", 1),
        ("no UTF-8", ok(archive(&[(advisory, regular, b"\xff\xfe")])), "not UTF-8", 1),
        ("one advisory twice", ok(archive(&[(advisory, regular, b"x"), (advisory, regular, b"y")])), "twice", 1),
        ("cut before it was sent", ok(whole[..whole.len() - 12].to_vec()), "damaged", 1),
        ("tampered with", ok(tampered), "damaged", 1),
        ("no archive", ok(b"<html>please log in</html>".to_vec()), "not a gzip", 1),
        ("gzip of something else", ok(gzip(b"hello")), "", 1),
        ("no advisory in it", ok(nothing_of_ours), "no advisory in it", 1),
        ("no HTTP", Answer::Raw(b"220 mail.example.com ESMTP\r\n".to_vec()), "", 3),
    ];
    let cache = tempfile::tempdir().unwrap();
    let before = update(fixture("lockfiles/rustsec").to_str().unwrap(), cache.path()).unwrap();
    for (name, answer, said, requests) in cases {
        let server = Server::new(vec![answer]);
        let started = Instant::now();
        let error = update(&server.url, cache.path()).expect_err(name).to_string();
        assert!(error.contains(said), "{name}: {error}");
        assert!(error.contains(&server.url), "{name}: {error}");
        assert_eq!(server.requests(), requests, "{name}: {error}");
        assert!(started.elapsed() < Duration::from_secs(4), "{name}: {:?}", started.elapsed());
        assert_eq!(advisory::status(cache.path()).unwrap(), before, "{name}");
        assert!(works(cache.path()), "{name}");
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1, "{name}: something is left behind");
    }
}

#[test]
fn a_mirror_may_be_a_folder_or_a_file() {
    let cache = tempfile::tempdir().unwrap();
    let offline = |source: &str| {
        advisory::update(
            &Update { source: Some(source), cache: cache.path(), offline: true, limits: limits() },
            &|_, _| {},
        )
    };
    let of_folder = offline(fixture("lockfiles/rustsec").to_str().unwrap()).unwrap();
    assert!(works(cache.path()));
    let file = cache.path().join("mirror.tar.gz");
    fs::write(&file, archive(&[])).unwrap();
    assert_eq!(offline(file.to_str().unwrap()).unwrap().digest, of_folder.digest);
    let missing = offline("no/such/place").unwrap_err();
    assert!(missing.to_string().contains("no/such/place"), "{missing}");
    fs::write(&file, vec![0; 2 << 20]).unwrap();
    assert!(offline(file.to_str().unwrap()).unwrap_err().to_string().contains("more than the"));
}

#[test]
fn offline_asks_nobody_and_plain_http_only_this_machine() {
    let server = Server::new(vec![ok(archive(&[]))]);
    let cache = tempfile::tempdir().unwrap();
    for source in [Some(server.url.as_str()), None] {
        let request = Update { source, cache: cache.path(), offline: true, limits: limits() };
        let error = advisory::update(&request, &|_, _| {}).unwrap_err();
        assert!(matches!(error, AdvisoryError::Offline { .. }), "{error}");
    }
    assert_eq!(server.requests(), 0);
    let error = update("http://example.com/advisory-db.tar.gz", cache.path()).unwrap_err();
    assert!(matches!(error, AdvisoryError::Insecure { .. }), "{error}");
    assert!(matches!(advisory::status(cache.path()), Err(AdvisoryError::Absent)));
}

#[test]
fn one_bad_advisory_is_told_and_costs_no_other() {
    let bad = ("advisory-db-main/crates/x/RUSTSEC-2020-0001.md", tar::EntryType::Regular, &b"no advisory"[..]);
    let server = Server::new(vec![ok(archive(&[bad]))]);
    let cache = tempfile::tempdir().unwrap();
    let status = update(&server.url, cache.path()).unwrap();
    assert_eq!(status.advisories, 8);
    assert!(status.problems[0].starts_with("crates/x/RUSTSEC-2020-0001.md: "), "{:?}", status.problems);
    assert!(works(cache.path()));
}

#[test]
fn a_damaged_cache_is_an_error_and_another_format_counts_as_absent() {
    let cache = tempfile::tempdir().unwrap();
    let path = update(fixture("lockfiles/rustsec").to_str().unwrap(), cache.path()).unwrap().path;
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    let last = flipped.len() - 100;
    flipped[last] ^= 1;
    let newer = String::from_utf8_lossy(&whole).replacen("\"format\":1", "\"format\":2", 1).into_bytes();
    for (name, bytes) in
        [("flipped", &flipped[..]), ("cut", &whole[..whole.len() / 2]), ("empty", b""), ("text", b"hello\n")]
    {
        fs::write(&path, bytes).unwrap();
        let error = advisory::open(None, cache.path()).err().unwrap();
        assert!(matches!(error, AdvisoryError::Damaged(_)), "{name}: {error}");
        assert!(error.to_string().contains("gate db update"), "{name}: {error}");
    }
    fs::write(&path, newer).unwrap();
    assert!(matches!(advisory::open(None, cache.path()).err(), Some(AdvisoryError::Absent)));
}

#[test]
fn a_wrong_folder_is_an_error_that_says_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let failure = |path: &Path| advisory::open(Some(path), Path::new("")).err().unwrap().to_string();
    assert!(failure(&folder.path().join("missing")).contains("there is no such folder as "));
    assert!(failure(folder.path()).contains("there is no folder `crates` in "));
    fs::create_dir_all(folder.path().join("crates/time")).unwrap();
    assert!(failure(folder.path()).contains("there is no advisory in "));
    assert!(failure(folder.path()).contains("; expected a RustSec checkout: a folder with crates/"));
}

/// Root may write anywhere, so there the folder is a file instead.
#[cfg(unix)]
#[test]
fn a_cache_that_cannot_be_written_is_an_error() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let source = fixture("lockfiles/rustsec");
    let source = source.to_str().unwrap();
    update(source, folder.path()).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(folder.path().join("probe"), "").is_err() {
        let error = update(source, folder.path()).unwrap_err();
        assert!(error.to_string().starts_with("writing to "), "{error}");
    }
    assert!(works(folder.path()), "it can be read all the same");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(update(source, &file).unwrap_err().to_string().starts_with("writing to "));
}
