//! Gradle's lock state (<https://docs.gradle.org/current/userguide/dependency_locking.html>): `gradle.lockfile`,
//! `buildscript-gradle.lockfile` and the older `gradle/dependency-locks/*.lockfile`, one `group:artifact:version=configurations`
//! a line.

use super::read::lines;
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, RelPath, Scope, SourceFile};

pub struct Gradle;

impl Lockfile for Gradle {
    fn wants(&self, path: &RelPath) -> bool {
        matches!(path.file_name(), "gradle.lockfile" | "buildscript-gradle.lockfile")
            || path.parent().ends_with("gradle/dependency-locks") && path.file_name().ends_with(".lockfile")
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let is_buildscript = file.target.path.file_name().starts_with("buildscript");
        let mut packages = Vec::new();
        for (start, line) in lines(&file.text) {
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') || content.starts_with("empty=") {
                continue;
            }
            let (coordinates, configurations) = content.split_once('=').unwrap_or((content, ""));
            let parts: Vec<&str> = coordinates.split(':').collect();
            let [group, artifact, version] = parts.as_slice() else {
                let message = "expected `group:artifact:version=configurations`".to_owned();
                return Err(LockfileError { offset: start, message });
            };
            let begin = start + (line.len() - line.trim_start().len());
            let span = (begin, begin + coordinates.len());
            let scope = if is_buildscript { Some(Scope::Build) } else { scope(configurations) };
            let package = Package::new(Ecosystem::Maven, format!("{group}:{artifact}"), *version, span);
            packages.push(Package { scope, ..package });
        }
        Ok(Inventory::new(file.target.path.clone(), packages, Vec::new()))
    }
}

/// The strongest of the configurations, by the names that Gradle's own plugins give.
fn scope(configurations: &str) -> Option<Scope> {
    let scopes = configurations.split(',').filter(|name| !name.is_empty()).map(|name| {
        let name = name.to_ascii_lowercase();
        if name.contains("test") {
            Scope::Development
        } else if ["annotationprocessor", "kapt", "ksp", "classpath"].contains(&name.as_str()) {
            Scope::Build
        } else if name.ends_with("compileclasspath") || name.ends_with("runtimeclasspath") {
            Scope::Runtime
        } else {
            // A checker's or a generator's own: `checkstyle`, `jacocoAgent`.
            Scope::Build
        }
    });
    scopes.min()
}
