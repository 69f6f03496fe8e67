//! Lists of sources, sinks and what lies between them: `flow/<language>/<name>.toml`, checked like rules.

use toml::Spanned;

use super::RuleError;
use super::raw_flow::{RawArgument, RawFilter, RawFlow, RawList, RawPass, RawSink, RawSource};
use super::validate::{Fault, check_callee};
use crate::model::{
    FlowArgument, FlowFilter, FlowList, FlowMatcher, FlowPass, FlowSink, FlowSource, Language, Predicate,
};

/// The kinds of danger that a sink stands for and a sanitizer takes away.
pub const DANGERS: &[&str] = &[
    "sql",
    "nosql",
    "shell",
    "command",
    "code",
    "path",
    "url",
    "redirect",
    "html",
    "dom",
    "template",
    "deserialize",
    "ldap",
    "xpath",
    "header",
    "mail",
    "log",
    "regex",
    "mass-assignment",
    "prototype",
];

/// The kinds of input.
pub const ORIGINS: &[&str] = &["request", "route", "upload", "network", "page", "terminal", "environment", "archive"];

/// The kinds that count where a rule names none: what somebody else sends.
const FROM_OTHERS: &[&str] = &["request", "network", "page"];

/// The folder of each list, and its languages.
const FOLDERS: &[(&str, &[Language])] = &[
    ("python", &[Language::Python]),
    ("javascript", &[Language::JavaScript, Language::TypeScript, Language::Tsx]),
    ("rust", &[Language::Rust]),
];

/// Whether the file `path`, below a folder of rules, is a list and no rule.
pub fn is_flow_list(path: &str) -> bool {
    path.starts_with("flow/")
}

/// Reads the lists among `sources` (path below the rules folder, text).
pub fn read_flow_lists<'a>(
    sources: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<FlowList>, Vec<RuleError>> {
    let mut lists = Vec::new();
    let mut errors = Vec::new();
    for (path, text) in sources.into_iter().filter(|(path, _)| is_flow_list(path)) {
        match read_list(path, text) {
            Ok(list) => lists.push(list),
            Err((at, message)) => errors.push(RuleError::at(path, text, at, message)),
        }
    }
    if errors.is_empty() { Ok(lists) } else { Err(errors) }
}

fn read_list(path: &str, text: &str) -> Result<FlowList, Fault> {
    let folder = path.split('/').nth(1).unwrap_or_default();
    let Some((_, languages)) = FOLDERS.iter().find(|(name, _)| *name == folder) else {
        let known: Vec<&str> = FOLDERS.iter().map(|(name, _)| *name).collect();
        return Err((0, format!("a list lies in flow/<language>/, with a language of {}", known.join(", "))));
    };
    let raw: RawList = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        (at, error.message().trim().to_owned())
    })?;
    Ok(FlowList {
        languages: languages.to_vec(),
        sources: raw.source.into_iter().map(source).collect::<Result<_, _>>()?,
        sinks: raw.sink.into_iter().map(sink).collect::<Result<_, _>>()?,
        sanitizers: raw.sanitizer.into_iter().map(filter).collect::<Result<_, _>>()?,
        guards: raw.guard.into_iter().map(filter).collect::<Result<_, _>>()?,
        passes: raw.pass.into_iter().map(pass).collect::<Result<_, _>>()?,
    })
}

/// The matcher of a rule.
pub fn flow_matcher(raw: RawFlow) -> Result<FlowMatcher, Fault> {
    let from = if raw.from.is_empty() {
        FROM_OTHERS.iter().map(|name| (*name).to_owned()).collect()
    } else {
        raw.from.into_iter().map(|name| known("origin", name, ORIGINS)).collect::<Result<_, _>>()?
    };
    Ok(FlowMatcher {
        danger: known("danger", raw.danger, DANGERS)?,
        from,
        unknown: raw.unknown,
        unknown_value: raw.unknown_value.map(|predicate| predicate.0),
        inside: raw.inside,
        not_inside: raw.not_inside,
    })
}

fn known(what: &str, name: Spanned<String>, names: &[&str]) -> Result<String, Fault> {
    if names.contains(&name.as_ref().as_str()) {
        Ok(name.into_inner())
    } else {
        Err((name.span().start, format!("unknown {what} `{}`; known are {}", name.as_ref(), names.join(", "))))
    }
}

fn callees(names: Vec<Spanned<String>>) -> Result<Vec<String>, Fault> {
    names.into_iter().map(|name| check_callee(&name).map(|()| name.into_inner())).collect()
}

fn regex(pattern: Option<Spanned<String>>) -> Result<Option<String>, Fault> {
    let Some(pattern) = pattern else { return Ok(None) };
    match regex_syntax::parse(pattern.as_ref()) {
        Ok(_) => Ok(Some(pattern.into_inner())),
        Err(error) => Err((pattern.span().start, format!("bad regex: {error}"))),
    }
}

