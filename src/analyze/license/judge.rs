//! One expression put to the rules, wherever it stands: valid, current, allowed.

use std::ops::Range;
use std::sync::Arc;

use spdx::Expression;

use super::expression::{self, Invalid};
use super::settings::Settings;
use crate::analyze::Hit;
use crate::model::{Level, Rule};

/// What the rules say of an expression, and what it means.
pub struct Judged {
    pub hits: Vec<Hit>,
    pub meant: Option<Expression>,
}

/// Judges an expression that must be one.
pub fn expression(
    text: &str,
    span: &Range<usize>,
    invalid: Option<&Arc<Rule>>,
    denied: Option<&Arc<Rule>>,
    settings: &Settings,
) -> Judged {
    let mut hits = Vec::new();
    let meant = match expression::parse(text) {
        Ok(parsed) => {
            let successors = expression::deprecated(text);
            let old: Vec<String> =
                successors.iter().map(|(id, successor)| format!("`{id}` is deprecated; write {successor}")).collect();
            if !old.is_empty() {
                hits.extend(invalid.map(|rule| told(rule, text, span, &old.join(", "), Level::Note)));
            }
            Some(parsed)
        }
        Err(fault) => {
            let level = if fault.is_old_form { Level::Note } else { Level::Error };
            hits.extend(invalid.map(|rule| told(rule, text, span, &correction(&fault), level)));
            fault.suggestion.as_deref().and_then(|it| expression::parse(it).ok())
        }
    };
    hits.extend(meant.as_ref().and_then(|meant| refused(meant, span, denied, settings)));
    Judged { hits, meant }
}

/// That the lists do not allow it.
pub fn refused(meant: &Expression, span: &Range<usize>, rule: Option<&Arc<Rule>>, settings: &Settings) -> Option<Hit> {
    let refused = expression::refused(meant, settings)?;
    let hit = Hit::new(rule?, span.clone()).with("license", refused.join(", "));
    Some(hit.property("expression", meant.to_string()))
}

/// That `text` is not as it should be.
pub fn told(rule: &Arc<Rule>, text: &str, span: &Range<usize>, reason: &str, at_most: Level) -> Hit {
    let hit = Hit::new(rule, span.clone()).with("declared", text).with("reason", reason);
    let level = hit.level.min(at_most);
    hit.level(level)
}

fn correction(fault: &Invalid) -> String {
    match &fault.suggestion {
        Some(suggestion) => format!("{}; write `{suggestion}`", fault.reason),
        None => fault.reason.clone(),
    }
}
