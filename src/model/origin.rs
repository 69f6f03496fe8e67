use serde::Serialize;

/// Where in a repository's history a finding was first seen, for those that are not about the files of today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    pub kind: OriginKind,
    /// The object that holds it, in hexadecimal.
    pub object: String,
    /// The oldest commit with it, in hexadecimal; `None` for an object that no commit reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Who wrote that commit (or tag): name and address, as git would show them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When, as RFC 3339 with the author's own offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// What of a repository holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OriginKind {
    /// A version of a file.
    File,
    /// The message of a commit.
    CommitMessage,
    /// The message of an annotated tag.
    TagMessage,
    /// A note on a commit.
    Note,
}

impl OriginKind {
    pub fn id(self) -> &'static str {
        match self {
            OriginKind::File => "file",
            OriginKind::CommitMessage => "commit-message",
            OriginKind::TagMessage => "tag-message",
            OriginKind::Note => "note",
        }
    }

    /// What it is, for a person.
    pub fn describe(self) -> &'static str {
        match self {
            OriginKind::File => "a file",
            OriginKind::CommitMessage => "the commit message",
            OriginKind::TagMessage => "the tag message",
            OriginKind::Note => "a note",
        }
    }
}

impl Origin {
    /// In one line: what, in which commit, by whom, when.
    pub fn describe(&self) -> String {
        let short = |id: &str| id.chars().take(12).collect::<String>();
        let place = match (&self.commit, self.kind) {
            (_, OriginKind::TagMessage) => format!("the message of tag object {}", short(&self.object)),
            (Some(commit), OriginKind::CommitMessage) => format!("the message of commit {}", short(commit)),
            (Some(commit), OriginKind::Note) => format!("a note, added in commit {}", short(commit)),
            (Some(commit), OriginKind::File) => format!("commit {}", short(commit)),
            (None, kind) => format!("{}: object {}, which no commit reaches", kind.describe(), short(&self.object)),
        };
        let by = self.author.as_ref().map(|author| format!(" by {author}")).unwrap_or_default();
        let when = self.date.as_ref().map(|date| format!(", {date}")).unwrap_or_default();
        format!("{place}{by}{when}")
    }
}
