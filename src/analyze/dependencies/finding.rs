//! From an advisory to a finding at the package's lines.

use serde_json::{Value, json};

use crate::advisory::AdvisorySource;
use crate::analyze::{Hit, ProjectSink};
use crate::model::{Advisory, AdvisoryKind, DependencyPaths, Inventory, Level, Package, RelPath, Rule};
use crate::rulebook::RuleSet;

pub(super) fn report(
    rules: &RuleSet,
    inventory: &Inventory,
    source: &dyn AdvisorySource,
    path: &RelPath,
    sink: &mut ProjectSink,
) {
    let mut paths: Option<DependencyPaths> = None;
    for (index, package) in inventory.packages.iter().enumerate() {
        for advisory in source.affecting(package) {
            let Some(rule) = rules.get(rule_of(advisory.kind)) else { continue };
            let way = paths.get_or_insert_with(|| inventory.paths()).to(index);
            let way: Vec<&str> = way
                .iter()
                .filter_map(|&index| inventory.packages.get(index))
                .map(|package| package.name.as_str())
                .collect();
            let hit = Hit::new(rule, package.span.0..package.span.1)
                .with("package", &package.name)
                .with("version", &package.version)
                .with("advisory", &advisory.id)
                .with("fix", advice(&advisory))
                .with("path", introduced(&way))
                // Last, so that nothing is filled in within it.
                .with("title", &advisory.title)
                .level(level(rule, &advisory))
                .identity(format!("{}@{} {}", package.name, package.version, advisory.id));
            sink.report(path, Hit { properties: properties(package, &advisory, &way), ..hit });
        }
    }
}

fn rule_of(kind: AdvisoryKind) -> &'static str {
    match kind {
        AdvisoryKind::Vulnerability => "dependency/vulnerable",
        AdvisoryKind::Unsound => "dependency/unsound",
        AdvisoryKind::Unmaintained => "dependency/unmaintained",
        AdvisoryKind::Notice | AdvisoryKind::Yanked => "dependency/notice",
    }
}

/// The rule's level; a vulnerability with a score under the rule's `error-from` is a warning at most, unless it is known to be
/// exploited. Without a score nobody has judged it, which is no reason to take it lightly but where `unscored-is-error` says so.
fn level(rule: &Rule, advisory: &Advisory) -> Level {
    let is_serious = match advisory.severity {
        Some(severity) => advisory.kev || severity.score() >= rule.integer("error-from") as f64,
        None => advisory.kev || advisory.kind != AdvisoryKind::Vulnerability || rule.flag("unscored-is-error"),
    };
    if is_serious { rule.level } else { rule.level.min(Level::Warning) }
}

fn advice(advisory: &Advisory) -> String {
    match &advisory.fixed {
        Some(version) => format!("update to {version}"),
        None => "no fixed version".to_owned(),
    }
}

fn introduced(way: &[&str]) -> String {
    match way {
        [] | [_] => "a root of the lockfile".to_owned(),
        _ => format!("introduced by {}", way.join(" → ")),
    }
}

/// Sorted by key.
fn properties(package: &Package, advisory: &Advisory, way: &[&str]) -> Vec<(&'static str, Value)> {
    let severity = advisory.severity.map_or("unscored", |severity| match severity.score() {
        9.0.. => "critical",
        7.0.. => "high",
        4.0.. => "medium",
        _ => "low",
    });
    let mut properties = vec![
        ("advisory", json!(advisory.id)),
        ("aliases", json!(advisory.aliases)),
        ("date", json!(advisory.date)),
        ("fixed", json!(advisory.fixed)),
        ("functions", json!(advisory.affected_functions)),
        ("package", json!(package.name)),
        ("path", json!(way)),
        ("purl", json!(package.purl())),
        ("severity", json!(severity)),
        ("url", json!(advisory.url)),
        ("version", json!(package.version)),
    ];
    properties.extend(advisory.severity.map(|severity| ("security-severity", json!(severity.to_string()))));
    properties.extend(advisory.epss.map(|probability| ("epss", json!(probability))));
    properties.push(("kev", json!(advisory.kev)));
    properties.sort_by_key(|(key, _)| *key);
    properties
}
