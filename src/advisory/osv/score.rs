//! CVSS base scores: versions 3 and 4 by the `cvss` crate, version 2 here, for no library of its size knows it.

/// The base score of the newest CVSS version among `(type, vector)` pairs.
pub(super) fn newest<'a>(vectors: impl Iterator<Item = (&'a str, &'a str)>) -> Option<f64> {
    vectors
        .filter_map(|(kind, vector)| Some((kind, base(kind, vector)?)))
        .max_by(|a, b| a.0.cmp(b.0))
        .map(|found| found.1)
}

/// `kind` is OSV's `CVSS_V2`, `CVSS_V3` or `CVSS_V4`.
fn base(kind: &str, vector: &str) -> Option<f64> {
    match kind {
        "CVSS_V2" => version_2(vector),
        "CVSS_V3" => base_metrics(vector).parse::<cvss::Cvss>().ok().map(|cvss| cvss.score()),
        "CVSS_V4" => vector.parse::<cvss::Cvss>().ok().map(|cvss| cvss.score()),
        _ => None,
    }
}

/// Without temporal and environmental metrics, which are the reader's own and which the crate does not take.
fn base_metrics(vector: &str) -> String {
    const BASE: [&str; 9] = ["CVSS", "AV", "AC", "PR", "UI", "S", "C", "I", "A"];
    let is_base = |part: &&str| part.split_once(':').is_some_and(|(name, _)| BASE.contains(&name));
    vector.split('/').filter(is_base).collect::<Vec<_>>().join("/")
}

/// The base equation of CVSS 2 (<https://www.first.org/cvss/v2/guide>, section 3.2.1).
fn version_2(vector: &str) -> Option<f64> {
    let weight = |name: &str, weights: &[(&str, f64)]| {
        let value = vector.split('/').find_map(|part| part.strip_prefix(name)?.strip_prefix(':'))?;
        weights.iter().find(|(letter, _)| *letter == value).map(|(_, weight)| *weight)
    };
    let impact_weights = [("N", 0.0), ("P", 0.275), ("C", 0.66)];
    let kept = 1.0 - weight("C", &impact_weights)?;
    let kept = kept * (1.0 - weight("I", &impact_weights)?);
    let kept = kept * (1.0 - weight("A", &impact_weights)?);
    let impact = 10.41 * (1.0 - kept);
    let exploitability = 20.0
        * weight("AV", &[("L", 0.395), ("A", 0.646), ("N", 1.0)])?
        * weight("AC", &[("H", 0.35), ("M", 0.61), ("L", 0.71)])?
        * weight("Au", &[("M", 0.45), ("S", 0.56), ("N", 0.704)])?;
    let factor = if impact == 0.0 { 0.0 } else { 1.176 };
    Some((((0.6 * impact + 0.4 * exploitability - 1.5) * factor) * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standards_score_as_they_say() {
        for (kind, vector, score) in [
            // CVSS 2 guide, section 3.3: CVE-2002-0392, CVE-2003-0818, CVE-2003-0062.
            ("CVSS_V2", "AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8),
            ("CVSS_V2", "AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0),
            ("CVSS_V2", "AV:L/AC:H/Au:N/C:C/I:C/A:C", 6.2),
            ("CVSS_V2", "AV:N/AC:L/Au:N/C:N/I:N/A:N", 0.0),
            // CVSS 3.1 examples: CVE-2013-1937, CVE-2014-0160.
            ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
            ("CVSS_V3", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
            ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N/E:P/RL:O", 7.5),
            // CVSS 4 examples: CVE-2022-41741, CVE-2021-44228.
            ("CVSS_V4", "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3),
            ("CVSS_V4", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10.0),
        ] {
            assert_eq!(base(kind, vector), Some(score), "{vector}");
        }
        for (kind, vector) in [("CVSS_V2", "AV:N/AC:L"), ("CVSS_V3", "7.5"), ("CVSS_V4", ""), ("Ubuntu", "medium")] {
            assert_eq!(base(kind, vector), None, "{kind} {vector}");
        }
    }

    #[test]
    fn the_newest_version_counts() {
        let three = ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N");
        let two = ("CVSS_V2", "AV:N/AC:L/Au:N/C:C/I:C/A:C");
        assert_eq!(newest([three, two].into_iter()), Some(6.1));
        assert_eq!(newest([two, ("CVSS_V3", "unreadable")].into_iter()), Some(10.0));
        assert_eq!(newest([].into_iter()), None);
    }
}
