//! SPDX expressions as manifests write them: checked, corrected where the meaning is plain, and put to the lists.

use spdx::{Expression, LicenseReq, Licensee, ParseMode};

use super::settings::Settings;

/// Deprecated ids (`GPL-3.0`) are still understood by everyone and are accepted.
const MODE: ParseMode = ParseMode {
    allow_slash_as_or_operator: false,
    allow_imprecise_license_names: false,
    allow_postfix_plus_on_gpl: true,
    allow_deprecated: true,
    allow_unknown: false,
};

/// What people write in place of an id, in lower case without marks, and the id if there is only one that it can mean.
const NAMES: &[(&str, &str)] = &[
    ("3 clause bsd", "BSD-3-Clause"),
    ("agpl v3", "AGPL-3.0-only"),
    ("agplv3", "AGPL-3.0-only"),
    ("agplv3+", "AGPL-3.0-or-later"),
    ("apache", "Apache-2.0"),
    ("apache 2", "Apache-2.0"),
    ("apache 2.0", "Apache-2.0"),
    ("apache license", "Apache-2.0"),
    ("apache license 2.0", "Apache-2.0"),
    ("apache license v2", "Apache-2.0"),
    ("apache license v2.0", "Apache-2.0"),
    ("apache license version 2", "Apache-2.0"),
    ("apache license version 2.0", "Apache-2.0"),
    ("apache software", "Apache-2.0"),
    ("apache software license", "Apache-2.0"),
    ("apache software license 2.0", "Apache-2.0"),
    ("apache software license version 2.0", "Apache-2.0"),
    ("apache v2", "Apache-2.0"),
    ("apache v2.0", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("apache2.0", "Apache-2.0"),
    ("apl 2.0", "Apache-2.0"),
    ("asl 2.0", "Apache-2.0"),
    ("blue oak model license blueoak 1.0.0", "BlueOak-1.0.0"),
    ("boost", "BSL-1.0"),
    ("boost software license", "BSL-1.0"),
    ("boost software license 1.0 bsl 1.0", "BSL-1.0"),
    ("bsd 2 clause", "BSD-2-Clause"),
    ("bsd 2 clause license", "BSD-2-Clause"),
    ("bsd 2 clause simplified", "BSD-2-Clause"),
    ("bsd 3 clause", "BSD-3-Clause"),
    ("bsd 3 clause license", "BSD-3-Clause"),
    ("bsd 3 clause new or revised", "BSD-3-Clause"),
    ("bsd2", "BSD-2-Clause"),
    ("bsd3", "BSD-3-Clause"),
    ("cc0", "CC0-1.0"),
    ("cc0 1.0 universal cc0 1.0 public domain dedication", "CC0-1.0"),
    ("eclipse public license 1.0", "EPL-1.0"),
    ("eclipse public license 2.0", "EPL-2.0"),
    ("eclipse public license 2.0 epl 2.0", "EPL-2.0"),
    ("eclipse public license v1.0", "EPL-1.0"),
    ("eclipse public license v2.0", "EPL-2.0"),
    ("european union public licence 1.2 eupl 1.2", "EUPL-1.2"),
    ("expat", "MIT"),
    ("gnu affero general public license v3", "AGPL-3.0-only"),
    ("gnu affero general public license v3 or later agplv3+", "AGPL-3.0-or-later"),
    ("gnu general public license v2 gplv2", "GPL-2.0-only"),
    ("gnu general public license v2 or later gplv2+", "GPL-2.0-or-later"),
    ("gnu general public license v3 gplv3", "GPL-3.0-only"),
    ("gnu general public license v3 or later gplv3+", "GPL-3.0-or-later"),
    ("gnu general public license v3.0", "GPL-3.0-only"),
    ("gnu gpl v2", "GPL-2.0-only"),
    ("gnu gpl v3", "GPL-3.0-only"),
    ("gnu lesser general public license v2 or later lgplv2+", "LGPL-2.0-or-later"),
    ("gnu lesser general public license v3 lgplv3", "LGPL-3.0-only"),
    ("gnu lesser general public license v3 or later lgplv3+", "LGPL-3.0-or-later"),
    ("gnu lesser general public license version 2.1", "LGPL-2.1-only"),
    ("gpl 2", "GPL-2.0-only"),
    ("gpl 2.0", "GPL-2.0-only"),
    ("gpl 3", "GPL-3.0-only"),
    ("gpl 3.0", "GPL-3.0-only"),
    ("gpl v2", "GPL-2.0-only"),
    ("gpl v3", "GPL-3.0-only"),
    ("gpl2", "GPL-2.0-only"),
    ("gpl3", "GPL-3.0-only"),
    ("gplv2", "GPL-2.0-only"),
    ("gplv2+", "GPL-2.0-or-later"),
    ("gplv3", "GPL-3.0-only"),
    ("gplv3+", "GPL-3.0-or-later"),
    ("isc license", "ISC"),
    ("isc license iscl", "ISC"),
    ("lgplv2.1", "LGPL-2.1-only"),
    ("lgplv2.1+", "LGPL-2.1-or-later"),
    ("lgplv3", "LGPL-3.0-only"),
    ("lgplv3+", "LGPL-3.0-or-later"),
    ("mit licence", "MIT"),
    ("mit license", "MIT"),
    ("mit no attribution license mit 0", "MIT-0"),
    ("mit x11", "MIT"),
    ("modified bsd", "BSD-3-Clause"),
    ("mozilla public license 1.1 mpl 1.1", "MPL-1.1"),
    ("mozilla public license 2.0", "MPL-2.0"),
    ("mozilla public license 2.0 mpl 2.0", "MPL-2.0"),
    ("mozilla public license version 2.0", "MPL-2.0"),
    ("mpl", "MPL-2.0"),
    ("mpl 2.0", "MPL-2.0"),
    ("mpl2", "MPL-2.0"),
    ("mplv2.0", "MPL-2.0"),
    ("new bsd", "BSD-3-Clause"),
    ("psf", "PSF-2.0"),
    ("public domain", "Unlicense"),
    ("python software foundation license", "PSF-2.0"),
    ("simplified bsd", "BSD-2-Clause"),
    ("the mit license", "MIT"),
    ("the unlicense", "Unlicense"),
    ("the unlicense unlicense", "Unlicense"),
    ("universal permissive license upl", "UPL-1.0"),
    ("university of illinois ncsa open source license", "NCSA"),
    ("unlicence", "Unlicense"),
    ("unlicense unlicense", "Unlicense"),
    ("zlib libpng license", "Zlib"),
    ("zlib license", "Zlib"),
];

/// An expression that is none, and what was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong, as half a sentence.
    pub reason: String,
    pub suggestion: Option<String>,
    /// The old spelling of crates.io, `MIT/Apache-2.0`: everyone reads it as `OR`.
    pub is_old_form: bool,
}

