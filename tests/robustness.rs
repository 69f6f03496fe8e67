//! Input that nobody wrote on purpose: nothing crashes, nothing is lost in silence, time and memory stay bounded.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    // A repository of its own: nothing above it is looked at.
    fs::create_dir_all(folder.path().join(".git")).unwrap();
    folder
}

fn gate(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    command.current_dir(folder).env("XDG_CACHE_HOME", folder.join("no-cache"));
    command
}

/// Exit code, JSON report, and the kinds of its notifications.
fn scan(folder: &Path, arguments: &[&str]) -> (i32, Value, Vec<String>) {
    report(gate(folder).args(["scan", ".", "--skip", "dependencies", "--format", "json"]).args(arguments))
}

/// Far beyond what any of these inputs needs: what is still running then has no bound.
const LIMIT: Duration = Duration::from_secs(120);

fn report(command: &mut Command) -> (i32, Value, Vec<String>) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (done, watched) = std::sync::mpsc::channel::<()>();
    let id = child.id().to_string();
    let watch = std::thread::spawn(move || {
        if watched.recv_timeout(LIMIT).is_err_and(|error| error == std::sync::mpsc::RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").arg(id).status();
        }
    });
    let mut errors = child.stderr.take().unwrap();
    let errors = std::thread::spawn(move || std::io::read_to_string(&mut errors).unwrap());
    let stdout = std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
    let status = child.wait().unwrap();
    drop(done);
    watch.join().unwrap();
    let errors = errors.join().unwrap();
    assert!(!errors.contains("panicked"), "{errors}");
    let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {errors}"));
    let notifications = report["notifications"].as_array().unwrap();
    let kinds = notifications.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect();
    (status.code().expect("it ended by itself"), report, kinds)
}

#[test]
fn ten_megabytes_of_minified_javascript() {
    let folder = folder();
    let mut text = String::from("var a=0;");
    while text.len() < 9_500_000 {
        text.push_str("function f(a,b){return a&&b?eval(a+b):{k:[1,2,3],s:\"x\"}}f(1,2);");
    }
    fs::write(folder.path().join("bundle.js"), &text).unwrap();
    let (code, report, kinds) = scan(folder.path(), &["--threads", "1"]);
    let gave_up = kinds.iter().any(|kind| kind == "parse-timeout");
    assert_eq!(code == 2, gave_up, "{code} {kinds:?}");
    assert_eq!(report["coverage"]["files"], 1);
}

