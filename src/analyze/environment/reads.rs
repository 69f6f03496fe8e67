//! The variables that code reads from its environment, found in its text: what is asked for by a literal name.

use crate::model::Language;

/// One reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading<'t> {
    pub name: &'t str,
    /// Of the name, in bytes.
    pub start: usize,
    /// The code goes on without it.
    pub has_default: bool,
}

/// How a language asks: what stands before the name, and what stands behind it where a default follows.
struct Call {
    before: &'static str,
    /// Only in files that have this text: names that are used for other things elsewhere.
    needs: &'static str,
    /// A second argument is the default.
    takes_default: bool,
    /// Nothing happens where the variable is missing: what is read may be nothing.
    may_lack: bool,
}

const fn call(before: &'static str, takes_default: bool) -> Call {
    Call { before, needs: "", takes_default, may_lack: false }
}

const fn optional(before: &'static str) -> Call {
    Call { before, needs: "", takes_default: true, may_lack: true }
}

const fn library(before: &'static str, needs: &'static str) -> Call {
    Call { before, needs, takes_default: true, may_lack: false }
}

const PYTHON: &[Call] = &[
    call("environ[", false),
    call("environ.get(", true),
    call("environb[", false),
    call("getenv(", true),
    library("config(", "decouple"),
    library("env(", "environ"),
    library("env.str(", "environ"),
    library("env.int(", "environ"),
    library("env.bool(", "environ"),
    library("env.float(", "environ"),
    library("env.list(", "environ"),
    library("env.url(", "environ"),
    library("env.db(", "environ"),
    library("env.db_url(", "environ"),
    library("env.cache(", "environ"),
    library("env.cache_url(", "environ"),
];

const SCRIPT: &[Call] = &[
    call("process.env.", false),
    call("process.env?.", false),
    call("process.env[", false),
    call("import.meta.env.", false),
    call("import.meta.env[", false),
    call("Deno.env.get(", false),
    call("Bun.env.", false),
    call("Bun.env[", false),
];

const RUST: &[Call] = &[
    call("env::var(", false),
    call("env::var_os(", false),
    call("dotenvy::var(", false),
    call("dotenv::var(", false),
    call("dotenv!(", false),
    // `env!` and `option_env!` are answered when the program is built.
    call(" env!(", false),
    optional("option_env!("),
];

/// The variables that `text` reads, in order. A comment that shows how to read one counts as little as a text that does: lines
/// that are comments are passed over.
pub fn readings(language: Language, text: &str) -> Vec<Reading<'_>> {
    let calls = match language {
        Language::Python => PYTHON,
        Language::Rust => RUST,
        Language::JavaScript | Language::TypeScript | Language::Tsx => SCRIPT,
    };
    let mut found = Vec::new();
    for call in calls.iter().filter(|call| call.needs.is_empty() || text.contains(call.needs)) {
        for (at, _) in text.match_indices(call.before) {
            found.extend(reading(text, at, call).filter(|_| is_code(text, at)));
        }
    }
    match language {
        Language::Python => found.extend(settings_fields(text)),
        Language::Rust => {}
        _ => found.extend(destructured(text)),
    }
    found.sort_by_key(|reading| reading.start);
    found.dedup_by_key(|reading| reading.start);
    found
}

fn reading<'t>(text: &'t str, at: usize, call: &Call) -> Option<Reading<'t>> {
    // `my_getenv(` is another function.
    let before = text.get(..at)?.chars().next_back();
    let is_whole = call.before.starts_with(' ') || before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    let mut start = at + call.before.len();
    let is_plain = call.before.ends_with('.');
    if !is_plain {
        let rest = text.get(start..)?;
        start += rest.len() - rest.trim_start().len();
        text.get(start..)?.starts_with(['"', '\'', '`']).then_some(())?;
        start += 1;
    }
    let name = name_at(text, start)?;
    let after = text.get(start + name.len()..)?;
    let after = if is_plain { after } else { after.get(1..)? };
    // What is written is not read.
    let next = after.trim_start_matches([']', ')', ' ']);
    let is_written = next.starts_with('=') && !next.starts_with("==") && !next.starts_with("=>");
    let signs =
        ["??", "||", "&&", "? ", "or ", ".unwrap_or", ".ok()", ".is_ok", ".is_err", ".or_else", ".is_some", ".is_none"];
    let behind = after.trim_start_matches([']', ')']).trim_start();
    let falls_back = is_asked(text.get(..at)?) || signs.iter().any(|sign| behind.starts_with(sign));
    let has_second = call.takes_default && after.trim_start().starts_with(',');
    (is_whole && !is_written).then_some(Reading { name, start, has_default: falls_back || has_second || call.may_lack })
}

/// The name of a variable that starts there: capitals, as everybody writes them.
fn name_at(text: &str, start: usize) -> Option<&str> {
    let rest = text.get(start..)?;
    let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let name = rest.get(..length)?;
    let is_name = name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && !name.chars().any(|c| c.is_ascii_lowercase());
    is_name.then_some(name)
}

/// Whether what stands before only asks whether the variable is there: `if (process.env.X)`, `if let Ok(x) = env::var(…)`.
fn is_asked(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let line =
        ["os.", "std::", "window."].iter().find_map(|prefix| line.strip_suffix(prefix)).unwrap_or(line).trim_end();
    let asks = ["if", "if (", "if(", "elif", "!", "not", "&&", "and", "Boolean(", "bool("];
    line.contains("if let ") || asks.iter().any(|word| line.ends_with(word))
}

