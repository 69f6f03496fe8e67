//! Templates of fixtures: `{{alnum:30}}` and its like, filled from a generator whose seed is the rule and the line. A token whose
//! format has a structure to check has a template of its own.

use super::check_digits;
use super::checksum::{
    TOKEN_CHECKSUMS, base32_encode, base58check_encode, bech32_checksum, crc16, crc32_base36, crc32_hex_reversed,
};
use super::encoding::{base64_encode, crc32_base62};
use crate::model::without_values;

/// Any fixed number will do.
const SEED: u64 = 0x6761_7465;

const DIGITS: &[u8] = b"0123456789";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Templates without an argument.
const WHOLE: &[&str] =
    &["crc32-base62-6", "jwt", "grafana", "xprv", "wif", "wireguard", "pkcs12", "pypi-macaroon", "snowflake"];

/// `line` with its templates filled in.
pub fn expand_line(line: &str, random: &mut Random) -> Result<String, String> {
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
        let value = match name.strip_prefix("sum:") {
            Some(checksum) => token_checksum(checksum, token_at_end(&out))?,
            None => fill(name, &last, random)?,
        };
        out.push_str(&value);
        last = value;
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// The checksum `name` of the token that `before` is.
fn token_checksum(name: &str, before: &str) -> Result<String, String> {
    let known = TOKEN_CHECKSUMS.iter().find(|one| one.name == name);
    let digits = known.and_then(|checksum| (checksum.of)(before));
    digits.ok_or_else(|| format!("`{{{{sum:…}}}}` needs a checksum and the token before it: {}", without_values(name)))
}

/// The beginning of a token that ends `text`: what stands behind the last quotation mark, blank or `=` before its own end.
fn token_at_end(text: &str) -> &str {
    let start = text.rfind([' ', '"', '\'', ':']).map_or(0, |at| at + 1);
    let token = text.get(start..).unwrap_or_default();
    let inner = token.get(..token.len().saturating_sub(1)).unwrap_or_default();
    inner.rfind('=').and_then(|at| token.get(at + 1..)).unwrap_or(token)
}

fn is_template(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | ' '))
        && (name.contains(':') || WHOLE.contains(&name))
}

