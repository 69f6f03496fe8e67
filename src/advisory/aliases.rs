//! Which of several advisories are about the same thing: those that share a name, directly or by way of others.

use std::collections::BTreeMap;

/// Databases whose account is preferred for what is reported, best first: those that people curate for one ecosystem before those
/// that collect, and these before bare CVE numbers.
const PREFERRED: &[&str] = &["RUSTSEC-", "GO-", "GHSA-", "PYSEC-"];

/// The groups of `advisories`, each with the one to call it by and with all of its members in their order. `names` gives the
/// id and the aliases of one. The groups come in the order of their first members.
pub(super) fn groups<'a, T>(
    advisories: &'a [T],
    names: impl Fn(&'a T) -> (&'a String, &'a Vec<String>),
) -> Vec<(&'a T, Vec<&'a T>)> {
    // Each points to an earlier member of its group or to itself.
    let mut heads: Vec<usize> = Vec::with_capacity(advisories.len());
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, advisory) in advisories.iter().enumerate() {
        heads.push(index);
        let (id, aliases) = names(advisory);
        for name in std::iter::once(id).chain(aliases) {
            let known = *by_name.entry(name).or_insert(index);
            let (a, b) = (head(&heads, known), head(&heads, index));
            if let Some(later) = heads.get_mut(a.max(b)) {
                *later = a.min(b);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<&'a T>> = BTreeMap::new();
    for (index, advisory) in advisories.iter().enumerate() {
        groups.entry(head(&heads, index)).or_default().push(advisory);
    }
    let main = |group: &[&'a T]| group.iter().copied().min_by_key(|advisory| rank(names(advisory).0));
    groups.into_values().filter_map(|group| Some((main(&group)?, group))).collect()
}

fn head(heads: &[usize], mut index: usize) -> usize {
    while let Some(&next) = heads.get(index)
        && next != index
    {
        index = next;
    }
    index
}

fn rank(id: &str) -> (usize, bool, &str) {
    let preferred = PREFERRED.iter().position(|prefix| id.starts_with(prefix)).unwrap_or(PREFERRED.len());
    (preferred, id.starts_with("CVE-"), id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(advisories: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
        let owned: Vec<(String, Vec<String>)> = advisories
            .iter()
            .map(|(id, aliases)| ((*id).to_owned(), aliases.iter().map(|alias| (*alias).to_owned()).collect()))
            .collect();
        let name = |one: &(String, Vec<String>)| one.0.clone();
        let groups = groups(&owned, |one| (&one.0, &one.1));
        groups.into_iter().map(|(main, group)| (name(main), group.into_iter().map(name).collect())).collect()
    }

    #[test]
    fn names_in_common_join_also_by_way_of_others() {
        let found = grouped(&[
            ("PYSEC-1", &["CVE-1"]),
            ("PYSEC-2", &["CVE-2"]),
            ("CVE-9", &[]),
            ("GHSA-3", &["CVE-1", "CVE-3"]),
            ("OSV-4", &["CVE-3", "PYSEC-5"]),
            ("PYSEC-2", &[]),
        ]);
        let groups: Vec<(&str, usize)> = found.iter().map(|(main, group)| (main.as_str(), group.len())).collect();
        assert_eq!(groups, [("GHSA-3", 3), ("PYSEC-2", 2), ("CVE-9", 1)]);
        assert!(grouped(&[]).is_empty());
    }
}
