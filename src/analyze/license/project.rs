//! The licence of a project as its files state it: what the manifests declare and which texts lie beside them.

use serde::Serialize;

use super::expression;
use super::manifest::{self, Field, Form, Manifest};
use super::reuse;
use super::settings::Settings;
use super::text::{Identified, identify};
use crate::document::Fault;
use crate::model::{Inventory, RelPath, SourceFile, Target, TargetRole};

/// A file that holds a licence.
pub struct LicenseFile<'f> {
    pub source: &'f SourceFile,
    /// The folder that it speaks for.
    pub folder: &'f str,
    pub identified: Identified,
}

/// One place that declares a licence, or ought to.
pub struct Statement<'f> {
    pub source: &'f SourceFile,
    pub folder: &'f str,
    pub manifest: Manifest,
    /// A workspace's own words for its members, not those of a package.
    pub is_workspace: bool,
    /// The licence is the workspace's, where it is judged.
    pub is_inherited: bool,
}

/// A licence that a REUSE file states of other files.
pub struct Annotation<'f> {
    pub source: &'f SourceFile,
    pub field: Field,
}

/// All that the scanned files say.
#[derive(Default)]
pub struct Project<'f> {
    pub statements: Vec<Statement<'f>>,
    pub licenses: Vec<LicenseFile<'f>>,
    /// Folders with a manifest of any kind, a workspace's included.
    pub folders: Vec<&'f str>,
    /// Folders whose manifest gathers packages below it.
    pub workspaces: Vec<&'f str>,
    pub malformed: Vec<(&'f SourceFile, Fault)>,
    pub annotations: Vec<Annotation<'f>>,
    /// Files that a licence asks to be passed on, `NOTICE`; they hold no terms.
    pub notices: Vec<&'f SourceFile>,
}

/// Whether the file says anything here.
pub fn is_wanted(target: &Target) -> bool {
    // Licences of third-party code and of test data are not the project's.
    matches!(target.role, TargetRole::Source | TargetRole::Script)
        && (manifest::is_manifest(target.path.file_name())
            || is_license_path(target)
            || is_notice_path(&target.path)
            || reuse::is_annotations(&target.path))
}

impl<'f> Project<'f> {
    /// Reads `files`, which are those that [`is_wanted`] chose.
    pub fn read(files: &[&'f SourceFile]) -> Project<'f> {
        let mut project = Project::default();
        for &source in files {
            let path = &source.target.path;
            if manifest::is_manifest(path.file_name()) {
                project.read_manifest(source);
            } else if reuse::is_annotations(path) {
                let (fields, fault) = reuse::annotations(path, &source.text);
                project.annotations.extend(fields.into_iter().map(|field| Annotation { source, field }));
                project.malformed.extend(fault.map(|fault| (source, fault)));
            } else if is_notice_path(path) {
                project.notices.push(source);
            }
        }
        for &source in files.iter().filter(|source| is_license_path(&source.target)) {
            let folder = spoken_for(&source.target.path);
            let is_near = folder.is_empty() || project.folders.iter().any(|other| is_within(other, folder));
            if is_near {
                project.licenses.push(LicenseFile { source, folder, identified: identify(&source.text) });
            }
        }
        project.inherit();
        project
    }

    fn read_manifest(&mut self, source: &'f SourceFile) {
        let file = source.target.path.file_name();
        let folder = source.target.path.parent();
        // A template of a manifest is none yet.
        if ["{{", "{%"].iter().any(|mark| source.text.contains(mark)) && file != "pom.xml" {
            return;
        }
        let reading = manifest::read(file, &source.text);
        self.malformed.extend(reading.fault.map(|fault| (source, fault)));
        if let Some(manifest) = reading.manifest {
            self.folders.push(folder);
            self.statements.push(Statement { source, folder, manifest, is_workspace: false, is_inherited: false });
        }
        if let Some(workspace) = reading.workspace {
            self.folders.push(folder);
            self.workspaces.push(folder);
            if workspace.license.is_some() || workspace.file.is_some() {
                let manifest = of_workspace(workspace);
                self.statements.push(Statement { source, folder, manifest, is_workspace: true, is_inherited: false });
            }
        }
    }

    /// Gives members the licence of their workspace: the nearest above them.
    fn inherit(&mut self) {
        let workspaces: Vec<(&str, String)> = self
            .statements
            .iter()
            .filter(|it| it.is_workspace)
            .filter_map(|it| Some((it.folder, it.manifest.license.as_ref()?.0.text.clone())))
            .collect();
        for statement in &mut self.statements {
            let Some(span) = statement.manifest.inherits.clone() else { continue };
            let above = workspaces.iter().filter(|(folder, _)| is_within(statement.folder, folder));
            if let Some((_, license)) = above.max_by_key(|(folder, _)| folder.len()) {
                statement.manifest.license = Some((Field { text: license.clone(), span }, Form::Expression));
                statement.is_inherited = true;
            }
        }
    }

    /// What is declared for the file at `path`: by the nearest manifest above that declares something.
    pub fn declared_for(&self, path: &RelPath) -> Option<&Statement<'f>> {
        let folder = path.parent();
        let above = self.statements.iter().filter(|it| it.manifest.license.is_some() && is_within(folder, it.folder));
        above.max_by_key(|it| it.folder.len())
    }

    /// The licence texts that count for `folder`: its own, or else those of the nearest folder above.
    pub fn texts_for(&self, folder: &str) -> Vec<&LicenseFile<'f>> {
        let nearest = self.licenses.iter().map(|file| file.folder).filter(|above| is_within(folder, above));
        let Some(nearest) = nearest.max_by_key(|above| above.len()) else { return Vec::new() };
        self.licenses.iter().filter(|file| file.folder == nearest).collect()
    }

