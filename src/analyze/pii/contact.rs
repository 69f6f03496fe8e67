//! E-mail addresses and telephone numbers.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Found;
use super::text::{Shape, Text, is_made_up, listed};
use crate::model::Confidence;

/// Domains reserved for documentation (RFC 2606, RFC 6761), and those that take their place in practice.
const NOBODYS: &str = "example|test|invalid|localhost|local|localdomain|internal|example.com|example.org|example.net|example.edu|\
domain.com|email.com|mail.com|company.com|mycompany.com|acme.com|acme.org|foo.com|bar.com|baz.com|foobar.com|\
test.com|abc.com|xyz.com|site.com|website.com|yourdomain.com|mydomain.com|host.com|server.com|somewhere.com|\
noreply.github.com|contoso.com|fabrikam.com|mailinator.com|sentry.io|users.noreply.github.com|a.com|b.com|c.com|\
x.com|y.com|corp.com";

/// Local parts of functions and not of persons (RFC 2142 and custom), and of nobody.
const ROLES: &str = "abuse|admin|administrator|alerts|api|billing|bot|bugs|careers|code|community|conduct|contact|contributors|core|\
customer|customerservice|dev|devel|developer|developers|devs|donotreply|email|enquiries|example|feedback|foo|\
bar|git|github|hello|help|helpdesk|hg|hi|hostmaster|info|jobs|john|jane|jdoe|legal|license|licensing|list|lists|\
mail|mailer-daemon|maintainer|maintainers|marketing|me|media|my|myname|name|news|newsletter|nobody|no-reply|\
noreply|no_reply|notifications|office|open-source|opensource|oss|owner|postmaster|press|privacy|project|python|\
registry|reply|root|sales|security|sender|service|services|someone|spam|support|svn|sysadmin|team|test|tester|\
user|username|users|webmaster|work|you|your|yourname|your-email|youremail|your.email|test1|test2|user1|user2|\
john.doe|jane.doe|johndoe|janedoe|first.last|firstname.lastname|a|b|c|x|y";

/// Where people state that they wrote something: that is meant to be read.
const CREDIT_FILES: &str = "authors|contributors|maintainers|codeowners|credits|thanks|license|licence|copying|notice|changelog|changes|whatsnew|\
history|news|contributing|code_of_conduct|security|readme|package.json|cargo.toml|pyproject.toml|setup.py|\
setup.cfg|composer.json|pom.xml|metadata|pkg-info|gemspec|.mailmap|.gitmodules|third-party|thirdparty|bower.json";

const CREDITS: &str = "author|authors|maintainer|maintainers|copyright|contributor|contributors|creator|contact|signed-off-by|\
co-authored-by|reviewed-by|reported-by|acked-by|suggested-by|written by|thanks to|developed by|todo|fixme|\
license|licence|(c)|©|contributed by|patch by|original";

/// Endings of files and attributes that stand where a domain's last label would.
const NO_DOMAINS: &str = "js|ts|jsx|tsx|mjs|cjs|json|css|scss|less|html|htm|xml|svg|png|jpg|jpeg|gif|webp|ico|woff|ttf|eot|go|rb|cs|hs|kt|\
vb|jl|java|php|cpp|yaml|yml|toml|txt|md|py|rs|sh|service|target|timer|socket|mount|git|tgz|gz|zip|tar|wasm|vue|\
svelte|map|lock|log|conf|cfg|ini|db|sql|csv|pdf|setter|getter|property|route|command|example|test|invalid|\
localhost|local|internal|lan|corp|home|default|latest|next|beta|alpha|rc|get|post|put|delete|patch|fixture|mark";

/// RFC 5322 addr-spec as it is used: a dot-atom and a domain with a top-level label of letters.
pub fn emails(text: &Text<'_>) -> Found {
    let is_credit_file =
        CREDIT_FILES.split('|').any(|name| text.file_name.starts_with(name) || text.file_name.ends_with(name));
    if is_credit_file {
        return Found::new();
    }
    let addresses = memchr::memchr_iter(b'@', text.text.as_bytes()).filter_map(|at| address(text.text, at));
    let addresses =
        addresses.filter(|(span, at)| is_of_a_person(text.get(&(span.start..*at)), text.get(&(*at + 1..span.end))));
    let addresses = addresses.filter(|(span, _)| !text.is_signature(span) && !text.is_about(span, CREDITS));
    let sure = |span: &Range<usize>| {
        let is_named = text.is_about(span, "email|e-mail|mail|user|customer|contact|recipient|to|from|login");
        if is_named { Confidence::High } else { Confidence::Medium }
    };
    addresses.map(|(span, _)| (span.clone(), sure(&span))).collect()
}

