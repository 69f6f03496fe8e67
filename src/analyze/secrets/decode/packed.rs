//! A gzip in base64, as Helm keeps its releases and cloud-init its files.
//! Source: <https://helm.sh/docs/topics/advanced/>, "Storage backends": a release is a Secret of the type `helm.sh/release.v1`, its
//! `release` the base64 of a gzip of JSON, which Kubernetes encodes once more.

use std::cell::Cell;
use std::io::Read as _;
use std::ops::Range;

use flate2::read::GzDecoder;
use serde_json::Value;

use super::Layer;

/// How many bytes may still be unpacked for one file. What was unpacked until then is searched.
pub struct Budget(Cell<usize>);

/// Deflate reaches 1032:1; a release with its chart may have a megabyte in etcd, and a few unpacked.
const LARGEST: usize = 8 << 20;

impl Default for Budget {
    fn default() -> Budget {
        Budget(Cell::new(LARGEST))
    }
}

/// RFC 1952: two bytes that say what it is and the method, deflate, in base64.
pub fn is_gzip(digits: &[u8]) -> bool {
    digits.starts_with(b"H4sI")
}

impl Budget {
    /// The text in the gzip `bytes`, each byte of which comes from `origin`, however damaged its end is; `None` for what
    /// is no text.
    pub fn unpack(&self, bytes: &[u8], origin: Range<usize>) -> Option<Layer> {
        let mut text = Vec::new();
        let _ = GzDecoder::new(bytes).take(self.0.get() as u64).read_to_end(&mut text);
        self.0.set(self.0.get() - text.len());
        let is_text = !text.is_empty() && !text.iter().take(512).any(|byte| *byte == 0);
        let (text, manifest) = if is_text { without_manifest(text) } else { return None };
        let manifest = manifest.map(|manifest| Box::new(from_all(manifest.into_bytes(), origin.clone(), "manifest")));
        Some(Layer { is_packed: true, manifest, ..from_all(text, origin, "base64 > gzip") })
    }
}

/// If `text` is a release of Helm, the rest of it and what it had installed, which is YAML in a string.
fn without_manifest(text: Vec<u8>) -> (Vec<u8>, Option<String>) {
    let Ok(mut release) = serde_json::from_slice::<serde_json::Map<String, Value>>(&text) else { return (text, None) };
    match release.remove("manifest") {
        Some(Value::String(manifest)) => (Value::Object(release).to_string().into_bytes(), Some(manifest)),
        _ => (text, None),
    }
}

/// A layer that no part of the text around it can be told to be a part of.
fn from_all(text: Vec<u8>, origin: Range<usize>, encoding: &'static str) -> Layer {
    let origins = vec![(origin.start as u32, origin.end as u32); text.len()];
    Layer::new(text, origins, encoding)
}
