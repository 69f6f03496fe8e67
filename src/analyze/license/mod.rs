//! The project's own licence: that there is one, that manifests, texts and files agree on it, and that it is allowed.

mod expression;
mod files;
mod header;
mod judge;
mod manifest;
mod project;
mod reuse;
mod settings;
mod text;

use std::sync::Arc;

use spdx::Expression;

pub use self::header::{FileLicense, LicenseHeaders};
pub use self::project::{DeclaredLicense, FoundLicense, LicenseReport, PackageLicense, is_wanted, licenses_of};
pub use self::settings::Settings;

use self::manifest::{Field, Form};
use self::project::{LicenseFile, Project, Statement, is_within};
use super::{Context, Hit, ProjectAnalyzer, ProjectSink, Tree};
use crate::model::{Analysis, Confidence, Level, Notification, NotificationKind, RelPath, Rule, Target};

pub struct Licenses<'a> {
    context: &'a Context<'a>,
}

impl<'a> Licenses<'a> {
    pub fn new(context: &'a Context<'a>) -> Licenses<'a> {
        Licenses { context }
    }

    fn rule(&self, slug: &str) -> Option<&'a Arc<Rule>> {
        self.context.rules.get(slug)
    }

    /// Judges what one manifest says; returns the expression that it means.
    fn declared(&self, statement: &Statement<'_>, sink: &mut ProjectSink) -> Option<Expression> {
        let (field, form) = statement.manifest.license.as_ref()?;
        if statement.is_inherited {
            return expression::meant(&field.text);
        }
        let path = &statement.source.target.path;
        let (invalid, denied) = (self.rule("license/invalid-expression"), self.rule("license/denied"));
        let meant = match form {
            Form::Expression => return self.stated(path, field, sink),
            Form::Words => expression::meant(&field.text),
            Form::Outdated => {
                let reason = format!("the form is outdated; write `\"license\": \"{}\"`", field.text);
                let told = invalid.map(|rule| judge::told(rule, &field.text, &field.span, &reason, Level::Note));
                told.into_iter().for_each(|hit| sink.report(path, hit));
                expression::parse(&field.text).ok()
            }
        }?;
        let refused = judge::refused(&meant, &field.span, denied, self.context.licenses);
        refused.into_iter().for_each(|hit| sink.report(path, hit));
        Some(meant)
    }

    /// Judges a licence that must be an expression.
    fn stated(&self, path: &RelPath, field: &Field, sink: &mut ProjectSink) -> Option<Expression> {
        let (invalid, denied) = (self.rule("license/invalid-expression"), self.rule("license/denied"));
        let judged = judge::expression(&field.text, &field.span, invalid, denied, self.context.licenses);
        judged.hits.into_iter().for_each(|hit| sink.report(path, hit));
        judged.meant
    }

    /// Compares what is declared with the texts that lie beside it, and with what else the manifest says.
    fn compare(&self, statement: &Statement<'_>, meant: &Expression, project: &Project<'_>, sink: &mut ProjectSink) {
        let (Some((field, _)), Some(rule)) = (&statement.manifest.license, self.rule("license/mismatch")) else {
            return;
        };
        let path = &statement.source.target.path;
        let declares = format!("The manifest declares `{}`", field.text);
        let told = |span: &std::ops::Range<usize>, other: String| {
            Hit::new(rule, span.clone()).with("declares", &declares).with("other", other)
        };
        for classifier in &statement.manifest.classifiers {
            let Some(other) = expression::meant(&classifier.text) else { continue };
            let declared = expression::ids(meant);
            if !expression::ids(&other).iter().all(|id| declared.contains(id) || id.starts_with("LicenseRef-")) {
                sink.report(path, told(&classifier.span, format!("its classifier says {other}")));
            }
        }
        let texts = project.texts_for(statement.folder);
        let Some(first) = texts.first() else { return };
        let Some((found, is_sure)) = texts_of(&texts, meant) else { return };
        let agrees = meant.evaluate(|requirement| {
            let id = expression::base(&requirement.license.to_string());
            id.contains("LicenseRef-") || found.iter().any(|text| same_text(&id, text))
        });
        if !agrees {
            // What lies above may be of the repository as a whole.
            let own = first.folder == statement.folder && is_sure;
            let other = format!("{} holds the text of {}", first.source.target.path, found.join(" and "));
            sink.report(
                path,
                told(&field.span, other).at_most(if own { Confidence::High } else { Confidence::Medium }),
            );
        }
    }

    /// Reports the manifests that no licence file covers; returns their folders.
    fn missing<'f>(&self, project: &Project<'f>, targets: &[Target], sink: &mut ProjectSink) -> Vec<&'f str> {
        let mut reported: Vec<&str> = Vec::new();
        let mut statements: Vec<&Statement<'f>> =
            project.statements.iter().filter(|it| !is_example(it.folder)).collect();
        // The outermost first: what is missing there is missing for all below.
        statements.sort_by_key(|statement| (statement.folder.matches('/').count(), statement.folder.len()));
        for statement in statements {
            let named = self.named_files(statement, project, targets, sink);
            let manifest = &statement.manifest;
            let is_closed = manifest.is_private && manifest.license.is_none();
            let is_covered = named || !project.texts_for(statement.folder).is_empty();
            if is_closed || is_covered || reported.iter().any(|above| is_within(statement.folder, above)) {
                continue;
            }
            reported.push(project.workspace_of(statement.folder));
            if let Some(rule) = self.rule("license/missing") {
                let declares = match &manifest.license {
                    Some((field, _)) => {
                        format!("the manifest declares `{}`, but there is no file with its text", field.text)
                    }
                    None => "the project has no licence file".to_owned(),
                };
                sink.report(
                    &statement.source.target.path,
                    Hit::new(rule, manifest.name.clone()).with("what", declares),
                );
            }
        }
        if project.statements.is_empty() && project.licenses.is_empty() && is_repository(targets) {
            let hit = self.rule("license/missing").map(|rule| {
                let hit = Hit::new(rule, 0..0).with("what", "the repository has no licence file");
                let level = hit.level.min(Level::Note);
                hit.level(level)
            });
            sink.rootless.extend(hit);
        }
        reported
    }

    /// Whether the manifest names a file as the licence; one that is not there is reported.
    fn named_files(
        &self,
        statement: &Statement<'_>,
        project: &Project<'_>,
        targets: &[Target],
        sink: &mut ProjectSink,
    ) -> bool {
        for file in &statement.manifest.files {
            // A path that leads out of the folder may lead out of the scan.
            let Some(path) = below(statement.folder, &file.text) else { continue };
            if is_there(targets, &path)
                || project.licenses.iter().any(|license| license.source.target.path.as_str() == path)
            {
                continue;
            }
            if let Some(rule) = self.rule("license/missing") {
                let what = format!("the manifest names `{}` as the licence, but there is no such file", file.text);
                sink.report(&statement.source.target.path, Hit::new(rule, file.span.clone()).with("what", what));
            }
        }
        !statement.manifest.files.is_empty()
    }

    fn undeclared(&self, project: &Project<'_>, reported: &[&str], sink: &mut ProjectSink) {
        let Some(rule) = self.rule("license/undeclared") else { return };
        for statement in project.statements.iter().filter(|it| !it.is_workspace && !is_example(it.folder)) {
            let manifest = &statement.manifest;
            let is_stated = manifest.license.is_some() || !manifest.files.is_empty() || manifest.is_elsewhere;
            // A Python package may be described by two files together.
            let beside = project.statements.iter().any(|other| {
                other.folder == statement.folder && !other.is_workspace && other.manifest.license.is_some()
            });
            // Where there is no licence at all, that has been said.
            if is_stated
                || manifest.is_private
                || beside
                || reported.iter().any(|above| is_within(statement.folder, above))
            {
                continue;
            }
            let file = statement.source.target.path.file_name();
            sink.report(&statement.source.target.path, Hit::new(rule, manifest.name.clone()).with("file", file));
        }
    }

    fn texts(&self, project: &Project<'_>, has_expression: bool, sink: &mut ProjectSink) {
        for file in &project.licenses {
            let path = &file.source.target.path;
            let ids = &file.identified.ids;
            if let (Some((what, span)), Some(rule)) =
                (self.unknown_text(file, project), self.rule("license/unidentified"))
            {
                sink.report(path, Hit::new(rule, span).with("what", what));
            }
            if let (Some(id), Some(rule)) = (reuse::id_of(path), self.rule("license/mismatch"))
                && !ids.is_empty()
                && !id.starts_with("LicenseRef-")
                && !ids.iter().any(|text| same_text(&expression::base(id), text))
                && !file.identified.exceptions.contains(&id)
            {
                let hit =
                    Hit::new(rule, first_line(&file.source.text)).with("declares", format!("The file is named `{id}`"));
                sink.report(path, hit.with("other", format!("it holds the text of {}", ids.join(" and "))));
            }
            if has_expression || ids.is_empty() {
                continue;
            }
            let refused = |id: &str| {
                expression::parse(id).ok().is_some_and(|it| expression::refused(&it, self.context.licenses).is_some())
            };
            if let (true, Some(rule)) = (ids.iter().all(|id| refused(id)), self.rule("license/denied")) {
                sink.report(path, Hit::new(rule, first_line(&file.source.text)).with("license", ids.join(", ")));
            }
        }
    }

    /// What is not known about the text of a licence file, and where.
    fn unknown_text(&self, file: &LicenseFile<'_>, project: &Project<'_>) -> Option<(String, std::ops::Range<usize>)> {
        let identified = &file.identified;
        let text = &file.source.text;
        if let Some(more) = &identified.more {
            let here = more.start..more.start + first_line(text.get(more.clone()).unwrap_or_default()).end;
            return Some((format!("holds {} and, from here on, more than that", identified.ids.join(" and ")), here));
        }
        if let Some(near) = &identified.resembles {
            let what = format!("resembles {}, but is changed: here the licence says \"{}\"", near.id, near.expected);
            return Some((what, near.span.clone()));
        }
        // A line that points to another file is no licence, and need not be one where the others are there. Texts of an own
        // id and of exceptions are not on the list of licences.
        let is_pointer = text.split_whitespace().count() < 40;
        let has_others = project.licenses.iter().any(|other| !other.identified.ids.is_empty());
        let is_own = reuse::id_of(&file.source.target.path).is_some_and(|id| id.starts_with("LicenseRef-"));
        (identified.ids.is_empty() && identified.exceptions.is_empty() && !is_own && !(is_pointer && has_others))
            .then(|| ("holds the text of no licence of the SPDX list".to_owned(), first_line(text)))
    }
}