/// Reads what a manifest declares.
pub fn parse(text: &str) -> Result<Expression, Invalid> {
    let error = match Expression::parse_mode(text, MODE) {
        Ok(expression) => return Ok(expression),
        Err(error) => error,
    };
    let slashed = ParseMode { allow_slash_as_or_operator: true, ..MODE };
    if text.contains('/') && Expression::parse_mode(text, slashed).is_ok() {
        let parts: Vec<&str> = text.split('/').map(str::trim).collect();
        let reason = "`/` is the old spelling of `OR`".to_owned();
        return Err(Invalid { reason, suggestion: Some(parts.join(" OR ")), is_old_form: true });
    }
    let what = text.get(error.span.clone()).unwrap_or(text).trim();
    let reason = if what.is_empty() {
        "it is incomplete".to_owned()
    } else {
        format!("`{what}` is {}", describe(&error.reason))
    };
    Err(Invalid { reason, suggestion: likely(text), is_old_form: false })
}

/// Ids of the SPDX list that it no longer wants, and what it has in their place. Those of the GNU family follow one pattern.
const SUCCESSORS: &[(&str, &str)] = &[
    ("BSD-2-Clause-FreeBSD", "BSD-2-Clause-Views"),
    ("BSD-2-Clause-NetBSD", "BSD-2-Clause"),
    ("GPL-2.0-with-GCC-exception", "GPL-2.0-only WITH GCC-exception-2.0"),
    ("GPL-2.0-with-autoconf-exception", "GPL-2.0-only WITH Autoconf-exception-2.0"),
    ("GPL-2.0-with-bison-exception", "GPL-2.0-only WITH Bison-exception-2.2"),
    ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("GPL-2.0-with-font-exception", "GPL-2.0-only WITH Font-exception-2.0"),
    ("GPL-3.0-with-GCC-exception", "GPL-3.0-only WITH GCC-exception-3.1"),
    ("GPL-3.0-with-autoconf-exception", "GPL-3.0-only WITH Autoconf-exception-3.0"),
    ("Net-SNMP", "BSD-3-Clause"),
    ("Nunit", "zlib-acknowledgement"),
    ("StandardML-NJ", "SMLNJ"),
    ("bzip2-1.0.5", "bzip2-1.0.6"),
    ("eCos-2.0", "GPL-2.0-or-later WITH eCos-exception-2.0"),
    ("wxWindows", "LGPL-2.0-or-later WITH WxWindows-exception-3.1"),
];

