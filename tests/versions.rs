//! The orders of versions: the examples of each ecosystem's specification, and that each is an order at all.

use std::cmp::Ordering;
use std::fs;

use gate::version::{Scheme, Version, compare};

/// Each line is in rising order; versions in one place mean the same (`a = b`). From the documents that `src/version/` names.
const RISING: &[(Scheme, &str)] = &[
    (
        Scheme::SemVer,
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0=1.0.0+b 2.0.0 2.1.0 2.1.1",
    ),
    (Scheme::Npm, "0.0.1-0 0.0.1=v0.0.1==0.0.1 1.2.3-5-foo 1.2.3 1.2.3000000000000000000000 1.9.0 1.10.0=1.10.0+1"),
    (Scheme::Hex, "1.0.0-alpha.2 1.0.0-alpha.10 1.0.0-alpha.x 1.0.0=1.0.0+5 1.0.1"),
    (Scheme::Pub, "1.0.0-a 1.0.0 1.0.0+1 1.0.0+2 1.0.0+a 1.0.1-0"),
    (
        Scheme::NuGet,
        "1.0.1-alpha 1.0.1-alpha10 1.0.1-alpha2=1.0.1-Alpha2 1.0.1-beta 1.0.1-open 1.0.1-rc 1.0.1-zzz 1.0.1=1.0.1.0=1.00.1+meta 1.0.1.1",
    ),
    (
        Scheme::Go,
        "v0.0.0-20180101000000-0123456789ab v0.0.0-20210101000000-0123456789ab 0.0.0 v1.2.3-pre.0.20210101000000-0123456789ab \
         v1.2.3 v1.2.4-0.20210101000000-0123456789ab v1.2.4=1.2.4=v1.2.4+incompatible v1.21.0-rc.2=go1.21rc2 go1.21=1.21.0 go1.21.1",
    ),
    (
        Scheme::Pep440,
        "1.dev0 1.0.dev456 1.0a1=1.0.Alpha-1=v1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12 1.0b1.dev456 1.0b2 1.0b2.post345.dev456 \
         1.0b2.post345 1.0rc1.dev456 1.0rc1=1.0c1=1.0-preview1 1.0=1.0.0=1 1.0+abc.5 1.0+abc.7 1.0+5 1.0.post456.dev34 1.0.post456=1.0-456=1.0rev456 \
         1.0.15 1.1.dev1 1!0.1",
    ),
    (
        Scheme::Maven,
        "1-alpha-1=1-a1=1.alpha1 1-alpha2 1-beta-1=1b1 1-milestone1=1m1 1-rc1=1-cr1 1-SNAPSHOT=1-snapshot \
         1=1.0=1.0.0=1-ga=1-final=1.0-release 1-sp 1-abc 1-xyz 1-1 1.0.1 1.1 1.9 1.10",
    ),
    (Scheme::RubyGems, "0=0.0 1.0.a.2 1.0.b1 1.0.pre.1=1.0-1 1.0=1=1.0.0 1.0.1.a 1.0.1 1.9 1.10"),
    (
        Scheme::Composer,
        "1.0-dev=1.0.0.0-dev 1.0.0-alpha=1.0.0-a 1.0.0-alpha2.1 1.0.0-beta1-dev 1.0.0-beta1=v1.0b1 1.0.0-RC1 1.0=1.0.0-stable 1.0.0-patch1=1.0.0.0pl1 \
         1.0.1 1.0.x-dev 1.1 2010.01.02 2010-01-03=2010:01:03 20100102",
    ),
    (
        Scheme::Debian,
        "1.0~~ 1.0~~a 1.0~ 1.0=1.0-0=0:1.0=1.00 1.0-1~bpo 1.0-1 1.0-1.1 1.0-10 1.0a 1.0+dfsg 1.0.1 1.10 1:0.1",
    ),
    (
        Scheme::Rpm,
        "1.0~rc1 1.0=1..0=1.00 1.0-1 1.0^20200101 1.0^20200101-1 1.0a 1.0.1 1.10 1.10-2.el9 1.10-10.el9 1:0.1",
    ),
    (
        Scheme::Alpine,
        "1.0_alpha 1.0_alpha2 1.0_beta 1.0_pre 1.0_rc1 1.0_rc1_p1 1.0=1.0-r0=1.0~abc123 1.0-r1 1.0_cvs 1.0_svn 1.0_git20200101 1.0_hg 1.0_p1 \
         1.0a 1.0b 1.0.01 1.0.02 1.0.1 1.0.10 1.1",
    ),
    (Scheme::Cran, "0.9 1.0=1-0 1.0.0 1.0.1=1.0-1 1.0.10 1.1"),
    (Scheme::Conan, "1.0-alpha=1-alpha.0 1.0-beta.2 1.0-beta.10 1.0=1=1.0.0 1.0+b1 1.0.1 1.9 1.10 1.a 2 cci.20200101"),
];

