//! The markers of other tools, which people already have in their code: a finding that somebody has looked at and accepted there
//! is accepted here too. A marker speaks of its own line (or the next, where it says so) and of what its tool looks for; one that
//! accepts nothing is no finding, because its tool may well report there what we do not.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::Directive;
use crate::model::{Analysis, RelPath, Rule};

/// What a marker of another tool accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Secrets, also those that an environment rule reports.
    Secrets,
    /// Whatever touches security: code and secrets.
    Security,
    /// Code review of any kind, and secrets.
    Code,
    /// The rules of the same meaning.
    Rules(&'static [&'static str]),
}

impl Scope {
    pub fn covers(self, rule: &Rule) -> bool {
        let is_secret = rule.analysis() == Some(Analysis::Secrets) || rule.id.group() == "env";
        let is_code = rule.analysis() == Some(Analysis::Code);
        match self {
            Scope::Secrets => is_secret,
            Scope::Security => is_secret || is_code && rule.security_severity.is_some(),
            Scope::Code => is_secret || is_code,
            Scope::Rules(ids) => ids.contains(&rule.id.as_str()),
        }
    }
}

/// What opens a marker, in lower case, and what reads the rest of it: the text behind, to the end of the line. It gives the scope
/// and what of the marker names it in a report; nothing else of the line may get there.
type Reader = fn(rest: &str) -> Vec<(Scope, &'static str)>;

struct Marker {
    word: &'static str,
    read: Reader,
    /// Which line it speaks of.
    target: Line,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Own,
    Next,
    /// The next line of code where the comment has the line for itself.
    OwnOrNext,
}

const MARKERS: &[Marker] = &[
    Marker { word: "gitleaks:allow", read: |_| vec![(Scope::Secrets, "gitleaks:allow")], target: Line::Own },
    Marker { word: "trufflehog:ignore", read: |_| vec![(Scope::Secrets, "trufflehog:ignore")], target: Line::Own },
    Marker { word: "kingfisher:ignore", read: |_| vec![(Scope::Secrets, "kingfisher:ignore")], target: Line::Own },
    Marker { word: "ggignore", read: |_| vec![(Scope::Secrets, "ggignore")], target: Line::Own },
    Marker { word: "pragma:", read: |rest| pragma(rest, false), target: Line::Own },
    Marker { word: "pragma:", read: |rest| pragma(rest, true), target: Line::Next },
    Marker { word: "nosec", read: nosec, target: Line::Own },
    Marker { word: "noqa:", read: noqa, target: Line::Own },
    Marker { word: "nosemgrep", read: nosemgrep, target: Line::OwnOrNext },
    Marker { word: "eslint-disable-line", read: eslint, target: Line::Own },
    Marker { word: "eslint-disable-next-line", read: eslint, target: Line::Next },
];

/// Whether one of the words that markers begin with is in `text`.
pub fn may_hold_marker(text: &str) -> bool {
    words().is_some_and(|words| words.is_match(text))
}

fn words() -> Option<&'static AhoCorasick> {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let build = || {
        let words = MARKERS.iter().map(|marker| marker.word);
        AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).ascii_case_insensitive(true).build(words).ok()
    };
    WORDS.get_or_init(build).as_ref()
}