    /// The outermost workspace that `folder` lies in, or else the folder itself: what lacks there, lacks once.
    pub fn workspace_of(&self, folder: &'f str) -> &'f str {
        let above = self.workspaces.iter().copied().filter(|above| is_within(folder, above));
        above.min_by_key(|above| above.len()).unwrap_or(folder)
    }
}

fn of_workspace(workspace: manifest::Workspace) -> Manifest {
    let mut manifest = Manifest::at(workspace.license.as_ref().map_or(0..0, |field| field.span.clone()));
    manifest.license = workspace.license.map(|field| (field, Form::Expression));
    manifest.files.extend(workspace.file);
    manifest.is_elsewhere = true;
    manifest
}

/// `NOTICE`, `NOTICE.txt`, `NOTICES`.
fn is_notice_path(path: &RelPath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    let stem = name.split_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let is_text = matches!(path.extension(), None | Some("txt" | "md" | "rst"));
    is_text && matches!(stem, "notice" | "notices")
}

/// Whether `folder` is `above` or lies below it.
pub fn is_within(folder: &str, above: &str) -> bool {
    above.is_empty() || folder == above || folder.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

/// The folder whose code a licence file is about: REUSE keeps the texts one level below.
fn spoken_for(path: &RelPath) -> &str {
    let parent = path.parent();
    match parent.rsplit_once('/') {
        Some((above, "LICENSES")) => above,
        None if parent == "LICENSES" => "",
        _ => parent,
    }
}

/// `LICENSE`, `LICENCE.md`, `COPYING.LESSER`, `UNLICENSE`, `LICENSE-MIT`, `MIT-LICENSE.txt`, and all below `LICENSES/`.
fn is_license_path(target: &Target) -> bool {
    let name = target.path.file_name().to_ascii_lowercase();
    if ["third", "3rd", "notice", "header", "template"].iter().any(|word| name.contains(word)) {
        return false;
    }
    let is_text = |extension: &str| matches!(extension, "txt" | "md" | "markdown" | "rst" | "adoc" | "text");
    let parent = target.path.parent();
    if parent == "LICENSES" || parent.ends_with("/LICENSES") {
        return name.ends_with(".txt");
    }
    let stem = match name.rsplit_once('.') {
        Some((stem, extension)) if is_text(extension) => stem,
        _ => &name,
    };
    for word in ["license", "licence", "copying", "unlicense", "unlicence"] {
        if let Some(rest) = stem.strip_prefix(word) {
            let marks = ['-', '_', '.'];
            // What follows a dot may be a licence, `LICENSE.MIT`, or a format, `license.json`.
            let is_code = target.language.is_some()
                || [
                    "json", "toml", "yml", "yaml", "html", "css", "xml", "csv", "svg", "png", "go", "java", "rb",
                    "php", "sh", "h",
                ]
                .iter()
                .any(|extension| rest.strip_prefix('.') == Some(extension));
            return !is_code && (rest.is_empty() || rest.starts_with(marks));
        }
    }
    stem.strip_suffix("license").is_some_and(|before| matches!(before, "mit-" | "apache-" | "bsd-" | "gpl-" | "isc-"))
}

/// What `gate licenses` reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LicenseReport {
    pub manifests: Vec<DeclaredLicense>,
    pub files: Vec<FoundLicense>,
    /// `NOTICE` files, which go with every copy.
    pub notices: Vec<RelPath>,
    pub packages: Vec<PackageLicense>,
}

/// What one manifest declares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeclaredLicense {
    pub path: RelPath,
    /// As it is written; `None` where nothing is declared.
    pub declared: Option<String>,
    /// The SPDX expression that it is, or plainly means.
    pub expression: Option<String>,
    /// By `[licenses]` of the configuration; `None` where the licence is not known.
    pub allowed: Option<bool>,
}

