//! Offline checks of a token's structure. A rule names one; a test compares the names with the rulebook's list.
//!
//! A check stands on what the provider or a standard says of the format. Where a checksum is known to exist and how it is made
//! is not published (Cloudflare, Atlassian, Azure, Zuplo), there is none here: a wrong check would hide real tokens.

mod checksum;
mod jwt;
mod key;
mod payload;
mod plain;

/// What a check says about a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A checksum fits: not by chance.
    Proven,
    /// Nothing speaks against it.
    Plausible,
    /// Real in form, but of a kind that often stands for nothing.
    Weak,
    /// It cannot be one.
    Broken,
    /// It is something else, which another rule may speak of: no finding of this one.
    Other,
}

/// Applies the check `name` to a match (`whole`) and its `secret`. Names were checked when the rule was read.
pub fn verify(name: &str, whole: &str, secret: &str) -> Proof {
    match CHECKS.iter().find(|(known, _)| *known == name) {
        Some((_, check)) => check(whole, secret),
        None => Proof::Plausible,
    }
}

type Check = fn(whole: &str, secret: &str) -> Proof;

const CHECKS: &[(&str, Check)] = &[
    ("crc32-base62-6", |_, secret| checksum::crc32_base62_6(secret)),
    ("gitlab-routable", |_, secret| checksum::gitlab(secret)),
    ("grafana-checksum", |_, secret| checksum::grafana(secret)),
    ("anthropic-checksum", |_, secret| checksum::at_end("anthropic-checksum", secret)),
    ("atlassian-checksum", |_, secret| checksum::at_end("atlassian-checksum", secret)),
    ("apify-checksum", |_, secret| checksum::at_end("apify-checksum", secret)),
    ("cloudflare-checksum", |_, secret| checksum::at_end("cloudflare-checksum", secret)),
    ("confluent-checksum", |_, secret| checksum::at_end("confluent-checksum", secret)),
    ("packagist-checksum", |_, secret| checksum::at_end("packagist-checksum", secret)),
    ("bech32", |_, secret| checksum::bech32(secret)),
    ("base58check", |_, secret| checksum::base58check(secret)),
    ("bitcoin-wif", |_, secret| checksum::bitcoin(secret)),
    ("crc16-base32", |_, secret| checksum::crc16_base32(secret)),
    ("jwt", |_, secret| jwt::any(secret)),
    ("jwt-kubernetes", |_, secret| jwt::kubernetes(secret)),
    ("pem", |whole, _| key::pem(whole)),
    ("pkcs12", |_, secret| key::pkcs12(secret)),
    ("wireguard-key", |_, secret| key::wireguard(secret)),
    ("base64-json", |_, secret| payload::json(secret)),
    ("sentry-organization", |_, secret| payload::sentry(secret)),
    ("pypi-macaroon", |_, secret| payload::pypi(secret)),
    ("fly-macaroon", |_, secret| payload::fly(secret)),
    ("mapbox", |_, secret| payload::mapbox(secret)),
    ("bedrock", |_, secret| payload::bedrock(secret)),
    ("discord-bot", |_, secret| payload::discord(secret)),
    ("aws-key-id", |_, secret| plain::aws_key_id(secret)),
    ("random", |_, secret| plain::random(secret)),
    ("luhn", |_, secret| plausible_if(plain::luhn(secret))),
    ("base64", |_, secret| plain::base64(secret, |_| true)),
    ("base64-32", |_, secret| plain::base64(secret, |length| length == 32)),
    ("base64-64", |_, secret| plain::base64(secret, |length| length == 64)),
    ("basic-auth", |_, secret| plain::basic_auth(secret)),
    ("password", |_, secret| plain::password(secret)),
    ("url-password", |whole, _| plain::url_password(whole)),
];

fn plausible_if(holds: bool) -> Proof {
    if holds { Proof::Plausible } else { Proof::Broken }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::VERIFIERS;

    #[test]
    fn every_check_that_a_rule_may_name_is_here() {
        let here: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        assert_eq!(here, VERIFIERS);
    }

    /// What comes from a file is any text: no check may panic on it.
    #[test]
    fn any_text_is_survived() {
        let pieces =
            ["eyJ", ".", "_", "-----BEGIN ", "-----", "-----END", "é", "=", "1", "A", "\\n", "://", ":", "@", "+"];
        let mut state = 11u64;
        for _ in 0..2_000 {
            let mut text = String::new();
            for _ in 0..10 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            for (name, check) in CHECKS {
                assert_ne!(check(&text, &text), Proof::Proven, "{name} {text}");
            }
        }
    }
}