impl ProjectAnalyzer for Licenses<'_> {
    fn name(&self) -> &'static str {
        "licenses"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Compliance
    }

    fn wants(&self, target: &Target) -> bool {
        is_wanted(target)
    }

    fn analyze(&self, tree: &Tree<'_>, sink: &mut ProjectSink) {
        let project = Project::read(tree.files);
        let mut has_expression = false;
        for statement in &project.statements {
            if let Some(meant) = self.declared(statement, sink) {
                has_expression = true;
                self.compare(statement, &meant, &project, sink);
            }
        }
        let reported = self.missing(&project, tree.targets, sink);
        self.undeclared(&project, &reported, sink);
        self.texts(&project, has_expression, sink);
        self.annotated(&project, tree.targets, sink);
        if let Some(headers) = tree.licenses {
            self.mismatched_headers(headers, &project, sink);
            self.missing_headers(headers, tree, &project, sink);
        }
        for (source, fault) in project.malformed.iter().filter(|(source, _)| !is_example(source.target.path.parent())) {
            sink.notify(Notification {
                kind: NotificationKind::Malformed,
                path: Some(source.target.path.clone()),
                line: Some(source.lines().line_of(fault.offset)),
                analysis: Some(Analysis::Compliance),
                message: format!("what this file says of licences was read only up to here: {}", fault.message),
            });
        }
    }
}

