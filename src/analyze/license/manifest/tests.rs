#![allow(clippy::unwrap_used)]

use super::*;

fn license(file: &str, text: &str) -> Option<(String, Form)> {
    let manifest = read(file, text).manifest.unwrap();
    let (field, form) = manifest.license?;
    let place = &text[field.span.clone()];
    assert!(place.contains(field.text.split(" OR ").next().unwrap()), "{text}: {place}");
    Some((field.text, form))
}

#[test]
fn every_format_states_its_licence() {
    use Form::{Expression, Outdated, Words};
    for (file, text, expected) in [
        ("Cargo.toml", "[package]\nname = \"a\"\nlicense = \"MIT\"", Some(("MIT", Expression))),
        ("Cargo.toml", "[package]\nname = \"a\"\nlicense.workspace = true", None),
        ("pyproject.toml", "[project]\nname = \"a\"\nlicense = \"MIT\"", Some(("MIT", Expression))),
        ("pyproject.toml", "[project]\nname = \"a\"\nlicense = {text = \"MIT License\"}", Some(("MIT License", Words))),
        ("pyproject.toml", "[project]\nname = \"a\"\nlicense = {file = \"LICENSE\"}", None),
        ("pyproject.toml", "[tool.poetry]\nname = \"a\"\nlicense = \"MIT\"", Some(("MIT", Words))),
        (
            "pyproject.toml",
            "[project]\nname = \"a\"\nclassifiers = [\"License :: OSI Approved :: MIT License\"]",
            Some(("MIT License", Words)),
        ),
        ("package.json", "{\"name\": \"a\", \"license\": \"MIT\"}", Some(("MIT", Expression))),
        ("package.json", "{\"name\": \"a\", \"license\": {\"type\": \"MIT\"}}", Some(("MIT", Outdated))),
        (
            "package.json",
            "{\"name\": \"a\", \"licenses\": [{\"type\": \"MIT\"}, \"ISC\"]}",
            Some(("MIT OR ISC", Outdated)),
        ),
        ("package.json", "{\"name\": \"a\", \"license\": \"SEE LICENSE IN EULA.txt\"}", None),
        ("composer.json", "{\"name\": \"a/b\", \"license\": \"MIT\"}", Some(("MIT", Expression))),
        ("composer.json", "{\"name\": \"a/b\", \"license\": [\"MIT\", \"ISC\"]}", Some(("MIT OR ISC", Expression))),
        ("setup.cfg", "[metadata]\nname = a\nlicense = MIT\n[options]\nlicense = x", Some(("MIT", Words))),
        (
            "setup.cfg",
            "[metadata]\nname = a\nclassifiers =\n  A :: B\n  License :: OSI Approved :: MIT License\n",
            Some(("MIT License", Words)),
        ),
        ("setup.py", "import x\nsetup(\n  name='a', # license='x'\n  license=\"MIT\",\n)\n", Some(("MIT", Words))),
        (
            "setup.py",
            "\nsetup(f(license=1), classifiers=['A', \"License :: OSI Approved :: MIT License\"])",
            Some(("MIT License", Words)),
        ),
        ("setup.py", "\nsetup(name='a', description=\"\"\"license='x'\"\"\")", None),
        ("a.gemspec", "Gem::Specification.new do |s|\n  s.license = 'MIT'\nend", Some(("MIT", Expression))),
        (
            "a.gemspec",
            "Gem::Specification.new do |s|\n  s.licenses = [\"MIT\", \"Ruby\"]\nend",
            Some(("MIT OR Ruby", Expression)),
        ),
        (
            "a.gemspec",
            "Gem::Specification.new do |s|\n  s.licenses = %w[MIT Ruby]\nend",
            Some(("MIT OR Ruby", Expression)),
        ),
        ("a.gemspec", "Gem::Specification.new do |s|\n  s.licenses = LICENSES\nend", None),
        (
            "pom.xml",
            "<project><artifactId>a</artifactId><licenses><license><name> MIT License\n</name></license></licenses></project>",
            Some(("MIT License", Words)),
        ),
        ("pom.xml", "<project><artifactId>a</artifactId><dependencies/></project>", None),
    ] {
        let expected = expected.map(|(text, form)| (text.to_owned(), form));
        assert_eq!(license(file, text), expected, "{text}");
    }
}

#[test]
fn what_is_no_package_or_private_is_told() {
    for (file, text) in [
        ("package.json", "{\"type\": \"module\"}"),
        ("Cargo.toml", "[workspace]\nmembers = []"),
        ("pyproject.toml", "[tool.black]\nline-length = 80"),
        ("setup.cfg", "[flake8]\nmax-line-length = 80"),
        ("setup.py", "from setuptools import setup\n# setup(license='MIT')\n"),
        ("setup.py", "\nsetup(name='a', license=LICENSE)"),
        ("pom.xml", "<settings/>"),
    ] {
        assert_eq!(read(file, text).manifest, None, "{text}");
    }
    for (file, text) in [
        ("package.json", "{\"name\": \"a\", \"private\": true}"),
        ("package.json", "{\"name\": \"a\", \"license\": \"UNLICENSED\"}"),
        ("composer.json", "{\"name\": \"a/b\", \"license\": \"proprietary\"}"),
        ("Cargo.toml", "[package]\nname = \"a\"\npublish = false"),
        ("Cargo.toml", "[package]\nname = \"a\"\npublish = []"),
        ("pyproject.toml", "[project]\nname = \"a\"\nclassifiers = [\"Private :: Do Not Upload\"]"),
    ] {
        assert!(read(file, text).manifest.unwrap().is_private, "{text}");
    }
    let text = "[package]\nname = \"a\"\nlicense = { workspace = true }";
    let inherits = read("Cargo.toml", text).manifest.unwrap().inherits.unwrap();
    assert!(text[inherits].starts_with("license"), "{text}");
}

#[test]
fn a_faulty_manifest_is_read_up_to_the_fault() {
    let reading = read("package.json", "{\"name\": \"a\", \"license\": \"MIT\", \"x\": }");
    assert_eq!(reading.manifest.unwrap().license.unwrap().0.text, "MIT");
    assert_eq!(reading.fault.unwrap().offset, 37);
    let reading = read("Cargo.toml", "[package]\nname = \"a\"\nlicense = \"MIT\"\n[x\n");
    assert_eq!(reading.manifest.unwrap().license.unwrap().0.text, "MIT");
    assert!(reading.fault.is_some());
    assert!(read("pom.xml", "<project>").fault.is_some());
}

#[test]
fn a_workspace_hands_down() {
    let workspace =
        read("Cargo.toml", "[workspace.package]\nlicense = \"MIT\"\nlicense-file = \"L\"").workspace.unwrap();
    assert_eq!((workspace.license.unwrap().text, workspace.file.unwrap().text), ("MIT".to_owned(), "L".to_owned()));
    assert_eq!(read("Cargo.toml", "[package]\nname = \"a\"").workspace, None);
}