/// `last` is what the template before it on the same line became: a checksum is made over that.
fn fill(name: &str, last: &str, random: &mut Random) -> Result<String, String> {
    let (kind, argument) = name.split_once(':').unwrap_or((name, ""));
    let alphabet: &[u8] = match kind {
        "crc32-base62-6" => return Ok(crc32_base62(last.as_bytes())),
        "jwt" => return Ok(random.jwt(argument)),
        "gitlab-routable" => return Ok(random.gitlab(argument)),
        "grafana" => return Ok(random.grafana()),
        "bech32-key" => return Ok(random.bech32(argument)),
        "xprv" => return Ok(random.extended_key()),
        "wif" => return Ok(random.wallet_key()),
        "seed" => return Ok(random.seed(argument)),
        "wireguard" => return Ok(random.wireguard()),
        "pkcs12" => return Ok(random.pkcs12()),
        "pypi-macaroon" => return Ok(random.macaroon()),
        "json" => {
            let object = random
                .json(argument)
                .ok_or_else(|| "`{{json:…}}` needs names with lengths, as in {{json:u 9 a 24}}".to_owned())?;
            return Ok(base64_encode(object.as_bytes(), false));
        }
        "key" => return Ok(base64_encode(&random.bytes(argument.parse().unwrap_or(32)), false)),
        "snowflake" => return Ok(base64_encode(format!("7{}", random.text(DIGITS, 17)).as_bytes(), false)),
        "basic-auth" => return Ok(random.basic_auth(argument)),
        "pem" => return Ok(random.pem(argument, "\n")),
        "pem-escaped" => return Ok(random.pem(argument, "\\n")),
        "card" | "iban" | "norwegian" | "french" | "spanish" | "mrz" | "ipv4" | "ipv6" => {
            return random.person(kind, argument).ok_or_else(|| format!("`{{{{{name}}}}}` cannot be filled in"));
        }
        "hex" => b"0123456789abcdef",
        "HEX" => b"0123456789ABCDEF",
        "digits" => DIGITS,
        "lower" => LOWER,
        "upper" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "lower-digits" => b"abcdefghijklmnopqrstuvwxyz0123456789",
        "upper-digits" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "bech32" => b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
        "alnum" | "base62" => BASE62,
        "base58" => b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
        "base64" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "base64url" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        // A fixture is a rule's author's own file, and still no place to quote values from.
        _ => return Err(format!("there is no template `{{{{{}}}}}`", without_values(kind))),
    };
    let length: usize =
        argument.parse().map_err(|_| format!("`{{{{{kind}:…}}}}` needs a length, as in {{{{{kind}:32}}}}"))?;
    Ok(random.text(alphabet, length.min(65_536)))
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(rule: &str, line: u64) -> Random {
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

    /// Signed with HS256; `kind` is empty, or one that a rule of its own speaks of, or `expired`.
    fn jwt(&mut self, kind: &str) -> String {
        let digits = |random: &mut Random, length| random.text(DIGITS, length);
        let claims = match kind {
            "kubernetes" => {
                let name = self.text(LOWER, 8);
                format!(r#"{{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:default:{name}"}}"#)
            }
            "supabase" => {
                let project = self.text(LOWER, 20);
                format!(r#"{{"iss":"supabase","ref":"{project}","role":"service_role","iat":17{}}}"#, digits(self, 8))
            }
            "supabase-anon" => format!(r#"{{"iss":"supabase","role":"anon","iat":17{}}}"#, digits(self, 8)),
            "expired" => format!(r#"{{"sub":"{}","exp":16{}}}"#, digits(self, 10), digits(self, 8)),
            _ => format!(r#"{{"sub":"{}","iat":17{}}}"#, digits(self, 10), digits(self, 8)),
        };
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

    /// A block of the right shape: an OpenSSH container, or a DER sequence that starts as `label` says.
    fn pem(&mut self, label: &str, newline: &str) -> String {
        let body = match label {
            "OPENSSH PRIVATE KEY" => [b"openssh-key-v1\0\0\0\0\x04none".to_vec(), self.bytes(370)].concat(),
            "PGP PRIVATE KEY BLOCK" => [vec![0x95], self.bytes(500)].concat(),
            "EC PRIVATE KEY" => der(&[2, 1, 1, 4], self.bytes(605)),
            "PRIVATE KEY" => der(&[2, 1, 0, 0x30], self.bytes(605)),
            "ENCRYPTED PRIVATE KEY" => der(&[0x30, 0x57, 6], self.bytes(605)),
            _ => der(&[2, 1, 0, 2], self.bytes(605)),
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

    /// A routable token of GitLab's.
    fn gitlab(&mut self, prefix: &str) -> String {
        let payload = [self.bytes(16), b"o:1\nu:".to_vec(), self.text(LOWER, 3).into_bytes(), vec![9]].concat();
        let payload = base64_encode(&payload, true);
        // The length in base 36, which is below 72 here.
        let (high, low) = (payload.len() / 36, payload.len() % 36);
        let digit = |value: usize| char::from_digit(value as u32, 36).unwrap_or('0');
        let body = format!("{prefix}{payload}.01.{}{}", digit(high), digit(low));
        let checksum = crc32_base36(body.as_bytes());
        body + &checksum
    }

    fn grafana(&mut self) -> String {
        let body = format!("glsa_{}", self.text(BASE62, 32));
        let checksum = crc32_hex_reversed(body.as_bytes());
        format!("{body}_{checksum}")
    }

    /// 32 bytes in Bech32, in the case of `prefix`.
    fn bech32(&mut self, prefix: &str) -> String {
        let data = self.text(b"qpzry9x8gf2tvdw0s3jn54khce6mua7l", 52);
        let lower = prefix.to_ascii_lowercase();
        let text = format!("{lower}1{data}{}", bech32_checksum(&lower, &data).unwrap_or_default());
        if prefix == lower { text } else { text.to_ascii_uppercase() }
    }

    /// An extended private key of BIP 32.
    fn extended_key(&mut self) -> String {
        let version = vec![0x04, 0x88, 0xad, 0xe4];
        base58check_encode(&[version, vec![0; 9], self.bytes(32), vec![0], self.bytes(32)].concat())
    }

    /// A private key in Bitcoin's wallet import format, for a compressed public key.
    fn wallet_key(&mut self) -> String {
        base58check_encode(&[vec![0x80], self.bytes(32), vec![1]].concat())
    }

    /// A seed of Stellar, or of NATS for a user (`nats-user`) or an account.
    fn seed(&mut self, kind: &str) -> String {
        let prefix = match kind {
            "stellar" => vec![18 << 3],
            // Five bits say that it is a seed, five of what.
            "nats-user" => vec![18 << 3 | 20 >> 2, (20 & 3) << 6],
            _ => vec![18 << 3, 0],
        };
        let body = [prefix, self.bytes(32)].concat();
        let sum = crc16(&body).to_le_bytes().to_vec();
        base32_encode(&[body, sum].concat())
    }

    fn wireguard(&mut self) -> String {
        let mut key = self.bytes(32);
        if let [first, .., last] = key.as_mut_slice() {
            (*first, *last) = (*first & 0xf8, *last & 0x3f | 0x40);
        }
        base64_encode(&key, false)
    }

    fn pkcs12(&mut self) -> String {
        let content = [vec![0x02, 0x01, 0x03, 0x30, 0x82], self.bytes(900)].concat();
        base64_encode(&der(&[], content), false)
    }

    /// A token of PyPI's: location, identifier, one caveat, signature.
    fn macaroon(&mut self) -> String {
        let parts = [
            b"\x02\x01\x08pypi.org\x02\x24".to_vec(),
            self.bytes(36),
            b"\x00\x02\x27".to_vec(),
            self.bytes(39),
            b"\x00\x00\x06\x20".to_vec(),
            self.bytes(32),
        ];
        format!("pypi-{}", base64_encode(&parts.concat(), true))
    }

    /// An object whose `fields` are names, each with the length of its value: `u 9 a 24`.
    fn json(&mut self, fields: &str) -> Option<String> {
        let words: Vec<&str> = fields.split(' ').collect();
        let pairs = words.chunks(2).map(|pair| match pair {
            [name, length] => Some(format!(r#""{name}":"{}""#, self.text(BASE62, length.parse().ok()?))),
            _ => None,
        });
        Some(format!("{{{}}}", pairs.collect::<Option<Vec<String>>>()?.join(",")))
    }
}

/// A DER sequence of these bytes, with a length of two bytes.
fn der(start: &[u8], rest: Vec<u8>) -> Vec<u8> {
    let length = (start.len() + rest.len()) as u16;
    [&[0x30, 0x82][..], &length.to_be_bytes(), start, &rest].concat()
}