#[test]
fn a_hundred_thousand_brackets_in_each_language() {
    for name in ["a.py", "a.rs", "a.js", "a.ts", "a.tsx"] {
        let folder = folder();
        for (index, (open, close)) in [("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("-", "")].iter().enumerate() {
            let text = format!("x = {}1{};\n", open.repeat(100_000), close.repeat(100_000));
            fs::write(folder.path().join(format!("{index}{name}")), text).unwrap();
        }
        let (code, report, kinds) = scan(folder.path(), &[]);
        let unfinished = kinds.iter().filter(|kind| *kind == "parse-timeout").count();
        assert_eq!(code, if unfinished > 0 { 2 } else { 0 }, "{name}: {report}");
        assert_eq!(report["coverage"]["files"], 5, "{name}");
        assert!(!kinds.iter().any(|kind| kind == "crash"), "{name}: {report}");
    }
}

/// Each of its nodes starts with the whole of the text before.
#[test]
fn a_chain_of_calls_behind_a_very_long_name() {
    let folder = folder();
    for name in ["a.py", "a.rs", "a.js", "a.ts"] {
        let text = format!("x = {}{};\n", "a".repeat(1_000_000), ".f()".repeat(100_000));
        fs::write(folder.path().join(name), text).unwrap();
    }
    let (code, report, kinds) = scan(folder.path(), &[]);
    let unfinished = kinds.iter().filter(|kind| *kind == "parse-timeout").count();
    assert_eq!(code, if unfinished > 0 { 2 } else { 0 }, "{report}");
    assert_eq!(report["coverage"]["files"], 4);
    assert!(!kinds.iter().any(|kind| kind == "crash"), "{report}");
}

#[test]
fn what_is_no_text_is_told() {
    let folder = folder();
    fs::write(folder.path().join("nul.py"), b"x = 1\0\n").unwrap();
    fs::write(folder.path().join("latin.py"), b"x = '\xe9'  # TODO later\n").unwrap();
    fs::write(folder.path().join("empty.py"), b"").unwrap();
    fs::write(folder.path().join("bom.py"), b"\xef\xbb\xbfx = 1\n").unwrap();
    let utf16: Vec<u8> = "\u{feff}# TODO later\r\nx = 1\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(folder.path().join("wide.py"), utf16).unwrap();
    let (code, report, kinds) = scan(folder.path(), &[]);
    assert_eq!((code, kinds), (0, vec!["binary".to_owned()]), "{report}");
    assert_eq!(report["coverage"]["files"], 4);
    assert_eq!(scan(folder.path(), &["--strict"]).0, 2);
}

#[test]
fn a_sparse_file_of_a_gigabyte_is_left_out_and_told() {
    let folder = folder();
    fs::File::create(folder.path().join("huge.py")).unwrap().set_len(1 << 30).unwrap();
    fs::write(folder.path().join("a.py"), "x = 1\n").unwrap();
    let started = Instant::now();
    let (code, _, kinds) = scan(folder.path(), &[]);
    assert_eq!((code, kinds), (0, vec!["too-large".to_owned()]));
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn nothing_to_scan_is_no_green() {
    let folder = folder();
    let (code, report, kinds) = scan(folder.path(), &[]);
    assert_eq!((code, kinds), (2, vec!["no-input".to_owned()]));
    assert_eq!(report["verdict"]["name"], "incomplete");
    fs::write(folder.path().join(".gitignore"), "*\n").unwrap();
    fs::write(folder.path().join("a.py"), "x = 1\n").unwrap();
    let (code, _, kinds) = scan(folder.path(), &[]);
    assert_eq!((code, kinds), (2, vec!["no-input".to_owned()]), "all files ignored");
}

#[cfg(unix)]
#[test]
fn links_neither_loop_nor_lead_out() {
    let folder = folder();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("outside.py"), "x = 1  # TODO outside\n").unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    fs::write(folder.path().join("a/in.py"), "x = 1\n").unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("out")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("outside.py"), folder.path().join("out.py")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("dangling.py")).unwrap();
    let (code, report, kinds) = scan(folder.path(), &[]);
    assert_eq!((code, kinds), (0, Vec::new()), "{report}");
    assert_eq!(report["coverage"]["files"], 1);
}

/// Root may read everything, so the binary runs as another user there.
#[cfg(unix)]
#[test]
fn an_unreadable_file_or_folder_is_incomplete() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    let folder = folder();
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(folder.path(), 0o755);
    fs::write(folder.path().join("a.py"), "x = 1\n").unwrap();
    fs::write(folder.path().join("closed.py"), "x = 1\n").unwrap();
    fs::create_dir(folder.path().join("locked")).unwrap();
    fs::write(folder.path().join("locked/b.py"), "x = 1\n").unwrap();
    mode(&folder.path().join("closed.py"), 0);
    mode(&folder.path().join("locked"), 0);
    let is_root = fs::metadata(folder.path()).unwrap().uid() == 0;
    // The build's own folder may be closed to the other user.
    let binary = folder.path().join(".git/gate");
    fs::copy(env!("CARGO_BIN_EXE_gate"), &binary).unwrap();
    mode(&binary, 0o755);
    let mut command = Command::new(&binary);
    command.current_dir(folder.path()).env("XDG_CACHE_HOME", folder.path().join("no-cache"));
    if is_root {
        command.uid(65534).gid(65534);
    }
    let (code, report, kinds) = report(command.args(["scan", ".", "--skip", "dependencies", "--format", "json"]));
    mode(&folder.path().join("locked"), 0o755);
    assert_eq!((code, kinds), (2, vec!["unreadable".to_owned(), "unreadable".to_owned()]), "{report}");
    assert_eq!(report["coverage"]["files"], 1);
}