/// The licences whose texts are there, and whether all of that is sure; `None` where one that was not recognised may be the
/// one that is declared.
fn texts_of<'t>(texts: &[&LicenseFile<'t>], meant: &Expression) -> Option<(Vec<&'static str>, bool)> {
    let declared = expression::ids(meant);
    let mut found: Vec<&'static str> = Vec::new();
    let mut is_sure = true;
    for text in texts {
        match &text.identified.resembles {
            _ if !text.identified.ids.is_empty() => found.extend(&text.identified.ids),
            Some(near) if !declared.iter().any(|id| same_text(id, near.id)) => {
                found.push(near.id);
                is_sure = false;
            }
            _ => return None,
        }
        // What stands beside may be it.
        if text.identified.more.is_some() && !declared.iter().all(|id| found.iter().any(|text| same_text(id, text))) {
            return None;
        }
    }
    found.sort_unstable();
    found.dedup();
    Some((found, is_sure))
}

fn is_there(targets: &[Target], path: &str) -> bool {
    targets.binary_search_by(|target| target.path.as_str().cmp(path)).is_ok()
}

/// Whether the text of `text` belongs to the licence `id`. The LGPL is an addition to the GPL, whose text comes with it.
fn same_text(id: &str, text: &str) -> bool {
    id == expression::base(text) || (id.strip_prefix('L') == Some(text) && id.starts_with("LGPL-3"))
}

/// Folders whose packages show something and are not given away.
fn is_example(folder: &str) -> bool {
    folder.split('/').any(|part| {
        matches!(
            part.to_ascii_lowercase().as_str(),
            "example"
                | "examples"
                | "demo"
                | "demos"
                | "sample"
                | "samples"
                | "docs"
                | "doc"
                | "website"
                | "bench"
                | "benches"
                | "benchmark"
                | "benchmarks"
                | "playground"
                | "template"
                | "templates"
                | "fuzz"
        )
    })
}

/// Whether the root looks like a repository of its own.
fn is_repository(targets: &[Target]) -> bool {
    targets.iter().any(|target| {
        let path = target.path.as_str();
        path == ".gitignore" || path == ".gitattributes" || path.starts_with(".github/")
    })
}

/// The path of `file` as named in `folder`, when it stays below.
fn below(folder: &str, file: &str) -> Option<String> {
    let file = file.trim_start_matches("./");
    if file.is_empty() || file.starts_with('/') || file.split('/').any(|part| part == "..") || file.contains(['*', ':'])
    {
        return None;
    }
    Some(if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") })
}

/// The first line that says something.
fn first_line(text: &str) -> std::ops::Range<usize> {
    let start = text.len() - text.trim_start().len();
    let length = text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, |line| line.trim_end().len());
    start..start + length
}
