use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::clones::Prints;
use super::license::FileLicense;
use super::secrets::SecretKeywords;
use crate::model::{
    Confidence, FileMetrics, FunctionMetrics, Inventory, Level, Notification, RelPath, RelatedLocation, Rule,
};

/// A place where a rule holds, before the pipeline makes a [`crate::model::Finding`] of it (region, snippet,
/// fingerprint, masking).
#[derive(Debug)]
pub struct Hit {
    pub rule: Arc<Rule>,
    /// Bytes of the file's text.
    pub span: Range<usize>,
    pub message: String,
    pub level: Level,
    pub confidence: Confidence,
    pub related: Vec<(Range<usize>, String)>,
    /// Places in other files.
    pub elsewhere: Vec<RelatedLocation>,
    pub properties: Vec<(&'static str, Value)>,
    /// The bytes that are a secret: masked wherever the file is quoted.
    pub secret: Option<Range<usize>>,
    /// What identifies it, where the matched text does not: a function's name, a package and its advisory.
    pub identity: Option<String>,
    /// What the rule would write in the place of `span`.
    pub replacement: Option<String>,
}

impl Hit {
    /// A hit with the rule's own message, level and confidence.
    pub fn new(rule: &Arc<Rule>, span: Range<usize>) -> Hit {
        Hit {
            rule: Arc::clone(rule),
            span,
            message: rule.message.clone(),
            level: rule.level,
            confidence: rule.confidence,
            related: Vec::new(),
            elsewhere: Vec::new(),
            properties: Vec::new(),
            secret: None,
            identity: None,
            replacement: None,
        }
    }

    /// Puts `value` where the rule's message says `{name}`.
    pub fn with(mut self, name: &str, value: impl AsRef<str>) -> Hit {
        self.message = self.message.replace(&format!("{{{name}}}"), value.as_ref());
        self
    }

    /// Lowers the confidence to `most`, if it is higher.
    pub fn at_most(mut self, most: Confidence) -> Hit {
        self.confidence = self.confidence.min(most);
        self
    }

    pub fn level(mut self, level: Level) -> Hit {
        self.level = level;
        self
    }

    pub fn secret(mut self, span: Range<usize>) -> Hit {
        self.secret = Some(span);
        self
    }

    pub fn related(mut self, span: Range<usize>, message: impl Into<String>) -> Hit {
        self.related.push((span, message.into()));
        self
    }

    pub fn elsewhere(mut self, places: impl IntoIterator<Item = RelatedLocation>) -> Hit {
        self.elsewhere.extend(places);
        self
    }

    pub fn property(mut self, name: &'static str, value: impl Into<Value>) -> Hit {
        self.properties.push((name, value.into()));
        self
    }

    pub fn identity(mut self, identity: impl Into<String>) -> Hit {
        self.identity = Some(identity.into());
        self
    }
}

/// What an analyzer says about one file.
#[derive(Debug, Default)]
pub struct Sink {
    pub hits: Vec<Hit>,
    pub notifications: Vec<Notification>,
    pub functions: Vec<FunctionMetrics>,
    pub files: Vec<FileMetrics>,
    /// Where the keywords of secrets stand in the file, for [`SecretMask::spans`].
    pub keywords: Option<SecretKeywords>,
    /// The licence that the file states of itself, for the project's analyzers.
    pub licenses: Option<FileLicense>,
    /// To find copies of the file's code elsewhere.
    pub prints: Option<Prints>,
    /// Whether `functions` and `files` are of any use to this run.
    pub wants_functions: bool,
}

impl Sink {
    pub fn report(&mut self, hit: Hit) {
        self.hits.push(hit);
    }

    pub fn notify(&mut self, notification: Notification) {
        self.notifications.push(notification);
    }
}

/// What an analyzer says about the project: hits in the files that it was given, or in the tree as such.
#[derive(Debug, Default)]
pub struct ProjectSink {
    /// A hit in a file of the scan, by its path.
    pub hits: Vec<(RelPath, Hit)>,
    /// A hit that no file stands for (there is no LICENSE): reported at the root.
    pub rootless: Vec<Hit>,
    pub notifications: Vec<Notification>,
    pub inventories: Vec<Inventory>,
}

impl ProjectSink {
    pub fn report(&mut self, path: &RelPath, hit: Hit) {
        self.hits.push((path.clone(), hit));
    }

    pub fn notify(&mut self, notification: Notification) {
        self.notifications.push(notification);
    }
}
