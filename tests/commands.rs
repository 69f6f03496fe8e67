//! What is asked about a project: its bill of materials, licences, measures and dependencies.

use crate::cli::{CLEAN, Case, Told};

const LOCKFILE: &str = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"left\"]\n\n\
                        [[package]]\nname = \"left\"\nversion = \"1.2.3\"\n\
                        source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";

#[test]
fn bills_of_materials_tell_what_is_locked() {
    let case = Case::new(&[("Cargo.lock", LOCKFILE)]);
    for (format, key) in [("cyclonedx", "bomFormat"), ("spdx", "spdxVersion")] {
        let told = case.run(&["sbom", "--format", format]);
        assert_eq!(told.code, Some(0), "{told:?}");
        let value: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert!(value[key].is_string());
        assert!(told.out.contains("pkg:cargo/left@1.2.3"), "{told:?}");
        assert_eq!(told.out, case.run(&["sbom", "--format", format]).out);
    }
    Case::new(CLEAN).run(&["sbom"]).refuses(&["no lockfile"]);
    let broken = Case::new(&[("Cargo.lock", "version = 4\n[[package]\n")]).run(&["sbom"]);
    assert_eq!(broken.code, Some(2), "{broken:?}");
    assert!(broken.err.contains("Cargo.lock:2"), "{broken:?}");
}

