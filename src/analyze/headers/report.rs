//! What each server sends as it was read, for those who compare it with what is really sent.

use std::time::Duration;

use super::header::Header;
use super::model::{Reading, UNKNOWN};
use super::{configuration, files, in_code, project};
use crate::model::{RelPath, SourceFile, Target};
use crate::syntax::{KindSet, Parser};

/// A server, and the security headers that it sends by our reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerHeaders {
    pub path: RelPath,
    /// From 1.
    pub line: u32,
    /// "This server"
    pub subject: &'static str,
    /// The name of each header that is sent, and its value: `None` for a part that the configuration does not tell.
    pub sent: Vec<(&'static str, Vec<Option<String>>)>,
}

impl ServerHeaders {
    /// Whether `value` is what a header of this name is read to be; `None` where none is sent.
    pub fn agrees(&self, name: &str, value: Option<&str>) -> bool {
        let mut read = self.sent.iter().filter(|(known, _)| *known == name).peekable();
        match value {
            None => read.peek().is_none(),
            Some(value) => read.any(|(_, parts)| fits(parts, value)),
        }
    }
}

/// How long a file may take to parse here.
const PATIENCE: Duration = Duration::from_secs(10);

/// The servers that `files`, all of one project, set up.
pub fn headers_of(files: &[&SourceFile]) -> Vec<ServerHeaders> {
    let targets: Vec<Target> = files.iter().map(|file| file.target.clone()).collect();
    let shared: Vec<&SourceFile> = files.iter().copied().filter(|file| files::shared(&file.target).is_some()).collect();
    let mut found: Vec<ServerHeaders> = Vec::new();
    for (reading, sources) in project::readings(&shared, &targets) {
        found.extend(servers(&reading, &sources));
    }
    let kinds = KindSet::default();
    for &file in files {
        if let Some(kind) = files::alone(&file.target) {
            found.extend(servers(&configuration(kind, file), &[file]));
        } else if let Some(language) = file.target.language
            && let Ok(tree) = Parser::default().parse(language, &file.text, PATIENCE)
        {
            found.extend(servers(&in_code(&tree.index(&file.text, &kinds), file), &[file]));
        }
    }
    found
}

fn servers(reading: &Reading, sources: &[&SourceFile]) -> Vec<ServerHeaders> {
    let of = |server: &super::model::Server| {
        let source = sources.get(server.spot.file)?;
        let is_off = |header: Header| reading.off.iter().any(|off| off.header == header);
        let kept = server.sent.iter().filter(|one| !is_off(one.header) || reading.values.contains(one));
        let implied = server.kind.implied.iter().filter(|header| !is_off(**header));
        let implied = implied.map(|header| (header.name(), vec![None]));
        Some(ServerHeaders {
            path: source.target.path.clone(),
            line: source.lines().line_of(server.spot.start),
            subject: server.kind.subject,
            sent: kept.map(|one| (one.header.name(), parts(&one.value))).chain(implied).collect(),
        })
    };
    reading.servers.iter().filter_map(of).collect()
}

/// A value as its known parts, `None` between them for what is not known.
fn parts(value: &str) -> Vec<Option<String>> {
    let mut parts = Vec::new();
    for (index, known) in value.split(UNKNOWN).enumerate() {
        parts.extend((index > 0).then_some(None));
        parts.extend((!known.is_empty()).then(|| Some(known.to_owned())));
    }
    parts
}

/// Whether `value` is made of the parts in their order; how it is spaced does not matter.
fn fits(parts: &[Option<String>], value: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let value = plain(value);
    let mut rest = value.trim_end_matches(';');
    let mut is_open = false;
    for part in parts {
        let Some(part) = part else {
            is_open = true;
            continue;
        };
        let part = plain(part);
        let Some(at) = rest.find(part.trim_end_matches(';')).filter(|at| is_open || *at == 0) else { return false };
        rest = rest.get(at + part.trim_end_matches(';').len()..).unwrap_or_default();
        rest = rest.strip_prefix(';').unwrap_or(rest);
        is_open = false;
    }
    is_open || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_their_known_parts() {
        for (read, sent, is_same) in [
            ("nosniff", "nosniff", true),
            ("default-src 'self'; base-uri 'self'", "default-src 'self';base-uri 'self';", true),
            ("script-src 'nonce-\0'", "script-src 'nonce-abc'", true),
            ("script-src 'nonce-\0'; x", "script-src 'nonce-abc'; y", false),
            ("\0", "anything", true),
            ("max-age=1", "max-age=12", false),
        ] {
            assert_eq!(fits(&parts(read), sent), is_same, "{read}");
        }
    }
}
