//! From what is written to what is used: every reference checked, every default filled in.

use std::collections::BTreeMap;

use toml::Spanned;

use super::RuleError;
use super::raw::{RawAssign, RawCall, RawFile, RawMatch, RawNear, RawRegex, RawRule};
use super::scm::root_kinds;
use crate::model::{
    AssignMatcher, CallMatcher, Language, Level, Matcher, Near, OptionValue, QueryMatcher, RegexMatcher, Rule, RuleId,
    SecuritySeverity,
};

/// Groups that a rule id may start with, and the languages that their rules look at unless they say otherwise.
const GROUPS: &[(&str, &[Language])] = &[
    ("secret", &[]),
    ("python", &[Language::Python]),
    ("javascript", &[Language::JavaScript, Language::TypeScript, Language::Tsx]),
    ("rust", &[Language::Rust]),
    ("quality", &Language::ALL),
    ("performance", &Language::ALL),
    ("security", &Language::ALL),
    ("license", &[]),
    ("headers", &[]),
    ("env", &[]),
    ("dependency", &[]),
    ("pii", &[]),
    ("gate", &[]),
];

/// Offline checks that `verify` may name; `analyze/secrets` has a function for each.
pub const VERIFIERS: &[&str] = &[
    "crc32-base62-6",
    "gitlab-routable",
    "grafana-checksum",
    "anthropic-checksum",
    "atlassian-checksum",
    "apify-checksum",
    "cloudflare-checksum",
    "confluent-checksum",
    "packagist-checksum",
    "bech32",
    "base58check",
    "bitcoin-wif",
    "crc16-base32",
    "jwt",
    "jwt-kubernetes",
    "pem",
    "pkcs12",
    "wireguard-key",
    "base64-json",
    "sentry-organization",
    "pypi-macaroon",
    "fly-macaroon",
    "mapbox",
    "bedrock",
    "discord-bot",
    "aws-key-id",
    "random",
    "luhn",
    "base64",
    "base64-32",
    "base64-64",
    "basic-auth",
    "password",
    "url-password",
];

/// How far `near` may look.
const MOST_LINES: u8 = 20;

/// Filters that `not` may name.
pub const FILTERS: &[&str] = &["placeholder", "sequence", "words"];

/// Reads the rule files in `sources` (path below the rules folder, text), which together must hold no id twice.
pub fn read_rules<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<Rule>, Vec<RuleError>> {
    let mut rules: BTreeMap<RuleId, (Rule, String)> = BTreeMap::new();
    let mut errors = Vec::new();
    for (path, text) in sources {
        match parse_rule_file(path, text) {
            Ok(parsed) => {
                for (rule, offset) in parsed {
                    if let Some((_, first)) = rules.get(&rule.id) {
                        let message = format!("the id `{}` is already taken by {first}", rule.id);
                        errors.push(RuleError::at(path, text, offset, message));
                    } else {
                        rules.insert(rule.id.clone(), (rule, path.to_owned()));
                    }
                }
            }
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(rules.into_values().map(|(rule, _)| rule).collect()) } else { Err(errors) }
}

/// The rules of one file, each with the byte offset where it starts.
pub fn parse_rule_file(path: &str, text: &str) -> Result<Vec<(Rule, usize)>, RuleError> {
    let syntax = |error: toml::de::Error| {
        let offset = error.span().map_or(0, |span| span.start);
        RuleError::at(path, text, offset, error.message().trim().replace("struct RawRegex", "a table"))
    };
    let is_list = text.lines().any(|line| line.trim_start().starts_with("[[rule]]"));
    let stem = path.strip_suffix(".toml").unwrap_or(path);
    if is_list {
        let file: RawFile = toml::from_str(text).map_err(syntax)?;
        let mut rules = Vec::new();
        for raw in file.rule {
            let offset = raw.span().start;
            let raw = raw.into_inner();
            let Some(id) = raw.id.as_ref().map(|id| id.as_ref().clone()) else {
                return Err(RuleError::at(path, text, offset, "a rule of a list needs an `id`"));
            };
            rules.push((Checker { path, text }.rule(id, raw, offset)?, offset));
        }
        Ok(rules)
    } else {
        let raw: RawRule = toml::from_str(text).map_err(syntax)?;
        if let Some(id) = &raw.id {
            return Err(RuleError::at(path, text, id.span().start, "the id of a single rule is the path of its file"));
        }
        Ok(vec![(Checker { path, text }.rule(stem.to_owned(), raw, 0)?, 0)])
    }
}

struct Checker<'a> {
    path: &'a str,
    text: &'a str,
}

