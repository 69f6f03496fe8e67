//! No report, message or written file holds a secret of the scanned tree: not eight characters of it in a row.

mod plants;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use plants::{FILES, Plants, assert_tight, leak_of, noise, told, tree, write};

#[test]
fn no_command_and_no_format_shows_a_secret() {
    let plants = Plants::new();
    let folder = tree(&plants);
    let root = folder.path();
    let all = assert_tight(&plants, root, &["scan", "-vv"]);
    for rule in ["secret/github-token", "secret/", "quality/todo", "python/", "javascript/"] {
        assert!(all.contains(rule), "nothing of {rule} was found, so nothing was tried: {all}");
    }
    for format in ["text", "json", "sarif"] {
        for extra in [
            &["--strict"][..],
            &["-q"],
            &["--only", "secrets"],
            &["--only", "code"],
            &["--only", "compliance"],
            &["--only", "dependencies"],
            &["--skip", "secrets", "-vv"],
            &["--threads", "2", "-vvv"],
            &["--offline", "-vvv", "--fail-on", "note"],
        ] {
            let args = [&["scan", "--format", format], extra].concat();
            assert_tight(&plants, root, &args);
        }
    }
    for args in [
        &["metrics"][..],
        &["metrics", "--format", "json"],
        &["metrics", "--format", "csv"],
        &["licenses"],
        &["licenses", "--format", "json"],
        &["sbom"],
        &["sbom", "--format", "spdx"],
        &["rules"],
        &["db", "status"],
        &["explain", "secret/github-personal-access-token"],
        &["explain", "secret/nothing-like-it"],
        &["rules", "test"],
        &["init"],
        &["init"],
    ] {
        assert_tight(&plants, root, args);
    }
    for name in ["Cargo.lock", "broken/Cargo.lock", "wrong/Cargo.lock", "bad/Cargo.lock"] {
        for command in ["sbom", "licenses", "scan"] {
            assert_tight(&plants, root, &[command, name]);
        }
    }
}

/// The index, a range, the history with its messages and authors, and what is remembered of it.
#[test]
fn no_source_shows_a_secret() {
    let plants = Plants::new();
    let folder = tree(&plants);
    let root = folder.path();
    fs::remove_dir(root.join(".git")).unwrap();
    let author = plants.plant("TOKEN!");
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(root).envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")]);
        git.args(["-c", &format!("user.name={author}"), "-c", &format!("user.email={author}@example.com")]);
        let output = git.args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let every = |source: &[&str]| {
        let mut texts = String::new();
        for format in ["text", "json", "sarif"] {
            texts += &assert_tight(&plants, root, &[&["scan", "-vv", "--format", format], source].concat());
        }
        assert!(texts.contains("secret/generic-assignment"), "{source:?}: {texts}");
    };
    git(&["init", "-q"]);
    git(&["commit", "-q", "--allow-empty", "-m", "Start"]);
    git(&["add", "-A", "--force"]);
    every(&["--staged"]);
    git(&["commit", "-q", "-m", &plants.plant("Use TOKEN!\n\npassword = 'PASSWORD!' of URL!\n\nPEM!")]);
    git(&["tag", "-a", "v1", "-m", &plants.plant("Release TOKEN!")]);
    git(&["notes", "add", "-m", &plants.plant("It was TOKEN! and URL!")]);
    every(&["--diff", "HEAD~1"]);
    every(&["--history"]);
    git(&["rm", "-rq", "."]);
    git(&["commit", "-q", "-m", "Remove"]);
    write(root, "app.py", "x = 1\n");
    every(&["--history"]);
    every(&["--history", "--all-refs", "--no-cache"]);
    for entry in fs::read_dir(root.join("no-cache/history")).into_iter().flatten() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(plants.leak(&String::from_utf8_lossy(&bytes)).is_none());
    }
}

