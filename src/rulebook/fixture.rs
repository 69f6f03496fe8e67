//! Annotated examples of rules: what must be found and what must not, in the language of the fixture itself.
//!
//! A comment `ruleid: group/slug` says that the rule finds the next line, `ok: group/slug` that it does not; any comment
//! marker will do, several annotations may stand above one line, and words after the ids are for the reader. A finding
//! on a line that no `ruleid` announces is a fault.
//!
//! Secrets are never written out: `{{alnum:30}}` and its like are filled from a generator whose seed is the rule and the
//! line, so that a fixture reads the same in every run.

use super::check_digits;
use super::encoding::{base64_encode, crc32_base62};

/// A fixture, ready to be analysed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixture {
    /// The text with its templates filled in; a template of several lines moves the lines below it.
    pub text: String,
    pub expectations: Vec<Expectation>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    pub rule: String,
    /// In the expanded text, from 1.
    pub line: u32,
    /// `ruleid` or `ok`.
    pub found: bool,
}

/// Any fixed number will do.
const SEED: u64 = 0x6761_7465;

/// Reads the annotations of `source` and fills in its templates; the error names the line of a template it does not know.
pub fn expand(source: &str) -> Result<Fixture, String> {
    let mut fixture = Fixture { text: String::with_capacity(source.len()), expectations: Vec::new() };
    let mut pending: Vec<(String, bool)> = Vec::new();
    let mut out_line = 1u32;
    for (index, line) in source.split_inclusive('\n').enumerate() {
        if let Some((found, ids)) = annotation(line) {
            pending.extend(ids.into_iter().map(|id| (id, found)));
            fixture.text.push_str(line);
            out_line += 1;
            continue;
        }
        if line.trim().is_empty() && !pending.is_empty() {
            return Err(format!("line {}: an annotation must stand right above its line", index + 1));
        }
        let seed = pending.first().map_or("", |(rule, _)| rule.as_str());
        let expanded = expand_line(line, &mut Random::new(seed, index as u64))
            .map_err(|message| format!("line {}: {message}", index + 1))?;
        fixture.expectations.extend(pending.drain(..).map(|(rule, found)| Expectation { rule, line: out_line, found }));
        out_line += expanded.matches('\n').count() as u32;
        fixture.text.push_str(&expanded);
    }
    match pending.first() {
        Some((rule, _)) => Err(format!("the last annotation, for `{rule}`, has no line below it")),
        None => Ok(fixture),
    }
}

/// What differs between the expectations and the findings (rule id, 1-based line), as sentences; empty when all is well.
pub fn compare(fixture: &Fixture, findings: &[(String, u32)]) -> Vec<String> {
    let mut faults = Vec::new();
    for wanted in &fixture.expectations {
        let is_found = findings.iter().any(|(rule, line)| *rule == wanted.rule && *line == wanted.line);
        if wanted.found && !is_found {
            faults
                .push((wanted.line, format!("line {}: `{}` should find this and does not", wanted.line, wanted.rule)));
        } else if !wanted.found && is_found {
            faults.push((wanted.line, format!("line {}: `{}` must not find this", wanted.line, wanted.rule)));
        }
    }
    for (rule, line) in findings {
        if !fixture.expectations.iter().any(|wanted| wanted.rule == *rule && wanted.line == *line) {
            faults.push((*line, format!("line {line}: `{rule}` finds something here that no annotation speaks of")));
        }
    }
    faults.sort();
    faults.dedup();
    faults.into_iter().map(|(_, fault)| fault).collect()
}

const COMMENT_MARKERS: &[&str] = &["<!--", "{/*", "//", "/*", "--", "#", ";", "%", "*"];

/// `Some((must it be found, rule ids))` if the line is an annotation.
fn annotation(line: &str) -> Option<(bool, Vec<String>)> {
    let trimmed = line.trim_start();
    let rest = COMMENT_MARKERS.iter().find_map(|marker| trimmed.strip_prefix(marker))?.trim_start();
    let (found, rest) = match rest.strip_prefix("ruleid:") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix("ok:")?),
    };
    let mut ids = Vec::new();
    for word in rest.split_whitespace() {
        let more = word.ends_with(',');
        ids.extend(word.split(',').filter(|id| !id.is_empty()).map(str::to_owned));
        if !more {
            break;
        }
    }
    (!ids.is_empty()).then_some((found, ids))
}