/// The ids in a valid expression that the SPDX list has deprecated, each with what stands for it now.
pub fn deprecated(text: &str) -> Vec<(&str, String)> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')')).filter(|word| !word.is_empty());
    words.filter_map(|word| Some((word, successor(word)?))).collect()
}

fn successor(id: &str) -> Option<String> {
    if let Some((_, successor)) = SUCCESSORS.iter().find(|(old, _)| *old == id) {
        return Some(format!("`{successor}`"));
    }
    let plain = id.strip_suffix('+').unwrap_or(id);
    let license = spdx::license_id(plain).filter(|license| license.is_deprecated() && license.name == plain)?;
    let later = format!("`{}-or-later`", license.name);
    Some(if plain == id { format!("`{}-only` or {later}", license.name) } else { later })
}

/// What `text` means, be it an expression or words that name licences beyond doubt.
pub fn meant(text: &str) -> Option<Expression> {
    match parse(text) {
        Ok(expression) => Some(expression),
        Err(fault) => parse(&fault.suggestion?).ok(),
    }
}

fn describe(reason: &spdx::error::Reason) -> &'static str {
    use spdx::error::Reason::*;
    match reason {
        UnknownException => "no exception of the SPDX list",
        UnclosedParens | UnopenedParens => "a parenthesis without its other half",
        Unexpected(_) => "not expected here",
        SeparatedPlus | GnuNoPlus | GnuPlusWithSuffix => "a `+` in the wrong place",
        InvalidCharacters => "not allowed in an expression",
        _ => "no licence id of the SPDX list",
    }
}

/// The expression that `text` was probably meant to be.
fn likely(text: &str) -> Option<String> {
    if let Some(known) = known_name(text) {
        return Some(known);
    }
    // Each part for itself: "Apache 2.0 or MIT", "GPLv3 / MIT", "MIT, Apache-2.0".
    let unified =
        text.replace([',', '/', '|'], " OR ").replace(" or ", " OR ").replace(" and ", " AND ").replace('&', " AND ");
    let mut corrected = String::new();
    for (index, alternative) in unified.split(" OR ").map(str::trim).filter(|part| !part.is_empty()).enumerate() {
        if index > 0 {
            corrected.push_str(" OR ");
        }
        let parts: Option<Vec<String>> = alternative.split(" AND ").map(|part| one(part.trim())).collect();
        corrected.push_str(&parts?.join(" AND "));
    }
    (corrected != text && Expression::parse_mode(&corrected, MODE).is_ok()).then_some(corrected)
}

/// One licence, written as it should be.
fn one(text: &str) -> Option<String> {
    let text = text.trim_matches(['(', ')']);
    if Expression::parse_mode(text, MODE).is_ok() {
        return Some(text.to_owned());
    }
    known_name(text).or_else(|| {
        // A slip of a finger: one id is one character away, and no other. Of short words many ids are that near.
        if text.len() < 6 {
            return None;
        }
        let is_near = |name: &str| strsim::levenshtein(&name.to_lowercase(), &text.to_lowercase()) == 1;
        let mut near = spdx::identifiers::LICENSES.iter().filter(|license| is_near(license.name));
        let first = near.next()?;
        near.next().is_none().then(|| first.name.to_owned())
    })
}

