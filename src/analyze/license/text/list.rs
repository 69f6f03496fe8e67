//! The licences and exceptions of the SPDX list with their texts, as the `spdx` crate has them.

use std::sync::OnceLock;

use spdx::text::{EXCEPTION_TEXTS, LICENSE_TEXTS};

use super::template::{Kind, Template};
use super::words::words;

/// What most projects use; a text with one of these and nothing else needs no other to be looked at.
const COMMON: &[&str] = &[
    "0BSD",
    "AGPL-3.0",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC-BY-4.0",
    "CC0-1.0",
    "GPL-2.0",
    "GPL-3.0",
    "ISC",
    "LGPL-2.1",
    "LGPL-3.0",
    "LLVM-exception",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Words that copies of a licence have in place of others and that change nothing, as its template in the SPDX list allows
/// or as its authors once published it: the id, what stands in our text, what may stand there.
const VARIANTS: &[(&str, &[(&str, &str)])] = &[
    ("MIT", &[("this permission notice shall", "this permission notice (including the next paragraph) shall")]),
    ("BSD-3-Clause", &[(NO_ENDORSEMENT, "The name of <holder> may not be used")]),
    ("BSD-3-Clause", &[(NO_ENDORSEMENT, "The names of <holder> may not be used")]),
    ("GPL-2.0", &[LIBRARY]),
    ("GPL-2.0", &[TITLED]),
    ("GPL-2.0", &[LIBRARY, TITLED]),
];

const NO_ENDORSEMENT: &str = "Neither the name of the copyright holder nor the names of its contributors may be used";
const LIBRARY: (&str, &str) = ("Lesser General Public License instead.)", "Library General Public License instead.)");
const TITLED: (&str, &str) =
    ("TERMS AND CONDITIONS FOR COPYING", "GNU GENERAL PUBLIC LICENSE TERMS AND CONDITIONS FOR COPYING");

/// What some copies have at their very end, and our text has not.
const ENDINGS: &[(&str, &str)] = &[(
    "GPL-2.0",
    "This General Public License does not permit incorporating your program into proprietary programs. If your program is a \
     subroutine library, you may consider it more useful to permit linking proprietary applications with the library. If this \
     is what you want to do, use the GNU Lesser General Public License instead of this License.",
)];

/// Ids of the list that no text can be.
const LEFT_OUT: &[&str] = &[
    // No licence.
    "NOASSERTION",
    // Deprecated: the terms are those of BSD-2-Clause, below the name of a holder.
    "BSD-2-Clause-NetBSD",
];

/// The common ones.
pub fn common() -> &'static [Template] {
    static LIST: OnceLock<Vec<Template>> = OnceLock::new();
    LIST.get_or_init(|| read(|id| COMMON.contains(&id)))
}

/// Every one.
pub fn all() -> &'static [Template] {
    static LIST: OnceLock<Vec<Template>> = OnceLock::new();
    LIST.get_or_init(|| read(|_| true))
}

fn read(wanted: impl Fn(&str) -> bool) -> Vec<Template> {
    let licenses = LICENSE_TEXTS.iter().map(|(id, text)| (Kind::License, *id, *text));
    let exceptions = EXCEPTION_TEXTS.iter().map(|(id, text)| (Kind::Exception, *id, *text));
    let mut list: Vec<Template> = Vec::new();
    for (kind, id, text) in licenses.chain(exceptions).filter(|(_, id, _)| !LEFT_OUT.contains(id) && wanted(id)) {
        for (_, changes) in VARIANTS.iter().filter(|(of, _)| *of == id) {
            let varied = changes.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new));
            list.push(ended(Template::new(kind, id, varied)));
        }
        let template = ended(Template::new(kind, id, text));
        match list.iter_mut().find(|other| other.is_same(&template)) {
            Some(other) if id.len() < other.id.len() => *other = template,
            Some(_) => {}
            None => list.push(template),
        }
    }
    list
}

/// The template with the ending that some of its copies have.
fn ended(mut template: Template) -> Template {
    let endings = ENDINGS.iter().filter(|(id, _)| *id == template.id);
    template.rest.extend(endings.flat_map(|(_, ending)| words(ending)).map(|word| word.key));
    template
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_lists_name_is_there() {
        for id in COMMON {
            assert!(common().iter().any(|template| template.id == *id), "{id}");
        }
        for (id, changes) in VARIANTS {
            let text = LICENSE_TEXTS.iter().find(|(name, _)| name == id).map_or("", |(_, text)| text);
            assert!(changes.iter().all(|(old, _)| text.contains(old)), "{id}");
        }
    }
}
