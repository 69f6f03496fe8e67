//! Exceptions: findings that are accepted from outside the code, by someone who answers for it and for a time.

use std::fmt;

use jiff::civil::Date;
use serde_json::Value;

use super::clause::{RulePattern, is_below, property};
use super::{Complaint, Looked, Paths};
use crate::model::{Analysis, ConfigPlace, ExceptionNote, Finding, Rule, Suppression};

/// One entry. A finding is meant when all that is given holds; of a list one is enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Exception {
    pub rules: Vec<RulePattern>,
    /// Ids of advisories, by any name that they go by.
    pub advisories: Vec<String>,
    /// [`crate::model::Fingerprint::gate`], in lower case.
    pub fingerprints: Vec<String>,
    pub paths: Option<Paths>,
    pub packages: Vec<PackagePattern>,
    /// Empty: any.
    pub analyses: Vec<Analysis>,
    pub owner: String,
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Date,
    pub place: ConfigPlace,
    /// The folder of the file that says so, where that is not the root.
    pub folder: String,
}

/// `name`, `name@version`, or a package URL with or without its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackagePattern {
    pub name: String,
    pub version: Option<String>,
}

impl PackagePattern {
    pub fn parse(text: &str) -> PackagePattern {
        // The scope of an npm package starts with the same sign.
        match text.rsplit_once('@').filter(|(name, version)| !name.is_empty() && !version.contains('/')) {
            Some((name, version)) => {
                PackagePattern { name: name.to_owned(), version: Some(version.to_owned()).filter(|it| !it.is_empty()) }
            }
            None => PackagePattern { name: text.to_owned(), version: None },
        }
    }

    fn covers(&self, finding: &Finding) -> bool {
        let fact = |name: &str| property(finding, name).and_then(Value::as_str);
        if self.name.starts_with("pkg:") {
            let Some(purl) = fact("purl") else { return false };
            let purl = purl.split(['?', '#']).next().unwrap_or(purl);
            return purl == self.to_string()
                || self.version.is_none() && purl.rsplit_once('@').is_some_and(|(name, _)| name == self.name);
        }
        fact("package") == Some(self.name.as_str())
            && self.version.as_deref().is_none_or(|version| fact("version") == Some(version))
    }
}

impl fmt::Display for PackagePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.version.iter().try_for_each(|version| write!(f, "@{version}"))
    }
}

/// How long an exception still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    Holds,
    /// For so many more days, which are few; 0 on the last one.
    Ends(i32),
    Expired,
}

impl Exception {
    /// Without a day of today nothing can be said to hold.
    pub fn validity(&self, today: Option<Date>, warning_days: u32) -> Validity {
        let Some(today) = today else { return Validity::Expired };
        // Both are days of a calendar: their distance is a number of days.
        let left = today.until(self.expires).map_or(0, |span| span.get_days());
        match left {
            _ if self.expires < today => Validity::Expired,
            _ if left.unsigned_abs() <= warning_days => Validity::Ends(left),
            _ => Validity::Holds,
        }
    }

    pub fn covers(&self, finding: &Finding) -> bool {
        self.speaks_of(&finding.rule, finding.location.path.as_str())
            && (self.fingerprints.is_empty() || self.fingerprints.contains(&finding.fingerprint.gate))
            && (self.advisories.is_empty() || self.names_advisory_of(finding))
            && (self.packages.is_empty() || self.packages.iter().any(|package| package.covers(finding)))
    }

    /// Whether it may mean findings of a rule in a file; which of them, what else it names decides.
    pub fn speaks_of(&self, rule: &Rule, path: &str) -> bool {
        let is_of = |analysis: Analysis| rule.analysis() == Some(analysis);
        is_below(&self.folder, path)
            && (self.analyses.is_empty() || self.analyses.iter().any(|one| is_of(*one)))
            && (self.rules.is_empty() || self.rules.iter().any(|pattern| pattern.covers(rule)))
            && self.paths.as_ref().is_none_or(|paths| paths.holds(path))
            && (self.advisories.is_empty() || is_of(Analysis::Dependencies))
    }

