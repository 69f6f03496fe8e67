//! Every lockfile format over `fixtures/lockfiles/<folder>/<case>.<name>`, most of them written by the ecosystem's own tool.
//! What is read stands beside each as `<case>.<name>.inventory` (`UPDATE=1` writes these, and a person reads them).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use gate::lockfile::{self, Files, LockfileError};
use gate::model::{Inventory, Package, PackageSource, SourceFile};
use gate::report::sbom::{Bill, cyclonedx, spdx};

use crate::dependencies::{file, fixture};

/// Folders that hold lockfiles by their names.
fn cases() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in fs::read_dir(fixture("lockfiles")).unwrap() {
        let folder = folder.unwrap().path();
        if folder.file_name().unwrap() != "rustsec" {
            files.extend(fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    files.retain(|path| path.extension().is_none_or(|extension| extension != "inventory"));
    files.sort();
    assert!(files.len() >= 10);
    files
}

/// `case.folder__name` is the file `folder/name`.
fn source(path: &Path) -> SourceFile {
    let name = path.file_name().unwrap().to_str().unwrap();
    let (_, name) = name.split_once('.').unwrap();
    file(&name.replace("__", "/"), &fs::read_to_string(path).unwrap())
}

fn parse(file: &SourceFile) -> Result<Inventory, LockfileError> {
    let parsed = lockfile::parse(file, &Files::default());
    parsed.unwrap_or_else(|| panic!("{} is in no known format", file.target.path))
}

fn read(path: &str) -> Inventory {
    parse(&source(&fixture(&format!("lockfiles/{path}")))).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One line a package: where, what, from where, what for.
fn shown(inventory: &Inventory, source: &SourceFile) -> String {
    let mut text = String::new();
    let paths = inventory.paths();
    for (index, package) in inventory.packages.iter().enumerate() {
        let region = source.region(package.span.0..package.span.1);
        let _ = write!(text, "{}-{} {}", region.start_line, region.end_line, package.purl());
        if package.is_own() {
            text.push_str(" own");
        }
        if let PackageSource::Path(path) = &package.source {
            let _ = write!(text, " from {path}");
        }
        if let Some(scope) = package.scope {
            let _ = write!(text, " {scope:?}");
        }
        match package.direct {
            Some(true) => text.push_str(" direct"),
            Some(false) => text.push_str(" transitive"),
            None => {}
        }
        for hash in &package.hashes {
            let _ = write!(text, " {:?}:{}", hash.algorithm, &hash.value[..8]);
        }
        let way: Vec<&str> = paths.to(index).iter().map(|&at| inventory.packages[at].name.as_str()).collect();
        if way.len() > 1 {
            let _ = write!(text, " by {}", way[..way.len() - 1].join(" > "));
        }
        text.push('\n');
    }
    for unpinned in &inventory.unpinned {
        let line = source.region(unpinned.span.0..unpinned.span.1).start_line;
        let _ = writeln!(text, "{line} {} {} unpinned", unpinned.ecosystem, unpinned.name);
    }
    text
}

#[test]
fn every_fixture_is_read_as_it_was() {
    let mut stale = Vec::new();
    for path in cases() {
        let source = source(&path);
        let inventory = parse(&source).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!inventory.packages.is_empty() || !inventory.unpinned.is_empty(), "{} says nothing", path.display());
        let text = shown(&inventory, &source);
        let golden = PathBuf::from(format!("{}.inventory", path.display()));
        if env::var_os("UPDATE").is_some() {
            fs::write(&golden, &text).unwrap();
        }
        if fs::read_to_string(&golden).unwrap_or_default() != text {
            stale.push(golden);
        }
    }
    assert!(stale.is_empty(), "stale, UPDATE=1 cargo test writes them: {stale:#?}");
}

/// The span of a package holds its version and the last part of its name, so that the lines a person is sent to say so.
#[test]
fn spans_hold_name_and_version() {
    for path in cases() {
        let source = source(&path);
        let inventory = parse(&source).unwrap();
        for package in inventory.packages.iter().filter(|package| !package.is_own()) {
            let text = &source.text[package.span.0..package.span.1];
            let name = package.name.rsplit(['/', ':']).next().unwrap();
            // In a Pipfile.lock the hashes stand between the two; a property or another place may state it for a pom.xml.
            let elsewhere = ["v6.Pipfile.lock", "app.pom.xml", "build.Dockerfile"];
            let is_near = !elsewhere.iter().any(|name| path.ends_with(name));
            assert!(!is_near || text.contains(&package.version), "{}: {package:?} at {text:?}", path.display());
            let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_', '.'], "");
            assert!(plain(text).contains(&plain(name)), "{}: {package:?} at {text:?}", path.display());
            assert!(text.lines().count() <= 12, "{}: {package:?} at {text:?}", path.display());
        }
    }
}

fn set(inventory: &Inventory) -> BTreeSet<String> {
    let others = inventory.packages.iter().filter(|package| !package.is_own());
    let others = others.filter(|package| !matches!(package.source, PackageSource::Path(_)));
    others.map(|package| format!("{}@{}", package.ecosystem.normalized(&package.name), package.version)).collect()
}

/// The tools locked one manifest: whatever wrote the file, the same packages are in it.
#[test]
fn all_lockfiles_of_one_javascript_project_hold_the_same_packages() {
    let expected = set(&read("npm/v3.package-lock.json"));
    assert_eq!(expected.len(), 12, "{expected:?}");
    for path in [
        "npm/v1.package-lock.json",
        "npm/v2.package-lock.json",
        "yarn/classic.yarn.lock",
        "pnpm/v52.pnpm-lock.yaml",
        "pnpm/v54.pnpm-lock.yaml",
        "pnpm/v60.pnpm-lock.yaml",
        "pnpm/v90.pnpm-lock.yaml",
        "bun/v1.bun.lock",
    ] {
        assert_eq!(set(&read(path)), expected, "{path}");
    }
    // Yarn 2 and later add what building a native package needs, and know the patched package beside the plain one.
    for path in ["yarn/berry3.yarn.lock", "yarn/berry4.yarn.lock"] {
        let found = set(&read(path));
        assert!(found.is_superset(&expected), "{path}: {:?}", expected.difference(&found));
        assert!(found.contains("node-gyp@") || found.iter().any(|one| one.starts_with("node-gyp@")), "{path}");
    }
}

/// The same for Python. What is locked for one platform alone lacks what only others need.
#[test]
fn all_lockfiles_of_one_python_project_hold_the_same_packages() {
    let all = set(&read("python/v1.uv.lock"));
    for path in ["python/poetry2.poetry.lock", "python/uv.requirements.txt", "python/uv.pylock.toml"] {
        assert_eq!(set(&read(path)), all, "{path}");
    }
    let here = set(&read("python/v6.Pipfile.lock"));
    let elsewhere: Vec<&str> = all.difference(&here).map(|one| one.split('@').next().unwrap()).collect();
    assert_eq!(elsewhere, ["colorama", "exceptiongroup", "tomli", "typing-extensions"]);
    assert!(here.is_subset(&all));
    let without_development = set(&read("python/pip.pylock.toml"));
    assert_eq!(without_development, set(&read("python/pip-tools.requirements.txt")));
    assert!(without_development.is_subset(&here) && without_development.contains("requests@2.32.3"));
}

/// Only a pin says what gets installed, in the file or in one that it names for that.
#[test]
fn constraints_pin_what_a_requirements_file_leaves_open() {
    let requirements = file("app/requirements.txt", "-c ../constraints.txt\nFlask>=2\nJinja2\nother\n");
    let constraints = file("constraints.txt", "flask==3.0.0 --hash=sha256:00\njinja2==3.1.4 # why\nunused==1\n");
    let inventory = lockfile::parse(&requirements, &Files::new([&requirements, &constraints])).unwrap().unwrap();
    let names: Vec<String> = inventory.packages.iter().map(Package::purl).collect();
    assert_eq!(names, ["pkg:pypi/flask@3.0.0", "pkg:pypi/jinja2@3.1.4"]);
    assert_eq!(inventory.unpinned.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["other"]);
    assert!(lockfile::is_needed(&constraints.target) && !lockfile::is_lockfile(&constraints.target));
    let outside = file("requirements.txt", "-c ../../constraints.txt\nflask\n");
    assert_eq!(lockfile::parse(&outside, &Files::new([&constraints])).unwrap().unwrap().packages.len(), 0);
}

/// Before Go 1.17 only `go.sum` knows what others need; from then on `go.mod` does.
#[test]
fn an_old_module_is_completed_by_its_sums() {
    let sums = file("go.sum", &fs::read_to_string(fixture("lockfiles/go/old.go.sum")).unwrap());
    for (version, expected) in [("1.16", 1), ("1.17", 0), ("1.21.3", 0)] {
        let text = format!("module m\ngo {version}\nrequire github.com/davecgh/go-spew v1.1.0\n");
        let module = file("go.mod", &text);
        let inventory = lockfile::parse(&sums, &Files::new([&module, &sums]));
        assert_eq!(inventory.map_or(0, |found| found.unwrap().packages.len()), expected, "{version}");
    }
}

/// Properties and versions come from parents in the repository, the nearest first, and only from the parent that is meant.
#[test]
fn a_pom_takes_versions_from_its_parents() {
    let child = |parent: &str| {
        format!(
            "<project><parent><groupId>g</groupId><artifactId>{parent}</artifactId><version>7</version></parent>\n\
             <artifactId>child</artifactId><dependencies>\n\
             <dependency><groupId>a</groupId><artifactId>b</artifactId></dependency>\n\
             <dependency><groupId>c</groupId><artifactId>d</artifactId><version>${{d.version}}</version></dependency>\n\
             </dependencies></project>"
        )
    };
    let parent = "<project><parent><groupId>g</groupId><artifactId>top</artifactId><version>7</version>\
                  <relativePath>top/pom.xml</relativePath></parent><artifactId>middle</artifactId>\
                  <properties><d.version>2.0</d.version></properties></project>";
    let top = "<project><groupId>g</groupId><artifactId>top</artifactId><version>7</version>\
               <properties><d.version>1.0</d.version><b.version>3.0</b.version></properties><dependencyManagement>\
               <dependencies><dependency><groupId>a</groupId><artifactId>b</artifactId><version>${b.version}</version>\
               <scope>test</scope></dependency></dependencies></dependencyManagement></project>";
    let (parent, top) = (file("pom.xml", parent), file("top/pom.xml", top));
    for (name, expected) in [
        ("middle", &["pkg:maven/g/child@7", "pkg:maven/a/b@3.0", "pkg:maven/c/d@2.0"][..]),
        ("another", &["pkg:maven/g/child@7"]),
    ] {
        let child = file("child/pom.xml", &child(name));
        let inventory = lockfile::parse(&child, &Files::new([&child, &parent, &top])).unwrap().unwrap();
        let purls: Vec<String> = inventory.packages.iter().map(Package::purl).collect();
        assert_eq!(purls, expected);
        assert_eq!(inventory.unpinned.len(), 3 - expected.len());
    }
}

/// A bill of materials that is written of an inventory and read again tells of the same packages and edges.
#[test]
fn a_bill_of_materials_of_every_fixture_is_read_again() {
    for path in cases() {
        let inventory = parse(&source(&path)).unwrap();
        let inventories = [inventory];
        let licenses = BTreeMap::new();
        let bill = Bill { name: "round", inventories: &inventories, created: None, licenses: &licenses };
        let expected: BTreeSet<String> = inventories[0].packages.iter().map(Package::purl).collect();
        let written = [("a.cdx.json", cyclonedx(&bill).to_string()), ("a.spdx.json", spdx(&bill).to_string())];
        for (name, text) in written {
            let again = parse(&file(name, &text)).unwrap();
            // The project is the one that has no package URL.
            let purls: BTreeSet<String> =
                again.packages.iter().filter(|one| !one.is_own()).map(Package::purl).collect();
            let is_lossless = |purl: &&String| !purl.starts_with("pkg:generic/");
            let missing: Vec<&String> = expected.difference(&purls).filter(is_lossless).collect();
            let added: Vec<&String> = purls.difference(&expected).filter(is_lossless).collect();
            assert!(missing.is_empty() && added.is_empty(), "{} {name}: {missing:?} {added:?}", path.display());
        }
    }
}

/// Manifests speak only where no lockfile does.
#[test]
fn a_lockfile_above_silences_a_manifest_and_what_is_installed() {
    let manifest = file("api/pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"a==1\", \"b>=2\"]\n");
    let installed = file("web/node_modules/@a/b/package.json", "{ \"name\": \"@a/b\", \"version\": \"1.0.0\" }");
    let inner = file("web/node_modules/@a/b/lib/package.json", "{ \"type\": \"module\" }");
    let locks = [file("uv.lock", "version = 1\n"), file("web/yarn.lock", "# yarn lockfile v1\n")];
    let alone = Files::new([&manifest, &installed]);
    let inventory = lockfile::parse(&manifest, &alone).unwrap().unwrap();
    assert_eq!((inventory.packages.len(), inventory.unpinned.len()), (1, 1));
    assert_eq!(lockfile::parse(&installed, &alone).unwrap().unwrap().packages[0].name, "@a/b");
    assert!(lockfile::parse(&inner, &alone).is_none() && lockfile::is_lockfile(&installed.target));
    let locked = Files::new(&locks);
    assert!(lockfile::parse(&manifest, &locked).is_none() && lockfile::parse(&installed, &locked).is_none());
    let vendored = file("web/node_modules/x/Cargo.lock", "");
    assert!(!lockfile::is_lockfile(&vendored.target), "the lockfile of a vendored package says nothing");
}

/// Which packages are asked for and what for, in every format that tells.
#[test]
fn direct_packages_and_their_scopes_are_told() {
    for path in [
        "npm/v3.package-lock.json",
        "pnpm/v52.pnpm-lock.yaml",
        "pnpm/v60.pnpm-lock.yaml",
        "pnpm/v90.pnpm-lock.yaml",
        "bun/v1.bun.lock",
    ] {
        let inventory = read(path);
        let by_name: BTreeMap<String, &Package> = inventory
            .packages
            .iter()
            .map(|package| (format!("{}@{}", package.name, package.version), package))
            .collect();
        for (name, scope, direct) in [
            ("debug@4.4.3", "Runtime", true),
            ("ms@2.1.3", "Runtime", false),
            ("ms@2.0.0", "Runtime", true),
            ("is-odd@3.0.1", "Runtime", true),
            ("is-number@6.0.0", "Runtime", false),
            ("mkdirp@0.5.6", "Development", true),
            ("minimist@1.2.8", "Development", false),
            ("fsevents@2.3.3", "Optional", true),
        ] {
            let package = by_name.get(name).unwrap_or_else(|| panic!("{path} lacks {name}"));
            assert_eq!(format!("{:?}", package.scope.unwrap()), scope, "{path}: {name}");
            assert_eq!(package.direct, Some(direct), "{path}: {name}");
            assert_eq!(package.hashes.len(), 1, "{path}: {name}");
        }
    }
}

/// Cut anywhere, with any byte changed, or nested without end: an error with a place in the text, or an inventory whose
/// spans are in it. Nothing panics.
#[test]
fn a_mangled_lockfile_breaks_nothing() {
    for path in cases() {
        let whole = source(&path);
        let name = whole.target.path.as_str();
        let text = whole.text.as_str();
        // Long fixtures are tried at fewer places, always different ones.
        let step = 1 + text.len() / 1500;
        for at in (0..text.len()).step_by(step).filter(|at| text.is_char_boundary(*at)) {
            check(name, &text[..at]);
        }
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for _ in 0..400 {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..1 + random.next() % 4 {
                let at = random.next() % bytes.len();
                bytes[at] = match random.next() % 3 {
                    0 => bytes[at] ^ (1 << (random.next() % 8)),
                    1 => b"\"'[]{}:,=-#@/\\\n \t<>&!*|~"[random.next() % 24],
                    _ => (random.next() % 256) as u8,
                };
            }
            check(name, &String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn nesting_without_end_breaks_nothing() {
    for path in cases() {
        let whole = source(&path);
        let name = whole.target.path.as_str();
        for nested in ["[", "{\"a\":", "{\"dependencies\":{\"a\":", "a = [", "- ", "? ", "a: {", "<a>", "(", "  "] {
            check(name, &nested.repeat(20_000));
            check(name, &format!("{}\n{}", whole.text, nested.repeat(20_000)));
        }
    }
}

/// A lockfile of a few megabytes that was made to take long is read in moments or refused.
#[test]
fn what_was_made_to_take_long_does_not() {
    let many = |one: &dyn Fn(usize) -> String| (0..20_000).map(one).collect::<String>();
    let deep = "a/".repeat(400);
    let needs = many(&|number| format!("\"d{number}\": \"1\", "));
    let started = std::time::Instant::now();
    for (name, text) in [
        (
            "package-lock.json",
            format!(
                "{{\"packages\": {{\"{deep}node_modules/x\": {{\"version\": \"1\", \"dependencies\": {{{needs}}}}}}}}}"
            ),
        ),
        (
            "bun.lock",
            format!(
                "{{\"lockfileVersion\": 1, \"packages\": {{\"{deep}x\": [\"x@1\", \"\", {{\"dependencies\": {{{needs}}}}}]}}}}"
            ),
        ),
        (
            "poetry.lock",
            many(&|number| {
                format!("[[package]]\nname = \"a\"\nversion = \"1.{number}\"\n[package.dependencies]\na = \"*\"\n")
            }) + "[metadata]\n",
        ),
    ] {
        let inventory = parse(&file(name, &text)).unwrap();
        assert!(!inventory.packages.is_empty());
    }
    // A tenth of a second each where it is not quadratic, and minutes where it is.
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

fn check(name: &str, text: &str) {
    let file = file(name, text);
    match lockfile::parse(&file, &Files::default()) {
        None => {}
        Some(Ok(inventory)) => {
            let spans = inventory.packages.iter().map(|package| package.span);
            for span in spans.chain(inventory.unpinned.iter().map(|unpinned| unpinned.span)) {
                assert!(text.get(span.0..span.1).is_some(), "{name}: {span:?} in {text:?}");
            }
            inventory.paths();
            inventory.packages.iter().for_each(|package| assert!(package.purl().starts_with("pkg:")));
        }
        Some(Err(error)) => assert!(text.get(error.offset..).is_some(), "{name}: {error:?} in {text:?}"),
    }
}

/// Xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize
    }
}

/// A malformed file and an unknown version, for each format: what is said, and on which line.
#[test]
fn faults_are_told_with_their_line() {
    for (name, text, line, said) in [
        ("package-lock.json", "{\n  \"lockfileVersion\": 9\n}", 2, "version 9 is not known here (1, 2, 3 are)"),
        ("package-lock.json", "{\n  \"lockfileVersion\": 3,\n  \"packages\": []\n}", 3, "`packages` is not a table"),
        ("package-lock.json", "{\n  \"packages\": {\n    \"node_modules/a\": {}\n}}", 3, "missing `version`"),
        ("package-lock.json", "{\n  \"dependencies\": {\n    \"a\": {}\n}}", 3, "missing `version`"),
        ("npm-shrinkwrap.json", "{\n  \"packages\": {\n", 3, "the file ends here"),
        ("package-lock.json", "{\n<<<<<<< ours\n}", 2, "merge conflict"),
        ("yarn.lock", "# yarn lockfile v2\n", 1, "version 2 is not known"),
        ("yarn.lock", "# yarn lockfile v1\n\na@1:\n  resolved \"x\"\n\nb@1:\n", 3, "missing `version`"),
        ("yarn.lock", "# yarn lockfile v1\n\n  version \"1\"\n", 3, "a field without a package"),
        ("yarn.lock", "__metadata:\n  version: 99\n", 2, "version 99 is not known"),
        ("yarn.lock", "__metadata:\n  version: 8\n\n\"a@npm:1\":\n  version: 1\n", 5, "missing `resolution`"),
        ("pnpm-lock.yaml", "lockfileVersion: '12.0'\n", 1, "version 12.0 is not known"),
        ("pnpm-lock.yaml", "\npackages: {}\n", 2, "missing `lockfileVersion`"),
        ("pnpm-lock.yaml", "lockfileVersion: 5.4\npackages:\n  /a/1.0.0: 3\n", 3, "a package is not a table"),
        ("bun.lock", "{ \"lockfileVersion\": 7 }", 1, "version 7 is not known"),
        ("bun.lock", "{ \"lockfileVersion\": 1,\n \"packages\": { \"a\": {} } }", 2, "not a list"),
        ("requirements.txt", "a==1\n\n%%% nonsense\n", 3, "not a requirement"),
        ("Pipfile.lock", "{\n \"_meta\": { \"pipfile-spec\": 7 } }", 2, "version 7 is not known"),
        ("Pipfile.lock", "{ \"default\": {} }", 1, "missing `_meta`"),
        ("Pipfile.lock", "{ \"_meta\": {},\n \"default\": { \"a\": {} } }", 2, "missing `version`"),
        ("poetry.lock", "[metadata]\nlock-version = \"3.0\"\n", 2, "version 3.0 is not known"),
        ("poetry.lock", "[[package]]\nname = \"a\"\n[metadata]\n", 1, "missing `version`"),
        ("poetry.lock", "[[package]\n", 1, "not valid TOML"),
        ("pdm.lock", "[metadata]\nlock_version = \"9\"\n", 2, "version 9 is not known"),
        ("uv.lock", "version = 2\n", 1, "version 2 is not known"),
        ("uv.lock", "version = 1\n[[package]]\nname = \"a\"\n", 2, "missing `version`"),
        ("pylock.toml", "lock-version = \"2.0\"\n", 1, "version 2.0 is not known"),
        ("pylock.dev.toml", "lock-version = \"1.0\"\n[[packages]]\nversion = \"1\"\n", 2, "missing `name`"),
        ("conda-lock.yml", "version: 2\n", 1, "version 2 is not known"),
        ("conda-lock.yml", "version: 1\npackage:\n- name: a\n", 3, "missing `version`"),
        ("environment.yml", "dependencies:\n  a: b\n", 2, "`dependencies` is not a list"),
        ("go.mod", "module a\nrequire x\n", 2, "expected `require module version`"),
        ("go.mod", "module a\nrequire (\n x v1\n", 3, "no closing bracket"),
        ("go.sum", "a v1 h1:x\nb v1\n", 2, "expected a module, a version and a hash"),
        ("pom.xml", "<project>\n<a>\n</b></project>", 3, "not valid XML"),
        ("pom.xml", "<html/>", 1, "not a project of Maven"),
        ("gradle.lockfile", "# x\na:b\n", 2, "expected `group:artifact:version"),
        ("gradle/verification-metadata.xml", "<a/>", 1, "not the verification metadata"),
        (
            "gradle/verification-metadata.xml",
            "<verification-metadata><components>\n<component group='a' name='b'/></components></verification-metadata>",
            2,
            "without `version`",
        ),
        ("Gemfile.lock", "GEM\n  remote: x\n  specs:\n    rack\n", 4, "names no gem"),
        ("Gemfile.lock", "  rack\n", 1, "outside of any section"),
        ("composer.lock", "{\n \"packages\": {} }", 2, "`packages` is not a list"),
        ("composer.lock", "{}", 1, "missing `packages`"),
        ("composer.lock", "{ \"packages\": [\n{ \"name\": \"a/b\" }] }", 2, "missing `version`"),
        ("packages.lock.json", "{ \"version\":\n 3 }", 2, "version 3 is not known"),
        (
            "packages.lock.json",
            "{ \"version\": 1, \"dependencies\": { \"net8.0\": {\n\"a\": {} } } }",
            2,
            "missing `resolved`",
        ),
        ("packages.config", "<packages>\n<package id='a'/></packages>", 2, "without `version`"),
        ("packages.config", "<configuration/>", 1, "not a list of packages"),
        ("obj/project.assets.json", "{\n\"version\": 2 }", 2, "version 2 is not known"),
        ("a.deps.json", "{ \"libraries\": {\n\"a\": {} } }", 2, "expected `name/version`"),
        ("mix.lock", "%{\n  \"a\": {:svn, \"x\"},\n}\n", 2, "expected `\"name\""),
        ("mix.lock", "%{\n  \"a\": {:hex, :a, \"1.0\"},\n", 2, "no closing bracket"),
        ("rebar.lock", "{\"9.0\",\n[]}.\n", 1, "version 9.0 is not known"),
        ("rebar.lock", "{\"1.2.0\",\n[{<<\"a\">>,{svn,<<\"a\">>},0}]}.\n", 2, "expected `{<<"),
        ("rebar.lock", "[{<<\"a\">>", 1, "ends with `.`"),
        ("pubspec.lock", "sdks: {}\n", 1, "missing `packages`"),
        ("pubspec.lock", "packages:\n  a:\n    source: hosted\n", 3, "missing `version`"),
        ("Package.resolved", "{ \"version\":\n 4 }", 2, "version 4 is not known"),
        ("Package.resolved", "{ \"version\": 2, \"pins\": [\n{} ] }", 2, "missing `state`"),
        ("Podfile.lock", "PODS:\n  - Name\n", 2, "expected `Name (version)`"),
        ("conan.lock", "{ \"version\":\n \"0.9\" }", 2, "version 0.9 is not known"),
        ("conan.lock", "{ \"version\": \"0.5\", \"requires\": [\n\"zlib\"] }", 2, "expected `name/version`"),
        ("renv.lock", "{ \"Packages\": {\n\"a\": {} } }", 2, "missing `Version`"),
        ("stack.yaml.lock", "packages:\n- original: x\n", 2, "missing `completed`"),
        ("cabal.project.freeze", "constraints: any.a ==1\nnonsense\n", 2, "expected a field"),
        ("pyproject.toml", "[project]\ndependencies = 3\n", 2, "`dependencies` is not a list"),
        ("pyproject.toml", "[project\n", 1, "not valid TOML"),
        ("flake.lock", "{ \"version\":\n 9 }", 2, "version 9 is not known"),
        (".github/workflows/ci.yml", "jobs:\n  a: [\n", 3, "not valid YAML"),
        ("Dockerfile", "ARG x\nFROM\n", 2, "`FROM` without an image"),
        (".terraform.lock.hcl", "\nprovider \"a/b\" {\n}\n", 2, "a provider without `version`"),
        (".terraform.lock.hcl", "provider \"a/b\" {\n  version = \"1\"\n", 1, "has no end"),
        (".pre-commit-config.yaml", "repos:\n- repo: https://example.com/a\n", 2, "missing `rev`"),
        ("a.cdx.json", "{ \"bomFormat\": \"CycloneDX\", \"specVersion\":\n \"9.0\" }", 2, "version 9.0 is not known"),
        (
            "bom.json",
            "{ \"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [\n{} ] }",
            2,
            "missing `name`",
        ),
        ("a.spdx.json", "{ \"spdxVersion\":\n \"SPDX-9\" }", 2, "version SPDX-9 is not known"),
        ("a.spdx.json", "{ \"spdxVersion\": \"SPDX-2.3\", \"packages\": [\n{} ] }", 2, "missing `SPDXID`"),
        ("site-packages/a-1.dist-info/METADATA", "Name: a\n\nVersion: 1\n", 1, "missing `Name` or `Version`"),
        ("node_modules/a/package.json", "{ \"name\":\n \"a\" }", 1, "missing `version`"),
        ("deno.lock", "{\n \"version\": \"1\" }", 2, "version 1 is not known"),
        ("deno.lock", "{ \"version\": \"5\",\n \"npm\": { \"a\": {} } }", 2, "names no version"),
    ] {
        let source = file(name, text);
        let error = lockfile::parse(&source, &Files::default()).unwrap().unwrap_err();
        assert!(error.message.contains(said), "{name}: {error} and not {said}");
        assert_eq!(source.lines().line_of(error.offset), line, "{name}: {error} in {text:?}");
    }
}
