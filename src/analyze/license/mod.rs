//! The project's own licence: that there is one, that manifests and texts agree on it, and that it is allowed.

mod expression;
mod identify;
mod json;
mod manifest;
mod project;
mod settings;

use std::sync::Arc;

use spdx::Expression;

pub use self::project::{DeclaredLicense, FoundLicense, LicenseReport, PackageLicense, is_wanted, licenses_of};
pub use self::settings::Settings;

use self::expression::Invalid;
use self::identify::Identified;
use self::manifest::Form;
use self::project::{LicenseFile, Project, Statement, is_within};
use super::{Context, Hit, ProjectAnalyzer, ProjectSink};
use crate::model::{Analysis, Confidence, Level, Notification, NotificationKind, Rule, SourceFile, Target};

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
        let path = &statement.source.target.path;
        let mut invalid = |reason: &str, level: Option<Level>| {
            if let Some(rule) = self.rule("license/invalid-expression") {
                let hit = Hit::new(rule, field.span.clone()).with("declared", &field.text).with("reason", reason);
                let level = level.unwrap_or(hit.level).min(hit.level);
                sink.report(path, hit.level(level));
            }
        };
        let meant = match (form, expression::parse(&field.text)) {
            (Form::Words, _) => expression::meant(&field.text),
            (Form::Outdated, parsed) => {
                let reason = format!("the form is outdated; write `\"license\": \"{}\"`", field.text);
                invalid(&reason, Some(Level::Note));
                parsed.ok()
            }
            (Form::Expression, Ok(parsed)) => Some(parsed),
            (Form::Expression, Err(fault)) => {
                invalid(&correction(&fault), fault.is_old_form.then_some(Level::Note));
                fault.suggestion.as_deref().and_then(|it| expression::parse(it).ok())
            }
        }?;
        if let (Some(refused), Some(rule)) =
            (expression::refused(&meant, self.context.licenses), self.rule("license/denied"))
        {
            let hit = Hit::new(rule, field.span.clone()).with("license", refused.join(", "));
            sink.report(path, hit.property("expression", meant.to_string()));
        }
        Some(meant)
    }

    /// Compares what is declared with the texts that lie beside it.
    fn compare(&self, statement: &Statement<'_>, meant: &Expression, project: &Project<'_>, sink: &mut ProjectSink) {
        let (Some((field, _)), Some(rule)) = (&statement.manifest.license, self.rule("license/mismatch")) else {
            return;
        };
        let texts = project.texts_for(statement.folder);
        let Some(first) = texts.first() else { return };
        // A text that was not recognised may be the one that is declared.
        if texts.iter().any(|text| text.identified.ids.is_empty()) {
            return;
        }
        let mut found: Vec<&str> = texts.iter().flat_map(|text| text.identified.ids.iter().copied()).collect();
        found.sort_unstable();
        found.dedup();
        let declared = expression::ids(meant);
        let agree =
            declared.iter().any(|id| id.starts_with("LicenseRef-") || found.iter().any(|text| same_text(id, text)));
        if agree {
            return;
        }
        let own = first.folder == statement.folder;
        let hit = Hit::new(rule, field.span.clone())
            .with("declared", &field.text)
            .with("found", found.join(" and "))
            .with("file", first.source.target.path.as_str())
            .at_most(if own { Confidence::High } else { Confidence::Medium });
        sink.report(&statement.source.target.path, hit);
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
            let is_there = targets.binary_search_by(|target| target.path.as_str().cmp(&path)).is_ok();
            if is_there || project.licenses.iter().any(|license| license.source.target.path.as_str() == path) {
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
            if let (Some(what), Some(rule)) = (self.unknown_text(file, project), self.rule("license/unidentified")) {
                sink.report(path, Hit::new(rule, first_line(&file.source.text)).with("what", what));
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

    fn unknown_text(&self, file: &LicenseFile<'_>, project: &Project<'_>) -> Option<String> {
        let Identified { ids, has_more } = &file.identified;
        if *has_more {
            return Some(format!("holds {} and a good deal of text besides", ids.join(" and ")));
        }
        // A line that points to another file is no licence, and need not be one where the others are there.
        let is_pointer = file.source.text.split_whitespace().count() < 40;
        let has_others = project.licenses.iter().any(|other| !other.identified.ids.is_empty());
        (ids.is_empty() && !(is_pointer && has_others))
            .then(|| "holds the text of no licence of the SPDX list".to_owned())
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

    fn analyze(&self, files: &[&SourceFile], targets: &[Target], sink: &mut ProjectSink) {
        let project = Project::read(files);
        let mut has_expression = false;
        for statement in &project.statements {
            if let Some(meant) = self.declared(statement, sink) {
                has_expression = true;
                self.compare(statement, &meant, &project, sink);
            }
        }
        let reported = self.missing(&project, targets, sink);
        self.undeclared(&project, &reported, sink);
        self.texts(&project, has_expression, sink);
        for (source, malformed) in
            project.malformed.iter().filter(|(source, _)| !is_example(source.target.path.parent()))
        {
            sink.notify(Notification {
                kind: NotificationKind::Malformed,
                path: Some(source.target.path.clone()),
                line: Some(source.lines().line_of(malformed.offset)),
                analysis: Some(Analysis::Compliance),
                message: format!("the licence that this manifest declares was not read: {}", malformed.what),
            });
        }
    }
}

fn correction(fault: &Invalid) -> String {
    match &fault.suggestion {
        Some(suggestion) => format!("{}; write `{suggestion}`", fault.reason),
        None => fault.reason.clone(),
    }
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
