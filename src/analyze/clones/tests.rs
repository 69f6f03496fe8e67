#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::tokens::{Reading, tokens as each_token};
use super::*;
use crate::model::{Encoding, Language};

const BODY: &str = "    rows = []\n    for line in read(path):\n        name, value = line.split('=')\n        if not name:\n            \
                    continue\n        rows.append((name.strip(), value.strip()))\n    rows.sort(key=lambda row: row[0])\n    return rows\n";

fn clones(change: impl Fn(&mut Rule)) -> Clones {
    let mut rule = Rule::clone(RuleSet::embedded().get("quality/duplicate-block").unwrap());
    change(&mut rule);
    Clones { rule: Some(Arc::new(rule)) }
}

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile::new(Target::at(path), text.to_owned(), Encoding::Utf8)
}

/// The path of a block, its first and last line, and the paths and lines of its other places.
type Told = (String, u32, u32, Vec<(String, u32)>);

fn found(clones: &Clones, files: &[(&str, &str)]) -> Vec<Told> {
    let files: Vec<SourceFile> = files.iter().map(|(path, text)| file(path, text)).collect();
    let prints: Vec<_> = files.iter().filter_map(|file| Some((&file.target.path, clones.prints(file)?))).collect();
    let joined: Vec<(&RelPath, &Prints)> = prints.iter().map(|(path, prints)| (*path, prints)).collect();
    let copies = clones.join(&joined, joined.len());
    let of = |path: &RelPath| files.iter().find(|file| file.target.path == *path).unwrap();
    let one = |block: CopiedBlock<'_>| {
        let region = of(block.path).region(block.span(of(block.path)));
        let places =
            block.named().map(|place| (place.path.to_string(), place.location(of(place.path)).region.start_line));
        (block.path.to_string(), region.start_line, region.end_line, places.collect())
    };
    copies.blocks().map(one).collect()
}

#[test]
fn a_block_in_three_files_is_told_once_with_the_others() {
    let first = format!("import os\n\ndef load(path):\n{BODY}");
    let second = format!("def read_all(path, x):\n    # Laid out in another way.\n\n{}", BODY.replace(" = ", "  =  "));
    let third = format!("x = 1\n\n\ndef again(path):\n{BODY}    print(1)\n");
    let found = found(&clones(|_| {}), &[("a.py", &first), ("b.py", &second), ("c.py", &third)]);
    assert_eq!(found, [("a.py".to_owned(), 4, 11, vec![("b.py".to_owned(), 4), ("c.py".to_owned(), 5)])]);
}

#[test]
fn a_copy_has_six_lines_and_fifty_tokens() {
    let lines: Vec<&str> = BODY.split_inclusive('\n').collect();
    let both = |text: &str, clones: &Clones| {
        let (first, second) = (format!("def f(path):\n{text}"), format!("def g(path, y):\n{text}    pass\n"));
        found(clones, &[("a.py", &first), ("b.py", &second)]).len()
    };
    let tokens = |count: usize| {
        let mut all = 0;
        each_token(&lines[..count].concat(), Language::Python, Reading::default(), |_| all += 1);
        all
    };
    let enough = (6..=lines.len()).find(|count| tokens(*count) >= 50).unwrap();
    assert_eq!(both(&lines[..enough].concat(), &clones(|_| {})), 1, "{enough} lines");
    assert_eq!(both(&lines[..enough - 1].concat(), &clones(|_| {})), 0);
    let set = |name: &'static str, value| {
        clones(move |rule| drop(rule.options.insert(name.to_owned(), crate::model::OptionValue::Integer(value))))
    };
    assert_eq!(both(&lines[..enough].concat(), &set("min-lines", 9)), 0);
    assert_eq!(both(&lines[..enough].concat(), &set("min-tokens", tokens(enough) as i64 + 1)), 0);
    assert_eq!(both(&lines[..enough].concat(), &set("min-tokens", tokens(enough) as i64)), 1);
}

#[test]
fn renamed_copies_are_found_only_where_that_is_asked_for() {
    let first = format!("def load(path):\n{BODY}");
    let second = first.replace("rows", "found").replace("'='", "':'");
    let files = [("a.py", first.as_str()), ("b.py", second.as_str())];
    assert_eq!(found(&clones(|_| {}), &files), []);
    let renamed = clones(|rule| drop(rule.options.insert("renamed".to_owned(), crate::model::OptionValue::Bool(true))));
    assert_eq!(found(&renamed, &files).len(), 1);
}

#[test]
fn tests_vendored_generated_and_minified_files_are_left_out() {
    let text = format!("def load(path):\n{BODY}");
    let generated = format!("# @generated\n{text}");
    for path in ["tests/b.py", "vendor/b.py", "src/generated/b.py"] {
        assert_eq!(found(&clones(|_| {}), &[("a.py", &text), (path, &text)]), [], "{path}");
    }
    assert_eq!(found(&clones(|_| {}), &[("a.py", &text), ("b.py", &generated)]), []);
    let tests = clones(|rule| drop(rule.options.insert("in-tests".to_owned(), crate::model::OptionValue::Bool(true))));
    assert_eq!(found(&tests, &[("a.py", &text), ("tests/b.py", &text)]).len(), 1);
}

#[test]
fn what_is_long_or_repeats_itself_but_does_nothing_is_no_copy() {
    let call = format!(
        "def f():\n    run(\n{}    )\n",
        "        one=first(1),\n".repeat(2) + &(0..20).map(|i| format!("        a{i}=b{i},\n")).collect::<String>()
    );
    let table: String = (0..30).map(|i| format!("    ('name{i}', {i}, None),\n")).collect();
    let table = format!("TABLE = [\n{table}]\n");
    let again = format!("def f():\n{}", "    step(1, 2)\n".repeat(60));
    let imports = format!("from a import (\n{})\n", (0..60).map(|i| format!("    name{i},\n")).collect::<String>());
    for text in [&call, &table, &again, &imports] {
        assert_eq!(found(&clones(|_| {}), &[("a.py", text), ("b.py", text)]), [], "{text}");
    }
}

#[test]
fn the_identity_is_that_of_the_tokens() {
    let text = format!("def load(path):\n{BODY}");
    let moved = format!("\n\n# further down\nx = 1\n{text}");
    let identity = |text: &str| {
        let clones = clones(|_| {});
        let (one, other) = (file("a.py", text), file("b.py", text));
        let prints = [clones.prints(&one).unwrap(), clones.prints(&other).unwrap()];
        let copies = clones.join(&[(&one.target.path, &prints[0]), (&other.target.path, &prints[1])], 1);
        let block = copies.blocks().next().unwrap();
        clones.hit(&one, &block, Vec::new()).unwrap().identity.unwrap()
    };
    let (before, after) = (identity(&text), identity(&text.replace("    ", "\t")));
    assert_eq!(before, after);
    assert_ne!(before, identity(&moved.replace("sort", "order")));
}

#[test]
fn lines_are_counted_once_a_file() {
    let text = format!("def load(path):\n{BODY}");
    let files = [file("a.py", &text), file("b.py", &text), file("c.py", "x = 1\n")];
    let clones = clones(|_| {});
    let prints: Vec<Prints> = files.iter().map(|file| clones.prints(file).unwrap()).collect();
    let joined: Vec<_> = files.iter().map(|file| &file.target.path).zip(&prints).collect();
    let lines = clones.join(&joined, 3).lines();
    assert_eq!(lines.into_values().collect::<Vec<_>>(), [9, 9]);
}