impl Checker<'_> {
    fn error(&self, offset: usize, message: impl Into<String>) -> RuleError {
        RuleError::at(self.path, self.text, offset, message)
    }

    fn rule(&self, id: String, raw: RawRule, offset: usize) -> Result<Rule, RuleError> {
        let id_at = raw.id.as_ref().map_or(offset, |id| id.span().start);
        let group = id.split_once('/').map_or("", |(group, _)| group);
        let Some((_, default_languages)) = GROUPS.iter().find(|(name, _)| *name == group) else {
            let known: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
            let message = format!("the id `{id}` must be <group>/<slug> with a group of {}", known.join(", "));
            return Err(self.error(id_at, message));
        };
        let slug = &id[group.len() + 1..];
        if slug.is_empty() || !slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            return Err(self.error(id_at, format!("the slug `{slug}` may hold lower-case letters, digits and dashes")));
        }
        let security_severity = match &raw.security_severity {
            None => None,
            Some(score) => match SecuritySeverity::from_score(*score.as_ref()) {
                Some(severity) if *score.as_ref() != 9.0 => Some(severity),
                Some(_) => {
                    let message = "9.0 falls between GitHub's critical (over 9.0) and high (up to 8.9); choose a side";
                    return Err(self.error(score.span().start, message));
                }
                None => return Err(self.error(score.span().start, "`security-severity` goes from 0.1 to 10.0")),
            },
        };
        if raw.level == Level::None {
            return Err(self.error(offset, "`level` is one of note, warning, error"));
        }
        let languages = match raw.languages {
            None => default_languages.to_vec(),
            Some(names) => names.iter().map(|name| self.language(name)).collect::<Result<Vec<_>, _>>()?,
        };
        let mut options = BTreeMap::new();
        for (name, value) in raw.options {
            options.insert(
                name.clone(),
                option_value(&value).ok_or_else(|| {
                    self.error(
                        offset,
                        format!("the option `{name}` must be a whole number, true or false, a text or a list of texts"),
                    )
                })?,
            );
        }
        let (why, fix) = if group == "secret" {
            (raw.why.unwrap_or_else(|| SECRET_WHY.to_owned()), raw.fix.unwrap_or_else(|| SECRET_FIX.to_owned()))
        } else {
            let missing = |key: &str| self.error(offset, format!("the rule `{id}` lacks `{key}`"));
            (raw.why.ok_or_else(|| missing("why"))?, raw.fix.ok_or_else(|| missing("fix"))?)
        };
        Ok(Rule {
            name: raw.name,
            level: raw.level,
            security_severity,
            confidence: raw.confidence,
            cwe: raw.cwe,
            owasp: raw.owasp,
            since: raw.since,
            message: raw.message,
            why: why.trim().to_owned(),
            fix: fix.trim().to_owned(),
            references: raw.references,
            revoke: raw.revoke,
            formerly: raw.formerly.into_iter().map(RuleId::new).collect(),
            replaces: raw.replaces.into_iter().map(RuleId::new).collect(),
            languages,
            options,
            matcher: self.matcher(raw.r#match)?,
            id: RuleId::new(id),
        })
    }

    fn language(&self, name: &Spanned<String>) -> Result<Language, RuleError> {
        Language::from_name(name.as_ref()).ok_or_else(|| {
            let known: Vec<&str> = Language::ALL.iter().map(|language| language.name()).collect();
            let message = format!("unknown language `{}`; known are {}", name.as_ref(), known.join(", "));
            self.error(name.span().start, message)
        })
    }

    fn matcher(&self, raw: Spanned<RawMatch>) -> Result<Matcher, RuleError> {
        let offset = raw.span().start;
        let raw = raw.into_inner();
        if raw.pattern.is_some() || raw.flow.is_some() {
            let message =
                "`pattern` and `flow` are reserved and not built yet; use call, assign, regex, query or builtin";
            return Err(self.error(offset, message));
        }
        match (raw.call, raw.assign, raw.regex, raw.query, raw.builtin) {
            (Some(calls), None, None, None, None) => {
                Ok(Matcher::Call(calls.into_iter().map(|call| self.call(call)).collect::<Result<_, _>>()?))
            }
            (None, Some(assigns), None, None, None) => Ok(Matcher::Assign(assigns.into_iter().map(assign).collect())),
            (None, None, Some(regex), None, None) => Ok(Matcher::Regex(self.regex(regex)?)),
            (None, None, None, Some(query), None) => {
                let roots = root_kinds(query.as_ref())
                    .map_err(|message| self.error(query.span().start, format!("bad query: {message}")))?;
                if !query.as_ref().contains("@match") {
                    return Err(self.error(query.span().start, "the query has no capture `@match`"));
                }
                Ok(Matcher::Query(QueryMatcher { query: query.into_inner(), roots }))
            }
            (None, None, None, None, Some(name)) => {
                if !super::builtin::BUILTINS.contains(&name.as_ref().as_str()) {
                    let message = format!("there is no builtin check `{}`", name.as_ref());
                    return Err(self.error(name.span().start, message));
                }
                Ok(Matcher::Builtin(name.into_inner()))
            }
            _ => Err(self.error(offset, "a rule has exactly one of call, assign, regex, query, builtin under `match`")),
        }
    }

    fn call(&self, raw: RawCall) -> Result<CallMatcher, RuleError> {
        if raw.callee.is_empty() {
            return Err(self.error(0, "`callee` is empty: the rule could never match"));
        }
        for callee in &raw.callee {
            let name = callee.as_ref();
            let rest = name.strip_prefix("*.").unwrap_or(name);
            let is_name =
                |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "_$-/@!".contains(c));
            if !rest.split('.').all(is_name) {
                let message = format!("`{name}` is no callee: write `module.name`, `*.method` or `builtin`");
                return Err(self.error(callee.span().start, message));
            }
        }
        let mut args = Vec::new();
        for (position, predicate) in raw.arg {
            let index = position.as_ref().parse::<u8>().map_err(|_| {
                self.error(position.span().start, format!("`arg.{}`: positions are numbers from 0", position.as_ref()))
            })?;
            args.push((index, predicate.0));
        }
        Ok(CallMatcher {
            callee: raw.callee.into_iter().map(Spanned::into_inner).collect(),
            args,
            keywords: raw.keyword.into_iter().map(|(name, predicate)| (name, predicate.0)).collect(),
            any_arg: raw.any_arg.map(|predicate| predicate.0),
            inside: raw.inside,
            not_inside: raw.not_inside,
        })
    }

    fn regex(&self, raw: RawRegex) -> Result<RegexMatcher, RuleError> {
        let at = raw.pattern.span().start;
        self.byte_regex(&raw.pattern)?;
        if raw.keywords.is_empty() {
            return Err(self.error(at, "a regex needs `keywords`: it is tried only where one of them was found"));
        }
        for keyword in &raw.keywords {
            if keyword.as_ref().len() < 3 {
                let message = format!(
                    "the keyword `{}` is shorter than three bytes and would be found everywhere",
                    keyword.as_ref()
                );
                return Err(self.error(keyword.span().start, message));
            }
        }
        if let Some(name) = raw.verify.as_ref().filter(|name| !VERIFIERS.contains(&name.as_ref().as_str())) {
            let message = format!("unknown check `{}`; known are {}", name.as_ref(), VERIFIERS.join(", "));
            return Err(self.error(name.span().start, message));
        }
        if let Some(name) = raw.not.iter().find(|name| !FILTERS.contains(&name.as_ref().as_str())) {
            let message = format!("unknown filter `{}`; known are {}", name.as_ref(), FILTERS.join(", "));
            return Err(self.error(name.span().start, message));
        }
        Ok(RegexMatcher {
            keywords: raw.keywords.into_iter().map(|keyword| keyword.into_inner().to_ascii_lowercase()).collect(),
            pattern: raw.pattern.into_inner(),
            verify: raw.verify.map(Spanned::into_inner),
            not: raw.not.into_iter().map(Spanned::into_inner).collect(),
            entropy: raw.entropy.map(|bits| (bits * 10.0).round().clamp(0.0, 80.0) as u8),
            paths: raw.paths,
            near: raw.near.map(|near| self.near(near)).transpose()?,
        })
    }

    fn near(&self, raw: RawNear) -> Result<Near, RuleError> {
        self.byte_regex(&raw.pattern)?;
        if *raw.lines.as_ref() > MOST_LINES {
            let message = format!("`lines` is at most {MOST_LINES}: what is further away is not near");
            return Err(self.error(raw.lines.span().start, message));
        }
        Ok(Near { pattern: raw.pattern.into_inner(), lines: raw.lines.into_inner(), label: raw.label })
    }

    fn byte_regex(&self, pattern: &Spanned<String>) -> Result<(), RuleError> {
        let parsed = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern.as_ref());
        match parsed {
            Ok(_) => Ok(()),
            Err(error) => Err(self.error(pattern.span().start, format!("bad regex: {error}"))),
        }
    }
}

fn assign(raw: RawAssign) -> AssignMatcher {
    AssignMatcher {
        property: raw.property,
        value: raw.value.map(|predicate| predicate.0),
        inside: raw.inside,
        not_inside: raw.not_inside,
    }
}

fn option_value(value: &toml::Value) -> Option<OptionValue> {
    Some(match value {
        toml::Value::Integer(number) => OptionValue::Integer(*number),
        toml::Value::Boolean(flag) => OptionValue::Bool(*flag),
        toml::Value::String(text) => OptionValue::Text(text.clone()),
        toml::Value::Array(items) => OptionValue::List(
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()?,
        ),
        _ => return None,
    })
}

/// Secrets share one explanation; a rule may give its own.
const SECRET_WHY: &str = "A credential in a repository is known to everyone who can read it, now and from its history: \
clones, forks, build logs and backups keep it after the line is gone. Whoever holds it acts with the owner's rights.";
const SECRET_FIX: &str = "Revoke the credential at its provider first; deleting the line does not undo the leak. Then read \
the new one from the environment or a secret store, and look through the provider's log for use that was not yours.";