/// The markers of other tools in `text`, as directives. `is_comment` says whether a byte range may hold one: within a comment, or
/// anywhere in a format that has none.
pub fn foreign_directives(path: &RelPath, text: &str, is_comment: impl Fn(Range<usize>) -> bool) -> Vec<Directive> {
    let Some(words) = words() else { return Vec::new() };
    let mut found = Vec::new();
    let (mut line, mut counted) = (1u32, 0);
    for hit in words.find_overlapping_iter(text) {
        let Some(marker) = MARKERS.get(hit.pattern().as_usize()) else { continue };
        // Overlapping words may end before the one that was counted to.
        if hit.start() >= counted {
            line += text.get(counted..hit.start()).unwrap_or_default().matches('\n').count() as u32;
            counted = hit.start();
        }
        if !stands_alone(text, hit.range(), marker.word) || !is_comment(hit.range()) {
            continue;
        }
        let rest = text.get(hit.end()..).unwrap_or_default();
        let rest = rest.split('\n').next().unwrap_or(rest);
        let target_line = match marker.target {
            Line::Own => line,
            Line::Next => line + 1,
            Line::OwnOrNext => super::directive::target_line(text, line, hit.start(), &is_comment),
        };
        let line = if marker.target == Line::Next { target_line } else { line };
        found.extend((marker.read)(rest).into_iter().map(|(scope, name)| Directive {
            path: path.clone(),
            line,
            target_line,
            rules: Vec::new(),
            reason: name.to_owned(),
            span: hit.range(),
            foreign: Some(scope),
        }));
    }
    found
}

/// `nosecrets` and `my-nosec` are other words.
fn stands_alone(text: &str, span: Range<usize>, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let before = text.get(..span.start).unwrap_or_default();
    let after = text.get(span.end..).unwrap_or_default();
    !before.ends_with(is_part) && (word.ends_with(':') || !after.starts_with(is_part))
}

/// detect-secrets: `pragma: allowlist secret`, `pragma: allowlist nextline secret`, and the older word.
fn pragma(rest: &str, next_line: bool) -> Vec<(Scope, &'static str)> {
    let mut words = rest.split([' ', '-', '\t']).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase);
    let is_list = words.next().is_some_and(|word| matches!(word.as_str(), "allowlist" | "whitelist"));
    let second = words.next().unwrap_or_default();
    let (is_next, last) = match second.as_str() {
        "nextline" => (true, words.next().unwrap_or_default()),
        _ => (false, second),
    };
    let is_secret = last.strip_prefix("secret").is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    let name = if next_line { "pragma: allowlist nextline secret" } else { "pragma: allowlist secret" };
    if is_list && is_secret && is_next == next_line { vec![(Scope::Secrets, name)] } else { Vec::new() }
}

/// Bandit: `nosec` alone, or with the numbers of its tests.
fn nosec(rest: &str) -> Vec<(Scope, &'static str)> {
    let codes: Vec<&str> = codes(rest.trim_start_matches([':', ' '])).filter(|code| is_code(code)).collect();
    if codes.is_empty() { vec![(Scope::Security, "nosec")] } else { known(&codes) }
}

/// Ruff and flake8: `noqa: S105`. A plain `noqa` is about style as a rule, and accepts nothing here.
fn noqa(rest: &str) -> Vec<(Scope, &'static str)> {
    let codes: Vec<&str> = codes(rest).filter(|code| is_code(code)).collect();
    known(&codes)
}

/// Semgrep: `nosemgrep` alone; the rules that it may name are not ours.
fn nosemgrep(rest: &str) -> Vec<(Scope, &'static str)> {
    if rest.trim_start().starts_with(':') { Vec::new() } else { vec![(Scope::Code, "nosemgrep")] }
}

/// ESLint: rules by name. Without a name it is about everything that ESLint says, and accepts nothing here.
fn eslint(rest: &str) -> Vec<(Scope, &'static str)> {
    let rest = rest.split("*/").next().unwrap_or(rest).split(" -- ").next().unwrap_or(rest);
    let names: Vec<&str> = codes(rest).collect();
    known(&names)
}

/// The words of a list, parted by commas or blanks.
fn codes(rest: &str) -> impl Iterator<Item = &str> {
    rest.split([',', ' ', '\t', '\r']).filter(|code| !code.is_empty())
}

/// `B105`, `S105`, `E722`, `T201`.
fn is_code(word: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
    (1..4).contains(&(word.len() - digits.len())) && digits.len() >= 3 && digits.bytes().all(|c| c.is_ascii_digit())
}