/// Encoded, in pieces, in an archive, or a number of a person: what stands in the file is masked, and so is what it means.
#[test]
fn what_is_hidden_is_not_shown_either() {
    let random = noise(20, 30);
    let token = format!("ghp_{random}{}", gate::rulebook::crc32_base62(random.as_bytes()));
    let base64 = gate::rulebook::base64_encode(format!("{{\"token\": \"{token}\"}}").as_bytes(), false);
    let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = token.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let password = format!("{}!4x{}", noise(21, 9), noise(22, 9));
    let encoded_password = gate::rulebook::base64_encode(password.as_bytes(), false);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(format!("#cloud-config\ntoken: {token}\n").as_bytes()).unwrap();
    let packed = gate::rulebook::base64_encode(&packer.finish().unwrap(), false);
    let (head, tail) = token.split_at(14);
    let (card, ssn, mail) = ("4531 4159 2653 5899", "536-22-8714", "kari.berg@northwind.no");
    // What surrounds the token in base64 is no secret: its own characters are.
    let inner = &base64[14..base64.len() - 6];
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".git")).unwrap();
    let manifest = format!("kind: Secret\ndata:\n  password: {encoded_password}\n");
    for (name, text) in [
        ("a.py", format!("x = eval('{base64}' + y)  # TODO {base64}\nprint('{hex}')  # TODO\nexec('{percent}' + z)\n")),
        (
            "b.js",
            format!(
                "eval('{head}' + '{tail}' + x); // TODO '{head}' + '{tail}'\nconsole.log(\"{head}\" +\n  \"{tail}\");\n"
            ),
        ),
        ("c.py", format!("x = eval('{head}'\n  '{tail}')\nrun('{head}' '{tail}') # TODO {tail}\n")),
        ("d.rs", format!("fn main() {{ dbg!(concat!(\"{head}\", \"{tail}\")); }} // TODO\n")),
        ("e.yaml", manifest.clone()),
        ("i.yaml", format!("encoding: gz+b64\ncontent: {packed} # TODO\n")),
        ("f.txt", format!("card {card}, ssn {ssn} # TODO\nrecipient {mail}, ssn {ssn}\n")),
        (
            "g.py",
            format!(
                "eval(card('{card}') + ssn('{ssn}') + x)  # TODO {ssn}\neval(send('{mail}', card('{card}')) + x)\n"
            ),
        ),
    ] {
        write(folder.path(), name, &text);
    }
    let mut archive = zip::ZipWriter::new(fs::File::create(folder.path().join("h.jar")).unwrap());
    for (name, text) in [("app.properties", format!("x={token}\n")), ("secret.yaml", manifest)] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
    let values = [&*token, inner, &packed, &hex, &percent, &password, &encoded_password, head, tail, card, ssn, mail];
    for format in ["text", "json", "sarif"] {
        for extra in [
            &["--only", "secrets,pii"][..],
            &["--only", "secrets,code,pii"],
            &["--only", "pii,code"],
            &["--only", "secrets,code"],
        ] {
            let args = [&["scan", "-vv", "--archives", "--format", format], extra].concat();
            let (code, text) = told(folder.path(), &args);
            assert!(code.is_some_and(|code| code <= 2), "{args:?} ended with {code:?}");
            let is_asked = |value: &&str| extra[1].contains("pii") || ![card, ssn, mail].contains(value);
            for value in values.iter().copied().filter(is_asked) {
                assert_eq!(leak_of(value, &text), None, "{args:?}");
            }
            if extra[1].contains("secrets") {
                for place in
                    ["a.py", "b.js", "c.py", "d.rs", "e.yaml", "i.yaml", "h.jar!/app.properties", "h.jar!/secret.yaml"]
                {
                    assert!(text.contains(place), "nothing was found in {place}, so nothing was tried: {text}");
                }
            }
        }
    }
}

#[test]
fn a_report_in_a_file_shows_no_secret() {
    let plants = Plants::new();
    let folder = tree(&plants);
    let out = tempfile::tempdir().unwrap();
    let file = |name: &str| out.path().join(name).to_string_lossy().into_owned();
    let formats = ["text", "json", "sarif"].map(|format| format!("--format={format}={}", file(format)));
    assert_tight(&plants, folder.path(), &["scan", "-vv", &formats[0], &formats[1], &formats[2]]);
    assert_tight(&plants, folder.path(), &["metrics", "--format", "json", "--output", &file("metrics")]);
    assert_tight(&plants, folder.path(), &["sbom", "--output", &file("sbom")]);
    let mut read = 0;
    for entry in fs::read_dir(out.path()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(plants.leak(&text).is_none(), "{}: {:?}", path.display(), plants.leak(&text));
        read += 1;
    }
    assert_eq!(read, 5);
    // Nothing was written elsewhere.
    let mut files = Vec::new();
    files_below(folder.path(), &mut files);
    files.retain(|path| FILES.iter().all(|(name, _)| folder.path().join(name) != *path));
    assert_eq!(files, Vec::<PathBuf>::new());
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
}

#[test]
fn an_encoded_secret_is_masked() {
    let plants = Plants::new();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".git")).unwrap();
    write(folder.path(), "a.py", &plants.plant("eval(name); data = 'ENCODED!'\nprint('ENCODED!')  # TODO ENCODED!\n"));
    assert_tight(&plants, folder.path(), &["scan", "-vv"]);
}

#[test]
fn a_faulty_fixture_is_told_without_its_values() {
    let plants = Plants::new();
    let folder = tree(&plants);
    let rule = "name = \"x\"\nlevel = \"error\"\nconfidence = \"high\"\nmessage = \"m {redacted}\"\n\
                [match.regex]\nkeywords = [\"token\"]\npattern = '(?<secret>token[0-9]+)'\n";
    write(folder.path(), ".gate/rules/secret/own.toml", rule);
    for text in [
        "# ruleid: secret/own\ntoken = TOKEN!\n# ok: secret/own\ntoken12 TOKEN!\n",
        "# ruleid: TOKEN!\npassword = 'PASSWORD!'\n",
        "# ok: secret/own, PASSWORD!\npassword = 'PASSWORD!'\n",
        "# ruleid: secret/own\n{{PASSWORD!}}\n",
        "# ruleid: secret/own\n{{lower:TOKEN!}}\n",
        "# ruleid: secret/own\n{{STRIPE!:4}}\n",
        "# ruleid: TOKEN!\n",
        "# ruleid: secret/own\n\nTOKEN!\n",
    ] {
        write(folder.path(), ".gate/rules/secret/own.txt", &plants.plant(text));
        let told = assert_tight(&plants, folder.path(), &["rules", "test"]);
        assert!(!told.starts_with("passed"), "{told}");
    }
}

