//! The guide to rules of one's own keeps its word: every block of it is a file or a command, and is tried.

use std::fs;
use std::path::Path;

use crate::cli::Case;

/// What stands above `match` in a block that shows no more.
const HEAD: &str = "name = \"A rule\"\nlevel = \"error\"\nconfidence = \"high\"\nmessage = \"Not so\"\nwhy = \"It matters.\"\nfix = \"Do it well.\"\n";

struct Block {
    language: String,
    text: String,
}

impl Block {
    /// The path in the comment of its first line.
    fn path(&self) -> Option<&str> {
        let first = self.text.lines().next()?;
        first.strip_prefix("# ").or(first.strip_prefix("// ")).filter(|path| path.contains('.') && !path.contains(' '))
    }

    /// The file that it stands for.
    fn content(&self) -> String {
        let is_part = self.language == "toml" && !self.text.contains("\nname = ");
        // A head of six lines stands where the comment was, so that a line of the guide is found again.
        let (first, rest) = self.text.split_once('\n').unwrap();
        if is_part { format!("{HEAD}{rest}") } else { format!("{first}\n{rest}") }
    }
}

fn blocks() -> Vec<Block> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/authoring.md")).unwrap();
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some(Block { language: language.to_owned(), text: String::new() }),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none());
    blocks
}

#[test]
fn every_example_of_the_guide_works() {
    let blocks = blocks();
    assert!(blocks.len() > 25, "{}", blocks.len());
    let case = Case::new(&[]);
    let mut rules = 0;
    for (index, block) in blocks.iter().enumerate() {
        if let Some(path) = block.path() {
            let file = case.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, block.content()).unwrap();
            if block.language == "toml" && path.starts_with(".gate/") {
                // Its fixture is the next block, of the same name.
                let fixture = blocks[index + 1].path().unwrap();
                assert_eq!(path.rsplit_once('.').unwrap().0, fixture.rsplit_once('.').unwrap().0);
                rules += 1;
            }
        } else {
            assert_eq!(block.language, "console", "a block is neither a file nor a command:\n{}", block.text);
            try_commands(&case, &block.text);
        }
    }
    let told = case.run(&["rules", "test"]);
    // And the one that `gate rules new` wrote.
    assert_eq!(
        (told.code, told.out.as_str()),
        (Some(0), format!("passed · {} rules in .gate/rules\n", rules + 1).as_str()),
        "{told:?}"
    );
}

/// Runs each command, and looks for the lines below it in what it says.
fn try_commands(case: &Case, text: &str) {
    let mut said = String::new();
    for line in text.lines() {
        match line.strip_prefix("$ gate ") {
            Some(command) => {
                let args: Vec<&str> = command.split_whitespace().collect();
                let told = case.run(&args);
                assert!(!told.err.contains("panicked"), "{told:?}");
                said = told.out + &told.err;
            }
            None => assert!(said.contains(line), "`{line}` is not in\n{said}"),
        }
    }
}
