//! Security headers: whole configurations of each server, and whether what is read of a configuration is what the server
//! really sends.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gate::analyze::{ServerHeaders, headers_of};
use gate::config::Config;
use gate::model::{Analysis, Confidence, Encoding, NotificationKind, Run, SourceFile, Target};
use gate::rulebook::{RuleSet, fixture};
use gate::scan::{Input, Request, Silent, scan};

fn scanned(root: &Path) -> Run {
    let request = Request {
        input: Input::Paths(vec![root.to_owned()]),
        history: None,
        root: root.to_owned(),
        config: Config::default(),
        rules: RuleSet::embedded(),
        analyses: [Analysis::Compliance].into(),
        baseline: None,
        advisories: Err("not asked for".to_owned()),
        threads: Some(1),
        line_hashes: false,
        functions: false,
    };
    scan(&request, &Silent)
}

/// Each folder of `fixtures/headers-projects` is a project whose files say by comments what is found in them.
#[test]
fn configurations_of_every_server_are_judged_as_they_say() {
    let mut faults = Vec::new();
    let mut shown: BTreeMap<(String, bool), usize> = BTreeMap::new();
    for project in fs::read_dir("fixtures/headers-projects").unwrap() {
        let root = fs::canonicalize(project.unwrap().path()).unwrap();
        let run = scanned(&root);
        faults.extend(run.notifications.iter().map(|told| format!("{}: {told:?}", root.display())));
        let mut sources = Vec::new();
        files(&root, "", &|text| text.to_owned(), &mut sources);
        for source in sources {
            let path = &source.target.path;
            let fixture = fixture::expand(&source.text).unwrap();
            let found = run.findings.iter().filter(|one| one.location.path == *path);
            let found = found.filter(|one| one.rule.id.group() == "headers" && one.confidence > Confidence::Low);
            let found: Vec<(String, u32)> =
                found.map(|one| (one.rule.id.to_string(), one.location.region.start_line)).collect();
            let differences = fixture::compare(&fixture, &found);
            faults.extend(differences.iter().map(|fault| format!("{}/{path}: {fault}", root.display())));
            // `next-bare` shows Next.js as `next` does.
            let server = root.file_name().unwrap().to_string_lossy().split('-').next().unwrap().to_owned();
            for one in fixture.expectations {
                *shown.entry((server.clone(), one.found)).or_default() += 1;
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let servers: BTreeSet<&String> = shown.keys().map(|(server, _)| server).collect();
    assert!(servers.len() >= 18, "{servers:?}");
    for server in servers {
        let count = |found| shown.get(&(server.clone(), found)).copied().unwrap_or_default();
        assert!(count(true) >= 2 && count(false) >= 2, "{server} needs more of both kinds: {shown:?}");
    }
}

/// A fault is told with its file, its line and what was expected; what could be read of the file is judged.
#[test]
fn a_malformed_configuration_is_told_and_judged_as_far_as_it_was_read() {
    let cases: &[(&str, &str, u32, &str, &str)] = &[
        (
            "nginx.conf",
            "http {\n server {\n  listen 80;\n  root /srv;\n  add_header X-Frame-Options ALLOWALL always;\n  index\n }\n}\n",
            7,
            "expected `;` before `}`",
            "headers/unsafe-frame-options",
        ),
        (
            "httpd.conf",
            "<VirtualHost *:80>\n DocumentRoot /srv\n Header always set X-Frame-Options ALLOWALL\n",
            1,
            "expected `</VirtualHost>`",
            "headers/unsafe-frame-options",
        ),
        (
            "Caddyfile",
            "example.com {\n file_server\n header X-Frame-Options ALLOWALL\n header Server \"x\n}\n",
            4,
            "expected a closing quote",
            "headers/unsafe-frame-options",
        ),
        (
            "haproxy.cfg",
            "bind :1\nfrontend f\n mode http\n bind :80\n http-response set-header X-Frame-Options ALLOWALL\n default_backend b\n",
            1,
            "expected a section",
            "headers/unsafe-frame-options",
        ),
        (
            "_headers",
            "/*\n  X-Frame-Options: ALLOWALL\n  nonsense\n",
            3,
            "expected `Name: value`",
            "headers/unsafe-frame-options",
        ),
        (
            "netlify.toml",
            "[[headers]]\nfor = \"/*\"\n[headers.values]\nX-Frame-Options = \"ALLOWALL\"\n[build\n",
            5,
            "not valid TOML",
            "headers/unsafe-frame-options",
        ),
        (
            "vercel.json",
            "{\"headers\": [{\"source\": \"/(.*)\", \"headers\": [\n{\"key\": \"X-Frame-Options\", \"value\": \"ALLOWALL\"}\n]}]\n",
            4,
            "not valid JSON",
            "headers/unsafe-frame-options",
        ),
        (
            "dynamic.yml",
            "http:\n  middlewares:\n    a:\n      headers:\n        customFrameOptionsValue: ALLOWALL\n  routers: [\n",
            7,
            "not valid YAML",
            "headers/unsafe-frame-options",
        ),
        (
            "main.tf",
            "resource \"aws_cloudfront_response_headers_policy\" \"p\" {\n security_headers_config {\n  frame_options {\n   frame_option = \"ALLOWALL\"\n  }\n }\n",
            7,
            "not valid HCL",
            "headers/unsafe-frame-options",
        ),
    ];
    for (name, text, line, expected, rule) in cases {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::write(root.join(name), text).unwrap();
        let run = scanned(&root);
        let told: Vec<_> = run.notifications.iter().filter(|told| told.kind == NotificationKind::Malformed).collect();
        assert_eq!(told.len(), 1, "{name}: {:?}", run.notifications);
        assert_eq!(told[0].line, Some(*line), "{name}: {}", told[0].message);
        assert!(told[0].message.contains(expected), "{name}: {}", told[0].message);
        assert!(run.findings.iter().any(|one| one.rule.id.as_str() == *rule), "{name}: nothing was judged");
    }
}

/// One server of `fixtures/headers-servers`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The command, run in the folder; `@DIR@`, `@HOST@` and `@PORT@` are filled in, there and in every file.
    start: Vec<String>,
    /// A folder of `GATE_PEERS` that must lie beside the files.
    needs: Option<String>,
    /// A request header, for servers that ask how they are reached.
    send: Option<String>,
    /// How many seconds it may take to answer.
    patience: Option<u64>,
    /// The file that sets up the server, where several could.
    server: Option<String>,
}

const HEADERS: [&str; 8] = [
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
];

/// Ends the server whatever happens.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn copy(from: &Path, to: &Path, fill: &dyn Fn(&str) -> String) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target, fill);
        } else {
            fs::write(target, fill(&fs::read_to_string(&path).unwrap())).unwrap();
        }
    }
}