#[test]
fn the_examples_of_the_specifications_hold() {
    let covered: Vec<Scheme> = RISING.iter().map(|(scheme, _)| *scheme).collect();
    assert!(Scheme::ALL.iter().all(|scheme| covered.contains(scheme)));
    for (scheme, line) in RISING {
        // `==0.0.1` is a spelling of npm's, which leaves `=` to part the others.
        let places: Vec<Vec<&str>> = line
            .split_whitespace()
            .map(|place| place.split('=').filter(|version| !version.is_empty()).collect())
            .collect();
        for (at, place) in places.iter().enumerate() {
            for a in place {
                for (other, b) in
                    places.iter().enumerate().flat_map(|(other, place)| place.iter().map(move |b| (other, b)))
                {
                    let order = compare(*scheme, a, b).unwrap_or_else(|error| panic!("{error}"));
                    assert_eq!(order, at.cmp(&other), "{}: {a} {b}", scheme.name());
                }
            }
        }
    }
}

#[test]
fn what_is_no_version_is_refused() {
    for (scheme, texts) in [
        (Scheme::SemVer, &["", "1.2.3.4", "a", "1..2", "1.2.3-", "1.2.3-a..b", "1.2.3+", "1.2.3-ä", "1,2"][..]),
        (Scheme::Npm, &["latest", "^1.0.0", "1.x"]),
        (Scheme::NuGet, &["1.2.3.4.5", "-1"]),
        (Scheme::Go, &["gone", "go1.21x", "vv1"]),
        (Scheme::Pep440, &["", "1.0x", "1.0+", "1.0+a..b", "1!", "!1", "1.0--", "dev", "1.0ä"]),
        (Scheme::Maven, &["", "1 0"]),
        (Scheme::RubyGems, &["a", "1..0", "1.0-", "1.0_a"]),
        (Scheme::Composer, &["dev-main", "1.0-foo", "1.2.3.4.5", "x-dev", "foo"]),
        (Scheme::Debian, &["", "a", "x:1", "1.0 1"]),
        (Scheme::Rpm, &["", "x:1", "-1", "1 0"]),
        (Scheme::Alpine, &["", "a", "1.0_foo", "1.0-1", "1.0ab", "1."]),
        (Scheme::Cran, &["", "1.0a", "1."]),
        (Scheme::Conan, &["", "-1"]),
    ] {
        for text in texts {
            let error = scheme.parse(text).expect_err(&format!("{} {text:?}", scheme.name()));
            assert_eq!(error.to_string(), format!("`{text}` is not a version by the rules of {}", scheme.name()));
        }
    }
}

/// A generator of numbers, the same ones at every run (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

const PIECES: &[&str] = &[
    "0",
    "00",
    "1",
    "01",
    "2",
    "9",
    "10",
    "11",
    "99999999999999999999",
    "a",
    "b",
    "rc",
    "alpha",
    "beta",
    "dev",
    "post",
    "pre",
    "snapshot",
    "final",
    "ga",
    "sp",
    "x",
    "xyz",
    "p",
    "pl",
    "patch",
    "RC",
    "Z",
    "r",
    "m",
    "_rc",
    "_p",
    "-r",
    "~",
    "^",
    "!",
];
const JOINTS: &[&str] = &["", ".", ".", ".", "-", "-", "_", "+", "~", "^"];

