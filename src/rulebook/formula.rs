//! Patterns and their conditions, checked as far as no grammar is needed: which metavariables there are, and who speaks of them.

use std::collections::BTreeMap;

use toml::Spanned;

use super::RuleError;
use super::raw::RawMatch;
use super::raw_pattern::{RawFormula, RawFormulaTable, RawFormulas};
use super::validate::Checker;
use crate::model::{Around, CodePattern, Formula, Hole, PatternMatcher, Place};

/// How deep `all`, `any` and `not` may stand in one another.
const MAX_DEPTH: usize = 8;
/// The longest pattern, in bytes, and the most holes in it.
const MAX_LENGTH: usize = 4096;
const MAX_HOLES: usize = 64;

const PLACES: &[(&str, Place)] = &[
    ("loop", Place::Loop),
    ("async", Place::Async),
    ("handler", Place::Handler),
    ("try", Place::Try),
    ("test", Place::Test),
    ("script", Place::Script),
    ("class", Place::Class),
    ("function", Place::Function),
];

/// Metavariables that a match may bind, and whether each stands for several.
type Names = BTreeMap<String, bool>;

impl Checker<'_> {
    pub(super) fn pattern(&self, raw: RawMatch, offset: usize) -> Result<PatternMatcher, RuleError> {
        let RawMatch { pattern, all, any, not, inside, not_inside, r#where, focus, replacement, .. } = raw;
        let places: Vec<(String, usize)> =
            r#where.iter().flatten().map(|(name, _)| (bare(name.as_ref()).to_owned(), name.span().start)).collect();
        let table = RawFormulaTable { pattern, all, any, not, inside, not_inside, r#where };
        let formula = self.formula(table, 0)?;
        if !finds(&formula) {
            let message =
                "nothing says what to find: give `pattern`, `all` or `any`; `not`, `inside` and `where` only narrow it";
            return Err(self.error(offset, message));
        }
        let mut names = Names::new();
        self.collect(&formula, &mut names)?;
        self.check_conditions(&formula, &names, &places, offset)?;
        let focus = focus.map(|focus| self.focus(&focus, &names)).transpose()?;
        let replacement = replacement.map(|text| self.replacement(text, &names)).transpose()?;
        Ok(PatternMatcher { formula, focus, replacement })
    }

    fn formula(&self, raw: RawFormulaTable, depth: usize) -> Result<Formula, RuleError> {
        let list = |raw: Option<Spanned<RawFormulas>>| match raw {
            None => Ok(Vec::new()),
            Some(raw) => {
                let at = raw.span().start;
                let each = raw.into_inner().each(at);
                if each.is_empty() {
                    return Err(self.error(at, "the list is empty: leave the key out"));
                }
                each.into_iter().map(|(one, at)| self.part(one, at, depth + 1)).collect()
            }
        };
        Ok(Formula {
            pattern: raw.pattern.map(|pattern| self.code(pattern.span().start, pattern.into_inner())).transpose()?,
            all: list(raw.all)?,
            any: list(raw.any)?,
            not: list(raw.not)?,
            inside: self.around(raw.inside)?,
            not_inside: self.around(raw.not_inside)?,
            conditions: raw
                .r#where
                .into_iter()
                .flatten()
                .map(|(name, predicate)| (bare(name.as_ref()).to_owned(), predicate.0))
                .collect(),
        })
    }

    fn part(&self, raw: RawFormula, at: usize, depth: usize) -> Result<Formula, RuleError> {
        if depth > MAX_DEPTH {
            return Err(self.error(at, format!("conditions stand in one another more than {MAX_DEPTH} deep")));
        }
        match raw {
            RawFormula::Pattern(text) => Ok(Formula { pattern: Some(self.code(at, text)?), ..Formula::default() }),
            RawFormula::Table(table) => {
                let formula = self.formula(*table, depth)?;
                if formula == Formula::default() {
                    return Err(self.error(at, "the table is empty and would match everything"));
                }
                Ok(formula)
            }
        }
    }

    fn around(&self, raw: Option<Spanned<RawFormulas>>) -> Result<Vec<Around>, RuleError> {
        let Some(raw) = raw else { return Ok(Vec::new()) };
        let at = raw.span().start;
        let one = |(one, at): (RawFormula, usize)| match one {
            RawFormula::Pattern(text) => match PLACES.iter().find(|(name, _)| *name == text.trim()) {
                Some((_, place)) => Ok(Around::Place(*place)),
                // Nothing stands in a word.
                None if text.trim().chars().all(|c| c.is_alphanumeric() || "_-".contains(c))
                    && !text.trim().is_empty() =>
                {
                    let known: Vec<&str> = PLACES.iter().map(|(name, _)| *name).collect();
                    let message =
                        format!("`{}` is no place; known are {}, or write a pattern", text.trim(), known.join(", "));
                    Err(self.error(at, message))
                }
                None => self.code(at, text).map(Around::Code),
            },
            RawFormula::Table(_) => {
                Err(self.error(at, "here stand patterns and places, such as \"loop\", and no tables"))
            }
        };
        raw.into_inner().each(at).into_iter().map(one).collect()
    }

    fn code(&self, at: usize, text: String) -> Result<CodePattern, RuleError> {
        let pattern = CodePattern { text, at };
        if pattern.text.trim().is_empty() {
            return Err(
                self.error(at, "the pattern is empty: write the code to find, with `$X` for what may be anything")
            );
        }
        if pattern.text.contains("__gate_") {
            return Err(self.error(at, "names with `__gate_` in them are taken by the patterns themselves"));
        }
        let holes = pattern.holes();
        if pattern.text.len() > MAX_LENGTH || holes.len() > MAX_HOLES {
            let message = format!("a pattern has at most {MAX_LENGTH} bytes and {MAX_HOLES} metavariables");
            return Err(self.error(at, message));
        }
        let mut rest = pattern.text.clone();
        holes.iter().rev().for_each(|(range, _)| rest.replace_range(range.clone(), ""));
        if rest.trim_matches(|c: char| c.is_whitespace() || c == ';').is_empty() {
            let message = format!("`{}` matches everything: write some code around it", pattern.text.trim());
            return Err(self.error(at, message));
        }
        Ok(pattern)
    }

    /// The metavariables of what must match; those of `not` and `not-inside` are bound to nothing in the end.
    fn collect(&self, formula: &Formula, names: &mut Names) -> Result<(), RuleError> {
        let around =
            formula.inside.iter().filter_map(|one| if let Around::Code(code) = one { Some(code) } else { None });
        for pattern in formula.pattern.iter().chain(around) {
            for (_, hole) in pattern.holes() {
                let (name, several) = match hole {
                    Hole::One(name) => (name, false),
                    Hole::Many(Some(name)) => (name, true),
                    Hole::Any | Hole::Many(None) => continue,
                };
                if *names.entry(name.to_owned()).or_insert(several) != several {
                    let message = format!("`${name}` stands for one and `$...{name}` for several: use two names");
                    return Err(self.error(pattern.at, message));
                }
            }
        }
        formula.all.iter().chain(&formula.any).try_for_each(|part| self.collect(part, names))
    }

    fn check_conditions(
        &self,
        formula: &Formula,
        names: &Names,
        places: &[(String, usize)],
        offset: usize,
    ) -> Result<(), RuleError> {
        for (name, _) in &formula.conditions {
            let at = places.iter().find(|(known, _)| known == name).map_or(offset, |(_, at)| *at);
            match names.get(name) {
                None => return Err(self.error(at, unknown("`where` asks about", &format!("${name}"), names))),
                Some(true) => {
                    let message = format!("`$...{name}` stands for several; a condition is about one");
                    return Err(self.error(at, message));
                }
                Some(false) => {}
            }
        }
        let parts = formula.all.iter().chain(&formula.any).chain(&formula.not);
        // Below, a name may be one that only the part itself binds.
        parts.into_iter().try_for_each(|part| {
            let mut names = names.clone();
            self.collect(part, &mut names)?;
            self.check_conditions(part, &names, places, offset)
        })
    }

    fn focus(&self, focus: &Spanned<String>, names: &Names) -> Result<String, RuleError> {
        let name = bare(focus.as_ref());
        match names.get(name) {
            Some(false) => Ok(name.to_owned()),
            Some(true) => {
                Err(self.error(focus.span().start, format!("`$...{name}` may be empty; `focus` names one `$X`")))
            }
            None => Err(self.error(focus.span().start, unknown("`focus` is", focus.as_ref(), names))),
        }
    }

    fn replacement(&self, text: Spanned<String>, names: &Names) -> Result<CodePattern, RuleError> {
        let at = text.span().start;
        let replacement = CodePattern { text: text.into_inner(), at };
        for (range, hole) in replacement.holes() {
            let (name, several) = match hole {
                Hole::One(name) => (name, false),
                Hole::Many(Some(name)) => (name, true),
                Hole::Any | Hole::Many(None) => {
                    let message = format!(
                        "`{}` has no text to write: name it in the pattern, `$X` or `$...ARGS`, and use that name here",
                        &replacement.text[range]
                    );
                    return Err(self.error(at, message));
                }
            };
            if names.get(name) != Some(&several) {
                return Err(self.error(at, unknown("the replacement has", &replacement.text[range], names)));
            }
        }
        Ok(replacement)
    }

    /// What the message of a pattern rule fills in is a metavariable.
    pub(super) fn check_message(&self, message: &Spanned<String>, matcher: &PatternMatcher) -> Result<(), RuleError> {
        let mut names = Names::new();
        self.collect(&matcher.formula, &mut names)?;
        let start = message.span().start;
        let place = |part: &str| start + self.text.get(start..).and_then(|rest| rest.find(part)).unwrap_or(0);
        for name in names.keys() {
            let written = format!("${name}");
            if message.as_ref().contains(&written) && !message.as_ref().contains(&format!("{written}_")) {
                return Err(self.error(place(&written), format!("in a message write `{{{name}}}` for `{written}`")));
            }
        }
        let mut rest = message.as_ref().as_str();
        while let Some((_, after)) = rest.split_once('{') {
            rest = after;
            let Some((word, _)) = after.split_once('}') else { break };
            let is_name = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if is_name && !names.contains_key(word) {
                let written = format!("{{{word}}}");
                return Err(self.error(place(&written), unknown("the message has", &written, &names)));
            }
        }
        Ok(())
    }
}

/// The name without the marks of a metavariable.
fn bare(name: &str) -> &str {
    let name = name.strip_prefix('$').unwrap_or(name);
    name.strip_prefix("...").unwrap_or(name)
}

/// Whether something in it must match, and not only not match.
fn finds(formula: &Formula) -> bool {
    formula.pattern.is_some()
        || formula.all.iter().any(finds)
        || !formula.any.is_empty() && formula.any.iter().all(finds)
}

fn unknown(what: &str, name: &str, names: &Names) -> String {
    let known: Vec<String> =
        names.iter().map(|(name, several)| format!("`{}{name}`", if *several { "$..." } else { "$" })).collect();
    if known.is_empty() {
        format!("{what} `{name}`, and the pattern has no metavariable: write `$X` where its text is wanted")
    } else {
        format!("{what} `{name}`, which is no metavariable of the pattern; it has {}", known.join(", "))
    }
}