#[cfg(unix)]
#[test]
fn a_cache_that_cannot_be_written_does_not_matter() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder();
    fs::write(folder.path().join("a.py"), "x = 1\n").unwrap();
    let cache = folder.path().join("cache");
    fs::create_dir(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o555)).unwrap();
    let mut command = gate(folder.path());
    let output = command.env("XDG_CACHE_HOME", &cache).args(["scan", "."]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_number_of_threads_does_not_show() {
    let folder = folder();
    for index in 0..40 {
        let text = format!("import os\ndef f{index}(a):\n    # TODO {index}\n    os.system('ls ' + a)\n    eval(a)\n")
            .repeat(index + 1);
        fs::write(folder.path().join(format!("f{index}.py")), text).unwrap();
    }
    let output = |threads: &str, format: &str| {
        let mut command = gate(folder.path());
        command
            .args(["scan", ".", "--skip", "dependencies", "--threads", threads, "--format", format])
            .output()
            .unwrap()
            .stdout
    };
    for format in ["text", "json", "sarif"] {
        let one = output("1", format);
        assert!(one.len() > 200);
        assert!(one == output("2", format) && one == output("7", format), "{format} differs");
    }
}

/// Letters and digits without a meaning.
fn noise(seed: u64, length: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(ALPHABET[(state >> 33) as usize % ALPHABET.len()])
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn ten_thousand_secrets_in_one_line() {
    let folder = folder();
    let tokens = |count: u64| (0..count).map(|seed| format!("\"sk_live_{}\"", noise(seed, 28))).collect::<Vec<_>>();
    let mut took = Vec::new();
    for (name, count) in [("a.js", 2_500), ("b.js", 10_000)] {
        fs::write(folder.path().join(name), format!("let x=[{}];\n", tokens(count).join(","))).unwrap();
        let started = Instant::now();
        let mut command = gate(folder.path());
        let (code, found, _) = report(command.args(["scan", name, "--only", "secrets", "--format", "json"]));
        took.push(started.elapsed());
        assert_eq!((code, found["findings"].as_array().unwrap().len() as u64), (1, count));
    }
    // Four times as many take four times as long and not sixteen; what starts up is in both.
    assert!(took[1] < took[0] * 10 + Duration::from_secs(2), "{took:?}");
}

/// Files come, go and change while they are read: whatever is found, each run ends and says what it could not read.
#[test]
fn files_that_change_while_they_are_read() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let folder = folder();
    fs::write(folder.path().join("still.py"), format!("K = \"sk_live_{}\"\n", noise(1, 28))).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0usize;
            while !stop.load(Ordering::Relaxed) {
                let file = folder.path().join(format!("moving{}.py", turn % 7));
                if turn.is_multiple_of(3) {
                    let _ = fs::remove_file(&file);
                } else {
                    fs::write(&file, "x = 1\n".repeat(turn % 5_000)).unwrap();
                }
                turn += 1;
            }
        });
        for _ in 0..15 {
            let (code, found, kinds) = scan(folder.path(), &[]);
            assert_eq!(code, 1, "{found}");
            // A long file is a note; how long it was depends on when it was read.
            let errors = found["findings"].as_array().unwrap().iter().filter(|finding| finding["level"] == "error");
            assert_eq!(errors.count(), 1, "{found}");
            assert!(kinds.iter().all(|kind| kind == "unreadable"), "{kinds:?}");
        }
        stop.store(true, Ordering::Relaxed);
    });
}
