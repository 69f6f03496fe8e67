//! Every text of the list is found to be itself, and no text with a changed clause is.

#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn text_of(id: &str) -> &'static str {
    &all().iter().find(|template| template.id == id && !is_variant(template)).unwrap().text
}

fn is_variant(template: &Template) -> bool {
    matches!(template.text, std::borrow::Cow::Owned(_))
}

/// Runs `judge` on every licence of the list and gathers what it says.
fn for_all(judge: impl Fn(&Template) -> Vec<String> + Sync) -> Vec<String> {
    let licenses: Vec<&Template> = all().iter().filter(|it| it.kind == Kind::License && !is_variant(it)).collect();
    let judge = &judge;
    std::thread::scope(|scope| {
        let share = licenses.len().div_ceil(4);
        let parts =
            licenses.chunks(share).map(|part| scope.spawn(move || part.iter().flat_map(|it| judge(it)).collect()));
        let parts: Vec<_> = parts.collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap_or_else(|_| vec!["a thread panicked".to_owned()]))
            .collect()
    })
}

#[test]
fn every_licence_of_the_list_is_identified_from_its_own_text() {
    // Licences with one text are one.
    assert!(all().iter().filter(|it| it.kind == Kind::License && !is_variant(it)).count() > 680);
    let faults = for_all(|template| {
        let found = identify(&template.text);
        let is_it = found.ids == [template.id] && found.more.is_none();
        (!is_it).then(|| format!("{}: {found:?}", template.id)).into_iter().collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// `text` with a sentence left out, a permission turned into its contrary, a condition turned, a sentence put in.
fn changed(template: &Template) -> Vec<(&'static str, String)> {
    let text: &str = &template.text;
    let terms = template.terms();
    let mut texts = Vec::new();
    let mut put = |what, at: Range<usize>, new: &str| {
        texts.push((what, format!("{}{new}{}", &text[..at.start], &text[at.end..])));
    };
    for (what, old, new) in [
        ("permission refused", "may", "may not"),
        ("duty lifted", "must", "need not"),
        ("duty turned", "shall", "need not"),
        ("condition turned", "provided", "even"),
        ("alternative joined", "or", "and"),
        ("restricted", "without", "with"),
        ("exception dropped", "unless", "even"),
        ("granted", "not", ""),
    ] {
        let mut places = terms.iter().filter(|word| text[(*word).clone()].eq_ignore_ascii_case(old));
        for place in places.next().into_iter().chain(places.next_back()) {
            put(what, place.clone(), new);
        }
    }
    let (half, most) = (terms.len() / 2, terms.len() * 2 / 3);
    put("words left out", terms[half].start..terms[most].start, "");
    put("a word left out", terms[half].clone(), "");
    put("words put in", terms[half].start..terms[half].start, "for non-commercial purposes only ");
    texts
}

#[test]
fn no_text_with_a_changed_clause_is_identified() {
    let tried = AtomicUsize::new(0);
    let faults = for_all(|template| {
        let wrong = changed(template).into_iter().filter(|(_, text)| {
            tried.fetch_add(1, Ordering::Relaxed);
            let words = words(text);
            let searched = Searched::new(&words);
            // The whole list is asked only where the licence itself is still found, which is seldom.
            all().iter().any(|it| it.id == template.id && !searched.find(it).is_empty()) && {
                let found = identify(text);
                found.ids.contains(&template.id) && found.more.is_none()
            }
        });
        wrong.map(|(what, _)| format!("{}: {what}", template.id)).collect()
    });
    assert!(tried.into_inner() > 6000);
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn what_is_added_to_a_licence_is_told() {
    const COMMONS_CLAUSE: &str = "The Software is provided to you by the Licensor under the License, as defined below, subject \
        to the following condition. Without limiting other conditions in the License, the grant of rights under the License \
        will not include, and the License does not grant to you, the right to Sell the Software.";
    let additions =
        [COMMONS_CLAUSE, "This software may not be used for military purposes.", "Non-commercial use only."];
    let faults = for_all(|template| {
        let with = |text: &str| {
            let more = format!("{}\n\n{text}\n", template.text);
            let found = identify(&more);
            let place = found.more.clone().map_or(0, |place| place.start);
            // A licence that ends in a name may take in the first words; it must still not be plain.
            found.ids.contains(&template.id) && place + 40 < template.text.len()
        };
        additions.iter().filter(|text| with(text)).map(|text| format!("{}: {text}", template.id)).collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let second = format!("{}\n\n---\n\n{}", text_of("MIT"), text_of("Hippocratic-2.1"));
    assert_eq!(identify(&second).ids, ["Hippocratic-2.1", "MIT"]);
}

#[test]
fn holders_titles_and_wrapping_do_not_matter() {
    let text = text_of("BSD-3-Clause")
        .replace("the copyright holder", "Example Systems Inc.")
        .replace(". ", ".\n * ")
        .replace("<year> <owner>", "2019 Jane Doe and others");
    assert_eq!(identify(&text).ids, ["BSD-3-Clause"]);
    let text = format!("# The MIT License (MIT)\n\n{}", text_of("MIT").to_uppercase());
    let found = identify(&text);
    assert_eq!((found.ids.as_slice(), found.more), (["MIT"].as_slice(), None));
    let text = text_of("Apache-2.0").replace("(c) You must", "c) You must").replace("https://", "http://");
    assert_eq!(identify(&text).ids, ["Apache-2.0"]);
}

#[test]
fn endings_and_attributions_are_no_terms() {
    for (id, more) in [
        (
            "GPL-2.0",
            "This General Public License does not permit incorporating your program into proprietary programs.",
        ),
        ("Unicode-3.0", "Portions of this may have been adapted from that."),
        ("MIT", "SPDX-License-Identifier: MIT"),
    ] {
        let found = identify(&format!("{}\n\n{more}\n", text_of(id)));
        assert_eq!((found.ids.as_slice(), found.more), ([id].as_slice(), None));
    }
}

#[test]
fn families_are_told_apart() {
    for id in [
        "MIT",
        "MIT-0",
        "X11",
        "BSD-1-Clause",
        "BSD-2-Clause",
        "BSD-4-Clause",
        "BSD-3-Clause-Clear",
        "0BSD",
        "LGPL-2.0",
    ] {
        assert_eq!(identify(text_of(id)).ids, [id]);
    }
    let two = format!("{}\n---\n{}", text_of("MIT"), text_of("Apache-2.0"));
    assert_eq!(identify(&two).ids, ["Apache-2.0", "MIT"]);
    let llvm = all().iter().find(|template| template.id == "LLVM-exception").unwrap();
    let found = identify(&format!("{}\n\n{}", text_of("Apache-2.0"), llvm.text));
    assert_eq!(
        (found.ids.as_slice(), found.exceptions.as_slice()),
        (["Apache-2.0"].as_slice(), ["LLVM-exception"].as_slice())
    );
}

#[test]
fn a_changed_licence_is_named_with_the_place() {
    let text = text_of("MIT").replace("without restriction", "for research");
    let found = identify(&text);
    let resembles = found.resembles.unwrap();
    assert_eq!((found.ids.len(), resembles.id, &text[resembles.span]), (0, "MIT", "for"));
    assert!(resembles.expected.starts_with("without restriction"), "{}", resembles.expected);
}

#[test]
fn other_texts_are_not_identified() {
    let proprietary = "This software is the property of Example Systems. You may not use, copy, modify, merge, publish, \
        distribute, sublicense or sell copies of it without written permission. All rights are reserved and any breach \
        will be prosecuted under the law of the land where it happened.";
    assert_eq!(identify(proprietary), Identified::default());
    assert_eq!(identify("MIT"), Identified::default());
    assert_eq!(identify(""), Identified::default());
    assert_eq!(
        identify("See LICENSE-MIT or LICENSE-APACHE at your option, whichever of them you like better."),
        Identified::default()
    );
}
