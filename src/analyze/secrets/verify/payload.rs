//! Tokens that carry something to read: JSON, a macaroon, an identifier.

use serde_json::{Map, Value};

use super::{Proof, plausible_if};
use crate::rulebook::base64_decode;

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&base64_decode(text.as_bytes())?).ok()
}

/// A JSON object in base64, all of it or what follows the first underscore.
pub fn json(secret: &str) -> Proof {
    let rest = secret.split_once('_').map_or(secret, |(_, rest)| rest);
    plausible_if(object(rest).is_some())
}

/// Sentry: `sntrys_`, a JSON object with the organisation, `_`, 32 bytes.
/// Source: `src/sentry/utils/security/orgauthtoken_token.py` of Sentry.
pub fn sentry(secret: &str) -> Proof {
    let parts = secret.split_once('_').and_then(|(_, rest)| rest.rsplit_once('_'));
    plausible_if(parts.is_some_and(|(payload, random)| {
        object(payload).is_some_and(|object| ["iat", "org"].iter().all(|name| object.contains_key(*name)))
            && base64_decode(random.as_bytes()).is_some_and(|bytes| bytes.len() == 32)
    }))
}

/// Mapbox: `sk.`, a JSON object that names the user, `.`, the signature.
/// Source: <https://docs.mapbox.com/api/accounts/tokens/#token-format>.
pub fn mapbox(secret: &str) -> Proof {
    let payload = secret.split('.').nth(1).and_then(object);
    plausible_if(payload.is_some_and(|object| object.get("u").is_some_and(Value::is_string)))
}

/// Amazon Bedrock: `bedrock-api-key-` and a signed address in base64.
/// Source: aws/aws-bedrock-token-generator-python on GitHub.
pub fn bedrock(secret: &str) -> Proof {
    let payload = secret.strip_prefix("bedrock-api-key-").and_then(|rest| base64_decode(rest.as_bytes()));
    plausible_if(payload.is_some_and(|bytes| bytes.starts_with(b"bedrock.amazonaws.com/")))
}

/// Discord: the part before the first dot is the bot's id, a number of 17 to 20 digits, in base64.
/// Source: the example of <https://discord.com/developers/docs/reference#authentication>.
pub fn discord(secret: &str) -> Proof {
    let id = secret.split('.').next().and_then(|part| base64_decode(part.as_bytes())).unwrap_or_default();
    plausible_if((17..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit))
}

/// PyPI: `pypi-` and a macaroon in base64.
pub fn pypi(secret: &str) -> Proof {
    let bytes = secret.strip_prefix("pypi-").and_then(|rest| base64_decode(rest.as_bytes()));
    plausible_if(bytes.is_some_and(|bytes| is_macaroon(&bytes)))
}

/// A macaroon in version 2 of libmacaroons' binary format: the version, packets of a type, a length and content, each section
/// ended by a zero, and at last the signature, packet 6, of 32 bytes.
/// Source: `doc/format.txt` of rescrv/libmacaroons.
fn is_macaroon(bytes: &[u8]) -> bool {
    let Some((2, mut rest)) = bytes.split_first().map(|(version, rest)| (*version, rest)) else { return false };
    while let Some((&kind, after)) = rest.split_first() {
        if kind == 0 {
            rest = after;
            continue;
        }
        let Some((length, after)) = varint(after) else { return false };
        let Some((_, after)) = after.split_at_checked(length) else { return false };
        if kind == 6 {
            return length == 32 && after.is_empty();
        }
        rest = after;
    }
    false
}

/// A length of at most two bytes, seven bits each, the lowest first.
fn varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [low @ 0..=0x7f, rest @ ..] => Some((usize::from(*low), rest)),
        [low, high @ 0..=0x7f, rest @ ..] => Some((usize::from(*low & 0x7f) | usize::from(*high) << 7, rest)),
        _ => None,
    }
}

/// Fly: `fm2_` and a macaroon in MessagePack: an array of its nonce, its location, its caveats and its tail.
/// Source: `macaroon-thought.md` of superfly/macaroon.
pub fn fly(secret: &str) -> Proof {
    let Some(body) = secret.strip_prefix("fm2_") else { return Proof::Plausible };
    let bytes = base64_decode(body.as_bytes()).unwrap_or_default();
    // Small arrays are 0x90 and their length.
    plausible_if(matches!(bytes.first(), Some(0x90..=0x9f)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::base64_encode;

    #[test]
    fn payloads_are_read() {
        let encoded = |text: &str| base64_encode(text.as_bytes(), false);
        let bytes = base64_encode(&[7; 32], true);
        let good = format!("sntrys_{}_{bytes}", encoded(r#"{"iat":17.5,"url":"https://example.com","org":"x"}"#));
        assert_eq!(sentry(&good), Proof::Plausible);
        assert_eq!(sentry(&good.replace(&bytes, "abcd")), Proof::Broken);
        assert_eq!(sentry(&format!("sntrys_{}_{bytes}", encoded("{}"))), Proof::Broken);
        assert_eq!(json(&format!("glc_{}", encoded(r#"{"o":"1"}"#))), Proof::Plausible);
        assert_eq!(json(&format!("glc_{}", encoded("[1]"))), Proof::Broken);
        assert_eq!(json(&encoded(r#"{"o":"1"}"#)), Proof::Plausible);
        assert_eq!(mapbox(&format!("sk.{}.abc", encoded(r#"{"u":"me","a":"b"}"#))), Proof::Plausible);
        assert_eq!(mapbox(&format!("sk.{}.abc", encoded(r#"{"x":"me"}"#))), Proof::Broken);
        assert_eq!(bedrock(&format!("bedrock-api-key-{}", encoded("bedrock.amazonaws.com/?A=1"))), Proof::Plausible);
        assert_eq!(bedrock(&format!("bedrock-api-key-{}", encoded("example.com/"))), Proof::Broken);
        assert_eq!(discord(&format!("{}.x.y", encoded("198622483471925248"))), Proof::Plausible);
        assert_eq!(discord(&format!("{}.x.y", encoded("19862248347192524x"))), Proof::Broken);
        assert_eq!(fly(&format!("fm2_{}", base64_encode(&[0x94, 1, 2], false))), Proof::Plausible);
        assert_eq!(fly(&format!("fm2_{}", base64_encode(&[0x14, 1, 2], false))), Proof::Broken);
        for check in [json, sentry, mapbox, bedrock, discord, pypi] {
            for text in ["", "é", "_", ".", "a.b", "a_b_c", "pypi-", "fm2_"] {
                assert_eq!(check(text), Proof::Broken, "{text}");
            }
        }
    }

    #[test]
    fn a_macaroon_is_parsed_to_its_signature() {
        let macaroon = |signature: usize| {
            let mut bytes = vec![2, 1, 8];
            bytes.extend(b"pypi.org");
            bytes.extend([2, 3, 1, 2, 3, 0]);
            bytes.extend([2, 0x82, 0x01]);
            bytes.extend([9; 130]);
            bytes.extend([0, 0, 6, signature as u8]);
            bytes.extend(vec![7; signature]);
            format!("pypi-{}", base64_encode(&bytes, true))
        };
        assert_eq!(pypi(&macaroon(32)), Proof::Plausible);
        assert_eq!(pypi(&macaroon(31)), Proof::Broken);
        assert_eq!(pypi(macaroon(32).trim_end_matches(|_: char| true)), Proof::Broken);
        let cut = macaroon(32);
        assert_eq!(pypi(&cut[..cut.len() - 8]), Proof::Broken);
    }
}
