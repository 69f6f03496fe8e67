//! Values that are no secret although a secret-like name is bound to them: where the secret is, what anyone may know, the
//! name of a field.

use super::chars::{is_hex, reads_like_words, word_score};
use super::filter::is_placeholder;
use super::name::classify;

/// Starts of values that say where the secret is.
const REFERENCES: &[&str] = &[
    "env.",
    "env:",
    "env(",
    "process.",
    "os.",
    "config.",
    "secrets.",
    "vars.",
    "var.",
    "local.",
    "data.",
    "self.",
    "this.",
    "settings.",
    "module.",
    "arn:",
    "vault:",
    "op:",
    "ssm:",
    "kms:",
    "gcpsm:",
    "sm:",
    "awssm:",
    "file:",
    "ref:",
    "enc:",
    "encrypted:",
    "cipher:",
    "secret:",
    "secretref:",
    "secretkeyref:",
    "keychain:",
    "azurekeyvault:",
    "sha256:",
    "sha1-",
    "sha384-",
    "sha512-",
    "sha1:",
    "md5:",
    "ref+",
    "projects/",
];

/// Starts of public keys and certificates, in base64 or in OpenSSH's form.
const PUBLIC: &[&str] = &[
    "ssh-rsa",
    "ssh-ed25519",
    "ecdsa-sha2",
    "AAAAB3NzaC1",
    "AAAAC3NzaC1",
    "MIIBIjANBgkq",
    "MFkwEwYHKoZI",
    "LS0tLS1CRUdJTiBDRVJU",
    "LS0tLS1CRUdJTiBQVUJ",
];

/// Not a value but a reference, a placeholder, a path, a URL, a format or a regular expression.
pub fn is_stand_in(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    is_placeholder(value)
        || ["wrong", "incorrect", "nosuch", "notreal", "payload"].iter().any(|word| lower.contains(word))
        || value.contains("://")
        || ["/", "./", "../", "~", "//", "@", "#", "--", "&", "*", "`", "\\"]
            .iter()
            .any(|start| value.starts_with(start))
        || matches!(lower.as_str(), "string" | "undefined" | "function" | "object" | "number" | "boolean" | "optional")
        || is_tag(value)
        || is_path(value)
        || value.contains(['{', '}', '<', '>', '(', ')', '[', ']', '|', '*'])
        || REFERENCES.iter().any(|start| lower.starts_with(start))
        || ["%s", "%d", "%v", "::", "->"].iter().any(|part| value.contains(part))
        || is_file_name(value)
        || is_public(value)
}

/// `!vault`, `!secret`, `!Ref`: YAML gives the value elsewhere.
fn is_tag(value: &str) -> bool {
    value.strip_prefix('!').is_some_and(|tag| !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// Parts between slashes that read like names; random base64 has slashes as well.
fn is_path(value: &str) -> bool {
    let slashes = value.matches('/').count();
    slashes >= 2 && !value.contains(['+', '=']) && (value.len() < 24 || word_score(value) > 3.5)
}

/// What anyone may know: the address of a contract, an object identifier or a version, the hash of a password, a public key.
fn is_public(value: &str) -> bool {
    let is_address =
        value.strip_prefix("0x").is_some_and(|digits| (digits.len() == 40 || digits.len() <= 16) && is_hex(digits));
    // `user:hash`, as `htpasswd` writes it.
    let hash = value.split_once(":$").map_or(value, |(user, _)| value.get(user.len() + 1..).unwrap_or(value));
    is_address
        || value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        || is_crypt(hash)
        || ["pbkdf2", "bcrypt", "scrypt", "argon2", "md5$", "sha1$"].iter().any(|scheme| hash.starts_with(scheme))
        // Keys that are meant to be in the browser.
        || ["phc_", "pk_live_", "pk_test_", "pk.", "rzp_test_"].iter().any(|start| value.starts_with(start))
        || PUBLIC.iter().any(|start| value.starts_with(start))
}

/// `$2b$12$…`, `$argon2id$…`: the hash of a password, as crypt(3) writes it.
fn is_crypt(value: &str) -> bool {
    let scheme = value.strip_prefix('$').and_then(|rest| rest.split_once('$')).map_or("", |(scheme, _)| scheme);
    !scheme.is_empty() && scheme.len() <= 16 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_file_name(value: &str) -> bool {
    value.rsplit_once('.').is_some_and(|(stem, extension)| {
        (2..=4).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_lowercase())
            && !stem.is_empty()
            && (stem.contains('/') || reads_like_words(stem))
    })
}

/// The name of a secret, as in a list of fields: `uwsgi_pass`, `r2_temp_credentials`, `usablePassword`.
pub fn is_name(value: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.');
    let has_parts = value.contains(['_', '-', '.']) || value.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    has_parts
        && value.bytes().filter(|byte| !is_word(*byte)).count() <= 1
        && (classify(value).is_some() || value.ends_with("pass"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_public_values_are_no_secrets() {
        for value in [
            "vault:secret/data/app",
            "op://vault/item/field",
            "!Ref",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
            "$argon2id$v=19$m=65536",
            "ssh-ed25519",
            "phc_bIjZL7oh2GEUd2vqvTBH8W",
            "server.key.pem",
            "/run/secrets/db",
            "string",
        ] {
            assert!(is_stand_in(value), "{value}");
        }
        for value in ["q8Zx7/Lm2Kp9/Vb4TnQw3Er5Yt6", "pa$$word1", "!q8Zx7Lm2", "hunter2", "a.b"] {
            assert!(!is_stand_in(value), "{value}");
        }
    }

    #[test]
    fn names_of_fields_are_no_values() {
        assert!(is_name("uwsgi_pass") && is_name("usablePassword") && is_name("r2_temp_credentials"));
        assert!(!is_name("hunter2") && !is_name("q8Zx_Lm2"));
    }
}