    /// Whether it means only some of the findings that it speaks of.
    pub fn is_partial(&self) -> bool {
        !(self.advisories.is_empty() && self.packages.is_empty() && self.fingerprints.is_empty())
    }

    fn names_advisory_of(&self, finding: &Finding) -> bool {
        let is_named = |value: &Value| {
            value.as_str().is_some_and(|id| self.advisories.iter().any(|named| named.eq_ignore_ascii_case(id)))
        };
        property(finding, "advisory").is_some_and(is_named)
            || property(finding, "aliases").and_then(Value::as_array).is_some_and(|ids| ids.iter().any(is_named))
    }

    /// In a few words, what it is about.
    pub fn subject(&self) -> String {
        let what: Vec<String> = self
            .rules
            .iter()
            .map(ToString::to_string)
            .chain(self.advisories.iter().cloned())
            .chain(self.packages.iter().map(ToString::to_string))
            .chain(self.fingerprints.iter().map(|print| format!("fingerprint {}", print.get(..8).unwrap_or(print))))
            .collect();
        what.join(", ")
    }

    /// Whether a finding that it means would have been found by this run.
    fn was_looked_for(&self, looked: &Looked<'_>) -> bool {
        let analyses: Vec<Analysis> = match self.analyses.as_slice() {
            [] if !self.advisories.is_empty() => vec![Analysis::Dependencies],
            // A fingerprint alone may be of any.
            [] if self.rules.is_empty() => Analysis::ALL.into_iter().filter(|one| one.is_default()).collect(),
            given => given.to_vec(),
        };
        let has_rule = |pattern: &RulePattern| match pattern {
            RulePattern::Id(id) => looked.for_rule(id),
            RulePattern::Group(group) => match Analysis::of_group(group) {
                Some(analysis) => looked.ran(analysis),
                None => looked.rules.iter().any(|rule| rule.id.group() == group),
            },
        };
        // One of the files that it is for may hold what it accepts, where nobody could look.
        let may_hide = |path: &&str| self.paths.as_ref().is_some_and(|paths| paths.holds(path));
        let is_whole =
            looked.is_whole && !looked.in_part.iter().any(|path| may_hide(path) && is_below(&self.folder, path));
        is_whole && analyses.iter().all(|one| looked.ran(*one)) && self.rules.iter().all(has_rule)
    }

    fn note(&self) -> ExceptionNote {
        ExceptionNote { owner: self.owner.clone(), expires: self.expires, place: self.place.clone() }
    }

    fn complaint(&self, builtin: &'static str, when: String) -> Complaint {
        let parts = vec![
            ("subject", self.subject()),
            ("owner", self.owner.clone()),
            ("expires", self.expires.to_string()),
            ("when", when),
        ];
        let identity = format!("{} {} {}", self.subject(), self.owner, self.expires);
        Complaint { builtin, place: self.place.clone(), parts, identity }
    }
}

/// Marks what the exceptions accept that still hold. What is to be said of them: that they are over, nearly over, or not
/// needed; that only where this run could tell.
pub fn apply_exceptions(
    findings: &mut [Finding],
    exceptions: &[Exception],
    today: Option<Date>,
    warning_days: u32,
    looked: &Looked<'_>,
) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for exception in exceptions {
        let validity = exception.validity(today, warning_days);
        let mut is_used = false;
        for finding in findings.iter_mut().filter(|finding| exception.covers(finding)) {
            is_used = true;
            if validity != Validity::Expired {
                finding.suppressions.push(Suppression::external(&exception.reason, exception.note()));
            }
        }
        let is_judged = is_used || exception.was_looked_for(looked);
        match validity {
            Validity::Expired if is_judged => complaints.push(exception.complaint("expired-exception", String::new())),
            _ if !is_used && is_judged => complaints.push(exception.complaint("unused-exception", String::new())),
            Validity::Ends(left) if is_judged => {
                complaints.push(exception.complaint("expiring-exception", in_days(left)));
            }
            _ => {}
        }
    }
    complaints
}

fn in_days(days: i32) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days => format!("in {days} days"),
    }
}
