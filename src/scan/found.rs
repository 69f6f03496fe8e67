//! The input of a request as files, and where their bytes are.

use std::borrow::Cow;

use tracing::trace_span;

use super::{Input, Request, exclusions};
use crate::model::{Notification, Target};
use crate::source::{Contents, WorkTree, walk};

pub struct Found<'a> {
    /// Sorted by path.
    pub targets: Cow<'a, [Target]>,
    pub contents: &'a dyn Contents,
    pub notifications: Vec<Notification>,
    /// Files that the configuration leaves out.
    pub excluded: u64,
}

impl<'a> Found<'a> {
    pub fn of(request: &'a Request<'_>) -> Found<'a> {
        let nothing =
            Found { targets: Cow::Borrowed(&[]), contents: &WorkTree, notifications: Vec::new(), excluded: 0 };
        match &request.input {
            Input::Nothing => nothing,
            Input::Paths(paths) => {
                let walked =
                    trace_span!("walk").in_scope(|| walk(&request.root, paths, &exclusions(&request.config.scan)));
                tracing::info!(files = walked.targets.len(), excluded = walked.excluded, "walked");
                Found {
                    targets: Cow::Owned(walked.targets),
                    notifications: walked.notifications,
                    excluded: walked.excluded,
                    ..nothing
                }
            }
            Input::Changed(changed) => Found {
                targets: Cow::Borrowed(&changed.targets),
                contents: &**changed,
                notifications: changed.notifications.clone(),
                excluded: changed.excluded,
            },
            Input::Text { path, text } => {
                let target = Target { size: text.0.len() as u64, ..Target::at(path.as_str()) };
                Found { targets: Cow::Owned(vec![target]), contents: text, ..nothing }
            }
        }
    }
}