/// Versions of `scheme` out of the pieces that all schemes know, so that each is a neighbour of others.
fn versions(scheme: Scheme, count: usize) -> Vec<(String, Version)> {
    let mut dice = Dice(0x5eed + scheme as u64);
    let mut found = Vec::new();
    for _ in 0..5_000_000 {
        let mut text = dice.pick(&["0", "1", "1.0", "1.0.0", "1.2.3", "v1.0.0", "1:1.0", "2"]).to_owned();
        for _ in 0..dice.roll(5) {
            text += dice.pick(JOINTS);
            text += dice.pick(PIECES);
        }
        if let Ok(version) = scheme.parse(&text) {
            found.push((text, version));
        }
        if found.len() == count {
            break;
        }
    }
    found
}

#[test]
fn every_order_is_total() {
    for scheme in Scheme::ALL {
        let versions = versions(*scheme, 3000);
        assert_eq!(versions.len(), 3000, "{}", scheme.name());
        let mut dice = Dice(7);
        for _ in 0..60_000 {
            let mut pick = || &versions[dice.roll(versions.len())];
            let (a, b, c) = (pick(), pick(), pick());
            let names = || format!("{}: {} {} {}", scheme.name(), a.0, b.0, c.0);
            let ordered = |a: &(String, Version), b: &(String, Version)| a.1.cmp(&b.1);
            assert_eq!(ordered(a, a), Ordering::Equal, "{}", names());
            assert_eq!(ordered(a, b), ordered(b, a).reverse(), "{}", names());
            assert_eq!(ordered(a, b).is_eq(), a.1 == b.1, "{}", names());
            if ordered(a, b).is_le() && ordered(b, c).is_le() {
                assert!(ordered(a, c).is_le(), "{}", names());
            }
            if ordered(a, b).is_eq() {
                assert_eq!(ordered(a, c), ordered(b, c), "{}", names());
            }
        }
        // Sorted neighbours, where a step out of line would show best.
        let mut sorted = versions;
        sorted.sort_by(|a, b| a.1.cmp(&b.1));
        for window in sorted.windows(40) {
            assert!(window.iter().all(|one| window[0].1 <= one.1), "{}: {}", scheme.name(), window[0].0);
        }
    }
}

#[test]
fn no_text_breaks_a_parser() {
    let mut dice = Dice(11);
    let odd = ["ä", "\u{0}", " ", "\n", "٣", "😀", "-", ".", "+", "~", "1", "a"];
    for _ in 0..20_000 {
        let text: String = (0..dice.roll(8)).map(|_| dice.pick(&odd)).collect();
        for scheme in Scheme::ALL {
            if let Ok(version) = scheme.parse(&text) {
                assert!(version == version.clone());
            }
        }
    }
    for scheme in Scheme::ALL {
        let _ = scheme.parse(&"1-a.".repeat(50_000)).map(|version| version.cmp(&version.clone()));
    }
}

/// What an ecosystem's own implementation says, as `benches/versions/` writes it: `GATE_VERSIONS=FILE cargo test -- --ignored --nocapture as_the_ecosystem`.
#[test]
#[ignore = "needs the answers of other programs in the file that GATE_VERSIONS names"]
#[allow(clippy::print_stdout, reason = "its figures are for the person who runs it")]
fn as_the_ecosystem_says() {
    let text = fs::read_to_string(std::env::var("GATE_VERSIONS").unwrap()).unwrap();
    let mut figures: std::collections::BTreeMap<String, [usize; 4]> = std::collections::BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [name, a, b, theirs] = cells[..] else { panic!("{line}") };
        let scheme = Scheme::ALL.iter().find(|scheme| format!("{scheme:?}").eq_ignore_ascii_case(name)).unwrap();
        let ours = match compare(*scheme, a, b) {
            Ok(order) => (order as i8).to_string(),
            Err(_) => "!".to_owned(),
        };
        let kind = match (ours.as_str(), theirs) {
            (ours, theirs) if ours == theirs => 0,
            ("!", _) => 1,
            (_, "!") => 2,
            _ => 3,
        };
        let figure = figures.entry(name.to_owned()).or_default();
        figure[kind] += 1;
        if kind % 2 == 1 && figure[kind] <= 20 {
            println!("{name}: {a} {b}: {theirs}, here {ours}");
        }
    }
    for (name, [same, refused, taken, other]) in figures {
        println!("{name}: {same} the same, {other} other, {refused} refused here alone, {taken} taken here alone");
    }
}