fn known(codes: &[&str]) -> Vec<(Scope, &'static str)> {
    let find = |code: &&str| CODES.iter().find(|(names, _)| names.split(' ').any(|name| name == *code));
    codes.iter().filter_map(find).map(|(names, scope)| (*scope, *names)).collect()
}

/// The tests of Bandit (with `S` in Ruff and flake8), the rules of ESLint, and what here means the same.
const CODES: &[(&str, Scope)] = &[
    ("B105 S105", Scope::Secrets),
    ("B106 S106", Scope::Secrets),
    ("B107 S107", Scope::Secrets),
    ("B102 S102", Scope::Rules(&["python/eval", "python/eval-from-input"])),
    ("B103 S103", Scope::Rules(&["python/world-writable"])),
    ("B104 S104", Scope::Rules(&["python/bind-all-interfaces"])),
    ("B110 S110", Scope::Rules(&["python/swallowed-exception", "python/bare-except"])),
    ("B201 S201", Scope::Rules(&["python/flask-debug"])),
    ("B202 S202", Scope::Rules(&["python/tar-extract-unchecked"])),
    ("B301 S301", Scope::Rules(&["python/unsafe-deserialization", "python/deserialization-of-input"])),
    ("B302 S302", Scope::Rules(&["python/unsafe-deserialization", "python/deserialization-of-input"])),
    ("B303 S303", Scope::Rules(&["python/weak-hash"])),
    ("B304 S304", Scope::Rules(&["python/weak-cipher"])),
    ("B305 S305", Scope::Rules(&["python/weak-cipher"])),
    ("B306 S306", Scope::Rules(&["python/tempfile-mktemp"])),
    ("B307 S307", Scope::Rules(&["python/eval", "python/eval-from-input"])),
    ("B308 S308", Scope::Rules(&["python/mark-safe"])),
    ("B311 S311", Scope::Rules(&["python/insecure-random"])),
    ("B314 S314", Scope::Rules(&["python/xml-external-entities"])),
    ("B318 S318", Scope::Rules(&["python/xml-external-entities"])),
    ("B323 S323", Scope::Rules(&["python/ssl-context-unverified"])),
    ("B324 S324", Scope::Rules(&["python/weak-hash", "python/fast-password-hash"])),
    ("B501 S501", Scope::Rules(&["python/tls-verification-off", "python/tls-session-unverified"])),
    ("B502 S502", Scope::Rules(&["python/ssl-old-protocol"])),
    ("B503 S503", Scope::Rules(&["python/ssl-old-protocol"])),
    ("B505 S505", Scope::Rules(&["python/weak-key"])),
    ("B506 S506", Scope::Rules(&["python/yaml-load"])),
    ("B507 S507", Scope::Rules(&["python/ssh-host-key-unchecked"])),
    ("B602 S602", Scope::Rules(&["python/shell-injection", "python/shell-variable-command"])),
    ("B604 S604", Scope::Rules(&["python/shell-injection", "python/shell-variable-command"])),
    ("B605 S605", Scope::Rules(&["python/shell-injection", "python/shell-variable-command"])),
    ("B608 S608", Scope::Rules(&["python/sql-injection", "python/sql-built-identifier"])),
    ("B701 S701", Scope::Rules(&["python/jinja2-autoescape-off"])),
    ("B703", Scope::Rules(&["python/mark-safe"])),
    ("E722", Scope::Rules(&["python/bare-except"])),
    ("B006", Scope::Rules(&["python/mutable-default"])),
    ("B012", Scope::Rules(&["python/return-in-finally"])),
    ("T201", Scope::Rules(&["quality/debug-output"])),
    ("T100", Scope::Rules(&["quality/debugger-call"])),
    ("F631", Scope::Rules(&["python/assert-tuple"])),
    ("C901", Scope::Rules(&["quality/cyclomatic-complexity"])),
    ("no-console", Scope::Rules(&["quality/debug-output"])),
    ("no-debugger", Scope::Rules(&["javascript/debugger-statement"])),
    ("no-eval", Scope::Rules(&["javascript/eval", "javascript/eval-from-input"])),
    ("no-implied-eval", Scope::Rules(&["javascript/timer-with-text"])),
    ("no-empty", Scope::Rules(&["javascript/empty-catch"])),
    ("no-async-promise-executor", Scope::Rules(&["javascript/async-promise-executor"])),
    ("no-await-in-loop", Scope::Rules(&["performance/request-in-loop", "performance/query-in-loop"])),
    ("react/no-danger", Scope::Rules(&["javascript/dangerously-set-inner-html"])),
    ("complexity", Scope::Rules(&["quality/cyclomatic-complexity"])),
    ("max-depth", Scope::Rules(&["quality/nesting-depth"])),
    ("max-params", Scope::Rules(&["quality/parameter-count"])),
    ("max-lines-per-function", Scope::Rules(&["quality/function-length"])),
    ("no-warning-comments", Scope::Rules(&["quality/todo-comment"])),
    ("no-secrets/no-secrets", Scope::Secrets),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_a_code_stands_for_is_there() {
        for (code, scope) in CODES {
            let Scope::Rules(ids) = scope else { continue };
            for id in *ids {
                let file = std::path::Path::new("rules").join(format!("{id}.toml"));
                assert!(file.exists(), "{code} stands for {id}");
            }
        }
    }

    fn found(text: &str) -> Vec<(u32, String)> {
        let path = RelPath::new("a");
        foreign_directives(&path, text, |_| true).into_iter().map(|one| (one.target_line, one.reason)).collect()
    }

    #[test]
    fn markers_speak_of_their_line() {
        for (text, line, name) in [
            ("x\ny # gitleaks:allow\nz", 2, "gitleaks:allow"),
            ("y // trufflehog:ignore", 1, "trufflehog:ignore"),
            ("y # kingfisher:ignore it is public", 1, "kingfisher:ignore"),
            ("y # ggignore", 1, "ggignore"),
            ("y # pragma: allowlist secret", 1, "pragma: allowlist secret"),
            ("y # pragma: whitelist secret", 1, "pragma: allowlist secret"),
            ("y # pragma: allowlist-secret", 1, "pragma: allowlist secret"),
            ("# pragma: allowlist nextline secret\ny", 2, "pragma: allowlist nextline secret"),
            ("y  # nosec", 1, "nosec"),
            ("y  # nosec: B105", 1, "B105 S105"),
            ("y  # nosec B106 because", 1, "B106 S106"),
            ("y  # noqa: E501, S105", 1, "B105 S105"),
            ("y  # NOQA: S105", 1, "B105 S105"),
            ("y  # nosemgrep", 1, "nosemgrep"),
            ("# nosemgrep\ny", 2, "nosemgrep"),
            ("y  // eslint-disable-line no-eval -- it is our own", 1, "no-eval"),
            ("/* eslint-disable-next-line no-eval */\ny", 2, "no-eval"),
        ] {
            assert_eq!(found(text), [(line, name.to_owned())], "{text}");
        }
    }

    #[test]
    fn what_is_no_marker_or_names_nothing_of_ours_accepts_nothing() {
        for text in [
            "gitleaks:allowed",
            "nosecrets",
            "my-nosec",
            "# pragma: no cover",
            "# pragma: allowlist secrets",
            "# pragma: allowlist nextline",
            "# noqa",
            "# noqa: E501",
            "# nosec B999",
            "# nosemgrep: python.lang.some-rule",
            "// eslint-disable-line",
            "// eslint-disable-line no-undef",
            "/* eslint-disable no-eval */",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
        assert!(foreign_directives(&RelPath::new("a"), "x # gitleaks:allow", |_| false).is_empty());
    }
}
