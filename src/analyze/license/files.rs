//! What is said of the licence of single files, by REUSE files and by themselves, held against the project.

use super::header::{self, FileLicense};
use super::project::Project;
use super::{Licenses, below, expression, is_there, reuse, same_text};
use crate::analyze::{Hit, ProjectSink, Tree};
use crate::model::{RelPath, Target};

impl Licenses<'_> {
    /// What REUSE files say of others: valid, allowed, and the text is there.
    pub(super) fn annotated(&self, project: &Project<'_>, targets: &[Target], sink: &mut ProjectSink) {
        for annotation in &project.annotations {
            let path = &annotation.source.target.path;
            let Some(meant) = self.stated(path, &annotation.field, sink) else { continue };
            let folder = reuse::root_of(path);
            for id in expression::written(&meant) {
                let text = below(folder, &format!("LICENSES/{id}.txt")).unwrap_or_default();
                if let (false, Some(rule)) = (is_there(targets, &text), self.rule("license/missing")) {
                    let what = format!("`{id}` is stated of files here, but there is no `{text}`");
                    sink.report(path, Hit::new(rule, annotation.field.span.clone()).with("what", what));
                }
            }
        }
    }

    /// Compares what files state of themselves with what is declared for them.
    pub(super) fn mismatched_headers(&self, headers: &[FileLicense], project: &Project<'_>, sink: &mut ProjectSink) {
        let Some(rule) = self.rule("license/header-mismatch") else { return };
        for header in headers {
            let Some((manifest, declared)) = declared_for(&header.path, project) else { continue };
            let (Some(own), Some(meant)) = (expression::meant(&header.expression), expression::meant(declared)) else {
                continue;
            };
            let declared_ids = expression::ids(&meant);
            let texts = project.texts_for(header.path.parent());
            let is_known = |id: &str| {
                declared_ids.iter().any(|it| it == id)
                    || texts.iter().any(|it| it.identified.ids.iter().any(|text| same_text(id, text)))
            };
            if own.evaluate(|it| is_known(&expression::base(&it.license.to_string())) || it.license.id().is_none()) {
                continue;
            }
            let hit = Hit::new(rule, header.span.0..header.span.1).with("stated", &header.expression);
            sink.report(&header.path, hit.with("manifest", manifest.as_str()).with("declared", declared));
        }
    }

    /// Reports the files that state no licence, where each must; with the line that each should have.
    pub(super) fn missing_headers(
        &self,
        headers: &[FileLicense],
        tree: &Tree<'_>,
        project: &Project<'_>,
        sink: &mut ProjectSink,
    ) {
        let Some(rule) = self.rule("license/file-header").filter(|rule| rule.flag("required")) else { return };
        for target in tree.targets.iter().filter(|target| header::is_expected(target)) {
            if headers.binary_search_by(|header| header.path.cmp(&target.path)).is_ok() {
                continue;
            }
            let Some((_, declared)) = declared_for(&target.path, project) else { continue };
            let Some(meant) = expression::meant(declared) else { continue };
            // An invalid one is there, and is told elsewhere.
            let Some(source) = (tree.read)(target).filter(|source| header::stated(&source.text).is_none()) else {
                continue;
            };
            if let Some((line, number)) = header::missing_line(&target.path, &source.text, meant.as_ref()) {
                let hit = Hit::new(rule, 0..0).with("line", &line).with("number", number.to_string());
                let hit = hit.property("insert", line).property("insert-at-line", number);
                sink.report(&target.path, hit.identity("header"));
            }
        }
    }
}

/// The manifest that speaks for the file at `path`, and what it declares.
fn declared_for<'p>(path: &RelPath, project: &'p Project<'_>) -> Option<(&'p RelPath, &'p str)> {
    let statement = project.declared_for(path)?;
    let (field, _) = statement.manifest.license.as_ref()?;
    Some((&statement.source.target.path, &field.text))
}
