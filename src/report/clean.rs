//! What a scanned file chose to hold, made harmless for whoever shows it.

/// Control characters and those that reverse the reading direction become visible: no name or line of a scanned file moves
/// the cursor, starts a line, or is a command to the build system that reads the log. Tabs stay.
pub fn printable(text: &str) -> String {
    let text = text.chars().map(|c| if c != '\t' && is_hidden(c) { '\u{fffd}' } else { c });
    without_commands(text.collect())
}

/// Azure obeys `##vso[…]` and GitHub `##[…]` wherever a line holds them, TeamCity `##teamcity[…]`: a character without width parts
/// them.
pub fn without_commands(text: String) -> String {
    if !text.contains("##") {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 3);
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('#') {
        out += before;
        let is_second = before.is_empty() && out.ends_with('#');
        out.push('#');
        if is_second && after.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('[') {
            out.push('\u{2060}');
        }
        rest = after;
    }
    out + rest
}

/// A path at the start of a line, where GitHub would take two colons for a command.
pub fn leading(path: &str) -> String {
    if path.starts_with("::") { format!("./{path}") } else { path.to_owned() }
}

/// Whether nobody sees it and something obeys it.
pub fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// All on one line, blanks folded.
pub fn one_line(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The first `most` characters, and an ellipsis where there are more.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_commands_a_terminal_or_a_build_system() {
        for (text, written) in [
            ("a\tb\u{1b}[31m\u{202e}", "a\tb\u{fffd}[31m\u{fffd}"),
            ("x ##vso[task.setvariable variable=A]b", "x ##\u{2060}vso[task.setvariable variable=A]b"),
            ("##[stop-commands]x ###[y]", "##\u{2060}[stop-commands]x ###\u{2060}[y]"),
            ("## A heading, [a link]", "## A heading, [a link]"),
            ("#### ##", "#### ##"),
            ("", ""),
        ] {
            assert_eq!(printable(text), written);
        }
    }

    #[test]
    fn a_cut_is_on_a_character() {
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(one_line(" a\r\n b\t"), "a b");
    }
}