fn known_name(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(license) = spdx::identifiers::LICENSES.iter().find(|license| license.name.eq_ignore_ascii_case(text)) {
        return Some(license.name.to_owned());
    }
    let name: Vec<String> = text
        .to_lowercase()
        .replace(['-', '_', ',', '(', ')', '"', '/'], " ")
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let name = name.join(" ");
    let name = name.strip_prefix("the ").unwrap_or(&name);
    let without = name.strip_suffix(" license").unwrap_or(name);
    NAMES.iter().find(|(known, _)| *known == name || *known == without).map(|(_, id)| (*id).to_owned())
}

/// The licence ids that an expression names.
pub fn ids(expression: &Expression) -> Vec<String> {
    let mut ids: Vec<String> = expression.requirements().map(|it| base(&it.req.license.to_string())).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// The licence and exception ids as they are written in an expression, for files that are named after them.
pub fn written(expression: &Expression) -> Vec<String> {
    let mut ids = Vec::new();
    for requirement in expression.requirements() {
        let license = requirement.req.license.to_string();
        ids.push(license.strip_suffix('+').unwrap_or(&license).to_owned());
        ids.extend(requirement.req.addition.as_ref().map(ToString::to_string));
    }
    ids.sort();
    ids.dedup();
    ids
}

/// The id without what only says which versions count: the text of the licence is the same.
pub fn base(id: &str) -> String {
    let id = id.strip_suffix('+').unwrap_or(id);
    id.strip_suffix("-only").or_else(|| id.strip_suffix("-or-later")).unwrap_or(id).to_owned()
}

/// Why the settings refuse `expression`: the licences that they do not allow, when no alternative is left.
pub fn refused(expression: &Expression, settings: &Settings) -> Option<Vec<String>> {
    if expression.evaluate(|requirement| allows(requirement, settings)) {
        return None;
    }
    let refused = expression.requirements().filter(|it| !allows(&it.req, settings)).map(|it| it.req.to_string());
    let mut refused: Vec<String> = refused.collect();
    refused.sort();
    refused.dedup();
    Some(refused)
}

/// Whether one licence of an expression may be used.
fn allows(requirement: &LicenseReq, settings: &Settings) -> bool {
    let is_listed = |entry: &Licensee| {
        // An entry without an exception speaks of the licence with any of them: an exception only ever gives more.
        let plain = LicenseReq { license: requirement.license.clone(), addition: None };
        let same_text = |entry: &Licensee| {
            let entry = entry.clone().into_req();
            entry.addition == requirement.addition || entry.addition.is_none()
        };
        let same_base = base(&entry.clone().into_req().license.to_string()) == base(&requirement.license.to_string());
        entry.satisfies(requirement)
            || entry.satisfies(&plain)
            || (is_gnu_family(requirement) && same_base && same_text(entry))
    };
    let denied = settings.deny.iter().any(|entry| is_listed(entry.licensee()));
    !denied && (settings.allow.is_empty() || settings.allow.iter().any(|entry| is_listed(entry.licensee())))
}

/// `GPL-3.0`, `GPL-3.0-only` and `GPL-3.0-or-later` are entries of their own in the SPDX list; one stands for all.
fn is_gnu_family(requirement: &LicenseReq) -> bool {
    requirement.license.id().is_some_and(|id| id.is_gnu())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn suggestion(text: &str) -> Option<String> {
        parse(text).unwrap_err().suggestion
    }

    #[test]
    fn what_is_valid_is_accepted() {
        for text in [
            "MIT",
            "MIT OR Apache-2.0",
            "(MIT AND BSD-3-Clause) OR ISC",
            "GPL-3.0",
            "GPL-3.0-or-later",
            "GPL-2.0+",
            "Apache-2.0 WITH LLVM-exception",
            "LicenseRef-Example",
            "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2",
            "EPL-2.0+",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_the_list_has_deprecated_has_a_successor_that_is_valid() {
        for license in spdx::identifiers::LICENSES {
            let is_deprecated = license.flags & spdx::flags::IS_DEPRECATED != 0;
            let successor = successor(license.name);
            assert_eq!(is_deprecated, successor.is_some(), "{} {successor:?}", license.name);
            for id in successor.iter().flat_map(|it| it.split(" or ")) {
                let id = id.trim_matches('`');
                assert!(Expression::parse(id).is_ok() && deprecated(id).is_empty(), "{}: {id}", license.name);
            }
        }
        assert_eq!(
            deprecated("(GPL-2.0+ OR MIT) AND LGPL-3.0"),
            [
                ("GPL-2.0+", "`GPL-2.0-or-later`".to_owned()),
                ("LGPL-3.0", "`LGPL-3.0-only` or `LGPL-3.0-or-later`".to_owned())
            ]
        );
        assert!(deprecated("GPL-3.0-only OR Apache-2.0 WITH LLVM-exception").is_empty());
    }

    #[test]
    fn names_are_sorted_and_mean_something() {
        assert!(NAMES.is_sorted());
        for (name, id) in NAMES {
            assert!(Expression::parse(id).is_ok(), "{name}");
        }
        let meant = |text| meant(text).map(|it| it.to_string());
        assert_eq!(meant("GNU General Public License v3 or later (GPLv3+)").as_deref(), Some("GPL-3.0-or-later"));
        assert_eq!(meant("Apache License, Version 2.0").as_deref(), Some("Apache-2.0"));
        assert_eq!(meant("BSD License"), None);
    }

    #[test]
    fn the_likely_correction_is_named() {
        for (text, expected) in [
            ("Apache 2.0", Some("Apache-2.0")),
            ("apache-2.0", Some("Apache-2.0")),
            ("MIT License", Some("MIT")),
            ("The MIT License", Some("MIT")),
            ("MIT/Apache-2.0", Some("MIT OR Apache-2.0")),
            ("MIT or Apache 2.0", Some("MIT OR Apache-2.0")),
            ("MIT, Apache-2.0", Some("MIT OR Apache-2.0")),
            ("GPLv3+", Some("GPL-3.0-or-later")),
            ("BSD-3-Cause", Some("BSD-3-Clause")),
            ("GPL", None),
            ("BSD", None),
            ("Proprietary", None),
            ("our own", None),
        ] {
            assert_eq!(suggestion(text).as_deref(), expected, "{text}");
        }
        assert!(parse("MIT/Apache-2.0").unwrap_err().is_old_form);
    }

    fn settings(allow: &[&str], deny: &[&str]) -> Settings {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned().try_into().unwrap()).collect();
        Settings { allow: list(allow), deny: list(deny) }
    }

    #[test]
    fn lists_are_put_to_the_whole_expression() {
        for (text, allow, deny, expected) in [
            ("MIT", &[][..], &[][..], None),
            ("MIT", &["MIT"], &[], None),
            ("GPL-3.0-only", &["MIT"], &[], Some("GPL-3.0-only")),
            ("MIT OR GPL-3.0-only", &["MIT"], &[], None),
            ("MIT AND GPL-3.0-only", &["MIT"], &[], Some("GPL-3.0-only")),
            ("MIT OR GPL-3.0-only", &[], &["GPL-3.0-only"], None),
            ("GPL-3.0-or-later", &[], &["GPL-3.0"], Some("GPL-3.0-or-later")),
            ("LGPL-3.0-only", &[], &["GPL-3.0"], None),
            ("Apache-2.0 WITH LLVM-exception", &["Apache-2.0"], &[], None),
            ("Apache-2.0", &["Apache-2.0 WITH LLVM-exception"], &[], Some("Apache-2.0")),
            ("MIT", &["MIT"], &["MIT"], Some("MIT")),
        ] {
            let refused = refused(&parse(text).unwrap(), &settings(allow, deny));
            assert_eq!(refused.map(|ids| ids.join(" ")).as_deref(), expected, "{text} {allow:?} {deny:?}");
        }
    }
}
