//! What makes an object of the history worth the whole analysis. The path is not known yet, and neither is what would be
//! judged there: this finds at least as much.

use crate::analyze::{Context, PiiSearch, SecretSearch};
use crate::config::ScanSettings;
use crate::model::{Analysis, NotificationKind, OriginKind, SourceFile, Target};
use crate::source::{ArchiveLimits, Contents as _, Given, looks_packed, searchable};

pub struct Search {
    secrets: Option<SecretSearch>,
    pii: Option<PiiSearch>,
    /// The most that a text may have, in bytes.
    limit: u64,
    archives: Option<ArchiveLimits>,
}

/// What an object is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// Nothing would be found in it, wherever it was.
    Clean,
    /// An archive of which something could not be searched; nothing was found in the rest.
    Partial,
    Suspect,
}

impl Search {
    pub fn new(context: &Context<'_>, settings: &ScanSettings) -> Search {
        let has = |analysis| context.rules.iter().any(|rule| rule.analysis() == Some(analysis));
        let least = settings.min_confidence;
        Search {
            secrets: has(Analysis::Secrets).then(|| SecretSearch::new(context, least)),
            pii: has(Analysis::Pii).then(|| PiiSearch::new(context.rules, least)),
            limit: settings.max_file_size,
            archives: settings.archives.then(|| ArchiveLimits::new(settings.max_file_size)),
        }
    }

    /// What `bytes` are worth: those of a file, or of the message of a commit or a tag.
    pub fn worth(&self, kind: OriginKind, bytes: &[u8]) -> Worth {
        let is_file = kind == OriginKind::File;
        if self.suspects(&searchable(bytes, self.limit), is_file) {
            return Worth::Suspect;
        }
        match &self.archives {
            Some(limits) if is_file && looks_packed(bytes) => self.archive(bytes, limits),
            _ => Worth::Clean,
        }
    }

    /// Persons sign what they commit, and mean it to be read: messages are not searched for them.
    fn suspects(&self, text: &str, is_file: bool) -> bool {
        self.secrets.as_ref().is_some_and(|search| search.suspects(text))
            || is_file && self.pii.as_ref().is_some_and(|search| search.suspects(text))
    }

    fn archive(&self, bytes: &[u8], limits: &ArchiveLimits) -> Worth {
        let mut is_suspect = false;
        let mut each = |file: SourceFile| is_suspect |= self.suspects(&file.text, true);
        let told = Given(bytes.to_vec()).unpack(&Target::at("archive"), limits, &mut each);
        match is_suspect {
            true => Worth::Suspect,
            // What is no text is not told of elsewhere in the history either.
            false if told.iter().any(|one| one.kind != NotificationKind::Binary) => Worth::Partial,
            false => Worth::Clean,
        }
    }
}