fn expand_line(line: &str, random: &mut Random) -> Result<String, String> {
    let mut out = String::with_capacity(line.len());
    let mut last = String::new();
    let mut rest = line;
    while let Some(start) = rest.find("{{") {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let template = after.get(2..).unwrap_or_default();
        // `{{` also opens what other languages interpolate: only what looks like a template of ours is one.
        let Some((name, tail)) = template.split_once("}}").filter(|(name, _)| is_template(name)) else {
            out.push_str("{{");
            rest = template;
            continue;
        };
        let value = fill(name, &last, random)?;
        out.push_str(&value);
        last = value;
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

fn is_template(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == ':' || c == ' ')
        && (name.contains(':') || matches!(name, "crc32-base62-6" | "jwt"))
}

/// `last` is what the template before it on the same line became: a checksum is made over that.
fn fill(name: &str, last: &str, random: &mut Random) -> Result<String, String> {
    let (kind, argument) = name.split_once(':').unwrap_or((name, ""));
    let alphabet: &[u8] = match kind {
        "crc32-base62-6" => return Ok(crc32_base62(last.as_bytes())),
        "jwt" => return Ok(random.jwt()),
        "basic-auth" => return Ok(random.basic_auth(argument)),
        "pem" => return Ok(random.pem(argument, "\n")),
        "pem-escaped" => return Ok(random.pem(argument, "\\n")),
        "card" | "iban" | "norwegian" | "french" | "spanish" | "mrz" | "ipv4" | "ipv6" => {
            return random.person(kind, argument).ok_or_else(|| format!("`{{{{{name}}}}}` cannot be filled in"));
        }
        "hex" => b"0123456789abcdef",
        "HEX" => b"0123456789ABCDEF",
        "digits" => b"0123456789",
        "lower" => b"abcdefghijklmnopqrstuvwxyz",
        "upper" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "lower-digits" => b"abcdefghijklmnopqrstuvwxyz0123456789",
        "upper-digits" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "bech32" => b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
        "alnum" | "base62" => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "base64" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "base64url" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        _ => return Err(format!("there is no template `{{{{{name}}}}}`")),
    };
    let length: usize =
        argument.parse().map_err(|_| format!("`{{{{{name}}}}}` needs a length, as in {{{{{kind}:32}}}}"))?;
    Ok(random.text(alphabet, length.min(65_536)))
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere.
struct Random(u64);

impl Random {
    fn new(rule: &str, line: u64) -> Random {
        let hash = rule.bytes().fold(SEED ^ line, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Random(hash)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let pick = |random: &mut Random| alphabet.get((random.next() % alphabet.len() as u64) as usize).copied();
        (0..length).filter_map(|_| pick(self)).map(char::from).collect()
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| (self.next() >> 56) as u8).collect()
    }

    fn jwt(&mut self) -> String {
        let subject = self.text(b"0123456789", 10);
        let claims = format!(r#"{{"sub":"{subject}","iat":17{}}}"#, self.text(b"0123456789", 8));
        let parts = [br#"{"alg":"HS256","typ":"JWT"}"#.to_vec(), claims.into_bytes(), self.bytes(32)];
        parts.map(|part| base64_encode(&part, true)).join(".")
    }

    fn digits(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| (self.next() % 10) as u8).collect()
    }

    /// A number with its check digits, that nobody was given as far as chance goes. `argument` is the beginning of a card's
    /// number, or the country and length of an IBAN.
    fn person(&mut self, kind: &str, argument: &str) -> Option<String> {
        let written = |digits: &[u8]| digits.iter().map(|digit| char::from(b'0' + digit)).collect::<String>();
        // A few tries at the most are without a valid check digit.
        (0..1_000).find_map(|_| match kind {
            "card" => {
                let length = if argument.starts_with('3') { 15 } else { 16 };
                let start = argument.bytes().map(|byte| byte.wrapping_sub(b'0')).collect::<Vec<u8>>();
                let number = [start, self.digits(length - argument.len().min(length))].concat();
                check_digits::luhn(&number).then(|| written(&number))
            }
            "iban" => {
                let (country, length) = argument.split_at_checked(2)?;
                let number = written(&self.digits(length.parse::<usize>().ok()?.saturating_sub(2)));
                let number = format!("{country}{number}");
                check_digits::iban(&number).then_some(number)
            }
            "norwegian" => {
                let nine =
                    [vec![1, (self.next() % 9) as u8 + 1, 0, (self.next() % 9) as u8 + 1], self.digits(5)].concat();
                let (first, second) = check_digits::norwegian(&nine)?;
                Some(written(&[nine, vec![first, second]].concat()))
            }
            "french" => {
                let (year, month) = (50 + self.next() % 50, 1 + self.next() % 12);
                let number = format!("{}{year:02}{month:02}75{}", 1 + self.next() % 2, written(&self.digits(6)));
                number.parse::<u64>().ok().map(|value| format!("{number}{:02}", 97 - value % 97))
            }
            "spanish" => {
                let number = 20_000_000 + (self.next() % 60_000_000) as u32;
                Some(format!("{number}{}", check_digits::spanish(number)))
            }
            "mrz" => {
                let with_digit = |field: String| check_digits::mrz(&field).map(|digit| format!("{field}{digit}"));
                let number = with_digit(format!("N{}", written(&self.digits(8))))?;
                let (birth, end) = (with_digit("810419".to_owned())?, with_digit("310712".to_owned())?);
                let personal = with_digit("<".repeat(14))?;
                let all = check_digits::mrz(&format!("{number}{birth}{end}{personal}"))?;
                Some(format!("{number}NOR{birth}F{end}{personal}{all}"))
            }
            "ipv4" => Some(format!(
                "{}.{}.{}.{}",
                80 + self.next() % 15,
                20 + self.next() % 230,
                20 + self.next() % 230,
                20 + self.next() % 230
            )),
            "ipv6" => Some(format!(
                "2a02:{:x}:{:x}::{:x}",
                0x1000 + self.next() % 0xefff,
                0x1000 + self.next() % 0xefff,
                0x1000 + self.next() % 0xefff
            )),
            _ => None,
        })
    }

    /// `user:password` in base64, the password `length` characters long.
    fn basic_auth(&mut self, length: &str) -> String {
        let password =
            self.text(b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", length.parse().unwrap_or(16));
        base64_encode(format!("deploy:{password}").as_bytes(), false)
    }

    /// A block of the right shape: an OpenSSH container, or a DER sequence with its length.
    fn pem(&mut self, label: &str, newline: &str) -> String {
        let body = if label.contains("OPENSSH") {
            [b"openssh-key-v1\0".to_vec(), self.bytes(377)].concat()
        } else {
            let inner = [vec![0x02, 0x01, 0x00], self.bytes(605)].concat();
            let length = inner.len() as u16;
            [vec![0x30, 0x82], length.to_be_bytes().to_vec(), inner].concat()
        };
        let encoded = base64_encode(&body, false);
        let mut text = format!("-----BEGIN {label}-----{newline}");
        for (position, c) in encoded.chars().enumerate() {
            if position > 0 && position % 64 == 0 {
                text.push_str(newline);
            }
            text.push(c);
        }
        text.push_str(&format!("{newline}-----END {label}-----"));
        text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn annotations_count_for_the_next_line_in_any_comment_syntax() {
        let source = "x\n# ruleid: a/b\n// ok: a/c, a/d  (because)\ny\n<!-- ruleid: a/e -->\nz\n/* no annotation */\n";
        let fixture = expand(source).unwrap();
        let of = |rule: &str, line, found| Expectation { rule: rule.to_owned(), line, found };
        assert_eq!(
            fixture.expectations,
            [of("a/b", 4, true), of("a/c", 4, false), of("a/d", 4, false), of("a/e", 6, true)]
        );
        assert_eq!(fixture.text, source);
    }

    #[test]
    fn templates_expand_the_same_every_time_and_differ_between_lines() {
        let source = "t = x_{{alnum:30}}{{crc32-base62-6}} {{ not.ours }} ${{ secrets.X }}\nt = x_{{alnum:30}}\n";
        let first = expand(source).unwrap();
        assert_eq!(first, expand(source).unwrap());
        let lines: Vec<&str> = first.text.lines().collect();
        assert!(lines[0].ends_with(" {{ not.ours }} ${{ secrets.X }}"));
        let token = &lines[0][6..42];
        assert_eq!(crc32_base62(&token.as_bytes()[..30]), token[30..]);
        assert_ne!(lines[0][6..36], lines[1][6..36]);
        assert!(expand("{{nonsense:3}}").unwrap_err().contains("line 1"));
    }

    #[test]
    fn a_template_of_several_lines_moves_what_follows() {
        let fixture = expand("# ruleid: a/b\n{{pem:PRIVATE KEY}}\n# ok: a/c\nx\n").unwrap();
        let lines: Vec<&str> = fixture.text.lines().collect();
        assert_eq!(fixture.expectations[0].line, 2);
        assert_eq!(lines[fixture.expectations[1].line as usize - 1], "x");
    }

    #[test]
    fn every_difference_is_told() {
        let fixture = expand("# ruleid: a/b\nx\n# ok: a/b\ny\nz\n").unwrap();
        assert!(compare(&fixture, &[("a/b".to_owned(), 2)]).is_empty());
        let faults = compare(&fixture, &[("a/b".to_owned(), 4), ("a/c".to_owned(), 5)]);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].contains("line 2") && faults[1].contains("line 4") && faults[2].contains("line 5"));
    }
}