fn files(folder: &Path, below: &str, fill: &dyn Fn(&str) -> String, found: &mut Vec<SourceFile>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = format!("{below}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            files(&path, &format!("{name}/"), fill, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.push(SourceFile::new(Target::at(&name), fill(&text), Encoding::Utf8));
        }
    }
}

/// The response headers of `/`, names in lower case; `None` as long as there is no good answer.
fn fetch(port: u16, send: Option<&str>) -> Option<BTreeMap<String, String>> {
    let mut stream = TcpStream::connect(("127.0.0.2", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let more = send.map_or(String::new(), |line| format!("{line}\r\n"));
    write!(stream, "GET / HTTP/1.1\r\nHost: 127.0.0.2:{port}\r\nConnection: close\r\n{more}\r\n").ok()?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let mut lines = answer.split("\r\n");
    assert!(lines.next()?.contains(" 200 "), "{answer}");
    let lines = lines.take_while(|line| !line.is_empty());
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let known = headers.entry(name.to_ascii_lowercase()).or_default();
        let comma = if known.is_empty() { "" } else { ", " };
        *known += &format!("{comma}{}", value.trim());
    }
    Some(headers)
}

/// A line of the table, and how many headers agree.
fn compare(name: &str, server: &ServerHeaders, sent: &BTreeMap<String, String>) -> (String, usize) {
    let real = |header: &str| sent.get(&header.to_ascii_lowercase()).map(String::as_str);
    let differ: Vec<&str> = HEADERS.into_iter().filter(|header| !server.agrees(header, real(header))).collect();
    let present = HEADERS.into_iter().filter(|header| real(header).is_some()).count();
    let mut line = format!("| {name} | {present} | {} | {} |", 8 - present, 8 - differ.len());
    for header in &differ {
        let read: Vec<_> = server.sent.iter().filter(|(known, _)| known == header).collect();
        line += &format!("\n    {header}: sent {:?}, read {read:?}", real(header));
    }
    (line, 8 - differ.len())
}

fn run(case_folder: &Path, peers: &Path) -> Result<(String, usize), String> {
    let name = case_folder.file_name().unwrap().to_string_lossy().into_owned();
    let case: Case = toml::from_str(&fs::read_to_string(case_folder.join("case.toml")).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind(("127.0.0.2", 0)).unwrap().local_addr().unwrap().port();
    let dir = fs::canonicalize(folder.path()).unwrap();
    let filled = |text: &str, host: &str| {
        text.replace("@DIR@", &dir.to_string_lossy()).replace("@PORT@", &port.to_string()).replace("@HOST@", host)
    };
    let fill = |text: &str| filled(text, "127.0.0.2");
    copy(case_folder, &dir, &fill);
    if let Some(needed) = &case.needs {
        std::os::unix::fs::symlink(peers.join(needed), dir.join(needed)).unwrap();
    }
    // What listens on the machine itself is nobody's server: it is read with an address that others reach.
    let mut read = Vec::new();
    files(case_folder, "", &|text| filled(text, "192.0.2.1"), &mut read);
    let read: Vec<&SourceFile> = read.iter().collect();
    let mut servers = headers_of(&read);
    if let Some(path) = &case.server {
        servers.retain(|server| server.path.as_str() == path);
    }
    let [server] = servers.as_slice() else { return Err(format!("{name}: read as {} servers", servers.len())) };
    let mut words = case.start.iter().map(|word| fill(word));
    let program = words.next().unwrap();
    let program = if program.contains('/') { dir.join(program).to_string_lossy().into_owned() } else { program };
    let log = fs::File::create(dir.join("server.log")).unwrap();
    let child = Command::new(&program)
        .args(words)
        .current_dir(&dir)
        .env("NEXT_TELEMETRY_DISABLED", "1")
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .map_err(|error| format!("{name}: {program} is missing ({error})"))?;
    let _running = Running(child);
    let until = Instant::now() + Duration::from_secs(case.patience.unwrap_or(20));
    loop {
        if let Some(sent) = fetch(port, case.send.as_deref()) {
            return Ok(compare(&name, server, &sent));
        }
        if Instant::now() > until {
            let log = fs::read_to_string(dir.join("server.log")).unwrap_or_default();
            return Err(format!("{name}: no answer\n{log}"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Starts each server of `fixtures/headers-servers` on loopback and compares what it sends with what is read of its configuration.
#[test]
#[ignore = "needs GATE_PEERS, nginx, apache2, caddy, haproxy"]
fn servers_send_what_is_read_of_them() {
    let peers = std::env::var_os("GATE_PEERS").expect("GATE_PEERS names the folder with node_modules and venv");
    let peers = fs::canonicalize(peers).unwrap();
    let only = std::env::var("GATE_HEADERS_CASE").unwrap_or_default();
    let mut cases: Vec<PathBuf> = fs::read_dir("fixtures/headers-servers")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|it| it.is_dir())
        .collect();
    cases.retain(|case| case.to_string_lossy().contains(&only));
    cases.sort();
    let mut faults = Vec::new();
    let mut agreed = 0;
    for case in &cases {
        match run(case, &peers) {
            Ok((line, count)) => {
                eprintln!("{line}");
                agreed += count;
                if count < 8 {
                    faults.push(line);
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    eprintln!("{agreed} of {} headers of {} servers agree", 8 * cases.len(), cases.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