/// Whether the line is none of comment.
fn is_code(text: &str, at: usize) -> bool {
    let line = text.get(..at).unwrap_or_default().rsplit('\n').next().unwrap_or_default().trim_start();
    !["#", "//", "*", "/*", ">>>"].iter().any(|sign| line.starts_with(sign))
}

/// `const { A, B: b = 1 } = process.env`.
fn destructured(text: &str) -> Vec<Reading<'_>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("process.env").chain(text.match_indices("import.meta.env")) {
        let Some(before) = text.get(..at).map(str::trim_end).and_then(|before| before.strip_suffix('=')) else {
            continue;
        };
        let Some(pattern) = before.trim_end().strip_suffix('}') else { continue };
        let Some(open) = pattern.rfind('{').filter(|_| is_code(text, at)) else { continue };
        let mut start = open + 1;
        for part in pattern.get(start..).unwrap_or_default().split(',') {
            let from = start + part.len() - part.trim_start().len();
            start += part.len() + 1;
            if let Some(name) = name_at(text, from) {
                found.push(Reading { name, start: from, has_default: part.contains('=') });
            }
        }
    }
    found
}

/// The fields of pydantic's settings, which are read from variables of their names in capitals; only those that are written so
/// can be told from other attributes without a doubt.
fn settings_fields(text: &str) -> Vec<Reading<'_>> {
    let mut found = Vec::new();
    let (mut offset, mut indent) = (0, None);
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let depth = line.len() - line.trim_start().len();
        if line.trim().is_empty() {
            continue;
        }
        if line.trim_start().starts_with("class ") {
            indent = line.contains("BaseSettings").then_some(depth);
            continue;
        }
        if indent.is_some_and(|class| depth <= class) {
            indent = None;
        }
        // A prefix makes other names of them.
        if indent.is_none_or(|class| depth > class + 4) || text.contains("env_prefix") {
            continue;
        }
        let Some(name) = name_at(text, start + depth) else { continue };
        let rest = line.trim_start().get(name.len()..).unwrap_or_default();
        if let Some(annotation) = rest.strip_prefix(':') {
            let has_default = annotation.contains('=') && !annotation.contains("...");
            found.push(Reading { name, start: start + depth, has_default });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(language: Language, text: &str) -> Vec<(&str, bool)> {
        let readings = readings(language, text);
        readings.iter().for_each(|one| assert!(text[one.start..].starts_with(one.name)));
        readings.iter().map(|one| (one.name, one.has_default)).collect()
    }

    #[test]
    fn python_asks_in_many_ways() {
        let text = "import os\nfrom decouple import config\na = os.environ['A1']\nb = os.environ.get(\"B1\")\nc = os.getenv('C1', 'x')\n\
                    d = config('D1', default=1)\ne = os.getenv('E1') or 'y'\nos.environ['F1'] = 'set'\n# os.environ['G1']\nmy_getenv('H1')\n\
                    i = os.environ[name]\nj = os.environ['j']\nif os.environ['K1'] == 'x': pass\nl = not os.getenv('L1')\n";
        assert_eq!(
            found(Language::Python, text),
            [("A1", false), ("B1", false), ("C1", true), ("D1", true), ("E1", true), ("K1", true), ("L1", true)]
        );
        let text =
            "import environ\nenv = environ.Env()\na = env('A1')\nb = env.bool('B1', default=False)\nc = env.db()\n";
        assert_eq!(found(Language::Python, text), [("A1", false), ("B1", true)]);
        assert_eq!(found(Language::Python, "def env(x): pass\nenv('A1')\n"), []);
        let text = "class Settings(BaseSettings):\n    API_KEY: str\n    PORT: int = 80\n    other: str\n\n    def f(self):\n        X: int\n\nclass B:\n    NO: str\n";
        assert_eq!(found(Language::Python, text), [("API_KEY", false), ("PORT", true)]);
    }

    #[test]
    fn scripts_ask_in_many_ways() {
        let text = "const a = process.env.A1;\nconst b = process.env['B1'] ?? 'x';\nconst { C1, D1: d, E1 = 2 } = process.env;\n\
                    process.env.F1 = 'set';\nimport.meta.env.G1 || 1;\nDeno.env.get(\"H1\");\nBun.env.I1;\n// process.env.J1\n\
                    process.env.npm_config;\nif (process.env.K1 === 'x') {}\nx = !process.env.L1;\n\
                    y = process.env.M1 ? 1 : 2;\nf(process.env.N1);\n";
        assert_eq!(
            found(Language::TypeScript, text),
            [
                ("A1", false),
                ("B1", true),
                ("C1", false),
                ("D1", false),
                ("E1", true),
                ("G1", true),
                ("H1", false),
                ("I1", false),
                ("K1", true),
                ("L1", true),
                ("M1", true),
                ("N1", false)
            ]
        );
    }

    #[test]
    fn rust_asks_in_many_ways() {
        let text = "let a = std::env::var(\"A1\")?;\nlet b = env::var(\"B1\").unwrap_or_default();\nlet c = env!(\"C1\");\n\
                    let d = option_env!(\"D1\");\nlet e = env::var_os(\"E1\").is_some();\nlet f = dotenvy::var(\"F1\").unwrap();\n\
                    if let Ok(g) = std::env::var(\"G1\") {}\n";
        assert_eq!(
            found(Language::Rust, text),
            [("A1", false), ("B1", true), ("C1", false), ("D1", true), ("E1", true), ("F1", false), ("G1", true)]
        );
    }
}
