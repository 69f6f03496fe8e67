//! The examples of `docs/metrics.md` are measured as they say.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use gate::model::Language;
use gate::syntax::{Function, KindSet, Parser};

/// The fenced examples: language and text.
fn examples(page: &str) -> Vec<(Language, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let language = match line.strip_prefix("```") {
            Some("python") => Language::Python,
            Some("rust") => Language::Rust,
            Some("typescript") => Language::TypeScript,
            Some("sh" | "") => continue,
            Some(other) => panic!("an example is in a language, not in `{other}`"),
            None => continue,
        };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        found.push((language, text.join("\n")));
    }
    found
}

/// `# cyclomatic 6, cognitive 4`: what the comment says of the function below it.
fn expected(line: &str) -> Option<Vec<(String, u32)>> {
    let text = line.trim_start().strip_prefix(['#', '/'])?.trim_start_matches('/').trim();
    let pair = |part: &str| {
        let (name, value) = part.trim().split_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    text.starts_with("cyclomatic ").then(|| text.split(',').map(pair).collect::<Option<Vec<_>>>()).flatten()
}

fn measured(function: &Function<'_>, statements: u32, text: &str) -> BTreeMap<&'static str, u32> {
    let lines = text[function.start..function.node.end_byte()].lines().count();
    BTreeMap::from([
        ("cyclomatic", function.cyclomatic),
        ("cognitive", function.cognitive),
        ("nesting", function.nesting),
        ("parameters", function.parameters),
        ("length", lines as u32),
        ("statements", statements),
    ])
}

#[test]
fn the_examples_are_measured_as_the_page_says() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md")).unwrap();
    let examples = examples(&page);
    assert!(examples.len() >= 6);
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (language, text) in examples {
        let kinds = KindSet::default();
        let Ok(tree) = Parser::default().parse(language, &text, Duration::from_secs(20)) else { panic!("not parsed") };
        let syntax = tree.index(&text, &kinds);
        assert_eq!(syntax.error_bytes, 0, "an example does not parse:\n{text}");
        let lines: Vec<&str> = text.lines().collect();
        let mut comments = lines.iter().filter(|line| expected(line).is_some()).count();
        for (function, volume) in syntax.functions.iter().zip(syntax.volumes()) {
            let line = text[..function.start].matches('\n').count();
            // Decorators stand between the comment and the function.
            let above = lines[..line].iter().rev().find(|line| !line.trim_start().starts_with('@'));
            let Some(expected) = above.and_then(|line| expected(line)) else {
                panic!("nothing is said of `{}`", function.name)
            };
            comments -= 1;
            judged += 1;
            let measured = measured(function, volume.statements, &text);
            for (name, value) in expected {
                if measured[name.as_str()] != value {
                    wrong.push(format!("`{}`: {name} is {}, not {value}", function.name, measured[name.as_str()]));
                }
            }
        }
        assert_eq!(comments, 0, "a comment is about no function:\n{text}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged >= 15);
}
