//! No report for another system, no line of the log and no check of the doctor holds a secret of the scanned tree: not eight
//! characters of it in a row, whatever the format escapes or parts.

use std::fs;
use std::path::Path;
use std::process::Command;

use gate::report::FORMATS;
use gate::rulebook::fixture;
use tempfile::TempDir;

/// Made here, so that no file of ours holds them; the same each time.
struct Plants {
    token: String,
    password: String,
    url: String,
    key: String,
}

impl Plants {
    fn new() -> Plants {
        let made = |template: &str| fixture::expand(template).expect("a template").text;
        Plants {
            token: made("ghp_{{alnum:30}}{{crc32-base62-6}}"),
            password: made("{{alnum:21}}"),
            url: made("x{{alnum:18}}"),
            key: made("{{alnum:63}}"),
        }
    }

    /// A tree with secrets where reports and logs look: code, comments, reasons, paths of archives, files that do not parse.
    fn tree(&self) -> TempDir {
        let Plants { token, password, url, key } = self;
        let folder = tempfile::tempdir().unwrap();
        let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{key}\n{key}\n-----END RSA PRIVATE KEY-----");
        for (name, text) in [
            (
                "app/main.py",
                format!(
                    "import subprocess, requests\n# TODO rotate {token} now\nAPI_TOKEN = \"{token}\"  # | <b> @octocat\n\
                     def run(name):\n    subprocess.run(f\"login {{name}} --password={password}\", shell=True)\n    \
                     requests.get(\"https://deploy:{url}@registry.example.org/x\", verify=False)\n\
                     db_password = \"{password}\"\nKEY = \"\"\"{pem}\"\"\"\n\
                     eval(\"login('{token}', \" + name + \")\")  # gate:allow python/eval-exec accepted with {token}\n"
                ),
            ),
            (
                "web/app.js",
                format!("const password = '{password}'; // TODO {token}\neval('x{token}' + location.hash)\n"),
            ),
            ("config.env", format!("DB_PASSWORD={password}\nDATABASE_URL=postgres://app:{url}@db.example.com/app\n")),
            ("Cargo.lock", format!("version = 4\n[[package]]\nname = \"{token}\"\nversion = {password}\n")),
            ("broken.py", format!("def f(:\n    token = \"{token}\"\n")),
            ("key.pem", pem.clone()),
        ] {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        fs::create_dir(folder.path().join(".git")).unwrap();
        folder
    }

    /// Eight characters of a secret that `text` holds once what a format adds to it is taken away.
    fn leak(&self, text: &str) -> Option<String> {
        let plain = text
            .replace(['\\', '\u{2060}'], "")
            .replace("&#36;", "$")
            .replace("%25", "%")
            .replace("%3A", ":")
            .replace("%2C", ",");
        let values = [&self.token, &self.password, &self.url, &self.key];
        let parts =
            values.into_iter().flat_map(|value| (0..=value.len() - 8).map(move |start| &value[start..start + 8]));
        for part in parts.filter(|part| *part != "ghp_") {
            if let Some(at) = [text, &plain].iter().find_map(|text| text.find(part).map(|at| (at, *text))) {
                let line = at.1[..at.0].rsplit('\n').next().unwrap_or_default();
                return Some(format!("`{part}` after {line}"));
            }
        }
        None
    }
}

fn told(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    command.current_dir(folder).args(args).env("GATE_CACHE_DIR", folder.join(".git/cache"));
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
}

fn assert_tight(plants: &Plants, folder: &Path, args: &[&str]) -> String {
    let (code, text) = told(folder, args);
    assert!(code.is_some_and(|code| code <= 2), "{args:?} ended with {code:?}");
    assert_eq!(plants.leak(&text), None, "{args:?}");
    text
}

#[test]
fn the_search_finds_what_formats_make_of_a_secret() {
    let plants = Plants::new();
    let joined: String = plants.password.chars().flat_map(|c| [c, '\u{2060}']).collect();
    let escaped: String = plants.token.chars().flat_map(|c| ['\\', c]).collect();
    for text in [format!("x {} y", plants.key), format!("| {joined} |"), escaped, plants.url[4..14].to_owned()] {
        assert!(plants.leak(&text).is_some(), "{text}");
    }
    assert_eq!(plants.leak(&format!("{}…", &plants.password[..7])), None);
}

#[test]
fn no_format_and_no_log_line_shows_a_secret() {
    let plants = Plants::new();
    let folder = plants.tree();
    for format in FORMATS.iter().map(|format| format.name()) {
        for extra in [
            &["-vvv", "--log-format", "json", "--timings", "--run-id", "r1"][..],
            &["-vvv", "--log-format", "text", "--timings", "--strict"],
            &["--only", "code", "-vvv", "--log-format", "json"],
        ] {
            let text = assert_tight(&plants, folder.path(), &[&["scan", "--format", format], extra].concat());
            assert!(text.contains("run ended"), "{text}");
        }
    }
    // What the formats were tried on was there: secrets in each kind of file, and findings of code that quote them.
    let all = assert_tight(&plants, folder.path(), &["scan", "-vvv", "--format", "jsonl", "--log-format", "json"]);
    for part in [
        "secret/github",
        "app/main.py",
        "web/app.js",
        "config.env",
        "key.pem",
        "quality/todo",
        "python/",
        "\"malformed\"",
    ] {
        assert!(all.contains(part), "nothing of {part}, so nothing was tried: {all}");
    }
}

#[test]
fn no_report_in_a_file_shows_a_secret() {
    let plants = Plants::new();
    let folder = plants.tree();
    let out = tempfile::tempdir().unwrap();
    let file = |name: &str| format!("--format={name}={}", out.path().join(name).display());
    let formats: Vec<String> = FORMATS.iter().map(|format| file(format.name())).collect();
    let args: Vec<&str> = ["scan", "-v"].into_iter().chain(formats.iter().map(String::as_str)).collect();
    assert_tight(&plants, folder.path(), &args);
    for format in FORMATS {
        let report = fs::read_to_string(out.path().join(format.name())).unwrap();
        assert_eq!(plants.leak(&report), None, "{}", format.name());
        assert!(report.len() > 100, "{}", format.name());
    }
}

#[test]
fn errors_and_the_doctor_show_no_secret() {
    let plants = Plants::new();
    let folder = plants.tree();
    let token = &plants.token;
    fs::write(folder.path().join("gate.toml"), format!("[policy]\nfail-on = \"{token}\"\n{token} = 1\n")).unwrap();
    fs::create_dir_all(folder.path().join(".gate/rules/python")).unwrap();
    fs::write(folder.path().join(".gate/rules/python/x.toml"), format!("name = {token}\n")).unwrap();
    for args in [
        &["scan", "--log-format", "json", "-vvv"][..],
        &["scan", "--log-format", "text"],
        &["scan"],
        &["doctor"],
        &["doctor", "--format", "json"],
    ] {
        let text = assert_tight(&plants, folder.path(), args);
        assert!(text.contains("x.toml"), "{args:?} tells what is wrong: {text}");
    }
}
