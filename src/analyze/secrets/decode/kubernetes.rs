//! The `data` of a Kubernetes Secret: each value is base64 and, whatever its length, a secret.
//! Source: <https://kubernetes.io/docs/concepts/configuration/secret/>, "data".

use memchr::memmem;

use super::Layer;
use crate::rulebook::base64_decode;

/// Each entry of each Secret in `text`, as `"name": "value"`, so that it is judged as an assignment; a value of several
/// lines as it is.
pub fn layers(text: &str, path: &str) -> Vec<Layer> {
    let is_manifest = [".yaml", ".yml", ".json", ".tpl"].iter().any(|end| path.ends_with(end));
    if !is_manifest || memmem::find(text.as_bytes(), b"Secret").is_none() {
        return Vec::new();
    }
    let mut layers = Vec::new();
    let mut document = Document::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        document.line(line, at, &mut layers);
        at += line.len();
    }
    document.end(&mut layers);
    layers
}

/// What is known of one document of a manifest.
#[derive(Default)]
struct Document {
    is_secret: bool,
    /// The indentation of `data:`, while below it.
    data: Option<usize>,
    /// The entries seen so far, should it turn out to be a Secret.
    entries: Vec<Layer>,
    /// The name of an entry whose value starts on the next line.
    block: Option<String>,
}

impl Document {
    fn line(&mut self, line: &str, at: usize, layers: &mut Vec<Layer>) {
        if line.starts_with("---") {
            return self.end(layers);
        }
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        let bare = || content.bytes().filter(|byte| !matches!(byte, b'"' | b'\'' | b',' | b' ' | b'-'));
        if bare().eq(*b"kind:Secret") {
            self.is_secret = true;
        } else if indent == 0 && bare().take(5).eq(*b"kind:") {
            self.is_secret = false;
        }
        if bare().eq(*b"data:") || bare().eq(*b"data:{") {
            self.data = Some(indent);
            return;
        }
        match self.data {
            Some(data) if indent > data => self.entry(line, at),
            Some(_) if !content.is_empty() => self.data = None,
            _ => {}
        }
    }

    /// A line below `data:`.
    fn entry(&mut self, line: &str, at: usize) {
        let trim =
            |text: &str| text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',')).to_owned();
        let (name, value) = match (line.split_once(':'), self.block.take()) {
            (Some((name, value)), _) => (trim(name), value),
            (None, Some(name)) => (name, line),
            (None, None) => return,
        };
        let bare = trim(value);
        if bare.starts_with(['|', '>']) && bare.len() <= 2 {
            self.block = Some(name);
            return;
        }
        let start = at + line.len() - value.len() + value.find(bare.as_str()).unwrap_or(0);
        self.entries.extend(entry(&name, &bare, start));
    }

    fn end(&mut self, layers: &mut Vec<Layer>) {
        let document = std::mem::take(self);
        if document.is_secret {
            layers.extend(document.entries);
        }
    }
}

/// `"name": "value"` for the base64 text `encoded`, which starts at `start`; `None` if it is not text.
fn entry(name: &str, encoded: &str, start: usize) -> Option<Layer> {
    let decoded = String::from_utf8(base64_decode(encoded.as_bytes())?).ok()?;
    let value = decoded.trim_end_matches(['\n', '\r']);
    if value.is_empty() || encoded.len() < 4 {
        return None;
    }
    let whole = (start as u32, (start + encoded.len()) as u32);
    // A value that would not fit between quotes is a file of its own.
    let is_plain = !value.contains(['"', '\\']) && !value.contains(char::is_control);
    let text = if is_plain { format!("\"{name}\": \"{value}\"\n") } else { decoded };
    let origins = vec![whole; text.len()];
    Some(Layer::new(text.into_bytes(), origins, "base64"))
}
