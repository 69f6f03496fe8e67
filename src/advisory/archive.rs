//! A `.tar.gz` of an advisory database, unpacked in memory: nothing is written, so no path of it can reach the disk.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::{Limits, Text, is_advisory};

/// The advisories of crates, by package. An archive that holds a link or a path out of itself is refused as a whole:
/// nobody packs an advisory database like that by accident.
pub(super) fn unpack(bytes: &[u8], limits: &Limits) -> Result<BTreeMap<String, Vec<Text>>, String> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Err("not a gzip archive".to_owned());
    }
    let mut texts: BTreeMap<String, Vec<Text>> = BTreeMap::new();
    let mut archive = tar::Archive::new(Bounded { inner: MultiGzDecoder::new(bytes), left: limits.unpacked_bytes });
    let damaged = |error: std::io::Error| format!("the archive is damaged: {error}");
    let mut entries = 0;
    for entry in archive.entries().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        entries += 1;
        if entries > limits.entries {
            return Err(format!("more than {} entries", limits.entries));
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        if path.starts_with('/') || path.split(['/', '\\']).any(|part| part == "..") {
            return Err(format!("`{path}` leads out of the archive"));
        }
        let Some((package, file)) = advisory_path(&path) else { continue };
        if kind.is_symlink() || kind.is_hard_link() {
            return Err(format!("`{path}` is a link"));
        }
        if !kind.is_file() {
            continue;
        }
        if entry.size() > limits.file_bytes {
            return Err(format!("`{path}` is larger than {} bytes", limits.file_bytes));
        }
        let mut content = Vec::new();
        entry.take(limits.file_bytes + 1).read_to_end(&mut content).map_err(damaged)?;
        let text = String::from_utf8(content).map_err(|_| format!("`{path}` is not UTF-8"))?;
        texts.entry(package.to_owned()).or_default().push((file.to_owned(), text));
    }
    // The checksum of a gzip stream stands at its end, after what tar has read.
    std::io::copy(&mut archive.into_inner(), &mut std::io::sink()).map_err(damaged)?;
    for list in texts.values_mut() {
        list.sort();
        if let Some(twice) = list.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(format!("`{}` is in it twice", twice[0].0));
        }
    }
    Ok(texts)
}

/// `crates/<package>/<file>.md`, at the top or in the one folder that forges put around it.
fn advisory_path(path: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    match parts.as_slice() {
        ["crates", package, file] | [_, "crates", package, file] if is_advisory(file) => Some((package, file)),
        _ => None,
    }
}

/// Fails, where `Read::take` would end: a cut stream must not look like a short one.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| std::io::Error::other("it unpacks to more bytes than an advisory database has"))?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advisories_are_told_by_their_path() {
        for (path, found) in [
            ("advisory-db-main/crates/time/RUSTSEC-2020-0071.md", Some(("time", "RUSTSEC-2020-0071.md"))),
            ("./crates/time/RUSTSEC-2020-0071.md", Some(("time", "RUSTSEC-2020-0071.md"))),
            ("advisory-db-main/rust/std/CVE-2015-20001.md", None),
            ("advisory-db-main/crates/README.md", None),
            ("a/b/crates/time/RUSTSEC-2020-0071.md", None),
            ("advisory-db-main/crates/time/notes.txt", None),
        ] {
            assert_eq!(advisory_path(path), found, "{path}");
        }
    }
}
