//! What a scanned file chose to hold, made harmless for whoever shows it.

/// Control characters and those that reverse the reading direction become visible: no name or line of a scanned file moves
/// the cursor or starts a line. Tabs stay.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c != '\t' && is_hidden(c) { '\u{fffd}' } else { c }).collect()
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
