//! Spring's `application.properties` and `application.yml`, as far as they decide about headers: Spring Boot 1's
//! `security.headers`, and the `SecureHeaders` of Spring Cloud Gateway. Spring Security sends the headers by itself; what Java
//! code makes of that is not read.

use super::header::Header;
use super::model::{Off, Reading, Sent, Spot, UNKNOWN};
use crate::document::{Fault, Node, Value};

/// Settings by their full name in lower case.
type Setting = (String, String, Spot);

pub fn read_yaml(documents: &[Node<'_>]) -> Reading {
    let mut settings = Vec::new();
    for document in documents {
        flatten(document, String::new(), &mut settings);
    }
    reading(&settings)
}

fn flatten(node: &Node<'_>, path: String, settings: &mut Vec<Setting>) {
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(&entry.value, format!("{path}{dot}{}", entry.key.to_ascii_lowercase()), settings);
            }
        }
        Value::List(items) => {
            let texts =
                items.iter().filter_map(|item| Some((path.clone(), item.text()?.to_owned(), Spot::alone(item.span))));
            settings.extend(texts);
        }
        Value::Scalar(text) => settings.push((path, text.to_string(), Spot::alone(node.span))),
        Value::Null => {}
    }
}

/// Properties: `key=value` a line, a backslash lets a value go on.
pub fn read_properties(text: &str) -> Reading {
    let mut settings = Vec::new();
    let mut fault = None;
    let mut start = 0;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if line.trim_end().ends_with('\\') && end < text.len() {
            continue;
        }
        let whole = text.get(start..end).unwrap_or_default();
        let trimmed = whole.trim();
        if !trimmed.is_empty() && !trimmed.starts_with(['#', '!']) {
            match trimmed.split_once(['=', ':']) {
                Some((key, value)) => {
                    let key = key.trim().to_ascii_lowercase();
                    let value: String = value.trim().replace("\\\r\n", "").replace("\\\n", "");
                    let from = start + whole.len() - whole.trim_start().len();
                    let key = key.split_once('[').map_or(key.as_str(), |(list, _)| list).to_owned();
                    settings.push((key, value, Spot::alone((from, from + trimmed.len()))));
                }
                // A key alone is an empty value; only spaces in it make it something else.
                None if trimmed.starts_with("security.headers") => {
                    fault.get_or_insert(Fault {
                        offset: start,
                        message: "expected `=` and a value after the key".to_owned(),
                    });
                }
                None => {}
            }
        }
        start = end;
    }
    let mut reading = reading(&settings);
    reading.faults.extend(fault.map(|fault| (0, fault)));
    reading
}

/// The short names of both, with the header that each is about.
const NAMES: &[(&str, Header)] = &[
    ("content-security-policy", Header::Csp),
    ("contentsecuritypolicy", Header::Csp),
    ("strict-transport-security", Header::Hsts),
    ("hsts", Header::Hsts),
    ("content-type-options", Header::ContentTypeOptions),
    ("content-type", Header::ContentTypeOptions),
    ("frame-options", Header::FrameOptions),
    ("frame", Header::FrameOptions),
    ("referrer-policy", Header::ReferrerPolicy),
    ("permissions-policy", Header::PermissionsPolicy),
];

fn reading(settings: &[Setting]) -> Reading {
    let mut reading = Reading::default();
    for (key, value, spot) in settings {
        let known = if value.contains("${") { UNKNOWN.to_string() } else { value.clone() };
        let short =
            key.strip_prefix("security.headers.").or_else(|| key.split_once(".secure-headers.").map(|(_, it)| it));
        if let Some(short) = short {
            let header = NAMES.iter().find(|(name, _)| *name == short).map(|(_, header)| *header);
            match (header, value.as_str()) {
                (_, list) if short == "disable" => {
                    let names = list.split(',').filter_map(|name| Header::named(name.trim()));
                    reading.off.extend(names.map(|header| off(header, key, spot)));
                }
                (Some(header), "false" | "none") => reading.off.push(off(header, key, spot)),
                (Some(_), "true" | "all" | "domain") | (None, _) => {}
                (Some(header), _) => reading.values.extend(Sent::named(header.name(), known, spot.clone())),
            }
        } else if key.ends_with("filters") {
            // `AddResponseHeader=X-Frame-Options, DENY`
            let added = known.strip_prefix("AddResponseHeader=").or_else(|| known.strip_prefix("SetResponseHeader="));
            let pair = added.and_then(|pair| pair.split_once(','));
            reading.values.extend(pair.and_then(|(name, value)| Sent::named(name, value.trim(), spot.clone())));
        }
    }
    reading
}

fn off(header: Header, key: &str, spot: &Spot) -> Off {
    let subject = format!("The application with `{key}` set so");
    Off { header, spot: spot.clone(), subject, remedy: "remove the setting".to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::document::yaml_so_far;

    #[test]
    fn both_forms_say_the_same() {
        let properties = "security.headers.frame=false\nspring.cloud.gateway.filter.secure-headers.strict-transport-security=\\\n  max-age=60\n\
            spring.cloud.gateway.default-filters[0]=AddResponseHeader=Referrer-Policy, unsafe-url\n";
        let yaml = "security: {headers: {frame: false}}\nspring:\n  cloud:\n    gateway:\n      filter:\n        secure-headers: {strict-transport-security: max-age=60}\n      default-filters:\n        - AddResponseHeader=Referrer-Policy, unsafe-url\n";
        for reading in [read_properties(properties), read_yaml(&yaml_so_far(yaml).documents)] {
            assert_eq!(reading.off[0].header, Header::FrameOptions);
            let values: Vec<&str> = reading.values.iter().map(|one| one.value.trim()).collect();
            assert_eq!(values, ["max-age=60", "unsafe-url"]);
        }
        assert_eq!(read_properties("a=b\nsecurity.headers.frame\n").faults[0].1.offset, 4);
    }
}
