use std::fmt::Write;

use serde_json::json;

use super::args::{LicensesArgs, TextOrJson};
use super::output::{Failure, emit_text, plural, remark};
use super::project::Place;
use crate::analyze::{LicenseReport, licenses_of, states_licenses};
use crate::model::{SourceFile, without_values};

pub fn run(args: &LicensesArgs) -> Result<u8, Failure> {
    let place = Place::of(std::slice::from_ref(&args.path))?;
    let config = place.config(None, &place.rules(None)?)?;
    let (files, mut faults) = place.files(&config.scan, states_licenses);
    let files: Vec<&SourceFile> = files.iter().collect();
    let mut report = licenses_of(&files, &config.licenses);
    for manifest in report.manifests.iter_mut().filter(|manifest| manifest.expression.is_none()) {
        // No licence, so it may be anything.
        manifest.declared = manifest.declared.as_deref().map(without_values);
    }
    let (inventories, more) = place.inventories(&config.scan);
    inventories.iter().for_each(|inventory| report.add(inventory));
    faults.extend(more);
    let text = match args.format {
        TextOrJson::Text => table(&report),
        TextOrJson::Json => {
            let (manifests, files, packages) = (&report.manifests, &report.files, &report.packages);
            let document = json!({ "schema_version": 1, "manifests": manifests, "files": files, "packages": packages });
            format!("{document:#}\n")
        }
    };
    emit_text(None, &text)?;
    faults.iter().for_each(|fault| remark(fault));
    Ok(if faults.is_empty() { 0 } else { 2 })
}

fn table(report: &LicenseReport) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    for manifest in &report.manifests {
        let license = manifest.expression.as_deref().or(manifest.declared.as_deref()).unwrap_or("none declared");
        let verdict = match manifest.allowed {
            Some(true) => "",
            Some(false) => "  (not allowed)",
            None if manifest.declared.is_some() => "  (unknown)",
            None => "",
        };
        let _ = writeln!(text, "{}  {license}{verdict}", manifest.path);
    }
    for file in &report.files {
        let ids = if file.ids.is_empty() { "not recognised".to_owned() } else { file.ids.join(", ") };
        let _ = writeln!(text, "{}  {ids}{}", file.path, if file.has_more { "  (and more text)" } else { "" });
    }
    if text.is_empty() {
        text.push_str("no manifest and no licence file\n");
    }
    for package in &report.packages {
        let _ = writeln!(text, "{}  {}", package.purl, package.license.as_deref().unwrap_or("unknown"));
    }
    let unknown = report.packages.iter().filter(|package| package.license.is_none()).count();
    if unknown > 0 {
        let packages = plural(unknown, "locked package");
        let _ = writeln!(text, "\n{packages} of unknown licence: the lockfile does not state it, and none is guessed");
    }
    text
}