fn source(raw: RawSource) -> Result<FlowSource, Fault> {
    let of_parameter = [&raw.parameter, &raw.function, &raw.decorator, &raw.types].iter().any(|list| !list.is_empty());
    if raw.path.is_empty() && raw.call.is_empty() && !of_parameter {
        let message = "a source has `path`, `call`, or what its parameters are known by";
        return Err((raw.origin.span().start, message.to_owned()));
    }
    Ok(FlowSource {
        origin: known("origin", raw.origin, ORIGINS)?,
        path: callees(raw.path)?,
        call: callees(raw.call)?,
        parameter: raw.parameter,
        attribute: raw.attribute,
        function: raw.function,
        decorator: raw.decorator,
        types: raw.types,
        receiver: regex(raw.receiver)?,
        imports: raw.imports,
        data: raw.data,
    })
}

fn sink(raw: RawSink) -> Result<FlowSink, Fault> {
    let at = raw.danger.span().start;
    if raw.callee.is_empty() == (raw.property.is_empty() && !raw.key && raw.returned.is_empty()) {
        return Err((at, "a sink has either `callee`, or one of `property`, `key` and `returned`".to_owned()));
    }
    if raw.callee.is_empty() != raw.at.is_empty() {
        return Err((at, "a sink that is called says `at` which arguments; no other does".to_owned()));
    }
    let mut args = Vec::new();
    for (position, predicate) in raw.arg {
        let index = position.as_ref().parse().map_err(|_| {
            (position.span().start, format!("`arg.{}`: positions are numbers from 0", position.as_ref()))
        })?;
        args.push((index, predicate.0));
    }
    let keywords: Vec<(String, Predicate)> = raw.keyword.into_iter().map(|(name, one)| (name, one.0)).collect();
    Ok(FlowSink {
        danger: known("danger", raw.danger, DANGERS)?,
        callee: callees(raw.callee)?,
        property: raw.property,
        key: raw.key,
        returned: raw.returned,
        first: raw.first,
        at: raw.at.into_iter().map(|at| argument(at.into_inner())).collect(),
        value: raw.value.map(|predicate| predicate.0),
        args,
        keywords,
        receiver: regex(raw.receiver)?,
        imports: raw.imports,
        data: raw.data,
        whole: raw.whole,
    })
}

fn argument(raw: RawArgument) -> FlowArgument {
    match raw {
        RawArgument::Position(at) => FlowArgument::Position(at),
        RawArgument::Name(name) => match name.as_str() {
            "*" => FlowArgument::Any,
            "**" => FlowArgument::Spread,
            "self" => FlowArgument::Receiver,
            _ => FlowArgument::Keyword(name),
        },
    }
}

fn filter(raw: RawFilter) -> Result<FlowFilter, Fault> {
    let removes = raw.removes.into_iter().map(|name| known("danger", name, DANGERS)).collect::<Result<_, _>>()?;
    Ok(FlowFilter { removes, callee: callees(raw.callee)? })
}

fn pass(raw: RawPass) -> Result<FlowPass, Fault> {
    Ok(FlowPass { callee: callees(raw.callee)?, part: raw.part, text: raw.text })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The place and the message of what is wrong with the only file, `flow/python/x.toml`.
    fn fault(text: &str) -> String {
        read_flow_lists([("flow/python/x.toml", text)]).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn faults_are_told_with_file_and_line() {
        assert!(
            fault("[[source]]\norigin = \"request\"\npth = []\n").contains("flow/python/x.toml:3:1: unknown field")
        );
        assert!(
            fault("\n[[source]]\norigin = \"moon\"\npath = [\"a.b\"]\n")
                .starts_with("flow/python/x.toml:3:10: unknown origin")
        );
        assert!(
            fault("[[sink]]\ndanger = \"sqll\"\ncallee = [\"x\"]\nat = [0]\n").contains(":2:10: unknown danger `sqll`")
        );
        assert!(
            fault("[[sink]]\ndanger = \"sql\"\ncallee = [\"x y\"]\nat = [0]\n").contains(":3:11: `x y` is no callee")
        );
        assert!(fault("[[sink]]\ndanger = \"sql\"\ncallee = [\"x\"]\n").contains("says `at` which arguments"));
        assert!(fault("[[source]]\norigin = \"request\"\n").contains("a source has `path`"));
        assert!(fault("[[sanitizer]]\nremoves = [\"all\"]\ncallee = [\"int\"]\n").contains("unknown danger `all`"));
        let outside = read_flow_lists([("flow/x.toml", "")]).unwrap_err();
        assert!(outside[0].to_string().contains("flow/<language>/"));
    }

    #[test]
    fn a_list_is_read_as_it_is_written() {
        let text = "[[sink]]\ndanger = \"sql\"\ncallee = [\"*.execute\"]\nat = [0, \"sql\", \"**\", \"self\"]\n\
                    [[pass]]\ncallee = [\"*.get\"]\npart = true\n";
        let lists = read_flow_lists([("flow/rust/x.toml", text), ("rust/rule.toml", "no rule")]).unwrap();
        assert_eq!(lists.len(), 1);
        assert_eq!(lists[0].languages, [Language::Rust]);
        let keyword = FlowArgument::Keyword("sql".to_owned());
        let wanted = [FlowArgument::Position(0), keyword, FlowArgument::Spread, FlowArgument::Receiver];
        assert_eq!(lists[0].sinks[0].at, wanted);
        assert!(lists[0].passes[0].part && !lists[0].passes[0].text);
    }
}
