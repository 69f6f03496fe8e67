//! Which licence a text is. The common ones are compared with their texts from the SPDX licence list, by the runs of
//! three words that both have; only a text that is none of these loads the library's whole list, which takes some
//! 200 ms where the comparison takes one.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use spdx::detection::scan::Scanner;
use spdx::detection::{Store, TextData};

/// What a licence file was found to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identified {
    /// SPDX ids, sorted; empty where nothing was recognised.
    pub ids: Vec<&'static str>,
    /// There is a good deal of text beside these licences.
    pub has_more: bool,
}

struct Template {
    id: &'static str,
    /// Words that every copy of it has, as [`words`] writes them: no other text is compared.
    anchor: &'static str,
    text: &'static str,
}

macro_rules! template {
    ($id:literal, $anchor:expr) => {
        Template { id: $id, anchor: $anchor, text: include_str!(concat!("texts/", $id, ".txt")) }
    };
}

const MIT_GRANT: &str =
    "permission is hereby granted free of charge to any person obtaining a copy of this software and";
const BSD_GRANT: &str = "redistribution and use in source and binary forms with or without modification";
const ISC_GRANT: &str = "distribute this software for any purpose with or without fee is hereby granted";

const TEMPLATES: &[Template] = &[
    template!("MIT", MIT_GRANT),
    template!("MIT-0", MIT_GRANT),
    template!("X11", MIT_GRANT),
    template!("NCSA", MIT_GRANT),
    template!("Apache-2.0", "apache license version 2 0"),
    template!("BSD-2-Clause", BSD_GRANT),
    template!("BSD-3-Clause", BSD_GRANT),
    template!("BSD-4-Clause", BSD_GRANT),
    template!("ISC", ISC_GRANT),
    template!("0BSD", ISC_GRANT),
    template!("Unlicense", "this is free and unencumbered software released into the public domain"),
    template!("MPL-2.0", "mozilla public license version 2 0"),
    template!("GPL-2.0", "gnu general public license version 2"),
    template!("GPL-3.0", "gnu general public license version 3"),
    template!("LGPL-2.1", "gnu lesser general public license version 2 1"),
    template!("LGPL-3.0", "gnu lesser general public license version 3"),
    template!("AGPL-3.0", "gnu affero general public license version 3"),
    template!(
        "Zlib",
        "this software is provided as is without any express or implied warranty in no event will the author"
    ),
    template!("BSL-1.0", "boost software license version 1 0"),
    template!("CC0-1.0", "cc0 1 0 universal"),
    template!("CC-BY-4.0", "attribution 4 0 international"),
    template!("CC-BY-SA-4.0", "attribution sharealike 4 0 international"),
    template!("EPL-2.0", "eclipse public license v 2 0"),
    template!("Unicode-3.0", "unicode license v3"),
    template!("Unicode-DFS-2016", "unicode inc license agreement data files and software"),
    template!("PSF-2.0", "python software foundation license version 2"),
    template!("WTFPL", "do what the fuck you want to public license"),
    template!("Artistic-2.0", "the artistic license 2 0"),
    template!("EUPL-1.2", "european union public licence"),
    template!("OFL-1.1", "sil open font license"),
    template!("BlueOak-1.0.0", "blue oak model license"),
    template!("BUSL-1.1", "business source license 1 1"),
];

/// Texts under this many words point to a licence, but are none.
const LEAST_WORDS: usize = 25;

/// The share of the text that must belong to the licences found in it, before it is said to hold more.
const COVERED: f64 = 0.85;

/// The licences that `text` holds.
pub fn identify(text: &str) -> Identified {
    let words = words(text);
    if words.len() < LEAST_WORDS {
        return Identified::default();
    }
    let joined = words.join(" ");
    let in_text = shingles(&words);
    let candidates = TEMPLATES.iter().filter(|template| joined.contains(template.anchor));
    let mut found: Vec<(&'static str, HashSet<u64>)> = candidates.filter_map(|it| held(it, &in_text)).collect();
    drop_parts(&mut found, &in_text);
    let covered = in_text.iter().filter(|shingle| found.iter().any(|(_, all)| all.contains(*shingle))).count();
    let has_more = (covered as f64) < in_text.len() as f64 * COVERED;
    let mut ids: Vec<&'static str> = found.into_iter().map(|(id, _)| id).collect();
    ids.sort_unstable();
    if has_more && let Some(id) = in_whole_list(text) {
        // The library knows it as a whole: a relative of a common licence, or one that is none of them.
        return Identified { ids: vec![id], has_more: false };
    }
    Identified { has_more: has_more && !ids.is_empty(), ids }
}

/// The template and all its word runs, when the text holds it.
fn held(template: &Template, in_text: &HashSet<u64>) -> Option<(&'static str, HashSet<u64>)> {
    let words = words(template.text);
    // What follows is an appendix that copies leave out.
    let end = words.windows(5).position(|run| run == ["end", "of", "terms", "and", "conditions"]);
    let core = shingles(words.get(..end.unwrap_or(words.len())).unwrap_or_default());
    // Short ones have names of holders in their clauses, which make up a larger share of them.
    let least = if words.len() < 500 { 0.88 } else { 0.95 };
    let present = core.iter().filter(|shingle| in_text.contains(*shingle)).count();
    (present as f64 >= core.len() as f64 * least).then(|| (template.id, shingles(&words)))
}

/// Leaves out a licence whose words are a part of another's that was found too, as BSD-2-Clause is of BSD-3-Clause.
fn drop_parts(found: &mut Vec<(&'static str, HashSet<u64>)>, in_text: &HashSet<u64>) {
    let explained = |all: &HashSet<u64>| all.iter().filter(|shingle| in_text.contains(*shingle)).count();
    found.sort_by_key(|(id, all)| (std::cmp::Reverse(explained(all)), *id));
    let mut taken: HashSet<u64> = HashSet::new();
    found.retain(|(_, all)| {
        let new = all.iter().filter(|shingle| in_text.contains(*shingle) && !taken.contains(*shingle)).count();
        let is_part = (new as f64) < all.len() as f64 * 0.3;
        if !is_part {
            taken.extend(all);
        }
        !is_part
    });
}

fn in_whole_list(text: &str) -> Option<&'static str> {
    static STORE: OnceLock<Option<Store>> = OnceLock::new();
    let store = STORE.get_or_init(|| Store::load_inline().ok()).as_ref()?;
    let data = TextData::from(text);
    let scanner = Scanner::new(store).confidence_threshold(0.93);
    let name = scanner.scan(&data).license?.name;
    Some(spdx::license_id(name)?.name)
}

/// The words of a text in lower case, without marks, markup and the lines that name the copyright holder.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for line in text.lines().filter(|line| !is_copyright_line(line)) {
        let parts = line.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        words.extend(parts.map(str::to_lowercase));
    }
    words
}