/// The address around the `@` at `at`, and that place.
fn address(text: &str, at: usize) -> Option<(Range<usize>, usize)> {
    // RFC 5321, 4.5.3.1: 64 and 255 octets.
    let bytes = text.as_bytes();
    let before = bytes.get(at.saturating_sub(65)..at)?;
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let local = before.iter().rev().take_while(|byte| is_local(byte)).count();
    let after = bytes.get(at + 1..(at + 256).min(bytes.len()))?;
    let is_domain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let domain = after.iter().take_while(|byte| is_domain(byte)).count();
    let domain = text.get(at + 1..at + 1 + domain)?.trim_end_matches(['.', '-']);
    let start = at - local;
    let first = *bytes.get(start)?;
    // `user:password@host`, `//user@host`, `\nuser@…`
    let outside = start.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b' ');
    let (rest, top) = domain.rsplit_once('.')?;
    let is_top = (2..=18).contains(&top.len())
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !top.bytes().any(|byte| byte.is_ascii_uppercase());
    let is_whole = (2..=64).contains(&local)
        && first.is_ascii_alphanumeric()
        && !matches!(outside, b':' | b'/' | b'\\' | b'@' | b'=' | b'&' | b'{' | b'}' | b'$' | b'%' | 0x80..)
        && bytes
            .get(at + 1 + domain.len())
            .is_none_or(|next| !matches!(next, b'(' | b'/' | b':' | b'@' | b'_' | b'{' | b'$'));
    let is_host = rest.len() >= 2 && rest.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
    (is_whole && is_top && is_host).then_some((start..at + 1 + domain.len(), at))
}

fn is_of_a_person(local: &str, domain: &str) -> bool {
    let (local, domain) = (local.to_ascii_lowercase(), domain.to_ascii_lowercase());
    let top = domain.rsplit('.').next().unwrap_or_default();
    let is_in = |parent: &str| domain == parent || domain.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'));
    let bare = local.split('+').next().unwrap_or(&local);
    !listed(NO_DOMAINS, top)
        && !NOBODYS.split('|').any(is_in)
        && !listed(ROLES, bare)
        && !domain.contains("example")
        && !"noreply|no-reply|donotreply|example|test|dummy|fake|-bot|placeholder"
            .split('|')
            .any(|part| local.contains(part))
        && !bare.ends_with("-list")
        && !bare.ends_with("-dev")
        && !bare.ends_with("-users")
        && !is_identifier(bare)
        && !"lists.|googlegroups.|users.noreply.|gserviceaccount.|iam.".split('|').any(|part| domain.contains(part))
}

/// A key that stands where a name would: a commit, a message's identifier, a DSN.
fn is_identifier(local: &str) -> bool {
    let digits = local.bytes().filter(u8::is_ascii_digit).count();
    local.len() >= 12 && digits * 3 >= local.len()
}

/// ITU-T E.164: `+`, a country code that is assigned, and up to fifteen digits in all.
static INTERNATIONAL: Shape = LazyLock::new(|| Regex::new(r"\+[1-9]\d{0,2}(?:[ .-]?\(?\d{1,5}\)?){2,6}").ok());
/// North American Numbering Plan: area and exchange codes start with 2 to 9.
static NANP: Shape =
    LazyLock::new(|| Regex::new(r"(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}").ok());
/// National numbers elsewhere begin with a trunk prefix of 0, or are written in pairs and triples.
static NATIONAL: Shape = LazyLock::new(|| Regex::new(r"\(?0[1-9]\d{0,4}\)?(?:[ ./-]?\d{2,5}){2,4}").ok());