#[test]
fn a_faulty_configuration_is_told_without_its_values() {
    let plants = Plants::new();
    let folder = tree(&plants);
    for text in [
        "[policy]\nfail-on = \"TOKEN!\"\n",
        "[policy]\nfail-on = \"PASSWORD!\"\n",
        "[policy]\nTOKEN! = 1\n",
        "[scan]\nmin-confidence = \"PASSWORD!\"\n",
        "[scan]\nmax-file-size = \"TOKEN!\"\n",
        "[scan]\npassword = \"PASSWORD!\"\n",
        "password = \"PASSWORD!\n",
        "token = TOKEN!\n",
        "[licenses]\nallow = [\"TOKEN!\"]\n",
        "[licenses]\nallow = [\"PASSWORD!\"]\n",
        "[[scan.exclude]]\npaths = [\"[PASSWORD!\"]\nreason = \"x\"\n",
        "[[scan.exclude]]\npaths = [\"URL!\"]\n",
        "[rules.\"TOKEN!\"]\nlevel = \"error\"\n",
        "[rules.\"quality/todo\"]\nlevel = \"PASSWORD!\"\n",
        "[rules.\"quality/todo\"]\nlevel = \"note\"\ntoken = \"TOKEN!\"\n",
        "PEM!\n",
    ] {
        write(folder.path(), "gate.toml", &plants.plant(text));
        for args in [&["scan"][..], &["metrics"], &["sbom"]] {
            assert_tight(&plants, folder.path(), args);
        }
    }
}

#[test]
fn a_faulty_rule_is_told_without_its_values() {
    let plants = Plants::new();
    let folder = tree(&plants);
    let head = "name = \"x\"\nlevel = \"error\"\nconfidence = \"high\"\nmessage = \"m\"\nwhy = \"w\"\nfix = \"f\"\n";
    for text in [
        "[match]\nregex = '(TOKEN!'\n",
        "[match]\nregex = '(PASSWORD!'\n",
        "[match]\nregex = 3\npassword = \"PASSWORD!\"\n",
        "[match]\ntoken = \"TOKEN!\"\n",
        "password = \"PASSWORD!\n",
        "token = TOKEN!\n",
        "languages = [\"PASSWORD!\"]\n[match]\nregex = 'x'\n",
        "languages = [\"python\"]\n[match]\nquery = '(TOKEN! \"PASSWORD!\"'\n",
        "languages = [\"python\"]\n[match]\nquery = '(call) @x (#eq? @x \"URL!\" '\n",
        "level = \"TOKEN!\"\n",
        "[match]\nbuiltin = \"PASSWORD!\"\n",
    ] {
        write(folder.path(), ".gate/rules/own/x.toml", &(head.to_owned() + &plants.plant(text)));
        for args in [&["scan", "-vv"][..], &["rules", "test"], &["rules"], &["explain", "own/x"]] {
            assert_tight(&plants, folder.path(), args);
        }
    }
}

#[test]
fn a_faulty_advisory_database_is_told_without_its_values() {
    let plants = Plants::new();
    let folder = tree(&plants);
    let text = plants.plant("```toml\n[advisory]\nid = \"TOKEN!\"\npackage = \"PASSWORD!\ndate = \"URL!\"\n```\n# x\n");
    write(folder.path(), "db/crates/x/RUSTSEC-2020-0001.md", &text);
    for args in
        [&["scan", "--db", "db", "-vv"][..], &["db", "update", "--source", "db", "--offline"], &["db", "status"]]
    {
        assert_tight(&plants, folder.path(), args);
    }
}

/// Run by the test below in a process of its own: a panic hook belongs to the whole process.
#[test]
#[ignore = "is the child of a_panic_does_not_quote_the_text_that_caused_it"]
fn panicking_child() {
    // Not started by that test: nothing to try.
    let Ok(text) = std::env::var("GATE_TEST_TEXT") else { return };
    gate::cli::hide_panics();
    let caught = std::panic::catch_unwind(|| text[..1].len());
    assert!(caught.is_err(), "a slice inside a character panics");
}

#[test]
fn a_panic_does_not_quote_the_text_that_caused_it() {
    let plants = Plants::new();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--ignored", "--exact", "--nocapture", "leaks::panicking_child"]);
    let output = child.env("GATE_TEST_TEXT", format!("é{}", plants.value("TOKEN!"))).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("internal error"), "{said}");
    assert_eq!(plants.leak(&said), None);
    assert_eq!(plants.leak(&String::from_utf8_lossy(&output.stdout)), None);
}