/// What one licence file holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoundLicense {
    pub path: RelPath,
    /// SPDX ids; empty where the text was not recognised.
    pub ids: Vec<&'static str>,
    /// Exceptions of the SPDX list that it holds as well.
    pub exceptions: Vec<&'static str>,
    /// There is more in the file than these licences.
    pub has_more: bool,
    /// The licence that an unrecognised text comes close to.
    pub resembles: Option<&'static str>,
}

/// The licence of a locked package; a lockfile does not state it, and it is never guessed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PackageLicense {
    pub purl: String,
    pub license: Option<String>,
}

impl LicenseReport {
    /// Adds the packages of a lockfile, their licences unknown.
    pub fn add(&mut self, inventory: &Inventory) {
        let packages = inventory.packages.iter().filter(|package| !package.is_own());
        self.packages.extend(packages.map(|package| PackageLicense { purl: package.purl(), license: None }));
        self.packages.sort_by(|a, b| a.purl.cmp(&b.purl));
        self.packages.dedup();
    }
}

/// The licences that the project's own manifests and licence files state. `files` are any of the scan's files, sorted by
/// path; those that say nothing about licences are passed over.
pub fn licenses_of(files: &[&SourceFile], settings: &Settings) -> LicenseReport {
    let wanted: Vec<&SourceFile> = files.iter().copied().filter(|source| is_wanted(&source.target)).collect();
    let project = Project::read(&wanted);
    let declared = |statement: &Statement<'_>| {
        let license = statement.manifest.license.as_ref().map(|(field, _)| field.text.clone());
        let meant = license.as_deref().and_then(expression::meant);
        DeclaredLicense {
            path: statement.source.target.path.clone(),
            allowed: meant.as_ref().map(|meant| expression::refused(meant, settings).is_none()),
            expression: meant.map(|meant| meant.to_string()),
            declared: license,
        }
    };
    let found = |file: &LicenseFile<'_>| FoundLicense {
        path: file.source.target.path.clone(),
        ids: file.identified.ids.clone(),
        exceptions: file.identified.exceptions.clone(),
        has_more: file.identified.more.is_some(),
        resembles: file.identified.resembles.as_ref().map(|it| it.id),
    };
    LicenseReport {
        manifests: project.statements.iter().map(declared).collect(),
        files: project.licenses.iter().map(found).collect(),
        notices: project.notices.iter().map(|source| source.target.path.clone()).collect(),
        packages: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Language;

    fn is_license(path: &str) -> bool {
        let path = RelPath::new(path);
        is_license_path(&Target {
            language: path.extension().and_then(Language::from_extension),
            role: TargetRole::of(&path),
            absolute: path.as_str().into(),
            path,
            size: 0,
            tracked: None,
        })
    }

    #[test]
    fn licence_files_are_known_by_name() {
        for path in [
            "LICENSE",
            "LICENCE.md",
            "license.txt",
            "COPYING",
            "COPYING.LESSER",
            "UNLICENSE",
            "LICENSE-APACHE",
            "a/LICENSE_MIT.txt",
            "LICENSE.MIT",
            "MIT-LICENSE.txt",
            "LICENSES/MIT.txt",
            "LICENSE-2.0.txt",
        ] {
            assert!(is_license(path), "{path}");
        }
        for path in [
            "license.py",
            "src/license.rs",
            "licenses.json",
            "license.json",
            "LICENSE-3rdparty.txt",
            "README.md",
            "licensing.md",
            "license_header.txt",
            "LICENSES/readme.md",
            "THIRD-PARTY-LICENSES",
        ] {
            assert!(!is_license(path), "{path}");
        }
    }

    #[test]
    fn folders_lie_within_each_other_by_whole_names() {
        assert!(is_within("a/b", "a") && is_within("a", "a") && is_within("a", ""));
        assert!(!is_within("ab", "a") && !is_within("a", "a/b"));
    }
}