fn is_copyright_line(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '(' && c != '©').to_lowercase();
    if line.starts_with("(c)") || line.starts_with('©') || line.starts_with("all rights reserved") {
        return true;
    }
    line.strip_prefix("copyright").is_some_and(|rest| {
        let rest = rest.trim_start_matches([' ', ':', '\t']);
        rest.starts_with(|c: char| c.is_ascii_digit() || "(©<[{".contains(c))
    })
}

/// Hashes of every run of three words.
fn shingles(words: &[String]) -> HashSet<u64> {
    let hash = |run: &[String]| {
        let mut hasher = DefaultHasher::new();
        run.hash(&mut hasher);
        hasher.finish()
    };
    words.windows(3).map(hash).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn template(id: &str) -> &'static str {
        TEMPLATES.iter().find(|template| template.id == id).unwrap().text
    }

    #[test]
    fn every_template_is_identified_from_its_own_text_and_by_its_anchor() {
        for template in TEMPLATES {
            let identified = identify(template.text);
            assert_eq!(identified.ids, [template.id]);
            assert!(!identified.has_more, "{}", template.id);
        }
    }

    #[test]
    fn holders_titles_and_wrapping_do_not_matter() {
        let text = template("BSD-3-Clause")
            .replace("the copyright holder", "Example Systems Inc.")
            .replace(". ", ".\n * ")
            .replace("<year> <owner>", "2019 Jane Doe and others");
        assert_eq!(identify(&text).ids, ["BSD-3-Clause"]);
        let text = format!("# The MIT License (MIT)\n\n{}", template("MIT").to_uppercase());
        assert_eq!(identify(&text).ids, ["MIT"]);
    }

    #[test]
    fn two_licences_in_a_file_are_both_found() {
        let text = format!("{}\n---\n{}", template("MIT"), template("Apache-2.0"));
        assert_eq!(identify(&text).ids, ["Apache-2.0", "MIT"]);
    }

    #[test]
    fn other_texts_are_not_identified() {
        let proprietary = "This software is the property of Example Systems. You may not use, copy, modify, merge, publish, \
            distribute, sublicense or sell copies of it without written permission. All rights are reserved and any breach \
            will be prosecuted under the law of the land where it happened.";
        assert_eq!(identify(proprietary), Identified::default());
        assert_eq!(identify("MIT"), Identified::default());
        assert_eq!(identify("See LICENSE-MIT or LICENSE-APACHE at your option."), Identified::default());
    }

    #[test]
    fn a_licence_with_a_good_deal_more_is_said_to_hold_more() {
        let rider = "The Software is provided to you by the Licensor under the License, as defined below, subject to the \
            following condition. Without limiting other conditions in the License, the grant of rights under the License \
            will not include, and the License does not grant to you, the right to Sell the Software. For purposes of the \
            foregoing, Sell means practicing any or all of the rights granted to you under the License to provide to third \
            parties, for a fee or other consideration, a product or service whose value derives from the Software.";
        let identified = identify(&format!("{}\n{rider}", template("MIT")));
        assert_eq!((identified.ids.as_slice(), identified.has_more), (["MIT"].as_slice(), true));
    }

    #[test]
    fn a_rarer_licence_is_found_in_the_whole_list() {
        // The text of curl's licence as the SPDX list has it, which no template holds.
        let text = "COPYRIGHT AND PERMISSION NOTICE\n\nCopyright (c) 1996 - 2015, Daniel Stenberg, <daniel@haxx.se>.\n\n\
            All rights reserved.\n\nPermission to use, copy, modify, and distribute this software for any purpose with or \
            without fee is hereby granted, provided that the above copyright notice and this permission notice appear in \
            all copies.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING \
            BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT OF \
            THIRD PARTY RIGHTS. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR \
            OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION \
            WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.\n\nExcept as contained in this notice, the name \
            of a copyright holder shall not be used in advertising or otherwise to promote the sale, use or other dealings \
            in this Software without prior written authorization of the copyright holder.";
        assert_eq!(identify(text).ids, ["curl"]);
    }
}