#[test]
fn licences_are_shown() {
    let case = Case::new(&[("Cargo.toml", "[package]\nname = \"x\"\nlicense = \"MIT\"\n"), ("Cargo.lock", LOCKFILE)]);
    let told = case.run(&["licenses"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.starts_with("Cargo.toml  MIT\n"), "{told:?}");
    let value: serde_json::Value = serde_json::from_str(&case.run(&["licenses", "--format", "json"]).out).unwrap();
    assert_eq!(value["manifests"][0]["expression"], "MIT");
    assert_eq!(value["packages"][0]["purl"], "pkg:cargo/left@1.2.3");
}

#[test]
fn a_missing_advisory_database_is_no_pass() {
    let case = Case::new(&[("Cargo.lock", LOCKFILE)]);
    let cache = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| Told::from(case.command(args).env("XDG_CACHE_HOME", cache.path()).output().unwrap());
    let told = run(&["scan", "--only", "dependencies"]);
    assert_eq!(told.code, Some(2), "{told:?}");
    assert!(told.out.contains("gate db update"), "{told:?}");
    run(&["db", "status"]).refuses(&["gate db update"]);
    run(&["db", "update", "--offline"]).refuses(&["--offline"]);
    run(&["db", "update", "--source", "none"]).refuses(&["none"]);
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/lockfiles/rustsec");
    let told = run(&["db", "update", "--offline", "--source", source]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert_eq!(run(&["db", "status"]).code, Some(0));
    let status: serde_json::Value = serde_json::from_str(&run(&["db", "status", "--format", "json"]).out).unwrap();
    assert!(status["advisories"].as_u64().is_some_and(|count| count > 0));
    assert_eq!(run(&["scan", "--only", "dependencies"]).code, Some(0));
    assert_eq!(run(&["scan", "--only", "dependencies", "--db", source]).code, Some(0));
}

#[test]
fn metrics_come_in_three_formats() {
    let case = Case::new(&[("a,b.py", "def f(a):\n    if a:\n        return 1\n    return 2\n")]);
    let text = case.run(&["metrics"]);
    assert_eq!(text.code, Some(0), "{text:?}");
    let csv = case.run(&["metrics", "--format", "csv"]);
    assert!(
        csv.out.starts_with("file,name,line,end_line,cyclomatic,cognitive,length,parameters,nesting,statements,"),
        "{csv:?}"
    );
    let json: serde_json::Value = serde_json::from_str(&case.run(&["metrics", ".", "--format", "json"]).out).unwrap();
    assert_eq!(json["schema_version"], 1);
    assert!(json["functions"].is_array() && json["summary"]["average"]["cyclomatic"].is_number());
    let told = case.run(&["metrics", "--format", "json", "--output", "m.json"]);
    assert_eq!((told.code, told.out.as_str()), (Some(0), ""));
    assert!(case.path().join("m.json").is_file());
}

#[test]
fn metrics_are_sorted_and_filtered_and_know_lines_and_volume() {
    let python = "# What it is.\n\ndef f(a):\n    if a and a > 1:  # why\n        return a\n    return 2\n\ndef g():\n    pass\n";
    let rust = "fn h(x: u8) -> u8 {\n    /* one\n       two */ let y = x;\n    if x > 1 { loop { if y > 2 { break; } } }\n    y\n}\n";
    let case = Case::new(&[("a.py", python), ("b.rs", rust), ("c.js", "const k = (a) => a + 1;\n")]);
    let json = |arguments: &[&str]| -> serde_json::Value {
        let told = case.run(&[&["metrics", "--format", "json"], arguments].concat());
        assert_eq!(told.code, Some(0), "{told:?}");
        serde_json::from_str(&told.out).unwrap()
    };
    let names = |value: &serde_json::Value| -> Vec<String> {
        value["functions"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = json(&[]);
    assert_eq!(names(&all), ["f", "g", "h", "k"]);
    assert_eq!(names(&json(&["--sort", "statements"])), ["h", "f", "g", "k"]);
    assert_eq!(names(&json(&["--sort", "cognitive", "--top", "1"])), ["h"]);
    assert_eq!(names(&json(&["--over", "cyclomatic=1", "--over", "cognitive=2"])), ["h"]);
    // if, return, return; pass; let, if, loop, if, break, y; the value of an arrow function.
    let statements: Vec<u64> =
        all["functions"].as_array().unwrap().iter().map(|one| one["statements"].as_u64().unwrap()).collect();
    assert_eq!(statements, [3, 1, 6, 1]);
    // Without brackets that close: `(`, `=>`, `+` and `a`, `a`, `1`.
    let halstead =
        serde_json::json!({ "distinct_operators": 3, "distinct_operands": 2, "operators": 3, "operands": 3 });
    assert_eq!(all["functions"][3]["halstead"], halstead);
    // Six tokens of five kinds: 6 × log2(5); 3 / 2 × 3 / 2.
    assert_eq!(
        (all["functions"][3]["volume"].as_f64(), all["functions"][3]["difficulty"].as_f64()),
        (Some(13.93), Some(2.25))
    );
    // (171 − 5.2 ln 13.93 − 0.23 − 16.2 ln 1) × 100 / 171
    assert_eq!(all["functions"][3]["maintainability"].as_f64(), Some(91.86));
    let files: Vec<[u64; 4]> = all["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| ["lines", "code", "comment", "blank"].map(|name| file[name].as_u64().unwrap()))
        .collect();
    assert_eq!(files, [[9, 6, 1, 2], [6, 5, 1, 0], [1, 1, 0, 0]]);
    assert_eq!(all["files"][0]["comment_share"], 0.14);
    assert_eq!(
        all["summary"]["lines"],
        serde_json::json!({ "total": 16, "code": 12, "comment": 2, "blank": 2, "comment_share": 0.14, "duplicated": 0, "duplication": 0.0 })
    );
    assert_eq!(all["summary"]["maximum"]["cyclomatic"], 3);
    let text = case.run(&["metrics", "--top", "1"]);
    assert!(text.out.contains("b.rs:1 h\nand 3 more;") || text.out.contains("a.py:3 f\nand 3 more;"), "{text:?}");
    assert!(
        text.out.ends_with(
            "16 lines in 3 files: 12 of code, 2 of comments (14 %), 2 blank; 0 of code stand elsewhere too (0.0 %)\n"
        ),
        "{text:?}"
    );
    for wrong in ["cyclomatic", "cyclomatic=many", "beauty=1"] {
        assert_eq!(case.run(&["metrics", "--over", wrong]).code, Some(2));
    }
}

#[test]
fn what_could_not_be_measured_is_told() {
    let broken = "def f(:\n    return (\n";
    let case = Case::new(&[("bad.py", broken), ("good.py", "def g(x):\n    return x\n")]);
    for format in ["text", "json", "csv"] {
        let told = case.run(&["metrics", "--format", format]);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert!(told.err.contains("with syntax errors: bad.py:"), "{told:?}");
    }
    let told = case.run(&["metrics", "bad.py"]);
    assert_eq!(told.out, "no functions were found\n", "{told:?}");
    let case = Case::new(&[("good.py", "def g(x):\n    return x\n"), ("data.bin", "\0\0")]);
    assert_eq!(case.run(&["metrics"]).err, "", "what has no functions is not missed");
}

#[test]
fn packages_of_unknown_licence_are_listed_and_not_guessed() {
    let lock = "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
        source = \"registry+https://user:open-sesame1@registry.example.org/index\"\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n";
    let case = Case::new(&[("Cargo.lock", lock)]);
    let told = case.run(&["licenses"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("pkg:cargo/a@1.0.0") && told.out.contains("  unknown\n"), "{told:?}");
    assert!(told.out.contains("1 locked package of unknown licence"), "{told:?}");
    assert!(!told.out.contains("own@") && !told.out.contains("sesame"), "{told:?}");
    assert!(!case.run(&["sbom"]).out.contains("sesame"));
}