const PHONE_WORDS: &str = "phone|phonenumber|telephone|tel|mobile|cell|cellphone|fax|whatsapp|sms|msisdn|telefon|mobil|handy|rufnummer|\
call us|téléphone|telefono|teléfono";

pub fn phones(text: &Text<'_>) -> Found {
    let mut found = Found::new();
    for span in text.each(&INTERNATIONAL) {
        let digits = text.digits(&span);
        let is_number = (8..=15).contains(&digits.len())
            && is_assigned(&digits)
            && !is_fictitious(&digits)
            && !is_made_up(digits.get(1..).unwrap_or_default());
        if !is_number || !has_room_before(text.text, span.start) {
            continue;
        }
        let is_grouped = text.get(&span).contains([' ', '-', '(']);
        let is_named = text.is_about(&span, PHONE_WORDS);
        let sure = match (is_named, is_grouped) {
            (true, _) => Confidence::High,
            (false, true) => Confidence::Medium,
            (false, false) => Confidence::Low,
        };
        found.push((span, sure));
    }
    for shape in [&NANP, &NATIONAL] {
        for span in text.each(shape).filter(|span| text.is_about(span, PHONE_WORDS)) {
            let digits = text.digits(&span);
            if (9..=12).contains(&digits.len()) && !is_fictitious(&digits) && !is_made_up(&digits) {
                found.push((span, Confidence::Medium));
            }
        }
    }
    found.sort_by_key(|(span, _)| span.start);
    found.dedup_by(|next, kept| next.0.start < kept.0.end);
    found
}

/// A `+` behind an operand adds.
fn has_room_before(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default().trim_end_matches(' ');
    !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ')' | ']' | '_'))
        || text.get(..start).is_some_and(|before| before.ends_with(' '))
            && before.ends_with(|c: char| c.is_alphabetic())
}

/// Country codes by their first digits: those of one and two digits, and the zones of those of three (ITU-T E.164 D).
fn is_assigned(digits: &[u8]) -> bool {
    match digits {
        [1 | 7, ..] => digits.len() == 11,
        [2, 0 | 7, ..] | [3, 0 | 1 | 2 | 3 | 4 | 6 | 9, ..] | [4, 0 | 1 | 3..=9, ..] => true,
        [5, 1..=8, ..] | [6, 0..=6, ..] | [8, 1 | 2 | 4 | 6, ..] | [9, 0..=5 | 8, ..] => true,
        [2, 1..=6 | 8 | 9, ..] | [3, 5 | 7 | 8, ..] | [4, 2, ..] | [5, 0 | 9, ..] | [6, 7..=9, ..] => true,
        [9, 9, 0 | 1 | 7 | 9, ..] => false,
        [8, 5 | 8, ..] | [9, 6 | 7 | 9, ..] => true,
        _ => false,
    }
}

/// Numbers set aside for films and documentation (NANPA 555-0100 to 0199; Ofcom), for everyone (toll-free, N11), or not
/// given out.
fn is_fictitious(digits: &[u8]) -> bool {
    let national = match digits {
        [1, rest @ ..] if rest.len() == 10 => rest,
        all => all,
    };
    let is_american = national.len() == 10 && !matches!(national.first(), Some(0 | 1));
    let in_america = is_american
        && (matches!(
            national,
            [5, 5, 5, ..]
                | [_, _, _, 5, 5, 5, ..]
                | [_, 1, 1, ..]
                | [_, _, _, _, 1, 1, ..]
                | [8, 0, 0, ..]
                | [9, 0, 0, ..]
        ) || matches!(national, [8, second, third, ..] if second == third && *second >= 2));
    let british = match digits {
        [4, 4, rest @ ..] | [0, rest @ ..] => rest,
        _ => &[],
    };
    let in_britain = british.starts_with(&[7, 7, 0, 0, 9, 0, 0])
        || british.starts_with(&[2, 0, 7, 9, 4, 6, 0])
        || british.starts_with(&[8, 0])
        || matches!(british, [1, _, _, 4, 9, 6, 0, ..]);
    in_america || in_britain
}

/// For the test that compiles them.
#[cfg(test)]
pub const SHAPES: &[&Shape] = &[&INTERNATIONAL, &NANP, &NATIONAL];
